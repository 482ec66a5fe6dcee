/*
 * progress: mac, seq -> struct nf_progress
 */
#include "store/progress.h"

#include "base/time.h"
#include "model/member.h"
#include "model/task.h"
#include "store/key.h"

/* The record that the scan stands on, when that is this node's. */
static bool
decode(struct nf_scan *scan, nf_mac_t mac, struct nf_progress *progress)
{
    if (!nf_scan_has(scan, (struct nf_bytes){mac.b, sizeof(mac.b)})) {
        return false;
    }
    if (scan->value.len == sizeof(*progress)) {
        memcpy(progress, scan->value.data, sizeof(*progress));
        if (progress->seq == nf_key_number_at(scan->key, sizeof(mac.b))
            && progress->percent <= 100
            && nf_text_is_ended(progress->step, sizeof(progress->step))
            && nf_text_is_ended(progress->message, sizeof(progress->message)))
        {
            return true;
        }
    }
    nf_read_fail(scan->r, NF_CORRUPT);
    return false;
}

/* How many there are of the node, and the key of the oldest. */
static unsigned
count(struct nf_read *r, nf_mac_t mac, struct nf_key *oldest)
{
    struct nf_bytes prefix = {mac.b, sizeof(mac.b)};
    unsigned n = 0;
    NF_SCAN(scan, r, NF_PROGRESS);

    for (bool more = nf_scan_seek(&scan, prefix);
         more && nf_scan_has(&scan, prefix); more = nf_scan_next(&scan))
    {
        if (n++ == 0) {
            *oldest = nf_key_mac_number(
                mac, nf_key_number_at(scan.key, sizeof(mac.b)));
        }
    }
    return n;
}

static bool
keep_newest(struct nf_write *w, nf_mac_t mac, unsigned keep)
{
    struct nf_key oldest;

    while (count(&w->read, mac, &oldest) > keep
           && nf_write_delete(w, NF_PROGRESS, nf_key_bytes(&oldest)))
    {
    }
    return w->read.err == NF_OK;
}

bool
nf_progress_add(struct nf_write *w, nf_mac_t mac,
                const struct nf_progress *progress)
{
    struct nf_key key = nf_key_mac_number(mac, progress->seq);

    return nf_write_put(w, NF_PROGRESS, nf_key_bytes(&key),
                        (struct nf_bytes){progress, sizeof(*progress)})
           && keep_newest(w, mac, NF_PROGRESS_KEEP);
}

bool
nf_progress_next_of(struct nf_read *r, nf_mac_t mac, uint64_t after,
                    struct nf_progress *progress)
{
    struct nf_key from = nf_key_mac_number(mac, after + 1);
    NF_SCAN(scan, r, NF_PROGRESS);

    return after != UINT64_MAX && nf_scan_seek(&scan, nf_key_bytes(&from))
           && decode(&scan, mac, progress);
}

/* Behind what the task before this one said; when this one has said nothing,
 * behind all that other tasks said. */
static uint64_t
find_start(struct nf_read *r, const struct nf_progress_walk *walk)
{
    struct nf_progress progress;
    uint64_t at = 0, start = 0;

    while (nf_progress_next_of(r, walk->mac, at, &progress)
           && progress.task != walk->task)
    {
        at = progress.seq;
        start = progress.task != 0 ? at : start;
    }
    return start;
}

bool
nf_progress_walk_next(struct nf_read *r, struct nf_progress_walk *walk,
                      struct nf_progress *progress)
{
    if (!walk->has_begun) {
        walk->at = find_start(r, walk);
        walk->has_begun = true;
    }
    while (nf_progress_next_of(r, walk->mac, walk->at, progress)) {
        walk->at = progress->seq;
        if (progress->task == walk->task) {
            walk->has_own = true;
            return true;
        }
        if (progress->task != 0) {
            return false; /* a later task's */
        }
        if (!walk->has_own) {
            return true;
        }
    }
    return false;
}

bool
nf_progress_last_of(struct nf_read *r, nf_mac_t mac,
                    struct nf_progress *progress)
{
    struct nf_key behind = nf_key_mac_number(mac, UINT64_MAX);
    NF_SCAN(scan, r, NF_PROGRESS);
    bool found = nf_scan_seek(&scan, nf_key_bytes(&behind))
                     ? nf_scan_previous(&scan)
                     : nf_scan_last(&scan);

    return found && decode(&scan, mac, progress);
}

bool
nf_progress_delete(struct nf_write *w, nf_mac_t mac)
{
    return keep_newest(w, mac, 0);
}

bool
nf_progress_json(struct nf_read *r, nf_mac_t mac, uint64_t seq,
                 struct nf_out *out)
{
    char task[NF_TASK_TEXT + 8] = "", time[NF_TIME_TEXT];
    struct nf_progress progress;

    if (!nf_progress_next_of(r, mac, seq - 1, &progress)) {
        return false;
    }
    if (progress.task != 0) {
        nf_task_format(progress.task, task);
    }
    nf_time_format(progress.time, time);
    nf_out_printf(out, "{\"timestamp\":\"%s\",\"percent\":%u", time,
                  progress.percent);
    nf_member_text(out, "task_id", task);
    nf_member_text(out, "step", progress.step);
    nf_member_text(out, "message", progress.message);
    nf_out_putc(out, '}');
    return true;
}
