#include "port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "model/setting_check.h"

static int
try_bind(int type, nf_ip4_t ip, uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    int on = 1, err = 0;

    if (fd < 0) {
        return errno;
    }
    memcpy(&at.sin_addr, ip.b, sizeof(ip.b));
    /* Connections that linger must not count; on UDP it would let us share. */
    if (type == SOCK_STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    if (bind(fd, (struct sockaddr *) &at, sizeof(at)) != 0
        || (type == SOCK_STREAM && listen(fd, 1) != 0))
    {
        err = errno;
    }
    close(fd);
    return err;
}

/* host "localhost", an address, or empty for any. */
static bool
is_free(int type, const char *address, const char *name)
{
    struct nf_text host = {0};
    nf_ip4_t ip = {0};
    uint16_t port;

    if (!nf_setting_split(nf_text(address), &host, &port)) {
        return true;
    }
    if (nf_text_equal(host, NF_TEXT("localhost"))) {
        ip = (nf_ip4_t){{127, 0, 0, 1}};
    } else {
        (void) nf_ip4_parse(host, &ip);
    }
    int err = try_bind(type, ip, port);
    if (err == 0) {
        return true;
    }
    nf_log(NF_LOG_ERR, "%s: cannot listen on %s port %s: %s", name,
           type == SOCK_STREAM ? "TCP" : "UDP", address,
           err == EADDRNOTAVAIL ? "no interface has this address"
                                : strerror(err));
    return false;
}

static bool
dhcp_is_free(const struct nf_settings *s)
{
    struct nf_text rest = nf_text(s->server_addr);
    struct nf_text ip = nf_text_cut(&rest, ':');
    char tftp[32], dns[32];

    snprintf(tftp, sizeof(tftp), "%.*s:69", (int) ip.len, ip.data);
    snprintf(dns, sizeof(dns), "%.*s:53", (int) ip.len, ip.data);
    return is_free(SOCK_DGRAM, s->dhcp_addr, "DHCP (NF_DHCP_ADDR)")
           && is_free(SOCK_DGRAM, tftp, "TFTP")
           && (s->dhcp_dns[0] != '\0' || strcmp(s->dhcp_mode, "server") != 0
               || is_free(SOCK_DGRAM, dns, "DNS for nodes (set NF_DHCP_DNS)"));
}

static bool
is_answered(const char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct nf_text host = {0};
    nf_ip4_t ip;
    uint16_t port;

    if (!nf_setting_split(nf_text(address), &host, &port)
        || !nf_ip4_parse(host, &ip))
    {
        return false;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_port = htons(port);
    memcpy(&at.sin_addr, ip.b, sizeof(ip.b));
    bool is = fd >= 0 && connect(fd, (struct sockaddr *) &at, sizeof(at)) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is;
}

bool
nf_port_has_broker(const struct nf_settings *s)
{
    char broker[32];

    snprintf(broker, sizeof(broker), "127.0.0.1%s",
             strrchr(s->mqtt_broker, ':'));
    if (!nf_settings_broker_is_local(s) || !is_answered(broker)) {
        return false;
    }
    nf_log(NF_LOG_NOTICE, "using the MQTT broker that runs at %s", broker);
    if (!is_answered(s->agent_broker)) {
        nf_log(NF_LOG_WARNING,
               "nodes will not reach the MQTT broker: nothing answers at %s",
               s->agent_broker);
    }
    if (s->worker_listen[0] != '\0' && !is_answered(s->worker_listen)) {
        nf_log(NF_LOG_WARNING,
               "workers of other hosts will not reach the MQTT broker: nothing "
               "answers at %s",
               s->worker_listen);
    }
    return true;
}

bool
nf_ports_are_free(const struct nf_settings *s)
{
    return is_free(SOCK_STREAM, s->http_addr, "the API (NF_HTTP_ADDR)")
           && is_free(SOCK_STREAM, s->install_addr,
                      "the install server (NF_INSTALL_ADDR)")
           && (!nf_bastion_serves_dhcp(s) || dhcp_is_free(s));
}
