#include "api/query.h"

#include <string.h>

#include "api/reply.h"

/* clang-format off */
const struct nf_route_query nf_route_queries[] = {
    {NF_GET,  "/api/v1/nodes",                     "limit after created status label"},
    {NF_POST, "/api/v1/nodes",                     NF_DRY_RUN},
    {NF_PATCH, "/api/v1/nodes",                    NF_DRY_RUN},
    {NF_POST, "/api/v1/nodes/actions",             NF_DRY_RUN},
    {NF_PUT,  "/api/v1/nodes/{id}",                NF_DRY_RUN},
    {NF_PATCH, "/api/v1/nodes/{id}",               NF_DRY_RUN},
    {NF_DELETE, "/api/v1/nodes/{id}",              NF_DRY_RUN},
    {NF_GET,  "/api/v1/inventory",                 "limit after created status label"},
    {NF_GET,  "/api/v1/nodes/{id}/console",        "limit since"},
    {NF_GET,  "/api/v1/nodes/{id}/timeline",       "limit"},
    {NF_POST, "/api/v1/nodes/{id}/port/restore",   "wait"},
    {NF_GET,  "/api/v1/nodes/{id}/commands",       "limit after"},
    {NF_POST, "/api/v1/nodes/{id}/commands",       "wait"},
    {NF_GET,  "/api/v1/commands/{id}",             "wait"},
    {NF_GET,  "/api/v1/workers",                   "limit after"},
    {NF_GET,  "/api/v1/devices",                   "limit after node kind"},
    {NF_GET,  "/api/v1/devices/{id}/ports",        "limit after port"},
    {NF_POST, "/api/v1/devices/{id}/commands",     "wait"},
    {NF_GET,  "/api/v1/topology",                  "format"},
    {NF_GET,  "/api/v1/credentials",               "limit after"},
    {NF_GET,  "/api/v1/tasks",                     "limit after status mac sn idc label"},
    {NF_POST, "/api/v1/tasks",                     NF_DRY_RUN},
    {NF_POST, "/api/v1/tasks/approve",             NF_DRY_RUN},
    {NF_DELETE, "/api/v1/tasks/{id}",              NF_DRY_RUN},
    {NF_POST, "/api/v1/tasks/{id}/approve",        NF_DRY_RUN},
    {NF_POST, "/api/v1/tasks/{id}/reject",         NF_DRY_RUN},
    {NF_POST, "/api/v1/tasks/{id}/cancel",         NF_DRY_RUN},
    {NF_POST, "/api/v1/tasks/{id}/retry",          NF_DRY_RUN},
    {NF_GET,  "/api/v1/tasks/{id}/timeline",       "limit"},
    {NF_GET,  "/api/v1/servers/{id}",              "limit after created"},
    {NF_GET,  "/api/v1/unmatched-reports",         "limit after"},
    {NF_GET,  "/api/v1/profiles",                  "limit after"},
    {NF_GET,  "/api/v1/events",                    "since limit by"},
    {NF_GET,  "/api/v1/admin/dhcp/bindings",       "limit after created"},
    {NF_GET,  "/api/v1/admin/dhcp/leases",         "limit after"},
    {NF_GET,  "/api/v1/admin/bmc/{id}/power",      "wait"},
    {NF_POST, "/api/v1/admin/bmc/{id}/power",      "wait"},
    {NF_GET,  "/api/v1/admin/switch/ports",        "switch limit after"},
    {NF_GET,  "/api/v1/admin/switch/port/{port}",  "switch"},
    {NF_GET,  "/api/v1/admin/tftp/files",          "limit after"},
    {NF_GET,  "/api/v1/admin/pxe/configs",         "limit after"},
    {NF_GET,  "/api/v1/files",                     "prefix limit after"},
    {NF_GET,  "/api/v1/files/{path}",              "content upload"},
    {NF_PUT,  "/api/v1/files/{path}",              "sha256 upload offset"},
    {0},
};
/* clang-format on */

static const char *
names_of(const struct nf_route *route)
{
    const struct nf_route_query *row = nf_route_queries;

    while (row->path != NULL
           && (row->method != route->method
               || strcmp(row->path, route->path) != 0))
    {
        row++;
    }
    return row->path != NULL ? row->names : "";
}

static bool
has(const char *names, struct nf_text name)
{
    struct nf_text rest = nf_text(names);

    while (rest.len > 0) {
        if (nf_text_equal(nf_text_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}

bool
nf_query_is_dry(const struct nf_call *call)
{
    struct nf_text value;

    return call->query.len > 0 && call->route != NULL
           && has(names_of(call->route), NF_TEXT(NF_DRY_RUN))
           && nf_query(call, NF_DRY_RUN, &value)
           && nf_text_equal(value, NF_TEXT("true"));
}

/* What somebody meant to be a trial must not be carried out. */
static bool
is_dry_or_not(struct nf_call *call, struct nf_text name, struct nf_text value)
{
    if (!nf_text_equal(name, NF_TEXT(NF_DRY_RUN))
        || nf_text_equal(value, NF_TEXT("true"))
        || nf_text_equal(value, NF_TEXT("false")))
    {
        return true;
    }
    (void) nf_refuse(&call->fault, NF_DRY_RUN, "must be true or false");
    return false;
}

bool
nf_query_is_known(struct nf_call *call)
{
    struct nf_text rest = call->query;

    if (rest.len == 0 || call->route == NULL
        || call->route->listeners != NF_LISTENER_API)
    {
        return true;
    }
    const char *names = names_of(call->route);
    while (rest.len > 0) {
        struct nf_text value = nf_text_cut(&rest, '&');
        struct nf_text name = nf_text_cut(&value, '=');
        char shown[sizeof(call->fault.field)];
        if (name.len == 0 || has(names, name)) {
            if (!is_dry_or_not(call, name, value)) {
                return false;
            }
            continue;
        }
        if (!nf_text_is_printable(name)
            || !nf_text_copy(shown, sizeof(shown), name)) {
            shown[0] = '\0';
        }
        (void) nf_refuse(
            &call->fault, shown[0] != '\0' ? shown : "query",
            names[0] != '\0'
                ? "is not a parameter of this request; it takes: %s"
                : "is not a parameter: this request takes none%s",
            names);
        return false;
    }
    return true;
}
