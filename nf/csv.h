#ifndef NF_CSV_H
#define NF_CSV_H

/*
 * A table as spreadsheets write it (RFC 4180), of tasks or of anything that has
 * a first column of this title: the first line names the members, of tasks
 * "network.ip" one within another.
 */

#include <jansson.h>

/*
 * A list of objects, of tasks when first is NULL; NULL: said why, with the
 * line.  text is changed while it is read.  *lines: a list of the line that
 * each begins at.
 */
json_t *nf_csv_read(char *text, const char *name, const char *first,
                    json_t **lines);

#endif
