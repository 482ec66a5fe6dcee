#ifndef NF_API_REPLY_H
#define NF_API_REPLY_H

/*
 * Reading a call's request and filling in its reply.  For the files of this
 * folder.
 */

#include "api/api.h"
#include "change/change.h"
#include "model/profile.h"
#include "store/nodes.h"

extern const char nf_type_json[];
extern const char nf_type_text[];

/* Answer with what stands in out, which must lie in the call's arena. */
nf_error_t nf_reply_json(struct nf_call *call, unsigned status,
                         const struct nf_out *out);
nf_error_t nf_reply_text(struct nf_call *call, unsigned status,
                         const struct nf_out *out);

/* Answer 200 with what the stream, which lies in the call's arena, gives. */
nf_error_t nf_reply_stream(struct nf_call *call, struct nf_stream *stream);

/* A buffer in the call's arena; full at once when there is no memory. */
struct nf_out nf_reply_buffer(struct nf_call *call, size_t size);

/* The value of ?name=; false: not there.  Values are taken as they stand. */
bool nf_query(const struct nf_call *call, const char *name,
              struct nf_text *value);

/* ?name= as a number up to max; fallback when absent; a fault when bad. */
nf_error_t nf_query_number(struct nf_call *call, const char *name, uint64_t max,
                           uint64_t fallback, uint64_t *number);

/* Refuse with a text that existing clients know. */
nf_error_t nf_reply_refuse(struct nf_call *call, nf_error_t err,
                           const char *field, const char *error);

/* The node of a name that a person typed: a MAC, a serial number, or a host
 * name that it shares with no other.  `what` is said when there is none. */
nf_error_t nf_reply_find_named(struct nf_call *call, struct nf_read *r,
                               struct nf_text name, const char *field,
                               const char *what, nf_mac_t *mac);

/* Why one of many was refused, as members of its result and the brace that
 * ends it. */
void nf_put_fault(struct nf_out *out, nf_error_t err,
                  const struct nf_fault *fault);

/* The MAC that the path names, of a node or of none; NF_INVALID. */
nf_error_t nf_reply_mac(struct nf_call *call, nf_mac_t *mac);

/* The node that the path names.  NF_NOT_FOUND and NF_INVALID with texts. */
nf_error_t nf_reply_find(struct nf_call *call, struct nf_scope *scope,
                         nf_mac_t *mac);

/* The body's content type, on routes where curl -d's default is fine too. */
nf_error_t nf_reply_check_type(struct nf_call *call);

/* The node as JSON with its last heartbeat, and its ETag. */
nf_error_t nf_reply_node(struct nf_call *call, struct nf_read *r,
                         unsigned status, const struct nf_node_view *view);

/* Append one node, with its last heartbeat. */
void nf_put_node(struct nf_out *out, struct nf_read *r,
                 const struct nf_node_view *view);

/* What a list shows as its status: "failed", or the node's own. */
bool nf_reply_has_failed(struct nf_read *r, const struct nf_node *node);

/* A list of tags, weak ones too, or "*" (RFC 9110 13.1.2); tags that hold no
 * comma. */
bool nf_reply_has_tag(struct nf_text list, struct nf_text tag);

/* If-Match against a revision: NF_OK, or NF_PRECONDITION with these words. */
nf_error_t nf_reply_match_revision(struct nf_call *call, uint64_t wanted,
                                   const char *why);

/* The same against the node's. */
nf_error_t nf_reply_match(struct nf_call *call, const struct nf_node *node);

/* A read whose If-None-Match has call->etag: to be answered 304. */
bool nf_reply_is_unchanged(const struct nf_call *call);

/*
 * Idempotency-Key: whether it may be one; true when this request was answered
 * before, and now again (or *err says what is wrong with it); keep the answer,
 * 201 with a Location, for the next time.
 */
nf_error_t nf_reply_check_key(struct nf_call *call);
bool nf_reply_replay(struct nf_call *call, struct nf_scope *scope,
                     nf_error_t *err);
void nf_reply_remember(struct nf_call *call, struct nf_scope *scope);

/* Whether one more machine that nobody knows may be registered: so many in a
 * second. */
bool nf_reply_may_register(const struct nf_call *call);

/* The gate: sets call->actor; false: the call is answered.  For route.c. */
bool nf_gate_pass(struct nf_call *call);

/* Whether who calls might also call a route of this permission. */
bool nf_gate_may(const struct nf_call *call, enum nf_permission permission);

/* The scope of a change that this call makes, and what it said of it. */
struct nf_change nf_reply_change(const struct nf_call *call,
                                 const struct nf_scope *scope);
nf_error_t nf_reply_changed(struct nf_call *call, const struct nf_change *c,
                            nf_error_t err);

/* What the node's latest task installs: the task's own copy of the profile, or
 * for an old task the profile of that name.  False: there is none. */
bool nf_reply_profile(struct nf_read *r, const struct nf_node *node,
                      struct nf_profile *profile);

/* The digest that stands beside a profile's image, as sha256sum writes it;
 * empty when there is none. */
struct nf_text nf_reply_digest(const struct nf_settings *settings,
                               const struct nf_profile *profile,
                               char digest[static 64]);

/* The handlers, by resource; see the table in route.c. */
typedef nf_error_t nf_handler_t(struct nf_call *call, struct nf_scope *scope);
nf_handler_t nf_api_health;
nf_handler_t nf_api_status;
nf_handler_t nf_api_metrics;
nf_handler_t nf_api_nodes_list;
nf_handler_t nf_api_nodes_create;
nf_handler_t nf_api_nodes_get;
nf_handler_t nf_api_nodes_put;
nf_handler_t nf_api_nodes_patch;
nf_handler_t nf_api_nodes_delete;
nf_handler_t nf_api_nodes_act;
nf_handler_t nf_api_commands_create;
nf_handler_t nf_api_commands_list;
nf_handler_t nf_api_commands_get;
nf_handler_t nf_api_commands_cancel;
nf_handler_t nf_api_workers_list;
nf_handler_t nf_api_workers_accept;
nf_handler_t nf_api_workers_delete;
nf_handler_t nf_api_devices_list;
nf_handler_t nf_api_devices_get;
nf_handler_t nf_api_devices_put;
nf_handler_t nf_api_devices_delete;
nf_handler_t nf_api_credentials_list;
nf_handler_t nf_api_credentials_get;
nf_handler_t nf_api_credentials_put;
nf_handler_t nf_api_credentials_delete;
nf_handler_t nf_api_switch_command;
nf_handler_t nf_api_port_restore;
nf_handler_t nf_api_card_replace;
nf_handler_t nf_api_inventory;
nf_handler_t nf_api_nodes_patch_many;
nf_handler_t nf_api_ports_list;
nf_handler_t nf_api_status_list;
nf_handler_t nf_api_status_get;
nf_handler_t nf_api_topology;
nf_handler_t nf_api_link_get;
nf_handler_t nf_api_link_put;
nf_handler_t nf_api_link_delete;
nf_handler_t nf_api_power_get;
nf_handler_t nf_api_power_put;
nf_handler_t nf_api_timeline;
nf_handler_t nf_api_task_timeline;
nf_handler_t nf_api_profiles_list;
nf_handler_t nf_api_profiles_get;
nf_handler_t nf_api_profiles_put;
nf_handler_t nf_api_profiles_delete;
nf_handler_t nf_api_events;
nf_handler_t nf_api_leases;
nf_handler_t nf_api_boot;
nf_handler_t nf_api_tftp_files;
nf_handler_t nf_api_pxe_list;
nf_handler_t nf_api_pxe_get;
nf_handler_t nf_api_pxe_delete;
nf_handler_t nf_api_preseed;
nf_handler_t nf_api_image;
nf_handler_t nf_api_kickstart;
nf_handler_t nf_api_user_data;
nf_handler_t nf_api_meta_data;
nf_handler_t nf_api_vendor_data;
nf_handler_t nf_api_preseed_of;
nf_handler_t nf_api_kickstart_of;
nf_handler_t nf_api_tasks_list;
nf_handler_t nf_api_tasks_get;
nf_handler_t nf_api_tasks_create;
nf_handler_t nf_api_tasks_approve_all;
nf_handler_t nf_api_tasks_approve;
nf_handler_t nf_api_tasks_reject;
nf_handler_t nf_api_tasks_cancel;
nf_handler_t nf_api_tasks_retry;
nf_handler_t nf_api_tasks_delete;
nf_handler_t nf_api_site_task;
nf_handler_t nf_api_site_approve;
nf_handler_t nf_api_site_reject;
nf_handler_t nf_api_servers;
nf_handler_t nf_api_stats;
nf_handler_t nf_api_hardware;
nf_handler_t nf_api_console_get;
nf_handler_t nf_api_console_put;
nf_handler_t nf_api_unmatched_list;
nf_handler_t nf_api_unmatched_delete;
nf_handler_t nf_api_bindings_list;
nf_handler_t nf_api_bindings_put;
nf_handler_t nf_api_bindings_delete;
nf_handler_t nf_api_report;
nf_handler_t nf_api_progress;
nf_handler_t nf_api_agent_task;
nf_handler_t nf_api_in_queue;
nf_handler_t nf_api_next_operation;
nf_handler_t nf_api_hardware_config;
nf_handler_t nf_api_install_config;
nf_handler_t nf_api_operation;
nf_handler_t nf_api_install_complete;
nf_handler_t nf_api_files_list;
nf_handler_t nf_api_files_get;
nf_handler_t nf_api_files_put;
nf_handler_t nf_api_files_delete;

/* The work behind an answered boot script, and behind a report that was too
 * large to be read. */
nf_error_t nf_api_boot_after(struct nf_call *work, struct nf_scope *scope);
nf_error_t nf_api_report_after(struct nf_call *work, struct nf_scope *scope);

#endif
