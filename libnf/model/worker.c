#include "model/worker.h"

#include <ctype.h>

#include "model/member.h"

bool
nf_worker_is_name(struct nf_text name)
{
    if (name.len == 0 || name.len >= NF_WORKER_NAME) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char) name.data[i];
        if (!isalnum(c) && (c == '\0' || strchr("-_.", c) == NULL)) {
            return false;
        }
    }
    return true;
}

void
nf_worker_json(const struct nf_worker *worker, struct nf_out *out)
{
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(worker->name));
    nf_out_printf(out, ",\"online\":%s", worker->is_here ? "true" : "false");
    nf_member_time(out, "since", worker->since);
    nf_out_putc(out, '}');
}
