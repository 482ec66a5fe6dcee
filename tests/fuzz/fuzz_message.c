/*
 * A payload of any bytes is read or refused.  What is read may be logged and
 * stored; why it was refused may be logged.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bus/message.h"
#include "model/tally.h"

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

/* Whatever is said, its count can be stored, shown and read again. */
static void
check_count(const struct nf_result_message *message)
{
    struct nf_command command = {.target = NF_COMMAND_BMC,
                                 .state = message->success ? NF_COMMAND_DONE
                                                           : NF_COMMAND_FAILED};
    char text[NF_TALLY_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_tally tally;
    uint64_t n = 0;

    snprintf(command.operation, sizeof(command.operation), "%s",
             message->command);
    snprintf(command.arguments, sizeof(command.arguments), "%.500s",
             message->message);
    nf_tally_begin(&tally, &command, &message->told);
    for (int i = 0; i < 2 * NF_TALLY_CAUSES; i++) {
        nf_tally_add(&tally, &command, &message->told);
    }
    for (size_t i = 0; i <= NF_TALLY_BOUNDS; i++) {
        n += tally.within[i];
    }
    nf_tally_json(&tally, &out);
    check(n == tally.timed && nf_tally_is_sound(&tally) && !out.full);
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
    check_text(message.told.driver, sizeof(message.told.driver));
    check_text(message.told.cause, sizeof(message.told.cause));
    check(message.told.took_ms >= 0 && message.told.asked >= 0);
    check_count(&message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text payload = {(const char *) data, size};

    check_status(payload);
    check_result(payload);
    return 0;
}
