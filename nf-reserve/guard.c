#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"

static struct {
    struct nf_gate gate;
    bool is_set, is_open;
    char state[NF_GATE_STATE];
} guard;

#define LATE "the store or its disk did not answer within 3 seconds"

static void
on_alarm(int number)
{
    static const char words[] = "<3>" LATE ", starting over\n";

    (void) number;
    (void) nf_gate_set(&guard.gate, true);
    (void) nf_gate_say(&guard.gate, LATE);
    ssize_t ignored = write(STDERR_FILENO, words, sizeof(words) - 1);
    (void) ignored;
    _exit(1);
}

void
nf_guard_init(const struct nf_settings *settings)
{
    struct sigaction action = {.sa_handler = on_alarm};

    nf_gate_init(&guard.gate, settings);
    sigaction(SIGALRM, &action, NULL);
}

void
nf_guard_arm(void)
{
    alarm(NF_GUARD_PATIENCE);
}

void
nf_guard_disarm(void)
{
    alarm(0);
}

void
nf_guard_set(const char *trouble)
{
    bool is_open = trouble[0] != '\0';
    bool is_new = !guard.is_set || is_open != guard.is_open
                  || strcmp(trouble, guard.state) != 0;

    snprintf(guard.state, sizeof(guard.state), "%s", trouble);
    if (!guard.is_set || is_open != guard.is_open) {
        guard.is_set = nf_gate_set(&guard.gate, is_open);
        guard.is_open = is_open;
        if (!guard.is_set) {
            nf_log(NF_LOG_ERR, "could not write %s: %s", guard.gate.path,
                   strerror(errno));
        }
    }
    if (is_new && is_open) {
        nf_log(NF_LOG_WARNING,
               "dnsmasq gives addresses from its own pool for now: %s",
               trouble);
    } else if (is_new) {
        nf_log(NF_LOG_INFO, "addresses are reserved for new cards");
    }
    nf_guard_beat();
}

void
nf_guard_beat(void)
{
    (void) nf_gate_say(&guard.gate, guard.state);
}
