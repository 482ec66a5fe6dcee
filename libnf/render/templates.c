#include "render/templates.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/own.h"
#include "render/view.h"

enum {
    PARTIALS_MAX = 32,
    NAME_MAX_BYTES = 64,
    PATH_BYTES = 512,
    PLACE_BYTES = NF_SETTING_MAX + 32,
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
    const struct nf_own *own;
    const char *own_place; /* where they are from */
    struct nf_fault *fault;
};

static const char *const files[] = {
#define X(id, file) [NF_TEMPLATE_##id] = file,
    NF_TEMPLATES(X)
#undef X
};

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

static nf_error_t
load_shipped(const struct load *load, const char *name,
             nf_template_t **template)
{
    char path[PATH_BYTES], *buffer = malloc(NF_TEMPLATE_MAX + 1);
    size_t len = 0;

    if (buffer == NULL) {
        return NF_NO_MEMORY;
    }
    snprintf(path, sizeof(path), "%s/%s", load->shipped_dir, name);
    int failed = nf_own_read_file(path, buffer, &len);
    nf_error_t err = failed
                         ? refuse_file(load, name, load->shipped_dir, failed)
                         : parse_file(load, name, load->shipped_dir,
                                      (struct nf_text){buffer, len}, template);
    free(buffer);
    return err;
}

/* The operator's if there is one, else the shipped one. */
static nf_error_t
load_one(const struct load *load, const char *name, nf_template_t **template)
{
    struct nf_text source;

    return nf_own_find(load->own, name, &source)
               ? parse_file(load, name, load->own_place, source, template)
               : load_shipped(load, name, template);
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

/* Those of the operator's that replace none of ours. */
static nf_error_t
load_own_partials(const struct load *load)
{
    struct nf_text name, source;
    char file[NAME_MAX_BYTES + 16];
    nf_error_t err = NF_OK;
    size_t at = 0;

    while (!err && nf_own_next(load->own, &at, &name, &source)) {
        if (nf_text_starts(name, NF_TEXT("partials/"))) {
            err = nf_text_copy(file, sizeof(file), name)
                      ? load_partial(load, strchr(file, '/') + 1)
                      : nf_refuse(load->fault, "partials",
                                  "a file name is too long");
        }
    }
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

    if (!err) {
        err = load_own_partials(load);
    }
    for (size_t i = 0; i < NF_TEMPLATE_IDS && !err; i++) {
        err = load_one(load, files[i], &load->templates->shown[i]);
    }
    return err ? err : link_all(load);
}

/* place names where own is from. */
static nf_error_t
load_with(nf_templates_t **templates, const char *shipped_dir,
          const struct nf_own *own, const char *place, struct nf_fault *fault)
{
    struct load load = {.templates = calloc(1, sizeof(**templates)),
                        .shipped_dir = shipped_dir,
                        .own = own,
                        .own_place = place,
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

/* *own is what was loaded; the caller frees it. */
static nf_error_t
load_from(nf_templates_t **templates, const char *shipped_dir,
          const char *override_dir, struct nf_own *own, struct nf_fault *fault)
{
    nf_error_t err = nf_own_read(own, override_dir, files,
                                 sizeof(files) / sizeof(files[0]), fault);

    return err ? err
               : load_with(templates, shipped_dir, own, override_dir, fault);
}

nf_error_t
nf_templates_load(nf_templates_t **templates, const char *shipped_dir,
                  const char *override_dir, struct nf_fault *fault)
{
    struct nf_own own;
    nf_error_t err =
        load_from(templates, shipped_dir, override_dir, &own, fault);

    nf_own_free(&own);
    return err;
}

/* --- those that had no fault ------------------------------------------------
 */

static void
find_places(const struct nf_settings *s, char shipped[static PLACE_BYTES],
            char kept[static PLACE_BYTES])
{
    snprintf(shipped, PLACE_BYTES, "%s/templates", s->share_dir);
    snprintf(kept, PLACE_BYTES, "%s-templates", s->db_path);
}

nf_error_t
nf_templates_open(nf_templates_t **templates,
                  const struct nf_settings *settings, struct nf_fault *fault)
{
    char shipped[PLACE_BYTES], place[PLACE_BYTES];
    struct nf_fault again;
    struct nf_own kept;

    find_places(settings, shipped, place);
    *fault = (struct nf_fault){0};
    nf_error_t err =
        nf_templates_load(templates, shipped, settings->templates_dir, fault);
    if (err != NF_INVALID) {
        return err;
    }
    if (nf_own_load(&kept, place)
        && load_with(templates, shipped, &kept, place, &again) == NF_OK)
    {
        err = NF_OK;
    }
    nf_own_free(&kept);
    return err;
}

nf_error_t
nf_templates_keep(const struct nf_settings *settings, struct nf_fault *fault)
{
    char shipped[PLACE_BYTES], place[PLACE_BYTES];
    nf_templates_t *templates = NULL;
    struct nf_own own;

    find_places(settings, shipped, place);
    *fault = (struct nf_fault){0};
    nf_error_t err =
        load_from(&templates, shipped, settings->templates_dir, &own, fault);
    if (err == NF_OK && !nf_own_save(&own, place)) {
        err = NF_IO;
    }
    nf_own_free(&own);
    nf_templates_free(templates);
    return err;
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
