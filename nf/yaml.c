#include "yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

enum {
    STEP = 2
};

/* Words that would be read as something else than a text. */
static bool
is_reserved(const char *text)
{
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(words[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a text needs no quotes: a word that begins with a letter. */
static bool
is_plain(const char *text)
{
    if (!isalpha((unsigned char) text[0]) || is_reserved(text)) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char) *c) && strchr("_-./", *c) == NULL) {
            return false;
        }
    }
    return true;
}

/* In quotes a text of YAML is one of JSON. */
static bool
put_scalar(const json_t *value)
{
    const char *text = json_string_value(value);

    if (text != NULL && strlen(text) == json_string_length(value)
        && is_plain(text)) {
        return fputs(text, stdout) >= 0;
    }
    char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    bool is_done = json != NULL && nf_terminal_put(json, strlen(json));
    free(json);
    return is_done;
}

static bool
put_key(const char *key)
{
    json_t *text = json_string(key);
    bool is_done = put_scalar(text) && putchar(':') != EOF;

    json_decref(text);
    return is_done;
}

static bool
is_nested(const json_t *value)
{
    return json_object_size(value) > 0 || json_array_size(value) > 0;
}

static bool print(const json_t *value, int indent, bool is_within);

/* After "key:" or "-". */
static bool
put_member(const json_t *value, int indent, bool is_of_list)
{
    if (is_nested(value) && is_of_list) {
        putchar(' ');
        return print(value, indent, true);
    }
    if (is_nested(value)) {
        putchar('\n');
        return print(value, indent, false);
    }
    putchar(' ');
    return print(value, 0, false);
}

/* is_within: the first line has its blanks already. */
static bool
print(const json_t *value, int indent, bool is_within)
{
    json_t *member;
    const char *key;
    bool is_done = true;
    size_t i;

    if (!is_nested(value)) {
        printf("%*s", is_within ? 0 : indent, "");
        is_done = put_scalar(value);
        return putchar('\n') != EOF && is_done;
    }
    json_array_foreach ((json_t *) value, i, member) {
        printf("%*s-", is_within && i == 0 ? 0 : indent, "");
        is_done = put_member(member, indent + STEP, true) && is_done;
    }
    json_object_foreach ((json_t *) value, key, member) {
        printf("%*s", is_within ? 0 : indent, "");
        is_within = false;
        is_done = put_key(key) && is_done;
        is_done = put_member(member, indent + STEP, false) && is_done;
    }
    return is_done;
}

bool
nf_yaml_print(const json_t *value, int indent)
{
    return print(value, indent, false);
}
