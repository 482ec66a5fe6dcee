#include "driver.h"

static const struct nf_driver *const drivers[] = {&nf_driver_ipmi};

const struct nf_driver *
nf_driver_find(struct nf_text name)
{
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (nf_text_equal(name, nf_text(drivers[i]->name))) {
            return drivers[i];
        }
    }
    return NULL;
}
