#include "render/view.h"

#include <stdio.h>

#include "flow/plan.h"
#include "model/range.h"
#include "render/install.h"
#include "json/tree.h"

/* More than a poll may last: the server answers first while it lives. */
enum {
    POLL_GRACE_SECONDS = 30
};

/* All variables, each of which has a place among the members; those of a
 * waiting machine's script stand first. */
#define VARIABLES(X)                                                           \
    X(mac)                                                                     \
    X(server)                                                                  \
    X(poll)                                                                    \
    X(wait_seconds)                                                            \
    X(poll_timeout_ms)                                                         \
    X(mac_colons)                                                              \
    X(mac_hyphens)                                                             \
    X(hostname)                                                                \
    X(serial)                                                                  \
    X(task)                                                                    \
    X(token)                                                                   \
    X(reason)                                                                  \
    X(profile)                                                                 \
    X(suite)                                                                   \
    X(image)                                                                   \
    X(image_sha256)                                                            \
    X(handover)                                                                \
    X(network)                                                                 \
    X(server_host)                                                             \
    X(server_port)                                                             \
    X(broker)                                                                  \
    X(poll_seconds)                                                            \
    X(disk)                                                                    \
    X(disk_auto)                                                               \
    X(agent_log_level)                                                         \
    X(heartbeat_interval)                                                      \
    X(time_zone)                                                               \
    X(root_password)                                                           \
    X(ssh_key)                                                                 \
    X(kernel_args)                                                             \
    X(bootfile)                                                                \
    X(loader_root)                                                             \
    X(localboot)                                                               \
    X(boot_vlan)                                                               \
    X(bmc)                                                                     \
    X(uefi)                                                                    \
    X(install)

enum {
#define X(name) PLACE_##name,
    VARIABLES(X)
#undef X
    PLACES,
};

static_assert((int) PLACES <= NF_VIEW_MEMBERS, "every variable has a place");

/* As they are until somebody asks for them. */
static const struct nf_member blank[PLACES] = {
#define X(name) {#name, {.kind = NF_VALUE_NONE}},
    VARIABLES(X)
#undef X
};

/* What stands in the lists and maps of `network` and `install`, for sections
 * over them. */
static const char *const nested[] = {
    "ip",           "netmask",       "gateway", "dns",      "more",
    "prefix",       "name",          "mount",   "fs",       "number",
    "size_mb",      "megabytes",     "rest",    "swap",     "boot",
    "raid_devices", "first",         "second",  "tpm2",     "keyfile",
    "sudo",         "password_hash", "locked",  "ssh_keys", "script",
    "link",         "url",           "key",     "proxy",    "components_line",
    "id",           "mode",          "members",
};

static bool
is_empty_or(struct nf_text text, const char *allowed)
{
    return text.len == 0 || nf_text_has_only(text, allowed);
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What iPXE's echo prints as it is: no ${...}, no ||, no quotes. */
static bool
is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9')
           || (c != '\0' && strchr(" .,:_/()+=-", c) != NULL);
}

static void
copy_reason(char to[static NF_VIEW_REASON], struct nf_text reason)
{
    size_t n = 0;

    for (; n < reason.len && n + 1 < NF_VIEW_REASON; n++) {
        to[n] = is_plain(reason.data[n]) ? reason.data[n] : '?';
    }
    to[n] = '\0';
}

/* --- what each is made of ---------------------------------------------------
 */

#define MAKE(name)                                                             \
    static struct nf_value make_##name(struct nf_view_values *v,               \
                                       const struct nf_view *view)
#define SHOW(name, value)                                                      \
    MAKE(name)                                                                 \
    {                                                                          \
        (void) v;                                                              \
        (void) view;                                                           \
        return value;                                                          \
    }

/* A text that is not of its kind could mean something else to the script it
 * would stand in. */
static void
expect(struct nf_view_values *v, bool is_fine)
{
    if (!is_fine && v->err == NF_OK) {
        v->err = NF_CORRUPT;
    }
}

MAKE(mac)
{
    nf_mac_format(view->mac, v->mac);
    return nf_value_text((struct nf_text){v->mac, NF_MAC_TEXT - 1});
}

/* The card that the machine was booted by. */
static nf_mac_t
card_of(const struct nf_view *view)
{
    return nf_mac_equal(view->card, (nf_mac_t){0}) ? view->mac : view->card;
}

/* The same whichever of its cards asks. */
static nf_mac_t
node_of(const struct nf_view *view)
{
    return view->node != NULL ? view->node->mac : view->mac;
}

MAKE(mac_colons)
{
    nf_mac_format_divided(card_of(view), ':', v->mac_colons);
    return nf_value_string(v->mac_colons);
}

MAKE(mac_hyphens)
{
    nf_mac_format_divided(card_of(view), '-', v->mac_hyphens);
    return nf_value_string(v->mac_hyphens);
}

MAKE(hostname)
{
    const char *own = view->node != NULL ? nf_node_name(view->node) : "";

    if (own[0] != '\0') {
        memcpy(v->hostname, own, sizeof(v->hostname));
        v->hostname[sizeof(v->hostname) - 1] = '\0';
    } else {
        memcpy(v->hostname, "node-", 5);
        nf_mac_format(node_of(view), v->hostname + 5);
    }
    expect(v, nf_text_is_hostname(nf_text(v->hostname)));
    return nf_value_string(v->hostname);
}

/* The serial number where it can stand on a kernel command line. */
static struct nf_text
word_of(const struct nf_node *node)
{
    struct nf_text serial =
        node == NULL ? (struct nf_text){0} : nf_text(node->serial);

    for (size_t i = 0; i < serial.len; i++) {
        if (!is_plain(serial.data[i]) || serial.data[i] == ' ') {
            return (struct nf_text){0};
        }
    }
    return serial;
}

SHOW(serial, nf_value_text(word_of(view->node)))
SHOW(bootfile, nf_value_string(view->node != NULL ? view->node->bootfile : ""))
SHOW(loader_root, nf_value_text(view->loader_root))
SHOW(uefi, nf_value_bool(view->uefi))
SHOW(localboot, nf_value_string(nf_setting_localboot(view->settings)))

MAKE(task)
{
    if (view->task == 0) {
        return nf_value_string("");
    }
    nf_task_format(view->task, v->task);
    return nf_value_string(v->task);
}

MAKE(token)
{
    expect(v, is_empty_or(view->token, LOWER "234567"));
    return nf_value_text(view->token);
}

MAKE(bmc)
{
    expect(v, is_empty_or(view->bmc, LOWER UPPER "0123456789-_:"));
    return nf_value_text(view->bmc);
}

MAKE(reason)
{
    copy_reason(v->reason, view->reason);
    return nf_value_string(v->reason);
}

#define OF_PROFILE(member)                                                     \
    nf_value_string(view->profile != NULL ? view->profile->member : "")
SHOW(profile, OF_PROFILE(name))
SHOW(suite, OF_PROFILE(suite))
SHOW(image, OF_PROFILE(image))

MAKE(image_sha256)
{
    expect(v, is_empty_or(view->image_sha256, "abcdef0123456789"));
    return nf_value_text(view->image_sha256);
}

SHOW(handover, nf_value_bool(view->profile != NULL
                             && view->profile->method == NF_METHOD_PRESEED
                             && view->profile->image[0] != '\0'))

/* --- the network ------------------------------------------------------------
 */

static void
add_dns(struct nf_view_values *v, const struct nf_node *node)
{
    size_t n = node->dns_n < NF_NODE_DNS ? node->dns_n : NF_NODE_DNS;

    for (size_t i = 0; i < n; i++) {
        nf_ip4_format(node->dns[i], v->dns_texts[i]);
        v->dns[i][0] =
            (struct nf_member){"ip", nf_value_string(v->dns_texts[i])};
        v->dns[i][1] = (struct nf_member){"more", nf_value_bool(i + 1 < n)};
        v->dns_items[i] = nf_value_map(v->dns[i], 2);
    }
    v->network[3] = (struct nf_member){"dns", nf_value_list(v->dns_items, n)};
}

static void
take_ip(const struct nf_value *network, const char *name, nf_ip4_t *ip)
{
    (void) nf_ip4_parse(nf_value_member_text(network, name), ip);
}

/* A task may have addresses of its own, or want none: they stand for the
 * node's. */
static void
choose_network(const struct nf_view_values *v, const struct nf_view *view,
               struct nf_node *node)
{
    const struct nf_value *network = nf_value_member(&v->document, "network");
    const struct nf_value *dns = nf_value_member(network, "dns");

    *node = view->node == NULL ? (struct nf_node){0} : *view->node;
    if (nf_text_equal(nf_value_member_text(network, "method"), NF_TEXT("dhcp")))
    {
        node->ip = (nf_ip4_t){0};
    } else if (nf_value_member(network, "ip") != NULL) {
        node->gateway = (nf_ip4_t){0};
        node->dns_n = 0;
        take_ip(network, "ip", &node->ip);
        take_ip(network, "netmask", &node->netmask);
        take_ip(network, "gateway", &node->gateway);
        for (size_t i = 0; i < nf_value_count(dns) && i < NF_NODE_DNS; i++) {
            node->dns_n +=
                nf_ip4_parse(dns->list.items[i].text, &node->dns[node->dns_n]);
        }
    }
}

static int
prefix_of(nf_ip4_t netmask)
{
    int n = 0;

    for (size_t i = 0; i < sizeof(netmask.b); i++) {
        n += __builtin_popcount(netmask.b[i]);
    }
    return n;
}

/* Only a whole static network counts; else the node uses DHCP. */
MAKE(network)
{
    struct nf_node node;

    choose_network(v, view, &node);
    if (!nf_ip4_is_set(node.ip) || !nf_ip4_is_netmask(node.netmask)) {
        return nf_value_bool(false);
    }
    nf_ip4_format(node.ip, v->ip);
    nf_ip4_format(node.netmask, v->netmask);
    if (nf_ip4_is_set(node.gateway)) {
        nf_ip4_format(node.gateway, v->gateway);
    } else {
        v->gateway[0] = '\0';
    }
    v->network[0] = (struct nf_member){"ip", nf_value_string(v->ip)};
    v->network[1] = (struct nf_member){"netmask", nf_value_string(v->netmask)};
    v->network[2] = (struct nf_member){"gateway", nf_value_string(v->gateway)};
    add_dns(v, &node);
    snprintf(v->prefix, sizeof(v->prefix), "%d", prefix_of(node.netmask));
    v->network[4] = (struct nf_member){"prefix", nf_value_string(v->prefix)};
    return nf_value_map(v->network, 5);
}

/* That of the network it is booted from: whatever system runs there tags it. */
MAKE(boot_vlan)
{
    nf_ip4_t ip = nf_ip4_is_set(view->peer) ? view->peer
                  : view->node != NULL      ? view->node->ip
                                            : (nf_ip4_t){0};
    uint16_t vlan = nf_ranges_vlan(view->settings, ip);

    snprintf(v->boot_vlan, sizeof(v->boot_vlan), "%u", (unsigned) vlan);
    return nf_value_string(vlan != 0 ? v->boot_vlan : "");
}

/* --- the site ---------------------------------------------------------------
 */

#define OF_SITE(setting) nf_value_string(view->settings->setting)

/* The agent knows four of our five levels. */
static const char *
agent_level(const char *level)
{
    return strcmp(level, "err") == 0      ? "error"
           : strcmp(level, "notice") == 0 ? "info"
                                          : level;
}

/* Without a port that is usual. */
static struct nf_text
server_of(const struct nf_view *view)
{
    struct nf_text all = nf_text(view->settings->server_addr);
    const struct nf_text usual = NF_TEXT(":80");

    all.len -= nf_text_ends(all, usual) ? usual.len : 0;
    return all;
}

static struct nf_text
host_of(const struct nf_view *view)
{
    struct nf_text rest = nf_text(view->settings->server_addr);

    return nf_text_cut(&rest, ':');
}

static struct nf_text
port_of(const struct nf_view *view)
{
    struct nf_text port = nf_text(view->settings->server_addr);

    (void) nf_text_cut(&port, ':');
    return port.len > 0 ? port : NF_TEXT("80");
}

SHOW(server, nf_value_text(server_of(view)))
SHOW(server_host, nf_value_text(host_of(view)))
SHOW(server_port, nf_value_text(port_of(view)))
SHOW(broker, OF_SITE(agent_broker))
SHOW(heartbeat_interval, OF_SITE(heartbeat_interval))
SHOW(agent_log_level, nf_value_string(agent_level(view->settings->log_level)))
SHOW(wait_seconds, OF_SITE(boot_wait_seconds))
SHOW(poll_seconds, OF_SITE(agent_poll))
SHOW(ssh_key, OF_SITE(ssh_key))
SHOW(poll, nf_value_bool(!view->no_poll
                         && strcmp(view->settings->boot_wait, "poll") == 0))

MAKE(poll_timeout_ms)
{
    struct nf_out out = nf_out(v->poll_ms, sizeof(v->poll_ms));
    uint64_t seconds = 0;

    (void) nf_text_number(nf_text(view->settings->boot_wait_seconds),
                          UINT32_MAX, &seconds);
    nf_out_number(&out, (int64_t) (seconds + POLL_GRACE_SECONDS) * 1000);
    return nf_value_text(nf_out_text(&out));
}

/* --- what a profile says, and stands for the site's setting -----------------
 */

static struct nf_text
own_or(const struct nf_view_values *v, const char *name, const char *setting)
{
    struct nf_text own = nf_value_member_text(&v->document, name);

    return own.len > 0 ? own : nf_text(setting);
}

static struct nf_text
disk_of(const struct nf_view_values *v, const struct nf_view *view)
{
    struct nf_text disk =
        nf_value_member_text(nf_value_member(&v->document, "disk"), "device");

    return disk.len > 0 ? disk : nf_text(view->settings->disk);
}

SHOW(disk, nf_value_text(disk_of(v, view)))
SHOW(disk_auto, nf_value_bool(nf_text_equal(disk_of(v, view), NF_TEXT("auto"))))
SHOW(root_password, nf_value_text(own_or(v, "root_password_hash",
                                         view->settings->root_password)))
SHOW(time_zone,
     nf_value_text(own_or(v, "time_zone", view->settings->time_zone)))

MAKE(kernel_args)
{
    struct nf_out out = nf_out(v->kernel_args, sizeof(v->kernel_args));
    struct nf_text own = nf_value_member_text(&v->document, "kernel_args");

    nf_out_puts(&out, view->settings->kernel_args);
    nf_out_puts(&out, out.len > 0 && own.len > 0 ? " " : "");
    nf_out_put(&out, own);
    return nf_value_text(nf_out_text(&out));
}

/* An installer stops at a volume group whose name is in use, on whichever disk
 * an earlier system left it: no two attempts share one, nor two machines.
 * (FNV-1a, 32 bits) */
static void
name_group(const struct nf_view *view, char group[static NF_VIEW_GROUP])
{
    uint64_t attempt = view->node != NULL ? view->node->attempt : 0;
    uint32_t hash = 2166136261u;
    uint8_t bytes[sizeof(view->mac.b) + 2 * sizeof(uint64_t)];
    nf_mac_t mac = node_of(view);

    memcpy(bytes, mac.b, sizeof(mac.b));
    memcpy(bytes + sizeof(view->mac.b), &view->task, sizeof(view->task));
    memcpy(bytes + sizeof(view->mac.b) + sizeof(view->task), &attempt,
           sizeof(attempt));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        hash = (hash ^ bytes[i]) * 16777619u;
    }
    snprintf(group, NF_VIEW_GROUP, "nf%08x", hash);
}

MAKE(install)
{
    struct nf_build build = {.arena = view->arena};
    struct nf_install install = {
        .profile = view->profile,
        .document = &v->document,
        .settings = view->settings,
        .server = server_of(view),
        .group = v->group,
        .image_sha256 = view->image_sha256,
        .loader_root = view->loader_root,
    };

    if (view->arena == NULL || view->profile == NULL) {
        return (struct nf_value){.kind = NF_VALUE_NONE};
    }
    name_group(view, v->group);
    struct nf_value value = nf_install_value(&build, &install);
    if (build.failed && v->err == NF_OK) {
        v->err = NF_NO_MEMORY;
    }
    return value;
}

typedef struct nf_value make_fn(struct nf_view_values *v,
                                const struct nf_view *view);

static make_fn *const makers[PLACES] = {
#define X(name) make_##name,
    VARIABLES(X)
#undef X
};

/* --- all of them ------------------------------------------------------------
 */

/* It was checked before it was stored; a store that was tampered with does
 * not get into a shell by it. */
static nf_error_t
read_document(struct nf_view_values *v, const struct nf_view *view)
{
    struct nf_fault fault;

    v->document = (struct nf_value){.kind = NF_VALUE_MAP};
    if (view->arena == NULL || view->profile == NULL) {
        return NF_OK;
    }
    nf_error_t err =
        nf_json_tree(view->profile->json, view->arena, &v->document, &fault);
    if (!err) {
        err = nf_profile_check(&v->document, &fault);
    }
    return err == NF_INVALID ? NF_CORRUPT : err;
}

nf_error_t
nf_view_values(const struct nf_view *view, uint64_t wanted,
               struct nf_view_values *values)
{
    wanted &= ((uint64_t) 1 << PLACES) - 1;
    size_t n = wanted == 0 ? 0 : 64 - (size_t) __builtin_clzll(wanted);
    memcpy(values->members, blank, n * sizeof(blank[0]));
    values->root = nf_value_map(values->members, n);
    values->err = read_document(values, view);
    for (; wanted != 0 && values->err == NF_OK; wanted &= wanted - 1) {
        unsigned place = (unsigned) __builtin_ctzll(wanted);
        values->members[place].value = makers[place](values, view);
    }
    return values->err;
}

bool
nf_view_find(struct nf_text name, struct nf_name *found)
{
    for (uint32_t i = 0; i < PLACES; i++) {
        if (nf_text_equal(nf_text(blank[i].name), name)) {
            *found = (struct nf_name){blank[i].name, i};
            return true;
        }
    }
    for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
        if (nf_text_equal(nf_text(nested[i]), name)) {
            return true;
        }
    }
    return false;
}

#define NO_TAG                                                                 \
    "its network is a VLAN, which must be given to its installer by vlan= "    \
    "and ip= in kernel_args"
const struct nf_text nf_view_no_tag = {NO_TAG, sizeof(NO_TAG) - 1};

/* Ubuntu's installer is told a VLAN by the name that its kernel gives the card,
 * which nobody knows before; an operator may. */
bool
nf_view_cannot_tag(const struct nf_view *view,
                   const struct nf_view_values *values)
{
    struct nf_text vlan = nf_value_member_text(&values->root, "boot_vlan");
    struct nf_text args = nf_value_member_text(&values->root, "kernel_args");

    return view->profile != NULL
           && view->profile->method == NF_METHOD_AUTOINSTALL && vlan.len > 0
           && memmem(args.data, args.len, "vlan=", 5) == NULL;
}

struct nf_text
nf_view_reason(const struct nf_task *task, char text[static NF_VIEW_REASON])
{
    const struct nf_step *step =
        nf_task_is_live(task) ? nf_task_running(task) : NULL;

    if (step == NULL) {
        return nf_text(task->reason);
    }
    snprintf(text, NF_VIEW_REASON, "its task is waiting for %s",
             nf_plan_row(step->kind)->waits_for);
    return nf_text(text);
}
