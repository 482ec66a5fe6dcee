#ifndef NF_AGENT_CONSOLE_H
#define NF_AGENT_CONSOLE_H

/*
 * The lines of a machine's console for the person before it, on stdout.  What
 * came from a server or a device may stand in them: control bytes do not
 * reach the terminal.
 */

/* One whole line, without its end; any thread may call. */
void nf_console(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whoever else takes each line; to be set before other threads print. */
typedef void nf_console_tap_t(const char *line);
void nf_console_tap(nf_console_tap_t *to);

#endif
