#include "port/cli.h"

#include <ctype.h>
#include <strings.h>

/* --- a terminal's line -------------------------------------------------------
 */

/* Text is written over itself: what is shown is never longer than its bytes. */
struct terminal {
    char *data;
    size_t line, at, end; /* of the line's begin, the cursor, the text */
};

static void
put(struct terminal *t, char c)
{
    t->data[t->at++] = c;
    if (t->at > t->end) {
        t->end = t->at;
    }
}

static void
end_line(struct terminal *t)
{
    while (t->end > t->line && t->data[t->end - 1] == ' ') {
        t->end--;
    }
    t->data[t->end++] = '\n';
    t->at = t->line = t->end;
}

/* ESC [ numbers letter; moves within the line are followed, others are not. */
static size_t
take_escape(struct terminal *t, struct nf_text rest)
{
    size_t i = 1, n = 0;

    if (rest.len < 2 || rest.data[1] != '[') {
        return rest.len < 2 ? rest.len : 2;
    }
    for (i = 2; i < rest.len && !isalpha((unsigned char) rest.data[i]); i++) {
        if (isdigit((unsigned char) rest.data[i]) && n < 10000) {
            n = n * 10 + (size_t) (rest.data[i] - '0');
        }
    }
    if (i == rest.len) {
        return i;
    }
    if (rest.data[i] == 'D') {
        n = n == 0 ? 1 : n;
        t->at = t->at - t->line < n ? t->line : t->at - n;
    } else if (rest.data[i] == 'K') {
        t->end = n == 2 ? t->line : t->at;
        t->at = t->end;
    }
    return i + 1;
}

static void
take_byte(struct terminal *t, char c)
{
    switch (c) {
    case '\n':
        end_line(t);
        break;
    case '\r':
        t->at = t->line;
        break;
    case '\b':
        t->at -= t->at > t->line;
        break;
    case '\t':
        put(t, ' ');
        break;
    default:
        if ((unsigned char) c >= ' ' && c != 0x7f) {
            put(t, c);
        }
        break;
    }
}

size_t
nf_cli_settle(char *data, size_t len)
{
    struct terminal t = {.data = data};

    for (size_t i = 0; i < len;) {
        if (data[i] == '\033') {
            i += take_escape(&t, (struct nf_text){data + i, len - i});
        } else {
            take_byte(&t, data[i++]);
        }
    }
    return t.end;
}

/* --- lines and words ---------------------------------------------------------
 */

bool
nf_cli_line(struct nf_text *rest, struct nf_text *line)
{
    if (rest->len == 0) {
        return false;
    }
    *line = nf_text_cut(rest, '\n');
    while (line->len > 0 && strchr(" \r", line->data[line->len - 1]) != NULL) {
        line->len--;
    }
    return true;
}

struct nf_text
nf_cli_word(struct nf_text *rest)
{
    struct nf_text word;

    while (rest->len > 0 && rest->data[0] == ' ') {
        rest->data++;
        rest->len--;
    }
    word = (struct nf_text){rest->data, 0};
    while (word.len < rest->len && rest->data[word.len] != ' ') {
        word.len++;
    }
    rest->data += word.len;
    rest->len -= word.len;
    return word;
}

bool
nf_cli_begins(struct nf_text text, const char *with)
{
    size_t n = strlen(with);

    return text.len >= n && strncasecmp(text.data, with, n) == 0;
}

bool
nf_cli_has(struct nf_text text, const char *words)
{
    size_t n = strlen(words);

    for (size_t i = 0; i + n <= text.len; i++) {
        if (strncasecmp(text.data + i, words, n) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const lags[] = {
    "Port-channel",      "Po",   "Eth-Trunk", "Bridge-Aggregation", "BAGG",
    "Route-Aggregation", "RAGG",
};

/* Interfaces that no machine is at. */
static const char *const no_ports[] = {
    "Vl",      "NULL",   "Lo",  "Inloop",   "Tu",     "Nve",      "Vbdif",
    "sup-eth", "Aux",    "Con", "Cellular", "Dialer", "Wlan",     "Virtual",
    "Vsi",     "Bdi",    "BVI", "Register", "Stack",  "Ap",       "Console",
    "Async",   "Serial", "fc",  "vfc",      "Dot11",  "Capwap",   "Nu",
    "REG",     "MVlan",  "Vsl", "Twin",     "VLAN",   "Unrouted",
};

/* "10GE1/0/1" begins with its speed. */
static size_t
letters_of(struct nf_text word)
{
    size_t n = 0;

    while (n < word.len && n < 3 && isdigit((unsigned char) word.data[n])) {
        n++;
    }
    if (n > 0
        && !nf_cli_begins((struct nf_text){word.data + n, word.len - n}, "GE"))
    {
        return 0;
    }
    while (n < word.len
           && (isalpha((unsigned char) word.data[n]) || word.data[n] == '-'))
    {
        n++;
    }
    return n;
}

static bool
is_lag_letters(struct nf_text letters)
{
    for (size_t i = 0; i < sizeof(lags) / sizeof(lags[0]); i++) {
        if (letters.len == strlen(lags[i]) && nf_cli_begins(letters, lags[i])) {
            return true;
        }
    }
    return false;
}

bool
nf_cli_is_lag(struct nf_text word)
{
    size_t n = letters_of(word);

    return n < word.len && isdigit((unsigned char) word.data[n])
           && is_lag_letters((struct nf_text){word.data, n});
}

static bool
is_no_port(struct nf_text word)
{
    for (size_t i = 0; i < sizeof(no_ports) / sizeof(no_ports[0]); i++) {
        if (nf_cli_begins(word, no_ports[i])) {
            return true;
        }
    }
    return false;
}

/* "1/0/1", "1", "1/1:3"; a subinterface "1.100" is none. */
static bool
is_number(struct nf_text text)
{
    return text.len > 0 && isdigit((unsigned char) text.data[0])
           && isdigit((unsigned char) text.data[text.len - 1])
           && nf_text_has_only(text, "0123456789/:");
}

bool
nf_cli_is_port(struct nf_text *word)
{
    struct nf_text rest = *word, name = nf_text_cut(&rest, '(');
    size_t n = letters_of(name);

    while (name.len > 0 && strchr(",;", name.data[name.len - 1]) != NULL) {
        name.len--;
    }
    if (n < 2 || n >= name.len || name.len >= NF_PORT_NAME || is_no_port(name)
        || !is_number((struct nf_text){name.data + n, name.len - n}))
    {
        return false;
    }
    *word = name;
    return true;
}

/* --- what stands at the end --------------------------------------------------
 */

static struct nf_text
last_line(struct nf_text screen)
{
    size_t at = screen.len;

    while (at > 0 && screen.data[at - 1] != '\n') {
        at--;
    }
    screen.data += at;
    screen.len -= at;
    while (screen.len > 0 && screen.data[screen.len - 1] == ' ') {
        screen.len--;
    }
    while (screen.len > 0 && screen.data[0] == ' ') {
        screen.data++;
        screen.len--;
    }
    return screen;
}

static bool
is_name_letter(char c)
{
    return isalnum((unsigned char) c) || strchr("-_.@/:+", c) != NULL
           || (unsigned char) c >= 0x80;
}

/* "SW1>", "SW1#", "SW1(config-if)#", "<SW1>", "[SW1]", "[~SW1-10GE1/0/1]": its
 * name, without what tells the mode; or empty. */
static struct nf_text
prompt_name(struct nf_text line)
{
    struct nf_text name = line;
    char last = line.len < 2 ? '\0' : line.data[line.len - 1];
    size_t n = 0;

    if (nf_cli_begins(name, "HRP_") && name.len > 5) {
        name.data += 5;
        name.len -= 5;
    }
    if ((last == '>' && name.data[0] == '<')
        || (last == ']' && name.data[0] == '['))
    {
        name.data++;
        name.len -= 2;
        if (name.len > 0 && strchr("~*", name.data[0]) != NULL) {
            name.data++;
            name.len--;
        }
    } else if (last != '>' && last != '#') {
        return NF_TEXT("");
    } else {
        name.len--;
        while (n < name.len && name.data[n] != '(') {
            n++;
        }
        if (n < name.len && name.data[name.len - 1] != ')') {
            return NF_TEXT("");
        }
        name.len = n;
    }
    for (n = 0; n < name.len; n++) {
        if (!is_name_letter(name.data[n])) {
            return NF_TEXT("");
        }
    }
    return name;
}

/* A prompt of another name is part of what is shown. */
static bool
is_prompt(struct nf_text line, char name[static NF_PORT_NAME])
{
    struct nf_text seen = prompt_name(line);

    if (seen.len == 0) {
        return false;
    }
    if (name[0] == '\0') {
        seen.len = seen.len < NF_PORT_NAME ? seen.len : NF_PORT_NAME - 1;
        return nf_text_copy(name, NF_PORT_NAME, seen);
    }
    /* Cisco shortens long names before "(config)". */
    return nf_text_starts(seen, nf_text(name))
           || (seen.len >= 10 && nf_text_starts(nf_text(name), seen));
}

static bool
has_one_of(struct nf_text line, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (nf_cli_has(line, *words)) {
            return true;
        }
    }
    return false;
}

enum nf_cli_end
nf_cli_end_of(struct nf_text screen, char name[static NF_PORT_NAME])
{
    static const char *const more[] = {"--More--", "-- More --", "--- More -",
                                       "<more>", NULL};
    static const char *const questions[] = {
        "[Y/N", "[Y(yes)/N", "(y/n)", "[yes/no", "[confirm]", "]?", "]:", NULL};
    struct nf_text line = last_line(screen);

    if (line.len == 0) {
        return NF_CLI_GOES_ON;
    }
    if (has_one_of(line, more)) {
        return NF_CLI_MORE;
    }
    if (is_prompt(line, name)) {
        return NF_CLI_PROMPT;
    }
    if (nf_cli_begins(line, "Password:")) {
        return NF_CLI_SECRET;
    }
    return has_one_of(line, questions) ? NF_CLI_QUESTION : NF_CLI_GOES_ON;
}

/* --- errors ------------------------------------------------------------------
 */

/* clang-format off */
static const struct {
    const char *words;
    enum nf_switch_cause cause;
} causes[] = {
    {"authoriz",              NF_SWITCH_PRIVILEGE},
    {"permission",            NF_SWITCH_PRIVILEGE},
    {"privilege",             NF_SWITCH_PRIVILEGE},
    {"not allowed for user",  NF_SWITCH_PRIVILEGE},
    {"access denied",         NF_SWITCH_PRIVILEGE},
    {"vlan does not exist",   NF_SWITCH_NO_VLAN},
    {"vlan is not exist",     NF_SWITCH_NO_VLAN},
    {"vlan not found",        NF_SWITCH_NO_VLAN},
    {"locked",                NF_SWITCH_BUSY},
    {"busy",                  NF_SWITCH_BUSY},
    {"try again",             NF_SWITCH_BUSY},
    {"invalid interface",     NF_SWITCH_NO_PORT},
    {"interface does not ex", NF_SWITCH_NO_PORT},
    {"wrong interface",       NF_SWITCH_NO_PORT},
    {"invalid input",         NF_SWITCH_UNSUPPORTED},
    {"invalid command",       NF_SWITCH_UNSUPPORTED},
    {"unrecognized",          NF_SWITCH_UNSUPPORTED},
    {"unknown command",       NF_SWITCH_UNSUPPORTED},
    {"incomplete",            NF_SWITCH_UNSUPPORTED},
    {"ambiguous",             NF_SWITCH_UNSUPPORTED},
    {"wrong parameter",       NF_SWITCH_UNSUPPORTED},
    {"too many parameters",   NF_SWITCH_UNSUPPORTED},
};
/* clang-format on */

/* "%LINK-3-UPDOWN: ..." and "%Nov 30 12:00:00:000 ..." are the log's. */
static bool
is_refusal(struct nf_text line)
{
    static const char *const begins[] = {
        "% ",
        "%Error",
        "%Invalid",
        "%Incomplete",
        "Error:",
        "ERROR:",
        "Error ",
        "^Error",
        "Command rejected",
        "Invalid command",
        "Cannot ",
        "Failed ",
        "Syntax error",
        "Permission denied",
    };
    static const char *const tells[] = {
        "% Access VLAN does not exist. Creating",
        "% Warning",
        "% Generating",
        "% Creating",
    };

    for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]); i++) {
        if (nf_cli_begins(line, tells[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (nf_cli_begins(line, begins[i])) {
            return true;
        }
    }
    return false;
}

static enum nf_switch_cause
cause_of(struct nf_text line)
{
    if (nf_cli_has(line, "vlan")
        && (nf_cli_has(line, "not exist") || nf_cli_has(line, "not found")
            || nf_cli_has(line, "not been created")))
    {
        return NF_SWITCH_NO_VLAN;
    }
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (nf_cli_has(line, causes[i].words)) {
            return causes[i].cause;
        }
    }
    return NF_SWITCH_REFUSED;
}

enum nf_switch_cause
nf_cli_error(struct nf_text screen, struct nf_text *words)
{
    struct nf_text line;

    while (nf_cli_line(&screen, &line)) {
        while (line.len > 0 && line.data[0] == ' ') {
            line.data++;
            line.len--;
        }
        if (is_refusal(line)) {
            *words = line;
            return cause_of(line);
        }
    }
    return NF_SWITCH_FINE;
}
