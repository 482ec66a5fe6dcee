/*
 * commands:          number       -> struct nf_command up to its result,
 * result, NUL, arguments, NUL commands-by-node:  mac, number  -> nothing
 * commands-to-send:  time, number -> nothing; those that are to be sent
 * commands-due:      time, number -> nothing; those that live
 * orders:            number       -> the JSON of a command's arguments as its
 *                                    worker gets them
 * agents:            mac          -> struct nf_agent_voice
 */
#include "store/commands.h"

#include "store/key.h"

static const struct nf_bytes nothing = {"", 0};

#define IS_ENDED(command, member)                                              \
    nf_text_is_ended((command)->member, sizeof((command)->member))

static bool
is_sound(const struct nf_command *command)
{
    return command->state < NF_COMMAND_STATE_COUNT
           && command->target < NF_COMMAND_TARGET_COUNT
           && IS_ENDED(command, operation) && IS_ENDED(command, actor);
}

static size_t
encode(const struct nf_command *command,
       char value[static sizeof(struct nf_command)])
{
    size_t head = offsetof(struct nf_command, result);
    size_t result = strlen(command->result) + 1;
    size_t arguments = strlen(command->arguments) + 1;

    memcpy(value, command, head);
    memcpy(value + head, command->result, result);
    memcpy(value + head + result, command->arguments, arguments);
    return head + result + arguments;
}

static bool
take_text(struct nf_text *rest, char *to, size_t size)
{
    struct nf_text text = nf_text_cut(rest, '\0');

    return rest->data != NULL && nf_text_copy(to, size, text);
}

static bool
decode(struct nf_read *r, uint64_t number, struct nf_bytes value,
       struct nf_command *command)
{
    size_t head = offsetof(struct nf_command, result);

    if (value.len > head) {
        struct nf_text rest = {(const char *) value.data + head,
                               value.len - head};
        memset(command, 0, sizeof(*command));
        memcpy(command, value.data, head);
        if (take_text(&rest, command->result, sizeof(command->result))
            && take_text(&rest, command->arguments, sizeof(command->arguments))
            && rest.len == 0 && command->number == number && is_sound(command))
        {
            return true;
        }
    }
    nf_read_fail(r, NF_CORRUPT);
    return false;
}

bool
nf_commands_get(struct nf_read *r, uint64_t number, struct nf_command *command)
{
    struct nf_key key = nf_key_number(number);
    struct nf_bytes value;

    return nf_read_get(r, NF_COMMANDS, nf_key_bytes(&key), &value)
           && decode(r, number, value, command);
}

/* --- the other orders --------------------------------------------------------
 */

struct row {
    nf_table_t table;
    struct nf_key key;
    bool is_there;
};

enum {
    ROWS = 3
};

static void
rows_of(const struct nf_command *command, struct row rows[static ROWS])
{
    bool is_live = nf_command_is_live(command);

    rows[0] =
        (struct row){NF_COMMANDS_BY_NODE,
                     nf_key_mac_number(command->mac, command->number), true};
    rows[1] = (struct row){
        NF_COMMANDS_TO_SEND,
        nf_key_numbers((uint64_t) command->send_at, command->number),
        is_live && command->send_at != 0};
    rows[2] = (struct row){
        NF_COMMANDS_DUE,
        nf_key_numbers((uint64_t) command->deadline, command->number), is_live};
}

static void
drop_rows(struct nf_write *w, const struct nf_command *command)
{
    struct row rows[ROWS];

    rows_of(command, rows);
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].is_there) {
            nf_write_delete(w, rows[i].table, nf_key_bytes(&rows[i].key));
        }
    }
}

bool
nf_commands_put(struct nf_write *w, const struct nf_command *command)
{
    struct nf_key key = nf_key_number(command->number);
    struct nf_command old;
    struct row rows[ROWS];
    char value[sizeof(*command)];

    if (!is_sound(command) || !IS_ENDED(command, result)
        || !IS_ENDED(command, arguments))
    {
        nf_read_fail(&w->read, NF_BUG);
        return false;
    }
    if (nf_commands_get(&w->read, command->number, &old)) {
        drop_rows(w, &old);
    }
    rows_of(command, rows);
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].is_there) {
            nf_write_put(w, rows[i].table, nf_key_bytes(&rows[i].key), nothing);
        }
    }
    return nf_write_put(w, NF_COMMANDS, nf_key_bytes(&key),
                        (struct nf_bytes){value, encode(command, value)});
}

bool
nf_commands_delete(struct nf_write *w, uint64_t number)
{
    struct nf_key key = nf_key_number(number);
    struct nf_command old;

    if (!nf_commands_get(&w->read, number, &old)) {
        return false;
    }
    drop_rows(w, &old);
    return nf_write_delete(w, NF_ORDERS, nf_key_bytes(&key))
           && nf_write_delete(w, NF_COMMANDS, nf_key_bytes(&key));
}

/* --- what a worker is told ---------------------------------------------------
 */

bool
nf_orders_get(struct nf_read *r, uint64_t number, struct nf_text *json)
{
    struct nf_key key = nf_key_number(number);
    struct nf_bytes value;

    if (!nf_read_get(r, NF_ORDERS, nf_key_bytes(&key), &value)) {
        return false;
    }
    *json = (struct nf_text){value.data, value.len};
    return true;
}

bool
nf_orders_put(struct nf_write *w, uint64_t number, struct nf_text json)
{
    struct nf_key key = nf_key_number(number);

    return nf_write_put(w, NF_ORDERS, nf_key_bytes(&key),
                        (struct nf_bytes){json.data, json.len});
}

bool
nf_orders_delete(struct nf_write *w, uint64_t number)
{
    struct nf_key key = nf_key_number(number);

    return nf_write_delete(w, NF_ORDERS, nf_key_bytes(&key));
}

/* --- finding -----------------------------------------------------------------
 */

/* The scan stands at the first key that is too far, or behind the last. */
static bool
step_back(struct nf_scan *scan, bool found)
{
    return found ? nf_scan_previous(scan) : nf_scan_last(scan);
}

bool
nf_commands_next_of(struct nf_read *r, nf_mac_t mac, uint64_t before,
                    struct nf_command *command)
{
    struct nf_key key =
        nf_key_mac_number(mac, before == 0 ? UINT64_MAX : before);
    NF_SCAN(scan, r, NF_COMMANDS_BY_NODE);
    bool found = nf_scan_seek(&scan, nf_key_bytes(&key));

    return step_back(&scan, found)
           && nf_scan_has(&scan, (struct nf_bytes){mac.b, sizeof(mac.b)})
           && nf_commands_get(r, nf_key_number_at(scan.key, sizeof(mac.b)),
                              command);
}

bool
nf_commands_to_send(struct nf_read *r, nf_time_t time, uint64_t number,
                    struct nf_command *command)
{
    struct nf_key key = nf_key_numbers((uint64_t) time, number + 1);
    NF_SCAN(scan, r, NF_COMMANDS_TO_SEND);

    return nf_scan_seek(&scan, nf_key_bytes(&key))
           && nf_commands_get(r, nf_key_number_at(scan.key, 8), command);
}

nf_time_t
nf_commands_next_deadline(struct nf_read *r)
{
    NF_SCAN(scan, r, NF_COMMANDS_DUE);

    return nf_scan_seek(&scan, nothing)
               ? (nf_time_t) nf_key_number_at(scan.key, 0)
               : 0;
}

bool
nf_commands_live(struct nf_read *r, nf_time_t deadline, uint64_t number,
                 struct nf_command *command)
{
    struct nf_key key = nf_key_numbers((uint64_t) deadline, number + 1);
    NF_SCAN(scan, r, NF_COMMANDS_DUE);

    return nf_scan_seek(&scan, nf_key_bytes(&key))
           && nf_commands_get(r, nf_key_number_at(scan.key, 8), command);
}

bool
nf_commands_due(struct nf_read *r, nf_time_t now, struct nf_command *command)
{
    NF_SCAN(scan, r, NF_COMMANDS_DUE);

    return nf_scan_seek(&scan, nothing)
           && (nf_time_t) nf_key_number_at(scan.key, 0) <= now
           && nf_commands_get(r, nf_key_number_at(scan.key, 8), command);
}

/* --- to whom they are said ---------------------------------------------------
 */

bool
nf_agent_voice_get(struct nf_read *r, nf_mac_t node,
                   struct nf_agent_voice *voice)
{
    struct nf_bytes value;

    *voice = (struct nf_agent_voice){.mac = node};
    if (!nf_read_get(r, NF_AGENTS, (struct nf_bytes){node.b, sizeof(node.b)},
                     &value))
    {
        return false;
    }
    if (value.len != sizeof(*voice)) {
        nf_read_fail(r, NF_CORRUPT);
        return false;
    }
    memcpy(voice, value.data, sizeof(*voice));
    return true;
}

bool
nf_agent_voice_put(struct nf_write *w, nf_mac_t node, nf_mac_t mac,
                   bool has_journal)
{
    struct nf_agent_voice old, now = {.mac = mac, .has_journal = has_journal};

    if (nf_agent_voice_get(&w->read, node, &old)
        && memcmp(&old, &now, sizeof(now)) == 0)
    {
        return true;
    }
    return nf_write_put(w, NF_AGENTS, (struct nf_bytes){node.b, sizeof(node.b)},
                        (struct nf_bytes){&now, sizeof(now)});
}
