#include "api/served.h"

#include "api/reply.h"
#include "change/sign.h"

/* --- what a call comes to ----------------------------------------------------
 */

/* Some are refused by an answer that tells them to wait. */
static unsigned
code_of(const struct nf_call *call, unsigned status)
{
    return status < 400 && call->err == NF_FORBIDDEN ? 403 : status;
}

static void
put_why(const struct nf_call *call, struct nf_sign_report *report)
{
    const struct nf_fault *fault = &call->fault;
    bool is_long = call->method == NF_GET && call->err == NF_TOO_LARGE;
    const char *reason = fault->reason[0] != '\0' ? fault->reason
                         : is_long ? "the rendered template is too long"
                         : call->err != NF_OK ? nf_error_text(call->err)
                                              : "";

    char text[sizeof(fault->field) + sizeof(fault->reason) + 2];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, fault->field);
    nf_out_puts(&out, fault->field[0] != '\0' ? ": " : "");
    nf_out_puts(&out, reason);
    nf_text_copy_words(report->why, sizeof(report->why), nf_out_text(&out));
    nf_text_scrub(report->why);
}

/* No operation waits for what an agent tells of its console. */
static bool
is_console(const struct nf_call *call)
{
    return call->route != NULL && call->route->run == nf_api_console_put;
}

bool
nf_api_served_call(const struct nf_call *call, unsigned status,
                   struct nf_served *served)
{
    unsigned code = code_of(call, status);
    bool is_answer = call->listener == NF_LISTENER_ANSWERS;
    bool is_node =
        (call->listener
         & (NF_LISTENER_BOOT | NF_LISTENER_ANSWERS | NF_LISTENER_AGENT))
        != 0;

    if (!is_node || is_console(call) || call->method == NF_HEAD
        || (code < 400 && !is_answer))
    {
        return false;
    }
    *served = (struct nf_served){
        .mac = call->about,
        .peer = call->peer,
        .report = {.kind = is_answer ? NF_SIGN_ANSWER : NF_SIGN_CALL,
                   .code = code,
                   .client = call->peer}};
    if (nf_mac_equal(served->mac, (nf_mac_t){0})) {
        (void) nf_mac_parse(call->id, &served->mac);
    }
    nf_api_served_path(served, call->path);
    if (code >= 400) {
        put_why(call, &served->report);
    }
    return true;
}

/* The end of a path, whole names of it where that is possible. */
static struct nf_text
end_of(struct nf_text path, size_t room)
{
    struct nf_text end = {path.data + path.len - room, room};
    const char *slash = memchr(end.data, '/', end.len);

    return slash == NULL
               ? end
               : (struct nf_text){slash, end.len - (size_t) (slash - end.data)};
}

void
nf_api_served_path(struct nf_served *served, struct nf_text path)
{
    static const char cut[] = "...";
    char *what = served->report.what;
    size_t room = sizeof(served->report.what) - 1, n = 0;

    if (path.len > room) {
        n = sizeof(cut) - 1;
        memcpy(what, cut, n);
        path = end_of(path, room - n);
    }
    memcpy(what + n, path.data, path.len);
    what[n + path.len] = '\0';
    nf_text_scrub(what);
    nf_token_mask(what, n + path.len);
}

/* --- whose it is, and noting it ----------------------------------------------
 */

bool
nf_api_served_find(const struct nf_site *site, nf_time_t now,
                   struct nf_served *served)
{
    struct nf_node_view view;

    if (site == NULL || site->store == NULL) {
        return false;
    }
    NF_READ(r, site->store);
    bool is_named = !nf_mac_equal(served->mac, (nf_mac_t){0});
    bool is_kept = is_named ? nf_nodes_get_owner(&r, served->mac, &view)
                                  && nf_sign_is_kept(&view.node)
                            : nf_sign_find(&r, served->peer, now, &view);
    if (is_kept) {
        served->mac = view.node.mac;
    }
    return is_kept;
}

bool
nf_api_served_work(const struct nf_served *served, struct nf_call *work)
{
    struct nf_served *copy = nf_arena_take(work->arena, sizeof(*copy));

    work->method = NF_OTHER_METHOD;
    work->peer = served->peer;
    work->about = served->mac;
    work->served = copy;
    if (copy != NULL) {
        *copy = *served;
    }
    return copy != NULL;
}

nf_error_t
nf_api_served_note(struct nf_call *work, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(work, scope);

    work->status = 200;
    return nf_change_sign(&c, work->served->mac, &work->served->report);
}
