/*
 * An operator's words, kept with a task beside what was asked for.
 */
#include "change/change.h"
#include "change/record.h"
#include "store/tasks.h"

nf_error_t
nf_change_task_note(struct nf_change *c, uint64_t id, const char *notes)
{
    char room[NF_TASK_SPEC_MAX];
    struct nf_out out = nf_out(room, sizeof(room));
    struct nf_task task;

    if (notes[0] == '\0' || !nf_tasks_get(&c->w->read, id, &task)) {
        return c->w->read.err;
    }
    struct nf_text spec = nf_tasks_spec(&c->w->read, id);
    if (spec.len > 2) { /* "{...}" */
        nf_out_put(&out, (struct nf_text){spec.data, spec.len - 1});
        nf_out_putc(&out, ',');
    } else {
        nf_out_putc(&out, '{');
    }
    nf_out_puts(&out, "\"approval_notes\":");
    nf_out_json(&out, nf_text(notes));
    nf_out_putc(&out, '}');
    struct nf_text text = nf_out_text(&out);
    if (!out.full) {
        (void) nf_record_task(c, NF_EVENT_TASK_STEP, &task, &text);
    }
    return out.full ? NF_BUG : c->w->read.err;
}
