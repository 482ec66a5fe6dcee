/*
 * The files that boot loaders read by TFTP, as they lie there: nf-relay
 * writes them from the log, so they may be a moment behind it.
 */
#include "render/loader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/page.h"
#include "base/time.h"
#include "change/change.h"

enum {
    FILES_MAX = 10000,
    LINE_MAX_BYTES = 160, /* beside its path */
    DEPTH_MAX = 4,
    PATH_SIZE = NF_SETTING_MAX + 512,
};

/* One that was found, by its path below the root. */
struct found {
    char *path;
    nf_time_t modified;
    uint64_t size;
    nf_mac_t mac;
};

/* What lies below one directory. */
struct listing {
    nf_arena_t *arena;
    const char *root;
    bool is_pxe; /* only a machine's own PXELINUX files */
    size_t n;
    struct found *files;
};

static bool
is_own_file(const char *name, nf_mac_t *mac)
{
    struct nf_text text = nf_text(name);

    return text.len == 3 + NF_MAC_COLONS - 1
           && nf_text_starts(text, NF_TEXT("01-"))
           && nf_mac_parse((struct nf_text){name + 3, text.len - 3}, mac);
}

static void
put_file(struct nf_out *out, const struct found *file, bool is_pxe)
{
    char time[NF_TIME_TEXT], text[NF_MAC_COLONS];

    nf_out_putc(out, '{');
    if (is_pxe) {
        nf_mac_format_divided(file->mac, ':', text);
        nf_out_printf(out, "\"mac\":\"%s\",", text);
    }
    nf_time_format(file->modified, time);
    nf_out_puts(out, "\"path\":");
    nf_out_json(out, nf_text(file->path));
    nf_out_printf(out, ",\"size\":%llu,\"modified_at\":\"%s\"}",
                  (unsigned long long) file->size, time);
}

static void find_below(struct listing *list, const char *below, int depth);

static void
add_file(struct listing *list, const char *path, const char *name,
         const struct stat *st)
{
    struct found file = {.modified = (nf_time_t) st->st_mtime * 1000,
                         .size = (uint64_t) st->st_size};
    struct nf_text copy = {path, strlen(path) + 1};

    if (!is_own_file(name, &file.mac) && list->is_pxe) {
        return;
    }
    copy = nf_arena_copy(list->arena, copy);
    if (copy.data != NULL) {
        file.path = (char *) copy.data;
        list->files[list->n++] = file;
    }
}

static void
find_entry(struct listing *list, const char *below, const char *name, int depth)
{
    char path[PATH_SIZE], full[PATH_SIZE * 2];
    struct stat st;

    int n = snprintf(path, sizeof(path), "%s%s%s", below,
                     below[0] != '\0' ? "/" : "", name);
    if (n < 0 || (size_t) n >= sizeof(path)) {
        return;
    }
    snprintf(full, sizeof(full), "%s/%s", list->root, path);
    if (lstat(full, &st) != 0) {
        return;
    }
    if (S_ISDIR(st.st_mode) && !list->is_pxe && depth < DEPTH_MAX) {
        find_below(list, path, depth + 1);
    } else if (S_ISREG(st.st_mode)
               || (S_ISLNK(st.st_mode) && !list->is_pxe && stat(full, &st) == 0
                   && S_ISREG(st.st_mode)))
    {
        add_file(list, path, name, &st);
    }
}

/* Links to directories are not followed: what lies behind `files` has a list
 * of its own. */
static void
find_below(struct listing *list, const char *below, int depth)
{
    char path[PATH_SIZE];
    struct dirent *entry;

    int n = snprintf(path, sizeof(path), "%s/%s", list->root, below);
    DIR *dir = n > 0 && (size_t) n < sizeof(path) ? opendir(path) : NULL;
    if (dir == NULL) {
        return;
    }
    while (list->n < FILES_MAX && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            find_entry(list, below, entry->d_name, depth);
        }
    }
    closedir(dir);
}

static int
compare(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    return strcmp(x->path, y->path);
}

/* Those behind `from`, as many as the page may have. */
static nf_error_t
reply_found(struct nf_call *call, const struct listing *list, const char *from,
            uint64_t limit)
{
    size_t i = 0;

    while (i < list->n && strcmp(list->files[i].path, from) <= 0) {
        i++;
    }
    size_t end = list->n - i > limit ? i + limit : list->n;
    size_t size = 2;
    for (size_t at = i; at < end; at++) {
        size += 6 * strlen(list->files[at].path) + LINE_MAX_BYTES;
    }
    struct nf_out out = nf_reply_buffer(call, size);
    nf_out_putc(&out, '[');
    for (size_t first = i; i < end; i++) {
        nf_out_puts(&out, i == first ? "" : ",");
        put_file(&out, &list->files[i], list->is_pxe);
    }
    nf_out_putc(&out, ']');
    if (end < list->n && end > 0) {
        nf_page_link(call, limit, nf_text(list->files[end - 1].path),
                     (struct nf_text){0});
    }
    return nf_reply_json(call, 200, &out);
}

/* No ETag: nothing tells when a folder has changed but reading it. */
static nf_error_t
reply_list(struct nf_call *call, struct nf_scope *scope, const char *below,
           bool is_pxe)
{
    struct listing list = {
        .arena = call->arena,
        .root = scope->site->settings->tftp_dir,
        .is_pxe = is_pxe,
        .files = nf_arena_room(call->arena, FILES_MAX * sizeof(struct found))};
    struct nf_text after = nf_page_after(call);
    char from[PATH_SIZE];
    uint64_t limit;
    nf_error_t err = nf_page_limit(call, &limit);

    if (list.files == NULL || after.data == NULL) {
        return NF_NO_MEMORY;
    }
    if (err != NF_OK || !nf_text_copy(from, sizeof(from), after)) {
        return err != NF_OK
                   ? err
                   : nf_refuse(&call->fault, "after", "must be a path");
    }
    find_below(&list, below, 0);
    qsort(list.files, list.n, sizeof(list.files[0]), compare);
    return reply_found(call, &list, from, limit != 0 ? limit : FILES_MAX);
}

nf_error_t
nf_api_tftp_files(struct nf_call *call, struct nf_scope *scope)
{
    return reply_list(call, scope, "", false);
}

nf_error_t
nf_api_pxe_list(struct nf_call *call, struct nf_scope *scope)
{
    return reply_list(call, scope, "pxelinux.cfg", true);
}

/* The token of an installation is its node's alone. */
static void
hide_token(char *text)
{
    static const char name[] = "nf.token=";

    for (char *at = strstr(text, name); at != NULL; at = strstr(at, name)) {
        at += sizeof(name) - 1;
        while (*at != '\0' && *at != ' ' && *at != '\n') {
            *at++ = '*';
        }
    }
}

static nf_error_t
find_mac(struct nf_call *call, struct nf_scope *scope, nf_mac_t *mac)
{
    nf_error_t err = nf_reply_mac(call, mac);

    if (err == NF_OK) {
        (void) nf_nodes_mac_owner(scope->r, *mac, mac);
        err = scope->r->err;
    }
    return err;
}

static nf_error_t
read_text(struct nf_call *call, const char *path,
          char text[static NF_LOADER_FILE_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) {
        return nf_reply_refuse(call, NF_NOT_FOUND, "mac",
                               "has no PXE configuration");
    }
    ssize_t n = read(fd, text, NF_LOADER_FILE_MAX - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n < 0 ? NF_IO : NF_OK;
}

nf_error_t
nf_api_pxe_get(struct nf_call *call, struct nf_scope *scope)
{
    char name[NF_LOADER_PATH], path[PATH_SIZE], mac_text[NF_MAC_COLONS];
    char text[NF_LOADER_FILE_MAX];
    nf_mac_t mac;
    nf_error_t err = nf_reply_mac(call, &mac); /* each card has its own */

    if (err != NF_OK) {
        return err;
    }
    nf_loader_path(NF_LOADER_PXELINUX, mac, name);
    snprintf(path, sizeof(path), "%s/%s", scope->site->settings->tftp_dir,
             name);
    if ((err = read_text(call, path, text)) != NF_OK) {
        return err;
    }
    hide_token(text);
    nf_mac_format_divided(mac, ':', mac_text);
    struct nf_out out = nf_reply_buffer(call, 4 * NF_LOADER_FILE_MAX);
    nf_out_printf(&out, "{\"mac\":\"%s\",\"path\":\"%s\",\"config\":", mac_text,
                  name);
    nf_out_json(&out, nf_text(text));
    nf_out_putc(&out, '}');
    return nf_reply_json(call, 200, &out);
}

nf_error_t
nf_api_pxe_delete(struct nf_call *call, struct nf_scope *scope)
{
    struct nf_change c = nf_reply_change(call, scope);
    nf_mac_t mac;
    nf_error_t err = find_mac(call, scope, &mac);

    if (err == NF_OK) {
        err = nf_change_pxe_delete(&c, mac);
        call->fault = c.fault;
    }
    if (err == NF_OK) {
        call->status = 204;
    }
    return err;
}
