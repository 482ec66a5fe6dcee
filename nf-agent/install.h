#ifndef NF_AGENT_INSTALL_H
#define NF_AGENT_INSTALL_H

/*
 * The install role: runs in RAM, asks the server what to install, writes the
 * image, makes it this node's own, reports, and reboots.
 */

/* Does not return where the machine reboots; else the exit status. */
int nf_install_run(void);

#endif
