#include "store/resource.h"

#include <stdio.h>

#include "model/task.h"

/* Bytes of a key of each form; 0: of any length. */
static const size_t sizes[NF_KEY_FORM_COUNT] = {
    [NF_KEY_OF_MAC] = 6,  [NF_KEY_OF_IP] = 4,          [NF_KEY_OF_NUMBER] = 8,
    [NF_KEY_OF_TASK] = 8, [NF_KEY_OF_MAC_NUMBER] = 14,
};

struct nf_bytes
nf_resource_key(const struct nf_resource *resource,
                const struct nf_resource_at *at, struct nf_key *key)
{
    switch (resource->form) {
    case NF_KEY_OF_MAC:
        *key = nf_key_mac(at->mac);
        break;
    case NF_KEY_OF_IP:
        *key = nf_key_ip(at->ip);
        break;
    case NF_KEY_OF_NUMBER:
    case NF_KEY_OF_TASK:
        *key = nf_key_number(at->number);
        break;
    case NF_KEY_OF_MAC_NUMBER:
        *key = nf_key_mac_number(at->mac, at->number);
        break;
    default:
        return (struct nf_bytes){at->name, strlen(at->name)};
    }
    return nf_key_bytes(key);
}

const struct nf_resource *
nf_resource_of(nf_table_t table)
{
    const struct nf_resource *resource = nf_resources;

    while (resource->table != table) {
        resource++;
    }
    return resource;
}

bool
nf_resource_parse(const struct nf_resource *resource, struct nf_text name,
                  struct nf_resource_at *at)
{
    *at = (struct nf_resource_at){.has_begun = true};
    switch (resource->form) {
    case NF_KEY_OF_MAC:
        return nf_mac_parse(name, &at->mac);
    case NF_KEY_OF_IP:
        return nf_ip4_parse(name, &at->ip);
    case NF_KEY_OF_NAME:
        return name.len > 0 && nf_text_copy(at->name, sizeof(at->name), name);
    default:
        return false;
    }
}

/* False: no key of this form. */
static bool
read_key(enum nf_key_form form, struct nf_bytes key, struct nf_resource_at *at)
{
    size_t macs = form == NF_KEY_OF_MAC || form == NF_KEY_OF_MAC_NUMBER
                      ? sizeof(at->mac.b)
                      : 0;

    at->has_begun = true;
    if (form == NF_KEY_OF_NAME) {
        return key.len > 0
               && nf_text_copy(at->name, sizeof(at->name),
                               (struct nf_text){key.data, key.len});
    }
    if (key.len != sizes[form]) {
        return false;
    }
    if (form == NF_KEY_OF_IP) {
        memcpy(at->ip.b, key.data, sizeof(at->ip.b));
    } else {
        memcpy(at->mac.b, key.data, macs);
        at->number = nf_key_number_at(key, macs);
    }
    return true;
}

static bool
is_before(struct nf_bytes a, struct nf_bytes b)
{
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    return order < 0 || (order == 0 && a.len < b.len);
}

bool
nf_resource_next(struct nf_read *r, const struct nf_resource *resource,
                 struct nf_resource_at *at)
{
    char behind[NF_FILE_PATH + 1]; /* the last one: it and a byte more */
    struct nf_key key;
    struct nf_bytes last = nf_resource_key(resource, at, &key);
    struct nf_bytes from = {behind, last.len + at->has_begun};
    NF_SCAN(scan, r, resource->table);

    memcpy(behind, last.data, last.len);
    behind[last.len] = '\0';
    if (!nf_scan_seek(&scan, from)) {
        return false;
    }
    /* One before `from` would lead a walk round in circles. */
    if (is_before(scan.key, from) || !read_key(resource->form, scan.key, at)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    return true;
}

void
nf_resource_name(const struct nf_resource *resource,
                 const struct nf_resource_at *at,
                 char name[static NF_RESOURCE_NAME])
{
    char mac[NF_MAC_TEXT];

    switch (resource->form) {
    case NF_KEY_OF_MAC:
        nf_mac_format(at->mac, name);
        break;
    case NF_KEY_OF_IP:
        nf_ip4_format(at->ip, name);
        break;
    case NF_KEY_OF_NUMBER:
        snprintf(name, NF_RESOURCE_NAME, "%llu",
                 (unsigned long long) at->number);
        break;
    case NF_KEY_OF_TASK:
        nf_task_format(at->number, name);
        break;
    case NF_KEY_OF_MAC_NUMBER:
        nf_mac_format(at->mac, mac);
        snprintf(name, NF_RESOURCE_NAME, "%s/%llu", mac,
                 (unsigned long long) at->number);
        break;
    default:
        memcpy(name, at->name, NF_RESOURCE_NAME);
        break;
    }
}
