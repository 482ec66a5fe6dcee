/*
 * nf store check.
 */

#include <stdio.h>

#include "base/log.h"
#include "command.h"
#include "offline.h"
#include "store/check.h"

enum {
    TOLD_MAX = 100
};

static void
tell(void *of, const char *fault)
{
    uint64_t *told = of;

    if ((*told)++ < TOLD_MAX) {
        puts(fault);
    }
}

int
nf_command_store_check(int argc, char **argv)
{
    uint64_t told = 0;
    struct nf_check check = {.tell = tell, .of = &told};
    nf_store_t *store = nf_offline_open();

    (void) argc;
    (void) argv;
    if (store == NULL) {
        return NF_EXIT_FAILED;
    }
    nf_error_t err = nf_store_check(store, &check);
    nf_store_close(store);
    if (err == NF_OK && fflush(stdout) != 0) {
        err = NF_IO;
    }
    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "the check ended early: %s", nf_error_text(err));
        return NF_EXIT_FAILED;
    }
    nf_log(check.faults == 0 ? NF_LOG_INFO : NF_LOG_ERR,
           "checked the store: records=%llu rows=%llu faults=%llu",
           (unsigned long long) check.records, (unsigned long long) check.rows,
           (unsigned long long) check.faults);
    return check.faults == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}
