/* What a worker says of itself: any bytes may come. */
#include "scratch.h"

#include "bus/message.h"
#include "bus/worker.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct nf_worker_presence said;
static struct nf_fault fault;

static nf_error_t
reads(const char *payload)
{
    fault = (struct nf_fault){0};
    return nf_worker_presence_read(nf_text(payload), &said, &fault);
}

static void
a_worker_shows_its_key(void **state)
{
    (void) state;
    assert_int_equal(reads("{\"version\":\"1\",\"key\":\"" KEY "\"}"), NF_OK);
    assert_true(said.is_here && said.has_key);
    for (uint8_t i = 0; i < NF_WORKER_KEY; i++) {
        assert_int_equal(said.key[i], i);
    }
}

static void
one_of_before_has_none(void **state)
{
    (void) state;
    assert_int_equal(reads("{}"), NF_OK);
    assert_true(said.is_here && !said.has_key);
    assert_int_equal(reads("{\"state\":\"gone\"}"), NF_OK);
    assert_false(said.is_here || said.has_key);
}

static void
a_malformed_key_is_refused_by_name(void **state)
{
    static const char *const keys[] = {
        "\"\"",
        "\"AAEC\"",
        "12",
        "null",
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"",
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=A\"",
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH_8=\"",
        "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gAAAAAAAAAA==\"",
    };
    char payload[128];
    (void) state;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        snprintf(payload, sizeof(payload), "{\"key\":%s}", keys[i]);
        assert_int_equal(reads(payload), NF_INVALID);
        assert_string_equal(fault.field, "key");
    }
}

static void
what_is_no_object_is_refused(void **state)
{
    static char long_one[NF_MESSAGE_MAX + 1];
    (void) state;

    memset(long_one, ' ', sizeof(long_one));
    assert_int_equal(reads(""), NF_INVALID);
    assert_int_equal(reads("[]"), NF_INVALID);
    assert_int_equal(
        nf_worker_presence_read((struct nf_text){long_one, sizeof(long_one)},
                                &said, &fault),
        NF_TOO_LARGE);
}

static void
what_is_said_is_what_is_read(void **state)
{
    uint8_t key[NF_WORKER_KEY] = {1, 2, 3};
    char payload[256];
    struct nf_out out = nf_out(payload, sizeof(payload));
    (void) state;

    nf_worker_presence_put(key, &out);
    assert_int_equal(nf_worker_presence_read(nf_out_text(&out), &said, &fault),
                     NF_OK);
    assert_true(said.is_here && said.has_key);
    assert_memory_equal(said.key, key, sizeof(key));
}

static void
a_key_has_a_fingerprint(void **state)
{
    uint8_t key[NF_WORKER_KEY];
    char text[NF_WORKER_FINGERPRINT];
    (void) state;

    assert_true(nf_worker_key_parse(NF_TEXT(KEY), key));
    nf_worker_key_fingerprint(key, text);
    assert_string_equal(text, "SHA256:"
                              "Yw3NKWbEM2aRElRIu7JbT/QSpJxzLbLIq8G4WBvXEN0");
}

static void
a_topic_is_what_it_says(void **state)
{
    static const char *const texts[NF_WORKER_TOPICS] = {
        [NF_WORKER_COMMAND] = "nf/a/bmc/w1/command",
        [NF_WORKER_RESULT] = "nf/a/bmc/w1/result",
        [NF_WORKER_PRESENCE] = "nf/a/bmc/w1/presence",
        [NF_WORKER_PORTS] = "nf/a/bmc/w1/ports",
    };
    char name[NF_WORKER_NAME], again[NF_WORKER_TOPIC_TEXT];
    enum nf_worker_topic kind;
    (void) state;

    for (unsigned i = 0; i < NF_WORKER_TOPICS; i++) {
        assert_true(nf_worker_topic_parse(nf_text(texts[i]), "a", &kind, name));
        assert_int_equal(kind, i);
        assert_string_equal(name, "w1");
        nf_worker_topic_format(kind, "a", name, again);
        assert_string_equal(again, texts[i]);
    }
    assert_false(
        nf_worker_topic_parse(NF_TEXT("nf/a/bmc/w1/port"), "a", &kind, name));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_shows_its_key),
        cmocka_unit_test(one_of_before_has_none),
        cmocka_unit_test(a_malformed_key_is_refused_by_name),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(what_is_said_is_what_is_read),
        cmocka_unit_test(a_key_has_a_fingerprint),
        cmocka_unit_test(a_topic_is_what_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
