/* Boot files: the catalogue, contents and sweeping. */
#include "world.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <time.h>

#include "model/file.h"
#include "store/content.h"
#include "store/files.h"
#include "store/key.h"
#include "store/profiles.h"
#include "store/sweep.h"
#include "store/tasks.h"

static char dir[128];

static int
make(void **state)
{
    world_make(state);
    snprintf(dir, sizeof(dir), "%s-files", world.s.dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    world_set("NF_FILES_DIR", dir);
    return 0;
}

static int
remove_one(const char *path, const struct stat *is, int flag, struct FTW *at)
{
    (void) is, (void) flag, (void) at;
    return remove(path);
}

static int
drop(void **state)
{
    assert_int_equal(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    return world_drop(state);
}

/* A content of these words; its hash. */
static const char *
content(const char *words)
{
    static struct nf_incoming in;
    static char sha256[NF_SHA256_TEXT];
    struct nf_fault fault = {0};

    assert_int_equal(nf_incoming_open(&in, dir, (struct nf_text){0}, 0, &fault),
                     NF_OK);
    assert_int_equal(
        nf_incoming_write(&in, (struct nf_bytes){words, strlen(words)}), NF_OK);
    assert_int_equal(nf_incoming_hash(&in, sha256), NF_OK);
    assert_int_equal(nf_incoming_keep(&in, sha256), NF_OK);
    nf_incoming_close(&in);
    return sha256;
}

static struct nf_file
file_of(const char *path, const char *words)
{
    struct nf_file file = {.size = strlen(words)};

    snprintf(file.path, sizeof(file.path), "%s", path);
    memcpy(file.sha256, content(words), sizeof(file.sha256));
    return file;
}

static nf_error_t
put(struct nf_file file, bool *is_new)
{
    return CHANGE(nf_change_file_put(&c, &file, is_new));
}

static bool
get(const char *path, struct nf_file *file)
{
    NF_READ(r, world.s.store);
    return nf_files_get(&r, nf_text(path), file);
}

static void
a_path_names_the_content_that_was_put_last(void **state)
{
    struct nf_file file;
    bool is_new = false;

    (void) state;
    assert_int_equal(put(file_of("debian/linux", "one"), &is_new), NF_OK);
    assert_true(is_new);
    assert_true(get("debian/linux", &file));
    assert_int_equal(file.created_at, NOW);
    uint64_t first = file.revision;
    world.now += 1000;
    assert_int_equal(put(file_of("debian/linux", "two"), &is_new), NF_OK);
    assert_false(is_new);
    assert_true(get("debian/linux", &file));
    assert_string_equal(file.sha256, content("two"));
    assert_int_equal(file.created_at, NOW);
    assert_int_equal(file.updated_at, NOW + 1000);
    assert_true(file.revision > first);
    assert_int_equal(world_events(NF_EVENT_FILE_PUT), 2);
}

static void
the_same_content_again_changes_nothing(void **state)
{
    bool is_new;

    (void) state;
    assert_int_equal(put(file_of("a", "one"), &is_new), NF_OK);
    struct dump before = dump_store(world.s.store);
    world.now += 1000;
    assert_int_equal(put(file_of("a", "one"), &is_new), NF_OK);
    struct dump after = dump_store(world.s.store);
    assert_true(dump_equal(before, after));
    free(before.data);
    free(after.data);
}

static void
what_has_no_content_is_refused(void **state)
{
    struct nf_file file = file_of("a", "one");
    bool is_new;

    (void) state;
    file.size++;
    assert_int_equal(put(file, &is_new), NF_CONFLICT);
    file.size--;
    memset(file.sha256, '0', 64);
    assert_int_equal(put(file, &is_new), NF_CONFLICT);
    assert_string_equal(world.fault.field, "sha256");
    assert_false(get("a", &file));
}

static void
deleting_leaves_the_content(void **state)
{
    struct nf_file file = file_of("a", "one");
    bool is_new;

    (void) state;
    assert_int_equal(CHANGE(nf_change_file_delete(&c, NF_TEXT("a"))),
                     NF_NOT_FOUND);
    assert_int_equal(put(file, &is_new), NF_OK);
    assert_int_equal(CHANGE(nf_change_file_delete(&c, NF_TEXT("a"))), NF_OK);
    assert_true(nf_content_is_there(dir, file.sha256, file.size));
    assert_false(get("a", &file));
    assert_int_equal(world_events(NF_EVENT_FILE_DELETED), 1);
}

static void
paths_are_listed_by_prefix(void **state)
{
    static const char *const paths[] = {"a", "a-b", "a/b", "a/c", "ab", "b"};
    static const char *const wanted[] = {"a/b", "a/c"};
    struct nf_file file;
    struct nf_text json, at = NF_TEXT("");
    char last[NF_FILE_PATH];
    bool is_new;
    size_t n = 0;

    (void) state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_int_equal(put(file_of(paths[i], "x"), &is_new), NF_OK);
    }
    NF_READ(r, world.s.store);
    while (nf_files_next(&r, NF_TEXT("a/"), at, &file, &json)) {
        assert_true(n < 2);
        assert_string_equal(file.path, wanted[n++]);
        assert_true(nf_text_starts(json, NF_TEXT("{\"path\":\"a/")));
        memcpy(last, file.path, sizeof(last));
        at = nf_text(last);
    }
    assert_int_equal(n, 2);
    assert_true(nf_files_next(&r, NF_TEXT("a"), NF_TEXT("0"), &file, &json));
    assert_string_equal(file.path, "a");
    assert_false(nf_files_next(&r, NF_TEXT("a"), NF_TEXT("b"), &file, &json));
    assert_true(nf_files_next(&r, NF_TEXT("a"), NF_TEXT("a"), &file, &json));
    assert_string_equal(file.path, "a-b");
}

static void
a_record_under_another_key_is_not_believed(void **state)
{
    struct nf_file file = file_of("a", "one");
    bool is_new;

    (void) state;
    assert_int_equal(put(file, &is_new), NF_OK);
    {
        struct nf_bytes value;
        NF_WRITE(w, world.s.store);
        assert_true(
            nf_read_get(&w.read, NF_FILES, (struct nf_bytes){"a", 1}, &value));
        char copy[2048];
        memcpy(copy, value.data, value.len);
        assert_true(nf_write_put(&w, NF_FILES, (struct nf_bytes){"b", 1},
                                 (struct nf_bytes){copy, value.len}));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    {
        NF_READ(r, world.s.store);
        assert_false(nf_files_get(&r, NF_TEXT("b"), &file));
        assert_int_equal(r.err, NF_CORRUPT);
    }
    NF_WRITE(w, world.s.store);
    assert_true(nf_write_delete(&w, NF_FILES, (struct nf_bytes){"b", 1}));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* --- uploads -----------------------------------------------------------------
 */

static void
an_upload_goes_on_where_it_stopped(void **state)
{
    static struct nf_incoming in, other;
    struct nf_fault fault = {0};
    struct nf_text id = NF_TEXT("job-1");
    char sha256[NF_SHA256_TEXT];
    uint64_t size;

    (void) state;
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_NOT_FOUND);
    assert_int_equal(nf_incoming_open(&in, dir, id, 9, &fault), NF_CONFLICT);
    assert_string_equal(fault.field, "offset");
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_NOT_FOUND);
    assert_int_equal(nf_incoming_open(&in, dir, id, 0, &fault), NF_OK);
    assert_int_equal(nf_incoming_write(&in, (struct nf_bytes){"hello ", 6}),
                     NF_OK);
    assert_int_equal(nf_incoming_open(&other, dir, id, 6, &fault), NF_CONFLICT);
    assert_string_equal(fault.field, "upload");
    nf_incoming_close(&in);
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_OK);
    assert_int_equal(size, 6);
    assert_int_equal(nf_incoming_open(&in, dir, id, 5, &fault), NF_CONFLICT);
    assert_string_equal(fault.field, "offset");
    assert_int_equal(nf_incoming_open(&in, dir, id, 6, &fault), NF_OK);
    assert_int_equal(nf_incoming_write(&in, (struct nf_bytes){"world", 5}),
                     NF_OK);
    assert_int_equal(nf_incoming_hash(&in, sha256), NF_OK);
    assert_string_equal(sha256, content("hello world"));
    assert_int_equal(in.head_len, 11);
    assert_int_equal(nf_incoming_keep(&in, sha256), NF_OK);
    nf_incoming_close(&in);
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_NOT_FOUND);
    assert_int_equal(nf_incoming_open(&in, dir, id, 0, &fault), NF_OK);
    nf_incoming_drop(&in);
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_NOT_FOUND);
}

static void
links_lead_nowhere(void **state)
{
    char path[256], to[256], sha256[NF_SHA256_TEXT], found[NF_SHA256_TEXT];
    uint64_t size;

    (void) state;
    memcpy(sha256, content("secret"), sizeof(sha256));
    snprintf(path, sizeof(path), "%s/by-hash/%.2s/%s", dir, sha256, sha256);
    snprintf(to, sizeof(to), "%s/elsewhere", dir);
    assert_int_equal(rename(path, to), 0);
    assert_int_equal(symlink(to, path), 0);
    assert_int_equal(nf_content_open(dir, sha256, &size), -1);
    assert_false(nf_content_hash(dir, sha256, found));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(to, path), 0);
    assert_true(nf_content_hash(dir, sha256, found));
    assert_string_equal(found, sha256);
    assert_int_equal(nf_content_open(dir, "../../etc/passwd", &size), -1);
}

/* --- sweeping ----------------------------------------------------------------
 */

/* Sweep as if `later` ms had passed since now; how many went. */
static uint64_t
sweep(nf_time_t later, bool is_dry)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    struct nf_sweep sweep = {.dir = dir,
                             .now = (nf_time_t) now.tv_sec * 1000 + later,
                             .keep = NF_SECONDS(60),
                             .is_dry = is_dry};
    assert_int_equal(nf_sweep_run(world.s.store, &sweep), NF_OK);
    return sweep.count;
}

static void
what_nothing_names_goes_after_a_while(void **state)
{
    struct nf_file named = file_of("a", "named"), lost = file_of("b", "lost");
    bool is_new;

    (void) state;
    assert_int_equal(put(named, &is_new), NF_OK);
    assert_int_equal(sweep(0, false), 0);
    assert_int_equal(sweep(NF_SECONDS(62), true), 1);
    assert_true(nf_content_is_there(dir, lost.sha256, lost.size));
    assert_int_equal(sweep(NF_SECONDS(62), false), 1);
    assert_false(nf_content_is_there(dir, lost.sha256, lost.size));
    assert_true(nf_content_is_there(dir, named.sha256, named.size));
    assert_int_equal(sweep(NF_SECONDS(62), false), 0);
}

static void
a_sweep_that_is_stopped_removes_nothing(void **state)
{
    struct nf_file lost = file_of("b", "lost");
    atomic_bool stop = true;
    struct nf_sweep sweep = {.dir = dir, .now = INT64_MAX / 2, .stop = &stop};

    (void) state;
    assert_int_equal(nf_sweep_run(world.s.store, &sweep), NF_BUSY);
    assert_int_equal(sweep.count, 0);
    assert_true(nf_content_is_there(dir, lost.sha256, lost.size));
    atomic_store(&stop, false);
    assert_int_equal(nf_sweep_run(world.s.store, &sweep), NF_OK);
    assert_int_equal(sweep.count, 1);
}

/* How many files lie in the trash. */
static unsigned
trash(void)
{
    char path[160];
    unsigned n = 0;

    snprintf(path, sizeof(path), "%s/.trash", dir);
    DIR *walk = opendir(path);
    assert_non_null(walk);
    for (struct dirent *e; (e = readdir(walk)) != NULL;) {
        n += e->d_name[0] != '.';
    }
    closedir(walk);
    return n;
}

/* Each time a new file of the same content: none is in another's way. */
static void
what_goes_lies_in_the_trash_until_that_is_emptied(void **state)
{
    (void) state;
    for (unsigned i = 0; i < 3; i++) {
        (void) file_of("b", "lost");
        assert_int_equal(sweep(NF_SECONDS(62 + i), true), 1);
        assert_int_equal(trash(), i);
        assert_int_equal(sweep(NF_SECONDS(62 + i), false), 1);
        assert_int_equal(trash(), i + 1);
    }
    nf_sweep_empty_trash(dir); /* as a start does after a kill */
    assert_int_equal(trash(), 0);
    nf_sweep_empty_trash("/tmp/nf-no-such-directory");
}

static void
what_a_running_task_installs_from_stays(void **state)
{
    struct nf_file file = file_of("a", "kernel");
    struct nf_node_edit edit = {.has = NF_HAS_MAC, .node.mac = mac_of(1)};
    char text[256];

    (void) state;
    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
    assert_int_equal(
        CHANGE(nf_change_node_action(&c, mac_of(1), "install", "")), NF_OK);
    uint64_t task = world_node(mac_of(1)).task;
    {
        NF_WRITE(w, world.s.store);
        snprintf(text, sizeof(text), "{\"kernel\":{\"sha256\":\"%s\"}}",
                 file.sha256);
        struct nf_profile profile = {.name = "test", .json = nf_text(text)};
        assert_true(nf_task_profiles_put(&w, task, &profile));
        assert_int_equal(nf_write_commit(&w), NF_OK);
    }
    assert_int_equal(sweep(NF_SECONDS(62), false), 0);
    assert_int_equal(CHANGE(nf_change_node_action(&c, mac_of(1), "cancel", "")),
                     NF_OK);
    assert_int_equal(sweep(NF_SECONDS(62), false), 1);
}

static void
an_upload_that_nobody_goes_on_with_goes(void **state)
{
    static struct nf_incoming in;
    struct nf_fault fault = {0};
    struct nf_text id = NF_TEXT("x");
    uint64_t size;

    (void) state;
    assert_int_equal(nf_incoming_open(&in, dir, id, 0, &fault), NF_OK);
    assert_int_equal(sweep(NF_SECONDS(62), false), 0); /* being written */
    nf_incoming_close(&in);
    assert_int_equal(sweep(0, false), 0);
    assert_int_equal(sweep(NF_SECONDS(62), false), 1);
    assert_int_equal(nf_incoming_size(dir, id, &size), NF_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_path_names_the_content_that_was_put_last),
        TEST(the_same_content_again_changes_nothing),
        TEST(what_has_no_content_is_refused),
        TEST(deleting_leaves_the_content),
        TEST(paths_are_listed_by_prefix),
        TEST(a_record_under_another_key_is_not_believed),
        TEST(an_upload_goes_on_where_it_stopped),
        TEST(links_lead_nowhere),
        TEST(what_nothing_names_goes_after_a_while),
        TEST(a_sweep_that_is_stopped_removes_nothing),
        TEST(what_goes_lies_in_the_trash_until_that_is_emptied),
        TEST(what_a_running_task_installs_from_stays),
        TEST(an_upload_that_nobody_goes_on_with_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
