#ifndef NF_AGENT_SCREEN_H
#define NF_AGENT_SCREEN_H

/*
 * What this agent prints, for people who are not at the machine: the last 64 KB
 * are kept, and sent to the server by a thread of its own, as fast as that asks
 * for it.  No call waits for the network, and none can fail; a server that does
 * not know of this is asked again every ten minutes.
 */

#include "caller.h"

/* A line that was printed, without its end; any thread, also before the start.
 * Secrets in it are kept and sent as asterisks. */
void nf_screen_line(const char *line);

/* Hide this from now on: a token, a password or its hash.  One of less than six
 * letters is none. */
void nf_screen_hide(const char *secret);

/* Send from now on; once.  Nothing goes out before a caller has a MAC: the
 * server would refuse it. */
void nf_screen_start(const struct nf_caller *caller);

/* As whom, from now on; its token is hidden. */
void nf_screen_identity(const struct nf_caller *caller);

/* Wait until all of it has reached the server, at most so long, if the server
 * wants it. */
void nf_screen_flush(int seconds);

#endif
