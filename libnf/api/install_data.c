#include "api/install_data.h"

#include <sodium.h>
#include <stdlib.h>

#include "api/peer.h"
#include "model/member.h"
#include "model/profile.h"
#include "store/generation.h"
#include "store/profiles.h"
#include "json/tree.h"

nf_error_t
nf_install_data_read(struct nf_call *call, struct nf_scope *scope,
                     const struct nf_node *node, const struct nf_task *task,
                     struct nf_install_data *data)
{
    struct nf_profile profile;

    *data = (struct nf_install_data){.node = node,
                                     .task = task,
                                     .card = node->mac,
                                     .profile = {.kind = NF_VALUE_MAP}};
    /* An operator may look, but what opens the order is the node's alone. */
    if (call->listener != NF_LISTENER_API
        || nf_peer_is_leased(call, scope->r, node))
    {
        nf_token_make(scope->site->key,
                      (struct nf_attempt){nf_generation(scope->r), task->id,
                                          task->attempt},
                      data->token);
    }
    if (!nf_task_profiles_get(scope->r, task->id, &profile)) {
        return scope->r->err;
    }
    return nf_json_tree(profile.json, call->arena, &data->profile,
                        &call->fault);
}

static const struct nf_value *
list_of(const struct nf_value *map, const char *name)
{
    static const struct nf_value none = {.kind = NF_VALUE_LIST};
    const struct nf_value *list = nf_value_member(map, name);

    return list != NULL && list->kind == NF_VALUE_LIST ? list : &none;
}

/* --- before the installation -----------------------------------------------
 */

static void
put_base64(struct nf_out *out, struct nf_text text)
{
    size_t size =
        sodium_base64_encoded_len(text.len, sodium_base64_VARIANT_ORIGINAL);

    if (size > out->cap - out->len) {
        out->full = true;
        return;
    }
    sodium_bin2base64(out->data + out->len, size,
                      (const unsigned char *) text.data, text.len,
                      sodium_base64_VARIANT_ORIGINAL);
    out->len += size - 1; /* it ends it with a NUL */
}

static bool
has_raid(const struct nf_value *raid)
{
    const struct nf_value *enabled = nf_value_member(raid, "enabled");

    return raid != NULL && (enabled == NULL || enabled->kind == NF_VALUE_TRUE);
}

static void
put_raid(struct nf_out *out, const struct nf_value *raid)
{
    nf_out_puts(out, ",\"raid\":{\"enabled\":true");
    for (size_t i = 0; i < raid->map.n; i++) {
        const struct nf_member *m = &raid->map.members[i];
        if (strcmp(m->name, "enabled") != 0) {
            nf_out_putc(out, ',');
            nf_out_json(out, nf_text(m->name));
            nf_out_putc(out, ':');
            nf_value_json(out, &m->value);
        }
    }
    nf_out_putc(out, '}');
}

void
nf_put_hardware_config(struct nf_out *out, const struct nf_install_data *data)
{
    const struct nf_value *scripts =
        list_of(&data->profile, "hardware_scripts");
    const struct nf_value *raid = nf_value_member(&data->profile, "raid");

    nf_out_puts(out, "{\"scripts\":[");
    for (size_t i = 0; i < scripts->list.n; i++) {
        const struct nf_value *script = &scripts->list.items[i];
        nf_out_puts(out, i == 0 ? "{\"name\":" : ",{\"name\":");
        nf_out_json(out, nf_value_member_text(script, "name"));
        nf_out_puts(out, ",\"script\":\"");
        put_base64(out, nf_value_member_text(script, "script"));
        nf_out_puts(out, "\"}");
    }
    nf_out_putc(out, ']');
    if (has_raid(raid)) {
        put_raid(out, raid);
    }
    nf_out_putc(out, '}');
}

/* --- network -----------------------------------------------------------------
 */

static void
put_address(struct nf_out *out, const struct nf_node *node)
{
    char ip[NF_IP4_TEXT];

    if (nf_ip4_is_set(node->netmask)) {
        nf_member_ip(out, "ip", node->ip);
        nf_member_ip(out, "netmask", node->netmask);
        nf_member_ip(out, "gateway", node->gateway);
    }
    nf_out_puts(out, ",\"dns\":[");
    for (size_t i = 0; i < node->dns_n; i++) {
        nf_ip4_format(node->dns[i], ip);
        nf_out_printf(out, "%s\"%s\"", i == 0 ? "" : ",", ip);
    }
    nf_out_putc(out, ']');
}

/* The cards are the profile's, the addresses the node's. */
static void
put_network(struct nf_out *out, const struct nf_install_data *data)
{
    static const char *const cards[] = {"interface", "bond", "vlan"};
    const struct nf_value *network = nf_value_member(&data->profile, "network");
    bool is_static = nf_ip4_is_set(data->node->netmask);
    char hostname[64];

    nf_node_hostname(data->node, hostname);
    nf_out_printf(out, "{\"method\":\"%s\"", is_static ? "static" : "dhcp");
    nf_member_text(out, "hostname", hostname);
    put_address(out, data->node);
    for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
        const struct nf_value *value = nf_value_member(network, cards[i]);
        if (value != NULL) {
            nf_out_printf(out, ",\"%s\":", cards[i]);
            nf_value_json(out, value);
        }
    }
    nf_out_putc(out, '}');
}

void
nf_put_network_config(struct nf_out *out, const struct nf_install_data *data)
{
    nf_out_puts(out, "{\"network\":");
    put_network(out, data);
    nf_out_putc(out, '}');
}

/* --- installation ------------------------------------------------------------
 */

/* As agents of other makes know it: sizes are texts, and 0 is the rest. */
static void
put_partition(struct nf_out *out, const struct nf_value *partition)
{
    struct nf_text size = nf_value_member_text(partition, "size_mb");
    bool is_rest = nf_text_equal(size, NF_TEXT("0"));

    nf_out_puts(out, "{\"mount_point\":");
    nf_out_json(out, nf_value_member_text(partition, "mount"));
    nf_out_puts(out, ",\"size\":\"");
    nf_out_put(out, is_rest ? NF_TEXT("rest") : size);
    nf_out_puts(out, is_rest ? "\"" : "M\"");
    if (nf_value_member(partition, "fs") != NULL) {
        nf_out_puts(out, ",\"fstype\":");
        nf_out_json(out, nf_value_member_text(partition, "fs"));
    }
    nf_out_putc(out, '}');
}

static void
put_layout(struct nf_out *out, const struct nf_value *disk)
{
    struct nf_text device = nf_value_member_text(disk, "device");
    struct nf_text table = nf_value_member_text(disk, "table");
    const struct nf_value *partitions = list_of(disk, "partitions");

    nf_out_puts(out, "{\"root_disk\":");
    nf_out_json(out, device.len > 0 ? device : NF_TEXT("auto"));
    nf_out_puts(out, ",\"partition_table\":");
    nf_out_json(out, table.len > 0 ? table : NF_TEXT("gpt"));
    nf_out_puts(out, ",\"partitions\":[");
    for (size_t i = 0; i < partitions->list.n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        put_partition(out, &partitions->list.items[i]);
    }
    nf_out_puts(out, "]}");
}

void
nf_put_install_config(struct nf_out *out, const struct nf_install_data *data)
{
    const struct nf_task *task = data->task;
    char mac[NF_MAC_TEXT];
    /* what the agent does, whichever installer's kernel it runs on */
    uint8_t method =
        task->flags & NF_TASK_HAS_IMAGE ? NF_METHOD_IMAGE : task->method;

    nf_mac_format(data->card, mac);
    nf_out_printf(out, "{\"install_method\":\"%s\"", nf_methods[method]);
    nf_member_text(out, "os_type", task->os_type);
    nf_member_text(out, "os_version", task->os_version);
    nf_out_printf(out, ",\"order_url\":\"/image/%s/image.json\"", mac);
    nf_member_text(out, "token", data->token);
    nf_out_puts(out, ",\"disk_layout\":");
    put_layout(out, nf_value_member(&data->profile, "disk"));
    nf_out_puts(out, ",\"network\":");
    put_network(out, data);
    nf_out_puts(out, ",\"packages\":");
    nf_value_json(out, list_of(&data->profile, "packages"));
    nf_out_putc(out, '}');
}
