#include "log.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

static void
print_plain(enum nf_log_level level, const char *line)
{
    (void) level;
    fprintf(stderr, "nf-agent: %s\n", line);
}

/* The levels follow each other as syslog's do from LOG_ERR on. */
static void
print_to_journal(enum nf_log_level level, const char *line)
{
    fprintf(stderr, "<%d>nf-agent: %s\n", LOG_ERR + (int) level, line);
}

static nf_log_tap_t *tap;

void
nf_log_tap(nf_log_tap_t *to)
{
    tap = to;
}

static void
print_to_console(enum nf_log_level level, const char *line)
{
    struct timespec up;
    char text[1100];

    (void) level;
    clock_gettime(CLOCK_BOOTTIME, &up);
    snprintf(text, sizeof text, "nf-agent: %lld.%ld s %s",
             (long long) up.tv_sec, up.tv_nsec / 100000000, line);
    fprintf(stderr, "%s\n", text);
    if (tap != NULL) {
        tap(text);
    }
}

void
nf_log_form(nf_log_form_t form)
{
    static const nf_log_sink_t sinks[] = {
        [NF_LOG_PLAIN] = print_plain,
        [NF_LOG_JOURNAL] = print_to_journal,
        [NF_LOG_CONSOLE] = print_to_console,
    };

    nf_log_to(sinks[form]);
}

bool
nf_log_word_parse(const char *word, enum nf_log_level *level)
{
    return nf_log_level_parse(strcmp(word, "error") == 0 ? "err" : word, level);
}
