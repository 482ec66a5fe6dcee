#ifndef NF_JSON_FIELD_H
#define NF_JSON_FIELD_H

/*
 * Reading JSON by table: each struct is described once, and every document is
 * checked against the description while it is read.
 */

#include <stddef.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/error.h"

/* What a member may be, and the field it goes to. */
enum nf_json_kind {
    NF_JSON_TEXT,     /* char[size]: printable */
    NF_JSON_WORDS,    /* char[size]: a device's own words, cut and scrubbed */
    NF_JSON_HOSTNAME, /* char[size]: RFC 1123 */
    NF_JSON_NUMBER,   /* int64_t: min..max */
    NF_JSON_SWITCH,   /* bool */
    NF_JSON_WORD,     /* uint8_t: index into words */
    NF_JSON_MAC,      /* nf_mac_t */
    NF_JSON_MACS,     /* nf_mac_t[size]; the count goes to count_offset */
    NF_JSON_IP,       /* nf_ip4_t */
    NF_JSON_NETMASK,  /* nf_ip4_t */
    NF_JSON_IPS,      /* nf_ip4_t[size], as "a,b" or ["a","b"]; counted */
    NF_JSON_OBJECT,   /* struct nf_text: any object, at most max bytes */
    NF_JSON_IGNORED,  /* known, and not kept */
};

struct nf_json_field {
    const char *name;
    enum nf_json_kind kind;
    size_t offset;
    size_t size;         /* bytes of a text, entries of a list */
    size_t count_offset; /* uint8_t, for lists */
    int64_t min, max;
    const char *const *words; /* NULL at the end, in enum order */
    uint32_t bit;             /* set in *has when the member is there */
    bool is_required;
    bool may_be_empty; /* "" and null clear the field */
};

/* Where the document comes from. */
enum nf_json_source {
    NF_JSON_OPERATOR, /* unknown members are refused */
    NF_JSON_AGENT,    /* they are ignored, and counted in *unknown */
};

struct nf_json_reader {
    const struct nf_json_field *fields; /* ended by a NULL name */
    enum nf_json_source source;
    nf_arena_t *arena; /* for NF_JSON_OBJECT; may be NULL without one */
    uint32_t has;      /* out: the bits of the members that were there */
    unsigned unknown;  /* out: members that no field names */
};

/*
 * Read one JSON object into object.  NF_INVALID: fault names the member.
 * On failure object may be partly written.
 */
nf_error_t nf_json_read(struct nf_json_reader *reader, struct nf_text text,
                        void *object, struct nf_fault *fault);

#endif
