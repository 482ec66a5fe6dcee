/*
 * meta: "clock" -> struct nf_clock_mark
 */
#include "store/jump.h"

#include <assert.h>

#include "store/key.h"

static const struct nf_bytes mark_key = {"clock", 5};

static_assert(sizeof(struct nf_clock_mark) == 80, "stored: see docs/store.md");

struct nf_clock_mark
nf_clock_mark_get(struct nf_read *r)
{
    struct nf_clock_mark mark = {.offset = 0};
    struct nf_bytes value;

    if (nf_read_get(r, NF_META, mark_key, &value) && value.len == sizeof(mark))
    {
        memcpy(&mark, value.data, sizeof(mark));
    }
    return mark;
}

bool
nf_clock_mark_put(struct nf_write *w, const struct nf_clock_mark *mark)
{
    return nf_write_put(w, NF_META, mark_key,
                        (struct nf_bytes){mark, sizeof(*mark)});
}

struct nf_jump
nf_jump_get(struct nf_read *r)
{
    return nf_clock_mark_get(r).jump;
}

/*
 * Between when the clock was set and now, a time may be of either clock where
 * it was set back; it is taken for the present one's.
 */
nf_time_t
nf_jump_shift(const struct nf_jump *jump, nf_time_t now, nf_time_t written)
{
    bool is_present = written >= jump->at - NF_JUMP_SLACK_MS && written <= now;
    bool is_before =
        written < jump->from || (jump->by > 0 && written > jump->at - jump->by);

    return jump->at == 0 || is_present || is_before ? 0 : jump->by;
}

nf_time_t
nf_jump_settle(const struct nf_jump *jump, nf_time_t now, nf_time_t written)
{
    nf_time_t time =
        written == 0 ? 0 : written + nf_jump_shift(jump, now, written);

    return time > now ? now : time;
}

/* Into its place, the greatest goes where there is no room. */
static size_t
add(uint64_t *numbers, size_t n, size_t max, uint64_t number)
{
    size_t at = n < max ? n : max - 1;

    if (n == max && number > numbers[at]) {
        return n;
    }
    while (at > 0 && numbers[at - 1] > number) {
        numbers[at] = numbers[at - 1];
        at--;
    }
    numbers[at] = number;
    return n < max ? n + 1 : n;
}

size_t
nf_jump_numbers(struct nf_read *r, nf_table_t table, uint64_t after,
                uint64_t *numbers, size_t max)
{
    struct nf_bytes first = {"", 0};
    size_t n = 0;
    NF_SCAN(scan, r, table);

    for (bool ok = nf_scan_seek(&scan, first); ok; ok = nf_scan_next(&scan)) {
        uint64_t number = nf_key_number_at(scan.key, sizeof(nf_time_t));
        if (number > after) {
            n = add(numbers, n, max, number);
        }
    }
    return n;
}
