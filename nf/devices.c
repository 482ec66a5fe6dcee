/*
 * nf devices: BMCs and switches by name, where they are, what they take, and
 * whose BMC it is.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "list.h"
#include "names.h"
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
        { "DEVICE",      "name",        NF_COLUMN_TEXT,  NF_KEEP },
        { "KIND",        "kind",        NF_COLUMN_TEXT,  NF_DROP_SOON },
        { "DRIVER",      "driver",      NF_COLUMN_TEXT,  NF_DROP },
        { "ADDRESS",     "address",     NF_COLUMN_TEXT,  NF_DROP_LATE },
        { "NODE",        "node",        NF_COLUMN_MAC,   NF_DROP_LATE },
        { "CREDENTIALS", "credentials", NF_COLUMN_TEXT,  NF_DROP_SOON },
        { "STATE",       "state",       NF_COLUMN_STATE, NF_DROP_LAST },
        { "SINCE",       "since",       NF_COLUMN_WHEN,  NF_DROP_FIRST },
        { "ERROR",       "last_error",  NF_COLUMN_WORDS, NF_DROP },
        { "ORIGIN",      "origin",      NF_COLUMN_TEXT,  NF_WIDE },
        { 0 },
        /* clang-format on */
    };
    const char *kind = NULL;
    char path[NF_PATH_MAX_BYTES] = "/api/v1/devices?limit=500";
    struct nf_list list = {.path = path, .columns = columns};
    const struct nf_option options[] = {NF_OPTION("--kind", &kind), {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0) {
        return nf_usage("devices list");
    }
    return nf_server_query(path, "kind", kind) ? nf_list_show(&list)
                                               : NF_EXIT_FAILED;
}

static bool
print_device(const json_t *device)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "device",      "name",        NF_COLUMN_TEXT, NF_KEEP },
        { "kind",        "kind",        NF_COLUMN_TEXT, NF_KEEP },
        { "driver",      "driver",      NF_COLUMN_TEXT, NF_KEEP },
        { "address",     "address",     NF_COLUMN_TEXT, NF_KEEP },
        { "credentials", "credentials", NF_COLUMN_TEXT, NF_KEEP },
        { "pin",         "pin",         NF_COLUMN_TEXT, NF_KEEP },
        { "node",        "node",        NF_COLUMN_MAC, NF_KEEP },
        { "origin",      "origin",      NF_COLUMN_TEXT, NF_KEEP },
        { "state",       "state",       NF_COLUMN_STATE, NF_KEEP },
        { "since",       "since",       NF_COLUMN_WHEN, NF_KEEP },
        { "error",       "last_error",  NF_COLUMN_TEXT, NF_KEEP },
        { "created",     "created_at",  NF_COLUMN_WHEN, NF_KEEP },
        { "updated",     "updated_at",  NF_COLUMN_WHEN, NF_KEEP },
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
    bool is_old; /* only a device that is there is changed */
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

/* As it is now; *old NULL: there is none, and may be.  Returns as
 * nf_server_ask(). */
static int
look(const char *path, bool may_be_new, json_t **old)
{
    struct nf_reply reply;
    int code = nf_server_try("GET", path, NULL, &reply);

    *old = code == NF_EXIT_OK ? json_incref(reply.json) : NULL;
    if (code == NF_EXIT_FAILED && may_be_new && reply.status == NOT_FOUND) {
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
    int code = look(path, !edit->is_old, &old);

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
        NF_OPTION("--driver", &edit.driver),
        NF_OPTION("--address", &edit.address),
        NF_OPTION("--credentials", &edit.credentials),
        NF_OPTION("--pin", &edit.pin),
        NF_OPTION("--node", &edit.node),
        NF_SWITCH("--json", &edit.is_json),
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
    return put(argv[0], &(struct edit){.node = argv[1], .is_old = true});
}

static int
unlink_one(struct nf_each *each, const char *name)
{
    (void) each;
    return put(name, &(struct edit){.node = "", .is_old = true});
}

int
nf_command_devices_unlink(int argc, char **argv)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage("devices unlink");
    }
    return nf_each_run(&(struct nf_each){.run = unlink_one, .done = "unlinked"},
                       argc, argv);
}

int
nf_command_devices_delete(int argc, char **argv)
{
    return nf_delete_command("devices delete", argc, argv, "/api/v1/devices/");
}
