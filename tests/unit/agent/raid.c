/* What hardware_config may ask for, and the command lines that make it. */

#include "../../../nf-agent/raid.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The program under test starts nothing here. */
bool
nf_process_run(const struct nf_process *process, char *fault, size_t size)
{
    (void) process;
    (void) fault;
    (void) size;
    return true;
}

bool
nf_process_exists(const char *root, const char *name)
{
    (void) root;
    (void) name;
    return false;
}

static const char *
read_text(const char *text, struct nf_raid *raid)
{
    json_auto_t *object = json_loads(text, 0, NULL);

    assert_non_null(object);
    return nf_raid_read(object, raid);
}

static void
a_wrong_member_is_named(void **state)
{
    /* clang-format off */
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        { "{\"enabled\":true}", "raid.controller" },
        { "{\"enabled\":true,\"controller\":\"zfs\"}", "raid.controller" },
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":\"4\"}",
          "raid.level" },
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":1}",
          "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":\"1\","
          "\"disks\":[\"/dev/sda\"]}", "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":\"1\","
          "\"disks\":[\"/dev/sda\",\"/dev/sda\"]}", "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":\"1\","
          "\"disks\":[\"/dev/sda\",\"--force\"]}", "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"megacli\",\"level\":\"1\","
          "\"disks\":[\"-a0\",\"252:1\"]}", "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"megacli\",\"level\":\"1\","
          "\"disks\":[\"252:0\",\"252:1 -r0\"]}", "raid.disks" },
        { "{\"enabled\":true,\"controller\":\"hpacucli\",\"level\":\"10\","
          "\"disks\":[\"1I:1:1\",\"1I:1:2\",\"1I:1:3\",\"1I:1:4\","
          "\"1I:1:5\"]}", "raid.disks" },        /* no pairs */
        { "{\"enabled\":true,\"controller\":\"mdadm\",\"level\":\"0\","
          "\"disks\":[\"/dev/sda\",\"/dev/sdb\"],"
          "\"virtual_disk\":\"/dev/sdc\"}", "raid.virtual_disk" },
    };
    /* clang-format on */
    struct nf_raid raid;

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *wrong = read_text(cases[i].text, &raid);
        assert_non_null(wrong);
        assert_string_equal(wrong, cases[i].wrong);
    }
}

static void
what_is_not_enabled_is_none(void **state)
{
    struct nf_raid raid;

    (void) state;
    assert_null(read_text("{\"enabled\":false,\"controller\":\"zfs\"}", &raid));
    assert_null(raid.template);
    assert_null(nf_raid_read(NULL, &raid));
    assert_null(raid.template);
}

static void
each_tool_gets_its_own_words(void **state)
{
    /* clang-format off */
    static const struct {
        const char *controller, *level, *tool, *wanted;
    } cases[] = {
        { "mdadm", "0", "mdadm", "mdadm --create /dev/md0 --run "
          "--metadata=1.2 --level=0 --raid-devices=4 /dev/a /dev/b /dev/c "
          "/dev/d" },
        { "mdadm", "1", "mdadm", "mdadm --create /dev/md0 --run "
          "--metadata=1.2 --level=1 --raid-devices=4 /dev/a /dev/b /dev/c "
          "/dev/d" },
        { "mdadm", "6", "mdadm", "mdadm --create /dev/md0 --run "
          "--metadata=1.2 --level=6 --raid-devices=4 /dev/a /dev/b /dev/c "
          "/dev/d" },
        { "megacli", "5", "storcli", "storcli /c0 add vd type=raid5 "
          "drives=252:0,252:1,252:2,252:3" },
        { "megacli", "10", "storcli64", "storcli64 /c0 add vd type=raid10 "
          "drives=252:0,252:1,252:2,252:3 pdperarray=2" },
        { "megacli", "5", "MegaCli64", "MegaCli64 -CfgLdAdd -r5 "
          "[252:0,252:1,252:2,252:3] -a0 -NoLog" },
        { "megacli", "10", "megacli", "megacli -CfgSpanAdd -r10 "
          "-Array0[252:0,252:1] -Array1[252:2,252:3] -a0 -NoLog" },
        { "hpacucli", "10", "ssacli", "ssacli controller slot=0 create "
          "type=ld drives=252:0,252:1,252:2,252:3 raid=1+0 forced" },
        { "hpacucli", "0", "hpacucli", "hpacucli controller slot=0 create "
          "type=ld drives=252:0,252:1,252:2,252:3 raid=0 forced" },
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_md = strcmp(cases[i].controller, "mdadm") == 0;
        struct nf_raid raid;
        struct nf_raid_command command;
        char text[500];
        char got[500] = "";
        size_t n = 0;

        snprintf(text, sizeof text,
                 "{\"enabled\":true,\"controller\":\"%s\",\"level\":\"%s\","
                 "\"disks\":%s}",
                 cases[i].controller, cases[i].level,
                 is_md ? "[\"/dev/a\",\"/dev/b\",\"/dev/c\",\"/dev/d\"]"
                       : "[\"252:0\",\"252:1\",\"252:2\",\"252:3\"]");
        assert_null(read_text(text, &raid));
        nf_raid_command(&raid, cases[i].tool, &command);
        for (int j = 0; command.argv[j] != NULL; j++) {
            n += (size_t) snprintf(got + n, sizeof got - n, "%s%s",
                                   j > 0 ? " " : "", command.argv[j]);
        }
        assert_string_equal(got, cases[i].wanted);
    }
}

static void
without_a_tool_the_fault_names_it(void **state)
{
    struct nf_raid raid;
    char fault[200] = "";

    (void) state;
    assert_null(read_text("{\"enabled\":true,\"controller\":\"hpacucli\","
                          "\"level\":1,\"disks\":[\"1I:1:1\",\"1I:1:2\"]}",
                          &raid));
    assert_false(nf_raid_make(&raid, fault, sizeof fault));
    assert_string_equal(fault, "RAID by hpacucli needs the tool ssacli, which "
                               "this RAM disk does not have");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_member_is_named),
        cmocka_unit_test(what_is_not_enabled_is_none),
        cmocka_unit_test(each_tool_gets_its_own_words),
        cmocka_unit_test(without_a_tool_the_fault_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
