#ifndef NF_CSV_H
#define NF_CSV_H

/*
 * A table of tasks as spreadsheets write it (RFC 4180): the first line names
 * the members, "network.ip" one within another.
 */

#include <jansson.h>

/*
 * A list of objects; NULL: said why, with the line.  text is changed while it
 * is read.  *lines: a list of the line that each begins at.
 */
json_t *nf_csv_read(char *text, const char *name, json_t **lines);

#endif
