#include "terminal.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

void
nf_terminal_start(void)
{
    (void) setlocale(LC_CTYPE, "C.UTF-8");
}

int
nf_terminal_columns(void)
{
    struct winsize size = {0};

    if (!isatty(STDOUT_FILENO)) {
        return 0;
    }
    (void) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return size.ws_col > 0 ? size.ws_col : 80;
}

int
nf_terminal_rows(void)
{
    struct winsize size = {0};

    (void) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return size.ws_row > 0 ? size.ws_row : 24;
}

bool
nf_terminal_has_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0')
           && term != NULL && strcmp(term, "dumb") != 0;
}

/* Control characters (C0, DEL, C1), ends of lines, and those that change the
 * direction of what follows (Unicode's bidirectional formatting). */
static bool
is_harmful(wchar_t c)
{
    static const struct {
        wchar_t first, last;
    } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x200e, 0x200f},
                  {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfff9, 0xfffb}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* The next character and its length; a byte that begins none is '?'. */
static size_t
next(const char *text, size_t len, wchar_t *c)
{
    mbstate_t state = {0};
    size_t n = mbrtowc(c, text, len, &state);

    if (n == (size_t) -1 || n == (size_t) -2 || n == 0) {
        *c = L'\0';
        return 1;
    }
    return n;
}

void
nf_terminal_copy(char *to, size_t size, const char *from)
{
    size_t len = from != NULL ? strlen(from) : 0, at = 0, n;
    wchar_t c;

    for (; len > 0; from += n, len -= n) {
        n = next(from, len, &c);
        size_t wanted = is_harmful(c) ? 1 : n;
        if (at + wanted + 1 > size) {
            break;
        }
        memcpy(to + at, is_harmful(c) ? "?" : from, wanted);
        at += wanted;
    }
    to[at] = '\0';
}

static int
columns_of(wchar_t c)
{
    int n = wcwidth(c);

    return n >= 0 ? n : 1;
}

int
nf_terminal_width(const char *text)
{
    size_t len = strlen(text), n;
    int width = 0;
    wchar_t c;

    for (; len > 0; text += n, len -= n) {
        n = next(text, len, &c);
        width += columns_of(c);
    }
    return width;
}

void
nf_terminal_fit(char *text, int columns)
{
    size_t len = strlen(text), at = 0, n;
    int width = 0;
    wchar_t c;

    if (nf_terminal_width(text) <= columns) {
        return;
    }
    for (; at < len; at += n) {
        n = next(text + at, len - at, &c);
        width += columns_of(c);
        if (width > columns - 1) {
            break; /* the mark has its place: what is cut was as long */
        }
    }
    text[at] = '~';
    text[at + (columns > 0)] = '\0';
}

bool
nf_terminal_put(const char *text, size_t len)
{
    bool is_terminal = isatty(STDOUT_FILENO);
    wchar_t c;

    for (size_t n; is_terminal && len > 0; text += n, len -= n) {
        n = next(text, len, &c);
        bool is_bad = is_harmful(c) && c != L'\n' && c != L'\t';
        (void) fwrite(is_bad ? "?" : text, 1, is_bad ? 1 : n, stdout);
    }
    return fwrite(text, 1, len, stdout) == len && ferror(stdout) == 0;
}
