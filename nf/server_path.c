/*
 * Paths of the API, of names and values that somebody typed.
 */

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "server.h"
#include "terminal.h"

/* What a server takes for a step up or down is no name of anything. */
static bool
is_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL
           && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool
nf_server_path(char path[static NF_PATH_MAX_BYTES], const char *before,
               const char *name, const char *behind)
{
    char shown[64];
    char *word = is_name(name) ? curl_easy_escape(NULL, name, 0) : NULL;
    int n = word != NULL ? snprintf(path, NF_PATH_MAX_BYTES, "%s%s%s", before,
                                    word, behind)
                         : -1;

    curl_free(word);
    if (n < 0 || n >= NF_PATH_MAX_BYTES) {
        nf_terminal_copy(shown, sizeof(shown), name);
        nf_log(NF_LOG_ERR, "'%s' is not a valid name", shown);
        return false;
    }
    return true;
}

bool
nf_server_query(char path[static NF_PATH_MAX_BYTES], const char *name,
                const char *value)
{
    size_t len = strlen(path), room = NF_PATH_MAX_BYTES - len;

    if (value == NULL) {
        return true;
    }
    char *word = curl_easy_escape(NULL, value, 0);
    char mark = strchr(path, '?') == NULL ? '?' : '&';
    int n = word != NULL
                ? snprintf(path + len, room, "%c%s=%s", mark, name, word)
                : -1;

    curl_free(word);
    if (n < 0 || (size_t) n >= room) {
        nf_log(NF_LOG_ERR, "the value of %s is too long", name);
        return false;
    }
    return true;
}
