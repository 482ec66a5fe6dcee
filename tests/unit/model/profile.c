/*
 * Profiles: what is read, what is refused and with which words, and how a
 * task's own members are laid over one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "model/profile.h"

static nf_arena_t *arena;

static nf_error_t
read_profile(const char *json, struct nf_profile *profile,
             struct nf_fault *fault)
{
    *fault = (struct nf_fault){0};
    return nf_profile_read(nf_text(json), arena, profile, fault);
}

static void
shipped_ones_are_what_their_heads_say(void **state)
{
    struct nf_profile read;
    struct nf_fault fault;

    (void) state;
    for (const struct nf_profile *p = nf_profiles; p->name[0] != '\0'; p++) {
        if (nf_profile_read(p->json, arena, &read, &fault) != NF_OK) {
            fail_msg("%s: %s: %s", p->name, fault.field, fault.reason);
        }
        memcpy(read.name, p->name, sizeof(read.name));
        assert_memory_equal(&read, p, offsetof(struct nf_profile, json));
    }
}

static const char whole[] =
    "{\"name\":\"x\",\"origin\":\"own\",\"revision\":7,"
    "\"title\":\"Everything\",\"os_type\":\"rocky\",\"os_version\":\"9\","
    "\"method\":\"kickstart\",\"first_boot\":\"boot\","
    "\"repository\":\"http://10.0.0.1:8080/rocky/9\","
    "\"kernel\":{\"path\":\"rocky/vmlinuz\",\"sha256\":"
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"},"
    "\"initrd\":\"rocky/"
    "initrd.img\",\"kernel_args\":\"console=ttyS0,115200n8\","
    "\"disk\":{\"device\":\"/dev/vda\",\"table\":\"gpt\",\"layout\":\"lvm\","
    "\"encrypt\":{\"unlock\":\"tpm2\"},\"partitions\":["
    "{\"mount\":\"/boot\",\"size_mb\":1024,\"fs\":\"ext4\"},"
    "{\"mount\":\"swap\",\"size_mb\":2048},"
    "{\"mount\":\"/\",\"size_mb\":0,\"fs\":\"xfs\"}]},"
    "\"network\":{\"method\":\"static\",\"bond\":{\"name\":\"bond0\","
    "\"mode\":\"802.3ad\",\"members\":[\"eno1\",\"eno2\"]},"
    "\"vlan\":{\"id\":12,\"link\":\"bond0\"}},"
    "\"users\":[{\"name\":\"ops\",\"password_hash\":\"$6$salt$"
    "RDR1OeBiKJIXxLQs5x7Q1CFDqBkDbm.U3G31rxx9wkeRh3ZuV7GjS."
    "3uTOLGLAvFO8mr6FkObGKV17M9sNQJ1.\",\"sudo\":true,"
    "\"ssh_keys\":[\"ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk "
    "ops@example\"]}],"
    "\"root_password_hash\":\"!\",\"time_zone\":\"Etc/UTC\","
    "\"packages\":[\"vim\",\"@core\"],"
    "\"post_scripts\":[{\"name\":\"motd\",\"script\":\"#!/bin/sh\\necho "
    "\\\"$1\\\"\\n\"}],"
    "\"raid\":{\"controller\":\"mdadm\",\"level\":\"1\",\"disks\":[\"/dev/"
    "sda\",\"/dev/sdb\"]},"
    "\"bootfile\":\"pxelinux.0\","
    "\"templates\":{\"boot\":\"#!ipxe\\nexit\\n\",\"answer\":\"{{hostname}}\"}"
    "}";

static void
a_whole_profile_is_read(void **state)
{
    struct nf_profile p;
    struct nf_fault fault;

    (void) state;
    if (read_profile(whole, &p, &fault) != NF_OK) {
        fail_msg("%s: %s", fault.field, fault.reason);
    }
    assert_string_equal(p.title, "Everything");
    assert_string_equal(p.os_type, "rocky");
    assert_string_equal(p.bootfile, "pxelinux.0");
    assert_int_equal(p.method, NF_METHOD_KICKSTART);
    assert_int_equal(p.first_boot, NF_FIRST_BOOT_BOOT);
    assert_true(p.has_hardware);
    assert_true(p.has_network);
    assert_true(nf_text_starts(p.json, NF_TEXT("{\"title\":\"Everything\"")));
}

struct bad {
    const char *json, *field, *reason;
};

#define IMAGE                                                                  \
    "\"method\":\"image\",\"image\":{\"file\":\"a.tar\",\"format\":\"tar\"}"
#define DISK(text) "{" IMAGE ",\"disk\":{" text "}}"

#define NET(text)        "{" IMAGE ",\"network\":{" text "}}"
#define MASKED(ip, mask) "\"ip\":\"" ip "\",\"netmask\":\"" mask "\""
#define STATIC           MASKED("10.0.0.5", "255.255.255.0")
#define BOND             "\"bond\":{\"name\":\"bond0\",\"members\":[\"eno1\",\"eno2\"]}"
#define PART(mount, size)                                                      \
    DISK("\"partitions\":[{\"mount\":\"/"                                      \
         "\",\"size_mb\":9000},{\"mount\":\"" mount "\",\"size_mb\":" size     \
         "}]")
#define RAID(controller, level, disks)                                         \
    "{" IMAGE ",\"raid\":{\"controller\":\"" controller                        \
    "\",\"level\":\"" level "\",\"disks\":[" disks "]}}"

/* clang-format off */
static const struct bad bad[] = {
    {"", "", "the body is not valid JSON"},
    {"[]", "", "the document must be an object"},
    {"{}", "method", "is missing"},
    {"{\"method\":\"magic\"}", "method", "must be one of: preseed, image"},
    {"{\"method\":\"preseed\"}", "suite", "is missing"},
    {"{\"method\":\"image\"}", "image", "is missing"},
    {"{\"method\":\"autoinstall\",\"kernel\":\"k\",\"initrd\":\"i\"}", "iso", "is missing"},
    {"{\"method\":\"kickstart\"}", "repository", "is missing"},
    {"{\"method\":\"preseed\",\"suite\":\"bookworm\",\"suit\":1}", "suit", "is not a member"},
    {"{\"method\":\"preseed\",\"method\":\"preseed\"}", "", "duplicate"},
    {"{" IMAGE ",\"title\":5}", "title", "must be a string"},
    {"{" IMAGE ",\"title\":null}", "title", "must be a string"},
    {"{" IMAGE ",\"title\":1.5}", "", "numbers must be integers"},
    {"{" IMAGE ",\"kernel\":\"../etc/passwd\"}", "kernel", "must be http://"},
    {"{" IMAGE ",\"kernel\":\"/etc/passwd\"}", "kernel", "must be http://"},
    {"{" IMAGE ",\"kernel\":\"a//b\"}", "kernel", "must be http://"},
    {"{" IMAGE ",\"kernel\":\"http://x/${mac}\"}", "kernel", "must be http://"},
    {"{" IMAGE ",\"kernel\":{\"path\":\"a\",\"sha256\":\"ABC\"}}", "kernel.sha256", "must be 64 lower-case hex"},
    {"{" IMAGE ",\"kernel\":{\"path\":\"a\",\"sha256\":\"abc\"}}", "kernel.sha256", "must be 64 lower-case hex"},
    {"{" IMAGE ",\"kernel_args\":\"a || b\"}", "kernel_args", "must be kernel arguments"},
    {"{" IMAGE ",\"kernel_args\":\"a\\nb\"}", "kernel_args", "control characters"},
    {DISK("\"device\":\"sda\""), "disk.device", "must be auto"},
    {DISK("\"device\":\"/dev/sda1\""), "disk.device", "whole disk"},
    {DISK("\"device\":\"/dev/nvme0n1p2\""), "disk.device", "whole disk"},
    {DISK("\"device\":\"/dev/mmcblk0p1\""), "disk.device", "whole disk"},
    {DISK("\"device\":\"/dev/cciss/c0d0p1\""), "disk.device", "whole disk"},
    {DISK("\"device\":\"/dev/disk/by-id/wwn-0x5-part1\""), "disk.device", "whole disk"},
    {DISK("\"device\":\"/dev/disk/by-uuid/12\""), "disk.device", "by-id"},
    {DISK("\"device\":\"/dev/../etc/passwd\""), "disk.device", "must be auto"},
    {DISK("\"device\":\"/dev/\""), "disk.device", "must be auto"},
    {DISK("\"hints\":{\"speed\":\"x\"}"), "disk.hints.speed", "is not a member"},
    {DISK("\"hints\":{\"rotational\":\"yes\"}"), "disk.hints.rotational", "true or false"},
    {DISK("\"hints\":{\"serial\":\"\"}"), "disk.hints.serial", "must not be empty"},
    {DISK("\"hints\":{\"by_path\":\"a b\"}"), "disk.hints.by_path", "by-path"},
    {DISK("\"hints\":{\"size\":{\"min_gb\":5,\"max_gb\":4}}"), "disk.hints.size", "min_gb is larger"},
    {DISK("\"hints\":{\"size\":{\"min\":5}}"), "disk.hints.size.min", "is not a member"},
    {DISK("\"hints\":{\"model\":\"x\"},\"raid1\":[\"/dev/sda\",\"/dev/sdb\"]"), "disk.hints", "cannot be combined"},
    {DISK("\"raid1\":[\"/dev/sda\",\"/dev/sda\"]"), "disk.raid1[1]", "the same disk"},
    {DISK("\"raid1\":[\"/dev/sda1\",\"/dev/sdb1\"]"), "disk.raid1[0]", "whole disk"},
    {DISK("\"raid1\":[\"/dev/sda\",\"auto\"]"), "disk.raid1[1]", "by its name"},
    {PART("/proc", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/sys/x", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/dev", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/run/lock", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/etc", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/bin", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/boot/efi/EFI", "5"), "disk.partitions[1].mount", "separate file system"},
    {PART("/boot/efi", "0"), "disk.partitions[1].size_mb", "40 MiB"},
    {PART("/boot/efi", "33"), "disk.partitions[1].size_mb", "40 MiB"},
    {PART("/boot", "0"), "disk.partitions[1].size_mb", "cannot be 0"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0,\"fs\":\"vfat\"}]"), "disk.partitions[0]", "neither owners nor modes"},
    {DISK("\"table\":\"msdos\",\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/a\",\"size_mb\":5},{\"mount\":\"/b\",\"size_mb\":5},{\"mount\":\"/c\",\"size_mb\":5},{\"mount\":\"/d\",\"size_mb\":5}]"), "disk.partitions", "this needs 5"},
    {DISK("\"table\":\"msdos\",\"encrypt\":{\"unlock\":\"keyfile\"},\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/a\",\"size_mb\":5},{\"mount\":\"/b\",\"size_mb\":5},{\"mount\":\"/c\",\"size_mb\":5}]"), "disk.partitions", "this needs 5"},
    {RAID("mdadm", "10", "\"/dev/sda\""), "raid.disks", "needs 4 disks or more, in pairs"},
    {RAID("mdadm", "5", "\"/dev/sda\",\"/dev/sdb\""), "raid.disks", "needs 3 disks"},
    {RAID("mdadm", "1", "\"/dev/sda\",\"/dev/sda\""), "raid.disks[1]", "the same disk"},
    {RAID("mdadm", "1", "\"/dev/sda\",\"32:1\""), "raid.disks[1]", "must be a device"},
    {RAID("megacli", "0", "\"/dev/sda\""), "raid.disks[0]", "must be a slot"},
    {DISK("\"partitions\":[]"), "disk.partitions", "from 1 to 16 entries"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":\"0\"}]"), "disk.partitions[0].size_mb", "must be an integer"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":-1}]"), "disk.partitions[0].size_mb", "must be from 0"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"var\",\"size_mb\":5}]"), "disk.partitions[1].mount", "must be swap or a path"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"size_mb\":5}]"), "disk.partitions[1].mount", "is missing"},
    {DISK("\"partitions\":[{\"mount\":\"/var\",\"size_mb\":0}]"), "disk.partitions", "has no entry for /"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/var\",\"size_mb\":0}]"), "disk.partitions[1]", "only one can have the rest"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/\",\"size_mb\":5}]"), "disk.partitions[1]", "another one has this mount"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/var/log\",\"size_mb\":5},{\"mount\":\"/var-log\",\"size_mb\":5}]"), "disk.partitions[2]", "a similar name"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/var/log\",\"size_mb\":5},{\"mount\":\"/root\",\"size_mb\":5}]"), "disk.partitions[2]", "a similar name"},
    {DISK("\"partitions\":[{\"mount\":\"/\",\"size_mb\":0,\"fs\":\"swap\"}]"), "disk.partitions[0]", "swap must be both"},
    {"{\"method\":\"preseed\",\"suite\":\"b\",\"disk\":{\"layout\":\"lvm\",\"raid1\":[\"/dev/sda\",\"/dev/sdb\"]}}", "disk.layout", "cannot put LVM on RAID1"},
    {DISK("\"device\":\"/dev/sdc\",\"raid1\":[\"/dev/sda\",\"/dev/sdb\"]"), "disk.device", "cannot be combined"},
    {DISK("\"raid1\":[\"/dev/sda\"]"), "disk.raid1", "from 2 to 2 entries"},
    {DISK("\"raid1\":[\"/dev/sda\",\"/dev/sdb\"],\"encrypt\":{\"unlock\":\"keyfile\"}"), "disk.encrypt", "cannot be combined"},
    {DISK("\"encrypt\":{\"unlock\":\"password\"}"), "disk.encrypt.unlock", "must be one of: tpm2, keyfile"},
    {"{\"method\":\"image\",\"image\":{\"file\":\"a.img\",\"format\":\"raw\"},\"disk\":{\"layout\":\"lvm\"}}", "disk.layout", "brings its own layout"},
    {"{\"method\":\"preseed\",\"suite\":\"bookworm\",\"disk\":{\"encrypt\":{\"unlock\":\"tpm2\"}}}", "disk.encrypt.unlock", "cannot unseal"},
    {"{" IMAGE ",\"network\":{\"bond\":{\"name\":\"bond0\",\"members\":[\"a\"]},\"vlan\":{\"id\":5,\"link\":\"a\"}}}", "network.vlan.link", "the name of the bond"},
    {"{" IMAGE ",\"network\":{\"vlan\":{\"id\":4095,\"link\":\"a\"}}}", "network.vlan.id", "must be from 1 to 4094"},
    {NET("\"ip\":\"10.0.0.1\""), "network.netmask", "set together"},
    {NET("\"netmask\":\"255.255.255.0\""), "network.netmask", "set together"},
    {NET("\"ip\":\"127.0.0.5\",\"netmask\":\"255.0.0.0\""), "network.ip", "a machine can have"},
    {NET("\"ip\":\"224.0.0.5\",\"netmask\":\"255.0.0.0\""), "network.ip", "a machine can have"},
    {NET("\"ip\":\"255.255.255.255\",\"netmask\":\"255.0.0.0\""), "network.ip", "a machine can have"},
    {NET("\"ip\":\"0.0.0.0\",\"netmask\":\"255.0.0.0\""), "network.ip", "a machine can have"},
    {NET(MASKED("10.0.0.0", "255.255.255.0")), "network.ip", "the address of its network"},
    {NET(MASKED("10.0.0.255", "255.255.255.0")), "network.ip", "the broadcast address"},
    {NET(MASKED("10.0.0.3", "255.255.255.252")), "network.ip", "the broadcast address"},
    {NET(STATIC ",\"gateway\":\"10.0.0.5\""), "network.gateway", "own address"},
    {NET(STATIC ",\"gateway\":\"10.0.0.0\""), "network.gateway", "the address of its network"},
    {NET(STATIC ",\"gateway\":\"10.0.0.255\""), "network.gateway", "the broadcast address"},
    {NET(STATIC ",\"gateway\":\"127.0.0.1\""), "network.gateway", "a machine can have"},
    {NET(STATIC ",\"gateway\":\"239.1.1.1\",\"on_link\":true"), "network.gateway", "a machine can have"},
    {NET(STATIC ",\"gateway\":\"10.0.1.1\""), "network.gateway", "set on_link"},
    {NET("\"gateway\":\"10.0.1.1\""), "network.gateway", "requires an ip"},
    {NET("\"method\":\"dhcp\"," STATIC), "network.ip", "the method dhcp"},
    {NET(STATIC ",\"on_link\":true"), "network.on_link", "requires a gateway"},
    {NET("\"addresses\":[\"10.0.0.5\"]"), "network.addresses[0]", "the bits of its network"},
    {NET("\"addresses\":[\"10.0.0.5/33\"]"), "network.addresses[0]", "the bits of its network"},
    {NET("\"addresses\":[\"10.0.0.5/0\"]"), "network.addresses[0]", "the bits of its network"},
    {NET("\"addresses\":[\"2001:db8::5/129\"]"), "network.addresses[0]", "the bits of its network"},
    {NET("\"addresses\":[\"2001:db8::/64\"]"), "network.addresses[0]", "the address of its network"},
    {NET("\"addresses\":[\"ff02::1/64\"]"), "network.addresses[0]", "multicast"},
    {NET("\"addresses\":[\"::1/128\"]"), "network.addresses[0]", "loopback"},
    {NET("\"addresses\":[\"fe80::1/64\"]"), "network.addresses[0]", "link-local"},
    {NET("\"addresses\":[\"::ffff:10.0.0.1/128\"]"), "network.addresses[0]", "IPv4"},
    {NET("\"addresses\":[\"10.0.0.5/24\",\"10.0.0.5/16\"]"), "network.addresses[1]", "is listed twice"},
    {NET(STATIC ",\"addresses\":[\"10.0.0.5/24\"]"), "network.addresses[0]", "is listed twice"},
    {NET("\"addresses\":[\"2001:db8::5/64\",\"2001:db8:0::5/64\"]"), "network.addresses[1]", "is listed twice"},
    {NET(STATIC ",\"gateway6\":\"fe80::1\""), "network.gateway6", "requires an IPv6 address"},
    {NET("\"addresses\":[\"2001:db8::5/64\"],\"gateway6\":\"2001:db8:1::1\""), "network.gateway6", "set on_link"},
    {NET("\"addresses\":[\"2001:db8::5/64\"],\"gateway6\":\"2001:db8::5\""), "network.gateway6", "own address"},
    {NET("\"addresses\":[\"2001:db8::5/64\"],\"gateway6\":\"10.0.0.1\""), "network.gateway6", "an IPv6 address"},
    {NET("\"addresses\":[\"2001:db8::5/64\"],\"ipv6\":\"off\""), "network.ipv6", "there is an IPv6 address"},
    {NET("\"dns\":[\"127.0.0.1\"]"), "network.dns[0]", "a machine can have"},
    {NET("\"dns\":[\"fe80::1%eth0\"]"), "network.dns[0]", "an IP address"},
    {NET("\"ntp\":[\"pool ntp\"]"), "network.ntp[0]", "a host name"},
    {NET("\"ntp\":[\"10.0.0.256\"]"), "network.ntp[0]", "a host name"},
    {NET("\"proxy\":\"10.0.0.1:3128\""), "network.proxy", "a proxy such as"},
    {NET("\"proxy\":\"http://\""), "network.proxy", "a proxy such as"},
    {NET("\"mtu\":575"), "network.mtu", "from 576 to 65535"},
    {NET("\"mtu\":1000"), "network.mtu", "IPv6 requires at least 1280"},
    {NET("\"interface\":\"lo\""), "network.interface", "the name of a network interface"},
    {NET("\"interface\":\"a/b\""), "network.interface", "the name of a network interface"},
    {NET("\"interface\":\"01:00:5e:00:00:01\""), "network.interface", "MAC"},
    {NET(BOND ",\"interface\":\"eno1\""), "network.interface", "combined with bond"},
    {NET("\"interface\":\"eno1\",\"vlan\":{\"id\":5,\"link\":\"eno2\"}"), "network.interface", "not the link"},
    {NET("\"vlan\":{\"id\":5,\"link\":\"vlan5\"}"), "network.vlan.link", "the VLAN itself"},
    {NET("\"bond\":{\"name\":\"bond0\",\"members\":[\"a\",\"bond0\"]}"), "network.bond.members[1]", "the bond itself"},
    {NET("\"bond\":{\"name\":\"bond0\",\"members\":[\"52:54:00:00:00:01\",\"525400000001\"]}"), "network.bond.members[1]", "is listed twice"},
    {NET("\"bond\":{\"name\":\"bonding_masters\",\"members\":[\"a\"]}"), "network.bond.name", "the name of a network interface"},
    {NET("\"bridge\":\"br0\""), "network.bridge", "is not a member"},
    {"{" IMAGE ",\"users\":[{\"name\":\"root\"}]}", "users[0].name", "an account other than root"},
    {"{" IMAGE ",\"users\":[{\"name\":\"a\",\"password_hash\":\"secret\"}]}", "users[0].password_hash", "a hash as mkpasswd"},
    {"{" IMAGE ",\"users\":[{\"name\":\"a\",\"ssh_keys\":[\"ssh-rsa AAAA a'b\"]}]}", "users[0].ssh_keys[0]", "a complete public key"},
    {"{" IMAGE ",\"root_password_hash\":\"$6$abc\"}", "root_password_hash", "a complete hash"},
    {"{" IMAGE ",\"ssh_keys\":[\"ssh-ed25519 AAAA\"]}", "ssh_keys[0]", "a complete public key"},
    {"{" IMAGE ",\"time_zone\":\"Mars/Phobos\"}", "time_zone", "Europe/Berlin"},
    {"{" IMAGE ",\"locale\":\"tlh_QO.UTF-8\"}", "locale", "an existing"},
    {"{" IMAGE ",\"keyboard\":\"uk\"}", "keyboard", "us, de or gb"},
    {"{" IMAGE ",\"packages\":[\"vim\"]}", "packages", "os_type must be debian"},
    {"{" IMAGE ",\"os_type\":\"debian\",\"suite\":\"bookworm\",\"packages\":[\"vim\",\"-nano\"]}", "packages", "not left out"},
    {"{" IMAGE ",\"os_type\":\"debian\",\"suite\":\"bookworm\",\"packages\":[\"@core\"]}", "packages[0]", "is a group"},
    {"{" IMAGE ",\"backports\":[\"vim\"]}", "backports", "does not apply to the method image"},
    {"{\"method\":\"preseed\",\"suite\":\"b\",\"packages\":[\"vim; reboot\"]}", "packages[0]", "the name of a package"},
    {"{" IMAGE ",\"post_scripts\":[{\"name\":\"x\",\"script\":\"a\\u0000b\"}]}", "post_scripts[0].script", "control character 0x00"},
    {"{" IMAGE ",\"post_scripts\":[{\"name\":\"x\",\"script\":\"a\\r\\n\"}]}", "post_scripts[0].script", "control character 0x0d"},
    {"{" IMAGE ",\"templates\":{\"boot\":\"echo\"}}", "templates.boot", "must be #!ipxe"},
    {"{" IMAGE ",\"a\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", "", "nested too deeply"},
};
/* clang-format on */

static void
bad_ones_are_refused_by_name(void **state)
{
    struct nf_profile p;
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        nf_error_t err = read_profile(bad[i].json, &p, &fault);
        if (err != NF_INVALID || strcmp(fault.field, bad[i].field) != 0
            || strstr(fault.reason, bad[i].reason) == NULL)
        {
            fail_msg("%s: %d, \"%s\": \"%s\"", bad[i].json, err, fault.field,
                     fault.reason);
        }
    }
}

/* What is near to what is refused, and is none of it. */
static void
disks_that_will_do_are_taken(void **state)
{
    /* clang-format off */
    static const char *const good[] = {
        DISK("\"device\":\"/dev/nvme0n1\""), DISK("\"device\":\"/dev/sdaa\""), DISK("\"device\":\"/dev/md0\""),
        DISK("\"device\":\"/dev/mmcblk0\""), DISK("\"device\":\"/dev/cciss/c0d0\""), DISK("\"device\":\"/dev/mapper/mpatha\""),
        DISK("\"device\":\"/dev/disk/by-id/ata-ST4000NM0035-1V4107_ZC1234AB\""),
        DISK("\"device\":\"/dev/disk/by-path/pci-0000:00:1f.2-ata-1.0\""),
        DISK("\"hints\":{\"serial\":\"S3Z 1/2\",\"wwn\":\"0x5000c500a1b2c3d4\",\"model\":\"SAMSUNG\",\"by_path\":\"pci-0000:00:1f.2-ata-1\",\"size\":{\"min_gb\":100,\"max_gb\":100},\"rotational\":false}"),
        DISK("\"table\":\"msdos\",\"layout\":\"lvm\",\"partitions\":[{\"mount\":\"/\",\"size_mb\":0},{\"mount\":\"/a\",\"size_mb\":5},{\"mount\":\"/b\",\"size_mb\":5},{\"mount\":\"/c\",\"size_mb\":5},{\"mount\":\"/d\",\"size_mb\":5}]"),
        PART("/boot/efi", "40"), PART("/boot", "512"), PART("/libs", "5"), PART("/srv/etc", "5"), PART("/devel", "5"),
        RAID("mdadm", "10", "\"/dev/sda\",\"/dev/sdb\",\"/dev/sdc\",\"/dev/sdd\""), RAID("hpacucli", "0", "\"1I:1:1\""),
    };
    /* clang-format on */
    struct nf_profile p;
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (read_profile(good[i], &p, &fault) != NF_OK) {
            fail_msg("%s: %s: %s", good[i], fault.field, fault.reason);
        }
    }
}

static void
networks_that_make_sense_are_taken(void **state)
{
    /* clang-format off */
    static const char *const good[] = {
        NET(MASKED("10.0.0.4", "255.255.255.254") ",\"gateway\":\"10.0.0.5\""), /* RFC 3021 */
        NET(MASKED("10.0.0.4", "255.255.255.255") ",\"gateway\":\"10.9.9.1\""),
        NET(STATIC ",\"gateway\":\"172.31.1.1\",\"on_link\":true"),
        NET(STATIC ",\"addresses\":[\"10.1.0.5/16\",\"2001:db8::5/64\"],\"gateway\":\"10.1.0.1\",\"gateway6\":\"fe80::1\""),
        NET("\"method\":\"static\",\"addresses\":[\"2001:db8::5/64\"],\"gateway6\":\"2001:db8::1\",\"dns\":[\"2001:db8::53\"]"),
        NET("\"addresses\":[\"2001:db8::/127\"],\"gateway6\":\"2001:db8::1\""),
        NET("\"method\":\"dhcp\",\"addresses\":[\"10.1.0.5/16\"]"), NET("\"interface\":\"52:54:00:00:00:09\",\"vlan\":{\"id\":5,\"link\":\"525400000009\"}"),
        NET(BOND ",\"vlan\":{\"id\":5,\"link\":\"bond0\"},\"mtu\":9000,\"ipv6\":\"off\",\"ntp\":[\"ntp.example\",\"10.0.0.9\"],\"proxy\":\"http://10.0.0.9:3128\""),
        NET("\"mtu\":1000,\"ipv6\":\"off\""),
    };
    /* clang-format on */
    struct nf_profile p;
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (read_profile(good[i], &p, &fault) != NF_OK) {
            fail_msg("%s: %s: %s", good[i], fault.field, fault.reason);
        }
    }
}

static void
too_large_a_script_is_refused(void **state)
{
    static char json[40000];
    struct nf_profile p;
    struct nf_fault fault;
    int n = snprintf(json, sizeof(json),
                     "{" IMAGE ",\"post_scripts\":[{\"name\":\"x\","
                     "\"script\":\"");

    (void) state;
    memset(json + n, 'a', 17000);
    snprintf(json + n + 17000, 16, "\"}]}");
    assert_int_equal(read_profile(json, &p, &fault), NF_INVALID);
    assert_string_equal(fault.field, "post_scripts[0].script");
}

static void
a_task_lays_its_members_over(void **state)
{
    char text[NF_PROFILE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));
    struct nf_fault fault = {0};
    static const char profile[] =
        "{\"method\":\"preseed\",\"suite\":\"bookworm\",\"packages\":[\"a\"],"
        "\"disk\":{\"device\":\"/dev/sda\",\"layout\":\"lvm\"}}";

    (void) state;
    assert_int_equal(
        nf_profile_effective(
            nf_text(profile),
            NF_TEXT("{\"packages\":[\"b\",\"c\"],\"disk\":{\"device\":null,"
                    "\"table\":\"gpt\"},\"locale\":\"de_DE.UTF-8\"}"),
            &out, &fault),
        NF_OK);
    out.data[out.len] = '\0';
    assert_string_equal(
        out.data,
        "{\"method\":\"preseed\",\"suite\":\"bookworm\",\"packages\":"
        "[\"b\",\"c\"],\"disk\":{\"layout\":\"lvm\",\"table\":\"gpt\"},"
        "\"locale\":\"de_DE.UTF-8\"}");
    out.len = 0;
    assert_int_equal(nf_profile_effective(nf_text(profile),
                                          NF_TEXT("{\"suite\":null}"), &out,
                                          &fault),
                     NF_INVALID);
    assert_string_equal(fault.field, "suite");
}

static void
names_are_plain(void **state)
{
    static const char *const wrong[] = {
        "",   ".",   "../x", "a/b",
        "-a", "a b", "a\n",  "abcdefghijklmnopqrstuvwxyz123456"};

    (void) state;
    assert_true(nf_profile_is_name(NF_TEXT("debian-12.5_x")));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(nf_profile_is_name(nf_text(wrong[i])));
    }
}

static int
begin(void **state)
{
    (void) state;
    arena = nf_arena_new();
    return arena == NULL ? -1 : 0;
}

static int
end(void **state)
{
    (void) state;
    nf_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_ones_are_what_their_heads_say),
        cmocka_unit_test(a_whole_profile_is_read),
        cmocka_unit_test(bad_ones_are_refused_by_name),
        cmocka_unit_test(disks_that_will_do_are_taken),
        cmocka_unit_test(networks_that_make_sense_are_taken),
        cmocka_unit_test(too_large_a_script_is_refused),
        cmocka_unit_test(a_task_lays_its_members_over),
        cmocka_unit_test(names_are_plain),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
