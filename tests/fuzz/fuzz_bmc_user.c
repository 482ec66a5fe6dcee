/*
 * A BMC that says anything while a user is made on it.  Input: answers, each a
 * byte that says how long it is, and so many bytes; they begin anew when they
 * are over.  What is asked fits, it comes to an end, and slot 1 is never
 * written to.
 */
#include <stdlib.h>

#include "../../nf-agent/bmc_user.c"
#include "base/text.h"
#include "must.h"

enum {
    SLOTS_MAX = 64,
    QUESTIONS_MAX = 16 * CHANNEL_LAST + 3 * SLOTS_MAX * SLOTS_MAX
};

static void
check_question(const struct nf_ipmi_question *q)
{
    bool is_by_slot = q->command == 0x43 || q->command == 0x44;
    uint8_t slot = q->data[is_by_slot ? 1 : 0] & 0x3f;

    must(q->len >= 1 && q->len <= NF_IPMI_DATA_MAX);
    must(q->netfn == APP || q->netfn == TRANSPORT);
    if (q->netfn == APP && q->command >= 0x43) {
        must(slot >= SLOT_FIRST);
    }
}

/* The next answer, in memory of its own so that nothing is read behind it. */
static uint8_t *
answer_take(const uint8_t *data, size_t size, size_t *at, int *n)
{
    size_t rest = size - *at - 1;
    size_t len = data[*at] % NF_IPMI_REPLY_MAX;
    uint8_t *answer;

    len = len < rest ? len : rest;
    answer = malloc(len > 0 ? len : 1);
    must(answer != NULL);
    memcpy(answer, data + *at + 1, len);
    *at = *at + 1 + len < size ? *at + 1 + len : 0;
    *n = (int) len;
    return answer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_ipmi_question question;
    struct nf_bmc_user user;
    size_t at = 0;
    int n = 0, asked = 0;

    if (size == 0) {
        return 0;
    }
    nf_bmc_user_begin(&user, "nodefoundry", "sixteen-letters!",
                      NF_BMC_OPERATOR);
    while (nf_bmc_user_ask(&user, &question)) {
        check_question(&question);
        uint8_t *answer = answer_take(data, size, &at, &n);
        (void) nf_bmc_user_told(&user, answer, n);
        free(answer);
        must(++asked < QUESTIONS_MAX);
    }
    must(nf_text_is_ended(user.fault, sizeof user.fault));
    must(nf_text_is_printable(nf_text(user.fault)));
    must(user.fault[0] != '\0'
         || (user.ip[0] != '\0' && user.slot >= SLOT_FIRST && user.channel >= 1
             && user.channel <= CHANNEL_LAST));
    return 0;
}
