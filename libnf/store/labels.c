/*
 * labels:       mac                        -> JSON object
 * label-index:  key '=' value '\0' mac     -> nothing
 */
#include "store/labels.h"

static const struct nf_bytes nothing = {"", 0};

/* Longer than other keys: it holds two texts. */
struct row {
    char data[2 * NF_LABEL_MAX + 2 + sizeof(nf_mac_t)];
    size_t len;
};

static void
add(struct row *row, const void *data, size_t len)
{
    memcpy(row->data + row->len, data, len);
    row->len += len;
}

static struct row
row_of(struct nf_text key, struct nf_text value, nf_mac_t mac)
{
    struct row row = {.len = 0};

    add(&row, key.data, key.len);
    add(&row, "=", 1);
    add(&row, value.data, value.len);
    add(&row, "", 1);
    add(&row, mac.b, sizeof(mac.b));
    return row;
}

struct nf_text
nf_labels_get(struct nf_read *r, nf_mac_t mac)
{
    struct nf_bytes value;

    return nf_read_get(r, NF_LABELS_OF, (struct nf_bytes){mac.b, sizeof(mac.b)},
                       &value)
               ? (struct nf_text){value.data, value.len}
               : (struct nf_text){0};
}

/* Put or delete the index's rows of all labels in the object. */
static void
index_all(struct nf_write *w, nf_mac_t mac, struct nf_text labels, bool is_put)
{
    struct nf_label label;

    while (nf_labels_next(&labels, &label)) {
        if (!nf_label_is_key(label.key) || !nf_label_is_value(label.value)) {
            nf_read_fail(&w->read, NF_CORRUPT);
            return;
        }
        struct row row = row_of(label.key, label.value, mac);
        struct nf_bytes key = {row.data, row.len};
        (void) (is_put ? nf_write_put(w, NF_LABEL_INDEX, key, nothing)
                       : nf_write_delete(w, NF_LABEL_INDEX, key));
    }
}

bool
nf_labels_put(struct nf_write *w, nf_mac_t mac, struct nf_text labels)
{
    char old[NF_LABELS_JSON_MAX];
    struct nf_bytes key = {mac.b, sizeof(mac.b)};
    struct nf_text stored = nf_labels_get(&w->read, mac);

    if (stored.len > sizeof(old) || labels.len > sizeof(old)) {
        nf_read_fail(&w->read, NF_CORRUPT);
        return false;
    }
    if (stored.len > 0) { /* writing moves what is stored */
        memcpy(old, stored.data, stored.len);
        index_all(w, mac, (struct nf_text){old, stored.len}, false);
    }
    if (labels.len == 0) {
        return stored.len == 0 || nf_write_delete(w, NF_LABELS_OF, key);
    }
    index_all(w, mac, labels, true);
    return nf_write_put(w, NF_LABELS_OF, key,
                        (struct nf_bytes){labels.data, labels.len});
}

/* The position that the scan stands on. */
static bool
take(struct nf_scan *scan, size_t key_len, struct nf_label_position *at)
{
    const char *value = (const char *) scan->key.data + key_len + 1;
    size_t left = scan->key.len - key_len - 1;

    if (left < 1 + sizeof(at->mac)
        || left > sizeof(at->value) + sizeof(at->mac)) {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    size_t len = left - sizeof(at->mac);
    memcpy(at->value, value, len);
    at->value[len - 1] = '\0';
    memcpy(at->mac.b, value + len, sizeof(at->mac.b));
    at->has_begun = true;
    return true;
}

bool
nf_labels_next_of(struct nf_read *r, const struct nf_label *label,
                  bool any_value, struct nf_label_position *at)
{
    struct row first = row_of(
        label->key, any_value ? NF_TEXT("") : label->value, (nf_mac_t){0});
    struct row last = row_of(label->key, nf_text(at->value), at->mac);
    struct nf_bytes prefix = {first.data, any_value
                                              ? label->key.len + 1
                                              : first.len - sizeof(at->mac)};
    struct nf_bytes behind = {last.data, last.len};
    NF_SCAN(scan, r, NF_LABEL_INDEX);
    bool found = nf_scan_seek(&scan, at->has_begun ? behind : prefix);

    if (found && at->has_begun && scan.key.len == behind.len
        && nf_scan_has(&scan, behind))
    {
        found = nf_scan_next(&scan);
    }
    return found && nf_scan_has(&scan, prefix)
           && take(&scan, label->key.len, at);
}
