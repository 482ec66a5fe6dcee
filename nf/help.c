#include "help.h"

#include <stdlib.h>
#include <string.h>

#include "option.h"
#include "say.h"

enum {
    LEFT = 32, /* columns of a command and its arguments */
    WIDTH = 79,
    WORD_MAX = 64,
    MISSPELT = 2, /* letters that may be wrong in a command's name */
};

/* Commands by the first word of their names. */
static const struct {
    const char *title, *words;
} subjects[] = {
    {"Nodes", "nodes node hardware why label labels rename address macs serial "
              "profile delete export unmatched"},
    {"Installation", "create tasks task approve reject cancel retry forget "
                     "watch install reinstall profiles files images render "
                     "pxe"},
    {"BMCs and switches", "reboot console power bootdev commands devices "
                          "credentials workers ports port topology"},
    {"Addresses", "bindings bind unbind leases"},
    {"The bastion", "up status doctor config store backup restore dump events "
                    "completion"},
};

/* --- lines -------------------------------------------------------------------
 */

/* A word, or what brackets keep together. */
static int
length_of(const char *text)
{
    int n = 0, depth = 0;

    for (; text[n] != '\0' && (text[n] != ' ' || depth > 0); n++) {
        depth += (text[n] == '[') - (text[n] == ']');
    }
    return n;
}

/* The text, broken at blanks; lines after the first begin `indent` columns in.
 * The first one has `at` columns already, a blank at its end. */
static void
put_wrapped(FILE *to, const char *text, int at, int indent)
{
    bool is_first = true;

    while (*text != '\0') {
        int n = length_of(text);
        if (!is_first && at + 1 + n > WIDTH) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        } else if (!is_first) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", n, text);
        at += n;
        text += n;
        text += strspn(text, " ");
        is_first = false;
    }
    fputc('\n', to);
}

/* Arguments without options: "[--json] NODE..." is NODE... */
static void
copy_arguments(const char *args, char *to, size_t size)
{
    size_t at = 0;

    while (*args != '\0' && at + 1 < size) {
        int depth = 0;
        bool is_start = at == 0 || to[at - 1] == ' ';
        if (is_start && (strncmp(args, "| -", 3) == 0 || args[0] == '-')) {
            break; /* what follows is instead of a name */
        }
        if (strncmp(args, "[-", 2) == 0) {
            do {
                depth += (*args == '[') - (*args == ']');
            } while (*args++ != '\0' && depth > 0);
            args += *args == ' ';
            continue;
        }
        to[at++] = *args++;
    }
    while (at > 0 && strchr(" |", to[at - 1]) != NULL) {
        at--;
    }
    to[at] = '\0';
}

static void
put_short(FILE *to, const struct nf_verb *c)
{
    char words[192], args[128], text[256];

    copy_arguments(c->args, args, sizeof(args));
    snprintf(words, sizeof(words), "  nf %s %s", c->name, args);
    if (strlen(words) > LEFT) { /* its own help has them */
        snprintf(words, sizeof(words), "  nf %s ...", c->name);
    }
    snprintf(text, sizeof(text), "%.*s", (int) strcspn(c->help, "\n"), c->help);
    int n = fprintf(to, "%-*s  ", LEFT, words);
    put_wrapped(to, text, n, LEFT + 2);
}

static bool
begins_with(const struct nf_verb *c, const char *word, size_t len)
{
    return strncmp(c->name, word, len) == 0
           && (c->name[len] == ' ' || c->name[len] == '\0');
}

static void
put_subject(FILE *to, const char *words)
{
    while (*words != '\0') {
        size_t n = strcspn(words, " ");
        for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
            if (begins_with(c, words, n)) {
                put_short(to, c);
            }
        }
        words += n + (words[n] == ' ');
    }
}

int
nf_help_all(FILE *to)
{
    fputs("usage: nf [--api URL] [--timeout SECONDS] COMMAND [ARGUMENT...]\n",
          to);
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        fprintf(to, "\n%s:\n", subjects[i].title);
        put_subject(to, subjects[i].words);
    }
    fputs(
        "\n"
        "Run nf help COMMAND, or a command with -h, for details.\n"
        "\n"
        "A NODE is a MAC address in any spelling, a serial number or a host\n"
        "name; a TASK is a task's id or its node.  Where names may be "
        "repeated,\n"
        "- reads them from standard input, one per line.\n"
        "\n"
        "  --api URL            where the API is; otherwise NF_API, otherwise\n"
        "                       NF_HTTP_ADDR of the settings\n"
        "  --timeout SECONDS    how long to wait for an answer (60)\n"
        "\n"
        "Settings are read from the file that NF_CONFIG names\n"
        "(/etc/nodefoundry/nodefoundry.conf) and from the environment.\n"
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 the API does not "
        "answer.\n",
        to);
    return fflush(to) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

bool
nf_help_group(FILE *to, const char *word)
{
    size_t len = strlen(word);
    bool has_some = false;

    for (const struct nf_verb *c = nf_commands; len > 0 && c->name != NULL; c++)
    {
        if (begins_with(c, word, len) && c->name[len] == ' ') {
            put_short(to, c);
            has_some = true;
        }
    }
    return has_some;
}

static void
put_usage(FILE *to, const struct nf_verb *c)
{
    int n = fprintf(to, "usage: nf %s ", c->name);

    put_wrapped(to, c->args, n, 10);
}

/* What every list takes. */
static void
put_list_options(const struct nf_verb *c)
{
    if (strstr(c->args, "--watch") == NULL) {
        return;
    }
    fputs(strchr(c->help, '\n') == NULL ? "\n" : "", stdout);
    puts(
        "-o FORMAT         table, wide (all columns), json, yaml, csv or name\n"
        "--sort COLUMN     sort by a column; -COLUMN reverses\n"
        "--filter COLUMN=VALUE, COLUMN!=VALUE\n"
        "                  list only some; * and ? are wildcards; all must "
        "match\n"
        "--no-headers      omit the titles\n"
        "-w, --watch       keep running, and print changes\n"
        "--json            the same as -o json");
}

int
nf_help_command(const struct nf_verb *c)
{
    put_usage(stdout, c);
    printf("\n%s\n", c->help);
    put_list_options(c);
    (void) nf_help_group(stdout, c->name);
    return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
}

int
nf_usage(const char *name)
{
    if (!nf_option_was_refused()) {
        fprintf(stderr, "nf: %s: an argument is missing, or one too many\n",
                name);
    }
    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            put_usage(stderr, c);
        }
    }
    return NF_EXIT_USAGE;
}

/* --- misspelt ----------------------------------------------------------------
 */

static size_t
least(size_t a, size_t b, size_t c)
{
    size_t n = a < b ? a : b;

    return n < c ? n : c;
}

/* How many letters are too many, missing, or others (Levenshtein); two that
 * changed places count as one. */
static size_t
distance(const char *a, const char *b)
{
    size_t rows[WORD_MAX + 1][WORD_MAX + 1];
    size_t n = strnlen(a, WORD_MAX), m = strnlen(b, WORD_MAX);

    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            bool is_same = a[i - 1] == b[j - 1];
            rows[i][j] = least(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
                               rows[i - 1][j - 1] + !is_same);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                size_t swapped = rows[i - 2][j - 2] + 1;
                rows[i][j] = swapped < rows[i][j] ? swapped : rows[i][j];
            }
        }
    }
    return rows[n][m];
}

/* The command whose name is nearest to what was typed, as far as that has
 * words; NULL: none is near. */
static const struct nf_verb *
nearest(const char *typed, bool is_pair)
{
    const struct nf_verb *best = NULL;
    size_t far = MISSPELT + 1;
    char word[WORD_MAX];

    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        size_t len = is_pair ? strlen(c->name) : strcspn(c->name, " ");
        snprintf(word, sizeof(word), "%.*s", (int) len, c->name);
        size_t n = distance(typed, word);
        if (n < far && n <= strlen(typed) / 3) {
            far = n;
            best = c;
        }
    }
    return best;
}

int
nf_help_unknown(int argc, char **argv)
{
    bool is_group = nf_help_group(stderr, argv[0]);
    bool is_pair = is_group && argc > 1;
    char typed[WORD_MAX];

    snprintf(typed, sizeof(typed), "%s%s%s", argv[0], is_pair ? " " : "",
             is_pair ? argv[1] : "");
    const struct nf_verb *c =
        is_pair || !is_group ? nearest(typed, is_pair) : NULL;
    if (c != NULL) {
        int len = (int) (is_pair ? strlen(c->name) : strcspn(c->name, " "));
        fprintf(stderr, "nf: unknown command: %s; did you mean %.*s?\n", typed,
                len, c->name);
    } else if (is_pair || !is_group) {
        fprintf(stderr, "nf: unknown command: %s; see nf help\n", typed);
    }
    return NF_EXIT_USAGE;
}
