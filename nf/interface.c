#include "interface.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/out.h"

static bool
ip_of(const struct sockaddr *address, nf_ip4_t *ip)
{
    struct sockaddr_in in;

    if (address == NULL || address->sa_family != AF_INET) {
        return false;
    }
    memcpy(&in, address, sizeof(in));
    memcpy(ip->b, &in.sin_addr, sizeof(ip->b));
    return true;
}

/* What to look for; the first entry that fits fills what was left open. */
struct wanted {
    const char *name;   /* NULL: any */
    const nf_ip4_t *ip; /* NULL: any */
    bool not_loopback;
};

static bool
fits(const struct ifaddrs *each, const struct wanted *wanted, nf_ip4_t *ip)
{
    return ip_of(each->ifa_addr, ip)
           && (wanted->name == NULL
               || strcmp(each->ifa_name, wanted->name) == 0)
           && (wanted->ip == NULL || nf_ip4_equal(*ip, *wanted->ip))
           && !(wanted->not_loopback && ip->b[0] == 127);
}

static bool
look(const struct wanted *wanted, char name[static IF_NAMESIZE], nf_ip4_t *ip)
{
    struct ifaddrs *all;
    bool is_found = false;

    if (getifaddrs(&all) != 0) {
        return false;
    }
    for (struct ifaddrs *each = all; each != NULL && !is_found;
         each = each->ifa_next)
    {
        nf_ip4_t its;
        is_found = fits(each, wanted, &its);
        if (is_found) {
            *ip = its;
            snprintf(name, IF_NAMESIZE, "%s", each->ifa_name);
        }
    }
    freeifaddrs(all);
    return is_found;
}

bool
nf_interface_exists(const char *name)
{
    return if_nametoindex(name) != 0;
}

void
nf_interface_names(char *names, size_t size)
{
    struct nf_out out = nf_out(names, size - 1);
    struct if_nameindex *all = if_nameindex();

    for (struct if_nameindex *each = all; each != NULL && each->if_index != 0;
         each++)
    {
        nf_out_printf(&out, "%s%s", out.len == 0 ? "" : ", ", each->if_name);
    }
    if_freenameindex(all);
    names[out.len] = '\0';
}

bool
nf_interface_address(const char *name, nf_ip4_t *ip)
{
    char its_name[IF_NAMESIZE];

    return look(&(struct wanted){.name = name}, its_name, ip);
}

bool
nf_interface_of(nf_ip4_t ip, char name[static IF_NAMESIZE])
{
    nf_ip4_t its;

    return look(&(struct wanted){.ip = &ip}, name, &its);
}

/* Connecting a UDP socket chooses a source address and sends nothing; the
 * destination is one for documentation (RFC 5737). */
static bool
routed_address(nf_ip4_t *ip)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in near = {0};
    socklen_t len = sizeof(near);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return false;
    }
    inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
    bool is_known = connect(fd, (struct sockaddr *) &far, sizeof(far)) == 0
                    && getsockname(fd, (struct sockaddr *) &near, &len) == 0;
    close(fd);
    if (is_known) {
        memcpy(ip->b, &near.sin_addr, sizeof(ip->b));
    }
    return is_known;
}

bool
nf_interface_own_address(nf_ip4_t *ip)
{
    char name[IF_NAMESIZE];

    return routed_address(ip)
           || look(&(struct wanted){.not_loopback = true}, name, ip);
}
