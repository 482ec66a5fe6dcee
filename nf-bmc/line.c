#include "line.h"

nf_error_t
nf_line_take(struct nf_text line, const struct nf_line_row rows[], size_t n,
             struct nf_fault *fault)
{
    struct nf_text value = line;
    struct nf_text name = nf_text_cut(&value, '=');

    if (line.len == 0 || line.data[0] == '#') {
        return NF_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (nf_text_equal(name, rows[i].name)) {
            return nf_text_copy(rows[i].to, rows[i].size, value)
                       ? NF_OK
                       : nf_refuse(fault, rows[i].name.data,
                                   "must have at most %zu bytes",
                                   rows[i].size - 1);
        }
    }
    return nf_refuse(fault, "", "has a line with an unknown name");
}
