#include "reserved.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "change/reserve.h"
#include "dhcp/host.h"

enum {
    RETRY_MS = 30000,
    /* dnsmasq reads everything again: what is written before it has is told as
     * a duplicate, and does no harm. */
    SETTLE_MS = 2000,
};

static const char *
hosts_dir(const struct nf_reserved *reserved)
{
    return reserved->turn->settings.hosts_dir;
}

static bool
serves_dhcp(const struct nf_reserved *reserved)
{
    return strcmp(reserved->turn->settings.dhcp_mode, "server") == 0;
}

static void
blame(struct nf_reserved *reserved, const char *what, uint32_t batch)
{
    uint64_t withheld;
    int reason = errno;

    nf_compare_soon(reserved->compare, RETRY_MS);
    if (nf_pace_allows(&reserved->pace, reserved->turn->tick, &withheld)) {
        nf_log(NF_LOG_ERR,
               "could not %s reservations: %s path=%s/r%" PRIu32
               " withheld=%" PRIu64,
               what, strerror(reason), hosts_dir(reserved), batch, withheld);
    }
}

/* dnsmasq knows its lines until it is told to forget. */
static void
file_remove(struct nf_reserved *reserved, uint32_t batch)
{
    char path[NF_HOST_PATH];

    nf_batch_path(hosts_dir(reserved), batch, path);
    if (access(path, F_OK) != 0) {
        return;
    }
    nf_forget_soon(reserved->forget);
    if (unlink(path) != 0) {
        blame(reserved, "remove", batch);
    }
}

/* --- dropped ones -----------------------------------------------------------
 */

static size_t
read_dropped(struct nf_reserved *reserved, uint32_t batches[])
{
    NF_READ(r, reserved->turn->store);
    struct nf_reservation row;
    size_t n = 0;
    nf_ip4_t at;

    for (bool more = nf_reservations_next_dropped(&r, NULL, &row);
         more && n < NF_RESERVED_MAX;
         more = nf_reservations_next_dropped(&r, &at, &row))
    {
        at = row.ip;
        batches[n] = row.batch;
        reserved->dropped[n++] = row.ip;
    }
    return n;
}

/* Their files go, with those lines in them that stay: see repair(). */
static void
take_dropped(struct nf_reserved *reserved)
{
    uint32_t batches[NF_RESERVED_MAX];

    reserved->dropped_n = read_dropped(reserved, batches);
    for (size_t i = 0; i < reserved->dropped_n; i++) {
        if (batches[i] != 0) {
            file_remove(reserved, batches[i]);
        }
    }
    if (reserved->dropped_n > 0) { /* also of one whose file is gone */
        nf_forget_soon(reserved->forget);
        reserved->forget_count = reserved->forget->count;
    }
}

static nf_error_t
forget_dropped(struct nf_reserved *reserved)
{
    struct nf_turn *turn = reserved->turn;
    NF_CLEAN(w, turn->store);
    struct nf_change c = {
        .w = &w, .settings = &turn->settings, .now = turn->now};

    for (size_t i = 0; i < reserved->dropped_n; i++) {
        nf_change_reserve_forget(&c, reserved->dropped[i]);
    }
    return nf_write_commit(&w);
}

/* dnsmasq has been told: their addresses may be given again. */
static void
end_dropped(struct nf_reserved *reserved)
{
    nf_error_t err = forget_dropped(reserved);

    if (err != NF_OK) {
        nf_turn_blame(reserved->turn, "could not forget reservations", err);
        return;
    }
    nf_log(NF_LOG_INFO, "addresses released: %zu", reserved->dropped_n);
    reserved->dropped_n = 0;
    reserved->repair_at = reserved->turn->tick + SETTLE_MS;
}

/* --- the files --------------------------------------------------------------
 */

struct rows {
    struct nf_reservation *all;
    size_t n;
};

static bool
rows_read(struct nf_reserved *reserved, struct rows *rows)
{
    NF_READ(r, reserved->turn->store);

    nf_error_t err = nf_batches_read(&r, &rows->all, &rows->n);
    if (err != NF_OK) {
        nf_turn_blame(reserved->turn, "could not read reservations", err);
        rows->all = NULL;
    }
    return err == NF_OK;
}

static void
file_put(struct nf_reserved *reserved, const struct nf_reservation *rows,
         size_t n)
{
    char text[NF_PUT_MAX], path[NF_HOST_PATH];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_batch_print(rows->batch, rows, n, &out);
    nf_batch_path(hosts_dir(reserved), rows->batch, path);
    enum nf_put_result change = nf_put_compare(path, nf_out_text(&out));
    if (out.full || change == NF_PUT_SAME) {
        return;
    }
    if (change == NF_PUT_CHANGED) {
        nf_forget_soon(reserved->forget);
    }
    if (nf_put(path, nf_out_text(&out)) == NF_PUT_FAILED) {
        blame(reserved, "write", rows->batch);
    }
}

static bool
has_batch(const struct rows *rows, uint32_t batch)
{
    size_t low = 0, high = rows->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->all[middle].batch < batch) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rows->n && rows->all[low].batch == batch;
}

/* The batches that have a file; free() *batches.  False: see errno. */
static bool
list_files(const struct nf_reserved *reserved, uint32_t **batches, size_t *n)
{
    DIR *dir = opendir(hosts_dir(reserved));
    const struct dirent *file;
    uint32_t batch, *all = NULL;
    size_t room = 0;

    *n = 0;
    while (dir != NULL && (file = readdir(dir)) != NULL) {
        if (!nf_batch_parse(file->d_name, &batch)) {
            continue;
        }
        if (*n == room) {
            room = room == 0 ? 64 : 2 * room;
            uint32_t *more = realloc(all, room * sizeof(*all));
            if (more == NULL) {
                break;
            }
            all = more;
        }
        all[(*n)++] = batch;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    *batches = all;
    return dir != NULL || errno == ENOENT;
}

static void
put_all(struct nf_reserved *reserved, const struct rows *rows)
{
    size_t from = 0;

    for (size_t i = 1; i <= rows->n; i++) {
        if (i == rows->n || rows->all[i].batch != rows->all[from].batch) {
            file_put(reserved, &rows->all[from], i - from);
            from = i;
        }
    }
}

/* The files are looked at before the store: each that there is then was
 * written for reservations that are stored. */
static void
repair(struct nf_reserved *reserved)
{
    struct rows rows = {0};
    uint32_t *batches;
    size_t n;

    if (!list_files(reserved, &batches, &n)) {
        blame(reserved, "look for", 0);
    }
    if (!serves_dhcp(reserved) || rows_read(reserved, &rows)) {
        put_all(reserved, &rows);
        for (size_t i = 0; i < n; i++) {
            if (!has_batch(&rows, batches[i])) {
                file_remove(reserved, batches[i]);
            }
        }
    }
    free(rows.all);
    free(batches);
}

void
nf_reserved_look_at_files(struct nf_reserved *reserved)
{
    reserved->repair_at = reserved->turn->tick;
}

nf_time_t
nf_reserved_run(struct nf_reserved *reserved)
{
    nf_time_t tick = reserved->turn->tick;

    if (tick >= reserved->look_at) {
        if (reserved->dropped_n == 0) {
            take_dropped(reserved);
        } else if (reserved->forget_count != reserved->forget->count) {
            end_dropped(reserved);
        }
        reserved->look_at = tick + NF_LOOK_MS;
    }
    /* what goes on by itself would be written back under its feet */
    if (reserved->repair_at != 0 && tick >= reserved->repair_at
        && reserved->dropped_n == 0)
    {
        reserved->repair_at = 0;
        repair(reserved);
    }
    return tick + NF_LOOK_MS;
}
