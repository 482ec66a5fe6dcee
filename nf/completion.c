/*
 * nf completion: scripts for shells.  They ask this program at each Tab, so
 * that they never fall behind it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/log.h"
#include "command.h"
#include "model/node.h"
#include "model/task.h"
#include "patience.h"
#include "say.h"
#include "served.h"
#include "server.h"
#include "store/resource.h"
#include "table.h"

enum {
    WORD_MAX = 64,
    PATIENCE_MS = 700, /* for one answer */
    PATIENCE_S = 2,    /* for all pages */
};

/* --- what there is to choose from --------------------------------------------
 */

/* The words before the one that is completed: a name is not offered twice. */
static char **typed;
static int typed_n;

static void
offer(const char *word, const char *begun)
{
    for (int i = 0; i < typed_n; i++) {
        if (strcmp(typed[i], word) == 0) {
            return;
        }
    }
    if (strncmp(word, begun, strlen(begun)) == 0) {
        puts(word);
    }
}

static void
offer_all(const char *const *words, const char *begun)
{
    for (; *words != NULL; words++) {
        offer(*words, begun);
    }
}

/* Names that a shell takes as they are. */
static bool
is_plain(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (!isalnum((unsigned char) *c) && strchr("._:-", *c) == NULL) {
            return false;
        }
    }
    return name[0] != '\0' && name[0] != '-';
}

struct offering {
    const char *member, *begun;
    struct timespec end; /* nobody waits any longer */
};

/* A MAC as it was begun: 525400..., or 52:54:00:... */
static void
offer_mac(const char *mac, const char *begun)
{
    char plain[NF_MAC_TEXT], colons[NF_MAC_COLONS];
    nf_mac_t parsed;

    if (!nf_mac_parse(nf_text(mac), &parsed)) {
        if (is_plain(mac)) {
            offer(mac, begun);
        }
        return;
    }
    nf_mac_format(parsed, plain);
    nf_mac_format_divided(parsed, ':', colons);
    bool is_plain = begun[0] != '\0' && strchr(begun, ':') == NULL;
    offer(is_plain ? plain : colons, begun);
}

static bool
take_members(const json_t *page, void *of)
{
    const struct offering *o = of;
    struct timespec now;
    const json_t *object;
    size_t i;

    json_array_foreach (page, i, object) {
        const char *name = nf_table_text(object, o->member);
        const char *host = nf_table_text(object, "hostname");
        bool is_node = strcmp(o->member, "mac") == 0;
        if (is_node) {
            offer_mac(name, o->begun);
        } else if (is_plain(name)) {
            offer(name, o->begun);
        }
        if (is_node && is_plain(host)) {
            offer(host, o->begun);
        }
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec < o->end.tv_sec;
}

/* Someone waits for the answer with a finger on the Tab key. */
static void
offer_members(const char *path, const char *member, const char *begun)
{
    struct offering o = {member, begun, {0}};

    clock_gettime(CLOCK_MONOTONIC, &o.end);
    o.end.tv_sec += PATIENCE_S;
    nf_log_to(nf_say_nothing);
    nf_patience_set(PATIENCE_MS);
    (void) nf_server_pages(path, take_members, &o);
}

static void
offer_commands(const char *begun)
{
    char word[WORD_MAX], last[WORD_MAX] = "";

    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        snprintf(word, sizeof(word), "%.*s", (int) strcspn(c->name, " "),
                 c->name);
        if (strcmp(word, last) != 0) {
            offer(word, begun);
        }
        memcpy(last, word, sizeof(last));
    }
}

static void
offer_kinds(const char *begun)
{
    for (size_t i = 0; nf_served_kind(i) != NULL; i++) {
        offer(nf_served_kind(i), begun);
    }
}

/* Tasks to which the command can do what it does. */
static void
offer_tasks(const struct nf_verb *c, const char *begun)
{
    static const struct {
        const char *command, *status;
    } fits[] = {
        {"approve", "pending"},   {"reject", "pending"},
        {"cancel", "pending"},    {"cancel", "approved"},
        {"cancel", "installing"}, {"retry", "failed"},
        {"retry", "cancelled"},   {"forget", "failed"},
        {"forget", "completed"},  {"forget", "cancelled"},
        {"forget", "rejected"},   {"watch", "installing"},
        {"watch", "approved"},    {"watch", "pending"},
    };
    char path[WORD_MAX * 2];
    bool is_any = true;

    for (size_t i = 0; i < sizeof(fits) / sizeof(fits[0]); i++) {
        if (strcmp(fits[i].command, c->name) == 0) {
            is_any = false;
            snprintf(path, sizeof(path), "/api/v1/tasks?limit=500&status=%s",
                     fits[i].status);
            offer_members(path, "task_id", begun);
        }
    }
    if (is_any) {
        offer_members("/api/v1/tasks?limit=500", "task_id", begun);
    }
}

/* Objects of the kind that a word in capitals names. */
static void
offer_objects(const struct nf_verb *c, const char *word, const char *begun)
{
    char path[WORD_MAX * 2];

    if (strcmp(word, "TASK") == 0) {
        offer_tasks(c, begun);
        return;
    }

    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        if (each->word != NULL && strcmp(each->word, word) == 0) {
            snprintf(path, sizeof(path), "%s?limit=500", each->path);
            offer_members(path, each->id, begun);
        }
    }
}

/* What keys of a dump begin with. */
static void
offer_prefixes(const char *begun)
{
    char prefix[WORD_MAX];

    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        if (each->put != NULL) {
            snprintf(prefix, sizeof(prefix), "%s/", each->name);
            offer(prefix, begun);
        }
    }
    offer("/os/", begun);
}

/* "on|off|reset": each of them. */
static void
offer_choices(const char *choices, const char *begun)
{
    char one[WORD_MAX];

    while (choices[0] != '\0') {
        size_t n = strcspn(choices, "|");
        snprintf(one, sizeof(one), "%.*s", (int) n, choices);
        offer(one, begun);
        choices += n + (choices[n] == '|');
    }
}

/* What a word in capitals stands for, in the arguments of a command. */
static void
offer_kind(const struct nf_verb *c, const char *kind, const char *begun)
{
    static const char *const files[] = {"FILE", "DIR", "SOURCE"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(kind, files[i]) == 0) {
            puts(":files");
        }
    }
    offer_objects(c, strcmp(kind, "MAC") == 0 ? "NODE" : kind, begun);
    if (strcmp(kind, "SWITCH") == 0) {
        offer_members("/api/v1/devices?kind=switch&limit=500", "name", begun);
    }
    if (strcmp(kind, "PREFIX") == 0 && strcmp(c->name, "dump") == 0) {
        offer_prefixes(begun);
    } else if (strcmp(kind, "STATUS") == 0) {
        offer_all(strcmp(c->name, "tasks") == 0 ? nf_task_statuses
                                                : nf_node_statuses,
                  begun);
    } else if (strcmp(kind, "KIND") == 0) {
        offer_kinds(begun);
    } else if ((islower((unsigned char) kind[0]) || strchr(kind, '|') != NULL)
               && strchr(kind, '=') == NULL)
    {
        offer_choices(kind, begun);
    }
}

/* --- what a command's arguments say ------------------------------------------
 */

/* The next word of a text, without what brackets it; "" at the end.  Of
 * "-l|--label" the long one. */
static const char *
next_word(const char *text, char word[static WORD_MAX])
{
    static const char around[] = " [],.\n";

    text += strspn(text, around);
    size_t n = strcspn(text, around);
    const char *bar = text[0] == '-' ? memchr(text, '|', n) : NULL;
    size_t skipped = bar != NULL ? (size_t) (bar + 1 - text) : 0;
    snprintf(word, WORD_MAX, "%.*s",
             (int) (n - skipped < WORD_MAX ? n - skipped : WORD_MAX - 1),
             text + skipped);
    return text + n;
}

static bool
is_option(const char *word)
{
    return strncmp(word, "--", 2) == 0;
}

/* What the option takes: a word in capitals behind it; "" for a switch. */
static bool
find_value(const char *text, const char *option, char kind[static WORD_MAX])
{
    char word[WORD_MAX];

    for (text = next_word(text, word); word[0] != '\0';
         text = next_word(text, word))
    {
        if (strcmp(word, option) == 0) {
            bool is_within = *text == ' ';
            (void) next_word(text, kind);
            if (!is_within
                || (!isupper((unsigned char) kind[0])
                    && strchr(kind, '|') == NULL))
            {
                kind[0] = '\0';
            }
            return true;
        }
    }
    return false;
}

static bool
takes_value(const struct nf_verb *c, const char *option,
            char kind[static WORD_MAX])
{
    kind[0] = '\0';
    return (find_value(c->args, option, kind)
            || find_value(c->help, option, kind))
           && kind[0] != '\0';
}

static void
offer_options(const struct nf_verb *c, const char *begun)
{
    const char *const texts[] = {c->args, c->help};
    char word[WORD_MAX];

    for (size_t i = 0; i < 2; i++) {
        for (const char *at = next_word(texts[i], word); word[0] != '\0';
             at = next_word(at, word))
        {
            char kind[WORD_MAX];
            bool is_repeated = i == 1 && find_value(texts[0], word, kind);
            if (is_option(word) && !is_repeated) {
                offer(word, begun);
            }
        }
    }
    offer("--help", begun);
}

/* The argument at this place: its word in the arguments, or those that stand
 * for it with a bar between.  The last one may come again. */
static void
offer_argument(const struct nf_verb *c, int place, const char *begun)
{
    bool is_bar = false, was_option = false, repeats = strstr(c->args, "...");
    char word[WORD_MAX], kind[WORD_MAX], last[WORD_MAX] = "";
    int at = -1;

    for (const char *text = next_word(c->args, word); word[0] != '\0';
         text = next_word(text, word))
    {
        bool is_value = was_option; /* of one that takes a value */
        was_option = is_option(word) && takes_value(c, word, kind);
        if (strcmp(word, "|") == 0) {
            is_bar = true;
            continue;
        }
        if (is_option(word) || is_value) {
            is_bar = false;
            continue;
        }
        at += !is_bar || at < 0;
        is_bar = false;
        memcpy(last, word, sizeof(last));
        if (at == place) {
            offer_kind(c, word, begun);
        }
    }
    if (at >= 0 && at < place && repeats) {
        offer_kind(c, last, begun);
    }
}

/* --- the words so far --------------------------------------------------------
 */

/* Behind the command's own words; the last one is not whole. */
static void
complete(const struct nf_verb *c, int n, char **words)
{
    const char *begun = words[n - 1];
    char kind[WORD_MAX];
    int place = 0;

    if (n > 1 && takes_value(c, words[n - 2], kind)) {
        offer_kind(c, kind, begun);
        return;
    }
    if (begun[0] == '-') {
        offer_options(c, begun);
        return;
    }
    for (int i = 0; i < n - 1; i++) {
        if (is_option(words[i])) {
            i += takes_value(c, words[i], kind);
        } else {
            place++;
        }
    }
    offer_argument(c, place, begun);
}

/* The second word of commands that have two. */
static void
offer_seconds(const char *first, const char *begun)
{
    size_t len = strlen(first);

    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        if (strncmp(c->name, first, len) == 0 && c->name[len] == ' ') {
            offer(c->name + len + 1, begun);
        }
    }
}

/* Options of nf itself stand anywhere; the last word is not whole. */
static int
drop_globals(int n, char **words)
{
    int left = 0;

    for (int i = 0; i < n; i++) {
        bool is_api = strcmp(words[i], "--api") == 0;
        if (i + 2 < n && (is_api || strcmp(words[i], "--timeout") == 0)) {
            i++;
            if (is_api) {
                nf_server_set(words[i]);
            }
        } else {
            words[left++] = words[i];
        }
    }
    return left;
}

/* What the last of these words, which follow "nf", may become: a line each,
 * or ":files" for names of files.  Silent about whatever fails. */
static void
print_candidates(int n, char **words)
{
    static const char *const front[] = {"help",      "--api",  "--timeout",
                                        "--version", "--help", NULL};
    int taken;

    n = drop_globals(n, words);
    bool is_help = n > 1 && strcmp(words[0], "help") == 0;
    n -= is_help;
    words += is_help;
    if (n == 1) {
        offer_commands(words[0]);
        offer_all(is_help ? front + 5 : front, words[0]);
        return;
    }
    if (n == 2) {
        offer_seconds(words[0], words[1]);
    }
    const struct nf_verb *c = nf_command_find(n - 1, words, &taken);
    if (c != NULL && !is_help) {
        typed = words + taken;
        typed_n = n - 1 - taken;
        complete(c, n - taken, words + taken);
    }
}

/* --- the scripts -------------------------------------------------------------
 */

static const char for_bash[] =
    "_nf() {\n"
    "    local words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\") word\n"
    "    # a colon, which MACs have, ends a word for bash\n"
    "    if [[ ${COMP_LINE-} == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
    "        read -ra words <<< \"${COMP_LINE:0:COMP_POINT}.\"\n"
    "        words=(\"${words[@]:1}\")\n"
    "        words[-1]=${words[-1]%.}\n"
    "    fi\n"
    "    word=${words[-1]}\n"
    "    mapfile -t COMPREPLY < <(\"$1\" completion for -- \\\n"
    "        \"${words[@]}\" 2> /dev/null)\n"
    "    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
    "        COMPREPLY=(\"${COMPREPLY[@]#\"${word%:*}:\"}\")\n"
    "    fi\n"
    "    if [ \"${COMPREPLY[0]-}\" = :files ]; then\n"
    "        COMPREPLY=()\n"
    "        compopt -o default 2> /dev/null\n"
    "    fi\n"
    "}\n"
    "complete -F _nf nf\n";

static const char for_zsh[] =
    "#compdef nf\n"
    "_nf() {\n"
    "    local -a found\n"
    "    found=(${(f)\"$(${words[1]} completion for -- \\\n"
    "        \"${(@)words[2,CURRENT]}\" 2> /dev/null)\"})\n"
    "    if [[ ${found[1]-} == :files ]]; then\n"
    "        _files\n"
    "    else\n"
    "        compadd -a found\n"
    "    fi\n"
    "}\n"
    "if [[ ${funcstack[1]-} == _nf ]]; then\n"
    "    _nf \"$@\"\n"
    "else\n"
    "    compdef _nf nf\n"
    "fi\n";

static const char for_fish[] = "function __nf_complete\n"
                               "    set -l words (commandline -opc)\n"
                               "    set -l begun (commandline -ct)\n"
                               "    set -l found (command nf completion for -- "
                               "$words[2..-1] \"$begun\" \\\n"
                               "        2> /dev/null)\n"
                               "    if test \"$found[1]\" = :files\n"
                               "        __fish_complete_path \"$begun\"\n"
                               "    else\n"
                               "        printf '%s\\n' $found\n"
                               "    end\n"
                               "end\n"
                               "complete -c nf -f -a '(__nf_complete)'\n";

int
nf_command_completion(int argc, char **argv)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", for_bash}, {"zsh", for_zsh}, {"fish", for_fish}};

    if (argc > 2 && strcmp(argv[0], "for") == 0 && strcmp(argv[1], "--") == 0) {
        print_candidates(argc - 2, argv + 2);
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (argc == 1 && strcmp(argv[0], scripts[i].shell) == 0) {
            fputs(scripts[i].script, stdout);
            return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
        }
    }
    return nf_usage("completion");
}
