#ifndef NF_INPUT_H
#define NF_INPUT_H

/*
 * Files that someone wrote for a command to read.
 */

/* The whole text of a file, "-" being stdin, without what Windows puts in front
 * of it; free() it at *text.  NULL: said why. */
char *nf_input_read(const char *path, char **text);

/* What to call the file in words. */
const char *nf_input_name(const char *path);

#endif
