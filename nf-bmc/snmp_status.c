#include "snmp_status.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

/* clang-format off */
/* What a switch says of what it does not take. */
static const struct {
    long status;
    const char *word;
    enum nf_switch_cause cause;
} errors[] = {
    {SNMP_ERR_NOACCESS,            "noAccess",            NF_SWITCH_PRIVILEGE},
    {SNMP_ERR_AUTHORIZATIONERROR,  "authorizationError",  NF_SWITCH_PRIVILEGE},
    {SNMP_ERR_READONLY,            "readOnly",            NF_SWITCH_PRIVILEGE},
    {SNMP_ERR_NOTWRITABLE,         "notWritable",       NF_SWITCH_UNSUPPORTED},
    {SNMP_ERR_NOCREATION,          "noCreation",        NF_SWITCH_UNSUPPORTED},
    {SNMP_ERR_NOSUCHNAME,          "noSuchName",        NF_SWITCH_UNSUPPORTED},
    {SNMP_ERR_INCONSISTENTVALUE,   "inconsistentValue",   NF_SWITCH_REFUSED},
    {SNMP_ERR_INCONSISTENTNAME,    "inconsistentName",    NF_SWITCH_REFUSED},
    {SNMP_ERR_WRONGVALUE,          "wrongValue",          NF_SWITCH_REFUSED},
    {SNMP_ERR_WRONGTYPE,           "wrongType",           NF_SWITCH_REFUSED},
    {SNMP_ERR_WRONGLENGTH,         "wrongLength",         NF_SWITCH_REFUSED},
    {SNMP_ERR_BADVALUE,            "badValue",            NF_SWITCH_REFUSED},
    {SNMP_ERR_RESOURCEUNAVAILABLE, "resourceUnavailable", NF_SWITCH_BUSY},
    {SNMP_ERR_TOOBIG,              "tooBig",              NF_SWITCH_REFUSED},
};
/* clang-format on */

enum nf_switch_cause
nf_snmp_status_cause(long status, const char **word)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].status == status) {
            *word = errors[i].word;
            return errors[i].cause;
        }
    }
    *word = snmp_errstring((int) status);
    return NF_SWITCH_REFUSED;
}
