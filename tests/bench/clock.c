/*
 * The clock's CPU time per turn, from the begin of its transaction to the end
 * of the commit: clock STORE COUNT.  COUNT nodes send heartbeats, each once a
 * minute, and hold leases of an hour that they renew; time is made up.  Prints
 * for each phase its turns, and the slowest one in milliseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "change/change.h"
#include "names.h"
#include "store/store.h"

enum {
    BATCH = 1000,
    MAX = 32, /* as nf-relay asks for */
    LEASE_S = 3600,
};

static struct nf_settings settings;
static nf_store_t *store;
static uint32_t count;
static nf_time_t now = 1800000000000;

static void
must(nf_error_t err, const char *what)
{
    if (err != NF_OK) {
        fprintf(stderr, "clock: %s: %s\n", what, nf_error_text(err));
        exit(1);
    }
}

static struct nf_lease_report
lease_of(uint32_t i)
{
    return (struct nf_lease_report){
        .action = NF_LEASE_OLD,
        .lease = {.mac = mac_of(i),
                  .ip = {{10, (uint8_t) (i >> 16), (uint8_t) (i >> 8),
                          (uint8_t) i}},
                  .expires = now + NF_SECONDS(LEASE_S)},
    };
}

static void
make(struct nf_change *c, uint32_t i)
{
    struct nf_node_edit edit = {.has = NF_HAS_MAC, .node.mac = mac_of(i)};

    must(nf_change_node_create(c, &edit), "a node");
}

static void
beat(struct nf_change *c, uint32_t i)
{
    struct nf_status_report report = {.status = "discovered"};

    must(nf_change_status(c, mac_of(i), &report), "a heartbeat");
}

static void
renew(struct nf_change *c, uint32_t i)
{
    struct nf_lease_report report = lease_of(i);

    must(nf_change_lease(c, &report), "a lease");
}

/* What happens to those of `from` to `to`. */
static void
each(void (*what)(struct nf_change *c, uint32_t i), uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i += BATCH) {
        NF_WRITE(w, store);
        struct nf_change c = {
            .w = &w, .settings = &settings, .now = now, .actor = "bench"};
        for (uint32_t j = i; j < to && j < i + BATCH; j++) {
            what(&c, j);
        }
        must(nf_write_commit(&w), "commit");
    }
}

static void
install(struct nf_change *c, uint32_t i)
{
    must(nf_change_node_action(c, mac_of(i), "install", ""), "a task");
}

static double
cpu_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
}

static double slowest, spent;
static unsigned turns;

/* Returns when to come again. */
static nf_time_t
turn(void)
{
    nf_time_t next;
    double before = cpu_ms();
    {
        NF_WRITE(w, store);
        struct nf_change c = {
            .w = &w, .settings = &settings, .now = now, .actor = "relay"};
        must(nf_change_clock(&c, MAX, &next), "the clock");
        must(nf_write_commit(&w), "commit");
    }
    double took = cpu_ms() - before;
    slowest = took > slowest ? took : slowest;
    spent += took;
    turns++;
    return next;
}

/* Turns until nothing is due any more. */
static void
settle(void)
{
    while (turn() <= now) {
    }
}

static void
say(const char *phase)
{
    printf("%s turns=%u slowest_ms=%.2f mean_ms=%.3f\n", phase, turns, slowest,
           spent / turns);
    slowest = spent = 0;
    turns = 0;
}

/* Some minutes in which every node is heard and renews. */
static void
live(unsigned seconds)
{
    for (unsigned s = 0; s < seconds; s++) {
        now += NF_SECONDS(1);
        uint32_t part = s % 60;
        each(beat, count / 60 * part,
             part == 59 ? count : count / 60 * (part + 1));
        part = s % (LEASE_S / 2);
        each(renew, count / (LEASE_S / 2) * part,
             count / (LEASE_S / 2) * (part + 1));
        settle();
    }
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: clock STORE COUNT\n");
        return 2;
    }
    nf_settings_default(&settings);
    snprintf(settings.event_window, sizeof(settings.event_window), "200000");
    count = (uint32_t) strtoul(argv[2], NULL, 10);
    must(nf_store_open(&store, argv[1]), "the store");
    each(make, 0, count);
    each(beat, 0, count);
    each(renew, 0, count);
    settle();
    say("online");
    live(300);
    say("steady");
    each(install, 0, count / 10);
    now += NF_SECONDS(LEASE_S * 3 / 2);
    each(beat, 0, count);
    each(renew, 0, count);
    settle();
    say("after-an-absence");
    now += NF_SECONDS(LEASE_S * 3);
    settle();
    say("all-gone");
    nf_store_close(store);
    return 0;
}
