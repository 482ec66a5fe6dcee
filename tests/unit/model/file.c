/* Boot files: which paths there can be, and what a content is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/file.h"

static void
paths(void **state)
{
    static const char *const good[] = {
        "a",           "debian/12/linux", "a-b_c+d@e~f.g",
        "by-hashes/x", "x/by-hash/y",     "A/Z/0/9",
        "a..b",        "pool/g++_12.deb", "-rf",
    };
    static const char *const bad[] = {
        "",          "/etc/passwd", "..",       "../x",  "a/../b", "a/..",
        "a//b",      "a/",          "/",        ".",     "a/./b",  ".x",
        "a/.x",      "a b",         "a\\b",     "a%2fb", "a:b",    "by-hash",
        "by-hash/x", "a\nb",        "\xc3\xa4", "a?b",   "a#b",
    };
    struct nf_fault fault;
    char longest[NF_FILE_PATH + 1];

    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(nf_file_path_check(nf_text(good[i]), &fault), NF_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(nf_file_path_check(nf_text(bad[i]), &fault),
                         NF_INVALID);
        assert_string_equal(fault.field, "path");
    }
    assert_int_equal(nf_file_path_check((struct nf_text){"a\0b", 3}, &fault),
                     NF_INVALID);
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(nf_file_path_check((struct nf_text){longest, 255}, &fault),
                     NF_OK);
    assert_int_equal(nf_file_path_check((struct nf_text){longest, 256}, &fault),
                     NF_INVALID);
}

static void
paths_as_they_are_sent(void **state)
{
    static const char *const good[] = {"a/b", "a%2bb", "a%40b", "a%7eb"};
    static const char *const bad[] = {
        "a%2eb", "a%2Eb", "%2e%2e/x", "a%2Fb", "a%5cb", "a%00", "a/../b",
        "./a",   "a//b",  "a\\b",     "/a",    "a/",    "",
    };
    struct nf_fault fault;

    (void) state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(nf_file_raw_path_check(nf_text(good[i]), &fault),
                         NF_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(nf_file_raw_path_check(nf_text(bad[i]), &fault),
                         NF_INVALID);
        assert_string_equal(fault.field, "path");
    }
}

static enum nf_file_type
type_of(const char *path, const char *head, size_t len)
{
    return nf_file_type_of(nf_text(path), (struct nf_bytes){head, len});
}

static void
types(void **state)
{
    static char head[NF_FILE_HEAD];

    (void) state;
    assert_int_equal(type_of("debian/linux", "", 0), NF_FILE_KERNEL);
    assert_int_equal(type_of("debian/vmlinuz-6.1", "MZ", 2), NF_FILE_KERNEL);
    assert_int_equal(type_of("x/initrd.gz", "\x1f\x8b", 2), NF_FILE_INITRD);
    assert_int_equal(type_of("linux/readme", "hello", 5), NF_FILE_OTHER);
    assert_int_equal(type_of("disk.img.zst", "", 0), NF_FILE_IMAGE);
    assert_int_equal(type_of("netboot.tar.gz", "", 0), NF_FILE_ARCHIVE);
    assert_int_equal(type_of("x", "070701", 6), NF_FILE_INITRD);
    assert_int_equal(type_of("x", "QFI\xfb", 4), NF_FILE_IMAGE);
    memcpy(head + 32769, "CD001", 5);
    assert_int_equal(type_of("disk.img", head, sizeof(head)), NF_FILE_ISO);
    assert_int_equal(type_of("disk.img", head, sizeof(head) - 1),
                     NF_FILE_IMAGE);
    memcpy(head + 514, "HdrS", 4);
    assert_int_equal(type_of("x", head, 1024), NF_FILE_KERNEL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(paths_as_they_are_sent),
        cmocka_unit_test(types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
