/* Nobody is told to restart a machine that works. */
#include "why_ways.h"

#include "flow/hint.h"
#include "flow/marks.h"
#include "flow/served.h"

static struct nf_signs signs;

static void
firmware_asks(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_FIRMWARE].time = NOW - NF_SECONDS(7);
}

static void
loader_goes_out(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_LOADER] = (struct nf_sign){
        .time = NOW - NF_SECONDS(7), .sent = 9, .size = 9, .what = "a.kpxe"};
}

static void
answer_goes_out(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_ANSWER] =
        (struct nf_sign){.time = NOW - NF_SECONDS(7), .what = "/preseed/x"};
}

static void
mirror_is_read(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_MIRROR] =
        (struct nf_sign){.time = NOW - NF_SECONDS(7), .what = "/debian/x"};
}

static void
operation_is_given(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_OPERATION] = (struct nf_sign){
        .time = NOW - NF_SECONDS(7), .what = "hardware_config"};
}

static void
agent_is_alive(struct nf_why_facts *f)
{
    (void) f;
    signs.last[NF_SIGN_ALIVE].time = NOW - NF_SECONDS(59);
}

static void
image_goes_out(struct nf_why_facts *f)
{
    (void) f;
    signs.files[0] = (struct nf_sign){.time = NOW - NF_SECONDS(7),
                                      .sent = 1 << 20,
                                      .size = 3 << 20,
                                      .what = "/files/x"};
}

static void
lease_is_renewed(struct nf_why_facts *f)
{
    f->leased = NOW - NF_SECONDS(7);
}

static void
progress_is_told(struct nf_why_facts *f)
{
    f->told = NOW - NF_SECONDS(7);
    f->progress = "312 of 900 MiB";
}

static void (*const movers[])(struct nf_why_facts *f) = {
    firmware_asks,  loader_goes_out,    answer_goes_out,
    mirror_is_read, operation_is_given, agent_is_alive,
    image_goes_out, lease_is_renewed,   progress_is_told,
};

enum {
    MOVERS = sizeof(movers) / sizeof(movers[0])
};

/* All that a row may speak of; nothing of it moves. */
static struct nf_why_facts
everything(struct scene *s)
{
    static struct nf_command command = {.worker = "w1", .result = "x"};
    struct nf_why_facts f = s->facts;

    signs = (struct nf_signs){.task = s->task.id};
    f.signs = &signs;
    f.command = &command;
    f.heard = f.leased = f.told = NOW - NF_MINUTES(20);
    f.firmware = f.lacks = f.read_first = "x";
    add_report(s, NF_WHY_SERIAL_OTHER);
    return f;
}

static bool
advises_restart(const char *words)
{
    return strstr(words, "restart it") != NULL
           || strstr(words, "estart the") != NULL;
}

static const char *
say(const struct nf_why_facts *f, const struct nf_hint_row *row)
{
    static char text[2048];
    struct nf_out out = nf_out(text, sizeof(text) - 1);

    nf_marks_put(&out, f, row->words);
    assert_false(out.full);
    text[out.len] = '\0';
    return text;
}

static void
no_row_advises_it_while_anything_moves(void **state)
{
    struct scene *s = everything_at(NF_STEP_HARDWARE_CONFIG);
    unsigned advised = 0;

    (void) state;
    for (size_t i = 0; i < nf_hint_rows_n; i++) {
        struct nf_why_facts still = everything(s);
        advised += advises_restart(say(&still, &nf_hint_rows[i]));
        for (size_t m = 0; m < MOVERS; m++) {
            struct nf_why_facts f = everything(s);
            movers[m](&f);
            assert_true(nf_served_moves(&f));
            if (advises_restart(say(&f, &nf_hint_rows[i]))) {
                fail_msg("row %zu, mover %zu: %s", i, m,
                         say(&f, &nf_hint_rows[i]));
            }
        }
    }
    assert_true(advised >= 4);
}

/* Half an hour ago it came to this step, of a task with everything or of one
 * with scripts before its installer alone; NULL: that one has no such step. */
static struct scene *
stuck_at(unsigned kind, bool has_everything)
{
    struct nf_task task =
        walk_start(has_everything ? WALK_EVERYTHING : NF_TASK_HAS_HARDWARE,
                   NF_FIRST_BOOT_AGENT, true);
    const struct nf_step *step = nf_task_find_step(&task, kind);

    if (!has_everything && kind == NF_STEP_NETWORK_CONFIG) {
        return NULL;
    }
    assert_non_null(step);
    walk_on(&task, (enum nf_step_kind) kind);
    struct scene *s = scene(task);
    step_of(s)->started = NOW - NF_MINUTES(30);
    signs = (struct nf_signs){.task = task.id};
    s->facts.signs = &signs;
    return s;
}

/* What may be known of it besides, each a bit. */
static void
add_facts(struct nf_why_facts *f, unsigned bits)
{
    f->heard = bits & 1 ? NOW - NF_MINUTES(5) : 0;
    f->leased = bits & 2 ? NOW - NF_MINUTES(40) : 0;
    f->told = bits & 4 ? NOW - NF_MINUTES(6) : 0;
    signs.failed = bits & 8 ? NOW - NF_MINUTES(3) : 0;
    if (bits & 16) {
        f->leased = NOW - NF_MINUTES(3);
    }
}

/* Whole sentences. */
static void
check_step(unsigned kind, bool has_everything, unsigned bits)
{
    struct nf_why why;

    for (size_t m = 0; m < MOVERS; m++) {
        struct scene *s = stuck_at(kind, has_everything);
        if (s == NULL) {
            return;
        }
        add_facts(&s->facts, bits);
        movers[m](&s->facts);
        nf_why(&s->facts, &why);
        if (advises_restart(why.sentence)) {
            fail_msg("step %u, facts %x, mover %zu: %s", kind, bits, m,
                     why.sentence);
        }
    }
}

static void
no_sentence_does(void **state)
{
    (void) state;
    for (unsigned kind = NF_STEP_NODE_BOOT; kind <= NF_STEP_FIRST_BOOT; kind++)
    {
        for (unsigned bits = 0; bits < 32; bits++) {
            check_step(kind, false, bits);
            check_step(kind, true, bits);
        }
    }
}

static void
what_is_over_for_a_minute_moves_no_more(void **state)
{
    struct scene *s = at(NF_STEP_NODE_BOOT);

    (void) state;
    struct nf_why_facts f = everything(s);
    f.now = NOW + NF_SECONDS(1);
    agent_is_alive(&f);
    assert_true(nf_served_moves(&f));
    f.now += 1;
    assert_false(nf_served_moves(&f));
    signs.task++; /* another task's */
    f.now = NOW;
    assert_false(nf_served_moves(&f));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_row_advises_it_while_anything_moves),
        cmocka_unit_test(no_sentence_does),
        cmocka_unit_test(what_is_over_for_a_minute_moves_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
