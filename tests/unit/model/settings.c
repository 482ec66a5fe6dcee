/* Every kind of setting, what it takes and what it must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/settings.h"

static struct nf_settings s;
static struct nf_fault fault;

static nf_error_t
put(const char *name, const char *value)
{
    memset(&fault, 0, sizeof(fault));
    return nf_settings_set(&s, name, nf_text(value), &fault);
}

static int
fresh(void **state)
{
    (void) state;
    nf_settings_default(&s);
    memset(&fault, 0, sizeof(fault));
    return 0;
}

struct sample {
    const char *name;
    const char *values[16];
};

/* clang-format off */
static const struct sample good[] = {
    { "NF_HTTP_ADDR", { ":8080", "127.0.0.1:1", "0.0.0.0:65535" } },
    { "NF_INSTALL_ADDR", { "", ":80", "10.66.0.1:80" } },
    { "NF_SERVER_ADDR", { "", "10.66.0.1", "10.66.0.1:8081" } },
    { "NF_MQTT_BROKER", { "localhost:1883", "10.0.0.1:1", "mq.example.org:8883" } },
    { "NF_AGENT_BROKER", { "", "mq:1883" } },
    { "NF_DHCP_IP_POOL_START", { "", "10.66.0.50" } },
    { "NF_DHCP_DNS", { "", "8.8.8.8", "8.8.8.8,8.8.4.4" } },
    { "NF_DHCP_NETMASK", { "255.255.255.0", "255.128.0.0" } },
    { "NF_DB_PATH", { "/var/lib/x.db", "./data/nodes.db", "data/nodes.db", "../a", "/a@b+c~d=e:f" } },
    { "NF_MIRROR_URL", { "deb.debian.org", "mirrors.ustc.edu.cn", "m:8080", "m/debian", "m:80/a/b~c", "http://m", "http://10.0.0.1:99/x", "unix:/run/m.sock" } },
    { "NF_USER", { "root", "_apt", "a.b-c_d" } },
    { "NF_DHCP_INTERFACE", { "", "br-nf", "eth0.100" } },
    { "NF_BOOT_DEADLINE", { "1", "31536000" } },
    { "NF_DHCP_LEASE_TIME", { "120", "86400" } },
    { "NF_BOOT_WAIT_SECONDS", { "1", "600" } },
    { "NF_HEARTBEAT_INTERVAL", { "10", "86400" } },
    { "NF_EVENT_WINDOW", { "1", "1000000000" } },
    { "NF_NGINX_WORKERS", { "1", "256" } },
    { "NF_HTTP_HOSTS", { "nf.example.org", "a,b-c.d,10.66.0.1,[fe80::1]" } },
    { "NF_AUTH", { "on", "off", "1", "0", "true", "false" } },
    { "NF_LOG_LEVEL", { "err", "warning", "notice", "info", "debug" } },
    { "NF_DHCP_MODE", { "server", "proxy", "off" } },
    { "NF_NODE_RULE", { "pxe", "all", "none" } },
    { "NF_BOOT_WAIT", { "poll", "sleep" } },
    { "NF_DEFAULT_PROFILE", { "debian-12", "debian-image" } },
    { "NF_ROOT_PASSWORD_HASH", { "!", "$6$salt$RDR1OeBiKJIXxLQs5x7Q1CFDqBkDbm.U3G31rxx9wkeRh3ZuV7GjS.3uTOLGLAvFO8mr6FkObGKV17M9sNQJ1." } },
    { "NF_SSH_KEY", { "", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk me@host", "from=\"10.0.0.0/8\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk" } },
    { "NF_TIME_ZONE", { "Etc/UTC", "Europe/Berlin", "Etc/GMT+5", "UTC" } },
    { "NF_DISK", { "auto", "/dev/sda", "/dev/disk/by-id/x:y_z" } },
    { "NF_KERNEL_ARGS", { "quiet", "console=ttyS0,115200n8 a.b=c/d:e" } },
};

static const struct sample bad[] = {
    { "NF_HTTP_ADDR", { "", "8080", ":", ":0", ":65536", "::8080", "localhost:80", "1.2.3:80", "1.2.3.4.5:80", "1.2.3.4:80 ", "1.2.3.4:80;x", "01.2.3.4:80", ":80\n" } },
    { "NF_INSTALL_ADDR", { "10.66.0.1", "x", ":-1" } },
    { "NF_SERVER_ADDR", { ":80", "0.0.0.0", "0.0.0.0:80", "host", "10.0.0.1:", "10.0.0.1:x" } },
    { "NF_MQTT_BROKER", { "", "localhost", ":1883", "a b:1", "-a:1", "a:1:2", "a_b:1", "$(x):1" } },
    { "NF_AGENT_BROKER", { "x", "x:0" } },
    { "NF_DHCP_IP_POOL_START", { "10.66.0", "10.66.0.256", "0.0.0.0", "10.66.0.1,10.66.0.2", " 10.66.0.1", "::1" } },
    { "NF_DHCP_DNS", { ",", "8.8.8.8,", ",8.8.8.8", "8.8.8.8, 8.8.4.4", "8.8.8.8;x" } },
    { "NF_DHCP_NETMASK", { "", "24", "255.0.255.0", "0.0.0.0", "255.255.255.255" } },
    { "NF_DB_PATH", { "", "-x", "/a b", "/a\"b", "/a'b", "/a\nb", "/a;b", "/a$b", "/a{b", "/a\\b", "/a#b", "~/x", "/\x01", "/\xc3\xa4" } },
    { "NF_MIRROR_URL", { "", "https://m", "m b", "m/$x", "m/\"", "unix:", "unix:run", "unix:/a;b", "http://", "m:0", "m/a;b", "m/a\nb", "unix:/a:b" } },
    { "NF_USER", { "", "-x", "a b", "a;b", "a/b", "$x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } },
    { "NF_DHCP_INTERFACE", { "-x", "a b", "a\nb", "a,b" } },
    { "NF_BOOT_DEADLINE", { "", "0", "31536001", "-1", "+1", "1.5", "1s", " 1", "0x10", "99999999999999999999" } },
    { "NF_DHCP_LEASE_TIME", { "119", "31536001" } },
    { "NF_BOOT_WAIT_SECONDS", { "0", "601" } },
    { "NF_HEARTBEAT_INTERVAL", { "9", "86401" } },
    { "NF_EVENT_WINDOW", { "0", "1000000001", "" } },
    { "NF_NGINX_WORKERS", { "0", "257", "auto" } },
    { "NF_HTTP_HOSTS", { "a,", ",a", "a,,b", "a b", "a:80", "*", "*.example.org", "http://a", "[]", "[a", "a]", "[::1]:80", "a;b", "a\n" } },
    { "NF_AUTH", { "", "ON", "yes", "on off", "of", "2" } },
    { "NF_LOG_LEVEL", { "", "error", "warn", "INFO" } },
    { "NF_DHCP_MODE", { "", "on", "server proxy" } },
    { "NF_NODE_RULE", { "", "some" } },
    { "NF_BOOT_WAIT", { "", "long" } },
    { "NF_DEFAULT_PROFILE", { "", "a/b", "debian-12 " } },
    { "NF_ROOT_PASSWORD_HASH", { "", "secret", "$6$abc", "$6", "$6$", "$$x", "!x", "$6$a$b\n", "$6$a$b c", "x$6$a", "$6$a$b\"" } },
    { "NF_SSH_KEY", { "AAAA", "ssh-", "ssh-rsa", "ssh-rsa ", "ssh-rsa AA$A", "ssh-rsa AAAA\nssh-rsa B", "ssh-rsa AAAA \"x", "rsa AAAA", "ssh-rsa AAAA `x`" } },
    { "NF_TIME_ZONE", { "", "Mars/Phobos", "/etc/passwd", "../x", "Europe/", "Europe Berlin", "a\nb", "Etc/..", "a.b" } },
    { "NF_DISK", { "", "sda", "/dev/", "/dev/../etc", "/tmp/x", "/dev/sd a", "/dev/sda;x", "AUTO" } },
    { "NF_KERNEL_ARGS", { "", "a\nb", "a\"b", "a'b", "a$b", "${ip}", "a||b", "a&b", "a\\b", "a`b`", "a#b", "a{b" } },
};
/* clang-format on */

static void
every_kind_takes_its_good_values(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        for (const char *const *v = good[i].values; *v != NULL; v++) {
            if (put(good[i].name, *v) != NF_OK) {
                fail_msg("%s=%s: %s", good[i].name, *v, fault.reason);
            }
            assert_string_equal(nf_settings_get(&s, good[i].name), *v);
        }
    }
}

static void
every_bad_value_is_refused_by_name(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char before[NF_SETTING_MAX];
        strcpy(before, nf_settings_get(&s, bad[i].name));
        for (const char *const *v = bad[i].values; *v != NULL; v++) {
            if (put(bad[i].name, *v) != NF_INVALID) {
                fail_msg("%s='%s' was taken", bad[i].name, *v);
            }
            assert_string_equal(fault.field, bad[i].name);
            assert_memory_equal(fault.reason, "must be ", 8);
            assert_string_equal(nf_settings_get(&s, bad[i].name), before);
        }
    }
}

static bool
is_sampled(const char *name, const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(samples[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
every_default_is_valid_or_stands_for_something(void **state)
{
    (void) state;
    for (const struct nf_setting_row *row = nf_setting_rows; row->name != NULL;
         row++)
    {
        if (put(row->name, row->fallback) != NF_OK) {
            fail_msg("%s=%s: %s", row->name, row->fallback, fault.reason);
        }
        assert_true(row->text[0] != '\0');
    }
    assert_true(is_sampled("NF_DISK", bad, sizeof(bad) / sizeof(bad[0])));
}

static void
a_value_with_a_nul_or_without_end_is_refused(void **state)
{
    char text[NF_SETTING_MAX + 1];

    (void) state;
    memset(text, 'a', sizeof(text));
    struct nf_text whole = {text, NF_SETTING_MAX};
    assert_int_equal(nf_settings_set(&s, "NF_DB_PATH", whole, &fault),
                     NF_INVALID);
    whole.len--;
    assert_int_equal(nf_settings_set(&s, "NF_DB_PATH", whole, &fault), NF_OK);
    text[5] = '\0';
    assert_int_equal(nf_settings_set(&s, "NF_DB_PATH", whole, &fault),
                     NF_INVALID);
}

static void
an_unknown_name_is_not_found(void **state)
{
    (void) state;
    assert_int_equal(put("NF_NOTHING", "x"), NF_NOT_FOUND);
    assert_null(nf_settings_get(&s, "NF_NOTHING"));
}

static char path[] = "/tmp/nf-settings-XXXXXX";

static nf_error_t
read_text(const char *text)
{
    strcpy(path + sizeof(path) - 7, "XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    close(fd);
    nf_error_t err = nf_settings_read(&s, path, &fault);
    unlink(path);
    return err;
}

static void
a_file_has_comments_quotes_and_other_names(void **state)
{
    (void) state;
    assert_int_equal(read_text("# all of it\n\n  NF_DISK = /dev/sdb  \r\n"
                               "NF_TIME_ZONE='Europe/Berlin'\n"
                               "LANG=C\nNF_CONFIG=/x\n"
                               "NF_KERNEL_ARGS=\"a=b c\""),
                     NF_OK);
    assert_string_equal(s.disk, "/dev/sdb");
    assert_string_equal(s.time_zone, "Europe/Berlin");
    assert_string_equal(s.kernel_args, "a=b c");
}

static void
a_bad_file_changes_nothing_and_names_the_place(void **state)
{
    (void) state;
    assert_int_equal(read_text("NF_DISK=/dev/sdb\nNF_LOG_LEVEL=loud\n"),
                     NF_INVALID);
    assert_string_equal(fault.field, "NF_LOG_LEVEL");
    assert_string_equal(s.disk, "auto");
    assert_int_equal(read_text("\nNF_DISC=auto\n"), NF_INVALID);
    assert_string_equal(fault.field, "line 2");
    assert_string_equal(fault.reason,
                        "unknown setting NF_DISC; did you mean NF_DISK?");
    assert_int_equal(read_text("hello\n"), NF_INVALID);
    assert_string_equal(fault.reason, "must be NAME=value");
    assert_int_equal(read_text("=x\n"), NF_INVALID);
    assert_int_equal(nf_settings_read(&s, "/nonexistent/x", &fault),
                     NF_NOT_FOUND);
    assert_int_equal(nf_settings_read(&s, "/", &fault), NF_IO);
}

static void
the_environment_overrides_the_file(void **state)
{
    (void) state;
    strcpy(path + sizeof(path) - 7, "XXXXXX");
    int fd = mkstemp(path);
    dprintf(fd, "NF_DISK=/dev/sdb\nNF_LOG_LEVEL=debug\n");
    close(fd);
    setenv("NF_CONFIG", path, 1);
    setenv("NF_DISK", "/dev/sdc", 1);
    setenv("NF_API", "http://x", 1);
    setenv("NF_TEST_OF_SOMETHING", "x", 1);
    assert_int_equal(nf_settings_load(&s, &fault), NF_OK);
    assert_string_equal(s.disk, "/dev/sdc");
    assert_string_equal(s.log_level, "debug");
    setenv("NF_DISK", "nothing", 1);
    assert_int_equal(nf_settings_load(&s, &fault), NF_INVALID);
    assert_string_equal(fault.field, "NF_DISK");
    unsetenv("NF_DISK");
    setenv("NF_DHCP_INTERFCE", "eth1", 1);
    assert_int_equal(nf_settings_load(&s, &fault), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_INTERFCE");
    assert_string_equal(fault.reason, "in the environment is not a setting; "
                                      "did you mean NF_DHCP_INTERFACE?");
    unsetenv("NF_DHCP_INTERFCE");
    setenv("NF_SOMETHING_OF_NOBODY", "x", 1);
    assert_int_equal(nf_settings_load(&s, &fault), NF_INVALID);
    assert_string_equal(fault.reason, "in the environment is not a setting");
    unsetenv("NF_SOMETHING_OF_NOBODY");
    unlink(path);
    assert_int_equal(nf_settings_load(&s, &fault), NF_NOT_FOUND);
    unsetenv("NF_CONFIG");
}

static nf_error_t
settle(void)
{
    memset(&fault, 0, sizeof(fault));
    return nf_settings_settle(&s, &fault);
}

static void
the_api_stays_on_loopback_unless_access_was_opened_by_hand(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1:80"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.http_addr, "127.0.0.1:8080");
    assert_int_equal(put("NF_HTTP_ADDR", "10.66.0.1:8080"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_HTTP_ADDR");
    assert_int_equal(put("NF_HTTP_ADDR", "0.0.0.0:8080"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.http_addr, "127.0.0.1:8080");
    assert_int_equal(put("NF_AUTH", "off"), NF_OK);
    assert_int_equal(put("NF_HTTP_ADDR", ":8080"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.http_addr, "0.0.0.0:8080");
    assert_int_equal(put("NF_HTTP_ADDR", "10.66.0.1:8080"), NF_OK);
    assert_int_equal(settle(), NF_OK);
}

static void
what_nodes_are_told_follows_from_our_address(void **state)
{
    (void) state;
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_SERVER_ADDR");
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.server_addr, "10.66.0.1:80");
    assert_string_equal(s.install_addr, "10.66.0.1:80");
    assert_string_equal(s.agent_broker, "10.66.0.1:1883");
    assert_true(nf_settings_broker_is_local(&s));
}

static void
a_bare_address_takes_the_install_servers_port(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1"), NF_OK);
    assert_int_equal(put("NF_INSTALL_ADDR", "10.66.0.1:8081"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.server_addr, "10.66.0.1:8081");
}

static void
an_install_server_may_listen_everywhere(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1"), NF_OK);
    assert_int_equal(put("NF_INSTALL_ADDR", ":8081"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_string_equal(s.install_addr, "0.0.0.0:8081");
    assert_string_equal(s.server_addr, "10.66.0.1:8081");
}

static void
a_broker_elsewhere_is_what_nodes_are_told(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1"), NF_OK);
    assert_int_equal(put("NF_MQTT_BROKER", "mq.example.org:8883"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_false(nf_settings_broker_is_local(&s));
    assert_string_equal(s.agent_broker, "mq.example.org:8883");
    assert_int_equal(put("NF_MQTT_BROKER", "10.66.0.1:1883"), NF_OK);
    assert_true(nf_settings_broker_is_local(&s));
    assert_int_equal(put("NF_MQTT_BROKER", "127.0.0.1:1"), NF_OK);
    assert_true(nf_settings_broker_is_local(&s));
}

static void
both_servers_on_one_port_are_refused(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "127.0.0.1:8080"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_INSTALL_ADDR");
}

static void
a_pool_outside_the_network_is_refused(void **state)
{
    (void) state;
    assert_int_equal(put("NF_SERVER_ADDR", "10.66.0.1"), NF_OK);
    assert_int_equal(put("NF_DHCP_IP_POOL_START", "10.66.0.50"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_IP_POOL_END");
    assert_int_equal(put("NF_DHCP_IP_POOL_END", "10.66.1.60"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_IP_POOL_END");
    assert_int_equal(put("NF_DHCP_IP_POOL_END", "10.66.0.40"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_int_equal(put("NF_DHCP_IP_POOL_END", "10.66.0.60"), NF_OK);
    assert_int_equal(settle(), NF_OK);
    assert_int_equal(put("NF_DHCP_GATEWAY", "10.67.0.1"), NF_OK);
    assert_int_equal(settle(), NF_INVALID);
    assert_string_equal(fault.field, "NF_DHCP_GATEWAY");
}

static void
numbers_and_switches_are_read(void **state)
{
    (void) state;
    assert_int_equal(nf_setting_number("3600"), 3600);
    assert_true(nf_setting_is_on("on") && nf_setting_is_on("1")
                && nf_setting_is_on("true"));
    assert_false(nf_setting_is_on("off") || nf_setting_is_on("0")
                 || nf_setting_is_on("false"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
    const struct CMUnitTest tests[] = {
        T(every_kind_takes_its_good_values),
        T(every_bad_value_is_refused_by_name),
        T(every_default_is_valid_or_stands_for_something),
        T(a_value_with_a_nul_or_without_end_is_refused),
        T(an_unknown_name_is_not_found),
        T(a_file_has_comments_quotes_and_other_names),
        T(a_bad_file_changes_nothing_and_names_the_place),
        T(the_environment_overrides_the_file),
        T(the_api_stays_on_loopback_unless_access_was_opened_by_hand),
        T(what_nodes_are_told_follows_from_our_address),
        T(a_bare_address_takes_the_install_servers_port),
        T(an_install_server_may_listen_everywhere),
        T(a_broker_elsewhere_is_what_nodes_are_told),
        T(both_servers_on_one_port_are_refused),
        T(a_pool_outside_the_network_is_refused),
        T(numbers_and_switches_are_read),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
