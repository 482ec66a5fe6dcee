/*
 * Datagrams from the install network, by whoever is plugged in.  What is read
 * of them is a card that dnsmasq's spelling has, or nothing.
 */

#include "dhcp/ask.h"
#include "must.h"

static void
check(const struct nf_card *card)
{
    char text[NF_CARD_TEXT];
    struct nf_card again;

    must(card->len > 0 && card->len <= NF_CARD_MAX);
    nf_card_format(card, text);
    must(nf_card_parse(nf_text(text), &again));
    must(nf_card_equal(card, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_ask ask = {.kind = 99};
    struct nf_card card = {0};

    if (nf_ask_read(data, size, &ask)) {
        must(ask.kind == NF_ASK_DISCOVER || ask.kind == NF_ASK_REQUEST);
        check(&ask.card);
    } else {
        must(ask.kind == 99);
    }
    if (nf_ask_read_reply(data, size, &card)) {
        check(&card);
    }
    return 0;
}
