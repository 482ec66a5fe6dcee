#ifndef NF_BASE_DEADLINE_H
#define NF_BASE_DEADLINE_H

/*
 * How long a message of the server's leaves for what it asks for.  A session
 * that outlives a program brings messages that are old, and a machine's clock
 * may be wrong.
 */

#include "base/text.h"

/* The server's time of the last message, and when it came, by a clock that
 * only goes forward; zero at first. */
struct nf_server_clock {
    nf_time_t server_time, up;
};

/*
 * Milliseconds from now to the deadline; 0: it is over; -1: nobody can tell
 * yet, and it must not be begun.  now, this machine's time, is believed where
 * it is near server_time, when the message was sent (0: it does not say); else
 * either it is wrong or the message was held up, and server_time is believed
 * once two messages came as far apart as they were sent.
 */
nf_time_t nf_deadline_left(nf_time_t deadline, nf_time_t server_time,
                           nf_time_t now, nf_time_t up,
                           struct nf_server_clock *clock);

#endif
