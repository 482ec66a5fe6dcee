#include "boot_words.h"

#include "http.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
    CMDLINE_MAX = 4096
};

static bool
url_set(struct nf_boot *boot, const char *value)
{
    struct nf_url url;
    size_t len = strlen(value);

    if (len >= sizeof boot->url || !nf_url_parse(value, &url)) {
        return false;
    }
    memcpy(boot->url, value, len + 1);
    while (boot->url[len - 1] == '/') {
        boot->url[--len] = '\0';
    }
    return true;
}

static bool
mac_set(struct nf_boot *boot, const char *value)
{
    return nf_mac_parse(nf_text(value), &boot->mac);
}

/* What PXELINUX says with IPAPPEND 2: the kind of card, then its address. */
static bool
bootif_set(struct nf_boot *boot, const char *value)
{
    return strncmp(value, "01-", 3) != 0 || mac_set(boot, value + 3);
}

static bool
token_set(struct nf_boot *boot, const char *value)
{
    size_t len = strlen(value);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char) value[i])) {
            return false;
        }
    }
    return len > 0
           && nf_text_copy(boot->token, sizeof boot->token, nf_text(value));
}

bool
nf_disk_word_is_valid(const char *value)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.:,+/";
    size_t len = strlen(value);

    return len < NF_DISK_SIZE && strspn(value, allowed) == len
           && (strcmp(value, "auto") == 0
               || (value[0] == '/' && strstr(value, "..") == NULL));
}

static bool
disk_set(struct nf_boot *boot, const char *value)
{
    return nf_disk_word_is_valid(value)
           && nf_text_copy(boot->disk, sizeof boot->disk, nf_text(value));
}

static bool
seconds_read(const char *value, uint64_t min, uint64_t max, int *seconds)
{
    uint64_t number;

    if (!nf_text_number(nf_text(value), max, &number) || number < min) {
        return false;
    }
    *seconds = (int) number;
    return true;
}

static bool
retry_set(struct nf_boot *boot, const char *value)
{
    return seconds_read(value, 0, NF_RETRY_MAX, &boot->retry);
}

static bool
poll_set(struct nf_boot *boot, const char *value)
{
    return seconds_read(value, 1, NF_POLL_MAX, &boot->poll);
}

/* KEY, or administrator:KEY, where KEY is 32 bytes in base64url. */
static bool
bmc_set(struct nf_boot *boot, const char *value)
{
    const struct nf_text level = NF_TEXT("administrator:");
    struct nf_bmc_wish wish = {.is_wished = true};
    size_t len = 0;

    wish.is_administrator = nf_text_starts(nf_text(value), level);
    value += wish.is_administrator ? level.len : 0;
    if (sodium_base642bin(wish.key, sizeof wish.key, value, strlen(value), NULL,
                          &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING)
            != 0
        || len != sizeof wish.key)
    {
        return false;
    }
    boot->bmc = wish;
    return true;
}

/* What the console begins with: our own words, or those of LPMOS for programs
   that look for them. */
static bool
banner_set(struct nf_boot *boot, const char *value)
{
    boot->is_lpmos = strcmp(value, "lpmos") == 0;
    return boot->is_lpmos || strcmp(value, "nodefoundry") == 0;
}

/* A word that is not said keeps what nf_boot_parse begins with. */
/* clang-format off */
static const struct {
    const char *name;
    bool (*set)(struct nf_boot *boot, const char *value);
} words[] = {
    { "regional_url", url_set },
    { "nf.url",       url_set },
    { "BOOTIF",       bootif_set },
    { "nf.mac",       mac_set },
    { "nf.token",     token_set },
    { "nf.disk",      disk_set },
    { "nf.retry",     retry_set },
    { "nf.poll",      poll_set },
    { "nf.bmc",       bmc_set },
    { "nf.banner",    banner_set },
};
/* clang-format on */

enum {
    WORD_COUNT = sizeof words / sizeof words[0]
};

/* Finds the last word NAME=value; false when there is none.  A template may
   leave NAME= behind: that says nothing. */
static bool
word_find(const char *line, const char *name, char *value, size_t size)
{
    size_t name_len = strlen(name);
    bool is_found = false;

    for (const char *at = line; *(at += strspn(at, " \t\n")) != '\0';) {
        size_t len = strcspn(at, " \t\n");
        if (len > name_len + 1 && strncmp(at, name, name_len) == 0
            && at[name_len] == '=')
        {
            snprintf(value, size, "%.*s", (int) (len - name_len - 1),
                     at + name_len + 1);
            is_found = true;
        }
        at += len;
    }
    return is_found;
}

bool
nf_boot_parse(const char *cmdline, struct nf_boot *boot, char *fault,
              size_t size)
{
    struct nf_boot result = {.disk = "auto", .retry = 60, .poll = 10};
    char value[CMDLINE_MAX];

    for (int i = 0; i < WORD_COUNT; i++) {
        if (word_find(cmdline, words[i].name, value, sizeof value)
            && !words[i].set(&result, value))
        {
            snprintf(fault, size, "the kernel command line has no valid %s",
                     words[i].name);
            return false;
        }
    }
    *boot = result;
    return true;
}

bool
nf_boot_set(struct nf_boot *boot, const char *name, const char *value)
{
    for (int i = 0; i < WORD_COUNT; i++) {
        const char *dot = strchr(words[i].name, '.');
        if (dot != NULL && strcmp(dot + 1, name) == 0) {
            return words[i].set(boot, value);
        }
    }
    return false;
}
