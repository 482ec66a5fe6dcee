#include "look.h"

#include "base/time.h"
#include "change/switch.h"
#include "store/devices.h"
#include "store/ports.h"

enum {
    PAUSE_S = 2,   /* between two rounds, of which each */
    AT_ONCE = 4,   /* asks for so many looks, */
    PORTS_MAX = 64 /* and forgets so many ports */
};

/* A little later for each, by its name: not all in one moment. */
static bool
is_due(struct nf_read *r, const char *device, nf_time_t each, nf_time_t now)
{
    struct nf_switch_seen seen = {.asked_at = 0};
    nf_time_t late = (nf_time_t) (nf_text_hash(NF_HASH, nf_text(device))
                                  % (uint64_t) (each / 8 + 1));

    (void) nf_switches_get(r, device, &seen);
    return seen.asked_at == 0 || seen.asked_at > now
           || seen.asked_at + each + late <= now;
}

static size_t
find_due(struct nf_read *r, nf_time_t each, nf_time_t now,
         char due[static AT_ONCE][NF_MANAGED_NAME])
{
    struct nf_managed_device device;
    size_t n = 0;
    NF_SCAN(scan, r, NF_DEVICES);
    bool has = nf_devices_list(&scan, &device);

    while (has && n < AT_ONCE) {
        if (nf_managed_is_switch(&device) && is_due(r, device.name, each, now))
        {
            memcpy(due[n++], device.name, sizeof(device.name));
        }
        has = nf_devices_list_next(&scan, &device);
    }
    return n;
}

/* The first switch that is no device any more; false: there is none. */
static bool
find_left(struct nf_read *r, char name[static NF_MANAGED_NAME])
{
    struct nf_managed_device device;
    struct nf_switch_seen seen;

    name[0] = '\0';
    while (nf_switches_next(r, name, &seen)) {
        if (!nf_devices_get(r, name, &device) || !nf_managed_is_switch(&device))
        {
            return r->err == NF_OK;
        }
    }
    return false;
}

struct todo {
    size_t n;
    char due[AT_ONCE][NF_MANAGED_NAME];
    bool has_left;
    char left[NF_MANAGED_NAME];
};

/* Nobody is asked to look while nobody is there who could. */
static void
find_todo(const struct nf_looker *looker, struct todo *todo)
{
    nf_time_t each =
        NF_SECONDS(nf_setting_number(looker->turn->settings.switch_scan));
    NF_READ(r, looker->turn->store);

    todo->n = each == 0 || looker->presence->n == 0
                  ? 0
                  : find_due(&r, each, looker->turn->now, todo->due);
    todo->has_left = find_left(&r, todo->left);
}

static void
do_it(struct nf_looker *looker, const struct todo *todo)
{
    NF_WRITE(w, looker->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &looker->turn->settings,
                          .now = looker->turn->now,
                          .actor = nf_actor_word(NF_ACTOR_RELAY)};
    bool is_over;

    for (size_t i = 0; i < todo->n; i++) {
        (void) nf_change_look(&c, todo->due[i], c.now);
    }
    if (todo->has_left) {
        (void) nf_ports_forget(&w, todo->left, PORTS_MAX, &is_over);
    }
    nf_error_t err = nf_write_commit(&w);
    if (err != NF_OK) {
        nf_turn_blame(looker->turn, "scans of switches were not requested",
                      err);
    }
}

nf_time_t
nf_looker_run(struct nf_looker *looker)
{
    struct todo todo;

    if (looker->turn->tick < looker->at) {
        return looker->at;
    }
    find_todo(looker, &todo);
    if (todo.n > 0 || todo.has_left) {
        do_it(looker, &todo);
    }
    looker->at =
        looker->turn->tick + (todo.has_left ? NF_LOOK_MS : NF_SECONDS(PAUSE_S));
    return looker->at;
}
