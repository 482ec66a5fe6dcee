#ifndef NF_BASE_LOG_H
#define NF_BASE_LOG_H

/*
 * One line per thing worth telling: what failed, why, then key=value.  Lower
 * case, no full stop, never a secret.  Pure code returns errors and does not
 * log; programs do, once.
 */

#include <stdbool.h>

enum nf_log_level {
    NF_LOG_ERR,     /* someone must act */
    NF_LOG_WARNING, /* degraded */
    NF_LOG_NOTICE,  /* a node changed state */
    NF_LOG_INFO,    /* one per request or job */
    NF_LOG_DEBUG,
};

/* Receives lines already cleaned of control bytes.  Called on any thread. */
typedef void (*nf_log_sink_t)(enum nf_log_level level, const char *line);

/* Without a sink lines go to stderr with journald's <n> prefix. */
void nf_log_to(nf_log_sink_t sink);

/* Lines above this level are dropped; at first, those above info. */
void nf_log_limit(enum nf_log_level level);

/* The words are err, warning, notice, info, debug. */
bool nf_log_level_parse(const char *word, enum nf_log_level *level);

/* The limit by its word; an unknown one changes nothing and returns -1. */
int nf_log_level(const char *word);

void nf_log(enum nf_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
