#include "show.h"

#include "command.h"
#include "names.h"
#include "option.h"
#include "output.h"
#include "server.h"

/* What an object is shown by. */
struct showing {
    const char *before, *behind;
    bool (*print)(const json_t *object);
    enum nf_output_form form;
};

static bool
print_one(struct nf_each *each, const json_t *object)
{
    const struct showing *showing = each->of;

    if (showing->form == NF_OUTPUT_YAML) {
        if (each->is_several) {
            puts("---");
        }
        return nf_output_value(object, NF_OUTPUT_YAML);
    }
    return showing->print(object);
}

static int
show_one(struct nf_each *each, const char *name)
{
    const struct showing *showing = each->of;
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, showing->before, name, showing->behind)) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask("GET", path, NULL, &reply);
    if (code == NF_EXIT_OK && each->is_json) {
        nf_each_show(each, reply.json);
    } else if (code == NF_EXIT_OK && !print_one(each, reply.json)) {
        code = NF_EXIT_FAILED;
    }
    nf_server_end(&reply);
    return code;
}

static int
show_command(const char *command, int argc, char **argv,
             struct showing *showing, bool has_titles)
{
    const char *output = NULL;
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json),
                                        NF_OPTION("-o", &output),
                                        NF_OPTION("--output", &output),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0
        || !nf_output_parse(output, &showing->form))
    {
        return nf_usage(command);
    }
    is_json |= showing->form == NF_OUTPUT_JSON;
    return nf_each_run(
        &(struct nf_each){.run = show_one,
                          .is_json = is_json,
                          .has_titles =
                              has_titles && showing->form != NF_OUTPUT_YAML,
                          .of = showing},
        argc, argv);
}

int
nf_show_one_command(const char *command, int argc, char **argv,
                    const char *before, const char *behind,
                    bool (*print)(const json_t *object))
{
    struct showing showing = {before, behind, print, NF_OUTPUT_TABLE};

    return show_command(command, argc, argv, &showing, false);
}

int
nf_show_titled_command(const char *command, int argc, char **argv,
                       const char *before, const char *behind,
                       bool (*print)(const json_t *object))
{
    struct showing showing = {before, behind, print, NF_OUTPUT_TABLE};

    return show_command(command, argc, argv, &showing, true);
}

static int
ask_one(struct nf_each *each, const char *name)
{
    const struct nf_asking *asking = each->of;
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply;

    if (!nf_server_path(path, asking->before, name, asking->behind)) {
        return NF_EXIT_FAILED;
    }
    int code = nf_server_ask(asking->method, path, asking->body, &reply);
    if (code == NF_EXIT_OK && reply.json != NULL && each->is_json) {
        nf_each_show(each, reply.json);
    } else if (code == NF_EXIT_OK && reply.json != NULL && asking->one != NULL
               && !each->is_dry)
    {
        nf_table_say(reply.json, asking->one, asking->other);
    }
    nf_server_end(&reply);
    return code;
}

int
nf_ask_each(const struct nf_asking *asking, int argc, char **argv)
{
    return nf_each_run(&(struct nf_each){.done = asking->done,
                                         .is_json = asking->is_json,
                                         .consent = asking->consent,
                                         .run = ask_one,
                                         .of = (void *) asking},
                       argc, argv);
}

int
nf_delete_command(const char *command, int argc, char **argv,
                  const char *before)
{
    const struct nf_option options[] = {{0}};

    if (!nf_options_take(&argc, argv, options) || argc == 0) {
        return nf_usage(command);
    }
    return nf_ask_each(&(struct nf_asking){.method = "DELETE",
                                           .before = before,
                                           .behind = "",
                                           .done = "deleted"},
                       argc, argv);
}
