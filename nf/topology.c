/*
 * nf topology: which ports of switches lead where.
 */

#include <stdio.h>

#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

/* What is behind a port has its name by its kind. */
static void
name_ends(json_t *links)
{
    json_t *link;
    size_t i;

    json_array_foreach (links, i, link) {
        json_t *to = json_object_get(link, "to");
        json_t *node = json_object_get(to, "node");
        if (node != NULL) {
            json_object_set(to, "name", node);
        }
    }
}

static void
print_links(const json_t *whole)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "SWITCH", "switch",  NF_COLUMN_TEXT },
        { "PORT",   "port",    NF_COLUMN_TEXT },
        { "IS",     "to.kind", NF_COLUMN_TEXT },
        { "WHICH",  "to.name", NF_COLUMN_TEXT },
        { "BY",     "by",      NF_COLUMN_TEXT },
        { 0 },
        /* clang-format on */
    };
    json_t *links = json_object_get(whole, "links");

    name_ends(links);
    (void) nf_table_print(links, columns);
}

int
nf_command_topology(int argc, char **argv)
{
    bool is_dot = false, is_json = false;
    const struct nf_option options[] = {
        {"--dot", NULL, &is_dot}, {"--json", NULL, &is_json}, {0}};
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 0
        || (is_dot && is_json)) {
        return nf_usage("topology");
    }
    int code = nf_server_ask(
        "GET", is_dot ? "/api/v1/topology?format=dot" : "/api/v1/topology",
        NULL, &reply);
    if (code == NF_EXIT_OK && is_dot) {
        fputs(reply.text, stdout);
    } else if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        print_links(reply.json);
    }
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
