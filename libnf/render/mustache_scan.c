#include "render/mustache_scan.h"

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool
has_space(struct nf_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.data[i])) {
            return true;
        }
    }
    return false;
}

static size_t
find(const struct scan *scan, size_t from, struct nf_text mark)
{
    const char *found = memmem(scan->source.data + from,
                               scan->source.len - from, mark.data, mark.len);

    return found ? (size_t) (found - scan->source.data) : scan->source.len;
}

/* Dots divide a name into parts, none of them empty; "." is the item. */
static bool
is_name(struct nf_text name, bool has_parts)
{
    bool was_dot = true;

    for (size_t i = 0; i < name.len; i++) {
        bool is_dot = has_parts && name.data[i] == '.';
        if (name.data[i] <= 0x20 || name.data[i] >= 0x7f
            || (is_dot && was_dot && name.len > 1))
        {
            return false;
        }
        was_dot = is_dot;
    }
    return name.len == 1 || !was_dot;
}

static enum tag_kind
kind_of(char c)
{
    static const char marks[] = "&{#^/>!=";
    const char *found = c != '\0' ? strchr(marks, c) : NULL;

    return found ? (enum tag_kind)(found - marks + TAG_RAW) : TAG_VARIABLE;
}

/* The byte that must stand before the closing delimiter, or 0. */
static char
last_mark(enum tag_kind kind)
{
    return kind == TAG_TRIPLE ? '}' : kind == TAG_DELIMITERS ? '=' : '\0';
}

/* From behind the kind's mark to the closing delimiter: "{{{a}}}" ends at the
 * first "}}" with a '}' of its own before it. */
static bool
scan_inside(const struct scan *scan, size_t from, struct tag *tag)
{
    char last = last_mark(tag->kind);
    size_t at = find(scan, from, scan->close);

    while (at < scan->source.len && last != '\0'
           && (at == from || scan->source.data[at - 1] != last))
    {
        at = find(scan, at + 1, scan->close);
    }
    if (at == scan->source.len) {
        return false;
    }
    tag->end = at + scan->close.len;
    tag->text = trim(
        (struct nf_text){scan->source.data + from, at - from - (last != '\0')});
    return true;
}

/* The end of the line, if nothing but blanks is left on it, else 0. */
static size_t
blank_to_line_end(const struct scan *scan, size_t at)
{
    const char *s = scan->source.data;
    size_t len = scan->source.len;

    while (at < len && is_blank(s[at])) {
        at++;
    }
    if (at + 1 < len && s[at] == '\r' && s[at + 1] == '\n') {
        return at + 2;
    }
    if (at < len) {
        return s[at] == '\n' ? at + 1 : 0;
    }
    return len;
}

static void
look_around(const struct scan *scan, size_t at, struct tag *tag)
{
    size_t start = at;

    while (start > 0 && is_blank(scan->source.data[start - 1])) {
        start--;
    }
    tag->line_start = start;
    tag->line_end = blank_to_line_end(scan, tag->end);
    tag->is_alone = tag->kind >= TAG_SECTION && tag->line_end > 0
                    && nf_scan_starts_line(scan, start);
}

static bool
set_delimiters(struct scan *scan, struct nf_text text)
{
    size_t len = 0;

    while (len < text.len && !is_space(text.data[len])) {
        len++;
    }
    struct nf_text open = {text.data, len};
    struct nf_text close =
        trim((struct nf_text){text.data + len, text.len - len});
    if (open.len == 0 || close.len == 0 || has_space(close)
        || memchr(text.data, '=', text.len) != NULL)
    {
        return false;
    }
    scan->open = open;
    scan->close = close;
    return true;
}

static const char *
scan_tag(struct scan *scan, size_t at, struct tag *tag)
{
    size_t from = at + scan->open.len;

    while (from < scan->source.len && is_space(scan->source.data[from])) {
        from++;
    }
    tag->kind =
        kind_of(from < scan->source.len ? scan->source.data[from] : '\0');
    from += tag->kind != TAG_VARIABLE;
    if (!scan_inside(scan, from, tag)) {
        return "a tag is not closed";
    }
    if (nf_scan_has_name(tag->kind)
        && !is_name(tag->text, tag->kind != TAG_PARTIAL))
    {
        return "a tag has no valid name";
    }
    look_around(scan, at, tag);
    if (tag->kind == TAG_DELIMITERS && !set_delimiters(scan, tag->text)) {
        return "a set-delimiter tag is invalid";
    }
    return NULL;
}

size_t
nf_scan_open(const struct scan *scan, size_t from)
{
    return find(scan, from, scan->open);
}

bool
nf_scan_starts_line(const struct scan *scan, size_t at)
{
    return at == 0 || scan->source.data[at - 1] == '\n';
}

bool
nf_scan_has_name(enum tag_kind kind)
{
    return kind != TAG_COMMENT && kind != TAG_DELIMITERS;
}

const char *
nf_scan_tag(struct scan *scan, size_t at, struct tag *tag)
{
    *tag = (struct tag){0};
    const char *why = scan_tag(scan, at, tag);

    if (why != NULL) {
        *tag = (struct tag){0};
    }
    return why;
}
