/*
 * Managed devices, and the credential sets that they take.  No answer has a
 * password.
 */
#include "store/devices.h"
#include "api/page.h"
#include "change/device.h"
#include "store/credentials.h"
#include "json/field.h"

static nf_error_t
reply_tagged(struct nf_call *call, unsigned status, uint64_t revision,
             const struct nf_out *out)
{
    struct nf_out tag = nf_reply_buffer(call, 24);

    nf_out_putc(&tag, '"');
    nf_out_number(&tag, (int64_t) revision);
    nf_out_putc(&tag, '"');
    call->etag = nf_out_text(&tag);
    if (nf_reply_is_unchanged(call)) {
        call->status = 304;
        return NF_OK;
    }
    return nf_reply_json(call, status, out);
}

static nf_error_t
read_name(struct nf_call *call, char name[static NF_MANAGED_NAME])
{
    if (nf_managed_is_name(call->id)
        && nf_text_copy(name, NF_MANAGED_NAME, call->id))
    {
        return NF_OK;
    }
    return nf_reply_refuse(
        call, NF_INVALID, "name",
        "must be a name of letters, digits and . _ -, at most 31");
}

/* If-Match against what is there; of what is not, none fits. */
static nf_error_t
match(struct nf_call *call, struct nf_scope *scope, bool has_old,
      uint64_t revision)
{
    static const char why[] = "it has changed meanwhile";

    if (scope->r->err != NF_OK) {
        return scope->r->err;
    }
    if (!has_old) {
        return call->if_match.len == 0
                   ? NF_OK
                   : nf_reply_refuse(call, NF_PRECONDITION, "If-Match", why);
    }
    return nf_reply_match_revision(call, revision, why);
}

static nf_error_t
read_body(struct nf_call *call, const struct nf_json_field *fields,
          void *object)
{
    struct nf_json_reader reader = {
        .fields = fields, .source = NF_JSON_OPERATOR, .arena = call->arena};
    nf_error_t err = nf_reply_check_type(call);

    return err == NF_OK
               ? nf_json_read(&reader, call->body, object, &call->fault)
               : err;
}

/* --- credential sets ---------------------------------------------------------
 */

struct said_credential {
    char user[NF_CREDENTIAL_USER];
    char password[NF_CREDENTIAL_PASSWORD];
};

#define IN(type, member)                                                       \
    .offset = offsetof(struct type, member),                                   \
    .size = sizeof(((struct type *) 0)->member)

/* clang-format off */
static const struct nf_json_field credential_fields[] = {
    {"user",     NF_JSON_TEXT, IN(said_credential, user), .is_required = true},
    {"password", NF_JSON_TEXT, IN(said_credential, password)},
    {0},
};
/* clang-format on */

nf_error_t
nf_api_credentials_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_CREDENTIALS,
                           .line = NF_CREDENTIAL_JSON_MAX,
                           .must = "the name of a credential set"};

    page.has_after = nf_query(call, "after", &page.after);
    return nf_page_reply(call, scope, &page);
}

static nf_error_t
reply_credential(struct nf_call *call, unsigned status,
                 const struct nf_credential *credential)
{
    struct nf_out out = nf_reply_buffer(call, NF_CREDENTIAL_JSON_MAX);

    nf_credential_json(credential, &out);
    return reply_tagged(call, status, credential->revision, &out);
}

nf_error_t
nf_api_credentials_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_credential credential;
    char name[NF_CREDENTIAL_NAME];
    nf_error_t err = read_name(call, name);

    if (err != NF_OK) {
        return err;
    }
    if (!nf_credentials_get(scope->r, name, &credential)) {
        return scope->r->err != NF_OK
                   ? scope->r->err
                   : nf_reply_refuse(call, NF_NOT_FOUND, "name",
                                     "there is no such credential set");
    }
    return reply_credential(call, 200, &credential);
}

static nf_error_t
put_credential(struct nf_call *call, struct nf_scope *scope,
               const struct said_credential *said)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_credential credential = {.revision = 0}, old;
    struct nf_text password = nf_text(said->password);
    bool is_new;
    nf_error_t err = read_name(call, credential.name);

    if (err == NF_OK) {
        bool has_old = nf_credentials_get(scope->r, credential.name, &old);
        err = match(call, scope, has_old, old.revision);
    }
    if (err != NF_OK) {
        return err;
    }
    (void) nf_text_copy(credential.user, sizeof(credential.user),
                        nf_text(said->user));
    if (password.len == 0) {
        password.data = NULL;
    }
    err = nf_reply_changed(
        call, &c, nf_change_credential_put(&c, &credential, password, &is_new));
    return err != NF_OK
               ? err
               : reply_credential(call, is_new ? 201 : 200, &credential);
}

nf_error_t
nf_api_credentials_put(struct nf_call *call, struct nf_scope *scope)
{
    struct said_credential said = {.user = ""};
    nf_error_t err = read_body(call, credential_fields, &said);

    if (err == NF_OK) {
        err = put_credential(call, scope, &said);
    }
    explicit_bzero(said.password, sizeof(said.password));
    return err;
}

nf_error_t
nf_api_credentials_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_credential old;
    char name[NF_CREDENTIAL_NAME];
    nf_error_t err = read_name(call, name);

    if (err == NF_OK) {
        bool has_old = nf_credentials_get(scope->r, name, &old);
        err = match(call, scope, has_old, old.revision);
    }
    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_credential_delete(&c, name));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}

/* --- devices -----------------------------------------------------------------
 */

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

nf_error_t
nf_api_devices_list(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_page page = {.table = NF_DEVICES,
                           .line = NF_MANAGED_JSON_MAX,
                           .must = "the name of a device"};
    struct nf_text node;

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
    return reply_tagged(call, status, device->revision, &out);
}

nf_error_t
nf_api_devices_get(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_managed_device device;
    char name[NF_MANAGED_NAME];
    nf_error_t err = read_name(call, name);

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
    const char *pin =
        said->pin[0] == '\0' ? NULL : nf_managed_pin_misfit(nf_text(said->pin));

    if (address != NULL) {
        return nf_refuse(&call->fault, "address", "must be %s", address);
    }
    if (pin != NULL) {
        return nf_refuse(&call->fault, "pin", "must be %s", pin);
    }
    return said->pin[0] != '\0' && said->driver == NF_MANAGED_IPMI
               ? nf_refuse(&call->fault, "pin",
                           "is of no use: IPMI has no "
                           "certificate")
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
    if (said->node[0] == '\0'
        || nf_nodes_find(scope->r, nf_text(said->node), &device->node))
    {
        return NF_OK;
    }
    return scope->r->err != NF_OK
               ? scope->r->err
               : nf_reply_refuse(call, NF_NOT_FOUND, "node", "node not found");
}

nf_error_t
nf_api_devices_put(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    struct nf_managed_device device = {.revision = 0}, old;
    struct said_device said = {.driver = 0};
    bool is_new;
    nf_error_t err = read_name(call, device.name);

    if (err != NF_OK || (err = read_body(call, device_fields, &said)) != NF_OK
        || (err = check_said(call, &said)) != NF_OK
        || (err = take_said(call, scope, &said, &device)) != NF_OK)
    {
        return err;
    }
    bool has_old = nf_devices_get(scope->r, device.name, &old);
    err = match(call, scope, has_old, old.revision);
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
    nf_error_t err = read_name(call, name);

    if (err == NF_OK) {
        bool has_old = nf_devices_get(scope->r, name, &old);
        err = match(call, scope, has_old, old.revision);
    }
    if (err == NF_OK) {
        err = nf_reply_changed(call, &c, nf_change_device_delete(&c, name));
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
