/*
 * A path of any bytes names a boot file or does not; what does leads nowhere
 * else, in a request or in a folder.
 */
#include <stdlib.h>
#include <string.h>

#include "model/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text path = {(const char *) data, size};
    struct nf_fault fault;

    (void) nf_file_type_of(path, (struct nf_bytes){data, size});
    nf_error_t raw = nf_file_raw_path_check(path, &fault);
    if (nf_file_path_check(path, &fault) != NF_OK || data == NULL) {
        return 0;
    }
    if (raw != NF_OK || size >= NF_FILE_PATH || data[0] == '/' || data[0] == '.'
        || memmem(data, size, "/.", 2) != NULL
        || memmem(data, size, "//", 2) != NULL
        || memchr(data, '\0', size) != NULL || memchr(data, '\\', size) != NULL
        || memchr(data, '%', size) != NULL)
    {
        abort();
    }
    return 0;
}
