#include "flow/marks.h"

#include "base/time.h"
#include "flow/hint.h"
#include "flow/identity.h"
#include "flow/ipxe.h"
#include "flow/plan.h"
#include "flow/served.h"
#include "flow/words.h"

#define LAST_WENT " (the last one disconnected at "

enum {
    SAYS_MAX = 128, /* of a worker's words */
};

/* Which machine is which; false: the mark is of something else. */
static bool
put_who(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    switch (mark) {
    case 'r':
        nf_identity_reports(out, f);
        return true;
    case 'k':
        nf_identity_kin(out, f);
        return true;
    case 'x':
        nf_words_mac(out, f->taken);
        return true;
    case 'y':
        nf_words_task(out, f->twin);
        return true;
    default:
        return false;
    }
}

/* With when that was, what to do, and what the machine itself said of it. */
static void
put_refusal(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_refusal *refused = nf_served_refusal(f);

    if (refused == NULL) {
        return;
    }
    nf_out_puts(out, "The server refused it ");
    nf_words_ago(out, f->now, refused->time);
    nf_out_puts(out, ": ");
    nf_served_put_refusal(out, refused, f->node);
    nf_out_puts(out, ". ");
    nf_served_put_advice(out, refused, f->task);
    if (nf_hint_step(f)->error[0] != '\0') {
        nf_out_printf(out, " The machine said: %s.", nf_hint_step(f)->error);
    }
}

static void
put_loader(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_sign *loader = nf_served_since(f, NF_SIGN_LOADER);

    if (loader != NULL) {
        nf_out_printf(out, "%s by TFTP ", loader->what);
        nf_words_ago(out, f->now, loader->time);
    }
}

/* What to look at after a fetch that failed, by what its loader says. */
static void
put_check(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);
    const char *check = nf_ipxe_check(step->error);

    if (check == NULL && step->kind == NF_STEP_OS_INSTALL) {
        check = "check that it can reach the kernel's file and the mirror";
    }
    if (check != NULL) {
        nf_out_printf(out, ": %s", check);
    }
}

/* Of what nf-agent has to do, or of the server's side: in letters of its own.
 */
static void
put_served_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const struct nf_sign *given = nf_served_operation(f);

    switch (mark) {
    case 'R':
        put_refusal(out, f);
        break;
    case 'V':
        nf_served_put_files(out, f);
        break;
    case 'v':
        nf_served_put_move(out, f);
        break;
    case 'L':
        put_loader(out, f);
        break;
    case 'E':
        put_check(out, f);
        break;
    case 'i':
        nf_words_ago(out, f->now, given == NULL ? 0 : given->time);
        break;
    default:
        nf_out_duration(out, nf_served_patience(nf_hint_step(f)->kind));
    }
}

/* What a mark stands for that is a text, NULL: it is none. */
static const char *
text_of(const struct nf_why_facts *f, char mark)
{
    switch (mark) {
    case 'e':
        return nf_hint_step(f)->error;
    case 'p':
        return f->progress;
    case 'w':
        return f->command->worker;
    case 'q':
        return f->read_first;
    case 'o':
        return f->task->sn;
    case 'u':
        return nf_boot_mode_names[nf_task_boot_mode(f->task)];
    default:
        return NULL;
    }
}

/* The same of one that is an age. */
static const nf_time_t *
time_of(const struct nf_why_facts *f, char mark)
{
    return mark == 'l'   ? &f->leased
           : mark == 't' ? &f->told
           : mark == 'j' ? &f->heard
                         : NULL;
}

static void
put_other_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const struct nf_step *step = nf_hint_step(f);
    bool is_started = step != NULL && nf_plan_executor(step->kind)->is_started;

    switch (mark) {
    case 'n':
        nf_out_printf(out, "%u", step->attempts);
        break;
    case 'm':
        nf_out_printf(out, "%u", is_started ? f->starts : f->tries);
        break;
    case 'f':
        nf_words_firmware(out, f);
        break;
    case 'g':
        if (f->worker_gone != 0) {
            nf_words_time(out, LAST_WENT, f->worker_gone);
            nf_out_putc(out, ')');
        }
        break;
    case 'd':
        nf_words_time(out, "", f->his_worker_gone);
        break;
    case 'c':
        nf_out_printf(out, "%s%.*s", f->command->result[0] != '\0' ? ": " : "",
                      SAYS_MAX, f->command->result);
        break;
    case 'b':
        if (step->error[0] != '\0') {
            nf_out_printf(out, " Earlier: %s.", step->error);
        }
        break;
    case 'K':
        nf_words_mac(out, f->node->mac);
        break;
    case 'h':
        nf_words_ago(out, f->now, nf_served_heard(f));
        break;
    case 'R':
    case 'V':
    case 'v':
    case 'L':
    case 'E':
    case 'i':
    case 'z':
        put_served_mark(out, f, mark);
        break;
    default:
        nf_words_command(out, mark == 'a' ? "approve" : "cancel", f->task);
    }
}

static void
put_mark(struct nf_out *out, const struct nf_why_facts *f, char mark)
{
    const char *text = text_of(f, mark);
    const nf_time_t *time = time_of(f, mark);

    if (text != NULL) {
        nf_out_puts(out, text);
    } else if (time != NULL) {
        nf_words_ago(out, f->now, *time);
    } else {
        put_other_mark(out, f, mark);
    }
}

/* In place of an advice to restart it. */
static void
put_wait(struct nf_out *out, const struct nf_why_facts *f)
{
    nf_out_puts(out, ". Wait: ");
    nf_served_put_move(out, f);
    nf_out_putc(out, '.');
}

void
nf_marks_put(struct nf_out *out, const struct nf_why_facts *f,
             const char *words)
{
    for (; words[0] != '\0'; words++) {
        if (words[0] != '$') {
            nf_out_putc(out, words[0]);
            continue;
        }
        words++;
        if (words[0] == '!' && nf_served_moves(f)) {
            put_wait(out, f);
            return;
        }
        if (words[0] != '!' && !put_who(out, f, words[0])) {
            put_mark(out, f, words[0]);
        }
    }
}
