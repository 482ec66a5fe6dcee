#include "render/templates.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/view.h"

enum {
    PARTIALS_MAX = 32,
    NAME_MAX_BYTES = 64,
    PATH_BYTES = 512,
};

struct partial {
    char name[NAME_MAX_BYTES]; /* "partials/again.ipxe" */
    nf_template_t *template;
};

struct nf_templates {
    nf_template_t *shown[NF_TEMPLATE_IDS];
    struct partial partials[PARTIALS_MAX];
    size_t partials_n;
};

/* What a load works on. */
struct load {
    struct nf_templates *templates;
    const char *shipped_dir;
    const char *override_dir; /* NULL: none */
    struct nf_fault *fault;
};

static const char *const files[] = {
#define X(id, file) [NF_TEMPLATE_##id] = file,
    NF_TEMPLATES(X)
#undef X
};

/* The whole file into buffer; *len is NF_TEMPLATE_MAX + 1 for a longer one. */
static int
read_all(int fd, char *buffer, size_t *len)
{
    size_t n = 0;

    while (n <= NF_TEMPLATE_MAX) {
        ssize_t got = read(fd, buffer + n, NF_TEMPLATE_MAX + 1 - n);
        if (got < 0) {
            return errno;
        }
        if (got == 0) {
            break;
        }
        n += (size_t) got;
    }
    *len = n;
    return 0;
}

/* 0 or an errno; only regular files, so that no pipe holds us up. */
static int
read_file(const char *path, char *buffer, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return errno;
    }
    int err = fstat(fd, &st) != 0    ? errno
              : !S_ISREG(st.st_mode) ? EINVAL
                                     : read_all(fd, buffer, len);
    close(fd);
    return err;
}

static nf_error_t
refuse_file(const struct load *load, const char *name, const char *dir,
            int failed)
{
    (void) nf_refuse(load->fault, name, "cannot read it in %s: %s", dir,
                     strerror(failed));
    return failed == ENOMEM ? NF_NO_MEMORY : NF_INVALID;
}

/* Firmware runs whatever does not begin so as a raw program, and hangs. */
static nf_error_t
check_start(const char *name, struct nf_text source, struct nf_fault *fault)
{
    if (nf_text_starts(nf_text(name), NF_TEXT("boot/"))
        && !nf_text_starts(source, NF_TEXT("#!ipxe\n")))
    {
        return nf_refuse(fault, name, "line 1: must be #!ipxe");
    }
    return NF_OK;
}

static nf_error_t
parse_file(const struct load *load, const char *name, const char *dir,
           struct nf_text source, nf_template_t **template)
{
    char why[sizeof(load->fault->reason)];
    nf_error_t err = check_start(name, source, load->fault);

    if (!err) {
        err = nf_template_new(template, name, source, NF_ESCAPE_NONE,
                              load->fault);
    }
    if (err == NF_INVALID) {
        memcpy(why, load->fault->reason, sizeof(why));
        return nf_refuse(load->fault, name, "%s (in %s)", why, dir);
    }
    return err;
}

/* From the override directory if it is there, else the shipped one. */
static nf_error_t
load_one(const struct load *load, const char *name, nf_template_t **template)
{
    char path[PATH_BYTES], *buffer = malloc(NF_TEMPLATE_MAX + 1);
    const char *dir = load->override_dir;
    size_t len = 0;
    int failed = ENOENT;

    if (buffer == NULL) {
        return NF_NO_MEMORY;
    }
    if (dir != NULL) {
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        failed = read_file(path, buffer, &len);
    }
    if (failed == ENOENT) {
        dir = load->shipped_dir;
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        failed = read_file(path, buffer, &len);
    }
    nf_error_t err = failed
                         ? refuse_file(load, name, dir, failed)
                         : parse_file(load, name, dir,
                                      (struct nf_text){buffer, len}, template);
    free(buffer);
    return err;
}

static struct partial *
partial_of(const struct nf_templates *templates, struct nf_text name)
{
    for (size_t i = 0; i < templates->partials_n; i++) {
        const struct partial *partial = &templates->partials[i];
        if (nf_text_equal(nf_text(strchr(partial->name, '/') + 1), name)) {
            return (struct partial *) partial;
        }
    }
    return NULL;
}

static const nf_template_t *
find_partial(const void *set, struct nf_text name)
{
    const struct partial *partial = partial_of(set, name);

    return partial ? partial->template : NULL;
}

static nf_error_t
load_partial(const struct load *load, const char *file)
{
    struct nf_templates *t = load->templates;

    if (file[0] == '.' || partial_of(t, nf_text(file)) != NULL) {
        return NF_OK;
    }
    if (t->partials_n == PARTIALS_MAX) {
        return nf_refuse(load->fault, "partials", "more than %d", PARTIALS_MAX);
    }
    struct partial *partial = &t->partials[t->partials_n];
    int n = snprintf(partial->name, sizeof(partial->name), "partials/%s", file);
    if (n >= (int) sizeof(partial->name)) {
        return nf_refuse(load->fault, "partials", "a file name is too long");
    }
    nf_error_t err = load_one(load, partial->name, &partial->template);
    t->partials_n += err == NF_OK;
    return err;
}

/* Every file of DIR/partials; a directory that is not there has none. */
static nf_error_t
load_partials(const struct load *load, const char *dir)
{
    char path[PATH_BYTES];
    nf_error_t err = NF_OK;
    const struct dirent *entry;

    snprintf(path, sizeof(path), "%s/partials", dir);
    DIR *partials = opendir(path);
    if (partials == NULL) {
        return errno == ENOENT ? NF_OK
                               : refuse_file(load, "partials", dir, errno);
    }
    while (!err && (entry = readdir(partials)) != NULL) {
        err = load_partial(load, entry->d_name);
    }
    closedir(partials);
    return err;
}

static nf_error_t
link_one(const struct load *load, const char *name, nf_template_t *template)
{
    nf_error_t err = nf_template_link(template, find_partial, load->templates,
                                      name, load->fault);

    return err == NF_NOT_FOUND ? NF_INVALID : err;
}

/* Behind linking, since it follows the partials. */
static nf_error_t
check_all(const struct load *load)
{
    struct nf_templates *t = load->templates;
    nf_error_t err = NF_OK;

    for (size_t i = 0; i < t->partials_n && !err; i++) {
        err = nf_template_check(t->partials[i].template, nf_view_find,
                                t->partials[i].name, load->fault);
    }
    for (size_t i = 0; i < NF_TEMPLATE_IDS && !err; i++) {
        err =
            nf_template_check(t->shown[i], nf_view_find, files[i], load->fault);
    }
    return err;
}

static nf_error_t
link_all(const struct load *load)
{
    struct nf_templates *t = load->templates;
    nf_error_t err = NF_OK;

    for (size_t i = 0; i < NF_TEMPLATE_IDS && !err; i++) {
        err = link_one(load, files[i], t->shown[i]);
    }
    for (size_t i = 0; i < t->partials_n && !err; i++) {
        err = link_one(load, t->partials[i].name, t->partials[i].template);
    }
    return err ? err : check_all(load);
}

static nf_error_t
load_all(const struct load *load)
{
    nf_error_t err = load_partials(load, load->shipped_dir);

    if (!err && load->override_dir != NULL) {
        err = load_partials(load, load->override_dir);
    }
    for (size_t i = 0; i < NF_TEMPLATE_IDS && !err; i++) {
        err = load_one(load, files[i], &load->templates->shown[i]);
    }
    return err ? err : link_all(load);
}

nf_error_t
nf_templates_load(nf_templates_t **templates, const char *shipped_dir,
                  const char *override_dir, struct nf_fault *fault)
{
    struct load load = {.templates = calloc(1, sizeof(**templates)),
                        .shipped_dir = shipped_dir,
                        .override_dir = override_dir,
                        .fault = fault};

    if (load.templates == NULL) {
        return NF_NO_MEMORY;
    }
    nf_error_t err = load_all(&load);
    if (err) {
        nf_templates_free(load.templates);
        return err;
    }
    *templates = load.templates;
    return NF_OK;
}

void
nf_templates_free(nf_templates_t *templates)
{
    if (templates == NULL) {
        return;
    }
    for (size_t i = 0; i < NF_TEMPLATE_IDS; i++) {
        nf_template_free(templates->shown[i]);
    }
    for (size_t i = 0; i < templates->partials_n; i++) {
        nf_template_free(templates->partials[i].template);
    }
    free(templates);
}

nf_error_t
nf_templates_parse(const nf_templates_t *templates, const char *field,
                   struct nf_text source, nf_template_t **template,
                   struct nf_fault *fault)
{
    nf_template_t *parsed = NULL;
    nf_error_t err =
        nf_template_new(&parsed, field, source, NF_ESCAPE_NONE, fault);

    if (!err) {
        err = nf_template_link(parsed, find_partial, templates, field, fault);
    }
    if (!err) {
        err = nf_template_check(parsed, nf_view_find, field, fault);
    }
    if (err) {
        nf_template_free(parsed);
        return err == NF_NOT_FOUND ? NF_INVALID : err;
    }
    *template = parsed;
    return NF_OK;
}

const nf_template_t *
nf_templates_get(const nf_templates_t *templates, enum nf_template_id id)
{
    return templates->shown[id];
}
