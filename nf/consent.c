#include "consent.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cell.h"
#include "command.h"
#include "say.h"
#include "server.h"
#include "table.h"
#include "terminal.h"

enum {
    NAMED_MAX = 8, /* in a question; of more their number is enough */
    NAME_MAX_BYTES = 80,
    PAGE = 500
};

/* What is about to be done, and to whom. */
struct asking {
    const struct nf_consent *consent;
    size_t n, installed;
    char names[NAMED_MAX * NAME_MAX_BYTES];
    size_t len;
};

static bool
is_of_nodes(const struct nf_consent *consent)
{
    return strcmp(consent->kind, "node") == 0;
}

/* --- one of them -------------------------------------------------------------
 */

static void
name_of(const struct nf_consent *consent, const json_t *object,
        char name[static NAME_MAX_BYTES])
{
    char mac[32];

    if (is_of_nodes(consent)) {
        nf_cell_mac(nf_table_text(object, "mac"), mac, sizeof(mac));
        nf_terminal_copy(name, NAME_MAX_BYTES, mac);
        return;
    }
    nf_terminal_copy(name, NAME_MAX_BYTES, nf_table_text(object, "task_id"));
}

/* By what a person knows the machine. */
static const char *
other_name(const json_t *object)
{
    static const char *const members[] = {"hostname", "serial", "sn", "mac"};
    const char *word = "";

    for (size_t i = 0; word[0] == '\0' && i < 4; i++) {
        word = nf_table_text(object, members[i]);
    }
    return word;
}

/* Of a dry run: what was looked at, by each of its names. */
static json_t *looked_at;

static void
keep(const char *name, const json_t *object)
{
    if (looked_at == NULL) {
        looked_at = json_object();
    }
    json_object_set(looked_at, name, (json_t *) object);
}

bool
nf_consent_would(const struct nf_consent *consent, const char *typed)
{
    char name[NAME_MAX_BYTES], other[NAME_MAX_BYTES];

    if (consent == NULL || !consent->is_dry) {
        return false;
    }
    nf_cell_mac(typed, name, sizeof(name));
    const json_t *object = json_object_get(looked_at, name);
    object = object != NULL ? object : json_object_get(looked_at, typed);
    if (object != NULL) {
        name_of(consent, object, name);
    }
    nf_terminal_copy(other, sizeof(other), other_name(object));
    printf("would %s %s (%s), %s\n", consent->verb, name, other,
           nf_table_text(object, "status"));
    return true;
}

static void
note(struct asking *a, const json_t *object)
{
    char name[NAME_MAX_BYTES];

    name_of(a->consent, object, name);
    if (a->consent->is_dry) {
        keep(name, object);
    }
    a->installed += strcmp(nf_table_text(object, "status"), "installed") == 0;
    if (a->n++ < NAMED_MAX) {
        a->len += (size_t) snprintf(a->names + a->len,
                                    sizeof(a->names) - a->len, " %s", name);
    }
}

/* --- asked -------------------------------------------------------------------
 */

static bool
is_asked(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static int
ask_person(const struct asking *a)
{
    const struct nf_consent *c = a->consent;
    char answer[16] = "";

    fprintf(stderr, "%c%s %zu %s%s:%s%s?%s [y/N] ", toupper(c->verb[0]),
            c->verb + 1, a->n, c->kind, a->n == 1 ? "" : "s", a->names,
            a->n > NAMED_MAX ? " ..." : "",
            a->installed > 0 ? " The systems running on them will be erased."
                             : "");
    if (fgets(answer, sizeof(answer), stdin) != NULL
        && (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0))
    {
        return NF_CONSENT_GIVEN;
    }
    nf_log(NF_LOG_ERR, "nothing was changed");
    return NF_EXIT_FAILED;
}

/* One machine that runs nothing is what a script may mean by itself. */
static int
ask(const struct asking *a)
{
    const struct nf_consent *c = a->consent;
    bool loses_system = a->installed > 0 && strcmp(c->verb, "reinstall") == 0;

    if (is_asked()) {
        return ask_person(a);
    }
    if (a->n <= 1 && !loses_system) {
        return NF_CONSENT_GIVEN;
    }
    nf_log(NF_LOG_ERR,
           "to %s %zu %s%s%s requires --yes when there is no terminal to ask; "
           "--dry-run shows which",
           c->verb, a->n, c->kind, a->n == 1 ? "" : "s",
           loses_system ? ", of which some run a system," : "");
    return NF_EXIT_FAILED;
}

static bool
needs_look(const struct nf_consent *consent)
{
    return consent->is_dry || (consent->wipes && !consent->is_yes);
}

/* What is not there is refused when its turn comes, with the reason. */
static int
look(struct asking *a, const char *name)
{
    const char *before =
        is_of_nodes(a->consent) ? "/api/v1/nodes/" : "/api/v1/tasks/";
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};

    if (!nf_server_path(path, before, name, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_try("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        note(a, reply.json);
    } else if (code == NF_EXIT_FAILED && a->consent->is_dry) {
        nf_log(NF_LOG_ERR, "%s: %s", name, nf_server_words(&reply, true));
    }
    if (code == NF_EXIT_OK && a->consent->is_dry) {
        keep(name, reply.json);
    }
    nf_server_end(&reply);
    return code;
}

/* The server only tries from here on. */
static int
begin(const struct nf_consent *consent)
{
    return consent->is_dry ? nf_server_dry() : NF_EXIT_OK;
}

int
nf_consent_names(const struct nf_consent *consent, int n, char **names)
{
    bool is_one = n <= 1 && strcmp(consent->verb, "reinstall") != 0;
    struct asking a = {.consent = consent};
    int code = begin(consent);

    if (code != NF_EXIT_OK) {
        return code;
    }
    if (!needs_look(consent) || (is_one && !consent->is_dry && !is_asked())) {
        return NF_CONSENT_GIVEN;
    }
    for (int i = 0; i < n && code != NF_EXIT_UNREACHABLE; i++) {
        code = look(&a, names[i]);
    }
    if (code == NF_EXIT_UNREACHABLE) {
        return code;
    }
    return a.n == 0 || consent->is_dry ? NF_CONSENT_GIVEN : ask(&a);
}

static bool
note_page(const json_t *page, void *of)
{
    struct asking *a = of;
    json_t *object;
    size_t i;

    json_array_foreach (page, i, object) {
        note(a, object);
    }
    return true;
}

int
nf_consent_list(const struct nf_consent *consent, const char *path)
{
    struct asking a = {.consent = consent};
    int code = begin(consent);

    if (code != NF_EXIT_OK || !needs_look(consent)) {
        return code != NF_EXIT_OK ? code : NF_CONSENT_GIVEN;
    }
    code = nf_server_pages(path, note_page, &a);
    if (code == NF_EXIT_OK && a.n == 0) {
        puts("none");
        return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
    }
    if (code == NF_EXIT_OK) {
        return consent->is_dry ? NF_CONSENT_GIVEN : ask(&a);
    }
    return code;
}
