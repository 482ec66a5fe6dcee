#ifndef NF_BASE_PUT_H
#define NF_BASE_PUT_H

/*
 * Small files that other programs read: they see the whole of one or none.
 */

#include "base/text.h"

enum {
    NF_PUT_MAX = 4096 /* bytes of one file */
};

enum nf_put_result {
    NF_PUT_SAME, /* nothing to do */
    NF_PUT_NEW,  /* there was no such file */
    NF_PUT_CHANGED,
    NF_PUT_FAILED, /* see errno */
};

/* What nf_put() would come to, if it did not fail. */
enum nf_put_result nf_put_compare(const char *path, struct nf_text text);

/* Make the file at path hold text.  The draft beside it begins with a dot:
 * dnsmasq, for one, does not look at such names. */
enum nf_put_result nf_put(const char *path, struct nf_text text);

/* What lies there, at most as much as has room; a symbolic link is not
 * followed.  False: it cannot be opened. */
bool nf_put_read(const char *path, char room[static NF_PUT_MAX],
                 struct nf_text *text);

/* Take the first word off a line, as a time.  False, and *time 0: it is none.
 */
bool nf_put_take_time(struct nf_text *line, nf_time_t *time);

#endif
