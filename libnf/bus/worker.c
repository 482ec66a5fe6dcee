#include "bus/worker.h"

#include <stdio.h>

#include "bus/message.h"
#include "json/field.h"

static const char *const words[NF_WORKER_TOPICS] = {
    [NF_WORKER_COMMAND] = "command",
    [NF_WORKER_RESULT] = "result",
    [NF_WORKER_PRESENCE] = "presence",
    [NF_WORKER_PORTS] = "ports",
};

static bool
kind_find(struct nf_text word, enum nf_worker_topic *kind)
{
    for (unsigned i = 0; i < NF_WORKER_TOPICS; i++) {
        if (nf_text_equal(word, nf_text(words[i]))) {
            *kind = i;
            return true;
        }
    }
    return false;
}

bool
nf_worker_topic_parse(struct nf_text text, const char *idc,
                      enum nf_worker_topic *kind,
                      char worker[static NF_WORKER_NAME])
{
    struct nf_text rest = text;
    struct nf_text root = nf_text_cut(&rest, '/');
    struct nf_text site = nf_text_cut(&rest, '/');
    struct nf_text bmc = nf_text_cut(&rest, '/');
    struct nf_text name = nf_text_cut(&rest, '/');

    return nf_text_equal(root, NF_TEXT("nf"))
           && nf_text_equal(site, nf_text(idc))
           && nf_text_equal(bmc, NF_TEXT("bmc")) && nf_worker_is_name(name)
           && kind_find(rest, kind)
           && nf_text_copy(worker, NF_WORKER_NAME, name);
}

void
nf_worker_topic_format(enum nf_worker_topic kind, const char *idc,
                       const char *worker,
                       char text[static NF_WORKER_TOPIC_TEXT])
{
    snprintf(text, NF_WORKER_TOPIC_TEXT, "nf/%s/bmc/%s/%s", idc, worker,
             words[kind]);
}

struct presence {
    char state[16], key[NF_WORKER_KEY_TEXT];
};

enum {
    HAS_KEY = 1
};

#define MEMBER(name, member, ...)                                              \
    {                                                                          \
        name, .kind = NF_JSON_TEXT,                                            \
              .offset = offsetof(struct presence, member),                     \
              .size = sizeof(((struct presence *) 0)->member), __VA_ARGS__     \
    }

nf_error_t
nf_worker_presence_read(struct nf_text payload,
                        struct nf_worker_presence *presence,
                        struct nf_fault *fault)
{
    struct presence read = {.state = ""};
    static const struct nf_json_field fields[] = {
        MEMBER("state", state, .may_be_empty = true),
        MEMBER("key", key, .bit = HAS_KEY),
        {0},
    };
    struct nf_json_reader reader = {.fields = fields, .source = NF_JSON_AGENT};

    *presence = (struct nf_worker_presence){0};
    if (payload.len > NF_MESSAGE_MAX) {
        (void) nf_refuse(fault, "", "the payload is longer than %d bytes",
                         NF_MESSAGE_MAX);
        return NF_TOO_LARGE;
    }
    nf_error_t err = nf_json_read(&reader, payload, &read, fault);
    if (err != NF_OK) {
        return err;
    }
    presence->is_here = strcmp(read.state, "gone") != 0;
    presence->has_key = reader.has & HAS_KEY;
    if (presence->has_key
        && !nf_worker_key_parse(nf_text(read.key), presence->key)) {
        return nf_refuse(fault, "key", "must be 32 bytes in base64");
    }
    return NF_OK;
}

void
nf_worker_presence_put(const uint8_t key[static NF_WORKER_KEY],
                       struct nf_out *out)
{
    char text[NF_WORKER_KEY_TEXT];

    nf_worker_key_format(key, text);
    nf_out_printf(out, "{\"version\":\"" NF_VERSION "\",\"key\":\"%s\"}", text);
}
