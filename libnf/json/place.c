#include "json/place.h"

#include "base/out.h"

enum {
    LEVELS = 16
};

/* An object or a list that is open where we are. */
struct level {
    struct nf_text name; /* of the member that is being read */
    size_t index;        /* of the entry */
    bool is_list, has_name;
};

struct walk {
    struct nf_text text;
    size_t at;
    struct level levels[LEVELS];
    size_t depth;
};

/* The string whose opening quote is at walk->at, which moves to its end. */
static struct nf_text
take_string(struct walk *walk, size_t end)
{
    size_t start = ++walk->at;

    while (walk->at < end && walk->text.data[walk->at] != '"') {
        walk->at += walk->text.data[walk->at] == '\\' ? 2 : 1;
    }
    size_t stop = walk->at < end ? walk->at : end;
    return (struct nf_text){walk->text.data + start,
                            stop > start ? stop - start : 0};
}

static void
step(struct walk *walk, size_t end)
{
    struct level *top =
        walk->depth == 0 ? NULL : &walk->levels[walk->depth - 1];
    char c = walk->text.data[walk->at];

    if (c == '"') {
        struct nf_text name = take_string(walk, end);
        if (top != NULL && !top->is_list && !top->has_name && walk->at < end) {
            top->name = name;
            top->has_name = true;
        }
    } else if ((c == '{' || c == '[') && walk->depth < LEVELS) {
        walk->levels[walk->depth++] = (struct level){.is_list = c == '['};
    } else if ((c == '}' || c == ']') && walk->depth > 0) {
        walk->depth--;
    } else if (c == ',' && top != NULL) {
        top->has_name = false;
        top->index++;
    }
    walk->at++;
}

static bool
is_plain(struct nf_text name)
{
    return name.len > 0 && name.len < 32 && nf_text_is_printable(name);
}

void
nf_json_place(struct nf_text text, size_t at, char *place, size_t size)
{
    struct walk walk = {.text = text};
    struct nf_out out = nf_out(place, size - 1);

    while (walk.at < at) {
        step(&walk, at);
    }
    for (size_t i = 0; i < walk.depth; i++) {
        const struct level *level = &walk.levels[i];
        if (level->is_list) {
            nf_out_printf(&out, "[%zu]", level->index);
        } else if (level->has_name && is_plain(level->name)) {
            nf_out_puts(&out, out.len == 0 ? "" : ".");
            nf_out_put(&out, level->name);
        }
    }
    place[out.len] = '\0';
}

size_t
nf_json_bad_byte(struct nf_text text)
{
    size_t low = 0, high = text.len;

    if (nf_text_is_utf8(text)) {
        return text.len;
    }
    /* The longest beginning that is well-formed, give or take a character
     * that is cut in the middle: for the place that is near enough. */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        size_t cut = middle;
        while (cut > low && ((uint8_t) text.data[cut] & 0xc0) == 0x80) {
            cut--;
        }
        if (nf_text_is_utf8((struct nf_text){text.data, cut})) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}
