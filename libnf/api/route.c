#include "api/query.h"
#include "api/reply.h"
#include "model/file.h"

/* clang-format off */
#define API NF_LISTENER_API
#define NO  NF_NO_CLEANING
const struct nf_route nf_routes[] = {
    /* the table is searched from here: what is asked for most comes first */
    {NF_GET,    "/api/v1/nodes/{id}",               API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_nodes_get,    "show a node"},
    {NF_GET,    "/boot/{id}/boot.ipxe",             NF_LISTENER_BOOT | API,    NF_READS,   NF_ANYONE,   NO,         nf_api_boot,         "the boot script of a node"},
    {NF_GET,    "/health",                          NF_LISTENER_HEALTH | API,  NF_READS,   NF_ANYONE,   NO,         nf_api_health,       "show the health of the service"},
    {NF_GET,    "/metrics",                         NF_LISTENER_METRICS | API, NF_READS,   NF_ANYONE,   NO,         nf_api_metrics,      "show metrics in the format of Prometheus"},
    {NF_GET,    "/api/v1/nodes",                    API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_nodes_list,   "list the nodes, newest first"},
    {NF_POST,   "/api/v1/nodes",                    API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_nodes_create, "register a node"},
    {NF_POST,   "/api/v1/nodes/actions",            API,                   NF_WRITES,  NF_OPERATOR, NF_CANCELS, nf_api_nodes_act,    "install, reinstall, cancel, approve, reject or retry many nodes"},
    {NF_PATCH,  "/api/v1/nodes",                    API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_nodes_patch_many, "change many nodes"},
    {NF_PUT,    "/api/v1/nodes/{id}",               API,                   NF_WRITES,  NF_OPERATOR, NF_CANCELS, nf_api_nodes_put,    "install, reinstall, cancel or change a node"},
    {NF_PATCH,  "/api/v1/nodes/{id}",               API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_nodes_patch,  "change a node"},
    {NF_DELETE, "/api/v1/nodes/{id}",               API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_nodes_delete, "delete a node"},
    {NF_POST,   "/api/v1/nodes/{id}/replace-mac",   API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_card_replace, "replace a network card of a node"},
    {NF_POST,   "/api/v1/nodes/{id}/commands",      API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_commands_create, "send a command to a node or its BMC"},
    {NF_GET,    "/api/v1/nodes/{id}/commands",      API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_commands_list, "list the commands of a node, newest first"},
    {NF_GET,    "/api/v1/commands/{id}",            API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_commands_get, "show a command and its outcome"},
    {NF_POST,   "/api/v1/commands/{id}/cancel",     API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_commands_cancel, "cancel a command"},
    {NF_GET,    "/api/v1/workers",                  API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_workers_list, "list the workers that carry out commands on BMCs and switches"},
    {NF_POST,   "/api/v1/workers/{id}/accept",      API,                   NF_WRITES,  NF_ADMIN,    NO,         nf_api_workers_accept, "allow a worker to receive passwords, by the fingerprint of its key"},
    {NF_DELETE, "/api/v1/workers/{id}",             API,                   NF_WRITES,  NF_ADMIN,    NF_CLEANS,  nf_api_workers_delete, "delete a worker and its key"},
    {NF_GET,    "/api/v1/devices",                  API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_devices_list, "list the managed devices, by name"},
    {NF_GET,    "/api/v1/devices/{id}",             API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_devices_get,  "show a device and its last known state"},
    {NF_PUT,    "/api/v1/devices/{id}",             API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_devices_put,  "create or replace a device, and link it to a node"},
    {NF_DELETE, "/api/v1/devices/{id}",             API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_devices_delete, "delete a device"},
    {NF_GET,    "/api/v1/devices/{id}/ports",       API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_ports_list,   "list the ports of a switch as last seen, and what is connected to them"},
    {NF_POST,   "/api/v1/devices/{id}/commands",    API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_switch_command, "read a switch, or read or change one of its ports"},
    {NF_GET,    "/api/v1/topology",                 API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_topology,     "list the switch ports and what is connected to them"},
    {NF_GET,    "/api/v1/credentials",              API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_credentials_list, "list the credential sets, without passwords"},
    {NF_GET,    "/api/v1/credentials/{id}",         API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_credentials_get, "show a credential set, without its password"},
    {NF_PUT,    "/api/v1/credentials/{id}",         API,                   NF_WRITES,  NF_ADMIN,    NO,         nf_api_credentials_put, "create or replace a credential set"},
    {NF_DELETE, "/api/v1/credentials/{id}",         API,                   NF_WRITES,  NF_ADMIN,    NF_CLEANS,  nf_api_credentials_delete, "delete a credential set"},
    {NF_GET,    "/api/v1/nodes/{id}/port",          API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_link_get,     "show the switch port that a node is connected to"},
    {NF_PUT,    "/api/v1/nodes/{id}/port",          API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_link_put,     "set the switch port that a node is connected to"},
    {NF_DELETE, "/api/v1/nodes/{id}/port",          API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_link_delete,  "remove that setting"},
    {NF_POST,   "/api/v1/nodes/{id}/port/restore",  API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_port_restore, "restore a node's switch port to what it was before a task moved it"},
    {NF_GET,    "/api/v1/nodes/{id}/timeline",      API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_timeline,     "explain what a node is waiting for"},
    {NF_GET,    "/api/v1/inventory",                API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_inventory,    "list the nodes with a summary of their hardware"},
    {NF_GET,    "/api/v1/tasks",                    API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_tasks_list,   "list the tasks, newest first"},
    {NF_POST,   "/api/v1/tasks",                    API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_tasks_create, "create one or many tasks"},
    {NF_POST,   "/api/v1/tasks/approve",            API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_tasks_approve_all, "approve many tasks"},
    {NF_GET,    "/api/v1/tasks/{id}",               API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_tasks_get,    "show a task"},
    {NF_DELETE, "/api/v1/tasks/{id}",               API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_tasks_delete, "delete a finished task"},
    {NF_POST,   "/api/v1/tasks/{id}/approve",       API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_tasks_approve, "approve a task"},
    {NF_POST,   "/api/v1/tasks/{id}/reject",        API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_tasks_reject, "reject a task"},
    {NF_POST,   "/api/v1/tasks/{id}/cancel",        API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_tasks_cancel, "cancel a task"},
    {NF_POST,   "/api/v1/tasks/{id}/retry",         API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_tasks_retry,  "retry a failed or cancelled task"},
    {NF_GET,    "/api/v1/tasks/{id}/timeline",      API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_task_timeline, "explain what a task is waiting for"},
    {NF_GET,    "/api/v1/tasks/{idc}/{id}",         API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_site_task,    "show a machine's task by site and serial number"},
    {NF_POST,   "/api/v1/tasks/{idc}/{id}/approve", API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_site_approve, "approve a machine's task by site and serial number"},
    {NF_POST,   "/api/v1/tasks/{idc}/{id}/reject",  API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_site_reject,  "reject a machine's task by site and serial number"},
    {NF_GET,    "/api/v1/servers/{id}",             API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_servers,      "list the machines of a site"},
    {NF_GET,    "/api/v1/stats",                    API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_stats,        "count machines and tasks"},
    {NF_GET,    "/api/v1/stats/{id}",               API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_stats,        "count machines and tasks of a site"},
    {NF_GET,    "/api/v1/status",                   API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_status,       "show problems of the bastion, and count nodes and tasks"},
    {NF_GET,    "/api/v1/nodes/{id}/hardware",      API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_hardware,     "show the hardware that nf-agent found in a machine"},
    {NF_GET,    "/api/v1/nodes/{id}/console",       API,                   NF_READS,   NF_OPERATOR, NO,         nf_api_console_get,  "show the console output of nf-agent in a machine's RAM"},
    {NF_GET,    "/api/v1/unmatched-reports",        API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_unmatched_list, "list machines that reported but match no task"},
    {NF_DELETE, "/api/v1/unmatched-reports/{id}",   API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_unmatched_delete, "delete such a report"},
    {NF_GET,    "/api/v1/profiles",                 API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_profiles_list,   "list the profiles, by name"},
    {NF_GET,    "/api/v1/profiles/{id}",            API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_profiles_get,    "show a profile"},
    {NF_PUT,    "/api/v1/profiles/{id}",            API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_profiles_put,    "create or replace a profile"},
    {NF_DELETE, "/api/v1/profiles/{id}",            API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_profiles_delete, "delete a profile"},
    {NF_GET,    "/api/v1/events",                   API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_events,       "read the event log, as JSON or as a stream"},
    {NF_GET,    "/api/v1/admin/dhcp/bindings",      API,                   NF_STREAMS, NF_VIEWER,   NO,         nf_api_bindings_list, "list the manually made DHCP bindings"},
    {NF_POST,   "/api/v1/admin/dhcp/binding",       API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_bindings_put, "bind an address to a MAC"},
    {NF_DELETE, "/api/v1/admin/dhcp/binding/{id}",  API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_bindings_delete, "remove that setting"},
    {NF_GET,    "/api/v1/admin/dhcp/leases",        API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_leases,       "list the DHCP leases"},
    {NF_GET,    "/api/v1/admin/bmc/{id}/power",     API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_power_get,    "query the power state of a node from its BMC"},
    {NF_POST,   "/api/v1/admin/bmc/{id}/power",     API,                   NF_WRITES,  NF_OPERATOR, NO,         nf_api_power_put,    "switch a machine on or off, or reset it"},
    {NF_GET,    "/api/v1/admin/switch/ports",       API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_status_list,  "list the state of a switch's ports"},
    {NF_GET,    "/api/v1/admin/switch/port/{port}", API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_status_get,   "show the state of a switch port"},
    {NF_GET,    "/api/v1/admin/tftp/files",         API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_tftp_files,   "list the files that TFTP serves"},
    {NF_GET,    "/api/v1/admin/pxe/configs",        API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_pxe_list,     "list the PXELINUX files of machines"},
    {NF_GET,    "/api/v1/admin/pxe/config/{id}",    API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_pxe_get,      "show a machine's PXELINUX file"},
    {NF_DELETE, "/api/v1/admin/pxe/config/{id}",    API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_pxe_delete,   "remove a machine's PXELINUX file until the next task"},
    {NF_GET,    "/api/v1/files",                    API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_files_list,   "list the boot files"},
    {NF_GET,    "/api/v1/files/{path}",             API,                   NF_READS,   NF_VIEWER,   NO,         nf_api_files_get,    "show a boot file, or with ?content=1 its content"},
    {NF_PUT,    "/api/v1/files/{path}",             API,                   NF_UPLOADS, NF_OPERATOR, NO,         nf_api_files_put,    "upload a boot file"},
    {NF_DELETE, "/api/v1/files/{path}",             API,                   NF_WRITES,  NF_OPERATOR, NF_CLEANS,  nf_api_files_delete, "remove a boot file"},
    {NF_GET,    "/boot/{id}/grub.cfg",              NF_LISTENER_BOOT | API,    NF_READS,   NF_ANYONE,   NO,         nf_api_boot,         "the GRUB configuration of a node"},
    {NF_GET,    "/preseed/{id}/preseed.cfg",        NF_LISTENER_ANSWERS | API, NF_READS,   NF_ANYONE,   NO,         nf_api_preseed,      "the answer file for debian-installer"},
    {NF_GET,    "/kickstart/{id}/kickstart.cfg",    NF_LISTENER_ANSWERS | API, NF_READS,   NF_ANYONE,   NO,         nf_api_kickstart,    "the answer file for Anaconda"},
    {NF_GET,    "/autoinstall/{id}/{token}/{firmware}/user-data", NF_LISTENER_ANSWERS | API, NF_READS, NF_ANYONE, NO,         nf_api_user_data, "the answer file for Ubuntu's installer"},
    {NF_GET,    "/autoinstall/{id}/{token}/{firmware}/meta-data", NF_LISTENER_ANSWERS | API, NF_READS, NF_ANYONE, NO,         nf_api_meta_data, "the identity of the machine, for cloud-init"},
    {NF_GET,    "/autoinstall/{id}/{token}/{firmware}/vendor-data", NF_LISTENER_ANSWERS | API, NF_READS, NF_ANYONE, NO,         nf_api_vendor_data, "empty vendor data, for cloud-init"},
    {NF_GET,    "/api/v1/preseed/{id}",             NF_LISTENER_AGENT | API,  NF_READS,   NF_ANYONE,   NO,         nf_api_preseed_of,   "the preseed file by serial number"},
    {NF_GET,    "/api/v1/kickstart/{id}",           NF_LISTENER_AGENT | API,  NF_READS,   NF_ANYONE,   NO,         nf_api_kickstart_of, "the kickstart file by serial number"},
    {NF_GET,    "/image/{id}/image.json",           NF_LISTENER_ANSWERS | API, NF_READS,   NF_ANYONE,   NO,         nf_api_image,        "the installation order for nf-agent"},
    {NF_POST,   "/api/v1/report",                   NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_report,       "report the hardware of a machine"},
    {NF_POST,   "/api/v1/progress",                 NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_progress,     "report progress"},
    {NF_GET,    "/api/v1/task/{id}",                NF_LISTENER_AGENT | API,  NF_READS,   NF_ANYONE,   NO,         nf_api_agent_task,   "get the task of a machine"},
    {NF_POST,   "/api/v1/device/console",           NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_console_put,  "report console output of nf-agent in RAM"},
    {NF_POST,   "/api/v1/device/isInInstallQueue",  NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_in_queue,     "whether the machine is to be installed"},
    {NF_POST,   "/api/v1/device/getNextOperation",  NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_next_operation, "the next operation for nf-agent"},
    {NF_POST,   "/api/v1/device/getHardwareConfig", NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_hardware_config, "scripts and RAID to set up before the installation"},
    {NF_POST,   "/api/v1/device/getOSInstallConfig", NF_LISTENER_AGENT | API, NF_WRITES,  NF_ANYONE,   NO,         nf_api_install_config, "the installation to carry out"},
    {NF_POST,   "/api/v1/device/installComplete",   NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_install_complete, "report the end of an installation"},
    {NF_POST,   "/api/v1/device/operationComplete", NF_LISTENER_AGENT | API,  NF_WRITES,  NF_ANYONE,   NO,         nf_api_operation,    "report the end of an operation"},
    {0},
};
#undef API
#undef NO
/* clang-format on */

const char *
nf_method_name(enum nf_method_kind method)
{
    static const char *const names[] = {"GET",   "HEAD",   "POST", "PUT",
                                        "PATCH", "DELETE", "other"};

    return names[method];
}

/* What a name in braces takes: one segment, or {path} and {port} all that is
 * left. */
static struct nf_text
take_part(const char *name, struct nf_text path, struct nf_text *id)
{
    bool is_all = name[1] == 'p';
    const char *slash = is_all ? NULL : memchr(path.data, '/', path.len);
    struct nf_text part = {
        path.data, slash == NULL ? path.len : (size_t) (slash - path.data)};

    if (is_all || (name[1] == 'i' && name[3] == '}')) {
        *id = part;
    }
    return part;
}

/* Whether the path fits; no part of it that a name takes is empty. */
static bool
fits(const char *pattern, struct nf_text path, struct nf_text *id)
{
    if (path.len < 2 || path.data[1] != pattern[1]) {
        return false; /* most others are seen by that */
    }
    while (*pattern != '\0') {
        const char *name = strchrnul(pattern, '{');
        size_t fixed = (size_t) (name - pattern);
        if (path.len < fixed || memcmp(path.data, pattern, fixed) != 0) {
            return false;
        }
        path = (struct nf_text){path.data + fixed, path.len - fixed};
        if (*name == '\0') {
            break;
        }
        size_t len = take_part(name, path, id).len;
        if (len == 0) {
            return false;
        }
        path = (struct nf_text){path.data + len, path.len - len};
        while (*name++ != '}') {
        }
        pattern = name;
    }
    return path.len == 0;
}

/* The methods of every row of this path that the listener has. */
static void
put_allowed(const struct nf_call *call, struct nf_out *out)
{
    struct nf_text id;

    for (const struct nf_route *r = nf_routes; r->path != NULL; r++) {
        if ((r->listeners & call->listener) != 0
            && fits(r->path, call->path, &id)) {
            nf_out_puts(out, out->len == 0 ? "" : ", ");
            nf_out_puts(out, nf_method_name(r->method));
            nf_out_puts(out, r->method == NF_GET ? ", HEAD" : "");
        }
    }
    nf_out_putc(out, '\0');
}

static void
answer_no_method(struct nf_call *call)
{
    struct nf_out allow = nf_reply_buffer(call, 64);

    put_allowed(call, &allow);
    call->allow = allow.full ? "" : allow.data;
    (void) nf_reply_refuse(call, NF_INVALID, "method",
                           "this resource does not know the method");
    nf_api_fail(call, NF_INVALID);
    call->status = 405;
}

static void
answer_no_route(struct nf_call *call)
{
    bool is_device = call->listener == NF_LISTENER_AGENT;
    nf_error_t err =
        is_device ? nf_reply_refuse(call, NF_FORBIDDEN, "",
                                    "not served on the install network")
                  : nf_reply_refuse(call, NF_NOT_FOUND, "", "no such resource");

    nf_api_fail(call, err);
}

/* The server has resolved and decoded the path; what could have made another
 * one of it is refused rather than followed. */
static bool
is_bad_file_path(struct nf_call *call)
{
    const struct nf_text prefix = NF_TEXT("/api/v1/files/");
    struct nf_text rest = call->raw;

    if (call->listener != NF_LISTENER_API || !nf_text_starts(rest, prefix)) {
        return false;
    }
    rest.data += prefix.len;
    rest.len -= prefix.len;
    return nf_file_raw_path_check(rest, &call->fault) != NF_OK;
}

/* The row of the path and the method; *is_path: there is one of the path. */
static const struct nf_route *
find(struct nf_call *call, bool *is_path)
{
    enum nf_method_kind method =
        call->method == NF_HEAD ? NF_GET : call->method;

    for (const struct nf_route *r = nf_routes; r->path != NULL; r++) {
        struct nf_text id = {0};
        if ((r->listeners & call->listener) == 0
            || !fits(r->path, call->path, &id)) {
            continue;
        }
        if (r->method == method) {
            call->id = id;
            return r;
        }
        *is_path = true;
    }
    return NULL;
}

bool
nf_api_route(struct nf_call *call)
{
    bool is_path = false;

    call->route = find(call, &is_path);
    if (!nf_gate_pass(call)) {
        return false;
    }
    if (is_bad_file_path(call)) {
        nf_api_fail(call, NF_INVALID);
    } else if (!nf_query_is_known(call)) {
        nf_api_fail(call, NF_INVALID);
    } else if (call->route != NULL) {
        return true;
    } else if (is_path) {
        answer_no_method(call);
    } else {
        answer_no_route(call);
    }
    return false;
}

/* The numbers of the first servers' envelope; clients of it branch on them. */
static int
code_of(nf_error_t err)
{
    switch (err) {
    case NF_OK:
        return 0;
    case NF_FORBIDDEN:
        return 1003;
    case NF_NOT_FOUND:
    case NF_GONE:
        return 1004;
    case NF_CONFLICT:
    case NF_PRECONDITION:
        return 1005;
    case NF_INVALID:
    case NF_TOO_LARGE:
    case NF_MEDIA_TYPE:
        return 1001;
    default:
        return 5001;
    }
}

/* "hostname must be ...", or the reason alone when it is about everything. */
static void
put_message(struct nf_out *out, const struct nf_fault *fault, nf_error_t err)
{
    char text[sizeof(fault->field) + sizeof(fault->reason) + 2];
    struct nf_out message = nf_out(text, sizeof(text));

    if (fault->reason[0] == '\0') {
        nf_out_json(out, nf_text(nf_error_text(err)));
        return;
    }
    nf_out_puts(&message, fault->field);
    nf_out_puts(&message, fault->field[0] == '\0' ? "" : ": ");
    nf_out_puts(&message, fault->reason);
    nf_out_json(out, nf_out_text(&message));
}

void
nf_api_fail(struct nf_call *call, nf_error_t err)
{
    struct nf_out out = nf_reply_buffer(call, 1024);

    call->err = err;
    nf_out_puts(&out, "{\"error\":");
    if (call->error != NULL) {
        nf_out_json(&out, nf_text(call->error));
    } else {
        put_message(&out, &call->fault, err);
    }
    nf_out_puts(&out, ",\"code\":");
    nf_out_number(&out, code_of(err));
    nf_out_puts(&out, ",\"message\":");
    put_message(&out, &call->fault, err);
    if (call->fault.field[0] != '\0') {
        nf_out_puts(&out, ",\"field\":");
        nf_out_json(&out, nf_text(call->fault.field));
    }
    nf_out_puts(&out, "}");
    call->location = call->link = call->etag = call->digest =
        (struct nf_text){0};
    call->content = NULL;
    call->stream = NULL;
    /* Too large to be read, and so to be noted by its handler. */
    call->is_after_report = err == NF_TOO_LARGE && call->route != NULL
                            && call->route->run == nf_api_report
                            && call->fault.field[0] == '\0';
    call->has_after_work = call->is_after_report;
    call->status = (unsigned) nf_error_http(err);
    call->type = nf_type_json;
    call->reply =
        out.full ? NF_TEXT("{\"error\":\"out of memory\"}") : nf_out_text(&out);
}
