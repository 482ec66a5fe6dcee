/* The MBR that the agent grows, and the names of partitions. */

#include "../../../nf-agent/disk.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    DISK_SECTORS = 100000
};

static void
entry_put(uint8_t *sector, int i, uint8_t type, uint32_t start, uint32_t count)
{
    uint8_t *entry = sector + MBR_TABLE + i * MBR_ENTRY;
    entry[ENTRY_TYPE] = type;
    le32_put(entry + ENTRY_START, start);
    le32_put(entry + ENTRY_COUNT, count);
}

static void
mbr_make(uint8_t sector[NF_SECTOR])
{
    memset(sector, 0, NF_SECTOR);
    sector[510] = 0x55;
    sector[511] = 0xaa;
    entry_put(sector, 0, 0x0c, 2048, 4096);
    entry_put(sector, 1, TYPE_LINUX, 6144, 1000);
}

static uint32_t
count_of(const uint8_t *sector, int i)
{
    return le32_get(sector + MBR_TABLE + i * MBR_ENTRY + ENTRY_COUNT);
}

static int
grow(uint8_t *sector, int64_t sectors)
{
    return nf_mbr_grow(sector, sectors * NF_SECTOR);
}

static void
the_last_partition_reaches_to_the_end_of_the_disk(void **state)
{
    uint8_t sector[NF_SECTOR];

    (void) state;
    mbr_make(sector);
    assert_int_equal(grow(sector, DISK_SECTORS), 2);
    assert_int_equal(count_of(sector, 1), DISK_SECTORS - 6144);
    assert_int_equal(count_of(sector, 0), 4096);
}

static void
last_means_last_on_the_disk_not_in_the_table(void **state)
{
    uint8_t sector[NF_SECTOR];

    (void) state;
    mbr_make(sector);
    entry_put(sector, 0, TYPE_LINUX, 8192, 10);
    assert_int_equal(grow(sector, DISK_SECTORS), 1);
    assert_int_equal(count_of(sector, 1), 1000);
}

static void
a_disk_beyond_two_tebibytes_is_used_as_far_as_an_mbr_can(void **state)
{
    uint8_t sector[NF_SECTOR];

    (void) state;
    mbr_make(sector);
    assert_int_equal(grow(sector, 1LL << 40), 2);
    assert_int_equal(count_of(sector, 1), UINT32_MAX);
}

static void
what_cannot_grow_is_left_as_it_was(void **state)
{
    /* clang-format off */
    static const struct {
        int at;
        uint8_t value;
        int64_t sectors;
    } cases[] = {
        { 510, 0, DISK_SECTORS },                           /* no MBR */
        { MBR_TABLE + MBR_ENTRY + ENTRY_TYPE, 0x0c, DISK_SECTORS },
        { 0, 0, 7000 },                                     /* disk too small */
        { 0, 0, 0 },
    };
    /* clang-format on */

    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t sector[NF_SECTOR];
        uint8_t before[NF_SECTOR];
        mbr_make(sector);
        sector[cases[i].at] = cases[i].value;
        memcpy(before, sector, sizeof before);
        assert_int_equal(grow(sector, cases[i].sectors), 0);
        assert_memory_equal(sector, before, sizeof before);
    }
}

static void
an_empty_table_cannot_grow(void **state)
{
    uint8_t sector[NF_SECTOR] = {[510] = 0x55, [511] = 0xaa};

    (void) state;
    assert_int_equal(grow(sector, DISK_SECTORS), 0);
}

static void
a_partition_is_named_as_the_kernel_names_it(void **state)
{
    char path[NF_DISK_PATH_SIZE];

    (void) state;
    nf_partition_path("/dev/vda", 2, path);
    assert_string_equal(path, "/dev/vda2");
    nf_partition_path("/dev/nvme0n1", 2, path);
    assert_string_equal(path, "/dev/nvme0n1p2");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_partition_reaches_to_the_end_of_the_disk),
        cmocka_unit_test(last_means_last_on_the_disk_not_in_the_table),
        cmocka_unit_test(
            a_disk_beyond_two_tebibytes_is_used_as_far_as_an_mbr_can),
        cmocka_unit_test(what_cannot_grow_is_left_as_it_was),
        cmocka_unit_test(an_empty_table_cannot_grow),
        cmocka_unit_test(a_partition_is_named_as_the_kernel_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
