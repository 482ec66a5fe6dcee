/*
 * nf credentials: users and passwords that devices take, by name.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "secret.h"
#include "server.h"
#include "show.h"

int
nf_command_credentials_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "SET",     "name",       NF_COLUMN_TEXT },
        { "USER",    "user",       NF_COLUMN_TEXT },
        { "ORIGIN",  "origin",     NF_COLUMN_TEXT },
        { "UPDATED", "updated_at", NF_COLUMN_WHEN },
        { 0 },
        /* clang-format on */
    };

    return nf_show_list_command("credentials list", argc, argv,
                                "/api/v1/credentials?limit=500", columns);
}

/* jansson keeps a copy of its own. */
static void
wipe(json_t *body)
{
    const json_t *password = json_object_get(body, "password");

    if (password != NULL) {
        explicit_bzero((char *) json_string_value(password),
                       json_string_length(password));
    }
    json_decref(body);
}

/* password NULL: the one that it has. */
static int
put(const char *name, const char *user, const char *password)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, "/api/v1/credentials/", name, "")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "user", user);
    if (password != NULL
        && json_object_set_new(body, "password", json_string(password)) != 0)
    {
        nf_log(NF_LOG_ERR, "the password is no UTF-8");
        json_decref(body);
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("PUT", path, body, &reply);
    if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "name", "user");
    }
    nf_server_end(&reply);
    wipe(body);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_credentials_set(int argc, char **argv)
{
    const char *user = NULL, *file = NULL;
    bool keeps = false;
    const struct nf_option options[] = {{"--user", &user, NULL},
                                        {"--password-file", &file, NULL},
                                        {"--keep-password", NULL, &keeps},
                                        {0}};
    char password[NF_SECRET_MAX];

    if (!nf_options_take(&argc, argv, options) || argc != 1 || user == NULL
        || (keeps && file != NULL))
    {
        return nf_usage("credentials set");
    }
    if (keeps) {
        return put(argv[0], user, NULL);
    }
    int code = nf_secret_read(file, password) ? put(argv[0], user, password)
                                              : NF_EXIT_FAILED;
    explicit_bzero(password, sizeof(password));
    return code;
}

int
nf_command_credentials_delete(int argc, char **argv)
{
    return nf_delete_command("credentials delete", argc, argv,
                             "/api/v1/credentials/");
}
