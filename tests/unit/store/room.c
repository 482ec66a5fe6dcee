/* What is left of a map and a disk, and who may have it. */
#include "store/room.h"

#include "scratch.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>

enum {
    MAP = 8 << 20,
    DISK = 24 << 20,
};

static const char big[3000];

static nf_error_t
put(nf_store_t *store, unsigned n)
{
    NF_WRITE(w, store);

    (void) nf_write_put(&w, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)},
                        (struct nf_bytes){big, sizeof(big)});
    return nf_write_commit(&w);
}

static nf_error_t
drop(nf_store_t *store, unsigned n)
{
    NF_CLEAN(w, store);

    (void) nf_write_delete(&w, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)});
    return nf_write_commit(&w);
}

static unsigned
fill(nf_store_t *store, unsigned from)
{
    nf_error_t err = NF_OK;
    unsigned n = from;

    while (err == NF_OK) {
        err = put(store, n++);
    }
    assert_int_equal(err, NF_FULL);
    return n - 1;
}

static bool
is_there(nf_store_t *store, unsigned n)
{
    struct nf_bytes found;
    NF_READ(r, store);

    return nf_read_get(&r, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)},
                       &found);
}

static struct nf_room
room_of(nf_store_t *store)
{
    struct nf_room room;
    NF_READ(r, store);

    assert_int_equal(nf_room_measure(&r, &room), NF_OK);
    return room;
}

/* Fill, delete half, write as much again: the store stays open. */
static void
fills_again(nf_store_t *store)
{
    unsigned n = fill(store, 0);

    assert_true(n > 100);
    assert_int_equal(put(store, n), NF_FULL);
    assert_true(is_there(store, 0) && is_there(store, n - 1));
    for (unsigned i = 0; i < n / 2; i++) {
        assert_int_equal(drop(store, i), NF_OK);
    }
    unsigned again = fill(store, n) - n;
    assert_true(again >= n / 2 - n / 8);
    assert_true(is_there(store, n + again - 1));
    assert_false(is_there(store, 0));
}

static void
a_full_map_takes_again_what_was_deleted(void **state)
{
    struct scratch s;

    (void) state;
    scratch_make(&s, MAP);
    fills_again(s.store);
    struct nf_room room = room_of(s.store);
    assert_int_equal(room.reserve, MAP / 4);
    assert_true(nf_room_left(&room) < room.reserve + 2 * sizeof(big) + 4096);
    scratch_drop(&s);
}

static void
the_last_part_is_for_cleaning(void **state)
{
    struct scratch s;

    (void) state;
    scratch_make(&s, MAP);
    unsigned n = fill(s.store, 0);
    struct nf_room room = room_of(s.store);
    assert_true(nf_room_left(&room) > room.reserve / 2);
    for (unsigned i = 0; i < n; i++) { /* one by one, to the very last */
        assert_int_equal(drop(s.store, i), NF_OK);
    }
    room = room_of(s.store);
    assert_true(room.free > MAP / 2);
    scratch_drop(&s);
}

/* One scope cannot take what is kept for cleaning, however much it puts. */
static void
one_write_may_not_take_the_reserve(void **state)
{
    struct scratch s;

    (void) state;
    scratch_make(&s, MAP);
    for (unsigned is_clean = 0; is_clean < 2; is_clean++) {
        struct nf_write w =
            is_clean ? nf_clean_begin(s.store) : nf_write_begin(s.store);
        for (unsigned n = 0; n < MAP * 3 / 4 / 4096; n++) {
            (void) nf_write_put(&w, NF_CURSORS,
                                (struct nf_bytes){&n, sizeof(n)},
                                (struct nf_bytes){big, sizeof(big)});
        }
        assert_int_equal(w.read.err, is_clean ? NF_OK : NF_FULL);
        assert_int_equal(nf_write_commit(&w), is_clean ? NF_OK : NF_FULL);
        struct nf_room room = room_of(s.store);
        assert_int_equal(nf_room_left(&room) < room.reserve, is_clean);
    }
    scratch_drop(&s);
}

/* What is remembered of the disk is no more than what grows by our own. */
static void
a_large_map_is_filled_to_the_reserve_and_no_further(void **state)
{
    enum {
        LARGE = 384 << 20,
        VALUE = 1 << 20,
    };
    static const char value[VALUE];
    struct statvfs fs;
    struct scratch s;

    (void) state;
    scratch_make(&s, LARGE);
    if (statvfs(s.dir, &fs) != 0
        || (uint64_t) fs.f_bavail * fs.f_frsize < (uint64_t) 2 * LARGE)
    {
        scratch_drop(&s);
        skip(); /* no room for it */
    }
    nf_error_t err = NF_OK;
    unsigned n = 0;
    for (; err == NF_OK; n++) {
        NF_WRITE(w, s.store);
        (void) nf_write_put(&w, NF_CURSORS, (struct nf_bytes){&n, sizeof(n)},
                            (struct nf_bytes){value, VALUE});
        err = nf_write_commit(&w);
    }
    assert_int_equal(err, NF_FULL);
    struct nf_room room = room_of(s.store);
    assert_int_equal(room.reserve, 64 << 20);
    assert_true(nf_room_left(&room) >= room.reserve);
    assert_true(nf_room_left(&room) < room.reserve + 3 * VALUE);
    scratch_drop(&s);
}

/* --- a small disk -----------------------------------------------------------
 */

static off_t
ballast_of(const char *path)
{
    char name[128];
    struct stat st;

    snprintf(name, sizeof(name), "%s-ballast", path);
    return stat(name, &st) == 0 ? st.st_blocks * 512 : -1;
}

static void
stuff(const char *path)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    setvbuf(f, NULL, _IONBF, 0);
    while (fwrite(big, sizeof(big), 1, f) == 1) {
    }
    fclose(f);
}

/* In a process of its own, which alone sees the disk. */
static void
on_a_small_disk(void (*run)(nf_store_t *store))
{
    struct nf_store_init init = {.map_size = 256 << 20};
    nf_store_t *store;
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        if (unshare(CLONE_NEWNS) != 0
            || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
            || mount("tmpfs", "/mnt", "tmpfs", 0, "size=24m") != 0)
        {
            _exit(77);
        }
        assert_int_equal(nf_store_init("/mnt/db", &init), NF_OK);
        assert_int_equal(nf_store_open(&store, "/mnt/db"), NF_OK);
        run(store);
        nf_store_close(store);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        skip(); /* no right to mount */
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
fill_disk(nf_store_t *store)
{
    off_t size = ballast_of("/mnt/db");
    assert_int_equal(size, DISK / 8);
    fills_again(store); /* by itself */
    assert_int_equal(ballast_of("/mnt/db"), size);
}

static void
a_full_disk_takes_again_what_was_deleted(void **state)
{
    (void) state;
    on_a_small_disk(fill_disk);
}

/* Pages of the store are no help here: it has none yet. */
static void
give_up_ballast(nf_store_t *store)
{
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(put(store, i), NF_OK);
    }
    off_t size = ballast_of("/mnt/db");
    stuff("/mnt/other");
    assert_int_equal(put(store, 100), NF_FULL);
    assert_int_equal(ballast_of("/mnt/db"), size);
    assert_int_equal(drop(store, 0), NF_OK);
    assert_int_equal(ballast_of("/mnt/db"), 0);
    assert_int_equal(put(store, 100), NF_FULL); /* it is not for this */
    assert_true(is_there(store, 1));
    unlink("/mnt/other");
    assert_int_equal(put(store, 100), NF_OK);
    assert_int_equal(ballast_of("/mnt/db"), size);
}

static void
a_ballast_that_is_gone_is_made_again(void **state)
{
    char name[128];
    struct stat st;
    struct scratch s;
    mode_t before = umask(0077);

    (void) state;
    scratch_make(&s, MAP);
    snprintf(name, sizeof(name), "%s-ballast", s.path);
    assert_int_equal(ballast_of(s.path), MAP / 4);
    assert_int_equal(unlink(name), 0);
    for (unsigned n = 0; n < 100; n++) {
        assert_int_equal(put(s.store, n), NF_OK);
    }
    assert_int_equal(ballast_of(s.path), -1); /* nobody has said that */
    nf_store_keep_ballast(s.store);
    assert_int_equal(ballast_of(s.path), MAP / 4);
    assert_int_equal(unlink(name), 0);
    for (unsigned n = 0; n < 100; n++) {
        assert_int_equal(put(s.store, n), NF_OK);
    }
    assert_int_equal(ballast_of(s.path), MAP / 4);
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    umask(before);
    scratch_drop(&s);
}

static void
the_ballast_is_given_up_and_made_again(void **state)
{
    (void) state;
    on_a_small_disk(give_up_ballast);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_map_takes_again_what_was_deleted),
        cmocka_unit_test(the_last_part_is_for_cleaning),
        cmocka_unit_test(one_write_may_not_take_the_reserve),
        cmocka_unit_test(a_large_map_is_filled_to_the_reserve_and_no_further),
        cmocka_unit_test(a_ballast_that_is_gone_is_made_again),
        cmocka_unit_test(a_full_disk_takes_again_what_was_deleted),
        cmocka_unit_test(the_ballast_is_given_up_and_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
