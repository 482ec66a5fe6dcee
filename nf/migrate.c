/*
 * nf store migrate.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"
#include "store/check.h"
#include "store/migrate.h"
#include "store/store.h"

static int
fail(const char *path, const char *backup, const struct nf_migration *done,
     nf_error_t err)
{
    const char *where = done->fault.reason;

    if (err == NF_CONFLICT) {
        nf_log(NF_LOG_ERR, "cannot write the backup: %s exists", backup);
        return NF_EXIT_FAILED;
    }
    nf_log(NF_LOG_ERR, "cannot migrate the store %s: %s%s%s", path,
           err == NF_BUSY ? "it is in use: stop all programs that use it first"
           : err == NF_NOT_FOUND ? "it does not exist; see nf store init"
           : err == NF_SCHEMA    ? "its version is not known to this program"
                                 : nf_error_text(err),
           where[0] != '\0' ? ": " : "", where);
    return NF_EXIT_FAILED;
}

static void
hear(void *of, const char *fault)
{
    (void) of;
    nf_log(NF_LOG_DEBUG, "%s", fault);
}

/* What was wrong before is wrong now; it is not for us to put right. */
static void
check(const char *path)
{
    struct nf_check check = {.tell = hear};
    nf_store_t *store;

    if (nf_store_open_as_is(&store, path) != NF_OK) {
        return; /* whoever opens it says why */
    }
    if (nf_store_check(store, &check) != NF_OK || check.faults > 0) {
        nf_log(NF_LOG_WARNING,
               "the store %s is inconsistent: see nf store check", path);
    }
    nf_store_close(store);
}

static int
tell(const char *path, const char *backup, const struct nf_migration *done)
{
    if (done->from == done->to) {
        nf_log(NF_LOG_INFO, "the store %s already has the current schema",
               path);
    } else {
        nf_log(NF_LOG_INFO,
               "the store %s now has schema %u: nodes=%llu tasks=%llu; the "
               "previous store is in %s",
               path, (unsigned) done->to, (unsigned long long) done->nodes,
               (unsigned long long) done->tasks, backup);
        check(path);
    }
    return NF_EXIT_OK;
}

int
nf_command_migrate(int argc, char **argv)
{
    char usual[NF_SETTING_MAX + 16];
    const char *backup = usual;
    struct nf_settings settings;
    struct nf_migration done;

    if (argc == 2 && strcmp(argv[0], "--backup") == 0) {
        backup = argv[1];
    } else if (argc != 0) {
        fputs("usage: nf store migrate [--backup FILE]\n", stderr);
        return NF_EXIT_USAGE;
    }
    if (!nf_bastion_load_offline(&settings)) {
        return NF_EXIT_FAILED;
    }
    uint32_t schema = 0; /* what cannot be read, the migration says */
    (void) nf_store_schema(settings.db_path, &schema, &done.fault);
    snprintf(usual, sizeof(usual), "%s.schema%u", settings.db_path, schema);
    nf_error_t err = nf_store_migrate(settings.db_path, backup, &done);
    if (err == NF_CONFLICT && backup == usual && unlink(usual) == 0) {
        /* of a run that was killed: the store is still what it is a copy of */
        err = nf_store_migrate(settings.db_path, backup, &done);
    }
    return err == NF_OK ? tell(settings.db_path, backup, &done)
                        : fail(settings.db_path, backup, &done, err);
}
