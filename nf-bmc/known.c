#include "known.h"

#include <stdio.h>
#include <stdlib.h>

static struct nf_known_device *
find(const struct nf_known *known, const struct nf_device *device)
{
    size_t n = known->n < NF_KNOWN_MAX ? known->n : NF_KNOWN_MAX;

    for (size_t i = 0; i < n; i++) {
        struct nf_known_device *each = &known->devices[i];
        if (each->port == device->port
            && strcmp(each->address, device->address) == 0) {
            return each;
        }
    }
    return NULL;
}

void
nf_known_recall(const struct nf_known *known, struct nf_device *device)
{
    const struct nf_known_device *found = find(known, device);

    if (found != NULL) {
        device->cipher = found->cipher;
        device->is_operator = found->is_operator;
    }
}

struct nf_circuit
nf_known_circuit(const struct nf_known *known, const struct nf_device *device)
{
    const struct nf_known_device *found = find(known, device);

    return found != NULL ? found->circuit : (struct nf_circuit){0};
}

void
nf_known_note(struct nf_known *known, const struct nf_device *device,
              struct nf_circuit circuit)
{
    struct nf_known_device *found = find(known, device);

    if (found == NULL && device->cipher == 0 && !device->is_operator
        && circuit.silent_at == 0)
    {
        return; /* as all are */
    }
    if (known->devices == NULL) {
        known->devices = calloc(NF_KNOWN_MAX, sizeof(known->devices[0]));
    }
    if (known->devices == NULL) {
        return;
    }
    if (found == NULL) {
        found = &known->devices[known->n++ % NF_KNOWN_MAX];
    }
    *found = (struct nf_known_device){.port = device->port,
                                      .cipher = device->cipher,
                                      .is_operator = device->is_operator,
                                      .circuit = circuit};
    snprintf(found->address, sizeof(found->address), "%s", device->address);
}

void
nf_known_close(struct nf_known *known)
{
    free(known->devices);
}
