#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {"err", "warning", "notice", "info",
                                    "debug"};
static const int priorities[] = {3, 4, 5, 6, 7}; /* syslog's, RFC 5424 */

static enum nf_log_level threshold = NF_LOG_INFO;

static void
to_stderr(enum nf_log_level level, const char *line)
{
    fprintf(stderr, "<%d>%s\n", priorities[level], line);
}

static nf_log_sink_t sink_now = to_stderr;

void
nf_log_to(nf_log_sink_t sink)
{
    sink_now = sink;
}

void
nf_log_limit(enum nf_log_level level)
{
    threshold = level;
}

bool
nf_log_level_parse(const char *word, enum nf_log_level *level)
{
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], word) == 0) {
            *level = i;
            return true;
        }
    }
    return false;
}

int
nf_log_level(const char *word)
{
    return nf_log_level_parse(word, &threshold) ? 0 : -1;
}

/* A newline in a value must not start a line of its own. */
static void
clean(char *line)
{
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char) *c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

void
nf_log(enum nf_log_level level, const char *format, ...)
{
    char line[1024];
    va_list args;

    if (level > threshold) {
        return;
    }
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    clean(line);
    sink_now(level, line);
}
