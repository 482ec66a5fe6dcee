/*
 * nf delete: nodes that are no more.
 */

#include <stdio.h>
#include <stdlib.h>

#include "cell.h"
#include "command.h"
#include "consent.h"
#include "names.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

static int
delete_one(struct nf_each *each, const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    int code = nf_server_path(path, "/api/v1/nodes/", name, "")
                   ? nf_server_ask("DELETE", path, NULL, &reply)
                   : NF_EXIT_FAILED;

    nf_server_end(&reply);
    if (code == NF_EXIT_OK && !each->is_dry) {
        char shown[64];
        nf_cell_mac(name, shown, sizeof(shown));
        printf("%s deleted\n", shown);
    }
    return code;
}

static bool
take_page(const json_t *page, void *of)
{
    json_t *macs = of, *node;
    size_t i;

    json_array_foreach (page, i, node) {
        json_array_append(macs, json_object_get(node, "mac"));
    }
    return true;
}

/* Pages would shift while what they hold goes: all names come first. */
static int
delete_chosen(const char *path, const struct nf_consent *consent)
{
    json_t *macs = json_array(), *mac;
    struct nf_each each = {.run = delete_one,
                           .done = "deleted",
                           .consent = consent->is_dry ? consent : NULL};
    int code = nf_server_pages(path, take_page, macs);
    size_t n = json_array_size(macs), i;
    char **names = calloc(n + 1, sizeof(*names));

    if (names == NULL) {
        json_decref(macs);
        return NF_EXIT_FAILED;
    }
    json_array_foreach (macs, i, mac) {
        names[i] = (char *) json_string_value(mac);
    }
    if (code == NF_EXIT_OK && n == 0) {
        puts("none");
    } else if (code == NF_EXIT_OK) {
        code = nf_each_run(&each, (int) n, names);
    }
    free(names);
    json_decref(macs);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_delete(int argc, char **argv)
{
    struct nf_consent consent = {
        .verb = "delete", .kind = "node", .wipes = true};
    const char *label = NULL;
    char path[NF_PATH_MAX_BYTES];
    const struct nf_option options[] = {NF_OPTION("--label", &label),
                                        NF_OPTION("-l", &label),
                                        NF_CONSENT(&consent),
                                        {0}};

    if (!nf_options_take(&argc, argv, options)
        || (argc == 0) != (label != NULL)) {
        return nf_usage("delete");
    }
    if (label == NULL) {
        struct nf_each each = {
            .run = delete_one, .done = "deleted", .consent = &consent};
        return nf_each_run(&each, argc, argv);
    }
    if (!nf_server_path(path, "/api/v1/nodes?limit=500&label=", label, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_consent_list(&consent, path);
    return code == NF_CONSENT_GIVEN ? delete_chosen(path, &consent) : code;
}
