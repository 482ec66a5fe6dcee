#include "flow/advice.h"

#include "flow/plan.h"

/* How the words of a step begin that a worker did not do: with the word of a
 * cause (docs/bmc.md), or with whose words they are. */
/* clang-format off */
static const struct {
    const char *begin, *advice;
} rows[] = {
    {"unreachable:", "Is that the BMC's address, does the worker reach it, and is IPMI over LAN, or Redfish, switched on in it?"},
    {"hung:", "It is under load or starts; where that lasts, reset the BMC itself, by its own page."},
    {"wrong_user:", "Correct the user of its credentials, or make that user in the BMC."},
    {"wrong_password:", "Correct the password of its credentials. Some BMCs lock a user after a few wrong ones, and Redfish does not tell a wrong user from that."},
    {"cipher:", "Allow cipher suite 17 or 3 in the BMC's settings of IPMI over LAN, or use Redfish."},
    {"privilege:", "Let that user be an administrator in the BMC, or an operator where that is enough."},
    {"wrong_state:", "Is the machine in its set-up screen or its self test? It must leave that."},
    {"unsupported:", "This BMC has no way to do it: do it by hand, and make the task without bmc."},
    {"refused:", "Those are the BMC's own words: mend what they say."},
    {"busy:", "Wait until it has started, or end sessions by its own page."},
    {"certificate:", "Compare that key with what the BMC's own page shows, and pin it."},
    {"malformed:", "Is it a BMC that answers at this address, and by this driver?"},
    {"no_effect:", "Try it by the BMC's own page: where nothing happens there either, reset the BMC itself."},
    {"local:", "Look at the worker's log: its own host lacks something."},
    {"credentials:", "Set that password again."},
    {"no worker that may", ""},
    {"no worker", "Start one; `nf workers` shows who was there."},
    {"this worker knows no BMC", "Give that worker a file of it in NF_BMC_DEVICES, or make a device with credentials for this node (PUT /api/v1/devices/NAME)."},
    {"it could not be sent", "Do nf-relay, the broker and a worker run? `nf workers` shows who is there."},
    {"the BMC worker did not", "Look at the worker's log, and at `nf workers`."},
    {"the switch worker did not", "Look at the worker's log, and at `nf workers`."},
};
/* clang-format on */

static const char *
by_words(const struct nf_step *step)
{
    struct nf_text words = nf_text(step->error);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (nf_text_starts(words, nf_text(rows[i].begin))) {
            return rows[i].advice;
        }
    }
    return NULL;
}

/* It was told to boot from the network; whoever starts it by hand knows. */
static bool
was_reset(const struct nf_task *task, const struct nf_step *step)
{
    return step->kind == NF_STEP_NODE_BOOT && (task->flags & NF_TASK_HAS_BMC);
}

const char *
nf_advice_for(const struct nf_task *task, const struct nf_step *step)
{
    const struct nf_executor_row *executor = nf_plan_executor(step->kind);
    const char *advice =
        nf_plan_row(step->kind)->command != NULL ? by_words(step) : NULL;

    if (was_reset(task, step)) {
        return "Look at its boot order, at whether network boot is disabled in "
               "its set-up, at its cable and the VLAN of its port.";
    }
    return advice != NULL ? advice : executor->advice;
}
