#include "flow/advice.h"

#include "flow/plan.h"

#define ANY   (-1)
#define IMAGE (-2) /* no worker: nf-agent that writes an image */
#define BMC   NF_COMMAND_BMC
#define NET   NF_COMMAND_SWITCH

/* How the words of a step begin that a worker, or nf-agent, did not do: with
 * the word of a cause (docs/bmc.md, docs/switches.md), or with whose words they
 * are; of which device. */
/* clang-format off */
static const struct {
    int target;
    const char *begin, *advice;
} rows[] = {
    {BMC, "unreachable:", "Check the BMC's address, that the worker can reach it, and that IPMI over LAN or Redfish is enabled."},
    {BMC, "hung:", "It is under load or starting; if that lasts, reset the BMC from its web page."},
    {BMC, "wrong_user:", "Correct the user in its credentials, or create that user in the BMC."},
    {BMC, "wrong_password:", "Correct the password in its credentials. Some BMCs lock a user after a few wrong passwords, and over Redfish a wrong user looks the same."},
    {BMC, "cipher:", "Allow cipher suite 17 or 3 in the BMC's IPMI over LAN settings, or use Redfish."},
    {BMC, "privilege:", "Make that user an administrator in the BMC, or an operator if that is enough."},
    {BMC, "wrong_state:", "The machine may be in its setup screen or self test, which it has to leave first."},
    {BMC, "unsupported:", "This BMC cannot do it: do it manually, and create the task without bmc."},
    {BMC, "refused:", "That is the BMC's own message: fix what it reports."},
    {BMC, "busy:", "Wait until it has started, or close sessions on its web page."},
    {BMC, "certificate:", "Compare that key with the one on the BMC's web page, and pin it."},
    {BMC, "malformed:", "Check that it is a BMC that answers at this address, and that the driver is right."},
    {BMC, "no_effect:", "Try it on the BMC's web page: if nothing happens there either, reset the BMC itself."},
    {NET, "unreachable:", "Check the switch's address, that the worker can reach it, and that SSH, SNMP or eAPI, whichever its driver uses, is enabled. Over SNMP a wrong community looks the same."},
    {NET, "hung:", "It is under load or starting: check its console."},
    {NET, "wrong_password:", "Correct the user and password in its credentials, or create that user in the switch."},
    {NET, "host_key:", "Compare that key with the one on the switch's console, and pin it in its device. If nobody gave the switch a new key, something else answers at its address."},
    {NET, "privilege:", "Allow that user to configure ports: a read-write community, or the highest privilege level."},
    {NET, "unsupported:", "The switch cannot do it through this driver: use another driver, or move the port manually and create the task without switch."},
    {NET, "refused:", "That is the switch's own message: fix what it reports."},
    {NET, "no_switch:", "Add it as a device again, or say where the machine is with `nf port link NODE SWITCH PORT`."},
    {NET, "no_port:", "Check that the cable is in a switch that is a device: `nf ports SWITCH` lists ports and the machines on them. Then run `nf port link NODE SWITCH PORT`."},
    {NET, "two_ports:", "Say which one it is with `nf port link NODE SWITCH PORT`."},
    {NET, "not_put_back:", "Restore that port first: `nf port restore NODE`."},
    {NET, "no_vlan:", "Create that VLAN in the switch and allow it on its uplinks, or name another one in NF_INSTALL_VLAN, NF_PRODUCTION_VLAN or the task."},
    {NET, "no_mac:", "Check that the machine is powered on and cabled to this switch."},
    {NET, "uplink:", "If the machine is on a switch behind that port, add that switch as a device too. If it is the machine's own port after all, move it manually and create the task without switch."},
    {NET, "changed:", "Ask who is working on that switch: the next attempt takes the port as it is then."},
    {NET, "other_machine:", "A cable may have been moved: `nf ports SWITCH` shows which machine is where, and `nf port link NODE SWITCH PORT` says where this one is."},
    {NET, "busy:", "Somebody is configuring it: wait until that is finished, or close the session."},
    {NET, "malformed:", "Check that it is a switch that answers at this address, and that the driver is right."},
    {NET, "no_effect:", "Try it on the switch itself: if nothing happens there either, something else controls this port, such as 802.1X or a controller."},
    {NET, "not_forwarding:", "Check spanning tree on that port: make it an edge port (portfast), and look for a loop or BPDU guard."},
    {NET, "not_saved:", "Save the switch's configuration manually and see why it refuses: its flash may be full."},
    {NET, "credentials:", "Create a credential set with `nf credentials set NAME` and name it in the device, or set its password again."},
    {IMAGE, "the server answered ", "Put the image at its path with `nf files put`, or correct the profile's image."},
    {IMAGE, "the image's sha256 is ", "Put the right file at its path with `nf files put`, or correct the profile's image."},
    {IMAGE, "the image ended after ", "Put the image at its path again with `nf files put`."},
    {IMAGE, "the image is not valid ", "Put the image at its path again with `nf files put`."},
    {IMAGE, "the image is empty", "Put the image at its path again with `nf files put`."},
    {IMAGE, "the image is larger than the disk ", "Use a profile with a smaller image, or a larger disk."},
    {IMAGE, "/dev/", "Use a profile with a smaller image or another disk: `nf hardware NODE` lists those of the machine."},
    {IMAGE, "there is no disk ", "Correct the profile's disk: `nf hardware NODE` lists those of the machine."},
    {IMAGE, "cannot write to the disk", "The disk may be failing: replace it, or name another one in the profile."},
    {ANY, "local:", "Check the worker's log: something is missing on its own host."},
    {ANY, "credentials:", "Set that password again."},
    {ANY, "no worker that may", ""},
    {ANY, "no worker", "Start one; `nf workers` shows which were connected."},
    {ANY, "this worker has no BMC", "Add it to that worker's NF_BMC_DEVICES file, or create a device with credentials for this node with `nf devices set NAME`."},
    {ANY, "it could not be sent", "Check that nf-relay, the broker and a worker are running; `nf workers` shows which are connected."},
    {ANY, "the BMC worker did not", "Check the worker's log, and `nf workers`."},
    {ANY, "the switch worker did not", "Check the worker's log, and `nf workers`."},
};
/* clang-format on */

/* Whose words those of the row are. */
static bool
is_of(int target, const struct nf_step *step)
{
    const struct nf_plan_command *command = nf_plan_row(step->kind)->command;

    return command == NULL ? target == IMAGE
                           : target == ANY || target == (int) command->target;
}

static const char *
by_words(const struct nf_step *step)
{
    struct nf_text words = nf_text(step->error);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (is_of(rows[i].target, step)
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
        return "Check its boot order, that network boot is enabled in its "
               "setup, its cable, and the VLAN of its switch port.";
    }
    return advice != NULL ? advice : executor->advice;
}
