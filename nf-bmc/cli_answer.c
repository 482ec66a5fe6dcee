#include "cli_answer.h"

#include "port/cli.h"

enum {
    HEAD_LINES = 8,
};

size_t
nf_cli_find_echo(struct nf_text screen, const char *command)
{
    size_t n = strlen(command);

    for (size_t at = 0; at + n <= screen.len; at++) {
        if (memcmp(screen.data + at, command, n) == 0) {
            const char *end = memchr(screen.data + at, '\n', screen.len - at);
            return end == NULL ? SIZE_MAX : (size_t) (end + 1 - screen.data);
        }
    }
    return SIZE_MAX;
}

struct nf_text
nf_cli_without_prompt(struct nf_text screen)
{
    while (screen.len > 0 && screen.data[screen.len - 1] != '\n') {
        screen.len--;
    }
    return screen;
}

bool
nf_cli_ends_in(struct nf_text screen, char c)
{
    while (screen.len > 0 && screen.data[screen.len - 1] == ' ') {
        screen.len--;
    }
    return screen.len > 0 && screen.data[screen.len - 1] == c;
}

struct nf_text
nf_cli_head(struct nf_text answer)
{
    struct nf_text rest = answer, line;

    for (size_t i = 0; i < HEAD_LINES && nf_cli_line(&rest, &line); i++) {
    }
    answer.len -= rest.len;
    return answer;
}

struct nf_text
nf_cli_last_words(struct nf_text answer)
{
    struct nf_text line, last = {"", 0};

    while (nf_cli_line(&answer, &line)) {
        last = line.len > 0 ? line : last;
    }
    return last;
}
