#ifndef NF_AGENT_LABEL_H
#define NF_AGENT_LABEL_H

/*
 * What hardware says of itself.  Firmware and switches send any bytes; a
 * label is what of them may stand in JSON, in a log line and on a console.
 */

#include <stddef.h>

enum {
    NF_LABEL_SIZE = 128
};

/*
 * The bytes up to the first NUL as printable UTF-8: what is not is dropped,
 * blanks are joined and cut at both ends, and the rest is cut between
 * characters to fit.
 */
void nf_label_clean(const void *bytes, size_t len,
                    char label[static NF_LABEL_SIZE]);

#endif
