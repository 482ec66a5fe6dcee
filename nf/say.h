#ifndef NF_SAY_H
#define NF_SAY_H

/*
 * What nf tells whoever started it, on stderr.
 */

#include "base/error.h"
#include "base/log.h"

/* Send log lines to stderr: with <n> in front when the journal reads them. */
void nf_say_start(void);

/* The two things that nf_log_to() may be told: write a line, or nothing. */
void nf_say_to_person(enum nf_log_level level, const char *line);
void nf_say_nothing(enum nf_log_level level, const char *line);

/* Whether stderr goes to the journal, which reads <n> as a priority. */
bool nf_say_to_journal(void);

/* What the server refuses is about this name, until another one is given or
 * NULL; it is not copied.  "" when there is none. */
void nf_say_about(const char *name);
const char *nf_say_subject(void);

/* Log why something failed, "FIELD REASON" or the error's own words; what
 * stands in front and may be NULL. */
void nf_say_fault(const char *what, nf_error_t err,
                  const struct nf_fault *fault);

/* Flush stdout; false: it could not be written, which is said once. */
bool nf_say_written(void);

#endif
