#include "offline.h"

#include <stdio.h>

#include "base/log.h"
#include "bastion.h"

nf_store_t *
nf_offline_open(void)
{
    struct nf_settings settings;

    return nf_offline_open_with(&settings);
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
               err == NF_NOT_FOUND ? "there is none; see nf store init"
                                   : nf_error_text(err));
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
