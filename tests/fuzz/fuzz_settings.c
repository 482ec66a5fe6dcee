/*
 * A file of settings may hold anything: what is read must settle or be
 * refused, and no value may hold a byte that ends a line or a quotation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct nf_settings *settings)
{
    for (const struct nf_setting_row *row = nf_setting_rows; row->name != NULL;
         row++)
    {
        const char *value = nf_settings_get(settings, row->name);
        if (strpbrk(value, "\n\r\"'\\`{}<>|&;") != NULL) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct nf_settings settings;
    struct nf_fault fault = {0};
    char path[32];
    int fd = memfd_create("settings", 0);

    if (fd < 0 || write(fd, data, size) != (ssize_t) size) {
        abort();
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    nf_settings_default(&settings);
    if (nf_settings_read(&settings, path, &fault) == NF_OK) {
        check(&settings);
        if (nf_settings_settle(&settings, &fault) == NF_OK) {
            check(&settings);
        }
    }
    close(fd);
    return 0;
}
