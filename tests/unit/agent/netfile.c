/* The network of an order, in the words of whatever manages it. */

#include "../../../nf-agent/netfile.c"
#include "../../../nf-agent/address.c"
#include "../../../nf-agent/keyfile.c"
#include "../../../nf-agent/netjob.c"
#include "../../../nf-agent/netplan.c"
#include "../../../nf-agent/network.c"
#include "../../../nf-agent/networkd.c"
#include "../../../nf-agent/root.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* clang-format off */
#define STATIC "\"ip\":\"10.0.0.5\",\"netmask\":\"255.255.255.0\"," \
    "\"gateway\":\"10.0.0.1\",\"dns\":[\"10.0.0.2\",\"10.0.0.3\"]"
#define BOND "\"bond\":{\"name\":\"bond0\",\"mode\":\"802.3ad\"," \
    "\"members\":[\"eno1\",\"52-54-00-00-00-02\"]}"
/* clang-format on */

static nf_mac_t
boot_mac(void)
{
    nf_mac_t mac;
    assert_true(nf_mac_parse(NF_TEXT("525400000001"), &mac));
    return mac;
}

static void
network_is(const char *text, const char *wrong)
{
    struct nf_network network = {0};
    json_auto_t *object = json_loads(text, 0, NULL);
    const char *got = nf_network_read(object, &network);

    if (wrong == NULL) {
        assert_null(got);
    } else {
        assert_non_null(got);
        assert_string_equal(got, wrong);
    }
}

static void
a_wrong_member_is_named(void **state)
{
    (void) state;
    network_is("{}", NULL);
    network_is("{" STATIC "," BOND ",\"vlan\":{\"id\":7,\"link\":\"bond0\"}}",
               NULL);
    network_is("{\"interfaces\":{" BOND "}}", NULL);
    network_is("{\"ip\":\"10.0.0.5\"}", "network.netmask");
    network_is("{\"bond\":{\"name\":\"a b\"}}", "network.bond.name");
    network_is("{\"bond\":{\"name\":\"bond0\",\"mode\":\"1\"}}",
               "network.bond.mode");
    network_is("{\"bond\":{\"name\":\"bond0\",\"mode\":\"802.3ad\","
               "\"members\":[]}}",
               "network.bond.members");
    network_is("{\"bond\":{\"name\":\"bond0\",\"mode\":\"802.3ad\","
               "\"members\":[\"eno1\",\"eno1\"]}}",
               "network.bond.members");
    network_is("{\"bond\":{\"name\":\"bond0\",\"mode\":\"802.3ad\","
               "\"members\":[\"eno1\\n[Match]\"]}}",
               "network.bond.members");
    network_is("{\"bond\":{\"name\":\"bond0\",\"members\":[\"eno1\"]}}", NULL);
    network_is("{\"ip\":\"127.0.0.1\",\"netmask\":\"255.0.0.0\"}",
               "network.ip");
    network_is("{\"addresses\":[\"10.0.0.5\"]}", "network.addresses");
    network_is("{\"addresses\":[\"10.0.0.255/24\"]}", "network.addresses");
    network_is("{\"gateway6\":\"10.0.0.1\"}", "network.gateway6");
    network_is("{\"gateway\":\"x\"}", "network.gateway");
    network_is("{\"dns\":[\"a\\nb\"]}", "network.dns");
    network_is("{\"mtu\":70000}", "network.mtu");
    network_is("{\"mtu\":\"9000\"}", "network.mtu");
    network_is("{\"interface\":\"a b\"}", "network.interface");
    network_is("{\"ntp\":[\"a\\nb\"]}", "network.ntp");
    network_is("{\"proxy\":\"http://x\\\"; y\"}", "network.proxy");
    network_is("{\"vlan\":{\"id\":0}}", "network.vlan.id");
    network_is("{\"vlan\":{\"id\":4095}}", "network.vlan.id");
    network_is("{" BOND ",\"vlan\":{\"id\":7,\"link\":\"eno1\"}}",
               "network.vlan.link");
}

/* All files below the folder, each with its name before it. */
static void
tree_print(const char *folder, char *out, size_t size)
{
    char command[256];

    snprintf(command, sizeof command,
             "cd '%s' && find . -type f -size +0 | LC_ALL=C sort | while read "
             "-r f; do echo \"== ${f#.}\"; cat \"$f\"; done",
             folder);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    out[fread(out, 1, size - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
}

static void
files_are(const char *program, const char *text, const char *wanted)
{
    struct nf_network network = {0};
    char folder[] = "/tmp/nf-netfile-XXXXXX";
    char got[8192];
    char fault[200] = "";
    json_auto_t *object = json_loads(text, 0, NULL);

    assert_non_null(mkdtemp(folder));
    int root = nf_root_open(folder);
    assert_true(nf_root_write(root, program, 0755, "", 0));
    assert_null(nf_network_read(object, &network));
    if (!nf_netfiles_write(&network, boot_mac(), root, fault, sizeof fault)) {
        fail_msg("%s", fault);
    }
    close(root);
    tree_print(folder, got, sizeof got);
    snprintf(fault, sizeof fault, "rm -rf '%s'", folder);
    assert_int_equal(system(fault), 0);
    assert_string_equal(got, wanted);
}

#define NETWORKD "/lib/systemd/systemd-networkd"

static void
networkd_by_dhcp(void **state)
{
    (void) state;
    files_are(NETWORKD, "{}",
              "== /etc/systemd/network/10-nodefoundry.network\n"
              "[Match]\n"
              "MACAddress=52:54:00:00:00:01\n"
              "Type=ether\n"
              "Kind=!*\n"
              "\n"
              "[Network]\n"
              "IPv6AcceptRA=yes\n"
              "LinkLocalAddressing=ipv6\n"
              "DHCP=ipv4\n"
              "\n"
              "[DHCPv4]\n"
              "ClientIdentifier=mac\n");
}

static void
networkd_with_a_vlan_on_a_bond(void **state)
{
    (void) state;
    files_are(NETWORKD, "{" STATIC "," BOND ",\"vlan\":{\"id\":7}}",
              "== /etc/resolv.conf\n"
              "nameserver 10.0.0.2\n"
              "nameserver 10.0.0.3\n"
              "== /etc/systemd/network/10-nodefoundry-0.network\n"
              "[Match]\n"
              "Name=eno1\n"
              "\n"
              "[Network]\n"
              "Bond=bond0\n"
              "== /etc/systemd/network/10-nodefoundry-1.network\n"
              "[Match]\n"
              "PermanentMACAddress=52:54:00:00:00:02\n"
              "Type=ether\n"
              "Kind=!*\n"
              "\n"
              "[Network]\n"
              "Bond=bond0\n"
              "== /etc/systemd/network/11-nodefoundry.netdev\n"
              "[NetDev]\n"
              "Name=bond0\n"
              "Kind=bond\n"
              "\n"
              "[Bond]\n"
              "Mode=802.3ad\n"
              "MIIMonitorSec=100ms\n"
              "== /etc/systemd/network/11-nodefoundry.network\n"
              "[Match]\n"
              "Name=bond0\n"
              "\n"
              "[Network]\n"
              "LinkLocalAddressing=no\n"
              "IPv6AcceptRA=no\n"
              "VLAN=vlan7\n"
              "== /etc/systemd/network/12-nodefoundry.netdev\n"
              "[NetDev]\n"
              "Name=vlan7\n"
              "Kind=vlan\n"
              "\n"
              "[VLAN]\n"
              "Id=7\n"
              "== /etc/systemd/network/12-nodefoundry.network\n"
              "[Match]\n"
              "Name=vlan7\n"
              "\n"
              "[Network]\n"
              "IPv6AcceptRA=yes\n"
              "LinkLocalAddressing=ipv6\n"
              "Address=10.0.0.5/24\n"
              "DNS=10.0.0.2\n"
              "DNS=10.0.0.3\n"
              "\n"
              "[Route]\n"
              "Gateway=10.0.0.1\n");
}

static void
netplan_with_a_vlan_on_a_bond(void **state)
{
    (void) state;
    files_are("/usr/sbin/netplan", "{" STATIC "," BOND ",\"vlan\":{\"id\":7}}",
              "== /etc/netplan/90-nodefoundry.yaml\n"
              "network:\n"
              "  version: 2\n"
              "  ethernets:\n"
              "    nf0:\n"
              "      match: {name: \"eno1\"}\n"
              "      dhcp4: false\n"
              "      accept-ra: false\n"
              "      link-local: []\n"
              "    nf1:\n"
              "      match: {macaddress: \"52:54:00:00:00:02\"}\n"
              "      set-name: nf1\n"
              "      dhcp4: false\n"
              "      accept-ra: false\n"
              "      link-local: []\n"
              "  bonds:\n"
              "    \"bond0\":\n"
              "      interfaces: [nf0, nf1]\n"
              "      parameters: {mode: 802.3ad, mii-monitor-interval: 100}\n"
              "      dhcp4: false\n"
              "      accept-ra: false\n"
              "      link-local: []\n"
              "  vlans:\n"
              "    \"vlan7\":\n"
              "      id: 7\n"
              "      link: \"bond0\"\n"
              "      dhcp4: false\n"
              "      accept-ra: true\n"
              "      addresses: [\"10.0.0.5/24\"]\n"
              "      routes: [{to: \"0.0.0.0/0\", via: \"10.0.0.1\"}]\n"
              "      nameservers: {addresses: [\"10.0.0.2\", \"10.0.0.3\"]}\n");
}

static void
networkmanager_with_a_bond(void **state)
{
    (void) state;
    files_are(
        "/usr/sbin/NetworkManager", "{" STATIC "," BOND "}",
        "== /etc/NetworkManager/conf.d/90-nodefoundry.conf\n"
        "[main]\n"
        "no-auto-default=*\n"
        "== "
        "/etc/NetworkManager/system-connections/"
        "nodefoundry-member0.nmconnection\n"
        "[connection]\n"
        "id=nodefoundry-member0\n"
        "type=ethernet\n"
        "interface-name=eno1\n"
        "master=bond0\n"
        "slave-type=bond\n"
        "== "
        "/etc/NetworkManager/system-connections/"
        "nodefoundry-member1.nmconnection\n"
        "[connection]\n"
        "id=nodefoundry-member1\n"
        "type=ethernet\n"
        "master=bond0\n"
        "slave-type=bond\n"
        "\n"
        "[ethernet]\n"
        "mac-address=52:54:00:00:00:02\n"
        "== /etc/NetworkManager/system-connections/nodefoundry.nmconnection\n"
        "[connection]\n"
        "id=nodefoundry\n"
        "type=bond\n"
        "interface-name=bond0\n"
        "\n"
        "[bond]\n"
        "mode=802.3ad\n"
        "miimon=100\n"
        "\n"
        "[ipv4]\n"
        "method=manual\n"
        "address1=10.0.0.5/24\n"
        "route1=0.0.0.0/0,10.0.0.1\n"
        "dns=10.0.0.2;10.0.0.3;\n"
        "ignore-auto-dns=true\n"
        "\n"
        "[ipv6]\n"
        "method=auto\n"
        "ignore-auto-dns=true\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_member_is_named),
        cmocka_unit_test(networkd_by_dhcp),
        cmocka_unit_test(networkd_with_a_vlan_on_a_bond),
        cmocka_unit_test(netplan_with_a_vlan_on_a_bond),
        cmocka_unit_test(networkmanager_with_a_bond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
