#include "operation.h"

#include "network.h"
#include "raid.h"
#include "script.h"

#include <stdio.h>

/* RAID before the scripts: they may want the disk that it makes. */
bool
nf_hardware_config(const json_t *config, struct nf_reporter *progress,
                   char *fault, size_t size)
{
    struct nf_scripts scripts;
    struct nf_raid raid;
    const char *wrong = nf_raid_read(json_object_get(config, "raid"), &raid);

    if (wrong != NULL) {
        snprintf(fault, size, "the hardware configuration has no valid %s",
                 wrong);
        return false;
    }
    if (!nf_scripts_read(json_object_get(config, "scripts"), &scripts, fault,
                         size)) {
        return false;
    }
    if (raid.template != NULL) {
        nf_progress_note(progress, "hardware_config", "Making RAID");
    }
    bool is_done = nf_raid_make(&raid, fault, size)
                   && nf_scripts_run(&scripts, NULL, fault, size);
    nf_scripts_clear(&scripts);
    return is_done;
}

/* The cards must be there; the order brings the same network once more, and
   that is what the new system's files are made of. */
bool
nf_network_config(const json_t *data, struct nf_reporter *progress, char *fault,
                  size_t size)
{
    struct nf_network network = {0};
    char missing[NF_MEMBER_SIZE];
    const json_t *object = json_object_get(data, "network");
    const char *wrong = nf_network_read(object, &network);

    if (wrong != NULL) {
        snprintf(fault, size, "the operation has no valid %s", wrong);
        return false;
    }
    if (!nf_network_has_cards(&network, missing)) {
        snprintf(fault, size, "this machine has no network card %s", missing);
        return false;
    }
    nf_progress_note(progress, "network_config", "The network cards are there");
    return true;
}
