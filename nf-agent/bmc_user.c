#include "bmc_user.h"

#include <stdio.h>
#include <string.h>

enum {
    APP = 0x06,
    TRANSPORT = 0x0c,

    CHANNEL_LAST = 11, /* those above have fixed uses */
    SLOT_FIRST = 2,
    BUSY_MAX = 30,

    MEDIUM_LAN = 4, /* IEEE 802.3 */
    ALWAYS = 2,     /* the channel's access mode */
    BY_DHCP = 2,    /* the address's source */
    VOLATILE = 0x80,

    PARAMETER_IP = 3,
    PARAMETER_SOURCE = 4,
    PARAMETER_MAC = 5,
    PARAMETER_MASK = 6,

    NAME_SIZE = 16,
    SHORT_SIZE = 16, /* of a password's field: IPMI 1.5 */
    LONG_SIZE = 20,
    IS_LONG = 0x80,
    DISABLE = 0,
    ENABLE = 1,
    SET = 2,
    TEST = 3,

    MESSAGING = 0x10, /* of a user's access */
    CHANGE = 0x80,
    LEVEL = 0x0f,
    STATUS = 0xc0, /* of a user: as it was told by set password */
    ENABLED = 0x40,
    DISABLED = 0x80,

    /* completion codes */
    OTHER_PASSWORD = 0x80,
    OTHER_SIZE = 0x81,
    BUSY = 0xc0,
    TIMED_OUT = 0xc3,
    BAD_LENGTH = 0xc7,
    BAD_FIELD = 0xcc,
    STARTING = 0xd2,
};

enum step {
    CHANNEL,
    CHANNEL_ACCESS,
    ADDRESS,
    SOURCE,
    MASK,
    MAC,
    SLOT,
    SLOT_NAME,
    SET_NAME,
    SET_PASSWORD,
    TEST_PASSWORD,
    SET_ACCESS,
    ENABLE_USER,
    CHECK,
    UNDO,
    OVER,
};

typedef struct nf_ipmi_question question_t;

struct answer {
    uint8_t code;
    const uint8_t *data; /* behind the code */
    size_t n;
};

/* --- where it goes on -------------------------------------------------------
 */

/* What was begun is not left enabled.  The first fault is the one that counts.
 */
static enum step
fail(struct nf_bmc_user *user, const char *why, int code)
{
    if (user->step == UNDO) {
        return OVER;
    }
    if (code > 0) {
        snprintf(user->fault, sizeof user->fault, "%s (completion code 0x%02x)",
                 why, (unsigned) code);
    } else {
        snprintf(user->fault, sizeof user->fault, "%s", why);
    }
    return user->is_written ? UNDO : OVER;
}

static enum step
next_channel(struct nf_bmc_user *user, const char *lacks)
{
    if (lacks != NULL) {
        snprintf(user->lacks, sizeof user->lacks, "%s", lacks);
    }
    return user->channel++ < CHANNEL_LAST ? CHANNEL
                                          : fail(user, user->lacks, 0);
}

static enum step
take_slot(struct nf_bmc_user *user, uint8_t slot, enum step step)
{
    user->slot = slot;
    user->size = LONG_SIZE;
    return step;
}

static enum step
next_slot(struct nf_bmc_user *user)
{
    if (user->slot++ < user->slots) {
        return SLOT;
    }
    return user->free != 0 ? take_slot(user, user->free, SET_NAME)
                           : fail(user, "the BMC has no free user", 0);
}

/* --- the LAN channel --------------------------------------------------------
 */

static void
ask_channel(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP, 0x42, {user->channel}, 1};
}

static enum step
told_channel(struct nf_bmc_user *user, const struct answer *a)
{
    return a->code == 0 && a->n >= 2 && (a->data[1] & 0x7f) == MEDIUM_LAN
               ? CHANNEL_ACCESS
               : next_channel(user, NULL);
}

static void
ask_channel_access(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP, 0x41, {user->channel, VOLATILE}, 2};
}

static enum step
told_channel_access(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code != 0 || a->n < 2) {
        return next_channel(
            user, "the BMC does not report the access mode of its LAN channel");
    }
    if ((a->data[0] & 7) != ALWAYS) {
        return next_channel(user,
                            "the BMC's LAN channel is not always available");
    }
    return (a->data[1] & LEVEL) < user->level ? next_channel(
               user, "the privilege limit of the BMC's LAN channel is too low")
                                              : ADDRESS;
}

static void
ask_parameter(const struct nf_bmc_user *user, uint8_t parameter, question_t *q)
{
    *q = (question_t){TRANSPORT, 0x02, {user->channel, parameter, 0, 0}, 4};
}

/* The revision of parameters stands before the value; NULL: there is none. */
static const uint8_t *
parameter_of(const struct answer *a, size_t size)
{
    return a->code == 0 && a->n >= 1 + size ? a->data + 1 : NULL;
}

static void
ip_format(const uint8_t *b, char text[static 16])
{
    snprintf(text, 16, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

static void
ask_address(const struct nf_bmc_user *user, question_t *q)
{
    ask_parameter(user, PARAMETER_IP, q);
}

static enum step
told_address(struct nf_bmc_user *user, const struct answer *a)
{
    const uint8_t *b = parameter_of(a, 4);

    if (b == NULL || b[0] == 0 || b[0] >= 224) {
        return next_channel(user, "the BMC's LAN channel has no address");
    }
    ip_format(b, user->ip);
    return SOURCE;
}

static void
ask_source(const struct nf_bmc_user *user, question_t *q)
{
    ask_parameter(user, PARAMETER_SOURCE, q);
}

static enum step
told_source(struct nf_bmc_user *user, const struct answer *a)
{
    const uint8_t *b = parameter_of(a, 1);

    user->is_by_dhcp = b != NULL && (b[0] & 0x0f) == BY_DHCP;
    return MASK;
}

static void
ask_mask(const struct nf_bmc_user *user, question_t *q)
{
    ask_parameter(user, PARAMETER_MASK, q);
}

static enum step
told_mask(struct nf_bmc_user *user, const struct answer *a)
{
    const uint8_t *b = parameter_of(a, 4);

    if (b != NULL && b[0] != 0) {
        ip_format(b, user->mask);
    }
    return MAC;
}

static void
ask_mac(const struct nf_bmc_user *user, question_t *q)
{
    ask_parameter(user, PARAMETER_MAC, q);
}

static enum step
told_mac(struct nf_bmc_user *user, const struct answer *a)
{
    static const uint8_t none[6];
    const uint8_t *b = parameter_of(a, sizeof none);

    if (b != NULL && memcmp(b, none, sizeof none) != 0) {
        snprintf(user->mac, sizeof user->mac, "%02x:%02x:%02x:%02x:%02x:%02x",
                 b[0], b[1], b[2], b[3], b[4], b[5]);
    }
    user->slot = SLOT_FIRST;
    return SLOT;
}

/* --- the slot ---------------------------------------------------------------
 */

static void
ask_access(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP, 0x44, {user->channel, user->slot}, 2};
}

/* Somebody may log in by it; BMCs that do not tell enabled users from others
 * tell whether they may speak. */
static bool
is_enabled(const struct answer *access)
{
    uint8_t status = access->data[1] & STATUS;

    return status == ENABLED
           || (status != DISABLED && (access->data[3] & MESSAGING) != 0);
}

static enum step
told_slot(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code == 0 && a->n >= 4) {
        user->slots = a->data[0] & 0x3f;
        user->is_taken = is_enabled(a);
        user->had = a->data[3] & LEVEL;
        return SLOT_NAME;
    }
    return user->slots == 0
               ? fail(user, "the BMC does not report its users", a->code)
               : next_slot(user);
}

static void
ask_slot_name(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP, 0x46, {user->slot}, 1};
}

/* Ended by zeros, or by blanks. */
static size_t
name_length(const uint8_t *name)
{
    size_t len = 0;

    for (size_t i = 0; i < NAME_SIZE && name[i] != '\0'; i++) {
        len = name[i] != ' ' ? i + 1 : len;
    }
    return len;
}

/* Of a user without a name some say that there is no such field. */
static enum step
told_slot_name(struct nf_bmc_user *user, const struct answer *a)
{
    bool has_name = a->code == 0 && a->n >= NAME_SIZE;
    size_t len = has_name ? name_length(a->data) : 0;

    if (len > 0 && len == strlen(user->name)
        && memcmp(a->data, user->name, len) == 0)
    {
        user->level =
            user->had == NF_BMC_ADMINISTRATOR ? user->had : user->level;
        return take_slot(user, user->slot, SET_PASSWORD);
    }
    if ((has_name || a->code == BAD_FIELD) && len == 0 && !user->is_taken
        && user->free == 0)
    {
        user->free = user->slot;
    }
    return next_slot(user);
}

/* --- the user ---------------------------------------------------------------
 */

static void
ask_set_name(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP, 0x45, {user->slot}, 1 + NAME_SIZE};
    memcpy(q->data + 1, user->name, strlen(user->name));
}

/* There are slots whose name is fixed, or that are another's by some rule: the
 * next free one may do. */
static enum step
told_set_name(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code == 0) {
        user->is_written = true;
        return SET_PASSWORD;
    }
    user->free = 0;
    return next_slot(user);
}

static void
ask_password(const struct nf_bmc_user *user, uint8_t what, question_t *q)
{
    *q = (question_t){APP, 0x47, {user->slot, what}, 2U + user->size};
    q->data[0] |= user->size == LONG_SIZE ? IS_LONG : 0;
    if (what == SET || what == TEST) {
        memcpy(q->data + 2, user->password, strlen(user->password));
    }
}

static void
ask_set_password(const struct nf_bmc_user *user, question_t *q)
{
    ask_password(user, SET, q);
}

static enum step
shorten(struct nf_bmc_user *user, const char *why, int code)
{
    if (user->size == SHORT_SIZE) {
        return fail(user, why, code);
    }
    user->size = SHORT_SIZE;
    return SET_PASSWORD;
}

static enum step
told_set_password(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code != 0) {
        return shorten(user, "the BMC rejects the password", a->code);
    }
    user->is_written = true;
    return TEST_PASSWORD;
}

static void
ask_test_password(const struct nf_bmc_user *user, question_t *q)
{
    ask_password(user, TEST, q);
}

/* One that knows no such test is believed. */
static enum step
told_test_password(struct nf_bmc_user *user, const struct answer *a)
{
    return a->code == OTHER_PASSWORD || a->code == OTHER_SIZE
               ? shorten(user,
                         "the BMC stored another password than the given one",
                         a->code)
               : SET_ACCESS;
}

static void
ask_set_access(const struct nf_bmc_user *user, question_t *q)
{
    *q = (question_t){APP,
                      0x43,
                      {CHANGE | MESSAGING | user->channel, user->slot,
                       (uint8_t) user->level, 0},
                      4};
}

static enum step
told_set_access(struct nf_bmc_user *user, const struct answer *a)
{
    return a->code == 0
               ? ENABLE_USER
               : fail(user, "the BMC gives the user no access", a->code);
}

/* Without a password, as it is written; there are BMCs that want one. */
static void
ask_switch(const struct nf_bmc_user *user, uint8_t what, question_t *q)
{
    ask_password(user, what, q);
    if (!user->is_long) {
        *q = (question_t){APP, 0x47, {user->slot, what}, 2};
    }
}

static void
ask_enable(const struct nf_bmc_user *user, question_t *q)
{
    ask_switch(user, ENABLE, q);
}

static enum step
told_enable(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code == BAD_LENGTH && !user->is_long) {
        user->is_long = true;
        return ENABLE_USER;
    }
    return a->code == 0
               ? CHECK
               : fail(user, "the BMC does not enable the user", a->code);
}

static enum step
told_check(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code != 0 || a->n < 4) {
        return fail(user, "the BMC does not report the user", a->code);
    }
    return is_enabled(a) && (a->data[3] & MESSAGING) != 0
                   && (a->data[3] & LEVEL) == user->level
               ? OVER
               : fail(user, "the BMC did not set up the user as requested", 0);
}

static void
ask_undo(const struct nf_bmc_user *user, question_t *q)
{
    ask_switch(user, DISABLE, q);
}

static enum step
told_undo(struct nf_bmc_user *user, const struct answer *a)
{
    if (a->code == BAD_LENGTH && !user->is_long) {
        user->is_long = true;
        return UNDO;
    }
    return OVER;
}

/* clang-format off */
static const struct {
    void (*ask)(const struct nf_bmc_user *user, question_t *question);
    enum step (*told)(struct nf_bmc_user *user, const struct answer *answer);
} steps[OVER] = {
    [CHANNEL]        = { ask_channel,        told_channel },
    [CHANNEL_ACCESS] = { ask_channel_access, told_channel_access },
    [ADDRESS]        = { ask_address,        told_address },
    [SOURCE]         = { ask_source,         told_source },
    [MASK]           = { ask_mask,           told_mask },
    [MAC]            = { ask_mac,            told_mac },
    [SLOT]           = { ask_access,         told_slot },
    [SLOT_NAME]      = { ask_slot_name,      told_slot_name },
    [SET_NAME]       = { ask_set_name,       told_set_name },
    [SET_PASSWORD]   = { ask_set_password,   told_set_password },
    [TEST_PASSWORD]  = { ask_test_password,  told_test_password },
    [SET_ACCESS]     = { ask_set_access,     told_set_access },
    [ENABLE_USER]    = { ask_enable,         told_enable },
    [CHECK]          = { ask_access,         told_check },
    [UNDO]           = { ask_undo,           told_undo },
};
/* clang-format on */

void
nf_bmc_user_begin(struct nf_bmc_user *user, const char *name,
                  const char *password, enum nf_bmc_level level)
{
    *user = (struct nf_bmc_user){.level = level,
                                 .channel = 1,
                                 .size = LONG_SIZE,
                                 .lacks = "the BMC has no LAN channel"};
    snprintf(user->name, sizeof user->name, "%s", name);
    snprintf(user->password, sizeof user->password, "%s", password);
}

bool
nf_bmc_user_ask(const struct nf_bmc_user *user, question_t *question)
{
    if (user->step >= OVER) {
        return false;
    }
    steps[user->step].ask(user, question);
    return true;
}

static bool
is_busy(uint8_t code)
{
    return code == BUSY || code == TIMED_OUT || code == STARTING;
}

bool
nf_bmc_user_told(struct nf_bmc_user *user, const uint8_t *bytes, int n)
{
    if (user->step >= OVER) {
        return true;
    }
    if (n < 1) {
        nf_bmc_user_stop(user, "the BMC does not answer");
        return true;
    }
    struct answer answer = {bytes[0], bytes + 1, (size_t) n - 1};
    if (is_busy(answer.code) && user->busy++ < BUSY_MAX) {
        return false;
    }
    user->step = (uint8_t) (is_busy(answer.code)
                                ? fail(user, "the BMC is busy", answer.code)
                                : steps[user->step].told(user, &answer));
    return true;
}

void
nf_bmc_user_stop(struct nf_bmc_user *user, const char *why)
{
    if (user->step < OVER && user->fault[0] == '\0') {
        (void) fail(user, why, 0);
    }
    user->step = OVER;
}
