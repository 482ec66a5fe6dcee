#include "message.h"

#include "base/time.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *
timestamp_new(nf_time_t now)
{
    char text[NF_TIME_TEXT];

    nf_time_format(now, text);
    return json_string(text);
}

static json_t *
duration_new(nf_time_t length)
{
    char text[32];
    struct nf_out out = nf_out(text, sizeof text);

    nf_out_duration(&out, length);
    return json_stringn(text, out.len);
}

char *
nf_status_payload(const struct nf_status *status)
{
    json_auto_t *object = json_object();

    json_object_set_new(object, "status", json_string("installed"));
    if (status->ip[0] != '\0') {
        json_object_set_new(object, "ip", json_string(status->ip));
    }
    json_object_set_new(object, "hostname", json_string(status->hostname));
    json_object_set_new(object, "journal", json_true());
    json_object_set_new(object, "uptime", duration_new(status->uptime));
    json_object_set_new(object, "timestamp", timestamp_new(status->now));
    return json_dumps(object, JSON_COMPACT);
}

char *
nf_result_payload(const struct nf_agent_command *command,
                  enum nf_result_state state, const char *message,
                  nf_time_t now)
{
    static const char *const states[] = {"running", "done", "failed",
                                         "expired"};
    json_auto_t *object = json_object();
    bool is_success = state <= NF_RESULT_DONE; /* all that older servers know */

    if (command->id[0] != '\0') {
        json_object_set_new(object, "id", json_string(command->id));
    }
    json_object_set_new(object, "command", json_string(command->word));
    json_object_set_new(object, "success", json_boolean(is_success));
    json_object_set_new(object, "state", json_string(states[state]));
    json_object_set_new(object, "message", json_string(message));
    json_object_set_new(object, "timestamp", timestamp_new(now));
    return json_dumps(object, JSON_COMPACT);
}

/*
 * Copies a member made of printable ASCII without spaces; an id becomes a line
 * of a file, so nothing else may pass.
 */
static bool
word_read(const json_t *member, char *out, size_t size)
{
    const char *text = json_string_value(member);
    size_t len = json_string_length(member);

    if (text == NULL || len == 0 || len >= size) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    memcpy(out, text, len + 1);
    return true;
}

/* An absent id, null and "" all mean that the sender gave none. */
static bool
id_read(const json_t *object, char *id, size_t size)
{
    const json_t *member = json_object_get(object, "id");
    bool is_absent =
        member == NULL || json_is_null(member)
        || (json_is_string(member) && json_string_length(member) == 0);
    return is_absent || word_read(member, id, size);
}

/* 0: there is none, or it says nothing. */
static nf_time_t
time_read(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    nf_time_t time = 0;

    if (json_is_string(member)) {
        (void) nf_time_parse((struct nf_text){json_string_value(member),
                                              json_string_length(member)},
                             &time);
    }
    return time;
}

enum nf_timeliness
nf_command_judge(const struct nf_agent_command *command, nf_time_t now,
                 nf_time_t up, struct nf_server_clock *clock)
{
    if (command->deadline == 0) {
        return NF_IN_TIME;
    }
    nf_time_t left = nf_deadline_left(command->deadline, command->server_time,
                                      now, up, clock);
    return left < 0 ? NF_UNSURE : left == 0 ? NF_LATE : NF_IN_TIME;
}

bool
nf_command_parse(const void *payload, size_t len,
                 struct nf_agent_command *command, char *fault, size_t size)
{
    struct nf_agent_command result = {0};
    json_error_t error;

    if (len > NF_PAYLOAD_MAX) {
        snprintf(fault, size, "longer than %d bytes", NF_PAYLOAD_MAX);
        return false;
    }
    json_auto_t *object =
        json_loadb(payload, len, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL) {
        snprintf(fault, size, "not JSON: %s", error.text);
        return false;
    }
    if (!json_is_object(object)) {
        snprintf(fault, size, "not a JSON object");
        return false;
    }
    if (!word_read(json_object_get(object, "command"), result.word,
                   sizeof result.word))
    {
        snprintf(fault, size, "command must be a word of 1 to %d characters",
                 NF_COMMAND_WORD_SIZE - 1);
        return false;
    }
    if (!id_read(object, result.id, sizeof result.id)) {
        snprintf(fault, size, "id must be a word of 1 to %d characters",
                 NF_COMMAND_ID_SIZE - 1);
        return false;
    }
    result.deadline = time_read(object, "deadline");
    result.server_time = time_read(object, "server_time");
    *command = result;
    return true;
}
