/*
 * Answers of whoever answers at a BMC's address.  Input: two bytes, what is
 * asked; then answers, divided by a form feed: a line "STATUS ETAG LOCATION
 * TOKEN", and the body.  When they are over they begin anew: an ask must end.
 */

#include "bmc/redfish.h"
#include "must.h"
#include "json/tree.h"

enum {
    REQUESTS_MAX = 64 /* of one ask */
};

static void
check_request(const struct nf_redfish_request *request)
{
    struct nf_fault fault;
    struct nf_value value;

    must(nf_text_starts(nf_text(request->path), NF_TEXT("/redfish/")));
    check_text(request->path, sizeof(request->path));
    must(nf_text_is_ended(request->if_match, sizeof(request->if_match)));
    must(strpbrk(request->if_match, "\r\n") == NULL);
    must(strpbrk(request->token, "\r\n") == NULL);
    must(request->method != NF_REDFISH_POST || request->if_match[0] == '\0');
    if (request->body[0] != '\0') {
        nf_arena_t *arena = nf_arena_new();
        must(nf_json_tree(nf_text(request->body), arena, &value, &fault)
             == NF_OK);
        nf_arena_free(arena);
    }
}

static void
check_told(const struct nf_bmc_told *told)
{
    check_text(told->words, sizeof(told->words));
    check_text(told->maker, sizeof(told->maker));
    check_text(told->product, sizeof(told->product));
    check_text(told->serial, sizeof(told->serial));
    check_text(told->firmware, sizeof(told->firmware));
    check_text(told->ip, sizeof(told->ip));
    check_text(told->mac, sizeof(told->mac));
    must(told->cause < NF_BMC_CAUSE_COUNT && told->power < NF_POWER_COUNT);
    must(told->boot.device < NF_BOOT_DEVICE_COUNT);
}

static struct nf_redfish_reply
next_reply(struct nf_text *rest, struct nf_text all)
{
    if (rest->len == 0) {
        *rest = all;
    }
    struct nf_text body = nf_text_cut(rest, '\f');
    struct nf_text head = nf_text_cut(&body, '\n');
    struct nf_text status = nf_text_cut(&head, ' ');
    struct nf_redfish_reply reply = {.body = body};
    uint64_t number = 0;

    (void) nf_text_number(status, 999, &number);
    reply.status = (unsigned) number;
    reply.tag = nf_text_cut(&head, ' ');
    reply.location = nf_text_cut(&head, ' ');
    reply.token = nf_text_cut(&head, ' ');
    return reply;
}

static void
run(struct nf_redfish *talk, struct nf_text *rest, struct nf_text all)
{
    struct nf_redfish_request request;
    struct nf_bmc_told told = {0};
    unsigned n = 0;

    while (nf_redfish_request(talk, &request)) {
        struct nf_redfish_reply reply = next_reply(rest, all);
        check_request(&request);
        if (!nf_redfish_reply(talk, &reply, &told)) {
            must(told.cause != NF_BMC_FINE);
            break;
        }
        must(++n < REQUESTS_MAX);
    }
    check_told(&told);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_redfish talk = {.user = "root", .password = "s3cret"};
    struct nf_redfish_request request;

    if (size < 3) {
        return 0;
    }
    struct nf_bmc_ask ask = {
        .verb = data[0] % NF_BMC_VERB_COUNT,
        .power = data[1] % NF_POWER_ACT_COUNT,
        .boot = {data[1] % NF_BOOT_DEVICE_COUNT, data[1] & 64, data[1] & 128},
        .seconds = data[1]};
    struct nf_text all = {(const char *) data + 2, size - 2}, rest = all;
    for (int i = 0; i < 2; i++) { /* what it learned stays */
        nf_redfish_begin(&talk, &ask);
        run(&talk, &rest, all);
    }
    if (nf_redfish_farewell(&talk, &request)) {
        check_request(&request);
    }
    return 0;
}
