/*
 * nf backup.
 */

#include "base/log.h"
#include "command.h"
#include "offline.h"

int
nf_command_backup(int argc, char **argv)
{
    nf_store_t *store = nf_offline_open();

    (void) argc;
    if (store == NULL) {
        return NF_EXIT_FAILED;
    }
    nf_error_t err = nf_store_backup(store, argv[0]);
    nf_store_close(store);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot write the backup: %s",
               err == NF_CONFLICT ? "the file exists" : nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}
