/* Layouts as they come in an order, and the commands that make them. */

#include "../../../nf-agent/plan.c"
#include "../../../nf-agent/disk.c"
#include "../../../nf-agent/layout.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const int64_t disk_size = INT64_C(8) << 30;

/* Random numbers that are the same in every run: 1, 2, 3, ... */
static uint8_t next_random;

static void
random_make(void *bytes, size_t len)
{
    memset(bytes, ++next_random, len);
}

static const char *
read_text(const char *text, struct nf_layout *layout)
{
    static char room[96];
    json_auto_t *object = json_loads(text, 0, NULL);

    assert_non_null(object);
    return nf_layout_read(object, layout, room, sizeof room);
}

static void
a_wrong_member_is_named(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        { "[]", "layout" },
        { "{\"table\":\"bsd\"}", "layout.table" },
        { "{\"layout\":\"btrfs\"}", "layout.layout" },
        { "{\"partitions\":[]}", "layout.partitions" },
        { "{\"partitions\":[{\"size_mb\":1}]}", "layout.partitions[0].mount" },
        { "{\"partitions\":[{\"mount\":\"/\"},{\"mount\":\"/../x\"}]}",
          "layout.partitions[1].mount" },
        { "{\"partitions\":[{\"mount\":\"/a b\"}]}",
          "layout.partitions[0].mount" },
        { "{\"partitions\":[{\"mount\":\"/a\\nb\"}]}",
          "layout.partitions[0].mount" },
        { "{\"partitions\":[{\"mount\":\"/a/\"}]}",
          "layout.partitions[0].mount" },
        { "{\"partitions\":[{\"mount\":\"/\",\"size_mb\":-1}]}",
          "layout.partitions[0].size_mb" },
        { "{\"partitions\":[{\"mount\":\"/\",\"size_mb\":\"9\"}]}",
          "layout.partitions[0].size_mb" },
        { "{\"partitions\":[{\"mount\":\"/\",\"fs\":\"ntfs\"}]}",
          "layout.partitions[0].fs" },
        { "{\"partitions\":[{\"mount\":\"/\",\"fs\":\"swap\"}]}",
          "layout.partitions[0].fs" },
        { "{\"partitions\":[{\"mount\":\"/\"},{\"mount\":\"/var\"}]}",
          "layout.partitions[1].size_mb" },     /* two take the rest */
        { "{\"partitions\":[{\"mount\":\"/\"},{\"mount\":\"/a-b\","
          "\"size_mb\":9},{\"mount\":\"/a/b\",\"size_mb\":9}]}",
          "layout.partitions[2].mount" },       /* one name as a volume */
        { "{\"partitions\":[{\"mount\":\"/var\"}]}", "layout.partitions" },
        { "{\"raid1\":[\"/dev/sda\"]}", "layout.raid1" },
        { "{\"raid1\":[\"/dev/sda\",\"/dev/sda\"]}", "layout.raid1" },
        { "{\"raid1\":[\"/dev/sda\",\"/dev/../b\"]}", "layout.raid1" },
        { "{\"raid1\":[\"sda\",\"sdb\"]}", "layout.raid1" },
        { "{\"encrypt\":{\"unlock\":\"password\"}}", "layout.encrypt" },
        { "{\"encrypt\":{}}", "layout.encrypt" },
    };
    /* clang-format on */
    struct nf_layout layout;

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *wrong = read_text(cases[i].text, &layout);
        assert_non_null(wrong);
        assert_string_equal(wrong, cases[i].wrong);
    }
}

static void
without_a_layout_the_root_takes_the_disk(void **state)
{
    struct nf_layout layout;
    char room[96];

    (void) state;
    assert_null(nf_layout_read(NULL, &layout, room, sizeof room));
    assert_int_equal(layout.count, 1);
    assert_string_equal(layout.parts[0].mount, "/");
    assert_int_equal(layout.parts[0].size_mb, 0);
}

static void
an_encrypted_root_gets_a_boot_beside_it(void **state)
{
    struct nf_layout layout;

    (void) state;
    assert_null(read_text("{\"encrypt\":{\"unlock\":\"keyfile\"}}", &layout));
    assert_int_equal(layout.count, 2);
    assert_string_equal(layout.parts[0].mount, "/boot");
    assert_string_equal(layout.parts[1].mount, "/");
}

/* The plan's commands, one in a line, with what they read below. */
static void
plan_print(const struct nf_plan *plan, char *out, size_t size)
{
    size_t n = 0;

    for (int i = 0; i < plan->command_count; i++) {
        const struct nf_plan_command *command = &plan->commands[i];
        for (int j = 0; command->argv[j] != NULL; j++) {
            n += (size_t) snprintf(out + n, size - n, "%s%s", j > 0 ? " " : "",
                                   command->argv[j]);
        }
        n += (size_t) snprintf(out + n, size - n, "\n%s",
                               command->input != NULL ? command->input : "");
    }
}

static void
plan_is(const char *layout_text, struct nf_disk_set site, const char *wanted)
{
    static struct nf_plan plan;
    static char got[16384];
    struct nf_layout layout;
    char fault[200] = "";

    next_random = 0;
    site.disk_size = disk_size;
    site.key_file = "/run/key";
    site.random = random_make;
    assert_null(read_text(layout_text, &layout));
    if (!nf_plan_make(&plan, &layout, &site, fault, sizeof fault)) {
        fail_msg("%s", fault);
    }
    plan_print(&plan, got, sizeof got);
    assert_string_equal(got, wanted);
}

#define ONE_DISK                                                               \
    (struct nf_disk_set)                                                       \
    {                                                                          \
        .disk_count = 1, .disks = { "/dev/vda" }                               \
    }
#define TWO_DISKS                                                              \
    (struct nf_disk_set)                                                       \
    {                                                                          \
        .disk_count = 2, .disks = { "/dev/sda", "/dev/nvme0n1" }               \
    }
#define SFDISK "sfdisk --quiet --wipe always --wipe-partitions always "
#define GPT_HEAD                                                               \
    "label: gpt\n"                                                             \
    "size=1MiB, type=21686148-6449-6E6F-744E-656564454649, "                   \
    "name=\"bios\"\n"                                                          \
    "size=512MiB, type=U, name=\"esp\"\n"
#define MKFS_EXT4 "mkfs.ext4 -q -F -O ^orphan_file,^metadata_csum_seed -U "
#define LUKS                                                                   \
    "cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 "          \
    "--pbkdf-force-iterations 1000 --uuid "

static void
a_plain_disk(void **state)
{
    (void) state;
    plan_is("{\"partitions\":[{\"mount\":\"/\",\"fs\":\"xfs\"},"
            "{\"mount\":\"swap\",\"size_mb\":512}]}",
            ONE_DISK,
            SFDISK "/dev/vda\n" GPT_HEAD "size=512MiB, type=S, name=\"swap\"\n"
                   "type=L, name=\"root\"\n"
                   "mkfs.vfat -F 32 -n EFI -i 02020202 /dev/vda2\n"
                   "mkswap -q -U 03030303-0303-4303-8303-030303030303 "
                   "/dev/vda3\n"
                   "mkfs.xfs -q -f -m "
                   "uuid=04040404-0404-4404-8404-040404040404 /dev/vda4\n");
}

static void
a_disk_with_a_msdos_table(void **state)
{
    (void) state;
    plan_is("{\"table\":\"msdos\"}", ONE_DISK,
            SFDISK "/dev/vda\n"
                   "label: dos\n"
                   "type=L, bootable\n" MKFS_EXT4
                   "01010101-0101-4101-8101-010101010101 /dev/vda1\n");
}

static void
volumes_on_two_disks_that_mirror_each_other(void **state)
{
    (void) state;
    plan_is("{\"layout\":\"lvm\",\"raid1\":[\"/dev/sda\",\"/dev/nvme0n1\"],"
            "\"partitions\":[{\"mount\":\"/\"},"
            "{\"mount\":\"/boot\",\"size_mb\":512},"
            "{\"mount\":\"/var/log\",\"size_mb\":1024}]}",
            TWO_DISKS,
            SFDISK
            "/dev/sda\n" GPT_HEAD "size=512MiB, type=R, name=\"boot\"\n"
            "type=R, name=\"system\"\n" SFDISK "/dev/nvme0n1\n" GPT_HEAD
            "size=512MiB, type=R, name=\"boot\"\n"
            "type=R, name=\"system\"\n"
            "mkfs.vfat -F 32 -n EFI -i 02020202 /dev/sda2\n"
            "mkfs.vfat -F 32 -n EFI -i 03030303 /dev/nvme0n1p2\n"
            "mdadm --create /dev/md10 --run --quiet --level=1 --metadata=1.2 "
            "--homehost=any --name=boot "
            "--uuid=04040404:04040404:04040404:04040404 --raid-devices=2 "
            "/dev/sda3 /dev/nvme0n1p3\n" MKFS_EXT4
            "05050505-0505-4505-8505-050505050505 /dev/md10\n"
            "mdadm --create /dev/md11 --run --quiet --level=1 --metadata=1.2 "
            "--homehost=any --name=system "
            "--uuid=06060606:06060606:06060606:06060606 --raid-devices=2 "
            "/dev/sda4 /dev/nvme0n1p4\n"
            "lvm pvcreate -q -ff -y /dev/md11\n"
            "lvm vgcreate -q -y nf07070707 /dev/md11\n"
            "lvm lvcreate -q -y -n var_log -L 1024m nf07070707\n" MKFS_EXT4
            "08080808-0808-4808-8808-080808080808 "
            "/dev/mapper/nf07070707-var_log\n"
            "lvm lvcreate -q -y -n root -l 100%FREE nf07070707\n" MKFS_EXT4
            "09090909-0909-4909-8909-090909090909 "
            "/dev/mapper/nf07070707-root\n");
}

static void
an_encrypted_disk(void **state)
{
    (void) state;
    plan_is(
        "{\"encrypt\":{\"unlock\":\"keyfile\"}}", ONE_DISK,
        SFDISK
        "/dev/vda\n" GPT_HEAD "size=1024MiB, type=L, name=\"boot\"\n"
        "type=L, name=\"root\"\n"
        "mkfs.vfat -F 32 -n EFI -i 02020202 /dev/vda2\n" MKFS_EXT4
        "03030303-0303-4303-8303-030303030303 /dev/vda3\n" LUKS
        "04040404-0404-4404-8404-040404040404 --key-file /run/key "
        "/dev/vda4\n"
        "cryptsetup open --key-file /run/key /dev/vda4 crypt_root\n" MKFS_EXT4
        "05050505-0505-4505-8505-050505050505 "
        "/dev/mapper/crypt_root\n");
}

static void
a_layout_that_does_not_fit_is_refused(void **state)
{
    static struct nf_plan plan;
    struct nf_layout layout;
    struct nf_disk_set site = ONE_DISK;
    char fault[200] = "";

    (void) state;
    site.random = random_make;
    site.disk_size = disk_size;
    assert_null(read_text("{\"partitions\":[{\"mount\":\"/\",\"size_mb\":7000},"
                          "{\"mount\":\"/var\",\"size_mb\":2000}]}",
                          &layout));
    assert_false(nf_plan_make(&plan, &layout, &site, fault, sizeof fault));
    assert_string_equal(fault, "the layout needs at least 9517 MB, and the "
                               "disk /dev/vda has 8192");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_member_is_named),
        cmocka_unit_test(without_a_layout_the_root_takes_the_disk),
        cmocka_unit_test(an_encrypted_root_gets_a_boot_beside_it),
        cmocka_unit_test(a_plain_disk),
        cmocka_unit_test(a_disk_with_a_msdos_table),
        cmocka_unit_test(volumes_on_two_disks_that_mirror_each_other),
        cmocka_unit_test(an_encrypted_disk),
        cmocka_unit_test(a_layout_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
