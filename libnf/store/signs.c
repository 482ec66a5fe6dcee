/*
 * signs: mac -> struct nf_signs
 */
#include "store/signs.h"

bool
nf_signs_get(struct nf_read *r, nf_mac_t node, struct nf_signs *signs)
{
    struct nf_bytes value;

    *signs = (struct nf_signs){.task = 0};
    if (!nf_read_get(r, NF_SIGNS, (struct nf_bytes){node.b, sizeof(node.b)},
                     &value))
    {
        return false;
    }
    if (value.len == sizeof(*signs)) {
        memcpy(signs, value.data, sizeof(*signs));
        if (nf_signs_is_sound(signs)) {
            return true;
        }
        *signs = (struct nf_signs){.task = 0};
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_signs_put(struct nf_write *w, nf_mac_t node, const struct nf_signs *signs)
{
    return nf_write_put(w, NF_SIGNS, (struct nf_bytes){node.b, sizeof(node.b)},
                        (struct nf_bytes){signs, sizeof(*signs)});
}

bool
nf_signs_delete(struct nf_write *w, nf_mac_t node)
{
    return nf_write_delete(w, NF_SIGNS,
                           (struct nf_bytes){node.b, sizeof(node.b)});
}
