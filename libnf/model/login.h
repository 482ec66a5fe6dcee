#ifndef NF_MODEL_LOGIN_H
#define NF_MODEL_LOGIN_H

/*
 * What lets people into a new system: hashes of passwords and public keys.
 * One that no login takes locks everybody out, which shows only when the
 * machine is installed.
 */

#include "base/text.h"

enum {
    NF_LOGIN_KEY_MAX = 4095, /* a line: RSA of 16384 bits has 2750 */
};

/*
 * What a hash must be, or NULL for one as crypt(5) makes it: yescrypt,
 * gost-yescrypt, scrypt, bcrypt, SHA-512, SHA-256 or MD5, with all its
 * characters; or "!", which no password matches.
 */
const char *nf_login_hash_misfit(struct nf_text hash);

/*
 * What a line of authorized_keys must be, or NULL for one that sshd takes:
 * options, type, key, comment.  It is one line.
 */
const char *nf_login_key_misfit(struct nf_text line);

#endif
