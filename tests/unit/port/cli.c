/* Command lines of switches: what their screens say, and what they are told. */
#include "scratch.h"

#include "port/cli.h"

static struct nf_port ports[NF_PORTS_MAX];
static struct nf_port_mac macs[NF_CLI_MACS_MAX];
static char shown[65536];

static struct nf_cli_facts
empty(void)
{
    return (struct nf_cli_facts){.ports = ports, .macs = macs};
}

static void
read_with(void (*read)(struct nf_text, struct nf_cli_facts *),
          const char *screen, struct nf_cli_facts *facts)
{
    char *text = strdup(screen);

    read((struct nf_text){text, nf_cli_settle(text, strlen(text))}, facts);
    free(text);
}

static const char *
as_json(const struct nf_port *port)
{
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    nf_port_json(port, &out);
    shown[out.len] = '\0';
    return shown;
}

static void
must_show(const struct nf_port *port, const char *words)
{
    if (strstr(as_json(port), words) == NULL) {
        fail_msg("%s does not have %s", shown, words);
    }
}

static void
what_a_terminal_would_show(void **state)
{
    static const char *const rows[][2] = {
        {"a\r\nb\r\n", "a\nb\n"},
        {" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bGi1\r\n",
         "Gi1\n"},
        {"  ---- More ----\033[16D                \033[16DGE1\r\n", "GE1\n"},
        {"\033[7m--More--\033[m\r          \rx\n", "x\n"},
        {"long words\rnew\033[K\n", "new\n"},
        {"a \a\001b   \n", "a b\n"},
        {"\b\b\bx\033", "x"},
        {"\033[999999999Dx\033[12", "x"},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = strdup(rows[i][0]);
        size_t n = nf_cli_settle(text, strlen(text));
        struct nf_text got = {text, n};
        if (!nf_text_equal(got, nf_text(rows[i][1]))) {
            fail_msg("row %zu: %.*s", i, (int) n, text);
        }
        free(text);
    }
}

static void
what_stands_at_a_screens_end(void **state)
{
    static const struct {
        const char *screen;
        enum nf_cli_end end;
    } rows[] = {
        {"SW1>", NF_CLI_PROMPT},
        {"x\nSW1#", NF_CLI_PROMPT},
        {"x\nSW1(config-if)#", NF_CLI_PROMPT},
        {"<SW1>", NF_CLI_PROMPT},
        {"[~SW1-10GE1/0/1]", NF_CLI_PROMPT},
        {"HRP_M<SW1>", NF_CLI_PROMPT},
        {"SW1#\nmore", NF_CLI_GOES_ON},
        {"other#", NF_CLI_GOES_ON},
        {"x\n", NF_CLI_GOES_ON},
        {"x\n --More-- ", NF_CLI_MORE},
        {"  ---- More ----", NF_CLI_MORE},
        {"Are you sure to continue?[Y/N]:", NF_CLI_QUESTION},
        {"Overwrite?[confirm]", NF_CLI_QUESTION},
        {"Password: ", NF_CLI_SECRET},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[NF_PORT_NAME] = "SW1";
        if (nf_cli_end_of(nf_text(rows[i].screen), name) != rows[i].end) {
            fail_msg("%s", rows[i].screen);
        }
    }
}

static void
errors_have_a_cause(void **state)
{
    static const struct {
        const char *screen;
        enum nf_switch_cause cause;
    } rows[] = {
        {"   ^\n% Invalid input detected at '^' marker.\n",
         NF_SWITCH_UNSUPPORTED},
        {"   ^\nError: Unrecognized command found at '^' position.",
         NF_SWITCH_UNSUPPORTED},
        {" ^\n % Wrong parameter found at '^' position.",
         NF_SWITCH_UNSUPPORTED},
        {"Error: The VLAN does not exist.", NF_SWITCH_NO_VLAN},
        {"% Authorization failed.", NF_SWITCH_PRIVILEGE},
        {"Command rejected: Gi1/0/1 not a switching port.", NF_SWITCH_REFUSED},
        {"*Mar 1 00:00:01: %LINK-3-UPDOWN: Interface Gi1, down",
         NF_SWITCH_FINE},
        {"%Nov 30 01:02:03:456 2026 SW1 IFNET/3/PHY_UPDOWN: x", NF_SWITCH_FINE},
        {"% Access VLAN does not exist. Creating vlan 7", NF_SWITCH_FINE},
        {"Info: This may take a while.", NF_SWITCH_FINE},
    };
    struct nf_text words;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(nf_cli_error(nf_text(rows[i].screen), &words),
                         rows[i].cause);
    }
}

static void
addresses_in_whatever_columns(void **state)
{
    static const char screen[] =
        "Vlan    Mac Address       Type        Ports\n"
        " All    0100.0ccc.cccc    STATIC      CPU\n"
        "   7    5254.0012.3401    DYNAMIC     Gi1/0/1\n"
        "5254.0012.3402       Dynamic          7  FastEthernet0/1\n"
        "* 7     5254.0012.3403   dynamic  0     F      F    Eth1/1\n"
        "*   7  5254.0012.3404  dynamic ip,ipx  Port-channel15   \n"
        "5254-0012-3405 7/-/-           XGE0/0/1            dynamic\n"
        "5254-0012-3406   7          Learned   Ten-GigabitEthernet1/0/1  Y\n"
        "5254-0012-3407 7    -      -      10GE1/0/1       dynamic\n"
        "   7    5254.0012.3408    STATIC      Vl7\n";
    struct nf_cli_facts facts = empty();

    (void) state;
    read_with(nf_cli_read_macs, screen, &facts);
    assert_int_equal(facts.macs_n, 7);
    for (size_t i = 0; i < facts.macs_n; i++) {
        assert_int_equal(facts.macs[i].mac.b[5], i + 1);
        assert_int_equal(facts.macs[i].vlan, 7);
    }
    assert_string_equal(facts.macs[5].port, "Ten-GigabitEthernet1/0/1");
    assert_string_equal(facts.macs[6].port, "10GE1/0/1");
}

static void
a_trunks_vlans_go_on_in_more_lines(void **state)
{
    static const char ios[] = "interface GigabitEthernet1/0/1\n"
                              " description to the \"roof\"\n"
                              " switchport trunk native vlan 9\n"
                              " switchport trunk allowed vlan 1-3,9\n"
                              " switchport trunk allowed vlan add 20,30\n"
                              " switchport mode trunk\n"
                              " channel-group 4 mode active\n"
                              "!\n"
                              "interface Vlan1\n no ip address\n!\n"
                              "interface Gi1/0/2\n switchport mode access\n"
                              " shutdown\n!\n";
    static const char vrp[] = "#\ninterface GigabitEthernet0/0/1\n"
                              " port link-type trunk\n"
                              " undo port trunk allow-pass vlan 1\n"
                              " port trunk allow-pass vlan 5 to 7 9\n"
                              " port trunk allow-pass vlan 4000 to 4094\n#\n";
    struct nf_cli_facts facts = empty();

    (void) state;
    read_with(nf_cli_ios.screens[NF_SWITCH_PORTS][1].read, ios, &facts);
    assert_int_equal(facts.ports_n, 2);
    must_show(&ports[0],
              "\"mode\":\"trunk\",\"vlan\":9,\"tagged\":\"1-3,20,30\"");
    must_show(&ports[0], "\"lag\":\"Po4\"");
    must_show(&ports[1], "\"mode\":\"access\",\"vlan\":1,\"admin\":\"down\"");
    facts = empty();
    read_with(nf_cli_vrp.screens[NF_SWITCH_PORTS][1].read, vrp, &facts);
    must_show(&ports[0], "\"mode\":\"trunk\",\"tagged\":\"5-7,9,4000-4094\"");
}

static void
vlans_in_tables_and_in_lists(void **state)
{
    static const char screen[] = "VLAN Name       Status    Ports\n"
                                 "1    default    active    Gi0/1, Gi0/2\n"
                                 "                          Gi0/3\n"
                                 "1002 fddi-default act/unsup\n"
                                 " The VLANs include:\n"
                                 " 1(default), 10, 20-22,\n"
                                 " 30 to 32 40\n";
    struct nf_cli_facts facts = empty();
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    (void) state;
    read_with(nf_cli_read_vlans, screen, &facts);
    nf_vlans_print(&facts.vlans, &out);
    shown[out.len] = '\0';
    assert_string_equal(shown, "1,10,20-22,30-32,40");
}

static void
only_what_differs_is_told(void **state)
{
    struct nf_port_config is = {
        .mode = NF_PORT_ACCESS, .vlan = 1, .admin = NF_PORT_UP};
    struct nf_port_config wanted = is;
    struct nf_out out = nf_out(shown, sizeof(shown) - 1);

    (void) state;
    wanted.mode = NF_PORT_TRUNK;
    wanted.vlan = 0;
    nf_vlans_add(&wanted.tagged, 5, 7);
    wanted.admin = NF_PORT_DOWN;
    nf_cli_comware.change("GE1/0/1", &is, &wanted, &out);
    nf_cli_ios.change("Gi1/0/1", &is, &wanted, &out);
    nf_cli_ios.change("Gi1/0/1", &is, &is, &out);
    shown[out.len] = '\0';
    assert_string_equal(shown, "system-view\ninterface GE1/0/1\n"
                               "port link-type trunk\n"
                               "port trunk permit vlan 5 to 7\n"
                               "undo port trunk permit vlan 1\n"
                               "shutdown\n"
                               "configure terminal\ninterface Gi1/0/1\n"
                               "switchport trunk allowed vlan 5-7\n"
                               "?switchport trunk encapsulation dot1q\n"
                               "switchport mode trunk\n"
                               "shutdown\n"
                               "configure terminal\ninterface Gi1/0/1\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_show),
        cmocka_unit_test(what_stands_at_a_screens_end),
        cmocka_unit_test(errors_have_a_cause),
        cmocka_unit_test(addresses_in_whatever_columns),
        cmocka_unit_test(a_trunks_vlans_go_on_in_more_lines),
        cmocka_unit_test(vlans_in_tables_and_in_lists),
        cmocka_unit_test(only_what_differs_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
