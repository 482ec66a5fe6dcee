/* What ipmitool is told and tells: requests, bytes, and why there is none. */
#include "scratch.h"

#include "bmc/ipmi.h"

static struct nf_ipmi_talk talk;
static struct nf_bmc_told told;
static char line[NF_IPMI_LINE];

static void
begin(struct nf_bmc_ask ask)
{
    talk = (struct nf_ipmi_talk){.ask = ask};
    told = (struct nf_bmc_told){0};
}

static void
asks(const char *wanted)
{
    assert_true(nf_ipmi_request(&talk, line));
    assert_string_equal(line, wanted);
}

static bool
reply(const char *text)
{
    return nf_ipmi_reply(&talk, nf_text(text), &told);
}

static void
power_is_its_lowest_bit(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    asks("raw 0x00 0x01");
    assert_true(reply(" 21 00 40\n"));
    assert_int_equal(told.power, NF_POWER_ON);
    assert_false(nf_ipmi_request(&talk, line));
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    assert_true(reply(" 60 10 40\n"));
    assert_int_equal(told.power, NF_POWER_OFF);
    begin((struct nf_bmc_ask){.verb = NF_BMC_LOOK});
    assert_false(reply("\n"));
    assert_int_equal(told.cause, NF_BMC_MALFORMED);
}

static void
each_boot_device_has_its_flags(void **state)
{
    static const struct {
        struct nf_boot boot;
        const char *line;
    } rows[] = {
        {{NF_BOOT_PXE, false, true}, "0xa0 0x04"},
        {{NF_BOOT_PXE, true, true}, "0xe0 0x04"},
        {{NF_BOOT_DISK, false, false}, "0x80 0x08"},
        {{NF_BOOT_DISK, true, false}, "0xc0 0x08"},
        {{NF_BOOT_CDROM, false, true}, "0xa0 0x14"},
        {{NF_BOOT_BIOS, false, true}, "0xa0 0x18"},
        {{NF_BOOT_NONE, false, false}, "0x80 0x00"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char wanted[NF_IPMI_LINE];
        begin(
            (struct nf_bmc_ask){.verb = NF_BMC_SET_BOOT, .boot = rows[i].boot});
        asks("raw 0x00 0x08 0x03 0x1f"); /* they are kept for a minute, else */
        assert_true(reply("\n"));
        asks("raw 0x00 0x08 0x04 0x01 0x01");
        assert_true(reply("Unable to send RAW command (channel=0x0 netfn=0x0 "
                          "lun=0x0 cmd=0x8 rsp=0x80): Unknown (0x80)\n"));
        snprintf(wanted, sizeof(wanted), "raw 0x00 0x08 0x05 %s 0x00 0x00 0x00",
                 rows[i].line);
        asks(wanted);
        assert_true(reply("\n"));
        assert_false(nf_ipmi_request(&talk, line));
    }
}

static void
flags_are_told_back_where_they_are_valid(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_true(reply(" 01 05 e0 04 00 00 00\n"));
    assert_int_equal(told.boot.device, NF_BOOT_PXE);
    assert_true(told.tells_mode && told.boot.is_persistent && told.boot.is_efi);
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_true(reply(" 01 05 00 08 00 00 00\n")); /* as ipmi_sim does */
    assert_int_equal(told.boot.device, NF_BOOT_DISK);
    assert_false(told.tells_mode);
    begin((struct nf_bmc_ask){.verb = NF_BMC_GET_BOOT});
    assert_false(reply(" 01 05\n"));
}

static void
failures_have_causes(void **state)
{
    static const struct {
        const char *text;
        enum nf_bmc_cause cause;
        const char *words;
    } rows[] = {
        {"Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x2 "
         "rsp=0xd5): Command not supported in present state\n\n",
         NF_BMC_WRONG_STATE, "Command not supported in present state"},
        {"Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x2 "
         "rsp=0xd4): Insufficient privilege level\n",
         NF_BMC_PRIVILEGE, "Insufficient privilege level"},
        {"Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x2 "
         "rsp=0xff): Unspecified error\n",
         NF_BMC_REFUSED, "Unspecified error"},
        {"Unable to send RAW command (channel=0x0 netfn=0x0 lun=0x0 cmd=0x2)\n",
         NF_BMC_HUNG, ""},
        {"rsp=0x", NF_BMC_MALFORMED, ""},
        {"rsp=0xzz): \033[2J", NF_BMC_MALFORMED, "?[2J"},
        {" 21 0", NF_BMC_HUNG, ""},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin((struct nf_bmc_ask){.verb = NF_BMC_POWER});
        assert_false(reply(rows[i].text));
        assert_int_equal(told.cause, rows[i].cause);
        assert_string_equal(told.words, rows[i].words);
    }
}

static void
no_session_has_a_reason(void **state)
{
    static const struct {
        const char *text;
        enum nf_bmc_cause cause;
    } rows[] = {
        {"> RAKP 2 HMAC is invalid\nError: Unable to establish",
         NF_BMC_WRONG_PASSWORD},
        {"RAKP 2 message indicates an error : unauthorized name\n",
         NF_BMC_WRONG_USER},
        {"Error in open session response message : invalid authentication "
         "algorithm\n",
         NF_BMC_CIPHER},
        {"Error in open session response message : no matching cipher suite\n",
         NF_BMC_CIPHER},
        {"RAKP 2 message indicates an error : unauthorized role or privilege "
         "level requested\n",
         NF_BMC_PRIVILEGE},
        {"Get Auth Capabilities error\n", NF_BMC_UNREACHABLE},
        {"", NF_BMC_UNREACHABLE},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_ipmi_cause(nf_text(rows[i].text)), rows[i].cause);
    }
}

/* The product area of a FRU, in pieces of 16 bytes. */
static void
a_machine_says_what_it_is(void **state)
{
    static const uint8_t area[32] = "\x01\x04\x00\xc4"
                                    "ACME\xc5"
                                    "Box 1\xc2"
                                    "P1\xc2V2\xc6SN 42 \xc1";

    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_INFO});
    asks("raw 0x06 0x01");
    assert_true(reply(" 20 01 02 55 02 bf 57 01\n"));
    asks("raw 0x0a 0x11 0x00 0x00 0x00 0x08");
    assert_true(reply(" 08 01 00 00 00 01 00 00 fe\n"));
    for (int piece = 0; piece < 2; piece++) {
        char text[80], wanted[NF_IPMI_LINE];
        snprintf(wanted, sizeof(wanted), "raw 0x0a 0x11 0x00 0x%02x 0x00 0x10",
                 8 + 16 * piece);
        asks(wanted);
        size_t len = (size_t) snprintf(text, sizeof(text), " 10");
        for (int i = 0; i < 16; i++) {
            len += (size_t) snprintf(text + len, sizeof(text) - len, " %02x",
                                     area[16 * piece + i]);
        }
        assert_true(reply(text));
    }
    assert_false(nf_ipmi_request(&talk, line));
    assert_string_equal(told.firmware, "2.55");
    assert_string_equal(told.maker, "ACME");
    assert_string_equal(told.product, "Box 1");
    assert_string_equal(told.serial, "SN 42");
}

static void
a_machine_without_a_fru_says_less(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_INFO});
    assert_true(reply(" 20 01 02 55 02 bf 57 01\n"));
    assert_true(reply("Unable to send RAW command (rsp=0xcb): none\n"));
    assert_false(nf_ipmi_request(&talk, line));
    assert_string_equal(told.firmware, "2.55");
    begin((struct nf_bmc_ask){.verb = NF_BMC_INFO});
    assert_true(reply(" 20 01 02 55\n")
                && reply(" 08 01 00 00 00 01 00 00 fe\n")
                && reply(" 00\n")); /* nothing comes */
    assert_false(nf_ipmi_request(&talk, line));
}

static void
the_bmc_says_where_it_is(void **state)
{
    (void) state;
    begin((struct nf_bmc_ask){.verb = NF_BMC_NETWORK});
    assert_true(reply(" 11 0a 00 00 05\n") && reply(" 11 52 54 00 00 00 01\n"));
    assert_string_equal(told.ip, "10.0.0.5");
    assert_string_equal(told.mac, "52:54:00:00:00:01");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_is_its_lowest_bit),
        cmocka_unit_test(each_boot_device_has_its_flags),
        cmocka_unit_test(flags_are_told_back_where_they_are_valid),
        cmocka_unit_test(failures_have_causes),
        cmocka_unit_test(no_session_has_a_reason),
        cmocka_unit_test(a_machine_says_what_it_is),
        cmocka_unit_test(a_machine_without_a_fru_says_less),
        cmocka_unit_test(the_bmc_says_where_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
