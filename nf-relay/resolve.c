#include "resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>

static void
find(struct nf_resolve *resolve)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;

    if (getaddrinfo(resolve->host, NULL, &hints, &list) != 0) {
        return;
    }
    for (struct addrinfo *at = list; at != NULL && resolve->n < NF_RESOLVE_MAX;
         at = at->ai_next)
    {
        resolve->n += getnameinfo(at->ai_addr, at->ai_addrlen,
                                  resolve->addresses[resolve->n],
                                  NF_RESOLVE_ADDRESS, NULL, 0, NI_NUMERICHOST)
                      == 0;
    }
    freeaddrinfo(list);
}

static void *
run(void *of)
{
    struct nf_resolve *resolve = of;

    find(resolve);
    atomic_store(&resolve->is_running, false);
    return NULL;
}

bool
nf_resolve_start(struct nf_resolve *resolve)
{
    pthread_t thread;

    if (atomic_exchange(&resolve->is_running, true)) {
        return true;
    }
    resolve->n = 0;
    if (pthread_create(&thread, NULL, run, resolve) != 0) {
        atomic_store(&resolve->is_running, false);
        return false;
    }
    pthread_detach(thread);
    return true;
}

bool
nf_resolve_is_running(const struct nf_resolve *resolve)
{
    return atomic_load(&resolve->is_running);
}

const char *
nf_resolve_address(const struct nf_resolve *resolve, unsigned nth)
{
    return resolve->n > 0 ? resolve->addresses[nth % resolve->n] : NULL;
}
