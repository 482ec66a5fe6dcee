#include "bus/topic.h"

#include <stdio.h>

static const char *const words[NF_TOPIC_KINDS] = {
    [NF_TOPIC_STATUS] = "status",
    [NF_TOPIC_COMMAND] = "command",
    [NF_TOPIC_RESULT] = "result",
};

static bool
kind_find(struct nf_text word, enum nf_topic_kind *kind)
{
    for (unsigned i = 0; i < NF_TOPIC_KINDS; i++) {
        if (nf_text_equal(word, nf_text(words[i]))) {
            *kind = i;
            return true;
        }
    }
    return false;
}

bool
nf_topic_parse(struct nf_text text, struct nf_topic *topic)
{
    struct nf_topic read;
    struct nf_text rest = text;
    struct nf_text root = nf_text_cut(&rest, '/');
    struct nf_text mac = nf_text_cut(&rest, '/');

    /* the rest has no third '/', or it would not be one of the words */
    if (!nf_text_equal(root, NF_TEXT("node")) || !nf_mac_parse(mac, &read.mac)
        || !kind_find(rest, &read.kind))
    {
        return false;
    }
    *topic = read;
    return true;
}

void
nf_topic_format(const struct nf_topic *topic, char text[static NF_TOPIC_TEXT])
{
    char mac[NF_MAC_TEXT];

    nf_mac_format(topic->mac, mac);
    snprintf(text, NF_TOPIC_TEXT, "node/%s/%s", mac, words[topic->kind]);
}

void
nf_topic_filter(enum nf_topic_kind kind, char text[static NF_TOPIC_TEXT])
{
    snprintf(text, NF_TOPIC_TEXT, "node/+/%s", words[kind]);
}
