#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "model/settings.h"
#include "say.h"
#include "write.h"

#define SETTINGS "/etc/nodefoundry/nodefoundry.conf"
#define OF_SITE  "/etc/nodefoundry/client.conf"
#define OF_UP    "/run/nodefoundry/client.conf"

enum {
    FILE_MAX_BYTES = 4096,
    PATH_MAX_BYTES = 1024
};

enum found {
    NOT_FOUND,
    FOUND,
    WRONG /* which has been said */
};

static enum found
take(const char *from, const char *url, char *to, size_t size)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/') {
        len--;
    }
    if (!nf_text_copy(to, size, (struct nf_text){url, len})) {
        nf_log(NF_LOG_ERR, "%s: the URL of the API is too long", from);
        return WRONG;
    }
    return len > 0 ? FOUND : NOT_FOUND;
}

/* --- a file of the client
 * -----------------------------------------------------
 */

static struct nf_text
trim(struct nf_text text)
{
    while (text.len > 0 && strchr(" \t\r\"'", text.data[text.len - 1]) != NULL)
    {
        text.len--;
    }
    while (text.len > 0 && strchr(" \t\"'", text.data[0]) != NULL) {
        text.data++;
        text.len--;
    }
    return text;
}

/* NF_API=URL, and comments. */
static enum found
read_line(const char *path, unsigned number, struct nf_text line, char *to,
          size_t size)
{
    struct nf_text value = trim(line);
    char url[FILE_MAX_BYTES];

    if (value.len == 0 || value.data[0] == '#') {
        return NOT_FOUND;
    }
    struct nf_text name = trim(nf_text_cut(&value, '='));
    if (!nf_text_equal(name, NF_TEXT("NF_API"))) {
        nf_log(NF_LOG_ERR, "%s, line %u: must be NF_API=URL", path, number);
        return WRONG;
    }
    (void) nf_text_copy(url, sizeof(url), trim(value));
    return take(path, url, to, size);
}

/* One that is not there, or not for this user, says nothing. */
static enum found
read_client(const char *path, char *to, size_t size)
{
    char data[FILE_MAX_BYTES];
    size_t len = 0;
    unsigned number = 0;
    enum found found = NOT_FOUND;

    if (!nf_read_file(path, data, sizeof(data), &len)) {
        return NOT_FOUND;
    }
    struct nf_text text = {data, len};
    while (text.len > 0 && found == NOT_FOUND) {
        struct nf_text line = nf_text_cut(&text, '\n');
        found = read_line(path, ++number, line, to, size);
    }
    return found;
}

static enum found
read_own(char *to, size_t size)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool has_base = base != NULL && base[0] == '/';
    char path[PATH_MAX_BYTES];
    int n = has_base ? snprintf(path, sizeof(path), "%s/nf.conf", base)
            : home != NULL && home[0] == '/'
                ? snprintf(path, sizeof(path), "%s/.config/nf.conf", home)
                : -1;

    return n > 0 && n < (int) sizeof(path) ? read_client(path, to, size)
                                           : NOT_FOUND;
}

/* --- the settings ------------------------------------------------------------
 */

static const char *
named_settings(void)
{
    const char *path = getenv("NF_CONFIG");

    return path != NULL && path[0] != '\0' ? path : NULL;
}

static enum found
refuse_secret(const char *path)
{
    nf_log(NF_LOG_ERR,
           "cannot read %s: %s: set NF_API, write NF_API=http://127.0.0.1:8080 "
           "into ~/.config/nf.conf or " OF_SITE
           ", or add this user to the group nodefoundry",
           path, strerror(EACCES));
    return WRONG;
}

/* They may hold secrets, so not everybody may read them. */
static enum found
read_settings(char *to, size_t size)
{
    static struct nf_settings settings;
    const char *path = named_settings() != NULL ? named_settings() : SETTINGS;
    struct nf_fault fault = {0};

    if (access(path, R_OK) != 0 && errno == EACCES) {
        enum found found =
            named_settings() == NULL ? read_client(OF_UP, to, size) : NOT_FOUND;
        return found != NOT_FOUND ? found : refuse_secret(path);
    }
    nf_error_t err = nf_settings_load(&settings, &fault);
    if (err != NF_OK) {
        nf_say_fault(path, err, &fault);
        return WRONG;
    }
    bool is_here = settings.http_addr[0] == ':';
    int n = snprintf(to, size, "http://%s%s", is_here ? "127.0.0.1" : "",
                     settings.http_addr);
    return n > 0 && (size_t) n < size ? FOUND : WRONG;
}

bool
nf_client_find(const char *chosen, char *url, size_t size)
{
    const char *said = chosen != NULL ? chosen : getenv("NF_API");
    enum found found = said != NULL ? take(chosen != NULL ? "--api" : "NF_API",
                                           said, url, size)
                                    : NOT_FOUND;

    if (found == NOT_FOUND) {
        found = read_own(url, size);
    }
    if (found == NOT_FOUND && named_settings() == NULL) {
        found = read_client(OF_SITE, url, size);
    }
    if (found == NOT_FOUND) {
        found = read_settings(url, size);
    }
    return found == FOUND;
}
