#ifndef NF_AGENT_RAID_H
#define NF_AGENT_RAID_H

/*
 * RAID before a system is installed: by the kernel's md, or by a controller
 * whose maker's tool is in the RAM disk.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_RAID_DISKS_MAX = 32,
    NF_RAID_ARGS_MAX = NF_RAID_DISKS_MAX + 12,
    NF_RAID_WORD_SIZE = 64,
};

struct nf_raid {
    const struct nf_raid_template *template; /* NULL: none is asked for */
    char device[NF_RAID_WORD_SIZE];          /* of md */
    int count;
    char disks[NF_RAID_DISKS_MAX][NF_RAID_WORD_SIZE];
};

/* One tool's command line. */
struct nf_raid_command {
    const char *argv[NF_RAID_ARGS_MAX];
    size_t text_len;
    char text[4096]; /* the words stand in here */
};

/* Reads {"enabled", "controller", "level", "disks", "virtual_disk"}; absent or
   not enabled is none.  The name of the first wrong member, or NULL. */
const char *nf_raid_read(const json_t *object, struct nf_raid *raid);

/* The command that makes it by tool, one that the controller is run by; the
   first that is in the RAM disk is used. */
void nf_raid_command(const struct nf_raid *raid, const char *tool,
                     struct nf_raid_command *command);

/* Makes it; true when none is asked for. */
bool nf_raid_make(const struct nf_raid *raid, char *fault, size_t size);

#endif
