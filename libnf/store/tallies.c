/*
 * tallies: operation '/' driver -> struct nf_tally
 */
#include "store/tallies.h"

#include <stdio.h>

#include "store/key.h"

void
nf_tallies_key(const struct nf_tally *tally, char key[static NF_TALLY_KEY])
{
    snprintf(key, NF_TALLY_KEY, "%s/%s", tally->operation, tally->driver);
}

static bool
decode(struct nf_read *r, struct nf_bytes key, struct nf_bytes value,
       struct nf_tally *tally)
{
    char own[NF_TALLY_KEY];
    struct nf_tally found;

    if (value.len == sizeof(found)) {
        memcpy(&found, value.data, sizeof(found));
        if (nf_tally_is_sound(&found)) {
            nf_tallies_key(&found, own);
            if (nf_text_equal(nf_text(own),
                              (struct nf_text){key.data, key.len})) {
                *tally = found;
                return true;
            }
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_tallies_get(struct nf_read *r, const char *key, struct nf_tally *tally)
{
    struct nf_bytes bytes = {key, strlen(key)}, value;

    return bytes.len > 0 && nf_read_get(r, NF_TALLIES, bytes, &value)
           && decode(r, bytes, value, tally);
}

bool
nf_tallies_put(struct nf_write *w, const struct nf_tally *tally)
{
    char key[NF_TALLY_KEY];

    nf_tallies_key(tally, key);
    return nf_write_put(w, NF_TALLIES, (struct nf_bytes){key, strlen(key)},
                        (struct nf_bytes){tally, sizeof(*tally)});
}

bool
nf_tallies_next(struct nf_read *r, struct nf_tally *tally)
{
    char name[NF_TALLY_KEY] = "";
    struct nf_key key = {.len = 0};
    NF_SCAN(scan, r, NF_TALLIES);

    if (tally->operation[0] != '\0') {
        nf_tallies_key(tally, name);
        nf_key_add(&key, name, strlen(name) + 1); /* the first behind it */
    }
    return nf_scan_seek(&scan, nf_key_bytes(&key))
           && decode(r, scan.key, scan.value, tally);
}
