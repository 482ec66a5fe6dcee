/*
 * expiry: 't' time, kind, id -> nothing
 *         'r' kind, id       -> time, so that a record has one row
 */
#include "store/expiry.h"

#include "store/key.h"

enum {
    TIME_HEAD = 1 + 8 + 1, /* before the id */
};

static const struct nf_bytes nothing = {"", 0};

static struct nf_key
time_key(nf_time_t at, enum nf_expiry_kind kind, struct nf_bytes id)
{
    struct nf_key key = {.data = {'t'}, .len = 1};

    nf_key_add_number(&key, (uint64_t) at);
    key.data[key.len++] = (uint8_t) kind;
    nf_key_add(&key, id.data, id.len);
    return key;
}

static struct nf_key
record_key(enum nf_expiry_kind kind, struct nf_bytes id)
{
    struct nf_key key = {.data = {'r', (uint8_t) kind}, .len = 2};

    nf_key_add(&key, id.data, id.len);
    return key;
}

nf_time_t
nf_expiry_at(struct nf_read *r, enum nf_expiry_kind kind, struct nf_bytes id)
{
    struct nf_key key = record_key(kind, id);
    struct nf_bytes value;

    return nf_read_get(r, NF_EXPIRY, nf_key_bytes(&key), &value)
               ? (nf_time_t) nf_key_number_at(value, 0)
               : -1;
}

static bool
drop_time(struct nf_write *w, enum nf_expiry_kind kind, struct nf_bytes id,
          nf_time_t at)
{
    struct nf_key key = time_key(at, kind, id);

    return nf_write_delete(w, NF_EXPIRY, nf_key_bytes(&key));
}

bool
nf_expiry_file(struct nf_write *w, enum nf_expiry_kind kind, struct nf_bytes id,
               nf_time_t at)
{
    nf_time_t old = nf_expiry_at(&w->read, kind, id);
    struct nf_key key = time_key(at, kind, id), record = record_key(kind, id);
    struct nf_key value = nf_key_number((uint64_t) at);

    if (old == at) {
        return true;
    }
    if (old >= 0) {
        drop_time(w, kind, id, old);
    }
    return nf_write_put(w, NF_EXPIRY, nf_key_bytes(&key), nothing)
           && nf_write_put(w, NF_EXPIRY, nf_key_bytes(&record),
                           nf_key_bytes(&value));
}

bool
nf_expiry_file_by(struct nf_write *w, enum nf_expiry_kind kind,
                  struct nf_bytes id, nf_time_t at)
{
    nf_time_t old = nf_expiry_at(&w->read, kind, id);

    return (old >= 0 && old <= at) || nf_expiry_file(w, kind, id, at);
}

bool
nf_expiry_drop(struct nf_write *w, enum nf_expiry_kind kind, struct nf_bytes id)
{
    nf_time_t old = nf_expiry_at(&w->read, kind, id);
    struct nf_key record = record_key(kind, id);

    return old < 0
           || (drop_time(w, kind, id, old)
               && nf_write_delete(w, NF_EXPIRY, nf_key_bytes(&record)));
}

static struct nf_expiry
row_of(struct nf_bytes key)
{
    const uint8_t *data = key.data;
    struct nf_expiry row = {.kind = data[TIME_HEAD - 1],
                            .id_len = key.len - TIME_HEAD};

    memcpy(row.id, data + TIME_HEAD, row.id_len);
    return row;
}

size_t
nf_expiry_due(struct nf_read *r, nf_time_t now, struct nf_expiry *due,
              size_t max, nf_time_t *next)
{
    struct nf_bytes head = {"t", 1};
    size_t n = 0;
    NF_SCAN(scan, r, NF_EXPIRY);

    *next = INT64_MAX;
    for (bool ok = nf_scan_seek(&scan, head); ok && nf_scan_has(&scan, head);
         ok = nf_scan_next(&scan))
    {
        nf_time_t at = (nf_time_t) nf_key_number_at(scan.key, 1);
        if (scan.key.len <= TIME_HEAD
            || scan.key.len > TIME_HEAD + NF_EXPIRY_ID) {
            nf_read_fail(r, NF_CORRUPT);
            return 0;
        }
        if (at > now || n == max) {
            *next = at;
            break;
        }
        due[n++] = row_of(scan.key);
    }
    return n;
}

bool
nf_expiry_next(struct nf_read *r, struct nf_expiry *at)
{
    struct nf_key from =
        record_key(at->kind, (struct nf_bytes){at->id, at->id_len});
    struct nf_bytes head = {"r", 1}, key = nf_key_bytes(&from);
    NF_SCAN(scan, r, NF_EXPIRY);
    bool ok = nf_scan_seek(&scan, key);

    if (ok && scan.key.len == key.len && nf_scan_has(&scan, key)) {
        ok = nf_scan_next(&scan);
    }
    if (!ok || !nf_scan_has(&scan, head)) {
        return false;
    }
    if (scan.key.len <= 2 || scan.key.len > 2 + NF_EXPIRY_ID) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    const uint8_t *data = scan.key.data;
    *at = (struct nf_expiry){.kind = data[1], .id_len = scan.key.len - 2};
    memcpy(at->id, data + 2, at->id_len);
    return true;
}
