#ifndef NF_BMC_SNMP_STATUS_H
#define NF_BMC_SNMP_STATUS_H

#include "port/operation.h"

/* What an answer's error-status comes to, and the word that stands for it. */
enum nf_switch_cause nf_snmp_status_cause(long status, const char **word);

#endif
