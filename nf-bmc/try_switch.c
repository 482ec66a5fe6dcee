#include "try_switch.h"

#include <stdio.h>
#include <stdlib.h>

#include "switch_run.h"

enum {
    EXIT_USAGE = 64,
    OUTCOME_MAX = 8 << 20,
};

struct attempt {
    struct nf_loop loop;
    struct nf_switch_run run;
    struct nf_switch_operation operation;
    int status;
};

static int
misused(const char *what, const char *why)
{
    fprintf(stderr, "nf-bmc try: %s %s; see nf-bmc try --help\n", what, why);
    return EXIT_USAGE;
}

static bool
is_bare(struct nf_text name)
{
    return nf_text_equal(name, NF_TEXT("vlan"))
           || nf_text_equal(name, NF_TEXT("force"));
}

static void
put_argument(struct nf_out *out, struct nf_text name, struct nf_text value)
{
    uint64_t number;
    bool may_be_bare = nf_text_number(value, INT32_MAX, &number)
                       || nf_text_equal(value, NF_TEXT("true"))
                       || nf_text_equal(value, NF_TEXT("false"));

    nf_out_puts(out, out->len > 1 ? "," : "");
    nf_out_json(out, name);
    nf_out_putc(out, ':');
    if (is_bare(name) && may_be_bare) {
        nf_out_put(out, value);
    } else {
        nf_out_json(out, value);
    }
}

/* -1: go on. */
static int
read_operation(struct nf_switch_operation *operation, char *const *words)
{
    char args[NF_SWITCH_ARGS];
    struct nf_out out = nf_out(args, sizeof(args));
    struct nf_text command = nf_text(words[0]);
    const char *argument = nf_switch_operation_argument(command);
    struct nf_fault fault;

    nf_out_putc(&out, '{');
    for (char *const *word = words + 1; *word != NULL; word++) {
        struct nf_text value = nf_text(*word);
        struct nf_text name = nf_text_cut(&value, '=');
        if (value.data == NULL) {
            if (argument == NULL || word != words + 1) {
                return misused(*word, "has no name: NAME=VALUE");
            }
            value = name;
            name = nf_text(argument);
        }
        put_argument(&out, name, value);
    }
    nf_out_putc(&out, '}');
    if (out.full) {
        return misused("the operation", "is too long");
    }
    return nf_switch_operation_read(operation, command, nf_out_text(&out),
                                    &fault)
                   == NF_OK
               ? -1
               : misused(fault.field, fault.reason);
}

static void
tell(struct nf_switch_run *run, struct nf_switch_operation *operation)
{
    struct attempt *attempt =
        (void *) ((char *) run - offsetof(struct attempt, run));
    char *text = malloc(OUTCOME_MAX);
    struct nf_out out = nf_out(text, text == NULL ? 0 : OUTCOME_MAX);

    nf_switch_operation_json(operation, &out);
    if (out.full) {
        fputs("nf-bmc try: the outcome is too long\n", stderr);
    } else {
        printf("%.*s\n", (int) out.len, text);
        attempt->status = operation->told.cause == NF_SWITCH_FINE
                              ? EXIT_SUCCESS
                              : EXIT_FAILURE;
    }
    free(text);
}

static void
on_done(struct nf_switch_run *run)
{
    run->loop->is_over = true;
}

int
nf_try_switch(const struct nf_switch_driver *driver,
              const struct nf_device *device, uint64_t deadline_s,
              char *const *words)
{
    static struct attempt attempt = {.status = EXIT_FAILURE,
                                     .run = {.ended = tell, .done = on_done}};
    int code = read_operation(&attempt.operation, words);

    if (code >= 0) {
        return code;
    }
    if (!nf_loop_open(&attempt.loop)
        || !nf_switch_run_start(&attempt.run, &attempt.loop, driver, device, 0))
    {
        fputs("nf-bmc try: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    attempt.operation.ends_at =
        attempt.loop.now + (nf_time_t) deadline_s * 1000;
    (void) nf_switch_run_add(&attempt.run, &attempt.operation);
    nf_loop_run(&attempt.loop);
    nf_loop_close(&attempt.loop);
    return attempt.status;
}
