#include "operation.h"

#include <stdio.h>

/*
 * What stands in until the file that does it is linked: a strong definition
 * comes before these.
 */

#define WEAK __attribute__((weak))

WEAK bool
nf_hardware_config(const json_t *config, struct nf_progress *progress,
                   char *fault, size_t size)
{
    (void) config;
    (void) progress;
    snprintf(fault, size, "this agent cannot configure hardware");
    return false;
}

WEAK bool
nf_network_config(const json_t *data, struct nf_progress *progress, char *fault,
                  size_t size)
{
    (void) data;
    (void) progress;
    snprintf(fault, size, "this agent cannot configure a network");
    return false;
}
