#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "terminal.h"

bool
nf_say_to_journal(void)
{
    return getenv("JOURNAL_STREAM") != NULL;
}

void
nf_say_to_person(enum nf_log_level level, const char *line)
{
    char shown[2048];

    (void) level;
    nf_terminal_copy(shown, sizeof(shown), line);
    fprintf(stderr, "nf: %s\n", shown);
}

void
nf_say_nothing(enum nf_log_level level, const char *line)
{
    (void) level;
    (void) line;
}

void
nf_say_start(void)
{
    if (!nf_say_to_journal()) {
        nf_log_to(nf_say_to_person);
    }
}

static const char *subject = "";

void
nf_say_about(const char *name)
{
    subject = name != NULL ? name : "";
}

const char *
nf_say_subject(void)
{
    return subject;
}

void
nf_say_fault(const char *what, nf_error_t err, const struct nf_fault *fault)
{
    const char *mark = what != NULL ? ": " : "";

    if (what == NULL) {
        what = "";
    }
    if (fault->reason[0] == '\0') {
        nf_log(NF_LOG_ERR, "%s%s%s", what, mark, nf_error_text(err));
    } else if (fault->field[0] == '\0'
               || (err == NF_NOT_FOUND && mark[0] != '\0')) {
        nf_log(NF_LOG_ERR, "%s%s%s", what, mark, fault->reason);
    } else {
        nf_log(NF_LOG_ERR, "%s%s%s %s", what, mark, fault->field,
               fault->reason);
    }
}

bool
nf_say_written(void)
{
    static bool was_said;

    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return true;
    }
    if (!was_said) {
        nf_log(NF_LOG_ERR, "cannot write the output: %s", strerror(errno));
    }
    was_said = true;
    return false;
}
