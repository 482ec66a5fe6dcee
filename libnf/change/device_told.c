/*
 * What is seen of devices: how each was last found, and the key that it showed.
 */
#include "change/device.h"
#include "change/record.h"
#include "model/switch_place.h"
#include "store/devices.h"
#include "json/field.h"

/* What a switch says of a port and not of itself: it is well. */
static bool
is_of_port(struct nf_text cause)
{
    static const char *const causes[] = {
        "no_port", "no_vlan",       "no_mac",        "uplink",
        "changed", "other_machine", "not_forwarding"};

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (nf_text_equal(cause, nf_text(causes[i]))) {
            return true;
        }
    }
    return false;
}

/* "unreachable: the BMC does not answer" begins with the word of a cause. */
static void
read_cause(const struct nf_command *command, struct nf_managed_device *device)
{
    struct nf_text rest = nf_text(command->result);
    struct nf_text word = nf_text_cut(&rest, ':');

    if (command->state == NF_COMMAND_DONE
        || (command->target == NF_COMMAND_SWITCH && is_of_port(word)))
    {
        word = NF_TEXT("fine");
    } else if (rest.data == NULL
               || !nf_text_has_only(word, "abcdefghijklmnopqrstuvwxyz_")
               || word.len >= sizeof(device->state))
    {
        return; /* it was never asked */
    } else {
        nf_text_copy_words(device->error, sizeof(device->error),
                           nf_text(command->result));
    }
    (void) nf_text_copy(device->state, sizeof(device->state), word);
}

static bool
find_told(struct nf_read *r, const struct nf_command *command,
          struct nf_managed_device *device)
{
    struct nf_switch_place place;

    if (command->target == NF_COMMAND_BMC) {
        return nf_devices_of_node(r, command->mac, device);
    }
    nf_switch_place_read(nf_text(command->arguments), &place);
    return command->target == NF_COMMAND_SWITCH && command->attempts > 0
           && nf_devices_get(r, place.device, device);
}

/* The SSH key that it showed first is its own from then on, as ssh(1) keeps
 * one; that of a certificate is an operator's to pin. */
static bool
take_pin(const struct nf_command *command, struct nf_managed_device *device)
{
    struct result {
        char pin[NF_MANAGED_PIN];
    } result = {.pin = ""};
    static const struct nf_json_field fields[] = {
        {"pin", NF_JSON_TEXT, .size = sizeof(result.pin)},
        {0},
    };
    struct nf_json_reader reader = {.fields = fields, .source = NF_JSON_AGENT};
    struct nf_fault ignored;

    if (command->target != NF_COMMAND_SWITCH
        || command->state != NF_COMMAND_DONE || device->pin[0] != '\0'
        || nf_json_read(&reader, nf_text(command->result), &result, &ignored)
               != NF_OK
        || !nf_managed_is_host_key(device->driver, nf_text(result.pin)))
    {
        return false;
    }
    memcpy(device->pin, result.pin, sizeof(device->pin));
    return true;
}

/* Only a change is noted: most commands find a device as the last one did. */
void
nf_record_device_told(struct nf_change *c, const struct nf_command *command)
{
    struct nf_managed_device device, before;

    if ((command->state != NF_COMMAND_DONE
         && command->state != NF_COMMAND_FAILED)
        || !find_told(&c->w->read, command, &device))
    {
        return;
    }
    if (take_pin(command, &device)) {
        device.updated_at = c->now;
        (void) nf_record_device(c, NF_EVENT_DEVICE_PUT, &device);
    }
    before = device;
    memset(device.state, 0, sizeof(device.state));
    memset(device.error, 0, sizeof(device.error));
    read_cause(command, &device);
    if (device.state[0] != '\0'
        && (strcmp(device.state, before.state) != 0
            || strcmp(device.error, before.error) != 0))
    {
        device.since = c->now;
        (void) nf_record_device(c, NF_EVENT_DEVICE_STATE, &device);
    }
}
