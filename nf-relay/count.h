#ifndef NF_RELAY_COUNT_H
#define NF_RELAY_COUNT_H

/*
 * What the relay did since it started, as a file in the text format of
 * Prometheus (node_exporter's textfile collector reads it).
 */

#include "base/text.h"

/* clang-format off */
#define NF_COUNTS(X)                                                          \
    X(messages,     "mqtt_messages_total",        "messages received")        \
    X(statuses,     "statuses_total",             "statuses stored")          \
    X(results,      "results_total",              "command results received") \
    X(unknown,      "unknown_nodes_total",        "messages of unknown nodes") \
    X(bad,          "bad_messages_total",         "messages that could not be read") \
    X(members,      "ignored_members_total",      "unknown members of messages") \
    X(dropped,      "invalid_members_total",      "invalid members of statuses") \
    X(refused,      "refused_statuses_total",     "statuses that the store refused") \
    X(batches,      "batches_total",              "transactions of statuses") \
    X(connects,     "broker_connects_total",      "connections to the broker") \
    X(commands,     "commands_sent_total",        "commands published, including repeats") \
    X(published,    "events_published_total",     "events published")         \
    X(bindings,     "bindings_written_total",     "DHCP bindings written")    \
    X(unbindings,   "bindings_removed_total",     "DHCP bindings removed")    \
    X(hups,         "dnsmasq_reloads_total",      "SIGHUPs sent to dnsmasq")  \
    X(spooled,      "spooled_events_total",       "lease events from the spool")
/* clang-format on */

struct nf_counts {
#define X(member, name, text) uint64_t member;
    NF_COUNTS(X)
#undef X
};

/* Write run_dir/relay/nf-relay.prom. */
void nf_counts_write(const struct nf_counts *counts, const char *run_dir,
                     bool is_up);

#endif
