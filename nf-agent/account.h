#ifndef NF_AGENT_ACCOUNT_H
#define NF_AGENT_ACCOUNT_H

/*
 * Who may log in to the new system.  Passwords come as hashes of crypt(5) and
 * go through a tool's standard input, never through its arguments.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NF_USERS_MAX = 16,
    NF_USER_SIZE = 33,
    NF_HASH_SIZE = 160,
    NF_KEYS_SIZE = 16 * 1024, /* of all keys of one user */
};

struct nf_user {
    char name[NF_USER_SIZE];
    char hash[NF_HASH_SIZE]; /* "" leaves the password as it is */
    bool is_sudoer;
    char *keys; /* lines of authorized_keys, or NULL */
};

struct nf_accounts {
    int count; /* root is one of them when something is said of it */
    struct nf_user list[NF_USERS_MAX + 1];
};

/* Reads users, ssh_keys and root_password_hash of the order.  The name of the
   first member that is wrong, or NULL; room holds it. */
const char *nf_accounts_read(const json_t *order, struct nf_accounts *accounts,
                             char *room, size_t size);

void nf_accounts_clear(struct nf_accounts *accounts);

/* Makes them in the system below directory, which root is opened from. */
bool nf_accounts_make(const struct nf_accounts *accounts, int root,
                      const char *directory, char *fault, size_t size);

#endif
