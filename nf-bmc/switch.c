#include "switch.h"

/* A driver is a row. */
static const struct nf_switch_driver *const drivers[] = {
    &nf_switch_driver_snmp,
    &nf_switch_driver_ios,
    &nf_switch_driver_nxos,
    &nf_switch_driver_vrp,
    &nf_switch_driver_comware,
    &nf_switch_driver_eapi,
    NULL, /* the end */
};

const struct nf_switch_driver *
nf_switch_driver_find(struct nf_text name)
{
    for (size_t i = 0; drivers[i] != NULL; i++) {
        if (nf_text_equal(name, nf_text(drivers[i]->name))) {
            return drivers[i];
        }
    }
    return NULL;
}
