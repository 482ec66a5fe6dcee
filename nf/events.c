/*
 * nf events: the log, and what is added to it.
 */

#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "command.h"
#include "list.h"
#include "offline.h"
#include "store/events.h"

enum {
    PAGE = 100,
    LOOK_MS = 1000 /* after a wake-up that was lost */
};

struct reading {
    nf_store_t *store;
    bool (*next)(struct nf_read *r, uint64_t *after, struct nf_event *event);
    uint64_t after;
    int watch; /* of inotify; -1: none */
};

/* What follows, at most a page; the caller's.  Nothing is printed within a
 * scope: who reads stdout slowly holds none. */
static json_t *
read_page(struct reading *reading, nf_error_t *err)
{
    json_t *page = json_array();
    struct nf_event event;
    NF_READ(r, reading->store);

    while (json_array_size(page) < PAGE
           && reading->next(&r, &reading->after, &event))
    {
        json_array_append_new(
            page, json_loadb(event.json.data, event.json.len, 0, NULL));
    }
    *err = r.err;
    return page;
}

static int
read_events(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    nf_error_t err;
    bool goes_on;

    do {
        json_t *page = read_page(list->of, &err);
        goes_on = json_array_size(page) > 0 && take(page, of);
        json_decref(page);
    } while (goes_on && err == NF_OK);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "the events ended early: %s", nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}

static void
wait_for_events(const struct nf_list *list)
{
    const struct reading *reading = list->of;
    struct pollfd fd = {reading->watch, POLLIN, 0};
    char events[4096];

    if (poll(&fd, 1, LOOK_MS) > 0) {
        while (read(reading->watch, events, sizeof(events)) > 0) {
        }
    }
}

static void
start_watch(struct reading *reading)
{
    reading->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (reading->watch < 0
        || inotify_add_watch(reading->watch,
                             nf_store_notify_path(reading->store), IN_MODIFY)
               < 0)
    {
        nf_log(NF_LOG_WARNING,
               "no change notifications: polling once a second");
    }
}

static int
show(struct nf_list *list, struct reading *reading)
{
    if ((reading->store = nf_offline_open()) == NULL) {
        return NF_EXIT_FAILED;
    }
    if (list->chosen.is_watched) {
        start_watch(reading);
    }
    int code = nf_list_show(list);
    if (reading->watch >= 0) {
        close(reading->watch);
    }
    nf_store_close(reading->store);
    return code;
}

int
nf_command_events(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "SEQ",    "seq",          NF_COLUMN_NUMBER, NF_KEEP },
        { "TIME",   "time",         NF_COLUMN_WHEN,   NF_DROP_LATE },
        { "EVENT",  "kind",         NF_COLUMN_TEXT,   NF_KEEP },
        { "MAC",    "mac",          NF_COLUMN_MAC,    NF_DROP_LAST },
        { "BY",     "actor",        NF_COLUMN_TEXT,   NF_DROP },
        { "TASK",   "task.task_id", NF_COLUMN_TEXT,   NF_DROP_SOON },
        { "STATUS", "node.status",  NF_COLUMN_STATE,  NF_DROP_FIRST },
        { 0 },
        /* clang-format on */
    };
    bool is_people = false;
    const char *since = NULL;
    struct reading reading = {.watch = -1};
    struct nf_list list = {.columns = columns,
                           .read = read_events,
                           .wait = wait_for_events,
                           .of = &reading,
                           .form = isatty(STDOUT_FILENO) ? NF_OUTPUT_TABLE
                                                         : NF_OUTPUT_LINES};
    const struct nf_option options[] = {
        NF_OPTION("--since", &since),
        NF_SWITCH("--people", &is_people),
        NF_SWITCH("--follow", &list.chosen.is_watched),
        {0}};

    if (!nf_list_take(&list, &argc, argv, options) || argc != 0
        || (since != NULL
            && !nf_text_number(nf_text(since), UINT64_MAX / 2, &reading.after)))
    {
        return nf_usage("events");
    }
    reading.next = is_people ? nf_audit_read : nf_events_read;
    return show(&list, &reading);
}
