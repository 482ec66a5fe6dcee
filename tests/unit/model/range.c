/* The subnets of the settings, and who may have which address there. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/range.h"

static struct nf_settings s;
static struct nf_ranges ranges;
static struct nf_fault fault;

static int
set_up(void **state)
{
    (void) state;
    nf_settings_default(&s);
    strcpy(s.server_addr, "10.66.0.1:80");
    strcpy(s.dhcp_start, "10.66.0.50");
    strcpy(s.dhcp_end, "10.66.0.99");
    strcpy(s.dhcp_gateway, "10.66.0.254");
    strcpy(s.dhcp_vlan, "66");
    return 0;
}

static nf_error_t
read_list(const char *list)
{
    strcpy(s.dhcp_ranges, list);
    return nf_ranges_read(&s, &ranges, &fault);
}

static nf_ip4_t
ip(const char *text)
{
    nf_ip4_t ip = {0};

    assert_true(nf_ip4_parse(nf_text(text), &ip));
    return ip;
}

static void
assert_ip(nf_ip4_t got, const char *wanted)
{
    char text[NF_IP4_TEXT];

    nf_ip4_format(got, text);
    assert_string_equal(text, wanted);
}

static void
the_install_network_comes_first(void **state)
{
    (void) state;
    assert_int_equal(read_list(""), NF_OK);
    assert_int_equal(ranges.n, 1);
    const struct nf_range *own = &ranges.each[0];
    assert_ip(own->net.ip, "10.66.0.0");
    assert_int_equal(own->net.bits, 24);
    assert_ip(own->first, "10.66.0.50");
    assert_ip(own->last, "10.66.0.99");
    assert_ip(own->gateway, "10.66.0.254");
    assert_int_equal(own->lease_s, 3600);
    assert_int_equal(own->vlan, 66);
}

static void
each_range_has_its_own_words(void **state)
{
    (void) state;
    assert_int_equal(
        read_list("10.81.0.50-10.81.0.99/24,gateway=10.81.0.1,dns=10.77.0.1+"
                  "10.77.0.2,lease=1800,vlan=81   10.82.0.1-10.82.3.254/22 "),
        NF_OK);
    assert_int_equal(ranges.n, 3);
    const struct nf_range *one = &ranges.each[1], *two = &ranges.each[2];
    assert_ip(one->gateway, "10.81.0.1");
    assert_int_equal(one->dns_n, 2);
    assert_ip(one->dns[1], "10.77.0.2");
    assert_int_equal(one->lease_s, 1800);
    assert_int_equal(one->vlan, 81);
    assert_ip(two->net.ip, "10.82.0.0");
    assert_int_equal(two->lease_s, 3600);
    assert_false(nf_ip4_is_set(two->gateway));
    assert_int_equal(two->vlan, 0);
}

static void
what_contradicts_itself_is_refused(void **state)
{
    static const char *const bad[][2] = {
        {"10.81.0.50", "begin with FIRST-LAST/BITS"},
        {"10.81.0.50-10.81.0.99", "begin with FIRST-LAST/BITS"},
        {"10.81.0.50-10.81.0.99/33", "begin with FIRST-LAST/BITS"},
        {"10.81.0.50-10.81.0.99/31", "begin with FIRST-LAST/BITS"},
        {"10.81.0.50-10.81.0.99/0", "begin with FIRST-LAST/BITS"},
        {"10.81.0.50-10.81.1.99/24", "network of its first"},
        {"10.81.0.99-10.81.0.50/24", "below its first"},
        {"10.81.0.0-10.81.0.50/24", "the network address"},
        {"10.81.0.1-10.81.0.255/24", "the network address"},
        {"127.0.0.1-127.0.0.9/24", "no host addresses"},
        {"224.0.0.1-224.0.0.9/24", "no host addresses"},
        {"0.0.0.1-0.0.0.9/24", "no host addresses"},
        {"10.81.0.50-10.81.0.99/24,gateway=10.82.0.1", "in its network"},
        {"10.81.0.50-10.81.0.99/24,gateway=10.81.0.255", "in its network"},
        {"10.81.0.50-10.81.0.99/24,gateway=10.81.0.60", "not be among"},
        {"10.81.0.50-10.81.0.99/24,gateway", "gateway= must be"},
        {"10.81.0.50-10.81.0.99/24,gateway=", "gateway= must be"},
        {"10.81.0.50-10.81.0.99/24,dns=", "dns= must be"},
        {"10.81.0.50-10.81.0.99/24,dns=1.1.1.1+", "dns= must be"},
        {"10.81.0.50-10.81.0.99/24,dns=1.1.1.1+1.1.1.2+1.1.1.3+1.1.1.4",
         "dns= must be"},
        {"10.81.0.50-10.81.0.99/24,lease=60", "lease= must be"},
        {"10.81.0.50-10.81.0.99/24,vlan=0", "vlan= must be"},
        {"10.81.0.50-10.81.0.99/24,vlan=4095", "vlan= must be"},
        {"10.81.0.50-10.81.0.99/24,", "may follow"},
        {"10.81.0.50-10.81.0.99/24,gateways=1.2.3.4", "may follow"},
        {"10.66.0.120-10.66.0.130/24", "is the install network"},
        {"10.64.0.1-10.64.0.9/13", "is the install network"},
        {"10.81.0.5-10.81.0.9/24 10.81.0.50-10.81.0.99/24", "another range"},
        {"10.81.0.5-10.81.0.9/16 10.81.7.50-10.81.7.99/24", "another range"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_list(bad[i][0]), NF_INVALID);
        assert_string_equal(fault.field, "NF_DHCP_RANGES");
        if (strstr(fault.reason, bad[i][1]) == NULL) {
            fail_msg("%s: %s", bad[i][0], fault.reason);
        }
    }
}

static void
there_is_a_bound(void **state)
{
    char list[NF_SETTING_MAX] = "";

    (void) state;
    for (int i = 0; i < NF_RANGES_MAX - 1; i++) {
        snprintf(list + strlen(list), sizeof(list) - strlen(list),
                 "9.0.%d.2-9.0.%d.9/24 ", i, i);
    }
    assert_int_equal(read_list(list), NF_OK);
    assert_int_equal(ranges.n, NF_RANGES_MAX);
    strcat(list, "9.1.0.2-9.1.0.9/24");
    assert_int_equal(read_list(list), NF_INVALID);
}

static void
a_gateway_is_not_leased_here_either(void **state)
{
    (void) state;
    strcpy(s.dhcp_gateway, "10.66.0.60");
    assert_int_equal(read_list(""), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_GATEWAY");
    strcpy(s.dhcp_gateway, "");
    strcpy(s.dhcp_start, "10.66.0.1");
    assert_int_equal(read_list(""), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_IP_POOL_START");
    assert_string_equal(fault.reason, "must leave out 10.66.0.1, this server's "
                                      "own address, which is between it and "
                                      "NF_DHCP_IP_POOL_END");
    strcpy(s.dhcp_start, "10.66.0.2");
    assert_int_equal(read_list(""), NF_OK);
}

static void
not_every_address_is_for_a_node(void **state)
{
    static const char *const bad[][2] = {
        {"10.83.0.7", "in a subnet"},     {"10.66.0.1", "bastion"},
        {"10.66.0.254", "gateway"},       {"10.81.0.1", "gateway"},
        {"10.66.0.0", "first or last"},   {"10.66.0.255", "first or last"},
        {"10.81.0.255", "first or last"}, {"0.0.0.0", "in a subnet"},
        {"10.66.0.53", "DNS server"},     {"10.66.0.54", "DNS server"},
        {"10.81.0.53", "DNS server"},
    };

    (void) state;
    strcpy(s.dhcp_dns, "10.66.0.53,10.66.0.54");
    assert_int_equal(read_list("10.81.0.50-10.81.0.99/24,gateway=10.81.0.1,"
                               "dns=9.9.9.9+10.81.0.53"),
                     NF_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *why = nf_ranges_misfit(&ranges, ip(bad[i][0]));
        assert_non_null(why);
        assert_non_null(strstr(why, bad[i][1]));
    }
    assert_null(nf_ranges_misfit(&ranges, ip("10.66.0.2")));
    assert_null(nf_ranges_misfit(&ranges, ip("10.81.0.99")));
    assert_ptr_equal(nf_ranges_of(&ranges, ip("10.81.0.3")), &ranges.each[1]);
    assert_true(nf_range_leases(&ranges.each[1], ip("10.81.0.99")));
    assert_false(nf_range_leases(&ranges.each[1], ip("10.81.0.100")));
}

static void
a_machine_tags_what_its_network_is(void **state)
{
    static const char list[] = "10.81.0.50-10.81.0.99/24,vlan=81 "
                               "10.82.0.50-10.82.0.99/24";

    (void) state;
    assert_int_equal(read_list(list), NF_OK);
    assert_int_equal(nf_ranges_vlan(&s, ip("10.81.0.200")), 81);
    assert_int_equal(nf_ranges_vlan(&s, ip("10.82.0.50")), 0);
    assert_int_equal(nf_ranges_vlan(&s, ip("10.66.0.50")), 66);
    /* not known, or of another network: then it is here */
    assert_int_equal(nf_ranges_vlan(&s, (nf_ip4_t){0}), 66);
    assert_int_equal(nf_ranges_vlan(&s, ip("192.0.2.1")), 66);
    s.dhcp_vlan[0] = '\0';
    assert_int_equal(nf_ranges_vlan(&s, (nf_ip4_t){0}), 0);
    assert_int_equal(nf_ranges_vlan(&s, ip("10.81.0.200")), 81);
    assert_int_equal(read_list("10.82.0.50-10.82.0.99/24"), NF_OK);
    assert_int_equal(nf_ranges_vlan(&s, ip("10.82.0.200")), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_install_network_comes_first, set_up),
        cmocka_unit_test_setup(each_range_has_its_own_words, set_up),
        cmocka_unit_test_setup(what_contradicts_itself_is_refused, set_up),
        cmocka_unit_test_setup(there_is_a_bound, set_up),
        cmocka_unit_test_setup(a_gateway_is_not_leased_here_either, set_up),
        cmocka_unit_test_setup(not_every_address_is_for_a_node, set_up),
        cmocka_unit_test_setup(a_machine_tags_what_its_network_is, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
