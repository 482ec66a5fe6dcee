/*
 * Labels of many nodes, by few requests.
 */

#include <stdio.h>

#include "base/log.h"
#include "command.h"
#include "label.h"
#include "say.h"
#include "server.h"
#include "table.h"

enum {
    AT_ONCE = 200 /* the server takes no more */
};

static int
edit_some(const json_t *edits, size_t first,
          void (*take)(size_t i, const json_t *result, void *of), void *of)
{
    json_t *some = json_array(), *item;
    struct nf_reply reply;
    size_t i;

    for (i = first; i < first + AT_ONCE; i++) {
        json_array_append(some, json_array_get(edits, i));
    }
    int code = nf_server_ask("PATCH", "/api/v1/nodes", some, &reply);
    if (code == NF_EXIT_OK) {
        json_array_foreach (reply.json, i, item) {
            take(first + i, item, of);
        }
    }
    json_decref(some);
    nf_server_end(&reply);
    return code;
}

int
nf_label_edit(const json_t *edits,
              void (*take)(size_t i, const json_t *result, void *of), void *of)
{
    int code = NF_EXIT_OK;

    for (size_t i = 0; i < json_array_size(edits) && code == NF_EXIT_OK;
         i += AT_ONCE)
    {
        code = edit_some(edits, i, take, of);
    }
    return code;
}

/* --- by a selector -----------------------------------------------------------
 */

struct chosen {
    const json_t *labels;
    const struct nf_consent *consent;
    json_t *edits;
    size_t done, refused;
};

static bool
take_page(const json_t *page, void *of)
{
    struct chosen *c = of;
    json_t *node;
    size_t i;

    json_array_foreach (page, i, node) {
        json_array_append_new(c->edits, json_pack("{s:O, s:O}", "id",
                                                  json_object_get(node, "mac"),
                                                  "labels", c->labels));
    }
    return true;
}

static void
take_result(size_t i, const json_t *result, void *of)
{
    struct chosen *c = of;

    (void) i;
    if (json_object_get(result, "error") == NULL) {
        (void) nf_consent_would(c->consent, nf_table_text(result, "mac"));
        c->done++;
        return;
    }
    c->refused++;
    nf_log(NF_LOG_ERR, "%s: %s", nf_table_text(result, "id"),
           nf_table_text(result, "error"));
}

/* They may be what chooses: all nodes are found first. */
int
nf_label_chosen(const char *selector, const json_t *labels,
                const struct nf_consent *consent)
{
    struct chosen c = {.labels = labels, .consent = consent};
    char path[NF_PATH_MAX_BYTES];

    if (!nf_server_path(path, "/api/v1/nodes?limit=500&label=", selector, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_consent_list(consent, path);
    if (code != NF_CONSENT_GIVEN) {
        return code;
    }
    c.edits = json_array();
    code = nf_server_pages(path, take_page, &c);
    if (code == NF_EXIT_OK) {
        code = nf_label_edit(c.edits, take_result, &c);
        printf("%s%zu of %zu nodes\n", consent->is_dry ? "would label " : "",
               c.done, json_array_size(c.edits));
    }
    json_decref(c.edits);
    code = code == NF_EXIT_OK && c.refused > 0 ? NF_EXIT_FAILED : code;
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
