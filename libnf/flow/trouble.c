#include "flow/trouble.h"

#include <stdio.h>

#include "base/time.h"
#include "flow/hint.h"
#include "flow/plan.h"
#include "flow/words.h"

/* --- what it explains -------------------------------------------------------
 */

static bool
is_ended(const struct nf_why_facts *f)
{
    return f->task != NULL && !nf_task_is_live(f->task);
}

static bool
is_installed(const struct nf_why_facts *f)
{
    return f->node != NULL && f->node->status == NF_NODE_INSTALLED;
}

static bool
has_wanted(const struct nf_why_facts *f)
{
    return f->wanted != NULL && nf_command_is_live(f->wanted);
}

static enum nf_executor
executor_of(const struct nf_why_facts *f)
{
    return nf_plan_row(nf_hint_step(f)->kind)->executor;
}

/* An installed system's silence may be ours. */
static bool
is_offline(const struct nf_why_facts *f)
{
    return is_installed(f) && !f->node->online && nf_hint_step(f) == NULL
           && (f->task == NULL || f->task->first_boot == NF_FIRST_BOOT_AGENT
               || f->heard != 0);
}

/* Whatever is still to be heard of it. */
static bool
is_open(const struct nf_why_facts *f)
{
    return nf_hint_step(f) != NULL || has_wanted(f) || is_offline(f)
           || (!is_installed(f) && !is_ended(f));
}

static bool
needs_relay(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return has_wanted(f) || is_offline(f)
           || (step != NULL
               && (step->deadline != 0 || executor_of(f) == NF_EXECUTOR_FILES));
}

static bool
needs_broker(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return has_wanted(f) || is_offline(f)
           || (step != NULL
               && (executor_of(f) == NF_EXECUTOR_COMMAND
                   || (step->kind == NF_STEP_FIRST_BOOT
                       && f->task->first_boot == NF_FIRST_BOOT_AGENT)));
}

/* A machine of which DHCP has never said that it has an address. */
static bool
needs_address(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return f->leased == 0 && !is_ended(f) && nf_hint_is_never_seen(f)
           && (step == NULL
                   ? f->node != NULL && f->node->status == NF_NODE_DISCOVERED
                   : step->kind == NF_STEP_NODE_BOOT
                         || step->kind == NF_STEP_NODE_MATCH);
}

/* What leases say is late. */
static bool
needs_lease(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return needs_address(f)
           || (step != NULL && step->kind == NF_STEP_NODE_BOOT);
}

/* It would fetch packages, and cannot. */
static bool
lacks_mirror(const struct nf_why_facts *f)
{
    const struct nf_step *step = nf_hint_step(f);

    return f->lacks_mirror && step != NULL && step->kind == NF_STEP_OS_INSTALL;
}

/* Its own words say so, or it holds up no node by itself. */
static bool
never(const struct nf_why_facts *f)
{
    (void) f;
    return false;
}

/* --- the rows ---------------------------------------------------------------
 */

/* $s is " since TIME", or nothing; $w what found it, $b the same in brackets.
 */
#define STARTS "`nf up` starts it again; if it does not, its log says why."

/* clang-format off */
static const struct row {
    const char *name;
    bool (*explains)(const struct nf_why_facts *f);
    const char *words, *advice;
} rows[NF_TROUBLES] = {
    [NF_TROUBLE_STORE_CLOSED] = {"store_closed", never,
        "nginx has not been able to open the store or its key$s$b: everything but boot files is answered with 503.",
        "`nf store init` makes one where there is none; otherwise the log of nginx says what is wrong."},
    [NF_TROUBLE_STORE_FULL] = {"store_full", is_open,
        "The store has been full$s$b: changes are refused.",
        "Delete nodes and tasks that are no longer needed, or lower NF_EVENT_WINDOW."},
    [NF_TROUBLE_DISK_FULL] = {"disk_full", is_open,
        "The store's disk has been full$s$b: changes are refused.",
        "Free space on the file system of $w."},
    [NF_TROUBLE_STORE_REFUSES] = {"store_refuses", is_open,
        "nf-relay has not been able to write to the store$s$b: no deadline passes, and what nodes say by MQTT is not recorded.",
        "Check the store's disk, and the kernel's log for its errors."},
    [NF_TROUBLE_RELAY_GONE] = {"relay_gone", needs_relay,
        "nf-relay has not been running$s$b: no deadline passes, no command is sent, and what nodes say by MQTT is not recorded.",
        STARTS},
    [NF_TROUBLE_RELAY_HUNG] = {"relay_hung", needs_relay,
        "nf-relay has been hanging$s (process $w): no deadline passes, no command is sent, and what nodes say by MQTT is not recorded.",
        "End it with `kill -9 $w`: `nf up` starts it again. If it hangs again, check the store's disk."},
    [NF_TROUBLE_RUN_FULL] = {"run_full", is_open,
        "The disk of NF_RUN_DIR has been full$s$b: nf-relay cannot say how it is, and leases may not be recorded.",
        "Free space on the file system of $w; nothing has to be restarted."},
    [NF_TROUBLE_BROKER_DOWN] = {"broker_down", needs_broker,
        "nf-relay has had no connection to the MQTT broker$s$b: no command is sent, and no heartbeat arrives.",
        "Check that mosquitto is running, and NF_MQTT_BROKER."},
    [NF_TROUBLE_BROKER_HUNG] = {"broker_hung", needs_broker,
        "The MQTT broker has not answered$s$b: no command is sent, and no heartbeat arrives.",
        "Restart mosquitto: `nf up` starts it again when it is killed."},
    [NF_TROUBLE_DHCP_GONE] = {"dhcp_gone", needs_lease,
        "dnsmasq has not been running$s$b: no machine gets an address or a boot loader.",
        "`nf up` starts it again as soon as what it says is fixed."},
    [NF_TROUBLE_DHCP_HUNG] = {"dhcp_hung", needs_lease,
        "dnsmasq has not answered a machine$s (process $w): none gets an address.",
        "End it with `kill -9 $w`: `nf up` starts it again."},
    [NF_TROUBLE_SPOOL] = {"spool_waits", needs_lease,
        "Lease events have been waiting in the spool$s$b: what a machine did since may be missing here.",
        "nf-relay takes them as soon as the store does; its log says what keeps it."},
    [NF_TROUBLE_POOL] = {"pool_exhausted", needs_address,
        "The DHCP pool $w has had no free address$s: a machine that has none gets no answer.",
        "Enlarge the pool (NF_DHCP_IP_POOL_END, NF_DHCP_RANGES), or shorten NF_DHCP_LEASE_TIME."},
    [NF_TROUBLE_RESERVE] = {"reserve_silent", needs_address,
        "nf-reserve has not kept addresses$s ($w): dnsmasq gives them from its own pool, and of machines that are switched on together some may get none at first.",
        STARTS},
    [NF_TROUBLE_NO_WORKER] = {"no_worker", never,
        "No worker for BMCs and switches has been connected$s$b.",
        "Start nf-bmc: `nf workers` shows which ones there were."},
    [NF_TROUBLE_MIRROR] = {"mirror_down", lacks_mirror,
        "The mirror has not served packages$s$b: installations that need them wait or fail.",
        "Check NF_MIRROR_URL, and that this machine can reach the mirror: nf-relay looks every 10 seconds."},
    [NF_TROUBLE_FILES_FULL] = {"files_full", never,
        "The disk of the boot files has been full$s$b: uploads and imports fail.",
        "Remove files with `nf files rm` and `nf files gc`, or free space on the file system of $w."},
    [NF_TROUBLE_TEMPLATE] = {"template_broken", never,
        "A template in NF_TEMPLATES_DIR has a fault$s: $w. Nodes are still served by the last version that had none.",
        "Fix that file, check it with `nf config check`, and reload."},
};
/* clang-format on */

void
nf_trouble_add(struct nf_troubles *troubles, enum nf_trouble_kind kind,
               nf_time_t since, const char *words)
{
    struct nf_trouble *trouble = &troubles->each[troubles->n++];

    *trouble = (struct nf_trouble){.kind = kind, .since = since};
    snprintf(trouble->words, sizeof(trouble->words), "%s",
             words != NULL ? words : "");
}

const char *
nf_trouble_name(enum nf_trouble_kind kind)
{
    return rows[kind].name;
}

static void
put_words(struct nf_out *out, const struct nf_trouble *trouble,
          const char *words)
{
    for (; words[0] != '\0'; words++) {
        bool is_mark = words[0] == '$';
        words += is_mark;
        if (!is_mark) {
            nf_out_putc(out, words[0]);
        } else if (words[0] == 'w') {
            nf_out_puts(out, trouble->words);
        } else if (words[0] == 'b' && trouble->words[0] != '\0') {
            nf_out_printf(out, " (%s)", trouble->words);
        } else if (words[0] == 's' && trouble->since != 0) {
            nf_words_time(out, " since ", trouble->since);
        }
    }
}

void
nf_trouble_put(struct nf_out *out, const struct nf_trouble *trouble)
{
    put_words(out, trouble, rows[trouble->kind].words);
}

void
nf_trouble_put_advice(struct nf_out *out, const struct nf_trouble *trouble)
{
    put_words(out, trouble, rows[trouble->kind].advice);
}

static void
put_text(struct nf_out *out, const char *member,
         void (*put)(struct nf_out *out, const struct nf_trouble *trouble),
         const struct nf_trouble *trouble)
{
    char text[NF_TROUBLE_JSON / 2];
    struct nf_out words = nf_out(text, sizeof(text));

    put(&words, trouble);
    nf_out_printf(out, ",\"%s\":", member);
    nf_out_json(out, nf_out_text(&words));
}

void
nf_troubles_json(const struct nf_troubles *troubles, struct nf_out *out)
{
    char time[NF_TIME_TEXT];

    nf_out_putc(out, '[');
    for (size_t i = 0; i < troubles->n; i++) {
        const struct nf_trouble *trouble = &troubles->each[i];
        nf_out_printf(out, "%s{\"word\":\"%s\"", i > 0 ? "," : "",
                      rows[trouble->kind].name);
        if (trouble->since != 0) {
            nf_time_format(trouble->since, time);
            nf_out_printf(out, ",\"since\":\"%s\"", time);
        }
        put_text(out, "sentence", nf_trouble_put, trouble);
        put_text(out, "advice", nf_trouble_put_advice, trouble);
        nf_out_putc(out, '}');
    }
    nf_out_putc(out, ']');
}

bool
nf_trouble_explains(const struct nf_trouble *trouble,
                    const struct nf_why_facts *facts)
{
    return rows[trouble->kind].explains(facts);
}

bool
nf_troubles_stop_clock(const struct nf_troubles *troubles)
{
    for (size_t i = 0; troubles != NULL && i < troubles->n; i++) {
        if (troubles->each[i].kind <= NF_TROUBLE_RELAY_HUNG) {
            return true;
        }
    }
    return false;
}
