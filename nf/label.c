/*
 * nf label, and what is done to the nodes that a selector chooses.
 */

#include <string.h>

#include "base/log.h"
#include "command.h"
#include "label.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

/* "key=value" sets, "key-" removes.  NULL: told what is wrong. */
static json_t *
read_changes(int argc, char **argv)
{
    json_t *labels = json_object();

    for (int i = 0; i < argc; i++) {
        char *mark = strchr(argv[i], '=');
        size_t len = strlen(argv[i]);
        json_t *value = json_null();
        if (mark != NULL) {
            *mark = '\0';
            value = json_string(mark + 1);
        } else if (len > 1 && argv[i][len - 1] == '-') {
            argv[i][len - 1] = '\0';
        } else {
            nf_log(NF_LOG_ERR, "%s: must be KEY=VALUE, or KEY- to remove it",
                   argv[i]);
            json_decref(labels);
            return NULL;
        }
        json_object_set_new(labels, argv[i], value);
    }
    return labels;
}

int
nf_command_label(int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_options_take(&argc, argv, options) || argc < 2) {
        return nf_usage("label");
    }
    json_t *labels = read_changes(argc - 1, argv + 1);
    if (labels == NULL || !nf_server_path(path, "/api/v1/nodes/", argv[0], ""))
    {
        json_decref(labels);
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:o}", "labels", labels);
    int code = nf_server_ask("PATCH", path, body, &reply);
    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "mac", "labels");
    }
    json_decref(body);
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* --- many --------------------------------------------------------------------
 */

struct acting {
    const char *action, *profile;
    json_t *results; /* of all pages */
    bool is_json;
    int result;
};

/* One that was refused does not keep the others. */
static void
take_results(struct acting *a, const json_t *results)
{
    json_t *item;
    size_t i;

    json_array_foreach (results, i, item) {
        bool is_done = json_object_get(item, "error") == NULL;
        if (is_done && !a->is_json) {
            nf_table_say(item, "mac", "task");
        } else if (!is_done) {
            nf_log(NF_LOG_ERR, "%s: %s", nf_table_text(item, "mac"),
                   nf_table_text(item, "error"));
            a->result = NF_EXIT_FAILED;
        }
    }
    (void) json_array_extend(a->results, (json_t *) results);
}

static json_t *
macs_of(const json_t *page)
{
    json_t *macs = json_array(), *node;
    size_t i;

    json_array_foreach (page, i, node) {
        json_array_append(macs, json_object_get(node, "mac"));
    }
    return macs;
}

static bool
act_on_page(const json_t *page, void *of)
{
    struct acting *a = of;
    struct nf_reply reply;

    if (json_array_size(page) == 0) {
        return true;
    }
    json_t *body = json_pack("{s:s, s:s*, s:o}", "action", a->action, "profile",
                             a->profile, "macs", macs_of(page));
    int code = nf_server_ask("POST", "/api/v1/nodes/actions", body, &reply);
    if (code == NF_EXIT_OK) {
        take_results(a, reply.json);
    } else {
        a->result = code;
    }
    json_decref(body);
    nf_server_end(&reply);
    return code == NF_EXIT_OK;
}

int
nf_label_act(const char *selector, const char *action, const char *profile,
             bool is_json)
{
    struct acting a = {.action = action,
                       .profile = profile,
                       .is_json = is_json,
                       .results = json_array()};
    char path[NF_PATH_MAX_BYTES];
    int code = NF_EXIT_FAILED;

    if (nf_server_path(path, "/api/v1/nodes?limit=200&label=", selector, "")) {
        code = nf_server_pages(path, act_on_page, &a);
    }
    if (is_json) {
        (void) nf_table_print_json(a.results);
    } else if (code == NF_EXIT_OK && json_array_size(a.results) == 0
               && a.result == NF_EXIT_OK)
    {
        puts("none");
    }
    json_decref(a.results);
    code = code != NF_EXIT_OK ? code : a.result;
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
