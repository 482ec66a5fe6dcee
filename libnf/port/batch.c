#include "port/batch.h"

#include "port/stage.h"

typedef struct nf_switch_operation operation_t;

bool
nf_switch_batch_add(struct nf_switch_batch *batch, operation_t *operation)
{
    if (batch->taken == NF_SWITCH_BATCH_MAX) {
        return false;
    }
    operation->stage = NF_SWITCH_LOOKS;
    batch->operations[batch->n++] = operation;
    batch->taken++;
    return true;
}

operation_t *
nf_switch_batch_ended(struct nf_switch_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        operation_t *operation = batch->operations[i];
        if (operation->stage == NF_SWITCH_ENDED) {
            batch->n--;
            memmove(&batch->operations[i], &batch->operations[i + 1],
                    (batch->n - i) * sizeof(batch->operations[0]));
            memcpy(operation->told.pin, batch->pin, sizeof(batch->pin));
            return operation;
        }
    }
    return NULL;
}

void
nf_switch_batch_cannot(struct nf_switch_batch *batch, const char *words)
{
    nf_switch_stage_end(batch->set, NF_SWITCH_LOCAL, words);
    batch->asked = NF_SWITCH_VERB_COUNT;
}

void
nf_switch_batch_expire(struct nf_switch_batch *batch, nf_time_t now)
{
    for (size_t i = 0; i < batch->n; i++) {
        nf_switch_stage_late(batch->operations[i], now);
    }
}

void
nf_switch_batch_abandon(struct nf_switch_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        operation_t *operation = batch->operations[i];
        if (operation->stage != NF_SWITCH_ENDED) {
            nf_switch_stage_end(
                operation, NF_SWITCH_HUNG,
                operation->is_begun
                    ? "it timed out in the middle of a change: check the port"
                    : "it timed out");
        }
    }
}

nf_time_t
nf_switch_batch_deadline(const struct nf_switch_batch *batch)
{
    nf_time_t first = 0;

    for (size_t i = 0; i < batch->n; i++) {
        const operation_t *operation = batch->operations[i];
        if (!operation->is_begun && operation->ends_at != 0
            && (first == 0 || operation->ends_at < first))
        {
            first = operation->ends_at;
        }
    }
    return first;
}

/* --- what the switch told ----------------------------------------------------
 */

static void
was_set(struct nf_switch_batch *batch, const struct nf_switch_told *told,
        nf_time_t now)
{
    nf_switch_stage_set(batch->set, told, now);
    for (size_t i = 0; nf_switch_is_lost(told->cause) && i < batch->n; i++) {
        nf_switch_stage_hold(batch->operations[i], now);
    }
}

static void
was_read(struct nf_switch_batch *batch, const struct nf_switch_told *told,
         nf_time_t now)
{
    for (size_t i = 0; i < batch->n; i++) {
        operation_t *operation = batch->operations[i];
        if (operation->is_asked) {
            operation->is_asked = false;
            nf_switch_stage_read(operation, told, now);
        }
    }
}

static void
were_saved(struct nf_switch_batch *batch, const struct nf_switch_told *told,
           nf_time_t now)
{
    for (size_t i = 0; i < batch->n; i++) {
        if (batch->operations[i]->stage == NF_SWITCH_TO_SAVE) {
            nf_switch_stage_saved(batch->operations[i], told, now);
        }
    }
}

static void
take(struct nf_switch_batch *batch, const struct nf_switch_told *told,
     nf_time_t now)
{
    bool is_lost = nf_switch_is_lost(told->cause);

    if (told->pin[0] != '\0') {
        memcpy(batch->pin, told->pin, sizeof(batch->pin));
    }
    for (size_t i = 0;
         is_lost && batch->asked != NF_SWITCH_SAVE && i < batch->n; i++)
    {
        nf_switch_stage_doubt(batch->operations[i], told, now);
    }
    switch (batch->asked) {
    case NF_SWITCH_SET:
        was_set(batch, told, now);
        break;
    case NF_SWITCH_SAVE:
        were_saved(batch, told, now);
        break;
    case NF_SWITCH_VLANS:
        for (size_t i = 0; i < batch->n; i++) {
            nf_switch_stage_vlans(batch->operations[i], told);
        }
        was_read(batch, told, now); /* whoever wants to know them */
        break;
    default:
        was_read(batch, told, now);
    }
}

/* --- what it is asked next ---------------------------------------------------
 */

static enum nf_switch_next
ask_for(struct nf_switch_batch *batch, enum nf_switch_verb verb,
        const operation_t *operation, struct nf_switch_ask *ask)
{
    *ask = (struct nf_switch_ask){.verb = verb};
    if (operation != NULL) {
        ask->mac = operation->mac;
        memcpy(ask->port, operation->port, sizeof(ask->port));
    }
    batch->asked = verb;
    return NF_SWITCH_NEXT_ASK;
}

static operation_t *
find_stage(const struct nf_switch_batch *batch, enum nf_switch_stage stage)
{
    for (size_t i = 0; i < batch->n; i++) {
        if (batch->operations[i]->stage == stage) {
            return batch->operations[i];
        }
    }
    return NULL;
}

static enum nf_switch_next
set(struct nf_switch_batch *batch, operation_t *operation,
    struct nf_switch_ask *ask)
{
    (void) ask_for(batch, NF_SWITCH_SET, operation, ask);
    ask->is = &operation->is.config;
    ask->wanted =
        operation->is_undone ? &operation->was.config : &operation->wanted;
    batch->set = operation;
    batch->begins = !operation->is_begun;
    operation->is_begun = true;
    return NF_SWITCH_NEXT_ASK;
}

static bool
is_of_a_port(const operation_t *operation)
{
    return operation->goal == NF_SWITCH_PORT
           || operation->goal == NF_SWITCH_SET;
}

static bool
waits_to_look(const operation_t *operation)
{
    return operation->stage == NF_SWITCH_LOOKS
           || operation->stage == NF_SWITCH_WAS_SET
           || operation->stage == NF_SWITCH_WAS_BACK
           || operation->stage == NF_SWITCH_FORWARDS;
}

/* An older one is at the same port. */
static bool
is_behind_another(const struct nf_switch_batch *batch, size_t at)
{
    const operation_t *operation = batch->operations[at];

    for (size_t i = 0; i < at && is_of_a_port(operation); i++) {
        const operation_t *other = batch->operations[i];
        if (is_of_a_port(other) && other->stage != NF_SWITCH_ENDED
            && nf_port_is_named(nf_text(other->port), nf_text(operation->port)))
        {
            return true;
        }
    }
    return false;
}

/* Those that look now are marked; the last one of them, and how many. */
static size_t
mark_looking(struct nf_switch_batch *batch, nf_time_t now, operation_t **last)
{
    size_t n = 0;

    for (size_t i = 0; i < batch->n; i++) {
        operation_t *operation = batch->operations[i];
        operation->is_asked =
            waits_to_look(operation) && operation->at <= now
            && (is_of_a_port(operation) || operation->goal == NF_SWITCH_PORTS)
            && !is_behind_another(batch, i);
        if (operation->is_asked) {
            *last = operation;
            n++;
        }
    }
    return n;
}

/* Who looks for something else than ports. */
static operation_t *
find_other(const struct nf_switch_batch *batch)
{
    for (size_t i = 0; i < batch->n; i++) {
        operation_t *operation = batch->operations[i];
        if (operation->stage == NF_SWITCH_LOOKS && !is_of_a_port(operation)
            && operation->goal != NF_SWITCH_PORTS)
        {
            return operation;
        }
    }
    return NULL;
}

/* A change that is not seen yet may still have to be saved with the others. */
static nf_time_t
soonest(const struct nf_switch_batch *batch, bool with_forwards)
{
    nf_time_t at = 0;

    for (size_t i = 0; i < batch->n; i++) {
        const operation_t *operation = batch->operations[i];
        if (waits_to_look(operation) && !is_behind_another(batch, i)
            && (with_forwards || operation->stage != NF_SWITCH_FORWARDS)
            && (at == 0 || operation->at < at))
        {
            at = operation->at;
        }
    }
    return at;
}

static enum nf_switch_next
rest(struct nf_switch_batch *batch, struct nf_switch_ask *ask, nf_time_t *at)
{
    if (find_stage(batch, NF_SWITCH_TO_SAVE) != NULL
        && soonest(batch, false) == 0) {
        return ask_for(batch, NF_SWITCH_SAVE, NULL, ask);
    }
    *at = soonest(batch, true);
    return *at != 0 ? NF_SWITCH_NEXT_WAIT : NF_SWITCH_NEXT_END;
}

static enum nf_switch_next
choose(struct nf_switch_batch *batch, nf_time_t now, struct nf_switch_ask *ask,
       nf_time_t *at)
{
    operation_t *one = find_stage(batch, NF_SWITCH_BACK);
    size_t looking;

    one = one == NULL ? find_stage(batch, NF_SWITCH_READY) : one;
    if (one != NULL) {
        return set(batch, one, ask);
    }
    if (find_stage(batch, NF_SWITCH_JUDGED) != NULL) {
        return ask_for(batch, NF_SWITCH_VLANS, NULL, ask);
    }
    looking = mark_looking(batch, now, &one);
    if (looking > 1 || (looking == 1 && one->goal == NF_SWITCH_PORTS)) {
        return ask_for(batch, NF_SWITCH_PORTS, NULL, ask);
    }
    if (looking == 1) {
        return ask_for(batch, NF_SWITCH_PORT, one, ask);
    }
    if ((one = find_other(batch)) != NULL) {
        one->is_asked = true;
        return ask_for(batch, one->goal, one, ask);
    }
    return rest(batch, ask, at);
}

enum nf_switch_next
nf_switch_batch_step(struct nf_switch_batch *batch,
                     const struct nf_switch_told *told, nf_time_t now,
                     struct nf_switch_ask *ask, nf_time_t *at)
{
    batch->begins = false;
    if (told != NULL) {
        take(batch, told, now);
    }
    nf_switch_batch_expire(batch, now);
    return choose(batch, now, ask, at);
}
