#include "settings_check.h"

#include <pwd.h>
#include <sys/stat.h>

#include "base/log.h"
#include "bastion.h"
#include "interface.h"
#include "model/profile.h"
#include "store/profiles.h"
#include "store/store.h"

enum {
    KEY_BYTES = 32
};

static bool
has_interface(const struct nf_settings *s)
{
    char names[256];

    if (s->interface[0] == '\0' || nf_interface_exists(s->interface)) {
        return true;
    }
    nf_interface_names(names, sizeof(names));
    nf_log(NF_LOG_ERR,
           "NF_DHCP_INTERFACE names %s, and this machine has no such "
           "interface: it has %s",
           s->interface, names);
    return false;
}

/* dnsmasq and nf-reserve do not start otherwise, or hear nobody. */
static bool
has_network(const struct nf_settings *s)
{
    nf_ip4_t ip;
    const char *fault = NULL;

    if (!nf_bastion_serves_dhcp(s) || s->interface[0] == '\0'
        || !nf_interface_exists(s->interface))
    {
        return true;
    }
    if (!nf_interface_address(s->interface, &ip)) {
        fault = "which has no IPv4 address: give it that of NF_SERVER_ADDR";
    } else if (ip.b[0] == 127 && strncmp(s->server_addr, "127.", 4) != 0) {
        fault = "which no machine can be connected to";
    }
    if (fault != NULL) {
        nf_log(NF_LOG_ERR, "NF_DHCP_INTERFACE names %s, %s", s->interface,
               fault);
    }
    return fault == NULL;
}

/* What is not there is made; what is something else stays. */
static bool
has_directories(const struct nf_settings *s)
{
    const struct {
        const char *name, *path;
        bool is_file;
    } all[] = {
        {"NF_DB_PATH", s->db_path, true},
        {"NF_KEY_FILE", s->key_file, true},
        {"NF_FILES_DIR", s->files_dir, false},
        {"NF_TFTP_DIR", s->tftp_dir, false},
        {"NF_HOSTS_DIR", s->hosts_dir, false},
        {"NF_SPOOL_DIR", s->spool_dir, false},
        {"NF_RUN_DIR", s->run_dir, false},
        {"NF_CACHE_DIR", s->cache_dir, false},
        {"NF_LOG_DIR", s->log_dir, false},
    };
    bool is_right = true;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        struct stat is;
        if (stat(all[i].path, &is) == 0
            && (all[i].is_file ? !S_ISREG(is.st_mode) : !S_ISDIR(is.st_mode)))
        {
            nf_log(NF_LOG_ERR, "%s names %s, which is not a %s", all[i].name,
                   all[i].path, all[i].is_file ? "file" : "directory");
            is_right = false;
        }
    }
    return is_right;
}

/* Where it is not, everything would go on as root. */
static bool
has_account(const struct nf_settings *s)
{
    if (getpwnam(s->user) != NULL) {
        return true;
    }
    nf_log(NF_LOG_ERR, "NF_USER names %s, and there is no such account",
           s->user);
    return false;
}

static bool
has_key(const struct nf_settings *s)
{
    struct stat is;
    bool is_key = stat(s->key_file, &is) != 0 || !S_ISREG(is.st_mode)
                  || is.st_size == KEY_BYTES;

    if (!is_key) {
        nf_log(NF_LOG_ERR,
               "NF_KEY_FILE names %s, which is no key: one has %d bytes, and "
               "`nf store init` makes it where there is none",
               s->key_file, KEY_BYTES);
    }
    return is_key;
}

/* Profiles of an operator are in the store; before there is one, the shipped
 * ones are all. */
static bool
is_profile(const struct nf_settings *s)
{
    nf_store_t *store = NULL;

    if (nf_profile_find(s->default_profile) != NULL) {
        return true;
    }
    nf_error_t err = nf_store_open_as_is(&store, s->db_path);
    if (err != NF_OK) {
        return err != NF_NOT_FOUND; /* what cannot be read has other words */
    }
    struct nf_profile profile;
    bool is_there;
    {
        NF_READ(r, store);
        is_there =
            nf_profiles_get(&r, s->default_profile, &profile) || r.err != NF_OK;
    }
    nf_store_close(store);
    return is_there;
}

static bool
has_default_profile(const struct nf_settings *s)
{
    if (is_profile(s)) {
        return true;
    }
    nf_log(NF_LOG_ERR,
           "NF_DEFAULT_PROFILE names %s, but there is no such profile: `nf "
           "profiles list` shows all, `nf profiles put` adds one",
           s->default_profile);
    return false;
}

unsigned
nf_settings_count_missing(const struct nf_settings *settings)
{
    bool (*const all[])(const struct nf_settings *) = {
        has_interface, has_network, has_directories,
        has_account,   has_key,     has_default_profile};
    unsigned n = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        n += !all[i](settings);
    }
    return n;
}
