#include "bastion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "interface.h"
#include "say.h"

enum {
    DEFAULT_PORT = 8081
};

bool
nf_bastion_path(char *path, size_t size)
{
    char whole[4096];
    const char *rest = strncmp(path, "./", 2) == 0 ? path + 2 : path;

    if (path[0] == '/') {
        return true;
    }
    if (getcwd(whole, sizeof(whole)) == NULL) {
        return false;
    }
    size_t len = strlen(whole);
    int n = snprintf(whole + len, sizeof(whole) - len, "%s%s",
                     len > 1 ? "/" : "", rest);
    return n > 0 && nf_text_copy(path, size, nf_text(whole));
}

static bool
settle_paths(struct nf_settings *s)
{
    const struct {
        const char *name;
        char *path;
    } paths[] = {
        {"NF_DB_PATH", s->db_path},
        {"NF_KEY_FILE", s->key_file},
        {"NF_FILES_DIR", s->files_dir},
        {"NF_TFTP_DIR", s->tftp_dir},
        {"NF_HOSTS_DIR", s->hosts_dir},
        {"NF_SPOOL_DIR", s->spool_dir},
        {"NF_RUN_DIR", s->run_dir},
        {"NF_CACHE_DIR", s->cache_dir},
        {"NF_LOG_DIR", s->log_dir},
        {"NF_SHARE_DIR", s->share_dir},
        {"NF_TEMPLATES_DIR", s->templates_dir},
        {"NF_LIB_DIR", s->lib_dir},
        {"NF_WORKER_DIR", s->worker_dir},
    };

    if (s->key_command[0] != '\0') {
        snprintf(s->key_file, sizeof(s->key_file), "%.*s/site.key",
                 NF_SETTING_MAX - 16, s->run_dir);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct nf_fault fault;
        if (!nf_bastion_path(paths[i].path, NF_SETTING_MAX)
            || nf_settings_set(s, paths[i].name, nf_text(paths[i].path), &fault)
                   != NF_OK)
        {
            nf_log(NF_LOG_ERR, "%s cannot be made an absolute path",
                   paths[i].name);
            return false;
        }
    }
    return true;
}

static nf_error_t
refuse_interface(const char *name, struct nf_fault *fault)
{
    char names[80];

    nf_interface_names(names, sizeof(names));
    return nf_interface_exists(name)
               ? nf_refuse(fault, "NF_DHCP_INTERFACE",
                           "names %s, which has no IPv4 address: give it one, "
                           "or set NF_SERVER_ADDR",
                           name)
               : nf_refuse(fault, "NF_DHCP_INTERFACE",
                           "names %s, and this machine has no such interface: "
                           "it has %s",
                           name, names);
}

/* Our own where it is not said.  A machine with nothing but loopback is no
 * bastion yet, but all of it starts. */
static nf_error_t
infer_address(struct nf_settings *s, struct nf_fault *fault)
{
    char text[NF_IP4_TEXT];
    nf_ip4_t ip = {{127, 0, 0, 1}};

    if (s->server_addr[0] != '\0') {
        return NF_OK;
    }
    if (s->interface[0] != '\0' && !nf_interface_address(s->interface, &ip)) {
        return refuse_interface(s->interface, fault);
    }
    if (s->interface[0] == '\0' && !nf_interface_own_address(&ip)) {
        nf_log(NF_LOG_WARNING, "no interface but loopback has an address: "
                               "nodes cannot reach this machine until one has, "
                               "or NF_SERVER_ADDR is set");
    }
    nf_ip4_format(ip, text);
    snprintf(s->server_addr, sizeof(s->server_addr), "%s:%d", text,
             DEFAULT_PORT);
    return NF_OK;
}

/* What `nf up` found at its last start: it is in what it rendered. */
static bool
remembered_address(struct nf_settings *s)
{
    char path[NF_SETTING_MAX + 32];
    struct nf_settings *last = malloc(sizeof(*last));
    struct nf_fault ignored;
    bool is_known = false;

    snprintf(path, sizeof(path), "%s/nodefoundry.conf", s->run_dir);
    if (last != NULL) {
        nf_settings_default(last);
        is_known = nf_settings_read(last, path, &ignored) == NF_OK
                   && last->server_addr[0] != '\0';
    }
    if (is_known) {
        memcpy(s->server_addr, last->server_addr, sizeof(s->server_addr));
    }
    free(last);
    return is_known;
}

/* Not where the pool is; but who serves nobody leases nothing either. */
static void
suppose_loopback(struct nf_settings *s)
{
    snprintf(s->server_addr, sizeof(s->server_addr), "127.0.0.1:%d",
             DEFAULT_PORT);
    s->dhcp_start[0] = s->dhcp_end[0] = s->dhcp_gateway[0] = '\0';
}

/* For who only reads what is here: an interface that is gone is no reason to
 * show nothing. */
static nf_error_t
suppose_address(struct nf_settings *s, struct nf_fault *why)
{
    if (infer_address(s, why) == NF_OK) {
        return NF_OK;
    }
    if (!remembered_address(s)) {
        suppose_loopback(s);
    }
    nf_log(NF_LOG_WARNING,
           "%s %s; assuming that nodes reach this machine by %s", why->field,
           why->reason, s->server_addr);
    return NF_OK;
}

static void
infer_interface(struct nf_settings *s)
{
    char name[IF_NAMESIZE];
    struct nf_text address = nf_text(s->server_addr);
    nf_ip4_t ip;

    if (s->interface[0] == '\0' && nf_ip4_parse(nf_text_cut(&address, ':'), &ip)
        && nf_interface_of(ip, name))
    {
        snprintf(s->interface, sizeof(s->interface), "%s", name);
    }
}

bool
nf_bastion_serves_dhcp(const struct nf_settings *s)
{
    return strcmp(s->dhcp_mode, "proxy") == 0
           || (strcmp(s->dhcp_mode, "server") == 0
               && (s->dhcp_start[0] != '\0' || s->dhcp_ranges[0] != '\0'));
}

static bool
load(struct nf_settings *settings,
     nf_error_t (*find_address)(struct nf_settings *s, struct nf_fault *fault))
{
    struct nf_fault fault = {0};
    nf_error_t err = nf_settings_load(settings, &fault);

    if (err == NF_OK) {
        err = find_address(settings, &fault);
    }
    if (err == NF_OK) {
        err = nf_settings_settle(settings, &fault);
    }
    if (err != NF_OK) {
        nf_say_fault(NULL, err, &fault);
        return false;
    }
    infer_interface(settings);
    return settle_paths(settings);
}

bool
nf_bastion_load(struct nf_settings *settings)
{
    return load(settings, infer_address);
}

bool
nf_bastion_load_offline(struct nf_settings *settings)
{
    return load(settings, suppose_address);
}
