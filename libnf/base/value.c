#include "base/value.h"

const struct nf_value *
nf_value_member(const struct nf_value *map, const char *name)
{
    if (map == NULL || map->kind != NF_VALUE_MAP) {
        return NULL;
    }
    for (size_t i = 0; i < map->map.n; i++) {
        if (strcmp(map->map.members[i].name, name) == 0) {
            return &map->map.members[i].value;
        }
    }
    return NULL;
}

struct nf_text
nf_value_member_text(const struct nf_value *map, const char *name)
{
    const struct nf_value *value = nf_value_member(map, name);
    bool has_text =
        value != NULL
        && (value->kind == NF_VALUE_TEXT || value->kind == NF_VALUE_NUMBER);

    return has_text ? value->text : NF_TEXT("");
}

static void
put_list(struct nf_out *out, const struct nf_value *list)
{
    nf_out_putc(out, '[');
    for (size_t i = 0; i < list->list.n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        nf_value_json(out, &list->list.items[i]);
    }
    nf_out_putc(out, ']');
}

static void
put_map(struct nf_out *out, const struct nf_value *map)
{
    nf_out_putc(out, '{');
    for (size_t i = 0; i < map->map.n; i++) {
        nf_out_puts(out, i == 0 ? "" : ",");
        nf_out_json(out, nf_text(map->map.members[i].name));
        nf_out_putc(out, ':');
        nf_value_json(out, &map->map.members[i].value);
    }
    nf_out_putc(out, '}');
}

void
nf_value_json(struct nf_out *out, const struct nf_value *value)
{
    switch (value->kind) {
    case NF_VALUE_NONE:
        nf_out_puts(out, "null");
        break;
    case NF_VALUE_FALSE:
        nf_out_puts(out, "false");
        break;
    case NF_VALUE_TRUE:
        nf_out_puts(out, "true");
        break;
    case NF_VALUE_TEXT:
        nf_out_json(out, value->text);
        break;
    case NF_VALUE_NUMBER:
        nf_out_put(out, value->text);
        break;
    case NF_VALUE_LIST:
        put_list(out, value); /* as deep as what was read */
        break;
    case NF_VALUE_MAP:
        put_map(out, value);
        break;
    }
}
