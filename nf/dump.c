/*
 * nf dump: the store's contents, one JSON line per object:
 *
 *   {"key":"nodes/525400000001","value":{"mac":"525400000001",...}}
 *
 * Every object is read in a scope of its own, so a slow reader of our output
 * holds no page of the store: each is as it was when it was printed.
 */

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "offline.h"
#include "store/events.h"
#include "store/key.h"
#include "store/leases.h"
#include "store/nodes.h"
#include "store/tasks.h"

enum {
    LINE_MAX_BYTES = 64 * 1024
};

/* Where a walk through one kind of object is. */
struct place {
    bool has_begun;
    struct nf_node_position node;
    nf_ip4_t lease;
    uint64_t number;
};

static void
begin_line(struct nf_out *out, const char *kind, const char *name)
{
    nf_out_printf(out, "{\"key\":\"%s/%s\",\"value\":", kind, name);
}

static bool
next_node(struct nf_read *r, struct place *at, struct nf_out *out)
{
    struct nf_node_view view;
    char mac[NF_MAC_TEXT];
    NF_SCAN(scan, r, NF_NODES_BY_AGE);

    if (!nf_nodes_list(&scan, at->has_begun ? &at->node : NULL, &view)) {
        return false;
    }
    at->node = (struct nf_node_position){view.node.created_at, view.node.mac};
    nf_mac_format(view.node.mac, mac);
    begin_line(out, "nodes", mac);
    nf_out_put(out, view.json);
    nf_out_puts(out, "}}");
    return true;
}

static bool
next_task(struct nf_read *r, struct place *at, struct nf_out *out)
{
    struct nf_key key = nf_key_number(at->number + 1);
    char name[NF_TASK_TEXT + 8];
    struct nf_task task;
    NF_SCAN(scan, r, NF_TASKS);

    if (!nf_scan_seek(&scan, nf_key_bytes(&key))) {
        return false;
    }
    at->number = nf_key_number_at(scan.key, 0);
    if (!nf_tasks_get(r, at->number, &task)) {
        return false;
    }
    nf_task_format(at->number, name);
    begin_line(out, "tasks", name);
    nf_task_json(&task, nf_tasks_spec(r, at->number), out);
    nf_out_putc(out, '}');
    nf_out_putc(out, '}');
    return true;
}

static bool
next_lease(struct nf_read *r, struct place *at, struct nf_out *out)
{
    struct nf_lease lease;
    char ip[NF_IP4_TEXT];

    if (!nf_leases_next(r, at->has_begun ? &at->lease : NULL, &lease)) {
        return false;
    }
    at->lease = lease.ip;
    nf_ip4_format(lease.ip, ip);
    begin_line(out, "leases", ip);
    nf_lease_json(&lease, out);
    nf_out_putc(out, '}');
    return true;
}

static bool
next_event(struct nf_read *r, struct place *at, struct nf_out *out)
{
    struct nf_event event;
    char name[24];

    if (!nf_events_read(r, &at->number, &event)) {
        return false;
    }
    snprintf(name, sizeof(name), "%llu", (unsigned long long) at->number);
    begin_line(out, "events", name);
    nf_out_put(out, event.json);
    nf_out_putc(out, '}');
    return true;
}

static const struct walk {
    const char *prefix;
    bool (*next)(struct nf_read *r, struct place *at, struct nf_out *out);
} walks[] = {
    {"nodes/", next_node},
    {"tasks/", next_task},
    {"leases/", next_lease},
    {"events/", next_event},
};

/* Whether keys of this kind can begin with prefix, or prefix with the kind. */
static bool
may_match(const char *kind, struct nf_text prefix)
{
    struct nf_text k = nf_text(kind);

    return nf_text_starts(k, prefix) || nf_text_starts(prefix, k);
}

static bool
matches(struct nf_text line, struct nf_text prefix)
{
    size_t skip = sizeof("{\"key\":\"") - 1;

    return nf_text_starts((struct nf_text){line.data + skip, line.len - skip},
                          prefix);
}

static nf_error_t
dump(nf_store_t *store, const struct walk *walk, struct nf_text prefix)
{
    static char line[LINE_MAX_BYTES];
    struct place at = {0};

    for (;;) {
        struct nf_out out = nf_out(line, sizeof(line));
        nf_error_t err;
        bool is_there;
        {
            NF_READ(r, store);
            is_there = walk->next(&r, &at, &out);
            err = r.err;
        }
        if (err != NF_OK || out.full) {
            return err != NF_OK ? err : NF_TOO_LARGE;
        }
        if (!is_there) {
            return NF_OK;
        }
        at.has_begun = true;
        if (matches(nf_out_text(&out), prefix)
            && !nf_offline_print(nf_out_text(&out))) {
            return NF_IO;
        }
    }
}

int
nf_command_dump(int argc, char **argv)
{
    struct nf_text prefix = NF_TEXT("");
    nf_error_t err = NF_OK;

    if (argc == 2 && strcmp(argv[0], "--prefix") == 0) {
        prefix = nf_text(argv[1]);
    } else if (argc != 0) {
        fputs("usage: nf dump [--prefix PREFIX]\n", stderr);
        return NF_EXIT_USAGE;
    }
    nf_store_t *store = nf_offline_open();
    if (store == NULL) {
        return NF_EXIT_FAILED;
    }
    for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]) && err == NF_OK;
         i++) {
        if (may_match(walks[i].prefix, prefix)) {
            err = dump(store, &walks[i], prefix);
        }
    }
    nf_store_close(store);
    if (err == NF_OK && fflush(stdout) != 0) {
        err = NF_IO;
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "the dump ended early: %s", nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}
