#ifndef NF_AGENT_ROOT_H
#define NF_AGENT_ROOT_H

/*
 * Files of the new system.  Every path begins at its root and no link leads
 * out of it: a link to /etc/x means the new system's /etc/x.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    NF_ROOT_FILE_MAX = 256 * 1024, /* a longer file is not read */
};

/* Opens the directory; -1 with errno set. */
int nf_root_open(const char *directory);

/* Replaces the file, which is root's, and makes the folders it lies in; a link
   that is there is replaced, not followed.  False with errno set. */
bool nf_root_write(int root, const char *path, mode_t mode, const void *bytes,
                   size_t len);

/* The file's bytes with a NUL behind them, or NULL with errno set; the caller
   frees them. */
char *nf_root_read(int root, const char *path);

/* Replaces what is at path by a link to target. */
bool nf_root_link(int root, const char *path, const char *target);

/* False when it is there and can't be removed. */
bool nf_root_remove(int root, const char *path);

/* Removes the files of a folder whose names begin and end so, but the one
   called kept ("": none is).  True also where there is no such folder; folders
   in it, and names with a dot in front, stay. */
bool nf_root_clear(int root, const char *folder, const char *prefix,
                   const char *suffix, const char *kept);

bool nf_root_has(int root, const char *path);

/* Makes the folder and those it lies in. */
bool nf_root_mkdir(int root, const char *path, mode_t mode);

/* Of a file or folder that is there; a link at its end is not followed. */
bool nf_root_chown(int root, const char *path, uid_t user, gid_t group);

#endif
