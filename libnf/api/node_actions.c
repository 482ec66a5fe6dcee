/*
 * The same action on many nodes, chosen by labels or named one by one; each
 * has its own result.
 */
#include "api/ahead.h"
#include "api/chosen.h"
#include "api/reply.h"
#include "change/change.h"
#include "store/tasks.h"
#include "json/tree.h"

enum {
    /* An installation writes some ten pages: so many are done while others
     * wait a few milliseconds for the writer's lock. */
    NODES_MAX = 200,
    ITEM_MAX = 512 + NF_WARNINGS_MAX,
};

struct order {
    char action[16], profile[32];
    bool when_it_boots; /* of approve */
    bool is_forced;     /* whatever it lacks */
    size_t n, consented_n;
    nf_mac_t macs[NODES_MAX];
    nf_mac_t consented[NODES_MAX]; /* an operator named them to be wiped */
};

/* --- what is asked for -------------------------------------------------------
 */

static nf_error_t
read_text(struct nf_call *call, const struct nf_value *body, const char *name,
          char *to, size_t size)
{
    const struct nf_value *value = nf_value_member(body, name);

    if (value == NULL) {
        return NF_OK;
    }
    return value->kind == NF_VALUE_TEXT && nf_text_is_printable(value->text)
                   && nf_text_copy(to, size, value->text)
               ? NF_OK
               : nf_refuse(&call->fault, name,
                           "must be a string of at most %d bytes",
                           (int) size - 1);
}

static nf_error_t
take_chosen(struct nf_call *call, struct nf_scope *scope,
            const struct nf_value *label, struct order *order)
{
    struct nf_chosen *chosen = NULL;
    nf_error_t err = label->kind == NF_VALUE_TEXT
                         ? nf_chosen_by(call, scope->r, label->text, &chosen)
                         : nf_refuse(&call->fault, "label", "must be a string");

    if (err != NF_OK) {
        return err;
    }
    if (!chosen->is_found || chosen->n > NODES_MAX) {
        return nf_refuse(&call->fault, "label",
                         "must select at most %d nodes, by at least one label "
                         "that they have",
                         NODES_MAX);
    }
    for (size_t i = 0; i < chosen->n; i++) {
        order->macs[order->n++] = chosen->nodes[i].mac;
    }
    return NF_OK;
}

static nf_error_t
take_named(struct nf_call *call, const char *name, const struct nf_value *macs,
           nf_mac_t to[static NODES_MAX], size_t *n)
{
    if (macs->kind != NF_VALUE_LIST || macs->list.n > NODES_MAX) {
        return nf_refuse(&call->fault, name,
                         "must be a list of at most %d MAC addresses",
                         NODES_MAX);
    }
    for (size_t i = 0; i < macs->list.n; i++) {
        const struct nf_value *mac = &macs->list.items[i];
        if (mac->kind != NF_VALUE_TEXT || !nf_mac_parse(mac->text, &to[(*n)++]))
        {
            return nf_refuse(&call->fault, name, "must be MAC addresses");
        }
    }
    return NF_OK;
}

/* On which terms: both may be absent. */
static nf_error_t
take_terms(struct nf_call *call, const struct nf_value *body,
           struct order *order)
{
    const struct nf_value *off = nf_value_member(body, "when_it_boots");
    const struct nf_value *consent = nf_value_member(body, "consent");
    const struct nf_value *force = nf_value_member(body, "force");

    if (off != NULL
        && (!nf_value_is_bool(off) || strcmp(order->action, "approve") != 0))
    {
        return nf_refuse(&call->fault, "when_it_boots",
                         "must be true or false, and applies to approve only");
    }
    if (force != NULL && !nf_value_is_bool(force)) {
        return nf_refuse(&call->fault, "force", "must be true or false");
    }
    order->is_forced = force != NULL && force->kind == NF_VALUE_TRUE;
    order->when_it_boots = off != NULL && off->kind == NF_VALUE_TRUE;
    if (consent != NULL && strcmp(order->action, "reinstall") != 0) {
        return nf_refuse(&call->fault, "consent", "applies to reinstall only");
    }
    return consent == NULL ? NF_OK
                           : take_named(call, "consent", consent,
                                        order->consented, &order->consented_n);
}

static nf_error_t
check_members(struct nf_call *call, const struct nf_value *body)
{
    static const char *const known[] = {"action", "profile", "label",
                                        "macs",   "consent", "when_it_boots",
                                        "force",  NULL};

    for (size_t i = 0; i < body->map.n; i++) {
        const char *const *name = known;
        while (*name != NULL && strcmp(*name, body->map.members[i].name) != 0) {
            name++;
        }
        if (*name == NULL) {
            return nf_refuse(&call->fault, "",
                             "the members are action, profile, consent, "
                             "when_it_boots, force, and label or macs");
        }
    }
    return NF_OK;
}

static nf_error_t
read_order(struct nf_call *call, struct nf_scope *scope, struct order *order)
{
    struct nf_value body;
    nf_error_t err = nf_reply_check_type(call);

    if (err != NF_OK
        || (err = nf_json_tree(call->body, call->arena, &body, &call->fault))
               != NF_OK)
    {
        return err;
    }
    if (body.kind != NF_VALUE_MAP) {
        return nf_refuse(&call->fault, "", "must be an object");
    }
    const struct nf_value *label = nf_value_member(&body, "label");
    const struct nf_value *macs = nf_value_member(&body, "macs");
    if ((label == NULL) == (macs == NULL)) {
        return nf_refuse(&call->fault, "label",
                         "either label or macs is required");
    }
    if ((err = check_members(call, &body)) != NF_OK
        || (err = read_text(call, &body, "action", order->action,
                            sizeof(order->action)))
               != NF_OK
        || (err = read_text(call, &body, "profile", order->profile,
                            sizeof(order->profile)))
               != NF_OK
        || (err = take_terms(call, &body, order)) != NF_OK)
    {
        return err;
    }
    return label != NULL
               ? take_chosen(call, scope, label, order)
               : take_named(call, "macs", macs, order->macs, &order->n);
}

/* --- each node ---------------------------------------------------------------
 */

static bool
is_consented(const struct order *order, nf_mac_t mac)
{
    for (size_t i = 0; i < order->consented_n; i++) {
        if (nf_mac_equal(order->consented[i], mac)) {
            return true;
        }
    }
    return false;
}

/* What is asked of a node's latest task. */
static nf_error_t
act_on_task(struct nf_change *c, uint64_t task, const struct order *order)
{
    if (strcmp(order->action, "reject") == 0) {
        return nf_change_task_reject(c, task, "rejected by operator");
    }
    if (strcmp(order->action, "retry") == 0) {
        return nf_change_task_retry(c, task, NULL);
    }
    return order->when_it_boots ? nf_change_task_approve_off(c, task)
                                : nf_change_task_approve(c, task);
}

static bool
is_of_task(const char *action)
{
    return strcmp(action, "approve") == 0 || strcmp(action, "reject") == 0
           || strcmp(action, "retry") == 0;
}

/* What an operator may ask of a node, or of its task. */
static nf_error_t
act(struct nf_change *c, nf_mac_t mac, const struct order *order)
{
    struct nf_node_view view;

    if (is_consented(order, mac)) {
        return nf_change_node_wipe(c, mac, order->profile);
    }
    if (!is_of_task(order->action)) {
        return nf_change_node_action(c, mac, order->action, order->profile);
    }
    if (!nf_nodes_get_owner(&c->w->read, mac, &view) || view.node.task == 0) {
        (void) nf_refuse(&c->fault, "action", "the node has no task");
        return NF_NOT_FOUND;
    }
    return act_on_task(c, view.node.task, order);
}

static void
put_done(struct nf_out *out, struct nf_read *r, nf_mac_t mac,
         const struct nf_ahead *ahead)
{
    struct nf_node_view view;
    char task[24];

    nf_out_puts(out, ",\"status\":200");
    if (nf_nodes_get_owner(r, mac, &view) && view.node.task != 0) {
        nf_task_format(view.node.task, task);
        nf_out_printf(out, ",\"task\":\"%s\"", task);
    }
    nf_put_warnings(out, ahead);
    nf_out_putc(out, '}');
}

static nf_error_t
act_on(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac,
       const struct order *order, struct nf_out *out)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_ahead ahead;
    char text[NF_MAC_TEXT];

    nf_ahead_by(&c, scope, &ahead, order->is_forced);
    nf_error_t err = act(&c, mac, order);

    if (err != NF_OK && nf_error_http(err) >= 500) {
        return err;
    }
    nf_mac_format(mac, text);
    nf_out_printf(out, "%s{\"mac\":\"%s\"", out->len == 1 ? "" : ",", text);
    if (err == NF_OK) {
        put_done(out, scope->r, mac, &ahead);
    } else {
        nf_out_putc(out, ',');
        nf_put_fault(out, err, &c.fault);
    }
    return scope->r->err;
}

nf_error_t
nf_api_nodes_act(struct nf_call *call, struct nf_scope *scope)
{
    struct order *order = nf_arena_take(call->arena, sizeof(*order));
    struct nf_out out = nf_reply_buffer(call, (NODES_MAX + 1) * ITEM_MAX);

    if (order == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = read_order(call, scope, order);
    nf_out_putc(&out, '[');
    for (size_t i = 0; i < order->n && err == NF_OK; i++) {
        err = act_on(call, scope, order->macs[i], order, &out);
    }
    nf_out_putc(&out, ']');
    return err != NF_OK ? err : nf_reply_json(call, 207, &out);
}
