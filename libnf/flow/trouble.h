#ifndef NF_FLOW_TROUBLE_H
#define NF_FLOW_TROUBLE_H

/*
 * What is wrong with the bastion itself: a row each, with its words and what of
 * nodes and tasks it explains.
 */

#include "base/out.h"
#include "base/text.h"

/* The worst first. */
enum nf_trouble_kind {
    NF_TROUBLE_STORE_CLOSED,
    NF_TROUBLE_STORE_FULL,
    NF_TROUBLE_DISK_FULL,
    NF_TROUBLE_STORE_REFUSES,
    NF_TROUBLE_RELAY_GONE,
    NF_TROUBLE_RELAY_HUNG,
    NF_TROUBLE_RUN_FULL,
    NF_TROUBLE_BROKER_DOWN,
    NF_TROUBLE_BROKER_HUNG,
    NF_TROUBLE_DHCP_GONE,
    NF_TROUBLE_DHCP_HUNG,
    NF_TROUBLE_SPOOL,
    NF_TROUBLE_POOL,
    NF_TROUBLE_RESERVE,
    NF_TROUBLE_NO_WORKER,
    NF_TROUBLE_MIRROR,
    NF_TROUBLE_FILES_FULL,
    NF_TROUBLE_TEMPLATE,
    NF_TROUBLES,
};

enum {
    NF_TROUBLE_WORDS = 320, /* of what found it */
    NF_TROUBLE_JSON = 2048,
};

/* In the order of their kinds, each at most once. */
struct nf_troubles {
    size_t n;
    struct nf_trouble {
        enum nf_trouble_kind kind;
        nf_time_t since; /* 0: not known */
        char words[NF_TROUBLE_WORDS];
    } each[NF_TROUBLES];
};

/* words may be NULL. */
void nf_trouble_add(struct nf_troubles *troubles, enum nf_trouble_kind kind,
                    nf_time_t since, const char *words);

/* "relay_gone" */
const char *nf_trouble_name(enum nf_trouble_kind kind);

/* What is wrong, and what to do about it: a sentence or two each. */
void nf_trouble_put(struct nf_out *out, const struct nf_trouble *trouble);
void nf_trouble_put_advice(struct nf_out *out,
                           const struct nf_trouble *trouble);

/* A list of JSON objects; at most NF_TROUBLE_JSON bytes each. */
void nf_troubles_json(const struct nf_troubles *troubles, struct nf_out *out);

struct nf_why_facts;

/* Whether this is, or may be, why it does not go on. */
bool nf_trouble_explains(const struct nf_trouble *trouble,
                         const struct nf_why_facts *facts);

/* Whether nothing acts on deadlines. */
bool nf_troubles_stop_clock(const struct nf_troubles *troubles);

#endif
