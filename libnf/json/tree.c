#include "json/tree.h"

#include <stdio.h>

#include "json/parse.h"

/* What is made of a document: where it goes, and how strictly it is read. */
struct builder {
    nf_arena_t *arena;
    bool cuts_fractions;
};

static nf_error_t build(const json_t *json, const struct builder *builder,
                        struct nf_value *value);

static nf_error_t
build_text(struct nf_text text, nf_arena_t *arena, enum nf_value_kind kind,
           struct nf_value *value)
{
    struct nf_text copy = nf_arena_copy(arena, text);

    *value = (struct nf_value){.kind = kind, .text = copy};
    return copy.data == NULL ? NF_NO_MEMORY : NF_OK;
}

static nf_error_t
build_number(const json_t *json, const struct builder *builder,
             struct nf_value *value)
{
    double number = json_number_value(json);
    bool can_cut = builder->cuts_fractions && number > -1e15 && number < 1e15;
    char digits[24];

    if (!json_is_integer(json) && !can_cut) {
        return NF_INVALID;
    }
    snprintf(digits, sizeof(digits), "%lld",
             json_is_integer(json) ? (long long) json_integer_value(json)
                                   : (long long) number);
    return build_text(nf_text(digits), builder->arena, NF_VALUE_NUMBER, value);
}

static nf_error_t
build_list(const json_t *json, const struct builder *builder,
           struct nf_value *value)
{
    size_t n = json_array_size(json);
    struct nf_value *items =
        nf_arena_take(builder->arena, (n + 1) * sizeof(*items));
    nf_error_t err = items == NULL ? NF_NO_MEMORY : NF_OK;

    for (size_t i = 0; i < n && !err; i++) {
        err = build(json_array_get(json, i), builder, &items[i]);
    }
    *value = nf_value_list(items, n);
    return err;
}

static nf_error_t
build_map(json_t *json, const struct builder *builder, struct nf_value *value)
{
    nf_arena_t *arena = builder->arena;
    size_t n = 0;
    struct nf_member *members =
        nf_arena_take(arena, (json_object_size(json) + 1) * sizeof(*members));
    const char *name;
    json_t *one;

    if (members == NULL) {
        return NF_NO_MEMORY;
    }
    json_object_foreach (json, name, one) {
        members[n].name = nf_arena_copy(arena, nf_text(name)).data;
        nf_error_t err = members[n].name == NULL
                             ? NF_NO_MEMORY
                             : build(one, builder, &members[n].value);
        if (err) {
            return err;
        }
        n++;
    }
    *value = nf_value_map(members, n);
    return NF_OK;
}

/* NF_INVALID: a number that is no integer. */
static nf_error_t
build(const json_t *json, const struct builder *builder, struct nf_value *value)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return build_map((json_t *) json, builder, value);
    case JSON_ARRAY:
        return build_list(json, builder, value);
    case JSON_STRING:
        return build_text(
            (struct nf_text){json_string_value(json), json_string_length(json)},
            builder->arena, NF_VALUE_TEXT, value);
    case JSON_INTEGER:
    case JSON_REAL:
        return build_number(json, builder, value);
    case JSON_TRUE:
    case JSON_FALSE:
        *value = nf_value_bool(json_is_true(json));
        return NF_OK;
    case JSON_NULL:
        break;
    }
    *value = (struct nf_value){.kind = NF_VALUE_NONE};
    return NF_OK;
}

static nf_error_t
read_tree(struct nf_text text, const struct builder *builder,
          struct nf_value *value, struct nf_fault *fault)
{
    json_auto_t *json = NULL;
    nf_error_t err = nf_json_parse(text, JSON_ALLOW_NUL, &json, fault);

    if (err != NF_OK) {
        return err;
    }
    err = build(json, builder, value);
    return err == NF_INVALID ? nf_refuse(fault, "", "numbers must be integers")
                             : err;
}

nf_error_t
nf_json_tree(struct nf_text text, nf_arena_t *arena, struct nf_value *value,
             struct nf_fault *fault)
{
    struct builder builder = {.arena = arena};

    return read_tree(text, &builder, value, fault);
}

nf_error_t
nf_json_tree_cut(struct nf_text text, nf_arena_t *arena, struct nf_value *value,
                 struct nf_fault *fault)
{
    struct builder builder = {.arena = arena, .cuts_fractions = true};

    return read_tree(text, &builder, value, fault);
}

static bool
is_removed(const struct nf_value *patch, const char *name)
{
    const struct nf_value *value = nf_value_member(patch, name);

    return value != NULL && value->kind == NF_VALUE_NONE;
}

static nf_error_t
merge_member(const char *name, const struct nf_value *old,
             const struct nf_value *patch, nf_arena_t *arena,
             struct nf_member *merged)
{
    merged->name = name;
    if (patch == NULL) {
        merged->value = *old;
        return NF_OK;
    }
    return nf_value_merge(old, patch, arena, &merged->value);
}

nf_error_t
nf_value_merge(const struct nf_value *target, const struct nf_value *patch,
               nf_arena_t *arena, struct nf_value *merged)
{
    static const struct nf_value nothing = {.kind = NF_VALUE_MAP};
    bool is_map = target != NULL && target->kind == NF_VALUE_MAP;
    const struct nf_value *old = is_map ? target : &nothing;
    nf_error_t err = NF_OK;
    size_t n = 0;

    if (patch->kind != NF_VALUE_MAP) {
        *merged = *patch;
        return NF_OK;
    }
    struct nf_member *members = nf_arena_take(
        arena, (old->map.n + patch->map.n + 1) * sizeof(*members));
    if (members == NULL) {
        return NF_NO_MEMORY;
    }
    for (size_t i = 0; i < old->map.n && !err; i++) {
        const struct nf_member *m = &old->map.members[i];
        if (!is_removed(patch, m->name)) {
            err = merge_member(m->name, &m->value,
                               nf_value_member(patch, m->name), arena,
                               &members[n++]);
        }
    }
    for (size_t i = 0; i < patch->map.n && !err; i++) {
        const struct nf_member *m = &patch->map.members[i];
        if (m->value.kind != NF_VALUE_NONE
            && nf_value_member(old, m->name) == NULL) {
            err = merge_member(m->name, NULL, &m->value, arena, &members[n++]);
        }
    }
    *merged = nf_value_map(members, n);
    return err;
}
