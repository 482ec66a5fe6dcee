#ifndef NF_RENDER_VIEW_H
#define NF_RENDER_VIEW_H

/*
 * What boot scripts and answer files are made from, and its form as template
 * variables.  Everything is borrowed for the call.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"
#include "model/node.h"
#include "model/profile.h"
#include "model/settings.h"
#include "model/task.h"
#include "render/mustache.h"

struct nf_view {
    nf_mac_t mac;  /* what the machine calls itself: the card that asked, in
                      answers its node */
    nf_mac_t card; /* the card that asked, zero: mac is it */
    const struct nf_node *node;       /* NULL: a MAC that we do not know yet */
    const struct nf_profile *profile; /* NULL: none, or unknown */
    const struct nf_settings *settings; /* settled */
    uint64_t task;                      /* 0: none */
    bool no_poll;          /* no request can be held open now: nodes sleep */
    struct nf_text token;  /* of the attempt, or empty */
    struct nf_text bmc;    /* nf_enroll_word, or empty */
    struct nf_text reason; /* why a stuck node is stuck */
    struct nf_text image_sha256; /* 64 hex digits, or empty */
    nf_arena_t *arena; /* for the profile's members; needed for an install */
    bool uefi;         /* the machine's firmware, where the caller knows it */
    struct nf_text loader_root; /* where GRUB's paths begin, or empty */
    nf_ip4_t peer; /* where the machine asks from; not set: by its node's */
};

enum {
    NF_VIEW_MEMBERS = 48,
    NF_VIEW_REASON = 128,
    NF_VIEW_GROUP = 12,
};

/* The variables, with room for what has to be formatted. */
struct nf_view_values {
    char mac[NF_MAC_TEXT];
    char mac_colons[NF_MAC_COLONS], mac_hyphens[NF_MAC_COLONS];
    char hostname[64];
    char ip[NF_IP4_TEXT], netmask[NF_IP4_TEXT], gateway[NF_IP4_TEXT];
    char dns_texts[NF_NODE_DNS][NF_IP4_TEXT];
    char reason[NF_VIEW_REASON];
    char task[NF_TASK_TEXT + 8];
    char poll_ms[16], boot_vlan[8];
    struct nf_member dns[NF_NODE_DNS][2]; /* of each: ip, comma */
    struct nf_value dns_items[NF_NODE_DNS];
    char prefix[12];
    char group[NF_VIEW_GROUP];
    char kernel_args[2048];
    struct nf_member network[5];
    struct nf_value document; /* the profile's JSON */
    struct nf_member members[NF_VIEW_MEMBERS];
    struct nf_value root;
    nf_error_t err;
};

/*
 * Fill in the values that are wanted, as nf_template_uses() says or all; their
 * root then is a template's data, and values must stay where it is.
 * NF_CORRUPT: a text is not of its kind, so that it could mean something else
 * to the script it would stand in.
 */
#define NF_VIEW_ALL UINT64_MAX
nf_error_t nf_view_values(const struct nf_view *view, uint64_t wanted,
                          struct nf_view_values *values);

/* Whether a template may use this name, and where it stands. */
bool nf_view_find(struct nf_text name, struct nf_name *found);

/* Whether its network is a VLAN that its installer cannot be told of, by values
 * that hold `boot_vlan` and `kernel_args`; and that in words. */
bool nf_view_cannot_tag(const struct nf_view *view,
                        const struct nf_view_values *values);
extern const struct nf_text nf_view_no_tag;

/* Why a stuck node has nothing to boot, or not yet: its task's step that runs,
 * else what the task ended with.  text holds the answer as long as it is
 * needed. */
struct nf_text nf_view_reason(const struct nf_task *task,
                              char text[static NF_VIEW_REASON]);

#endif
