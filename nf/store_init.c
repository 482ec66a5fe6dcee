/*
 * nf store init.
 */

#include "bastion.h"
#include "command.h"
#include "prepare.h"

int
nf_command_store_init(int argc, char **argv)
{
    struct nf_settings settings;

    (void) argc;
    (void) argv;
    return nf_bastion_load_offline(&settings)
                   && nf_prepare_directories(&settings)
                   && nf_prepare_store(&settings)
                   && nf_prepare_workers(&settings)
               ? NF_EXIT_OK
               : NF_EXIT_FAILED;
}
