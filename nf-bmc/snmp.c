#include <stdio.h>
#include <stdlib.h>

#include "snmp_session.h"
#include "snmp_status.h"

/*
 * A switch by SNMP.  What is asked about is walked, column by column, and what
 * is changed is set and told; libnf/port knows which columns, what they say and
 * what to set.
 */

enum {
    ROWS = 40,      /* of a column at a time; halved where that is too big */
    FOUND_MAX = 64, /* places of one MAC */
};

enum work {
    IDLE,
    NAMING, /* whose switch it is */
    WALKING,
    LISTING, /* the port lists that a change writes */
    SETTING,
};

struct snmp {
    struct nf_switch_dialog dialog; /* first */
    struct nf_snmp_session session;
    struct nf_timer start;
    struct nf_switch_ask ask;
    struct nf_switch_told told;
    enum work work;

    struct nf_snmp_switch *sw;
    bool is_read; /* all that a change has to know of it */
    struct nf_snmp_walk walk;
    unsigned groups;
    int rows;
    uint32_t at[NF_SNMP_OID]; /* the row that the walk is at */
    size_t at_n;

    struct nf_snmp_change *change;
    struct nf_snmp_set set;
    struct nf_port_mac found[FOUND_MAX];
    struct nf_port_mac *learnt; /* at all ports */
};

static struct snmp *
snmp_of(struct nf_snmp_session *session)
{
    return (void *) ((char *) session - offsetof(struct snmp, session));
}

/* --- OIDs and values ---------------------------------------------------------
 */

static size_t
copy_out(const uint32_t *from, size_t n, oid to[static NF_SNMP_OID])
{
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
    return n;
}

/* 0: it is no OID of ours. */
static size_t
copy_in(const oid *from, size_t n, uint32_t to[static NF_SNMP_OID])
{
    if (n > NF_SNMP_OID) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = (uint32_t) from[i];
    }
    return n;
}

static struct nf_snmp_row
row_of(const netsnmp_variable_list *var, uint32_t name[static NF_SNMP_OID])
{
    struct nf_snmp_row row = {.oid = name,
                              .n = copy_in(var->name, var->name_length, name)};

    switch (var->type) {
    case ASN_INTEGER:
        row.type = NF_SNMP_INTEGER;
        row.number = *var->val.integer;
        break;
    case ASN_GAUGE:
    case ASN_COUNTER:
    case ASN_TIMETICKS:
        row.type = NF_SNMP_UNSIGNED;
        row.number = (uint32_t) *var->val.integer;
        break;
    case ASN_OCTET_STR:
        row.type = NF_SNMP_OCTETS;
        row.octets =
            (struct nf_text){(const char *) var->val.string, var->val_len};
        break;
    case SNMP_NOSUCHOBJECT:
    case SNMP_NOSUCHINSTANCE:
    case SNMP_ENDOFMIBVIEW:
        row.type = NF_SNMP_NONE;
        break;
    default:
        row.type = NF_SNMP_OBJECT; /* of no use, but no end either */
    }
    return row;
}

/* --- the end of an ask -------------------------------------------------------
 */

static void
tell(struct snmp *snmp)
{
    snmp->work = IDLE;
    nf_snmp_change_free(snmp->change);
    snmp->change = NULL;
    snmp->dialog.asked += snmp->session.asked;
    snmp->session.asked = 0;
    snmp->dialog.told(&snmp->dialog, &snmp->told);
}

static void
fail(struct snmp *snmp, enum nf_switch_cause cause, const char *words)
{
    nf_switch_fail(&snmp->told, cause, nf_text(words));
    tell(snmp);
}

static const struct nf_port *
port_named(const struct snmp *snmp, const char *name)
{
    size_t n;
    const struct nf_port *ports = nf_snmp_ports(snmp->sw, &n);
    const struct nf_port *found = NULL;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(ports[i].name, name) == 0) {
            return &ports[i];
        }
        if (found == NULL
            && nf_port_is_named(nf_text(ports[i].name), nf_text(name))) {
            found = &ports[i];
        }
    }
    return found;
}

static void
find(struct snmp *snmp)
{
    struct nf_port_mac mac;

    for (size_t i = 0; nf_snmp_mac(snmp->sw, i, &mac); i++) {
        if (nf_mac_equal(mac.mac, snmp->ask.mac)
            && snmp->told.macs_n < FOUND_MAX) {
            snmp->found[snmp->told.macs_n++] = mac;
        }
    }
    snmp->told.macs = snmp->found;
}

/* False: no memory. */
static bool
list_learnt(struct snmp *snmp)
{
    struct nf_switch_told *told = &snmp->told;
    struct nf_port_mac mac;
    size_t n = 0;

    while (nf_snmp_mac(snmp->sw, n, &mac)) {
        n++;
    }
    free(snmp->learnt);
    snmp->learnt = calloc(n + 1, sizeof(snmp->learnt[0]));
    if (snmp->learnt == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        (void) nf_snmp_mac(snmp->sw, i, &snmp->learnt[i]);
    }
    told->macs = snmp->learnt;
    told->macs_n = n;
    return true;
}

static bool
is_with_learnt(enum nf_switch_verb verb)
{
    return verb == NF_SWITCH_PORTS || verb == NF_SWITCH_PORT;
}

static void
tell_read(struct snmp *snmp)
{
    struct nf_switch_told *told = &snmp->told;

    if (is_with_learnt(snmp->ask.verb) && !list_learnt(snmp)) {
        fail(snmp, NF_SWITCH_LOCAL, "out of memory");
        return;
    }
    switch (snmp->ask.verb) {
    case NF_SWITCH_FIND:
        find(snmp);
        break;
    case NF_SWITCH_VLANS:
        told->vlans = *nf_snmp_vlans(snmp->sw);
        break;
    case NF_SWITCH_PORT:
        told->ports = port_named(snmp, snmp->ask.port);
        told->ports_n = told->ports != NULL;
        told->cause = told->ports != NULL ? NF_SWITCH_FINE : NF_SWITCH_NO_PORT;
        break;
    default:
        told->ports = nf_snmp_ports(snmp->sw, &told->ports_n);
    }
    tell(snmp);
}

/* --- changing ----------------------------------------------------------------
 */

static void
send_set(struct snmp *snmp, int command)
{
    netsnmp_pdu *pdu = snmp_pdu_create(command);
    oid name[NF_SNMP_OID];

    for (size_t i = 0; pdu != NULL && i < snmp->set.n; i++) {
        const struct nf_snmp_var *var = &snmp->set.vars[i];
        size_t n = copy_out(var->oid, var->oid_n, name);
        long number = (long) var->number;
        if (command == SNMP_MSG_GET) {
            snmp_add_null_var(pdu, name, n);
        } else if (var->type == NF_SNMP_OCTETS) {
            snmp_pdu_add_variable(pdu, name, n, ASN_OCTET_STR, var->octets.data,
                                  var->octets.len);
        } else {
            snmp_pdu_add_variable(pdu, name, n,
                                  var->type == NF_SNMP_INTEGER ? ASN_INTEGER
                                                               : ASN_GAUGE,
                                  &number, sizeof(number));
        }
    }
    nf_snmp_send(&snmp->session, pdu, 0);
}

static void
next_set(struct snmp *snmp)
{
    if (snmp->work == LISTING && nf_snmp_change_reads(snmp->change, &snmp->set))
    {
        send_set(snmp, SNMP_MSG_GET);
        return;
    }
    snmp->work = SETTING;
    if (nf_snmp_change_next(snmp->change, &snmp->set)) {
        send_set(snmp, SNMP_MSG_SET);
        return;
    }
    tell(snmp);
}

static void
begin_change(struct snmp *snmp)
{
    const struct nf_port *port = port_named(snmp, snmp->ask.port);
    struct nf_fault fault = {0};
    char words[NF_SWITCH_WORDS];

    if (port == NULL) {
        fail(snmp, NF_SWITCH_NO_PORT, "");
        return;
    }
    switch (nf_snmp_change_new(snmp->sw, port, snmp->ask.wanted, &snmp->change,
                               &fault))
    {
    case NF_OK:
        snmp->work = LISTING;
        next_set(snmp);
        break;
    case NF_INVALID:
        snprintf(words, sizeof(words), "%s %s", fault.field, fault.reason);
        fail(snmp, NF_SWITCH_UNSUPPORTED, words);
        break;
    default:
        fail(snmp, NF_SWITCH_LOCAL, "out of memory");
    }
}

/* A VLAN that went after it was looked for is told so: the value of a PVID or
 * of a list is inconsistent then. */
static void
fail_by_status(struct snmp *snmp, long status, const char *verb)
{
    char words[NF_SWITCH_WORDS];
    const char *word;
    enum nf_switch_cause cause = nf_snmp_status_cause(status, &word);

    if (status == SNMP_ERR_INCONSISTENTVALUE && snmp->set.n > 0
        && strstr(snmp->set.what, "VLAN") != NULL)
    {
        cause = NF_SWITCH_NO_VLAN;
    }
    snprintf(words, sizeof(words), "%s when %s was %s", word, snmp->set.what,
             verb);
    fail(snmp, cause, words);
}

static void
was_listed(struct snmp *snmp, const netsnmp_pdu *answer)
{
    uint32_t name[NF_SNMP_OID];

    if (answer->errstat != SNMP_ERR_NOERROR) {
        fail_by_status(snmp, answer->errstat, "read");
        return;
    }
    for (const netsnmp_variable_list *var = answer->variables; var != NULL;
         var = var->next_variable)
    {
        struct nf_snmp_row row = row_of(var, name);
        if (row.type == NF_SNMP_NONE) {
            fail(snmp, NF_SWITCH_NO_VLAN,
                 "a VLAN of the change is not in its static table");
            return;
        }
        if (!nf_snmp_change_read(snmp->change, &row)) {
            fail(snmp, NF_SWITCH_MALFORMED, "a list of ports is invalid");
            return;
        }
    }
    next_set(snmp);
}

static void
was_set(struct snmp *snmp, const netsnmp_pdu *answer)
{
    if (answer->errstat != SNMP_ERR_NOERROR) {
        fail_by_status(snmp, answer->errstat, "set");
        return;
    }
    next_set(snmp);
}

/* --- walking -----------------------------------------------------------------
 */

static void
read_on(struct snmp *snmp)
{
    oid name[NF_SNMP_OID];
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);

    if (pdu != NULL) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = snmp->rows;
        snmp_add_null_var(pdu, name, copy_out(snmp->at, snmp->at_n, name));
    }
    nf_snmp_send(&snmp->session, pdu, snmp->walk.vlan);
}

static void
finish(struct snmp *snmp)
{
    struct nf_fault fault;

    switch (nf_snmp_finish(snmp->sw, &fault)) {
    case NF_OK:
        break;
    case NF_NO_MEMORY:
        fail(snmp, NF_SWITCH_LOCAL, "out of memory");
        return;
    default:
        fail(snmp, NF_SWITCH_UNSUPPORTED, fault.reason);
        return;
    }
    snmp->is_read = true;
    if (snmp->ask.verb == NF_SWITCH_SET) {
        begin_change(snmp);
    } else {
        tell_read(snmp);
    }
}

static void
walk_next(struct snmp *snmp)
{
    if (!nf_snmp_next(snmp->sw, snmp->groups, &snmp->walk)) {
        finish(snmp);
        return;
    }
    snmp->work = WALKING;
    snmp->at_n = snmp->walk.n;
    memcpy(snmp->at, snmp->walk.oid, snmp->walk.n * sizeof(snmp->at[0]));
    read_on(snmp);
}

/* Whether the row comes behind the one before: else it would never end. */
static bool
is_behind(const struct snmp *snmp, const netsnmp_variable_list *var)
{
    oid before[NF_SNMP_OID];
    size_t n = copy_out(snmp->at, snmp->at_n, before);

    return snmp_oid_compare(var->name, var->name_length, before, n) > 0;
}

/* False: the column is over. */
static bool
take_rows(struct snmp *snmp, const netsnmp_pdu *answer)
{
    uint32_t name[NF_SNMP_OID];
    const netsnmp_variable_list *var = answer->variables;

    if (answer->errstat != SNMP_ERR_NOERROR || var == NULL) {
        return false; /* it has no such table */
    }
    for (; var != NULL; var = var->next_variable) {
        struct nf_snmp_row row = row_of(var, name);
        if (row.n == 0 || !is_behind(snmp, var)
            || !nf_snmp_take(snmp->sw, &snmp->walk, &row))
        {
            return false;
        }
        memcpy(snmp->at, name, row.n * sizeof(name[0]));
        snmp->at_n = row.n;
    }
    return true;
}

static void
was_read(struct snmp *snmp, const netsnmp_pdu *answer)
{
    if (answer->errstat == SNMP_ERR_TOOBIG && snmp->rows > 1) {
        snmp->rows /= 2;
        read_on(snmp);
    } else if (take_rows(snmp, answer)) {
        read_on(snmp);
    } else {
        walk_next(snmp);
    }
}

/* --- the beginning -----------------------------------------------------------
 */

static void
was_named(struct snmp *snmp, const netsnmp_pdu *answer)
{
    const netsnmp_variable_list *var = answer->variables;
    uint32_t whose[NF_SNMP_OID];

    if (var != NULL && var->type == ASN_OBJECT_ID) {
        size_t n = copy_in(var->val.objid, var->val_len / sizeof(oid), whose);
        nf_snmp_vendor(snmp->sw, whose, n);
    }
    walk_next(snmp);
}

static void
on_answer(struct nf_snmp_session *session, netsnmp_pdu *answer)
{
    struct snmp *snmp = snmp_of(session);

    if (answer == NULL && snmp->work == WALKING && snmp->walk.vlan != 0) {
        nf_snmp_skip_view(snmp->sw, &snmp->walk);
        walk_next(snmp);
        return;
    }
    if (answer == NULL) {
        fail(snmp, session->cause, session->words);
        return;
    }
    switch (snmp->work) {
    case NAMING:
        was_named(snmp, answer);
        break;
    case WALKING:
        was_read(snmp, answer);
        break;
    case LISTING:
        was_listed(snmp, answer);
        break;
    default:
        was_set(snmp, answer);
    }
}

static void
read_anew(struct snmp *snmp)
{
    oid name[NF_SNMP_OID];
    size_t n = sizeof(nf_snmp_object_id) / sizeof(nf_snmp_object_id[0]);
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GET);

    nf_snmp_free(snmp->sw);
    snmp->sw = nf_snmp_new();
    snmp->is_read = false;
    snmp->walk = (struct nf_snmp_walk){0};
    snmp->rows = ROWS;
    snmp->work = NAMING;
    if (snmp->sw == NULL || pdu == NULL) {
        snmp_free_pdu(pdu);
        fail(snmp, NF_SWITCH_LOCAL, "out of memory");
        return;
    }
    snmp_add_null_var(pdu, name, copy_out(nf_snmp_object_id, n, name));
    nf_snmp_send(&snmp->session, pdu, 0);
}

static unsigned
groups_of(enum nf_switch_verb verb)
{
    switch (verb) {
    case NF_SWITCH_VLANS:
    case NF_SWITCH_SET:
        return NF_SNMP_CONFIG;
    case NF_SWITCH_FIND:
        return NF_SNMP_CONFIG | NF_SNMP_LEARNT;
    case NF_SWITCH_NEIGHBORS:
        return NF_SNMP_CONFIG | NF_SNMP_STATE | NF_SNMP_SEEN;
    default:
        return NF_SNMP_ALL;
    }
}

/* It was read just before, and the port is as it was then: of many changes
 * each would read all of the switch.  Lists of ports are read again anyhow. */
static bool
is_known(const struct snmp *snmp)
{
    const struct nf_port *port =
        snmp->is_read ? port_named(snmp, snmp->ask.port) : NULL;

    return snmp->ask.verb == NF_SWITCH_SET && port != NULL
           && nf_port_config_equal(&port->config, snmp->ask.is);
}

static void
on_start(struct nf_timer *timer)
{
    struct snmp *snmp =
        (void *) ((char *) timer - offsetof(struct snmp, start));

    snmp->told = (struct nf_switch_told){.cause = NF_SWITCH_FINE};
    if (snmp->ask.verb == NF_SWITCH_SAVE) {
        tell(snmp); /* no MIB has it: what is set is set */
        return;
    }
    if (snmp->session.handle == NULL && !nf_snmp_open(&snmp->session)) {
        fail(snmp, snmp->session.cause, snmp->session.words);
        return;
    }
    if (is_known(snmp)) {
        begin_change(snmp);
        return;
    }
    snmp->groups = groups_of(snmp->ask.verb);
    read_anew(snmp);
}

static void
ask(struct nf_switch_dialog *dialog, const struct nf_switch_ask *what)
{
    struct snmp *snmp = (void *) dialog;

    snmp->ask = *what;
    snmp->session.loop = dialog->loop;
    snmp->session.device = dialog->device;
    snmp->session.answered = on_answer;
    snmp->start.fire = on_start;
    nf_timer_set(dialog->loop, &snmp->start, 0);
}

static void
close_dialog(struct nf_switch_dialog *dialog)
{
    struct snmp *snmp = (void *) dialog;

    nf_timer_clear(dialog->loop, &snmp->start);
    nf_snmp_close(&snmp->session);
    nf_snmp_change_free(snmp->change);
    nf_snmp_free(snmp->sw);
    free(snmp->learnt);
    snmp->change = NULL;
    snmp->sw = NULL;
    snmp->learnt = NULL;
}

const struct nf_switch_driver nf_switch_driver_snmp = {
    .name = "snmp",
    .port = 161,
    .size = sizeof(struct snmp),
    .ask = ask,
    .close = close_dialog,
};
