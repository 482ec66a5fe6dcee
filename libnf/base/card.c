#include "base/card.h"

#include "base/out.h"

static bool
hex_pair(struct nf_text text, uint8_t *byte)
{
    uint64_t number;

    if (text.len != 2 || !nf_text_hex(text, &number)) {
        return false;
    }
    *byte = (uint8_t) number;
    return true;
}

/* "20-" before it; else it is Ethernet. */
static bool
cut_type(struct nf_text *text, uint8_t *type)
{
    struct nf_text rest = *text;
    struct nf_text head = nf_text_cut(&rest, '-');

    *type = NF_CARD_ETHERNET;
    if (rest.data == NULL) {
        return true;
    }
    *text = rest;
    return hex_pair(head, type);
}

bool
nf_card_parse(struct nf_text text, struct nf_card *card)
{
    struct nf_card read = {.len = 0};

    if (text.len == 0 || !cut_type(&text, &read.type)) {
        return false;
    }
    while (text.len > 0) {
        struct nf_text pair = nf_text_cut(&text, ':');
        bool is_cut_short = text.data != NULL && text.len == 0;
        if (is_cut_short || read.len == NF_CARD_MAX
            || !hex_pair(pair, &read.b[read.len]))
        {
            return false;
        }
        read.len++;
    }
    *card = read;
    return true;
}

void
nf_card_format(const struct nf_card *card, char text[static NF_CARD_TEXT])
{
    struct nf_out out = nf_out(text, NF_CARD_TEXT - 1);

    if (card->type != NF_CARD_ETHERNET || card->len == 0) {
        nf_out_printf(&out, "%02x-", card->type);
    }
    for (size_t i = 0; i < card->len; i++) {
        nf_out_printf(&out, i == 0 ? "%02x" : ":%02x", card->b[i]);
    }
    text[out.len] = '\0';
}

struct nf_card
nf_card_of(nf_mac_t mac)
{
    struct nf_card card = {.type = NF_CARD_ETHERNET, .len = sizeof(mac.b)};

    memcpy(card.b, mac.b, sizeof(mac.b));
    return card;
}

bool
nf_card_mac(const struct nf_card *card, nf_mac_t *mac)
{
    char text[NF_MAC_TEXT];
    nf_mac_t its;

    if (card->type != NF_CARD_ETHERNET || card->len != sizeof(its.b)) {
        return false;
    }
    memcpy(its.b, card->b, sizeof(its.b));
    nf_mac_format(its, text);
    return nf_mac_parse(nf_text(text), mac); /* which knows what no card has */
}

bool
nf_card_equal(const struct nf_card *a, const struct nf_card *b)
{
    return a->type == b->type && a->len == b->len
           && memcmp(a->b, b->b, a->len) == 0;
}
