#ifndef NF_BMC_CLI_ANSWER_H
#define NF_BMC_CLI_ANSWER_H

/*
 * Parts of what a switch's terminal shows, once it is settled.
 */

#include "base/text.h"

/* Where the command's echo ends; SIZE_MAX: there is none. */
size_t nf_cli_find_echo(struct nf_text screen, const char *command);

struct nf_text nf_cli_without_prompt(struct nf_text screen);

/* Blanks behind it aside. */
bool nf_cli_ends_in(struct nf_text screen, char c);

/* Where a refusal stands: further down, it is what somebody wrote. */
struct nf_text nf_cli_head(struct nf_text answer);

/* The last line that is not empty. */
struct nf_text nf_cli_last_words(struct nf_text answer);

#endif
