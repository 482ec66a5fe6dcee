/*
 * What ipmitool prints of what a BMC answers.  Input: two bytes, what is asked;
 * then answers, divided by a form feed, that begin anew when they are over.
 */

#include "bmc/ipmi.h"
#include "must.h"

enum {
    REQUESTS_MAX = NF_IPMI_FRU_MAX + 8 /* FRUs may come byte by byte */
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char line[NF_IPMI_LINE];
    struct nf_bmc_told told = {0};
    unsigned n = 0;

    if (size < 3) {
        return 0;
    }
    struct nf_text all = {(const char *) data + 2, size - 2}, rest = {0};
    struct nf_ipmi_talk talk = {
        .ask = {.verb = data[0] % NF_BMC_VERB_COUNT,
                .power = data[1] % NF_POWER_ACT_COUNT,
                .boot = {.device = data[1] % NF_BOOT_DEVICE_COUNT},
                .seconds = data[1]}};
    (void) nf_ipmi_cause(all);
    (void) nf_ipmi_asks_for_operator(all);
    while (nf_ipmi_request(&talk, line)) {
        must(nf_text_is_ended(line, sizeof(line)));
        must(nf_text_starts(nf_text(line), NF_TEXT("raw 0x")));
        if (rest.len == 0) {
            rest = all;
        }
        if (!nf_ipmi_reply(&talk, nf_text_cut(&rest, '\f'), &told)) {
            must(told.cause != NF_BMC_FINE);
            break;
        }
        must(++n < REQUESTS_MAX);
    }
    check_text(told.words, sizeof(told.words));
    check_text(told.maker, sizeof(told.maker));
    check_text(told.product, sizeof(told.product));
    check_text(told.serial, sizeof(told.serial));
    check_text(told.firmware, sizeof(told.firmware));
    check_text(told.ip, sizeof(told.ip));
    check_text(told.mac, sizeof(told.mac));
    return 0;
}
