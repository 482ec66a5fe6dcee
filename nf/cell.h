#ifndef NF_CELL_H
#define NF_CELL_H

/*
 * One value of an object of the API: in words for a person, or exactly for a
 * program.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum nf_column_kind {
    NF_COLUMN_TEXT,  /* a name or a word: never cut */
    NF_COLUMN_WORDS, /* a sentence: cut where a terminal is too narrow */
    NF_COLUMN_STATE, /* a word that has a colour */
    NF_COLUMN_MAC,   /* in any spelling; shown in one */
    NF_COLUMN_NUMBER,
    NF_COLUMN_SOME, /* a number; nothing for 0 */
    NF_COLUMN_PERCENT,
    NF_COLUMN_BYTES, /* a number; for people in KiB, MiB, GiB */
    NF_COLUMN_GIB,   /* a number of 2^30 bytes */
    NF_COLUMN_GB,    /* a number of 10^9 bytes, as disks are sold */
    NF_COLUMN_WHEN,  /* a time, as RFC 3339 has it */
    NF_COLUMN_YES,   /* "yes" for true */
    NF_COLUMN_COUNT, /* entries of a list */
};

/* When a column gives way: first those of the highest rank. */
enum nf_column_rank {
    NF_KEEP,      /* never */
    NF_DROP_LAST, /* of those that do */
    NF_DROP_LATE,
    NF_DROP,
    NF_DROP_SOON,
    NF_DROP_FIRST,
    NF_WIDE, /* shown with -o wide alone */
};

struct nf_column {
    const char *title;  /* NULL at the end of a table */
    const char *member; /* "cpu.model" reaches into objects */
    enum nf_column_kind kind;
    enum nf_column_rank rank;
};

enum nf_cell_form {
    NF_CELL_SHORT, /* times are 15:04:05 today, else 2026-11-21 */
    NF_CELL_LONG,  /* days that are not today have their time */
};

enum {
    NF_CELL_MAX = 4608
};

/* The value in words; "" when there is none.  Safe to print: control characters
 * are '?'.  Cut in whole characters where there is no room. */
void nf_cell_word(const json_t *object, const struct nf_column *column,
                  enum nf_cell_form form, char *text, size_t size);

/* The value as a program reads it: a time as the server wrote it, a number
 * without its unit, a MAC with colons.  free() it; "" when there is none. */
char *nf_cell_exact(const json_t *object, const struct nf_column *column);

/* "52:54:00:00:00:01" of any spelling of a MAC; what is none as it is. */
void nf_cell_mac(const char *from, char *text, size_t size);

/* A time in this machine's time zone; "" of what is no time. */
void nf_cell_when(const char *from, enum nf_cell_form form, char *text,
                  size_t size);

/* Each time of RFC 3339 within a sentence in the long form, each MAC with
 * colons. */
void nf_cell_sentence(const char *from, char *text, size_t size);

/* "412 MiB" */
void nf_cell_bytes(unsigned long long bytes, char *text, size_t size);

/* What turns the colour of a state on; "" for one that has none. */
const char *nf_cell_colour(const char *state);

#endif
