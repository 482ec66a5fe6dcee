/* What is left of a map and a disk, and who may have it. */
#include "store/room.h"

#include "scratch.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
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
    assert_int_equal(room.reserve, MAP / 16);
    assert_true(nf_room_left(&room) < room.reserve);
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
    assert_int_equal(size, DISK / 16);
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
        cmocka_unit_test(a_full_disk_takes_again_what_was_deleted),
        cmocka_unit_test(the_ballast_is_given_up_and_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
