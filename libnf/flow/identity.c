#include "flow/identity.h"

#include "flow/words.h"

static void
put_macs(struct nf_out *out, const char *before, nf_mac_t one,
         const char *between, nf_mac_t other, const char *after)
{
    nf_out_puts(out, before);
    nf_words_mac(out, one);
    nf_out_puts(out, between);
    nf_words_mac(out, other);
    nf_out_puts(out, after);
}

/* --- two nodes, one machine or two -------------------------------------------
 */

/* card is a node of its own, and seems to be a card of node's. */
static void
put_settled_by(struct nf_out *out, nf_mac_t node,
               const struct nf_why_report *report)
{
    nf_out_puts(out, " If they are one machine, run ");
    if (!report->is_bare) {
        nf_out_puts(out, "`nf delete ");
        nf_words_mac(out, report->mac);
        nf_out_puts(out, "` and then ");
    }
    put_macs(out, "`nf macs ", node, " --add ", report->mac, "`");
    if (report->sn[0] != '\0') {
        nf_out_puts(out, "; if they are two, correct the serial number of ");
        nf_words_mac(out, node);
        nf_out_puts(out, " with `nf serial ");
        nf_words_mac(out, node);
        nf_out_puts(out, " NUMBER`");
    }
    nf_out_putc(out, '.');
}

static void
put_number(struct nf_out *out, const struct nf_why_report *report)
{
    nf_words_mac(out, report->mac);
    nf_out_printf(out, " reported %s%s",
                  report->sn[0] != '\0' ? "serial number " : "no serial number",
                  report->sn);
}

/* --- what a machine said -----------------------------------------------------
 */

static void
say_no_task(struct nf_out *out, const struct nf_why_facts *f,
            const struct nf_why_report *report)
{
    put_number(out, report);
    nf_out_printf(
        out,
        ", which is nearly %s. If that is the machine, cancel the task "
        "with ",
        f->task->sn);
    nf_words_command(out, "cancel", f->task);
    nf_out_puts(out, " and run `nf install ");
    nf_words_mac(out, report->mac);
    nf_out_puts(out, "`.");
}

static void
say_clash(struct nf_out *out, const struct nf_why_facts *f,
          const struct nf_why_report *report)
{
    (void) f;
    put_number(out, report);
    nf_out_puts(out, ", which belongs to ");
    nf_words_mac(out, report->other);
    nf_out_putc(out, '.');
    put_settled_by(out, report->other, report);
}

static void
say_mac_other(struct nf_out *out, const struct nf_why_facts *f,
              const struct nf_why_report *report)
{
    (void) f;
    put_number(out, report);
    nf_out_puts(out, ", but ");
    nf_words_task(out, report->task);
    nf_out_puts(out, " expects that machine as ");
    nf_words_mac(out, report->other);
    nf_out_putc(out, '.');
    put_settled_by(out, report->other, report);
}

static void
say_card(struct nf_out *out, const struct nf_why_facts *f,
         const struct nf_why_report *report)
{
    (void) f;
    nf_words_mac(out, report->mac);
    if (report->sn[0] != '\0') {
        nf_out_printf(out,
                      " asked for its boot script with serial number %s, "
                      "which belongs to ",
                      report->sn);
        nf_words_mac(out, report->other);
        nf_out_putc(out, '.');
    } else {
        nf_out_puts(out, " is among the cards that ");
        nf_words_mac(out, report->other);
        nf_out_puts(out, " reported.");
    }
    put_settled_by(out, report->other, report);
}

static void
say_serial_other(struct nf_out *out, const struct nf_why_facts *f,
                 const struct nf_why_report *report)
{
    bool has_node = f->node != NULL && f->node->serial[0] != '\0';
    const char *expected = has_node          ? f->node->serial
                           : f->task != NULL ? f->task->sn
                                             : "";

    put_number(out, report);
    nf_out_printf(out, ", but %s is expected.",
                  expected[0] != '\0' ? expected : "another one");
    nf_out_puts(out, " If this is the machine, correct the number with "
                     "`nf serial ");
    nf_words_mac(out, report->mac);
    nf_out_printf(out, " %s`", report->sn[0] != '\0' ? report->sn : "\"\"");
    if (f->task != NULL && nf_task_is_live(f->task)) {
        nf_out_puts(out, "; if not, cancel the task with ");
        nf_words_command(out, "cancel", f->task);
    }
    nf_out_putc(out, '.');
}

void
nf_identity_reports(struct nf_out *out, const struct nf_why_facts *f)
{
    static void (*const say[])(struct nf_out * out,
                               const struct nf_why_facts *f,
                               const struct nf_why_report *report) = {
        [NF_WHY_NO_TASK] = say_no_task,
        [NF_WHY_SERIAL_CLASH] = say_clash,
        [NF_WHY_SERIAL_OTHER] = say_serial_other,
        [NF_WHY_MAC_OTHER] = say_mac_other,
        [NF_WHY_CARD] = say_card,
    };

    for (size_t i = 0; i < f->reports_n; i++) {
        nf_out_puts(out, i == 0 ? "" : " ");
        say[f->reports[i].clash](out, f, &f->reports[i]);
    }
}

void
nf_identity_kin(struct nf_out *out, const struct nf_why_facts *f)
{
    for (size_t i = 0; i < f->kin_n; i++) {
        const struct nf_why_report *kin = &f->kin[i];
        nf_out_puts(out, i == 0 ? "" : " ");
        nf_words_mac(out, kin->mac);
        if (kin->clash == NF_WHY_CARD) {
            nf_out_puts(out, " seems to be the same machine by another card,");
        } else {
            nf_out_printf(out, " reported the serial number of this node, %s,",
                          kin->sn);
        }
        nf_out_puts(out, " and is a node of its own.");
        put_settled_by(out, f->node->mac, kin);
    }
}

/* --- other tasks, and a node that is gone ------------------------------------
 */

static void
say_twin(struct nf_out *out, const struct nf_why_facts *f)
{
    if (f->twin == 0 || f->node == NULL) {
        return;
    }
    nf_out_putc(out, ' ');
    nf_words_task(out, f->twin);
    nf_out_printf(out,
                  " waits for the same machine by its serial number, %s: "
                  "cancel it with `nf cancel ",
                  f->node->serial);
    nf_words_task(out, f->twin);
    nf_out_puts(out, "`.");
}

static void
say_nearly(struct nf_out *out, const struct nf_why_facts *f)
{
    if (f->nearly.task == 0) {
        return;
    }
    nf_out_putc(out, ' ');
    nf_words_task(out, f->nearly.task);
    nf_out_printf(out,
                  " waits for serial number %s, and this machine reported %s. "
                  "If it is that machine, cancel that task with `nf cancel ",
                  f->nearly.sn, f->nearly.said);
    nf_words_task(out, f->nearly.task);
    nf_out_puts(out, "` and install this node.");
}

/* The node is new, and its MAC had tasks before. */
static void
say_deleted(struct nf_out *out, const struct nf_why_facts *f)
{
    if (f->before.task == 0) {
        return;
    }
    nf_out_puts(out, " A node with this MAC was deleted; its last task, ");
    nf_words_task(out, f->before.task);
    nf_out_printf(out, ", is %s.", nf_task_statuses[f->before.status]);
    if (f->node != NULL) {
        nf_out_puts(out, " The machine still boots from the network: if it is "
                         "not to be used, power it off before you run ");
        nf_words_node_command(out, "delete", f->node);
        nf_out_puts(out, " again.");
    }
}

/* It cannot be retried. */
static void
say_rejected(struct nf_out *out, const struct nf_why_facts *f)
{
    const struct nf_task *task = f->task;

    if (f->node == NULL && task != NULL && !nf_task_has_node(task)
        && task->status == NF_TASK_REJECTED && task->sn[0] != '\0')
    {
        nf_out_printf(out,
                      " No machine with serial number %s has reported; to wait "
                      "for it again, run `nf create --sn %s`.",
                      task->sn, task->sn);
    }
}

/* Of a task that is not its node's any more. */
static void
say_place(struct nf_out *out, const struct nf_why_facts *f)
{
    switch (f->place) {
    case NF_WHY_HERE:
        return;
    case NF_WHY_DELETED:
        put_macs(out, " Its node, ", f->task->mac,
                 ", was deleted. To install that machine again, run `nf create "
                 "--mac ",
                 f->task->mac, "`.");
        return;
    case NF_WHY_BACK:
        put_macs(out,
                 " Its node was deleted, and a machine with the same MAC, ",
                 f->task->mac, ", has been discovered since: `nf why ",
                 f->task->mac, "`.");
        return;
    case NF_WHY_NEWER:
        nf_out_puts(out, " Its node has a newer task: `nf why ");
        nf_words_task(out, f->newer);
        nf_out_puts(out, "`.");
    }
}

void
nf_identity_rest(struct nf_out *out, const struct nf_why_facts *f, bool has_kin)
{
    if (f->kin_n > 0 && !has_kin) {
        nf_out_putc(out, ' ');
        nf_identity_kin(out, f);
    }
    say_twin(out, f);
    say_nearly(out, f);
    say_deleted(out, f);
    say_rejected(out, f);
    say_place(out, f);
}
