#include "netjob.h"

#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool
nf_netjob_put(struct nf_netjob *job, const char *path, mode_t mode,
              const struct nf_out *out)
{
    if (out->full || !nf_root_write(job->root, path, mode, out->data, out->len))
    {
        snprintf(job->fault, job->size, "cannot write %s of the new system: %s",
                 path, out->full ? "it is too long" : strerror(errno));
        return false;
    }
    return true;
}

struct nf_out
nf_netjob_text(struct nf_netjob *job)
{
    return nf_out(job->text, sizeof job->text);
}

/* An address with the bits of its network. */
void
nf_netjob_address(struct nf_out *out, const struct nf_network_address *address)
{
    char text[NF_IP_TEXT];

    nf_ip_print(address->ip, text);
    nf_out_printf(out, "%s/%d", text, address->bits);
}

void
nf_netjob_ip(struct nf_out *out, struct nf_ip ip)
{
    char text[NF_IP_TEXT];

    nf_ip_print(ip, text);
    nf_out_puts(out, text);
}

const struct nf_network_address *
nf_netjob_router(const struct nf_network *network, bool is_v6)
{
    return is_v6 ? &network->gateway6 : &network->gateway;
}
