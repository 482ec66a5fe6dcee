/*
 * nf images make: what nodes are installed with.  A script makes it, of
 * Debian's packages; see images/make.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"

enum {
    WORDS_MAX = 8
};

int
nf_command_images_make(int argc, char **argv)
{
    struct nf_settings settings;
    char script[NF_SETTING_MAX + 32];
    char *words[WORDS_MAX] = {script};

    if (!nf_bastion_load_offline(&settings) || argc > WORDS_MAX - 2) {
        return NF_EXIT_FAILED;
    }
    snprintf(script, sizeof(script), "%s/images/make", settings.share_dir);
    memcpy(words + 1, argv, (size_t) argc * sizeof(*argv));
    setenv("NF_FILES_DIR", settings.files_dir, 1);
    execv(script, words);
    nf_log(NF_LOG_ERR, "cannot run %s: %s", script, strerror(errno));
    return NF_EXIT_FAILED;
}
