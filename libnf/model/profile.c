#include "model/profile.h"

const struct nf_profile nf_profiles[] = {
    {
        .name = "debian-12",
        .title = "Debian 12, by debian-installer",
        .method = NF_METHOD_PRESEED,
        .first_boot = NF_FIRST_BOOT_AGENT,
        .suite = "bookworm",
    },
    {
        .name = "debian-image",
        .title = "Debian 12, a ready image written by nf-agent",
        .method = NF_METHOD_IMAGE,
        .first_boot = NF_FIRST_BOOT_AGENT,
        .suite = "bookworm",
        .image = "images/debian-12-amd64.img",
    },
    {
        .name = "debian-12-handover",
        .title = "Debian 12 image, written from inside debian-installer",
        .method = NF_METHOD_PRESEED,
        .first_boot = NF_FIRST_BOOT_AGENT,
        .suite = "bookworm",
        .image = "images/debian-12-amd64.img",
    },
    {0},
};

const struct nf_profile *
nf_profile_find(const char *name)
{
    for (const struct nf_profile *p = nf_profiles; p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}
