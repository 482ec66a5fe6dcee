#ifndef NF_YAML_H
#define NF_YAML_H

/*
 * JSON as YAML 1.2, in blocks.
 */

#include <jansson.h>
#include <stdbool.h>

/* Print a value with this many blanks in front of each line, and an end of line
 * after it. */
bool nf_yaml_print(const json_t *value, int indent);

#endif
