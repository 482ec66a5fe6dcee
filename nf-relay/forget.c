#include "forget.h"

#include "dhcp/reload.h"

enum {
    GATHER_MS = 5000,
};

void
nf_forget_open(struct nf_forget *forget)
{
    forget->at = nf_reload_is_owed(forget->turn->settings.run_dir)
                     ? forget->turn->tick
                     : 0;
}

void
nf_forget_soon(struct nf_forget *forget)
{
    nf_reload_owe(forget->turn->settings.run_dir);
    if (forget->at == 0) {
        forget->at = forget->turn->tick + GATHER_MS;
    }
}

nf_time_t
nf_forget_run(struct nf_forget *forget)
{
    nf_time_t tick = forget->turn->tick;

    if (forget->at != 0 && tick >= forget->at) {
        forget->turn->counts.hups +=
            nf_reload_send(forget->turn->settings.run_dir);
        forget->at = 0;
        forget->count++;
    }
    return forget->at != 0 ? forget->at : tick + NF_LOOK_MS;
}
