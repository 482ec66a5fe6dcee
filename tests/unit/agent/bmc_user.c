/* Making a user on a BMC, against BMCs that are played here. */

#include "../../../nf-agent/bmc_user.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    SLOTS = 10
};

#define PASSWORD "sixteen-letters!"

struct slot {
    uint8_t name[NAME_SIZE];
    uint8_t password[LONG_SIZE];
    bool is_enabled, is_fixed;
    uint8_t access;
};

struct bmc {
    uint8_t lan;                /* the channel; 0: none */
    uint8_t mode, limit, ip[4]; /* of it */
    struct slot slots[SLOTS + 1];
    uint8_t refuses_long; /* the code, 0: it takes 20 bytes */
    uint8_t tests;        /* the code of each test, 0: it looks */
    uint8_t keeps;        /* bytes of a password, 0: all */
    bool wants_length;    /* to enable a user */
    bool hides_status;    /* of users: neither enabled nor disabled */
    bool hides_names;     /* of users that have none */
    bool ignores_access;  /* says yes, and does nothing */
    int busy, busy_from;  /* so many answers that it is, from a question on */
    int silent_from;      /* the question; 0: it always speaks */
    int asked, written;
};

static struct bmc
usual(void)
{
    struct bmc bmc = {
        .lan = 1, .mode = ALWAYS, .limit = 4, .ip = {10, 0, 0, 5}};

    memcpy(bmc.slots[2].name, "ADMIN", 5);
    bmc.slots[2].is_enabled = true;
    bmc.slots[2].access = MESSAGING | 4;
    return bmc;
}

/* --- what it answers --------------------------------------------------------
 */

static int
tell(uint8_t *reply, const void *bytes, int n)
{
    reply[0] = 0;
    memcpy(reply + 1, bytes, (size_t) n);
    return n + 1;
}

static int
refuse(uint8_t *reply, uint8_t code)
{
    reply[0] = code;
    return 1;
}

static int
answer_channel(const struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    uint8_t info[] = {q->data[0], MEDIUM_LAN, 1, 0x81, 0, 0, 0, 0, 0};

    return q->data[0] == bmc->lan ? tell(reply, info, sizeof info)
                                  : refuse(reply, BAD_FIELD);
}

static int
answer_channel_access(const struct bmc *bmc, const question_t *q,
                      uint8_t *reply)
{
    assert_int_equal(q->data[1], VOLATILE);
    return tell(reply, (uint8_t[]){0x20 | bmc->mode, bmc->limit}, 2);
}

static int
answer_parameter(const struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    uint8_t value[7] = {0x11};

    assert_int_equal(q->data[0], bmc->lan);
    switch (q->data[1]) {
    case PARAMETER_IP:
        memcpy(value + 1, bmc->ip, 4);
        return tell(reply, value, 5);
    case PARAMETER_SOURCE:
        return tell(reply, (uint8_t[]){0x11, BY_DHCP}, 2);
    case PARAMETER_MASK:
        return tell(reply, (uint8_t[]){0x11, 255, 255, 255, 0}, 5);
    default:
        return tell(reply, "\x11\x02\x00\x00\x00\x00\x05", 7);
    }
}

static int
answer_access(const struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    const struct slot *slot = &bmc->slots[q->data[1]];
    uint8_t status = slot->is_enabled ? ENABLED : DISABLED;
    uint8_t access[] = {SLOTS, bmc->hides_status ? 1 : status | 1, 1,
                        slot->access};

    assert_in_range(q->data[1], 2, SLOTS);
    return tell(reply, access, sizeof access);
}

static int
answer_name(const struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    const struct slot *slot = &bmc->slots[q->data[0]];

    return bmc->hides_names && slot->name[0] == '\0'
               ? refuse(reply, BAD_FIELD)
               : tell(reply, slot->name, NAME_SIZE);
}

/* Nobody else's slot is ever written to. */
static struct slot *
writable(struct bmc *bmc, uint8_t number)
{
    struct slot *slot = &bmc->slots[number];

    assert_in_range(number, 2, SLOTS);
    assert_true(slot->name[0] == '\0'
                || memcmp(slot->name, "nodefoundry\0", 12) == 0);
    assert_true(slot->name[0] != '\0' || !slot->is_enabled);
    bmc->written++;
    return slot;
}

static int
answer_set_name(struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    struct slot *slot = writable(bmc, q->data[0]);

    if (slot->is_fixed) {
        return refuse(reply, BAD_FIELD);
    }
    memcpy(slot->name, q->data + 1, NAME_SIZE);
    return refuse(reply, 0);
}

static int
answer_password(struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    size_t size = q->data[0] & IS_LONG ? LONG_SIZE : SHORT_SIZE;
    uint8_t what = q->data[1];

    if (what == SET || what == TEST || bmc->wants_length) {
        if (q->len != 2 + size) {
            return refuse(reply, BAD_LENGTH);
        }
        if (size == LONG_SIZE && bmc->refuses_long != 0) {
            return refuse(reply, bmc->refuses_long);
        }
    }
    struct slot *slot = writable(bmc, q->data[0] & 0x3f);
    if (what == TEST) {
        return refuse(reply, bmc->tests != 0 ? bmc->tests
                             : memcmp(slot->password, q->data + 2, size) == 0
                                 ? 0
                                 : OTHER_PASSWORD);
    }
    if (what == SET) {
        memset(slot->password, 0, LONG_SIZE);
        memcpy(slot->password, q->data + 2,
               bmc->keeps != 0 ? bmc->keeps : size);
    } else {
        slot->is_enabled = what == ENABLE;
    }
    return refuse(reply, 0);
}

static int
answer_set_access(struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    struct slot *slot = writable(bmc, q->data[1]);

    assert_int_equal(q->data[0] & 0x0f, bmc->lan);
    assert_int_equal(q->data[0] & 0xf0, CHANGE | MESSAGING);
    if (!bmc->ignores_access) {
        slot->access = MESSAGING | q->data[2];
    }
    return refuse(reply, 0);
}

static int
answer(struct bmc *bmc, const question_t *q, uint8_t *reply)
{
    assert_in_range(q->len, 1, NF_IPMI_DATA_MAX);
    if (bmc->silent_from != 0 && bmc->asked >= bmc->silent_from) {
        return -1;
    }
    if (bmc->busy > 0 && bmc->asked >= bmc->busy_from) {
        bmc->busy--;
        return refuse(reply, BUSY);
    }
    switch (q->netfn << 8 | q->command) {
    case 0x0642:
        return answer_channel(bmc, q, reply);
    case 0x0641:
        return answer_channel_access(bmc, q, reply);
    case 0x0c02:
        return answer_parameter(bmc, q, reply);
    case 0x0644:
        return answer_access(bmc, q, reply);
    case 0x0646:
        return answer_name(bmc, q, reply);
    case 0x0645:
        return answer_set_name(bmc, q, reply);
    case 0x0647:
        return answer_password(bmc, q, reply);
    case 0x0643:
        return answer_set_access(bmc, q, reply);
    default:
        fail_msg("it was asked %02x %02x", q->netfn, q->command);
        return -1;
    }
}

/* How often it had to wait. */
static int
make(struct bmc *bmc, struct nf_bmc_user *user)
{
    uint8_t reply[NF_IPMI_REPLY_MAX];
    question_t question;
    int waits = 0;

    nf_bmc_user_begin(user, "nodefoundry", PASSWORD, NF_BMC_OPERATOR);
    while (nf_bmc_user_ask(user, &question)) {
        assert_true(++bmc->asked < 400);
        waits += !nf_bmc_user_told(user, reply, answer(bmc, &question, reply));
    }
    return waits;
}

/* --- a user is made ---------------------------------------------------------
 */

static void
is_made(struct bmc *bmc, uint8_t at)
{
    const struct slot *slot = &bmc->slots[at];
    struct nf_bmc_user user;

    (void) make(bmc, &user);
    assert_string_equal(user.fault, "");
    assert_int_equal(user.slot, at);
    assert_memory_equal(slot->name, "nodefoundry\0\0\0\0\0", NAME_SIZE);
    assert_memory_equal(slot->password, PASSWORD "\0\0\0", LONG_SIZE);
    assert_true(slot->is_enabled);
    assert_int_equal(slot->access, MESSAGING | NF_BMC_OPERATOR);
    assert_string_equal(user.ip, "10.0.0.5");
    assert_string_equal(user.mask, "255.255.255.0");
    assert_string_equal(user.mac, "02:00:00:00:00:05");
    assert_true(user.is_by_dhcp);
    assert_int_equal(user.channel, bmc->lan);
}

static void
the_first_free_slot_is_taken(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    is_made(&bmc, 3);
    assert_string_equal((char *) bmc.slots[2].name, "ADMIN");
    bmc = usual();
    bmc.lan = 8;
    is_made(&bmc, 3);
}

static void
named_and_enabled_slots_are_left_alone(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    memcpy(bmc.slots[3].name, "root", 4); /* disabled, yet somebody's */
    bmc.slots[4].is_enabled = true;       /* without a name */
    bmc.slots[5].is_fixed = true;
    memcpy(bmc.slots[6].name, "nodefoundry2", 12);
    is_made(&bmc, 7);
}

static void
our_own_user_is_used_again(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    memcpy(bmc.slots[9].name, "nodefoundry", 11);
    memcpy(bmc.slots[9].password, "an older password", 17);
    bmc.slots[9].is_enabled = true;
    bmc.slots[9].access = MESSAGING | 2;
    is_made(&bmc, 9);
    assert_int_equal(bmc.slots[3].name[0], '\0');
}

static void
ours_stays_an_administrator(void **state)
{
    struct bmc bmc = usual();
    struct nf_bmc_user user;

    (void) state;
    memcpy(bmc.slots[9].name, "nodefoundry", 11);
    bmc.slots[9].is_enabled = true;
    bmc.slots[9].access = MESSAGING | NF_BMC_ADMINISTRATOR;
    (void) make(&bmc, &user);
    assert_string_equal(user.fault, "");
    assert_int_equal(bmc.slots[9].access, MESSAGING | NF_BMC_ADMINISTRATOR);
}

static void
older_bmcs_take_a_shorter_field(void **state)
{
    const uint8_t codes[] = {BAD_LENGTH, BAD_FIELD, 0xc8, OTHER_PASSWORD};

    (void) state;
    for (size_t i = 0; i < sizeof codes; i++) {
        struct bmc bmc = usual();
        bmc.refuses_long = codes[i];
        is_made(&bmc, 3);
    }
}

static void
one_that_knows_no_test_is_believed(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    bmc.tests = 0xc1;
    is_made(&bmc, 3);
}

static void
odd_ways_of_telling_are_understood(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    bmc.hides_status = true;
    bmc.hides_names = true;
    bmc.wants_length = true;
    is_made(&bmc, 3);
}

static void
a_busy_bmc_is_asked_again(void **state)
{
    struct bmc bmc = usual();
    struct nf_bmc_user user;

    (void) state;
    bmc.busy = BUSY_MAX;
    assert_int_equal(make(&bmc, &user), BUSY_MAX);
    assert_string_equal(user.fault, "");
    bmc = usual();
    bmc.busy = 10000;
    assert_int_equal(make(&bmc, &user), BUSY_MAX);
    assert_string_equal(user.fault, "the BMC is busy (completion code 0xc0)");
}

/* --- none is ----------------------------------------------------------------
 */

static void
fails(struct bmc *bmc, const char *why)
{
    struct nf_bmc_user user;

    (void) make(bmc, &user);
    assert_string_equal(user.fault, why);
    for (size_t i = 3; i <= SLOTS; i++) {
        assert_false(bmc->slots[i].is_enabled
                     && memcmp(bmc->slots[i].name, "nodefoundry", 11) == 0);
    }
}

static void
without_a_usable_lan_nothing_is_written(void **state)
{
    struct bmc none = usual(), shared = usual(), low = usual(), bare = usual();

    (void) state;
    none.lan = 0;
    shared.mode = 1;
    low.limit = 2;
    bare.ip[0] = 0;
    fails(&none, "the BMC has no LAN channel");
    fails(&shared, "the BMC's LAN channel is not always available");
    fails(&low, "the privilege limit of the BMC's LAN channel is too low");
    fails(&bare, "the BMC's LAN channel has no address");
    assert_int_equal(none.written + shared.written + low.written + bare.written,
                     0);
}

static void
without_a_free_slot_nothing_is_written(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    for (size_t i = 3; i <= SLOTS; i++) {
        memcpy(bmc.slots[i].name, "somebody", 8);
    }
    fails(&bmc, "the BMC has no free user");
    assert_int_equal(bmc.written, 0);
}

static void
a_password_that_is_not_kept_enables_nobody(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    bmc.keeps = 8;
    fails(&bmc, "the BMC stored another password than the given one "
                "(completion code 0x80)");
}

static void
a_user_that_is_not_as_told_is_disabled(void **state)
{
    struct bmc bmc = usual();

    (void) state;
    bmc.ignores_access = true;
    fails(&bmc, "the BMC did not set up the user as requested");
    bmc = usual();
    bmc.ignores_access = bmc.wants_length = true;
    fails(&bmc, "the BMC did not set up the user as requested");
}

/* Also while it undoes what it did. */
static void
a_bmc_that_stays_busy_ends_it(void **state)
{
    struct bmc whole = usual();
    struct nf_bmc_user user;

    (void) state;
    whole.ignores_access = true; /* so that it undoes */
    (void) make(&whole, &user);
    for (int from = 1; from <= whole.asked; from++) {
        struct bmc bmc = usual();
        bmc.ignores_access = true;
        bmc.busy = 10000;
        bmc.busy_from = from;
        assert_int_equal(make(&bmc, &user), BUSY_MAX);
        assert_string_equal(user.fault,
                            from < whole.asked
                                ? "the BMC is busy (completion code 0xc0)"
                                : "the BMC did not set up the user as "
                                  "requested");
    }
}

/* Whatever it said before: it is over at once, and it is said why. */
static void
silence_ends_it(void **state)
{
    struct bmc whole = usual();
    struct nf_bmc_user user;

    (void) state;
    (void) make(&whole, &user);
    for (int from = 1; from <= whole.asked; from++) {
        struct bmc bmc = usual();
        bmc.silent_from = from;
        (void) make(&bmc, &user);
        assert_string_equal(user.fault, "the BMC does not answer");
        assert_int_equal(bmc.asked, from);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_free_slot_is_taken),
        cmocka_unit_test(named_and_enabled_slots_are_left_alone),
        cmocka_unit_test(our_own_user_is_used_again),
        cmocka_unit_test(ours_stays_an_administrator),
        cmocka_unit_test(older_bmcs_take_a_shorter_field),
        cmocka_unit_test(one_that_knows_no_test_is_believed),
        cmocka_unit_test(odd_ways_of_telling_are_understood),
        cmocka_unit_test(a_busy_bmc_is_asked_again),
        cmocka_unit_test(without_a_usable_lan_nothing_is_written),
        cmocka_unit_test(without_a_free_slot_nothing_is_written),
        cmocka_unit_test(a_password_that_is_not_kept_enables_nobody),
        cmocka_unit_test(a_user_that_is_not_as_told_is_disabled),
        cmocka_unit_test(a_bmc_that_stays_busy_ends_it),
        cmocka_unit_test(silence_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
