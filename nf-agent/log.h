#ifndef NF_AGENT_LOG_H
#define NF_AGENT_LOG_H

/*
 * The agent's lines, on stderr.  Every line begins "nf-agent: ", after
 * journald's priority mark when journald reads it, and before the seconds since
 * power-on when the machine's console shows it.
 */

#include "base/log.h"

typedef enum {
    NF_LOG_PLAIN,
    NF_LOG_JOURNAL,
    NF_LOG_CONSOLE,
} nf_log_form_t;

/* From now on lines look like this. */
void nf_log_form(nf_log_form_t form);

/* libnf's words, and "error" for err; else false, level untouched. */
bool nf_log_word_parse(const char *word, enum nf_log_level *level);

/* Whoever else takes each line for the machine's console, as it stands there;
 * to be set before other threads print. */
typedef void nf_log_tap_t(const char *line);
void nf_log_tap(nf_log_tap_t *to);

#endif
