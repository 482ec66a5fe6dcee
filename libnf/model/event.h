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

/* Each with the number that is stored for it, which never means another one:
 * a new kind gets the next, at the end. */
/* clang-format off */
#define NF_EVENT_KINDS(X)                                                     \
    X(NF_EVENT_NODE_CREATED,        0, "node.created")                        \
    X(NF_EVENT_NODE_UPDATED,        1, "node.updated")                        \
    X(NF_EVENT_NODE_STATUS,         2, "node.status")                         \
    X(NF_EVENT_NODE_DELETED,        3, "node.deleted")                        \
    X(NF_EVENT_NODE_ONLINE,         4, "node.online")                         \
    X(NF_EVENT_NODE_OFFLINE,        5, "node.offline")                        \
    X(NF_EVENT_TASK_CREATED,        6, "task.created")                        \
    X(NF_EVENT_TASK_STEP,           7, "task.step")                           \
    X(NF_EVENT_TASK_COMPLETED,      8, "task.completed")                      \
    X(NF_EVENT_TASK_FAILED,         9, "task.failed")                         \
    X(NF_EVENT_TASK_CANCELLED,     10, "task.cancelled")                      \
    X(NF_EVENT_LEASE_PUT,          11, "lease.put")                           \
    X(NF_EVENT_LEASE_DELETED,      12, "lease.deleted")                       \
    X(NF_EVENT_BOOT_SCRIPT,        13, "boot.script")                         \
    X(NF_EVENT_STATUS_REFUSED,     14, "status.refused")                      \
    X(NF_EVENT_TASK_APPROVED,      15, "task.approved")                       \
    X(NF_EVENT_TASK_REJECTED,      16, "task.rejected")                       \
    X(NF_EVENT_TASK_RETRIED,       17, "task.retried")                        \
    X(NF_EVENT_TASK_DELETED,       18, "task.deleted")                        \
    X(NF_EVENT_TASK_PROGRESS,      19, "task.progress")                       \
    X(NF_EVENT_HARDWARE,           20, "hardware.reported")                   \
    X(NF_EVENT_REPORT_UNMATCHED,   21, "report.unmatched")                    \
    X(NF_EVENT_REPORT_REFUSED,     22, "report.refused")                      \
    X(NF_EVENT_PROFILE_PUT,        23, "profile.put")                         \
    X(NF_EVENT_PROFILE_DELETED,    24, "profile.deleted")                     \
    X(NF_EVENT_FILE_PUT,           25, "file.put")                            \
    X(NF_EVENT_FILE_DELETED,       26, "file.deleted")                        \
    X(NF_EVENT_REPORT_FORGOTTEN,   27, "report.forgotten")                    \
    X(NF_EVENT_COMMAND_CREATED,    28, "command.created")                     \
    X(NF_EVENT_COMMAND_SENT,       29, "command.sent")                        \
    X(NF_EVENT_COMMAND_RUNNING,    30, "command.running")                     \
    X(NF_EVENT_COMMAND_DONE,       31, "command.done")                        \
    X(NF_EVENT_COMMAND_FAILED,     32, "command.failed")                      \
    X(NF_EVENT_COMMAND_CANCELLED,  33, "command.cancelled")                   \
    X(NF_EVENT_COMMAND_EXPIRED,    34, "command.expired")                     \
    X(NF_EVENT_COMMAND_UNKNOWN,    35, "command.unknown")                     \
    X(NF_EVENT_WORKER_ONLINE,      36, "worker.online")                       \
    X(NF_EVENT_WORKER_OFFLINE,     37, "worker.offline")                      \
    X(NF_EVENT_WORKER_KEY,         38, "worker.key")                          \
    X(NF_EVENT_WORKER_ACCEPTED,    39, "worker.accepted")                     \
    X(NF_EVENT_WORKER_FORGOTTEN,   40, "worker.forgotten")                    \
    X(NF_EVENT_DEVICE_PUT,         41, "device.put")                          \
    X(NF_EVENT_DEVICE_STATE,       42, "device.state")                        \
    X(NF_EVENT_DEVICE_DELETED,     43, "device.deleted")                      \
    X(NF_EVENT_CREDENTIAL_PUT,     44, "credential.put")                      \
    X(NF_EVENT_CREDENTIAL_DELETED, 45, "credential.deleted")                  \
    X(NF_EVENT_BMC_NOT_ENROLLED,   46, "bmc.not_enrolled")                    \
    X(NF_EVENT_LINK_PUT,           47, "link.put")                            \
    X(NF_EVENT_LINK_DELETED,       48, "link.deleted")                        \
    X(NF_EVENT_PORT_KEPT,          49, "port.kept")                           \
    X(NF_EVENT_PORT_FORGOTTEN,     50, "port.forgotten")                      \
    X(NF_EVENT_NODE_CARD,          51, "node.card_replaced")                  \
    X(NF_EVENT_CLOCK_SET,          52, "clock.set")
/* clang-format on */

enum nf_event_kind {
#define X(kind, number, word) kind = (number),
    NF_EVENT_KINDS(X)
#undef X
    NF_EVENT_KIND_COUNT,
};

extern const char *const nf_event_kinds[];

#endif
