#ifndef NF_BMC_LINE_H
#define NF_BMC_LINE_H

/*
 * Files of lines NAME=VALUE, with comments behind '#'.
 */

#include "base/error.h"
#include "base/text.h"

/* Where the value of a name goes, a C string. */
struct nf_line_row {
    struct nf_text name;
    char *to;
    size_t size;
};

/* Put the value of one line where its name's row says.  NF_INVALID: no row has
 * its name, or the value is too long; fault says which, and not the value. */
nf_error_t nf_line_take(struct nf_text line, const struct nf_line_row rows[],
                        size_t n, struct nf_fault *fault);

#endif
