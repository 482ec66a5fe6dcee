#include "render/view.h"

#include <stdio.h>

#include "flow/plan.h"
#include "render/install.h"
#include "json/tree.h"

/* More than a poll may last: the server answers first while it lives. */
enum {
    POLL_GRACE_SECONDS = 30
};

/* All variables; those of `network` and its `dns` stand at the end. */
static const char *const names[] = {
    "mac",
    "mac_colons",
    "mac_hyphens",
    "hostname",
    "task",
    "token",
    "reason",
    "profile",
    "suite",
    "image",
    "image_sha256",
    "handover",
    "network",
    "server",
    "server_host",
    "server_port",
    "broker",
    "poll",
    "wait_seconds",
    "poll_timeout_ms",
    "disk",
    "disk_auto",
    "agent_log_level",
    "heartbeat_interval",
    "time_zone",
    "root_password",
    "ssh_key",
    "kernel_args",
    "ip",
    "netmask",
    "gateway",
    "dns",
    "more",
    "bootfile",
    "poll_seconds",
    "serial",
    "loader_root",
    "install",
    "uefi",
    "prefix",
};

/* What stands in the lists and maps of `install`, for sections over them. */
static const char *const nested[] = {
    "name",   "mount",   "fs",   "number",        "size_mb", "megabytes",
    "rest",   "swap",    "boot", "raid_devices",  "first",   "second",
    "tpm2",   "keyfile", "sudo", "password_hash", "locked",  "ssh_keys",
    "script", "link",    "id",   "mode",          "members",
};

static bool
is_base32(struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7'))) {
            return false;
        }
    }
    return true;
}

static bool
is_hex(struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return true;
}

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

static void
add(struct nf_view_values *v, const char *name, struct nf_value value)
{
    v->members[v->n++] = (struct nf_member){name, value};
}

static void
add_string(struct nf_view_values *v, const char *name, const char *text)
{
    add(v, name, nf_value_string(text ? text : ""));
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

/* What few templates ask for: names are looked up from the front. */
static void
add_rare(struct nf_view_values *v, const struct nf_view *view)
{
    add_string(v, "bootfile", view->node != NULL ? view->node->bootfile : "");
    add(v, "loader_root", nf_value_text(view->loader_root));
    add(v, "serial", nf_value_text(word_of(view->node)));
    add(v, "uefi", nf_value_bool(view->uefi));
}

static nf_error_t
add_names(struct nf_view_values *v, const struct nf_view *view)
{
    nf_mac_format(view->mac, v->mac);
    nf_mac_format_divided(view->mac, ':', v->mac_colons);
    nf_mac_format_divided(view->mac, '-', v->mac_hyphens);
    if (view->node != NULL && view->node->hostname[0] != '\0') {
        memcpy(v->hostname, view->node->hostname, sizeof(v->hostname));
        v->hostname[sizeof(v->hostname) - 1] = '\0';
    } else {
        snprintf(v->hostname, sizeof(v->hostname), "node-%s", v->mac);
    }
    if (!nf_text_is_hostname(nf_text(v->hostname))) {
        return NF_CORRUPT;
    }
    add_string(v, "mac", v->mac);
    add_string(v, "mac_colons", v->mac_colons);
    add_string(v, "mac_hyphens", v->mac_hyphens);
    add_string(v, "hostname", v->hostname);
    return NF_OK;
}

static nf_error_t
add_task(struct nf_view_values *v, const struct nf_view *view)
{
    const struct nf_profile *profile = view->profile;

    if (!is_base32(view->token) || !is_hex(view->image_sha256)) {
        return NF_CORRUPT;
    }
    copy_reason(v->reason, view->reason);
    snprintf(v->task, sizeof(v->task), "task-%08llx",
             (unsigned long long) view->task);
    add_string(v, "task", view->task ? v->task : "");
    add(v, "token", nf_value_text(view->token));
    add_string(v, "reason", v->reason);
    add_string(v, "profile", profile ? profile->name : "");
    add_string(v, "suite", profile ? profile->suite : "");
    add_string(v, "image", profile ? profile->image : "");
    add(v, "image_sha256", nf_value_text(view->image_sha256));
    add(v, "handover",
        nf_value_bool(profile && profile->method == NF_METHOD_PRESEED
                      && profile->image[0] != '\0'));
    return NF_OK;
}

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
static void
add_network(struct nf_view_values *v, const struct nf_node *node)
{
    if (!nf_ip4_is_set(node->ip) || !nf_ip4_is_netmask(node->netmask)) {
        add(v, "network", nf_value_bool(false));
        return;
    }
    nf_ip4_format(node->ip, v->ip);
    nf_ip4_format(node->netmask, v->netmask);
    if (nf_ip4_is_set(node->gateway)) {
        nf_ip4_format(node->gateway, v->gateway);
    } else {
        v->gateway[0] = '\0';
    }
    v->network[0] = (struct nf_member){"ip", nf_value_string(v->ip)};
    v->network[1] = (struct nf_member){"netmask", nf_value_string(v->netmask)};
    v->network[2] = (struct nf_member){"gateway", nf_value_string(v->gateway)};
    add_dns(v, node);
    snprintf(v->prefix, sizeof(v->prefix), "%d", prefix_of(node->netmask));
    v->network[4] = (struct nf_member){"prefix", nf_value_string(v->prefix)};
    add(v, "network", nf_value_map(v->network, 5));
}

/* The agent knows four of our five levels. */
static const char *
agent_level(const char *level)
{
    return strcmp(level, "err") == 0      ? "error"
           : strcmp(level, "notice") == 0 ? "info"
                                          : level;
}

static void
add_server(struct nf_view_values *v, const struct nf_settings *s)
{
    struct nf_text port = nf_text(s->server_addr);
    struct nf_text host = nf_text_cut(&port, ':');
    bool is_80 = port.len == 0 || nf_text_equal(port, NF_TEXT("80"));

    add(v, "server",
        is_80 ? nf_value_text(host) : nf_value_string(s->server_addr));
    add(v, "server_host", nf_value_text(host));
    add(v, "server_port", nf_value_text(is_80 ? NF_TEXT("80") : port));
    add_string(v, "broker", s->agent_broker);
    add_string(v, "heartbeat_interval", s->heartbeat_interval);
    add_string(v, "agent_log_level", agent_level(s->log_level));
}

/* What a profile says of it stands for the site's setting. */
static struct nf_text
own_or(const struct nf_view_values *v, const char *name, const char *setting)
{
    struct nf_text own = nf_value_member_text(&v->document, name);

    return own.len > 0 ? own : nf_text(setting);
}

static void
add_overridden(struct nf_view_values *v, const struct nf_settings *s)
{
    struct nf_text args = nf_value_member_text(&v->document, "kernel_args");
    struct nf_text disk =
        nf_value_member_text(nf_value_member(&v->document, "disk"), "device");

    if (disk.len == 0) {
        disk = nf_text(s->disk);
    }
    snprintf(v->kernel_args, sizeof(v->kernel_args), "%s%s%.*s", s->kernel_args,
             s->kernel_args[0] != '\0' && args.len > 0 ? " " : "",
             (int) args.len, args.len > 0 ? args.data : "");
    add_string(v, "kernel_args", v->kernel_args);
    add(v, "disk", nf_value_text(disk));
    add(v, "disk_auto", nf_value_bool(nf_text_equal(disk, NF_TEXT("auto"))));
    add(v, "root_password",
        nf_value_text(own_or(v, "root_password_hash", s->root_password)));
    add(v, "time_zone", nf_value_text(own_or(v, "time_zone", s->time_zone)));
}

static void
add_settings(struct nf_view_values *v, const struct nf_view *view)
{
    const struct nf_settings *s = view->settings;
    bool is_poll = !view->no_poll && strcmp(s->boot_wait, "poll") == 0;
    uint64_t seconds = 0;

    (void) nf_text_number(nf_text(s->boot_wait_seconds), UINT32_MAX, &seconds);
    snprintf(v->poll_ms, sizeof(v->poll_ms), "%llu",
             (unsigned long long) (seconds + POLL_GRACE_SECONDS) * 1000);
    add(v, "poll", nf_value_bool(is_poll));
    add_string(v, "wait_seconds", s->boot_wait_seconds);
    add_string(v, "poll_timeout_ms", v->poll_ms);
    add_string(v, "poll_seconds", s->agent_poll);
    add_string(v, "ssh_key", s->ssh_key);
    add_overridden(v, s);
}

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

static nf_error_t
add_install(struct nf_view_values *v, const struct nf_view *view)
{
    struct nf_build build = {.arena = view->arena};
    struct nf_value so_far = nf_value_map(v->members, v->n);
    struct nf_install install = {
        .profile = view->profile,
        .document = &v->document,
        .settings = view->settings,
        .server = nf_value_member_text(&so_far, "server"),
        .image_sha256 = view->image_sha256,
    };

    if (view->arena == NULL || view->profile == NULL) {
        return NF_OK;
    }
    add(v, "install", nf_install_value(&build, &install));
    return build.failed ? NF_NO_MEMORY : NF_OK;
}

nf_error_t
nf_view_values(const struct nf_view *view, struct nf_view_values *values)
{
    struct nf_node node;

    values->n = 0;
    nf_error_t err = read_document(values, view);
    if (!err) {
        err = add_names(values, view);
    }
    if (!err) {
        err = add_task(values, view);
    }
    if (err) {
        return err;
    }
    choose_network(values, view, &node);
    add_network(values, &node);
    add_server(values, view->settings);
    add_settings(values, view);
    add_rare(values, view);
    err = add_install(values, view);
    values->root = nf_value_map(values->members, values->n);
    return err;
}

static bool
is_listed(const char *const *words, size_t n, struct nf_text name)
{
    for (size_t i = 0; i < n; i++) {
        if (nf_text_equal(nf_text(words[i]), name)) {
            return true;
        }
    }
    return false;
}

bool
nf_view_has(struct nf_text name)
{
    return is_listed(names, sizeof(names) / sizeof(names[0]), name)
           || is_listed(nested, sizeof(nested) / sizeof(nested[0]), name);
}

struct nf_text
nf_view_reason(const struct nf_task *task, char text[static NF_VIEW_REASON])
{
    const struct nf_step *step =
        nf_task_is_live(task) ? nf_task_running(task) : NULL;

    if (step == NULL) {
        return nf_text(task->reason);
    }
    snprintf(text, NF_VIEW_REASON, "its task waits for %s",
             nf_plan_row(step->kind)->waits_for);
    return nf_text(text);
}
