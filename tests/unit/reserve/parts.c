/* The listener's parts that need no network. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../nf-reserve/bucket.c"
#include "../../../nf-reserve/queue.c"

#define find silence_find
#include "../../../nf-reserve/silence.c"

static const struct nf_bucket_rate rate = {3, 6};

static void
a_bucket_gives_a_burst_and_fills_again(void **state)
{
    static struct nf_buckets buckets;
    nf_time_t tick = 1000;

    (void) state;
    for (int i = 0; i < 3; i++) {
        assert_true(nf_bucket_take(&buckets, 1, rate, tick));
    }
    assert_false(nf_bucket_take(&buckets, 1, rate, tick));
    assert_true(nf_bucket_take(&buckets, 2, rate, tick)); /* another place */
    assert_false(nf_bucket_take(&buckets, 1, rate, tick += 9000));
    assert_true(nf_bucket_take(&buckets, 1, rate, tick += 1000));
    assert_false(nf_bucket_take(&buckets, 1, rate, tick));
    tick += NF_MINUTES(60);
    for (int i = 0; i < 3; i++) { /* not more than a burst */
        assert_true(nf_bucket_take(&buckets, 1, rate, tick));
    }
    assert_false(nf_bucket_take(&buckets, 1, rate, tick));
}

static void
places_without_end_take_no_room(void **state)
{
    static struct nf_buckets buckets;

    (void) state;
    for (uint64_t place = 1; place < 5 * NF_BUCKETS; place++) {
        assert_true(
            nf_bucket_take(&buckets, place, rate, 1000 + (nf_time_t) place));
    }
}

static void
a_card_waits_once(void **state)
{
    static struct nf_queue queue;
    struct nf_card card = {.type = 1, .len = 6};

    (void) state;
    for (unsigned i = 0; i < NF_QUEUE_MAX; i++) {
        card.b[4] = (uint8_t) (i >> 8);
        card.b[5] = (uint8_t) i;
        struct nf_waiting *waiting = nf_queue_place(&queue, &card);
        assert_non_null(waiting);
        waiting->ask.card = card;
        waiting->state = i % 2 == 0 ? NF_WAITING_OVER : NF_WAITING_SENT;
        assert_ptr_equal(nf_queue_place(&queue, &card), waiting);
    }
    card.b[0] = 1;
    assert_null(nf_queue_place(&queue, &card));
    assert_null(nf_queue_find(&queue, &card));
    nf_queue_sweep(&queue);
    assert_int_equal(queue.n, NF_QUEUE_MAX / 2);
    assert_int_equal(nf_queue_count(&queue, NF_WAITING_SENT), NF_QUEUE_MAX / 2);
    card.b[0] = 0;
    card.b[4] = 0;
    card.b[5] = 1;
    assert_ptr_equal(nf_queue_find(&queue, &card), &queue.each[0]);
}

static void
silence_of_all_is_told_after_a_while(void **state)
{
    static struct nf_silence silence;
    struct nf_card card = nf_card_of((nf_mac_t){{1}});
    nf_time_t tick = 1000000;

    (void) state;
    assert_int_equal(nf_silence_of_all(&silence, tick), 0);
    assert_int_equal(nf_silence_of_all(&silence, tick + 1), 0);
    assert_int_equal(nf_silence_of_all(&silence, tick + 2), 0); /* too soon */
    assert_int_equal(nf_silence_of_all(&silence, tick + 3500), tick);
    nf_silence_answered(&silence, &card, tick + 3501);
    assert_int_equal(nf_silence_of_all(&silence, tick + 7000), 0);
    assert_int_equal(nf_silence_of_all(&silence, tick + 20000),
                     0); /* too few */
    assert_int_equal(nf_silence_of_all(&silence, tick + 20001), tick + 7000);
}

static void
silence_is_told_when_others_are_answered(void **state)
{
    static struct nf_silence silence;
    struct nf_card card = {1, 6, {2, 0, 0, 0, 0, 1}};
    struct nf_card other = {1, 6, {2, 0, 0, 0, 0, 2}};
    nf_time_t tick = 1000;

    (void) state;
    assert_false(nf_silence_asked(&silence, &card, tick));
    assert_false(nf_silence_asked(&silence, &card, tick += 4000));
    nf_silence_answered(&silence, &other, tick); /* before: nobody was */
    assert_true(nf_silence_asked(&silence, &card, tick += 4000));
    assert_false(nf_silence_asked(&silence, &card, tick)); /* from anew */
    nf_silence_answered(&silence, &card, tick);
    assert_false(nf_silence_asked(&silence, &card, tick += 9000));
    for (unsigned i = 0; i < 3 * NF_SILENT_CARDS; i++) {
        other.b[4] = (uint8_t) (i >> 8);
        other.b[5] = (uint8_t) (i + 3);
        assert_false(nf_silence_asked(&silence, &other, tick));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_gives_a_burst_and_fills_again),
        cmocka_unit_test(places_without_end_take_no_room),
        cmocka_unit_test(a_card_waits_once),
        cmocka_unit_test(silence_of_all_is_told_after_a_while),
        cmocka_unit_test(silence_is_told_when_others_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
