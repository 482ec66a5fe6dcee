#include "list.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/log.h"
#include "command.h"
#include "say.h"
#include "server.h"

enum {
    OPTIONS = 24,
    LOOK_S = 2, /* between two looks at what is watched */
};

/* --filter COLUMN=VALUE, or COLUMN!=VALUE */
struct filter {
    const struct nf_column *column;
    const char *value;
    char mac[NF_MAC_COLONS];
    bool is_not;
};

struct showing {
    const struct nf_list *list;
    struct nf_output output;
    struct filter filters[NF_OPTION_TIMES];
    const struct nf_column *sort;
    bool is_descending;
    json_t *all;          /* of a list that is sorted */
    json_t *before, *now; /* of one that is watched: what each look has shown */
    bool is_failed;
};

/* --- columns by name ---------------------------------------------------------
 */

/* "boot-file" is BOOT FILE, and so is its member's name. */
static bool
is_named(const struct nf_column *column, const char *name, size_t len)
{
    const char *const names[] = {column->title, column->member};

    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;
        for (; at < len && names[i][at] != '\0'; at++) {
            char a = names[i][at], b = name[at];
            a = a == ' ' || a == '-' ? '_' : a;
            b = b == ' ' || b == '-' ? '_' : b;
            if (strncasecmp(&a, &b, 1) != 0) {
                break;
            }
        }
        if (at == len && names[i][at] == '\0') {
            return true;
        }
    }
    return false;
}

/* NULL: said that there is none. */
static const struct nf_column *
find_column(const struct nf_list *list, const char *name, size_t len)
{
    const struct nf_column *c = list->columns;
    char known[512] = "";

    for (; c->title != NULL; c++) {
        if (len > 0 && is_named(c, name, len)) {
            return c;
        }
        size_t at = strlen(known);
        snprintf(known + at, sizeof(known) - at, "%s%s", at > 0 ? ", " : "",
                 c->title);
    }
    nf_log(NF_LOG_ERR, "no such column: %.*s; there are %s", (int) len, name,
           known);
    return NULL;
}

static bool
read_filter(const struct nf_list *list, const char *text, struct filter *filter)
{
    const char *mark = strchr(text, '=');
    size_t len = mark != NULL ? (size_t) (mark - text) : 0;
    nf_mac_t mac;

    *filter = (struct filter){.is_not = len > 0 && text[len - 1] == '!'};
    if (mark == NULL) {
        nf_log(NF_LOG_ERR, "%s: a filter is COLUMN=VALUE or COLUMN!=VALUE",
               text);
        return false;
    }
    filter->column = find_column(list, text, len - filter->is_not);
    filter->value = mark + 1;
    if (filter->column != NULL && filter->column->kind == NF_COLUMN_MAC
        && nf_mac_parse(nf_text(filter->value), &mac))
    {
        nf_mac_format_divided(mac, ':', filter->mac);
    }
    return filter->column != NULL;
}

/* What the options say; false: said what is wrong. */
static bool
begin(struct showing *s, const struct nf_list *list)
{
    const char *sort = list->chosen.sort;
    const char *output = list->chosen.is_json ? "json" : list->chosen.output;

    *s = (struct showing){.list = list};
    s->output.table.columns = list->columns;
    s->output.has_no_titles = list->chosen.has_no_titles;
    if (!nf_output_parse(output, &s->output.form)) {
        return false;
    }
    if (output == NULL) {
        s->output.form = list->form;
    }
    if (list->chosen.is_watched && s->output.form >= NF_OUTPUT_JSON
        && s->output.form <= NF_OUTPUT_YAML)
    {
        s->output.form = NF_OUTPUT_LINES;
    }
    s->is_descending = sort != NULL && sort[0] == '-';
    if (sort != NULL
        && (s->sort = find_column(list, sort + s->is_descending,
                                  strlen(sort + s->is_descending)))
               == NULL)
    {
        return false;
    }
    for (size_t i = 0; i < list->chosen.filters.n; i++) {
        if (!read_filter(list, list->chosen.filters.each[i], &s->filters[i])) {
            return false;
        }
    }
    return true;
}

/* --- which are shown ---------------------------------------------------------
 */

/* As it is printed for programs or for people; * and ? stand for others. */
static bool
passes(const struct filter *filter, const json_t *object)
{
    const char *value = filter->mac[0] != '\0' ? filter->mac : filter->value;
    char *exact = nf_cell_exact(object, filter->column);
    char word[NF_CELL_MAX];

    nf_cell_word(object, filter->column, NF_CELL_SHORT, word, sizeof(word));
    bool is = (exact != NULL && fnmatch(value, exact, FNM_CASEFOLD) == 0)
              || fnmatch(value, word, FNM_CASEFOLD) == 0;
    free(exact);
    return is != filter->is_not;
}

static bool
is_shown(const struct showing *s, const json_t *object)
{
    if (s->list->is_shown != NULL && !s->list->is_shown(object)) {
        return false;
    }
    for (size_t i = 0; i < s->list->chosen.filters.n; i++) {
        if (!passes(&s->filters[i], object)) {
            return false;
        }
    }
    return true;
}

/* --- the order ---------------------------------------------------------------
 */

struct place {
    json_t *object;
    char *key;
    size_t before; /* where it was: what is equal stays in order */
};

static int
compare(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    int order = strverscmp(one->key, other->key);

    return order != 0 ? order : one->before < other->before ? -1 : 1;
}

/* A new list in the order of the column; the caller's. */
static json_t *
sort(const struct showing *s)
{
    size_t n = json_array_size(s->all);
    struct place *places = calloc(n + 1, sizeof(*places));
    json_t *sorted = json_array();

    for (size_t i = 0; places != NULL && i < n; i++) {
        places[i].object = json_array_get(s->all, i);
        places[i].before = i;
        places[i].key = nf_cell_exact(places[i].object, s->sort);
        if (places[i].key == NULL) {
            abort(); /* no memory for a word */
        }
    }
    if (places != NULL) {
        qsort(places, n, sizeof(*places), compare);
    }
    for (size_t i = 0; places != NULL && i < n; i++) {
        json_array_append(sorted,
                          places[s->is_descending ? n - 1 - i : i].object);
    }
    for (size_t i = 0; places != NULL && i < n; i++) {
        free(places[i].key);
    }
    free(places);
    return sorted;
}

/* --- what has changed --------------------------------------------------------
 */

/* What is shown of it, as one text; free() it. */
static char *
row_of(const struct showing *s, const json_t *object)
{
    char row[2 * NF_CELL_MAX], word[NF_CELL_MAX];
    struct nf_out out = nf_out(row, sizeof(row) - 1);

    if (s->output.form == NF_OUTPUT_LINES) {
        return json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    }
    for (const struct nf_column *c = s->list->columns; c->title != NULL; c++) {
        nf_cell_word(object, c, NF_CELL_SHORT, word, sizeof(word));
        nf_out_puts(&out, word);
        nf_out_putc(&out, '\t');
    }
    row[out.len] = '\0';
    return strdup(row);
}

/* Whether the look before had no such row.  No column need be unique. */
static bool
is_news(struct showing *s, const json_t *object)
{
    char *row = row_of(s, object);
    bool is = row != NULL && json_object_get(s->before, row) == NULL;

    if (row != NULL) {
        json_object_set_new(s->now, row, json_true());
    }
    free(row);
    return is;
}

/* -----------------------------------------------------------------------------
 */

static bool
take_page(const json_t *page, void *of)
{
    struct showing *s = of;
    json_t *kept = json_array(), *object;
    bool is_done = true;
    size_t i;

    json_array_foreach ((json_t *) page, i, object) {
        if (is_shown(s, object) && (s->now == NULL || is_news(s, object))) {
            json_array_append(kept, object);
        }
    }
    if (s->all != NULL) {
        json_array_extend(s->all, kept);
    } else {
        is_done = nf_output_add(&s->output, kept);
        s->is_failed |= !is_done;
    }
    json_decref(kept);
    return is_done;
}

static int
read_once(struct showing *s)
{
    const struct nf_list *list = s->list;

    s->all = s->sort != NULL ? json_array() : NULL;
    int code = list->read != NULL ? list->read(list, take_page, s)
                                  : nf_server_pages(list->path, take_page, s);
    if (json_array_size(s->all) > 0) {
        json_t *sorted = sort(s);
        s->is_failed |= !nf_output_add(&s->output, sorted);
        json_decref(sorted);
    }
    json_decref(s->all);
    s->all = NULL;
    return code;
}

/* What a look that failed did not come to was shown all the same. */
static void
end_look(struct showing *s, bool is_whole)
{
    if (s->now == NULL) {
        return;
    }
    if (is_whole) {
        json_object_clear(s->before);
    }
    json_object_update(s->before, s->now);
    json_object_clear(s->now);
}

static int
look(struct showing *s)
{
    int code = read_once(s);

    end_look(s, code == NF_EXIT_OK);
    return code;
}

static void
wait_for_more(const struct nf_list *list)
{
    if (list->wait != NULL) {
        list->wait(list);
    } else {
        sleep(LOOK_S);
    }
}

/* Whatever is new or different, until the server refuses or the output takes
 * no more.  A server that is away may come back. */
static int
watch(struct showing *s)
{
    bool is_away = false;
    int code = NF_EXIT_OK;

    while (!s->is_failed && nf_say_written()
           && (code == NF_EXIT_OK || code == NF_EXIT_UNREACHABLE))
    {
        wait_for_more(s->list);
        nf_log_to(is_away ? nf_say_nothing : nf_say_to_person);
        code = look(s);
        is_away = code == NF_EXIT_UNREACHABLE;
    }
    return code;
}

int
nf_list_show(struct nf_list *list)
{
    struct showing s;
    bool is_watched = list->chosen.is_watched;

    if (!begin(&s, list)) {
        return NF_EXIT_USAGE;
    }
    if (is_watched && list->wait == NULL) {
        s.before = json_object();
        s.now = json_object();
    }
    int code = look(&s);
    bool ends = !is_watched && (code == NF_EXIT_OK || s.output.n > 0);
    bool is_done = ends ? nf_output_end(&s.output) : nf_say_written();
    if (code == NF_EXIT_OK && is_watched) {
        code = watch(&s);
    }
    json_decref(s.before);
    json_decref(s.now);
    return code != NF_EXIT_OK        ? code
           : is_done && !s.is_failed ? NF_EXIT_OK
                                     : NF_EXIT_FAILED;
}

bool
nf_list_choose(const struct nf_list *list, json_t *of, const char *member)
{
    struct showing s;

    if (!begin(&s, list)) {
        return false;
    }
    s.all = json_array();
    (void) take_page(json_object_get(of, member), &s);
    json_object_set_new(of, member,
                        s.sort != NULL ? sort(&s) : json_incref(s.all));
    json_decref(s.all);
    return true;
}

bool
nf_list_is_table(const struct nf_list *list)
{
    enum nf_output_form form;

    if (list->chosen.output == NULL) {
        return !list->chosen.is_json && list->form <= NF_OUTPUT_WIDE;
    }
    return !list->chosen.is_json && nf_output_parse(list->chosen.output, &form)
           && form <= NF_OUTPUT_WIDE;
}

bool
nf_list_take(struct nf_list *list, int *argc, char **argv,
             const struct nf_option *own)
{
    const struct nf_option shared[] = {
        NF_OPTION("-o", &list->chosen.output),
        NF_OPTION("--output", &list->chosen.output),
        NF_OPTION("--sort", &list->chosen.sort),
        NF_OPTION_MANY("--filter", &list->chosen.filters),
        NF_SWITCH("--json", &list->chosen.is_json),
        NF_SWITCH("--no-headers", &list->chosen.has_no_titles),
        NF_SWITCH("--watch", &list->chosen.is_watched),
        NF_SWITCH("-w", &list->chosen.is_watched),
        {0}};
    struct nf_option all[OPTIONS];
    size_t n = 0;

    for (; own != NULL && own->name != NULL; own++) {
        all[n++] = *own;
    }
    memcpy(all + n, shared, sizeof(shared));
    bool is_done = nf_options_take(argc, argv, all);
    list->chosen.is_json |=
        list->chosen.output != NULL && strcmp(list->chosen.output, "json") == 0;
    return is_done;
}

int
nf_list_command(const char *command, int argc, char **argv, const char *path,
                const struct nf_column *columns)
{
    struct nf_list list = {.path = path, .columns = columns};

    if (!nf_list_take(&list, &argc, argv, NULL) || argc != 0) {
        return nf_usage(command);
    }
    return nf_list_show(&list);
}
