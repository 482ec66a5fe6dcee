#include "bmc/circuit.h"

enum nf_circuit_verdict
nf_circuit_judge(const struct nf_circuit *circuit, bool changes_something,
                 nf_time_t ends_at, nf_time_t now, nf_time_t *at)
{
    nf_time_t next = circuit->silent_at + NF_CIRCUIT_MS;
    nf_time_t last = ends_at - NF_CIRCUIT_LAST_MS;

    if (circuit->silent_at == 0 || next <= now) {
        return NF_CIRCUIT_ASK;
    }
    if (!changes_something) {
        return NF_CIRCUIT_ANSWERED;
    }
    *at = next < last ? next : last;
    return *at <= now ? NF_CIRCUIT_ASK : NF_CIRCUIT_WAIT;
}

void
nf_circuit_put(const struct nf_circuit *circuit, nf_time_t now,
               struct nf_out *out)
{
    nf_out_printf(out, "not attempted: it did not answer %lld s ago",
                  (long long) ((now - circuit->silent_at) / 1000));
}
