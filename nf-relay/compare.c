#include "compare.h"

enum {
    EACH_MS = 600000,
};

void
nf_compare_soon(struct nf_compare *compare, nf_time_t pause)
{
    nf_time_t at = compare->turn->tick + pause;

    if (at < compare->at) {
        compare->at = at;
    }
}

/* False: these were the last ones, or the store could not be read. */
static bool
read_some(struct nf_compare *compare, nf_mac_t macs[static NF_COMPARE_MAX],
          size_t *n)
{
    NF_READ(r, compare->turn->store);
    NF_SCAN(scan, &r, NF_NODES_BY_AGE);
    struct nf_node_view view;
    bool ok =
        nf_nodes_list(&scan, compare->is_on ? &compare->from : NULL, &view);

    for (*n = 0; ok && *n < NF_COMPARE_MAX;
         ok = nf_nodes_list_next(&scan, &view)) {
        macs[(*n)++] = view.node.mac;
        compare->from = (struct nf_node_position){
            .created_at = view.node.created_at,
            .mac = view.node.mac,
        };
    }
    return ok && r.err == NF_OK;
}

size_t
nf_compare_next(struct nf_compare *compare,
                nf_mac_t macs[static NF_COMPARE_MAX], bool *is_over)
{
    size_t n;

    *is_over = false;
    if (!compare->is_on) {
        if (compare->turn->tick < compare->at) {
            return 0;
        }
        compare->at = compare->turn->tick + EACH_MS;
    }
    compare->is_on = read_some(compare, macs, &n);
    *is_over = !compare->is_on;
    return n;
}
