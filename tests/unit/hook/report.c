/* What dnsmasq's script is called with, as seen in the lab, and worse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../nf-hook/report.c"

static const nf_time_t now = 1795178990418;
static const char *const no_environment[] = {NULL};

struct call {
    enum nf_hook_verb verb;
    struct nf_lease_report report;
    struct nf_fault fault;
};

/* argv and environment, each ended by NULL. */
static struct call
parse(const char *const *argv, const char *const *environment)
{
    struct nf_hook_call call = {
        .argv = argv, .environment = environment, .now = now};
    struct call result;

    memset(&result, 0, sizeof(result));
    while (argv[call.argc] != NULL) {
        call.argc++;
    }
    result.verb = nf_hook_parse(&call, &result.report, &result.fault);
    return result;
}

#define PARSE(argv, ...)                                                       \
    parse(argv, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define ARGV(...) ((const char *const[]){"nf-hook", __VA_ARGS__, NULL})
#define LEASE     "52:54:00:12:34:56", "10.66.0.77"

/* --- shapes recorded in the lab ------------------------------------------- */

struct shape {
    const char *name;
    const char *argv[6];
    const char *environment[12];
    /* what must come out */
    enum nf_lease_action action;
    nf_time_t expires, changed_at;
    const char *hostname, *vendor_class;
    unsigned client_id_len;
    bool is_partial, has_boot_request;
};

#define TIMES "DNSMASQ_LEASE_EXPIRES=1795179107", "DNSMASQ_TIME_REMAINING=120"
#define IN_MS .expires = 1795179107000, .changed_at = 1795178987000

/* clang-format off */
static const struct shape shapes[] = {
    {"iPXE of a BIOS machine", {"nf-hook", "add", LEASE},
     {TIMES, "DNSMASQ_CLIENT_ID=01:52:54:00:12:34:56",
      "DNSMASQ_INTERFACE=br-nf", "DNSMASQ_TAGS=bios ipxe br-nf",
      "DNSMASQ_REQUESTED_OPTIONS=1,3,6,7,12,15,17,26,43,60,66,67,119,128",
      "DNSMASQ_VENDOR_CLASS=PXEClient:Arch:00000:UNDI:002001",
      "DNSMASQ_USER_CLASS0=iPXE"},
     NF_LEASE_ADD, IN_MS, .hostname = "",
     .vendor_class = "PXEClient:Arch:00000:UNDI:002001", .client_id_len = 7,
     .has_boot_request = true},
    {"OVMF's PXE, which sends no client id", {"nf-hook", "add", LEASE},
     {TIMES, "DNSMASQ_TAGS=efi64 br-nf",
      "DNSMASQ_VENDOR_CLASS=PXEClient:Arch:00007:UNDI:003000"},
     NF_LEASE_ADD, IN_MS, .hostname = "",
     .vendor_class = "PXEClient:Arch:00007:UNDI:003000",
     .has_boot_request = true},
    {"OVMF's HTTP boot", {"nf-hook", "old", LEASE},
     {TIMES, "DNSMASQ_TAGS=efihttp httpclient br-nf",
      "DNSMASQ_VENDOR_CLASS=HTTPClient:Arch:00016:UNDI:003000"},
     NF_LEASE_OLD, IN_MS, .hostname = "",
     .vendor_class = "HTTPClient:Arch:00016:UNDI:003000",
     .has_boot_request = true},
    {"iPXE known by its option alone", {"nf-hook", "old", LEASE},
     {TIMES, "DNSMASQ_TAGS=ipxe br-nf"},
     NF_LEASE_OLD, IN_MS, .hostname = "", .vendor_class = "",
     .has_boot_request = true},
    {"debian-installer", {"nf-hook", "old", LEASE, "n1"},
     {TIMES, "DNSMASQ_CLIENT_ID=01:52:54:00:12:34:56",
      "DNSMASQ_VENDOR_CLASS=d-i", "DNSMASQ_SUPPLIED_HOSTNAME=n1"},
     NF_LEASE_OLD, IN_MS, .hostname = "n1", .vendor_class = "d-i",
     .client_id_len = 7},
    {"a renewal", {"nf-hook", "old", LEASE, "n1"},
     {TIMES, "DNSMASQ_DATA_MISSING=1", "DNSMASQ_INTERFACE=br-nf"},
     NF_LEASE_OLD, IN_MS, .hostname = "n1", .vendor_class = "",
     .is_partial = true},
    {"a release, of which the time is not told", {"nf-hook", "del", LEASE, "n1"},
     {"DNSMASQ_LEASE_EXPIRES=1795179107", "DNSMASQ_DATA_MISSING=1"},
     NF_LEASE_DEL, .expires = 1795179107000, .changed_at = 0, .hostname = "n1",
     .vendor_class = "", .is_partial = true},
    {"a name that it lost", {"nf-hook", "old", LEASE},
     {TIMES, "DNSMASQ_OLD_HOSTNAME=n1", "DNSMASQ_SUPPLIED_HOSTNAME=n1"},
     NF_LEASE_OLD, IN_MS, .hostname = "", .vendor_class = ""},
    {"a lease for ever", {"nf-hook", "add", LEASE},
     {"DNSMASQ_LEASE_EXPIRES=0"},
     NF_LEASE_ADD, .expires = 0, .changed_at = now, .hostname = "",
     .vendor_class = ""},
    {"a dnsmasq without a clock", {"nf-hook", "add", LEASE},
     {"DNSMASQ_LEASE_LENGTH=120", "DNSMASQ_TIME_REMAINING=120"},
     NF_LEASE_ADD, .expires = 1795179110000, .changed_at = 1795178990000,
     .hostname = "", .vendor_class = ""},
    {"an `old` of a lease that has run out meanwhile", {"nf-hook", "old", LEASE},
     {"DNSMASQ_LEASE_EXPIRES=1795178980", "DNSMASQ_TIME_REMAINING=4294967286"},
     NF_LEASE_OLD, .expires = 1795178980000, .changed_at = now, .hostname = "",
     .vendor_class = ""},
    {"no environment at all", {"nf-hook", "add", LEASE}, {NULL},
     NF_LEASE_ADD, .expires = 0, .changed_at = now, .hostname = "",
     .vendor_class = ""},
};
/* clang-format on */

static void
every_recorded_shape_is_understood(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const struct shape *shape = &shapes[i];
        struct call got = parse(shape->argv, shape->environment);
        const struct nf_lease_report *report = &got.report;

        print_message("# %s\n", shape->name);
        assert_int_equal(got.verb, NF_HOOK_REPORT);
        assert_int_equal(report->action, shape->action);
        assert_int_equal(report->lease.expires, shape->expires);
        assert_int_equal(report->lease.changed_at, shape->changed_at);
        assert_string_equal(report->lease.hostname, shape->hostname);
        assert_string_equal(report->lease.vendor_class, shape->vendor_class);
        assert_int_equal(report->lease.client_id_len, shape->client_id_len);
        assert_int_equal(report->is_partial, shape->is_partial);
        assert_int_equal(report->has_boot_request, shape->has_boot_request);
        assert_int_equal(report->lease.is_pxe, shape->has_boot_request);
        assert_memory_equal(report->lease.mac.b, "\x52\x54\0\x12\x34\x56", 6);
        assert_memory_equal(report->lease.ip.b, "\x0a\x42\x00\x4d", 4);
    }
}

/* --- calls ---------------------------------------------------------------- */

static void
calls_that_are_no_lease_are_told_apart(void **state)
{
    /* clang-format off */
    static const struct {
        enum nf_hook_verb verb;
        const char *argv[6];
    } rows[] = {
        {NF_HOOK_INIT,    {"nf-hook", "init"}},
        {NF_HOOK_HELP,    {"nf-hook", "--help"}},
        {NF_HOOK_VERSION, {"nf-hook", "--version"}},
        {NF_HOOK_SENT, {"nf-hook", "tftp", "1024", "10.0.0.1", "/x"}},
        {NF_HOOK_NOTHING, {"nf-hook", "arp-add", LEASE}},
        {NF_HOOK_NOTHING, {"nf-hook", "arp-del", LEASE}},
        {NF_HOOK_NOTHING, {"nf-hook", "add", "00:01:00:01:2a", "fd00::7"}},
        {NF_HOOK_USAGE,   {"nf-hook"}},
        {NF_HOOK_USAGE,   {"nf-hook", ""}},
        {NF_HOOK_USAGE,   {"nf-hook", "ADD", LEASE}},
        {NF_HOOK_USAGE,   {"nf-hook", "add"}},
        {NF_HOOK_USAGE,   {"nf-hook", "add", "52:54:00:12:34:56"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "", ""}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "01:00:5e:00:00:01", "1.2.3.4"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "00:00:00:00:00:00", "1.2.3.4"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "52:54:00:12:34:5", "1.2.3.4"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "20-52:54:00:12:34:56:", "1.2.3.4"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "20-", "1.2.3.4"}}, /* no client id */
        {NF_HOOK_REFUSED, {"nf-hook", "add", "52:54:00:12:34:56", "0.0.0.0"}},
        {NF_HOOK_REFUSED, {"nf-hook", "add", "52:54:00:12:34:56", "1.2.3.456"}},
        {NF_HOOK_REFUSED, {"nf-hook", "del", "52:54:00:12:34:56", "../../x"}},
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call got = parse(rows[i].argv, no_environment);
        assert_int_equal(got.verb, rows[i].verb);
        assert_int_equal(got.fault.reason[0] != '\0',
                         rows[i].verb == NF_HOOK_REFUSED);
    }
}

/* Leases of theirs must be known after dnsmasq's restart. */
static void
cards_of_other_kinds_have_leases_too(void **state)
{
    /* clang-format off */
    static const struct {
        const char *mac, *client_id;
        struct nf_card card;
    } rows[] = {
        {"20-24:8a:07:03:00:aa:bb:01", NULL,
         {32, 8, {0x24, 0x8a, 7, 3, 0, 0xaa, 0xbb, 1}}},
        {"24:8a:07:03:00:aa:bb:09", NULL,
         {1, 8, {0x24, 0x8a, 7, 3, 0, 0xaa, 0xbb, 9}}},
        {"06-52:54:00:12:34:56", NULL, {6, 6, {0x52, 0x54, 0, 0x12, 0x34, 0x56}}},
        {"20-", "DNSMASQ_CLIENT_ID=ff:00:05", {32, 0, {0}}},
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call got =
            PARSE(ARGV("add", rows[i].mac, "10.66.0.77"), rows[i].client_id);
        assert_int_equal(got.verb, NF_HOOK_REPORT);
        assert_true(nf_card_equal(&got.report.lease.card, &rows[i].card));
        assert_memory_equal(got.report.lease.mac.b, "\0\0\0\0\0\0", 6);
    }
}

static void
an_ipv6_lease_is_told_by_its_iaid_too(void **state)
{
    (void) state;
    struct call got = PARSE(ARGV("add", LEASE), "DNSMASQ_IAID=7");
    assert_int_equal(got.verb, NF_HOOK_NOTHING);
}

static void
a_refused_call_leaves_the_report_alone(void **state)
{
    struct nf_lease_report untouched = {0};

    (void) state;
    struct call got = PARSE(ARGV("add", "x", "10.66.0.77"));
    assert_memory_equal(&got.report, &untouched, sizeof(untouched));
}

/* --- hostile values ------------------------------------------------------- */

static void
only_a_host_name_is_a_host_name(void **state)
{
    static const char *const names[] = {
        "a b",
        "-a",
        "a-",
        "a..b",
        "a\nb",
        "\"a\"",
        "../a",
        "a/b",
        "ä",
        "",
        "*",
        "a;b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

    (void) state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct call got = PARSE(ARGV("add", LEASE, names[i]));
        assert_int_equal(got.verb, NF_HOOK_REPORT);
        assert_string_equal(got.report.lease.hostname, "");
    }
    struct call got = PARSE(ARGV("add", LEASE, "node-7.example"));
    assert_string_equal(got.report.lease.hostname, "node-7.example");
}

static void
a_supplied_name_is_never_believed(void **state)
{
    (void) state;
    struct call got = PARSE(ARGV("add", LEASE), "DNSMASQ_SUPPLIED_HOSTNAME=n1");
    assert_string_equal(got.report.lease.hostname, "");
}

static void
a_vendor_class_is_made_printable(void **state)
{
    (void) state;
    struct call got =
        PARSE(ARGV("add", LEASE),
              "DNSMASQ_VENDOR_CLASS=a\n\"$(b)\"\x1b[2J\xc3\xa4\x7f\xff end");
    assert_string_equal(got.report.lease.vendor_class,
                        "a?\"$(b)\"?[2J???? end");
}

static void
values_of_a_megabyte_are_cut_or_dropped(void **state)
{
    static const char *const names[] = {
        "DNSMASQ_VENDOR_CLASS=",  "DNSMASQ_CLIENT_ID=",
        "DNSMASQ_TAGS=",          "DNSMASQ_USER_CLASS0=",
        "DNSMASQ_LEASE_EXPIRES=", "DNSMASQ_TIME_REMAINING="};
    size_t size = 1 << 20;
    char *name = malloc(size + 1);

    (void) state;
    assert_non_null(name);
    memset(name, '1', size);
    name[size] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *value = malloc(size + 64);
        assert_non_null(value);
        strcpy(value, names[i]);
        strcat(value, name);
        struct call got = PARSE(ARGV("add", LEASE, name), value);
        assert_int_equal(got.verb, NF_HOOK_REPORT);
        assert_string_equal(got.report.lease.hostname, "");
        assert_int_equal(got.report.lease.client_id_len, 0);
        assert_int_equal(got.report.lease.expires, 0);
        assert_int_equal(strlen(got.report.lease.vendor_class),
                         i == 0 ? 63 : 0);
        free(value);
    }
    struct call got = PARSE(ARGV("add", name, name));
    assert_int_equal(got.verb, NF_HOOK_REFUSED);
    free(name);
}

static void
a_client_id_is_whole_or_not_kept(void **state)
{
    static const char *const
        bad[] = {"",      "0",      "01:",   "01:2",  ":01",     "01:02:",
                 "01-02", "gg",     "01:0g", "01 02", "01:02\n", "0x01",
                 "+1",    "01::02", "AA" /* dnsmasq writes lower case */};
    char text[32 + 3 * (NF_LEASE_CLIENT_ID + 1)] = "DNSMASQ_CLIENT_ID=";
    struct call got;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "DNSMASQ_CLIENT_ID=%s", bad[i]);
        got = PARSE(ARGV("add", LEASE), text);
        assert_int_equal(got.report.lease.client_id_len, 0);
    }
    strcpy(text, "DNSMASQ_CLIENT_ID=00");
    for (int i = 1; i < NF_LEASE_CLIENT_ID; i++) {
        snprintf(text + strlen(text), 4, ":%02x", i);
    }
    got = PARSE(ARGV("add", LEASE), text);
    assert_int_equal(got.report.lease.client_id_len, NF_LEASE_CLIENT_ID);
    assert_int_equal(got.report.lease.client_id[NF_LEASE_CLIENT_ID - 1],
                     NF_LEASE_CLIENT_ID - 1);
    strcat(text, ":"); /* dnsmasq knows more, but cuts it here */
    got = PARSE(ARGV("add", LEASE), text);
    assert_int_equal(got.report.lease.client_id_len, 0);
    got = PARSE(ARGV("add", "20-", "10.66.0.77"), text);
    assert_int_equal(got.report.lease.client_id_len, NF_LEASE_CLIENT_ID);
}

static void
times_that_are_no_times_mean_for_ever(void **state)
{
    static const char *const bad[] = {
        "",    "-1", "1e9", " 1", "99999999999999", "18446744073709551616",
        "0x10"};
    char text[64];

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "DNSMASQ_LEASE_EXPIRES=%s", bad[i]);
        struct call got = PARSE(ARGV("add", LEASE), text);
        assert_int_equal(got.report.lease.expires, 0);
        assert_int_equal(got.report.lease.changed_at, now);
    }
}

static void
a_variable_is_found_by_its_whole_name(void **state)
{
    (void) state;
    struct call got =
        PARSE(ARGV("add", LEASE), "DNSMASQ_VENDOR_CLASSES=PXEClient",
              "XDNSMASQ_VENDOR_CLASS=PXEClient", "DNSMASQ_VENDOR_CLASS",
              "DNSMASQ_TAGS=ipxes noipxe", "DNSMASQ_USER_CLASS0=iPXE2");
    assert_string_equal(got.report.lease.vendor_class, "");
    assert_false(got.report.has_boot_request);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_shape_is_understood),
        cmocka_unit_test(calls_that_are_no_lease_are_told_apart),
        cmocka_unit_test(cards_of_other_kinds_have_leases_too),
        cmocka_unit_test(an_ipv6_lease_is_told_by_its_iaid_too),
        cmocka_unit_test(a_refused_call_leaves_the_report_alone),
        cmocka_unit_test(only_a_host_name_is_a_host_name),
        cmocka_unit_test(a_supplied_name_is_never_believed),
        cmocka_unit_test(a_vendor_class_is_made_printable),
        cmocka_unit_test(values_of_a_megabyte_are_cut_or_dropped),
        cmocka_unit_test(a_client_id_is_whole_or_not_kept),
        cmocka_unit_test(times_that_are_no_times_mean_for_ever),
        cmocka_unit_test(a_variable_is_found_by_its_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
