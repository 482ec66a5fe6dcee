/*
 * Managed devices: BMCs and switches.
 */
#include "store/devices.h"
#include "api/page.h"
#include "api/revised.h"
#include "change/device.h"

#define IN(type, member)                                                       \
    .offset = offsetof(struct type, member),                                   \
    .size = sizeof(((struct type *) 0)->member)

struct said_device {
    uint8_t driver;
    char address[NF_MANAGED_ADDRESS];
    char credentials[NF_CREDENTIAL_NAME];
    char pin[NF_MANAGED_PIN];
    char node[64]; /* by any name that a node's path takes */
};

/* clang-format off */
static const struct nf_json_field device_fields[] = {
    {"driver",      NF_JSON_WORD, .offset = offsetof(struct said_device, driver), .words = nf_managed_drivers, .is_required = true},
    {"address",     NF_JSON_TEXT, IN(said_device, address), .is_required = true},
    {"credentials", NF_JSON_TEXT, IN(said_device, credentials), .may_be_empty = true},
    {"pin",         NF_JSON_TEXT, IN(said_device, pin), .may_be_empty = true},
    {"node",        NF_JSON_TEXT, IN(said_device, node), .may_be_empty = true},
    {0},
};
/* clang-format on */

/* ?node=: the one of that node alone. */
static nf_error_t
reply_of_node(struct nf_call *call, struct nf_scope *scope, struct nf_text node)
{
    struct nf_out out = nf_reply_buffer(call, NF_MANAGED_JSON_MAX);
    struct nf_managed_device device;
    nf_mac_t mac;

    nf_out_putc(&out, '[');
    if (nf_nodes_find(scope->r, node, &mac)
        && nf_devices_of_node(scope->r, mac, &device))
    {
        nf_managed_json(&device, &out);
    }
    nf_out_putc(&out, ']');
    return scope->r->err != NF_OK ? scope->r->err
                                  : nf_reply_json(call, 200, &out);
}

static bool
next_of_kind(struct nf_read *r, struct nf_resource_at *at, bool is_switch)
{
    const struct nf_resource *resource = nf_resource_of(NF_DEVICES);
    struct nf_managed_device device;

    while (nf_resource_next(r, resource, at)
           && nf_devices_get(r, at->name, &device))
    {
        if (nf_managed_is_switch(&device) == is_switch) {
            return true;
        }
    }
    return false;
}

static bool
next_bmc(struct nf_read *r, struct nf_resource_at *at)
{
    return next_of_kind(r, at, false);
}

static bool
next_switch(struct nf_read *r, struct nf_resource_at *at)
{
    return next_of_kind(r, at, true);
}

/* ?kind= */
static nf_error_t
read_kind(struct nf_call *call, struct nf_page *page)
{
    struct nf_text kind;

    if (!nf_query(call, "kind", &kind)) {
        return NF_OK;
    }
    if (nf_text_equal(kind, NF_TEXT("switch"))) {
        page->next = next_switch;
        page->more = NF_TEXT("&kind=switch");
    } else if (nf_text_equal(kind, NF_TEXT("bmc"))) {
        page->next = next_bmc;
        page->more = NF_TEXT("&kind=bmc");
    } else {
        return nf_refuse(&call->fault, "kind", "must be bmc or switch");
    }
    return NF_OK;
}

nf_error_t
nf_api_devices_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_DEVICES,
                           .line = NF_MANAGED_JSON_MAX,
                           .must = "the name of a device"};
    struct nf_text node;
    nf_error_t err = read_kind(call, &page);

    if (err != NF_OK) {
        return err;
    }
    if (nf_query(call, "node", &node)) {
        return reply_of_node(call, scope, node);
    }
    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

static nf_error_t
reply_device(struct nf_call *call, unsigned status,
             const struct nf_managed_device *device)
{
    struct nf_out out = nf_reply_buffer(call, NF_MANAGED_JSON_MAX);

    nf_managed_json(device, &out);
    return nf_revised_reply(call, status, device->revision, &out);
}

nf_error_t
nf_api_devices_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    char name[NF_MANAGED_NAME];
    nf_error_t err = nf_revised_name(call, name);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_devices_get(scope->r, name, &device)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                     "there is no such device");
    }
    return reply_device(call, 200, &device);
}

static nf_error_t
check_said(struct nf_call *call, const struct said_device *said)
{
    const char *address = nf_managed_address_misfit(nf_text(said->address));
    enum nf_managed_driver driver = (enum nf_managed_driver) said->driver;
    const char *pin = said->pin[0] == '\0'
                          ? NULL
                          : nf_managed_pin_misfit(driver, nf_text(said->pin));

    if (address != NULL) {
        return nf_refuse(&call->fault, "address", "must be %s", address);
    }
    if (pin != NULL) {
        return nf_refuse(&call->fault, "pin", "must be %s", pin);
    }
    return said->node[0] != '\0'
                   && strcmp(nf_managed_kinds[driver], "switch") == 0
               ? nf_refuse(&call->fault, "node",
                           "applies to BMCs only: link the node to a port of "
                           "the switch with `nf port link %s SWITCH PORT`",
                           said->node)
               : NF_OK;
}

static nf_error_t
take_said(struct nf_call *call, struct nf_scope *scope,
          const struct said_device *said, struct nf_managed_device *device)
{
    device->driver = said->driver;
    memcpy(device->address, said->address, sizeof(said->address));
    memcpy(device->credentials, said->credentials, sizeof(said->credentials));
    memcpy(device->pin, said->pin, sizeof(said->pin));
    return said->node[0] == '\0'
               ? NF_OK
               : nf_reply_find_named(call, scope->r, nf_text(said->node),
                                     "node", "node not found", &device->node);
}

nf_error_t
nf_api_devices_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_managed_device device = {.revision = 0}, old;
    struct said_device said = {.driver = 0};
    bool is_new;
    nf_error_t err = nf_revised_name(call, device.name);

    if (err != NF_OK
        || (err = nf_revised_read(call, device_fields, &said)) != NF_OK
        || (err = check_said(call, &said)) != NF_OK
        || (err = take_said(call, scope, &said, &device)) != NF_OK)
    {
        return err;
    }
    bool has_old = nf_devices_get(scope->r, device.name, &old);
    err = nf_revised_match(call, scope, has_old, old.revision);
    if (err == NF_OK) {
        err = nf_reply_changed(call, &c,
                               nf_change_device_put(&c, &device, &is_new));
    }
    return err != NF_OK ? err : reply_device(call, is_new ? 201 : 200, &device);
}

nf_error_t
nf_api_devices_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_managed_device old;
    char name[NF_MANAGED_NAME];
    nf_error_t err = nf_revised_name(call, name);

    if (err == NF_OK) {
        bool has_old = nf_devices_get(scope->r, name, &old);
        err = nf_revised_match(call, scope, has_old, old.revision);
    }
    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_device_delete(&c, name));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
