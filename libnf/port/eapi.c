#include "port/eapi.h"

#include "port/cli_config.h"
#include "json/device.h"

/* --- commands ----------------------------------------------------------------
 */

/* '$' is the port's name or the MAC. */
struct command {
    const char *text;
    nf_eapi_read_t *read;
    bool is_needed; /* else a switch may refuse it: LLDP is off, and so on */
};

/* clang-format off */
static const struct command ports_commands[] = {
    {"show interfaces status",       nf_eapi_read_status,     true},
    {"show interfaces switchport",   nf_eapi_read_switchport, true},
    {"show port-channel",            nf_eapi_read_lags,       false},
    {"show mac address-table",       nf_eapi_read_macs,       false},
    {"show lldp neighbors detail",   nf_eapi_read_neighbors,  false},
    {"show spanning-tree",           nf_eapi_read_spanning,   false},
    {0},
};
/* Which aggregate it is in, its status says. */
static const struct command port_commands[] = {
    {"show interfaces $ status",           nf_eapi_read_status,     true},
    {"show interfaces $ switchport",       nf_eapi_read_switchport, false},
    {"show mac address-table interface $", nf_eapi_read_macs,       false},
    {"show lldp neighbors $ detail",       nf_eapi_read_neighbors,  false},
    {"show spanning-tree",                 nf_eapi_read_spanning,   false},
    {0},
};
static const struct command find_commands[] = {
    {"show mac address-table address $", nf_eapi_read_macs, true},
    {0},
};
static const struct command neighbors_commands[] = {
    {"show lldp neighbors detail", nf_eapi_read_neighbors, true},
    {0},
};
static const struct command vlans_commands[] = {
    {"show vlan", nf_eapi_read_vlans, true},
    {0},
};

static const struct command *const commands[NF_SWITCH_SET] = {
    [NF_SWITCH_PORTS] = ports_commands,
    [NF_SWITCH_PORT] = port_commands,
    [NF_SWITCH_FIND] = find_commands,
    [NF_SWITCH_NEIGHBORS] = neighbors_commands,
    [NF_SWITCH_VLANS] = vlans_commands,
};
/* clang-format on */

enum {
    SWITCHPORT = 1 << 1, /* of port_commands */
};

/* The next that is asked, from *at on; NULL: that was the last. */
static const struct command *
next_command(const struct nf_eapi *eapi, size_t *at)
{
    const struct command *all = commands[eapi->ask.verb];

    while (all[*at].text != NULL && eapi->left_out >> *at & 1) {
        ++*at;
    }
    return all[*at].text == NULL ? NULL : &all[(*at)++];
}

/* --- what a change comes to --------------------------------------------------
 */

/* As IOS has it, without what is asked of old ones only: EOS goes by 802.1Q and
 * knows no other. */
static bool
make_change(struct nf_eapi *eapi)
{
    char text[NF_EAPI_CHANGE_MAX];
    struct nf_out all = nf_out(text, sizeof(text));
    struct nf_out out = nf_out(eapi->change, sizeof(eapi->change));
    struct nf_text rest, line;

    nf_cli_change_switchport(eapi->ask.is, eapi->ask.wanted, &all);
    rest = nf_out_text(&all);
    while (nf_cli_line(&rest, &line)) {
        if (line.len > 0 && line.data[0] != '?') {
            nf_out_put(&out, line);
            nf_out_putc(&out, '\n');
        }
    }
    eapi->change_len = out.len;
    return !all.full && !out.full;
}

/* "Ethernet1-3" would be three. */
static bool
is_one_port(const char *name)
{
    struct nf_text word = nf_text(name);

    return nf_cli_is_port(&word) && word.len == strlen(name);
}

enum nf_switch_cause
nf_eapi_begin(struct nf_eapi *eapi, const struct nf_switch_ask *ask)
{
    struct nf_cli_facts *facts = &eapi->facts;
    bool has_port = ask->verb == NF_SWITCH_PORT || ask->verb == NF_SWITCH_SET;

    eapi->ask = *ask;
    eapi->left_out = 0;
    eapi->why_left[0] = '\0';
    eapi->change_len = 0;
    facts->ports_n = facts->macs_n = facts->last = 0;
    facts->vlans = (struct nf_vlans){{0}};
    facts->port = ask->verb == NF_SWITCH_PORT ? eapi->ask.port : NULL;
    if (has_port && !is_one_port(ask->port)) {
        return NF_SWITCH_NO_PORT;
    }
    return ask->verb != NF_SWITCH_SET || make_change(eapi) ? NF_SWITCH_FINE
                                                           : NF_SWITCH_LOCAL;
}

/* --- requests ----------------------------------------------------------------
 */

/* An input that nothing asks for is not looked at. */
static void
put_enable(const struct nf_eapi *eapi, struct nf_out *body)
{
    nf_out_puts(body, "{\"cmd\":\"enable\",\"input\":");
    nf_out_json(body, nf_text(eapi->password));
    nf_out_putc(body, '}');
}

static void
put_command(struct nf_text text, struct nf_out *body)
{
    nf_out_putc(body, ',');
    nf_out_json(body, text);
}

static void
put_shows(const struct nf_eapi *eapi, struct nf_out *body)
{
    char mac[NF_MAC_COLONS], text[NF_CLI_COMMAND];
    const struct command *command;
    bool is_find = eapi->ask.verb == NF_SWITCH_FIND;
    size_t at = 0;
    const char *comma = "";

    nf_cli_mac(eapi->ask.mac, '.', mac);
    while ((command = next_command(eapi, &at)) != NULL) {
        struct nf_out line = nf_out(text, sizeof(text));
        nf_cli_command(command->text, is_find ? mac : eapi->ask.port, &line);
        nf_out_puts(body, comma);
        nf_out_json(body, nf_out_text(&line));
        comma = ",";
    }
}

static void
put_change(const struct nf_eapi *eapi, struct nf_out *body)
{
    struct nf_text rest = {eapi->change, eapi->change_len}, line;
    char text[NF_CLI_COMMAND];
    struct nf_out interface = nf_out(text, sizeof(text));

    nf_out_printf(&interface, "interface %s", eapi->ask.port);
    put_enable(eapi, body);
    put_command(NF_TEXT("configure"), body);
    put_command(nf_out_text(&interface), body);
    while (nf_cli_line(&rest, &line)) {
        put_command(line, body);
    }
    put_command(NF_TEXT("end"), body);
}

/* What a save says is told in words only. */
void
nf_eapi_request(const struct nf_eapi *eapi, struct nf_out *body)
{
    bool is_save = eapi->ask.verb == NF_SWITCH_SAVE;

    nf_out_printf(body,
                  "{\"jsonrpc\":\"2.0\",\"method\":\"runCmds\",\"params\":{"
                  "\"version\":1,\"format\":\"%s\",\"cmds\":[",
                  is_save ? "text" : "json");
    if (is_save) {
        put_enable(eapi, body);
        put_command(NF_TEXT("write memory"), body);
    } else if (eapi->ask.verb == NF_SWITCH_SET) {
        put_change(eapi, body);
    } else {
        put_shows(eapi, body);
    }
    nf_out_puts(body, "]},\"id\":\"nf-bmc\"}");
}

/* --- failures ----------------------------------------------------------------
 */

/* A switch, or what says to be one, may tell what it was told. */
static void
fail(const struct nf_eapi *eapi, enum nf_switch_cause cause,
     struct nf_text words, struct nf_switch_told *told)
{
    nf_switch_fail(told, cause, words);
    if (eapi->password[0] != '\0' && strstr(told->words, eapi->password)) {
        told->words[0] = '\0';
    }
}

static void
fail_by_status(const struct nf_eapi *eapi, unsigned status,
               struct nf_switch_told *told)
{
    /* clang-format off */
    static const struct {
        unsigned status;
        enum nf_switch_cause cause;
        const char *words;
    } rows[] = {
        {401, NF_SWITCH_WRONG_PASSWORD, ""},
        {403, NF_SWITCH_PRIVILEGE,      "HTTP 403"},
        {404, NF_SWITCH_UNSUPPORTED,    "HTTP 404: it has no eAPI, or eAPI is not enabled"},
        {502, NF_SWITCH_BUSY,           "HTTP 502"},
        {503, NF_SWITCH_BUSY,           "HTTP 503"},
        {504, NF_SWITCH_BUSY,           "HTTP 504"},
    };
    /* clang-format on */
    char text[16];
    struct nf_out words = nf_out(text, sizeof(text));

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].status == status) {
            fail(eapi, rows[i].cause, nf_text(rows[i].words), told);
            return;
        }
    }
    nf_out_printf(&words, "HTTP %u", status);
    fail(eapi, NF_SWITCH_MALFORMED, nf_out_text(&words), told);
}

/* What a command is for. */
enum step {
    SHOW,
    ENABLE,
    CONFIGURE,
    INTERFACE,
    LINE,
    STEPS,
};

/* clang-format off */
static const struct {
    int code;
    enum nf_switch_cause causes[STEPS];
} errors[] = {
    /* could not run command: "configure" when another holds the lock */
    {1000, {NF_SWITCH_REFUSED, NF_SWITCH_PRIVILEGE, NF_SWITCH_BUSY,
            NF_SWITCH_NO_PORT, NF_SWITCH_REFUSED}},
    /* invalid command: so are those of a higher level */
    {1002, {NF_SWITCH_UNSUPPORTED, NF_SWITCH_PRIVILEGE, NF_SWITCH_PRIVILEGE,
            NF_SWITCH_NO_PORT, NF_SWITCH_REFUSED}},
    /* not converted to JSON; not for eAPI */
    {1003, {NF_SWITCH_UNSUPPORTED, NF_SWITCH_UNSUPPORTED,
            NF_SWITCH_UNSUPPORTED, NF_SWITCH_UNSUPPORTED,
            NF_SWITCH_UNSUPPORTED}},
    {1004, {NF_SWITCH_UNSUPPORTED, NF_SWITCH_UNSUPPORTED,
            NF_SWITCH_UNSUPPORTED, NF_SWITCH_UNSUPPORTED,
            NF_SWITCH_UNSUPPORTED}},
    /* the user may not */
    {1005, {NF_SWITCH_PRIVILEGE, NF_SWITCH_PRIVILEGE, NF_SWITCH_PRIVILEGE,
            NF_SWITCH_PRIVILEGE, NF_SWITCH_PRIVILEGE}},
};
/* clang-format on */

static enum step
step_of(const struct nf_eapi *eapi, size_t at)
{
    if (eapi->ask.verb < NF_SWITCH_SET) {
        return SHOW;
    }
    if (eapi->ask.verb == NF_SWITCH_SAVE) {
        return at == 0 ? ENABLE : LINE;
    }
    return at < 3 ? ENABLE + (enum step) at : LINE;
}

static enum nf_switch_cause
cause_of(struct nf_text code, enum step step)
{
    char digits[8];

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct nf_out out = nf_out(digits, sizeof(digits));
        nf_out_printf(&out, "%d", errors[i].code);
        if (nf_text_equal(code, nf_out_text(&out))) {
            return errors[i].causes[step];
        }
    }
    /* JSON-RPC's own: it knows no runCmds, or not these. */
    return nf_text_starts(code, NF_TEXT("-")) ? NF_SWITCH_UNSUPPORTED
                                              : NF_SWITCH_REFUSED;
}

static void
put_cut(struct nf_text text, struct nf_out *words)
{
    char cut[NF_SWITCH_WORDS];

    nf_text_copy_words(cut, sizeof(cut), text);
    nf_out_puts(words, words->len == 0 ? "" : "; ");
    nf_out_puts(words, cut);
}

/* "Invalid input (at token 1: 'x')", of the command that failed; else the
 * message, that has the command and little more. */
static void
put_words(const struct nf_value *error, const struct nf_value *failed,
          struct nf_out *words)
{
    const struct nf_value *list = nf_value_member(failed, "errors");
    size_t n = list != NULL && list->kind == NF_VALUE_LIST ? list->list.n : 0;

    for (size_t i = 0; i < n; i++) {
        if (list->list.items[i].kind == NF_VALUE_TEXT) {
            put_cut(list->list.items[i].text, words);
        }
    }
    if (words->len == 0) {
        put_cut(nf_value_member_text(error, "message"), words);
    }
}

/* There is a result of each command up to the one that failed. */
static const struct nf_value *
last_of(const struct nf_value *list, size_t *at)
{
    if (list == NULL || list->kind != NF_VALUE_LIST || list->list.n == 0) {
        *at = SIZE_MAX;
        return NULL;
    }
    *at = list->list.n - 1;
    return &list->list.items[*at];
}

/* The command that was the at-th of the request is not asked again; false: it
 * is needed, or there was none. */
static bool
leave_out(struct nf_eapi *eapi, size_t at, struct nf_text words)
{
    const struct command *command = NULL;
    size_t i = 0;

    for (size_t n = 0; n <= at; n++) {
        command = next_command(eapi, &i);
        if (command == NULL) {
            return false;
        }
    }
    if (command->is_needed) {
        return false;
    }
    eapi->left_out |= (uint32_t) 1 << (i - 1);
    if (command->read == nf_eapi_read_switchport) {
        nf_text_copy_words(eapi->why_left, sizeof(eapi->why_left), words);
    }
    return true;
}

/* An interface that is not there is no word of the command, or is looked for
 * and not found. */
static bool
says_no_port(struct nf_text code, struct nf_text words)
{
    return nf_text_equal(code, NF_TEXT("1002"))
           || nf_cli_has(words, "does not exist");
}

/* True: ask again without what it refused. */
static bool
take_error(struct nf_eapi *eapi, const struct nf_value *error,
           struct nf_switch_told *told)
{
    char text[NF_SWITCH_WORDS + 64];
    struct nf_out words = nf_out(text, sizeof(text));
    struct nf_text code = nf_value_member_text(error, "code");
    size_t at;
    const struct nf_value *failed =
        last_of(nf_value_member(error, "data"), &at);
    enum step step = step_of(eapi, at);
    enum nf_switch_cause cause = cause_of(code, step);

    put_words(error, failed, &words);
    if (step == SHOW && at != SIZE_MAX
        && leave_out(eapi, at, nf_out_text(&words))) {
        return true;
    }
    if (eapi->ask.verb == NF_SWITCH_PORT && at == 0
        && says_no_port(code, nf_out_text(&words)))
    {
        cause = NF_SWITCH_NO_PORT;
    }
    fail(eapi, cause, nf_out_text(&words), told);
    return false;
}

/* --- results -----------------------------------------------------------------
 */

/* Where it was learnt, and nothing else. */
static void
keep_found(struct nf_eapi *eapi)
{
    struct nf_cli_facts *facts = &eapi->facts;
    size_t n = 0;

    for (size_t i = 0; i < facts->macs_n; i++) {
        if (nf_mac_equal(facts->macs[i].mac, eapi->ask.mac)) {
            facts->macs[n++] = facts->macs[i];
        }
    }
    facts->macs_n = n;
}

/* A port that switches, of which nobody knows its VLANs, can't be judged. */
static void
tell_port(const struct nf_eapi *eapi, struct nf_switch_told *told)
{
    const struct nf_cli_facts *facts = &eapi->facts;

    if (facts->ports_n == 0) {
        fail(eapi, NF_SWITCH_NO_PORT, NF_TEXT(""), told);
    } else if (eapi->left_out & SWITCHPORT
               && facts->ports[0].config.mode != NF_PORT_OTHER)
    {
        fail(eapi, NF_SWITCH_REFUSED, nf_text(eapi->why_left), told);
    }
}

static void
tell_shown(struct nf_eapi *eapi, struct nf_switch_told *told)
{
    struct nf_cli_facts *facts = &eapi->facts;

    if (eapi->ask.verb == NF_SWITCH_FIND) {
        keep_found(eapi);
    } else if (eapi->ask.verb == NF_SWITCH_PORT) {
        tell_port(eapi, told);
    }
    told->ports = facts->ports;
    told->ports_n = facts->ports_n;
    told->macs = facts->macs;
    told->macs_n = facts->macs_n;
    told->vlans = facts->vlans;
}

static void
take_shown(struct nf_eapi *eapi, const struct nf_value *results,
           struct nf_switch_told *told)
{
    const struct command *command;
    size_t at = 0, n = 0;

    while ((command = next_command(eapi, &at)) != NULL) {
        if (n == results->list.n || results->list.items[n].kind != NF_VALUE_MAP)
        {
            fail(eapi, NF_SWITCH_MALFORMED, NF_TEXT("a command has no result"),
                 told);
            return;
        }
        command->read(&results->list.items[n++], &eapi->facts);
    }
    if (n != results->list.n) {
        fail(eapi, NF_SWITCH_MALFORMED,
             NF_TEXT("a result belongs to no command"), told);
    } else if (eapi->ask.verb == NF_SWITCH_PORTS && eapi->facts.ports_n == 0) {
        /* Which would be believed. */
        fail(eapi, NF_SWITCH_MALFORMED, NF_TEXT("it shows no ports"), told);
    } else {
        tell_shown(eapi, told);
    }
}

/* Old systems save in silence. */
static void
take_saved(const struct nf_eapi *eapi, const struct nf_value *results,
           struct nf_switch_told *told)
{
    size_t last;
    struct nf_text said =
        nf_value_member_text(last_of(results, &last), "output");

    if (last != 1) {
        fail(eapi, NF_SWITCH_MALFORMED, NF_TEXT("a command has no result"),
             told);
    } else if (said.len != 0 && !nf_cli_has(said, "Copy completed")) {
        fail(eapi, NF_SWITCH_REFUSED, said, told);
    }
}

static bool
take(struct nf_eapi *eapi, const struct nf_value *doc,
     struct nf_switch_told *told)
{
    const struct nf_value *error = nf_value_member(doc, "error");
    const struct nf_value *results = nf_value_member(doc, "result");

    if (error != NULL && error->kind == NF_VALUE_MAP) {
        return take_error(eapi, error, told);
    }
    if (results == NULL || results->kind != NF_VALUE_LIST) {
        fail(eapi, NF_SWITCH_MALFORMED, NF_TEXT("it is not an eAPI answer"),
             told);
    } else if (eapi->ask.verb == NF_SWITCH_SAVE) {
        take_saved(eapi, results, told);
    } else if (eapi->ask.verb != NF_SWITCH_SET) {
        take_shown(eapi, results, told);
    }
    return false;
}

bool
nf_eapi_reply(struct nf_eapi *eapi, unsigned status, struct nf_text body,
              struct nf_switch_told *told)
{
    nf_arena_t *arena = NULL;
    struct nf_value doc = {0};
    bool goes_on = false;

    *told = (struct nf_switch_told){0};
    if (status != 200) {
        fail_by_status(eapi, status, told);
        return false;
    }
    if ((arena = nf_arena_new()) == NULL) {
        fail(eapi, NF_SWITCH_LOCAL, NF_TEXT("out of memory"), told);
    } else if (body.len > NF_EAPI_ANSWER_MAX
               || !nf_json_device(body, NF_EAPI_VALUES_MAX, arena, &doc))
    {
        fail(eapi, NF_SWITCH_MALFORMED, NF_TEXT("it is not JSON, or too long"),
             told);
    } else {
        goes_on = take(eapi, &doc, told);
    }
    nf_arena_free(arena);
    return goes_on;
}
