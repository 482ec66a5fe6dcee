/* A store that lacks a table of its schema, or pages that nobody needs, and the
 * log's generation. */
#include "room.h"

#include <lmdb.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/generation.h"

static const struct nf_bytes key = {"k", 1}, value = {"v", 1};

/* As a version wrote it that did not know the table. */
static void
lose_table(const char *name)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;

    nf_store_close(s.store);
    s.store = NULL;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, s.path, MDB_NOSUBDIR, 0660), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, name, 0, &dbi), 0);
    assert_int_equal(mdb_drop(txn, dbi, 1), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static nf_error_t
put(nf_table_t table)
{
    NF_WRITE(w, s.store);

    (void) nf_write_put(&w, table, key, value);
    return nf_write_commit(&w);
}

static void
a_missing_table_reads_as_empty(void **state)
{
    struct nf_bytes found;

    (void) state;
    lose_table("secrets");
    assert_int_equal(nf_store_open_as_is(&s.store, s.path), NF_OK);
    {
        NF_WRITE(w, s.store);
        NF_SCAN(scan, &w.read, NF_SECRETS);
        assert_false(nf_read_get(&w.read, NF_SECRETS, key, &found));
        assert_false(nf_scan_seek(&scan, key) || nf_scan_last(&scan)
                     || nf_scan_next(&scan) || nf_scan_previous(&scan));
        assert_int_equal(nf_read_count(&w.read, NF_SECRETS), 0);
        assert_true(nf_write_delete(&w, NF_SECRETS, key));
        assert_int_equal(w.read.err, NF_OK);
    }
    assert_int_equal(put(NF_SECRETS), NF_SCHEMA);
    assert_int_equal(put(NF_CURSORS), NF_OK);
}

static void
an_opener_makes_what_is_missing(void **state)
{
    (void) state;
    assert_int_equal(put(NF_CURSORS), NF_OK);
    lose_table("secrets");
    assert_int_equal(nf_store_open(&s.store, s.path), NF_OK);
    assert_int_equal(put(NF_SECRETS), NF_OK);
    nf_store_close(s.store);
    assert_int_equal(nf_store_open_as_is(&s.store, s.path), NF_OK);
    NF_READ(r, s.store);
    assert_int_equal(nf_read_count(&r, NF_SECRETS), 1);
    assert_int_equal(nf_read_count(&r, NF_CURSORS), 1);
}

/* In another process, who opens waits for this writer, or he does not. */
static int
opens_within_a_second(void)
{
    pid_t child = fork();

    if (child == 0) {
        nf_store_t *store;
        alarm(1);
        _exit(nf_store_open(&store, s.path) == NF_OK ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void
an_opener_takes_no_lock_where_nothing_is_missing(void **state)
{
    (void) state;
    NF_WRITE(w, s.store);
    assert_int_equal(opens_within_a_second(), 0);
}

static uint64_t
generation(void)
{
    NF_READ(r, s.store);
    return nf_generation(&r);
}

static void
a_generation_is_a_store_s_own_until_another_begins(void **state)
{
    uint64_t first = generation();

    (void) state;
    assert_int_not_equal(first, 0);
    assert_int_equal(generation(), first);
    {
        NF_WRITE(w, s.store);
        assert_true(nf_generation_begin(&w));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_not_equal(generation(), first);
}

static off_t
size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* Its pages are at the end of the file, and free some commits later. */
static void
write_and_forget_a_long_record(void)
{
    static char filler[100000];
    struct nf_bytes v = {filler, sizeof(filler)};

    for (int i = 0; i < 8; i++) {
        NF_WRITE(w, s.store);
        assert_true(i == 0 ? nf_write_put(&w, NF_SECRETS, key, v)
                           : nf_write_put(&w, NF_SECRETS, key, value));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
}

/* LMDB leaves such an end unwritten where one commit took and freed it. */
static void
an_end_that_is_free_may_be_missing(void **state)
{
    struct nf_bytes found;

    (void) state;
    write_and_forget_a_long_record();
    nf_store_close(s.store);
    s.store = NULL;
    assert_int_equal(truncate(s.path, size_of(s.path) - 8192), 0);
    assert_int_equal(nf_store_open(&s.store, s.path), NF_OK);
    NF_READ(r, s.store);
    assert_true(nf_read_get(&r, NF_SECRETS, key, &found));
    assert_int_equal(found.len, value.len);
}

static void
a_file_that_was_cut_short_is_not_opened(void **state)
{
    (void) state;
    nf_store_close(s.store);
    s.store = NULL;
    off_t size = size_of(s.path);
    assert_int_equal(truncate(s.path, size - 1), 0);
    assert_int_equal(nf_store_open(&s.store, s.path), NF_CUT);
    assert_int_equal(truncate(s.path, 0), 0);
    assert_int_equal(nf_store_open(&s.store, s.path), NF_CUT);
    assert_int_equal(size_of(s.path), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_table_reads_as_empty),
        TEST(an_opener_makes_what_is_missing),
        TEST(an_opener_takes_no_lock_where_nothing_is_missing),
        TEST(a_generation_is_a_store_s_own_until_another_begins),
        TEST(an_end_that_is_free_may_be_missing),
        TEST(a_file_that_was_cut_short_is_not_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
