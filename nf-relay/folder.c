#include "folder.h"

bool
nf_folder_open(struct nf_folder *folder, const char *path)
{
    nf_folder_close(folder);
    folder->dir = opendir(path);
    return folder->dir != NULL;
}

void
nf_folder_close(struct nf_folder *folder)
{
    if (folder->dir != NULL) {
        closedir(folder->dir);
        folder->dir = NULL;
    }
}

size_t
nf_folder_next(struct nf_folder *folder, nf_folder_name_t *name,
               nf_mac_t macs[static NF_FOLDER_MAX])
{
    struct dirent *file = NULL;
    size_t n = 0;

    while (folder->dir != NULL && n < NF_FOLDER_MAX
           && (file = readdir(folder->dir)) != NULL)
    {
        n += name(file->d_name, &macs[n]);
    }
    if (file == NULL) {
        nf_folder_close(folder);
    }
    return n;
}
