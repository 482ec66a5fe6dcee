#include "change/device.h"

#include <limits.h>
#include <sodium/utils.h>
#include <stdio.h>

#include "change/record.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/events.h"
#include "store/links.h"
#include "store/ports.h"

static nf_error_t
refuse(struct nf_change *c, nf_error_t err, const char *field, const char *why)
{
    (void) nf_refuse(&c->fault, field, "%s", why);
    return err;
}

/* --- credential sets ---------------------------------------------------------
 */

static bool
record_credential(struct nf_change *c, enum nf_event_kind kind,
                  const struct nf_credential *credential)
{
    char text[NF_CREDENTIAL_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"credential\":");
    nf_credential_json(credential, &out);
    return nf_record_members(c, kind, (nf_mac_t){0}, nf_out_text(&out));
}

/* A BMC would take the first bytes of it, or none. */
static bool
is_too_long(const struct nf_managed_device *device, size_t len)
{
    return device->driver == NF_MANAGED_IPMI && len > NF_MANAGED_IPMI_PASSWORD;
}

/* SNMP v2c alone has none: the password is its community. */
static bool
lacks_user(const struct nf_managed_device *device,
           const struct nf_credential *credential)
{
    return device->driver != NF_MANAGED_SNMP && credential->user[0] == '\0';
}

static nf_error_t
check_user_of(struct nf_change *c, const struct nf_credential *credential,
              const struct nf_managed_device *device, size_t len)
{
    if (is_too_long(device, len)) {
        (void) nf_refuse(&c->fault, "password",
                         "has more than %d bytes, which is the maximum of "
                         "IPMI, and %s uses it",
                         NF_MANAGED_IPMI_PASSWORD, device->name);
        return NF_CONFLICT;
    }
    if (lacks_user(device, credential)) {
        (void) nf_refuse(&c->fault, "user", "is required by %s", device->name);
        return NF_CONFLICT;
    }
    return NF_OK;
}

/* Whether all devices that take it can. */
static nf_error_t
check_users_of(struct nf_change *c, const struct nf_credential *credential,
               size_t len)
{
    struct nf_managed_device device = {.name = ""};
    nf_error_t err = NF_OK;

    if (len <= NF_MANAGED_IPMI_PASSWORD && credential->user[0] != '\0') {
        return NF_OK;
    }
    while (
        err == NF_OK
        && nf_devices_with(&c->w->read, credential->name, device.name, &device))
    {
        err = check_user_of(c, credential, &device, len);
    }
    return err != NF_OK ? err : c->w->read.err;
}

static nf_error_t
check_secret(struct nf_change *c, struct nf_text secret, const char *field,
             bool has_old)
{
    if (secret.data == NULL) {
        return has_old ? NF_OK : nf_refuse(&c->fault, field, "is required");
    }
    return c->key != NULL ? NF_OK
                          : nf_refuse(&c->fault, field,
                                      "cannot be stored: there is no site key");
}

/* old NULL: it is new. */
static nf_error_t
check_secrets(struct nf_change *c, const struct nf_credential *credential,
              const struct nf_credential_secrets *secrets,
              const struct nf_credential *old)
{
    nf_error_t err =
        check_secret(c, secrets->password, "password", old != NULL);

    if (err == NF_OK && credential->priv != NF_PRIV_NONE) {
        err = check_secret(c, secrets->priv_password, "priv_password",
                           old != NULL && old->priv != NF_PRIV_NONE);
    }
    return err == NF_OK ? check_users_of(c, credential, secrets->password.len)
                        : err;
}

static void
seal(struct nf_change *c, const struct nf_credential *credential,
     const struct nf_credential_secrets *secrets)
{
    if (secrets->password.data != NULL) {
        (void) nf_credentials_seal(c->w, c->key, credential->name,
                                   secrets->password);
    }
    if (credential->priv == NF_PRIV_NONE) {
        (void) nf_credentials_forget_priv(c->w, credential->name);
    } else if (secrets->priv_password.data != NULL) {
        (void) nf_credentials_seal_priv(c->w, c->key, credential->name,
                                        secrets->priv_password);
    }
}

static nf_error_t
check_room(struct nf_change *c, nf_table_t table)
{
    if (nf_read_count(&c->w->read, table) < NF_CREDENTIALS_MAX) {
        return c->w->read.err;
    }
    (void) nf_refuse(&c->fault, "name", "there are %d already",
                     NF_CREDENTIALS_MAX);
    return NF_CONFLICT;
}

nf_error_t
nf_change_credential_put(struct nf_change *c, struct nf_credential *credential,
                         const struct nf_credential_secrets *secrets,
                         bool *is_new)
{
    struct nf_credential old;
    bool has_old = nf_credentials_get(&c->w->read, credential->name, &old);
    nf_error_t err =
        check_secrets(c, credential, secrets, has_old ? &old : NULL);

    *is_new = !has_old;
    if (err == NF_OK && !has_old) {
        err = check_room(c, NF_CREDENTIALS);
    }
    if (err != NF_OK) {
        return err;
    }
    credential->created_at = has_old ? old.created_at : c->now;
    credential->updated_at = c->now;
    credential->revision = nf_events_next(c->w);
    seal(c, credential, secrets);
    if (nf_credentials_put(c->w, credential)) {
        (void) record_credential(c, NF_EVENT_CREDENTIAL_PUT, credential);
    }
    return c->w->read.err;
}

static nf_error_t
delete_credential(struct nf_change *c, const struct nf_credential *credential)
{
    struct nf_managed_device device;

    if (nf_devices_with(&c->w->read, credential->name, "", &device)) {
        (void) nf_refuse(&c->fault, "name", "is used by the device %s",
                         device.name);
        return NF_CONFLICT;
    }
    if (nf_credentials_delete(c->w, credential->name)) {
        (void) record_credential(c, NF_EVENT_CREDENTIAL_DELETED, credential);
    }
    return c->w->read.err;
}

nf_error_t
nf_change_credential_delete(struct nf_change *c, const char *name)
{
    struct nf_credential credential;

    if (nf_credentials_get(&c->w->read, name, &credential)) {
        return delete_credential(c, &credential);
    }
    return c->w->read.err != NF_OK ? c->w->read.err
                                   : refuse(c, NF_NOT_FOUND, "name",
                                            "there is no such credential set");
}

/* --- devices -----------------------------------------------------------------
 */

/* Told of as its node's, so that the node's story has it. */
static bool
record_device(struct nf_change *c, enum nf_event_kind kind,
              const struct nf_managed_device *device)
{
    char text[NF_MANAGED_JSON_MAX + 16];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_out_puts(&out, "\"device\":");
    nf_managed_json(device, &out);
    if (out.full) {
        nf_read_fail(&c->w->read, NF_BUG);
        return false;
    }
    return nf_record_members(c, kind, device->node, nf_out_text(&out));
}

bool
nf_record_device(struct nf_change *c, enum nf_event_kind kind,
                 struct nf_managed_device *device)
{
    device->revision = nf_events_next(c->w);
    return nf_devices_put(c->w, device) && record_device(c, kind, device);
}

static bool
is_other(const struct nf_managed_device *a, const struct nf_managed_device *b)
{
    return strcmp(a->name, b->name) != 0;
}

static nf_error_t
check_address(struct nf_change *c, const struct nf_managed_device *device)
{
    struct nf_managed_device other;

    for (unsigned driver = 0; driver < NF_MANAGED_DRIVER_COUNT; driver++) {
        if (nf_devices_at(&c->w->read, driver, device->address, &other)
            && is_other(&other, device))
        {
            (void) nf_refuse(&c->fault, "address", "belongs to the device %s",
                             other.name);
            return NF_CONFLICT;
        }
    }
    return c->w->read.err;
}

static nf_error_t
check_node(struct nf_change *c, struct nf_managed_device *device)
{
    struct nf_managed_device other;
    nf_mac_t owner;

    if (!nf_managed_is_linked(device)) {
        return NF_OK;
    }
    if (!nf_nodes_mac_owner(&c->w->read, device->node, &owner)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : refuse(c, NF_NOT_FOUND, "node", "node not found");
    }
    device->node = owner;
    if (nf_devices_of_node(&c->w->read, owner, &other)
        && is_other(&other, device)) {
        (void) nf_refuse(&c->fault, "node", "has the device %s already",
                         other.name);
        return NF_CONFLICT;
    }
    return c->w->read.err;
}

static nf_error_t
check_length(struct nf_change *c, const struct nf_managed_device *device)
{
    char password[NF_CREDENTIAL_PASSWORD];

    if (c->key == NULL
        || !nf_credentials_open(&c->w->read, c->key, device->credentials,
                                password))
    {
        return c->w->read.err;
    }
    bool is_long = is_too_long(device, strlen(password));
    sodium_memzero(password, sizeof(password));
    if (!is_long) {
        return NF_OK;
    }
    (void) nf_refuse(&c->fault, "credentials",
                     "the password of %s has more than %d bytes, which is the "
                     "maximum of IPMI",
                     device->credentials, NF_MANAGED_IPMI_PASSWORD);
    return NF_CONFLICT;
}

static nf_error_t
check_credentials(struct nf_change *c, const struct nf_managed_device *device)
{
    struct nf_credential credential;

    if (device->credentials[0] == '\0') {
        return NF_OK;
    }
    if (!nf_credentials_get(&c->w->read, device->credentials, &credential)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : refuse(c, NF_NOT_FOUND, "credentials",
                            "there is no such credential set");
    }
    if (lacks_user(device, &credential)) {
        (void) nf_refuse(&c->fault, "credentials",
                         "%s has no user, and the driver %s needs one",
                         device->credentials,
                         nf_managed_drivers[device->driver]);
        return NF_CONFLICT;
    }
    return check_length(c, device);
}

/* Nodes say that they are at its ports: then it stays, and stays a switch. */
static nf_error_t
check_links_to(struct nf_change *c, const char *name, const char *field)
{
    char text[NF_MAC_TEXT];
    nf_mac_t mac;

    if (!nf_links_to(&c->w->read, name, &mac)) {
        return c->w->read.err;
    }
    nf_mac_format(mac, text);
    (void) nf_refuse(&c->fault, field, "the node %s is linked to a port of it",
                     text);
    return NF_CONFLICT;
}

static nf_error_t
check_device(struct nf_change *c, struct nf_managed_device *device)
{
    nf_error_t err = check_address(c, device);

    if (err == NF_OK) {
        err = check_node(c, device);
    }
    return err == NF_OK ? check_credentials(c, device) : err;
}

/* What an operator, or its node, says of it. */
static bool
is_same(const struct nf_managed_device *a, const struct nf_managed_device *b)
{
    return a->driver == b->driver && a->is_enrolled == b->is_enrolled
           && nf_mac_equal(a->node, b->node)
           && strcmp(a->address, b->address) == 0
           && strcmp(a->credentials, b->credentials) == 0
           && strcmp(a->pin, b->pin) == 0;
}

/* A host key is exchanged for another one, and never for any. */
static void
keep_pin(struct nf_managed_device *device, const struct nf_managed_device *old)
{
    if (device->pin[0] == '\0' && device->driver == old->driver
        && strcmp(device->address, old->address) == 0
        && nf_managed_is_host_key(old->driver, nf_text(old->pin)))
    {
        memcpy(device->pin, old->pin, sizeof(device->pin));
    }
}

/* What was seen of it holds no more where another way leads to it. */
static void
keep_state(struct nf_managed_device *device,
           const struct nf_managed_device *old)
{
    device->created_at = old->created_at;
    if (device->driver == old->driver
        && strcmp(device->address, old->address) == 0) {
        device->since = old->since;
        memcpy(device->state, old->state, sizeof(old->state));
        memcpy(device->error, old->error, sizeof(old->error));
    }
}

/* All at once: another device of this name begins without them. */
static void
forget_ports(struct nf_change *c, const struct nf_managed_device *device)
{
    bool is_over;

    if (nf_managed_is_switch(device)) {
        (void) nf_ports_forget(c->w, device->name, UINT_MAX, &is_over);
    }
}

/* A machine that somebody gave a BMC is no stranger. */
static void
name_node(struct nf_change *c, const struct nf_managed_device *device)
{
    struct nf_held_node held;

    if (nf_managed_is_linked(device) && !device->is_enrolled
        && nf_hold_node(c, device->node, &held) == NF_OK && !held.node.is_known)
    {
        held.node.is_known = 1;
        (void) nf_record_node(c, NF_EVENT_NODE_UPDATED, &held.node, held.extra);
    }
}

nf_error_t
nf_change_device_put(struct nf_change *c, struct nf_managed_device *device,
                     bool *is_new)
{
    struct nf_managed_device old;
    nf_error_t err = check_device(c, device);
    bool has_old =
        err == NF_OK && nf_devices_get(&c->w->read, device->name, &old);

    *is_new = !has_old;
    if (err == NF_OK && !has_old) {
        err = check_room(c, NF_DEVICES);
    }
    if (err == NF_OK && has_old && !nf_managed_is_switch(device)) {
        err = check_links_to(c, device->name, "driver");
    }
    if (err != NF_OK) {
        return err;
    }
    if (has_old) {
        keep_pin(device, &old);
    }
    if (has_old && is_same(&old, device)) {
        *device = old;
        return NF_OK;
    }
    device->created_at = device->updated_at = c->now;
    if (has_old) {
        keep_state(device, &old);
    }
    if (has_old && !nf_managed_is_switch(device)) {
        forget_ports(c, &old);
    }
    (void) nf_record_device(c, NF_EVENT_DEVICE_PUT, device);
    name_node(c, device);
    return c->w->read.err;
}

static void
delete_device(struct nf_change *c, const struct nf_managed_device *device)
{
    struct nf_credential credential;

    forget_ports(c, device);
    if (!nf_devices_delete(c->w, device->name)
        || !record_device(c, NF_EVENT_DEVICE_DELETED, device)
        || !nf_credentials_get(&c->w->read, device->credentials, &credential))
    {
        return;
    }
    if (device->is_enrolled && credential.is_enrolled) {
        (void) delete_credential(c, &credential);
    }
}

nf_error_t
nf_change_device_delete(struct nf_change *c, const char *name)
{
    struct nf_managed_device device;

    if (!nf_devices_get(&c->w->read, name, &device)) {
        return c->w->read.err != NF_OK
                   ? c->w->read.err
                   : refuse(c, NF_NOT_FOUND, "name", "there is no such device");
    }
    nf_error_t err = check_links_to(c, name, "name");
    if (err == NF_OK) {
        delete_device(c, &device);
        err = c->w->read.err;
    }
    return err;
}

void
nf_record_device_left(struct nf_change *c, nf_mac_t mac)
{
    struct nf_managed_device device;

    if (!nf_devices_of_node(&c->w->read, mac, &device)) {
        return;
    }
    if (device.is_enrolled) {
        delete_device(c, &device);
        return;
    }
    device.node = (nf_mac_t){0};
    device.updated_at = c->now;
    (void) nf_record_device(c, NF_EVENT_DEVICE_PUT, &device);
}
