#include "render/build.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

static void *
take(struct nf_build *build, size_t size)
{
    void *memory = nf_arena_take(build->arena, size);

    build->failed |= memory == NULL;
    return memory;
}

struct nf_pile
nf_build_map(struct nf_build *build, size_t cap)
{
    struct nf_pile pile = {.build = build, .cap = cap};

    pile.members = take(build, (cap + 1) * sizeof(*pile.members));
    return pile;
}

struct nf_pile
nf_build_list(struct nf_build *build, size_t cap)
{
    struct nf_pile pile = {.build = build, .cap = cap};

    pile.items = take(build, (cap + 1) * sizeof(*pile.items));
    return pile;
}

void
nf_pile_add(struct nf_pile *map, const char *name, struct nf_value value)
{
    if (map->members == NULL || map->n == map->cap) {
        map->build->failed = true;
        return;
    }
    map->members[map->n++] = (struct nf_member){name, value};
}

void
nf_pile_push(struct nf_pile *list, struct nf_value value)
{
    if (list->items == NULL || list->n == list->cap) {
        list->build->failed = true;
        return;
    }
    list->items[list->n++] = value;
}

struct nf_value
nf_pile_value(const struct nf_pile *pile)
{
    return pile->members != NULL ? nf_value_map(pile->members, pile->n)
                                 : nf_value_list(pile->items, pile->n);
}

void
nf_pile_add_all(struct nf_pile *map, const struct nf_value *other)
{
    if (other == NULL || other->kind != NF_VALUE_MAP) {
        return;
    }
    for (size_t i = 0; i < other->map.n; i++) {
        nf_pile_add(map, other->map.members[i].name,
                    other->map.members[i].value);
    }
}

struct nf_text
nf_build_printf(struct nf_build *build, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n < 0 ? NULL : nf_arena_room(build->arena, (size_t) n + 1);
    if (text == NULL) {
        build->failed = true;
        return NF_TEXT("");
    }
    va_start(args, format);
    (void) vsnprintf(text, (size_t) n + 1, format, args);
    va_end(args);
    return (struct nf_text){text, (size_t) n};
}

struct nf_text
nf_build_json(struct nf_build *build, const struct nf_value *value, size_t max)
{
    static const struct nf_value null = {.kind = NF_VALUE_NONE};
    struct nf_out out = nf_out(nf_arena_room(build->arena, max), max);

    if (out.data == NULL) {
        build->failed = true;
        return NF_TEXT("null");
    }
    nf_value_json(&out, value == NULL ? &null : value);
    build->failed |= out.full;
    return nf_out_text(&out);
}

struct nf_text
nf_build_base64(struct nf_build *build, struct nf_text text)
{
    size_t size =
        sodium_base64_encoded_len(text.len, sodium_base64_VARIANT_ORIGINAL);
    char *to = take(build, size);

    if (to == NULL) {
        return NF_TEXT("");
    }
    sodium_bin2base64(to, size, (const unsigned char *) text.data, text.len,
                      sodium_base64_VARIANT_ORIGINAL);
    return (struct nf_text){to, size - 1};
}

struct nf_text
nf_build_join(struct nf_build *build, const struct nf_value *list,
              const char *mark)
{
    size_t size = 1;

    for (size_t i = 0; i < nf_value_count(list); i++) {
        size += strlen(mark) + list->list.items[i].text.len;
    }
    struct nf_out out = nf_out(take(build, size), size);
    if (out.data == NULL) {
        return NF_TEXT("");
    }
    for (size_t i = 0; i < nf_value_count(list); i++) {
        nf_out_puts(&out, mark);
        nf_out_put(&out, list->list.items[i].text);
    }
    return nf_out_text(&out);
}
