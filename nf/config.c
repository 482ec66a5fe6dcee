/*
 * nf config: the settings, and what other programs' configuration they make.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "bastion.h"
#include "command.h"
#include "list.h"
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

static int
read_settings(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    const struct nf_settings *settings = list->of;
    json_t *page = json_array();

    for (const struct nf_setting_row *row = nf_setting_rows; row->name != NULL;
         row++)
    {
        json_array_append_new(
            page, json_pack("{s:s, s:s, s:s, s:s}", "name", row->name, "value",
                            shown(settings, row->name), "default",
                            row->fallback, "meaning", row->text));
    }
    (void) take(page, of);
    json_decref(page);
    return NF_EXIT_OK;
}

int
nf_config_list(int argc, char **argv)
{
    static const struct nf_column columns[] = {
        /* clang-format off */
        { "NAME",    "name",    NF_COLUMN_TEXT,  NF_KEEP },
        { "VALUE",   "value",   NF_COLUMN_TEXT,  NF_KEEP },
        { "DEFAULT", "default", NF_COLUMN_TEXT,  NF_DROP_SOON },
        { "MEANING", "meaning", NF_COLUMN_WORDS, NF_DROP_FIRST },
        { 0 },
        /* clang-format on */
    };
    struct nf_settings settings;
    struct nf_fault fault = {0};
    struct nf_list list = {
        .columns = columns, .read = read_settings, .of = &settings};

    if (!nf_list_take(&list, &argc, argv, NULL) || argc != 0) {
        return nf_usage("config list");
    }
    nf_error_t err = nf_settings_load(&settings, &fault);
    if (err != NF_OK) {
        nf_say_fault(NULL, err, &fault);
        return NF_EXIT_FAILED;
    }
    return nf_list_show(&list);
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
