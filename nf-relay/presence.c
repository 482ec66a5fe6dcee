#include "presence.h"

#include <sodium.h>
#include <stdio.h>

#include "base/log.h"
#include "bus/worker.h"
#include "change/worker.h"
#include "store/workers.h"

static const nf_time_t never = INT64_MAX;
static const nf_time_t patience = NF_SECONDS(NF_WORKER_SILENT_S);

static size_t
find(const struct nf_presence *presence, const char *worker)
{
    size_t i = 0;

    while (i < presence->n && strcmp(presence->workers[i].name, worker) != 0) {
        i++;
    }
    return i;
}

/* What the store does not take is said again by the worker's next message, or
 * found out by the next start. */
static bool
note(struct nf_presence *presence, const char *worker, bool is_here,
     const uint8_t *key)
{
    NF_WRITE(w, presence->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &presence->turn->settings,
                          .now = presence->turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};
    nf_error_t refused = nf_change_worker(&c, worker, is_here, key);
    nf_error_t err = nf_write_commit(&w);

    if (err == NF_OK && refused == NF_OK) {
        nf_log(NF_LOG_NOTICE, "a worker is %s: worker=%s",
               is_here ? "there" : "gone", worker);
        return true;
    }
    nf_turn_blame(presence->turn, "the presence of a worker was not stored",
                  err != NF_OK ? err : refused);
    return false;
}

static void
leave(struct nf_presence *presence, size_t i)
{
    char name[NF_WORKER_NAME];

    memcpy(name, presence->workers[i].name, sizeof(name));
    presence->workers[i] = presence->workers[--presence->n];
    if (presence->n == 0) {
        presence->empty = presence->turn->tick;
    }
    (void) note(presence, name, false, NULL);
}

static void
keep_key(struct nf_presence *presence, size_t i, const uint8_t *key)
{
    memset(presence->workers[i].key, 0, NF_WORKER_KEY);
    if (key != NULL) {
        memcpy(presence->workers[i].key, key, NF_WORKER_KEY);
    }
}

static bool
enter(struct nf_presence *presence, const char *worker, const uint8_t *key)
{
    if (presence->n == NF_WORKERS_MAX) {
        return false;
    }
    snprintf(presence->workers[presence->n].name, NF_WORKER_NAME, "%s", worker);
    keep_key(presence, presence->n, key);
    presence->workers[presence->n++].heard = presence->turn->tick;
    return true;
}

void
nf_presence_open(struct nf_presence *presence)
{
    struct nf_worker worker = {.name = ""};
    NF_READ(r, presence->turn->store);

    while (nf_workers_next(&r, worker.name, &worker)) {
        if (worker.is_here) {
            (void) enter(presence, worker.name, worker.key);
        }
    }
}

void
nf_presence_changed(struct nf_presence *presence, bool is_up)
{
    presence->is_up = is_up;
    presence->empty = presence->turn->tick;
    for (size_t i = 0; i < presence->n; i++) {
        presence->workers[i].heard = presence->turn->tick;
    }
}

static void
heard(struct nf_presence *presence, const char *worker,
      const struct nf_worker_presence *said)
{
    const uint8_t *key = said->has_key ? said->key : NULL;
    size_t i = find(presence, worker);

    if (i == presence->n) {
        if (i < NF_WORKERS_MAX && note(presence, worker, true, key)) {
            (void) enter(presence, worker, key);
        }
        return;
    }
    presence->workers[i].heard = presence->turn->tick;
    if (key != NULL && memcmp(key, presence->workers[i].key, NF_WORKER_KEY) != 0
        && note(presence, worker, true, key))
    {
        keep_key(presence, i, key);
    }
}

void
nf_presence_take(struct nf_presence *presence, const char *worker,
                 struct nf_text payload)
{
    struct nf_fault fault;
    uint64_t withheld;
    struct nf_worker_presence said;

    presence->turn->counts.messages++;
    if (nf_worker_presence_read(payload, &said, &fault) != NF_OK) {
        presence->turn->counts.bad++;
        if (nf_pace_allows(&presence->pace, presence->turn->tick, &withheld)) {
            nf_log(NF_LOG_WARNING,
                   "could not read a worker's presence: %s %s worker=%s "
                   "withheld=%llu",
                   fault.field, fault.reason, worker,
                   (unsigned long long) withheld);
        }
        return;
    }
    size_t i = find(presence, worker);
    if (said.is_here) {
        heard(presence, worker, &said);
    } else if (i < presence->n) {
        leave(presence, i);
    }
}

bool
nf_presence_has(const struct nf_presence *presence, const char *worker)
{
    return find(presence, worker) < presence->n;
}

static uint64_t
hash(const char *worker, struct nf_bytes device)
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    uint8_t text[NF_WORKER_NAME + NF_PRESENCE_DEVICE] = {0}, out[8];
    size_t len =
        device.len < NF_PRESENCE_DEVICE ? device.len : NF_PRESENCE_DEVICE;
    uint64_t number;

    static_assert(sizeof(out) == crypto_shorthash_BYTES, "SipHash-2-4");
    memcpy(text, worker, strnlen(worker, NF_WORKER_NAME));
    memcpy(text + NF_WORKER_NAME, device.data, len);
    crypto_shorthash(out, text, NF_WORKER_NAME + len, key);
    memcpy(&number, out, sizeof(number));
    return number;
}

/* The highest of the hashes of the two together: a worker that comes or goes
 * moves no more devices than it must. */
const char *
nf_presence_choose(const struct nf_presence *presence, struct nf_bytes device,
                   bool (*may)(void *of, const char *worker), void *of)
{
    const char *chosen = NULL;
    uint64_t highest = 0;

    for (size_t i = 0; i < presence->n; i++) {
        uint64_t now = hash(presence->workers[i].name, device);
        if ((chosen == NULL || now > highest)
            && (may == NULL || may(of, presence->workers[i].name)))
        {
            chosen = presence->workers[i].name;
            highest = now;
        }
    }
    return chosen;
}

nf_time_t
nf_presence_certain(const struct nf_presence *presence)
{
    return presence->is_up ? presence->empty + patience : never;
}

nf_time_t
nf_presence_run(struct nf_presence *presence)
{
    nf_time_t tick = presence->turn->tick, next = never;

    for (size_t i = 0; presence->is_up && i < presence->n;) {
        nf_time_t over = presence->workers[i].heard + patience;
        if (over <= tick) {
            leave(presence, i);
        } else {
            next = over < next ? over : next;
            i++;
        }
    }
    return next;
}
