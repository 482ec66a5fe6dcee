#include "script.h"

#include "base/text.h"
#include "log.h"
#include "process.h"
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
name_read(const json_t *member, size_t i, char out[NF_SCRIPT_NAME_SIZE])
{
    const char *name = json_string_value(member);

    if (member == NULL) {
        snprintf(out, NF_SCRIPT_NAME_SIZE, "script %zu", i + 1);
        return true;
    }
    return name != NULL && nf_text_is_printable(nf_text(name))
           && nf_text_copy(out, NF_SCRIPT_NAME_SIZE, nf_text(name));
}

/* The decoded script, or NULL and what is wrong with it. */
static char *
text_decode(const json_t *member, const char **wrong)
{
    const char *coded = json_string_value(member);
    char *text = coded != NULL ? malloc(NF_SCRIPT_MAX + 1) : NULL;
    size_t len = 0;

    *wrong = "is not base64 of at most 65536 bytes";
    if (text == NULL
        || sodium_base642bin((uint8_t *) text, NF_SCRIPT_MAX, coded,
                             strlen(coded), "\r\n ", &len, NULL,
                             sodium_base64_VARIANT_ORIGINAL)
               != 0)
    {
        free(text);
        return NULL;
    }
    if (memchr(text, '\0', len) != NULL) {
        *wrong = "holds a NUL";
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

bool
nf_scripts_read(const json_t *list, struct nf_scripts *scripts, char *fault,
                size_t size)
{
    size_t i;
    json_t *member;
    const char *wrong = "has no valid name";

    *scripts = (struct nf_scripts){0};
    if (list == NULL || json_is_null(list)) {
        return true;
    }
    if (!json_is_array(list) || json_array_size(list) > NF_SCRIPTS_MAX) {
        snprintf(fault, size, "scripts is not a list of at most %d",
                 NF_SCRIPTS_MAX);
        return false;
    }
    json_array_foreach (list, i, member) {
        struct nf_script *script = &scripts->list[i];
        bool is_named =
            name_read(json_object_get(member, "name"), i, script->name);
        script->text =
            is_named ? text_decode(json_object_get(member, "script"), &wrong)
                     : NULL;
        if (script->text == NULL) {
            snprintf(fault, size, "scripts[%zu] %s", i, wrong);
            nf_scripts_clear(scripts);
            return false;
        }
        scripts->count = (int) i + 1;
    }
    return true;
}

void
nf_scripts_clear(struct nf_scripts *scripts)
{
    for (int i = 0; i < scripts->count; i++) {
        free(scripts->list[i].text);
    }
    *scripts = (struct nf_scripts){0};
}

#define FOLDER    "/tmp/nodefoundry"
#define FILE_NAME FOLDER "/script"

static bool
script_run(const struct nf_script *script, const char *root, int root_fd,
           char *fault, size_t size)
{
    char why[300] = "";
    const struct nf_process shell = {
        .argv = (const char *const[]){"/bin/sh", FILE_NAME, NULL},
        .root = root,
        .directory = FOLDER,
        .limit_s = NF_SCRIPT_LIMIT_S,
    };

    nf_log(NF_LOG_INFO, "running the script \"%s\"", script->name);
    if (!nf_root_write(root_fd, FILE_NAME, 0700, script->text,
                       strlen(script->text)))
    {
        snprintf(fault, size, "cannot write the script \"%s\": %s",
                 script->name, strerror(errno));
        return false;
    }
    bool is_done = nf_process_run(&shell, why, sizeof why);
    nf_root_remove(root_fd, FILE_NAME);
    if (!is_done) {
        snprintf(fault, size, "the script \"%s\" failed: %s", script->name,
                 why);
    }
    return is_done;
}

bool
nf_scripts_run(const struct nf_scripts *scripts, const char *root, char *fault,
               size_t size)
{
    int root_fd = nf_root_open(root != NULL ? root : "/");
    bool is_done = root_fd >= 0 && nf_root_mkdir(root_fd, FOLDER, 0700);

    if (!is_done) {
        snprintf(fault, size, "cannot make a folder for scripts: %s",
                 strerror(errno));
    }
    for (int i = 0; i < scripts->count && is_done; i++) {
        is_done = script_run(&scripts->list[i], root, root_fd, fault, size);
    }
    if (root_fd >= 0) {
        const char *folder = FOLDER;
        unlinkat(root_fd, folder + 1, AT_REMOVEDIR);
        close(root_fd);
    }
    return is_done;
}
