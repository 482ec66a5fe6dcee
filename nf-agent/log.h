#ifndef NF_AGENT_LOG_H
#define NF_AGENT_LOG_H

/*
 * One line per thing worth knowing, on stderr.  Every line begins "nf-agent: ",
 * after journald's priority mark when journald reads it, and before the seconds
 * since power-on when the machine's console shows it.
 */

#include <stdbool.h>

typedef enum {
    NF_LOG_ERROR,
    NF_LOG_WARNING,
    NF_LOG_NOTICE,
    NF_LOG_INFO,
    NF_LOG_DEBUG,
} nf_log_level_t;

typedef enum {
    NF_LOG_PLAIN,
    NF_LOG_JOURNAL,
    NF_LOG_CONSOLE,
} nf_log_form_t;

/* Lines above level are dropped; the default is plain lines up to info. */
void nf_log_open(nf_log_form_t form, nf_log_level_t level);

/* error (or err), warning, notice, info, debug; else false, level untouched. */
bool nf_log_level_parse(const char *word, nf_log_level_t *level);

/* Control characters are printed as '?', so hostile text can't forge a line. */
[[gnu::format(printf, 2, 3)]] void nf_log(nf_log_level_t level,
                                          const char *format, ...);

#endif
