/*
 * nf restore: a backup becomes the store.
 *
 * The backup is copied beside the store and opened there, which checks its
 * schema and leaves the backup itself untouched; then names change places.
 * At every moment there is a whole store under one of the names.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"
#include "prepare.h"
#include "store/generation.h"
#include "store/pages.h"
#include "store/store.h"

enum {
    PATH_SIZE = NF_SETTING_MAX + 64
};

static bool
fail(const char *what, const char *path)
{
    nf_log(NF_LOG_ERR, "cannot %s %s: %s", what, path, strerror(errno));
    return false;
}

static bool
copy_bytes(int from, int to)
{
    static char data[1 << 20];
    ssize_t n;

    while ((n = read(from, data, sizeof(data))) > 0) {
        for (ssize_t at = 0, did; at < n; at += did) {
            did = write(to, data + at, (size_t) (n - at));
            if (did < 0) {
                return false;
            }
        }
    }
    return n == 0 && fsync(to) == 0;
}

static bool
copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);

    if (in < 0) {
        return fail("read", from);
    }
    unlink(to);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_done = out >= 0 && copy_bytes(in, out);
    if (!is_done) {
        (void) fail("write", to);
    }
    close(in);
    if (out >= 0) {
        close(out);
    }
    return is_done;
}

static void
remove_beside(const char *path)
{
    static const char *const suffixes[] = {"", "-lock", "-bell", "-ballast"};

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char name[PATH_SIZE + 16];
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

/* Its sequence numbers will be given again. */
static nf_error_t
begin_generation(nf_store_t *store)
{
    NF_CLEAN(w, store);

    nf_generation_begin(&w);
    return nf_write_commit(&w);
}

/* The right owner, and a store of our schema: nf_store_init() leaves a good
 * one alone and refuses any other. */
static bool
check(const char *path)
{
    struct stat is;
    nf_store_t *store = NULL;
    struct nf_fault fault = {0};
    char notify_file[PATH_SIZE + 16];

    snprintf(notify_file, sizeof(notify_file), "%s-bell", path);
    int fd = open(notify_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return fail("write", notify_file);
    }
    close(fd);
    if (stat(path, &is) != 0 || is.st_size == 0) {
        nf_log(NF_LOG_ERR, "the backup is empty");
        return false;
    }
    nf_error_t err = nf_pages_check(path, &fault);
    if (err == NF_OK) {
        err = nf_store_open(&store, path);
    }
    if (err == NF_OK) {
        err = begin_generation(store);
    }
    nf_store_close(store);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR,
               "the backup is not a store with the current schema: %s%s%s",
               nf_error_text(err), fault.reason[0] != '\0' ? ": " : "",
               fault.reason);
    }
    return err == NF_OK;
}

/* The group and mode of the store that was there. */
static bool
take_over(const char *from, const char *to)
{
    struct stat is;

    if (stat(from, &is) != 0) {
        return fail("look at", from);
    }
    return (chown(to, is.st_uid, is.st_gid) == 0 && chmod(to, is.st_mode) == 0)
           || fail("give away", to);
}

/* A link keeps the old one under its new name until the rename, which is one
 * step, puts the new one in its place. */
static bool
swap(const char *path, const char *fresh)
{
    char old[PATH_SIZE];

    snprintf(old, sizeof(old), "%s.before-restore", path);
    unlink(old);
    if (link(path, old) != 0) {
        return fail("keep", path);
    }
    if (rename(fresh, path) != 0) {
        return fail("replace", path);
    }
    return nf_store_sync_folder(path) == NF_OK || fail("sync", path);
}

int
nf_command_restore(int argc, char **argv)
{
    struct nf_settings settings;
    char fresh[PATH_SIZE];

    (void) argc;
    if (!nf_bastion_load_offline(&settings)) {
        return NF_EXIT_FAILED;
    }
    if (nf_store_is_open_elsewhere(settings.db_path)) {
        nf_log(NF_LOG_ERR,
               "the store is in use: stop all programs that use it first");
        return NF_EXIT_FAILED;
    }
    if (!nf_prepare_directories(&settings)
        || !nf_prepare_replacement(&settings)) {
        return NF_EXIT_FAILED;
    }
    snprintf(fresh, sizeof(fresh), "%s.restoring", settings.db_path);
    bool is_done = copy_file(argv[0], fresh) && check(fresh)
                   && take_over(settings.db_path, fresh)
                   && swap(settings.db_path, fresh);
    remove_beside(fresh);
    return is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
}
