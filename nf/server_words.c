/*
 * What the server says of a request: why it refused, and warnings.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cell.h"
#include "say.h"
#include "server.h"
#include "terminal.h"

/* Fields that only say which object was meant: its name is in front already. */
static bool
is_subject(const char *field)
{
    static const char *const all[] = {"action", "id",   "mac",
                                      "name",   "node", "task_id"};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(field, all[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *
nf_server_words(const struct nf_reply *reply, bool has_subject)
{
    const json_t *field_of = json_object_get(reply->json, "field");
    const char *said =
        json_string_value(json_object_get(reply->json, "message"));
    const char *field = json_string_value(field_of);

    if (said == NULL) {
        said = json_string_value(json_object_get(reply->json, "error"));
        return said != NULL ? said : "refused, without a reason";
    }
    size_t len = field != NULL ? strlen(field) : 0;
    if (len > 0 && has_subject && is_subject(field)
        && strncmp(said, field, len) == 0 && strncmp(said + len, ": ", 2) == 0)
    {
        said += len + 2;
    }
    return said;
}

void
nf_server_tell(const struct nf_reply *reply)
{
    const char *about = nf_say_subject();
    const char *mark = about[0] != '\0' ? ": " : "";
    char line[1024], sentence[1024];

    if (!json_is_object(reply->json)) {
        nf_log(NF_LOG_ERR, "%s%sthe server answered with status %ld", about,
               mark, reply->status);
        return;
    }
    nf_cell_sentence(nf_server_words(reply, about[0] != '\0'), sentence,
                     sizeof(sentence));
    nf_terminal_copy(line, sizeof(line), sentence);
    nf_log(NF_LOG_ERR, "%s%s%s", about, mark, line);
}

void
nf_server_tell_item(const char *name, const json_t *item)
{
    const char *field = json_string_value(json_object_get(item, "field"));
    const char *error = json_string_value(json_object_get(item, "error"));
    char line[1024], sentence[1024], shown[1024];

    if (field != NULL && is_subject(field)) {
        field = NULL;
    }
    snprintf(line, sizeof(line), "%s: %s%s%s", name, field != NULL ? field : "",
             field != NULL ? ": " : "", error != NULL ? error : "refused");
    nf_cell_sentence(line, sentence, sizeof(sentence));
    nf_terminal_copy(shown, sizeof(shown), sentence);
    nf_log(NF_LOG_ERR, "%s", shown);
}

/* What will go wrong with an installation that was begun, or ordered. */
static void
tell_warnings(const json_t *of)
{
    const json_t *warnings = json_object_get(of, "warnings"), *one;
    size_t i;

    json_array_foreach (warnings, i, one) {
        const char *field = json_string_value(json_object_get(one, "field"));
        const char *said = json_string_value(json_object_get(one, "message"));
        char line[1024], shown[1024];

        snprintf(line, sizeof(line), "%s: %s", field != NULL ? field : "",
                 said != NULL ? said : "");
        nf_terminal_copy(shown, sizeof(shown), line);
        nf_log(NF_LOG_WARNING, "warning: %s", shown);
    }
}

void
nf_server_warn(const json_t *answer)
{
    const json_t *item;
    size_t i;

    tell_warnings(answer);
    json_array_foreach (answer, i, item) {
        tell_warnings(item);
    }
}
