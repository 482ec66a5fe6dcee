#ifndef NF_FUZZ_STORE_H
#define NF_FUZZ_STORE_H

/*
 * A site with a scratch store for fuzz targets, made anew now and then so
 * that it stays small.
 */

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/api.h"

enum {
    RUNS_PER_STORE = 500
};

static struct nf_settings settings;
static struct nf_site site = {.settings = &settings};
static char folder[64], path[96];

static void
drop_store(void)
{
    static const char *const suffixes[] = {"", "-lock", "-bell", "-ballast"};
    char name[128];

    nf_store_close(site.store);
    site.store = NULL;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        (void) unlink(name);
    }
}

static int
remove_one(const char *name, const struct stat *is, int flag, struct FTW *at)
{
    (void) is, (void) flag, (void) at;
    return remove(name);
}

/* The store, and what was uploaded. */
static void
remove_all(void)
{
    drop_store();
    (void) nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
make_site(void)
{
    nf_templates_t *templates = NULL;
    struct nf_fault fault;

    snprintf(folder, sizeof(folder), "%s/nf-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    nf_settings_default(&settings);
    if (mkdtemp(folder) == NULL
        || nf_settings_set(&settings, "NF_SERVER_ADDR", NF_TEXT("10.66.0.1:80"),
                           &fault)
               != NF_OK
        || nf_settings_set(&settings, "NF_FILES_DIR", nf_text(folder), &fault)
               != NF_OK
        || nf_settings_settle(&settings, &fault) != NF_OK
        || nf_templates_load(&templates, "conf/templates", NULL, &fault)
               != NF_OK)
    {
        fprintf(stderr, "run from the top of the checkout\n");
        exit(2);
    }
    site.templates = templates;
    nf_enroll_word("1", site.key, site.enroll);
    snprintf(path, sizeof(path), "%s/nodes.db", folder);
    atexit(remove_all);
}

/* Call before every input; check looks at a store before it goes, or NULL. */
static void
fresh_store(void (*check)(void))
{
    static unsigned runs;
    struct nf_store_init init = {.map_size = 64 << 20};

    if (folder[0] == '\0') {
        make_site();
    }
    if (runs++ % RUNS_PER_STORE != 0) {
        return;
    }
    if (check != NULL && site.store != NULL) {
        check();
    }
    drop_store();
    if (nf_store_init(path, &init) != NF_OK
        || nf_store_open(&site.store, path) != NF_OK)
    {
        exit(2);
    }
}

#endif
