#ifndef NF_OUTPUT_H
#define NF_OUTPUT_H

/*
 * The form in which objects are printed: -o table|wide|json|yaml|csv|name.
 */

#include "table.h"

enum nf_output_form {
    NF_OUTPUT_TABLE,
    NF_OUTPUT_WIDE,
    NF_OUTPUT_JSON,
    NF_OUTPUT_YAML,
    NF_OUTPUT_CSV,
    NF_OUTPUT_NAME,  /* the first column alone */
    NF_OUTPUT_LINES, /* an object of JSON a line: of what is watched */
};

/* The form that a word names; NULL or "": table.  False: there is none of this
 * name, which has been said. */
bool nf_output_parse(const char *word, enum nf_output_form *form);

/* A list that is printed a page at a time. */
struct nf_output {
    enum nf_output_form form;
    bool has_no_titles;
    struct nf_table table; /* its columns are the list's */
    size_t n;              /* objects so far */
};

/* False: the output takes no more. */
bool nf_output_add(struct nf_output *output, const json_t *list);
bool nf_output_end(struct nf_output *output);

/* One object, as JSON or YAML. */
bool nf_output_value(const json_t *value, enum nf_output_form form);

#endif
