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

static const struct nf_column columns[] = {
    /* clang-format off */
    { "PORT",        "name",        NF_COLUMN_TEXT,  NF_KEEP },
    { "MODE",        "mode",        NF_COLUMN_TEXT,  NF_DROP_LATE },
    { "VLAN",        "vlan",        NF_COLUMN_SOME,  NF_DROP_LAST },
    { "ADMIN",       "admin",       NF_COLUMN_STATE, NF_DROP_SOON },
    { "LINK",        "link",        NF_COLUMN_STATE, NF_DROP },
    { "FORWARDS",    "forwards",    NF_COLUMN_TEXT,  NF_DROP_FIRST },
    { "MACS",        "macs",        NF_COLUMN_SOME,  NF_DROP_FIRST },
    { "NODE",        "node",        NF_COLUMN_MAC,   NF_DROP_LAST },
    { "NEIGHBOR",    "neighbor",    NF_COLUMN_TEXT,  NF_DROP },
    { "DESCRIPTION", "description", NF_COLUMN_WORDS, NF_DROP_SOON },
    { 0 },
    /* clang-format on */
};

static void
print_seen(const json_t *whole)
{
    static const struct nf_column seen = {"", "scanned_at", NF_COLUMN_WHEN,
                                          NF_KEEP};
    static const struct nf_column error = {"", "error", NF_COLUMN_WORDS,
                                           NF_KEEP};
    char when[32], why[256];

    nf_cell_word(whole, &seen, NF_CELL_LONG, when, sizeof(when));
    nf_cell_word(whole, &error, NF_CELL_LONG, why, sizeof(why));
    printf("\nseen %s%s%s\n", when[0] == '\0' ? "never" : when,
           why[0] == '\0' ? "" : "; then: ", why);
}

/* *of: where the switch's answer is kept, for what stands below its ports. */
static int
read_ports(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    json_t **whole = list->of;
    int code;

    json_decref(*whole);
    *whole = get_ports(list->path, &code);
    if (*whole != NULL) {
        (void) take(json_object_get(*whole, "ports"), of);
    }
    return code;
}

static int
show(const char *name, struct nf_list *list)
{
    char path[NF_PATH_MAX_BYTES];
    json_t *whole = NULL;
    int code;

    if (!nf_server_path(path, "/api/v1/devices/", name, "/ports?limit=500")) {
        return NF_EXIT_FAILED;
    }
    if (list->chosen.is_json && !list->chosen.is_watched) {
        if ((whole = get_ports(path, &code)) != NULL) {
            (void) nf_table_print_json(whole);
        }
    } else {
        list->path = path;
        list->of = &whole;
        code = nf_list_show(list);
        if (code == NF_EXIT_OK && nf_list_is_table(list)) {
            print_seen(whole);
        }
    }
    json_decref(whole);
    return nf_say_written() ? code : NF_EXIT_FAILED;
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
    struct nf_list list;
    bool is_now;
};

static int
look(struct nf_each *each, const char *name)
{
    const struct looking *looking = each->of;
    struct nf_list list = looking->list;
    int code = looking->is_now ? scan(name) : NF_EXIT_OK;

    return code == NF_EXIT_OK ? show(name, &list) : code;
}

int
nf_command_ports(int argc, char **argv)
{
    struct looking of = {.list = {.columns = columns, .read = read_ports}};
    const struct nf_option options[] = {NF_SWITCH("--now", &of.is_now), {0}};

    if (!nf_list_take(&of.list, &argc, argv, options) || argc == 0) {
        return nf_usage("ports");
    }
    return nf_each_run(
        &(struct nf_each){
            .run = look, .has_titles = nf_list_is_table(&of.list), .of = &of},
        argc, argv);
}
