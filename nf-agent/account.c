#include "account.h"

#include "base/out.h"
#include "base/text.h"
#include "process.h"
#include "root.h"
#include "screen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* useradd(8): what Debian and Red Hat both allow. */
static bool
name_is_valid(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(name);

    return len > 0 && len < NF_USER_SIZE && strchr(first, name[0]) != NULL
           && strspn(name, rest) == len;
}

/* crypt(5), and "!" or "*" for a password that nothing matches. */
static bool
hash_is_valid(const char *hash)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "./$,=+-_!*";
    size_t len = strlen(hash);

    return len > 0 && len < NF_HASH_SIZE && strspn(hash, allowed) == len;
}

static bool
hash_read(const json_t *member, char out[NF_HASH_SIZE])
{
    const char *hash = json_string_value(member);

    out[0] = '\0';
    if (member == NULL || json_is_null(member)
        || (hash != NULL && hash[0] == '\0')) {
        return true;
    }
    if (hash == NULL || !hash_is_valid(hash)) {
        return false;
    }
    nf_screen_hide(hash);
    return nf_text_copy(out, NF_HASH_SIZE, nf_text(hash));
}

/* One line each: a key with a newline in it would be two. */
static bool
keys_read(const json_t *list, char **keys)
{
    size_t i;
    json_t *member;

    *keys = NULL;
    if (list == NULL || json_is_null(list) || json_array_size(list) == 0) {
        return list == NULL || json_is_null(list) || json_is_array(list);
    }
    char *lines = malloc(NF_KEYS_SIZE);
    struct nf_out out = nf_out(lines, lines != NULL ? NF_KEYS_SIZE - 1 : 0);
    bool is_good = lines != NULL;
    json_array_foreach (list, i, member) {
        const char *key = json_string_value(member);
        is_good = is_good && key != NULL && key[0] != '\0' && key[0] != '#'
                  && nf_text_is_printable(nf_text(key));
        if (is_good) {
            nf_out_puts(&out, key);
            nf_out_putc(&out, '\n');
        }
    }
    if (!is_good || out.full) {
        free(lines);
        return false;
    }
    lines[out.len] = '\0';
    *keys = lines;
    return true;
}

static const char *
user_read(const json_t *object, struct nf_user *user)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    const json_t *sudo = json_object_get(object, "sudo");

    if (name == NULL || !name_is_valid(name)
        || !nf_text_copy(user->name, NF_USER_SIZE, nf_text(name)))
    {
        return "name";
    }
    if (!hash_read(json_object_get(object, "password_hash"), user->hash)) {
        return "password_hash";
    }
    if (sudo != NULL && !json_is_boolean(sudo) && !json_is_null(sudo)) {
        return "sudo";
    }
    user->is_sudoer = json_is_true(sudo);
    return keys_read(json_object_get(object, "ssh_keys"), &user->keys)
               ? NULL
               : "ssh_keys";
}

static const char *
users_read(const json_t *list, struct nf_accounts *accounts, char *room,
           size_t size)
{
    size_t i;
    json_t *member;

    if (list == NULL || json_is_null(list)) {
        return NULL;
    }
    if (!json_is_array(list) || json_array_size(list) > NF_USERS_MAX) {
        return "users";
    }
    json_array_foreach (list, i, member) {
        struct nf_user *user = &accounts->list[accounts->count++];
        const char *wrong = user_read(member, user);
        for (int j = 0; wrong == NULL && j < accounts->count - 1; j++) {
            wrong =
                strcmp(accounts->list[j].name, user->name) == 0 ? "name" : NULL;
        }
        if (wrong != NULL) {
            snprintf(room, size, "users[%zu].%s", i, wrong);
            return room;
        }
    }
    return NULL;
}

const char *
nf_accounts_read(const json_t *order, struct nf_accounts *accounts, char *room,
                 size_t size)
{
    struct nf_user root = {.name = "root"};
    const char *wrong = NULL;

    *accounts = (struct nf_accounts){0};
    if (!hash_read(json_object_get(order, "root_password_hash"), root.hash)) {
        return "root_password_hash";
    }
    if (!keys_read(json_object_get(order, "ssh_keys"), &root.keys)) {
        return "ssh_keys";
    }
    if (root.hash[0] != '\0' || root.keys != NULL) {
        accounts->list[accounts->count++] = root;
    }
    wrong = users_read(json_object_get(order, "users"), accounts, room, size);
    if (wrong != NULL) {
        nf_accounts_clear(accounts);
    }
    return wrong;
}

void
nf_accounts_clear(struct nf_accounts *accounts)
{
    for (int i = 0; i < accounts->count; i++) {
        free(accounts->list[i].keys);
    }
    *accounts = (struct nf_accounts){0};
}

/* What /etc/passwd says of a user. */
struct entry {
    unsigned user, group;
    char home[200];
};

static bool
entry_find(int root, const char *name, struct entry *entry)
{
    char *passwd = nf_root_read(root, "/etc/passwd");
    size_t len = strlen(name);
    bool is_found = false;

    for (char *line = passwd; line != NULL && !is_found;) {
        if (strncmp(line, name, len) == 0 && line[len] == ':') {
            is_found = sscanf(line + len, ":%*[^:]:%u:%u:%*[^:]:%199[^:\n]",
                              &entry->user, &entry->group, entry->home)
                           == 3
                       || sscanf(line + len, ":%*[^:]:%u:%u::%199[^:\n]",
                                 &entry->user, &entry->group, entry->home)
                              == 3;
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    free(passwd);
    return is_found && entry->home[0] == '/'
           && strlen(entry->home) < sizeof entry->home - 40;
}

static bool
keys_write(const struct nf_user *user, int root, char *fault, size_t size)
{
    struct entry entry;
    char path[256];
    char folder[208];

    if (user->keys == NULL) {
        return true;
    }
    bool is_written = entry_find(root, user->name, &entry);
    if (is_written) {
        snprintf(folder, sizeof folder, "%s/.ssh", entry.home);
        snprintf(path, sizeof path, "%s/authorized_keys", folder);
        is_written =
            nf_root_mkdir(root, folder, 0700)
            && nf_root_write(root, path, 0600, user->keys, strlen(user->keys))
            && nf_root_chown(root, folder, entry.user, entry.group)
            && nf_root_chown(root, path, entry.user, entry.group);
    }
    if (!is_written) {
        snprintf(fault, size, "cannot write the SSH keys of %s: %s", user->name,
                 strerror(errno));
    }
    return is_written;
}

/* With a password sudo asks for it; without one there is nothing to ask. */
static bool
sudo_write(const struct nf_user *user, int root, char *fault, size_t size)
{
    char path[128];
    char line[128];
    bool has_password =
        user->hash[0] != '\0' && user->hash[0] != '!' && user->hash[0] != '*';

    if (!user->is_sudoer) {
        return true;
    }
    if (!nf_root_has(root, "/etc/sudoers")) {
        snprintf(fault, size,
                 "%s is to use sudo, which is not installed in the new system",
                 user->name);
        return false;
    }
    snprintf(path, sizeof path, "/etc/sudoers.d/90-nodefoundry-%s", user->name);
    snprintf(line, sizeof line, "%s ALL=(ALL:ALL) %sALL\n", user->name,
             has_password ? "" : "NOPASSWD:");
    if (!nf_root_write(root, path, 0440, line, strlen(line))) {
        snprintf(fault, size, "cannot write %s of the new system: %s", path,
                 strerror(errno));
        return false;
    }
    return true;
}

static bool
user_add(const struct nf_user *user, int root, const char *directory,
         char *fault, size_t size)
{
    struct entry entry;
    const struct nf_process useradd = {
        .argv = (const char *const[]){"useradd", "--create-home", "--shell",
                                      "/bin/bash", "--user-group", user->name,
                                      NULL},
        .root = directory,
        .limit_s = 60,
    };
    return entry_find(root, user->name, &entry)
           || nf_process_run(&useradd, fault, size);
}

static bool
password_set(const struct nf_user *user, const char *directory, char *fault,
             size_t size)
{
    char line[NF_USER_SIZE + NF_HASH_SIZE + 2];
    const struct nf_process chpasswd = {
        .argv = (const char *const[]){"chpasswd", "--encrypted", NULL},
        .input = line,
        .input_len = (size_t) snprintf(line, sizeof line, "%s:%s\n", user->name,
                                       user->hash),
        .root = directory,
        .limit_s = 60,
    };
    return user->hash[0] == '\0' || nf_process_run(&chpasswd, fault, size);
}

bool
nf_accounts_make(const struct nf_accounts *accounts, int root,
                 const char *directory, char *fault, size_t size)
{
    for (int i = 0; i < accounts->count; i++) {
        const struct nf_user *user = &accounts->list[i];
        if (!user_add(user, root, directory, fault, size)
            || !password_set(user, directory, fault, size)
            || !keys_write(user, root, fault, size)
            || !sudo_write(user, root, fault, size))
        {
            return false;
        }
    }
    return true;
}
