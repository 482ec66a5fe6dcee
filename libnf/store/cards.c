/*
 * cards:       mac of a node   -> the cards that it lists, a MAC each
 * card-index:  card, node      -> nothing
 */
#include "store/cards.h"

#include "store/key.h"

static const struct nf_bytes nothing = {"", 0};

static struct nf_key
pair_key(nf_mac_t card, nf_mac_t node)
{
    struct nf_key key = nf_key_mac(card);

    nf_key_add(&key, node.b, sizeof(node.b));
    return key;
}

size_t
nf_cards_of(struct nf_read *r, nf_mac_t node,
            nf_mac_t cards[static NF_CARDS_MAX])
{
    struct nf_bytes value;

    if (!nf_read_get(r, NF_CARDS, (struct nf_bytes){node.b, sizeof(node.b)},
                     &value))
    {
        return 0;
    }
    if (value.len == 0 || value.len % sizeof(*cards) != 0
        || value.len > NF_CARDS_MAX * sizeof(*cards))
    {
        nf_read_fail(r, NF_CORRUPT);
        return 0;
    }
    memcpy(cards, value.data, value.len);
    return value.len / sizeof(*cards);
}

bool
nf_cards_delete(struct nf_write *w, nf_mac_t node)
{
    nf_mac_t cards[NF_CARDS_MAX];
    size_t n = nf_cards_of(&w->read, node, cards);

    for (size_t i = 0; i < n; i++) {
        struct nf_key key = pair_key(cards[i], node);
        nf_write_delete(w, NF_CARD_INDEX, nf_key_bytes(&key));
    }
    return n == 0
           || nf_write_delete(w, NF_CARDS,
                              (struct nf_bytes){node.b, sizeof(node.b)});
}

bool
nf_cards_put(struct nf_write *w, nf_mac_t node, const nf_mac_t *cards, size_t n)
{
    nf_mac_t old[NF_CARDS_MAX];
    size_t was = nf_cards_of(&w->read, node, old);

    n = n < NF_CARDS_MAX ? n : NF_CARDS_MAX;
    if (was == n && memcmp(old, cards, n * sizeof(*cards)) == 0) {
        return w->read.err == NF_OK;
    }
    nf_cards_delete(w, node);
    for (size_t i = 0; i < n; i++) {
        struct nf_key key = pair_key(cards[i], node);
        nf_write_put(w, NF_CARD_INDEX, nf_key_bytes(&key), nothing);
    }
    return n == 0
           || nf_write_put(w, NF_CARDS,
                           (struct nf_bytes){node.b, sizeof(node.b)},
                           (struct nf_bytes){cards, n * sizeof(*cards)});
}

bool
nf_cards_has(struct nf_read *r, nf_mac_t node, nf_mac_t card)
{
    struct nf_key key = pair_key(card, node);
    struct nf_bytes value;

    return nf_read_get(r, NF_CARD_INDEX, nf_key_bytes(&key), &value);
}

static bool
read_lister(struct nf_scan *scan, nf_mac_t *node)
{
    if (scan->key.len != 2 * sizeof(node->b)) {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    memcpy(node->b, (const char *) scan->key.data + sizeof(node->b),
           sizeof(node->b));
    return true;
}

bool
nf_cards_lister(struct nf_read *r, nf_mac_t card, nf_mac_t *node)
{
    struct nf_bytes prefix = {card.b, sizeof(card.b)};
    NF_SCAN(scan, r, NF_CARD_INDEX);

    for (bool ok = nf_scan_seek(&scan, prefix);
         ok && nf_scan_has(&scan, prefix); ok = nf_scan_next(&scan))
    {
        if (!read_lister(&scan, node)) {
            return false;
        }
        if (!nf_mac_equal(*node, card)) {
            return true;
        }
    }
    return false;
}

bool
nf_cards_is_shared(struct nf_read *r, nf_mac_t card, nf_mac_t one,
                   nf_mac_t other)
{
    struct nf_bytes prefix = {card.b, sizeof(card.b)};
    NF_SCAN(scan, r, NF_CARD_INDEX);

    for (bool ok = nf_scan_seek(&scan, prefix);
         ok && nf_scan_has(&scan, prefix); ok = nf_scan_next(&scan))
    {
        nf_mac_t node;
        if (!read_lister(&scan, &node)) {
            return true;
        }
        if (!nf_mac_equal(node, one) && !nf_mac_equal(node, other)) {
            return true;
        }
    }
    return r->err != NF_OK;
}
