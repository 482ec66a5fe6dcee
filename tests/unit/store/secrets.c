/* Passwords that only who has the site's key can read. */
#include "room.h"

#include "store/secrets.h"

static const uint8_t key[32] = "a key of thirty-two bytes, no m";
static const uint8_t other_key[32] = "another key of thirty-two bytes";
static const char password[] = "correct horse battery staple";

static nf_error_t
put(const char *name, struct nf_text secret)
{
    NF_WRITE(w, s.store);

    (void) nf_secrets_put(&w, key, name, secret);
    return nf_write_commit(&w);
}

/* NF_NOT_FOUND: there is none. */
static nf_error_t
get(const uint8_t with[static 32], const char *name, const char *wanted)
{
    char secret[NF_SECRET_MAX + 1];
    NF_READ(r, s.store);

    if (!nf_secrets_get(&r, with, name, secret)) {
        return r.err != NF_OK ? r.err : NF_NOT_FOUND;
    }
    assert_string_equal(secret, wanted);
    return NF_OK;
}

static void
a_secret_comes_back_to_who_has_the_key(void **state)
{
    (void) state;
    assert_int_equal(put("task-00000001/bmc", nf_text(password)), NF_OK);
    assert_int_equal(put("empty", NF_TEXT("")), NF_OK);
    assert_int_equal(get(key, "task-00000001/bmc", password), NF_OK);
    assert_int_equal(get(key, "empty", ""), NF_OK);
    assert_int_equal(get(key, "task-00000002/bmc", ""), NF_NOT_FOUND);
    assert_int_equal(get(other_key, "task-00000001/bmc", ""), NF_CORRUPT);
    assert_int_equal(put("task-00000001/bmc", NF_TEXT("new")), NF_OK);
    assert_int_equal(get(key, "task-00000001/bmc", "new"), NF_OK);
    NF_WRITE(w, s.store);
    assert_true(nf_secrets_delete(&w, "task-00000001/bmc"));
    assert_true(nf_secrets_delete(&w, "task-00000001/bmc"));
    assert_int_equal(nf_write_commit(&w), NF_OK);
    assert_int_equal(get(key, "task-00000001/bmc", ""), NF_NOT_FOUND);
}

static void
the_store_holds_no_word_of_it(void **state)
{
    (void) state;
    assert_int_equal(put("one", nf_text(password)), NF_OK);
    struct dump first = dump_store(s.store);
    assert_null(memmem(first.data, first.len, "correct", 7));
    assert_null(memmem(first.data, first.len, "staple", 6));
    assert_int_equal(put("one", nf_text(password)), NF_OK);
    struct dump second = dump_store(s.store);
    assert_false(dump_equal(first, second)); /* another nonce */
    free(first.data);
    free(second.data);
}

/* Move or change what is stored, as someone who writes to the file can. */
static nf_error_t
get_changed(const char *from, const char *to, size_t at, uint8_t bits,
            size_t cut)
{
    uint8_t copy[NF_SECRET_MAX * 2];
    struct nf_bytes value;
    NF_WRITE(w, s.store);

    assert_true(nf_read_get(&w.read, NF_SECRETS,
                            (struct nf_bytes){from, strlen(from)}, &value));
    memcpy(copy, value.data, value.len);
    copy[at < value.len ? at : value.len - 1] ^= bits;
    assert_true(nf_write_put(&w, NF_SECRETS, (struct nf_bytes){to, strlen(to)},
                             (struct nf_bytes){copy, value.len - cut}));
    char secret[NF_SECRET_MAX + 1];
    bool is_there = nf_secrets_get(&w.read, key, to, secret);
    assert_true(is_there || secret[0] == '\0' || cut > 0);
    return is_there ? NF_OK : w.read.err;
}

static void
a_secret_in_anothers_place_or_changed_is_corrupt(void **state)
{
    (void) state;
    assert_int_equal(put("one", nf_text(password)), NF_OK);
    assert_int_equal(get_changed("one", "one", 0, 0, 0), NF_OK);
    assert_int_equal(get_changed("one", "two", 0, 0, 0), NF_CORRUPT);
    for (size_t at = 0; at < 24 + sizeof(password) - 1 + 16; at++) {
        assert_int_equal(get_changed("one", "one", at, 1, 0), NF_CORRUPT);
    }
    for (size_t cut = 1; cut < 24 + sizeof(password) - 1 + 16; cut++) {
        assert_int_equal(get_changed("one", "one", 0, 0, cut), NF_CORRUPT);
    }
}

static void
bounds_are_kept(void **state)
{
    static char big[NF_SECRET_MAX + 2], name[66];

    (void) state;
    memset(big, 'x', NF_SECRET_MAX + 1);
    memset(name, 'n', 65);
    assert_int_equal(put("one", nf_text(big)), NF_BUG);
    big[NF_SECRET_MAX] = '\0';
    assert_int_equal(put("one", nf_text(big)), NF_OK);
    assert_int_equal(get(key, "one", big), NF_OK);
    assert_int_equal(put("one", (struct nf_text){"a\0b", 3}), NF_BUG);
    assert_int_equal(put("", NF_TEXT("a")), NF_BUG);
    assert_int_equal(put(name, NF_TEXT("a")), NF_BUG);
    assert_int_equal(get(key, name, ""), NF_NOT_FOUND);
    name[64] = '\0';
    assert_int_equal(put(name, NF_TEXT("a")), NF_OK);
    assert_int_equal(get(key, name, "a"), NF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_secret_comes_back_to_who_has_the_key),
        TEST(the_store_holds_no_word_of_it),
        TEST(a_secret_in_anothers_place_or_changed_is_corrupt),
        TEST(bounds_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
