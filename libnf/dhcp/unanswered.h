#ifndef NF_DHCP_UNANSWERED_H
#define NF_DHCP_UNANSWERED_H

/*
 * That dnsmasq runs and answers nobody, as nf-reserve sees it on the wire: a
 * file in NF_RUN_DIR.  A machine that gets no answer is heard of by nobody
 * else.
 */

#include "base/time.h"
#include "model/settings.h"

enum {
    NF_UNANSWERED_S = 600, /* of what nobody asked since nothing is known */
};

struct nf_unanswered {
    nf_time_t since, last; /* the first and the latest who got no answer */
    uint64_t process;      /* dnsmasq's, by its pid file */
};

/* dnsmasq's process, by its pid file; 0: there is none that runs. */
uint64_t nf_unanswered_process(const struct nf_settings *settings);

/* Replace the file; since 0: it answers.  False: see errno. */
bool nf_unanswered_put(const struct nf_settings *settings,
                       const struct nf_unanswered *unanswered);

/* False: it answered, it is another process by now, or nobody asked. */
bool nf_unanswered_get(const struct nf_settings *settings, nf_time_t now,
                       struct nf_unanswered *unanswered);

#endif
