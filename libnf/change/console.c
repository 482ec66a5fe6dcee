/*
 * What nf-agent in RAM prints, kept for people who are not at the machine.
 */
#include "change/console.h"

#include <stdio.h>

#include "base/time.h"
#include "change/record.h"
#include "store/consoles.h"
#include "store/expiry.h"
#include "store/tasks.h"

enum {
    RECENT_HOURS = 1, /* that a task is over */
    KEEP_HOURS = 24,  /* after the last line */
    LOOKS = 16,       /* at consoles, for one that may go */
    MARK_MAX = 96,
    PAUSE_S = 2,
    EACH_PER_S = 50, /* machines that may speak in one second */
    PIECES_EACH = 6, /* that one call may make */
};

static struct nf_bytes
id_of(const nf_mac_t *mac)
{
    return (struct nf_bytes){mac->b, sizeof(mac->b)};
}

static bool
is_wanted(struct nf_change *c, nf_mac_t mac)
{
    struct nf_task task;

    return nf_record_find_task(c, mac, &task)
           && (nf_task_is_live(&task)
               || task.updated_at + NF_MINUTES(60 * RECENT_HOURS) > c->now);
}

/* Of those behind this one, and then from the first: the one that has been
 * silent longest. */
static bool
find_oldest(struct nf_read *r, nf_mac_t mac, nf_mac_t *oldest)
{
    nf_time_t time = INT64_MAX;
    nf_mac_t at = mac;

    for (unsigned i = 0; i < LOOKS; i++) {
        struct nf_console_end end;
        if (!nf_consoles_next(r, &at, &at) && !nf_consoles_next(r, NULL, &at)) {
            break;
        }
        if (!nf_mac_equal(at, mac) && nf_consoles_end(r, at, &end)
            && end.time < time) {
            time = end.time;
            *oldest = at;
        }
    }
    return time != INT64_MAX;
}

static bool
has_room(struct nf_change *c)
{
    uint64_t mib = (uint64_t) nf_setting_number(c->settings->console_room);

    return nf_read_count(&c->w->read, NF_CONSOLES) + PIECES_EACH
           <= mib * (1024 * 1024 / NF_CONSOLE_ROW);
}

static void
forget(struct nf_change *c, nf_mac_t mac)
{
    (void) nf_consoles_delete(c->w, mac);
    (void) nf_expiry_drop(c->w, NF_EXPIRY_CONSOLE, id_of(&mac));
}

static bool
make_room(struct nf_change *c, nf_mac_t mac)
{
    nf_mac_t oldest;

    if (!has_room(c) && find_oldest(&c->w->read, mac, &oldest)) {
        forget(c, oldest);
    }
    return has_room(c);
}

/* Seconds until it may send more: the more machines have a task, the longer. */
static unsigned
find_pause(struct nf_read *r)
{
    struct nf_task_counts counts = nf_tasks_count(r);
    uint64_t live = counts.by_status[NF_TASK_PENDING]
                    + counts.by_status[NF_TASK_APPROVED]
                    + counts.by_status[NF_TASK_INSTALLING];

    return PAUSE_S + (unsigned) (live / EACH_PER_S);
}

/* A line of ours between what it said before and now; "" where it goes on. */
static void
make_mark(struct nf_change *c, const struct nf_console_end *end,
          const struct nf_console_piece *piece, char mark[static MARK_MAX])
{
    char time[NF_TIME_TEXT];

    mark[0] = '\0';
    if (piece->session != end->session) {
        nf_time_format(c->now, time);
        snprintf(mark, MARK_MAX, "--- nf-agent, heard %s ---\n", time);
    } else if (piece->offset > end->said) {
        snprintf(mark, MARK_MAX, "--- %llu bytes were not received ---\n",
                 (unsigned long long) (piece->offset - end->said));
    }
}

/* What it has sent before, and whose answer was lost, is left out. */
static struct nf_text
find_new(const struct nf_console_end *end, const struct nf_console_piece *piece)
{
    struct nf_text text = piece->text;
    uint64_t known = piece->session == end->session && end->said > piece->offset
                         ? end->said - piece->offset
                         : 0;
    size_t skip = known < text.len ? (size_t) known : text.len;

    return (struct nf_text){text.data + skip, text.len - skip};
}

static void
append(struct nf_change *c, nf_mac_t mac, const struct nf_console_end *end,
       const struct nf_console_piece *piece)
{
    struct nf_text text = find_new(end, piece);
    struct nf_console_end now = {.session = piece->session,
                                 .said = piece->offset + piece->text.len,
                                 .time = c->now};
    char mark[MARK_MAX];

    if (text.len == 0) {
        return;
    }
    make_mark(c, end, piece, mark);
    (void) nf_consoles_add(c->w, mac, &now, nf_text(mark));
    (void) nf_consoles_add(c->w, mac, &now, text);
    (void) nf_expiry_file_by(c->w, NF_EXPIRY_CONSOLE, id_of(&mac),
                             c->now + NF_MINUTES(60 * KEEP_HOURS));
}

nf_error_t
nf_change_console(struct nf_change *c, nf_mac_t mac,
                  const struct nf_console_piece *piece, unsigned *pause)
{
    struct nf_console_end end;

    *pause = 0;
    (void) nf_consoles_end(&c->w->read, mac, &end);
    if (end.session == piece->session && c->now - end.time < NF_SECONDS(1)
        && c->now >= end.time)
    {
        return NF_BUSY;
    }
    if (!is_wanted(c, mac) || !make_room(c, mac)) {
        return c->w->read.err;
    }
    append(c, mac, &end, piece);
    *pause = find_pause(&c->w->read);
    return c->w->read.err;
}

nf_time_t
nf_change_console_look(struct nf_change *c, nf_mac_t mac)
{
    struct nf_console_end end;

    if (!nf_consoles_end(&c->w->read, mac, &end)) {
        return 0;
    }
    nf_time_t over = end.time + NF_MINUTES(60 * KEEP_HOURS);
    if (over > c->now) {
        return over;
    }
    (void) nf_consoles_delete(c->w, mac);
    return 0;
}
