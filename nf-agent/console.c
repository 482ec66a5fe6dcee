#include "console.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    LINE_SIZE = 1024
};

static nf_console_tap_t *tap;

void
nf_console_tap(nf_console_tap_t *to)
{
    tap = to;
}

void
nf_console(const char *format, ...)
{
    char line[LINE_SIZE];
    va_list words;

    va_start(words, format);
    vsnprintf(line, sizeof line, format, words);
    va_end(words);
    if (!nf_text_is_printable(nf_text(line))) {
        nf_text_scrub(line);
    }
    puts(line);
    fflush(stdout);
    if (tap != NULL) {
        tap(line);
    }
}
