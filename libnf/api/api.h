#ifndef NF_API_API_H
#define NF_API_API_H

/*
 * The HTTP interface without HTTP: the route table, and running calls.
 */

#include "api/call.h"
#include "bmc/enroll.h"
#include "model/settings.h"
#include "render/templates.h"
#include "render/token.h"
#include "store/store.h"

/* What every call works on.  One per process; shared by its threads. */
struct nf_site {
    nf_store_t *store;
    const struct nf_settings *settings;
    const nf_templates_t *templates;
    uint8_t key[32];
    char enroll[NF_ENROLL_WORD]; /* "": machines do not enroll their BMCs */
};

/* What a handler works on: the open scope of this call or of its batch. */
struct nf_scope {
    const struct nf_site *site;
    struct nf_read *r;
    struct nf_write *w; /* NULL on reading routes */
};

/* One row of the table. */
struct nf_route {
    enum nf_method_kind method;
    const char *path;   /* "/api/v1/nodes/{id}" */
    unsigned listeners; /* bits of enum nf_listener */
    enum nf_route_kind kind;
    enum nf_permission permission;
    enum nf_cleaning cleaning;
    nf_error_t (*run)(struct nf_call *call, struct nf_scope *scope);
    const char *text;
};

/* Every route, ended by a NULL path. */
extern const struct nf_route nf_routes[];

/* "GET"; of NF_OTHER_METHOD "other". */
const char *nf_method_name(enum nf_method_kind method);

/*
 * Find the route and pass the gate.  True: call->route says how to run it,
 * call->actor who runs it.  False: the call is answered already (403, 404, 405
 * with Allow, 415).
 */
bool nf_api_route(struct nf_call *call);

/*
 * Run a reading route; afterwards the call is answered, streams, or (only
 * with may_wait) waits.  Takes no lock and writes nothing.
 */
void nf_api_read(const struct nf_site *site, struct nf_call *call);

/*
 * Run up to n writing calls in one transaction, each with its own result, and
 * return when all that succeeded is on disk.  Any thread, one at a time.
 */
void nf_api_write(const struct nf_site *site, struct nf_call *const calls[],
                  size_t n);

/* Where there is no store, by these words, since then: answer what can be
 * without, which is whether we live.  False: the call has no answer. */
bool nf_api_bare(struct nf_call *call, const char *words, nf_time_t since);

/*
 * A body that becomes a file (NF_UPLOADS).  begin checks all that can be known
 * before the body comes; false: the call is answered already.  Then open, each
 * piece to take, and end, which makes a content of it; these wait for the disk
 * (one that begins anew gives back what there was), so any thread may do it.
 * A failure is for nf_api_fail(); after end's NF_OK the call is to be run by
 * nf_api_write().  close comes last, whatever happened before; it removes what
 * has no name and may wait as long.
 */
bool nf_api_upload_begin(const struct nf_site *site, struct nf_call *call);
nf_error_t nf_api_upload_open(struct nf_call *call);
nf_error_t nf_api_upload_take(struct nf_call *call, struct nf_bytes data);
nf_error_t nf_api_upload_end(struct nf_call *call);
void nf_api_upload_close(struct nf_call *call);

/*
 * What nodes are served at a path of /files/: a boot file of the catalogue.
 * NF_NOT_FOUND: there is none, or the path can name none.
 */
struct nf_file;
nf_error_t nf_api_file_find(const struct nf_site *site, struct nf_text path,
                            struct nf_file *file);

/* "sha-256=:...:" of a hash in hex (RFC 9530); empty when it is none. */
enum {
    NF_DIGEST_TEXT = 56
};
struct nf_text nf_api_digest(const char *sha256,
                             char text[static NF_DIGEST_TEXT]);

/*
 * Make a call that carries out another one's after-work (method NF_OTHER_
 * METHOD, no reply): to be run by nf_api_write() with the rest of a batch.
 */
void nf_api_after(const struct nf_call *answered, struct nf_call *work);

/*
 * After nf_api_write(): true when the call waits for what it began.  Until
 * then, or until its client leaves, it is asked with nf_api_read() as one that
 * nf_api_go_on() made of the same request: a read of path, which must be kept.
 */
bool nf_api_is_to_go_on(const struct nf_call *written);
void nf_api_go_on(struct nf_call *call, struct nf_text path);

/* Answer with an error body by the house's shape; for adapters' own refusals
 * such as NF_TOO_LARGE. */
void nf_api_fail(struct nf_call *call, nf_error_t err);

/* Whether somebody must hear that the call was answered like this: it failed,
 * or something was withheld from it. */
bool nf_api_is_told(const struct nf_call *call, unsigned status);

/* The line that tells it, without tokens; withheld is how many were not told
 * since the last. */
enum {
    NF_TOLD_MAX = 512
};
void nf_api_tell(const struct nf_call *call, unsigned status, uint64_t withheld,
                 char line[static NF_TOLD_MAX]);

/*
 * The MACs of events after *seq, at most n; moves *seq behind what was read.
 * An adapter asks this when the notify file changes, to wake the calls that
 * wait.
 */
size_t nf_api_changes(const struct nf_site *site, uint64_t *seq,
                      nf_mac_t macs[], size_t n);

#endif
