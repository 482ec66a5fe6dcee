#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 1024,
    TEXT_MAX = 4096,
    NAMES_MAX = 4096,
};

static bool
path_make(const struct nf_tree *tree, char path[PATH_SIZE], const char *format,
          va_list args)
{
    int root = snprintf(path, PATH_SIZE, "%s/", tree->root);

    if (root < 0 || root >= PATH_SIZE) {
        return false;
    }
    size_t room = (size_t) (PATH_SIZE - root);
    int n = vsnprintf(path + root, room, format, args);
    return n >= 0 && (size_t) n < room;
}

/* A pipe in a captured tree would block, a device might do anything. */
static int
file_open(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static ssize_t
file_read(const char *path, void *bytes, size_t size)
{
    size_t n = 0;
    ssize_t got = 0;
    int fd = file_open(path);

    if (fd < 0) {
        return -1;
    }
    while (n < size && (got = read(fd, (char *) bytes + n, size - n)) > 0) {
        n += (size_t) got;
    }
    close(fd);
    return got < 0 ? -1 : (ssize_t) n;
}

ssize_t
nf_tree_bytes(const struct nf_tree *tree, void *bytes, size_t size,
              const char *path, ...)
{
    char full[PATH_SIZE];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    return is_made ? file_read(full, bytes, size) : -1;
}

bool
nf_tree_label(const struct nf_tree *tree, char label[static NF_LABEL_SIZE],
              const char *path, ...)
{
    char full[PATH_SIZE];
    char text[TEXT_MAX];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    ssize_t len = is_made ? file_read(full, text, sizeof text) : -1;
    nf_label_clean(text, len > 0 ? (size_t) len : 0, label);
    return label[0] != '\0';
}

int64_t
nf_tree_number(const struct nf_tree *tree, int64_t fallback, const char *path,
               ...)
{
    char full[PATH_SIZE];
    char text[64];
    char *end;
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    ssize_t len = is_made ? file_read(full, text, sizeof text - 1) : -1;
    if (len <= 0) {
        return fallback;
    }
    text[len] = '\0';
    bool is_hex = strncmp(text, "0x", 2) == 0;
    long long number = strtoll(text, &end, is_hex ? 16 : 10);
    return end != text && (*end == '\n' || *end == '\0') ? number : fallback;
}

FILE *
nf_tree_open(const struct nf_tree *tree, const char *path)
{
    char full[PATH_SIZE];
    int n = snprintf(full, sizeof full, "%s/%s", tree->root, path);
    int fd = n > 0 && (size_t) n < sizeof full ? file_open(full) : -1;
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

    if (file == NULL && fd >= 0) {
        close(fd);
    }
    return file;
}

bool
nf_tree_has(const struct nf_tree *tree, const char *path, ...)
{
    char full[PATH_SIZE];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    return is_made && access(full, F_OK) == 0;
}

bool
nf_tree_link(const struct nf_tree *tree, char name[static NF_LABEL_SIZE],
             const char *path, ...)
{
    char full[PATH_SIZE];
    char target[PATH_SIZE];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    ssize_t len = is_made ? readlink(full, target, sizeof target - 1) : -1;
    target[len > 0 ? len : 0] = '\0';
    const char *last = strrchr(target, '/');
    last = last != NULL ? last + 1 : target;
    nf_label_clean(last, strlen(last), name);
    return name[0] != '\0';
}

bool
nf_tree_real(const struct nf_tree *tree, char *real, size_t size,
             const char *path, ...)
{
    char full[PATH_SIZE];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    char *found = is_made ? realpath(full, NULL) : NULL;
    bool does_fit = found != NULL && strlen(found) < size;
    if (does_fit) {
        snprintf(real, size, "%s", found);
    }
    free(found);
    return does_fit;
}

/* By letters, and where both have digits by the number they make. */
static int
names_compare(const void *left, const void *right)
{
    const char *a = *(char *const *) left, *b = *(char *const *) right;

    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char) *a) && isdigit((unsigned char) *b)) {
            char *a_end, *b_end;
            unsigned long long x = strtoull(a, &a_end, 10);
            unsigned long long y = strtoull(b, &b_end, 10);
            if (x != y) {
                return x < y ? -1 : 1;
            }
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            break;
        } else {
            a++;
            b++;
        }
    }
    return (unsigned char) *a - (unsigned char) *b;
}

static bool
names_add(struct nf_names *names, const char *name)
{
    char *copy = strdup(name);

    if (copy != NULL) {
        names->names[names->n++] = copy;
    }
    return copy != NULL;
}

struct nf_names
nf_tree_list(const struct nf_tree *tree, const char *path, ...)
{
    struct nf_names names = {0};
    char full[PATH_SIZE];
    va_list args;

    va_start(args, path);
    bool is_made = path_make(tree, full, path, args);
    va_end(args);
    DIR *dir = is_made ? opendir(full) : NULL;
    if (dir == NULL) {
        return names;
    }
    names.names = calloc(NAMES_MAX, sizeof *names.names);
    for (struct dirent *e; names.names != NULL && names.n < NAMES_MAX
                           && (e = readdir(dir)) != NULL;)
    {
        if (e->d_name[0] != '.' && !names_add(&names, e->d_name)) {
            break;
        }
    }
    closedir(dir);
    if (names.n > 0) {
        qsort(names.names, names.n, sizeof *names.names, names_compare);
    }
    return names;
}

void
nf_names_free(struct nf_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->names[i]);
    }
    free(names->names);
    *names = (struct nf_names){0};
}
