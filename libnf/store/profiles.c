/*
 * profiles:      name -> the head of struct nf_profile, JSON
 * task-profiles: id   -> the same
 */
#include "store/profiles.h"

#include "store/key.h"

enum {
    HEAD = offsetof(struct nf_profile, json)
};

static_assert(HEAD == 416, "stored: see docs/store.md");

/* Whoever uses the record relies on these. */
static bool
is_sound(const struct nf_profile *p)
{
    return p->method <= NF_METHOD_KICKSTART
           && p->first_boot <= NF_FIRST_BOOT_NONE
           && nf_text_is_ended(p->name, sizeof(p->name))
           && nf_profile_is_name(nf_text(p->name))
           && nf_text_is_ended(p->title, sizeof(p->title))
           && nf_text_is_ended(p->os_type, sizeof(p->os_type))
           && nf_text_is_ended(p->os_version, sizeof(p->os_version))
           && nf_text_is_ended(p->bootfile, sizeof(p->bootfile))
           && nf_text_is_ended(p->suite, sizeof(p->suite))
           && nf_text_is_ended(p->image, sizeof(p->image));
}

/* A bool that is neither 0 nor 1 may not even be read: it is put right in the
 * bytes before they are one. */
static bool
decode(struct nf_read *r, struct nf_bytes value, struct nf_profile *profile)
{
    uint8_t head[HEAD];

    if (value.len < HEAD || value.len > HEAD + NF_PROFILE_JSON_MAX) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(head, value.data, HEAD);
    head[offsetof(struct nf_profile, has_hardware)] &= 1;
    head[offsetof(struct nf_profile, has_network)] &= 1;
    memcpy((void *) profile, head, HEAD);
    if (!is_sound(profile)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    profile->json =
        (struct nf_text){(const char *) value.data + HEAD, value.len - HEAD};
    return true;
}

static bool
put(struct nf_write *w, nf_table_t table, struct nf_bytes key,
    const struct nf_profile *profile)
{
    char value[HEAD + NF_PROFILE_JSON_MAX];

    if (profile->json.len > NF_PROFILE_JSON_MAX) {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    memcpy(value, profile, HEAD);
    memcpy(value + HEAD, profile->json.data, profile->json.len);
    return nf_write_put(w, table, key,
                        (struct nf_bytes){value, HEAD + profile->json.len});
}

bool
nf_profiles_get_own(struct nf_read *r, const char *name,
                    struct nf_profile *profile)
{
    struct nf_bytes value;

    return nf_profile_is_name(nf_text(name))
           && nf_read_get(r, NF_PROFILES, (struct nf_bytes){name, strlen(name)},
                          &value)
           && decode(r, value, profile);
}

bool
nf_profiles_get(struct nf_read *r, const char *name, struct nf_profile *profile)
{
    const struct nf_profile *shipped = nf_profile_find(name);

    if (nf_profiles_get_own(r, name, profile)) {
        return true;
    }
    if (r->err != NF_OK || shipped == NULL) {
        return false;
    }
    *profile = *shipped;
    return true;
}

bool
nf_profiles_put(struct nf_write *w, const struct nf_profile *profile)
{
    return put(w, NF_PROFILES,
               (struct nf_bytes){profile->name, strlen(profile->name)},
               profile);
}

bool
nf_profiles_delete(struct nf_write *w, const char *name)
{
    return nf_write_delete(w, NF_PROFILES,
                           (struct nf_bytes){name, strlen(name)});
}

/* The shipped one next behind after, NULL: none is left. */
static const struct nf_profile *
next_shipped(const char *after)
{
    const struct nf_profile *next = NULL;

    for (const struct nf_profile *p = nf_profiles; p->name[0] != '\0'; p++) {
        if (strcmp(p->name, after) > 0
            && (next == NULL || strcmp(p->name, next->name) < 0))
        {
            next = p;
        }
    }
    return next;
}

static bool
next_own(struct nf_read *r, const char *after, struct nf_profile *profile)
{
    struct nf_bytes key = {after, strlen(after)};
    NF_SCAN(scan, r, NF_PROFILES);

    if (!nf_scan_seek(&scan, key)) {
        return false;
    }
    bool is_same = scan.key.len == key.len && key.len > 0
                   && memcmp(scan.key.data, key.data, key.len) == 0;
    if (is_same && !nf_scan_next(&scan)) {
        return false;
    }
    return decode(r, scan.value, profile);
}

bool
nf_profiles_next(struct nf_read *r, const char *after,
                 struct nf_profile *profile)
{
    const struct nf_profile *shipped = next_shipped(after);
    bool has_own = next_own(r, after, profile);

    if (r->err != NF_OK) {
        return false;
    }
    if (shipped != NULL
        && (!has_own || strcmp(shipped->name, profile->name) < 0)) {
        *profile = *shipped;
        return true;
    }
    return has_own;
}

bool
nf_task_profiles_get(struct nf_read *r, uint64_t task,
                     struct nf_profile *profile)
{
    struct nf_key key = nf_key_number(task);
    struct nf_bytes value;

    return nf_read_get(r, NF_TASK_PROFILES, nf_key_bytes(&key), &value)
           && decode(r, value, profile);
}

bool
nf_task_profiles_put(struct nf_write *w, uint64_t task,
                     const struct nf_profile *profile)
{
    struct nf_key key = nf_key_number(task);

    return put(w, NF_TASK_PROFILES, nf_key_bytes(&key), profile);
}

bool
nf_task_profiles_delete(struct nf_write *w, uint64_t task)
{
    struct nf_key key = nf_key_number(task);

    return nf_write_delete(w, NF_TASK_PROFILES, nf_key_bytes(&key));
}
