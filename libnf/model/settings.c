#include "model/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "model/setting_check.h"

#define DEFAULT_PATH "/etc/nodefoundry/nodefoundry.conf"

enum {
    FILE_MAX = 256 * 1024
};

extern char **environ;

static const struct place {
    const char *name;
    const char *fallback;
    size_t offset;
    enum nf_setting_kind kind;
} places[] = {
#define X(member, name, fallback, check, text)                                 \
    {name, fallback, offsetof(struct nf_settings, member), NF_SETTING_##check},
    NF_SETTINGS(X)
#undef X
};

enum {
    PLACES = sizeof(places) / sizeof(places[0])
};

const struct nf_setting_row nf_setting_rows[] = {
#define X(member, name, fallback, check, text) {name, fallback, text},
    NF_SETTINGS(X)
#undef X
        {0},
};

static const struct place *
place_find(const char *name)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (strcmp(places[i].name, name) == 0) {
            return &places[i];
        }
    }
    return NULL;
}

void
nf_settings_default(struct nf_settings *settings)
{
    memset(settings, 0, sizeof(*settings));
    for (size_t i = 0; i < PLACES; i++) {
        (void) nf_text_copy((char *) settings + places[i].offset,
                            NF_SETTING_MAX, nf_text(places[i].fallback));
    }
}

nf_error_t
nf_settings_set(struct nf_settings *settings, const char *name,
                struct nf_text value, struct nf_fault *fault)
{
    const struct place *place = place_find(name);

    if (place == NULL) {
        (void) nf_refuse(fault, "", "no such setting");
        return NF_NOT_FOUND;
    }
    const char *must = nf_setting_misfit(place->kind, value);
    if (must != NULL) {
        return nf_refuse(fault, name, "must be %s", must);
    }
    char *to = (char *) settings + place->offset;
    if (!nf_text_copy(to, NF_SETTING_MAX, value)) {
        return nf_refuse(fault, name, "must be shorter than %d bytes",
                         NF_SETTING_MAX);
    }
    return NF_OK;
}

const char *
nf_settings_get(const struct nf_settings *settings, const char *name)
{
    const struct place *place = place_find(name);

    return place == NULL ? NULL : (const char *) settings + place->offset;
}

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && strchr(" \t\r", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\r", text.data[text.len - 1]) != NULL) {
        text.len--;
    }
    return text;
}

static struct nf_text
unquote(struct nf_text text)
{
    char first = text.len >= 2 ? text.data[0] : '\0';

    if ((first == '"' || first == '\'') && text.data[text.len - 1] == first) {
        text.data++;
        text.len -= 2;
    }
    return text;
}

/* What a misspelt name may have meant, as the end of a sentence. */
static const char *
nearest_setting(const char *name, char words[static 96])
{
    struct nf_nearest nearest = {.typed = nf_text(name)};

    for (size_t i = 0; i < PLACES; i++) {
        nf_nearest_look(&nearest, places[i].name);
    }
    words[0] = '\0';
    if (nearest.word != NULL) {
        snprintf(words, 96, "; did you mean %s?", nearest.word);
    }
    return words;
}

/* A misspelt NF_ name is a fault; other programs' names may stand here. */
static nf_error_t
line_read(struct nf_settings *settings, struct nf_text line, unsigned number,
          struct nf_fault *fault)
{
    char where[32], key[64], words[96];
    struct nf_text value = trim(line);
    bool is_empty = value.len == 0 || value.data[0] == '#';
    bool has_mark = value.len > 0 && memchr(value.data, '=', value.len) != NULL;
    struct nf_text name = trim(nf_text_cut(&value, '='));

    if (is_empty) {
        return NF_OK;
    }
    snprintf(where, sizeof(where), "line %u", number);
    if (!has_mark || !nf_text_copy(key, sizeof(key), name) || name.len == 0) {
        return nf_refuse(fault, where, "must be NAME=value");
    }
    if (strncmp(key, "NF_", 3) != 0 || strcmp(key, "NF_CONFIG") == 0) {
        return NF_OK;
    }
    nf_error_t err =
        nf_settings_set(settings, key, unquote(trim(value)), fault);
    if (err == NF_NOT_FOUND) {
        nf_text_scrub(key);
        return nf_refuse(fault, where, "unknown setting %s%s", key,
                         nearest_setting(key, words));
    }
    return err;
}

static nf_error_t
text_read(struct nf_settings *settings, struct nf_text text,
          struct nf_fault *fault)
{
    unsigned number = 0;

    while (text.len > 0) {
        struct nf_text line = nf_text_cut(&text, '\n');
        nf_error_t err = line_read(settings, line, ++number, fault);
        if (err != NF_OK) {
            return err;
        }
    }
    return NF_OK;
}

static nf_error_t
file_load(const char *path, char *data, size_t *len, struct nf_fault *fault)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        bool is_missing = errno == ENOENT;
        (void) nf_refuse(fault, "NF_CONFIG", "cannot open %s: %s", path,
                         strerror(errno));
        return is_missing ? NF_NOT_FOUND : NF_IO;
    }
    *len = fread(data, 1, FILE_MAX, file);
    bool is_bad = ferror(file) != 0;
    fclose(file);
    if (is_bad) {
        (void) nf_refuse(fault, "NF_CONFIG", "cannot read the file");
        return NF_IO;
    }
    if (*len == FILE_MAX) {
        return nf_refuse(fault, "NF_CONFIG", "the file is too large");
    }
    return NF_OK;
}

nf_error_t
nf_settings_read(struct nf_settings *settings, const char *path,
                 struct nf_fault *fault)
{
    char *data = malloc(FILE_MAX);
    struct nf_settings *next = malloc(sizeof(*next));
    nf_error_t err = NF_NO_MEMORY;
    size_t len = 0;

    if (data != NULL && next != NULL) {
        *next = *settings;
        err = file_load(path, data, &len, fault);
    }
    if (err == NF_OK) {
        err = text_read(next, (struct nf_text){data, len}, fault);
    }
    if (err == NF_OK) {
        *settings = *next;
    }
    free(next);
    free(data);
    return err;
}

/* Variables that begin like a setting and are none. */
static bool
is_no_setting(struct nf_text name)
{
    return !nf_text_starts(name, NF_TEXT("NF_"))
           || nf_text_starts(name, NF_TEXT("NF_TEST_"))
           || nf_text_equal(name, NF_TEXT("NF_CONFIG"))
           || nf_text_equal(name, NF_TEXT("NF_API"));
}

static nf_error_t
environment_read(struct nf_settings *settings, struct nf_fault *fault)
{
    for (char **each = environ; each != NULL && *each != NULL; each++) {
        char key[40], words[96];
        struct nf_text value = nf_text(*each);
        struct nf_text name = nf_text_cut(&value, '=');

        if (is_no_setting(name)) {
            continue;
        }
        nf_text_copy_words(key, sizeof(key), name);
        nf_error_t err = nf_settings_set(settings, key, value, fault);
        if (err == NF_NOT_FOUND) {
            return nf_refuse(fault, key,
                             "in the environment is not a setting%s",
                             nearest_setting(key, words));
        }
        if (err != NF_OK) {
            return err;
        }
    }
    return NF_OK;
}

nf_error_t
nf_settings_load(struct nf_settings *settings, struct nf_fault *fault)
{
    const char *path = getenv("NF_CONFIG");
    bool is_named = path != NULL && path[0] != '\0';

    nf_settings_default(settings);
    nf_error_t err =
        nf_settings_read(settings, is_named ? path : DEFAULT_PATH, fault);
    if (err != NF_OK && (is_named || err != NF_NOT_FOUND)) {
        return err;
    }
    return environment_read(settings, fault);
}

int64_t
nf_setting_number(const char *value)
{
    return strtoll(value, NULL, 10);
}

const char *
nf_setting_localboot(const struct nf_settings *settings)
{
    const char *value = settings->pxelinux_localboot;

    return strcmp(value, "ipxe") == 0 ? "" : value;
}

bool
nf_setting_is_on(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "1") == 0
           || strcmp(value, "true") == 0;
}

void
nf_run_path(const struct nf_settings *settings, const char *name,
            char path[static NF_RUN_PATH])
{
    snprintf(path, NF_RUN_PATH, "%s/%s", settings->run_dir, name);
}
