#include "disk_command.h"

#include "choice.h"
#include "order_source.h"
#include "wipe.h"
#include "wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    FAULT_SIZE = 600,
    WAIT_TENTHS = 100, /* for drivers to find a disk */
};

static const char help[] =
    "usage: nf-agent disk [--order FILE] [--root DIR] [--wipe]\n"
    "\n"
    "Print the disk that a system is to be installed on (for RAID1 two disks,\n"
    "separated by a blank), or the reason why there is none.  The\n"
    "requirements are in the node's order: in FILE (-: standard input), or on\n"
    "the server NF_URL, for the node NF_MAC, with the token NF_TOKEN; the\n"
    "choice is reported to the server.\n"
    "  --order FILE  read the order from a file, and report to no server\n"
    "  --root DIR    use the copy of /sys and /proc below DIR\n"
    "  --wipe        clear the disk, so that an installer finds it empty\n"
    "\n"
    "exit status: 0 printed, 1 there is none and the reason is printed, 2\n"
    "wrong usage\n";

struct job {
    struct nf_order_source source;
    struct nf_tree tree;
    bool is_wiping, wants_help;
    struct nf_wish wish;
    struct nf_choice choice;
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
            job->tree = (struct nf_tree){.root = argv[++i]};
        } else if (strcmp(argv[i], "--wipe") == 0) {
            job->is_wiping = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            job->wants_help = true;
        } else {
            return false;
        }
    }
    return !job->is_wiping || job->tree.is_live;
}

static bool
wish_get(struct job *job)
{
    json_t *order = nf_order_source_get(&job->source, job->fault, FAULT_SIZE);

    if (order == NULL) {
        return false;
    }
    const char *wrong = nf_wish_read(order, &job->wish);
    if (wrong != NULL) {
        snprintf(job->fault, FAULT_SIZE, "the order has no valid %s", wrong);
    }
    json_decref(order);
    return wrong == NULL;
}

static bool
choose(struct job *job)
{
    int tenths = job->tree.is_live ? WAIT_TENTHS : 0;
    bool is_found = false;

    for (int i = 0; i <= tenths && !is_found; i++) {
        usleep(i == 0 ? 0 : 100000);
        is_found = nf_choice_make(&job->tree, &job->wish, &job->choice,
                                  job->fault, FAULT_SIZE);
    }
    return is_found;
}

/* Standard output is a program's; people read the other one. */
static void
tell(const struct job *job)
{
    char words[NF_WHY_SIZE];

    nf_choice_words(&job->choice, words, sizeof words);
    fprintf(stderr, "NodeFoundry: Disk: %s\n", words);
    if (job->source.file == NULL) {
        nf_order_source_note(&job->source, "disk", words);
    }
    for (int i = 0; i < job->choice.count; i++) {
        printf("%s%s", i > 0 ? " " : "", job->choice.disks[i].device);
    }
    printf("\n");
}

int
nf_disk_main(int argc, char **argv)
{
    static struct job job = {.tree = {.root = "", .is_live = true}};

    if (!options_read(&job, argc, argv)) {
        fputs("nf-agent: unknown arguments; see nf-agent disk --help\n",
              stderr);
        return EXIT_USAGE;
    }
    if (job.wants_help) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (!nf_order_source_read(&job.source, job.fault, FAULT_SIZE)
        || !wish_get(&job) || !choose(&job)
        || (job.is_wiping && !nf_wipe(&job.choice, job.fault, FAULT_SIZE)))
    {
        puts(job.fault);
        return EXIT_FAILURE;
    }
    tell(&job);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
