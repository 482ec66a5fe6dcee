#include "port/scan.h"

#include <stdlib.h>

static int
by_port(const void *a, const void *b)
{
    const struct nf_port_mac *const *x = a, *const *y = b;
    int order = strcmp((*x)->port, (*y)->port);

    return order != 0 ? order
                      : memcmp(&(*x)->mac, &(*y)->mac, sizeof((*x)->mac));
}

/* A switch has an address once for each of its VLANs. */
static size_t
drop_doubles(const struct nf_port_mac **macs, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || by_port(&macs[kept - 1], &macs[i]) != 0) {
            macs[kept++] = macs[i];
        }
    }
    return kept;
}

bool
nf_switch_scan_open(struct nf_switch_scan *scan,
                    const struct nf_switch_told *told, struct nf_text id)
{
    *scan = (struct nf_switch_scan){.told = told, .id = id};
    scan->macs = calloc(told->macs_n + 1, sizeof(scan->macs[0]));
    if (scan->macs == NULL) {
        return false;
    }
    for (size_t i = 0; i < told->macs_n; i++) {
        scan->macs[i] = &told->macs[i];
    }
    qsort(scan->macs, told->macs_n, sizeof(scan->macs[0]), by_port);
    scan->macs_n = drop_doubles(scan->macs, told->macs_n);
    return true;
}

void
nf_switch_scan_close(struct nf_switch_scan *scan)
{
    free(scan->macs);
}

/* The first of a port's addresses; where they would stand, without one. */
static size_t
find_first(const struct nf_switch_scan *scan, const char *port)
{
    size_t from = 0, to = scan->macs_n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (strcmp(scan->macs[middle]->port, port) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static size_t
count_from(const struct nf_switch_scan *scan, size_t first, const char *port)
{
    size_t n = 0;

    while (first + n < scan->macs_n
           && strcmp(scan->macs[first + n]->port, port) == 0)
    {
        n++;
    }
    return n;
}

static void
put_addresses(const struct nf_switch_scan *scan, const struct nf_port *port,
              struct nf_out *out)
{
    size_t first = find_first(scan, port->name);
    size_t n = count_from(scan, first, port->name);
    char mac[NF_MAC_TEXT];

    if (n == 0 || n > NF_SWITCH_SCAN_ADDRESSES) {
        return;
    }
    nf_out_puts(out, ",\"addresses\":[");
    for (size_t i = first; i < first + n; i++) {
        nf_mac_format(scan->macs[i]->mac, mac);
        nf_out_printf(out, "%s\"%s\"", i == first ? "" : ",", mac);
    }
    nf_out_putc(out, ']');
}

static void
put_port(const struct nf_switch_scan *scan, const struct nf_port *port,
         struct nf_out *out)
{
    nf_port_json(port, out);
    out->len--; /* its '}' */
    put_addresses(scan, port, out);
    nf_out_putc(out, '}');
}

/* As many as there is room for; how the part ends is written behind them. */
static size_t
put_ports(const struct nf_switch_scan *scan, struct nf_out *out)
{
    size_t n = 0, left = scan->told->ports_n - scan->next;
    struct nf_out room = *out;

    room.cap = NF_SWITCH_SCAN_MAX - 64;
    while (n < left && n < NF_SWITCH_SCAN_PORTS) {
        nf_out_puts(&room, n == 0 ? "" : ",");
        put_port(scan, &scan->told->ports[scan->next + n], &room);
        if (room.full) {
            break;
        }
        out->len = room.len;
        n++;
    }
    return n;
}

bool
nf_switch_scan_part(struct nf_switch_scan *scan, struct nf_out *out)
{
    if (scan->is_over) {
        return false;
    }
    nf_out_puts(out, "{\"id\":");
    nf_out_json(out, scan->id);
    nf_out_printf(out, ",\"part\":%u,\"ports\":[", scan->part++);
    scan->next += put_ports(scan, out);
    scan->is_over = scan->next == scan->told->ports_n;
    nf_out_printf(out, "],\"last\":%s}", scan->is_over ? "true" : "false");
    return true;
}
