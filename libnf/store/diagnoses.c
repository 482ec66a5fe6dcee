/*
 * diagnoses: task -> struct nf_diagnosis
 */
#include "store/diagnoses.h"

#include <assert.h>

#include "model/member.h"

#include "store/key.h"

static_assert(sizeof(struct nf_diagnosis) == 512, "stored: see docs/store.md");

bool
nf_diagnoses_get(struct nf_read *r, uint64_t task,
                 struct nf_diagnosis *diagnosis)
{
    struct nf_key key = nf_key_number(task);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_DIAGNOSES, nf_key_bytes(&key), &value)) {
        return false;
    }
    if (value.len == sizeof(*diagnosis)) {
        memcpy(diagnosis, value.data, sizeof(*diagnosis));
        if (nf_text_is_ended(diagnosis->state, sizeof(diagnosis->state))
            && nf_text_is_ended(diagnosis->says, sizeof(diagnosis->says)))
        {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_diagnoses_put(struct nf_write *w, uint64_t task,
                 const struct nf_diagnosis *diagnosis)
{
    struct nf_key key = nf_key_number(task);

    return nf_write_put(w, NF_DIAGNOSES, nf_key_bytes(&key),
                        (struct nf_bytes){diagnosis, sizeof(*diagnosis)});
}

bool
nf_diagnoses_delete(struct nf_write *w, uint64_t task)
{
    struct nf_key key = nf_key_number(task);

    return nf_write_delete(w, NF_DIAGNOSES, nf_key_bytes(&key));
}

bool
nf_diagnoses_json(struct nf_read *r, uint64_t task, struct nf_out *out)
{
    struct nf_diagnosis diagnosis;

    if (!nf_diagnoses_get(r, task, &diagnosis)) {
        return false;
    }
    nf_out_printf(out, "{\"state\":\"%s\"", diagnosis.state);
    nf_member_time(out, "at", diagnosis.at);
    nf_member_text(out, "says", diagnosis.says);
    nf_out_putc(out, '}');
    return true;
}
