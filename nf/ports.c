/*
 * nf ports: a switch's ports as they were last seen, and who is at them.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "list.h"
#include "names.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "terminal.h"

/* All pages as one object; NULL: code says what went wrong, and that is told.
 */
static json_t *
get_ports(const char *first, int *code)
{
    char path[NF_PATH_MAX_BYTES];
    json_t *whole = NULL;

    snprintf(path, sizeof(path), "%s", first);
    do {
        struct nf_reply reply;
        *code = nf_server_ask("GET", path, NULL, &reply);
        if (*code == NF_EXIT_OK && whole == NULL) {
            whole = json_incref(reply.json);
        } else if (*code == NF_EXIT_OK) {
            json_array_extend(json_object_get(whole, "ports"),
                              json_object_get(reply.json, "ports"));
        }
        snprintf(path, sizeof(path), "%s",
                 *code == NF_EXIT_OK ? reply.next : "");
        nf_server_end(&reply);
    } while (path[0] != '\0');
    if (*code != NF_EXIT_OK) {
        json_decref(whole);
        whole = NULL;
    }
    return whole;
}

/* clang-format off */
#define OF_PORT                                                                \
    { "MODE",        "mode",        NF_COLUMN_TEXT,  NF_DROP_LATE },           \
    { "VLAN",        "vlan",        NF_COLUMN_SOME,  NF_DROP_LAST },           \
    { "ADMIN",       "admin",       NF_COLUMN_STATE, NF_DROP_SOON },           \
    { "LINK",        "link",        NF_COLUMN_STATE, NF_DROP },                \
    { "FORWARDS",    "forwards",    NF_COLUMN_TEXT,  NF_DROP_FIRST },          \
    { "MACS",        "macs",        NF_COLUMN_SOME,  NF_DROP_FIRST },          \
    { "NODE",        "node",        NF_COLUMN_MAC,   NF_DROP_LAST },           \
    { "NEIGHBOR",    "neighbor",    NF_COLUMN_TEXT,  NF_DROP },                \
    { "DESCRIPTION", "description", NF_COLUMN_WORDS, NF_DROP_SOON }

static const struct nf_column of_one[] = {
    { "PORT",        "name",        NF_COLUMN_TEXT,  NF_KEEP },
    OF_PORT,
    { 0 },
}, of_several[] = {
    { "PORT",        "name",        NF_COLUMN_TEXT,  NF_KEEP },
    { "SWITCH",      "switch",      NF_COLUMN_TEXT,  NF_KEEP },
    OF_PORT,
    { 0 },
};
/* clang-format on */

static void
print_seen(const char *name, const json_t *whole)
{
    static const struct nf_column seen = {"", "scanned_at", NF_COLUMN_WHEN,
                                          NF_KEEP};
    static const struct nf_column error = {"", "error", NF_COLUMN_WORDS,
                                           NF_KEEP};
    char when[32], why[256], safe[256];

    nf_terminal_copy(safe, sizeof(safe), name);
    nf_cell_word(whole, &seen, NF_CELL_LONG, when, sizeof(when));
    nf_cell_word(whole, &error, NF_CELL_LONG, why, sizeof(why));
    printf("%s%sseen %s%s%s\n", safe, safe[0] != '\0' ? " " : "",
           when[0] == '\0' ? "never" : when,
           why[0] == '\0' ? "" : "; then: ", why);
}

/* What goes wrong is told. */
static int
scan(const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/devices/", name, "/commands")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "command", "scan");
    int code = nf_server_ask("POST", path, body, &reply);
    json_t *command = json_incref(reply.json);
    json_decref(body);
    nf_server_end(&reply);
    if (code == NF_EXIT_OK) {
        code = nf_outcome_wait(&command, false);
    }
    if (code == NF_EXIT_OK
        && strcmp(nf_table_text(command, "state"), "done") != 0) {
        nf_outcome_tell(command);
        code = NF_EXIT_FAILED;
    }
    json_decref(command);
    return code;
}

struct looking {
    struct nf_names names;
    bool is_now;
    json_t *wholes; /* the answers, by the switches' names */
};

/* Keep the answer of one switch, and give its ports to `take`. */
static int
look(struct looking *l, const char *name, nf_list_take_page_t *take, void *of)
{
    char path[NF_PATH_MAX_BYTES];
    json_t *port, *whole;
    size_t i;
    int code = l->is_now ? scan(name) : NF_EXIT_OK;

    if (code != NF_EXIT_OK
        || !nf_server_path(path, "/api/v1/devices/", name, "/ports?limit=500"))
    {
        return code != NF_EXIT_OK ? code : NF_EXIT_FAILED;
    }
    if ((whole = get_ports(path, &code)) != NULL) {
        json_array_foreach (json_object_get(whole, "ports"), i, port) {
            json_object_set_new(port, "switch", json_string(name));
        }
        json_object_set_new(l->wholes, name, whole);
        (void) take(json_object_get(whole, "ports"), of);
    }
    return code;
}

/* Of each switch in turn. */
static int
read_ports(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    struct looking *l = list->of;
    int result = NF_EXIT_OK;

    for (size_t i = 0; i < l->names.n && result != NF_EXIT_UNREACHABLE; i++) {
        nf_say_about(l->names.each[i]);
        int code = look(l, l->names.each[i], take, of);
        nf_say_about(NULL);
        result = code != NF_EXIT_OK ? code : result;
    }
    l->is_now = false; /* for who watches */
    return result;
}

static bool
take_nothing(const json_t *page, void *of)
{
    (void) page;
    (void) of;
    return true;
}

/* As the server answered, of several switches a list. */
static int
show_json(const struct nf_list *list)
{
    struct looking *l = list->of;
    int code = read_ports(list, take_nothing, NULL);
    json_t *all = json_array(), *whole;
    const char *name;

    json_object_foreach (l->wholes, name, whole) {
        if (!nf_list_choose(list, whole, "ports")) {
            code = NF_EXIT_USAGE;
        }
        json_array_append(all, whole);
    }
    if (code != NF_EXIT_USAGE && json_array_size(all) > 0) {
        (void) nf_table_print_json(l->names.n > 1 ? all
                                                  : json_array_get(all, 0));
    }
    json_decref(all);
    return code;
}

static int
show(struct nf_list *list)
{
    struct looking *l = list->of;
    json_t *whole;
    const char *name;

    if (list->chosen.is_json && !list->chosen.is_watched) {
        return show_json(list);
    }
    int code = nf_list_show(list);
    if (nf_list_is_table(list) && !list->chosen.has_no_titles
        && json_object_size(l->wholes) > 0)
    {
        putchar('\n');
        json_object_foreach (l->wholes, name, whole) {
            print_seen(l->names.n > 1 ? name : "", whole);
        }
    }
    return code;
}

int
nf_command_ports(int argc, char **argv)
{
    struct looking of = {.is_now = false};
    struct nf_list list = {.read = read_ports, .of = &of};
    const struct nf_option options[] = {NF_SWITCH("--now", &of.is_now), {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc == 0) {
        return nf_usage("ports");
    }
    of.wholes = json_object();
    int code = NF_EXIT_FAILED;
    if (nf_names_take(&of.names, argc, argv)) {
        list.columns = of.names.n > 1 ? of_several : of_one;
        code = show(&list);
    }
    nf_names_end(&of.names);
    json_decref(of.wholes);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
