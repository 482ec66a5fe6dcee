#include "scan.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bmc/span.h"
#include "sounding.h"

enum {
    EXIT_USAGE = 64,
    RATE = 100,
    RATE_MAX = 1000,
    OPEN_MAX = 128, /* addresses that are looked at at once */
    TICK_MS = 10,
    PROGRESS_MS = 500,
    PACKET_MAX = 1024,
    PACKETS_IN_A_TURN = 64,
};

static const char usage[] =
    "usage: nf-bmc scan [--rate N] RANGE...\n"
    "\n"
    "Searches for BMCs and prints each one found as a line of JSON.  RANGE is\n"
    "an IPv4 address, 10.0.0.5-10.0.0.90, or a network 10.0.0.0/24; at most\n"
    "65536 addresses.  Each address is sent two packets to UDP port 623, "
    "which\n"
    "are repeated once if nothing is received, and an HTTPS request for the\n"
    "service root of Redfish.  No login is attempted, and no certificate is\n"
    "checked: `pin` is the hash of the key that was presented; compare it\n"
    "before you trust it.\n"
    "\n"
    "  -r, --rate N  addresses per second, 1 to 1000 (100)\n"
    "  -h, --help    this text\n"
    "\n"
    "Exit status: 0 all addresses were probed, 1 some could not be, 64 wrong\n"
    "arguments.\n";

static const struct option options[] = {
    {"rate", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct scan {
    struct nf_loop loop;
    struct nf_spans spans;
    uint64_t rate;
    struct nf_watch udp;
    struct nf_timer tick, progress;
    uint32_t begun, ended, found, failed;
    int why;         /* errno of one that failed */
    nf_time_t since; /* of what is due */
    uint64_t due;    /* thousandths of an address */
    struct nf_sounding *open;
    size_t open_n;
    bool shows_progress;
};

static int
misused(const char *what, const char *why)
{
    fprintf(stderr, "nf-bmc scan: %s %s; see nf-bmc scan --help\n", what, why);
    return EXIT_USAGE;
}

/* -1: go on. */
static int
take_option(struct scan *scan, int option)
{
    switch (option) {
    case 'r':
        return nf_text_number(nf_text(optarg), RATE_MAX, &scan->rate)
                       && scan->rate > 0
                   ? -1
                   : misused(optarg, "must be a number from 1 to 1000");
    case 'h':
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    default:
        return EXIT_USAGE;
    }
}

static int
read_arguments(struct scan *scan, int argc, char **argv)
{
    int option, code = -1;
    struct nf_fault fault;

    while (code < 0
           && (option = getopt_long(argc, argv, "r:h", options, NULL)) != -1)
    {
        code = take_option(scan, option);
    }
    for (int i = optind; code < 0 && i < argc; i++) {
        if (nf_spans_add(&scan->spans, nf_text(argv[i]), &fault) != NF_OK) {
            code = misused(argv[i], fault.reason);
        }
    }
    if (code < 0 && scan->spans.total == 0) {
        code = misused("a range", "is missing");
    }
    return code;
}

/* --- what is said ------------------------------------------------------------
 */

static void
show_progress(const struct scan *scan)
{
    if (scan->shows_progress) {
        fprintf(stderr, "\r%u of %u addresses, %u found\033[K", scan->ended,
                scan->spans.total, scan->found);
    }
}

static void
hide_progress(const struct scan *scan)
{
    if (scan->shows_progress) {
        fputs("\r\033[K", stderr);
    }
}

static void
on_progress(struct nf_timer *timer)
{
    struct scan *scan =
        (void *) ((char *) timer - offsetof(struct scan, progress));

    show_progress(scan);
    nf_timer_set(&scan->loop, timer, PROGRESS_MS);
}

static void
tell(struct scan *scan, const struct nf_found *found)
{
    char text[NF_FOUND_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_found_json(found, &out);
    hide_progress(scan);
    printf("%.*s\n", (int) out.len, text);
    fflush(stdout);
    show_progress(scan);
}

/* --- addresses ---------------------------------------------------------------
 */

static void
on_done(struct nf_sounding *sounding)
{
    struct scan *scan = sounding->of;
    struct nf_sounding **at = &scan->open;

    while (*at != sounding) {
        at = &(*at)->next;
    }
    *at = sounding->next;
    scan->open_n--;
    scan->ended++;
    if (sounding->found.is_ipmi || sounding->found.is_redfish) {
        scan->found++;
        tell(scan, &sounding->found);
    } else if (sounding->why != 0) {
        scan->failed++;
        scan->why = sounding->why;
    }
    free(sounding);
    scan->loop.is_over = scan->ended == scan->spans.total;
}

/* False: no memory. */
static bool
begin(struct scan *scan)
{
    struct nf_sounding *sounding = calloc(1, sizeof(*sounding));

    if (sounding == NULL) {
        return false;
    }
    sounding->loop = &scan->loop;
    sounding->udp = scan->udp.fd;
    sounding->tag = (uint8_t) (scan->begun % NF_DISCOVER_TAGS);
    sounding->found.ip = nf_spans_at(&scan->spans, scan->begun);
    sounding->of = scan;
    sounding->done = on_done;
    sounding->next = scan->open;
    scan->open = sounding;
    scan->open_n++;
    scan->begun++;
    nf_sounding_open(sounding);
    return true;
}

/* What could not begin in time is not made up for at once. */
static void
on_tick(struct nf_timer *timer)
{
    struct scan *scan = (void *) ((char *) timer - offsetof(struct scan, tick));
    uint64_t most = scan->rate * TICK_MS + 1000;

    scan->due += (uint64_t) (scan->loop.now - scan->since) * scan->rate;
    scan->since = scan->loop.now;
    scan->due = scan->due < most ? scan->due : most;
    while (scan->due >= 1000 && scan->open_n < OPEN_MAX
           && scan->begun < scan->spans.total && begin(scan))
    {
        scan->due -= 1000;
    }
    if (scan->begun < scan->spans.total) {
        nf_timer_set(&scan->loop, timer, TICK_MS);
    }
}

static void
take_packet(struct scan *scan, const struct sockaddr_in *from,
            struct nf_bytes packet)
{
    for (struct nf_sounding *each = scan->open; each != NULL; each = each->next)
    {
        if (memcmp(each->found.ip.b, &from->sin_addr, sizeof(each->found.ip))
            == 0) {
            nf_sounding_take(each, packet);
            return;
        }
    }
}

static void
on_packet(struct nf_watch *watch, short revents)
{
    struct scan *scan = (void *) ((char *) watch - offsetof(struct scan, udp));
    uint8_t bytes[PACKET_MAX];

    (void) revents;
    for (int i = 0; i < PACKETS_IN_A_TURN; i++) {
        struct sockaddr_in from = {0};
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(watch->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                             (struct sockaddr *) &from, &size);
        if (n < 0) {
            return;
        }
        if (from.sin_family == AF_INET && ntohs(from.sin_port) == 623) {
            take_packet(scan, &from, (struct nf_bytes){bytes, (size_t) n});
        }
    }
}

/* --- life --------------------------------------------------------------------
 */

static bool
open_scan(struct scan *scan)
{
    if (!nf_loop_open(&scan->loop)) {
        errno = ENOMEM;
        return false;
    }
    scan->udp = (struct nf_watch){socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                                  POLLIN, on_packet, NULL};
    if (scan->udp.fd < 0) {
        return false;
    }
    nf_loop_watch(&scan->loop, &scan->udp);
    scan->tick.fire = on_tick;
    scan->progress.fire = on_progress;
    scan->since = scan->loop.now;
    scan->due = 1000; /* the first at once */
    nf_timer_set(&scan->loop, &scan->tick, 0);
    if (scan->shows_progress) {
        nf_timer_set(&scan->loop, &scan->progress, 0);
    }
    return true;
}

static void
close_scan(struct scan *scan)
{
    nf_loop_unwatch(&scan->loop, &scan->udp);
    close(scan->udp.fd);
    nf_timer_clear(&scan->loop, &scan->progress);
    nf_loop_close(&scan->loop);
    hide_progress(scan);
}

int
nf_scan(int argc, char **argv)
{
    static struct scan scan = {.rate = RATE};
    int code = read_arguments(&scan, argc, argv);

    if (code >= 0) {
        return code;
    }
    scan.shows_progress = isatty(STDERR_FILENO);
    if (!open_scan(&scan)) {
        fprintf(stderr, "nf-bmc scan: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    nf_loop_run(&scan.loop);
    close_scan(&scan);
    if (scan.failed > 0) {
        fprintf(stderr, "nf-bmc scan: %u addresses could not be probed: %s\n",
                scan.failed, strerror(scan.why));
    }
    return scan.failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
