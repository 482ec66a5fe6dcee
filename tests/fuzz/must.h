#ifndef NF_FUZZ_MUST_H
#define NF_FUZZ_MUST_H

/*
 * What a fuzz target claims of whatever came out.
 */

#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
must(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

/* It ends within its field, and prints. */
static inline void
check_text(const char *field, size_t size)
{
    must(nf_text_is_ended(field, size));
    must(field[0] == '\0' || nf_text_is_printable(nf_text(field)));
}

#endif
