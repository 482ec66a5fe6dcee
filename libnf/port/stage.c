#include "port/stage.h"

#include "port/change.h"

enum {
    LOOKS_MAX = 4,
    BACKS_MAX = 3,
    LOOK_MS = 500,
    BACK_MS = 2000,
    FORWARD_MS = 1000,
    FORWARDS_MS = 60000,
    MARGIN_MS = 3000, /* what a change takes */
};

void
nf_switch_stage_end(struct nf_switch_operation *operation,
                    enum nf_switch_cause cause, const char *words)
{
    nf_switch_fail(&operation->told, cause, nf_text(words));
    operation->stage = NF_SWITCH_ENDED;
}

/* What was told, lists and all. */
static void
end_as_told(struct nf_switch_operation *operation,
            const struct nf_switch_told *told)
{
    operation->told = *told;
    operation->stage = NF_SWITCH_ENDED;
}

static void
end_as_failed(struct nf_switch_operation *operation, const char *and)
{
    char text[NF_SWITCH_WORDS];
    struct nf_out words = nf_out(text, sizeof(text) - 1);

    nf_out_puts(&words, operation->failure.words);
    nf_out_puts(&words, words.len > 0 ? "; " : "");
    nf_out_puts(&words, and);
    text[words.len] = '\0';
    nf_switch_stage_end(operation, operation->failure.cause, text);
}

static bool
has_failed(const struct nf_switch_operation *operation)
{
    return operation->failure.cause != NF_SWITCH_FINE;
}

static bool
is_as(const struct nf_switch_operation *operation,
      const struct nf_port_config *config)
{
    return nf_port_config_equal(&operation->is.config, config);
}

/* The one of exactly this name, else one whose name it is, shortened. */
static const struct nf_port *
find_port(const struct nf_switch_told *told, const char *name)
{
    const struct nf_port *found = NULL;

    for (size_t i = 0; i < told->ports_n; i++) {
        if (strcmp(told->ports[i].name, name) == 0) {
            return &told->ports[i];
        }
        if (found == NULL
            && nf_port_is_named(nf_text(told->ports[i].name), nf_text(name)))
        {
            found = &told->ports[i];
        }
    }
    return found;
}

/* --- the end of a change -----------------------------------------------------
 */

static bool
is_blocked(const struct nf_switch_operation *operation)
{
    return operation->must_forward && operation->is.link == NF_PORT_UP
           && operation->is.forwards == NF_PORT_DOWN;
}

static void
settle(struct nf_switch_operation *operation, nf_time_t now)
{
    if (!is_blocked(operation)) {
        nf_switch_stage_end(operation, NF_SWITCH_FINE, "");
        return;
    }
    operation->stage = NF_SWITCH_FORWARDS;
    operation->at = now + FORWARD_MS;
    operation->since = now;
}

static void
watch(struct nf_switch_operation *operation, const struct nf_switch_told *told,
      nf_time_t now)
{
    const struct nf_port *port = find_port(told, operation->port);

    if (told->cause == NF_SWITCH_FINE && port != NULL) {
        operation->is = *port;
        if (!is_blocked(operation)) {
            nf_switch_stage_end(operation, NF_SWITCH_FINE, "");
            return;
        }
    }
    operation->at = now + FORWARD_MS;
    if (now - operation->since >= FORWARDS_MS) {
        nf_switch_stage_end(operation, NF_SWITCH_NOT_FORWARDING,
                            "its spanning tree blocks it after 60 s");
    }
}

/* --- before it ---------------------------------------------------------------
 */

static void
put_back(struct nf_switch_operation *operation)
{
    if (is_as(operation, &operation->was.config)) {
        end_as_failed(operation, "the port is unchanged");
        return;
    }
    operation->is_undone = true;
    operation->stage = NF_SWITCH_BACK;
}

/* One that was begun in an earlier life is in between, maybe. */
static void
refuse(struct nf_switch_operation *operation, enum nf_switch_cause cause,
       const char *words)
{
    if (!operation->is_begun) {
        nf_switch_stage_end(operation, cause, words);
        return;
    }
    nf_switch_fail(&operation->failure, cause, nf_text(words));
    put_back(operation);
}

static void
judge(struct nf_switch_operation *operation, const struct nf_switch_told *told,
      nf_time_t now)
{
    char text[NF_SWITCH_WORDS];
    struct nf_out words = nf_out(text, sizeof(text) - 1);

    if (operation->is_begun && operation->has_expected) {
        operation->was.config = operation->expected;
    }
    operation->has_expected |= operation->is_begun;
    operation->expected =
        operation->is_begun ? operation->was.config : operation->expected;
    enum nf_switch_cause cause = nf_port_change_judge(operation, told, &words);
    text[words.len] = '\0';
    if (cause != NF_SWITCH_FINE) {
        refuse(operation, cause, text);
    } else if (!is_as(operation, &operation->wanted)) {
        operation->stage = NF_SWITCH_JUDGED;
    } else if (operation->has_expected) {
        /* An earlier try may have changed it, and whether that was saved is not
         * known. */
        operation->is_changed = operation->is_begun;
        operation->stage = NF_SWITCH_TO_SAVE;
    } else {
        settle(operation, now);
    }
}

/* A switch that died is back in a while. */
static bool
is_patient(struct nf_switch_operation *operation, nf_time_t now)
{
    if (operation->is_begun && operation->failed_at == 0) {
        operation->failed_at = now;
    }
    if (operation->failed_at == 0
        || now - operation->failed_at >= NF_SWITCH_PATIENCE_S * 1000)
    {
        return false;
    }
    operation->at = now + BACK_MS;
    return true;
}

static bool
is_of_a_port(const struct nf_switch_operation *operation)
{
    return operation->goal == NF_SWITCH_PORT
           || operation->goal == NF_SWITCH_SET;
}

static void
first_look(struct nf_switch_operation *operation,
           const struct nf_switch_told *told, nf_time_t now)
{
    const struct nf_port *port = find_port(told, operation->port);

    if (told->cause != NF_SWITCH_FINE) {
        if (!is_patient(operation, now)) {
            end_as_told(operation, told);
        }
    } else if (!is_of_a_port(operation)) {
        end_as_told(operation, told);
        if (operation->goal == NF_SWITCH_FIND && told->macs_n == 0) {
            operation->told.cause = NF_SWITCH_NO_MAC;
        }
    } else if (port == NULL) {
        nf_switch_stage_end(operation, NF_SWITCH_NO_PORT, "");
    } else {
        operation->was = operation->is = *port;
        if (operation->goal == NF_SWITCH_PORT) {
            nf_switch_stage_end(operation, NF_SWITCH_FINE, "");
        } else {
            judge(operation, told, now);
        }
    }
}

void
nf_switch_stage_vlans(struct nf_switch_operation *operation,
                      const struct nf_switch_told *told)
{
    char text[64];
    unsigned lacks = nf_port_change_lacks(operation, &told->vlans);

    if (operation->stage != NF_SWITCH_JUDGED) {
        return;
    }
    if (told->cause != NF_SWITCH_FINE) {
        refuse(operation, told->cause, told->words);
    } else if (lacks != 0) {
        struct nf_out words = nf_out(text, sizeof(text) - 1);
        nf_out_printf(&words, "it has no VLAN %u", lacks);
        text[words.len] = '\0';
        refuse(operation, NF_SWITCH_NO_VLAN, text);
    } else {
        operation->stage = NF_SWITCH_READY;
    }
}

/* --- after it ----------------------------------------------------------------
 */

/* Whether it was made may be unknown: the port will show. */
void
nf_switch_stage_set(struct nf_switch_operation *operation,
                    const struct nf_switch_told *told, nf_time_t now)
{
    if (told->cause != NF_SWITCH_FINE && !operation->is_undone) {
        operation->failure = *told;
    }
    operation->stage =
        operation->is_undone ? NF_SWITCH_WAS_BACK : NF_SWITCH_WAS_SET;
    operation->is_lost = nf_switch_is_lost(told->cause);
    operation->looks = 0;
    operation->failed_at = operation->at = now;
}

void
nf_switch_stage_hold(struct nf_switch_operation *operation, nf_time_t now)
{
    switch (operation->stage) {
    case NF_SWITCH_JUDGED:
    case NF_SWITCH_READY:
        operation->stage = NF_SWITCH_LOOKS;
        break;
    case NF_SWITCH_BACK:
        operation->stage = NF_SWITCH_WAS_BACK;
        operation->is_lost = true;
        break;
    case NF_SWITCH_LOOKS:
        break;
    default:
        return;
    }
    operation->failed_at = operation->at = now;
}

void
nf_switch_stage_doubt(struct nf_switch_operation *operation,
                      const struct nf_switch_told *told, nf_time_t now)
{
    if (operation->stage == NF_SWITCH_TO_SAVE) {
        operation->stage = NF_SWITCH_WAS_SET;
        operation->is_changed = false;
        operation->failed_at = operation->at = now;
    }
    if (operation->stage == NF_SWITCH_WAS_SET && !has_failed(operation)) {
        operation->failure = *told;
    }
}

static void
undone(struct nf_switch_operation *operation)
{
    bool is_back = is_as(operation, &operation->was.config);

    if (!is_back && operation->is_lost && operation->backs++ < BACKS_MAX) {
        operation->stage = NF_SWITCH_BACK;
        return;
    }
    end_as_failed(operation, is_back ? "the port is unchanged"
                                     : "the port could not be restored");
}

static void
not_seen(struct nf_switch_operation *operation,
         const struct nf_switch_told *told, nf_time_t now)
{
    if (is_patient(operation, now)) {
        return;
    }
    if (!has_failed(operation)) {
        operation->failure = *told;
        operation->failure.cause =
            told->cause == NF_SWITCH_FINE ? NF_SWITCH_NO_PORT : told->cause;
    }
    end_as_failed(operation, "the state of the port is not known");
}

static void
no_effect(struct nf_switch_operation *operation)
{
    char text[NF_SWITCH_WORDS];
    struct nf_out words = nf_out(text, sizeof(text) - 1);

    nf_port_config_difference(&operation->is.config, &operation->wanted,
                              &words);
    text[words.len] = '\0';
    nf_switch_fail(&operation->failure, NF_SWITCH_NO_EFFECT, nf_text(text));
}

static void
read_back(struct nf_switch_operation *operation,
          const struct nf_switch_told *told, nf_time_t now)
{
    const struct nf_port *port = find_port(told, operation->port);

    if (told->cause != NF_SWITCH_FINE || port == NULL) {
        not_seen(operation, told, now);
        return;
    }
    operation->is = *port;
    if (operation->is_undone) {
        undone(operation);
    } else if (is_as(operation, &operation->wanted)) {
        operation->is_changed = true;
        operation->stage = NF_SWITCH_TO_SAVE;
    } else if (!has_failed(operation) && operation->looks++ < LOOKS_MAX) {
        operation->at = now + LOOK_MS;
    } else {
        if (!has_failed(operation)) {
            no_effect(operation);
        }
        put_back(operation);
    }
}

void
nf_switch_stage_saved(struct nf_switch_operation *operation,
                      const struct nf_switch_told *told, nf_time_t now)
{
    if (told->cause == NF_SWITCH_FINE) {
        settle(operation, now);
        return;
    }
    operation->failure = *told;
    operation->failure.cause = NF_SWITCH_UNSAVED;
    end_as_failed(operation, "it is lost when the switch restarts");
}

/* --- the whole ---------------------------------------------------------------
 */

void
nf_switch_stage_read(struct nf_switch_operation *operation,
                     const struct nf_switch_told *told, nf_time_t now)
{
    switch (operation->stage) {
    case NF_SWITCH_LOOKS:
        first_look(operation, told, now);
        break;
    case NF_SWITCH_FORWARDS:
        watch(operation, told, now);
        break;
    default:
        read_back(operation, told, now);
    }
}

void
nf_switch_stage_late(struct nf_switch_operation *operation, nf_time_t now)
{
    nf_time_t ends_at = operation->ends_at;
    bool is_ready = operation->stage == NF_SWITCH_READY;

    if (ends_at == 0 || now < ends_at - (is_ready ? MARGIN_MS : 0)) {
        return;
    }
    if (operation->stage == NF_SWITCH_FORWARDS) {
        nf_switch_stage_end(operation, NF_SWITCH_NOT_FORWARDING,
                            "it timed out");
    } else if (!operation->is_begun && operation->stage != NF_SWITCH_ENDED) {
        nf_switch_stage_end(operation, NF_SWITCH_HUNG, "it timed out");
    }
}
