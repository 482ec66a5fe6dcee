/*
 * nf events: the log as JSON lines.
 */

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "command.h"
#include "offline.h"
#include "store/events.h"

enum {
    LOOK_MS = 1000 /* behind a wake-up that was lost */
};

struct options {
    uint64_t since;
    bool follow;
    bool people;
};

static bool
parse(int argc, char **argv, struct options *options)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--follow") == 0) {
            options->follow = true;
        } else if (strcmp(argv[i], "--people") == 0) {
            options->people = true;
        } else if (strcmp(argv[i], "--since") != 0 || i + 1 == argc
                   || !nf_text_number(nf_text(argv[++i]), UINT64_MAX / 2,
                                      &options->since))
        {
            return false;
        }
    }
    return true;
}

typedef bool read_event_t(struct nf_read *r, uint64_t *after,
                          struct nf_event *event);

/* Print what follows *after; a scope holds one event at a time. */
static nf_error_t
drain(nf_store_t *store, read_event_t *read_event, uint64_t *after)
{
    static char line[2 * NF_EVENT_JSON_MAX];

    for (;;) {
        struct nf_out out = nf_out(line, sizeof(line));
        struct nf_event event;
        nf_error_t err;
        bool is_there;
        {
            NF_READ(r, store);
            is_there = read_event(&r, after, &event);
            if (is_there) {
                nf_out_put(&out, event.json);
            }
            err = r.err;
        }
        if (err != NF_OK) {
            return err;
        }
        if (!is_there) {
            return fflush(stdout) == 0 ? NF_OK : NF_IO;
        }
        if (out.full || !nf_offline_print(nf_out_text(&out))) {
            return out.full ? NF_TOO_LARGE : NF_IO;
        }
    }
}

static nf_error_t
follow(nf_store_t *store, read_event_t *read_event, uint64_t after)
{
    int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    struct pollfd fd = {watch, POLLIN, 0};
    nf_error_t err = NF_OK;
    char events[4096];

    if (watch < 0
        || inotify_add_watch(watch, nf_store_notify_path(store), IN_MODIFY) < 0)
    {
        nf_log(NF_LOG_WARNING, "no wake-ups: looking once a second");
    }
    while (err == NF_OK) {
        if (poll(&fd, 1, LOOK_MS) > 0) {
            while (read(watch, events, sizeof(events)) > 0) {
            }
        }
        err = drain(store, read_event, &after);
    }
    if (watch >= 0) {
        close(watch);
    }
    return err;
}

int
nf_command_events(int argc, char **argv)
{
    struct options options = {0};

    if (!parse(argc, argv, &options)) {
        fputs("usage: nf events [--since N] [--follow] [--people]\n", stderr);
        return NF_EXIT_USAGE;
    }
    nf_store_t *store = nf_offline_open();
    if (store == NULL) {
        return NF_EXIT_FAILED;
    }
    read_event_t *read_event = options.people ? nf_audit_read : nf_events_read;
    nf_error_t err = drain(store, read_event, &options.since);
    if (err == NF_OK && options.follow) {
        err = follow(store, read_event, options.since);
    }
    nf_store_close(store);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "the events ended early: %s", nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}
