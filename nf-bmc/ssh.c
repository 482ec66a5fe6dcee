#include "ssh.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    CONNECT_MS = 20000, /* until the shell is there */
    PULSE_MS = 100,     /* should libssh hold something back */
    COLUMNS = 511,
    ROWS = 128,
    CHUNK = 16384,
};

#define SSH_OF(member, name)                                                   \
    ((struct nf_ssh *) (void *) ((char *) (member) -offsetof(struct nf_ssh,    \
                                                             name)))

void
nf_ssh_close(struct nf_ssh *ssh)
{
    nf_timer_clear(ssh->loop, &ssh->pulse);
    nf_timer_clear(ssh->loop, &ssh->deadline);
    nf_loop_unwatch(ssh->loop, &ssh->watch);
    if (ssh->channel != NULL) {
        ssh_channel_free(ssh->channel);
    }
    if (ssh->session != NULL) {
        ssh_disconnect(ssh->session);
        ssh_free(ssh->session);
    }
    ssh->channel = NULL;
    ssh->session = NULL;
    ssh->is_open = false;
}

static void
lose(struct nf_ssh *ssh, enum nf_switch_cause cause, const char *why)
{
    char words[NF_SWITCH_WORDS];

    nf_text_copy_words(words, sizeof(words), nf_text(why));
    nf_ssh_close(ssh);
    ssh->lost(ssh, cause, words);
}

/* What has come so far tells whether it is there at all. */
static void
lose_by_error(struct nf_ssh *ssh)
{
    lose(ssh, ssh->is_answered ? NF_SWITCH_HUNG : NF_SWITCH_UNREACHABLE,
         ssh_get_error(ssh->session));
}

static void
watch(struct nf_ssh *ssh)
{
    int flags = ssh_get_poll_flags(ssh->session);

    nf_loop_unwatch(ssh->loop, &ssh->watch);
    ssh->watch.fd = ssh_get_fd(ssh->session);
    ssh->watch.events =
        (short) (POLLIN | (flags & SSH_WRITE_PENDING ? POLLOUT : 0));
    if (ssh->watch.fd >= 0) {
        nf_loop_watch(ssh->loop, &ssh->watch);
    }
    nf_timer_set(ssh->loop, &ssh->pulse, PULSE_MS);
}

/* --- until the shell is there ------------------------------------------------
 */

/* A step's result: SSH_AGAIN, SSH_OK: the next was set, SSH_ERROR: lost
 * already. */
static int
go_on(struct nf_ssh *ssh, int (*step)(struct nf_ssh *ssh))
{
    ssh->step = step;
    return SSH_OK;
}

static int
result(struct nf_ssh *ssh, int code, int (*next)(struct nf_ssh *ssh))
{
    if (code == SSH_AGAIN) {
        return SSH_AGAIN;
    }
    if (code == SSH_OK) {
        return go_on(ssh, next);
    }
    lose_by_error(ssh);
    return SSH_ERROR;
}

static int
show_shell(struct nf_ssh *ssh)
{
    int code = ssh_channel_request_shell(ssh->channel);

    if (code != SSH_OK) {
        return result(ssh, code, NULL);
    }
    ssh->is_open = true;
    nf_timer_clear(ssh->loop, &ssh->deadline);
    return go_on(ssh, NULL);
}

static int
request_terminal(struct nf_ssh *ssh)
{
    return result(
        ssh, ssh_channel_request_pty_size(ssh->channel, "vt100", COLUMNS, ROWS),
        show_shell);
}

static int
open_channel(struct nf_ssh *ssh)
{
    if (ssh->channel == NULL) {
        ssh->channel = ssh_channel_new(ssh->session);
    }
    if (ssh->channel == NULL) {
        lose(ssh, NF_SWITCH_LOCAL, "out of memory");
        return SSH_ERROR;
    }
    return result(ssh, ssh_channel_open_session(ssh->channel),
                  request_terminal);
}

static int
authenticated(struct nf_ssh *ssh, int code)
{
    switch (code) {
    case SSH_AUTH_SUCCESS:
        return go_on(ssh, open_channel);
    case SSH_AUTH_AGAIN:
        return SSH_AGAIN;
    case SSH_AUTH_DENIED:
    case SSH_AUTH_PARTIAL:
        lose(ssh, NF_SWITCH_WRONG_PASSWORD, "");
        return SSH_ERROR;
    default:
        lose_by_error(ssh);
        return SSH_ERROR;
    }
}

static int
say_password(struct nf_ssh *ssh)
{
    return authenticated(
        ssh, ssh_userauth_password(ssh->session, NULL, ssh->device->password));
}

/* Whatever is asked for without an echo is the password. */
static int
answer_questions(struct nf_ssh *ssh)
{
    int code = ssh_userauth_kbdint(ssh->session, NULL, NULL);

    while (code == SSH_AUTH_INFO) {
        int n = ssh_userauth_kbdint_getnprompts(ssh->session);
        for (int i = 0; i < n; i++) {
            char echo = 0;
            (void) ssh_userauth_kbdint_getprompt(ssh->session, (unsigned) i,
                                                 &echo);
            ssh_userauth_kbdint_setanswer(ssh->session, (unsigned) i,
                                          echo ? ssh->device->user
                                               : ssh->device->password);
        }
        code = ssh_userauth_kbdint(ssh->session, NULL, NULL);
    }
    return authenticated(ssh, code);
}

static int
choose_method(struct nf_ssh *ssh)
{
    int code = ssh_userauth_none(ssh->session, NULL);
    int methods;

    if (code != SSH_AUTH_DENIED && code != SSH_AUTH_PARTIAL) {
        return authenticated(ssh, code);
    }
    methods = ssh_userauth_list(ssh->session, NULL);
    if (methods & SSH_AUTH_METHOD_PASSWORD) {
        return go_on(ssh, say_password);
    }
    if (methods & SSH_AUTH_METHOD_INTERACTIVE) {
        return go_on(ssh, answer_questions);
    }
    lose(ssh, NF_SWITCH_UNSUPPORTED, "it does not accept passwords over SSH");
    return SSH_ERROR;
}

/* Of its key, as ssh-keygen -l shows it. */
static bool
read_pin(struct nf_ssh *ssh)
{
    ssh_key key = NULL;
    unsigned char *hash = NULL;
    size_t len = 0;
    char *text = NULL;
    bool is_read =
        ssh_get_server_publickey(ssh->session, &key) == SSH_OK
        && ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &len)
               == 0;

    if (is_read) {
        text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, len);
        is_read = text != NULL
                  && nf_text_copy(ssh->pin, sizeof(ssh->pin), nf_text(text));
    }
    ssh_string_free_char(text);
    ssh_clean_pubkey_hash(&hash);
    ssh_key_free(key);
    return is_read;
}

/* Without a pin, the key that it showed first counts. */
static int
compare_key(struct nf_ssh *ssh)
{
    char pin[NF_SWITCH_PIN], words[NF_SWITCH_WORDS];

    snprintf(pin, sizeof(pin), "%s",
             ssh->device->pin[0] != '\0' ? ssh->device->pin : ssh->pin);
    if (!read_pin(ssh)) {
        lose(ssh, NF_SWITCH_MALFORMED, "it presents no key");
        return SSH_ERROR;
    }
    ssh->is_answered = true;
    if (pin[0] == '\0'
        || (strncasecmp(pin, ssh->pin, 7) == 0
            && strcmp(pin + 7, ssh->pin + 7) == 0))
    {
        return go_on(ssh, choose_method);
    }
    snprintf(words, sizeof(words), "it presents %s, and %s is pinned", ssh->pin,
             pin);
    lose(ssh, NF_SWITCH_KEY, words);
    return SSH_ERROR;
}

static bool make(struct nf_ssh *ssh);

/* Once more for one that has nothing better than what is weak. */
static int
connect_it(struct nf_ssh *ssh)
{
    int code = ssh_connect(ssh->session);
    const char *why = code == SSH_ERROR ? ssh_get_error(ssh->session) : "";

    if (ssh->is_weak || strstr(why, "no match") == NULL) {
        return result(ssh, code, compare_key);
    }
    nf_loop_unwatch(ssh->loop, &ssh->watch);
    ssh_free(ssh->session);
    ssh->session = NULL;
    ssh->is_weak = true;
    if (!make(ssh)) {
        lose(ssh, NF_SWITCH_LOCAL, "out of memory");
        return SSH_ERROR;
    }
    return SSH_OK;
}

/* --- when it is there --------------------------------------------------------
 */

/* False: it is closed. */
static bool
receive(struct nf_ssh *ssh)
{
    char chunk[CHUNK];
    int n;

    while ((n = ssh_channel_read_nonblocking(ssh->channel, chunk, CHUNK, 0))
           > 0) {
        if (!ssh->bytes(ssh, chunk, (size_t) n)) {
            return false;
        }
    }
    if (n == SSH_ERROR || n == SSH_EOF || ssh_channel_is_eof(ssh->channel)
        || ssh_channel_is_closed(ssh->channel))
    {
        lose(ssh, NF_SWITCH_HUNG, "it ended the session");
        return false;
    }
    return true;
}

static void
go(struct nf_ssh *ssh)
{
    while (!ssh->is_open) {
        int code = ssh->step(ssh);
        if (code == SSH_ERROR) {
            return;
        }
        if (code == SSH_AGAIN) {
            watch(ssh);
            return;
        }
        if (ssh->is_open) {
            watch(ssh);
            ssh->opened(ssh);
            return;
        }
    }
    if (receive(ssh)) {
        watch(ssh);
    }
}

static void
on_ready(struct nf_watch *watched, short revents)
{
    (void) revents;
    go(SSH_OF(watched, watch));
}

static void
on_pulse(struct nf_timer *timer)
{
    go(SSH_OF(timer, pulse));
}

static void
on_deadline(struct nf_timer *timer)
{
    struct nf_ssh *ssh = SSH_OF(timer, deadline);

    lose(ssh, ssh->is_answered ? NF_SWITCH_HUNG : NF_SWITCH_UNREACHABLE,
         "no session was established in time");
}

/* --- sessions ----------------------------------------------------------------
 */

/* What is good stands first. */
static void
allow_weak(ssh_session session)
{
    static const char ciphers[] =
        "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,"
        "aes128-ctr,aes256-cbc,aes128-cbc,3des-cbc";
    static const char macs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-256,"
                               "hmac-sha2-512,hmac-sha1";
    static const int least = 1024;

    ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE,
                    "+diffie-hellman-group-exchange-sha1,"
                    "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1");
    ssh_options_set(session, SSH_OPTIONS_HOSTKEYS,
                    "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,"
                    "rsa-sha2-256,ssh-rsa");
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, ciphers);
    ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, ciphers);
    ssh_options_set(session, SSH_OPTIONS_HMAC_C_S, macs);
    ssh_options_set(session, SSH_OPTIONS_HMAC_S_C, macs);
    ssh_options_set(session, SSH_OPTIONS_RSA_MIN_SIZE, &least);
}

/* Nothing of this host's own settings or keys counts. */
static bool
make(struct nf_ssh *ssh)
{
    const struct nf_device *device = ssh->device;
    unsigned port = device->port != 0 ? device->port : ssh->port;
    bool is_off = false;
    int is_on = 1;

    ssh->session = ssh_new();
    if (ssh->session == NULL) {
        return false;
    }
    ssh_set_blocking(ssh->session, 0);
    ssh_options_set(ssh->session, SSH_OPTIONS_PROCESS_CONFIG, &is_off);
    ssh_options_set(ssh->session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh->session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(ssh->session, SSH_OPTIONS_HOST, device->address);
    ssh_options_set(ssh->session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(ssh->session, SSH_OPTIONS_USER, device->user);
    ssh_options_set(ssh->session, SSH_OPTIONS_NODELAY, &is_on);
    if (ssh->is_weak) {
        allow_weak(ssh->session);
    }
    ssh->step = connect_it;
    return true;
}

void
nf_ssh_open(struct nf_ssh *ssh)
{
    ssh->watch = (struct nf_watch){.fd = -1, .ready = on_ready};
    ssh->pulse = (struct nf_timer){.fire = on_pulse};
    ssh->deadline = (struct nf_timer){.fire = on_deadline};
    ssh->is_open = ssh->is_answered = false;
    if (!make(ssh)) {
        lose(ssh, NF_SWITCH_LOCAL, "out of memory");
        return;
    }
    nf_timer_set(ssh->loop, &ssh->deadline, CONNECT_MS);
    nf_timer_set(ssh->loop, &ssh->pulse, 0);
}

bool
nf_ssh_send(struct nf_ssh *ssh, struct nf_text text)
{
    int n = ssh_channel_write(ssh->channel, text.data, (uint32_t) text.len);

    watch(ssh);
    return n == (int) text.len;
}
