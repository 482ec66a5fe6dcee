#include "watch.h"

#include <stddef.h>
#include <sys/inotify.h>
#include <unistd.h>

/* A spool entry appears by rename, the notify file is written in place. */
static const uint32_t masks[NF_WATCHES] = {
    [NF_WATCH_NOTIFY] = IN_MODIFY,
    [NF_WATCH_SPOOL] = IN_MOVED_TO | IN_CLOSE_WRITE,
};

void
nf_watch_open(struct nf_watch *watch)
{
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    for (int i = 0; i < NF_WATCHES; i++) {
        watch->ids[i] = -1;
        watch->has_changed[i] = true;
    }
}

void
nf_watch_close(struct nf_watch *watch)
{
    if (watch->fd >= 0) {
        close(watch->fd);
        watch->fd = -1;
    }
}

void
nf_watch_add(struct nf_watch *watch, enum nf_watched what, const char *path)
{
    if (watch->fd >= 0 && watch->ids[what] < 0) {
        watch->ids[what] = inotify_add_watch(watch->fd, path, masks[what]);
    }
}

static void
note(struct nf_watch *watch, const struct inotify_event *event)
{
    for (int i = 0; i < NF_WATCHES; i++) {
        if (event->wd == watch->ids[i] || event->mask & IN_Q_OVERFLOW) {
            watch->has_changed[i] = true;
        }
        if (event->wd == watch->ids[i] && event->mask & IN_IGNORED) {
            watch->ids[i] = -1; /* it was removed: watch its successor */
        }
    }
}

void
nf_watch_read(struct nf_watch *watch)
{
    _Alignas(struct inotify_event) char buffer[4096];
    ssize_t n;

    while ((n = read(watch->fd, buffer, sizeof(buffer))) > 0) {
        for (char *at = buffer; at < buffer + n;) {
            const struct inotify_event *event = (void *) at;
            note(watch, event);
            at += sizeof(*event) + event->len;
        }
    }
}

bool
nf_watch_take(struct nf_watch *watch, enum nf_watched what)
{
    bool has_changed = watch->has_changed[what];

    watch->has_changed[what] = false;
    return has_changed;
}
