/*
 * A payload of any bytes is read or refused.  What is read may be logged and
 * stored; why it was refused may be logged.
 */
#include <stdlib.h>

#include "bus/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

/* A text of a fixed buffer ends in it, and fits on one line of a log. */
static void
check_text(const char *text, size_t size)
{
    check(memchr(text, '\0', size) != NULL);
    check(nf_text_is_printable(nf_text(text)));
}

static void
check_fault(const struct nf_fault *fault)
{
    check_text(fault->field, sizeof(fault->field));
    check_text(fault->reason, sizeof(fault->reason));
    check(fault->reason[0] != '\0');
}

static void
check_status(struct nf_text payload)
{
    struct nf_status_message message = {.unknown = 0};
    struct nf_fault fault = {.reason = ""};

    if (nf_status_message_read(payload, &message, &fault) != NF_OK) {
        check_fault(&fault);
        return;
    }
    const struct nf_status_report *report = &message.report;
    check_text(report->status, sizeof(report->status));
    check_text(report->hostname, sizeof(report->hostname));
    check(report->hostname[0] == '\0'
          || nf_text_is_hostname(nf_text(report->hostname)));
    check(message.network.dns_n <= NF_NODE_DNS);
    check(!nf_ip4_is_set(message.network.netmask)
          || nf_ip4_is_netmask(message.network.netmask));
}

static void
check_result(struct nf_text payload)
{
    struct nf_result_message message = {.unknown = 0};
    struct nf_fault fault = {.reason = ""};

    if (nf_result_message_read(payload, &message, &fault) != NF_OK) {
        check_fault(&fault);
        return;
    }
    check_text(message.id, sizeof(message.id));
    check_text(message.command, sizeof(message.command));
    check_text(message.message, sizeof(message.message));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text payload = {(const char *) data, size};

    check_status(payload);
    check_result(payload);
    return 0;
}
