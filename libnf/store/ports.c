/*
 * switches:   switch                -> struct nf_switch_seen
 * ports:      switch '/' port       -> how many MACs are at it (1 byte), each
 *                                      (6 bytes), its JSON
 * sightings:  MAC '/' switch '/' port, the MAC as text
 *                                   -> time it was there last, 8 bytes; 0: now
 */
#include "store/ports.h"

#include "store/key.h"

enum {
    SIGHTINGS_MAX = 200000, /* who left is not remembered where it has more */
};

/* Longer than other keys: it has two names. */
struct row {
    char text[NF_MAC_TEXT + NF_MANAGED_NAME + NF_LINK_PORT];
    size_t len;
};

static struct nf_bytes
bytes_of(const struct row *row)
{
    return (struct nf_bytes){row->text, row->len};
}

static struct row
port_row(const char *device, const char *port)
{
    struct row row;
    struct nf_out out = nf_out(row.text, sizeof(row.text));

    nf_out_puts(&out, device);
    nf_out_putc(&out, '/');
    nf_out_puts(&out, port);
    row.len = out.len;
    return row;
}

/* device NULL: of every switch; port NULL: of every port. */
static struct row
sight_row(nf_mac_t mac, const char *device, const char *port)
{
    struct row row;
    struct nf_out out = nf_out(row.text, sizeof(row.text));
    char text[NF_MAC_TEXT];

    nf_mac_format(mac, text);
    nf_out_puts(&out, text);
    nf_out_putc(&out, '/');
    if (device != NULL) {
        nf_out_puts(&out, device);
        nf_out_putc(&out, '/');
        nf_out_puts(&out, port == NULL ? "" : port);
    }
    row.len = out.len;
    return row;
}

/* --- switches ----------------------------------------------------------------
 */

bool
nf_switches_get(struct nf_read *r, const char *device,
                struct nf_switch_seen *seen)
{
    struct nf_bytes key = {device, strlen(device)}, value;

    if (!nf_managed_is_name(nf_text(device))
        || !nf_read_get(r, NF_SWITCHES, key, &value))
    {
        return false;
    }
    if (value.len == sizeof(*seen)) {
        memcpy(seen, value.data, sizeof(*seen));
        if (nf_text_is_ended(seen->worker, sizeof(seen->worker))
            && nf_text_is_ended(seen->error, sizeof(seen->error)))
        {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_switches_put(struct nf_write *w, const char *device,
                const struct nf_switch_seen *seen)
{
    return nf_write_put(w, NF_SWITCHES,
                        (struct nf_bytes){device, strlen(device)},
                        (struct nf_bytes){seen, sizeof(*seen)});
}

bool
nf_switches_next(struct nf_read *r, char device[static NF_MANAGED_NAME],
                 struct nf_switch_seen *seen)
{
    char row[NF_MANAGED_NAME];
    size_t len = strlen(device);
    NF_SCAN(scan, r, NF_SWITCHES);

    memcpy(row, device, len + 1); /* its end: the first one behind it */
    if (!nf_scan_seek(&scan, (struct nf_bytes){row, len == 0 ? 0 : len + 1})) {
        return false;
    }
    if (!nf_text_copy(device, NF_MANAGED_NAME,
                      (struct nf_text){scan.key.data, scan.key.len}))
    {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return nf_switches_get(r, device, seen);
}

/* --- ports -------------------------------------------------------------------
 */

struct value {
    size_t n;
    nf_mac_t addresses[NF_PORT_ADDRESSES];
    struct nf_text json;
};

static bool
decode(struct nf_read *r, struct nf_bytes bytes, struct value *value)
{
    const char *data = bytes.data;
    size_t n = bytes.len == 0 ? SIZE_MAX : (uint8_t) data[0];
    size_t head = 1 + n * sizeof(nf_mac_t);

    if (n > NF_PORT_ADDRESSES || bytes.len < head) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    value->n = n;
    memcpy(value->addresses, data + 1, n * sizeof(nf_mac_t));
    value->json = (struct nf_text){data + head, bytes.len - head};
    return true;
}

static bool
get(struct nf_read *r, const char *device, const char *port,
    struct value *value)
{
    struct row row = port_row(device, port);
    struct nf_bytes bytes;

    return nf_read_get(r, NF_PORTS, bytes_of(&row), &bytes)
           && decode(r, bytes, value);
}

bool
nf_ports_get(struct nf_read *r, const char *device, const char *port,
             struct nf_text *json)
{
    struct value value;

    if (!get(r, device, port, &value)) {
        return false;
    }
    *json = value.json;
    return true;
}

bool
nf_ports_next(struct nf_read *r, const char *device,
              char port[static NF_LINK_PORT], struct nf_text *json)
{
    struct row prefix = port_row(device, ""), row = port_row(device, port);
    struct value value;
    NF_SCAN(scan, r, NF_PORTS);

    row.text[row.len++] = '\0'; /* the first one behind it */
    if (port[0] == '\0') {
        row.len--;
    }
    if (!nf_scan_seek(&scan, bytes_of(&row))
        || !nf_scan_has(&scan, bytes_of(&prefix))
        || !decode(r, scan.value, &value))
    {
        return false;
    }
    struct nf_text name = {(const char *) scan.key.data + prefix.len,
                           scan.key.len - prefix.len};
    if (!nf_text_copy(port, NF_LINK_PORT, name)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *json = value.json;
    return true;
}

/* --- who was seen where ------------------------------------------------------
 */

static bool
decode_sight(const struct nf_scan *scan, struct nf_port_sight *sight)
{
    struct nf_text rest = {scan->key.data, scan->key.len};

    (void) nf_text_cut(&rest, '/');
    struct nf_text device = nf_text_cut(&rest, '/');
    if (scan->value.len != sizeof(uint64_t) || rest.data == NULL
        || !nf_text_copy(sight->device, sizeof(sight->device), device)
        || !nf_text_copy(sight->port, sizeof(sight->port), rest))
    {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    sight->last = (nf_time_t) nf_key_number_at(scan->value, 0);
    return true;
}

bool
nf_ports_sight(struct nf_read *r, const char *row, nf_time_t *last)
{
    struct nf_bytes value;

    if (!nf_read_get(r, NF_SIGHTINGS, (struct nf_bytes){row, strlen(row)},
                     &value)) {
        return false;
    }
    if (value.len != sizeof(uint64_t)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    *last = (nf_time_t) nf_key_number_at(value, 0);
    return true;
}

static size_t
sights_below(struct nf_read *r, struct row prefix,
             struct nf_port_sight sights[], size_t max)
{
    size_t n = 0;
    NF_SCAN(scan, r, NF_SIGHTINGS);
    bool has = nf_scan_seek(&scan, bytes_of(&prefix));

    while (has && n < max && nf_scan_has(&scan, bytes_of(&prefix))
           && decode_sight(&scan, &sights[n]))
    {
        n++;
        has = nf_scan_next(&scan);
    }
    return n;
}

size_t
nf_ports_of_mac(struct nf_read *r, nf_mac_t mac, struct nf_port_sight sights[],
                size_t n)
{
    return sights_below(r, sight_row(mac, NULL, NULL), sights, n);
}

static bool
put_sight(struct nf_write *w, nf_mac_t mac, const char *device,
          const char *port, nf_time_t last)
{
    struct row row = sight_row(mac, device, port);
    struct nf_key value = nf_key_number((uint64_t) last);

    return nf_write_put(w, NF_SIGHTINGS, bytes_of(&row), nf_key_bytes(&value));
}

static bool
delete_sight(struct nf_write *w, nf_mac_t mac, const char *device,
             const char *port)
{
    struct row row = sight_row(mac, device, port);

    return nf_write_delete(w, NF_SIGHTINGS, bytes_of(&row));
}

/* He is here now, and was wherever else on this switch he is not. */
static bool
arrive(struct nf_write *w, nf_mac_t mac, const char *device, const char *port)
{
    struct nf_port_sight sights[NF_PORT_SIGHTINGS];
    size_t n = sights_below(&w->read, sight_row(mac, device, NULL), sights,
                            NF_PORT_SIGHTINGS);

    for (size_t i = 0; i < n; i++) {
        if (sights[i].last != 0
            && !delete_sight(w, mac, device, sights[i].port)) {
            return false;
        }
    }
    return put_sight(w, mac, device, port, 0);
}

static bool
leave(struct nf_write *w, nf_mac_t mac, const char *device, const char *port,
      nf_time_t now)
{
    struct nf_port_sight sights[NF_PORT_SIGHTINGS];
    size_t n = sights_below(&w->read, sight_row(mac, device, NULL), sights,
                            NF_PORT_SIGHTINGS);
    bool is_elsewhere = nf_read_count(&w->read, NF_SIGHTINGS) >= SIGHTINGS_MAX;

    for (size_t i = 0; i < n; i++) {
        is_elsewhere |=
            sights[i].last == 0 && strcmp(sights[i].port, port) != 0;
    }
    return is_elsewhere ? delete_sight(w, mac, device, port)
                        : put_sight(w, mac, device, port, now);
}

/* --- written -----------------------------------------------------------------
 */

static bool
has(const nf_mac_t addresses[], size_t n, nf_mac_t mac)
{
    for (size_t i = 0; i < n; i++) {
        if (nf_mac_equal(addresses[i], mac)) {
            return true;
        }
    }
    return false;
}

static bool
is_same(const struct value *old, struct nf_text json,
        const nf_mac_t addresses[], size_t n)
{
    return old->n == n && nf_text_equal(old->json, json)
           && (n == 0
               || memcmp(old->addresses, addresses, n * sizeof(*addresses))
                      == 0);
}

static bool
put(struct nf_write *w, const char *device, const char *port,
    struct nf_text json, const nf_mac_t addresses[], size_t n)
{
    char data[1 + NF_PORT_ADDRESSES * sizeof(nf_mac_t) + NF_PORT_JSON_MAX];
    struct nf_out out = nf_out(data, sizeof(data));
    struct row row = port_row(device, port);

    nf_out_putc(&out, (char) n);
    for (size_t i = 0; i < n; i++) {
        nf_out_put(&out, (struct nf_text){(const char *) addresses[i].b,
                                          sizeof(addresses[i].b)});
    }
    nf_out_put(&out, json);
    if (out.full) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    return nf_write_put(w, NF_PORTS, bytes_of(&row),
                        (struct nf_bytes){data, out.len});
}

bool
nf_ports_put(struct nf_write *w, const char *device, const char *port,
             struct nf_text json, const nf_mac_t addresses[], size_t n,
             nf_time_t now)
{
    struct value old = {.n = 0};
    bool has_old = get(&w->read, device, port, &old);

    n = n < NF_PORT_ADDRESSES ? n : NF_PORT_ADDRESSES;
    if (has_old && is_same(&old, json, addresses, n)) {
        return true;
    }
    for (size_t i = 0; i < old.n; i++) {
        if (!has(addresses, n, old.addresses[i])
            && !leave(w, old.addresses[i], device, port, now))
        {
            return false;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (!has(old.addresses, old.n, addresses[i])
            && !arrive(w, addresses[i], device, port))
        {
            return false;
        }
    }
    return w->read.err == NF_OK && put(w, device, port, json, addresses, n);
}

bool
nf_ports_delete(struct nf_write *w, const char *device, const char *port)
{
    struct row row = port_row(device, port);
    struct value old;

    if (!get(&w->read, device, port, &old)) {
        return w->read.err == NF_OK;
    }
    for (size_t i = 0; i < old.n; i++) {
        if (!delete_sight(w, old.addresses[i], device, port)) {
            return false;
        }
    }
    return nf_write_delete(w, NF_PORTS, bytes_of(&row));
}

bool
nf_ports_forget(struct nf_write *w, const char *device, unsigned max,
                bool *is_over)
{
    char port[NF_LINK_PORT] = "";
    struct nf_text json;

    *is_over = false;
    while (max-- > 0) {
        if (!nf_ports_next(&w->read, device, port, &json)) {
            *is_over = w->read.err == NF_OK;
            return *is_over
                   && nf_write_delete(
                       w, NF_SWITCHES,
                       (struct nf_bytes){device, strlen(device)});
        }
        if (!nf_ports_delete(w, device, port)) {
            return false;
        }
        port[0] = '\0';
    }
    return true;
}
