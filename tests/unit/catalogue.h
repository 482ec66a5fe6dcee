#ifndef NF_TEST_CATALOGUE_H
#define NF_TEST_CATALOGUE_H

/*
 * Boot files of the world's catalogue, without their contents.  The log knows
 * nothing of them: whoever puts one takes it away.
 */

#include "store/files.h"
#include "world.h"

static void
put_file(const char *path, char digit)
{
    struct nf_file file = {.size = 5};

    snprintf(file.path, sizeof(file.path), "%s", path);
    memset(file.sha256, digit, 64);
    NF_WRITE(w, world.s.store);
    assert_true(nf_files_put(&w, &file));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

static void
forget_file(const char *path)
{
    NF_WRITE(w, world.s.store);
    assert_true(nf_files_delete(&w, nf_text(path)));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

#endif
