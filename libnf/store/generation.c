/* meta: "generation" -> 8 bytes, random */
#include "store/generation.h"

#include <sodium.h>

static const struct nf_bytes generation_key = {"generation", 10};

uint64_t
nf_generation(struct nf_read *r)
{
    struct nf_bytes value;
    uint64_t number = 0;

    if (nf_read_get(r, NF_META, generation_key, &value)
        && value.len == sizeof(number))
    {
        memcpy(&number, value.data, sizeof(number));
    }
    return number;
}

bool
nf_generation_begin(struct nf_write *w)
{
    uint64_t number = 0;

    while (number == 0) {
        randombytes_buf(&number, sizeof(number));
    }
    return nf_write_put(w, NF_META, generation_key,
                        (struct nf_bytes){&number, sizeof(number)});
}
