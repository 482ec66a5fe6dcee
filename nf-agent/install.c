#include "install.h"

#include "address.h"
#include "boot_words.h"
#include "console.h"
#include "conversation.h"
#include "http.h"
#include "log.h"
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef NF_VERSION
#define NF_VERSION "0.1.0"
#endif

enum {
    EXIT_USAGE = 2,
    FAULT_SIZE = 400,
    MAC_TRIES = 30, /* seconds for a driver to find its card */
};

struct start {
    struct nf_boot boot;
    bool is_once;
    char fault[FAULT_SIZE];
};

static bool
cmdline_read(struct start *start)
{
    char line[4096] = "";
    const char *chosen = getenv("NF_CMDLINE");
    const char *path = chosen != NULL ? chosen : "/proc/cmdline";
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        snprintf(start->fault, FAULT_SIZE, "cannot read %s", path);
    }
    if (file != NULL) {
        fclose(file);
    }
    return line[0] != '\0'
           && nf_boot_parse(line, &start->boot, start->fault, FAULT_SIZE);
}

/* Options of the command line, and the words they set. */
/* clang-format off */
static const struct {
    const char *option;
    const char *word;
} options[] = {
    { "--url",          "url" },
    { "--regional-url", "url" },
    { "--mac",          "mac" },
    { "--token",        "token" },
    { "--poll",         "poll" },
};
/* clang-format on */

enum {
    OPTION_COUNT = sizeof options / sizeof options[0]
};

static bool
word_set(struct start *start, const char *word, const char *value,
         const char *name)
{
    if (value == NULL || !nf_boot_set(&start->boot, word, value)) {
        snprintf(start->fault, FAULT_SIZE, "%s needs a valid value", name);
        return false;
    }
    return true;
}

/* Option number i of argv; how many words it took, 0 when it is wrong. */
static int
option_take(struct start *start, int argc, char **argv, int i)
{
    if (strcmp(argv[i], "--once") == 0) {
        start->is_once = true;
        return 1;
    }
    for (int k = 0; k < OPTION_COUNT; k++) {
        if (strcmp(argv[i], options[k].option) == 0) {
            const char *value = i + 1 < argc ? argv[i + 1] : NULL;
            return word_set(start, options[k].word, value, argv[i]) ? 2 : 0;
        }
    }
    snprintf(start->fault, FAULT_SIZE, "unknown option %s", argv[i]);
    return 0;
}

/* The kernel's words, then the environment, then the options: the last wins. */
static bool
start_read(struct start *start, int argc, char **argv)
{
    const char *url = getenv("REGIONAL_CLIENT_URL");

    if (!cmdline_read(start)
        || (url != NULL && !word_set(start, "url", url, "REGIONAL_CLIENT_URL")))
    {
        return false;
    }
    for (int i = 1; i < argc;) {
        int taken = option_take(start, argc, argv, i);
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    if (start->boot.url[0] == '\0') {
        snprintf(start->fault, FAULT_SIZE,
                 "where is the server? The kernel command line has neither "
                 "regional_url nor nf.url");
        return false;
    }
    return true;
}

/* The card that the server is reached by, else the first one. */
static bool
mac_find(struct start *start)
{
    static const nf_mac_t none;
    struct nf_url url;

    for (int i = 0; i < MAC_TRIES; i++) {
        if (!nf_mac_equal(start->boot.mac, none)
            || (nf_url_parse(start->boot.url, &url)
                && nf_mac_towards(&url.server, &start->boot.mac))
            || nf_mac_find(&start->boot.mac))
        {
            return true;
        }
        sleep(1);
    }
    snprintf(start->fault, FAULT_SIZE, "this machine has no network card");
    return false;
}

int
nf_install_main(int argc, char **argv)
{
    static struct start start;

    setvbuf(stdout, NULL, _IOLBF, 0);
    nf_console_tap(nf_screen_line);
    nf_log_tap(nf_screen_line);
    if (!start_read(&start, argc, argv)) {
        nf_console("nf-agent: %s", start.fault);
        return EXIT_USAGE;
    }
    if (!mac_find(&start)) {
        nf_console("nf-agent: %s", start.fault);
        return EXIT_FAILURE;
    }
    if (start.boot.is_lpmos) {
        nf_console("=== LPMOS Agent Started (Enhanced) ===");
        nf_console("Regional Client: %s", start.boot.url);
    } else {
        nf_console("=== NodeFoundry agent " NF_VERSION " ===");
        nf_console("Server: %s", start.boot.url);
    }
    nf_console("Polling Interval: %ds", start.boot.poll);
    return nf_conversation_run(&start.boot, start.is_once,
                               getenv("NF_CMDLINE") == NULL);
}
