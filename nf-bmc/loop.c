#include "loop.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WATCHES_MAX = 640, /* two of a process, and NF_BMC_PARALLEL is up to 256 */
    WAIT_MAX_MS = 1000,
};

static nf_time_t
clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (nf_time_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- libcurl's memory: passwords are in it, so it is wiped ------------------
 */

static void
wiping_free(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
    }
    free(memory);
}

/* What it grew out of is wiped, too. */
static void *
wiping_realloc(void *memory, size_t size)
{
    size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
    void *fresh = malloc(size);

    if (fresh != NULL && before > 0) {
        memcpy(fresh, memory, before < size ? before : size);
        wiping_free(memory);
    }
    return fresh;
}

/* --- the loop ---------------------------------------------------------------
 */

bool
nf_loop_open(struct nf_loop *loop)
{
    *loop = (struct nf_loop){.now = clock_now()};
    curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
                         wiping_realloc, strdup, calloc);
    loop->multi = curl_multi_init();
    return loop->multi != NULL;
}

void
nf_loop_watch(struct nf_loop *loop, struct nf_watch *watch)
{
    watch->next = loop->watches;
    loop->watches = watch;
}

void
nf_loop_unwatch(struct nf_loop *loop, struct nf_watch *watch)
{
    for (struct nf_watch **at = &loop->watches; *at != NULL; at = &(*at)->next)
    {
        if (*at == watch) {
            *at = watch->next;
            return;
        }
    }
}

void
nf_timer_clear(struct nf_loop *loop, struct nf_timer *timer)
{
    for (struct nf_timer **at = &loop->timers; *at != NULL; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            break;
        }
    }
    timer->at = 0;
}

void
nf_timer_set(struct nf_loop *loop, struct nf_timer *timer, nf_time_t ms)
{
    struct nf_timer **at = &loop->timers;

    nf_timer_clear(loop, timer);
    timer->at = loop->now + ms;
    while (*at != NULL && (*at)->at <= timer->at) {
        at = &(*at)->next;
    }
    timer->next = *at;
    *at = timer;
}

static void
fire_timers(struct nf_loop *loop)
{
    while (loop->timers != NULL && loop->timers->at <= loop->now) {
        struct nf_timer *timer = loop->timers;
        loop->timers = timer->next;
        timer->at = 0;
        timer->fire(timer);
    }
}

static void
end_transfers(struct nf_loop *loop)
{
    struct CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        char *private;
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
        struct nf_transfer *transfer = (void *) private;
        curl_multi_remove_handle(loop->multi, easy);
        transfer->done(transfer, code);
    }
}

/* What parts has its time, which is short; nothing else happens any more. */
static void
part(struct nf_loop *loop)
{
    int running;

    while (loop->parting > 0) {
        curl_multi_perform(loop->multi, &running);
        end_transfers(loop);
        if (loop->parting > 0) {
            curl_multi_poll(loop->multi, NULL, 0, WAIT_MAX_MS, NULL);
        }
    }
}

void
nf_loop_close(struct nf_loop *loop)
{
    part(loop);
    curl_multi_cleanup(loop->multi);
    curl_global_cleanup();
}

/* A watch that another one's turn removed is not called any more. */
static void
call_watches(struct nf_loop *loop, const struct curl_waitfd *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        for (struct nf_watch *watch = loop->watches;
             fds[i].revents != 0 && watch != NULL; watch = watch->next)
        {
            if (watch->fd == fds[i].fd) {
                watch->ready(watch, fds[i].revents);
                break;
            }
        }
    }
}

static void
turn(struct nf_loop *loop)
{
    struct curl_waitfd fds[WATCHES_MAX];
    unsigned n = 0;
    int running, ready;
    nf_time_t wait = WAIT_MAX_MS;

    for (struct nf_watch *watch = loop->watches;
         watch != NULL && n < WATCHES_MAX; watch = watch->next)
    {
        if (watch->fd >= 0 && watch->events != 0) {
            fds[n++] =
                (struct curl_waitfd){.fd = watch->fd, .events = watch->events};
        }
    }
    if (loop->timers != NULL && loop->timers->at - loop->now < wait) {
        wait = loop->timers->at > loop->now ? loop->timers->at - loop->now : 0;
    }
    curl_multi_poll(loop->multi, fds, n, (int) wait, &ready);
    loop->now = clock_now();
    call_watches(loop, fds, n);
    curl_multi_perform(loop->multi, &running);
    end_transfers(loop);
    fire_timers(loop);
}

void
nf_loop_run(struct nf_loop *loop)
{
    while (!loop->is_over) {
        turn(loop); /* a transfer that was just added ends the wait at once */
    }
}
