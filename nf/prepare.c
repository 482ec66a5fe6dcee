#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "certificate.h"
#include "program.h"
#include "store/store.h"
#include "write.h"

enum {
    KEY_SIZE = 32,
    PATH_SIZE = NF_SETTING_MAX + 32
};

static bool
fail(const char *what, const char *path)
{
    nf_log(NF_LOG_ERR, "cannot %s %s: %s", what, path, strerror(errno));
    return false;
}

/* The account, or NULL: then everything belongs to whoever runs this. */
static const struct passwd *
account(const struct nf_settings *s)
{
    return geteuid() == 0 ? getpwnam(s->user) : NULL;
}

/* A directory that exists may be anybody's: only new ones get an owner. */
static bool
make(const char *path, mode_t mode, const struct passwd *owner)
{
    struct stat is;

    if (stat(path, &is) == 0 && S_ISDIR(is.st_mode)) {
        return true;
    }
    if (nf_make_directory(path, 0755) != 0) {
        return fail("make", path);
    }
    if ((owner != NULL && chown(path, owner->pw_uid, owner->pw_gid) != 0)
        || chmod(path, mode) != 0)
    {
        return fail("give away", path);
    }
    return true;
}

static void
parent(const char *path, char dir[static PATH_SIZE])
{
    const char *end = strrchr(path, '/');

    snprintf(dir, PATH_SIZE, "%.*s", end != NULL ? (int) (end - path) : 0,
             path);
}

bool
nf_prepare_directories(const struct nf_settings *s)
{
    const struct passwd *user = account(s);
    char db_dir[PATH_SIZE], key_dir[PATH_SIZE];

    parent(s->db_path, db_dir);
    parent(s->key_file, key_dir);
    const struct {
        const char *base, *below;
        mode_t mode;
        bool is_users;
    } rows[] = {
        /* clang-format off */
        { db_dir,       "",               02770, true },
        { db_dir,       "/mosquitto",     0700,  true },
        { key_dir,      "",               0755,  false },
        { s->files_dir, "",               02775, true },
        { s->files_dir, "/boot",          02775, true },
        { s->files_dir, "/agent",         02775, true },
        { s->files_dir, "/images",        02775, true },
        { s->tftp_dir,  "",               02775, true },
        { s->tftp_dir,  "/pxelinux.cfg",  02775, true },
        { s->tftp_dir,  "/grub",          02775, true },
        { s->tftp_dir,  "/grub/x86_64-efi", 02775, true },
        { s->hosts_dir, "",               02775, true },
        { s->spool_dir, "",               02770, true },
        { s->cache_dir, "",               0750,  true },
        { s->cache_dir, "/mirror",        0750,  true },
        { s->log_dir,   "",               0750,  true },
        { s->run_dir,   "",               0755,  false },
        { s->run_dir,   "/relay",         0755,  true },
        { s->run_dir,   "/reserve",       0755,  true },
        { s->run_dir,   "/nginx",         0750,  true },
        { s->run_dir,   "/nginx/body",    0700,  true },
        { s->run_dir,   "/nginx/proxy",   0700,  true },
        { s->run_dir,   "/nginx/fastcgi", 0700,  true },
        { s->run_dir,   "/nginx/uwsgi",   0700,  true },
        { s->run_dir,   "/nginx/scgi",    0700,  true },
        /* clang-format on */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[PATH_SIZE + 16];
        snprintf(path, sizeof(path), "%s%s", rows[i].base, rows[i].below);
        if (!make(path, rows[i].mode, rows[i].is_users ? user : NULL)) {
            return false;
        }
    }
    return !nf_setting_is_on(s->bmc) || make(s->bmc_dir, 0700, user);
}

/* From where the site keeps it: a KMS, a TPM. */
static bool
fetch_key(const struct nf_settings *s, unsigned char key[static KEY_SIZE])
{
    const char *const argv[] = {s->key_command, NULL};
    char said[128];
    size_t len = 0;
    bool is_key =
        nf_program_read(argv, environ, NULL, said, sizeof(said))
        && sodium_base642bin(key, KEY_SIZE, said, strlen(said), " \r\n", &len,
                             NULL, sodium_base64_VARIANT_ORIGINAL)
               == 0
        && len == KEY_SIZE;

    sodium_memzero(said, sizeof(said));
    if (!is_key) {
        nf_log(NF_LOG_ERR,
               "%s (NF_KEY_COMMAND) must print a key of 32 bytes in base64 "
               "within a minute, and exit with 0",
               s->key_command);
    }
    return is_key;
}

/* Who reads the key may make install tokens: the group, nobody else. */
static bool
make_key(const struct nf_settings *s)
{
    const struct passwd *user = account(s);
    unsigned char key[KEY_SIZE];
    bool is_new, is_fetched = s->key_command[0] != '\0';

    if (!is_fetched && access(s->key_file, F_OK) == 0) {
        return true;
    }
    if (sodium_init() < 0) {
        nf_log(NF_LOG_ERR, "cannot make %s: no random numbers", s->key_file);
        return false;
    }
    if (!is_fetched) {
        randombytes_buf(key, sizeof(key));
    } else if (!fetch_key(s, key)) {
        return false;
    }
    bool is_done = nf_write_file(
        s->key_file, (struct nf_text){(const char *) key, sizeof(key)}, 0640,
        user != NULL ? user->pw_gid : (gid_t) -1, &is_new);
    sodium_memzero(key, sizeof(key));
    return is_done || fail("write", s->key_file);
}

static nf_error_t
make_store(const struct nf_settings *s)
{
    const struct passwd *user = account(s);
    struct nf_store_init init = {0};
    const struct group *group = user != NULL ? getgrgid(user->pw_gid) : NULL;

    if (group != NULL && user->pw_uid != 0) {
        init.group = group->gr_name;
    }
    return nf_store_init(s->db_path, &init);
}

static bool
fail_to_make(const struct nf_settings *s, nf_error_t err)
{
    nf_log(NF_LOG_ERR, "cannot make the store %s: %s", s->db_path,
           nf_error_text(err));
    return false;
}

bool
nf_prepare_store(const struct nf_settings *s)
{
    if (!make_key(s)) {
        return false;
    }
    nf_error_t err = make_store(s);
    return err == NF_OK || fail_to_make(s, err);
}

bool
nf_prepare_replacement(const struct nf_settings *s)
{
    if (!make_key(s)) {
        return false;
    }
    nf_error_t err = make_store(s);
    return err == NF_OK || err == NF_SCHEMA || err == NF_CORRUPT
           || fail_to_make(s, err);
}

/* --- workers of other hosts --------------------------------------------------
 */

struct nf_text
nf_worker_address(const struct nf_settings *s)
{
    bool is_any = strncmp(s->worker_listen, "0.0.0.0:", 8) == 0;
    struct nf_text rest = nf_text(is_any ? s->server_addr : s->worker_listen);

    return nf_text_cut(&rest, ':');
}

static bool
make_certificate(const struct nf_settings *s, const char *cert, const char *key,
                 gid_t group)
{
    char names[512], host[256] = "";
    struct nf_text ip = nf_worker_address(s);
    struct nf_certificate made;
    bool is_new;

    gethostname(host, sizeof(host) - 1);
    bool is_name = nf_text_is_hostname(nf_text(host));
    snprintf(names, sizeof(names), "IP:%.*s%s%s", (int) ip.len, ip.data,
             is_name ? ",DNS:" : "", is_name ? host : "");
    if (!nf_certificate_make(names, &made)) {
        nf_log(NF_LOG_ERR, "cannot make the broker's certificate for %s",
               names);
        return false;
    }
    bool is_done =
        nf_write_file(key, (struct nf_text){made.key, made.key_len}, 0640,
                      group, &is_new)
        && nf_write_file(cert, (struct nf_text){made.cert, made.cert_len}, 0644,
                         group, &is_new);
    sodium_memzero(&made, sizeof(made));
    return is_done || fail("write", cert);
}

bool
nf_prepare_workers(const struct nf_settings *s)
{
    const struct passwd *user = account(s);
    gid_t group = user != NULL ? user->pw_gid : (gid_t) -1;
    char cert[PATH_SIZE], key[PATH_SIZE], passwords[PATH_SIZE];
    bool is_new;

    if (s->worker_listen[0] == '\0') {
        return true;
    }
    snprintf(cert, sizeof(cert), "%s/broker.crt", s->worker_dir);
    snprintf(key, sizeof(key), "%s/broker.key", s->worker_dir);
    snprintf(passwords, sizeof(passwords), "%s/passwords", s->worker_dir);
    if (!make(s->worker_dir, 0755, NULL)) {
        return false;
    }
    bool has_cert = access(cert, F_OK) == 0, has_key = access(key, F_OK) == 0;
    if (has_cert != has_key) {
        nf_log(NF_LOG_ERR, "%s is missing", has_cert ? key : cert);
        return false;
    }
    return (has_cert || make_certificate(s, cert, key, group))
           && (access(passwords, F_OK) == 0
               || nf_write_file(passwords, NF_TEXT(""), 0640, group, &is_new)
               || fail("write", passwords));
}
