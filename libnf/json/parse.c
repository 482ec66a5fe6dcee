#include "json/parse.h"

#include "json/memory.h"
#include "json/place.h"

enum {
    DEPTH_MAX = 16
};

/* jansson itself allows 2,048 levels: deep enough to be a nuisance. */
static bool
is_too_deep(struct nf_text text)
{
    int depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

nf_error_t
nf_json_parse(struct nf_text text, size_t flags, json_t **json,
              struct nf_fault *fault)
{
    json_error_t error;
    size_t bad = nf_json_bad_byte(text);

    if (bad < text.len) {
        char place[sizeof(fault->field)];
        nf_json_place(text, bad, place, sizeof(place));
        return nf_refuse(fault, place, "must be UTF-8");
    }
    if (is_too_deep(text)) {
        return nf_refuse(fault, "", "the body is nested too deeply");
    }
    nf_json_memory_begin();
    *json = json_loadb(text.data == NULL ? "" : text.data, text.len,
                       JSON_REJECT_DUPLICATES | flags, &error);
    if (!nf_json_memory_end()) { /* which jansson may take for bad syntax */
        json_decref(*json);
        return NF_NO_MEMORY;
    }
    if (*json == NULL) {
        nf_text_scrub(error.text);
        return nf_refuse(fault, "", "the body is not valid JSON: %.90s",
                         error.text);
    }
    return NF_OK;
}
