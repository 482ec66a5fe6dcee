#ifndef NF_DHCP_RELOAD_H
#define NF_DHCP_RELOAD_H

/*
 * Making dnsmasq forget bindings that are gone.  That it must is noted in a
 * file, so that a relay that dies in between does it in its next life.
 */

#include <stdbool.h>

void nf_reload_owe(const char *run_dir);
bool nf_reload_is_owed(const char *run_dir);

/*
 * SIGHUP to the process of run_dir/dnsmasq.pid, if that is dnsmasq.  One that
 * does not run owes nothing: it reads every binding when it starts.  Returns
 * whether a signal went out.
 */
bool nf_reload_send(const char *run_dir);

#endif
