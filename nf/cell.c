#include "cell.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/address.h"
#include "base/time.h"
#include "terminal.h"

enum {
    TIME_SHORTEST = sizeof("2026-11-21T15:10:55Z") - 1,
};

static const json_t *
find(const json_t *object, const char *path)
{
    char name[64];

    if (path[0] == '\0') {
        return NULL;
    }
    while (object != NULL && path[0] != '\0') {
        size_t n = strcspn(path, ".");
        snprintf(name, sizeof(name), "%.*s", (int) n, path);
        object = json_object_get(object, name);
        path += path[n] == '.' ? n + 1 : n;
    }
    return object;
}

void
nf_cell_mac(const char *from, char *text, size_t size)
{
    char colons[NF_MAC_COLONS];
    nf_mac_t mac;

    if (from != NULL && nf_mac_parse(nf_text(from), &mac)) {
        nf_mac_format_divided(mac, ':', colons);
        from = colons;
    }
    nf_terminal_copy(text, size, from);
}

static bool
is_today(const struct tm *then)
{
    struct tm now;
    time_t t = time(NULL);

    return localtime_r(&t, &now) != NULL && now.tm_year == then->tm_year
           && now.tm_yday == then->tm_yday;
}

void
nf_cell_when(const char *from, enum nf_cell_form form, char *text, size_t size)
{
    nf_time_t at;
    struct tm then;

    text[0] = '\0';
    if (from == NULL || !nf_time_parse(nf_text(from), &at)) {
        return;
    }
    time_t seconds = (time_t) (at / 1000);
    if (localtime_r(&seconds, &then) == NULL) {
        return;
    }
    size_t n = is_today(&then) ? strftime(text, size, "%H:%M:%S", &then)
               : form == NF_CELL_SHORT
                   ? strftime(text, size, "%Y-%m-%d", &then)
                   : strftime(text, size, "%Y-%m-%d %H:%M:%S", &then);
    text[n] = '\0';
}

/* How long the time is that a sentence has here; 0: there is none. */
static size_t
time_at(const char *text)
{
    nf_time_t time;
    size_t n = strspn(text, "0123456789-:.TZ+");

    for (; n >= TIME_SHORTEST; n--) {
        if (nf_time_parse((struct nf_text){text, n}, &time)) {
            return n;
        }
    }
    return 0;
}

/* The same of a MAC as keys spell it: it is a word of its own. */
static size_t
mac_at(const char *text)
{
    size_t n = strspn(text, "0123456789abcdef");
    nf_mac_t mac;

    return n == NF_MAC_TEXT - 1 && !isalnum((unsigned char) text[n])
                   && text[n] != '-' && text[n] != '_'
                   && nf_mac_parse((struct nf_text){text, n}, &mac)
               ? n
               : 0;
}

void
nf_cell_sentence(const char *from, char *text, size_t size)
{
    struct nf_out out = nf_out(text, size - 1);
    bool is_within = false; /* a word: nothing of ours begins there */

    while (*from != '\0' && !out.full) {
        char found[64], word[64];
        size_t is_time = is_within ? 0 : time_at(from);
        size_t is_mac = is_within || is_time > 0 ? 0 : mac_at(from);
        size_t n = is_time + is_mac;
        if (n > 0 && n < sizeof(found)) {
            snprintf(found, sizeof(found), "%.*s", (int) n, from);
            (is_mac > 0
                 ? nf_cell_mac(found, word, sizeof(word))
                 : nf_cell_when(found, NF_CELL_LONG, word, sizeof(word)));
            nf_out_puts(&out, word);
            from += n;
            continue;
        }
        is_within = isalnum((unsigned char) *from) || strchr("-_/:.", *from);
        nf_out_putc(&out, *from++);
    }
    text[out.len] = '\0';
}

void
nf_cell_bytes(unsigned long long bytes, char *text, size_t size)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double n = (double) bytes;
    size_t unit = 0;

    while (n >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        n /= 1024;
        unit++;
    }
    snprintf(text, size, unit > 0 && n < 10 ? "%.1f %s" : "%.0f %s", n,
             units[unit]);
}

const char *
nf_cell_colour(const char *state)
{
    static const struct {
        const char *state, *colour;
    } colours[] = {
        {"failed", "\033[31m"},     {"rejected", "\033[31m"},
        {"down", "\033[31m"},       {"unreachable", "\033[31m"},
        {"timeout", "\033[31m"},    {"cancelled", "\033[33m"},
        {"pending", "\033[33m"},    {"unknown", "\033[33m"},
        {"installing", "\033[36m"}, {"running", "\033[36m"},
        {"approved", "\033[36m"},   {"installed", "\033[32m"},
        {"completed", "\033[32m"},  {"done", "\033[32m"},
        {"ok", "\033[32m"},         {"up", "\033[32m"},
    };

    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (strcmp(colours[i].state, state) == 0) {
            return colours[i].colour;
        }
    }
    return "";
}

static void
put_member(struct nf_out *out, const char *word, bool is_mac)
{
    char mac[32];

    nf_out_puts(out, out->len > 0 ? "," : "");
    if (is_mac && word != NULL) {
        nf_cell_mac(word, mac, sizeof(mac));
        word = mac;
    }
    nf_out_puts(out, word != NULL ? word : "");
}

/* A text; the members of a list or of an object with commas between.  free()
 * it.
 */
static char *
text_of(const json_t *value, bool is_mac)
{
    char text[NF_CELL_MAX];
    struct nf_out out = nf_out(text, sizeof(text) - 1);
    json_t *member;
    const char *key;
    size_t i;

    if (json_is_string(value)) {
        return strdup(json_string_value(value));
    }
    json_array_foreach ((json_t *) value, i, member) {
        put_member(&out, json_string_value(member), is_mac);
    }
    json_object_foreach ((json_t *) value, key, member) {
        const char *word = json_string_value(member);
        nf_out_puts(&out, out.len > 0 ? "," : "");
        nf_out_puts(&out, key);
        nf_out_puts(&out, "=");
        nf_out_puts(&out, word != NULL ? word : "");
    }
    text[out.len] = '\0';
    return strdup(text);
}

static long long
number(const json_t *value)
{
    return json_is_real(value) ? (long long) json_real_value(value)
                               : (long long) json_integer_value(value);
}

static void
put_text(const json_t *value, bool is_mac, char *text, size_t size)
{
    char *whole = text_of(value, is_mac);

    nf_terminal_copy(text, size, whole);
    free(whole);
}

static void
put_number(const json_t *value, const char *unit, char *text, size_t size)
{
    snprintf(text, size, "%lld%s", number(value), unit);
}

void
nf_cell_word(const json_t *object, const struct nf_column *column,
             enum nf_cell_form form, char *text, size_t size)
{
    const json_t *value = find(object, column->member);
    const char *words = json_string_value(value);

    text[0] = '\0';
    if (value == NULL || json_is_null(value)) {
        return;
    }
    switch (column->kind) {
    case NF_COLUMN_TEXT:
    case NF_COLUMN_WORDS:
    case NF_COLUMN_STATE:
        put_text(value, false, text, size);
        break;
    case NF_COLUMN_MAC:
        if (words != NULL) {
            nf_cell_mac(words, text, size);
        } else {
            put_text(value, true, text, size);
        }
        break;
    case NF_COLUMN_SOME:
        if (number(value) == 0) {
            return;
        }
        put_number(value, "", text, size);
        break;
    case NF_COLUMN_NUMBER:
        put_number(value, "", text, size);
        break;
    case NF_COLUMN_PERCENT:
        put_number(value, "%", text, size);
        break;
    case NF_COLUMN_BYTES:
        nf_cell_bytes((unsigned long long) number(value), text, size);
        break;
    case NF_COLUMN_GIB:
        put_number(value, " GiB", text, size);
        break;
    case NF_COLUMN_GB:
        put_number(value, " GB", text, size);
        break;
    case NF_COLUMN_WHEN:
        nf_cell_when(words, form, text, size);
        break;
    case NF_COLUMN_YES:
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
        break;
    case NF_COLUMN_COUNT:
        snprintf(text, size, "%zu", json_array_size(value));
        break;
    }
}

char *
nf_cell_exact(const json_t *object, const struct nf_column *column)
{
    const json_t *value = find(object, column->member);
    const char *words = json_string_value(value);
    char text[64] = "";

    if (column->kind == NF_COLUMN_MAC && words != NULL) {
        nf_cell_mac(words, text, sizeof(text));
        return strdup(text);
    }
    if (column->kind <= NF_COLUMN_MAC) {
        return text_of(value, column->kind == NF_COLUMN_MAC);
    }
    if (words != NULL) {
        return strdup(words);
    }
    if (json_is_number(value)) {
        put_number(value, "", text, sizeof(text));
    } else {
        nf_cell_word(object, column, NF_CELL_LONG, text, sizeof(text));
    }
    return strdup(text);
}
