/*
 * What depends on the machine that is installed: its address, its disks, what
 * it will be served and fetch, and who carries out commands on its BMC and
 * switch.
 */
#include "place/place.h"
#include "preflight/look.h"
#include "render/answers.h"
#include "render/boot.h"
#include "status/mirror.h"
#include "store/devices.h"
#include "store/hardware.h"
#include "store/workers.h"
#include "json/tree.h"

/* --- address ----------------------------------------------------------------
 */

/* A machine that nobody knows yet may be given one until it comes. */
bool
nf_check_address(struct nf_look *look, struct nf_finding *found)
{
    const struct nf_value *network =
        nf_value_member(&look->document, "network");
    bool is_static = nf_text_equal(nf_value_member_text(network, "method"),
                                   NF_TEXT("static"));

    return is_static && look->has_node
           && (!nf_ip4_is_set(look->node.ip)
               || !nf_ip4_is_netmask(look->node.netmask))
           && nf_found(found, "network.ip",
                       "is missing: the profile's network is static, and the "
                       "node has no address. Give it one with `nf address "
                       "NODE IP/MASK`");
}

/* --- what it is served ------------------------------------------------------
 */

static const enum nf_answer answers[] = {
    [NF_METHOD_PRESEED] = NF_ANSWER_PRESEED,
    [NF_METHOD_IMAGE] = NF_ANSWER_IMAGE,
    [NF_METHOD_AUTOINSTALL] = NF_ANSWER_AUTOINSTALL,
    [NF_METHOD_KICKSTART] = NF_ANSWER_KICKSTART,
};

/* The bytes go nowhere. */
static nf_error_t
render(struct nf_look *look, const struct nf_view *view, bool is_answer)
{
    size_t size = is_answer ? NF_ANSWER_MAX : NF_BOOT_SCRIPT_MAX;
    char *room = nf_arena_room(look->of->arena, size);
    struct nf_out out = nf_out(room, room != NULL ? size : 0);

    if (room == NULL) {
        return NF_NO_MEMORY;
    }
    return is_answer ? nf_render_answer(look->of->templates, view,
                                        answers[view->profile->method], &out)
                     : nf_render_boot(look->of->templates, view, &out);
}

bool
nf_check_render(struct nf_look *look, struct nf_finding *found)
{
    static const char *const names[] = {"boot script", "answer file"};
    struct nf_node node = look->node;
    struct nf_view view = {
        .mac = node.mac,
        .node = &node,
        .profile = look->of->profile,
        .settings = look->of->settings,
        .task = 1,
        .token = NF_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        .arena = look->of->arena,
    };

    node.boot = NF_BOOT_INSTALL;
    for (int i = 0; i < 2; i++) {
        nf_error_t err = render(look, &view, i == 1);
        if (err == NF_NO_MEMORY) {
            look->err = err;
            return false;
        }
        if (err != NF_OK) {
            const char *why = err == NF_TOO_LARGE ? "it would be too large"
                                                  : nf_error_text(err);
            return nf_found(found, "profile",
                            "%s: its %s cannot be rendered for this node: %s. "
                            "See docs/templates.md",
                            look->of->profile->name, names[i], why);
        }
    }
    return false;
}

/* --- disks ------------------------------------------------------------------
 */

static uint64_t
number_of(const struct nf_value *map, const char *name)
{
    uint64_t number = 0;

    (void) nf_text_number(nf_value_member_text(map, name), INT64_MAX, &number);
    return number;
}

/* In bytes; what told whole gigabytes alone may have nearly one more. */
static uint64_t
size_of(const struct nf_value *disk)
{
    uint64_t bytes = number_of(disk, "size_bytes");
    uint64_t gb = number_of(disk, "size_gb");

    return bytes > 0 || gb == 0 || gb > UINT32_MAX ? bytes : (gb + 1) << 30;
}

/* The disk that the profile names, else the largest; 0: none was reported. */
static uint64_t
find_room(struct nf_look *look, const struct nf_value *disks)
{
    struct nf_text device = nf_value_member_text(
        nf_value_member(&look->document, "disk"), "device");
    uint64_t largest = 0;

    for (size_t i = 0; disks != NULL && i < disks->list.n; i++) {
        const struct nf_value *disk = &disks->list.items[i];
        uint64_t size = size_of(disk);
        if (device.len > 0
            && nf_text_equal(nf_value_member_text(disk, "device"), device))
        {
            return size;
        }
        largest = size > largest ? size : largest;
    }
    return largest;
}

bool
nf_check_disk(struct nf_look *look, struct nf_finding *found)
{
    uint64_t needed = nf_look_image_size(look);
    struct nf_hardware hardware;
    struct nf_value document;
    struct nf_fault ignored;

    if (needed == 0 || !look->has_node
        || !nf_hardware_get(look->of->r, look->node.mac, &hardware)
        || (look->err = nf_json_tree(hardware.json, look->of->arena, &document,
                                     &ignored))
               != NF_OK)
    {
        return false;
    }
    uint64_t room = find_room(look, nf_value_member(&document, "disks"));
    return room > 0 && room < needed
           && nf_found(
               found, "image",
               "requires %llu MiB, and the disk that the node reported has "
               "%llu MiB: choose a smaller image, or have it report "
               "again",
               (unsigned long long) (needed >> 20),
               (unsigned long long) (room >> 20));
}

/* --- packages ---------------------------------------------------------------
 */

/* It may come back while the machine waits for it: only one that runs a system
 * loses something by that. */
bool
nf_check_mirror(struct nf_look *look, struct nf_finding *found)
{
    const struct nf_preflight *of = look->of;
    char words[NF_MIRROR_WORDS];

    found->refuses = look->has_node && look->node.status == NF_NODE_INSTALLED;
    return nf_profile_needs_mirror(of->profile, of->arena)
           && nf_mirror_fails(of->settings, of->now, of->profile->suite, words)
           && nf_found(found, "profile",
                       "needs the mirror %.38s, which fails: %.50s. Check "
                       "NF_MIRROR_URL",
                       of->settings->mirror_url, words);
}

/* --- devices ----------------------------------------------------------------
 */

static bool
has_port(struct nf_read *r, struct nf_look *look)
{
    char text[256];
    struct nf_out words = nf_out(text, sizeof(text));
    struct nf_port_link link;

    if (look->of->settings->install_vlan[0] == '\0') {
        return false;
    }
    enum nf_place place = nf_place_find(r, look->node.mac, &link, &words);
    return place == NF_PLACE_FOUND || place == NF_PLACE_TWO;
}

/* It restarts nothing as long as there is none, and one may come. */
bool
nf_check_worker(struct nf_look *look, struct nf_finding *found)
{
    const struct nf_preflight *of = look->of;
    struct nf_managed_device device;
    nf_time_t since;

    if (nf_workers_any(of->r, &since)) {
        return false;
    }
    bool has_bmc = of->has_bmc
                   || (look->has_node
                       && nf_devices_of_node(of->r, look->node.mac, &device));
    bool is_moved = of->has_switch || (look->has_node && has_port(of->r, look));
    return (has_bmc || is_moved)
           && nf_found(
               found, has_bmc ? "bmc" : "switch",
               "requires a worker, and none is connected: the task fails "
               "unless one connects. `nf workers` shows which were connected");
}
