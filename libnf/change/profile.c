#include "change/profile.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include "change/record.h"
#include "model/member.h"
#include "store/events.h"
#include "store/profiles.h"

static void
put_hash(struct nf_out *out, struct nf_text json)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[sizeof(hash) * 2 + 1];

    crypto_hash_sha256(hash, (const uint8_t *) json.data, json.len);
    sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
    nf_member_text(out, "sha256", hex);
}

/*
 * The event says which profile and what kind of thing it is.  Its JSON, which
 * may hold scripts of many kilobytes, is left to the store; its SHA-256 tells
 * which one it was.
 */
static bool
record(struct nf_change *c, enum nf_event_kind kind,
       const struct nf_profile *profile)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"profile\":{\"name\":");
    nf_out_json(&out, nf_text(profile->name));
    nf_member_text(&out, "title", profile->title);
    nf_member_text(&out, "os_type", profile->os_type);
    nf_member_text(&out, "os_version", profile->os_version);
    nf_member_text(&out, "method", nf_methods[profile->method]);
    put_hash(&out, profile->json);
    nf_out_putc(&out, '}');
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    struct nf_event_draft draft = {.kind = kind,
                                   .time = c->now,
                                   .actor = c->actor,
                                   .is_by_person = c->is_person,
                                   .members = nf_out_text(&out)};
    return nf_events_add(c->w, &draft);
}

nf_error_t
nf_change_profile_put(struct nf_change *c, struct nf_profile *profile,
                      bool *is_new)
{
    struct nf_profile old;
    bool has_old = nf_profiles_get_own(&c->w->read, profile->name, &old);

    *is_new = !has_old;
    if (has_old && nf_text_equal(old.json, profile->json)) {
        profile->revision = old.revision;
        return NF_OK;
    }
    if (!has_old && nf_read_count(&c->w->read, NF_PROFILES) >= NF_PROFILES_MAX)
    {
        (void) nf_refuse(&c->fault, "name", "there are %d profiles already",
                         NF_PROFILES_MAX);
        return NF_CONFLICT;
    }
    profile->revision = nf_events_next(c->w);
    if (nf_profiles_put(c->w, profile)) {
        (void) record(c, NF_EVENT_PROFILE_PUT, profile);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_profile_delete(struct nf_change *c, const char *name)
{
    struct nf_profile profile;

    if (nf_profiles_get_own(&c->w->read, name, &profile)) {
        if (record(c, NF_EVENT_PROFILE_DELETED, &profile)) {
            (void) nf_profiles_delete(c->w, name);
        }
        return c->w->read.err;
    }
    if (c->w->read.err != NF_OK) {
        return c->w->read.err;
    }
    if (nf_profile_find(name) != NULL) {
        return nf_conflict(c, "name", "a shipped profile cannot be deleted");
    }
    (void) nf_refuse(&c->fault, "name", "there is no such profile");
    return NF_NOT_FOUND;
}
