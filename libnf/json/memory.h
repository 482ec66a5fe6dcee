#ifndef NF_JSON_MEMORY_H
#define NF_JSON_MEMORY_H

/*
 * jansson's memory: wiped when it is given back; and while it parses.  For the
 * files of this folder.
 *
 * jansson (2.14) does not see that its buffer could not grow: when that was
 * for the quote that ends a string, it goes on behind the buffer's end.  The
 * next thing that it does is to allocate, so who fails once fails until the
 * parse is over.
 */

#include <stdbool.h>

void nf_json_memory_begin(void);

/* False: an allocation of this thread failed since it began. */
bool nf_json_memory_end(void);

#endif
