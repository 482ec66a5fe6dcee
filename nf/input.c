#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
    FILE_MAX_BYTES = 16 << 20
};

const char *
nf_input_name(const char *path)
{
    return strcmp(path, "-") != 0 ? path : "standard input";
}

char *
nf_input_read(const char *path, char **text)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, by Windows */
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    size_t len = 0;

    *text = malloc(FILE_MAX_BYTES + 1);
    if (file == NULL || *text == NULL) {
        nf_log(NF_LOG_ERR, "cannot open %s: %s", path, strerror(errno));
        free(*text);
        return NULL;
    }
    len = fread(*text, 1, FILE_MAX_BYTES + 1, file);
    const char *why = ferror(file)            ? strerror(errno)
                      : len > FILE_MAX_BYTES  ? "is larger than 16 MiB"
                      : memchr(*text, 0, len) ? "has a NUL byte"
                                              : NULL;
    if (!is_stdin) {
        fclose(file);
    }
    if (why != NULL) {
        nf_log(NF_LOG_ERR, "cannot read %s: %s", path, why);
        free(*text);
        return NULL;
    }
    (*text)[len] = '\0';
    return *text + (strncmp(*text, mark, 3) == 0 ? 3 : 0);
}
