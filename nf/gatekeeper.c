#include "gatekeeper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "dhcp/gate.h"

enum {
    LOOK_MS = 1000,
};

static nf_time_t
clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (nf_time_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
nf_gatekeeper_open(const struct nf_settings *settings)
{
    struct nf_gate gate;

    nf_gate_init(&gate, settings);
    if (nf_gate_set(&gate, true)) {
        return true;
    }
    nf_log(NF_LOG_ERR, "cannot write %s: %s", gate.path, strerror(errno));
    return false;
}

static bool
is_silent(const struct nf_children *children, const struct nf_child *reserve,
          int64_t now)
{
    char state[NF_GATE_STATE];

    return now - reserve->started > NF_GATE_SILENT_MS
           && !nf_gate_state(&children->settings, clock_now(), state);
}

static bool
is_there(const struct nf_child *reserve)
{
    return reserve->state == NF_CHILD_RUNNING;
}

void
nf_gatekeeper_look(struct nf_children *children, int64_t now)
{
    struct nf_child *reserve = &children->each[NF_CHILD_RESERVE];

    if (is_there(reserve) && now >= children->gate_look_at) {
        children->gate_look_at = now + LOOK_MS;
        if (is_silent(children, reserve, now)) {
            nf_log(NF_LOG_WARNING, "nf-reserve hangs and was killed");
            kill(-reserve->pid, SIGKILL);
        }
    }
    if (is_there(reserve)) {
        children->gate_is_open = false; /* it closes it when it can */
    } else if (reserve->is_wanted && !children->gate_is_open) {
        children->gate_is_open = nf_gatekeeper_open(&children->settings);
    }
}

int64_t
nf_gatekeeper_due(const struct nf_children *children)
{
    return is_there(&children->each[NF_CHILD_RESERVE]) ? children->gate_look_at
                                                       : INT64_MAX;
}
