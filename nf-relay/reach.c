#include "reach.h"

#include <sodium/utils.h>
#include <stdio.h>

#include "base/log.h"
#include "model/managed_device.h"
#include "model/switch_place.h"
#include "render/token.h"
#include "store/credentials.h"
#include "store/devices.h"
#include "store/secrets.h"
#include "store/tasks.h"
#include "json/field.h"

void
nf_reach_open(struct nf_reach *reach, const char *key_file)
{
    reach->has_key = nf_site_key_read(key_file, reach->key) == NF_OK;
    if (!reach->has_key) {
        nf_log(NF_LOG_ERR, "no passwords of devices: cannot read %s", key_file);
    }
}

/* --- what a task says --------------------------------------------------------
 */

struct said {
    struct nf_text bmc;
};

struct said_bmc {
    char ip[64], username[NF_DEVICE_USER];
    uint8_t type;
};

#define IN(type, member)                                                       \
    .offset = offsetof(struct type, member),                                   \
    .size = sizeof(((struct type *) 0)->member)

/* clang-format off */
static const struct nf_json_field said_fields[] = {
    {"bmc", NF_JSON_OBJECT, .offset = offsetof(struct said, bmc), .max = NF_TASK_SPEC_MAX},
    {0},
};
static const struct nf_json_field bmc_fields[] = {
    {"ip",       NF_JSON_TEXT, IN(said_bmc, ip), .is_required = true},
    {"username", NF_JSON_TEXT, IN(said_bmc, username), .may_be_empty = true},
    {"type",     NF_JSON_WORD, .offset = offsetof(struct said_bmc, type), .words = nf_managed_drivers},
    {0},
};
/* clang-format on */

static bool
read_said(struct nf_text spec, struct said_bmc *bmc)
{
    nf_arena_t *arena = nf_arena_new();
    struct nf_json_reader of_task = {
        .fields = said_fields, .source = NF_JSON_AGENT, .arena = arena};
    struct nf_json_reader of_bmc = {.fields = bmc_fields,
                                    .source = NF_JSON_AGENT};
    struct said said = {.bmc = {0}};
    struct nf_fault ignored;
    bool is_read = arena != NULL
                   && nf_json_read(&of_task, spec, &said, &ignored) == NF_OK
                   && said.bmc.len > 0
                   && nf_json_read(&of_bmc, said.bmc, bmc, &ignored) == NF_OK;

    nf_arena_free(arena);
    return is_read;
}

static bool
open_secret(const struct nf_reach *reach, struct nf_read *r, const char *name,
            char password[static NF_DEVICE_PASSWORD])
{
    char secret[NF_SECRET_MAX + 1];
    bool is_open =
        reach->has_key && nf_secrets_get(r, reach->key, name, secret)
        && nf_text_copy(password, NF_DEVICE_PASSWORD, nf_text(secret));

    sodium_memzero(secret, sizeof(secret));
    if (r->err == NF_CORRUPT) {
        r->err = NF_OK; /* sealed by another key: it is told as one we lack */
    }
    return is_open;
}

/* Only a task that has a password says all that is needed. */
static bool
find_task(const struct nf_reach *reach, struct nf_read *r, uint64_t task,
          struct nf_sealed_device *device)
{
    struct said_bmc bmc = {.username = "admin"};
    char id[NF_TASK_TEXT + 8], name[48];

    if (task == 0) {
        return false;
    }
    nf_task_format(task, id);
    snprintf(name, sizeof(name), "%s/bmc", id);
    if (!open_secret(reach, r, name, device->password)
        || !read_said(nf_tasks_spec(r, task), &bmc))
    {
        return false;
    }
    snprintf(device->driver, sizeof(device->driver), "%s",
             nf_managed_drivers[bmc.type]);
    snprintf(device->address, sizeof(device->address), "%s", bmc.ip);
    snprintf(device->user, sizeof(device->user), "%s", bmc.username);
    return true;
}

/* --- what the store knows ----------------------------------------------------
 */

/* Both passwords, of SNMPv3 with privacy. */
static bool
open_passwords(const struct nf_reach *reach, struct nf_read *r,
               const struct nf_credential *credential,
               struct nf_sealed_device *device)
{
    char name[24 + NF_CREDENTIAL_NAME];

    snprintf(name, sizeof(name), "credential/%s", credential->name);
    if (!open_secret(reach, r, name, device->password)) {
        return false;
    }
    snprintf(name, sizeof(name), "credential/%s/priv", credential->name);
    return credential->priv == NF_PRIV_NONE
           || open_secret(reach, r, name, device->priv_password);
}

static enum nf_reach_kind
find_device(const struct nf_reach *reach, struct nf_read *r,
            const struct nf_managed_device *managed,
            struct nf_sealed_device *device, char words[static NF_REACH_WORDS])
{
    struct nf_credential credential;

    if (!nf_credentials_get(r, managed->credentials, &credential)
        || !open_passwords(reach, r, &credential, device))
    {
        snprintf(words, NF_REACH_WORDS,
                 "credentials: the password of %s cannot be read with the "
                 "site's key",
                 managed->credentials);
        return NF_REACH_NOT;
    }
    snprintf(device->driver, sizeof(device->driver), "%s",
             nf_managed_drivers[managed->driver]);
    snprintf(device->address, sizeof(device->address), "%s", managed->address);
    snprintf(device->user, sizeof(device->user), "%s", credential.user);
    snprintf(device->pin, sizeof(device->pin), "%s", managed->pin);
    if (managed->driver == NF_MANAGED_SNMP) {
        snprintf(device->auth, sizeof(device->auth), "%s",
                 nf_credential_auths[credential.auth]);
        snprintf(device->priv, sizeof(device->priv), "%s",
                 nf_credential_privs[credential.priv]);
    }
    return NF_REACH_SEALED;
}

/* No worker has files of switches. */
static enum nf_reach_kind
find_switch(const struct nf_reach *reach, struct nf_read *r,
            const struct nf_command *command, struct nf_sealed_device *device,
            char words[static NF_REACH_WORDS])
{
    struct nf_managed_device managed;
    struct nf_switch_place place;

    nf_switch_place_read(nf_text(command->arguments), &place);
    if (!nf_devices_get(r, place.device, &managed)
        || !nf_managed_is_switch(&managed))
    {
        snprintf(words, NF_REACH_WORDS, "no_switch: there is no switch \"%s\"",
                 place.device);
        return NF_REACH_NOT;
    }
    if (managed.credentials[0] == '\0') {
        snprintf(words, NF_REACH_WORDS,
                 "credentials: the switch %s has no credential set",
                 managed.name);
        return NF_REACH_NOT;
    }
    return find_device(reach, r, &managed, device, words);
}

enum nf_reach_kind
nf_reach_find(const struct nf_reach *reach, struct nf_read *r,
              const struct nf_command *command, struct nf_sealed_device *device,
              char words[static NF_REACH_WORDS])
{
    struct nf_managed_device managed;

    memset(device, 0, sizeof(*device));
    words[0] = '\0';
    nf_command_format(command, device->command);
    if (command->target == NF_COMMAND_SWITCH) {
        return find_switch(reach, r, command, device, words);
    }
    if (command->target != NF_COMMAND_BMC) {
        return NF_REACH_OWN;
    }
    if (find_task(reach, r, command->task, device)) {
        return NF_REACH_SEALED;
    }
    if (!nf_devices_of_node(r, command->mac, &managed)
        || managed.credentials[0] == '\0')
    {
        return NF_REACH_OWN;
    }
    return find_device(reach, r, &managed, device, words);
}
