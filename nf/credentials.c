/*
 * nf credentials: users and passwords that devices take, by name.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "list.h"
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
        { "SET",     "name",       NF_COLUMN_TEXT, NF_KEEP },
        { "USER",    "user",       NF_COLUMN_TEXT, NF_KEEP },
        { "AUTH",    "auth",       NF_COLUMN_TEXT, NF_DROP },
        { "PRIV",    "priv",       NF_COLUMN_TEXT, NF_DROP },
        { "ORIGIN",  "origin",     NF_COLUMN_TEXT, NF_DROP_FIRST },
        { "UPDATED", "updated_at", NF_COLUMN_WHEN, NF_DROP_FIRST },
        { 0 },
        /* clang-format on */
    };

    return nf_list_command("credentials list", argc, argv,
                           "/api/v1/credentials?limit=500", columns);
}

/* --- changing ----------------------------------------------------------------
 */

/* NULL: as it is; "": none. */
struct edit {
    const char *user, *auth, *priv;
    const char *password_file, *priv_file;
    bool keeps; /* its passwords */
    char password[NF_SECRET_MAX], priv_password[NF_SECRET_MAX]; /* or "" */
};

/* jansson keeps copies of its own. */
static void
wipe(json_t *body)
{
    static const char *const members[] = {"password", "priv_password"};

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const json_t *password = json_object_get(body, members[i]);
        if (password != NULL) {
            explicit_bzero((char *) json_string_value(password),
                           json_string_length(password));
        }
    }
    json_decref(body);
}

static bool
put_member(json_t *body, const char *name, const char *value)
{
    if (value[0] == '\0'
        || json_object_set_new(body, name, json_string(value)) == 0)
    {
        return true;
    }
    nf_log(NF_LOG_ERR, "%s is not UTF-8", name);
    return false;
}

static json_t *
body_of(const struct edit *edit)
{
    json_t *body = json_object();

    if (put_member(body, "user", edit->user)
        && put_member(body, "auth", edit->auth)
        && put_member(body, "priv", edit->priv)
        && put_member(body, "password", edit->password)
        && put_member(body, "priv_password", edit->priv_password))
    {
        return body;
    }
    wipe(body);
    return NULL;
}

static bool
read_passwords(struct edit *edit)
{
    return edit->keeps
           || (nf_secret_read("Password", edit->password_file, edit->password)
               && (edit->priv[0] == '\0'
                   || nf_secret_read("Privacy password", edit->priv_file,
                                     edit->priv_password)));
}

/* What is not named is as it is in old, if there is one. */
static int
put(const char *path, struct edit *edit, const json_t *old)
{
    struct nf_reply reply;

    edit->user = edit->user != NULL ? edit->user : nf_table_text(old, "user");
    edit->auth = edit->auth != NULL ? edit->auth : nf_table_text(old, "auth");
    edit->priv = edit->priv != NULL ? edit->priv : nf_table_text(old, "priv");
    json_t *body = read_passwords(edit) ? body_of(edit) : NULL;
    if (body == NULL) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("PUT", path, body, &reply);
    if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "name", "user");
    }
    nf_server_end(&reply);
    wipe(body);
    return code;
}

static int
set(const char *name, struct edit *edit)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply old;

    if (!nf_server_path(path, "/api/v1/credentials/", name, "")) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_try("GET", path, NULL, &old);
    if (code == NF_EXIT_OK || (code == NF_EXIT_FAILED && old.status != 0)) {
        code = put(path, edit, code == NF_EXIT_OK ? old.json : NULL);
    }
    nf_server_end(&old);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_credentials_set(int argc, char **argv)
{
    struct edit edit = {.user = NULL};
    const struct nf_option options[] = {
        NF_OPTION("--user", &edit.user),
        NF_OPTION("--auth", &edit.auth),
        NF_OPTION("--priv", &edit.priv),
        NF_OPTION("--password-file", &edit.password_file),
        NF_OPTION("--priv-password-file", &edit.priv_file),
        NF_SWITCH("--keep-password", &edit.keeps),
        {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 1
        || (edit.keeps
            && (edit.password_file != NULL || edit.priv_file != NULL)))
    {
        return nf_usage("credentials set");
    }
    int code = set(argv[0], &edit);
    explicit_bzero(&edit, sizeof(edit));
    return code;
}

int
nf_command_credentials_delete(int argc, char **argv)
{
    return nf_delete_command("credentials delete", argc, argv,
                             "/api/v1/credentials/");
}
