/*
 * nf config: the settings, and what other programs' configuration they make.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"
#include "model/setting_check.h"
#include "own_templates.h"
#include "render.h"
#include "say.h"
#include "settings_check.h"
#include "write.h"

int
nf_config_check(int argc, char **argv)
{
    struct nf_settings settings;

    (void) argc;
    (void) argv;
    if (!nf_bastion_load(&settings) || !nf_own_templates_check(&settings)) {
        return NF_EXIT_FAILED;
    }
    if (strcmp(settings.dhcp_mode, "server") == 0
        && !nf_bastion_serves_dhcp(&settings))
    {
        nf_log(NF_LOG_WARNING,
               "DHCP will not be served: neither NF_DHCP_IP_POOL_START nor "
               "NF_DHCP_RANGES is set");
    }
    if (nf_settings_count_missing(&settings) > 0) {
        return NF_EXIT_FAILED;
    }
    puts("the settings are valid");
    return fflush(stdout) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

/* Everybody may see a listing; the hash of a password is not for everybody. */
static const char *
shown(const struct nf_settings *settings, const char *name)
{
    const char *value = nf_settings_get(settings, name);

    if (strcmp(name, "NF_ROOT_PASSWORD_HASH") == 0 && strcmp(value, "!") != 0) {
        return "(set)";
    }
    return value;
}

int
nf_config_list(int argc, char **argv)
{
    struct nf_settings settings;
    struct nf_fault fault = {0};
    nf_error_t err = nf_settings_load(&settings, &fault);

    (void) argc;
    (void) argv;
    if (err != NF_OK) {
        nf_say_fault(NULL, err, &fault);
        return NF_EXIT_FAILED;
    }
    for (const struct nf_setting_row *row = nf_setting_rows; row->name != NULL;
         row++)
    {
        printf("%s=%s\n    default: %s\n    %s\n", row->name,
               shown(&settings, row->name),
               row->fallback[0] != '\0' ? row->fallback : "(empty)", row->text);
    }
    return fflush(stdout) == 0 ? NF_EXIT_OK : NF_EXIT_FAILED;
}

int
nf_config_render(int argc, char **argv)
{
    struct nf_settings settings;
    char dir[NF_SETTING_MAX];
    unsigned changed;

    (void) argc;
    if (!nf_text_copy(dir, sizeof(dir), nf_text(argv[0]))
        || !nf_bastion_path(dir, sizeof(dir)))
    {
        nf_log(NF_LOG_ERR, "the name of the directory is too long");
        return NF_EXIT_FAILED;
    }
    const char *must = nf_setting_misfit(NF_SETTING_PATH, nf_text(dir));
    if (must != NULL) {
        nf_log(NF_LOG_ERR, "DIR must be %s", must);
        return NF_EXIT_FAILED;
    }
    if (!nf_bastion_load(&settings)) {
        return NF_EXIT_FAILED;
    }
    if (nf_make_directory(dir, 0755) != 0) {
        nf_log(NF_LOG_ERR, "cannot make %s: %s", dir, strerror(errno));
        return NF_EXIT_FAILED;
    }
    return nf_render_all(&settings, dir, &changed) ? NF_EXIT_OK
                                                   : NF_EXIT_FAILED;
}
