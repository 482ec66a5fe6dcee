#include "json/device.h"

#include "json/tree.h"

/* Memory goes by the values, of which there is one behind each of these. */
static bool
is_bounded(struct nf_text text, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        n += c == ',' || c == ':' || c == '{' || c == '[';
    }
    return n <= max;
}

/* What a serial number or a name holds is not always UTF-8. */
bool
nf_json_device(struct nf_text body, size_t max, nf_arena_t *arena,
               struct nf_value *doc)
{
    struct nf_fault fault;
    char *clean = NULL;

    if (nf_text_starts(body, NF_TEXT("\xef\xbb\xbf"))) {
        body = (struct nf_text){body.data + 3, body.len - 3};
    }
    if (body.len != 0 && is_bounded(body, max)) {
        clean = nf_arena_room(arena, body.len + 4);
    }
    if (clean == NULL) {
        return false;
    }
    nf_text_copy_words(clean, body.len + 4, body);
    return nf_json_tree_cut(nf_text(clean), arena, doc, &fault) == NF_OK
           && doc->kind == NF_VALUE_MAP;
}
