#ifndef NF_STORE_KEY_H
#define NF_STORE_KEY_H

/*
 * Keys, built by type.  Numbers are big-endian, so that the order of keys is
 * the order of numbers.  Every form stands with example bytes in
 * docs/store.md.
 */

#include "base/address.h"
#include "base/text.h"

struct nf_key {
    uint8_t data[96];
    size_t len;
};

static inline struct nf_bytes
nf_key_bytes(const struct nf_key *key)
{
    return (struct nf_bytes){key->data, key->len};
}

static inline void
nf_key_add(struct nf_key *key, const void *data, size_t len)
{
    memcpy(key->data + key->len, data, len);
    key->len += len;
}

static inline void
nf_key_add_number(struct nf_key *key, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        key->data[key->len++] = (uint8_t) (number >> shift);
    }
}

static inline uint64_t
nf_key_number_at(struct nf_bytes key, size_t at)
{
    uint64_t number = 0;

    for (size_t i = 0; i < 8 && at + i < key.len; i++) {
        number = number << 8 | ((const uint8_t *) key.data)[at + i];
    }
    return number;
}

static inline struct nf_key
nf_key_number(uint64_t number)
{
    struct nf_key key = {.len = 0};

    nf_key_add_number(&key, number);
    return key;
}

static inline struct nf_key
nf_key_numbers(uint64_t first, uint64_t second)
{
    struct nf_key key = nf_key_number(first);

    nf_key_add_number(&key, second);
    return key;
}

static inline struct nf_key
nf_key_mac(nf_mac_t mac)
{
    struct nf_key key = {.len = 0};

    nf_key_add(&key, mac.b, sizeof(mac.b));
    return key;
}

static inline struct nf_key
nf_key_mac_number(nf_mac_t mac, uint64_t number)
{
    struct nf_key key = nf_key_mac(mac);

    nf_key_add_number(&key, number);
    return key;
}

static inline struct nf_key
nf_key_number_mac(uint64_t number, nf_mac_t mac)
{
    struct nf_key key = nf_key_number(number);

    nf_key_add(&key, mac.b, sizeof(mac.b));
    return key;
}

static inline struct nf_key
nf_key_ip(nf_ip4_t ip)
{
    struct nf_key key = {.len = 0};

    nf_key_add(&key, ip.b, sizeof(ip.b));
    return key;
}

#endif
