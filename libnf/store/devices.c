/*
 * devices:      name                        -> struct nf_managed_device
 * device-index: 'n' mac                     -> name; of those that have a node
 *               'a' driver address          -> name
 *               'c' credentials '\0' name   -> name; of those that have some
 */
#include "store/devices.h"

/* Longer than other keys: it holds an address. */
struct row {
    char data[2 + NF_MANAGED_ADDRESS];
    size_t len;
};

static_assert((int) NF_MANAGED_ADDRESS >= 2 * (int) NF_CREDENTIAL_NAME,
              "the longest row");

static struct nf_bytes
key_of(const char *name)
{
    return (struct nf_bytes){name, strlen(name)};
}

static void
add(struct row *row, const void *data, size_t len)
{
    memcpy(row->data + row->len, data, len);
    row->len += len;
}

static struct row
node_row(nf_mac_t mac)
{
    struct row row = {.len = 0};

    add(&row, "n", 1);
    add(&row, mac.b, sizeof(mac.b));
    return row;
}

static struct row
address_row(uint8_t driver, const char *address)
{
    struct row row = {.len = 0};

    add(&row, "a", 1);
    add(&row, &driver, 1);
    add(&row, address, strlen(address));
    return row;
}

static struct row
credential_row(const char *credentials, const char *name)
{
    struct row row = {.len = 0};

    add(&row, "c", 1);
    add(&row, credentials, strlen(credentials) + 1);
    add(&row, name, strlen(name));
    return row;
}

/* --- read --------------------------------------------------------------------
 */

/* Whoever uses the record relies on these. */
static bool
is_sound(const struct nf_managed_device *d, struct nf_text name)
{
    return d->driver < NF_MANAGED_DRIVER_COUNT && d->is_enrolled <= 1
           && nf_text_is_ended(d->name, sizeof(d->name))
           && nf_text_is_ended(d->credentials, sizeof(d->credentials))
           && nf_text_is_ended(d->address, sizeof(d->address))
           && nf_text_is_ended(d->pin, sizeof(d->pin))
           && nf_text_is_ended(d->state, sizeof(d->state))
           && nf_text_is_ended(d->error, sizeof(d->error))
           && nf_text_equal(nf_text(d->name), name);
}

static bool
decode(struct nf_read *r, struct nf_text name, struct nf_bytes value,
       struct nf_managed_device *device)
{
    if (value.len == sizeof(*device)) {
        memcpy(device, value.data, sizeof(*device));
    }
    if (value.len != sizeof(*device) || !is_sound(device, name)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

bool
nf_devices_get(struct nf_read *r, const char *name,
               struct nf_managed_device *device)
{
    struct nf_bytes value;

    return nf_managed_is_name(nf_text(name))
           && nf_read_get(r, NF_DEVICES, key_of(name), &value)
           && decode(r, nf_text(name), value, device);
}

static bool
decode_scanned(const struct nf_scan *scan, struct nf_managed_device *device)
{
    return decode(scan->r, (struct nf_text){scan->key.data, scan->key.len},
                  scan->value, device);
}

bool
nf_devices_list(struct nf_scan *scan, struct nf_managed_device *device)
{
    return nf_scan_seek(scan, (struct nf_bytes){"", 0})
           && decode_scanned(scan, device);
}

bool
nf_devices_list_next(struct nf_scan *scan, struct nf_managed_device *device)
{
    return nf_scan_next(scan) && decode_scanned(scan, device);
}

/* An index that leads to nothing is none. */
static bool
get_named(struct nf_read *r, struct nf_bytes value,
          struct nf_managed_device *device)
{
    char name[NF_MANAGED_NAME];

    if (nf_text_copy(name, sizeof(name),
                     (struct nf_text){value.data, value.len})
        && nf_devices_get(r, name, device))
    {
        return true;
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

static bool
get_by(struct nf_read *r, const struct row *row,
       struct nf_managed_device *device)
{
    struct nf_bytes value;

    return nf_read_get(r, NF_DEVICE_INDEX,
                       (struct nf_bytes){row->data, row->len}, &value)
           && get_named(r, value, device);
}

bool
nf_devices_of_node(struct nf_read *r, nf_mac_t mac,
                   struct nf_managed_device *device)
{
    struct row row = node_row(mac);

    return get_by(r, &row, device);
}

bool
nf_devices_at(struct nf_read *r, enum nf_managed_driver driver,
              const char *address, struct nf_managed_device *device)
{
    struct row row = address_row((uint8_t) driver, address);

    return get_by(r, &row, device);
}

bool
nf_devices_with(struct nf_read *r, const char *credentials, const char *after,
                struct nf_managed_device *device)
{
    struct row row = credential_row(credentials, after);
    struct nf_bytes prefix = {row.data, strlen(credentials) + 2};
    NF_SCAN(scan, r, NF_DEVICE_INDEX);

    if (after[0] != '\0') {
        add(&row, "", 1); /* the first name behind it */
    }
    return nf_scan_seek(&scan, (struct nf_bytes){row.data, row.len})
           && nf_scan_has(&scan, prefix) && get_named(r, scan.value, device);
}

/* --- written -----------------------------------------------------------------
 */

static bool
index_one(struct nf_write *w, const struct row *row, const char *name,
          bool is_put)
{
    struct nf_bytes key = {row->data, row->len};

    return is_put ? nf_write_put(w, NF_DEVICE_INDEX, key, key_of(name))
                  : nf_write_delete(w, NF_DEVICE_INDEX, key);
}

static bool
index_all(struct nf_write *w, const struct nf_managed_device *d, bool is_put)
{
    struct row address = address_row(d->driver, d->address);
    struct row node = node_row(d->node);
    struct row credentials = credential_row(d->credentials, d->name);

    return index_one(w, &address, d->name, is_put)
           && (!nf_managed_is_linked(d) || index_one(w, &node, d->name, is_put))
           && (d->credentials[0] == '\0'
               || index_one(w, &credentials, d->name, is_put));
}

bool
nf_devices_put(struct nf_write *w, const struct nf_managed_device *device)
{
    struct nf_managed_device old;

    if (nf_devices_get(&w->read, device->name, &old)
        && !index_all(w, &old, false)) {
        return false;
    }
    return index_all(w, device, true)
           && nf_write_put(w, NF_DEVICES, key_of(device->name),
                           (struct nf_bytes){device, sizeof(*device)});
}

bool
nf_devices_delete(struct nf_write *w, const char *name)
{
    struct nf_managed_device old;

    if (!nf_devices_get(&w->read, name, &old)) {
        return w->read.err == NF_OK;
    }
    return index_all(w, &old, false)
           && nf_write_delete(w, NF_DEVICES, key_of(name));
}
