#include "bastion.h"

#include <stdio.h>
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

/* nf_settings_settle says what is missing when nothing is found here. */
static void
infer_address(struct nf_settings *s)
{
    char text[NF_IP4_TEXT];
    nf_ip4_t ip;
    bool is_known = s->interface[0] != '\0'
                        ? nf_interface_address(s->interface, &ip)
                        : nf_interface_own_address(&ip);

    if (s->server_addr[0] == '\0' && is_known) {
        nf_ip4_format(ip, text);
        snprintf(s->server_addr, sizeof(s->server_addr), "%s:%d", text,
                 DEFAULT_PORT);
    }
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

bool
nf_bastion_load(struct nf_settings *settings)
{
    struct nf_fault fault = {0};
    nf_error_t err = nf_settings_load(settings, &fault);

    if (err == NF_OK) {
        infer_address(settings);
        err = nf_settings_settle(settings, &fault);
    }
    if (err != NF_OK) {
        nf_say_fault(NULL, err, &fault);
        return false;
    }
    infer_interface(settings);
    return settle_paths(settings);
}
