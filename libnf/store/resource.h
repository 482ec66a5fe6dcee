#ifndef NF_STORE_RESOURCE_H
#define NF_STORE_RESOURCE_H

/*
 * What the store holds: a row for each kind of object.  The dump, the check
 * that the state is the replay of the log, the fuzzing of stored values and
 * the shell's completion go by these rows; a table without one fails a test.
 */

#include "model/event.h"
#include "model/file.h"
#include "store/key.h"
#include "store/txn.h"

/* What an object's key is made of, and how it is printed. */
enum nf_key_form {
    NF_KEY_OF_MAC,        /* 525400000001 */
    NF_KEY_OF_IP,         /* 10.66.0.1 */
    NF_KEY_OF_NUMBER,     /* 26 */
    NF_KEY_OF_TASK,       /* task-0000001a: a number too */
    NF_KEY_OF_MAC_NUMBER, /* 525400000001/27 */
    NF_KEY_OF_NAME,       /* bytes, as they are */
    NF_KEY_FORM_COUNT,
};

/* How the state comes back where nothing is left but the log. */
enum nf_rebuild {
    NF_REBUILD_EVENTS, /* of the events: each carries the object as it was */
    NF_REBUILD_HASH,   /* an event has what it is known by, and its SHA-256:
                          whoever has the contents puts them again */
    NF_REBUILD_PART,   /* it is part of the objects of the kind that the row
                          names as why, and comes with them */
    NF_REBUILD_LOCAL,  /* not at all, for the reason that the row gives */
};

/* An object's key.  All zero: a walk before its first one. */
struct nf_resource_at {
    bool has_begun;
    nf_mac_t mac;
    nf_ip4_t ip;
    uint64_t number;
    char name[NF_FILE_PATH];
};

enum {
    NF_RESOURCE_NAME = NF_FILE_PATH /* of a key as it is printed */
};

/*
 * No typed get and put are here: each kind has its own, in store/X.h, with the
 * struct that it takes and what else is written with it.  Who goes by rows
 * knows no kind, so he could do nothing with a struct; keys and JSON are what
 * all have.
 */
struct nf_resource {
    const char *name; /* of the kind; NULL at the end of the rows */
    nf_table_t table;
    nf_table_t indexes[4]; /* tables that are made of it; NF_META ends them */
    enum nf_key_form form;
    enum nf_rebuild rebuild;
    const char *why; /* NF_REBUILD_LOCAL: the reason */

    /* Its events have it as this member, and its key as that member of it;
     * when it goes there is an event of this kind, which may name the key
     * alone, in a member beside. */
    const char *member, *id;
    enum nf_event_kind gone;
    const char *gone_id;

    /* The API lists it here, with its key as the member id (NULL: nowhere);
     * a command's argument that names one is this word. */
    const char *path, *word;

    /* Print what stands under a key, as JSON.  False: nothing does, or the
     * scope has failed.  NULL: it is not shown. */
    bool (*put)(struct nf_read *r, const struct nf_resource_at *at,
                struct nf_out *out);

    /* It is there only for late words of it; NULL: never. */
    bool (*is_gone)(struct nf_read *r, const struct nf_resource_at *at);
};

extern const struct nf_resource nf_resources[];

/* The row of a table that has one. */
const struct nf_resource *nf_resource_of(nf_table_t table);

/* Move to the next object's key, from one that has not begun to that key
 * itself or the first behind it.  False: there is none, or the scope has
 * failed, NF_CORRUPT for a key that is none. */
bool nf_resource_next(struct nf_read *r, const struct nf_resource *resource,
                      struct nf_resource_at *at);

/* The key as it is printed. */
void nf_resource_name(const struct nf_resource *resource,
                      const struct nf_resource_at *at,
                      char name[static NF_RESOURCE_NAME]);

/* A key from its printed form, or for a MAC any of its forms; false: none. */
bool nf_resource_parse(const struct nf_resource *resource, struct nf_text name,
                       struct nf_resource_at *at);

/* The stored key; borrows a name from at. */
struct nf_bytes nf_resource_key(const struct nf_resource *resource,
                                const struct nf_resource_at *at,
                                struct nf_key *key);

#endif
