/*
 * Switches by their command line over SSH.  One command is out at a time; its
 * answer is what stands between its echo and the next prompt.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli_answer.h"
#include "port/cli.h"
#include "ssh.h"

enum {
    SILENCE_MS = 30000, /* since the last byte of an answer */
    GREETING_MS = 200,  /* as quiet, where nobody knows its prompt yet */
    QUIET_MS = 30,      /* a prompt with nothing behind it ends an answer */
    NO_ECHO_MS = 1000,  /* the same, where no echo was seen */
    TAIL = 4096,        /* bytes that are looked at for a prompt */
    CHANGE_MAX = 64 << 10,
};

struct cli {
    struct nf_switch_dialog dialog; /* first */
    struct nf_ssh ssh;
    const struct nf_cli_dialect *dialect;
    struct nf_switch_ask ask;
    struct nf_switch_told told;
    struct nf_cli_facts facts;
    char *screen;
    size_t len, mark; /* bytes; those that were dealt with already */
    char name[NF_PORT_NAME], command[NF_CLI_COMMAND];
    void (*then)(struct cli *cli, struct nf_text answer);
    struct nf_timer begin, quiet, silence;
    size_t at; /* in a list of commands */
    bool is_ready, is_other, is_enabled;
    bool is_inside; /* where ports are changed: the next one goes on there */
    char change[CHANGE_MAX];
    struct nf_text rest; /* of the change */
};

#define CLI_OF(member, name)                                                   \
    ((struct cli *) (void *) ((char *) (member) -offsetof(struct cli, name)))

static void
rest_timers(struct cli *cli)
{
    nf_timer_clear(cli->dialog.loop, &cli->begin);
    nf_timer_clear(cli->dialog.loop, &cli->quiet);
    nf_timer_clear(cli->dialog.loop, &cli->silence);
}

/* The last thing that is done: the dialog may be gone. */
static void
tell(struct cli *cli)
{
    rest_timers(cli);
    cli->then = NULL;
    memcpy(cli->told.pin, cli->ssh.pin, sizeof(cli->told.pin));
    cli->dialog.told(&cli->dialog, &cli->told);
}

static void
fail(struct cli *cli, enum nf_switch_cause cause, struct nf_text words)
{
    nf_switch_fail(&cli->told, cause, words);
    tell(cli);
}

static void
hang_up(struct cli *cli, enum nf_switch_cause cause, const char *words)
{
    nf_ssh_close(&cli->ssh);
    cli->is_ready = false;
    fail(cli, cause, nf_text(words));
}

static void
send_command(struct cli *cli, const char *command,
             void (*then)(struct cli *cli, struct nf_text answer))
{
    char text[NF_CLI_COMMAND];
    struct nf_out line = nf_out(text, sizeof(text));

    snprintf(cli->command, sizeof(cli->command), "%s", command);
    nf_out_puts(&line, command);
    nf_out_putc(&line, '\n');
    cli->len = cli->mark = 0;
    cli->then = then;
    cli->dialog.asked++;
    nf_timer_set(cli->dialog.loop, &cli->silence, SILENCE_MS);
    if (line.full || !nf_ssh_send(&cli->ssh, nf_out_text(&line))) {
        hang_up(cli, NF_SWITCH_HUNG, "a command could not be sent");
    }
}

/* --- answers -----------------------------------------------------------------
 */

static void
end_answer(struct cli *cli)
{
    struct nf_text screen = {cli->screen, nf_cli_settle(cli->screen, cli->len)};
    size_t echo = nf_cli_find_echo(screen, cli->command);
    void (*then)(struct cli *, struct nf_text) = cli->then;

    nf_timer_clear(cli->dialog.loop, &cli->silence);
    cli->then = NULL;
    cli->is_enabled =
        cli->dialect->enable == NULL || !nf_cli_ends_in(screen, '>');
    if (echo != SIZE_MAX && cli->command[0] != '\0') {
        screen.data += echo;
        screen.len -= echo;
    }
    then(cli, nf_cli_without_prompt(screen));
}

static void
on_quiet(struct nf_timer *timer)
{
    end_answer(CLI_OF(timer, quiet));
}

static void
on_silence(struct nf_timer *timer)
{
    struct cli *cli = CLI_OF(timer, silence);

    hang_up(cli, NF_SWITCH_HUNG, "no prompt arrived in time");
}

/* False: it is closed. */
static bool
reply(struct cli *cli, struct nf_text text)
{
    cli->mark = cli->len;
    if (!nf_ssh_send(&cli->ssh, text)) {
        hang_up(cli, NF_SWITCH_HUNG, "a reply could not be sent");
        return false;
    }
    return true;
}

/* Before there is a prompt, and of changes that are given up: no. */
static struct nf_text
answer_to(const struct cli *cli, struct nf_text tail)
{
    bool is_choice = nf_cli_has(tail, "Y/N") || nf_cli_has(tail, "Y(yes)")
                     || nf_cli_has(tail, "yes/no");
    bool is_no = !cli->is_ready || nf_cli_has(tail, "uncommitted");

    return !is_choice ? NF_TEXT("\n") : is_no ? NF_TEXT("n\n") : NF_TEXT("y\n");
}

static bool
say_secret(struct cli *cli)
{
    return reply(cli, nf_text(cli->dialog.device->password))
           && reply(cli, NF_TEXT("\n"));
}

static void take_line(struct cli *cli, struct nf_text answer);

/* An echo shows that what was left of the command before is gone by.  What
 * changes something is answered in a word, in which no prompt stands. */
static void
await_quiet(struct cli *cli, struct nf_text tail)
{
    bool has_echo =
        cli->len > TAIL || nf_cli_find_echo(tail, cli->command) != SIZE_MAX;
    bool is_change = cli->then == take_line;

    nf_timer_set(cli->dialog.loop, &cli->quiet,
                 cli->command[0] == '\0' ? GREETING_MS
                 : !has_echo             ? NO_ECHO_MS
                 : is_change             ? 0
                                         : QUIET_MS);
}

/* False: it is closed. */
static bool
look_at_end(struct cli *cli)
{
    char text[TAIL];
    size_t n = cli->len - cli->mark < TAIL ? cli->len - cli->mark : TAIL;
    struct nf_text tail = {text, n};

    nf_timer_clear(cli->dialog.loop, &cli->quiet);
    memcpy(text, cli->screen + cli->len - n, n);
    tail.len = nf_cli_settle(text, n);
    switch (nf_cli_end_of(tail, cli->name)) {
    case NF_CLI_PROMPT:
        await_quiet(cli, tail);
        return true;
    case NF_CLI_MORE:
        return reply(cli, NF_TEXT(" "));
    case NF_CLI_QUESTION:
        return reply(cli, answer_to(cli, tail));
    case NF_CLI_SECRET:
        return say_secret(cli);
    default:
        return true;
    }
}

static bool
on_bytes(struct nf_ssh *ssh, const char *data, size_t len)
{
    struct cli *cli = CLI_OF(ssh, ssh);

    if (cli->then == NULL) {
        return true; /* nobody asked: a log message */
    }
    if (len > NF_CLI_SCREEN_MAX - cli->len) {
        hang_up(cli, NF_SWITCH_MALFORMED, "its answer is too long");
        return false;
    }
    memcpy(cli->screen + cli->len, data, len);
    cli->len += len;
    nf_timer_set(cli->dialog.loop, &cli->silence, SILENCE_MS);
    return look_at_end(cli);
}

static void
on_lost(struct nf_ssh *ssh, enum nf_switch_cause cause, const char *words)
{
    struct cli *cli = CLI_OF(ssh, ssh);
    bool is_asked = cli->then != NULL || !cli->is_ready;

    cli->is_ready = false;
    if (is_asked) {
        fail(cli, cause, nf_text(words));
    }
}

/* --- what is asked -----------------------------------------------------------
 */

static void ask_screen(struct cli *cli);

static const struct nf_cli_screen *
screen_of(const struct cli *cli)
{
    return &cli->dialect->screens[cli->ask.verb][cli->at];
}

static void
end_screens(struct cli *cli)
{
    cli->told.ports = cli->facts.ports;
    cli->told.ports_n = cli->facts.ports_n;
    cli->told.macs = cli->facts.macs;
    cli->told.macs_n = cli->facts.macs_n;
    cli->told.vlans = cli->facts.vlans;
    tell(cli);
}

static bool
is_unknown(enum nf_switch_cause cause)
{
    return cause == NF_SWITCH_UNSUPPORTED || cause == NF_SWITCH_REFUSED
           || cause == NF_SWITCH_NO_PORT;
}

static void
take_screen(struct cli *cli, struct nf_text answer)
{
    const struct nf_cli_screen *screen = screen_of(cli);
    struct nf_text words = {0};
    enum nf_switch_cause cause = nf_cli_error(nf_cli_head(answer), &words);

    if (is_unknown(cause) && screen->other != NULL && !cli->is_other) {
        cli->is_other = true;
        ask_screen(cli);
        return;
    }
    if (cause != NF_SWITCH_FINE && screen->is_needed) {
        bool is_port = cli->ask.verb == NF_SWITCH_PORT && is_unknown(cause)
                       && strchr(screen->command, '$') != NULL;
        fail(cli, is_port ? NF_SWITCH_NO_PORT : cause, words);
        return;
    }
    if (cause == NF_SWITCH_FINE) {
        screen->read(answer, &cli->facts);
    }
    cli->is_other = false;
    cli->at++;
    if (screen_of(cli)->command != NULL) {
        ask_screen(cli);
        return;
    }
    end_screens(cli);
}

static void
ask_screen(struct cli *cli)
{
    const struct nf_cli_screen *screen = screen_of(cli);
    char mac[NF_MAC_COLONS], command[NF_CLI_COMMAND];
    struct nf_out out = nf_out(command, sizeof(command) - 1);
    bool is_find = cli->ask.verb == NF_SWITCH_FIND;

    nf_cli_mac(cli->ask.mac, cli->dialect->mac_mark, mac);
    nf_cli_command(cli->is_other ? screen->other : screen->command,
                   is_find ? mac : cli->ask.port, &out);
    command[out.len] = '\0';
    send_command(cli, command, take_screen);
}

/* --- changes -----------------------------------------------------------------
 */

static void
left(struct cli *cli, struct nf_text answer)
{
    (void) answer;
    tell(cli);
}

static void ask_line(struct cli *cli);

static bool
may_be_refused(const struct cli *cli)
{
    return cli->change[cli->at] == '?';
}

static void
take_line(struct cli *cli, struct nf_text answer)
{
    struct nf_text words = {0};
    enum nf_switch_cause cause = nf_cli_error(answer, &words);

    if (cause == NF_SWITCH_FINE || may_be_refused(cli)) {
        ask_line(cli);
        return;
    }
    nf_switch_fail(&cli->told, cause, words);
    cli->is_inside = false;
    send_command(cli, cli->dialect->leave, left);
}

static void
ask_line(struct cli *cli)
{
    char command[NF_CLI_COMMAND];
    struct nf_text line;

    if (!nf_cli_line(&cli->rest, &line)) {
        cli->is_inside = true;
        tell(cli);
        return;
    }
    cli->at = (size_t) (line.data - cli->change);
    if (line.len > 0 && line.data[0] == '?') {
        line.data++;
        line.len--;
    }
    if (!nf_text_copy(command, sizeof(command), line)) {
        fail(cli, NF_SWITCH_LOCAL, NF_TEXT("a command is too long"));
        return;
    }
    send_command(cli, command, take_line);
}

static void
begin_change(struct cli *cli)
{
    struct nf_out out = nf_out(cli->change, sizeof(cli->change));

    cli->dialect->change(cli->ask.port, cli->ask.is, cli->ask.wanted, &out);
    cli->rest = nf_out_text(&out);
    if (out.full) {
        fail(cli, NF_SWITCH_LOCAL, NF_TEXT("the change is too long"));
        return;
    }
    if (cli->is_inside) {
        struct nf_text entry;
        (void) nf_cli_line(&cli->rest, &entry);
    }
    ask_line(cli);
}

static void
take_save(struct cli *cli, struct nf_text answer)
{
    struct nf_text words = {0};
    bool is_saved = false;

    for (size_t i = 0; cli->dialect->saved[i] != NULL; i++) {
        is_saved |= nf_cli_has(answer, cli->dialect->saved[i]);
    }
    if (nf_cli_error(answer, &words) != NF_SWITCH_FINE) {
        fail(cli, NF_SWITCH_REFUSED, words);
    } else if (!is_saved) {
        fail(cli, NF_SWITCH_REFUSED, nf_cli_last_words(answer));
    } else {
        tell(cli);
    }
}

/* --- the session -------------------------------------------------------------
 */

static void carry_out(struct cli *cli);

static void
outside(struct cli *cli, struct nf_text answer)
{
    (void) answer;
    carry_out(cli);
}

static void
carry_out(struct cli *cli)
{
    if (cli->is_inside && cli->ask.verb != NF_SWITCH_SET) {
        cli->is_inside = false;
        send_command(cli, cli->dialect->leave, outside);
        return;
    }
    cli->at = 0;
    switch (cli->ask.verb) {
    case NF_SWITCH_SET:
        begin_change(cli);
        break;
    case NF_SWITCH_SAVE:
        send_command(cli, cli->dialect->save, take_save);
        break;
    default:
        ask_screen(cli);
        break;
    }
}

/* One that knows none of these pages, and is answered page by page. */
static void
unpage(struct cli *cli, struct nf_text answer)
{
    const char *command = cli->dialect->unpaged[cli->at];

    (void) answer;
    if (command == NULL) {
        cli->is_ready = true;
        carry_out(cli);
        return;
    }
    cli->at++;
    send_command(cli, command, unpage);
}

static void
enabled(struct cli *cli, struct nf_text answer)
{
    if (!cli->is_enabled) {
        fail(cli, NF_SWITCH_PRIVILEGE, nf_cli_last_words(answer));
        return;
    }
    unpage(cli, answer);
}

static void
greeted(struct cli *cli, struct nf_text answer)
{
    cli->at = 0;
    if (!cli->is_enabled) {
        send_command(cli, cli->dialect->enable, enabled);
        return;
    }
    unpage(cli, answer);
}

static void
on_opened(struct nf_ssh *ssh)
{
    struct cli *cli = CLI_OF(ssh, ssh);

    cli->len = cli->mark = 0;
    cli->name[0] = cli->command[0] = '\0';
    cli->is_inside = false;
    cli->then = greeted;
    nf_timer_set(cli->dialog.loop, &cli->silence, SILENCE_MS);
}

static bool
has_memory(struct cli *cli)
{
    struct nf_cli_facts *facts = &cli->facts;

    if (cli->screen == NULL) {
        cli->screen = malloc(NF_CLI_SCREEN_MAX);
        facts->ports = malloc(NF_PORTS_MAX * sizeof(*facts->ports));
        facts->macs = malloc(NF_CLI_MACS_MAX * sizeof(*facts->macs));
    }
    return cli->screen != NULL && facts->ports != NULL && facts->macs != NULL;
}

static void
on_begin(struct nf_timer *timer)
{
    struct cli *cli = CLI_OF(timer, begin);

    if (!has_memory(cli)) {
        fail(cli, NF_SWITCH_LOCAL, NF_TEXT("out of memory"));
    } else if (cli->is_ready) {
        carry_out(cli);
    } else {
        nf_ssh_open(&cli->ssh);
    }
}

static void
ask(struct nf_switch_dialog *dialog, const struct nf_switch_ask *what)
{
    struct cli *cli = (void *) dialog;
    struct nf_cli_facts *facts = &cli->facts;

    if (cli->dialect == NULL) {
        cli->dialect = nf_cli_dialect_find(dialog->driver->name);
        cli->begin = (struct nf_timer){.fire = on_begin};
        cli->quiet = (struct nf_timer){.fire = on_quiet};
        cli->silence = (struct nf_timer){.fire = on_silence};
        cli->ssh = (struct nf_ssh){.loop = dialog->loop,
                                   .device = dialog->device,
                                   .port = dialog->driver->port,
                                   .opened = on_opened,
                                   .bytes = on_bytes,
                                   .lost = on_lost};
    }
    cli->ask = *what;
    cli->told = (struct nf_switch_told){0};
    cli->is_other = false;
    facts->ports_n = facts->macs_n = facts->last = 0;
    facts->vlans = (struct nf_vlans){{0}};
    facts->port = what->verb == NF_SWITCH_PORT ? cli->ask.port : NULL;
    nf_timer_set(dialog->loop, &cli->begin, 0);
}

static void
close_it(struct nf_switch_dialog *dialog)
{
    struct cli *cli = (void *) dialog;

    if (cli->dialect == NULL) {
        return; /* never asked */
    }
    rest_timers(cli);
    nf_ssh_close(&cli->ssh);
    free(cli->screen);
    free(cli->facts.ports);
    free(cli->facts.macs);
    cli->screen = NULL;
}

#define DRIVER(dialect)                                                        \
    const struct nf_switch_driver nf_switch_driver_##dialect = {               \
        .name = #dialect,                                                      \
        .port = 22,                                                            \
        .size = sizeof(struct cli),                                            \
        .ask = ask,                                                            \
        .close = close_it,                                                     \
    }

DRIVER(ios);
DRIVER(nxos);
DRIVER(vrp);
DRIVER(comware);
