/*
 * Boot files: which content stands at a path.
 */
#include "change/change.h"
#include "change/record.h"
#include "store/content.h"
#include "store/events.h"
#include "store/files.h"

/* Append an event about a file; no node has part in it. */
static nf_error_t
append(struct nf_change *c, enum nf_event_kind kind, const struct nf_file *file)
{
    char text[NF_FILE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"file\":");
    nf_file_json(file, &out);
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return NF_BUG;
    }
    (void) nf_events_add(
        c->w, &(struct nf_event_draft){.kind = kind,
                                       .time = c->now,
                                       .actor = c->actor,
                                       .is_by_person = c->is_person,
                                       .members = nf_out_text(&out)});
    return c->w->read.err;
}

static bool
is_same(const struct nf_file *a, const struct nf_file *b)
{
    return strcmp(a->sha256, b->sha256) == 0 && a->size == b->size
           && a->type == b->type;
}

nf_error_t
nf_change_file_put(struct nf_change *c, struct nf_file *file, bool *is_new)
{
    struct nf_file old;
    nf_error_t err = nf_file_path_check(nf_text(file->path), &c->fault);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_content_is_there(c->settings->files_dir, file->sha256, file->size))
    {
        return nf_conflict(c, "sha256", "has no content; send it again");
    }
    *is_new = !nf_files_get(&c->w->read, nf_text(file->path), &old);
    if (c->w->read.err != NF_OK) {
        return c->w->read.err;
    }
    if (!*is_new && is_same(&old, file)) {
        *file = old;
        return NF_OK;
    }
    file->created_at = *is_new ? c->now : old.created_at;
    file->updated_at = c->now;
    file->revision = nf_events_next(c->w);
    (void) nf_files_put(c->w, file);
    return append(c, NF_EVENT_FILE_PUT, file);
}

nf_error_t
nf_change_file_delete(struct nf_change *c, struct nf_text path)
{
    struct nf_file file;

    if (!nf_files_get(&c->w->read, path, &file)) {
        (void) nf_refuse(&c->fault, "path", "there is no such boot file");
        return c->w->read.err != NF_OK ? c->w->read.err : NF_NOT_FOUND;
    }
    (void) nf_files_delete(c->w, path);
    return append(c, NF_EVENT_FILE_DELETED, &file);
}
