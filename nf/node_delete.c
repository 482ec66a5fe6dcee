/*
 * nf delete: nodes that are no more.
 */

#include <stdio.h>

#include "cell.h"
#include "command.h"
#include "consent.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

static int
delete_one(const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    int code = nf_server_path(path, "/api/v1/nodes/", name, "")
                   ? nf_server_ask("DELETE", path, NULL, &reply)
                   : NF_EXIT_FAILED;

    nf_server_end(&reply);
    if (code == NF_EXIT_OK) {
        printf("%s deleted\n", name);
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
delete_chosen(const char *selector, const struct nf_consent *consent)
{
    char path[NF_PATH_MAX_BYTES];
    json_t *macs, *mac;
    size_t i;

    if (!nf_server_path(path, "/api/v1/nodes?limit=500&label=", selector, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_consent_list(consent, path);
    if (code != NF_CONSENT_GIVEN) {
        return code;
    }
    macs = json_array();
    code = nf_server_pages(path, take_page, macs);
    json_array_foreach (macs, i, mac) {
        if (code == NF_EXIT_UNREACHABLE) {
            break;
        }
        int one = delete_one(json_string_value(mac));
        code = one != NF_EXIT_OK ? one : code;
    }
    if (code == NF_EXIT_OK && json_array_size(macs) == 0) {
        puts("none");
    }
    json_decref(macs);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_delete(int argc, char **argv)
{
    struct nf_consent consent = {
        .verb = "delete", .kind = "node", .wipes = true};
    const char *label = NULL;
    const struct nf_option options[] = {NF_OPTION("--label", &label),
                                        NF_OPTION("-l", &label),
                                        NF_CONSENT(&consent),
                                        {0}};

    if (!nf_options_take(&argc, argv, options)
        || (argc == 0) != (label != NULL)) {
        return nf_usage("delete");
    }
    if (label != NULL) {
        return delete_chosen(label, &consent);
    }
    int result = nf_consent_names(&consent, argc, argv);
    if (result != NF_CONSENT_GIVEN) {
        return result;
    }
    result = NF_EXIT_OK;
    for (int i = 0; i < argc; i++) {
        int code = delete_one(argv[i]);
        result = result == NF_EXIT_OK ? code : result;
    }
    return nf_say_written() ? result : NF_EXIT_FAILED;
}
