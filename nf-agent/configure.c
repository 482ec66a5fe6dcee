#include "configure.h"

#include "http.h"
#include "netfile.h"
#include "netservice.h"
#include "order.h"
#include "order_source.h"
#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    FAULT_SIZE = 600,
};

static const char help[] =
    "usage: nf-agent configure --root DIR [--order FILE]\n"
    "\n"
    "Set up accounts, network, time servers, proxy, time zone, language and\n"
    "keyboard of the system in DIR according to the node's order; the\n"
    "system's own programs are run below DIR.  The order is in FILE (-:\n"
    "standard input), or on the server NF_URL, for the node NF_MAC, with the\n"
    "token NF_TOKEN.\n"
    "\n"
    "exit status: 0 done, 1 failed and the reason is printed, 2 wrong usage\n";

struct job {
    struct nf_order_source source;
    const char *directory;
    int root;
    bool wants_help;
    struct nf_order order;
    char fault[FAULT_SIZE];
};

static bool
options_read(struct job *job, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--order") == 0 && has_value) {
            job->source.file = argv[++i];
        } else if (strcmp(argv[i], "--root") == 0 && has_value) {
            job->directory = argv[++i];
        } else if (strcmp(argv[i], "--help") == 0) {
            job->wants_help = true;
        } else {
            return false;
        }
    }
    return job->wants_help || job->directory != NULL;
}

/* The card that was booted from: an order in a file tells it itself. */
static void
mac_take(struct job *job, const json_t *order)
{
    static const nf_mac_t none;
    const char *text = json_string_value(json_object_get(order, "mac"));

    if (nf_mac_equal(job->source.mac, none) && text != NULL) {
        (void) nf_mac_parse(nf_text(text), &job->source.mac);
    }
}

static bool
order_get(struct job *job)
{
    json_t *order = nf_order_source_get(&job->source, job->fault, FAULT_SIZE);
    char *text = json_dumps(order, JSON_COMPACT);

    if (order == NULL) {
        return false;
    }
    mac_take(job, order);
    bool is_read = text != NULL
                   && nf_order_parse(text, strlen(text), job->source.mac,
                                     &job->order, job->fault, FAULT_SIZE);
    json_decref(order);
    free(text);
    return is_read;
}

static bool
root_open(struct job *job)
{
    job->root = nf_root_open(job->directory);
    if (job->root < 0) {
        snprintf(job->fault, FAULT_SIZE, "cannot open %.200s: %s",
                 job->directory, strerror(errno));
    }
    return job->root >= 0;
}

/* What the installer did by itself stays where there is nothing to add. */
static bool
network_write(struct job *job)
{
    return nf_network_is_plain(&job->order.network)
           || nf_netfiles_write(&job->order.network, job->source.mac, job->root,
                                job->fault, FAULT_SIZE);
}

static bool
services_write(struct job *job)
{
    struct nf_url url = {0};

    (void) nf_url_parse(job->source.caller.url, &url);
    return nf_time_servers_write(&job->order.network, job->root, job->fault,
                                 FAULT_SIZE)
           && nf_proxy_write(&job->order.network, url.server.host, job->root,
                             job->fault, FAULT_SIZE);
}

static bool
accounts_make(struct job *job)
{
    return nf_accounts_make(&job->order.accounts, job->root, job->directory,
                            job->fault, FAULT_SIZE);
}

static bool
place_write(struct job *job)
{
    return nf_place_write(&job->order.place, job->root, job->directory,
                          job->fault, FAULT_SIZE);
}

int
nf_configure_main(int argc, char **argv)
{
    static bool (*const parts[])(struct job * job) = {
        order_get,     root_open,      accounts_make,
        network_write, services_write, place_write};
    static struct job job = {.root = -1};
    bool is_done;

    if (!options_read(&job, argc, argv)) {
        fputs("nf-agent: unknown arguments; see nf-agent configure --help\n",
              stderr);
        return EXIT_USAGE;
    }
    if (job.wants_help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    is_done = nf_order_source_read(&job.source, job.fault, FAULT_SIZE);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && is_done; i++) {
        is_done = parts[i](&job);
    }
    nf_order_clear(&job.order);
    if (job.root >= 0) {
        close(job.root);
    }
    if (!is_done) {
        puts(job.fault);
    }
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
