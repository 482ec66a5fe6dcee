/*
 * nf backup and nf restore.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"
#include "store/store.h"

int
nf_command_backup(int argc, char **argv)
{
    struct nf_settings settings;
    nf_store_t *store = NULL;

    (void) argc;
    if (!nf_bastion_load(&settings)) {
        return NF_EXIT_FAILED;
    }
    nf_error_t err = nf_store_open(&store, settings.db_path);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot open the store %s: %s", settings.db_path,
               nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    err = nf_store_backup(store, argv[0]);
    nf_store_close(store);
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "cannot write %s: %s", argv[0],
               err == NF_CONFLICT ? "it exists" : nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    return NF_EXIT_OK;
}

int
nf_command_restore(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return NF_EXIT_FAILED;
}
int
nf_command_dump(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return NF_EXIT_FAILED;
}
int
nf_command_events(int argc, char **argv)
{
    (void) argc;
    (void) argv;
    return NF_EXIT_FAILED;
}
