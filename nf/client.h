#ifndef NF_CLIENT_H
#define NF_CLIENT_H

/*
 * Where the API is, for whoever runs nf: root on the bastion, an operator who
 * may not read its settings, or somebody on another machine.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * The base URL of the API, without a slash at its end; chosen is what the
 * command line says, or NULL.  The first of these that says it:
 *   chosen, NF_API, ~/.config/nf.conf, /etc/nodefoundry/client.conf,
 *   NF_HTTP_ADDR of the settings, and where those may not be read the file that
 *   `nf up` writes for everybody, /run/nodefoundry/client.conf.
 * Who names other settings by NF_CONFIG means those, before the files of /etc.
 * False: said why it is not known, and what to do.
 */
bool nf_client_find(const char *chosen, char *url, size_t size);

#endif
