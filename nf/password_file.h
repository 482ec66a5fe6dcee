#ifndef NF_PASSWORD_FILE_H
#define NF_PASSWORD_FILE_H

/*
 * mosquitto's file of passwords: a line NAME:HASH for each who may connect.
 * What is in it takes effect when mosquitto reads it again.
 */

#include <sys/types.h>

#include "base/text.h"

/*
 * Give name this password; NULL: take the name out.  *was_there tells whether
 * the name was in it.  The file lies in folder, belongs to group as it does
 * already, and changes as a whole; two who change it at once wait for each
 * other.  False: errno says why.
 */
bool nf_password_file_change(const char *folder, const char *file,
                             struct nf_text name, const char *password,
                             gid_t group, bool *was_there);

#endif
