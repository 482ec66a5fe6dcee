#include "place.h"

#include "base/text.h"
#include "process.h"
#include "root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_SIZE = 256,
    LOCALEDEF_S = 300, /* a slow machine takes half a minute for some */
};

struct system {
    const struct nf_place *place;
    int root;
    const char *directory;
    char *fault;
    size_t size;
};

/* --- what the order says --------------------------------------------------
 */

/* clang-format off */
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
/* clang-format on */

static bool
word_read(const json_t *order, const char *name, const char *allowed, char *out,
          size_t size)
{
    const json_t *member = json_object_get(order, name);
    const char *text = json_string_value(member);

    out[0] = '\0';
    return member == NULL || json_is_null(member)
           || (text != NULL && nf_text_copy(out, size, nf_text(text))
               && strspn(out, allowed) == strlen(out) && out[0] != '/'
               && out[0] != '-');
}

const char *
nf_place_read(const json_t *order, struct nf_place *place)
{
    if (!word_read(order, "time_zone", ALNUM "_+-/", place->zone,
                   sizeof place->zone))
    {
        return "time_zone";
    }
    if (!word_read(order, "locale", ALNUM "_.@-", place->locale,
                   sizeof place->locale))
    {
        return "locale";
    }
    return word_read(order, "keyboard", ALNUM "_-", place->keyboard,
                     sizeof place->keyboard)
               ? NULL
               : "keyboard";
}

/* --- files ----------------------------------------------------------------
 */

static bool
write_fails(const struct system *system, const char *path)
{
    snprintf(system->fault, system->size,
             "cannot write %s of the new system: %s", path, strerror(errno));
    return false;
}

static bool
text_write(const struct system *system, const char *path, const char *text)
{
    return nf_root_write(system->root, path, 0644, text, strlen(text))
           || write_fails(system, path);
}

static bool
is_debian(const struct system *system)
{
    return nf_root_has(system->root, "/etc/debian_version");
}

/* --- time zone ------------------------------------------------------------
 */

static bool
zone_write(const struct system *system)
{
    const char *zone = system->place->zone;
    char path[NF_ZONE_SIZE + 32];
    char line[NF_ZONE_SIZE + 2];

    if (zone[0] == '\0') {
        return true;
    }
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    /* without a link to a zone a system lives in UTC */
    if (!nf_root_has(system->root, path) && strcmp(zone, "Etc/UTC") == 0) {
        return nf_root_remove(system->root, "/etc/localtime")
               || write_fails(system, "/etc/localtime");
    }
    if (!nf_root_has(system->root, path)) {
        snprintf(system->fault, system->size,
                 "the new system has no time zone %s", zone);
        return false;
    }
    snprintf(line, sizeof line, "%s\n", zone);
    return (nf_root_link(system->root, "/etc/localtime", path)
            || write_fails(system, "/etc/localtime"))
           && text_write(system, "/etc/timezone", line);
}

/* --- language -------------------------------------------------------------
 *
 * de_DE.UTF-8@euro: a language, its character set, a variant.  A compiled
 * locale lies below /usr/lib/locale, or with others in one archive, where it
 * cannot be seen; localedef makes it anew from /usr/share/i18n.
 */

struct locale {
    char source[NF_LOCALE_SIZE];     /* de_DE@euro */
    char folder[NF_LOCALE_SIZE * 4]; /* de_DE.utf8@euro */
    char charset[NF_LOCALE_SIZE];    /* UTF-8; "" when the name tells none */
};

static bool
is_built_in(const char *name)
{
    static const char *const names[] = {"C", "POSIX", "C.UTF-8"};
    bool is_one = false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        is_one = is_one || strcmp(name, names[i]) == 0;
    }
    return is_one;
}

static void
charset_fold(const char *charset, char out[NF_LOCALE_SIZE])
{
    size_t len = 0;

    for (; *charset != '\0' && len < NF_LOCALE_SIZE - 1; charset++) {
        if (*charset >= 'A' && *charset <= 'Z') {
            out[len++] = (char) (*charset - 'A' + 'a');
        } else if (*charset != '-') {
            out[len++] = *charset;
        }
    }
    out[len] = '\0';
}

static void
locale_split(const char *name, struct locale *locale)
{
    size_t language = strcspn(name, ".@");
    const char *variant = name + strcspn(name, "@");
    char folded[NF_LOCALE_SIZE];

    *locale = (struct locale){0};
    if (name[language] == '.') {
        const char *charset = name + language + 1;
        (void) nf_text_copy(
            locale->charset, sizeof locale->charset,
            (struct nf_text){charset, (size_t) (variant - charset)});
    }
    charset_fold(locale->charset, folded);
    snprintf(locale->source, sizeof locale->source, "%.*s%s", (int) language,
             name, variant);
    snprintf(locale->folder, sizeof locale->folder, "%.*s%s%s%s",
             (int) language, name, folded[0] != '\0' ? "." : "", folded,
             variant);
}

/* What the system's list says of a name without a character set. */
static void
charset_look_up(const struct system *system, struct locale *locale)
{
    char *list = nf_root_read(system->root, "/usr/share/i18n/SUPPORTED");
    size_t len = strlen(system->place->locale);

    for (char *line = list; line != NULL && locale->charset[0] == '\0';) {
        if (strncmp(line, system->place->locale, len) == 0 && line[len] == ' ')
        {
            (void) sscanf(line + len, " %47[A-Z0-9-]", locale->charset);
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    free(list);
}

/* Debian makes those of this list anew when its C library changes. */
static bool
locale_list(const struct system *system, const struct locale *locale)
{
    char *list = nf_root_read(system->root, "/etc/locale.gen");
    char line[LINE_SIZE];

    if (list == NULL) {
        return true;
    }
    snprintf(line, sizeof line, "\n%s %s\n", system->place->locale,
             locale->charset);
    bool is_there = strncmp(list, line + 1, strlen(line + 1)) == 0
                    || strstr(list, line) != NULL;
    size_t size = strlen(list) + sizeof line;
    char *more = malloc(size);
    if (more != NULL) {
        snprintf(more, size, "%s%s", list, line + (list[0] == '\0' ? 1 : 0));
    }
    bool is_done =
        is_there
        || (more != NULL && text_write(system, "/etc/locale.gen", more));
    free(more);
    free(list);
    return is_done;
}

static bool
locale_make(const struct system *system, struct locale *locale)
{
    char path[LINE_SIZE];

    snprintf(path, sizeof path, "/usr/share/i18n/locales/%s", locale->source);
    charset_look_up(system, locale);
    if (locale->charset[0] == '\0' || !nf_root_has(system->root, path)
        || !nf_process_exists(system->directory, "localedef"))
    {
        snprintf(system->fault, system->size,
                 "the new system has no locale %s, and no source to generate "
                 "it from",
                 system->place->locale);
        return false;
    }
    const struct nf_process localedef = {
        .argv =
            (const char *const[]){"localedef", "-i", locale->source, "-f",
                                  locale->charset, system->place->locale, NULL},
        .root = system->directory,
        .limit_s = LOCALEDEF_S,
        .fine = 1u << 1, /* it warned */
    };
    return nf_process_run(&localedef, system->fault, system->size)
           && locale_list(system, locale);
}

static bool
locale_find(const struct system *system)
{
    struct locale locale;
    char path[LINE_SIZE];

    if (is_built_in(system->place->locale)) {
        return true;
    }
    locale_split(system->place->locale, &locale);
    snprintf(path, sizeof path, "/usr/lib/locale/%s", locale.folder);
    return nf_root_has(system->root, path) || locale_make(system, &locale);
}

/* systemd reads one of them, Debian's logins the other. */
static bool
locale_write(const struct system *system)
{
    char line[LINE_SIZE];

    if (system->place->locale[0] == '\0') {
        return true;
    }
    snprintf(line, sizeof line, "LANG=%s\n", system->place->locale);
    return locale_find(system) && text_write(system, "/etc/locale.conf", line)
           && (!is_debian(system)
               || text_write(system, "/etc/default/locale", line));
}

/* --- keyboard -------------------------------------------------------------
 */

static bool
keyboard_write(const struct system *system)
{
    const char *layout = system->place->keyboard;
    char text[LINE_SIZE * 2];

    if (layout[0] == '\0') {
        return true;
    }
    if (is_debian(system)) {
        snprintf(text, sizeof text,
                 "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"%s\"\nXKBVARIANT=\"\"\n"
                 "XKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n",
                 layout);
        return text_write(system, "/etc/default/keyboard", text);
    }
    snprintf(text, sizeof text, "KEYMAP=%s\nXKBLAYOUT=%s\n", layout, layout);
    return text_write(system, "/etc/vconsole.conf", text);
}

bool
nf_place_write(const struct nf_place *place, int root, const char *directory,
               char *fault, size_t size)
{
    const struct system system = {.place = place,
                                  .root = root,
                                  .directory = directory,
                                  .fault = fault,
                                  .size = size};

    return zone_write(&system) && locale_write(&system)
           && keyboard_write(&system);
}
