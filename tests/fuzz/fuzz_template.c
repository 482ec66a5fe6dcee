/*
 * Templates are an operator's, and a slip of his must not crash a server:
 * parse any source, and render what parses with both ways of escaping.  The
 * first byte chooses the way; a partial of any name is the template itself.
 */
#include <stdlib.h>

#include "render/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nf_template_t *
itself(const void *set, struct nf_text name)
{
    (void) name;
    return set;
}

static bool
is_known(struct nf_text name)
{
    return name.len != 7;
}

static void
render(const nf_template_t *template)
{
    static char text[4096];
    const struct nf_value items[] = {nf_value_string("<1>"),
                                     nf_value_string("")};
    const struct nf_member inner[] = {{"b", nf_value_string("x\ny")},
                                      {"l", nf_value_list(items, 2)}};
    const struct nf_value maps[] = {nf_value_map(inner, 2),
                                    nf_value_bool(true)};
    const struct nf_member outer[] = {{"a", nf_value_map(inner, 2)},
                                      {"l", nf_value_list(maps, 2)},
                                      {"t", nf_value_bool(true)},
                                      {"f", nf_value_bool(false)},
                                      {"s", nf_value_string("&\"<>")}};
    struct nf_value root = nf_value_map(outer, 5);
    struct nf_out out = nf_out(text, sizeof(text));
    nf_error_t err = nf_template_render(template, &root, &out);

    if ((err && out.len != 0) || out.len > sizeof(text)) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
    (void) nf_template_check(template, is_known, "fuzz", &fault);
    render(template);
    nf_template_free(template);
    return 0;
}
