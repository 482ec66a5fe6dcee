#include "bmc/operation.h"

#include <stdio.h>

#include "json/field.h"

enum {
    ACTS_MAX = 2,
    LOOK_FIRST_MS = 500,
    LOOK_MAX_MS = 3000,
    SOFT_PATIENCE_S = 600,
    IDENTIFY_S = 15,
    IDENTIFY_MAX_S = 255,
};

/* Something that is done to power, and how it is seen that it was. */
struct act {
    enum nf_power_act power;
    enum nf_power wanted; /* NF_POWER_UNKNOWN: nothing shows it; sent once */
    unsigned patience_s;
};

struct nf_bmc_goal {
    const char *command, *action; /* action NULL: the command says it all */
    enum nf_bmc_verb verb;
    size_t acts_n;
    struct act acts[ACTS_MAX];
};

#define ON                                                                     \
    {                                                                          \
        NF_POWER_ACT_ON, NF_POWER_ON, NF_BMC_PATIENCE_S                        \
    }
#define OFF                                                                    \
    {                                                                          \
        NF_POWER_ACT_OFF, NF_POWER_OFF, NF_BMC_PATIENCE_S                      \
    }
#define SOFT                                                                   \
    {                                                                          \
        NF_POWER_ACT_SOFT, NF_POWER_OFF, SOFT_PATIENCE_S                       \
    }
#define NMI                                                                    \
    {                                                                          \
        NF_POWER_ACT_NMI, NF_POWER_UNKNOWN, 0                                  \
    }

static const struct nf_bmc_goal goals[] = {
    {"power", "status", NF_BMC_LOOK, 0, {{0}}},
    {"power", "on", NF_BMC_POWER, 1, {ON}},
    {"power", "off", NF_BMC_POWER, 1, {OFF}},
    {"power", "soft", NF_BMC_POWER, 1, {SOFT}},
    {"power", "reset", NF_BMC_POWER, 2, {OFF, ON}},
    {"power", "cycle", NF_BMC_POWER, 2, {OFF, ON}},
    {"power", "nmi", NF_BMC_POWER, 1, {NMI}},
    {"reset", NULL, NF_BMC_POWER, 2, {OFF, ON}},
    {"boot_device", "set", NF_BMC_SET_BOOT, 0, {{0}}},
    {"boot_device", NULL, NF_BMC_GET_BOOT, 0, {{0}}},
    {"info", NULL, NF_BMC_INFO, 0, {{0}}},
    {"network", NULL, NF_BMC_NETWORK, 0, {{0}}},
    {"identify", NULL, NF_BMC_IDENTIFY, 0, {{0}}},
};

/* --- what is wanted ----------------------------------------------------------
 */

enum {
    HAS_DEVICE = 1,
    HAS_FIRMWARE = 2,
    HAS_SECONDS = 4,
    HAS_PERSISTENT = 8,
};

struct args {
    char action[16];
    uint8_t device, firmware;
    bool is_persistent;
    int64_t seconds;
};

static const char *const firmwares[] = {"bios", "efi", NULL};

#define MEMBER(name, kind_, member, ...)                                       \
    {                                                                          \
        name, .kind = (kind_), .offset = offsetof(struct args, member),        \
              .size = sizeof(((struct args *) 0)->member), __VA_ARGS__         \
    }

static const struct nf_json_field members[] = {
    MEMBER("action", NF_JSON_TEXT, action, .is_required = false),
    MEMBER("device", NF_JSON_WORD, device, .words = nf_boot_devices,
           .bit = HAS_DEVICE),
    MEMBER("firmware", NF_JSON_WORD, firmware, .words = firmwares,
           .bit = HAS_FIRMWARE),
    MEMBER("persistent", NF_JSON_SWITCH, is_persistent, .bit = HAS_PERSISTENT),
    MEMBER("seconds", NF_JSON_NUMBER, seconds, .min = 0, .max = IDENTIFY_MAX_S,
           .bit = HAS_SECONDS),
    {0},
};

static bool
is_goal(const struct nf_bmc_goal *goal, struct nf_text command,
        struct nf_text action)
{
    return nf_text_equal(command, nf_text(goal->command))
           && nf_text_equal(action,
                            nf_text(goal->action == NULL ? "" : goal->action));
}

static const struct nf_bmc_goal *
find_goal(struct nf_text command, struct nf_text action)
{
    for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
        if (is_goal(&goals[i], command, action)) {
            return &goals[i];
        }
    }
    return NULL;
}

static bool
is_command(struct nf_text command)
{
    for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++) {
        if (nf_text_equal(command, nf_text(goals[i].command))) {
            return true;
        }
    }
    return false;
}

/* Each argument, and the one command that knows it. */
static nf_error_t
check_members(struct nf_text command, uint32_t has, struct nf_fault *fault)
{
    static const struct {
        uint32_t bit;
        const char *name, *command;
    } rows[] = {
        {HAS_DEVICE, "device", "boot_device"},
        {HAS_FIRMWARE, "firmware", "boot_device"},
        {HAS_PERSISTENT, "persistent", "boot_device"},
        {HAS_SECONDS, "seconds", "identify"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (has & rows[i].bit
            && !nf_text_equal(command, nf_text(rows[i].command))) {
            return nf_refuse(fault, rows[i].name, "is for %s only",
                             rows[i].command);
        }
    }
    if (has & (HAS_FIRMWARE | HAS_PERSISTENT) && !(has & HAS_DEVICE)) {
        return nf_refuse(fault, "device", "is missing");
    }
    return NF_OK;
}

nf_error_t
nf_bmc_operation_read(struct nf_bmc_operation *operation,
                      struct nf_text command, struct nf_text text,
                      struct nf_fault *fault)
{
    struct args args = {.seconds = IDENTIFY_S, .firmware = 1};
    struct nf_json_reader reader = {.fields = members};
    nf_error_t err = nf_json_read(&reader, text, &args, fault);

    if (err != NF_OK) {
        return err;
    }
    if (!is_command(command)) {
        (void) nf_refuse(fault, "command", "is not an operation of BMCs");
        return NF_NOT_FOUND;
    }
    if ((err = check_members(command, reader.has, fault)) != NF_OK) {
        return err;
    }
    if (reader.has & HAS_DEVICE && args.action[0] == '\0') {
        snprintf(args.action, sizeof(args.action), "set");
    }
    const struct nf_bmc_goal *goal = find_goal(command, nf_text(args.action));
    if (goal == NULL) {
        return nf_refuse(fault, "action",
                         "must be status, on, off, soft, reset, cycle or nmi");
    }
    *operation = (struct nf_bmc_operation){
        .goal = goal,
        .boot = {args.device, args.is_persistent, args.firmware == 1},
        .seconds = (unsigned) args.seconds};
    return NF_OK;
}

const char *
nf_bmc_operation_argument(struct nf_text command)
{
    static const struct {
        const char *command, *argument;
    } rows[] = {
        {"power", "action"},
        {"boot_device", "device"},
        {"identify", "seconds"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (nf_text_equal(command, nf_text(rows[i].command))) {
            return rows[i].argument;
        }
    }
    return NULL;
}

/* --- how it is reached ------------------------------------------------------
 */

static enum nf_bmc_next
end(struct nf_bmc_operation *operation, enum nf_bmc_cause cause)
{
    operation->told.cause = cause;
    return NF_BMC_NEXT_END;
}

static enum nf_bmc_next
ask_for(struct nf_bmc_operation *operation, enum nf_bmc_verb verb,
        struct nf_bmc_ask *ask)
{
    *ask = (struct nf_bmc_ask){
        .verb = verb, .boot = operation->boot, .seconds = operation->seconds};
    operation->asked = verb;
    return NF_BMC_NEXT_ASK;
}

/* Sooner at first, as most are quick. */
static enum nf_bmc_next
wait_to_look(struct nf_bmc_operation *operation, nf_time_t now, nf_time_t *at)
{
    nf_time_t pause = LOOK_FIRST_MS << operation->looks;

    if (pause > LOOK_MAX_MS) {
        pause = LOOK_MAX_MS;
    } else {
        operation->looks++;
    }
    *at = now + pause;
    return NF_BMC_NEXT_WAIT;
}

static bool
is_patient(const struct nf_bmc_operation *operation, nf_time_t now)
{
    const struct act *act = &operation->goal->acts[operation->act];

    return operation->is_sent
           && now - operation->sent_at < (nf_time_t) act->patience_s * 1000;
}

/* What is there already need not be done. */
static bool
go_on_by_power(struct nf_bmc_operation *operation)
{
    const struct nf_bmc_goal *goal = operation->goal;

    while (operation->act < goal->acts_n
           && goal->acts[operation->act].wanted != NF_POWER_UNKNOWN
           && goal->acts[operation->act].wanted == operation->told.power)
    {
        operation->act++;
        operation->is_sent = false;
    }
    return operation->act < goal->acts_n;
}

static enum nf_bmc_next
act(struct nf_bmc_operation *operation, nf_time_t now, struct nf_bmc_ask *ask)
{
    const struct act *act = &operation->goal->acts[operation->act];

    if (act->wanted == NF_POWER_UNKNOWN) {
        operation->act++; /* whatever comes of it, not a second time */
    }
    operation->is_sent = true;
    operation->sent_at = now;
    operation->looks = 0;
    (void) ask_for(operation, NF_BMC_POWER, ask);
    ask->power = act->power;
    return NF_BMC_NEXT_ASK;
}

static enum nf_bmc_next
looked(struct nf_bmc_operation *operation, nf_time_t now,
       struct nf_bmc_ask *ask, nf_time_t *at)
{
    if (operation->goal->acts_n == 0) {
        return NF_BMC_NEXT_END;
    }
    if (operation->told.cause != NF_BMC_FINE) {
        return is_patient(operation, now) ? wait_to_look(operation, now, at)
                                          : NF_BMC_NEXT_END;
    }
    if (!go_on_by_power(operation)) {
        return end(operation, NF_BMC_FINE);
    }
    if (!operation->is_sent) {
        return act(operation, now, ask);
    }
    return is_patient(operation, now)
               ? wait_to_look(operation, now, at)
               : end(operation, nf_bmc_operation_unseen(operation));
}

/* Whether it took it may be unknown; power will show. */
static bool
may_have_acted(enum nf_bmc_cause cause)
{
    return cause == NF_BMC_FINE || cause == NF_BMC_UNREACHABLE
           || cause == NF_BMC_HUNG || cause == NF_BMC_WRONG_STATE
           || cause == NF_BMC_BUSY || cause == NF_BMC_MALFORMED;
}

static enum nf_bmc_next
acted(struct nf_bmc_operation *operation, nf_time_t now, nf_time_t *at)
{
    operation->said = (uint8_t) operation->told.cause;
    if (operation->act == operation->goal->acts_n /* nothing shows it */
        || !may_have_acted(operation->told.cause))
    {
        return NF_BMC_NEXT_END;
    }
    return wait_to_look(operation, now, at);
}

static enum nf_bmc_next
read_back(struct nf_bmc_operation *operation)
{
    struct nf_bmc_told *told = &operation->told;
    const struct nf_boot *wanted = &operation->boot;

    if (operation->goal->verb == NF_BMC_GET_BOOT || told->cause != NF_BMC_FINE)
    {
        return NF_BMC_NEXT_END;
    }
    bool is_same = told->boot.device == wanted->device
                   && (!told->tells_mode || wanted->device == NF_BOOT_NONE
                       || (told->boot.is_persistent == wanted->is_persistent
                           && told->boot.is_efi == wanted->is_efi));
    return end(operation, is_same ? NF_BMC_FINE : NF_BMC_NO_EFFECT);
}

static enum nf_bmc_next
begin(struct nf_bmc_operation *operation, struct nf_bmc_ask *ask)
{
    if (operation->goal->acts_n != 0) {
        return operation->act == operation->goal->acts_n /* it went on */
                   ? end(operation, NF_BMC_FINE)
                   : ask_for(operation, NF_BMC_LOOK, ask);
    }
    return ask_for(operation, operation->goal->verb, ask);
}

enum nf_bmc_next
nf_bmc_operation_step(struct nf_bmc_operation *operation,
                      const struct nf_bmc_told *told, nf_time_t now,
                      struct nf_bmc_ask *ask, nf_time_t *at)
{
    if (told == NULL) {
        return begin(operation, ask);
    }
    operation->told = *told;
    switch (operation->asked) {
    case NF_BMC_LOOK:
        return looked(operation, now, ask, at);
    case NF_BMC_POWER:
        return acted(operation, now, at);
    case NF_BMC_SET_BOOT:
        return told->cause == NF_BMC_FINE
                   ? ask_for(operation, NF_BMC_GET_BOOT, ask)
                   : NF_BMC_NEXT_END;
    case NF_BMC_GET_BOOT:
        return read_back(operation);
    default:
        return NF_BMC_NEXT_END;
    }
}

enum nf_bmc_cause
nf_bmc_operation_unseen(const struct nf_bmc_operation *operation)
{
    return operation->said == NF_BMC_FINE ? NF_BMC_NO_EFFECT
                                          : (enum nf_bmc_cause) operation->said;
}

enum nf_bmc_verb
nf_bmc_operation_verb(const struct nf_bmc_operation *operation)
{
    return operation->goal->verb;
}

bool
nf_bmc_operation_changes(const struct nf_bmc_operation *operation)
{
    enum nf_bmc_verb verb = operation->goal->verb;

    return verb == NF_BMC_POWER || verb == NF_BMC_SET_BOOT
           || verb == NF_BMC_IDENTIFY;
}
