#include "view.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bastion.h"
#include "mirror.h"

void
nf_view_add(struct nf_conf_view *view, const char *name, struct nf_value value)
{
    if (view->n < NF_VIEW_MEMBERS) {
        view->members[view->n++] = (struct nf_member){name, value};
    }
}

static void
add_settings(struct nf_conf_view *view, const struct nf_settings *s)
{
#define X(member, name, fallback, check, text)                                 \
    nf_view_add(view, #member, nf_value_string(s->member));
    NF_SETTINGS(X)
#undef X
}

static void
split(const char *value, char *host, size_t size, char port[static 8])
{
    struct nf_text rest = nf_text(value);

    (void) nf_text_copy(host, size, nf_text_cut(&rest, ':'));
    (void) nf_text_copy(port, 8, rest);
}

/* A site without the account runs as whoever started it. */
static void
fill_account(struct nf_conf_view *view, const struct nf_settings *s)
{
    struct passwd *user = getpwnam(s->user);
    struct group *group;

    if (user == NULL) {
        user = getpwuid(geteuid());
    }
    const char *name = user != NULL ? user->pw_name : "root";
    group = user != NULL ? getgrgid(user->pw_gid) : NULL;
    snprintf(view->group, sizeof(view->group), "%s",
             group != NULL ? group->gr_name : name);
    /* Before the setting of the same name: the first one wins. */
    nf_view_add(view, "user",
                nf_value_string(strcmp(name, s->user) == 0 ? s->user : "root"));
    nf_view_add(view, "group", nf_value_string(view->group));
}

static void
fill_server(struct nf_conf_view *view, const struct nf_settings *s)
{
    char port[8];

    split(s->server_addr, view->server_ip, sizeof(view->server_ip), port);
    bool is_usual = strcmp(port, "80") == 0;
    snprintf(view->server_url, sizeof(view->server_url), "http://%s%s%s",
             view->server_ip, is_usual ? "" : ":", is_usual ? "" : port);
    snprintf(view->boot_url, sizeof(view->boot_url),
             "%s/boot/${mac:hexhyp}/boot.ipxe?sn=${serial:hexraw}",
             view->server_url);
    nf_view_add(view, "server_ip", nf_value_string(view->server_ip));
    nf_view_add(view, "server_url", nf_value_string(view->server_url));
    nf_view_add(view, "boot_url", nf_value_string(view->boot_url));
}

static void
print_dns(const struct nf_range *range, char *text, size_t size)
{
    struct nf_out out = nf_out(text, size - 1);

    for (size_t i = 0; i < range->dns_n; i++) {
        char ip[NF_IP4_TEXT];
        nf_ip4_format(range->dns[i], ip);
        nf_out_puts(&out, i == 0 ? "" : ",");
        nf_out_puts(&out, ip);
    }
    text[out.len] = '\0';
}

static void
print_ip(nf_ip4_t ip, char text[static NF_IP4_TEXT])
{
    text[0] = '\0';
    if (nf_ip4_is_set(ip)) {
        nf_ip4_format(ip, text);
    }
}

/* Its members; whether it has addresses to lease is `start`. */
static struct nf_value
fill_range(struct nf_view_range *view, const struct nf_range *range,
           size_t number)
{
    snprintf(view->tag, sizeof(view->tag), "r%zu", number);
    snprintf(view->lease_time, sizeof(view->lease_time), "%u",
             (unsigned) range->lease_s);
    print_ip(range->net.ip, view->network);
    print_ip(nf_ip4_net_mask(range->net), view->netmask);
    print_ip(range->first, view->start);
    print_ip(range->last, view->end);
    print_ip(range->gateway, view->gateway);
    print_dns(range, view->dns, sizeof(view->dns));
    const struct nf_member members[NF_VIEW_RANGE] = {
        {"tag", nf_value_string(view->tag)},
        {"network", nf_value_string(view->network)},
        {"netmask", nf_value_string(view->netmask)},
        {"start", nf_value_string(view->start)},
        {"end", nf_value_string(view->end)},
        {"gateway", nf_value_string(view->gateway)},
        {"dns", nf_value_string(view->dns)},
        {"lease_time", nf_value_string(view->lease_time)},
        {"is_relayed", nf_value_bool(number > 0)},
    };
    memcpy(view->member, members, sizeof(members));
    return nf_value_map(view->member, NF_VIEW_RANGE);
}

static void
fill_ranges(struct nf_conf_view *view, const struct nf_settings *s)
{
    struct nf_ranges ranges;
    struct nf_fault ignored; /* the settings were checked */
    size_t n = nf_ranges_read(s, &ranges, &ignored) == NF_OK ? ranges.n : 0;

    for (size_t i = 0; i < n; i++) {
        view->range_items[i] = fill_range(&view->ranges[i], &ranges.each[i], i);
    }
    nf_view_add(view, "network", nf_value_string(view->ranges[0].network));
    nf_view_add(view, "range_list", nf_value_list(view->range_items, n));
}

static void
fill_dhcp(struct nf_conf_view *view, const struct nf_settings *s)
{
    char host[NF_IP4_TEXT];
    bool is_server = strcmp(s->dhcp_mode, "server") == 0;

    split(s->dhcp_addr, host, sizeof(host), view->dhcp_port);
    if (strcmp(view->dhcp_port, "67") == 0) {
        view->dhcp_port[0] = '\0';
    }
    nf_view_add(view, "dhcp_port", nf_value_string(view->dhcp_port));
    nf_view_add(view, "is_server",
                nf_value_bool(is_server && nf_bastion_serves_dhcp(s)));
    nf_view_add(view, "is_proxy",
                nf_value_bool(strcmp(s->dhcp_mode, "proxy") == 0));
    nf_view_add(view, "serves_dns",
                nf_value_bool(is_server && s->dhcp_dns[0] == '\0'));
    nf_view_add(
        view, "announces",
        nf_value_bool(nf_setting_is_on(s->dhcp_ra) && s->interface[0] != '\0'));
    fill_ranges(view, s);
}

static void
add_macs(struct nf_conf_view *view, const char *name, const char *value,
         struct nf_view_macs *macs)
{
    struct nf_text rest = nf_text(value);
    size_t n = 0;
    nf_mac_t mac;

    while (rest.len > 0 && n < NF_VIEW_MACS) {
        if (nf_mac_parse(nf_text_cut(&rest, ','), &mac)) {
            nf_mac_format_divided(mac, ':', macs->text[n]);
            macs->member[n] =
                (struct nf_member){"mac", nf_value_string(macs->text[n])};
            macs->items[n] = nf_value_map(&macs->member[n], 1);
            n++;
        }
    }
    nf_view_add(view, name, nf_value_list(macs->items, n));
}

static void
fill_loaders(struct nf_conf_view *view, const struct nf_settings *s)
{
    add_macs(view, "grub_list", s->grub_macs, &view->grub);
    add_macs(view, "pxelinux_list", s->pxelinux_macs, &view->pxelinux);
    nf_view_fill_offers(view, s);
    nf_view_add(view, "localboot", nf_value_string(nf_setting_localboot(s)));
    nf_view_add(view, "is_discovery_agent",
                nf_value_bool(strcmp(s->discovery_mode, "agent") == 0));
}

static void
fill_mqtt(struct nf_conf_view *view, const struct nf_settings *s)
{
    char host[NF_SETTING_MAX];
    const char *end = strrchr(s->db_path, '/');
    int len = end != NULL ? (int) (end - s->db_path) : 0;

    split(s->mqtt_broker, host, sizeof(host), view->mqtt_port);
    split(s->agent_broker, view->agent_ip, sizeof(view->agent_ip),
          view->agent_port);
    snprintf(view->mqtt_dir, sizeof(view->mqtt_dir), "%.*s/mosquitto", len,
             s->db_path);
    nf_view_add(view, "mqtt_dir", nf_value_string(view->mqtt_dir));
    nf_view_add(view, "mqtt_port", nf_value_string(view->mqtt_port));
    nf_view_add(view, "agent_ip", nf_value_string(view->agent_ip));
    nf_view_add(view, "agent_port", nf_value_string(view->agent_port));
    nf_view_add(view, "agent_listener",
                nf_value_bool(strcmp(view->agent_ip, view->server_ip) == 0
                              && strcmp(view->agent_ip, "127.0.0.1") != 0));
}

static void
fill_workers(struct nf_conf_view *view, const struct nf_settings *s)
{
    bool listens = s->worker_listen[0] != '\0';

    if (listens) {
        split(s->worker_listen, view->worker_ip, sizeof(view->worker_ip),
              view->worker_port);
    }
    nf_view_add(view, "worker_listener", nf_value_bool(listens));
    nf_view_add(view, "worker_ip", nf_value_string(view->worker_ip));
    nf_view_add(view, "worker_port", nf_value_string(view->worker_port));
}

static void
fill_mirror(struct nf_conf_view *view, const struct nf_settings *s)
{
    nf_mirror_fill(view, s->mirror_url);
    for (size_t i = 0; i < view->n; i++) {
        if (strcmp(view->members[i].name, "mirror_url") == 0) {
            view->members[i].value = nf_value_string(view->mirror_url);
        }
    }
    nf_view_add(view, "mirror_pass", nf_value_string(view->mirror_pass));
    nf_view_add(view, "mirror_host", nf_value_string(view->mirror_host));
    nf_view_add(view, "mirror_path", nf_value_string(view->mirror_path));
    nf_view_add(view, "resolvers", nf_value_string(view->resolvers));
}

static const char *
nginx_level(const char *level)
{
    if (strcmp(level, "err") == 0) {
        return "error";
    }
    return strcmp(level, "warning") == 0 ? "warn" : level;
}

/* What is read as it happens leaves out what nginx says per connection. */
static const char *
nginx_terse(const char *level)
{
    bool is_wordy = strcmp(level, "info") == 0 || strcmp(level, "debug") == 0;

    return is_wordy ? "notice" : nginx_level(level);
}

void
nf_view_fill(struct nf_conf_view *view, const struct nf_settings *s,
             const char *conf_dir)
{
    memset(view, 0, sizeof(*view));
    (void) nf_text_copy(view->conf_dir, sizeof(view->conf_dir),
                        nf_text(conf_dir));
    fill_account(view, s);
    add_settings(view, s);
    nf_view_add(view, "conf_dir", nf_value_string(view->conf_dir));
    nf_view_add(view, "nginx_level",
                nf_value_string(nginx_level(s->log_level)));
    nf_view_add(view, "nginx_terse",
                nf_value_string(nginx_terse(s->log_level)));
    nf_view_add(view, "is_debug",
                nf_value_bool(strcmp(s->log_level, "debug") == 0));
    fill_server(view, s);
    fill_loaders(view, s);
    fill_dhcp(view, s);
    fill_mqtt(view, s);
    fill_workers(view, s);
    fill_mirror(view, s);
}
