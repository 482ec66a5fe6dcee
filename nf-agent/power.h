#ifndef NF_AGENT_POWER_H
#define NF_AGENT_POWER_H

/*
 * Restarting the machine: NF_REBOOT_COMMAND when the environment has one, else
 * systemctl where systemd runs, else the kernel's own call.
 */

#include <stdbool.h>

/* False, with a sentence in the log, when the machine will not restart. */
bool nf_power_reboot(void);

#endif
