/*
 * links:      MAC              -> struct nf_port_link
 * link-index: switch '/' port  -> MAC
 * kept:       MAC              -> struct nf_port_kept
 */
#include "store/links.h"

#include "store/key.h"

struct place {
    char text[NF_MANAGED_NAME + NF_LINK_PORT];
    size_t len;
};

static struct nf_bytes
place_of(struct place *place, const char *device, const char *port)
{
    struct nf_out out = nf_out(place->text, sizeof(place->text));

    nf_out_puts(&out, device);
    nf_out_putc(&out, '/');
    nf_out_puts(&out, port);
    return (struct nf_bytes){place->text, out.len};
}

/* --- links -------------------------------------------------------------------
 */

static bool
is_link(const struct nf_port_link *link, nf_mac_t mac)
{
    return nf_mac_equal(link->node, mac) && link->by < NF_LINK_WAY_COUNT
           && nf_text_is_ended(link->device, sizeof(link->device))
           && nf_text_is_ended(link->port, sizeof(link->port))
           && nf_managed_is_name(nf_text(link->device))
           && link->port[0] != '\0';
}

bool
nf_links_get(struct nf_read *r, nf_mac_t mac, struct nf_port_link *link)
{
    struct nf_key key = nf_key_mac(mac);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_LINKS, nf_key_bytes(&key), &value)) {
        return false;
    }
    if (value.len == sizeof(*link)) {
        memcpy(link, value.data, sizeof(*link));
        if (is_link(link, mac)) {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

static bool
take_mac(struct nf_read *r, struct nf_bytes value, nf_mac_t *mac)
{
    if (value.len != sizeof(mac->b)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(mac->b, value.data, sizeof(mac->b));
    return true;
}

bool
nf_links_at(struct nf_read *r, const char *device, const char *port,
            nf_mac_t *mac)
{
    struct place place;
    struct nf_bytes value;

    return nf_read_get(r, NF_LINK_INDEX, place_of(&place, device, port), &value)
           && take_mac(r, value, mac);
}

bool
nf_links_to(struct nf_read *r, const char *device, nf_mac_t *mac)
{
    struct place place;
    struct nf_bytes prefix = place_of(&place, device, "");
    NF_SCAN(scan, r, NF_LINK_INDEX);

    return nf_scan_seek(&scan, prefix) && nf_scan_has(&scan, prefix)
           && take_mac(r, scan.value, mac);
}

bool
nf_links_delete(struct nf_write *w, nf_mac_t mac)
{
    struct nf_key key = nf_key_mac(mac);
    struct nf_port_link old;
    struct place place;

    if (!nf_links_get(&w->read, mac, &old)) {
        return w->read.err == NF_OK;
    }
    return nf_write_delete(w, NF_LINK_INDEX,
                           place_of(&place, old.device, old.port))
           && nf_write_delete(w, NF_LINKS, nf_key_bytes(&key));
}

bool
nf_links_put(struct nf_write *w, const struct nf_port_link *link)
{
    struct nf_key key = nf_key_mac(link->node);
    struct place place;

    return nf_links_delete(w, link->node)
           && nf_write_put(
               w, NF_LINK_INDEX, place_of(&place, link->device, link->port),
               (struct nf_bytes){link->node.b, sizeof(link->node.b)})
           && nf_write_put(w, NF_LINKS, nf_key_bytes(&key),
                           (struct nf_bytes){link, sizeof(*link)});
}

/* --- what ports were ---------------------------------------------------------
 */

static bool
is_kept(const struct nf_port_kept *kept, nf_mac_t mac)
{
    return nf_mac_equal(kept->node, mac) && kept->is_open <= 1 && kept->mode < 3
           && kept->admin < 3 && kept->vlan <= 4094
           && nf_text_is_ended(kept->device, sizeof(kept->device))
           && nf_text_is_ended(kept->port, sizeof(kept->port))
           && nf_text_is_ended(kept->description, sizeof(kept->description))
           && nf_text_is_ended(kept->tagged, sizeof(kept->tagged));
}

bool
nf_kept_get(struct nf_read *r, nf_mac_t mac, struct nf_port_kept *kept)
{
    struct nf_key key = nf_key_mac(mac);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_KEPT, nf_key_bytes(&key), &value)) {
        return false;
    }
    if (value.len == sizeof(*kept)) {
        memcpy(kept, value.data, sizeof(*kept));
        if (is_kept(kept, mac)) {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_kept_put(struct nf_write *w, const struct nf_port_kept *kept)
{
    struct nf_key key = nf_key_mac(kept->node);

    return nf_write_put(w, NF_KEPT, nf_key_bytes(&key),
                        (struct nf_bytes){kept, sizeof(*kept)});
}

bool
nf_kept_delete(struct nf_write *w, nf_mac_t mac)
{
    struct nf_key key = nf_key_mac(mac);

    return nf_write_delete(w, NF_KEPT, nf_key_bytes(&key));
}
