/*
 * The shipped profiles.  Each stands here as JSON, as an operator would PUT
 * it; the members in front of it are the same once more, so that nothing has
 * to be parsed to find one (a test reads each and compares).
 */
#include "model/profile.h"

#define JSON(...)                                                              \
    {                                                                          \
#__VA_ARGS__, sizeof(#__VA_ARGS__) - 1                                 \
    }

/* clang-format off */
const struct nf_profile nf_profiles[] = {
    {
        .name = "debian-12",
        .title = "Debian 12, by debian-installer",
        .os_type = "debian", .os_version = "12", .suite = "bookworm",
        .method = NF_METHOD_PRESEED, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Debian 12, by debian-installer",
            "os_type": "debian", "os_version": "12", "suite": "bookworm",
            "method": "preseed", "first_boot": "agent"
        }),
    },
    {
        .name = "debian-13",
        .title = "Debian 13, by debian-installer",
        .os_type = "debian", .os_version = "13", .suite = "trixie",
        .method = NF_METHOD_PRESEED, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Debian 13, by debian-installer",
            "os_type": "debian", "os_version": "13", "suite": "trixie",
            "method": "preseed", "first_boot": "agent"
        }),
    },
    {
        .name = "ubuntu-22.04",
        .title = "Ubuntu 22.04, by the live server's installer",
        .os_type = "ubuntu", .os_version = "22.04", .suite = "jammy",
        .method = NF_METHOD_AUTOINSTALL, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Ubuntu 22.04, by the live server's installer",
            "os_type": "ubuntu", "os_version": "22.04", "suite": "jammy",
            "method": "autoinstall", "first_boot": "agent",
            "kernel": "ubuntu/22.04/casper/vmlinuz",
            "initrd": "ubuntu/22.04/casper/initrd",
            "iso": "ubuntu/ubuntu-22.04-live-server-amd64.iso"
        }),
    },
    {
        .name = "ubuntu-24.04",
        .title = "Ubuntu 24.04, by the live server's installer",
        .os_type = "ubuntu", .os_version = "24.04", .suite = "noble",
        .method = NF_METHOD_AUTOINSTALL, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Ubuntu 24.04, by the live server's installer",
            "os_type": "ubuntu", "os_version": "24.04", "suite": "noble",
            "method": "autoinstall", "first_boot": "agent",
            "kernel": "ubuntu/24.04/casper/vmlinuz",
            "initrd": "ubuntu/24.04/casper/initrd",
            "iso": "ubuntu/ubuntu-24.04-live-server-amd64.iso"
        }),
    },
    {
        .name = "rocky-9",
        .title = "Rocky Linux 9, by Anaconda",
        .os_type = "rocky", .os_version = "9",
        .method = NF_METHOD_KICKSTART, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Rocky Linux 9, by Anaconda",
            "os_type": "rocky", "os_version": "9",
            "method": "kickstart", "first_boot": "agent",
            "repository": "http://dl.rockylinux.org/pub/rocky/9/BaseOS/x86_64/os"
        }),
    },
    {
        .name = "centos-7",
        .title = "CentOS 7, by Anaconda, from the archive",
        .os_type = "centos", .os_version = "7",
        .method = NF_METHOD_KICKSTART, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "CentOS 7, by Anaconda, from the archive",
            "os_type": "centos", "os_version": "7",
            "method": "kickstart", "first_boot": "agent",
            "repository": "http://vault.centos.org/7.9.2009/os/x86_64"
        }),
    },
    {
        .name = "debian-image",
        .title = "Debian 12, a ready image written by nf-agent",
        .os_type = "debian", .os_version = "12", .suite = "bookworm",
        .image = "images/debian-12-amd64.img",
        .method = NF_METHOD_IMAGE, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Debian 12, a ready image written by nf-agent",
            "os_type": "debian", "os_version": "12", "suite": "bookworm",
            "method": "image", "first_boot": "agent",
            "image": {"file": "images/debian-12-amd64.img", "format": "raw"}
        }),
    },
    {
        .name = "debian-12-handover",
        .title = "Debian 12 image, written from inside debian-installer",
        .os_type = "debian", .os_version = "12", .suite = "bookworm",
        .image = "images/debian-12-amd64.img",
        .method = NF_METHOD_PRESEED, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "Debian 12 image, written from inside debian-installer",
            "os_type": "debian", "os_version": "12", "suite": "bookworm",
            "method": "preseed", "first_boot": "agent",
            "image": {"file": "images/debian-12-amd64.img", "format": "raw"}
        }),
    },
    {
        .name = "image",
        .title = "A root archive, unpacked by nf-agent",
        .image = "images/root.tar.zst",
        .method = NF_METHOD_IMAGE, .first_boot = NF_FIRST_BOOT_AGENT,
        .json = JSON({
            "title": "A root archive, unpacked by nf-agent",
            "method": "image", "first_boot": "agent",
            "image": {"file": "images/root.tar.zst", "format": "tar"}
        }),
    },
    {.name = ""},
};
/* clang-format on */
