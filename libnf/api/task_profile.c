#include "api/task_profile.h"

#include <stdio.h>

enum {
    OVERLAY_MAX = 65536
};

static void
put_text(struct nf_out *out, const char *name, struct nf_text text)
{
    if (text.len > 0) {
        nf_out_puts(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
        nf_out_puts(out, name);
        nf_out_puts(out, "\":");
        nf_out_json(out, text);
    }
}

/* A value that is an object or a list. */
static void
put_value(struct nf_out *out, const char *name, const struct nf_value *value)
{
    if (value != NULL) {
        nf_out_puts(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
        nf_out_puts(out, name);
        nf_out_puts(out, "\":");
        nf_value_json(out, value);
    }
}

static void
open_map(struct nf_out *out, const char *name)
{
    nf_out_puts(out, out->data[out->len - 1] == '{' ? "\"" : ",\"");
    nf_out_puts(out, name);
    nf_out_puts(out, "\":{");
}

/* What the new system's address is in: a VLAN on the card that is named, or on
 * the task's own. */
static nf_error_t
put_vlan(struct nf_out *out, const struct nf_value *network,
         const struct nf_value *body, struct nf_fault *fault)
{
    const struct nf_value *vlans = nf_value_member(network, "vlans");
    struct nf_text link = nf_value_member_text(network, "interface");
    static const char *const macs[] = {"mac", "mac_address"};
    size_t n = vlans != NULL ? vlans->list.n : 0;

    if (n == 0) {
        return NF_OK;
    }
    if (n > 1) {
        return nf_refuse(fault, "network.vlans",
                         "must name one VLAN, that of the system's address; "
                         "the VLANs of the switch port go into switch.vlans");
    }
    for (size_t i = 0; i < 2 && link.len == 0; i++) {
        link = nf_value_member_text(body, macs[i]);
    }
    if (link.len == 0) {
        return nf_refuse(
            fault, "network.vlans",
            "requires network.interface or mac, which say what card tags it");
    }
    open_map(out, "vlan");
    nf_out_puts(out, "\"id\":");
    nf_value_json(out, &vlans->list.items[0]);
    put_text(out, "link", link);
    nf_out_putc(out, '}');
    return NF_OK;
}

static nf_error_t
put_network(struct nf_out *out, const struct nf_value *network,
            const struct nf_value *body, struct nf_fault *fault)
{
    struct nf_text ip = nf_value_member_text(network, "ip");
    const struct nf_value *dns = nf_value_member(network, "dns_servers");

    open_map(out, "network");
    put_text(out, "method",
             ip.len > 0 ? NF_TEXT("static")
                        : nf_value_member_text(network, "method"));
    put_text(out, "ip", ip);
    put_text(out, "netmask", nf_value_member_text(network, "netmask"));
    put_text(out, "gateway", nf_value_member_text(network, "gateway"));
    put_text(out, "interface", nf_value_member_text(network, "interface"));
    put_value(out, "dns", dns != NULL ? dns : nf_value_member(network, "dns"));
    nf_error_t err = put_vlan(out, network, body, fault);
    nf_out_putc(out, '}');
    return err;
}

/* --- disk_layout -------------------------------------------------------------
 */

/* Words of other makers for the same things. */
static const struct {
    const char *theirs, *ours;
} words[] = {
    {"mbr", "msdos"},   {"dos", "msdos"}, {"fat32", "vfat"},
    {"fat", "vfat"},    {"efi", "vfat"},  {"linux-swap", "swap"},
    {"[SWAP]", "swap"},
};

static struct nf_text
translate(struct nf_text word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (nf_text_equal(word, nf_text(words[i].theirs))) {
            return nf_text(words[i].ours);
        }
    }
    return word;
}

/* "512M", "20G", "1TiB", "4096"; "rest" and such are 0. */
static bool
read_size(struct nf_text size, uint64_t *mib)
{
    static const char *const rests[] = {"", "rest", "remaining", "100%", "*"};
    static const struct {
        const char *unit;
        uint64_t mib;
    } units[] = {{"", 1},
                 {"M", 1},
                 {"MB", 1},
                 {"MiB", 1},
                 {"G", 1024},
                 {"GB", 1024},
                 {"GiB", 1024},
                 {"T", 1024 * 1024},
                 {"TB", 1024 * 1024},
                 {"TiB", 1024 * 1024}};
    struct nf_text number = size;

    *mib = 0;
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        if (nf_text_equal(size, nf_text(rests[i]))) {
            return true;
        }
    }
    number.len = 0;
    while (number.len < size.len
           && strchr("0123456789", size.data[number.len]) != NULL)
    {
        number.len++;
    }
    struct nf_text unit = {size.data + number.len, size.len - number.len};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (nf_text_equal(unit, nf_text(units[i].unit))
            && nf_text_number(number, 1 << 28, mib))
        {
            *mib *= units[i].mib;
            return true;
        }
    }
    return false;
}

static nf_error_t
put_partition(struct nf_out *out, const struct nf_value *partition, size_t at,
              struct nf_fault *fault)
{
    struct nf_text mount =
        translate(nf_value_member_text(partition, "mount_point"));
    struct nf_text fs = translate(nf_value_member_text(partition, "fstype"));
    char field[64];
    uint64_t mib;

    if (!read_size(nf_value_member_text(partition, "size"), &mib)) {
        snprintf(field, sizeof(field), "disk_layout.partitions[%zu].size", at);
        return nf_refuse(fault, field,
                         "must be a size such as 512M or 20G, or rest");
    }
    nf_out_puts(out, at == 0 ? "{" : ",{");
    put_text(out, "mount",
             mount.len == 0 && nf_text_equal(fs, NF_TEXT("swap")) ? fs : mount);
    put_text(out, "fs", fs);
    nf_out_puts(out, out->data[out->len - 1] == '{' ? "" : ",");
    nf_out_printf(out, "\"size_mb\":%llu}", (unsigned long long) mib);
    return NF_OK;
}

static nf_error_t
put_disk(struct nf_out *out, const struct nf_value *layout,
         struct nf_fault *fault)
{
    const struct nf_value *partitions = nf_value_member(layout, "partitions");
    nf_error_t err = NF_OK;

    open_map(out, "disk");
    put_text(out, "device", nf_value_member_text(layout, "root_disk"));
    put_text(out, "table",
             translate(nf_value_member_text(layout, "partition_table")));
    if (partitions != NULL && partitions->list.n > 0) {
        nf_out_puts(out, out->data[out->len - 1] == '{' ? "" : ",");
        nf_out_puts(out, "\"partitions\":[");
        for (size_t i = 0; i < partitions->list.n && !err; i++) {
            err = put_partition(out, &partitions->list.items[i], i, fault);
        }
        nf_out_putc(out, ']');
    }
    nf_out_putc(out, '}');
    return err;
}

/* --- together ----------------------------------------------------------------
 */

static nf_error_t
put_overlay(struct nf_out *out, const struct nf_value *body,
            struct nf_fault *fault)
{
    const struct nf_value *network = nf_value_member(body, "network");
    const struct nf_value *layout = nf_value_member(body, "disk_layout");
    const struct nf_value *pxe = nf_value_member(body, "pxe");
    nf_error_t err = NF_OK;

    if (network == NULL) {
        network = nf_value_member(body, "network_config");
    }
    nf_out_putc(out, '{');
    put_text(out, "bootfile", nf_value_member_text(body, "bootfile"));
    put_text(out, "kernel", nf_value_member_text(pxe, "kernel_path"));
    put_text(out, "initrd", nf_value_member_text(pxe, "initrd_path"));
    put_text(out, "kernel_args", nf_value_member_text(pxe, "kernel_params"));
    put_value(out, "packages", nf_value_member(body, "packages"));
    if (network != NULL) {
        err = put_network(out, network, body, fault);
    }
    if (!err && layout != NULL) {
        err = put_disk(out, layout, fault);
    }
    nf_out_putc(out, '}');
    return err;
}

/* A fault of the profile, said of the task's own member that caused it. */
static void
rename_fault(struct nf_fault *fault)
{
    static const struct {
        const char *ours, *theirs;
    } names[] = {
        {"kernel_args", "pxe.kernel_params"},
        {"kernel", "pxe.kernel_path"},
        {"initrd", "pxe.initrd_path"},
        {"network.vlan", "network.vlans"},
        {"disk.device", "disk_layout.root_disk"},
        {"disk.table", "disk_layout.partition_table"},
        {"disk", "disk_layout"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct nf_text ours = nf_text(names[i].ours);
        if (nf_text_starts(nf_text(fault->field), ours)) {
            char rest[sizeof(fault->field)];
            snprintf(rest, sizeof(rest), "%s", fault->field + ours.len);
            snprintf(fault->field, sizeof(fault->field), "%s%.*s",
                     names[i].theirs,
                     (int) (sizeof(fault->field) - 1 - strlen(names[i].theirs)),
                     rest);
            return;
        }
    }
}

nf_error_t
nf_task_profile_make(const struct nf_profile *profile,
                     const struct nf_value *body, nf_arena_t *arena,
                     struct nf_profile *effective, struct nf_fault *fault)
{
    char *overlay = nf_arena_room(arena, OVERLAY_MAX);
    char *whole = nf_arena_room(arena, NF_PROFILE_JSON_MAX);
    struct nf_out over = nf_out(overlay, OVERLAY_MAX);
    struct nf_out json = nf_out(whole, NF_PROFILE_JSON_MAX);

    if (overlay == NULL || whole == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = put_overlay(&over, body, fault);
    if (err == NF_OK && over.full) {
        return nf_refuse(fault, "", "the task is too large");
    }
    if (err == NF_OK) {
        err = nf_profile_effective(profile->json, nf_out_text(&over), &json,
                                   fault);
        if (err == NF_INVALID) {
            rename_fault(fault);
        }
    }
    if (err == NF_OK) {
        err = nf_profile_read(nf_out_text(&json), arena, effective, fault);
    }
    memcpy(effective->name, profile->name, sizeof(effective->name));
    effective->revision = profile->revision;
    return err;
}
