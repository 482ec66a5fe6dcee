#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line.h"
#include "model/setting_check.h"

static const char begin[] = "-----BEGIN ";

static nf_error_t
take_line(struct nf_text line, struct nf_account *account, char *broker,
          struct nf_fault *fault)
{
    const struct nf_line_row rows[] = {
        {NF_TEXT("broker"), broker, NF_ACCOUNT_HOST},
        {NF_TEXT("site"), account->site, sizeof(account->site)},
        {NF_TEXT("user"), account->user, sizeof(account->user)},
        {NF_TEXT("password"), account->password, sizeof(account->password)},
    };

    return nf_line_take(line, rows, sizeof(rows) / sizeof(rows[0]), fault);
}

static nf_error_t
settle(struct nf_account *account, const char *broker, struct nf_fault *fault)
{
    struct nf_text host;

    if (nf_setting_misfit(NF_SETTING_HOSTPORT, nf_text(broker)) != NULL
        || !nf_setting_split(nf_text(broker), &host, &account->port)
        || !nf_text_copy(account->host, sizeof(account->host), host))
    {
        return nf_refuse(fault, "broker", "must be HOST:PORT");
    }
    if (nf_setting_misfit(NF_SETTING_WORD, nf_text(account->site)) != NULL) {
        return nf_refuse(fault, "site", "must be the NF_IDC of the bastion");
    }
    if (!nf_worker_is_name(nf_text(account->user))) {
        return nf_refuse(fault, "user", "must be a worker's name");
    }
    return account->password[0] != '\0'
               ? NF_OK
               : nf_refuse(fault, "password", "is missing");
}

static nf_error_t
take(struct nf_text text, struct nf_account *account, struct nf_fault *fault)
{
    char broker[NF_ACCOUNT_HOST] = "";
    nf_error_t err = NF_OK;

    while (err == NF_OK && text.len != 0
           && !nf_text_starts(text, nf_text(begin))) {
        err = take_line(nf_text_cut(&text, '\n'), account, broker, fault);
    }
    if (err == NF_OK
        && !nf_text_copy(account->certificates, sizeof(account->certificates),
                         text))
    {
        return nf_refuse(fault, "", "has a NUL byte, or is too long");
    }
    return err == NF_OK ? settle(account, broker, fault) : err;
}

/* The number of bytes; negative: errno says why. */
static ssize_t
load(const char *path, char *text, size_t size, bool *is_open_to_all)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    ssize_t n = fstat(fd, &st) == 0 ? read(fd, text, size) : -1;
    int saved = errno;
    close(fd);
    errno = saved;
    *is_open_to_all = n >= 0 && S_ISREG(st.st_mode)
                      && (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
    return n;
}

nf_error_t
nf_account_read(const char *path, struct nf_account *account,
                struct nf_fault *fault)
{
    const size_t size = NF_ACCOUNT_CERTIFICATES;
    char *text = malloc(size);
    bool is_open_to_all = false;
    ssize_t n = text != NULL ? load(path, text, size, &is_open_to_all) : -1;
    nf_error_t err;

    memset(account, 0, sizeof(*account));
    if (n < 0) {
        err = errno == ENOENT || errno == ENOTDIR ? NF_NOT_FOUND : NF_IO;
    } else if (is_open_to_all) {
        err = nf_refuse(fault, "", "is readable by everybody: chmod 600 it");
    } else if ((size_t) n == size) {
        err = nf_refuse(fault, "", "is too long");
    } else {
        err = take((struct nf_text){text, (size_t) n}, account, fault);
    }
    if (n > 0) {
        explicit_bzero(text, (size_t) n);
    }
    free(text);
    return err;
}
