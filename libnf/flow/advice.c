#include "flow/advice.h"

#include "flow/plan.h"

#define ANY (-1)
#define BMC NF_COMMAND_BMC
#define NET NF_COMMAND_SWITCH

/* How the words of a step begin that a worker did not do: with the word of a
 * cause (docs/bmc.md, docs/switches.md), or with whose words they are; of which
 * device. */
/* clang-format off */
static const struct {
    int target;
    const char *begin, *advice;
} rows[] = {
    {BMC, "unreachable:", "Is that the BMC's address, does the worker reach it, and is IPMI over LAN, or Redfish, switched on in it?"},
    {BMC, "hung:", "It is under load or starts; where that lasts, reset the BMC itself, by its own page."},
    {BMC, "wrong_user:", "Correct the user of its credentials, or make that user in the BMC."},
    {BMC, "wrong_password:", "Correct the password of its credentials. Some BMCs lock a user after a few wrong ones, and Redfish does not tell a wrong user from that."},
    {BMC, "cipher:", "Allow cipher suite 17 or 3 in the BMC's settings of IPMI over LAN, or use Redfish."},
    {BMC, "privilege:", "Let that user be an administrator in the BMC, or an operator where that is enough."},
    {BMC, "wrong_state:", "Is the machine in its set-up screen or its self test? It must leave that."},
    {BMC, "unsupported:", "This BMC has no way to do it: do it by hand, and make the task without bmc."},
    {BMC, "refused:", "Those are the BMC's own words: mend what they say."},
    {BMC, "busy:", "Wait until it has started, or end sessions by its own page."},
    {BMC, "certificate:", "Compare that key with what the BMC's own page shows, and pin it."},
    {BMC, "malformed:", "Is it a BMC that answers at this address, and by this driver?"},
    {BMC, "no_effect:", "Try it by the BMC's own page: where nothing happens there either, reset the BMC itself."},
    {NET, "unreachable:", "Is that the switch's address, does the worker reach it, and is SSH, SNMP or eAPI, whichever its driver uses, switched on in it? By SNMP a wrong community looks like that, too."},
    {NET, "hung:", "It is under load or starts: look at its console."},
    {NET, "wrong_password:", "Correct the user and the password of its credentials, or make that user in the switch."},
    {NET, "host_key:", "Compare that key with what the switch's own console shows, and pin it in its device; where nobody gave it a new key, somebody else answers."},
    {NET, "privilege:", "Let that user configure ports in the switch: a community that may write, or the highest level of its users."},
    {NET, "unsupported:", "This switch has no way to do it by this driver: use another driver, or move the port by hand and make the task without switch."},
    {NET, "refused:", "Those are the switch's own words: mend what they say."},
    {NET, "no_switch:", "Make it a device again, or say with `nf port link NODE SWITCH PORT` where the machine is."},
    {NET, "no_port:", "`nf ports SWITCH` lists ports and the machines at them: is the cable in a switch that is a device? Then `nf port link NODE SWITCH PORT`."},
    {NET, "two_ports:", "Say which one it is: `nf port link NODE SWITCH PORT`."},
    {NET, "not_put_back:", "Put that port back first: `nf port restore NODE`."},
    {NET, "no_vlan:", "Make that VLAN in the switch, and let its uplinks carry it; or name another one in NF_INSTALL_VLAN, NF_PRODUCTION_VLAN or the task."},
    {NET, "no_mac:", "Is the machine on, and its cable in this switch?"},
    {NET, "uplink:", "Is the machine at a switch behind that port? Make that one a device, too. Where it is the machine's own port all the same, move it by hand and make the task without switch."},
    {NET, "changed:", "Ask who works at that switch: the next try takes the port as it is by then."},
    {NET, "other_machine:", "Was a cable moved? `nf ports SWITCH` shows who is where; `nf port link NODE SWITCH PORT` says where this machine is."},
    {NET, "busy:", "Somebody configures it: wait until he has ended, or end his session."},
    {NET, "malformed:", "Is it a switch that answers at this address, and one of this driver?"},
    {NET, "no_effect:", "Try it by hand at the switch: where nothing happens there either, something else sets this port, such as 802.1X or a controller."},
    {NET, "not_forwarding:", "Look at spanning tree at that port: make it an edge port (portfast), and look for a loop or BPDU guard."},
    {NET, "not_saved:", "Save the switch's configuration by hand, and see why it refuses: its flash may be full."},
    {NET, "credentials:", "Make a credential set (PUT /api/v1/credentials/NAME) and name it in its device, or set its password again."},
    {ANY, "local:", "Look at the worker's log: its own host lacks something."},
    {ANY, "credentials:", "Set that password again."},
    {ANY, "no worker that may", ""},
    {ANY, "no worker", "Start one; `nf workers` shows who was there."},
    {ANY, "this worker knows no BMC", "Give that worker a file of it in NF_BMC_DEVICES, or make a device with credentials for this node (PUT /api/v1/devices/NAME)."},
    {ANY, "it could not be sent", "Do nf-relay, the broker and a worker run? `nf workers` shows who is there."},
    {ANY, "the BMC worker did not", "Look at the worker's log, and at `nf workers`."},
    {ANY, "the switch worker did not", "Look at the worker's log, and at `nf workers`."},
};
/* clang-format on */

static const char *
by_words(const struct nf_step *step)
{
    const struct nf_plan_command *command = nf_plan_row(step->kind)->command;
    struct nf_text words = nf_text(step->error);

    for (size_t i = 0; command != NULL && i < sizeof(rows) / sizeof(rows[0]);
         i++) {
        if ((rows[i].target == ANY || rows[i].target == (int) command->target)
            && nf_text_starts(words, nf_text(rows[i].begin)))
        {
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
    const char *advice = by_words(step);

    if (was_reset(task, step)) {
        return "Look at its boot order, at whether network boot is disabled in "
               "its set-up, at its cable and the VLAN of its port.";
    }
    return advice != NULL ? advice : executor->advice;
}
