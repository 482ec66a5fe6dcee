#include "offline.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"

nf_store_t *
nf_offline_open(void)
{
    struct nf_settings settings;

    return nf_offline_open_with(&settings);
}

/* Readers of the store write too: into its table of readers. */
static const char *
why_not(const char *path, nf_error_t err)
{
    if (access(path, R_OK | W_OK) != 0 && errno == EACCES) {
        return "Permission denied: run this as root or as a member of the "
               "group nodefoundry";
    }
    return err == NF_NOT_FOUND
               ? "there is none; this command reads the store itself, on the "
                 "bastion, where nf store init creates it"
               : nf_error_text(err);
}

nf_store_t *
nf_offline_open_with(struct nf_settings *settings)
{
    nf_store_t *store = NULL;

    if (!nf_bastion_load_offline(settings)) {
        return NULL;
    }
    nf_error_t err = nf_store_open_as_is(&store, settings->db_path);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot open the store %s: %s", settings->db_path,
               why_not(settings->db_path, err));
        return NULL;
    }
    return store;
}

bool
nf_offline_print(struct nf_text text)
{
    return fwrite(text.data, 1, text.len, stdout) == text.len
           && putchar('\n') != EOF;
}
