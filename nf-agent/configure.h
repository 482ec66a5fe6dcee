#ifndef NF_AGENT_CONFIGURE_H
#define NF_AGENT_CONFIGURE_H

/*
 * `nf-agent configure`: network and accounts of a system that another
 * installer has installed, as nf-agent itself would set them up.
 */

/* argv[0] is the word itself; the exit status. */
int nf_configure_main(int argc, char **argv);

#endif
