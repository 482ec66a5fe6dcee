/*
 * A switch by SNMP, on net-snmp's agent library: ports with the VLANs of
 * Q-BRIDGE-MIB that can be set, and the errors that a real one has.
 *
 * Usage: snmp_switch ADDRESS PORTS FOLDER [wired].  What stands in FOLDER/fault
 * goes wrong; in FOLDER/alone stands each port that ever was in no VLAN.
 *
 * With `wired` its ports are in a network that whoever started it knows.  Each
 * port that was changed is a line on standard output,
 *     port NUMBER access|trunk VLAN TAGGED|- up|down DESCRIPTION
 * and the change is answered when a line `.` has come.  The line `look` asks
 * for lines `state NUMBER STATE` (of dot1dStpPortState; 0: no link) and
 * `address MAC VLAN NUMBER`, then `.`.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Of the library, in no header of it. */
void init_vacm_vars(void);
void init_usmUser(void);

enum {
    PORTS_MAX = 1024,
    LIST = PORTS_MAX / 8,
    ROWS_MAX = 20000,
    IF_INDEX = 100, /* of bridge port 0 */
    ADDRESSES = 300,
    LOOK_MS = 300, /* as long as a look at the network is good for */
};

#define LEARNT "1.3.6.1.2.1.17.7.1.2.2.1.2"

enum kind {
    FIXED,
    ADMIN, /* also what the link is */
    ALIAS,
    PVID,
    EGRESS,
    UNTAGGED,
};

struct row {
    oid name[24];
    size_t n;
    enum kind kind;
    u_char type;
    long number;
    size_t len;
    u_char text[LIST];
};

static struct row rows[ROWS_MAX];
static size_t rows_n, list_len;
static int ports;
static const char *folder;
static const int vlans[] = {1, 100, 200, 310, 311};
static size_t vlans_n = 3; /* the others when it is wired */
static int is_wired;
static char told[PORTS_MAX][256];
static struct timespec looked_at;
static volatile sig_atomic_t is_over;

/* --- rows --------------------------------------------------------------------
 */

static int
compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return snmp_oid_compare(x->name, x->n, y->name, y->n);
}

static struct row *
add(u_char type, const char *column, int index)
{
    struct row *row = &rows[rows_n++];

    row->n = 24;
    if (rows_n == ROWS_MAX || !read_objid(column, row->name, &row->n)) {
        exit(2);
    }
    row->name[row->n++] = (oid) index;
    row->type = type;
    return row;
}

static void
add_number(const char *column, int index, long number)
{
    add(ASN_INTEGER, column, index)->number = number;
}

static struct row *
add_text(const char *column, int index, const char *text)
{
    struct row *row = add(ASN_OCTET_STR, column, index);

    row->len = strlen(text);
    memcpy(row->text, text, row->len);
    return row;
}

/* The row of this name, or the first behind it. */
static struct row *
find(const oid *name, size_t n, int is_behind)
{
    size_t low = 0, high = rows_n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order =
            snmp_oid_compare(rows[middle].name, rows[middle].n, name, n);
        if (order < 0 || (is_behind && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == rows_n
        || (!is_behind
            && snmp_oid_compare(rows[low].name, rows[low].n, name, n) != 0))
    {
        return NULL;
    }
    return &rows[low];
}

/* --- what is in them ---------------------------------------------------------
 */

static void
add_port(int port)
{
    char name[64];
    int index = IF_INDEX + port;

    snprintf(name, sizeof(name), "GigabitEthernet 1/0/%d", port);
    add_number("1.3.6.1.2.1.2.2.1.3", index, 6);
    add_text("1.3.6.1.2.1.2.2.1.2", index, name);
    add_text("1.3.6.1.2.1.31.1.1.1.1", index, name);
    add_text("1.3.6.1.2.1.31.1.1.1.18", index, "")->kind = ALIAS;
    add_number("1.3.6.1.2.1.2.2.1.7", index, 1);
    rows[rows_n - 1].kind = ADMIN;
    add_number("1.3.6.1.2.1.2.2.1.8", index, 1);
    add(ASN_GAUGE, "1.3.6.1.2.1.31.1.1.1.15", index)->number = 10000;
    add_number("1.3.6.1.2.1.17.1.4.1.2", port, index);
    add_number("1.3.6.1.2.1.17.2.15.1.3", port, 5);
    add(ASN_GAUGE, "1.3.6.1.2.1.17.7.1.4.5.1.1", port)->number = 1;
    rows[rows_n - 1].kind = PVID;
}

static void
add_vlan(int vlan)
{
    struct row *egress = add(ASN_OCTET_STR, "1.3.6.1.2.1.17.7.1.4.3.1.2", vlan);
    struct row *untagged =
        add(ASN_OCTET_STR, "1.3.6.1.2.1.17.7.1.4.3.1.4", vlan);

    egress->kind = EGRESS;
    untagged->kind = UNTAGGED;
    egress->len = untagged->len = list_len;
    for (int port = 0; vlan == 1 && port < ports; port++) {
        egress->text[port / 8] |= (u_char) (0x80 >> port % 8);
        untagged->text[port / 8] |= (u_char) (0x80 >> port % 8);
    }
    add_number("1.3.6.1.2.1.17.7.1.4.3.1.5", vlan, 1);
}

/* 52:54:00:00:XX:YY, in turn at the ports but the first, which has none, and
 * the last, which has a switch behind it; 52:54:00:00:ff:ff is at two. */
static void
add_addresses(void)
{
    char column[64];

    for (int i = 0; i < ADDRESSES; i++) {
        snprintf(column, sizeof(column),
                 "1.3.6.1.2.1.17.7.1.2.2.1.2.1.82.84.0.0.%d", i / 256);
        add_number(column, i % 256, 2 + i % (ports - 1));
    }
    add_number("1.3.6.1.2.1.17.7.1.2.2.1.2.1.82.84.0.0.255", 255, 2);
    add_number("1.3.6.1.2.1.17.7.1.2.2.1.2.100.82.84.0.0.255", 255, 3);
    add_text("1.0.8802.1.1.2.1.4.1.1.9.0.9001", 1, "spine");
    add_text("1.0.8802.1.1.2.1.4.1.1.12.0.9001", 1, "\x28");
    add_text("1.0.8802.1.1.2.1.3.7.1.3", 9001, "?");
    char name[64];
    snprintf(name, sizeof(name), "GigabitEthernet 1/0/%d", ports);
    add_text("1.0.8802.1.1.2.1.3.7.1.4", 9001, name);
}

/* --- the network that it is in
 * ------------------------------------------------
 */

static struct row *
row_of(const char *column, int index)
{
    oid name[24];
    size_t n = 24;

    read_objid(column, name, &n);
    name[n++] = (oid) index;
    return find(name, n, 0);
}

static int
is_in(const struct row *list, int port)
{
    return list->text[(port - 1) / 8] >> (7 - (port - 1) % 8) & 1;
}

/* Writes the VLANs that it is tagged in to `tagged`; returns the other one. */
static int
vlans_of(int port, char tagged[64])
{
    long pvid = row_of("1.3.6.1.2.1.17.7.1.4.5.1.1", port)->number;
    int vlan = 0;
    size_t len = 0;

    for (size_t i = 0; i < vlans_n; i++) {
        if (!is_in(row_of("1.3.6.1.2.1.17.7.1.4.3.1.2", vlans[i]), port)) {
            continue;
        }
        if (!is_in(row_of("1.3.6.1.2.1.17.7.1.4.3.1.4", vlans[i]), port)) {
            len += (size_t) snprintf(tagged + len, 64 - len, "%s%d",
                                     len > 0 ? "," : "", vlans[i]);
        } else if (vlans[i] == pvid) {
            vlan = vlans[i];
        }
    }
    strcpy(tagged + len, len > 0 ? "" : "-");
    return vlan;
}

/* What stands in a line until `.`; NULL then, or when nobody is there. */
static char *
answer(char line[128])
{
    if (fgets(line, 128, stdin) == NULL) {
        exit(0);
    }
    return strcmp(line, ".\n") == 0 ? NULL : line;
}

static void
tell_port(int port)
{
    char tagged[64], says[256], line[128];
    int vlan = vlans_of(port, tagged);
    const struct row *alias =
        row_of("1.3.6.1.2.1.31.1.1.1.18", IF_INDEX + port);
    long admin = row_of("1.3.6.1.2.1.2.2.1.7", IF_INDEX + port)->number;

    snprintf(says, sizeof(says), "port %d %s %d %s %s %.*s", port,
             tagged[0] == '-' && vlan != 0 ? "access" : "trunk", vlan, tagged,
             admin == 1 ? "up" : "down", (int) alias->len, alias->text);
    if (strcmp(says, told[port - 1]) != 0) {
        strcpy(told[port - 1], says);
        puts(says);
        fflush(stdout);
        while (answer(line) != NULL) {
        }
        looked_at.tv_sec = 0;
    }
}

static void
forget_addresses(void)
{
    oid name[24];
    size_t n = 24, left = 0;

    read_objid(LEARNT, name, &n);
    for (size_t i = 0; i < rows_n; i++) {
        if (netsnmp_oid_is_subtree(name, n, rows[i].name, rows[i].n) != 0) {
            rows[left++] = rows[i];
        }
    }
    rows_n = left;
}

static void
take(const char *line)
{
    unsigned mac[6];
    int port, number;
    char column[80];

    if (sscanf(line, "state %d %d", &port, &number) == 2) {
        row_of("1.3.6.1.2.1.17.2.15.1.3", port)->number =
            number == 0 ? 1 : number;
        row_of("1.3.6.1.2.1.2.2.1.8", IF_INDEX + port)->number =
            number == 0 ? 2 : 1;
    } else if (sscanf(line, "address %2x%2x%2x%2x%2x%2x %d %d", &mac[0],
                      &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &number,
                      &port)
               == 8)
    {
        snprintf(column, sizeof(column), LEARNT ".%d.%u.%u.%u.%u.%u", number,
                 mac[0], mac[1], mac[2], mac[3], mac[4]);
        add_number(column, (int) mac[5], port);
    }
}

static void
look(void)
{
    struct timespec now;
    char lines[512][128];
    int n = 0;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - looked_at.tv_sec) * 1000
            + (now.tv_nsec - looked_at.tv_nsec) / 1000000
        < LOOK_MS)
    {
        return;
    }
    puts("look");
    fflush(stdout);
    while (answer(lines[n]) != NULL) {
        n += n < 511;
    }
    forget_addresses();
    for (int i = 0; i < n; i++) { /* states come first: they are looked up */
        take(lines[i]);
    }
    qsort(rows, rows_n, sizeof(rows[0]), compare);
    clock_gettime(CLOCK_MONOTONIC, &looked_at);
}

/* --- setting -----------------------------------------------------------------
 */

static int
goes_wrong(const char *word)
{
    char path[512], line[64] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/fault", folder);
    file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    int is_so =
        fgets(line, sizeof(line), file) != NULL && strcmp(line, word) == 0;
    fclose(file);
    return is_so;
}

static int
has_vlan(long vlan)
{
    for (size_t i = 0; i < vlans_n; i++) {
        if (vlans[i] == vlan) {
            return !goes_wrong("no_vlan") || vlan == 1;
        }
    }
    return 0;
}

static int
check(const struct row *row, const netsnmp_variable_list *var)
{
    if (row == NULL) {
        return SNMP_ERR_NOCREATION;
    }
    if (row->kind == FIXED || goes_wrong("not_writable")) {
        return SNMP_ERR_NOTWRITABLE;
    }
    if (row->type != var->type) {
        return SNMP_ERR_WRONGTYPE;
    }
    if ((row->kind == EGRESS || row->kind == UNTAGGED)
        && var->val_len != list_len) {
        return SNMP_ERR_WRONGLENGTH;
    }
    if (row->kind == ALIAS && var->val_len > 64) {
        return SNMP_ERR_WRONGLENGTH;
    }
    if (goes_wrong("wrong_value")) {
        return SNMP_ERR_WRONGVALUE;
    }
    if (row->kind == PVID && !has_vlan(*var->val.integer)) {
        return SNMP_ERR_INCONSISTENTVALUE;
    }
    return SNMP_ERR_NOERROR;
}

/* Notes the ports that are in no VLAN. */
static void
look_for_lonely(void)
{
    u_char all[LIST] = {0};
    char path[512];

    for (size_t i = 0; i < rows_n; i++) {
        for (size_t k = 0; rows[i].kind == EGRESS && k < list_len; k++) {
            all[k] |= rows[i].text[k];
        }
    }
    for (int port = 0; port < ports; port++) {
        if ((all[port / 8] >> (7 - port % 8) & 1) == 0) {
            snprintf(path, sizeof(path), "%s/alone", folder);
            FILE *file = fopen(path, "a");
            fprintf(file, "%d\n", port + 1);
            fclose(file);
        }
    }
}

/* Who leaves a VLAN is not untagged in it. */
static void
trim(const struct row *egress)
{
    for (size_t i = 0; i < rows_n; i++) {
        if (rows[i].kind == UNTAGGED
            && rows[i].name[rows[i].n - 1] == egress->name[egress->n - 1])
        {
            for (size_t k = 0; k < list_len; k++) {
                rows[i].text[k] &= egress->text[k];
            }
        }
    }
}

static void
set(struct row *row, const netsnmp_variable_list *var)
{
    if (goes_wrong("reboot") && row->kind == PVID) {
        _exit(9);
    }
    if (goes_wrong("deaf")) {
        return;
    }
    if (row->type == ASN_OCTET_STR) {
        row->len = var->val_len;
        memcpy(row->text, var->val.string, row->len);
    } else {
        row->number = *var->val.integer;
    }
    if (row->kind == EGRESS) {
        trim(row);
        look_for_lonely();
    }
}

/* --- the agent ---------------------------------------------------------------
 */

static void
put(netsnmp_variable_list *var, const struct row *row)
{
    if (row->type == ASN_OCTET_STR) {
        snmp_set_var_typed_value(var, row->type, row->text, row->len);
    } else {
        snmp_set_var_typed_integer(var, row->type, row->number);
    }
}

static void
put_next(const netsnmp_handler_registration *registered,
         netsnmp_variable_list *var)
{
    struct row *row = find(var->name, var->name_length, 1);

    if (row != NULL
        && netsnmp_oid_is_subtree(registered->rootoid, registered->rootoid_len,
                                  row->name, row->n)
               == 0)
    {
        snmp_set_var_objid(var, row->name, row->n);
        put(var, row);
    }
}

static int
handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *registered,
       netsnmp_agent_request_info *info, netsnmp_request_info *request)
{
    (void) handler;
    if (is_wired && (info->mode == MODE_GET || info->mode == MODE_GETNEXT)) {
        look();
    }
    for (; request != NULL; request = request->next) {
        netsnmp_variable_list *var = request->requestvb;
        struct row *row = find(var->name, var->name_length, 0);
        int wrong;
        switch (info->mode) {
        case MODE_GET:
            if (row == NULL) {
                netsnmp_set_request_error(info, request, SNMP_NOSUCHINSTANCE);
            } else {
                put(var, row);
            }
            break;
        case MODE_GETNEXT:
            put_next(registered, var);
            break;
        case MODE_SET_RESERVE1:
            wrong = check(row, var);
            if (wrong != SNMP_ERR_NOERROR) {
                netsnmp_set_request_error(info, request, wrong);
            }
            break;
        case MODE_SET_ACTION:
            set(row, var);
            break;
        default:
            break;
        }
    }
    for (int port = 1;
         is_wired && info->mode == MODE_SET_COMMIT && port <= ports; port++)
    {
        tell_port(port);
    }
    return SNMP_ERR_NOERROR;
}

static void
serve(const char *root)
{
    oid name[24];
    size_t n = 24;

    read_objid(root, name, &n);
    netsnmp_register_handler(netsnmp_create_handler_registration(
        root, handle, name, n, HANDLER_CAN_RWRITE));
}

static void
stop(int number)
{
    (void) number;
    is_over = 1;
}

static void
start(const char *address)
{
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0);
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS,
                          address);
    snmp_enable_stderrlog();
    init_agent("snmp_switch");
    init_vacm_vars();
    init_usmUser();
}

int
main(int argc, char **argv)
{
    if (argc != 4 && argc != 5) {
        return 64;
    }
    is_wired = argc == 5;
    vlans_n += is_wired ? 2 : 0;
    ports = atoi(argv[2]);
    list_len = ((size_t) ports + 7) / 8;
    folder = argv[3];
    start(argv[1]);
    for (int port = 1; port <= ports; port++) {
        add_port(port);
    }
    for (size_t i = 0; i < vlans_n; i++) {
        add_vlan(vlans[i]);
    }
    if (!is_wired) {
        add_addresses();
    }
    qsort(rows, rows_n, sizeof(rows[0]), compare);
    for (int port = 1; is_wired && port <= ports; port++) {
        tell_port(port);
    }
    serve("1.3.6.1.2.1.2.2");
    serve("1.3.6.1.2.1.17");
    serve("1.3.6.1.2.1.31");
    serve("1.0.8802.1.1.2");
    init_snmp("snmp_switch");
    init_master_agent();
    signal(SIGTERM, stop);
    puts("up");
    fflush(stdout);
    while (!is_over) {
        agent_check_and_process(1);
    }
    return 0;
}
