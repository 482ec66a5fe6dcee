/*
 * nf devices: BMCs and switches by name, where they are, what they take, and
 * whose BMC it is.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "show.h"

enum {
    TRIES = 5, /* a device's state changes with each command to it */
    NOT_FOUND = 404,
    CHANGED = 412,
};

int
nf_command_devices_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "DEVICE",      "name",        NF_COLUMN_TEXT },
        { "KIND",        "kind",        NF_COLUMN_TEXT },
        { "DRIVER",      "driver",      NF_COLUMN_TEXT },
        { "ADDRESS",     "address",     NF_COLUMN_TEXT },
        { "NODE",        "node",        NF_COLUMN_TEXT },
        { "CREDENTIALS", "credentials", NF_COLUMN_TEXT },
        { "STATE",       "state",       NF_COLUMN_TEXT },
        { "SINCE",       "since",       NF_COLUMN_WHEN },
        { "ERROR",       "last_error",  NF_COLUMN_TEXT },
        { 0 },
        /* clang-format on */
    };
    const char *kind = NULL;
    char path[NF_PATH_MAX_BYTES] = "/api/v1/devices?limit=500";
    bool is_json = false;
    const struct nf_option options[] = {
        {"--kind", &kind, NULL}, {"--json", NULL, &is_json}, {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 0) {
        return nf_usage("devices list");
    }
    if (kind != NULL
        && !nf_server_path(path, "/api/v1/devices?limit=500&kind=", kind, ""))
    {
        return NF_EXIT_FAILED;
    }
    return nf_show_list(&(struct nf_list){
        .path = path, .columns = columns, .is_json = is_json});
}

static bool
print_device(const json_t *device)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "device",      "name",        NF_COLUMN_TEXT },
        { "kind",        "kind",        NF_COLUMN_TEXT },
        { "driver",      "driver",      NF_COLUMN_TEXT },
        { "address",     "address",     NF_COLUMN_TEXT },
        { "credentials", "credentials", NF_COLUMN_TEXT },
        { "pin",         "pin",         NF_COLUMN_TEXT },
        { "node",        "node",        NF_COLUMN_TEXT },
        { "origin",      "origin",      NF_COLUMN_TEXT },
        { "state",       "state",       NF_COLUMN_TEXT },
        { "since",       "since",       NF_COLUMN_WHEN },
        { "error",       "last_error",  NF_COLUMN_TEXT },
        { "created",     "created_at",  NF_COLUMN_WHEN },
        { "updated",     "updated_at",  NF_COLUMN_WHEN },
        { 0 },
        /* clang-format on */
    };

    return nf_table_print_one(device, columns);
}

int
nf_command_devices_show(int argc, char **argv)
{
    return nf_show_one_command("devices show", argc, argv, "/api/v1/devices/",
                               "", print_device);
}

/* --- changing ----------------------------------------------------------------
 */

/* NULL: as it is; "": none. */
struct edit {
    const char *driver, *address, *credentials, *pin, *node;
    bool is_json;
};

/* What is PUT, of what there is, or NULL. */
static json_t *
merge(const json_t *old, const struct edit *edit)
{
    const struct {
        const char *name, *value;
    } members[] = {
        {"driver", edit->driver},
        {"address", edit->address},
        {"credentials", edit->credentials},
        {"pin", edit->pin},
        {"node", edit->node},
    };
    json_t *body = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *value = members[i].value != NULL
                                ? members[i].value
                                : nf_table_text(old, members[i].name);
        if (value[0] != '\0') {
            json_object_set_new(body, members[i].name, json_string(value));
        }
    }
    return body;
}

/* As it is now; *old NULL: there is none.  Returns as nf_server_ask(). */
static int
look(const char *path, json_t **old)
{
    struct nf_reply reply;
    int code = nf_server_try("GET", path, NULL, &reply);

    *old = code == NF_EXIT_OK ? json_incref(reply.json) : NULL;
    if (code == NF_EXIT_FAILED && reply.status == NOT_FOUND) {
        code = NF_EXIT_OK;
    } else if (code == NF_EXIT_FAILED && reply.status != 0) {
        nf_server_tell(&reply);
    }
    nf_server_end(&reply);
    return code;
}

static int
put_once(const char *path, const struct edit *edit, struct nf_reply *reply)
{
    json_t *old;
    int code = look(path, &old);

    *reply = (struct nf_reply){.status = 0};
    if (code == NF_EXIT_OK) {
        json_t *body = merge(old, edit);
        code = old == NULL
                   ? nf_server_try("PUT", path, body, reply)
                   : nf_server_replace(path, body,
                                       (uint64_t) json_integer_value(
                                           json_object_get(old, "revision")),
                                       reply);
        json_decref(body);
    }
    json_decref(old);
    return code;
}

static int
put(const char *name, const struct edit *edit)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;
    int code, tries = 0;

    if (!nf_server_path(path, "/api/v1/devices/", name, "")) {
        return NF_EXIT_FAILED;
    }
    code = put_once(path, edit, &reply);
    while (reply.status == CHANGED && ++tries < TRIES) {
        nf_server_end(&reply);
        code = put_once(path, edit, &reply);
    }
    if (code == NF_EXIT_OK && edit->is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "name", "address");
    } else if (reply.status != 0) {
        nf_server_tell(&reply);
    }
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_devices_set(int argc, char **argv)
{
    struct edit edit = {.driver = NULL};
    const struct nf_option options[] = {
        {"--driver", &edit.driver, NULL},
        {"--address", &edit.address, NULL},
        {"--credentials", &edit.credentials, NULL},
        {"--pin", &edit.pin, NULL},
        {"--node", &edit.node, NULL},
        {"--json", NULL, &edit.is_json},
        {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("devices set");
    }
    return put(argv[0], &edit);
}

int
nf_command_devices_link(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return nf_usage("devices link");
    }
    return put(argv[0], &(struct edit){.node = argv[1]});
}

int
nf_command_devices_unlink(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1) {
        return nf_usage("devices unlink");
    }
    return put(argv[0], &(struct edit){.node = ""});
}

int
nf_command_devices_delete(int argc, char **argv)
{
    return nf_delete_command("devices delete", argc, argv, "/api/v1/devices/");
}
