#include "flow/served.h"

#include "base/time.h"
#include "flow/hint.h"
#include "flow/words.h"

enum {
    MOVES_S = 60
};

static const struct nf_signs none;

static const struct nf_signs *
signs_of(const struct nf_why_facts *f)
{
    bool is_its =
        f->signs != NULL && f->task != NULL && f->signs->task == f->task->id;

    return is_its ? f->signs : &none;
}

static nf_time_t
began(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return step == NULL ? 0 : step->started;
}

const struct nf_sign *
nf_served_since(const struct nf_why_facts *f, enum nf_sign_kind kind)
{
    const struct nf_signs *signs = signs_of(f);
    const struct nf_sign *sign =
        kind == NF_SIGN_FILE ? &signs->files[0] : &signs->last[kind];

    return sign->time != 0 && sign->time >= began(f) ? sign : NULL;
}

/* --- what moves --------------------------------------------------------------
 */

static void
put_size(struct nf_out *out, const struct nf_sign *sign)
{
    if (sign->size == 0) {
        return;
    }
    if (sign->size < 10240) {
        nf_out_printf(out, " (%llu", (unsigned long long) sign->sent);
        if (sign->sent < sign->size) {
            nf_out_printf(out, " of %llu", (unsigned long long) sign->size);
        }
        nf_out_puts(out, " bytes)");
        return;
    }
    nf_out_printf(out, " (%.1f", (double) sign->sent / (1 << 20));
    if (sign->sent < sign->size) {
        nf_out_printf(out, " of %.1f", (double) sign->size / (1 << 20));
    }
    nf_out_puts(out, " MiB)");
}

/* Of each kind what comes before its name, and after it. */
static const struct {
    const char *before, *after;
} moves[] = {
    [NF_SIGN_FIRMWARE] = {"its firmware asked for an address", ""},
    [NF_SIGN_LOADER] = {"it was sent ", " by TFTP"},
    [NF_SIGN_ANSWER] = {"it fetched ", ""},
    [NF_SIGN_MIRROR] = {"it fetched ", " from the mirror"},
    [NF_SIGN_OPERATION] = {"nf-agent was given ", ""},
    [NF_SIGN_ALIVE] = {"nf-agent reported that it is at work", ""},
    [NF_SIGN_FILE] = {"it was sent ", ""},
};

static void
put_sign(struct nf_out *out, enum nf_sign_kind kind, const struct nf_sign *sign)
{
    bool is_named = moves[kind].before[strlen(moves[kind].before) - 1] == ' ';

    nf_out_puts(out, moves[kind].before);
    if (is_named) {
        nf_out_puts(out, sign->what);
        put_size(out, sign);
    }
    nf_out_puts(out, moves[kind].after);
}

/* The newest sign, and its kind; NULL: none. */
static const struct nf_sign *
find_newest(const struct nf_why_facts *f, enum nf_sign_kind *kind)
{
    const struct nf_signs *signs = signs_of(f);
    const struct nf_sign *newest = &signs->files[0];

    *kind = NF_SIGN_FILE;
    for (unsigned i = 0; i < NF_SIGN_FILE; i++) {
        if (signs->last[i].time > newest->time) {
            newest = &signs->last[i];
            *kind = (enum nf_sign_kind) i;
        }
    }
    return newest->time == 0 ? NULL : newest;
}

static bool
is_fresh(const struct nf_why_facts *f, nf_time_t time)
{
    return time != 0 && f->now - time <= NF_SECONDS(MOVES_S);
}

/* A system that has spoken since asked for it: nothing comes of that. */
static nf_time_t
leased_anew(const struct nf_why_facts *f)
{
    return f->leased > f->heard ? f->leased : 0;
}

bool
nf_served_moves(const struct nf_why_facts *f)
{
    enum nf_sign_kind kind;
    const struct nf_sign *newest = find_newest(f, &kind);

    return (newest != NULL && is_fresh(f, newest->time))
           || is_fresh(f, leased_anew(f)) || is_fresh(f, f->told);
}

void
nf_served_put_move(struct nf_out *out, const struct nf_why_facts *f)
{
    enum nf_sign_kind kind;
    const struct nf_sign *newest = find_newest(f, &kind);
    nf_time_t time = newest == NULL ? 0 : newest->time;

    if (f->told > time && f->told >= leased_anew(f)) {
        nf_out_puts(out, "it reported progress ");
        time = f->told;
    } else if (leased_anew(f) > time) {
        nf_out_puts(out, "it asked for an address ");
        time = f->leased;
    } else {
        put_sign(out, kind, newest);
        nf_out_putc(out, ' ');
    }
    nf_words_ago(out, f->now, time);
}

nf_time_t
nf_served_heard(const struct nf_why_facts *f)
{
    const struct nf_signs *signs = signs_of(f);
    const nf_time_t times[] = {f->told, signs->last[NF_SIGN_ALIVE].time,
                               signs->last[NF_SIGN_OPERATION].time};
    nf_time_t latest = f->in_ram;

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        latest = times[i] > latest ? times[i] : latest;
    }
    return latest;
}

const struct nf_sign *
nf_served_operation(const struct nf_why_facts *f)
{
    const struct nf_sign *sign = nf_served_since(f, NF_SIGN_OPERATION);
    const struct nf_step *step = nf_hint_step(f);
    bool is_it = sign != NULL && step != NULL
                 && strcmp(sign->what, nf_step_kinds[step->kind]) == 0;

    return is_it ? sign : NULL;
}

nf_time_t
nf_served_patience(unsigned step_kind)
{
    static const unsigned minutes[NF_STEP_KINDS] = {
        [NF_STEP_HARDWARE_CONFIG] = 15, /* scripts of anybody's, and RAID */
        [NF_STEP_NETWORK_CONFIG] = 2,
        [NF_STEP_OS_INSTALL] = 15, /* a script in the new system */
    };

    return NF_MINUTES(minutes[step_kind]);
}

/* --- boot files --------------------------------------------------------------
 */

bool
nf_served_has_files(const struct nf_why_facts *f)
{
    return nf_served_since(f, NF_SIGN_FILE) != NULL;
}

void
nf_served_put_files(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_sign *files = signs_of(f)->files;
    size_t n = 0;

    while (n < NF_SIGN_FILES && files[n].time != 0 && files[n].time >= began(f))
    {
        n++;
    }
    for (size_t i = n; i-- > 0;) {
        nf_out_puts(out, files[i].what);
        put_size(out, &files[i]);
        nf_out_puts(out, i > 1 ? ", " : i == 1 ? " and " : " ");
    }
    nf_words_ago(out, f->now, files[0].time);
}

/* --- what was refused --------------------------------------------------------
 */

const struct nf_refusal *
nf_served_refusal(const struct nf_why_facts *f)
{
    const struct nf_refusal *refused = &signs_of(f)->refused;

    return refused->time != 0 && refused->time >= began(f) ? refused : NULL;
}

void
nf_served_put_refusal(struct nf_out *out, const struct nf_refusal *refused,
                      const struct nf_node *node)
{
    char ip[NF_IP4_TEXT];

    nf_refusal_put(out, refused);
    if (nf_ip4_is_set(refused->client) && node != NULL
        && !nf_ip4_equal(refused->client, node->ip))
    {
        nf_ip4_format(refused->client, ip);
        nf_out_printf(out, " to %s", ip);
    }
}

#define ANY 0

/* clang-format off */
static const struct {
    int kind;          /* -1: any */
    unsigned code;     /* ANY: any */
    const char *begin; /* of the reason */
    const char *advice;
} rows[] = {
    {NF_SIGN_FILE, 404, "", "Make that file with `nf files put`, `nf files import` or `nf images make`; or cancel the task with $c, correct the name in its profile, and run $r."},
    {NF_SIGN_FILE, 403, "", "The file is there, and nginx may not read it: correct the permissions of it and its directories, or replace a symbolic link by the file itself."},
    {NF_SIGN_FILE, 416, "", "The machine asked for more than the file has: it was replaced by a shorter one in the middle of the transfer. Let the machine fetch it from the beginning."},
    {NF_SIGN_MIRROR, ANY, "", "Check NF_MIRROR_URL, and that this machine can reach the mirror."},
    {-1, 403, "the token is not", "It still uses the boot script of an earlier attempt; the next one that it fetches has the right token."},
    {-1, 403, "the token is missing", "Its boot files are older than the task, or somebody else is asking: check that nf-relay is running."},
    {-1, 403, "the caller", "It asks from an address that is not the node's: check for a second DHCP server, and that the machine boots from the node's card."},
    {-1, 403, "no install script: the caller", "It asks from an address that is not the node's: check for a second DHCP server, and that the machine boots from the node's card."},
    {-1, 403, "token:", "It speaks for an earlier attempt of the task; the next time that it asks for a task it gets the right token."},
    {-1, 403, "without a token", "Name the answer file with a token, or let the machine ask from the address that it leases."},
    {-1, 403, "sn: another machine", "Another machine has this node's MAC: compare their serial numbers."},
    {-1, 413, "", "Cancel the task with $c, shorten its profile, and run $r."},
    {-1, 403, "there is no such node", "The address that it asks for names no node: correct what has it, such as a profile's kernel arguments or a template of one's own."},
    {-1, 404, "no such resource", "Nothing is served at that address: correct what has it, such as a profile's kernel arguments or a template of one's own."},
    {-1, 404, "", "The task's profile is gone: create the task again."},
    {-1, 507, "", "Make room: `nf status` shows what is full."},
    {-1, ANY, "", "Check nginx's error log."},
};
/* clang-format on */

static const char *
find_advice(const struct nf_refusal *refused)
{
    size_t i = 0;

    while (
        i + 1 < sizeof(rows) / sizeof(rows[0])
        && ((rows[i].kind != -1 && rows[i].kind != refused->kind)
            || (rows[i].code != ANY && rows[i].code != refused->code)
            || !nf_text_starts(nf_text(refused->why), nf_text(rows[i].begin))))
    {
        i++;
    }
    return rows[i].advice;
}

/* $c cancels the task, $r makes it anew. */
void
nf_served_put_advice(struct nf_out *out, const struct nf_refusal *refused,
                     const struct nf_task *task)
{
    for (const char *words = find_advice(refused); words[0] != '\0'; words++) {
        if (words[0] != '$') {
            nf_out_putc(out, words[0]);
            continue;
        }
        words++;
        nf_words_command(out, words[0] == 'c' ? "cancel" : "retry --refresh",
                         task);
    }
}
