#ifndef NF_TERMINAL_H
#define NF_TERMINAL_H

/*
 * Text from machines and from the server on a person's terminal: it must not
 * move the cursor, nor run over the edge.
 */

#include <stdbool.h>
#include <stddef.h>

/* To be called once, before the others: characters are UTF-8. */
void nf_terminal_start(void);

/* Columns of stdout; 0 when it is no terminal. */
int nf_terminal_columns(void);
int nf_terminal_rows(void);

/* Whether stdout is a terminal, and nobody asked for no colour (NO_COLOR,
 * https://no-color.org; TERM=dumb). */
bool nf_terminal_has_colour(void);

/* Copy as much as there is room for, in whole characters; control characters
 * and such as turn the line around become '?'. */
void nf_terminal_copy(char *to, size_t size, const char *from);

/* Columns that the text takes. */
int nf_terminal_width(const char *text);

/* Cut the text where it takes more columns; "~" shows that. */
void nf_terminal_fit(char *text, int columns);

/* Write lines to stdout: as they are to a file or a pipe, made harmless to a
 * terminal. */
bool nf_terminal_put(const char *text, size_t len);

#endif
