/*
 * hardware:  mac -> time, JSON
 * unmatched: mac -> struct nf_unmatched
 */
#include "store/hardware.h"

#include <stdlib.h>

#include "store/key.h"
#include "store/strangers.h"

const char *const nf_unmatched_reasons[] = {
    [NF_UNMATCHED_NO_TASK] = "no_task",
    [NF_UNMATCHED_SERIAL_CLASH] = "serial_clash",
    [NF_UNMATCHED_SERIAL_OTHER] = "serial_mismatch",
    [NF_UNMATCHED_MAC_OTHER] = "mac_mismatch",
    [NF_UNMATCHED_MAC_OTHER + 1] = NULL,
};

enum {
    HEAD = 8 /* the time */
};

bool
nf_hardware_get(struct nf_read *r, nf_mac_t mac, struct nf_hardware *hardware)
{
    struct nf_bytes value;

    if (!nf_read_get(r, NF_HARDWARE, (struct nf_bytes){mac.b, sizeof(mac.b)},
                     &value))
    {
        return false;
    }
    if (value.len < HEAD || value.len - HEAD > NF_HARDWARE_JSON_MAX) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *hardware = (struct nf_hardware){
        .reported_at = (nf_time_t) nf_key_number_at(value, 0),
        .json = {(const char *) value.data + HEAD, value.len - HEAD},
    };
    return true;
}

static size_t
size_of(struct nf_read *r, nf_mac_t mac)
{
    struct nf_hardware hardware;

    return nf_hardware_get(r, mac, &hardware) ? hardware.json.len : 0;
}

bool
nf_hardware_put(struct nf_write *w, nf_mac_t mac,
                const struct nf_hardware *hardware)
{
    struct nf_key head = nf_key_number((uint64_t) hardware->reported_at);
    size_t len = hardware->json.len;

    if (len > NF_HARDWARE_JSON_MAX) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    char *value = malloc(HEAD + len);
    if (value == NULL) {
        nf_read_fail(&w->read, NF_NO_MEMORY);
        return false;
    }
    memcpy(value, head.data, HEAD);
    if (len > 0) {
        memcpy(value + HEAD, hardware->json.data, len);
    }
    nf_strangers_resize(w, mac, size_of(&w->read, mac), len);
    bool is_done =
        nf_write_put(w, NF_HARDWARE, (struct nf_bytes){mac.b, sizeof(mac.b)},
                     (struct nf_bytes){value, HEAD + len});
    free(value);
    return is_done;
}

bool
nf_hardware_delete(struct nf_write *w, nf_mac_t mac)
{
    nf_strangers_resize(w, mac, size_of(&w->read, mac), 0);
    return nf_write_delete(w, NF_HARDWARE,
                           (struct nf_bytes){mac.b, sizeof(mac.b)});
}

/* A record under another's key would lead a walk round in circles. */
static bool
decode(struct nf_read *r, struct nf_bytes key, struct nf_bytes value,
       struct nf_unmatched *unmatched)
{
    if (value.len == sizeof(*unmatched) && key.len == sizeof(unmatched->mac.b))
    {
        memcpy(unmatched, value.data, sizeof(*unmatched));
        if (memcmp(unmatched->mac.b, key.data, key.len) == 0
            && unmatched->reason <= NF_UNMATCHED_MAC_OTHER
            && nf_text_is_ended(unmatched->sn, sizeof(unmatched->sn)))
        {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_unmatched_get(struct nf_read *r, nf_mac_t mac,
                 struct nf_unmatched *unmatched)
{
    struct nf_bytes key = {mac.b, sizeof(mac.b)}, value;

    return nf_read_get(r, NF_UNMATCHED, key, &value)
           && decode(r, key, value, unmatched);
}

bool
nf_unmatched_is_clash(struct nf_read *r, nf_mac_t mac)
{
    struct nf_unmatched unmatched;

    return nf_unmatched_get(r, mac, &unmatched)
           && unmatched.reason != NF_UNMATCHED_NO_TASK;
}

bool
nf_unmatched_put(struct nf_write *w, const struct nf_unmatched *unmatched)
{
    return nf_write_put(
        w, NF_UNMATCHED,
        (struct nf_bytes){unmatched->mac.b, sizeof(unmatched->mac.b)},
        (struct nf_bytes){unmatched, sizeof(*unmatched)});
}

bool
nf_unmatched_delete(struct nf_write *w, nf_mac_t mac)
{
    return nf_write_delete(w, NF_UNMATCHED,
                           (struct nf_bytes){mac.b, sizeof(mac.b)});
}

bool
nf_unmatched_next(struct nf_read *r, const nf_mac_t *after,
                  struct nf_unmatched *unmatched)
{
    struct nf_key from = {.len = 0};
    NF_SCAN(scan, r, NF_UNMATCHED);

    if (after != NULL) { /* and a byte more: the first key behind it */
        nf_key_add(&from, after->b, sizeof(after->b));
        nf_key_add(&from, "", 1);
    }
    return nf_scan_seek(&scan, nf_key_bytes(&from))
           && decode(r, scan.key, scan.value, unmatched);
}
