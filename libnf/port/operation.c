#include "port/operation.h"

#include "port/change.h"

const char *const nf_switch_causes[NF_SWITCH_CAUSE_COUNT + 1] = {
#define X(name, word, text) [name] = (word),
    NF_SWITCH_CAUSES(X)
#undef X
};

const char *const nf_switch_drivers[] = {
    "snmp", "ios", "nxos", "vrp", "comware", "eapi", NULL,
};

const char *const nf_switch_verbs[NF_SWITCH_VERB_COUNT + 1] = {
#define X(name, word) [name] = (word),
    NF_SWITCH_VERBS(X)
#undef X
};

const char *
nf_switch_cause_text(enum nf_switch_cause cause)
{
    static const char *const texts[] = {
#define X(name, word, text) [name] = (text),
        NF_SWITCH_CAUSES(X)
#undef X
    };

    return texts[cause];
}

void
nf_switch_fail(struct nf_switch_told *told, enum nf_switch_cause cause,
               struct nf_text words)
{
    told->cause = cause;
    nf_text_copy_words(told->words, sizeof(told->words), words);
}

static enum nf_switch_next
ask_for(struct nf_switch_operation *operation, enum nf_switch_verb verb,
        struct nf_switch_ask *ask)
{
    *ask = (struct nf_switch_ask){.verb = verb, .mac = operation->mac};
    memcpy(ask->port, operation->port, sizeof(ask->port));
    operation->asked = verb;
    return NF_SWITCH_NEXT_ASK;
}

/* The outcome; the key that the switch showed is told with it. */
static enum nf_switch_next
end(struct nf_switch_operation *operation, enum nf_switch_cause cause,
    const struct nf_out *words)
{
    nf_switch_fail(&operation->told, cause,
                   words == NULL ? NF_TEXT("") : nf_out_text(words));
    return NF_SWITCH_NEXT_END;
}

static enum nf_switch_next
end_as_failed(struct nf_switch_operation *operation, const char *and)
{
    char text[NF_SWITCH_WORDS];
    struct nf_out words = nf_out(text, sizeof(text));

    nf_out_puts(&words, operation->failure.words);
    nf_out_puts(&words, words.len > 0 ? "; " : "");
    nf_out_puts(&words, and);
    return end(operation, operation->failure.cause, &words);
}

/* --- before the change ------------------------------------------------------
 */

static enum nf_switch_next
set(struct nf_switch_operation *operation, const struct nf_port_config *is,
    const struct nf_port_config *wanted, struct nf_switch_ask *ask)
{
    (void) ask_for(operation, NF_SWITCH_SET, ask);
    ask->is = is;
    ask->wanted = wanted;
    operation->looks = 0;
    return NF_SWITCH_NEXT_ASK;
}

static enum nf_switch_next
judge(struct nf_switch_operation *operation, struct nf_switch_ask *ask)
{
    char text[NF_SWITCH_WORDS];
    struct nf_out words = nf_out(text, sizeof(text));
    enum nf_switch_cause cause =
        nf_port_change_judge(operation, &operation->told, &words);

    if (cause != NF_SWITCH_FINE) {
        return end(operation, cause, &words);
    }
    if (nf_port_config_equal(&operation->was.config, &operation->wanted)) {
        return end(operation, NF_SWITCH_FINE, NULL);
    }
    return ask_for(operation, NF_SWITCH_VLANS, ask);
}

static enum nf_switch_next
know_vlans(struct nf_switch_operation *operation, struct nf_switch_ask *ask)
{
    char text[64];
    struct nf_out words = nf_out(text, sizeof(text));
    unsigned lacks = nf_port_change_lacks(operation, &operation->told.vlans);

    if (operation->told.cause != NF_SWITCH_FINE) {
        return NF_SWITCH_NEXT_END;
    }
    if (lacks != 0) {
        nf_out_printf(&words, "it has no VLAN %u", lacks);
        return end(operation, NF_SWITCH_NO_VLAN, &words);
    }
    return set(operation, &operation->was.config, &operation->wanted, ask);
}

/* --- after it ----------------------------------------------------------------
 */

enum {
    LOOKS_MAX = 4,
    LOOK_MS = 500,
    BACK_MS = 2000,
};

/* Whether the change was made may be unknown: the port will show. */
static enum nf_switch_next
was_set(struct nf_switch_operation *operation, nf_time_t now,
        struct nf_switch_ask *ask)
{
    if (operation->told.cause != NF_SWITCH_FINE && !operation->is_undone) {
        operation->failure = operation->told;
    }
    operation->failed_at = now;
    return ask_for(operation, NF_SWITCH_PORT, ask);
}

static bool
has_failed(const struct nf_switch_operation *operation)
{
    return operation->failure.cause != NF_SWITCH_FINE;
}

/* A switch that died is back in a while. */
static enum nf_switch_next
not_seen(struct nf_switch_operation *operation, nf_time_t now, nf_time_t *at)
{
    if (now - operation->failed_at < NF_SWITCH_PATIENCE_S * 1000) {
        *at = now + BACK_MS;
        return NF_SWITCH_NEXT_WAIT;
    }
    if (!has_failed(operation)) {
        operation->failure = operation->told;
    }
    return end_as_failed(operation, "what became of the port is not known");
}

static enum nf_switch_next
undone(struct nf_switch_operation *operation)
{
    return end_as_failed(
        operation,
        nf_port_config_equal(&operation->is.config, &operation->was.config)
            ? "the port is as it was"
            : "the port could not be put back as it was");
}

static enum nf_switch_next
put_back(struct nf_switch_operation *operation, struct nf_switch_ask *ask)
{
    if (!has_failed(operation)) {
        struct nf_out words =
            nf_out(operation->failure.words, NF_SWITCH_WORDS - 1);
        operation->failure.cause = NF_SWITCH_NO_EFFECT;
        nf_port_config_difference(&operation->is.config, &operation->wanted,
                                  &words);
    }
    if (nf_port_config_equal(&operation->is.config, &operation->was.config)) {
        return undone(operation);
    }
    operation->is_undone = true;
    return set(operation, &operation->is.config, &operation->was.config, ask);
}

static enum nf_switch_next
read_back(struct nf_switch_operation *operation, nf_time_t now,
          struct nf_switch_ask *ask, nf_time_t *at)
{
    if (operation->told.cause != NF_SWITCH_FINE) {
        return not_seen(operation, now, at);
    }
    operation->is = operation->told.ports[0];
    if (operation->is_undone) {
        return undone(operation);
    }
    if (nf_port_config_equal(&operation->is.config, &operation->wanted)) {
        operation->is_changed = true;
        return ask_for(operation, NF_SWITCH_SAVE, ask);
    }
    if (!has_failed(operation) && operation->looks++ < LOOKS_MAX) {
        *at = now + LOOK_MS;
        return NF_SWITCH_NEXT_WAIT;
    }
    return put_back(operation, ask);
}

static enum nf_switch_next
saved(struct nf_switch_operation *operation)
{
    if (operation->told.cause == NF_SWITCH_FINE) {
        return NF_SWITCH_NEXT_END;
    }
    operation->failure = operation->told;
    operation->failure.cause = NF_SWITCH_UNSAVED;
    return end_as_failed(operation, "it is lost when the switch starts anew");
}

/* --- the whole ---------------------------------------------------------------
 */

static enum nf_switch_next
looked(struct nf_switch_operation *operation, nf_time_t now,
       struct nf_switch_ask *ask, nf_time_t *at)
{
    struct nf_switch_told *told = &operation->told;

    if (told->cause == NF_SWITCH_FINE && told->ports_n == 0) {
        told->cause = NF_SWITCH_NO_PORT;
    }
    if (operation->failed_at != 0) {
        return read_back(operation, now, ask, at);
    }
    if (told->cause != NF_SWITCH_FINE) {
        return NF_SWITCH_NEXT_END;
    }
    operation->is = told->ports[0];
    if (operation->goal != NF_SWITCH_SET) {
        return NF_SWITCH_NEXT_END;
    }
    operation->was = told->ports[0];
    return judge(operation, ask);
}

static enum nf_switch_next
begin(struct nf_switch_operation *operation, struct nf_switch_ask *ask)
{
    bool is_change = operation->goal == NF_SWITCH_SET;

    return ask_for(operation, is_change ? NF_SWITCH_PORT : operation->goal,
                   ask);
}

static enum nf_switch_next
found(struct nf_switch_operation *operation)
{
    struct nf_switch_told *told = &operation->told;

    if (told->cause == NF_SWITCH_FINE && told->macs_n == 0) {
        told->cause = NF_SWITCH_NO_MAC;
    }
    return NF_SWITCH_NEXT_END;
}

enum nf_switch_next
nf_switch_operation_step(struct nf_switch_operation *operation,
                         const struct nf_switch_told *told, nf_time_t now,
                         struct nf_switch_ask *ask, nf_time_t *at)
{
    if (told == NULL) {
        return begin(operation, ask);
    }
    operation->told = *told;
    switch (operation->asked) {
    case NF_SWITCH_PORT:
        return looked(operation, now, ask, at);
    case NF_SWITCH_FIND:
        return found(operation);
    case NF_SWITCH_SET:
        return was_set(operation, now, ask);
    case NF_SWITCH_SAVE:
        return saved(operation);
    case NF_SWITCH_VLANS:
        return operation->goal == NF_SWITCH_VLANS ? NF_SWITCH_NEXT_END
                                                  : know_vlans(operation, ask);
    default:
        return NF_SWITCH_NEXT_END;
    }
}
