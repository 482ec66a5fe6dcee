/*
 * nf port link, unlink, show: which port of which switch a node is at.
 */

#include "command.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"

int
nf_command_port_link(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc != 3) {
        return nf_usage("port link");
    }
    nf_say_about(argv[0]);
    if (!nf_server_path(path, "/api/v1/nodes/", argv[0], "/port")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s, s:s}", "switch", argv[1], "port", argv[2]);
    int code = nf_server_ask("PUT", path, body, &reply);
    if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "switch", "port");
    }
    nf_server_end(&reply);
    json_decref(body);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_port_unlink(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("port unlink");
    }
    return nf_ask_each(&(struct nf_asking){.method = "DELETE",
                                           .before = "/api/v1/nodes/",
                                           .behind = "/port",
                                           .done = "unlinked"},
                       argc, argv);
}

static bool
print_link(const json_t *link)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "node",             "node",             NF_COLUMN_MAC, NF_KEEP },
        { "switch",           "switch",           NF_COLUMN_TEXT, NF_KEEP },
        { "port",             "port",             NF_COLUMN_TEXT, NF_KEEP },
        { "known by",         "by",               NF_COLUMN_TEXT, NF_KEEP },
        { "linked",           "created_at",       NF_COLUMN_WHEN, NF_KEEP },
        { "seen",             "seen_at",          NF_COLUMN_WHEN, NF_KEEP },
        { "mode",             "seen.mode",        NF_COLUMN_TEXT, NF_KEEP },
        { "vlan",             "seen.vlan",        NF_COLUMN_SOME, NF_KEEP },
        { "tagged",           "seen.tagged",      NF_COLUMN_TEXT, NF_KEEP },
        { "admin",            "seen.admin",       NF_COLUMN_TEXT, NF_KEEP },
        { "link",             "seen.link",        NF_COLUMN_TEXT, NF_KEEP },
        { "forwards",         "seen.forwards",    NF_COLUMN_TEXT, NF_KEEP },
        { "description",      "seen.description", NF_COLUMN_TEXT, NF_KEEP },
        { "kept mode",        "kept.mode",        NF_COLUMN_TEXT, NF_KEEP },
        { "kept vlan",        "kept.vlan",        NF_COLUMN_SOME, NF_KEEP },
        { "kept tagged",      "kept.tagged",      NF_COLUMN_TEXT, NF_KEEP },
        { "kept admin",       "kept.admin",       NF_COLUMN_TEXT, NF_KEEP },
        { "kept description", "kept.description", NF_COLUMN_TEXT, NF_KEEP },
        { "kept since",       "kept.kept_at",     NF_COLUMN_WHEN, NF_KEEP },
        { 0 },
        /* clang-format on */
    };

    return nf_table_print_one(link, columns);
}

/* The port as it was last seen; a switch that was not scanned has none. */
static void
add_seen(json_t *link)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/devices/", nf_table_text(link, "switch"),
                        "/ports")
        || !nf_server_query(path, "port", nf_table_text(link, "port")))
    {
        return;
    }
    if (nf_server_try("GET", path, NULL, &reply) == NF_EXIT_OK) {
        json_object_set(
            link, "seen",
            json_array_get(json_object_get(reply.json, "ports"), 0));
        json_object_set(link, "seen_at",
                        json_object_get(reply.json, "scanned_at"));
    }
    nf_server_end(&reply);
}

static int
show_link(struct nf_each *each, const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/nodes/", name, "/port")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK) {
        add_seen(reply.json);
        if (each->is_json) {
            nf_each_show(each, reply.json);
        } else {
            (void) print_link(reply.json);
        }
    }
    nf_server_end(&reply);
    return code;
}

int
nf_command_port_show(int argc, char **argv)
{
    struct nf_each each = {.run = show_link};
    const struct nf_option options[] = {NF_SWITCH("--json", &each.is_json),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("port show");
    }
    return nf_each_run(&each, argc, argv);
}
