#include "store/profiles.h"
#include "api/page.h"
#include "change/profile.h"
#include "model/member.h"
#include "json/tree.h"

enum {
    LINE_MAX = 1024 /* of the list */
};

static const char *
origin_of(const struct nf_profile *profile)
{
    return profile->revision == 0 ? "shipped" : "own";
}

/* {"name":...,"origin":...,"revision":... without the closing brace. */
static void
put_head(struct nf_out *out, const struct nf_profile *profile)
{
    nf_out_puts(out, "{\"name\":");
    nf_out_json(out, nf_text(profile->name));
    nf_member_text(out, "origin", origin_of(profile));
    nf_out_puts(out, ",\"revision\":");
    nf_out_number(out, (int64_t) profile->revision);
}

static bool
put_line(struct nf_read *r, const struct nf_resource_at *at, struct nf_out *out)
{
    struct nf_profile profile;

    if (!nf_profiles_get(r, at->name, &profile)) {
        return false;
    }
    put_head(out, &profile);
    nf_member_text(out, "title", profile.title);
    nf_member_text(out, "os_type", profile.os_type);
    nf_member_text(out, "os_version", profile.os_version);
    nf_member_text(out, "method", nf_methods[profile.method]);
    nf_member_text(out, "first_boot", nf_first_boots[profile.first_boot]);
    nf_out_putc(out, '}');
    return true;
}

/* Those that are shipped are in no table. */
static bool
next(struct nf_read *r, struct nf_resource_at *at)
{
    struct nf_profile profile;

    if (!nf_profiles_next(r, at->name, &profile)) {
        return false;
    }
    memcpy(at->name, profile.name, sizeof(profile.name));
    return true;
}

nf_error_t
nf_api_profiles_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_PROFILES,
                           .line = LINE_MAX,
                           .must = "the name of a profile",
                           .next = next,
                           .put = put_line};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

static nf_error_t
read_name(struct nf_call *call, char name[static NF_PROFILE_NAME])
{
    if (!nf_profile_is_name(call->id)
        || !nf_text_copy(name, NF_PROFILE_NAME, call->id))
    {
        return nf_reply_refuse(call, NF_INVALID, "name",
                               "must be a name of letters, digits and . _ -, "
                               "at most 31");
    }
    return NF_OK;
}

static nf_error_t
find(struct nf_call *call, struct nf_scope *scope, struct nf_profile *profile)
{
    char name[NF_PROFILE_NAME];
    nf_error_t err = read_name(call, name);

    if (err != NF_OK || nf_profiles_get(scope->r, name, profile)) {
        return err;
    }
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                                    "there is no such profile");
}

static nf_error_t
reply_profile(struct nf_call *call, unsigned status,
              const struct nf_profile *profile)
{
    struct nf_out tag = nf_reply_buffer(call, 24);
    struct nf_out out = nf_reply_buffer(call, profile->json.len + LINE_MAX);

    nf_out_putc(&tag, '"');
    nf_out_number(&tag, (int64_t) profile->revision);
    nf_out_putc(&tag, '"');
    call->etag = nf_out_text(&tag);
    if (nf_reply_is_unchanged(call)) {
        call->status = 304;
        return NF_OK;
    }
    put_head(&out, profile);
    nf_out_putc(&out, ',');
    nf_out_put(&out,
               (struct nf_text){profile->json.data + 1, profile->json.len - 1});
    return nf_reply_json(call, status, &out);
}

nf_error_t
nf_api_profiles_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_profile profile;
    nf_error_t err = find(call, scope, &profile);

    return err != NF_OK ? err : reply_profile(call, 200, &profile);
}

/* A profile's own templates are parsed now, so that no machine finds out. */
static nf_error_t
check_template(struct nf_call *call, const struct nf_scope *scope,
               const struct nf_value *document, const char *name)
{
    const struct nf_value *templates = nf_value_member(document, "templates");
    struct nf_text source = nf_value_member_text(templates, name);
    nf_template_t *parsed = NULL;
    char field[32];
    struct nf_out out = nf_out(field, sizeof(field));

    if (source.len == 0) {
        return NF_OK;
    }
    nf_out_puts(&out, "templates.");
    nf_out_puts(&out, name);
    nf_out_putc(&out, '\0');
    nf_error_t err = nf_templates_parse(scope->site->templates, field, source,
                                        &parsed, &call->fault);
    nf_template_free(parsed);
    return err;
}

static nf_error_t
read_body(struct nf_call *call, const struct nf_scope *scope,
          struct nf_profile *profile)
{
    char name[NF_PROFILE_NAME];
    struct nf_value document;
    nf_error_t err = read_name(call, name);

    if (err != NF_OK || (err = nf_reply_check_type(call)) != NF_OK) {
        return err;
    }
    err = nf_profile_read(call->body, call->arena, profile, &call->fault);
    if (err == NF_OK) {
        memcpy(profile->name, name, sizeof(name));
        err = nf_json_tree(profile->json, call->arena, &document, &call->fault);
    }
    if (err == NF_OK) {
        err = check_template(call, scope, &document, "boot");
    }
    return err != NF_OK ? err
                        : check_template(call, scope, &document, "answer");
}

/* If-Match is about what is there: a shipped one has the revision 0, and a
 * name that means nothing fits none. */
static nf_error_t
match(struct nf_call *call, struct nf_scope *scope, const char *name)
{
    static const char why[] = "the profile has changed in the meantime";
    struct nf_profile old;
    bool has_old = nf_profiles_get(scope->r, name, &old);

    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    if (!has_old) {
        return call->if_match.len == 0
                   ? NF_OK
                   : nf_reply_refuse(call, NF_PRECONDITION, "If-Match", why);
    }
    return nf_reply_match_revision(call, old.revision, why);
}

nf_error_t
nf_api_profiles_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_profile profile;
    bool is_new;
    nf_error_t err = read_body(call, scope, &profile);

    if (err != NF_OK || (err = match(call, scope, profile.name)) != NF_OK) {
        return err;
    }
    err = nf_reply_changed(call, &c,
                           nf_change_profile_put(&c, &profile, &is_new));
    return err != NF_OK ? err
                        : reply_profile(call, is_new ? 201 : 200, &profile);
}

nf_error_t
nf_api_profiles_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    char name[NF_PROFILE_NAME];
    nf_error_t err = read_name(call, name);

    if (err != NF_OK || (err = match(call, scope, name)) != NF_OK) {
        return err;
    }
    err = nf_reply_changed(call, &c, nf_change_profile_delete(&c, name));
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
