/*
 * What a machine prints: nf-agent sends it, and people read it.
 */
#include "change/console.h"
#include "api/agent.h"
#include "base/time.h"
#include "model/member.h"
#include "store/consoles.h"
#include "json/tree.h"

struct piece {
    struct nf_agent agent;
    char session[17];
    int64_t offset;
};

#define IN(member) .offset = offsetof(struct piece, member)

/* clang-format off */
static const struct nf_json_field fields[] = {
    NF_AGENT_FIELDS(struct piece),
    {"session", NF_JSON_TEXT,   IN(session), .size = sizeof(((struct piece *) 0)->session), .is_required = true},
    {"offset",  NF_JSON_NUMBER, IN(offset), .min = 0, .max = INT64_MAX / 2, .is_required = true},
    {0},
};
/* clang-format on */

/* --- from the machine --------------------------------------------------------
 */

/* It reaches terminals: nothing but lines and what is printed in them. */
static void
scrub(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char) text[i];
        bool is_c1 =
            c == 0xc2 && i + 1 < len && (unsigned char) text[i + 1] < 0xa0;
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
            text[i] = '?';
        } else if (is_c1) {
            text[i] = text[i + 1] = '?';
        }
    }
}

static nf_error_t
read_text(struct nf_call *call, struct nf_text *text)
{
    struct nf_value document;
    nf_error_t err =
        nf_json_tree_cut(call->body, call->arena, &document, &call->fault);

    if (err != NF_OK) {
        return err;
    }
    struct nf_text said = nf_value_member_text(&document, "text");
    if (said.len == 0 || said.len > NF_CONSOLE_TEXT_MAX) {
        return nf_refuse(&call->fault, "text", "must have 1 to %d bytes",
                         NF_CONSOLE_TEXT_MAX);
    }
    char *copy = nf_arena_take(call->arena, said.len);
    if (copy == NULL) {
        return NF_NO_MEMORY;
    }
    memcpy(copy, said.data, said.len);
    scrub(copy, said.len);
    *text = (struct nf_text){copy, said.len};
    return NF_OK;
}

static nf_error_t
read_piece(struct nf_call *call, struct nf_scope *scope,
           struct nf_console_piece *piece, struct nf_node_view *view)
{
    struct piece body = {0};
    uint32_t has;
    nf_error_t err = nf_agent_read(call, fields, &body, &has);

    if (err == NF_OK) {
        err = nf_agent_find(call, scope, &body.agent, has, NF_AGENT_SAYS, view);
    }
    if (err != NF_OK) {
        return err;
    }
    piece->offset = (uint64_t) body.offset;
    return nf_text_hex(nf_text(body.session), &piece->session)
               ? read_text(call, &piece->text)
               : nf_refuse(&call->fault, "session",
                           "must be 1 to 16 hexadecimal digits");
}

nf_error_t
nf_api_console_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_console_piece piece = {0};
    struct nf_node_view view;
    unsigned pause;
    nf_error_t err = read_piece(call, scope, &piece, &view);

    if (err != NF_OK) {
        return err;
    }
    err = nf_change_console(&c, view.node.mac, &piece, &pause);
    if (err != NF_OK) {
        return nf_reply_changed(call, &c, err);
    }
    struct nf_out out = nf_reply_buffer(call, 64);
    nf_out_printf(&out, "{\"wanted\":%s,\"pause\":%u}",
                  pause > 0 ? "true" : "false", pause);
    return nf_reply_json(call, 200, &out);
}

/* --- to people ---------------------------------------------------------------
 */

/* Where old bytes are gone it begins in the middle of a line, or a letter. */
static void
cut_begin(struct nf_text *text, uint64_t *from)
{
    const char *end = memchr(text->data, '\n', text->len);
    size_t n = end != NULL ? (size_t) (end - text->data) + 1 : 0;

    text->data += n;
    text->len -= n;
    *from += n;
}

static nf_error_t
reply_console(struct nf_call *call, struct nf_scope *scope, nf_mac_t mac,
              uint64_t since, const struct nf_console_end *end)
{
    uint64_t tail =
        end->next > NF_CONSOLE_TAIL ? end->next - NF_CONSOLE_TAIL : 0;
    uint64_t wanted = since > tail ? since : tail;
    struct nf_out raw = nf_reply_buffer(call, NF_CONSOLE_TAIL);
    struct nf_out out = nf_reply_buffer(call, 6 * NF_CONSOLE_TAIL + 512);
    char text[NF_MAC_COLONS], time[NF_TIME_TEXT];
    uint64_t from = nf_consoles_read(scope->r, mac, wanted, &raw);
    struct nf_text said = nf_out_text(&raw);

    if (from > since && said.len > 0) {
        cut_begin(&said, &from);
    }
    nf_mac_format_divided(mac, ':', text);
    nf_time_format(end->time, time);
    nf_out_printf(&out,
                  "{\"mac\":\"%s\",\"from\":%llu,\"next\":%llu,"
                  "\"updated_at\":\"%s\",\"text\":",
                  text, (unsigned long long) from,
                  (unsigned long long) end->next, time);
    nf_out_json(&out, said);
    nf_out_putc(&out, '}');
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_console_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_console_end end;
    uint64_t since;
    nf_mac_t mac;
    nf_error_t err = nf_reply_find(call, scope, &mac);

    if (err != NF_OK
        || (err = nf_query_number(call, "since", INT64_MAX, 0, &since))
               != NF_OK)
    {
        return err;
    }
    if (!nf_consoles_end(scope->r, mac, &end)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(
                       call, NF_NOT_FOUND, "mac",
                       "no console output of this machine is kept");
    }
    /* a console that was let go begins anew */
    return reply_console(call, scope, mac, since > end.next ? 0 : since, &end);
}
