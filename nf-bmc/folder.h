#ifndef NF_BMC_FOLDER_H
#define NF_BMC_FOLDER_H

#include <stdbool.h>

/* What was renamed, made or removed in it is on disk.  False: errno says why.
 */
bool nf_folder_sync(const char *folder);

#endif
