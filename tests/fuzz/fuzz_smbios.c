/*
 * A table as firmware leaves it: walking it must end, within it, and every
 * string must print.
 */

#include "../../nf-agent/label.c"
#include "../../nf-agent/smbios.c"

#include "base/text.h"
#include "must.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_smbios part;
    char label[NF_LABEL_SIZE];
    size_t at = 0, before = 0;

    while (nf_smbios_next(data, size, &at, &part)) {
        must(at > before && at <= size);
        must(part.at >= data && part.at + part.len <= data + size);
        for (size_t field = 0; field <= part.len; field++) {
            nf_smbios_label(&part, field, label);
            must(nf_text_is_ended(label, sizeof label));
            must(nf_text_is_printable(nf_text(label)));
        }
        must(nf_smbios_memory(&part) >= 0);
        must(nf_smbios_cached_memory(&part) >= 0);
        (void) nf_smbios_is_virtual(&part);
        before = at;
    }
    return 0;
}
