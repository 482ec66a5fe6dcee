/*
 * What nodes fetch, fetched as they would: loaders by TFTP, the boot script,
 * nf-agent's files and the mirror by HTTP, a connection to the broker.
 */

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dhcp/offer.h"
#include "doctor.h"
#include "model/setting_check.h"
#include "status/mirror.h"

enum {
    PATIENCE_S = 5,
    MIRROR_S = 15, /* it may be on another continent */
};

/* A made-up machine: locally administered, so nobody's (RFC 7042). */
#define MADE_UP "026e66646f63"

static size_t
drop(char *data, size_t size, size_t n, void *of)
{
    (void) data;
    *(size_t *) of += size * n;
    return size * n;
}

/* Bytes that came, and 200 or what else; false: why in error. */
static bool
fetch(const char *url, bool is_head, long seconds, size_t *bytes, long *status,
      char error[static CURL_ERROR_SIZE])
{
    CURL *curl = curl_easy_init();

    *bytes = 0;
    *status = 0;
    error[0] = '\0';
    if (curl == NULL) {
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,tftp");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOBODY, is_head ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, bytes);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK && error[0] == '\0') {
        snprintf(error, CURL_ERROR_SIZE, "%s", curl_easy_strerror(code));
    }
    return code == CURLE_OK;
}

static int
host_len(const struct nf_settings *s)
{
    return (int) strcspn(s->server_addr, ":");
}

/* --- loaders ----------------------------------------------------------------
 */

static void
load(const struct nf_patient *p, const char *who, const char *file)
{
    char url[NF_SETTING_MAX + 128], words[NF_DOCTOR_WORDS];
    char error[CURL_ERROR_SIZE];
    size_t bytes;
    long status;

    snprintf(url, sizeof(url), "tftp://%.*s/%s", host_len(p->settings),
             p->settings->server_addr, file);
    bool is_there = fetch(url, false, PATIENCE_S, &bytes, &status, error);
    snprintf(words, sizeof(words), "%s: %.80s: %zu bytes%s%.100s", who, file,
             bytes, is_there ? "" : ", ", is_there ? "" : error);
    p->tell(
        is_there && bytes > 0 ? NF_HEALTH_OK : NF_HEALTH_FAIL, "tftp", words,
        "check that dnsmasq is running, and that no firewall blocks port 69");
}

void
nf_probe_loaders(const struct nf_patient *p)
{
    static const struct {
        const char *who;
        enum nf_machine_kind kind;
    } rows[] = {{"BIOS", NF_MACHINE_BIOS}, {"UEFI", NF_MACHINE_EFI64}};

    for (size_t i = 0; i < 2; i++) {
        const char *file =
            nf_offer_file(p->settings, rows[i].kind, false, NF_MARK_NONE);
        char words[NF_DOCTOR_WORDS];
        if (file != NULL) {
            load(p, rows[i].who, file);
            continue;
        }
        snprintf(words, sizeof(words),
                 "no loader for %s machines in NF_TFTP_DIR", rows[i].who);
        p->tell(NF_HEALTH_WARN, "tftp", words,
                "install the package ipxe, and restart the service");
    }
}

/* --- HTTP -------------------------------------------------------------------
 */

struct page {
    const char *check, *path, *what, *advice;
    enum nf_health otherwise;
    long seconds;
};

static void
look(const struct nf_patient *p, const struct page *page)
{
    char url[NF_SETTING_MAX + 192], words[NF_DOCTOR_WORDS];
    char error[CURL_ERROR_SIZE];
    size_t bytes;
    long status;

    snprintf(url, sizeof(url), "http://%s%s", p->settings->server_addr,
             page->path);
    bool is_there = fetch(url, true, page->seconds, &bytes, &status, error)
                    && status == 200;
    if (is_there) {
        snprintf(words, sizeof(words), "%s is served", page->what);
    } else if (status != 0) {
        snprintf(words, sizeof(words), "%s: the server answered %ld",
                 page->what, status);
    } else {
        snprintf(words, sizeof(words), "%s: %.120s", page->what, error);
    }
    p->tell(is_there ? NF_HEALTH_OK : page->otherwise, page->check, words,
            page->advice);
}

/* HEAD makes no node of a machine that nobody knows. */
void
nf_probe_script(const struct nf_patient *p)
{
    look(p, &(struct page){"script", "/boot/" MADE_UP "/boot.ipxe",
                           "the boot script of a new machine",
                           "check that nginx listens on NF_INSTALL_ADDR",
                           NF_HEALTH_FAIL, PATIENCE_S});
}

void
nf_probe_agent(const struct nf_patient *p)
{
    static const char *const names[] = {"vmlinuz", "initrd.img"};
    bool is_needed = strcmp(p->settings->discovery_mode, "agent") == 0;
    char path[64], what[64];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "/files/agent/amd64/%s", names[i]);
        snprintf(what, sizeof(what), "nf-agent's %s for amd64", names[i]);
        look(p, &(struct page){"agent", path, what,
                               "make it with `nf images make debian-12`",
                               is_needed ? NF_HEALTH_FAIL : NF_HEALTH_WARN,
                               PATIENCE_S});
    }
}

/* By our own proxy, as debian-installer asks; which has some of it for a while
 * when the mirror is gone. */
void
nf_probe_mirror(const struct nf_patient *p)
{
    static const char advice[] = "check that this machine can reach "
                                 "NF_MIRROR_URL, or set another mirror";
    static char json[NF_PROFILE_JSON_MAX];
    struct nf_profile profile = {.suite = ""};
    char path[128], what[192], why[NF_MIRROR_WORDS];

    bool is_needed = nf_doctor_profile(p, &profile, json)
                     && profile.method == NF_METHOD_PRESEED;
    const char *suite = profile.suite[0] != '\0' ? profile.suite : "bookworm";
    enum nf_health otherwise = is_needed ? NF_HEALTH_FAIL : NF_HEALTH_WARN;
    if (nf_mirror_fails(p->settings, p->now, suite, why)) {
        snprintf(what, sizeof(what), "%.60s, as nf-relay last saw it: %.90s",
                 p->settings->mirror_url, why);
        p->tell(otherwise, "mirror", what, advice);
        return;
    }
    snprintf(path, sizeof(path), "/debian/dists/%s/Release", suite);
    snprintf(what, sizeof(what), "%.100s, from NF_MIRROR_URL", path + 1);
    look(p, &(struct page){"mirror", path, what, advice, otherwise, MIRROR_S});
}

/* --- the broker -------------------------------------------------------------
 */

static int
dial(const char *broker)
{
    struct nf_text host;
    uint16_t port;
    char name[256], service[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;

    if (!nf_setting_split(nf_text(broker), &host, &port)
        || !nf_text_copy(name, sizeof(name), host))
    {
        return -1;
    }
    snprintf(service, sizeof(service), "%u", (unsigned) port);
    if (getaddrinfo(name, service, &hints, &found) != 0) {
        return -1;
    }
    int fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        (void) connect(fd, found->ai_addr, found->ai_addrlen);
    }
    freeaddrinfo(found);
    return fd;
}

static bool
is_ready(int fd, short events)
{
    struct pollfd at = {.fd = fd, .events = events};

    return poll(&at, 1, PATIENCE_S * 1000) == 1
           && (at.revents & (POLLERR | POLLNVAL)) == 0;
}

/* CONNECT with a clean session, and CONNACK (MQTT 3.1.1, 3.1 and 3.2). */
static bool
greets(int fd)
{
    static const uint8_t hello[] = {0x10, 21,  0,   4,   'M', 'Q', 'T', 'T',
                                    4,    2,   0,   10,  0,   9,   'n', 'f',
                                    '-',  'd', 'o', 'c', 't', 'o', 'r'};
    uint8_t answer[4];

    return is_ready(fd, POLLOUT)
           && send(fd, hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello)
           && is_ready(fd, POLLIN)
           && recv(fd, answer, sizeof(answer), 0) == sizeof(answer)
           && answer[0] == 0x20 && answer[3] == 0;
}

void
nf_probe_broker(const struct nf_patient *p)
{
    const char *broker = p->settings->agent_broker;
    char words[NF_DOCTOR_WORDS];
    int fd = dial(broker);
    bool is_there = fd >= 0 && greets(fd);

    if (fd >= 0) {
        close(fd);
    }
    snprintf(words, sizeof(words), "%.160s %s", broker,
             is_there ? "accepts connections" : "does not accept connections");
    p->tell(is_there ? NF_HEALTH_OK : NF_HEALTH_FAIL, "broker", words,
            "check that mosquitto is running, and that no firewall blocks its "
            "port");
}
