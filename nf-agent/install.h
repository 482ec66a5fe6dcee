#ifndef NF_AGENT_INSTALL_H
#define NF_AGENT_INSTALL_H

/*
 * The install role: runs in RAM, tells the server what machine this is, and
 * does what the server says.
 */

/* argv[0] is the word itself.  Returns only with --once, when the machine is
   about to restart, or when it was started wrongly; the exit status. */
int nf_install_main(int argc, char **argv);

#endif
