#include "log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* clang-format off */
static const struct {
    const char *word;
    char priority;                      /* syslog's number */
} levels[] = {
    [NF_LOG_ERROR]   = { "error",   '3' },
    [NF_LOG_WARNING] = { "warning", '4' },
    [NF_LOG_NOTICE]  = { "notice",  '5' },
    [NF_LOG_INFO]    = { "info",    '6' },
    [NF_LOG_DEBUG]   = { "debug",   '7' },
};
/* clang-format on */

enum {
    LEVEL_COUNT = sizeof levels / sizeof levels[0],
    LINE_MAX_LEN = 600
};

static nf_log_form_t form = NF_LOG_PLAIN;
static nf_log_level_t limit = NF_LOG_INFO;

void
nf_log_open(nf_log_form_t new_form, nf_log_level_t level)
{
    form = new_form;
    limit = level;
}

bool
nf_log_level_parse(const char *word, nf_log_level_t *level)
{
    if (strcmp(word, "err") == 0) {
        word = levels[NF_LOG_ERROR].word; /* the server's spelling */
    }
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(word, levels[i].word) == 0) {
            *level = (nf_log_level_t) i;
            return true;
        }
    }
    return false;
}

static int
print_head(char *line, size_t size, nf_log_level_t level)
{
    struct timespec up;

    switch (form) {
    case NF_LOG_JOURNAL:
        return snprintf(line, size, "<%c>nf-agent: ", levels[level].priority);
    case NF_LOG_CONSOLE:
        clock_gettime(CLOCK_BOOTTIME, &up);
        return snprintf(line, size, "nf-agent: %lld.%ld s ",
                        (long long) up.tv_sec, up.tv_nsec / 100000000);
    default:
        return snprintf(line, size, "nf-agent: ");
    }
}

void
nf_log(nf_log_level_t level, const char *format, ...)
{
    char line[LINE_MAX_LEN + 1];

    if (level > limit) {
        return;
    }

    int head = print_head(line, sizeof line, level);
    va_list values;
    va_start(values, format);
    vsnprintf(line + head, sizeof line - (size_t) head - 1, format, values);
    va_end(values);

    size_t len = strlen(line);
    for (size_t i = (size_t) head; i < len; i++) {
        if ((unsigned char) line[i] < ' ' || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[len++] = '\n';
    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nobody is left to be told */
    }
}
