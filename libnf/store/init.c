/*
 * Making a store.  Not with the rest: what only opens one, such as the static
 * nf-hook, has no use for looking up groups.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/env.h"
#include "store/generation.h"
#include "store/waits.h"

/*
 * The process's umask must not decide who may open the store, and LMDB's
 * readers write the lock file too.
 */
static nf_error_t
make_file(const char *path, const char *suffix, gid_t group)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s%s", path, suffix);

    if (n < 0 || (size_t) n >= sizeof(name)) {
        return NF_INVALID;
    }
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, NF_FILE_MODE);
    if (fd < 0) {
        return nf_error_from_lmdb(errno);
    }
    nf_error_t err = NF_OK;
    if (fchmod(fd, NF_FILE_MODE) != 0
        || (group != (gid_t) -1 && fchown(fd, (uid_t) -1, group) != 0))
    {
        err = nf_error_from_lmdb(errno);
    }
    close(fd);
    return err;
}

static nf_error_t
write_schema(nf_store_t *store)
{
    uint32_t number = NF_SCHEMA_NUMBER;
    MDB_val k = {nf_schema_key.len, (void *) nf_schema_key.data};
    MDB_val v = {sizeof(number), &number};
    MDB_txn *txn;
    int rc = nf_env_begin(store, 0, &txn);

    if (rc != MDB_SUCCESS) {
        return nf_error_from_lmdb(rc);
    }
    nf_error_t err = nf_env_open_tables(store, txn, MDB_CREATE);
    if (err == NF_OK) {
        struct nf_write w = {.read = {.mdb = txn, .store = store},
                             .is_cleaning = true};
        nf_generation_begin(&w);
        err = w.read.err;
    }
    if (err == NF_OK) {
        err =
            nf_error_from_lmdb(mdb_put(txn, store->tables[NF_META], &k, &v, 0));
    }
    if (err != NF_OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return nf_error_from_lmdb(mdb_txn_commit(txn));
}

static nf_error_t
make_contents(const char *path, size_t map_size)
{
    nf_store_t *store = nf_env_new();

    if (store == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = nf_env_open(store, path, map_size);
    if (err == NF_OK) {
        err = write_schema(store);
    }
    nf_store_close(store);
    return err;
}

static size_t
default_map_size(void)
{
    return sizeof(size_t) > 4 ? (size_t) ((uint64_t) 64 << 30)
                              : (size_t) 1 << 30;
}

/* By statfs(2)'s numbers; FUSE, because what is behind it is not known. */
static bool
is_remote(const char *path)
{
    static const unsigned long kinds[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x01021997, /* 9P */
        0x65735546, /* FUSE */
        0x00c36400, /* Ceph */
        0x5346414f, /* AFS */
        0x6b414653, /* kAFS */
        0x73757245, /* Coda */
        0x01161970, /* GFS2 */
        0x7461636f, /* OCFS2 */
        0x0bd00bd0, /* Lustre */
    };
    char folder[4096];
    struct statfs is;
    const char *end = strrchr(path, '/');

    snprintf(folder, sizeof(folder), "%.*s",
             end == NULL ? 1 : (int) (end - path) + 1,
             end == NULL ? "." : path);
    if (statfs(folder, &is) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((unsigned long) is.f_type == kinds[i]) {
            return true;
        }
    }
    return false;
}

static nf_error_t
find_group(const char *name, gid_t *group)
{
    *group = (gid_t) -1;
    if (name == NULL) {
        return NF_OK;
    }
    struct group *entry = getgrnam(name);
    if (entry == NULL) {
        return NF_NOT_FOUND;
    }
    *group = entry->gr_gid;
    return NF_OK;
}

/*
 * Made under another name and then linked: whoever dies in between leaves no
 * half store, and what he leaves is gone with the next init.
 */
static nf_error_t
make_whole(const char *path, const struct nf_store_init *init, gid_t group)
{
    char part[4096], part_lock[4096];
    size_t map_size = init->map_size != 0 ? init->map_size : default_map_size();
    nf_error_t err = NF_OK;

    snprintf(part, sizeof(part), "%s-new", path);
    snprintf(part_lock, sizeof(part_lock), "%s-new-lock", path);
    unlink(part);
    if (access(path, F_OK) != 0) {
        err = make_contents(part, map_size);
        if (err == NF_OK) {
            err = make_file(part, "", group);
        }
        if (err == NF_OK && link(part, path) != 0) {
            err = nf_error_from_lmdb(errno);
        }
    }
    unlink(part);
    unlink(part_lock);
    return err;
}

/* NF_OK: there is a store of ours at path now. */
static nf_error_t
check_store(const char *path)
{
    nf_store_t *store = NULL;
    nf_error_t err = nf_store_open(&store, path);

    if (err == NF_OK) {
        nf_store_keep_ballast(store); /* fills it */
    }
    nf_store_close(store);
    return err == NF_NOT_FOUND ? NF_CORRUPT : err; /* a file, but not ours */
}

static bool
lock_file(int fd, const char *path)
{
    nf_waits_begin(path);
    int rc = flock(fd, LOCK_EX);
    nf_waits_end(path);
    return rc == 0;
}

nf_error_t
nf_store_init(const char *path, const struct nf_store_init *init)
{
    char notify_file[4096];
    gid_t group;
    nf_error_t err;

    if (snprintf(notify_file, sizeof(notify_file), "%s-bell", path)
        >= (int) sizeof(notify_file) - 16)
    {
        return NF_INVALID;
    }
    if (is_remote(path)) {
        return NF_REMOTE;
    }
    if ((err = find_group(init->group, &group)) != NF_OK
        || (err = make_file(path, "-bell", group)) != NF_OK
        || (err = make_file(path, "-lock", group)) != NF_OK
        || (err = make_file(path, "-ballast", group)) != NF_OK)
    {
        return err;
    }
    int fd = open(notify_file, O_RDWR | O_CLOEXEC);
    if (fd < 0 || !lock_file(fd, path)) { /* one init at a time */
        return nf_error_from_lmdb(errno);
    }
    err = make_whole(path, init, group);
    if (err == NF_OK) {
        err = check_store(path);
    }
    close(fd);
    return err;
}
