/*
 * nf files import: trees, archives, ISOs and images.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "command.h"
#include "files.h"
#include "program.h"

enum {
    DEPTH_MAX = 32,
    PATH_SIZE = 4096,
};

struct import {
    struct nf_files *files;
    const char *prefix; /* "" or without a slash at its end */
    int root;           /* the tree that is walked */
    unsigned long long taken, same, left_out, failed, bytes;
};

static void
show_progress(const struct import *import, const char *path)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%llu files, %llu MiB  %.50s",
                import->taken + import->same, import->bytes >> 20, path);
    }
}

static void
leave_out(struct import *import, const char *name, const char *why)
{
    struct nf_out out;
    char text[PATH_SIZE];

    out = nf_out(text, sizeof(text));
    nf_out_json(&out, nf_text(name));
    nf_log(NF_LOG_WARNING, "skipped %.*s: %s", (int) out.len, out.data, why);
    import->left_out++;
}

/* Take in one open file as PREFIX/name; names that no path can have are left
 * out. */
static void
take(struct import *import, const char *name, int fd)
{
    char path[PATH_SIZE];
    struct nf_fault fault;
    struct nf_file file;
    bool is_changed;

    snprintf(path, sizeof(path), "%s%s%s", import->prefix,
             import->prefix[0] != '\0' ? "/" : "", name);
    if (nf_file_path_check(nf_text(path), &fault) != NF_OK) {
        leave_out(import, name, fault.reason);
        return;
    }
    show_progress(import, path);
    if (!nf_files_take(import->files, path, fd, &file, &is_changed)) {
        import->failed++;
        return;
    }
    import->taken += is_changed;
    import->same += !is_changed;
    import->bytes += file.size;
}

/* --- trees -------------------------------------------------------------------
 */

/* Links are followed as long as they stay within the tree. */
static int
open_within(const struct import *import, const char *name)
{
    struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};

    return (int) syscall(SYS_openat2, import->root, name, &how, sizeof(how));
}

static void
take_entry(struct import *import, const char *name, bool is_link)
{
    struct stat is;
    int fd = open_within(import, name);

    if (fd < 0 || fstat(fd, &is) != 0) {
        leave_out(import, name,
                  is_link ? "a link to nothing within the tree"
                          : strerror(errno));
    } else if (S_ISREG(is.st_mode)) {
        take(import, name, fd);
    } else {
        leave_out(import, name,
                  is_link ? "a link to a directory" : "not a plain file");
    }
    if (fd >= 0) {
        close(fd);
    }
}

static void walk(struct import *import, const char *name, int depth);

static void
walk_entry(struct import *import, int dir, const char *folder,
           const struct dirent *e, int depth)
{
    char name[PATH_SIZE];
    struct stat is;

    int n = snprintf(name, sizeof(name), "%s%s%s", folder,
                     folder[0] != '\0' ? "/" : "", e->d_name);
    if (n < 0 || (size_t) n >= sizeof(name)
        || fstatat(dir, e->d_name, &is, AT_SYMLINK_NOFOLLOW) != 0)
    {
        leave_out(import, e->d_name, "its path cannot be resolved");
    } else if (S_ISDIR(is.st_mode)) {
        walk(import, name, depth + 1);
    } else {
        take_entry(import, name, S_ISLNK(is.st_mode));
    }
}

static void
walk(struct import *import, const char *name, int depth)
{
    int fd = depth < DEPTH_MAX
                 ? open_within(import, name[0] != '\0' ? name : ".")
                 : -1;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        leave_out(import, name, "a directory that cannot be read");
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            walk_entry(import, dirfd(dir), name, e, depth);
        }
    }
    closedir(dir);
}

static bool
import_tree(struct import *import, const char *source)
{
    import->root = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (import->root < 0) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", source, strerror(errno));
        return false;
    }
    walk(import, "", 0);
    close(import->root);
    return true;
}

/* --- what must be unpacked first ---------------------------------------------
 */

static int
remove_one(const char *path, const struct stat *is, int flag, struct FTW *at)
{
    (void) is, (void) flag, (void) at;
    return remove(path);
}

static bool
make_scratch(char *path, size_t size)
{
    const char *dir = getenv("TMPDIR");

    snprintf(path, size, "%s/nf-import-XXXXXX",
             dir != NULL && dir[0] != '\0' ? dir : "/var/tmp");
    if (mkdtemp(path) == NULL) {
        nf_log(NF_LOG_ERR, "cannot make %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

/* Run a program of this name; says so when it is not there or fails. */
static bool
run(const char *name, const char *const args[], const char *package)
{
    const char *argv[16];
    char path[PATH_SIZE];
    size_t n = 0;

    if (!nf_program_find(name, path, sizeof(path))) {
        nf_log(NF_LOG_ERR, "%s is needed: install the package %s", name,
               package);
        return false;
    }
    argv[n++] = path;
    for (size_t i = 0; args[i] != NULL && n < 15; i++) {
        argv[n++] = args[i];
    }
    argv[n] = NULL;
    if (!nf_program_run(argv)) {
        nf_log(NF_LOG_ERR, "%s failed", name);
        return false;
    }
    return true;
}

static bool
import_archive(struct import *import, const char *source)
{
    char scratch[PATH_SIZE];

    if (!make_scratch(scratch, sizeof(scratch))) {
        return false;
    }
    const char *const args[] = {"-x",
                                "--no-same-owner",
                                "--no-same-permissions",
                                "-C",
                                scratch,
                                "-f",
                                source,
                                NULL};
    bool is_done =
        run("bsdtar", args, "libarchive-tools") && import_tree(import, scratch);
    (void) nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return is_done;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

static bool
import_file(struct import *import, const char *source, const char *name)
{
    int fd = open(source, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", source, strerror(errno));
        return false;
    }
    take(import, name, fd);
    close(fd);
    return import->left_out == 0;
}

/* Whether all of the disk is in the image itself: one that names a backing file
 * or a data file would bring along any file of this machine. */
static bool
is_whole(const unsigned char *head, size_t len)
{
    static const unsigned char none[8];
    bool is_old = len >= 8 && head[7] < 3;

    return len >= 80 && memcmp(head + 8, none, 8) == 0
           && (is_old || (head[79] & 4) == 0);
}

/* x.qcow2 holds a disk: what nodes write is that, x.img. */
static bool
import_qcow2(struct import *import, const char *source)
{
    char scratch[PATH_SIZE - 16], raw[PATH_SIZE], name[NF_FILE_PATH];
    char whole[PATH_SIZE]; /* qemu-img reads a:b as a protocol, /a:b not */
    const char *base = base_name(source);
    const char *dot = strrchr(base, '.');
    int len = dot != NULL ? (int) (dot - base) : (int) strlen(base);

    if (realpath(source, whole) == NULL
        || !make_scratch(scratch, sizeof(scratch))) {
        return false;
    }
    snprintf(raw, sizeof(raw), "%s/raw", scratch);
    snprintf(name, sizeof(name), "%.*s.img", len, base);
    const char *const args[] = {"convert", "-f",  "qcow2", "-O",
                                "raw",     whole, raw,     NULL};
    bool is_done =
        run("qemu-img", args, "qemu-utils") && import_file(import, raw, name);
    (void) nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return is_done;
}

/* By what it is, not by what it is called, where that can be told. */
static bool
import_one(struct import *import, const char *source)
{
    static char head[NF_FILE_HEAD];
    int fd = open(source, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, head, sizeof(head)) : -1;

    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        nf_log(NF_LOG_ERR, "cannot read %s: %s", source, strerror(errno));
        return false;
    }
    if (n >= 4 && memcmp(head, "QFI\xfb", 4) == 0) {
        if (!is_whole((unsigned char *) head, (size_t) n)) {
            nf_log(NF_LOG_ERR, "%s depends on a backing file: convert it first",
                   source);
            return false;
        }
        return import_qcow2(import, source);
    }
    switch (
        nf_file_type_of(nf_text(source), (struct nf_bytes){head, (size_t) n})) {
    case NF_FILE_ISO:
    case NF_FILE_ARCHIVE:
        return import_archive(import, source);
    default:
        return import_file(import, source, base_name(source));
    }
}

int
nf_command_files_import(int argc, char **argv)
{
    struct import import = {.prefix = ""};
    struct nf_fault fault;
    struct stat is;

    if (argc == 3 && strcmp(argv[0], "--as") == 0) {
        import.prefix = argv[1];
    } else if (argc != 1) {
        fputs("usage: nf files import [--as PREFIX] SOURCE\n", stderr);
        return NF_EXIT_USAGE;
    }
    const char *source = argv[argc - 1];
    if (import.prefix[0] != '\0'
        && nf_file_path_check(nf_text(import.prefix), &fault) != NF_OK)
    {
        nf_log(NF_LOG_ERR, "PREFIX %s", fault.reason);
        return NF_EXIT_FAILED;
    }
    if ((import.files = nf_files_open()) == NULL) {
        return NF_EXIT_FAILED;
    }
    bool is_done = stat(source, &is) == 0 && S_ISDIR(is.st_mode)
                       ? import_tree(&import, source)
                       : import_one(&import, source);
    if (isatty(STDERR_FILENO)) {
        fputs("\r\033[K", stderr);
    }
    printf("%llu files imported, %llu unchanged, %llu skipped, %llu failed\n",
           import.taken, import.same, import.left_out, import.failed);
    nf_store_close(import.files->store);
    return fflush(stdout) == 0 && is_done && import.failed == 0
               ? NF_EXIT_OK
               : NF_EXIT_FAILED;
}
