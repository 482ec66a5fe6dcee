#include "change/enroll.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "change/device.h"
#include "change/record.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/events.h"
#include "json/field.h"

enum {
    LOOK_BACK = 64,                  /* events of the node */
    HASTE_MS = 60000 / NF_NOISE_MAX, /* no machine boots so soon again */
};

/* --- the device -------------------------------------------------------------
 */

/* People may have written it with a port. */
static bool
is_elsewhere(struct nf_change *c, const struct nf_managed_device *device)
{
    static const char *const ports[] = {"", ":623", ":443"};
    struct nf_managed_device other;
    char address[NF_MANAGED_ADDRESS + 8];

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        snprintf(address, sizeof(address), "%s%s", device->address, ports[i]);
        for (unsigned driver = 0; driver < NF_MANAGED_DRIVER_COUNT; driver++) {
            if (nf_devices_at(&c->w->read, driver, address, &other)
                && strcmp(other.name, device->name) != 0)
            {
                (void) nf_refuse(&c->fault, "", "%s is the device %s",
                                 device->address, other.name);
                return true;
            }
        }
    }
    return false;
}

/* Of the names that are ours to give. */
static bool
is_by_hand(struct nf_change *c, const char *name)
{
    struct nf_managed_device device;
    struct nf_credential credential;
    bool is =
        (nf_devices_get(&c->w->read, name, &device) && !device.is_enrolled)
        || (nf_credentials_get(&c->w->read, name, &credential)
            && !credential.is_enrolled);

    if (is) {
        (void) nf_refuse(&c->fault, "",
                         "%s already exists, and was not made by enrollment",
                         name);
    }
    return is;
}

static bool
has_login(struct nf_change *c, const char *name,
          const struct nf_enrolled *login)
{
    char old[NF_CREDENTIAL_PASSWORD];
    struct nf_credential set;
    bool has = nf_credentials_get(&c->w->read, name, &set)
               && strcmp(set.user, login->user) == 0
               && nf_credentials_open(&c->w->read, c->key, name, old);

    if (has) {
        has = strcmp(old, login->password) == 0;
        sodium_memzero(old, sizeof(old));
    }
    return has;
}

static nf_error_t
put_login(struct nf_change *c, const char *name,
          const struct nf_enrolled *login, bool *is_new)
{
    struct nf_credential credential = {.is_enrolled = 1};

    *is_new = false;
    snprintf(credential.name, sizeof(credential.name), "%s", name);
    snprintf(credential.user, sizeof(credential.user), "%s", login->user);
    return has_login(c, name, login)
               ? c->w->read.err
               : nf_change_credential_put(
                   c, &credential,
                   &(struct nf_credential_secrets){
                       .password = nf_text(login->password)},
                   is_new);
}

/* A login without its device would be nobody's. */
static nf_error_t
put_both(struct nf_change *c, struct nf_managed_device *device,
         const struct nf_enrolled *login)
{
    bool is_new, is_new_device;
    nf_error_t err = put_login(c, device->name, login, &is_new);

    if (err != NF_OK) {
        return err;
    }
    err = nf_change_device_put(c, device, &is_new_device);
    if (err != NF_OK && is_new) {
        struct nf_fault fault = c->fault;
        (void) nf_change_credential_delete(c, device->name);
        c->fault = fault;
    }
    return err;
}

/* False: somebody has given the node another; device->name is "" if it has
 * none.
 */
static bool
get_own(struct nf_read *r, nf_mac_t node, struct nf_managed_device *device)
{
    *device = (struct nf_managed_device){.name = ""};
    return !nf_devices_of_node(r, node, device) || device->is_enrolled;
}

struct nf_text
nf_enroll_tell(struct nf_read *r, const struct nf_settings *settings,
               const char *word, nf_mac_t node)
{
    static const char level[] = "administrator"; /* and ':' in word */
    struct nf_managed_device device;

    if (word[0] == '\0' || !get_own(r, node, &device)) {
        return (struct nf_text){0};
    }
    bool is_administrator = strcmp(settings->bmc_enroll, level) == 0
                            || strcmp(device.state, "privilege") == 0;
    return nf_text(is_administrator ? word : word + sizeof(level));
}

static bool
is_recent(struct nf_change *c, nf_time_t time)
{
    return time <= c->now && c->now - time < HASTE_MS;
}

/* A machine that says another login with each report would fill the log. */
static bool
is_hasty(struct nf_change *c, const struct nf_managed_device *own)
{
    struct nf_credential set;
    bool is = own->name[0] != '\0'
              && (is_recent(c, own->updated_at)
                  || (nf_credentials_get(&c->w->read, own->name, &set)
                      && is_recent(c, set.updated_at)));

    if (is) {
        (void) nf_refuse(&c->fault, "", "its login was changed a moment ago");
    }
    return is;
}

nf_error_t
nf_change_enroll(struct nf_change *c, nf_mac_t node,
                 const struct nf_enrolled *login)
{
    struct nf_managed_device device = {
        .node = node, .driver = NF_MANAGED_IPMI, .is_enrolled = 1};
    struct nf_managed_device own;
    char mac[NF_MAC_TEXT];

    if (!get_own(&c->w->read, node, &own)) {
        return c->w->read.err;
    }
    nf_mac_format(node, mac);
    snprintf(device.name, sizeof(device.name), "bmc-%s", mac);
    memcpy(device.credentials, device.name, sizeof(device.name));
    snprintf(device.address, sizeof(device.address), "%s", login->address);
    if (strcmp(own.address, device.address) == 0
        && has_login(c, device.name, login))
    {
        return c->w->read.err;
    }
    if (is_by_hand(c, device.name) || is_elsewhere(c, &device)
        || is_hasty(c, &own)) {
        return NF_CONFLICT;
    }
    return put_both(c, &device, login);
}

/* --- and why there is none --------------------------------------------------
 */

struct detail {
    char why[NF_NOT_ENROLLED];
};

static const struct nf_json_field detail_fields[] = {
    {"detail", NF_JSON_WORDS, .offset = offsetof(struct detail, why),
     .size = NF_NOT_ENROLLED},
    {0},
};

static bool
find_last(struct nf_read *r, const struct nf_node *node,
          char why[static NF_NOT_ENROLLED])
{
    uint64_t seq = node->last_event;
    struct nf_event event;

    for (int i = 0;
         i < LOOK_BACK && seq != 0 && nf_events_read_back(r, &seq, &event); i++)
    {
        struct nf_json_reader reader = {.fields = detail_fields,
                                        .source = NF_JSON_AGENT};
        struct detail detail = {0};
        struct nf_fault fault;
        if (event.kind == NF_EVENT_BMC_NOT_ENROLLED
            && nf_json_read(&reader, event.json, &detail, &fault) == NF_OK)
        {
            memcpy(why, detail.why, NF_NOT_ENROLLED);
            return true;
        }
    }
    return false;
}

bool
nf_not_enrolled(struct nf_read *r, const struct nf_node *node,
                char why[static NF_NOT_ENROLLED])
{
    struct nf_managed_device device;

    return !nf_devices_of_node(r, node->mac, &device)
           && find_last(r, node, why);
}

nf_error_t
nf_change_not_enrolled(struct nf_change *c, nf_mac_t node, const char *why)
{
    char last[NF_NOT_ENROLLED], now[NF_NOT_ENROLLED];
    struct nf_node_view view;

    snprintf(now, sizeof(now), "%s", why);
    if (nf_nodes_get(&c->w->read, node, &view)
        && (!find_last(&c->w->read, &view.node, last)
            || strcmp(last, now) != 0))
    {
        (void) nf_record_note(c, NF_EVENT_BMC_NOT_ENROLLED, node, now);
    }
    return c->w->read.err;
}
