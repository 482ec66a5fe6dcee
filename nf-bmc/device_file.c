#include "device_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"

enum {
    FILE_MAX = 1024
};

struct file {
    struct nf_device *device;
    char driver[32], address[NF_DEVICE_ADDRESS];
    bool is_whole; /* a device, not only its credentials */
    bool has_community;
};

static nf_error_t
take_line(struct nf_text line, struct file *file, struct nf_fault *fault)
{
    struct nf_device *device = file->device;
    struct nf_text rest = line;
    struct nf_text name = nf_text_cut(&rest, '=');
    const struct nf_line_row rows[] = {
        {NF_TEXT("user"), device->user, sizeof(device->user)},
        {NF_TEXT("password"), device->password, sizeof(device->password)},
        {NF_TEXT("community"), device->password, sizeof(device->password)},
        {NF_TEXT("auth"), device->auth, sizeof(device->auth)},
        {NF_TEXT("auth_password"), device->password, sizeof(device->password)},
        {NF_TEXT("priv"), device->priv, sizeof(device->priv)},
        {NF_TEXT("priv_password"), device->priv_password,
         sizeof(device->priv_password)},
        {NF_TEXT("driver"), file->driver, sizeof(file->driver)},
        {NF_TEXT("address"), file->address, sizeof(file->address)},
        {NF_TEXT("pin"), device->pin, sizeof(device->pin)},
    };
    size_t n = file->is_whole ? sizeof(rows) / sizeof(rows[0]) : 7;

    file->has_community |= nf_text_equal(name, NF_TEXT("community"));
    return nf_line_take(line, rows, n, fault);
}

static nf_error_t
settle(struct file *file, struct nf_fault *fault)
{
    struct nf_device *device = file->device;

    /* A device of a node is a BMC, which has no community. */
    if (device->user[0] == '\0' && (file->is_whole || !file->has_community)) {
        return nf_refuse(fault, "user", "is missing");
    }
    if (!file->is_whole) {
        return NF_OK;
    }
    device->driver = nf_driver_find(nf_text(file->driver));
    if (device->driver == NULL) {
        return nf_refuse(fault, "driver", "is not a known driver");
    }
    if (!nf_device_address(device, nf_text(file->address))) {
        return nf_refuse(fault, "address", "is not an address");
    }
    return NF_OK;
}

static nf_error_t
take_lines(struct nf_text text, struct file *file, struct nf_fault *fault)
{
    nf_error_t err = NF_OK;

    while (err == NF_OK && text.len != 0) {
        err = take_line(nf_text_cut(&text, '\n'), file, fault);
    }
    return err == NF_OK ? settle(file, fault) : err;
}

static nf_error_t
read_file(const char *path, struct file *file, struct nf_fault *fault)
{
    char text[FILE_MAX];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? NF_NOT_FOUND : NF_IO;
    }
    ssize_t n = read(fd, text, sizeof(text));
    bool is_known = n >= 0 && fstat(fd, &st) == 0;
    close(fd);
    if (!is_known) {
        return NF_IO;
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return nf_refuse(fault, "", "is readable by everybody: chmod 600 it");
    }
    if (n == sizeof(text)) {
        return nf_refuse(fault, "", "is too long");
    }
    nf_error_t err =
        take_lines((struct nf_text){text, (size_t) n}, file, fault);
    explicit_bzero(text, sizeof(text));
    return err;
}

nf_error_t
nf_credentials_read(const char *path, struct nf_device *device,
                    struct nf_fault *fault)
{
    struct file file = {.device = device};
    nf_error_t err = read_file(path, &file, fault);

    return err == NF_NOT_FOUND ? NF_IO : err;
}

nf_error_t
nf_device_file_read(const char *folder, nf_mac_t mac, struct nf_device *device,
                    struct nf_fault *fault)
{
    char path[4096], name[NF_MAC_TEXT];
    struct file file = {.device = device, .is_whole = true};

    nf_mac_format(mac, name);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    nf_error_t err = read_file(path, &file, fault);
    if (err == NF_NOT_FOUND) {
        (void) nf_refuse(fault, "", "this worker has no BMC for %s", name);
    } else if (err == NF_IO) {
        (void) nf_refuse(fault, "", "cannot read the BMC of %s: %s", name,
                         strerror(errno));
    }
    return err;
}
