/*
 * A topic of any bytes is a node's or is not; what is comes back the same
 * when it is written and read again.
 */
#include <stdlib.h>

#include "bus/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_topic topic, again;
    char text[NF_TOPIC_TEXT];

    if (!nf_topic_parse((struct nf_text){(const char *) data, size}, &topic)) {
        return 0;
    }
    nf_topic_format(&topic, text);
    if (!nf_topic_parse(nf_text(text), &again) || again.kind != topic.kind
        || !nf_mac_equal(again.mac, topic.mac))
    {
        abort();
    }
    return 0;
}
