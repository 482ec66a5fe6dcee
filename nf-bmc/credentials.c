#include "credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MAX = 1024
};

static nf_error_t
take_line(struct nf_text line, struct nf_device *device, struct nf_fault *fault)
{
    struct nf_text value = line;
    struct nf_text name = nf_text_cut(&value, '=');
    struct {
        struct nf_text name;
        char *to;
        size_t size;
    } rows[] = {
        {NF_TEXT("user"), device->user, sizeof(device->user)},
        {NF_TEXT("password"), device->password, sizeof(device->password)},
    };

    if (line.len == 0 || line.data[0] == '#') {
        return NF_OK;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (nf_text_equal(name, rows[i].name)) {
            return nf_text_copy(rows[i].to, rows[i].size, value)
                       ? NF_OK
                       : nf_refuse(fault, rows[i].name.data,
                                   "has %zu bytes at most", rows[i].size - 1);
        }
    }
    return nf_refuse(fault, "",
                     "has a line that is neither user= nor "
                     "password=");
}

static nf_error_t
take_lines(struct nf_text text, struct nf_device *device,
           struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    while (err == NF_OK && text.len != 0) {
        err = take_line(nf_text_cut(&text, '\n'), device, fault);
    }
    if (err == NF_OK && device->user[0] == '\0') {
        return nf_refuse(fault, "user", "is missing");
    }
    return err;
}

nf_error_t
nf_credentials_read(const char *path, struct nf_device *device,
                    struct nf_fault *fault)
{
    char text[FILE_MAX];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return NF_IO;
    }
    ssize_t n = read(fd, text, sizeof(text));
    bool is_known = n >= 0 && fstat(fd, &st) == 0;
    close(fd);
    if (!is_known) {
        return NF_IO;
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return nf_refuse(fault, "", "can be read by everybody: chmod 600 it");
    }
    if (n == sizeof(text)) {
        return nf_refuse(fault, "", "is too long");
    }
    nf_error_t err =
        take_lines((struct nf_text){text, (size_t) n}, device, fault);
    explicit_bzero(text, sizeof(text));
    return err;
}
