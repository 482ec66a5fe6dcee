/* Names of topics come from whoever speaks to the broker: any bytes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bus/topic.h"

static const nf_mac_t mac = {{0x52, 0x54, 0, 0, 0, 1}};

static bool
parses(const char *text, struct nf_topic *topic)
{
    return nf_topic_parse(nf_text(text), topic);
}

static void
a_node_has_three_topics(void **state)
{
    static const char *const texts[NF_TOPIC_KINDS] = {
        [NF_TOPIC_STATUS] = "node/525400000001/status",
        [NF_TOPIC_COMMAND] = "node/525400000001/command",
        [NF_TOPIC_RESULT] = "node/525400000001/result",
    };
    (void) state;

    for (unsigned i = 0; i < NF_TOPIC_KINDS; i++) {
        struct nf_topic topic;
        assert_true(parses(texts[i], &topic));
        assert_int_equal(topic.kind, i);
        assert_true(nf_mac_equal(topic.mac, mac));
    }
}

static void
what_is_written_is_what_is_read(void **state)
{
    (void) state;
    for (unsigned i = 0; i < NF_TOPIC_KINDS; i++) {
        struct nf_topic topic = {.kind = i, .mac = mac}, again;
        char text[NF_TOPIC_TEXT];

        nf_topic_format(&topic, text);
        assert_true(parses(text, &again));
        assert_int_equal(again.kind, i);
        assert_true(nf_mac_equal(again.mac, mac));
    }
}

static void
the_mac_may_be_spelt_as_agents_spell_it(void **state)
{
    static const char *const spellings[] = {
        "node/52:54:00:00:00:01/status", "node/52-54-00-00-00-01/status",
        "node/5254.0000.0001/status", "node/52:54:00:00:00:01/status"};
    struct nf_topic topic;
    (void) state;

    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        assert_true(parses(spellings[i], &topic));
        assert_true(nf_mac_equal(topic.mac, mac));
    }
}

static void
a_filter_matches_every_node(void **state)
{
    char text[NF_TOPIC_TEXT];
    (void) state;

    nf_topic_filter(NF_TOPIC_STATUS, text);
    assert_string_equal(text, "node/+/status");
    nf_topic_filter(NF_TOPIC_RESULT, text);
    assert_string_equal(text, "node/+/result");
}

static void
other_topics_are_refused_and_touch_nothing(void **state)
{
    static const char *const texts[] = {"",
                                        "/",
                                        "//",
                                        "node",
                                        "node/",
                                        "node//status",
                                        "node/+/status",
                                        "node/525400000001",
                                        "node/525400000001/",
                                        "node/525400000001/statu",
                                        "node/525400000001/status/",
                                        "node/525400000001/status/x",
                                        "node/525400000001/STATUS",
                                        "/node/525400000001/status",
                                        "nodes/525400000001/status",
                                        "node/52540000000/status",
                                        "node/5254000000011/status",
                                        "node/000000000000/status",
                                        "node/010000000000/status",
                                        "nf/event",
                                        "node/525400000001/result\n"};
    (void) state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct nf_topic topic = {.kind = NF_TOPIC_RESULT, .mac = mac};
        assert_false(parses(texts[i], &topic));
        assert_int_equal(topic.kind, NF_TOPIC_RESULT);
        assert_true(nf_mac_equal(topic.mac, mac));
    }
}

static void
length_and_zero_bytes_do_not_matter(void **state)
{
    static char huge[70000];
    struct nf_topic topic;
    (void) state;

    memset(huge, '/', sizeof(huge));
    assert_false(nf_topic_parse((struct nf_text){huge, sizeof(huge)}, &topic));
    memcpy(huge, "node/525400000001/status", 24);
    assert_false(nf_topic_parse((struct nf_text){huge, sizeof(huge)}, &topic));
    assert_false(nf_topic_parse(NF_TEXT("node/525400000001/status\0"), &topic));
    assert_false(nf_topic_parse(NF_TEXT("node/52540000\0001/status"), &topic));
    assert_false(nf_topic_parse((struct nf_text){NULL, 0}, &topic));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_has_three_topics),
        cmocka_unit_test(what_is_written_is_what_is_read),
        cmocka_unit_test(the_mac_may_be_spelt_as_agents_spell_it),
        cmocka_unit_test(a_filter_matches_every_node),
        cmocka_unit_test(other_topics_are_refused_and_touch_nothing),
        cmocka_unit_test(length_and_zero_bytes_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
