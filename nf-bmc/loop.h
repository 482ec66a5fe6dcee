#ifndef NF_BMC_LOOP_H
#define NF_BMC_LOOP_H

/*
 * One loop for all that nf-bmc waits for: HTTP transfers (libcurl's), files,
 * and times.  Nothing here waits elsewhere.
 */

#include <curl/curl.h>
#include <poll.h>

#include "base/text.h"

struct nf_watch {
    int fd;
    short events;
    void (*ready)(struct nf_watch *watch, short revents);
    struct nf_watch *next; /* of the loop */
};

struct nf_timer {
    nf_time_t at; /* 0: not set */
    void (*fire)(struct nf_timer *timer);
    struct nf_timer *next; /* of the loop */
};

/* CURLOPT_PRIVATE of an easy handle that is the loop's. */
struct nf_transfer {
    void (*done)(struct nf_transfer *transfer, CURLcode code);
};

struct nf_loop {
    CURLM *multi;
    nf_time_t now; /* of a clock that only goes forward, milliseconds */
    struct nf_watch *watches;
    struct nf_timer *timers;
    bool is_over;
    unsigned parting; /* transfers that its close waits for */
};

/* False: no memory. */
bool nf_loop_open(struct nf_loop *loop);
void nf_loop_close(struct nf_loop *loop);

/* The watch stays the caller's; it must be removed before it goes. */
void nf_loop_watch(struct nf_loop *loop, struct nf_watch *watch);
void nf_loop_unwatch(struct nf_loop *loop, struct nf_watch *watch);

/* Once, at loop->now + ms; set again, the first time counts no more. */
void nf_timer_set(struct nf_loop *loop, struct nf_timer *timer, nf_time_t ms);
void nf_timer_clear(struct nf_loop *loop, struct nf_timer *timer);

/* Until loop->is_over. */
void nf_loop_run(struct nf_loop *loop);

#endif
