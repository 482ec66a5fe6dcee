#include "intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "change/switch.h"
#include "port/seen.h"
#include "store/ports.h"
#include "json/tree.h"

enum {
    PAYLOAD_MAX = 65536, /* what the broker lets through */
    PART_MAX = 64,       /* ports */
    GONE_MAX = 64,       /* looked at in one turn, and one transaction */
};

static const nf_time_t never = INT64_MAX;

/* What a part says, in an arena. */
struct part {
    uint64_t generation, number;
    unsigned index;
    bool is_last;
    size_t n;
    struct nf_port_row rows[PART_MAX];
    struct nf_port_seen seen[PART_MAX];
};

static void
blame(struct nf_intake *intake, const char *worker,
      const struct nf_fault *fault)
{
    uint64_t withheld;

    intake->turn->counts.bad++;
    if (nf_pace_allows(&intake->pace, intake->turn->tick, &withheld)) {
        nf_log(NF_LOG_WARNING,
               "did not take ports of a switch: %s %s worker=%s "
               "withheld=%" PRIu64,
               fault->field, fault->reason, worker, withheld);
    }
}

/* --- a part is read ----------------------------------------------------------
 */

static nf_error_t
read_head(const struct nf_value *map, struct part *part, struct nf_fault *fault)
{
    const struct nf_value *last = nf_value_member(map, "last");
    uint64_t index;

    if (!nf_command_parse(nf_value_member_text(map, "id"), &part->generation,
                          &part->number))
    {
        return nf_refuse(fault, "id", "must be a command's id");
    }
    if (!nf_text_number(nf_value_member_text(map, "part"), NF_PORTS_MAX,
                        &index)) {
        return nf_refuse(fault, "part", "must be a number, from 0");
    }
    part->index = (unsigned) index;
    part->is_last = last != NULL && last->kind == NF_VALUE_TRUE;
    return NF_OK;
}

/* What is stored is what we print of it, and nothing else that came. */
static nf_error_t
read_port(const struct nf_value *value, nf_arena_t *arena, struct part *part,
          struct nf_fault *fault)
{
    struct nf_port_seen *seen = &part->seen[part->n];
    char *said = nf_arena_room(arena, PAYLOAD_MAX);
    char *json = nf_arena_room(arena, NF_SEEN_JSON_MAX);

    if (said == NULL || json == NULL) {
        return NF_NO_MEMORY;
    }
    struct nf_out in = nf_out(said, PAYLOAD_MAX);
    struct nf_out out = nf_out(json, NF_SEEN_JSON_MAX);
    nf_value_json(&in, value);
    nf_error_t err = in.full
                         ? nf_refuse(fault, "ports", "has one that is too long")
                         : nf_port_seen_read(nf_out_text(&in), seen, fault);
    if (err != NF_OK) {
        return err;
    }
    nf_port_seen_json(seen, &out);
    if (out.full) {
        return nf_refuse(fault, "ports", "has one that is too long");
    }
    part->rows[part->n++] = (struct nf_port_row){
        .name = seen->port.name,
        .json = nf_out_text(&out),
        .addresses = seen->addresses,
        .addresses_n = seen->addresses_n,
    };
    return NF_OK;
}

static nf_error_t
read_ports(const struct nf_value *ports, nf_arena_t *arena, struct part *part,
           struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    if (ports == NULL || ports->kind != NF_VALUE_LIST
        || ports->list.n > PART_MAX) {
        return nf_refuse(fault, "ports", "must be a list of at most %d",
                         PART_MAX);
    }
    for (size_t i = 0; i < ports->list.n && err == NF_OK; i++) {
        err = read_port(&ports->list.items[i], arena, part, fault);
    }
    return err;
}

static nf_error_t
read_part(struct nf_text payload, nf_arena_t *arena, struct part *part,
          struct nf_fault *fault)
{
    struct nf_value map;

    if (payload.len > PAYLOAD_MAX) {
        return nf_refuse(fault, "", "the payload is longer than %d bytes",
                         PAYLOAD_MAX);
    }
    nf_error_t err = nf_json_tree(payload, arena, &map, fault);
    if (err == NF_OK) {
        err = read_head(&map, part, fault);
    }
    return err == NF_OK
               ? read_ports(nf_value_member(&map, "ports"), arena, part, fault)
               : err;
}

/* --- the scan that it is of --------------------------------------------------
 */

static void
drop(struct nf_intake_scan *scan)
{
    free(scan->seen);
    *scan = (struct nf_intake_scan){.number = 0};
}

/* NULL: its beginning is not known, and so nothing can be told to be gone. */
static struct nf_intake_scan *
find_scan(struct nf_intake *intake, uint64_t number)
{
    for (size_t i = 0; i < NF_INTAKE_SCANS; i++) {
        if (intake->scans[i].number == number) {
            return &intake->scans[i];
        }
    }
    return NULL;
}

/* A free one, else the one that was silent longest. */
static struct nf_intake_scan *
find_place(struct nf_intake *intake)
{
    struct nf_intake_scan *oldest = &intake->scans[0];

    for (size_t i = 1; i < NF_INTAKE_SCANS && oldest->number != 0; i++) {
        struct nf_intake_scan *scan = &intake->scans[i];
        oldest = scan->number == 0 || scan->at < oldest->at ? scan : oldest;
    }
    return oldest;
}

/* The first part begins it, also once more: its worker may have died in between
 * and do it again. */
static struct nf_intake_scan *
begin(struct nf_intake *intake, const struct part *part, const char *worker)
{
    struct nf_intake_scan *scan = find_scan(intake, part->number);

    scan = scan == NULL ? find_place(intake) : scan;
    drop(scan);
    scan->seen = calloc(NF_PORTS_MAX, sizeof(*scan->seen));
    if (scan->seen == NULL) {
        return NULL;
    }
    scan->number = part->number;
    snprintf(scan->worker, sizeof(scan->worker), "%s", worker);
    return scan;
}

static nf_error_t
check_order(const struct nf_intake_scan *scan, const struct part *part,
            const char *worker, struct nf_fault *fault)
{
    if (scan == NULL) {
        return NF_OK;
    }
    if (strcmp(scan->worker, worker) != 0 || scan->is_over
        || part->index != scan->next)
    {
        return nf_refuse(fault, "part", "is not the next one");
    }
    return scan->n + part->n <= NF_PORTS_MAX
               ? NF_OK
               : nf_refuse(fault, "ports", "are more than %d in all",
                           NF_PORTS_MAX);
}

static void
note(struct nf_intake_scan *scan, const struct part *part, const char *device,
     nf_time_t tick)
{
    scan->at = tick;
    for (size_t i = 0; i < part->n; i++) {
        scan->seen[scan->n++] =
            nf_text_hash(NF_HASH, nf_text(part->seen[i].port.name));
    }
    scan->next++;
    scan->is_over = part->is_last;
    snprintf(scan->device, sizeof(scan->device), "%s", device);
}

/* --- stored ------------------------------------------------------------------
 */

static nf_error_t
write_part(struct nf_intake *intake, const char *worker,
           const struct part *part, uint32_t total,
           char device[static NF_MANAGED_NAME], struct nf_fault *fault)
{
    NF_WRITE(w, intake->turn->store);
    struct nf_change c = {.w = &w,
                          .settings = &intake->turn->settings,
                          .now = intake->turn->now,
                          .actor = worker};
    nf_error_t refused =
        nf_change_ports(&c,
                        &(struct nf_ports_part){.worker = worker,
                                                .generation = part->generation,
                                                .number = part->number,
                                                .rows = part->rows,
                                                .n = part->n,
                                                .is_last = part->is_last,
                                                .total = total},
                        device);
    nf_error_t err = nf_write_commit(&w);

    *fault = c.fault;
    return err != NF_OK ? err : refused;
}

/* False: the store is not well. */
static bool
store(struct nf_intake *intake, const char *worker, const struct part *part)
{
    bool is_first = part->index == 0;
    struct nf_intake_scan *scan =
        is_first ? NULL : find_scan(intake, part->number);
    char device[NF_MANAGED_NAME];
    struct nf_fault fault = {.field = ""};
    nf_error_t err = check_order(scan, part, worker, &fault);
    uint32_t before = scan == NULL ? 0 : scan->n;
    bool is_known = is_first || scan != NULL;

    if (err == NF_OK) {
        err = write_part(intake, worker, part,
                         is_known ? before + (uint32_t) part->n : 0, device,
                         &fault);
    }
    if (err == NF_INVALID || err == NF_NOT_FOUND) {
        blame(intake, worker, &fault);
        return true;
    }
    if (err != NF_OK) {
        nf_turn_blame(intake->turn, "ports were not stored", err);
        return err == NF_CORRUPT || err == NF_BUG;
    }
    scan = is_first ? begin(intake, part, worker) : scan;
    if (scan != NULL) {
        note(scan, part, device, intake->turn->tick);
    }
    return true;
}

bool
nf_intake_take(struct nf_intake *intake, const char *worker,
               struct nf_text payload)
{
    struct nf_fault fault = {.field = ""};
    nf_arena_t *arena = nf_arena_new();
    struct part *part =
        arena == NULL ? NULL : nf_arena_take(arena, sizeof(*part));
    bool is_well = part != NULL;

    intake->turn->counts.messages++;
    if (is_well) {
        nf_error_t err = read_part(payload, arena, part, &fault);
        if (err == NF_OK) {
            is_well = store(intake, worker, part);
        } else if (err == NF_NO_MEMORY) {
            is_well = false;
        } else {
            blame(intake, worker, &fault);
        }
    }
    nf_arena_free(arena);
    return is_well;
}

/* --- what is gone ------------------------------------------------------------
 */

static bool
was_seen(const struct nf_intake_scan *scan, const char *port)
{
    uint64_t hash = nf_text_hash(NF_HASH, nf_text(port));

    for (uint32_t i = 0; i < scan->n; i++) {
        if (scan->seen[i] == hash) {
            return true;
        }
    }
    return false;
}

/* Some of the ports of the switch; at their end the scan is dropped. */
static void
forget(struct nf_intake *intake, struct nf_intake_scan *scan)
{
    NF_WRITE(w, intake->turn->store);
    struct nf_text json;
    bool has = true;

    for (int i = 0; i < GONE_MAX && has; i++) {
        has = nf_ports_next(&w.read, scan->device, scan->port, &json);
        if (has && !was_seen(scan, scan->port)) {
            (void) nf_ports_delete(&w, scan->device, scan->port);
        }
    }
    nf_error_t err = nf_write_commit(&w);
    if (err != NF_OK) { /* the next scan does it */
        nf_turn_blame(intake->turn, "ports were not forgotten", err);
    }
    if (err != NF_OK || !has) {
        drop(scan);
    }
}

nf_time_t
nf_intake_run(struct nf_intake *intake)
{
    nf_time_t at = never;

    for (size_t i = 0; i < NF_INTAKE_SCANS; i++) {
        struct nf_intake_scan *scan = &intake->scans[i];
        if (scan->number != 0 && scan->is_over) {
            forget(intake, scan);
            at = scan->number != 0 ? intake->turn->tick : at;
        }
    }
    return at;
}

void
nf_intake_close(struct nf_intake *intake)
{
    for (size_t i = 0; i < NF_INTAKE_SCANS; i++) {
        drop(&intake->scans[i]);
    }
}
