/*
 * What a site has: each node with what is known of its machine, in brief.
 */
#include "api/node_list.h"
#include "api/reply.h"
#include "model/member.h"
#include "place/place.h"
#include "store/devices.h"
#include "store/hardware.h"
#include "json/tree.h"

enum {
    LISTED_MAX = 16, /* disks and cards each */
    TEXT_MAX = 64,   /* twice that in JSON, and a name */
    MEMBER_MAX = 2 * TEXT_MAX + 24,
    DIGITS_MAX = 20,
    SUMMARY_MAX = (16 + 2 * LISTED_MAX * 4) * MEMBER_MAX,
    LINE_MAX = NF_NODE_JSON_MAX + SUMMARY_MAX + 1024
};

/* --- a report, in brief ------------------------------------------------------
 */

/* Reports are machines' words: a text is cut, and what is none is left out. */
static void
put_member(struct nf_out *out, const struct nf_value *from, const char *name)
{
    const struct nf_value *value = nf_value_member(from, name);
    char text[TEXT_MAX];

    if (value == NULL) {
        return;
    }
    bool is_text = value->kind == NF_VALUE_TEXT;
    bool is_number =
        value->kind == NF_VALUE_NUMBER && value->text.len <= DIGITS_MAX;
    if (!is_text && !is_number && !nf_value_is_bool(value)) {
        return;
    }
    char before = out->len > 0 ? out->data[out->len - 1] : '{';
    nf_out_printf(out, "%s\"%s\":", before == '{' ? "" : ",", name);
    if (is_text) {
        nf_text_copy_words(text, sizeof(text), value->text);
        nf_out_json(out, nf_text(text));
    } else {
        nf_value_json(out, value);
    }
}

static void
put_members(struct nf_out *out, const struct nf_value *from,
            const char *const names[])
{
    nf_out_putc(out, '{');
    for (size_t i = 0; from != NULL && names[i] != NULL; i++) {
        put_member(out, from, names[i]);
    }
}

static void
put_entries(struct nf_out *out, const struct nf_value *hardware,
            const char *name, const char *const names[])
{
    const struct nf_value *list = nf_value_member(hardware, name);
    size_t n = list != NULL && list->kind == NF_VALUE_LIST ? list->list.n : 0;

    nf_out_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < n && i < LISTED_MAX; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        put_members(out, &list->list.items[i], names);
        nf_out_putc(out, '}');
    }
    nf_out_putc(out, ']');
}

static void
put_hardware(struct nf_out *out, const struct nf_value *hardware)
{
    static const char *const own[] = {"company", "product",  "serial_number",
                                      "arch",    "firmware", "is_vm",
                                      NULL};
    static const char *const cpu[] = {"model", "cores", NULL};
    static const char *const memory[] = {"total_gb", NULL};
    static const char *const bmc[] = {"ip", "mac", NULL};
    static const char *const disks[] = {"device", "size_gb", "model", "serial",
                                        NULL};
    static const char *const nics[] = {"name", "mac", NULL};

    nf_out_puts(out, ",\"hardware\":");
    put_members(out, hardware, own);
    nf_out_printf(out, "%s\"cpu\":", out->data[out->len - 1] == '{' ? "" : ",");
    put_members(out, nf_value_member(hardware, "cpu"), cpu);
    nf_out_puts(out, "},\"memory\":");
    put_members(out, nf_value_member(hardware, "memory"), memory);
    nf_out_puts(out, "},\"bmc\":");
    put_members(out, nf_value_member(hardware, "bmc"), bmc);
    nf_out_putc(out, '}');
    put_entries(out, hardware, "disks", disks);
    put_entries(out, hardware, "nics", nics);
    nf_out_putc(out, '}');
}

static void
put_report(struct nf_out *out, struct nf_read *r, nf_mac_t mac)
{
    struct nf_fault ignored;
    struct nf_hardware report;
    struct nf_value hardware;

    if (!nf_hardware_get(r, mac, &report)) {
        return;
    }
    nf_arena_t *arena = nf_arena_new();
    if (arena != NULL
        && nf_json_tree(report.json, arena, &hardware, &ignored) == NF_OK
        && hardware.kind == NF_VALUE_MAP)
    {
        put_hardware(out, &hardware);
    }
    nf_arena_free(arena);
}

/* --- who it is with ----------------------------------------------------------
 */

static void
put_bmc(struct nf_out *out, struct nf_read *r, nf_mac_t mac)
{
    struct nf_managed_device device;

    if (nf_devices_of_node(r, mac, &device)) {
        nf_out_puts(out, ",\"bmc\":{\"device\":");
        nf_out_json(out, nf_text(device.name));
        nf_member_text(out, "address", device.address);
        nf_out_putc(out, '}');
    }
}

static void
put_port(struct nf_out *out, struct nf_read *r, nf_mac_t mac)
{
    char words[256];
    struct nf_out why = nf_out(words, sizeof(words));
    struct nf_port_link link;

    if (nf_place_find(r, mac, &link, &why) == NF_PLACE_FOUND) {
        nf_out_puts(out, ",\"port\":{\"switch\":");
        nf_out_json(out, nf_text(link.device));
        nf_member_text(out, "port", link.port);
        nf_out_putc(out, '}');
    }
}

static void
put_more(struct nf_read *r, struct nf_out *out, const struct nf_node *node)
{
    put_report(out, r, node->mac);
    put_bmc(out, r, node->mac);
    put_port(out, r, node->mac);
}

nf_error_t
nf_api_inventory(struct nf_call *call, struct nf_scope *scope)
{
    static const struct nf_node_list list = {
        .line = LINE_MAX,
        .of = NF_LIST_OF_COMMITS,
        .put = nf_put_node,
        .more = put_more,
    };

    return nf_node_list_reply(call, scope, &list);
}
