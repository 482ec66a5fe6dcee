#ifndef NF_BMC_TRY_H
#define NF_BMC_TRY_H

/*
 * `nf-bmc try`: one operation on one device, without a broker or a store, for
 * an operator at three in the morning and for trying a driver on something new.
 */

/* argv begins with "try".  The exit status of the program. */
int nf_try(int argc, char **argv);

#endif
