/*
 * What nf-agent says of the machine it runs on, and how far it is.
 */
#include <stdio.h>

#include "api/agent.h"
#include "api/enroll.h"
#include "model/hardware.h"
#include "store/hardware.h"
#include "json/tree.h"

/* --- hardware ----------------------------------------------------------------
 */

struct report {
    struct nf_agent agent;
    uint32_t has;
    struct nf_value hardware;
    unsigned unknown;
    struct nf_hardware_report known;
    const struct nf_value *login; /* on its BMC; NULL: none was said */
};

static const struct nf_json_field agent_fields[] = {
    NF_AGENT_FIELDS(struct report),
    {0},
};

/* Its name: said of itself, or found in its firmware. */
static void
take_serial(struct report *report)
{
    struct nf_text said = nf_agent_serial(nf_text(report->agent.sn));

    (void) nf_text_copy(report->known.sn, sizeof(report->known.sn),
                        said.len > 0 ? said
                                     : nf_hardware_serial(&report->hardware));
}

static nf_error_t
take_mac(struct nf_call *call, struct nf_scope *scope, struct report *report)
{
    struct nf_text text =
        nf_value_member_text(&report->hardware, "mac_address");
    nf_mac_t *mac = &report->known.mac;

    *mac = report->agent.mac;
    if (report->has & NF_AGENT_MAC || nf_mac_parse(text, mac)
        || (report->has & NF_AGENT_SN
            && nf_nodes_find(scope->r, nf_text(report->agent.sn), mac)))
    {
        return NF_OK;
    }
    return scope->r->err != NF_OK
               ? scope->r->err
               : nf_refuse(&call->fault, "mac", "is missing");
}

static nf_error_t
put_hardware(struct nf_call *call, struct report *report)
{
    struct nf_out out = nf_reply_buffer(call, NF_HARDWARE_JSON_MAX);

    nf_value_json(&out, &report->hardware);
    report->known.json = nf_out_text(&out);
    if (!out.full) {
        return NF_OK;
    }
    (void) nf_refuse(&call->fault, "hardware", "is larger than %d bytes",
                     NF_HARDWARE_JSON_MAX);
    return out.data == NULL ? NF_NO_MEMORY : NF_TOO_LARGE;
}

static nf_error_t
read_hardware(struct nf_call *call, struct nf_scope *scope,
              struct report *report)
{
    struct nf_value document;
    nf_error_t err =
        nf_json_tree_cut(call->body, call->arena, &document, &call->fault);

    if (err == NF_OK) {
        report->login = nf_value_member(&document, "bmc_login");
        err = nf_hardware_check(nf_value_member(&document, "hardware"),
                                call->arena, &report->hardware,
                                &report->unknown, &call->fault);
    }
    if (err == NF_OK) {
        err = take_mac(call, scope, report);
    }
    if (err == NF_OK) {
        take_serial(report);
        report->known.peer = call->peer;
        report->known.macs_n =
            (uint8_t) nf_hardware_macs(&report->hardware, report->known.mac,
                                       report->known.macs, NF_CARDS_MAX);
    }
    return err != NF_OK ? err : put_hardware(call, report);
}

/* A node may be told of by itself; a machine that is new only from an address
 * that is no other's. */
static bool
is_own(struct nf_call *call, struct nf_scope *scope,
       const struct report *report, const struct nf_node *node)
{
    nf_mac_t mac;

    if (node != NULL) {
        return nf_peer_may_be(call, scope->r, node,
                              nf_agent_has_token(scope, &report->agent, node));
    }
    return call->listener == NF_LISTENER_API
           || (nf_ip4_is_set(call->peer)
               && (!nf_peer_lease(call, scope->r, &mac)
                   || nf_mac_equal(mac, report->known.mac)));
}

static nf_error_t
check_peer(struct nf_call *call, struct nf_scope *scope, struct report *report)
{
    struct nf_node_view view;
    nf_mac_t mac = report->known.mac;
    bool is_known = nf_nodes_get_owner(scope->r, mac, &view);

    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    if (!is_own(call, scope, report, is_known ? &view.node : NULL)) {
        return nf_reply_refuse(call, NF_FORBIDDEN, "",
                               "the caller is not this node");
    }
    report->known.is_leased = nf_peer_lease(call, scope->r, &mac)
                              && nf_mac_equal(mac, report->known.mac);
    return is_known || call->listener == NF_LISTENER_API
                   || nf_reply_may_register(call)
               ? NF_OK
               : NF_BUSY;
}

/* The node that the caller's address belongs to, when the body does not say.
 */
static bool
find_by_peer(struct nf_call *call, struct nf_scope *scope, nf_mac_t *mac)
{
    return nf_peer_lease(call, scope->r, mac)
           || (nf_ip4_is_set(call->peer)
               && nf_nodes_ip_owner(scope->r, call->peer, mac));
}

/* Kept with the node, so that its operator sees why nothing comes of it; all
 * that a refusal writes. */
static nf_error_t
note_refused(struct nf_call *call, struct nf_scope *scope,
             const struct report *report, nf_error_t err)
{
    struct nf_change c = nf_reply_change(call, scope);
    char why[sizeof(call->fault.field) + sizeof(call->fault.reason) + 2];
    struct nf_out out = nf_out(why, sizeof(why) - 1);
    struct nf_node_view view;
    nf_mac_t mac = report->agent.mac;

    if ((err != NF_INVALID && err != NF_TOO_LARGE)
        || (!(report->has & NF_AGENT_MAC) && !find_by_peer(call, scope, &mac))
        || !nf_nodes_get_owner(scope->r, mac, &view)
        || !is_own(call, scope, report, &view.node))
    {
        return scope->r->err != NF_OK ? scope->r->err : err;
    }
    nf_out_printf(&out, "%s%s%s", call->fault.field,
                  call->fault.field[0] != '\0' ? " " : "", call->fault.reason);
    why[out.len] = '\0';
    nf_error_t noted = nf_change_report_refused(&c, view.node.mac, why);
    return noted != NF_OK ? noted : err;
}

/* One that was not even read, by an adapter. */
nf_error_t
nf_api_report_after(struct nf_call *work, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(work, scope);
    struct nf_node_view view;
    char why[64];
    nf_mac_t mac;

    snprintf(why, sizeof(why), "the report is larger than %d bytes",
             NF_BODY_MAX);
    return find_by_peer(work, scope, &mac)
                   && nf_nodes_get_owner(scope->r, mac, &view)
                   && nf_peer_may_be(work, scope->r, &view.node, false)
               ? nf_change_report_refused(&c, view.node.mac, why)
               : scope->r->err;
}

static nf_error_t
read_report(struct nf_call *call, struct nf_scope *scope, struct report *report)
{
    nf_error_t err = nf_agent_read(call, agent_fields, report, &report->has);

    if (err == NF_OK && call->body.len > NF_HARDWARE_JSON_MAX) {
        (void) nf_refuse(&call->fault, "hardware",
                         "the report is larger than %d bytes",
                         NF_HARDWARE_JSON_MAX);
        err = NF_TOO_LARGE;
    }
    if (err == NF_OK) {
        err = read_hardware(call, scope, report);
    }
    return err == NF_OK ? NF_OK : note_refused(call, scope, report, err);
}

nf_error_t
nf_api_report(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct report report = {0};
    bool is_matched;
    nf_error_t err = read_report(call, scope, &report);

    if (err == NF_OK) {
        err = check_peer(call, scope, &report);
    }
    if (err != NF_OK) {
        return err;
    }
    err = nf_change_report(&c, &report.known, &is_matched);
    if (err == NF_OK) {
        err = nf_enroll_take(call, scope, &c, &report.agent, report.known.mac,
                             report.login);
    }
    if (err != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    return nf_agent_reply(
        call, is_matched ? "{\"message\":\"Hardware reported successfully\","
                           "\"matched\":true}"
                         : "{\"message\":\"stored\",\"matched\":false,"
                           "\"retry_after\":10}");
}

/* --- progress ----------------------------------------------------------------
 */

struct progress_body {
    struct nf_agent agent;
    char step[32];
    int64_t percent;
    char message[128];
};

#define IN(member)   .offset = offsetof(struct progress_body, member)
#define SIZE(member) .size = sizeof(((struct progress_body *) 0)->member)

/* clang-format off */
static const struct nf_json_field progress_fields[] = {
    NF_AGENT_FIELDS(struct progress_body),
    {"step",    NF_JSON_TEXT,   IN(step),    SIZE(step), .is_required = true},
    {"percent", NF_JSON_NUMBER, IN(percent), .min = 0, .max = 100, .is_required = true},
    {"message", NF_JSON_WORDS,  IN(message), SIZE(message), .may_be_empty = true},
    {0},
};
/* clang-format on */

static nf_error_t
refuse_task(struct nf_call *call)
{
    return nf_reply_refuse(call, NF_NOT_FOUND, "task_id", "Task not found");
}

nf_error_t
nf_api_progress(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct progress_body progress = {0};
    struct nf_node_view view;
    uint32_t has;
    nf_error_t err = nf_agent_read(call, progress_fields, &progress, &has);
    bool names_task = progress.agent.task[0] != '\0';
    struct nf_progress_report report = {.percent = (uint8_t) progress.percent};

    if (err == NF_OK) {
        err = nf_agent_find(call, scope, &progress.agent, has,
                            names_task ? NF_AGENT_TELLS : NF_AGENT_SAYS, &view);
    }
    if (err != NF_OK) {
        return err;
    }
    if (names_task
        && !nf_task_parse(nf_text(progress.agent.task), &report.task)) {
        return refuse_task(call);
    }
    memcpy(report.step, progress.step, sizeof(report.step));
    memcpy(report.message, progress.message, sizeof(report.message));
    err = nf_change_progress(&c, view.node.mac, &report);
    if (err == NF_NOT_FOUND) {
        return refuse_task(call);
    }
    return err != NF_OK ? nf_reply_changed(call, &c, err)
                        : nf_agent_reply(call, "{\"status\":\"ok\"}");
}
