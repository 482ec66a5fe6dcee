/*
 * The file is two lines, "public=BASE64" and "secret=BASE64": that the one
 * follows from the other tells whether it is whole.
 */
#include "key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "model/settings.h"

enum {
    EXIT_USAGE = 64,
    EXIT_SETTINGS = 78,
    FILE_MAX = 2 * (NF_WORKER_KEY_TEXT + 16),
};

static const char usage[] =
    "usage: nf-bmc key [--make]\n"
    "\n"
    "Prints the public half of this worker's key and its fingerprint, which\n"
    "is to be compared before the key is accepted, as a JSON object.  The key\n"
    "is in NF_BMC_DIR; it is created when nf-bmc first starts as the worker,\n"
    "or with --make.\n"
    "\n"
    "  --make   create the key if there is none\n"
    "\n"
    "Exit status: 0 printed, 1 there is none or it cannot be read, 64 wrong\n"
    "arguments, 78 wrong settings.\n";

/* --- reading -----------------------------------------------------------------
 */

static bool
take_line(struct nf_text *rest, struct nf_text name,
          uint8_t key[static NF_WORKER_KEY])
{
    struct nf_text value = nf_text_cut(rest, '\n');

    return nf_text_equal(nf_text_cut(&value, '='), name) && value.data != NULL
           && nf_worker_key_parse(value, key);
}

static bool
parse(struct nf_text text, struct nf_worker_keys *keys)
{
    uint8_t public[NF_WORKER_KEY];

    return take_line(&text, NF_TEXT("public"), keys->public)
           && take_line(&text, NF_TEXT("secret"), keys->secret) && text.len == 0
           && crypto_scalarmult_base(public, keys->secret) == 0
           && memcmp(public, keys->public, sizeof(public)) == 0;
}

static nf_error_t
read_open(int fd, struct nf_worker_keys *keys, struct nf_fault *fault)
{
    char text[FILE_MAX];
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return NF_IO;
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return nf_refuse(
            fault, "key",
            "can be read or written by others than its owner, so it may not be "
            "secret; remove it, and nf-bmc makes another");
    }
    ssize_t n = read(fd, text, sizeof(text));
    if (n < 0) {
        return NF_IO;
    }
    bool is_whole = parse((struct nf_text){text, (size_t) n}, keys);
    sodium_memzero(text, sizeof(text));
    return is_whole ? NF_OK
                    : nf_refuse(fault, "key",
                                "is damaged; remove it, and nf-bmc makes "
                                "another, which has to be accepted again");
}

static bool
put_path(const char *folder, const char *name, char path[static 4096])
{
    int n = snprintf(path, 4096, "%s/%s", folder, name);

    errno = ENAMETOOLONG;
    return n > 0 && n < 4096;
}

nf_error_t
nf_key_read(const char *folder, struct nf_worker_keys *keys,
            struct nf_fault *fault)
{
    char path[4096];
    int fd = put_path(folder, "key", path)
                 ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                 : -1;

    if (fd < 0) {
        return errno == ENOENT ? NF_NOT_FOUND : NF_IO;
    }
    nf_error_t err = read_open(fd, keys, fault);
    int why = errno;
    close(fd);
    errno = why;
    return err;
}

/* --- making ------------------------------------------------------------------
 */

static size_t
format(char text[static FILE_MAX])
{
    struct nf_worker_keys keys;
    char public[NF_WORKER_KEY_TEXT], secret[NF_WORKER_KEY_TEXT];

    crypto_box_keypair(keys.public, keys.secret);
    nf_worker_key_format(keys.public, public);
    nf_worker_key_format(keys.secret, secret);
    int n = snprintf(text, FILE_MAX, "public=%s\nsecret=%s\n", public, secret);
    sodium_memzero(&keys, sizeof(keys));
    sodium_memzero(secret, sizeof(secret));
    return (size_t) n;
}

static bool
write_new(const char *path)
{
    char text[FILE_MAX];

    if (unlink(path) != 0 && errno != ENOENT) { /* a killed one left it */
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    size_t len = format(text);
    bool is_written = write(fd, text, len) == (ssize_t) len && fsync(fd) == 0;
    int why = errno;
    sodium_memzero(text, sizeof(text));
    close(fd);
    errno = why;
    return is_written;
}

/* Never over one that is there. */
static bool
make(const char *folder)
{
    char fresh[4096], path[4096];

    if (!put_path(folder, "key.new", fresh) || !put_path(folder, "key", path)
        || !write_new(fresh))
    {
        return false;
    }
    return (renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) == 0
            || errno == EEXIST)
           && nf_folder_sync(folder);
}

nf_error_t
nf_key_open(const char *folder, struct nf_worker_keys *keys,
            struct nf_fault *fault)
{
    nf_error_t err = nf_key_read(folder, keys, fault);

    if (err != NF_NOT_FOUND) {
        return err;
    }
    return make(folder) ? nf_key_read(folder, keys, fault) : NF_IO;
}

/* --- showing -----------------------------------------------------------------
 */

static int
show(const char *folder, bool is_made)
{
    struct nf_worker_keys keys;
    struct nf_fault fault;
    char key[NF_WORKER_KEY_TEXT], fingerprint[NF_WORKER_FINGERPRINT];

    switch (is_made ? nf_key_open(folder, &keys, &fault)
                    : nf_key_read(folder, &keys, &fault))
    {
    case NF_OK:
        break;
    case NF_INVALID:
        fprintf(stderr, "nf-bmc key: %s/%s %s\n", folder, fault.field,
                fault.reason);
        return EXIT_FAILURE;
    case NF_NOT_FOUND:
        fprintf(stderr,
                "nf-bmc key: there is none in %s: nf-bmc makes it when "
                "it starts as the worker\n",
                folder);
        return EXIT_FAILURE;
    default:
        fprintf(stderr, "nf-bmc key: %s/key: %s\n", folder, strerror(errno));
        return EXIT_FAILURE;
    }
    nf_worker_key_format(keys.public, key);
    nf_worker_key_fingerprint(keys.public, fingerprint);
    sodium_memzero(&keys, sizeof(keys));
    printf("{\"key\":\"%s\",\"fingerprint\":\"%s\"}\n", key, fingerprint);
    return EXIT_SUCCESS;
}

int
nf_key_show(int argc, char **argv)
{
    static struct nf_settings settings;
    struct nf_fault fault;

    bool is_made = argc == 2 && strcmp(argv[1], "--make") == 0;

    if (argc > 1 && !is_made) {
        bool is_help =
            strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0;
        fputs(is_help ? usage : "nf-bmc: see nf-bmc key --help\n",
              is_help ? stdout : stderr);
        return is_help ? EXIT_SUCCESS : EXIT_USAGE;
    }
    if (nf_settings_load(&settings, &fault) != NF_OK) {
        fprintf(stderr, "nf-bmc key: could not read the settings: %s %s\n",
                fault.field, fault.reason);
        return EXIT_SETTINGS;
    }
    return show(settings.bmc_dir, is_made);
}
