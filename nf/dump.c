/*
 * nf dump: the store's contents, one JSON line per object:
 *
 *   {"key":"nodes/525400000001","value":{"mac":"525400000001",...}}
 *
 * Every object is read in a scope of its own, so a slow reader of our output
 * holds no page of the store: each is as it was when it was printed.
 */
#include "dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "offline.h"
#include "store/hardware.h"

enum {
    LINE_MAX_BYTES = NF_HARDWARE_JSON_MAX + 64 * 1024
};

void
nf_dump_begin(struct nf_out *out, const char *format, ...)
{
    char key[512];
    va_list args;

    va_start(args, format);
    vsnprintf(key, sizeof(key), format, args);
    va_end(args);
    nf_out_puts(out, "{\"key\":");
    nf_out_json(out, nf_text(key));
    nf_out_puts(out, ",\"value\":");
}

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

static bool
next_object(struct nf_dump *at, struct nf_out *out)
{
    char name[NF_RESOURCE_NAME];

    if (!nf_resource_next(at->r, at->resource, &at->at)) {
        return false;
    }
    nf_resource_name(at->resource, &at->at, name);
    nf_dump_begin(out, "%s/%s", at->resource->name, name);
    if (!at->resource->put(at->r, &at->at, out)) {
        nf_read_fail(at->r, NF_CORRUPT);
    }
    nf_out_putc(out, '}');
    return true;
}

static nf_error_t
walk_all(nf_store_t *store, struct nf_dump at, nf_dump_next *next,
         struct nf_text prefix)
{
    static char line[LINE_MAX_BYTES];

    for (;;) {
        struct nf_out out = nf_out(line, sizeof(line));
        nf_error_t err;
        bool is_there;
        {
            NF_READ(r, store);
            at.r = &r;
            is_there = next(&at, &out);
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

static nf_error_t
dump_site(nf_store_t *store, const struct nf_settings *settings,
          struct nf_text prefix)
{
    const struct nf_dump_walk *walk = nf_dump_site;
    nf_error_t err = NF_OK;

    for (; walk->prefix != NULL && err == NF_OK; walk++) {
        if (may_match(walk->prefix, prefix)) {
            err = walk_all(store, (struct nf_dump){.settings = settings},
                           walk->next, prefix);
        }
    }
    return err;
}

static nf_error_t
dump_resources(nf_store_t *store, struct nf_text prefix)
{
    const struct nf_resource *resource = nf_resources;
    nf_error_t err = NF_OK;
    char begin[32];

    for (; resource->name != NULL && err == NF_OK; resource++) {
        snprintf(begin, sizeof(begin), "%s/", resource->name);
        if (resource->put != NULL && may_match(begin, prefix)) {
            err = walk_all(store, (struct nf_dump){.resource = resource},
                           next_object, prefix);
        }
    }
    return err;
}

int
nf_command_dump(int argc, char **argv)
{
    struct nf_text prefix = NF_TEXT("");
    struct nf_settings settings;

    if (argc == 2 && strcmp(argv[0], "--prefix") == 0) {
        prefix = nf_text(argv[1]);
    } else if (argc != 0) {
        fputs("usage: nf dump [--prefix PREFIX]\n", stderr);
        return NF_EXIT_USAGE;
    }
    nf_store_t *store = nf_offline_open_with(&settings);
    if (store == NULL) {
        return NF_EXIT_FAILED;
    }
    nf_error_t err = nf_text_starts(prefix, NF_TEXT("/"))
                         ? dump_site(store, &settings, prefix)
                         : dump_resources(store, prefix);
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
