#include "store/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/content.h"
#include "store/events.h"
#include "store/files.h"
#include "store/key.h"
#include "store/shrink.h"
#include "store/tasks.h"

enum {
    AT_ONCE = 64, /* moved while nobody else can write */
    TRIES = 5,
    NEWS_MAX = 1000, /* events between looking and removing */
    DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
};

#define TRASH ".trash"

/* Hashes, to be sorted and looked up. */
struct hashes {
    char (*text)[NF_SHA256_TEXT];
    size_t n, cap;
    bool is_short; /* of memory */
};

static void
add(struct hashes *set, const char *sha256)
{
    if (set->n == set->cap) {
        size_t cap = set->cap == 0 ? 256 : set->cap * 2;
        void *text = realloc(set->text, cap * sizeof(*set->text));
        if (text == NULL) {
            set->is_short = true;
            return;
        }
        set->text = text;
        set->cap = cap;
    }
    memcpy(set->text[set->n], sha256, NF_SHA256_TEXT - 1);
    set->text[set->n++][NF_SHA256_TEXT - 1] = '\0';
}

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void
sort(struct hashes *set)
{
    if (set->n > 0) {
        qsort(set->text, set->n, sizeof(*set->text), compare);
    }
}

static bool
has(const struct hashes *set, const char *sha256)
{
    return set->n > 0
           && bsearch(sha256, set->text, set->n, sizeof(*set->text), compare)
                  != NULL;
}

static bool
is_stopped(const struct nf_sweep *sweep)
{
    return sweep->stop != NULL && atomic_load(sweep->stop);
}

/* --- what is named -----------------------------------------------------------
 */

static void
add_catalogue(struct nf_read *r, const struct nf_sweep *sweep,
              struct hashes *set)
{
    struct nf_file file = {0};
    struct nf_text json, none = NF_TEXT(""), at = none;
    char last[NF_FILE_PATH];

    while (!is_stopped(sweep) && nf_files_next(r, none, at, &file, &json)) {
        memcpy(last, file.path, sizeof(last));
        at = nf_text(last);
        add(set, file.sha256);
    }
}

/* Every run of exactly 64 hex digits: a profile names contents in many
 * members, and one hash too many does no harm. */
static void
add_hashes_of(struct nf_text text, struct hashes *set)
{
    size_t run = 0;

    for (size_t i = 0; i <= text.len; i++) {
        char c = '\0';
        if (i < text.len) {
            c = text.data[i];
        }
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
            run++;
            continue;
        }
        if (run == NF_SHA256_TEXT - 1) {
            add(set, text.data + i - run);
        }
        run = 0;
    }
}

static bool
may_go_on(struct nf_read *r, uint64_t id)
{
    struct nf_task task;

    return nf_tasks_get(r, id, &task)
           && (nf_task_is_live(&task) || task.status == NF_TASK_FAILED);
}

static void
add_tasks(struct nf_read *r, const struct nf_sweep *sweep, struct hashes *set)
{
    NF_SCAN(scan, r, NF_TASK_PROFILES);
    bool more = nf_scan_seek(&scan, (struct nf_bytes){"", 0});

    for (; more && !is_stopped(sweep); more = nf_scan_next(&scan)) {
        if (may_go_on(r, nf_key_number_at(scan.key, 0))) {
            add_hashes_of((struct nf_text){scan.value.data, scan.value.len},
                          set);
        }
    }
}

/* *seq is what the log had come to. */
static nf_error_t
find_named(nf_store_t *store, const struct nf_sweep *sweep,
           struct hashes *named, uint64_t *seq)
{
    NF_READ(scope, store);
    struct nf_read *r = &scope;

    named->n = 0;
    *seq = nf_events_last(r);
    add_catalogue(r, sweep, named);
    add_tasks(r, sweep, named);
    sort(named);
    return r->err != NF_OK     ? r->err
           : named->is_short   ? NF_NO_MEMORY
           : is_stopped(sweep) ? NF_BUSY
                               : NF_OK;
}

/* --- what there is -----------------------------------------------------------
 */

static bool
is_old(const struct nf_sweep *sweep, const struct stat *is)
{
    nf_time_t at =
        (nf_time_t) is->st_mtim.tv_sec * 1000 + is->st_mtim.tv_nsec / 1000000;

    return S_ISREG(is->st_mode) && at + sweep->keep <= sweep->now;
}

/* Open a folder below dir to be walked; NULL: there is none. */
static DIR *
open_walk(int dir, const char *name)
{
    int fd = openat(dir, name, DIR_FLAGS);
    DIR *walk = fd >= 0 ? fdopendir(fd) : NULL;

    if (fd >= 0 && walk == NULL) {
        close(fd);
    }
    return walk;
}

static void
find_old(const struct nf_sweep *sweep, int all, const char *two,
         const struct hashes *named, struct hashes *old)
{
    struct stat is;
    DIR *walk = open_walk(all, two);

    for (struct dirent *e; walk != NULL && (e = readdir(walk)) != NULL;) {
        if (nf_sha256_is_text(nf_text(e->d_name)) && !has(named, e->d_name)
            && fstatat(dirfd(walk), e->d_name, &is, AT_SYMLINK_NOFOLLOW) == 0
            && is_old(sweep, &is))
        {
            add(old, e->d_name);
        }
    }
    if (walk != NULL) {
        closedir(walk);
    }
}

static nf_error_t
find_candidates(nf_store_t *store, const struct nf_sweep *sweep, int dir,
                struct hashes *old)
{
    struct hashes named = {0};
    uint64_t seq;
    nf_error_t err = find_named(store, sweep, &named, &seq);
    DIR *walk = err == NF_OK ? open_walk(dir, "by-hash") : NULL;
    for (struct dirent *e; walk != NULL && (e = readdir(walk)) != NULL;) {
        if (strlen(e->d_name) == 2 && e->d_name[0] != '.') {
            find_old(sweep, dirfd(walk), e->d_name, &named, old);
        }
    }
    if (walk != NULL) {
        closedir(walk);
    }
    free(named.text);
    return err == NF_OK && old->is_short ? NF_NO_MEMORY : err;
}

/* --- removing ----------------------------------------------------------------
 */

static void
count(struct nf_sweep *sweep, const char *path, const struct stat *is)
{
    sweep->count++;
    sweep->bytes += (uint64_t) is->st_size;
    if (sweep->tell != NULL) {
        sweep->tell(sweep->data, path, (uint64_t) is->st_size);
    }
}

/* Out of its folder at once, whatever its size; nobody finds it any more. */
static bool
throw_away(const struct nf_sweep *sweep, int folder, const char *name, int dir,
           const char *what)
{
    char trash[NF_CONTENT_PATH + 64];

    snprintf(trash, sizeof(trash), TRASH "/%.80s-%llx", what,
             (unsigned long long) sweep->now);
    return sweep->is_dry || renameat(folder, name, dir, trash) == 0;
}

static void
remove_content(struct nf_sweep *sweep, int dir, const char *sha256)
{
    char path[NF_CONTENT_PATH];
    struct stat is;

    nf_content_path(sha256, path);
    if (fstatat(dir, path, &is, AT_SYMLINK_NOFOLLOW) == 0 && is_old(sweep, &is)
        && throw_away(sweep, dir, path, dir, sha256))
    {
        count(sweep, path, &is);
    }
}

/* Whether an event of this kind may be why something is named. */
static bool
may_name(enum nf_event_kind kind)
{
    switch (kind) {
    case NF_EVENT_FILE_PUT:
    case NF_EVENT_TASK_CREATED:
    case NF_EVENT_TASK_STEP:
    case NF_EVENT_TASK_APPROVED:
    case NF_EVENT_TASK_RETRIED:
    case NF_EVENT_PROFILE_PUT:
        return true;
    default:
        return false;
    }
}

/* Whether what was named at seq is all that is named. */
static bool
is_all_named(struct nf_read *r, uint64_t seq)
{
    struct nf_event event;

    for (int i = 0; i < NEWS_MAX; i++) {
        uint64_t before = seq;
        if (!nf_events_read(r, &seq, &event)) {
            return true;
        }
        if (seq != before + 1 || may_name(event.kind)) {
            return false;
        }
    }
    return false;
}

/* Nobody puts while this scope is open, so what is not named now stays so. */
static nf_error_t
move_some(nf_store_t *store, struct nf_sweep *sweep, int dir,
          const struct hashes *old, size_t from)
{
    struct hashes named = {0};
    size_t end = old->n - from < AT_ONCE ? old->n : from + AT_ONCE;
    uint64_t seq;

    nf_error_t err = find_named(store, sweep, &named, &seq);
    if (err == NF_OK) {
        NF_CLEAN(w, store);
        bool is_current = is_all_named(&w.read, seq);
        err = w.read.err != NF_OK ? w.read.err : is_current ? NF_OK : NF_BUSY;
        for (size_t i = from; err == NF_OK && i < end; i++) {
            if (!has(&named, old->text[i])) {
                remove_content(sweep, dir, old->text[i]);
            }
        }
    }
    free(named.text);
    return err;
}

static nf_error_t
move_contents(nf_store_t *store, struct nf_sweep *sweep, int dir,
              const struct hashes *old)
{
    nf_error_t err = NF_OK;

    for (size_t i = 0; err == NF_OK && i < old->n; i += AT_ONCE) {
        int tries = 0;
        do {
            err = move_some(store, sweep, dir, old, i);
        } while (err == NF_BUSY && !is_stopped(sweep) && ++tries < TRIES);
    }
    return err;
}

/* One that somebody is writing is locked. */
static void
remove_upload(struct nf_sweep *sweep, int dir, int folder, const char *name)
{
    char path[512];
    struct stat is;
    int fd =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    snprintf(path, sizeof(path), ".uploads/%s", name);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &is) == 0
        && is_old(sweep, &is) && throw_away(sweep, folder, name, dir, name))
    {
        count(sweep, path, &is);
    }
    close(fd);
}

static void
remove_uploads(struct nf_sweep *sweep, int dir)
{
    DIR *walk = open_walk(dir, ".uploads");

    for (struct dirent *e; walk != NULL && (e = readdir(walk)) != NULL;) {
        if (strncmp(e->d_name, "id-", 3) == 0
            || strncmp(e->d_name, "tmp-", 4) == 0) {
            remove_upload(sweep, dir, dirfd(walk), e->d_name);
        }
    }
    if (walk != NULL) {
        closedir(walk);
    }
}

nf_error_t
nf_sweep_run(nf_store_t *store, struct nf_sweep *sweep)
{
    struct hashes old = {0};
    int dir = open(sweep->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    sweep->count = sweep->bytes = 0;
    if (dir < 0) {
        return errno == ENOENT ? NF_OK : NF_IO;
    }
    if (mkdirat(dir, TRASH, 0770) == 0
        && fchmodat(dir, TRASH, 02770, 0) != 0) /* for all of the group */
    {
        close(dir);
        return NF_IO;
    }
    remove_uploads(sweep, dir);
    nf_error_t err = find_candidates(store, sweep, dir, &old);
    if (err == NF_OK) {
        err = move_contents(store, sweep, dir, &old);
    }
    free(old.text);
    close(dir);
    return err;
}

void
nf_sweep_empty_trash(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *walk = dir >= 0 ? open_walk(dir, TRASH) : NULL;

    for (struct dirent *e; walk != NULL && (e = readdir(walk)) != NULL;) {
        if (e->d_name[0] != '.') {
            (void) nf_shrink_away(dirfd(walk), e->d_name);
        }
    }
    if (walk != NULL) {
        closedir(walk);
    }
    if (dir >= 0) {
        close(dir);
    }
}
