#include "csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

enum {
    COLUMNS_MAX = 64,
    DEPTH_MAX = 4,
    MEMBER_MAX = 64
};

struct csv {
    char *at;
    const char *name;
    const char *first; /* title of the first column, NULL: members */
    char mark;         /* between cells */
    unsigned line;
    char *titles[COLUMNS_MAX];
    size_t columns;
};

static bool
refuse(const struct csv *csv, const char *why)
{
    nf_log(NF_LOG_ERR, "%s, line %u: %s", csv->name, csv->line, why);
    return false;
}

/* Over what ends a cell; false: something else stands there. */
static bool
take_end(struct csv *csv, bool *is_last)
{
    *is_last = *csv->at != csv->mark;
    if (*csv->at == '\0') {
        return true;
    }
    if (*csv->at == csv->mark) {
        csv->at++;
        return true;
    }
    csv->at += csv->at[0] == '\r' && csv->at[1] == '\n';
    if (*csv->at != '\n') {
        return false;
    }
    csv->at++;
    csv->line++;
    return true;
}

/* From behind the first quote; two of them within stand for one. */
static bool
take_quoted(struct csv *csv, char **cell, bool *is_last)
{
    char *to = csv->at;

    *cell = to;
    for (;; csv->at++) {
        if (*csv->at == '\0') {
            return refuse(csv, "a quote is not closed");
        }
        if (csv->at[0] == '"' && csv->at[1] != '"') {
            break;
        }
        csv->at += *csv->at == '"';
        csv->line += *csv->at == '\n';
        *to++ = *csv->at;
    }
    csv->at++;
    csv->at += strspn(csv->at, " ");
    bool is_ended = take_end(csv, is_last);
    *to = '\0';
    return is_ended || refuse(csv, "something follows a closed quote");
}

static bool
take_cell(struct csv *csv, char **cell, bool *is_last)
{
    const char ends[] = {csv->mark, '\r', '\n', '\0'};

    csv->at += strspn(csv->at, " ");
    if (*csv->at == '"') {
        csv->at++;
        return take_quoted(csv, cell, is_last);
    }
    *cell = csv->at;
    csv->at += strcspn(csv->at, ends);
    char *end = csv->at;
    bool is_ended = take_end(csv, is_last);
    while (end > *cell && end[-1] == ' ') {
        end--;
    }
    *end = '\0';
    return is_ended
           || refuse(csv, "a carriage return that does not end a line");
}

/* Of members within each other, or names as they are behind the first one. */
static bool
check_title(const struct csv *csv, const char *title)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_.";
    size_t len = strlen(title);

    if (csv->first != NULL) {
        return csv->columns > 0
                   ? title[0] != '\0' || refuse(csv, "a column has no name")
                   : strcmp(title, csv->first) == 0
                         || refuse(csv, "the first line must begin with node");
    }
    return (len > 0 && len < MEMBER_MAX && strspn(title, letters) == len)
           || refuse(csv, "the first line must name members of a task, "
                          "such as sn, mac, profile, network.ip");
}

static bool
take_titles(struct csv *csv)
{
    bool is_last = false;

    /* spreadsheets of half of Europe write semicolons */
    csv->mark = memchr(csv->at, ';', strcspn(csv->at, "\n")) ? ';' : ',';
    while (!is_last) {
        char **title = &csv->titles[csv->columns];
        if (csv->columns == COLUMNS_MAX) {
            return refuse(csv, "too many columns");
        }
        if (!take_cell(csv, title, &is_last)) {
            return false;
        }
        if (!check_title(csv, *title)) {
            return false;
        }
        for (size_t i = 0; i < csv->columns; i++) {
            if (strcmp(csv->titles[i], *title) == 0) {
                return refuse(csv, "a member is given twice");
            }
        }
        csv->columns++;
    }
    return true;
}

/* Words between blanks and '|': as texts, or as numbers. */
static json_t *
list_of(char *cell, bool is_numbers)
{
    json_t *list = json_array();
    uint64_t number;
    char *rest = cell, *word;

    while ((word = strsep(&rest, " |")) != NULL) {
        bool is_number =
            is_numbers && nf_text_number(nf_text(word), INT32_MAX, &number);
        if (word[0] != '\0') {
            json_array_append_new(list, is_number
                                            ? json_integer((json_int_t) number)
                                            : json_string(word));
        }
    }
    return list;
}

static json_t *
value_of(const char *member, char *cell)
{
    static const char *const lists[] = {"tags", "packages", "dns",
                                        "dns_servers", "vlans"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (strcmp(lists[i], member) == 0) {
            return list_of(cell, strcmp(member, "vlans") == 0);
        }
    }
    return json_string(cell);
}

/* Set "network.ip": objects on the way are made. */
static bool
set_member(struct csv *csv, json_t *object, const char *path, char *cell)
{
    char name[MEMBER_MAX];

    if (csv->first != NULL) {
        return json_object_set_new(object, path, json_string(cell)) == 0
               || refuse(csv, "is not UTF-8");
    }
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        size_t n = strcspn(path, ".");
        snprintf(name, sizeof(name), "%.*s", (int) n, path);
        if (path[n] == '\0') {
            json_t *value = value_of(name, cell);
            return json_object_set_new(object, name, value) == 0
                   || refuse(csv, "is not UTF-8");
        }
        json_t *inner = json_object_get(object, name);
        if (inner == NULL) {
            inner = json_object();
            json_object_set_new(object, name, inner);
        }
        object = inner;
        path += n + 1;
    }
    return refuse(csv, "members are nested too deeply");
}

/* NULL: said why.  An empty cell says nothing. */
static json_t *
take_record(struct csv *csv)
{
    json_t *object = json_object();
    bool is_last = false;
    size_t i = 0;

    for (; !is_last; i++) {
        char *cell;
        bool is_right = take_cell(csv, &cell, &is_last)
                        && (i < csv->columns
                            || refuse(csv, "more cells than the first line"));
        if (!is_right
            || (cell[0] != '\0'
                && !set_member(csv, object, csv->titles[i], cell)))
        {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *
nf_csv_read(char *text, const char *name, const char *first, json_t **lines)
{
    struct csv csv = {.at = text, .name = name, .line = 1, .first = first};
    json_t *list = json_array();

    *lines = json_array();
    bool is_right = take_titles(&csv);
    while (is_right && *csv.at != '\0') {
        unsigned line = csv.line;
        json_t *object = take_record(&csv);
        is_right = object != NULL;
        if (json_object_size(object) > 0) {
            json_array_append(list, object);
            json_array_append_new(*lines, json_integer(line));
        }
        json_decref(object);
    }
    if (!is_right) {
        json_decref(list);
        json_decref(*lines);
        *lines = NULL;
        return NULL;
    }
    return list;
}
