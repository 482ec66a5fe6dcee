#ifndef NF_MODEL_EVENT_H
#define NF_MODEL_EVENT_H

/*
 * What happened: one entry of the log.  An event carries the whole object as
 * it was afterwards, so the state is the replay of the log.
 */

#include "base/address.h"
#include "base/text.h"

enum {
    NF_EVENT_JSON_MAX = 26624 /* a task of the longest plan, and its words */
};

/* clang-format off */
#define NF_EVENT_KINDS(X)                                                     \
    X(NF_EVENT_NODE_CREATED,    "node.created")                               \
    X(NF_EVENT_NODE_UPDATED,    "node.updated")                               \
    X(NF_EVENT_NODE_STATUS,     "node.status")                                \
    X(NF_EVENT_NODE_DELETED,    "node.deleted")                               \
    X(NF_EVENT_NODE_ONLINE,     "node.online")                                \
    X(NF_EVENT_NODE_OFFLINE,    "node.offline")                               \
    X(NF_EVENT_TASK_CREATED,    "task.created")                               \
    X(NF_EVENT_TASK_STEP,       "task.step")                                  \
    X(NF_EVENT_TASK_COMPLETED,  "task.completed")                             \
    X(NF_EVENT_TASK_FAILED,     "task.failed")                                \
    X(NF_EVENT_TASK_CANCELLED,  "task.cancelled")                             \
    X(NF_EVENT_LEASE_PUT,       "lease.put")                                  \
    X(NF_EVENT_LEASE_DELETED,   "lease.deleted")                              \
    X(NF_EVENT_BOOT_SCRIPT,     "boot.script")                                \
    X(NF_EVENT_STATUS_REFUSED,  "status.refused")                             \
    X(NF_EVENT_TASK_APPROVED,   "task.approved")                              \
    X(NF_EVENT_TASK_REJECTED,   "task.rejected")                              \
    X(NF_EVENT_TASK_RETRIED,    "task.retried")                               \
    X(NF_EVENT_TASK_DELETED,    "task.deleted")                               \
    X(NF_EVENT_TASK_PROGRESS,   "task.progress")                              \
    X(NF_EVENT_HARDWARE,        "hardware.reported")                          \
    X(NF_EVENT_REPORT_UNMATCHED, "report.unmatched")                          \
    X(NF_EVENT_REPORT_REFUSED,  "report.refused")                             \
    X(NF_EVENT_PROFILE_PUT,     "profile.put")                                \
    X(NF_EVENT_PROFILE_DELETED, "profile.deleted")                            \
    X(NF_EVENT_FILE_PUT,        "file.put")                                   \
    X(NF_EVENT_FILE_DELETED,    "file.deleted")                               \
    X(NF_EVENT_REPORT_FORGOTTEN, "report.forgotten")                          \
    X(NF_EVENT_COMMAND_CREATED,   "command.created")                          \
    X(NF_EVENT_COMMAND_SENT,      "command.sent")                             \
    X(NF_EVENT_COMMAND_RUNNING,   "command.running")                          \
    X(NF_EVENT_COMMAND_DONE,      "command.done")                             \
    X(NF_EVENT_COMMAND_FAILED,    "command.failed")                           \
    X(NF_EVENT_COMMAND_CANCELLED, "command.cancelled")                        \
    X(NF_EVENT_COMMAND_EXPIRED,   "command.expired")                          \
    X(NF_EVENT_COMMAND_UNKNOWN,   "command.unknown")
/* clang-format on */

enum nf_event_kind {
#define X(kind, word) kind,
    NF_EVENT_KINDS(X)
#undef X
    NF_EVENT_KIND_COUNT,
};

extern const char *const nf_event_kinds[];

#endif
