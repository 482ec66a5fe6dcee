#ifndef NF_BUS_TOPIC_H
#define NF_BUS_TOPIC_H

/*
 * The names of MQTT topics: docs/bus.md lists who writes and who reads them.
 */

#include "base/address.h"
#include "base/text.h"

enum {
    NF_TOPIC_TEXT = 32
};

/* What a node's topic carries. */
enum nf_topic_kind {
    NF_TOPIC_STATUS,
    NF_TOPIC_COMMAND,
    NF_TOPIC_RESULT,
    NF_TOPIC_KINDS,
};

struct nf_topic {
    enum nf_topic_kind kind;
    nf_mac_t mac;
};

/* Every event of the log, for those who listen. */
#define NF_TOPIC_EVENTS "nf/event"

/*
 * "node/{mac}/{kind}", with the MAC in any usual spelling.  False for every
 * other topic, of any bytes and any length.
 */
bool nf_topic_parse(struct nf_text text, struct nf_topic *topic);

/* The same with the MAC as 12 hex digits. */
void nf_topic_format(const struct nf_topic *topic,
                     char text[static NF_TOPIC_TEXT]);

/* The filter that matches this kind of every node, "node/+/status". */
void nf_topic_filter(enum nf_topic_kind kind, char text[static NF_TOPIC_TEXT]);

#endif
