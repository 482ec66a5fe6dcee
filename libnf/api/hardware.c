/*
 * The hardware of machines, and reports that fit no task.
 */
#include "store/hardware.h"
#include "api/page.h"
#include "base/time.h"
#include "model/member.h"
#include "model/task.h"
#include "store/progress.h"

enum {
    LINE_MAX = 768
};

/* Which disk the latest installation took, in the words of who chose it. */
static void
put_disk(struct nf_read *r, nf_mac_t mac, struct nf_out *out)
{
    struct nf_progress one = {.seq = 0}, disk = {.seq = 0};

    while (nf_progress_next_of(r, mac, one.seq, &one)) {
        if (strcmp(one.step, "disk") == 0) {
            disk = one;
        }
    }
    if (disk.seq != 0) {
        nf_out_puts(out, ",\"disk\":{\"taken\":");
        nf_out_json(out, nf_text(disk.message));
        nf_member_time(out, "timestamp", disk.time);
        nf_out_putc(out, '}');
    }
}

nf_error_t
nf_api_hardware(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_hardware hardware;
    char time[NF_TIME_TEXT];
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_hardware_get(scope->r, mac, &hardware)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "mac",
                                     "the node has reported no hardware");
    }
    struct nf_out out = nf_reply_buffer(call, hardware.json.len + LINE_MAX);
    nf_time_format(hardware.reported_at, time);
    nf_out_printf(&out, "{\"reported_at\":\"%s\",\"hardware\":", time);
    nf_out_put(&out, hardware.json);
    put_disk(scope->r, mac, &out);
    nf_out_putc(&out, '}');
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
}

/* What an operator can do about it. */
static const char *const advice[] = {
    [NF_UNMATCHED_NO_TASK] = "no task exists for this machine: create one",
    [NF_UNMATCHED_SERIAL_CLASH] =
        "another machine reported this serial number before",
    [NF_UNMATCHED_SERIAL_OTHER] =
        ("the node with this MAC has another serial number: was its board or "
         "network card replaced?"),
    [NF_UNMATCHED_MAC_OTHER] =
        "the task of this serial number is for another MAC",
};

static bool
put_unmatched(struct nf_read *r, const struct nf_resource_at *at,
              struct nf_out *out)
{
    char mac[NF_MAC_COLONS], id[NF_TASK_TEXT + 8];
    struct nf_unmatched unmatched;

    if (!nf_unmatched_get(r, at->mac, &unmatched)) {
        return false;
    }
    nf_mac_format_divided(unmatched.mac, ':', mac);
    nf_out_printf(out, "{\"mac\":\"%s\",\"reason\":\"%s\",\"count\":%u", mac,
                  nf_unmatched_reasons[unmatched.reason], unmatched.count);
    nf_member_text(out, "message", advice[unmatched.reason]);
    nf_member_text(out, "sn", unmatched.sn);
    if (!nf_mac_equal(unmatched.other, (nf_mac_t){0})) {
        nf_mac_format_divided(unmatched.other, ':', mac);
        nf_member_text(out, "other", mac);
    }
    if (unmatched.task != 0) {
        nf_task_format(unmatched.task, id);
        nf_member_text(out, "task_id", id);
    }
    nf_member_time(out, "first_seen", unmatched.first_seen);
    nf_member_time(out, "last_seen", unmatched.last_seen);
    nf_out_putc(out, '}');
    return true;
}

nf_error_t
nf_api_unmatched_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_UNMATCHED,
                           .line = LINE_MAX,
                           .must = "a MAC address",
                           .put = put_unmatched};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

nf_error_t
nf_api_unmatched_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = nf_reply_mac(call, &mac);

    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_unmatched_delete(&c, mac));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
