#include "dhcp/gate.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ethernet's six bytes and InfiniBand's eight, of any hardware type.  A card
 * without an address (RFC 4390) cannot be matched: the pool answers it. */
static const char closed[] = "*:*:*:*:*:*,ignore\n"
                             "*:*:*:*:*:*:*:*,ignore\n";
static const char open_to_all[] = "*:*:*:*:*:*,id:*\n"
                                  "*:*:*:*:*:*:*:*,id:*\n";

static void
state_path(const struct nf_settings *settings, const char *name,
           char path[static NF_GATE_PATH])
{
    snprintf(path, NF_GATE_PATH, "%s/reserve/%s", settings->run_dir, name);
}

/* nf up and nf-reserve may write at one time. */
void
nf_gate_init(struct nf_gate *gate, const struct nf_settings *settings)
{
    const char *dir = settings->hosts_dir;
    char name[32];

    snprintf(name, sizeof(name), ".state.%d", (int) getpid());
    snprintf(gate->path, NF_GATE_PATH, "%s/everybody", dir);
    snprintf(gate->draft, NF_GATE_PATH, "%s/.everybody.%d", dir,
             (int) getpid());
    state_path(settings, "state", gate->state);
    state_path(settings, name, gate->state_draft);
}

static bool
replace(const char *path, const char *draft, const char *text, size_t len)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                  0644);

    if (fd < 0) {
        return false;
    }
    bool is_whole = write(fd, text, len) == (ssize_t) len;
    return close(fd) == 0 && is_whole && rename(draft, path) == 0;
}

bool
nf_gate_set(const struct nf_gate *gate, bool is_open)
{
    return is_open
               ? replace(gate->path, gate->draft, open_to_all,
                         sizeof(open_to_all) - 1)
               : replace(gate->path, gate->draft, closed, sizeof(closed) - 1);
}

bool
nf_gate_say(const struct nf_gate *gate, const char *state)
{
    return replace(gate->state, gate->state_draft, state, strlen(state));
}

bool
nf_gate_state(const struct nf_settings *settings, nf_time_t now,
              char state[static NF_GATE_STATE])
{
    char path[NF_GATE_PATH];
    struct stat is;

    state_path(settings, "state", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, state, NF_GATE_STATE - 1);
    bool is_read = n >= 0 && fstat(fd, &is) == 0;
    close(fd);
    if (!is_read) {
        return false;
    }
    state[n] = '\0';
    nf_text_scrub(state);
    nf_time_t said =
        (nf_time_t) is.st_mtim.tv_sec * 1000 + is.st_mtim.tv_nsec / 1000000;
    return now - said <= NF_GATE_SILENT_MS;
}
