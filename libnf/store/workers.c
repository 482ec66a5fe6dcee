/*
 * workers: name -> struct nf_worker
 */
#include "store/workers.h"

#include "store/key.h"

static struct nf_bytes
key_of(const char *name)
{
    return (struct nf_bytes){name, strlen(name)};
}

static bool
decode(struct nf_read *r, struct nf_bytes key, struct nf_bytes value,
       struct nf_worker *worker)
{
    if (value.len == sizeof(*worker)) {
        memcpy(worker, value.data, sizeof(*worker));
        if (nf_text_is_ended(worker->name, sizeof(worker->name))
            && nf_text_equal(nf_text(worker->name),
                             (struct nf_text){key.data, key.len})
            && nf_worker_is_name(nf_text(worker->name)) && worker->is_here <= 1)
        {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_workers_get(struct nf_read *r, const char *name, struct nf_worker *worker)
{
    struct nf_bytes value;

    return name[0] != '\0' && nf_read_get(r, NF_WORKERS, key_of(name), &value)
           && decode(r, key_of(name), value, worker);
}

bool
nf_workers_put(struct nf_write *w, const struct nf_worker *worker)
{
    return nf_write_put(w, NF_WORKERS, key_of(worker->name),
                        (struct nf_bytes){worker, sizeof(*worker)});
}

bool
nf_workers_delete(struct nf_write *w, const char *name)
{
    return nf_write_delete(w, NF_WORKERS, key_of(name));
}

bool
nf_workers_next(struct nf_read *r, const char *after, struct nf_worker *worker)
{
    struct nf_key key = {.len = 0};
    NF_SCAN(scan, r, NF_WORKERS);

    nf_key_add(&key, after, strnlen(after, NF_WORKER_NAME));
    if (key.len > 0) {
        nf_key_add(&key, "", 1); /* the first name behind it */
    }
    return nf_scan_seek(&scan, nf_key_bytes(&key))
           && decode(r, scan.key, scan.value, worker);
}

bool
nf_workers_any(struct nf_read *r, nf_time_t *since)
{
    struct nf_worker worker = {.name = ""};

    *since = 0;
    while (nf_workers_next(r, worker.name, &worker)) {
        if (worker.is_here) {
            return true;
        }
        *since = worker.since > *since ? worker.since : *since;
    }
    return false;
}
