#include "model/worker.h"

#include <ctype.h>
#include <sodium/utils.h>

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

bool
nf_worker_choose_name(struct nf_text chosen, const char *host,
                      char name[static NF_WORKER_NAME])
{
    struct nf_text rest = nf_text(host);

    if (chosen.len == 0) {
        chosen = nf_text_cut(&rest, '.');
    }
    return nf_worker_is_name(chosen)
           && nf_text_copy(name, NF_WORKER_NAME, chosen);
}

bool
nf_worker_is_accepted(const struct nf_worker *worker)
{
    return !sodium_is_zero(worker->key, sizeof(worker->key))
           && memcmp(worker->key, worker->accepted, sizeof(worker->key)) == 0;
}

/* "" of no key. */
static void
print_key(const uint8_t key[static NF_WORKER_KEY],
          char text[static NF_WORKER_FINGERPRINT])
{
    text[0] = '\0';
    if (!sodium_is_zero(key, NF_WORKER_KEY)) {
        nf_worker_key_fingerprint(key, text);
    }
}

void
nf_worker_json(const struct nf_worker *worker, struct nf_out *out)
{
    char shown[NF_WORKER_FINGERPRINT], accepted[NF_WORKER_FINGERPRINT];
    bool is_accepted = nf_worker_is_accepted(worker);

    print_key(worker->key, shown);
    print_key(worker->accepted, accepted);
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(worker->name));
    nf_out_printf(out, ",\"online\":%s", worker->is_here ? "true" : "false");
    nf_member_time(out, "since", worker->since);
    nf_member_text(out, "fingerprint", shown);
    nf_out_printf(out, ",\"accepted\":%s", is_accepted ? "true" : "false");
    nf_member_text(out, "accepted_fingerprint", is_accepted ? "" : accepted);
    nf_out_putc(out, '}');
}
