/*
 * nf ports: a switch's ports as they were last seen, and who is at them.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "option.h"
#include "outcome.h"
#include "say.h"
#include "server.h"
#include "table.h"

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

static void
print_ports(const json_t *whole)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "PORT",        "name",        NF_COLUMN_TEXT },
        { "MODE",        "mode",        NF_COLUMN_TEXT },
        { "VLAN",        "vlan",        NF_COLUMN_SOME },
        { "ADMIN",       "admin",       NF_COLUMN_TEXT },
        { "LINK",        "link",        NF_COLUMN_TEXT },
        { "FORWARDS",    "forwards",    NF_COLUMN_TEXT },
        { "MACS",        "macs",        NF_COLUMN_SOME },
        { "NODE",        "node",        NF_COLUMN_TEXT },
        { "NEIGHBOR",    "neighbor",    NF_COLUMN_TEXT },
        { "DESCRIPTION", "description", NF_COLUMN_TEXT },
        { 0 },
        /* clang-format on */
    };
    static const struct nf_column seen = {"", "scanned_at", NF_COLUMN_WHEN};
    static const struct nf_column error = {"", "error", NF_COLUMN_TEXT};
    char when[32], why[256];

    nf_table_word(whole, &seen, when, sizeof(when));
    nf_table_word(whole, &error, why, sizeof(why));
    (void) nf_table_print(json_object_get(whole, "ports"), columns);
    printf("\nseen %s%s%s\n", when[0] == '\0' ? "never" : when,
           why[0] == '\0' ? "" : "; then: ", why);
}

static int
show(const char *name, bool is_json)
{
    char path[NF_PATH_MAX_BYTES];
    int code;

    if (!nf_server_path(path, "/api/v1/devices/", name, "/ports?limit=500")) {
        return NF_EXIT_FAILED;
    }
    json_t *whole = get_ports(path, &code);
    if (whole != NULL && is_json) {
        (void) nf_table_print_json(whole);
    } else if (whole != NULL) {
        print_ports(whole);
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

int
nf_command_ports(int argc, char **argv)
{
    bool is_now = false, is_json = false;
    const struct nf_option options[] = {
        {"--now", NULL, &is_now}, {"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("ports");
    }
    int code = is_now ? scan(argv[0]) : NF_EXIT_OK;
    return code == NF_EXIT_OK ? show(argv[0], is_json) : code;
}
