#include "address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A card has a device behind it; bridges, bonds and tunnels have none. */
static bool
is_physical(const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "/sys/class/net/%s/device", name);
    return access(path, F_OK) == 0;
}

static bool
card_mac_read(const char *name, nf_mac_t *mac)
{
    char path[128];
    char text[32] = "";

    snprintf(path, sizeof path, "/sys/class/net/%s/address", name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    bool is_read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return is_read && nf_mac_parse(nf_text(text), mac);
}

bool
nf_mac_find(nf_mac_t *mac)
{
    bool is_found = false;
    struct if_nameindex *cards = if_nameindex();

    for (struct if_nameindex *card = cards;
         card != NULL && card->if_index != 0 && !is_found; card++)
    {
        is_found =
            is_physical(card->if_name) && card_mac_read(card->if_name, mac);
    }
    if (cards != NULL) {
        if_freenameindex(cards);
    }
    return is_found;
}

static bool
address_is(const struct sockaddr *address, const char *ip)
{
    char text[NF_IP_SIZE];
    socklen_t len;

    if (address == NULL
        || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
    {
        return false;
    }
    len = address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                        : sizeof(struct sockaddr_in6);
    return getnameinfo(address, len, text, sizeof text, NULL, 0, NI_NUMERICHOST)
               == 0
           && strcmp(text, ip) == 0;
}

bool
nf_mac_towards(const struct nf_endpoint *endpoint, nf_mac_t *mac)
{
    char ip[NF_IP_SIZE];
    struct ifaddrs *list;
    bool is_found = false;

    nf_source_address(endpoint, ip);
    if (ip[0] == '\0' || getifaddrs(&list) != 0) {
        return false;
    }
    for (struct ifaddrs *one = list; one != NULL && !is_found;
         one = one->ifa_next) {
        is_found =
            address_is(one->ifa_addr, ip) && card_mac_read(one->ifa_name, mac);
    }
    freeifaddrs(list);
    return is_found;
}

bool
nf_host_name_is_valid(const char *name)
{
    size_t label = 0;
    size_t len = strlen(name);

    if (len == 0 || len >= NF_HOST_SIZE) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool is_edge = label == 0 || name[i + 1] == '.' || name[i + 1] == '\0';
        if (name[i] == '.' && label > 0) {
            label = 0;
        } else if (isalnum((unsigned char) name[i])
                   || (name[i] == '-' && !is_edge)) {
            label++;
        } else {
            return false;
        }
        if (label > 63) {
            return false;
        }
    }
    return label > 0;
}

static bool
port_is_valid(const char *port)
{
    uint64_t number;

    return strlen(port) < NF_PORT_SIZE
           && nf_text_number(nf_text(port), UINT16_MAX, &number) && number > 0;
}

static bool
host_is_valid(const char *host, bool is_bracketed)
{
    struct in6_addr address;
    return is_bracketed ? inet_pton(AF_INET6, host, &address) == 1
                        : nf_host_name_is_valid(host);
}

bool
nf_endpoint_parse(const char *text, const char *port,
                  struct nf_endpoint *endpoint)
{
    struct nf_endpoint result = {0};
    bool is_bracketed = text[0] == '[';
    const char *host = is_bracketed ? text + 1 : text;
    size_t len = strcspn(host, is_bracketed ? "]" : ":");
    const char *rest = host + len;

    if (is_bracketed && *rest++ != ']') {
        return false;
    }
    if (len >= sizeof result.host || (*rest != ':' && *rest != '\0')) {
        return false;
    }
    memcpy(result.host, host, len);

    const char *number = *rest == ':' ? rest + 1 : port;
    if (!host_is_valid(result.host, is_bracketed) || !port_is_valid(number)) {
        return false;
    }
    snprintf(result.port, sizeof result.port, "%s", number);
    *endpoint = result;
    return true;
}

int
nf_netmask_prefix(const char *netmask)
{
    struct in_addr address;

    if (inet_pton(AF_INET, netmask, &address) != 1) {
        return -1;
    }
    uint32_t zeros = ~ntohl(address.s_addr);
    if ((zeros & (zeros + 1)) != 0) {
        return -1; /* a one after a zero */
    }
    return 32 - __builtin_popcount(zeros);
}

void
nf_source_address(const struct nf_endpoint *endpoint, char ip[NF_IP_SIZE])
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    struct addrinfo *found;
    struct sockaddr_storage local;
    socklen_t len = sizeof local;

    ip[0] = '\0';
    if (getaddrinfo(endpoint->host, endpoint->port, &hints, &found) != 0) {
        return;
    }
    /* connecting a datagram socket asks the routing table and sends nothing */
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0
        && getsockname(fd, (struct sockaddr *) &local, &len) == 0)
    {
        getnameinfo((struct sockaddr *) &local, len, ip, NF_IP_SIZE, NULL, 0,
                    NI_NUMERICHOST);
    }
    if (fd >= 0) {
        close(fd);
    }
    freeaddrinfo(found);
}
