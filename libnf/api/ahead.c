#include "api/ahead.h"

/* Who only creates a task may still add what lacks: it is asked again when the
 * task is approved. */
static nf_error_t
look_ahead(struct nf_change *c, const struct nf_start *start)
{
    struct nf_ahead *ahead = c->preflight_of;
    nf_arena_t *arena = nf_arena_new();
    struct nf_preflight flight = {.r = &c->w->read,
                                  .settings = c->settings,
                                  .templates = ahead->site->templates,
                                  .arena = arena,
                                  .profile = start->profile,
                                  .now = c->now,
                                  .mac = start->mac,
                                  .has_bmc = start->has_bmc,
                                  .has_switch = start->has_switch};

    if (arena == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = nf_preflight_run(&flight, &ahead->findings);
    nf_arena_free(arena);
    if (err != NF_OK) {
        return err;
    }
    if (start->begins && !ahead->is_forced
        && nf_findings_refuse(&ahead->findings)) {
        const struct nf_finding *first = &ahead->findings.each[0];
        (void) nf_refuse(&c->fault, first->field, "%s", first->text);
        return NF_CONFLICT;
    }
    return NF_OK;
}

void
nf_ahead_by(struct nf_change *c, const struct nf_scope *scope,
            struct nf_ahead *ahead, bool is_forced)
{
    ahead->site = scope->site;
    ahead->is_forced = is_forced;
    ahead->findings.n = 0;
    c->preflight = look_ahead;
    c->preflight_of = ahead;
}

void
nf_put_warnings(struct nf_out *out, const struct nf_ahead *ahead)
{
    if (ahead->findings.n > 0) {
        nf_out_puts(out, ",\"warnings\":");
        nf_findings_json(&ahead->findings, out);
    }
}

nf_error_t
nf_ahead_tell(struct nf_call *call, const struct nf_ahead *ahead)
{
    if (ahead->findings.n == 0) {
        return NF_OK;
    }
    struct nf_out out = nf_reply_buffer(call, NF_WARNINGS_MAX);
    if (out.data == NULL) {
        return NF_NO_MEMORY;
    }
    nf_put_warnings(&out, ahead);
    call->warnings = nf_out_text(&out);
    return NF_OK;
}
