/*
 * requests: 'k' key        -> time, body hash, reply
 *           't' time, key  -> nothing, to forget the old ones
 */
#include "store/requests.h"

#include "base/out.h"
#include "store/key.h"

enum {
    REQUEST_KEY_MAX = 64
};

static const struct nf_bytes nothing = {"", 0};

static bool
request_key(struct nf_text text, struct nf_key *key)
{
    *key = (struct nf_key){.data = {'k'}, .len = 1};
    if (text.len == 0 || text.len > REQUEST_KEY_MAX) {
        return false;
    }
    nf_key_add(key, text.data, text.len);
    return true;
}

static struct nf_key
request_age_key(nf_time_t time, struct nf_text text)
{
    struct nf_key key = {.data = {'t'}, .len = 1};

    nf_key_add_number(&key, (uint64_t) time);
    nf_key_add(&key, text.data, text.len);
    return key;
}

bool
nf_requests_get(struct nf_read *r, struct nf_text text,
                struct nf_request *request)
{
    struct nf_key key;
    struct nf_bytes value;

    if (!request_key(text, &key)
        || !nf_read_get(r, NF_REQUESTS, nf_key_bytes(&key), &value)
        || value.len < 16)
    {
        return false;
    }
    *request = (struct nf_request){
        .time = (nf_time_t) nf_key_number_at(value, 0),
        .body_hash = nf_key_number_at(value, 8),
        .reply = {(const char *) value.data + 16, value.len - 16},
    };
    return true;
}

bool
nf_requests_put(struct nf_write *w, struct nf_text text,
                const struct nf_request *request)
{
    char value[16 + NF_REQUEST_REPLY_MAX];
    struct nf_key key, head = nf_key_number((uint64_t) request->time);
    struct nf_out out = nf_out(value, sizeof(value));

    nf_key_add_number(&head, request->body_hash);
    nf_out_put(&out, (struct nf_text){(const char *) head.data, head.len});
    nf_out_put(&out, request->reply);
    if (out.full || !request_key(text, &key)) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    struct nf_key age = request_age_key(request->time, text);
    return nf_write_put(w, NF_REQUESTS, nf_key_bytes(&age), nothing)
           && nf_write_put(w, NF_REQUESTS, nf_key_bytes(&key),
                           (struct nf_bytes){value, out.len});
}

static bool
forget_oldest(struct nf_write *w, nf_time_t before)
{
    struct nf_key age = {.len = 0}, key;
    struct nf_scan scan = nf_scan_begin(&w->read, NF_REQUESTS);
    bool found = nf_scan_seek(&scan, (struct nf_bytes){"t", 1})
                 && scan.key.len > 9 && scan.key.len <= sizeof(age.data)
                 && (nf_time_t) nf_key_number_at(scan.key, 1) < before;

    if (found) {
        nf_key_add(&age, scan.key.data, scan.key.len);
    }
    nf_scan_end(&scan);
    struct nf_text text = {(const char *) age.data + 9, age.len - 9};
    return found && request_key(text, &key)
           && nf_write_delete(w, NF_REQUESTS, nf_key_bytes(&key))
           && nf_write_delete(w, NF_REQUESTS, nf_key_bytes(&age));
}

unsigned
nf_requests_trim(struct nf_write *w, nf_time_t before, unsigned max)
{
    unsigned gone = 0;

    while (gone < max && forget_oldest(w, before)) {
        gone++;
    }
    return gone;
}
