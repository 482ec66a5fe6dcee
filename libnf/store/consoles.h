#ifndef NF_STORE_CONSOLES_H
#define NF_STORE_CONSOLES_H

/*
 * What machines print while nf-agent is in their RAM: of each the last 64 KiB
 * and a little more, in pieces of one size.  Bytes are counted from the first
 * that a machine ever printed; old pieces go, and the count goes on.
 */

#include "base/address.h"
#include "base/out.h"
#include "store/txn.h"

enum {
    NF_CONSOLE_TAIL = 64 * 1024,     /* kept of each machine at the least */
    NF_CONSOLE_ROW = 4096,           /* that a piece takes in the store */
    NF_CONSOLE_PIECE = 4000,         /* bytes of text in one */
    NF_CONSOLE_KEEP = 18,            /* pieces of a machine */
    NF_CONSOLE_TEXT_MAX = 16 * 1024, /* that one call may add */
};

/* Where a console ends, and what its agent said last. */
struct nf_console_end {
    uint64_t next;    /* bytes up to now */
    uint64_t session; /* a number that the agent made up as it started */
    uint64_t said;    /* bytes that it has printed since */
    nf_time_t time;
};

/* False: there is none; end is all zero then. */
bool nf_consoles_end(struct nf_read *r, nf_mac_t mac,
                     struct nf_console_end *end);

/* Append at most NF_CONSOLE_TEXT_MAX bytes; end says what the end is then, but
 * for next, which is counted. */
bool nf_consoles_add(struct nf_write *w, nf_mac_t mac,
                     const struct nf_console_end *end, struct nf_text text);

/* Put what is kept of it from byte since on, as far as out has room; returns
 * the first byte that was put, since what went before may be gone. */
uint64_t nf_consoles_read(struct nf_read *r, nf_mac_t mac, uint64_t since,
                          struct nf_out *out);

bool nf_consoles_delete(struct nf_write *w, nf_mac_t mac);

/* The first machine with a console behind this one (NULL: of all). */
bool nf_consoles_next(struct nf_read *r, const nf_mac_t *after, nf_mac_t *mac);

#endif
