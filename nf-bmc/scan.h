#ifndef NF_BMC_SCAN_H
#define NF_BMC_SCAN_H

/* `nf-bmc scan`: which of some addresses are BMCs.  The exit status. */
int nf_scan(int argc, char **argv);

#endif
