/*
 * nf workers: who carries out commands on BMCs and switches, and who may.
 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pidfile.h"
#include "bastion.h"
#include "command.h"
#include "list.h"
#include "model/worker.h"
#include "option.h"
#include "password_file.h"
#include "prepare.h"
#include "say.h"
#include "show.h"
#include "write.h"

enum {
    SECRET = 24, /* bytes of randomness in a password */
    SECRET_TEXT = sodium_base64_ENCODED_LEN(
        SECRET, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
    CERTIFICATES_MAX = 64 * 1024,
};

int
nf_command_workers(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "WORKER",      "name",        NF_COLUMN_TEXT, NF_KEEP },
        { "ONLINE",      "online",      NF_COLUMN_YES, NF_DROP_LAST },
        { "SINCE",       "since",       NF_COLUMN_WHEN, NF_DROP_FIRST },
        { "ACCEPTED",    "accepted",    NF_COLUMN_YES, NF_DROP_LAST },
        { "FINGERPRINT", "fingerprint", NF_COLUMN_TEXT, NF_DROP },
        { 0 },
        /* clang-format on */
    };

    return nf_list_command("workers", argc, argv, "/api/v1/workers", columns);
}

int
nf_command_workers_accept(int argc, char **argv)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    (void) argc;
    nf_say_about(argv[0]);
    if (!nf_server_path(path, "/api/v1/workers/", argv[0], "/accept")) {
        return NF_EXIT_FAILED;
    }
    json_t *body = json_pack("{s:s}", "fingerprint", argv[1]);
    int code = nf_server_ask("POST", path, body, &reply);
    if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "name", "fingerprint");
    }
    json_decref(body);
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

int
nf_command_workers_forget(int argc, char **argv)
{
    return nf_delete_command("workers forget", argc, argv, "/api/v1/workers/");
}

/* --- who may connect ---------------------------------------------------------
 */

/* The broker makes a worker's name its id: those of its own clients must stay
 * theirs. */
static bool
is_free_name(const char *name)
{
    static const char *const taken[] = {"nodefoundry", "nf-bmc-"};

    if (!nf_worker_is_name(nf_text(name))) {
        nf_log(NF_LOG_ERR,
               "a worker's name must be up to %d letters, digits, "
               "'-', '_', '.'",
               NF_WORKER_NAME - 1);
        return false;
    }
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (nf_text_starts(nf_text(name), nf_text(taken[i]))) {
            nf_log(NF_LOG_ERR, "%s: names that begin with %s are reserved",
                   name, taken[i]);
            return false;
        }
    }
    return true;
}

/* The broker's certificates are shown to everybody; its passwords are not. */
static bool
load(struct nf_settings *s)
{
    if (!nf_bastion_load(s)) {
        return false;
    }
    if (s->worker_listen[0] == '\0') {
        nf_log(NF_LOG_ERR, "NF_WORKER_LISTEN is not set: the broker does not "
                           "listen for workers of other hosts");
        return false;
    }
    return true;
}

static bool
change(const struct nf_settings *s, const char *name, const char *password,
       bool *was_there)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(s->user) : NULL;

    if (nf_password_file_change(
            s->worker_dir, "passwords", nf_text(name), password,
            user != NULL ? user->pw_gid : (gid_t) -1, was_there))
    {
        return true;
    }
    nf_log(NF_LOG_ERR, "cannot change %s/passwords: %s", s->worker_dir,
           strerror(errno));
    return false;
}

/* Who is not in the file any more is cut off at that moment. */
static void
reload_broker(const struct nf_settings *s)
{
    const char *end = strrchr(s->db_path, '/');
    char path[NF_SETTING_MAX + 32];

    snprintf(path, sizeof(path), "%.*s/mosquitto/mosquitto.pid",
             (int) (end - s->db_path), s->db_path);
    if (nf_pidfile_signal(path, "mosquitto", SIGHUP) == 0) {
        nf_log(NF_LOG_NOTICE,
               "the broker is not running; this takes effect when it starts");
    }
}

/* The file that nf-bmc reads as NF_BMC_BROKER. */
static bool
print_account(const struct nf_settings *s, const char *name,
              const char *password)
{
    char path[NF_SETTING_MAX + 32], certificates[CERTIFICATES_MAX];
    struct nf_text ip = nf_worker_address(s);
    size_t len;

    snprintf(path, sizeof(path), "%s/broker.crt", s->worker_dir);
    if (!nf_read_file(path, certificates, sizeof(certificates), &len)) {
        nf_log(NF_LOG_ERR, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    printf("# Worker %s: /etc/nodefoundry/broker on its host, mode 0600.\n"
           "broker=%.*s%s\nsite=%s\nuser=%s\npassword=%s\n%.*s",
           name, (int) ip.len, ip.data, strrchr(s->worker_listen, ':'), s->idc,
           name, password, (int) len, certificates);
    return nf_say_written();
}

int
nf_command_workers_add(int argc, char **argv)
{
    struct nf_settings s;
    char password[SECRET_TEXT];
    unsigned char secret[SECRET];
    bool was_there;

    (void) argc;
    if (!is_free_name(argv[0]) || !load(&s) || !nf_prepare_workers(&s)) {
        return NF_EXIT_FAILED;
    }
    if (sodium_init() < 0) {
        nf_log(NF_LOG_ERR, "cannot make a password: no random numbers");
        return NF_EXIT_FAILED;
    }
    randombytes_buf(secret, sizeof(secret));
    sodium_bin2base64(password, sizeof(password), secret, sizeof(secret),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    bool is_done = change(&s, argv[0], password, &was_there)
                   && print_account(&s, argv[0], password);
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(password, sizeof(password));
    if (is_done) {
        reload_broker(&s);
        nf_log(NF_LOG_NOTICE,
               was_there
                   ? "%s has a new password; the old one is no longer valid"
                   : "%s may connect to the broker",
               argv[0]);
    }
    return is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
}

int
nf_command_workers_remove(int argc, char **argv)
{
    struct nf_settings s;
    bool was_there = false;

    (void) argc;
    if (!load(&s) || !change(&s, argv[0], NULL, &was_there)) {
        return NF_EXIT_FAILED;
    }
    if (!was_there) {
        nf_log(NF_LOG_ERR, "no such worker: %s", argv[0]);
        return NF_EXIT_FAILED;
    }
    reload_broker(&s);
    return NF_EXIT_OK;
}
