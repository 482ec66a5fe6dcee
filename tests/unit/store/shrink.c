/* Large files go a few MiB at a time, and not from under those who read. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/shrink.h"

enum {
    MIB = 1 << 20,
    LARGE = 40 * MIB,
    MOST_AT_ONCE = 9 * MIB,
};

static char folder[] = "/tmp/nf-shrink-XXXXXX";
static int dir = -1;
static off_t cuts[64]; /* the sizes that a file was cut to */
static size_t cuts_n;

/* Stands for libc's in this program. */
int
ftruncate(int fd, off_t size)
{
    if (cuts_n < sizeof(cuts) / sizeof(cuts[0])) {
        cuts[cuts_n++] = size;
    }
    return (int) syscall(SYS_ftruncate, fd, size);
}

static int
make(void **state)
{
    (void) state;
    cuts_n = 0;
    memcpy(folder, "/tmp/nf-shrink-XXXXXX", sizeof(folder));
    assert_non_null(mkdtemp(folder));
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    return dir < 0;
}

static int
drop(void **state)
{
    char command[64];

    (void) state;
    close(dir);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

/* A file of that size with so many bytes at its start, and zeros. */
static int
file(const char *name, off_t size, off_t held)
{
    int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL, 0600);

    assert_true(fd >= 0);
    assert_int_equal(syscall(SYS_ftruncate, fd, size), 0);
    assert_int_equal(held > 0 ? posix_fallocate(fd, 0, held) : 0, 0);
    assert_int_equal(pwrite(fd, "first", 5, 0), 5);
    return fd;
}

static bool
is_there(const char *name)
{
    return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static off_t
size_of(int fd)
{
    struct stat is;

    assert_int_equal(fstat(fd, &is), 0);
    return is.st_size;
}

static void
a_large_file_goes_in_steps(void **state)
{
    int fd = file("large", LARGE, LARGE);
    off_t before = LARGE;

    (void) state;
    assert_true(nf_shrink(fd));
    assert_true(cuts_n >= 5 && cuts_n < 12);
    for (size_t i = 0; i < cuts_n; i++) {
        assert_true(cuts[i] < before && before - cuts[i] <= MOST_AT_ONCE);
        before = cuts[i];
    }
    assert_int_equal(before, 0);
    close(fd);
}

static void
holes_cost_no_time(void **state)
{
    int fd = file("sparse", (off_t) 1 << 40, MIB);

    (void) state;
    assert_true(nf_shrink(fd));
    assert_true(cuts_n <= 2);
    assert_int_equal(size_of(fd), 0);
    close(fd);
}

static void
what_cannot_be_cut_says_so(void **state)
{
    (void) state;
    close(file("locked", LARGE, LARGE));
    int fd = openat(dir, "locked", O_RDONLY);
    assert_false(nf_shrink(fd));
    assert_int_equal(size_of(fd), LARGE);
    close(fd);
}

static void
what_is_read_stays_until_it_is_not(void **state)
{
    char words[5];

    (void) state;
    close(file("read", LARGE, LARGE));
    int reader = openat(dir, "read", O_RDONLY);
    assert_false(nf_shrink_away(dir, "read"));
    assert_true(is_there("read"));
    assert_int_equal(size_of(reader), LARGE);
    assert_int_equal(pread(reader, words, 5, 0), 5);
    assert_memory_equal(words, "first", 5);
    close(reader);
    assert_int_equal(cuts_n, 0);
    assert_true(nf_shrink_away(dir, "read"));
    assert_false(is_there("read"));
    assert_true(cuts_n >= 5);
}

static void
what_has_another_name_keeps_its_bytes(void **state)
{
    (void) state;
    int fd = file("one", LARGE, LARGE);
    assert_int_equal(linkat(dir, "one", dir, "other", 0), 0);
    close(fd);
    assert_true(nf_shrink_away(dir, "one"));
    assert_false(is_there("one"));
    fd = openat(dir, "other", O_RDONLY);
    assert_int_equal(size_of(fd), LARGE);
    close(fd);
}

static void
what_a_link_leads_to_stays(void **state)
{
    (void) state;
    int fd = file("target", MIB, MIB);
    assert_int_equal(symlinkat("target", dir, "link"), 0);
    assert_true(nf_shrink_away(dir, "link"));
    assert_false(is_there("link"));
    assert_int_equal(size_of(fd), MIB);
    close(fd);
    assert_false(nf_shrink_away(dir, "nobody"));
    assert_int_equal(mkdirat(dir, "folder", 0700), 0);
    assert_false(nf_shrink_away(dir, "folder"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(a_large_file_goes_in_steps),
        TEST(holes_cost_no_time),
        TEST(what_cannot_be_cut_says_so),
        TEST(what_is_read_stays_until_it_is_not),
        TEST(what_has_another_name_keeps_its_bytes),
        TEST(what_a_link_leads_to_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
