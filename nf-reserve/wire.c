#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ROOM = 8 * 1024 * 1024, /* a rack's worth of questions while we are busy */
    IP_MIN = 20,
    UDP_LEN = 8,
    AT_PROTOCOL = 9,
    AT_FRAGMENT = 6,
    VLAN_ID = 0xfff,
};

/* The packets that we want, chosen by the kernel: IP, UDP from or to the port,
 * not in fragments.  Offsets begin at the IP header. */
static bool
filter(int fd, uint16_t port)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
                 (uint32_t) (SKF_AD_OFF + SKF_AD_PROTOCOL)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 9),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_PROTOCOL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 7),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT_FRAGMENT),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 5, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 3, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                      sizeof(program))
           == 0;
}

static bool
set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* Bound only when the filter is in place: nothing else comes in before.  Who
 * wants to see what goes out has to ask for every protocol. */
static bool
open_in(struct nf_wire *wire, unsigned interface)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int) interface};

    wire->in = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (wire->in < 0) {
        return false;
    }
    if (!set(wire->in, SOL_SOCKET, SO_RCVBUFFORCE, ROOM)) {
        (void) set(wire->in, SOL_SOCKET, SO_RCVBUF, ROOM);
    }
    return filter(wire->in, wire->port)
           && set(wire->in, SOL_PACKET, PACKET_AUXDATA, 1)
           && bind(wire->in, (struct sockaddr *) &at, sizeof(at)) == 0;
}

static bool
open_out(struct nf_wire *wire, const char *interface)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(wire->port),
                             .sin_addr.s_addr = htonl(INADDR_BROADCAST)};

    wire->out = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return wire->out >= 0 && set(wire->out, SOL_SOCKET, SO_BROADCAST, 1)
           && setsockopt(wire->out, SOL_SOCKET, SO_BINDTODEVICE, interface,
                         (socklen_t) strlen(interface))
                  == 0
           && connect(wire->out, (struct sockaddr *) &to, sizeof(to)) == 0;
}

bool
nf_wire_open(struct nf_wire *wire, const char *interface, uint16_t port)
{
    unsigned index = if_nametoindex(interface);

    *wire = (struct nf_wire){.in = -1, .out = -1, .port = port};
    return index != 0 && open_in(wire, index) && open_out(wire, interface);
}

/* Frames of other VLANs pass by here too, where the card takes their tag off
 * before the kernel sorts them; they are not this network's. */
static bool
is_tagged(struct msghdr *message)
{
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each != NULL;
         each = CMSG_NXTHDR(message, each))
    {
        struct tpacket_auxdata aux;
        if (each->cmsg_level != SOL_PACKET || each->cmsg_type != PACKET_AUXDATA
            || each->cmsg_len < CMSG_LEN(sizeof(aux)))
        {
            continue;
        }
        memcpy(&aux, CMSG_DATA(each), sizeof(aux));
        return (aux.tp_status & TP_STATUS_VLAN_VALID) != 0
               && (aux.tp_vlan_tci & VLAN_ID) != 0;
    }
    return false;
}

static uint16_t
number(const uint8_t *at)
{
    return (uint16_t) (at[0] << 8 | at[1]);
}

/* The payload of an IP packet; what it is, by its ports and direction. */
static enum nf_wire_read
unpack(const struct nf_wire *wire, const uint8_t *packet, size_t size,
       bool is_ours, struct nf_datagram *datagram)
{
    size_t head = size >= IP_MIN ? (size_t) (packet[0] & 0xf) * 4 : 0;

    if (head < IP_MIN || packet[0] >> 4 != 4 || size < head + UDP_LEN) {
        return NF_WIRE_NOTHING;
    }
    const uint8_t *udp = packet + head;
    size_t len = number(udp + 4);
    if (len < UDP_LEN || len > size - head
        || len - UDP_LEN > sizeof(datagram->data))
    {
        return NF_WIRE_NOTHING;
    }
    datagram->len = len - UDP_LEN;
    memcpy(datagram->data, udp + UDP_LEN, datagram->len);
    if (is_ours && number(udp) != wire->port + 1) { /* else `nf doctor` asks */
        return number(udp) == wire->port && number(udp + 2) != wire->port
                   ? NF_WIRE_ANSWERED
                   : NF_WIRE_NOTHING;
    }
    return number(udp + 2) == wire->port ? NF_WIRE_ASKED : NF_WIRE_NOTHING;
}

enum nf_wire_read
nf_wire_read(const struct nf_wire *wire, struct nf_datagram *datagram)
{
    uint8_t packet[2048];
    _Alignas(struct cmsghdr) char control[256];
    struct sockaddr_ll from = {0};
    ssize_t n;

    do {
        struct iovec piece = {packet, sizeof(packet)};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof(from),
                                 .msg_iov = &piece,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof(control)};
        n = recvmsg(wire->in, &message, 0);
        if (n < 0 || (message.msg_flags & MSG_TRUNC) || is_tagged(&message)) {
            continue;
        }
        enum nf_wire_read what =
            unpack(wire, packet, (size_t) n,
                   from.sll_pkttype == PACKET_OUTGOING, datagram);
        if (what != NF_WIRE_NOTHING) {
            return what;
        }
    } while (n >= 0 || errno == EINTR);
    return errno == EAGAIN ? NF_WIRE_NOTHING : NF_WIRE_GONE;
}

bool
nf_wire_send(const struct nf_wire *wire, const struct nf_datagram *datagram)
{
    return send(wire->out, datagram->data, datagram->len, 0)
           == (ssize_t) datagram->len;
}
