#include "neighbours.h"

#if defined(__linux__) && !defined(NF_PORTABLE)

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_MAX = 2048,
    SETTLE_MS = 6000, /* a card brought up has its link by then */
    SLICE_MS = 500,
    DRAIN_MAX = 4096, /* more frames than the kernel keeps for a socket */
    ETHER_LLDP = 0x88cc,
    ETHER_802_2 = 0x0004, /* the kernel's number for frames like CDP's */
    SOCKETS = 2,
    OWN_MAX = 2 * NF_CARDS_MAX,
    MAC_SIZE = 18,
};

struct card {
    char name[IFNAMSIZ];
    int index;
    bool was_down;
    bool is_heard;
};

/* Of every interface: what comes from one of them is our own, sent back. */
struct own {
    char mac[MAC_SIZE];
};

struct nf_neighbours {
    const struct nf_tree *tree;
    struct pollfd sockets[SOCKETS];
    struct card cards[NF_CARDS_MAX];
    size_t n;
    struct own own[OWN_MAX];
    size_t own_n;
    bool is_settling;
};

/* The groups that switches send to: LLDP's three, and CDP's. */
static const uint8_t groups[][6] = {
    {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e},
    {0x01, 0x80, 0xc2, 0x00, 0x00, 0x03},
    {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00},
    {0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc},
};

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether the card was up before; it is as wanted afterwards. */
static bool
card_set_up(int fd, const char *name, bool is_up)
{
    struct ifreq request = {0};

    memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) {
        return true;
    }
    bool was_up = (request.ifr_flags & IFF_UP) != 0;
    if (was_up != is_up) {
        request.ifr_flags = (short) (request.ifr_flags ^ IFF_UP);
        ioctl(fd, SIOCSIFFLAGS, &request);
    }
    return was_up;
}

static void
groups_join(int fd, int index)
{
    struct packet_mreq member = {
        .mr_ifindex = index,
        .mr_type = PACKET_MR_MULTICAST,
        .mr_alen = sizeof groups[0],
    };

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        memcpy(member.mr_address, groups[i], sizeof groups[i]);
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member,
                   sizeof member);
    }
}

static void
card_add(nf_neighbours_t *all, const char *name)
{
    struct card *card = &all->cards[all->n];

    if (all->n == NF_CARDS_MAX || strlen(name) >= sizeof card->name
        || !nf_card_is(all->tree, name))
    {
        return;
    }
    memcpy(card->name, name, strlen(name) + 1);
    card->index = (int) if_nametoindex(name);
    if (card->index == 0) {
        return;
    }
    all->n++;
    groups_join(all->sockets[0].fd, card->index);
    card->was_down = !card_set_up(all->sockets[0].fd, name, true);
    all->is_settling = all->is_settling || card->was_down;
}

static void
own_add(nf_neighbours_t *all, const char *name)
{
    char text[NF_LABEL_SIZE];

    if (all->own_n < OWN_MAX
        && nf_tree_label(all->tree, text, "sys/class/net/%s/address", name)
        && strlen(text) == MAC_SIZE - 1)
    {
        memcpy(all->own[all->own_n++].mac, text, MAC_SIZE);
    }
}

/* A card's firmware says of the machine what a switch says of itself; another
 * card on the same switch, or in the same housing, hears it. */
static bool
is_own(const nf_neighbours_t *all, const uint8_t *frame,
       const struct nf_neighbour *neighbour)
{
    char from[MAC_SIZE];

    snprintf(from, sizeof from, "%02x:%02x:%02x:%02x:%02x:%02x", frame[6],
             frame[7], frame[8], frame[9], frame[10], frame[11]);
    for (size_t i = 0; i < all->own_n; i++) {
        if (strcmp(all->own[i].mac, from) == 0
            || strcmp(all->own[i].mac, neighbour->chassis_mac) == 0)
        {
            return true;
        }
    }
    return false;
}

nf_neighbours_t *
nf_neighbours_open(const struct nf_tree *tree)
{
    static const uint16_t types[SOCKETS] = {ETHER_LLDP, ETHER_802_2};
    nf_neighbours_t *all = calloc(1, sizeof *all);

    if (all == NULL) {
        return NULL;
    }
    all->tree = tree;
    for (int i = 0; i < SOCKETS; i++) {
        all->sockets[i].events = POLLIN;
        all->sockets[i].fd =
            socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                   htons(types[i]));
    }
    if (all->sockets[0].fd < 0 || all->sockets[1].fd < 0) {
        int why = errno;
        nf_neighbours_close(all);
        errno = why;
        return NULL;
    }
    struct nf_names names = nf_tree_list(tree, "sys/class/net");
    for (size_t i = 0; i < names.n; i++) {
        own_add(all, names.names[i]);
        card_add(all, names.names[i]);
    }
    nf_names_free(&names);
    return all;
}

/* LLDP says more than CDP, and stands in its place. */
static void
heard_put(struct nf_heard_list *list, const char *name,
          const struct nf_neighbour *neighbour)
{
    struct nf_heard *at = list->heard;
    struct nf_heard *end = list->heard + list->n;

    while (at < end && strcmp(at->card, name) != 0) {
        at++;
    }
    if (at == list->heard + NF_CARDS_MAX
        || (at < end && neighbour->is_cdp && !at->neighbour.is_cdp))
    {
        return;
    }
    if (at == end) {
        snprintf(at->card, sizeof at->card, "%s", name);
        list->n++;
    }
    at->neighbour = *neighbour;
}

static void
frame_take(nf_neighbours_t *all, int fd, struct nf_heard_list *list)
{
    uint8_t frame[FRAME_MAX];
    struct nf_neighbour neighbour;
    struct sockaddr_ll from;
    socklen_t from_len = sizeof from;
    ssize_t n = recvfrom(fd, frame, sizeof frame, 0, (struct sockaddr *) &from,
                         &from_len);

    if (n <= 0 || from.sll_pkttype == PACKET_OUTGOING
        || !nf_neighbour_decode(frame, (size_t) n, &neighbour)
        || is_own(all, frame, &neighbour))
    {
        return;
    }
    for (size_t i = 0; i < all->n; i++) {
        if (all->cards[i].index == from.sll_ifindex) {
            all->cards[i].is_heard = true;
            heard_put(list, all->cards[i].name, &neighbour);
        }
    }
}

static bool
all_heard(const nf_neighbours_t *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (!all->cards[i].is_heard
            && nf_tree_number(all->tree, 0, "sys/class/net/%s/carrier",
                              all->cards[i].name)
                   == 1)
        {
            return false;
        }
    }
    return true;
}

/* Waits at most so long for a frame on each socket; false when none came. */
static bool
frames_take(nf_neighbours_t *all, int timeout_ms, struct nf_heard_list *list)
{
    int ready = poll(all->sockets, SOCKETS, timeout_ms);

    for (int i = 0; ready > 0 && i < SOCKETS; i++) {
        if ((all->sockets[i].revents & POLLIN) != 0) {
            frame_take(all, all->sockets[i].fd, list);
        }
    }
    return ready > 0;
}

void
nf_neighbours_drain(nf_neighbours_t *all, struct nf_heard_list *list)
{
    for (int i = 0; i < DRAIN_MAX && frames_take(all, 0, list); i++) {
    }
}

void
nf_neighbours_listen(nf_neighbours_t *all, int seconds,
                     struct nf_heard_list *list)
{
    int64_t start = now_ms();
    int64_t end = start + (int64_t) seconds * 1000;
    int64_t settled = start + (all->is_settling ? SETTLE_MS : 0);

    for (int64_t now = start; now < end; now = now_ms()) {
        if (now >= settled && all_heard(all)) {
            return;
        }
        int64_t left = end - now;
        frames_take(all, (int) (left < SLICE_MS ? left : SLICE_MS), list);
    }
}

void
nf_neighbours_close(nf_neighbours_t *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->cards[i].was_down) {
            card_set_up(all->sockets[0].fd, all->cards[i].name, false);
        }
    }
    for (int i = 0; i < SOCKETS; i++) {
        if (all->sockets[i].fd >= 0) {
            close(all->sockets[i].fd);
        }
    }
    free(all);
}

#else

#include <errno.h>

nf_neighbours_t *
nf_neighbours_open(const struct nf_tree *tree)
{
    (void) tree;
    errno = ENOTSUP;
    return NULL;
}

void
nf_neighbours_listen(nf_neighbours_t *all, int seconds,
                     struct nf_heard_list *list)
{
    (void) all;
    (void) seconds;
    (void) list;
}

void
nf_neighbours_drain(nf_neighbours_t *all, struct nf_heard_list *list)
{
    (void) all;
    (void) list;
}

void
nf_neighbours_close(nf_neighbours_t *all)
{
    (void) all;
}

#endif
