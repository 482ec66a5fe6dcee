#include "json/shape.h"

#include <errno.h>
#include <stdlib.h>

/* Where the check is: written into on the way down, cut on the way up. */
struct place {
    char text[48];
    size_t len;
    struct nf_fault *fault;
};

static nf_error_t check_value(const struct nf_shape *shape,
                              const struct nf_value *value,
                              struct place *place);

/* Both return the length to go back to; what is too long is left out. */
static size_t
enter(struct place *place, const char *name)
{
    struct nf_out out = nf_out(place->text, sizeof(place->text) - 1);
    size_t before = place->len;

    out.len = before;
    nf_out_puts(&out, before == 0 ? "" : ".");
    nf_out_puts(&out, name);
    place->len = out.len;
    place->text[out.len] = '\0';
    return before;
}

static size_t
enter_item(struct place *place, size_t index)
{
    struct nf_out out = nf_out(place->text, sizeof(place->text) - 1);
    size_t before = place->len;

    out.len = before;
    nf_out_printf(&out, "[%zu]", index);
    place->len = out.len;
    place->text[out.len] = '\0';
    return before;
}

static void
leave(struct place *place, size_t len)
{
    place->len = len;
    place->text[len] = '\0';
}

static nf_error_t
refuse(struct place *place, const char *why)
{
    return nf_refuse(place->fault, place->text, "%s", why);
}

static nf_error_t
check_text(const struct nf_shape *shape, struct nf_text text,
           struct place *place)
{
    const char *must;

    if (!nf_text_is_printable(text)) {
        return refuse(place, "must not contain control characters");
    }
    if ((int64_t) text.len > shape->max) {
        return nf_refuse(place->fault, place->text, "is longer than %lld bytes",
                         (long long) shape->max);
    }
    if ((int64_t) text.len < shape->min) {
        return refuse(place, "must not be empty");
    }
    if (shape->misfit != NULL && text.len > 0
        && (must = shape->misfit(text)) != NULL)
    {
        return nf_refuse(place->fault, place->text, "must be %s", must);
    }
    return NF_OK;
}

/* UTF-8 with line ends and tabs, and no other control characters: a carriage
 * return would stand behind the name of a script's interpreter. */
static nf_error_t
check_lines(const struct nf_shape *shape, struct nf_text text,
            struct place *place)
{
    if ((int64_t) text.len > shape->max) {
        return nf_refuse(place->fault, place->text, "is longer than %lld bytes",
                         (long long) shape->max);
    }
    if (!nf_text_is_utf8(text)) {
        return refuse(place, "must be UTF-8");
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.data[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f) {
            return nf_refuse(place->fault, place->text,
                             "must not contain the control character 0x%02x",
                             c);
        }
    }
    return NF_OK;
}

static nf_error_t
check_number(const struct nf_shape *shape, const struct nf_value *value,
             struct place *place)
{
    if (value->kind != NF_VALUE_NUMBER) {
        return refuse(place, "must be an integer");
    }
    errno = 0;
    int64_t number = strtoll(value->text.data, NULL, 10);
    return errno != 0 || number < shape->min || number > shape->max
               ? nf_refuse(place->fault, place->text,
                           "must be from %lld to %lld", (long long) shape->min,
                           (long long) shape->max)
               : NF_OK;
}

static nf_error_t
check_word(const struct nf_shape *shape, const struct nf_value *value,
           struct place *place)
{
    char list[96];
    struct nf_out out = nf_out(list, sizeof(list) - 1);

    for (size_t i = 0; shape->words[i] != NULL; i++) {
        if (value->kind == NF_VALUE_TEXT
            && nf_text_equal(value->text, nf_text(shape->words[i])))
        {
            return NF_OK;
        }
        nf_out_printf(&out, "%s%s", i == 0 ? "" : ", ", shape->words[i]);
    }
    list[out.len] = '\0';
    return nf_refuse(place->fault, place->text, "must be one of: %s", list);
}

static const struct nf_shape *
find_shape(const struct nf_shape *members, const char *name)
{
    for (; members->name != NULL; members++) {
        if (strcmp(members->name, name) == 0) {
            return members;
        }
    }
    return NULL;
}

static nf_error_t
refuse_unknown(struct place *place, const char *name)
{
    char quoted[40];
    struct nf_text text = nf_text(name);

    if (text.len >= sizeof(quoted)) {
        text.len = sizeof(quoted) - 1;
    }
    memcpy(quoted, text.data, text.len);
    quoted[text.len] = '\0';
    nf_text_scrub(quoted);
    (void) enter(place, quoted);
    return refuse(place, "is not a member of this object");
}

static nf_error_t
check_member(const struct nf_shape *members, const struct nf_member *member,
             struct place *place)
{
    const struct nf_shape *shape = find_shape(members, member->name);

    if (shape == NULL) {
        return refuse_unknown(place, member->name);
    }
    size_t before = enter(place, shape->name);
    nf_error_t err = check_value(shape, &member->value, place);
    if (!err) {
        leave(place, before);
    }
    return err;
}

static nf_error_t
check_map(const struct nf_shape *members, const struct nf_value *map,
          struct place *place)
{
    nf_error_t err = NF_OK;

    if (map->kind != NF_VALUE_MAP) {
        return refuse(place, place->len == 0 ? "the document must be an object"
                                             : "must be an object");
    }
    for (size_t i = 0; i < map->map.n && !err; i++) {
        err = check_member(members, &map->map.members[i], place);
    }
    for (; members->name != NULL && !err; members++) {
        if (members->is_required && nf_value_member(map, members->name) == NULL)
        {
            (void) enter(place, members->name);
            err = refuse(place, "is missing");
        }
    }
    return err;
}

static nf_error_t
check_list(const struct nf_shape *shape, const struct nf_value *list,
           struct place *place)
{
    nf_error_t err = NF_OK;

    if (list->kind != NF_VALUE_LIST) {
        return refuse(place, "must be a list");
    }
    if ((int64_t) list->list.n < shape->min
        || (int64_t) list->list.n > shape->max) {
        return nf_refuse(place->fault, place->text,
                         "must have from %lld to %lld entries",
                         (long long) shape->min, (long long) shape->max);
    }
    for (size_t i = 0; i < list->list.n && !err; i++) {
        size_t before = enter_item(place, i);
        err = check_value(shape->members, &list->list.items[i], place);
        if (!err) {
            leave(place, before);
        }
    }
    return err;
}

static nf_error_t
check_value(const struct nf_shape *shape, const struct nf_value *value,
            struct place *place)
{
    bool is_text = value->kind == NF_VALUE_TEXT;

    switch (shape->kind) {
    case NF_SHAPE_TEXT:
        return is_text ? check_text(shape, value->text, place)
                       : refuse(place, "must be a string");
    case NF_SHAPE_LINES:
        return is_text ? check_lines(shape, value->text, place)
                       : refuse(place, "must be a string");
    case NF_SHAPE_NUMBER:
        return check_number(shape, value, place);
    case NF_SHAPE_SWITCH:
        return value->kind == NF_VALUE_TRUE || value->kind == NF_VALUE_FALSE
                   ? NF_OK
                   : refuse(place, "must be true or false");
    case NF_SHAPE_WORD:
        return check_word(shape, value, place);
    case NF_SHAPE_TEXT_OR_MAP:
        return is_text ? check_text(shape, value->text, place)
                       : check_map(shape->members, value, place);
    case NF_SHAPE_LIST:
        return check_list(shape, value, place);
    case NF_SHAPE_MAP:
        break;
    }
    return check_map(shape->members, value, place);
}

nf_error_t
nf_shape_check(const struct nf_shape *members, const struct nf_value *map,
               struct nf_fault *fault)
{
    struct place place = {.fault = fault};

    return check_map(members, map, &place);
}

/* --- documents of agents ---------------------------------------------------
 */

static nf_error_t
keep_value(const struct nf_shape *shape, const struct nf_value *value,
           nf_arena_t *arena, struct nf_value *kept, unsigned *unknown)
{
    bool is_list = shape->kind == NF_SHAPE_LIST && value->kind == NF_VALUE_LIST;
    bool is_map = shape->members != NULL && shape->kind != NF_SHAPE_LIST
                  && value->kind == NF_VALUE_MAP;
    nf_error_t err = NF_OK;

    *kept = *value;
    if (is_map) {
        return nf_shape_keep(shape->members, value, arena, kept, unknown);
    }
    if (!is_list) {
        return NF_OK;
    }
    struct nf_value *items =
        nf_arena_room(arena, (value->list.n + 1) * sizeof(*items));
    if (items == NULL) {
        return NF_NO_MEMORY;
    }
    for (size_t i = 0; i < value->list.n && !err; i++) {
        err = keep_value(shape->members, &value->list.items[i], arena,
                         &items[i], unknown);
    }
    *kept = nf_value_list(items, value->list.n);
    return err;
}

nf_error_t
nf_shape_keep(const struct nf_shape *members, const struct nf_value *map,
              nf_arena_t *arena, struct nf_value *kept, unsigned *unknown)
{
    size_t n = 0, all = map->kind == NF_VALUE_MAP ? map->map.n : 0;
    struct nf_member *found = nf_arena_room(arena, (all + 1) * sizeof(*found));
    nf_error_t err = found == NULL ? NF_NO_MEMORY : NF_OK;

    for (size_t i = 0; i < all && !err; i++) {
        const struct nf_member *m = &map->map.members[i];
        const struct nf_shape *shape = find_shape(members, m->name);
        *unknown += shape == NULL;
        if (shape != NULL && m->value.kind != NF_VALUE_NONE) {
            found[n].name = m->name;
            err =
                keep_value(shape, &m->value, arena, &found[n++].value, unknown);
        }
    }
    *kept = nf_value_map(found, n);
    return err;
}
