#include "patience.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "command.h"
#include "holders.h"
#include "store/waits.h"

enum {
    PATIENCE_MS = 60000,
    WHO_MAX = 512,
    PATH_MAX_BYTES = 4096
};

static long patience_ms = PATIENCE_MS;

void
nf_patience_set(long milliseconds)
{
    patience_ms = milliseconds;
}

long
nf_patience(void)
{
    return patience_ms;
}

/* --- the store's locks
 * ---------------------------------------------------------
 */

static timer_t timer;
static bool has_timer;
static const char *waited_for;

/* In a thread of its own: the one that waits does so in the kernel. */
static void
give_up(union sigval ignored)
{
    char who[WHO_MAX], lock[PATH_MAX_BYTES];

    (void) ignored;
    snprintf(lock, sizeof(lock), "%s-lock", waited_for);
    nf_holders_of(waited_for, who, sizeof(who));
    if (who[0] == '\0') { /* or it stands at the beginning */
        nf_holders_of(lock, who, sizeof(who));
    }
    nf_log(NF_LOG_ERR,
           "the store %s did not become free within %g s; it is open in: %s; "
           "--timeout SECONDS waits longer",
           waited_for, (double) patience_ms / 1000,
           who[0] != '\0' ? who : "no process that this user may look at");
    (void) fflush(stdout);
    _exit(NF_EXIT_UNREACHABLE);
}

static void
wait_for_store(const char *path, bool begins)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                             .sigev_notify_function = give_up};
    struct itimerspec limit = {.it_value = {0}};

    if (!has_timer && timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
        return;
    }
    has_timer = true;
    waited_for = path;
    if (begins) {
        limit.it_value =
            (struct timespec){patience_ms / 1000, patience_ms % 1000 * 1000000};
    }
    (void) timer_settime(timer, 0, &limit, NULL);
}

void
nf_patience_watch_store(void)
{
    nf_store_tell_waits(wait_for_store);
}

void
nf_patience_leave_store(void)
{
    nf_store_tell_waits(NULL);
}
