/*
 * nf files: boot files on this machine.
 */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "bastion.h"
#include "change/change.h"
#include "command.h"
#include "list.h"
#include "names.h"
#include "offline.h"
#include "say.h"
#include "store/content.h"
#include "store/files.h"
#include "store/sweep.h"

enum {
    CHUNK = 256 * 1024
};

nf_time_t
nf_files_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (nf_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct nf_files *
nf_files_open(void)
{
    static struct nf_files files;

    files.store = nf_offline_open_with(&files.settings);
    return files.store != NULL ? &files : NULL;
}

static int
close_files(struct nf_files *files, bool is_done)
{
    nf_store_close(files->store);
    if (fflush(stdout) != 0) {
        nf_log(NF_LOG_ERR, "cannot write the output: %s", strerror(errno));
        return NF_EXIT_FAILED;
    }
    return is_done ? NF_EXIT_OK : NF_EXIT_FAILED;
}

/* Walks all paths that begin with prefix, one read at a time. */
static bool
next(struct nf_files *files, struct nf_text prefix, char after[NF_FILE_PATH],
     struct nf_file *file, nf_error_t *err)
{
    struct nf_text json;
    NF_READ(r, files->store);

    bool is_there = nf_files_next(&r, prefix, nf_text(after), file, &json);
    *err = r.err;
    if (is_there) {
        memcpy(after, file->path, NF_FILE_PATH);
    }
    return is_there;
}

/* Why the content of a file is not what it should be, or NULL. */
static const char *
find_damage(struct nf_files *files, const struct nf_file *file)
{
    const char *dir = files->settings.files_dir;
    char sha256[NF_SHA256_TEXT];
    uint64_t size;
    int fd = nf_content_open(dir, file->sha256, &size);

    if (fd < 0) {
        return "is missing";
    }
    close(fd);
    if (size != file->size) {
        return "has another size";
    }
    if (!nf_content_hash(dir, file->sha256, sha256)) {
        return "cannot be read";
    }
    return strcmp(sha256, file->sha256) == 0 ? NULL : "is damaged";
}

/* --- putting -----------------------------------------------------------------
 */

static nf_error_t
copy_in(struct nf_incoming *in, int fd)
{
    static char chunk[CHUNK];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? NF_OK : NF_IO;
        }
        nf_error_t err =
            nf_incoming_write(in, (struct nf_bytes){chunk, (size_t) n});
        if (err != NF_OK) {
            return err;
        }
    }
}

static nf_error_t
name_content(struct nf_files *files, struct nf_file *file, bool *is_changed,
             struct nf_fault *fault)
{
    bool is_new;
    NF_WRITE(w, files->store);
    struct nf_change c = {.w = &w,
                          .settings = &files->settings,
                          .now = nf_files_now(),
                          .actor = nf_actor_word(NF_ACTOR_CLI),
                          .is_person = true};

    nf_error_t err = w.read.err;
    if (err == NF_OK) {
        err = nf_change_file_put(&c, file, &is_new);
    }
    *fault = c.fault;
    *is_changed = w.is_dirty;
    return err != NF_OK ? err : nf_write_commit(&w);
}

static nf_error_t
take(struct nf_files *files, const char *path, int fd, struct nf_file *file,
     bool *is_changed, struct nf_fault *fault)
{
    static struct nf_incoming in;
    nf_error_t err = nf_file_path_check(nf_text(path), fault);

    if (err != NF_OK
        || (err = nf_incoming_open(&in, files->settings.files_dir,
                                   (struct nf_text){0}, 0, fault))
               != NF_OK)
    {
        return err;
    }
    *file = (struct nf_file){.origin = NF_FILE_IMPORT};
    snprintf(file->path, sizeof(file->path), "%s", path);
    if ((err = copy_in(&in, fd)) == NF_OK
        && (err = nf_incoming_hash(&in, file->sha256)) == NF_OK)
    {
        err = nf_incoming_keep(&in, file->sha256);
    }
    file->size = in.size;
    file->type = (uint8_t) nf_file_type_of(
        nf_text(path), (struct nf_bytes){in.head, in.head_len});
    if (err == NF_OK) {
        err = name_content(files, file, is_changed, fault);
    }
    nf_incoming_close(&in);
    return err;
}

/* Whether what fd holds stands at the path already, undamaged: reading is all
 * that it costs then. */
static bool
is_there(struct nf_files *files, const char *path, int fd, struct nf_file *file)
{
    char sha256[NF_SHA256_TEXT];
    struct stat is;
    bool is_found;
    {
        NF_READ(r, files->store);
        is_found = nf_files_get(&r, nf_text(path), file);
    }
    if (!is_found || fstat(fd, &is) != 0 || !S_ISREG(is.st_mode)
        || (uint64_t) is.st_size != file->size)
    {
        return false;
    }
    bool is_same = nf_content_hash_of(fd, sha256)
                   && strcmp(sha256, file->sha256) == 0
                   && find_damage(files, file) == NULL;
    return lseek(fd, 0, SEEK_SET) == 0 && is_same;
}

bool
nf_files_take(struct nf_files *files, const char *path, int fd,
              struct nf_file *file, bool *is_changed)
{
    struct nf_fault fault = {0};

    *is_changed = false;
    if (is_there(files, path, fd, file)) {
        return true;
    }
    nf_error_t err = take(files, path, fd, file, is_changed, &fault);

    if (err != NF_OK) {
        nf_say_fault(path, err, &fault);
    }
    return err == NF_OK;
}

int
nf_command_files_put(int argc, char **argv)
{
    struct nf_file file;
    bool is_changed, is_done = false;
    struct nf_files *files = nf_files_open();

    (void) argc;
    if (files == NULL) {
        return NF_EXIT_FAILED;
    }
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", argv[1], strerror(errno));
    } else {
        is_done = nf_files_take(files, argv[0], fd, &file, &is_changed);
        close(fd);
    }
    if (is_done) {
        printf("%s  %s%s\n", file.sha256, file.path,
               is_changed ? "" : "  (as before)");
    }
    return close_files(files, is_done);
}

/* --- asking ------------------------------------------------------------------
 */

static const struct nf_column columns[] = {
    /* clang-format off */
    { "PATH",    "path",       NF_COLUMN_TEXT,  NF_KEEP },
    { "SIZE",    "size",       NF_COLUMN_BYTES, NF_DROP_LAST },
    { "TYPE",    "type",       NF_COLUMN_TEXT,  NF_DROP },
    { "UPDATED", "updated_at", NF_COLUMN_WHEN,  NF_DROP_SOON },
    { "SHA256",  "sha256",     NF_COLUMN_TEXT,  NF_WIDE },
    { "ORIGIN",  "origin",     NF_COLUMN_TEXT,  NF_WIDE },
    { 0 },
    /* clang-format on */
};

static json_t *
json_of(const struct nf_file *file)
{
    char text[NF_FILE_JSON_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_file_json(file, &out);
    return json_loadb(text, out.len, 0, NULL);
}

/* The list's path is what theirs begin with. */
static int
read_files(const struct nf_list *list, nf_list_take_page_t *show, void *of)
{
    char after[NF_FILE_PATH] = "";
    json_t *page = json_array();
    struct nf_file file;
    nf_error_t err;

    while (next(list->of, nf_text(list->path), after, &file, &err)) {
        json_array_append_new(page, json_of(&file));
    }
    bool goes_on = show(page, of);
    json_decref(page);
    if (goes_on && err != NF_OK) {
        nf_log(NF_LOG_ERR, "the list ended early: %s", nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}

int
nf_command_files_list(int argc, char **argv)
{
    struct nf_list list = {.columns = columns, .read = read_files};

    if (!nf_list_take(&list, &argc, argv, NULL) || argc > 1) {
        return nf_usage("files list");
    }
    list.path = argc == 1 ? argv[0] : "";
    if ((list.of = nf_files_open()) == NULL) {
        return NF_EXIT_FAILED;
    }
    int code = nf_list_show(&list);
    return close_files(list.of, true) == NF_EXIT_OK ? code : NF_EXIT_FAILED;
}

static bool
copy_out(int from, FILE *to)
{
    static char chunk[CHUNK];
    ssize_t n;

    while ((n = read(from, chunk, sizeof(chunk))) > 0) {
        if (fwrite(chunk, 1, (size_t) n, to) != (size_t) n) {
            return false;
        }
    }
    return n == 0 && fflush(to) == 0;
}

static bool
find(struct nf_files *files, const char *path, struct nf_file *file)
{
    NF_READ(r, files->store);

    if (nf_files_get(&r, nf_text(path), file)) {
        return true;
    }
    nf_log(NF_LOG_ERR, "%s: %s", path,
           r.err != NF_OK ? nf_error_text(r.err)
                          : "there is no such boot file");
    return false;
}

static bool
write_out(struct nf_files *files, const struct nf_file *file, const char *name)
{
    uint64_t size;
    int fd = nf_content_open(files->settings.files_dir, file->sha256, &size);

    if (fd < 0) {
        nf_log(NF_LOG_ERR, "%s: its content %s is missing", file->path,
               file->sha256);
        return false;
    }
    FILE *to = strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
    bool is_done = to != NULL && copy_out(fd, to);
    if (to != NULL && to != stdout) {
        is_done = fclose(to) == 0 && is_done;
    }
    close(fd);
    if (!is_done) {
        nf_log(NF_LOG_ERR, "cannot write %s: %s", name, strerror(errno));
    }
    return is_done;
}

int
nf_command_files_get(int argc, char **argv)
{
    struct nf_file file;
    struct nf_files *files = nf_files_open();

    (void) argc;
    if (files == NULL) {
        return NF_EXIT_FAILED;
    }
    return close_files(files, find(files, argv[0], &file)
                                  && write_out(files, &file, argv[1]));
}

static int
remove_one(struct nf_each *each, const char *path)
{
    struct nf_files *files = each->of;
    NF_CLEAN(w, files->store);
    struct nf_change c = {.w = &w,
                          .settings = &files->settings,
                          .now = nf_files_now(),
                          .actor = nf_actor_word(NF_ACTOR_CLI),
                          .is_person = true};
    nf_error_t err = nf_change_file_delete(&c, nf_text(path));

    if (err == NF_OK) {
        err = nf_write_commit(&w);
    }
    if (err != NF_OK) {
        nf_say_fault(path, err, &c.fault);
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}

int
nf_command_files_rm(int argc, char **argv)
{
    struct nf_files *files = nf_files_open();
    struct nf_each each = {.run = remove_one, .of = files, .done = "removed"};

    return files == NULL ? NF_EXIT_FAILED
                         : close_files(files, nf_each_run(&each, argc, argv)
                                                  == NF_EXIT_OK);
}

/* --- sweeping and checking ---------------------------------------------------
 */

static void
tell_swept(void *data, const char *path, uint64_t size)
{
    char words[32];

    (void) data;
    nf_cell_bytes(size, words, sizeof(words));
    printf("%10s  %s\n", words, path);
}

int
nf_command_files_gc(int argc, char **argv)
{
    bool is_dry = argc == 1 && strcmp(argv[0], "--dry-run") == 0;

    if (argc == 1 && !is_dry) {
        fputs("usage: nf files gc [--dry-run]\n", stderr);
        return NF_EXIT_USAGE;
    }
    struct nf_files *files = nf_files_open();
    if (files == NULL) {
        return NF_EXIT_FAILED;
    }
    struct nf_sweep sweep = {
        .dir = files->settings.files_dir,
        .now = nf_files_now(),
        .keep = NF_SECONDS(nf_setting_number(files->settings.files_keep)),
        .is_dry = is_dry,
        .tell = tell_swept,
    };
    char size[32];
    nf_error_t err = nf_sweep_run(files->store, &sweep);
    if (!is_dry) {
        nf_sweep_empty_trash(sweep.dir);
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot sweep %s: %s", sweep.dir,
               nf_error_text(err));
    }
    nf_cell_bytes(sweep.bytes, size, sizeof(size));
    printf("%s %llu files, %s\n", is_dry ? "would remove" : "removed",
           (unsigned long long) sweep.count, size);
    return close_files(files, err == NF_OK);
}

int
nf_command_files_check(int argc, char **argv)
{
    char after[NF_FILE_PATH] = "";
    unsigned long long good = 0, bad = 0;
    struct nf_file file;
    nf_error_t err;
    struct nf_files *files = nf_files_open();

    (void) argc, (void) argv;
    if (files == NULL) {
        return NF_EXIT_FAILED;
    }
    while (next(files, NF_TEXT(""), after, &file, &err)) {
        const char *why = find_damage(files, &file);
        if (why != NULL) {
            nf_log(NF_LOG_ERR, "%s: its content %s %s", file.path, file.sha256,
                   why);
        }
        good += why == NULL;
        bad += why != NULL;
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "the check ended early: %s", nf_error_text(err));
    }
    printf("%llu files are intact, %llu are not\n", good, bad);
    return close_files(files, err == NF_OK && bad == 0);
}
