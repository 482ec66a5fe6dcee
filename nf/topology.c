/*
 * nf topology: which ports of switches lead where.
 */

#include <stdio.h>

#include "command.h"
#include "list.h"
#include "say.h"
#include "server.h"

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

static const struct nf_column columns[] = {
    /* clang-format off */
    { "SWITCH", "switch",  NF_COLUMN_TEXT, NF_KEEP },
    { "PORT",   "port",    NF_COLUMN_TEXT, NF_KEEP },
    { "IS",     "to.kind", NF_COLUMN_TEXT, NF_DROP_SOON },
    { "WHICH",  "to.name", NF_COLUMN_MAC,  NF_DROP_LAST },
    { "BY",     "by",      NF_COLUMN_TEXT, NF_DROP_FIRST },
    { 0 },
    /* clang-format on */
};

static int
read_links(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    struct nf_reply reply;
    int code = nf_server_ask("GET", list->path, NULL, &reply);
    json_t *links = json_object_get(reply.json, "links");

    if (code == NF_EXIT_OK) {
        name_ends(links);
        (void) take(links, of);
    }
    nf_server_end(&reply);
    return code;
}

/* What the server makes for Graphviz. */
static int
draw(void)
{
    struct nf_reply reply;
    int code = nf_server_text("/api/v1/topology?format=dot", &reply);

    if (code == NF_EXIT_OK) {
        fputs(reply.text, stdout);
    }
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* The server's JSON, which says more than the links. */
static int
show_whole(const struct nf_list *list)
{
    struct nf_reply reply;
    int code = nf_server_ask("GET", list->path, NULL, &reply);

    if (code == NF_EXIT_OK) {
        name_ends(json_object_get(reply.json, "links"));
        code = nf_list_choose(list, reply.json, "links")
                       && nf_table_print_json(reply.json)
                   ? NF_EXIT_OK
                   : NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_topology(int argc, char **argv)
{
    bool is_dot = false;
    struct nf_list list = {
        .path = "/api/v1/topology", .columns = columns, .read = read_links};
    const struct nf_option options[] = {NF_SWITCH("--dot", &is_dot), {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0
        || (is_dot && list.chosen.is_json))
    {
        return nf_usage("topology");
    }
    return is_dot ? draw()
           : list.chosen.is_json && !list.chosen.is_watched
               ? show_whole(&list)
               : nf_list_show(&list);
}
