#include "model/range.h"

#include <stdio.h>

enum {
    LEASE_MIN = 120, /* dnsmasq's own */
    LEASE_MAX = 31536000,
    VLAN_MAX = 4094,
    LOOPBACK = 127,
    MULTICAST = 224, /* and above */
};

/* --- one range --------------------------------------------------------------
 */

static bool
take_gateway(struct nf_text value, struct nf_range *range)
{
    return nf_ip4_parse(value, &range->gateway);
}

static bool
take_dns(struct nf_text value, struct nf_range *range)
{
    while (value.data != NULL) {
        if (range->dns_n == NF_RANGE_DNS
            || !nf_ip4_parse(nf_text_cut(&value, '+'),
                             &range->dns[range->dns_n]))
        {
            return false;
        }
        range->dns_n++;
    }
    return true;
}

static bool
take_lease(struct nf_text value, struct nf_range *range)
{
    uint64_t number = 0;
    bool fits = nf_text_number(value, LEASE_MAX, &number);

    range->lease_s = (uint32_t) number;
    return fits && number >= LEASE_MIN;
}

static bool
take_vlan(struct nf_text value, struct nf_range *range)
{
    uint64_t number = 0;
    bool fits = nf_text_number(value, VLAN_MAX, &number);

    range->vlan = (uint16_t) number;
    return fits && number > 0;
}

static const struct {
    const char *name;
    bool (*take)(struct nf_text value, struct nf_range *range);
    const char *must;
} members[] = {
    /* clang-format off */
    { "gateway", take_gateway, "gateway= must be an IPv4 address" },
    { "dns",     take_dns,     "dns= must be up to 3 IPv4 addresses separated by +" },
    { "lease",   take_lease,   "lease= must be seconds from 120 to 31536000" },
    { "vlan",    take_vlan,    "vlan= must be a number from 1 to 4094" },
    /* clang-format on */
};

/* NULL, or what is wrong. */
static const char *
take_member(struct nf_text member, struct nf_range *range)
{
    struct nf_text value = member;
    struct nf_text name = nf_text_cut(&value, '=');

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (nf_text_equal(name, nf_text(members[i].name))) {
            return value.data != NULL && members[i].take(value, range)
                       ? NULL
                       : members[i].must;
        }
    }
    return "only gateway=, dns=, lease= and vlan= may follow FIRST-LAST/BITS";
}

/* "10.81.0.50-10.81.0.99/24" */
static bool
take_addresses(struct nf_text text, struct nf_range *range)
{
    struct nf_text bits = text;
    struct nf_text both = nf_text_cut(&bits, '/');
    struct nf_text last = both;
    struct nf_text first = nf_text_cut(&last, '-');
    uint64_t number;

    if (!nf_ip4_parse(first, &range->first) || !nf_ip4_parse(last, &range->last)
        || !nf_text_number(bits, 30, &number) || number < 8)
    {
        return false;
    }
    range->net = nf_ip4_net_of(range->first, (uint8_t) number);
    return true;
}

static const char *
take_range(struct nf_text text, struct nf_range *range)
{
    struct nf_text rest = text;
    const char *fault = NULL;

    if (!take_addresses(nf_text_cut(&rest, ','), range)) {
        return "it must begin with FIRST-LAST/BITS, such as "
               "10.81.0.50-10.81.0.99/24";
    }
    while (rest.data != NULL && fault == NULL) {
        fault = take_member(nf_text_cut(&rest, ','), range);
    }
    return fault;
}

/* --- whether it makes sense --------------------------------------------------
 */

static bool
is_end(struct nf_ip4_net net, nf_ip4_t ip)
{
    return nf_ip4_equal(ip, net.ip) || nf_ip4_equal(ip, nf_ip4_net_last(net));
}

/* Not ourselves, loopback, multicast and what is reserved. */
static bool
is_for_hosts(struct nf_ip4_net net)
{
    return net.ip.b[0] != 0 && net.ip.b[0] != 127 && net.ip.b[0] < 224;
}

static bool
has_pool(const struct nf_range *range)
{
    return nf_ip4_is_set(range->first);
}

bool
nf_range_leases(const struct nf_range *range, nf_ip4_t ip)
{
    uint32_t number = nf_ip4_number(ip);

    return has_pool(range) && number >= nf_ip4_number(range->first)
           && number <= nf_ip4_number(range->last);
}

static const char *
check_range(const struct nf_range *range)
{
    bool has_gateway = nf_ip4_is_set(range->gateway);

    if (!is_for_hosts(range->net)) {
        return "its network has no host addresses";
    }
    if (!nf_ip4_net_has(range->net, range->last)) {
        return "its last address must be in the network of its first";
    }
    if (nf_ip4_number(range->first) > nf_ip4_number(range->last)) {
        return "its last address must not be below its first";
    }
    if (is_end(range->net, range->first) || is_end(range->net, range->last)) {
        return "the network address and the broadcast address cannot be leased";
    }
    if (has_gateway
        && (!nf_ip4_net_has(range->net, range->gateway)
            || is_end(range->net, range->gateway)))
    {
        return "its gateway must be in its network";
    }
    if (has_gateway && nf_range_leases(range, range->gateway)) {
        return "its gateway must not be among the addresses that are leased";
    }
    return NULL;
}

static bool
overlaps(struct nf_ip4_net a, struct nf_ip4_net b)
{
    return nf_ip4_net_has(a, b.ip) || nf_ip4_net_has(b, a.ip);
}

static const char *
check_beside(const struct nf_ranges *ranges, const struct nf_range *range)
{
    if (ranges->n == NF_RANGES_MAX) {
        return "there are too many";
    }
    for (size_t i = 0; i < ranges->n; i++) {
        if (overlaps(ranges->each[i].net, range->net)) {
            return i == 0 ? "its network is the install network, whose pool is "
                            "NF_DHCP_IP_POOL_START to NF_DHCP_IP_POOL_END"
                          : "its network is that of another range";
        }
    }
    return NULL;
}

/* --- all of them ------------------------------------------------------------
 */

static nf_ip4_t
ip_of(const char *value)
{
    struct nf_text text = nf_text(value);
    nf_ip4_t ip = {0};

    (void) nf_ip4_parse(nf_text_cut(&text, ':'), &ip);
    return ip;
}

/* The install network's, of the settings that are its own. */
static nf_error_t
take_own(const struct nf_settings *s, struct nf_range *range,
         struct nf_fault *fault)
{
    nf_ip4_t server = ip_of(s->server_addr);
    const struct {
        const char *name;
        nf_ip4_t ip;
    } rows[] = {
        {"NF_DHCP_IP_POOL_START", range->first = ip_of(s->dhcp_start)},
        {"NF_DHCP_IP_POOL_END", range->last = ip_of(s->dhcp_end)},
        {"NF_DHCP_GATEWAY", range->gateway = ip_of(s->dhcp_gateway)},
    };

    range->net = nf_ip4_net_of(server, nf_ip4_bits(ip_of(s->dhcp_netmask)));
    range->lease_s = (uint32_t) nf_setting_number(s->dhcp_lease_time);
    range->vlan = (uint16_t) nf_setting_number(s->dhcp_vlan);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (nf_ip4_is_set(rows[i].ip)
            && !nf_ip4_net_has(range->net, rows[i].ip)) {
            return nf_refuse(fault, rows[i].name,
                             "must be in the network of NF_SERVER_ADDR and "
                             "NF_DHCP_NETMASK");
        }
    }
    if (nf_ip4_is_set(range->first) != nf_ip4_is_set(range->last)) {
        return nf_refuse(fault, "NF_DHCP_IP_POOL_END",
                         "must be set together with NF_DHCP_IP_POOL_START");
    }
    if (nf_ip4_number(range->first) > nf_ip4_number(range->last)) {
        return nf_refuse(fault, "NF_DHCP_IP_POOL_END",
                         "must not be below NF_DHCP_IP_POOL_START");
    }
    if (nf_range_leases(range, range->net.ip)
        || nf_range_leases(range, nf_ip4_net_last(range->net)))
    {
        return nf_refuse(fault, "NF_DHCP_IP_POOL_END",
                         "must leave out the network's own address and that "
                         "of broadcasts, as NF_DHCP_IP_POOL_START must");
    }
    if (nf_range_leases(range, range->gateway)) {
        return nf_refuse(fault, "NF_DHCP_GATEWAY",
                         "must not be among the addresses that are leased");
    }
    if (nf_range_leases(range, server)) {
        return nf_refuse(fault, "NF_DHCP_IP_POOL_START",
                         "must leave out %d.%d.%d.%d, this server's own "
                         "address, which is between it and NF_DHCP_IP_POOL_END",
                         server.b[0], server.b[1], server.b[2], server.b[3]);
    }
    return NF_OK;
}

static void
take_site_dns(struct nf_text list, struct nf_ranges *ranges)
{
    for (size_t i = 0; i < NF_SITE_DNS && list.len > 0; i++) {
        (void) nf_ip4_parse(nf_text_cut(&list, ','), &ranges->dns[i]);
    }
}

static struct nf_text
next_range(struct nf_text *list)
{
    struct nf_text one = {0};

    while (one.len == 0 && list->len > 0) {
        one = nf_text_cut(list, ' ');
    }
    return one;
}

static nf_error_t
take_others(struct nf_text list, struct nf_ranges *ranges,
            struct nf_fault *fault)
{
    for (struct nf_text one = next_range(&list); one.len > 0;
         one = next_range(&list))
    {
        struct nf_range range = {.lease_s = ranges->each[0].lease_s};
        const char *wrong = take_range(one, &range);

        wrong = wrong != NULL ? wrong : check_range(&range);
        wrong = wrong != NULL ? wrong : check_beside(ranges, &range);
        if (wrong != NULL) {
            return nf_refuse(fault, "NF_DHCP_RANGES", "cannot have %.*s: %s",
                             (int) (one.len < 48 ? one.len : 48), one.data,
                             wrong);
        }
        ranges->each[ranges->n++] = range;
    }
    return NF_OK;
}

nf_error_t
nf_ranges_read(const struct nf_settings *settings, struct nf_ranges *ranges,
               struct nf_fault *fault)
{
    *ranges =
        (struct nf_ranges){.server = ip_of(settings->server_addr), .n = 1};
    take_site_dns(nf_text(settings->dhcp_dns), ranges);
    nf_error_t err = take_own(settings, &ranges->each[0], fault);

    return err != NF_OK
               ? err
               : take_others(nf_text(settings->dhcp_ranges), ranges, fault);
}

bool
nf_ranges_is_list(struct nf_text text)
{
    return nf_text_has_only(text, "abcdefghijklmnopqrstuvwxyz0123456789"
                                  "./,=+- ");
}

const struct nf_range *
nf_ranges_of(const struct nf_ranges *ranges, nf_ip4_t ip)
{
    for (size_t i = 0; i < ranges->n; i++) {
        if (nf_ip4_net_has(ranges->each[i].net, ip)) {
            return &ranges->each[i];
        }
    }
    return NULL;
}

/* Why the network itself has the address. */
static const char *
net_misfit(const struct nf_ranges *ranges, nf_ip4_t ip)
{
    const struct nf_range *range = nf_ranges_of(ranges, ip);

    if (range == NULL) {
        return "must be in a subnet that DHCP serves";
    }
    if (nf_ip4_equal(ip, ranges->server)) {
        return "is the bastion's own";
    }
    if (nf_ip4_equal(ip, range->gateway)) {
        return "is the gateway of its subnet";
    }
    return is_end(range->net, ip) ? "is the first or last address of its subnet"
                                  : NULL;
}

static bool
is_among(const nf_ip4_t *list, size_t n, nf_ip4_t ip)
{
    bool is_found = false;

    for (size_t i = 0; i < n; i++) {
        is_found |= nf_ip4_is_set(ip) && nf_ip4_equal(list[i], ip);
    }
    return is_found;
}

static bool
is_dns(const struct nf_ranges *ranges, nf_ip4_t ip)
{
    bool is_found = is_among(ranges->dns, NF_SITE_DNS, ip);

    for (size_t i = 0; i < ranges->n; i++) {
        is_found |= is_among(ranges->each[i].dns, ranges->each[i].dns_n, ip);
    }
    return is_found;
}

uint16_t
nf_ranges_vlan(const struct nf_settings *settings, nf_ip4_t ip)
{
    struct nf_ranges ranges;
    struct nf_fault ignored; /* the settings were checked */

    /* nearly always there is none, and nothing to read for each boot script */
    if ((settings->dhcp_vlan[0] == '\0'
         && strstr(settings->dhcp_ranges, "vlan=") == NULL)
        || nf_ranges_read(settings, &ranges, &ignored) != NF_OK)
    {
        return 0;
    }
    const struct nf_range *range =
        nf_ip4_is_set(ip) ? nf_ranges_of(&ranges, ip) : NULL;
    return (range != NULL ? range : &ranges.each[0])->vlan;
}

const char *
nf_ranges_misfit(const struct nf_ranges *ranges, nf_ip4_t ip)
{
    const char *why = net_misfit(ranges, ip);

    return why == NULL && is_dns(ranges, ip)
               ? "is a DNS server that DHCP gives to machines"
               : why;
}

/* Neither "this network", multicast nor reserved (RFC 6890). */
static bool
is_of_machine(nf_ip4_t ip)
{
    return ip.b[0] != 0 && ip.b[0] < MULTICAST;
}

/* Where we are; false: the settings do not tell. */
static bool
find_place(const struct nf_settings *settings, struct nf_ranges *ranges)
{
    struct nf_fault ignored; /* the settings were checked */

    return nf_ranges_read(settings, ranges, &ignored) == NF_OK
           && nf_ip4_is_set(ranges->server) && ranges->server.b[0] != LOOPBACK;
}

static bool
is_served(const struct nf_settings *settings)
{
    return strcmp(settings->dhcp_mode, "server") == 0;
}

bool
nf_ranges_miss(const struct nf_settings *settings, nf_ip4_t ip)
{
    struct nf_ranges ranges;

    return is_served(settings) && find_place(settings, &ranges)
           && nf_ranges_of(&ranges, ip) == NULL;
}

const char *
nf_ranges_unfit(const struct nf_settings *settings, nf_ip4_t ip)
{
    struct nf_ranges ranges;
    bool has_place = find_place(settings, &ranges);

    if (has_place && is_served(settings)) {
        return nf_ranges_misfit(&ranges, ip);
    }
    if (has_place && nf_ip4_equal(ip, ranges.server)) {
        return "is the bastion's own";
    }
    return is_of_machine(ip) && ip.b[0] != LOOPBACK ? NULL
                                                    : "cannot be a machine's";
}

bool
nf_ranges_serve(const struct nf_settings *settings, nf_ip4_t ip)
{
    struct nf_ranges ranges;
    struct nf_fault ignored;
    bool is_read = nf_ranges_read(settings, &ranges, &ignored) == NF_OK;
    bool is_here = ranges.server.b[0] == LOOPBACK;

    if (is_read && !is_here && nf_ip4_is_set(ranges.server)
        && strcmp(settings->dhcp_mode, "off") != 0)
    {
        return net_misfit(&ranges, ip) == NULL;
    }
    return is_of_machine(ip) && (is_here || ip.b[0] != LOOPBACK);
}

const char *
nf_ranges_unfit_of(const struct nf_settings *settings,
                   const struct nf_node *node)
{
    bool is_kept =
        node->is_bound
        || (nf_node_is_bound(node) && !nf_ranges_miss(settings, node->ip));

    return is_kept ? nf_ranges_unfit(settings, node->ip) : NULL;
}
