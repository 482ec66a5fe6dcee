#include "store/waits.h"

#include <stddef.h>

static nf_store_waits_t *tell;

void
nf_store_tell_waits(nf_store_waits_t *to)
{
    tell = to;
}

void
nf_waits_begin(const char *path)
{
    if (tell != NULL) {
        tell(path, true);
    }
}

void
nf_waits_end(const char *path)
{
    if (tell != NULL) {
        tell(path, false);
    }
}
