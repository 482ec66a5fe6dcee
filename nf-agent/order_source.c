#include "order_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 10,   /* two minutes and a half */
    PERCENT = 45, /* of a task: before its disk is divided */
    PATH_SIZE = 256,
};

static bool
variable_read(struct nf_boot *boot, const char *variable, const char *word,
              char *fault, size_t size)
{
    const char *value = getenv(variable);

    if (value != NULL && value[0] != '\0' && !nf_boot_set(boot, word, value)) {
        snprintf(fault, size, "%s has no valid value", variable);
        return false;
    }
    return true;
}

bool
nf_order_source_read(struct nf_order_source *source, char *fault, size_t size)
{
    struct nf_boot boot = {0};

    if (!variable_read(&boot, "NF_URL", "url", fault, size)
        || !variable_read(&boot, "NF_MAC", "mac", fault, size)
        || !variable_read(&boot, "NF_TOKEN", "token", fault, size))
    {
        return false;
    }
    memcpy(source->caller.url, boot.url, sizeof source->caller.url);
    memcpy(source->caller.token, boot.token, sizeof source->caller.token);
    nf_mac_format_divided(boot.mac, ':', source->caller.mac);
    source->mac = boot.mac;
    return true;
}

static json_t *
file_get(const char *path, char *fault, size_t size)
{
    json_error_t error;
    json_t *order = strcmp(path, "-") == 0
                        ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
                        : json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (!json_is_object(order)) {
        snprintf(fault, size, "%s holds no order: %s", path,
                 order == NULL ? error.text : "it is not an object");
        json_decref(order);
        return NULL;
    }
    return order;
}

json_t *
nf_order_source_get(const struct nf_order_source *source, char *fault,
                    size_t size)
{
    char path[PATH_SIZE], mac[NF_MAC_TEXT];
    struct nf_answer answer;

    if (source->file != NULL) {
        return file_get(source->file, fault, size);
    }
    nf_mac_format(source->mac, mac);
    snprintf(path, sizeof path, "/image/%s/image.json?token=%s", mac,
             source->caller.token);
    for (int i = 0; !nf_caller_get(&source->caller, path, 0, &answer); i++) {
        bool is_over = !nf_answer_is_passing(&answer) || i == TRIES;
        if (is_over) {
            snprintf(fault, size, "the server sent no order: %.200s",
                     answer.fault);
        }
        nf_answer_clear(&answer);
        if (is_over) {
            return NULL;
        }
        nf_back_off(i);
    }
    return answer.body;
}

void
nf_order_source_note(const struct nf_order_source *source, const char *step,
                     const char *words)
{
    struct nf_answer answer;
    json_t *body;

    if (source->caller.url[0] == '\0') {
        return;
    }
    body = nf_caller_body(&source->caller);
    json_object_set_new(body, "step", json_string(step));
    json_object_set_new(body, "percent", json_integer(PERCENT));
    json_object_set_new(body, "message", json_string(words));
    (void) nf_caller_post(&source->caller, "/api/v1/progress", body, &answer);
    nf_answer_clear(&answer);
}
