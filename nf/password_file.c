#include "password_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/out.h"
#include "write.h"

enum {
    FILE_SIZE = 64 * 1024,
    SALT = 12,
    HASH = 64,
    /* mosquitto_passwd's own number: what is hashed is 24 random bytes, which
     * nobody guesses. */
    ROUNDS = 101,
    HASH_TEXT = 160,
};

/* "$7$101$SALT$HASH" (PBKDF2 by SHA-512), as mosquitto_passwd writes it. */
static bool
hash(const char *password, char text[static HASH_TEXT])
{
    unsigned char salt[SALT], key[HASH];
    char salt_text[sodium_base64_ENCODED_LEN(SALT,
                                             sodium_base64_VARIANT_ORIGINAL)];
    char key_text[sodium_base64_ENCODED_LEN(HASH,
                                            sodium_base64_VARIANT_ORIGINAL)];

    randombytes_buf(salt, sizeof(salt));
    if (PKCS5_PBKDF2_HMAC(password, (int) strlen(password), salt, SALT, ROUNDS,
                          EVP_sha512(), HASH, key)
        != 1)
    {
        errno = ENOMEM;
        return false;
    }
    sodium_bin2base64(salt_text, sizeof(salt_text), salt, SALT,
                      sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(key_text, sizeof(key_text), key, HASH,
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(text, HASH_TEXT, "$7$%d$%s$%s", ROUNDS, salt_text, key_text);
    return true;
}

/* All lines but the one of name. */
static bool
put_others(struct nf_text old, struct nf_text name, struct nf_out *out)
{
    bool was_there = false;

    while (old.len > 0) {
        struct nf_text line = nf_text_cut(&old, '\n'), rest = line;
        if (nf_text_equal(nf_text_cut(&rest, ':'), name)) {
            was_there = true;
        } else if (line.len > 0) {
            nf_out_put(out, line);
            nf_out_putc(out, '\n');
        }
    }
    return was_there;
}

static bool
change(const char *path, struct nf_text name, const char *password, gid_t group,
       bool *was_there)
{
    char *old = malloc(FILE_SIZE), *text = malloc(FILE_SIZE), its[HASH_TEXT];
    struct nf_out out = nf_out(text, FILE_SIZE);
    size_t len = 0;
    bool is_new;

    bool is_read =
        old != NULL && text != NULL
        && (nf_read_file(path, old, FILE_SIZE, &len) || errno == ENOENT)
        && (password == NULL || hash(password, its));
    if (is_read) {
        *was_there = put_others((struct nf_text){old, len}, name, &out);
        if (password != NULL) {
            nf_out_printf(&out, "%.*s:%s\n", (int) name.len, name.data, its);
        }
        errno = out.full ? EFBIG : 0;
    }
    bool is_done =
        is_read && !out.full
        && nf_write_file(path, nf_out_text(&out), 0640, group, &is_new);
    free(old);
    free(text);
    return is_done;
}

bool
nf_password_file_change(const char *folder, const char *file,
                        struct nf_text name, const char *password, gid_t group,
                        bool *was_there)
{
    char path[4096];
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    bool is_done = flock(fd, LOCK_EX) == 0
                   && change(path, name, password, group, was_there);
    int saved = errno;
    close(fd);
    errno = saved;
    return is_done;
}
