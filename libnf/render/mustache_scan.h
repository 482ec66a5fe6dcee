#ifndef NF_RENDER_MUSTACHE_SCAN_H
#define NF_RENDER_MUSTACHE_SCAN_H

/*
 * Finding the tags of a template's source.  For the parser alone.
 */

#include "base/text.h"

/* By the character behind the opening delimiter, in the order of its table. */
enum tag_kind {
    TAG_VARIABLE,
    TAG_RAW,
    TAG_TRIPLE,
    TAG_SECTION,
    TAG_INVERTED,
    TAG_END,
    TAG_PARTIAL,
    TAG_COMMENT,
    TAG_DELIMITERS,
};

struct tag {
    enum tag_kind kind;
    struct nf_text text; /* the name, without blanks around it */
    size_t end;          /* behind the closing delimiter */
    bool is_alone;       /* but for blanks on its lines, which go with it: */
    size_t line_start, line_end;
};

struct scan {
    struct nf_text source;
    struct nf_text open, close; /* delimiters */
};

/* Where the next tag opens, from `from` on; the source's length if nowhere. */
size_t nf_scan_open(const struct scan *scan, size_t from);

/* Whether a line starts at this place. */
bool nf_scan_starts_line(const struct scan *scan, size_t at);

/* Whether tags of this kind have a name. */
bool nf_scan_has_name(enum tag_kind kind);

/* Read the tag that opens at `at`; a set-delimiter tag takes effect.  NULL, or
 * what is wrong with it: tag then is empty. */
const char *nf_scan_tag(struct scan *scan, size_t at, struct tag *tag);

#endif
