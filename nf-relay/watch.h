#ifndef NF_RELAY_WATCH_H
#define NF_RELAY_WATCH_H

/*
 * Being told at once that a file has changed.  Only a hint: whoever uses it
 * looks by himself every second as well.
 */

#include <stdbool.h>

enum nf_watched {
    NF_WATCH_NOTIFY, /* the store has been written */
    NF_WATCH_SPOOL,  /* nf-hook left something */
    NF_WATCHES,
};

struct nf_watch {
    int fd;              /* readable when something changed, -1: none */
    int ids[NF_WATCHES]; /* inotify's, -1: not watched */
    bool has_changed[NF_WATCHES];
};

/* Without inotify nothing is ever told, and everything still works. */
void nf_watch_open(struct nf_watch *watch);
void nf_watch_close(struct nf_watch *watch);

/* Watch path, unless that is done already; a path that is not there is tried
 * again by the next call. */
void nf_watch_add(struct nf_watch *watch, enum nf_watched what,
                  const char *path);

/* Take in what inotify reports. */
void nf_watch_read(struct nf_watch *watch);

/* Whether it changed since this was asked last. */
bool nf_watch_take(struct nf_watch *watch, enum nf_watched what);

#endif
