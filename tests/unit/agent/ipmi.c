/* What is asked of a BMC, against one that is played here. */

#include "../../../nf-agent/ipmi.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A BMC with cards on two channels; the first may have no address. */
struct player {
    int asked;
    int dies_at; /* the question that it no longer answers */
    bool has_first_ip, has_second;
    int length; /* of its answers at most */
};

static int
answer(struct player *player, uint8_t *reply, const void *bytes, int n)
{
    n = n < player->length ? n : player->length;
    reply[0] = 0;
    memcpy(reply + 1, bytes, (size_t) n);
    return n + 1;
}

static int
parameter_answer(struct player *player, uint8_t channel, uint8_t parameter,
                 uint8_t *reply)
{
    bool has_ip = channel == 1 ? player->has_first_ip : true;
    uint8_t mac[] = {0x11, 0x4c, 0xd9, 0x8f, 0x00, 0x00, channel};
    uint8_t ip[] = {0x11, 10, 20, 30, channel};

    if (parameter == PARAMETER_MAC) {
        return answer(player, reply, mac, sizeof mac);
    }
    return answer(player, reply, has_ip ? ip : (uint8_t[5]){0x11}, sizeof ip);
}

static int
play(void *self, const struct nf_ipmi_question *question,
     uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead)
{
    struct player *player = self;
    uint8_t channel = question->data[0];

    if (++player->asked == player->dies_at) {
        *is_dead = true;
        return -1;
    }
    if (question->netfn == NETFN_APP && question->command == GET_DEVICE_ID) {
        return answer(player, reply, "\x20\x81\x02\x45\x02\xdf", 6);
    }
    if (question->netfn == NETFN_APP && question->command == GET_CHANNEL_INFO) {
        if (channel == 1 || (channel == 8 && player->has_second)) {
            return answer(player, reply, "\x01\x04", 2);
        }
        return answer(player, reply, "\x02\x01", 2); /* IPMB */
    }
    assert_int_equal(question->netfn, NETFN_TRANSPORT);
    assert_int_equal(question->command, GET_LAN_CONFIGURATION);
    assert_true(channel == 1 || channel == 8);
    return parameter_answer(player, channel, question->data[1], reply);
}

static bool
read_from(struct player *player, struct nf_bmc *bmc)
{
    struct nf_ipmi_way way = {play, player};
    if (player->length == 0) {
        player->length = NF_IPMI_REPLY_MAX;
    }
    return nf_ipmi_read(&way, bmc);
}

static void
address_and_version_are_read(void **state)
{
    struct player player = {.has_first_ip = true};
    struct nf_bmc bmc;

    (void) state;
    assert_true(read_from(&player, &bmc));
    assert_string_equal(bmc.ip, "10.20.30.1");
    assert_string_equal(bmc.mac, "4c:d9:8f:00:00:01");
    assert_string_equal(bmc.version, "2.45");
}

static void
the_channel_with_an_address_is_taken(void **state)
{
    struct player player = {.has_second = true};
    struct nf_bmc bmc;

    (void) state;
    assert_true(read_from(&player, &bmc));
    assert_string_equal(bmc.ip, "10.20.30.8");
    assert_string_equal(bmc.mac, "4c:d9:8f:00:00:08");
}

static void
without_an_address_the_first_mac_is_told(void **state)
{
    struct player player = {0};
    struct nf_bmc bmc;

    (void) state;
    assert_true(read_from(&player, &bmc));
    assert_string_equal(bmc.ip, "");
    assert_string_equal(bmc.mac, "4c:d9:8f:00:00:01");
}

static void
a_bmc_that_falls_silent_is_not_asked_again(void **state)
{
    (void) state;
    for (int dies_at = 1; dies_at < 20; dies_at++) {
        struct player player = {.dies_at = dies_at, .has_second = true};
        struct nf_bmc bmc = {.version = "x"};
        bool is_read = read_from(&player, &bmc);
        assert_int_equal(is_read, dies_at > 1);
        if (dies_at == 1) {
            assert_string_equal(bmc.version, "x");
        }
        assert_true(player.asked <= dies_at || player.asked < 16);
        if (dies_at <= 5) {
            assert_int_equal(player.asked, dies_at);
        }
    }
}

static void
short_answers_are_not_read_beyond(void **state)
{
    (void) state;
    for (int length = 1; length < 7; length++) {
        struct player player = {.has_first_ip = true, .length = length};
        struct nf_bmc bmc;
        assert_int_equal(read_from(&player, &bmc), length >= 4);
        if (length >= 4) {
            assert_string_equal(bmc.ip, length >= 5 ? "10.20.30.1" : "");
            assert_string_equal(bmc.mac, "");
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_and_version_are_read),
        cmocka_unit_test(the_channel_with_an_address_is_taken),
        cmocka_unit_test(without_an_address_the_first_mac_is_told),
        cmocka_unit_test(a_bmc_that_falls_silent_is_not_asked_again),
        cmocka_unit_test(short_answers_are_not_read_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
