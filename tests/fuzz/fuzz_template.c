/*
 * Templates are an operator's, and a slip of his must not crash a server:
 * parse any source, and render what parses with both ways of escaping.  The
 * first byte chooses the way; a partial of any name is the template itself.
 */
#include <stdlib.h>
#include <string.h>

#include "render/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nf_template_t *
itself(const void *set, struct nf_text name)
{
    (void) name;
    return set;
}

static const char *const names[] = {"a", "l", "t", "f", "s"};

/* Most names are known, and those of the data have places. */
static bool
find(struct nf_text name, struct nf_name *found)
{
    for (uint32_t i = 0; i < 5; i++) {
        if (nf_text_equal(name, nf_text(names[i]))) {
            *found = (struct nf_name){names[i], i};
        }
    }
    return name.len != 7;
}

static size_t
render(const nf_template_t *template, char text[static 4096])
{
    const struct nf_value items[] = {nf_value_string("<1>"),
                                     nf_value_string("")};
    const struct nf_member inner[] = {{"b", nf_value_string("x\ny")},
                                      {"l", nf_value_list(items, 2)}};
    const struct nf_value maps[] = {nf_value_map(inner, 2),
                                    nf_value_bool(true)};
    const struct nf_member outer[] = {
        {names[0], nf_value_map(inner, 2)},
        {names[1], nf_value_list(maps, 2)},
        {names[2], nf_value_bool(true)},
        {names[3], nf_value_bool(false)},
        {names[4], nf_value_string("&\"<>")},
    };
    struct nf_value root = nf_value_map(outer, 5);
    struct nf_out out = nf_out(text, 4096);
    nf_error_t err = nf_template_render(template, &root, &out);

    if ((err && out.len != 0) || out.len > 4096) {
        abort();
    }
    return out.len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char by_name[4096], by_place[4096];
    struct nf_fault fault;
    nf_template_t *template;

    if (size == 0) {
        return 0;
    }
    struct nf_text source = {(const char *) data + 1, size - 1};
    enum nf_escape escape = data[0] & 1 ? NF_ESCAPE_HTML : NF_ESCAPE_NONE;
    if (nf_template_new(&template, "fuzz", source, escape, &fault)) {
        return 0;
    }
    (void) nf_template_link(template, itself, template, "fuzz", &fault);
    size_t len = render(template, by_name);
    (void) nf_template_check(template, find, "fuzz", &fault);
    if (render(template, by_place) != len
        || memcmp(by_place, by_name, len) != 0) {
        abort();
    }
    nf_template_free(template);
    return 0;
}
