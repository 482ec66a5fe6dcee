/*
 * nf label, and what is done to the nodes that a selector chooses.
 */

#include <string.h>

#include "base/log.h"
#include "command.h"
#include "label.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"
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

/* The first word that is no node: one that sets or removes a label. */
static int
count_names(int argc, char **argv)
{
    int n = 0;

    while (n < argc && strchr(argv[n], '=') == NULL
           && (strcmp(argv[n], "-") == 0
               || argv[n][strlen(argv[n]) - (argv[n][0] != '\0')] != '-'))
    {
        n++;
    }
    return n;
}

static int
label_each(int n, char **names, json_t *labels,
           const struct nf_consent *consent, bool is_json)
{
    json_t *body = json_pack("{s:O}", "labels", labels);
    int code = nf_ask_each(&(struct nf_asking){.method = "PATCH",
                                               .before = "/api/v1/nodes/",
                                               .behind = "",
                                               .body = body,
                                               .one = "mac",
                                               .other = "labels",
                                               .done = "labelled",
                                               .is_json = is_json,
                                               .consent = consent},
                           n, names);

    json_decref(body);
    return code;
}

int
nf_command_label(int argc, char **argv)
{
    struct nf_consent consent = {.verb = "label", .kind = "node"};
    const char *selector = NULL;
    bool is_json = false;
    const struct nf_option options[] = {NF_OPTION("--label", &selector),
                                        NF_OPTION("-l", &selector),
                                        NF_SWITCH("--json", &is_json),
                                        NF_DRY_RUN(&consent),
                                        {0}};

    if (!nf_options_take(&argc, argv, options)) {
        return nf_usage("label");
    }
    int n = count_names(argc, argv);
    n -= n == argc && n > 1; /* what the last word must be is said below */
    if ((n == 0) != (selector != NULL) || n == argc) {
        return nf_usage("label");
    }
    json_t *labels = read_changes(argc - n, argv + n);
    if (labels == NULL) {
        return NF_EXIT_FAILED;
    }
    int code = selector != NULL
                   ? nf_label_chosen(selector, labels, &consent)
                   : label_each(n, argv, labels, &consent, is_json);
    json_decref(labels);
    return code;
}

/* --- many --------------------------------------------------------------------
 */

struct acting {
    const struct nf_label_action *action;
    json_t *results; /* of all pages */
    size_t failed;
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
        if (is_done
            && !nf_consent_would(a->action->consent, nf_table_text(item, "mac"))
            && !a->action->is_json)
        {
            nf_table_say(item, "mac", "task");
        } else if (!is_done) {
            nf_server_tell_item(nf_table_text(item, "mac"), item);
            a->failed++;
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

static json_t *
body_of(const struct nf_label_action *action, const json_t *page)
{
    json_t *macs = macs_of(page);
    json_t *body = json_pack("{s:s, s:s*, s:O}", "action", action->action,
                             "profile", action->profile, "macs", macs);

    if (action->wipes) {
        json_object_set(body, "consent", macs);
    }
    if (action->when_it_boots) {
        json_object_set_new(body, "when_it_boots", json_true());
    }
    if (action->is_forced) {
        json_object_set_new(body, "force", json_true());
    }
    json_decref(macs);
    return body;
}

static bool
act_on_page(const json_t *page, void *of)
{
    struct acting *a = of;
    struct nf_reply reply;

    if (json_array_size(page) == 0) {
        return true;
    }
    json_t *body = body_of(a->action, page);
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
nf_label_act(const struct nf_label_action *action)
{
    struct acting a = {.action = action};
    char path[NF_PATH_MAX_BYTES];

    if (!nf_server_path(path,
                        "/api/v1/nodes?limit=200&label=", action->selector, ""))
    {
        return NF_EXIT_FAILED;
    }
    int code = nf_consent_list(action->consent, path);
    if (code != NF_CONSENT_GIVEN) {
        return code;
    }
    a.results = json_array();
    code = nf_server_pages(path, act_on_page, &a);
    if (action->is_json && !action->consent->is_dry) {
        (void) nf_table_print_json(a.results);
    } else if (code == NF_EXIT_OK && json_array_size(a.results) == 0
               && a.result == NF_EXIT_OK)
    {
        puts("none");
    }
    (void) nf_say_written();
    if (json_array_size(a.results) > 1 && !action->consent->is_dry) {
        nf_each_sum_up("done", json_array_size(a.results) - a.failed, a.failed);
    }
    json_decref(a.results);
    code = code != NF_EXIT_OK ? code : a.result;
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
