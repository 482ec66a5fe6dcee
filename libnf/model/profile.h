#ifndef NF_MODEL_PROFILE_H
#define NF_MODEL_PROFILE_H

/*
 * What to install and how.  A profile is a JSON document; what every part of
 * the server asks of it stands in front of it.
 */

#include "base/arena.h"
#include "base/error.h"
#include "base/value.h"

enum {
    NF_PROFILE_NAME = 32,
    NF_PROFILE_JSON_MAX = 65536
};

/* Stored, as what follows: a number never gets another meaning. */
enum nf_method {
    NF_METHOD_PRESEED = 0,
    NF_METHOD_IMAGE = 1,
    NF_METHOD_AUTOINSTALL = 2,
    NF_METHOD_KICKSTART = 3,
};

/* Who says that the installed system has come up. */
enum nf_first_boot {
    NF_FIRST_BOOT_AGENT = 0, /* our agent reports `installed` */
    NF_FIRST_BOOT_BOOT = 1,  /* the machine asks for its boot script again */
    NF_FIRST_BOOT_NONE = 2,
};

/* Up to json also the head of the stored record: see docs/store.md. */
struct nf_profile {
    uint64_t revision; /* of the event that put it; 0: shipped */
    char name[NF_PROFILE_NAME];
    char title[96];
    char os_type[32];
    char os_version[32];
    char bootfile[48];
    char suite[32];     /* of the distribution: "bookworm" */
    char image[128];    /* image.file, "": none */
    uint8_t method;     /* enum nf_method */
    uint8_t first_boot; /* enum nf_first_boot */
    bool has_hardware;  /* hardware_scripts or raid: a step of its own */
    bool has_network;   /* bond, vlan, or a static address */
    uint8_t reserved[4];
    struct nf_text json; /* the whole of it, borrowed */
};

/* The words of the enums, NULL at the end. */
extern const char *const nf_methods[];
extern const char *const nf_first_boots[];

/* All that are shipped, ended by an empty name. */
extern const struct nf_profile nf_profiles[];

/* A shipped one; NULL when there is none of that name. */
const struct nf_profile *nf_profile_find(const char *name);

/* Letters, digits and . _ -, at most 31: what a profile may be called. */
bool nf_profile_is_name(struct nf_text name);

/* NULL: it may name a boot file; else what it must be, to follow "must be ". */
const char *nf_bootfile_misfit(struct nf_text text);

/*
 * Check a whole profile and fill in all but name and revision; profile->json
 * is a copy in the arena without white space and without the members that the
 * API adds (name, origin, revision).  NF_INVALID: fault->field says which
 * member, as "disk.partitions[1].mount".
 */
nf_error_t nf_profile_read(struct nf_text json, nf_arena_t *arena,
                           struct nf_profile *profile, struct nf_fault *fault);

/*
 * A profile with a task's own members laid over it (RFC 7396), checked as a
 * whole.
 */
nf_error_t nf_profile_effective(struct nf_text profile_json,
                                struct nf_text overlay_json, struct nf_out *out,
                                struct nf_fault *fault);

/* Whether what installs it fetches packages from NF_MIRROR_URL.  The arena is
 * for reading its JSON: without memory, and where nothing needs reading, it is
 * what the method alone says. */
bool nf_profile_needs_mirror(const struct nf_profile *profile,
                             nf_arena_t *arena);

/* For nf_profile_read(): the document's form, and then what must fit together
 * for an installer to carry it out. */
nf_error_t nf_profile_check(const struct nf_value *document,
                            struct nf_fault *fault);
nf_error_t nf_profile_check_sense(const struct nf_value *document,
                                  struct nf_fault *fault);

#endif
