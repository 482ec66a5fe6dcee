#ifndef NF_AGENT_DISK_COMMAND_H
#define NF_AGENT_DISK_COMMAND_H

/*
 * `nf-agent disk`: the rule by which every installer chooses its disk, as a
 * program that their scripts ask.
 */

/* argv[0] is the word itself; the exit status. */
int nf_disk_main(int argc, char **argv);

#endif
