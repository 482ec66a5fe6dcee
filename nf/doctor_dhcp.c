/*
 * A DISCOVER as a network card's firmware sends it, on the install network, and
 * who offers what.  Nothing is requested, so nothing is leased.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bastion.h"
#include "doctor.h"

enum {
    MESSAGE_MAX = 1500,
    ROUNDS = 3, /* the first may only have an address kept for it */
    ROUND_MS = 2500,
    SERVERS_MAX = 8,
    AT_XID = 4,
    AT_YIADDR = 16,
    AT_SIADDR = 20,
    AT_CHADDR = 28,
    AT_FILE = 108,
    AT_COOKIE = 236,
    AT_OPTIONS = 240,
    OPTION_KIND = 53,
    OPTION_SERVER = 54,
    OPTION_BOOTFILE = 67,
    KIND_OFFER = 2,
};

static const uint8_t card[6] = {0x02, 0x6e, 0x66, 0x64, 0x6f, 0x63};

/* Who answered, and with what. */
struct offer {
    nf_ip4_t server, ip;
    char file[128];
};

struct offers {
    size_t n;
    struct offer each[SERVERS_MAX];
};

/* --- the message (RFC 2131, 4578) --------------------------------------------
 */

static size_t
make_discover(uint8_t to[static MESSAGE_MAX], uint32_t xid)
{
    static const uint8_t head[] = {1, 1, 6, 0}, cookie[] = {99, 130, 83, 99};
    static const uint8_t options[] = {
        OPTION_KIND, 1,   1,                      /* DISCOVER */
        55,          5,   1,   3,   6,   66,  67, /* what it wants to know */
        60,          9,   'P', 'X', 'E', 'C', 'l', 'i',
        'e',         'n', 't', 93,  2,   0,   0, /* a BIOS */
        94,          3,   1,   2,   1,   255,
    };

    memset(to, 0, MESSAGE_MAX);
    memcpy(to, head, sizeof(head));
    memcpy(to + AT_XID, &xid, sizeof(xid));
    to[10] = 0x80; /* answer to all: it has no address */
    memcpy(to + AT_CHADDR, card, sizeof(card));
    memcpy(to + AT_COOKIE, cookie, sizeof(cookie));
    memcpy(to + AT_OPTIONS, options, sizeof(options));
    return 300; /* some servers drop what is shorter (RFC 1542, 2.1) */
}

static void
take_text(const uint8_t *from, size_t len, char to[static 128])
{
    size_t n = strnlen((const char *) from, len < 127 ? len : 127);

    memcpy(to, from, n);
    to[n] = '\0';
    nf_text_scrub(to);
}

/* False: it is no OFFER to us. */
static bool
read_offer(const uint8_t *data, size_t len, uint32_t xid, struct offer *offer)
{
    uint8_t kind = 0;

    if (len < AT_OPTIONS || data[0] != 2
        || memcmp(data + AT_XID, &xid, sizeof(xid)) != 0
        || memcmp(data + AT_CHADDR, card, sizeof(card)) != 0)
    {
        return false;
    }
    *offer = (struct offer){0};
    memcpy(offer->ip.b, data + AT_YIADDR, 4);
    memcpy(offer->server.b, data + AT_SIADDR, 4);
    take_text(data + AT_FILE, 128, offer->file);
    for (size_t at = AT_OPTIONS; at + 1 < len && data[at] != 255;) {
        const uint8_t *value = data + at + 2;
        size_t size = data[at + 1];
        if (data[at] == 0) {
            at++;
            continue;
        }
        if (at + 2 + size > len) {
            return false;
        }
        if (data[at] == OPTION_KIND && size == 1) {
            kind = value[0];
        } else if (data[at] == OPTION_SERVER && size == 4) {
            memcpy(offer->server.b, value, 4);
        } else if (data[at] == OPTION_BOOTFILE) {
            take_text(value, size, offer->file);
        }
        at += 2 + size;
    }
    return kind == KIND_OFFER;
}

/* --- the wire ---------------------------------------------------------------
 */

/* As a client: port 68 of the interface.  -1: errno says why. */
static int
open_client(const char *interface)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(68)};
    int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0
        && (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) != 0
            || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
            || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
                          (socklen_t) strlen(interface))
                   != 0
            || bind(fd, (struct sockaddr *) &at, sizeof(at)) != 0))
    {
        close(fd);
        return -1;
    }
    return fd;
}

static int64_t
clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (int64_t) 1000 + now.tv_nsec / 1000000;
}

static void
keep(struct offers *offers, const struct offer *offer)
{
    for (size_t i = 0; i < offers->n; i++) {
        if (nf_ip4_equal(offers->each[i].server, offer->server)) {
            offers->each[i] = *offer;
            return;
        }
    }
    if (offers->n < SERVERS_MAX) {
        offers->each[offers->n++] = *offer;
    }
}

/* The whole round is waited for: another server may be slower than ours. */
static void
ask_once(int fd, struct offers *offers)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(67),
                             .sin_addr.s_addr = INADDR_BROADCAST};
    uint8_t data[MESSAGE_MAX];
    uint32_t xid = (uint32_t) clock_ms();
    int64_t end = clock_ms() + ROUND_MS, now;
    size_t len = make_discover(data, xid);

    if (sendto(fd, data, len, 0, (struct sockaddr *) &to, sizeof(to)) < 0) {
        return;
    }
    while ((now = clock_ms()) < end) {
        struct pollfd at = {.fd = fd, .events = POLLIN};
        struct offer offer;
        if (poll(&at, 1, (int) (end - now)) != 1) {
            continue;
        }
        ssize_t n = recv(fd, data, sizeof(data), 0);
        if (n > 0 && read_offer(data, (size_t) n, xid, &offer)) {
            keep(offers, &offer);
        }
    }
}

/* --- what came --------------------------------------------------------------
 */

static nf_ip4_t
own_address(const struct nf_settings *s)
{
    struct nf_text address = nf_text(s->server_addr);
    nf_ip4_t ip = {0};

    (void) nf_ip4_parse(nf_text_cut(&address, ':'), &ip);
    return ip;
}

static const struct offer *
find_own(const struct offers *offers, nf_ip4_t own)
{
    for (size_t i = 0; i < offers->n; i++) {
        if (nf_ip4_equal(offers->each[i].server, own)) {
            return &offers->each[i];
        }
    }
    return NULL;
}

static void
tell_own(const struct nf_patient *p, const struct offer *offer)
{
    char words[NF_DOCTOR_WORDS], ip[NF_IP4_TEXT];

    if (offer == NULL) {
        p->tell(NF_HEALTH_FAIL, "dhcp", "no offer from this server",
                "check that dnsmasq is running; `nf status` says if the pool "
                "is exhausted");
        return;
    }
    nf_ip4_format(offer->ip, ip);
    snprintf(words, sizeof(words), "this server offers %s and the boot file %s",
             ip, offer->file[0] != '\0' ? offer->file : "(none)");
    p->tell(offer->file[0] != '\0' ? NF_HEALTH_OK : NF_HEALTH_FAIL, "dhcp",
            words, "no loader for BIOS machines: install the package ipxe");
}

static void
tell_others(const struct nf_patient *p, const struct offers *offers,
            nf_ip4_t own)
{
    bool is_expected = strcmp(p->settings->dhcp_mode, "proxy") == 0;
    char words[NF_DOCTOR_WORDS], server[NF_IP4_TEXT], ip[NF_IP4_TEXT];

    for (size_t i = 0; i < offers->n; i++) {
        const struct offer *one = &offers->each[i];
        if (nf_ip4_equal(one->server, own)) {
            continue;
        }
        nf_ip4_format(one->server, server);
        nf_ip4_format(one->ip, ip);
        snprintf(words, sizeof(words),
                 "another DHCP server, %s, offers %s on %.32s", server, ip,
                 p->settings->interface);
        p->tell(is_expected ? NF_HEALTH_OK : NF_HEALTH_FAIL, "dhcp", words,
                "disable it there, or set NF_DHCP_MODE=proxy");
    }
}

void
nf_probe_dhcp(const struct nf_patient *p)
{
    struct offers offers = {0};
    nf_ip4_t own = own_address(p->settings);
    bool is_ours = nf_bastion_serves_dhcp(p->settings);
    char words[NF_DOCTOR_WORDS];

    if (p->settings->interface[0] == '\0') {
        p->tell(NF_HEALTH_WARN, "dhcp", "no interface has NF_SERVER_ADDR",
                "set NF_DHCP_INTERFACE");
        return;
    }
    int fd = open_client(p->settings->interface);
    if (fd < 0) {
        snprintf(words, sizeof(words), "cannot send on %.40s: %s",
                 p->settings->interface, strerror(errno));
        p->tell(NF_HEALTH_FAIL, "dhcp", words, "run nf doctor as root");
        return;
    }
    for (int i = 0; i < ROUNDS && (i == 0 || find_own(&offers, own) == NULL)
                    && (i == 0 || is_ours);
         i++)
    {
        ask_once(fd, &offers);
    }
    close(fd);
    if (is_ours) {
        tell_own(p, find_own(&offers, own));
    } else {
        p->tell(NF_HEALTH_WARN, "dhcp", "is not served by this server",
                "set NF_DHCP_IP_POOL_START and NF_DHCP_IP_POOL_END, unless "
                "this is intended");
    }
    tell_others(p, &offers, own);
}
