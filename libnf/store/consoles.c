/*
 * consoles: mac, number of the piece -> session, said, time, text
 */
#include "store/consoles.h"

#include "store/key.h"

enum {
    HEAD = 3 * 8
};

struct piece {
    uint64_t number;
    struct nf_console_end end;
    struct nf_text text;
};

static bool
decode(struct nf_scan *scan, struct piece *piece)
{
    size_t mac = sizeof(((nf_mac_t *) 0)->b);

    if (scan->key.len != mac + 8 || scan->value.len < HEAD
        || scan->value.len > HEAD + NF_CONSOLE_PIECE)
    {
        nf_read_fail(scan->r, NF_CORRUPT);
        return false;
    }
    piece->number = nf_key_number_at(scan->key, mac);
    piece->text = (struct nf_text){(const char *) scan->value.data + HEAD,
                                   scan->value.len - HEAD};
    piece->end = (struct nf_console_end){
        .next = piece->number * NF_CONSOLE_PIECE + piece->text.len,
        .session = nf_key_number_at(scan->value, 0),
        .said = nf_key_number_at(scan->value, 8),
        .time = (nf_time_t) nf_key_number_at(scan->value, 16)};
    return true;
}

static bool
find_last(struct nf_scan *scan, nf_mac_t mac, struct piece *piece)
{
    struct nf_key behind = nf_key_mac_number(mac, UINT64_MAX);
    bool found = nf_scan_seek(scan, nf_key_bytes(&behind))
                     ? nf_scan_previous(scan)
                     : nf_scan_last(scan);

    return found && nf_scan_has(scan, (struct nf_bytes){mac.b, sizeof(mac.b)})
           && decode(scan, piece);
}

bool
nf_consoles_end(struct nf_read *r, nf_mac_t mac, struct nf_console_end *end)
{
    struct piece last;
    NF_SCAN(scan, r, NF_CONSOLES);
    bool found = find_last(&scan, mac, &last);

    *end = found ? last.end : (struct nf_console_end){0};
    return found;
}

static bool
put_piece(struct nf_write *w, nf_mac_t mac, uint64_t number,
          const struct nf_console_end *end, struct nf_text text)
{
    char value[HEAD + NF_CONSOLE_PIECE];
    struct nf_out out = nf_out(value, sizeof(value));
    struct nf_key head = nf_key_numbers(end->session, end->said);
    struct nf_key key = nf_key_mac_number(mac, number);

    nf_key_add_number(&head, (uint64_t) end->time);
    nf_out_put(&out, (struct nf_text){(const char *) head.data, head.len});
    nf_out_put(&out, text);
    return nf_write_put(w, NF_CONSOLES, nf_key_bytes(&key),
                        (struct nf_bytes){value, out.len});
}

/* Those below number go. */
static bool
drop_before(struct nf_write *w, nf_mac_t mac, uint64_t number)
{
    bool more = true;

    while (more && w->read.err == NF_OK) {
        struct nf_key first = nf_key_mac_number(mac, 0), key = {.len = 0};
        struct piece piece;
        {
            NF_SCAN(scan, &w->read, NF_CONSOLES);
            more =
                nf_scan_seek(&scan, nf_key_bytes(&first))
                && nf_scan_has(&scan, (struct nf_bytes){mac.b, sizeof(mac.b)})
                && decode(&scan, &piece) && piece.number < number;
        }
        if (more) {
            key = nf_key_mac_number(mac, piece.number);
            nf_write_delete(w, NF_CONSOLES, nf_key_bytes(&key));
        }
    }
    return w->read.err == NF_OK;
}

bool
nf_consoles_add(struct nf_write *w, nf_mac_t mac,
                const struct nf_console_end *end, struct nf_text text)
{
    char buffer[NF_CONSOLE_PIECE];
    struct nf_out out = nf_out(buffer, sizeof(buffer));
    uint64_t number = 0;
    {
        struct piece last;
        NF_SCAN(scan, &w->read, NF_CONSOLES);
        if (find_last(&scan, mac, &last)) {
            number = last.number;
            nf_out_put(&out, last.text);
        }
    }
    while (w->read.err == NF_OK && text.len > 0) {
        size_t room = sizeof(buffer) - out.len;
        size_t n = text.len < room ? text.len : room;
        nf_out_put(&out, (struct nf_text){text.data, n});
        text.data += n;
        text.len -= n;
        if (n > 0) {
            put_piece(w, mac, number, end, nf_out_text(&out));
        }
        if (out.len == sizeof(buffer) && text.len > 0) {
            out = nf_out(buffer, sizeof(buffer));
            number++;
        }
    }
    return number < NF_CONSOLE_KEEP
               ? w->read.err == NF_OK
               : drop_before(w, mac, number - NF_CONSOLE_KEEP + 1);
}

uint64_t
nf_consoles_read(struct nf_read *r, nf_mac_t mac, uint64_t since,
                 struct nf_out *out)
{
    struct nf_bytes prefix = {mac.b, sizeof(mac.b)};
    struct nf_key from = nf_key_mac_number(mac, since / NF_CONSOLE_PIECE);
    struct piece piece;
    uint64_t first = since;
    bool has_first = false;
    NF_SCAN(scan, r, NF_CONSOLES);

    for (bool more = nf_scan_seek(&scan, nf_key_bytes(&from));
         more && nf_scan_has(&scan, prefix) && decode(&scan, &piece);
         more = nf_scan_next(&scan))
    {
        uint64_t begin = piece.number * NF_CONSOLE_PIECE;
        size_t skip = since > begin ? (size_t) (since - begin) : 0;
        if (skip > piece.text.len) {
            break;
        }
        if (!has_first) {
            first = begin + skip;
            has_first = true;
        }
        size_t n = piece.text.len - skip, room = out->cap - out->len;
        nf_out_put(
            out, (struct nf_text){piece.text.data + skip, n < room ? n : room});
        if (n > room) {
            break;
        }
    }
    return first;
}

bool
nf_consoles_delete(struct nf_write *w, nf_mac_t mac)
{
    return drop_before(w, mac, UINT64_MAX);
}

bool
nf_consoles_next(struct nf_read *r, const nf_mac_t *after, nf_mac_t *mac)
{
    struct nf_key from = {.len = 0};
    NF_SCAN(scan, r, NF_CONSOLES);

    if (after != NULL) {
        from = nf_key_mac_number(*after, UINT64_MAX);
    }
    if (!nf_scan_seek(&scan, nf_key_bytes(&from))
        || scan.key.len < sizeof(mac->b)) {
        return false;
    }
    memcpy(mac->b, scan.key.data, sizeof(mac->b));
    return true;
}
