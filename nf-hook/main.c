/*
 * nf-hook: dnsmasq's script (--dhcp-script).  Called once per event of a
 * lease, one at a time; puts it into the store, durably, and ends.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "deliver.h"
#include "leases.h"
#include "report.h"

static const char help[] =
    "usage: nf-hook add|old|del MAC IP [HOSTNAME]  (by dnsmasq, "
    "--dhcp-script)\n"
    "       nf-hook tftp SIZE IP PATH              (by dnsmasq, "
    "--dhcp-script)\n"
    "       nf-hook init                           (by dnsmasq, "
    "--leasefile-ro)\n"
    "       nf-hook --help | --version\n"
    "\n"
    "Writes dnsmasq's lease events to the store, or to the spool if the store\n"
    "cannot take them, and records the files that dnsmasq has sent to nodes.\n"
    "Settings come from the file that NF_CONFIG names and from NF_*\n"
    "variables: NF_DB_PATH, NF_SPOOL_DIR, NF_NODE_RULE.\n"
    "\n"
    "exit status: 0 done, 1 not stored anywhere, 2 wrong usage\n";

extern char **environ;

/* A store opened as descriptor 2 would be damaged by the first log line. */
static void
open_standard_files(void)
{
    int fd;

    while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO) {
    }
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

/* dnsmasq waits for the end of our output. */
static void
close_output(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (fd >= 0) {
        dup2(fd, STDIN_FILENO);
        dup2(fd, STDOUT_FILENO);
        close(fd);
    }
}

static nf_time_t
clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return NF_SECONDS(now.tv_sec) + now.tv_nsec / 1000000;
}

static bool
has_settings(struct nf_settings *settings)
{
    struct nf_fault fault = {0};
    nf_error_t err = nf_settings_load(settings, &fault);

    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot read the settings: %s %s", fault.field,
               fault.reason);
        return false;
    }
    (void) nf_log_level(settings->log_level);
    return true;
}

static int
refuse(const struct nf_fault *fault)
{
    nf_log(NF_LOG_WARNING, "lease ignored: %s %s", fault->field, fault->reason);
    return 0;
}

/* Nothing is lost by which dnsmasq could do better. */
static int
note_sent(struct nf_settings *settings, const struct nf_hook_call *call)
{
    struct nf_hook_sent sent;

    if (nf_hook_parse_sent(call, &sent) && has_settings(settings)) {
        nf_hook_note_sent(settings, &sent, call->now);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    static struct nf_settings settings;
    struct nf_lease_report report;
    struct nf_fault fault = {0};

    open_standard_files();
    signal(SIGPIPE, SIG_IGN);
    struct nf_hook_call call = {argc, (const char *const *) argv,
                                (const char *const *) environ, clock_now()};
    switch (nf_hook_parse(&call, &report, &fault)) {
    case NF_HOOK_REPORT:
        close_output();
        return has_settings(&settings)
                   ? nf_hook_deliver(&settings, &report, call.now)
                   : 1;
    case NF_HOOK_SENT:
        close_output();
        return note_sent(&settings, &call);
    case NF_HOOK_INIT:
        return has_settings(&settings)
                   ? nf_hook_print_leases(&settings, call.now)
                   : 1;
    case NF_HOOK_NOTHING:
        return 0;
    case NF_HOOK_REFUSED:
        return refuse(&fault);
    case NF_HOOK_HELP:
        return fputs(help, stdout) < 0;
    case NF_HOOK_VERSION:
        return puts("nf-hook " NF_VERSION) < 0;
    case NF_HOOK_USAGE:
        break;
    }
    fputs("usage: nf-hook add|old|del MAC IP [HOSTNAME] | init | --help\n",
          stderr);
    return 2;
}
