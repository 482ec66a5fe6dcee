/*
 * The rows of resources: none is missing, and each walks its table.
 */
#include "store/resource.h"
#include "room.h"

static void
every_table_has_a_row(void **state)
{
    int found[NF_TABLE_COUNT] = {0};

    (void) state;
    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        assert_int_equal(found[each->table], 0);
        found[each->table]++;
        for (size_t i = 0; i < 4 && each->indexes[i] != NF_META; i++) {
            found[each->indexes[i]]++;
        }
    }
    for (int i = 0; i < NF_TABLE_COUNT; i++) {
        if (found[i] == 0) {
            fail_msg("table %d is in no row of store/resources.c", i);
        }
    }
}

static void
a_row_says_how_its_state_comes_back(void **state)
{
    (void) state;
    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        bool is_local = each->rebuild == NF_REBUILD_LOCAL;
        bool is_part = each->rebuild == NF_REBUILD_PART;
        assert_int_equal(is_local || is_part, each->why != NULL);
        assert_int_equal(is_local || is_part, each->member == NULL);
        assert_true(each->member == NULL || each->id != NULL);
        assert_true(each->member == NULL || each->put != NULL);
        assert_true(each->path == NULL || each->id != NULL);
    }
}

static nf_error_t
put(nf_table_t table, const void *key, size_t len)
{
    NF_WRITE(w, s.store);

    (void) nf_write_put(&w, table, (struct nf_bytes){key, len},
                        (struct nf_bytes){"v", 1});
    return nf_write_commit(&w);
}

/* The keys of a table as they are printed, with a comma behind each. */
static nf_error_t
walk(nf_table_t table, char text[static 600])
{
    const struct nf_resource *row = nf_resource_of(table);
    struct nf_out out = nf_out(text, 600);
    struct nf_resource_at at = {0};
    char name[NF_RESOURCE_NAME];
    NF_READ(r, s.store);

    while (nf_resource_next(&r, row, &at)) {
        struct nf_key key;
        nf_resource_name(row, &at, name);
        nf_out_printf(&out, "%s,", name);
        struct nf_bytes stored = nf_resource_key(row, &at, &key), value;
        assert_true(nf_read_get(&r, table, stored, &value));
    }
    nf_out_putc(&out, '\0');
    return r.err;
}

static void
keys_are_walked_in_order_and_printed(void **state)
{
    static const struct {
        nf_table_t table;
        struct nf_text one, other;
        const char *printed;
    } rows[] = {
        {NF_NODES, NF_TEXT("RT\0\0\0\1"), NF_TEXT("RT\0\0\0\2"),
         "525400000001,525400000002,"},
        {NF_LEASES, NF_TEXT("\12\102\0\1"), NF_TEXT("\12\102\0\2"),
         "10.66.0.1,10.66.0.2,"},
        {NF_TASKS, NF_TEXT("\0\0\0\0\0\0\0\1"), NF_TEXT("\0\0\0\0\0\0\1\0"),
         "task-00000001,task-00000100,"},
        {NF_PROGRESS, NF_TEXT("RT\0\0\0\1\0\0\0\0\0\0\0\5"),
         NF_TEXT("RT\0\0\0\1\0\0\0\0\0\0\0\6"),
         "525400000001/5,525400000001/6,"},
        {NF_FILES, NF_TEXT("a"), NF_TEXT("a/b"), "a,a/b,"},
    };
    char text[600];

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        nf_table_t table = rows[i].table;
        assert_int_equal(put(table, rows[i].other.data, rows[i].other.len),
                         NF_OK);
        assert_int_equal(put(table, rows[i].one.data, rows[i].one.len), NF_OK);
        assert_int_equal(walk(table, text), NF_OK);
        assert_string_equal(text, rows[i].printed);
    }
}

static void
a_printed_key_is_read_again(void **state)
{
    static const struct {
        nf_table_t table;
        const char *printed, *name; /* NULL: no key */
    } rows[] = {
        {NF_NODES, "525400000001", "525400000001"},
        {NF_NODES, "52:54:00:00:00:01", "525400000001"},
        {NF_NODES, "52540000000", NULL},
        {NF_LEASES, "10.66.0.1", "10.66.0.1"},
        {NF_LEASES, "10.66.0", NULL},
        {NF_LEASES, "", NULL},
        {NF_FILES, "a/b", "a/b"},
        {NF_FILES, "", NULL},
        {NF_PROGRESS, "525400000001/5", NULL}, /* no list has them */
    };
    char name[NF_RESOURCE_NAME];
    struct nf_resource_at at;

    (void) state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct nf_resource *row = nf_resource_of(rows[i].table);
        bool is_key = nf_resource_parse(row, nf_text(rows[i].printed), &at);
        assert_int_equal(is_key, rows[i].name != NULL);
        if (is_key) {
            nf_resource_name(row, &at, name);
            assert_string_equal(name, rows[i].name);
        }
    }
}

static void
a_key_that_is_none_ends_the_walk(void **state)
{
    char name[NF_FILE_PATH + 8], text[600];

    (void) state;
    assert_int_equal(put(NF_NODES, "RT\0\0\0\1", 6), NF_OK);
    assert_int_equal(put(NF_NODES, "RT\0\0\0\1\0", 7), NF_OK);
    assert_int_equal(walk(NF_NODES, text), NF_CORRUPT);
    assert_string_equal(text, "525400000001,");
    memset(name, 'a', sizeof(name));
    assert_int_equal(put(NF_FILES, name, NF_FILE_PATH - 1), NF_OK);
    assert_int_equal(walk(NF_FILES, text), NF_OK);
    assert_int_equal(put(NF_FILES, name, NF_FILE_PATH), NF_OK);
    assert_int_equal(walk(NF_FILES, text), NF_CORRUPT);
    assert_int_equal(put(NF_SECRETS, "a\0b", 3), NF_OK);
    assert_int_equal(walk(NF_SECRETS, text), NF_CORRUPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_has_a_row),
        cmocka_unit_test(a_row_says_how_its_state_comes_back),
        cmocka_unit_test_setup_teardown(keys_are_walked_in_order_and_printed,
                                        make, drop),
        cmocka_unit_test(a_printed_key_is_read_again),
        cmocka_unit_test_setup_teardown(a_key_that_is_none_ends_the_walk, make,
                                        drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
