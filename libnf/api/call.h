#ifndef NF_API_CALL_H
#define NF_API_CALL_H

/*
 * One HTTP exchange, free of any server.  An adapter fills in the request,
 * asks nf_api_route() what to do with it, and sends what the call then holds.
 */

#include "base/address.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/out.h"
#include "base/text.h"
#include "model/actor.h"

enum {
    NF_BODY_MAX = 1 << 20,
    NF_STREAM_BUFFER = 65536
};

enum nf_method_kind {
    NF_GET,
    NF_HEAD,
    NF_POST,
    NF_PUT,
    NF_PATCH,
    NF_DELETE,
    NF_OTHER_METHOD,
};

/* The nginx location that a request came through. */
enum nf_listener {
    NF_LISTENER_API = 1 << 0,
    NF_LISTENER_BOOT = 1 << 1,
    NF_LISTENER_ANSWERS = 1 << 2,
    NF_LISTENER_AGENT = 1 << 3,
    NF_LISTENER_HEALTH = 1 << 4,
    NF_LISTENER_METRICS = 1 << 5,
};

/* How a route is run. */
enum nf_route_kind {
    NF_READS,   /* inline: nf_api_read() */
    NF_WRITES,  /* read the body, then nf_api_write() on another thread */
    NF_STREAMS, /* nf_api_read() opens call->stream; pull with nf_stream_fill */
    NF_UPLOADS, /* nf_api_upload_begin(), the body in pieces, then as NF_WRITES
                 */
};

/* Whether it makes room in the store, or has to come before what does; then it
 * goes on when little is left. */
enum nf_cleaning {
    NF_NO_CLEANING,
    NF_CLEANS,
    NF_CANCELS, /* when the body's action is cancel */
};

/* Who may call it; see gate.c. */
enum nf_permission {
    NF_ANYONE, /* nodes and probes */
    NF_VIEWER,
    NF_OPERATOR,
    NF_ADMIN,
};

/* What a client says of itself, and where it reached us: for the gate alone,
 * and only until nf_api_route() has returned. */
struct nf_client {
    struct nf_text host, origin, referer, fetch_site, user_agent;
    struct nf_text hosts; /* names of the API, divided by commas */
    nf_ip4_t own;         /* the address of ours that it came to */
};

struct nf_call;
struct nf_route;
struct nf_site;
struct nf_upload;
struct nf_chosen;
struct nf_node_list;
struct nf_served;

/* What a stream still has to send; lives in the call's arena. */
struct nf_stream {
    /* Write the next bytes; nothing written and not done: wait for a commit. */
    nf_error_t (*fill)(struct nf_stream *stream, const struct nf_site *site,
                       struct nf_out *out);
    bool is_done;
    bool is_open;   /* the first bytes are out */
    bool has_more;  /* a page that ended by its limit */
    bool is_live;   /* goes on until the client leaves: server-sent events */
    bool is_reset;  /* its client asked to go on in another log: say so first */
    uint64_t seq;   /* position in the log, for live streams */
    nf_mac_t after; /* the last node sent, and when it was made */
    nf_time_t after_created;
    bool has_after;
    uint64_t left;     /* items still wanted, with a limit */
    uint64_t count;    /* items sent */
    uint8_t filter;    /* node status + 1, 0: every */
    char after_sn[64]; /* the last machine sent that is only waited for */
    const struct nf_chosen *chosen;   /* nodes by their labels; NULL: all */
    const struct nf_node_list *nodes; /* what is listed of them, and how */
};

struct nf_call {
    /* the request; all text is borrowed from the adapter */
    enum nf_method_kind method;
    enum nf_listener listener;
    struct nf_text path; /* decoded, without the query */
    struct nf_text
        raw; /* the path as it was sent, without the query; or empty */
    struct nf_text query; /* raw, without '?' */
    struct nf_text body;
    struct nf_text content_type;
    struct nf_text accept;
    struct nf_text if_match;
    struct nf_text if_none_match;
    struct nf_text idempotency_key;
    struct nf_text last_event_id;
    struct nf_text repr_digest;
    struct nf_client client;
    nf_ip4_t peer; /* unset when the client is not IPv4 */
    nf_time_t now;
    nf_time_t started; /* when this process started, for uptime */
    bool may_wait;     /* the adapter can hold the request open */

    /* from the route and the gate before it */
    struct nf_actor actor;
    const struct nf_route *route;
    struct nf_text id; /* the {mac} of the path, or its {path} */

    /* the reply; text lives in the arena */
    nf_arena_t *arena;
    unsigned status;
    const char *type; /* content type, a literal */
    struct nf_text reply;
    struct nf_text location;
    struct nf_text link;
    struct nf_text etag;
    struct nf_text warnings; /* of what was begun, as a member; or empty */
    const char *allow;       /* for 405 */
    struct nf_stream *stream;
    struct nf_text digest;    /* for Repr-Digest */
    const char *content;      /* send this content (its hash) as the body */
    struct nf_upload *upload; /* between nf_api_upload_begin() and _close() */

    /*
     * status 0: nothing has happened yet.  Ask again with nf_api_read() when
     * the log holds an event of this MAC, or at wait_until.
     *
     * A writing call that is answered (202) and has wait_until goes on, where
     * the adapter can hold it, as a read of its Location: nf_api_go_on().
     */
    nf_mac_t wait_mac;
    nf_time_t wait_until;
    bool is_going_on;

    /* Behind the answer, queue this change (the script was served). */
    bool has_after_work;
    nf_mac_t after_mac;
    uint16_t after_attempt;
    /* Of an attempt why its last script led nowhere; else the serial number
     * that the machine says; or empty. */
    char after_words[64];
    bool is_after_report; /* it was one of hardware, and refused unread */
    const struct nf_served *served; /* of work behind what was sent; or NULL */

    /* what was refused, for the error body; error, when set, is the exact
     * text that existing clients of the route know */
    struct nf_fault fault;
    const char *error;

    /* for the log: what it was, and of whom, where the path does not say;
     * NF_FORBIDDEN with a status of 200, something was withheld */
    nf_error_t err;
    nf_mac_t about;
};

#endif
