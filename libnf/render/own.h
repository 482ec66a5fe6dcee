#ifndef NF_RENDER_OWN_H
#define NF_RENDER_OWN_H

/*
 * The operator's own templates, all of them as one text, so that they are
 * checked and kept as they were at one moment:
 *
 *     nodefoundry templates 1
 *     boot/wait.ipxe 24
 *     #!ipxe
 *     echo ours {{mac}}
 *     end
 *
 * where each source has a line end behind it.
 */

#include "base/error.h"
#include "base/text.h"

struct nf_own {
    char *data; /* NULL: there are none */
    size_t len, cap;
};

/*
 * Read those that there are of the names, and every partial, below dir, which
 * may be NULL or not exist.  NF_INVALID: fault has the name of what cannot be
 * read.  The caller frees it, also after a failure.
 */
nf_error_t nf_own_read(struct nf_own *own, const char *dir,
                       const char *const *names, size_t n,
                       struct nf_fault *fault);
void nf_own_free(struct nf_own *own);

/* The same without partials. */
nf_error_t nf_own_read_named(struct nf_own *own, const char *dir,
                             const char *const *names, size_t n,
                             struct nf_fault *fault);

/* Walk over them from *at = 0; name and source point into it. */
bool nf_own_next(const struct nf_own *own, size_t *at, struct nf_text *name,
                 struct nf_text *source);
bool nf_own_find(const struct nf_own *own, const char *name,
                 struct nf_text *source);

/* Make the file at path hold them, whole or not at all, also after a power
 * cut; one that does is left alone.  False: see errno. */
bool nf_own_save(const struct nf_own *own, const char *path);

/* False: there is none, or it is damaged.  The caller frees it. */
bool nf_own_load(struct nf_own *own, const char *path);

/* The same of one that only this user can have written: others may write into
 * its folder. */
bool nf_own_load_ours(struct nf_own *own, const char *path);

/* 0 or an errno: the whole file into buffer, which has NF_TEMPLATE_MAX + 1
 * bytes; *len is that for a longer one.  Only regular files, so that no pipe
 * holds us up. */
int nf_own_read_file(const char *path, char *buffer, size_t *len);

#endif
