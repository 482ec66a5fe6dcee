#include "enroll.h"

#include "base/out.h"
#include "bmc_user.h"
#include "inventory.h"
#include "process.h"

#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LOAD_S = 5,     /* for a driver to find the BMC */
    REQUEST_S = 2,  /* what one request may take */
    PAUSE_MS = 200, /* before a busy BMC is asked again */
    LOOK_MS = 100,
    PLAIN_MAX = 512,
    SEALED_MAX = PLAIN_MAX + crypto_box_SEALBYTES,
};

#define USER   "nodefoundry"
#define DEVICE "/dev/ipmi0"

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

#define SMALL  "abcdefghijkmnopqrstuvwxyz"
#define LARGE  "ABCDEFGHJKLMNPQRSTUVWXYZ"
#define DIGITS "23456789"

/* Letters and digits, none that a terminal, a shell or a BMC's page takes for
 * something else, or that people mistake for another.  There are BMCs that want
 * some of each kind. */
static void
password_make(char password[static NF_BMC_USER_PASSWORD])
{
    static const char letters[] = SMALL LARGE DIGITS;

    password[0] = '\0';
    while (strpbrk(password, SMALL) == NULL || strpbrk(password, LARGE) == NULL
           || strpbrk(password, DIGITS) == NULL)
    {
        for (size_t i = 0; i + 1 < NF_BMC_USER_PASSWORD; i++) {
            password[i] = letters[randombytes_uniform(sizeof letters - 1)];
        }
        password[NF_BMC_USER_PASSWORD - 1] = '\0';
    }
}

/* A small RAM disk loads its drivers by itself, and may lack modprobe. */
static bool
way_open(struct nf_ipmi_way *way)
{
    static const char *const load[] = {
        "modprobe", "-a", "-q", "ipmi_si", "ipmi_ssif", "ipmi_devintf", NULL};
    char fault[NF_SAID_SIZE];
    int64_t end = now_ms() + LOAD_S * 1000;

    if (access(DEVICE, F_OK) != 0) {
        (void) nf_process_run(
            &(struct nf_process){.argv = load, .limit_s = LOAD_S}, fault,
            sizeof fault);
    }
    while (!nf_ipmi_open(way)) {
        if (now_ms() >= end) {
            return false;
        }
        pause_ms(LOOK_MS);
    }
    return true;
}

static void
user_make(struct nf_bmc_user *user, const struct nf_ipmi_way *way,
          int64_t end_ms)
{
    struct nf_ipmi_question question;
    uint8_t reply[NF_IPMI_REPLY_MAX];
    bool is_dead = false;

    while (nf_bmc_user_ask(user, &question)) {
        if (now_ms() + REQUEST_S * 1000 > end_ms) {
            nf_bmc_user_stop(user, "the BMC is too slow");
            break;
        }
        int n = way->ask(way->self, &question, reply, &is_dead);
        if (!nf_bmc_user_told(user, reply, n)) {
            pause_ms(PAUSE_MS);
        }
    }
    sodium_memzero(&question, sizeof question);
}

static void
member_put(struct nf_out *out, const char *name, const char *value)
{
    nf_out_putc(out, out->len == 0 ? '{' : ',');
    nf_out_json(out, nf_text(name));
    nf_out_putc(out, ':');
    nf_out_json(out, nf_text(value));
}

/* Base64; "" when it does not fit. */
static void
login_seal(const struct nf_bmc_wish *wish, const struct nf_bmc_user *user,
           const char *serial, const char *mac, char *text, size_t size)
{
    char plain[PLAIN_MAX];
    uint8_t sealed[SEALED_MAX];
    struct nf_out out = nf_out(plain, sizeof plain);

    member_put(&out, "password", user->password);
    member_put(&out, "address", user->ip);
    member_put(&out, "user", user->name);
    member_put(&out, "mac", mac);
    member_put(&out, "serial", serial);
    nf_out_putc(&out, '}');
    text[0] = '\0';
    if (!out.full
        && crypto_box_seal(sealed, (uint8_t *) plain, out.len, wish->key) == 0)
    {
        sodium_bin2base64(text, size, sealed, out.len + crypto_box_SEALBYTES,
                          sodium_base64_VARIANT_ORIGINAL);
    }
    sodium_memzero(plain, sizeof plain);
}

static json_t *
login_tell(const struct nf_bmc_wish *wish, const struct nf_bmc_user *user,
           const char *serial, const char *mac)
{
    char sealed[sodium_base64_ENCODED_LEN(SEALED_MAX,
                                          sodium_base64_VARIANT_ORIGINAL)];

    if (user->fault[0] != '\0') {
        return json_pack("{s:s}", "error", user->fault);
    }
    login_seal(wish, user, serial, mac, sealed, sizeof sealed);
    return json_pack("{s:s, s:s, s:s, s:i, s:s}", "driver", "ipmi", "address",
                     user->ip, "user", user->name, "channel",
                     (int) user->channel, "sealed", sealed);
}

json_t *
nf_enroll(const struct nf_bmc_wish *wish, const json_t *hardware,
          const char *mac)
{
    int64_t end_ms = now_ms() + NF_ENROLL_LIMIT_S * 1000;
    const json_t *bmc = json_object_get(hardware, "bmc");
    char password[NF_BMC_USER_PASSWORD];
    struct nf_bmc_user user;
    struct nf_ipmi_way way;

    if (!json_is_true(json_object_get(bmc, "present")) || sodium_init() < 0) {
        return NULL;
    }
    if (!way_open(&way)) {
        return json_pack("{s:s}", "error",
                         "the BMC has no " DEVICE " in this system");
    }
    password_make(password);
    nf_bmc_user_begin(&user, USER, password,
                      wish->is_administrator ? NF_BMC_ADMINISTRATOR
                                             : NF_BMC_OPERATOR);
    user_make(&user, &way, end_ms);
    nf_ipmi_close(&way);
    json_t *told = login_tell(wish, &user, nf_inventory_serial(hardware), mac);
    sodium_memzero(&user, sizeof user);
    sodium_memzero(password, sizeof password);
    return told;
}
