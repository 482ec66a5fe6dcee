/*
 * The files that boot loaders read by TFTP, as they lie there: nf-relay
 * writes them from the log, so they may be a moment behind it.
 */
#include "render/loader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/reply.h"
#include "base/time.h"
#include "change/change.h"

enum {
    FILES_MAX = 10000,
    LINE_MAX_BYTES = 512,
    DEPTH_MAX = 4,
    PATH_SIZE = NF_SETTING_MAX + 512,
};

/* A list that is being written, of the files below one directory. */
struct listing {
    struct nf_out *out;
    const char *root;
    unsigned n;
    bool is_pxe; /* only a machine's own PXELINUX files */
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
put_file(struct listing *list, const char *path, const struct stat *st,
         const nf_mac_t *mac)
{
    char time[NF_TIME_TEXT], text[NF_MAC_COLONS];
    struct nf_out *out = list->out;

    nf_out_puts(out, list->n++ == 0 ? "{" : ",{");
    if (mac != NULL) {
        nf_mac_format_divided(*mac, ':', text);
        nf_out_printf(out, "\"mac\":\"%s\",", text);
    }
    nf_time_format((nf_time_t) st->st_mtime * 1000, time);
    nf_out_puts(out, "\"path\":");
    nf_out_json(out, nf_text(path));
    nf_out_printf(out, ",\"size\":%lld,\"modified_at\":\"%s\"}",
                  (long long) st->st_size, time);
}

static bool
has_room(const struct listing *list)
{
    return list->n < FILES_MAX
           && list->out->cap - list->out->len > LINE_MAX_BYTES;
}

static void put_folder(struct listing *list, const char *below, int depth);

static void
put_entry(struct listing *list, const char *below, const char *name, int depth)
{
    char path[PATH_SIZE], full[PATH_SIZE * 2];
    struct stat st;
    nf_mac_t mac;

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
        put_folder(list, path, depth + 1);
    } else if (S_ISREG(st.st_mode)
               || (S_ISLNK(st.st_mode) && !list->is_pxe && stat(full, &st) == 0
                   && S_ISREG(st.st_mode)))
    {
        bool is_own = is_own_file(name, &mac);
        if (is_own || !list->is_pxe) {
            put_file(list, path, &st, is_own && list->is_pxe ? &mac : NULL);
        }
    }
}

/* Links to directories are not followed: what lies behind `files` has a list
 * of its own. */
static void
put_folder(struct listing *list, const char *below, int depth)
{
    char path[PATH_SIZE];
    struct dirent *entry;

    int n = snprintf(path, sizeof(path), "%s/%s", list->root, below);
    DIR *dir = n > 0 && (size_t) n < sizeof(path) ? opendir(path) : NULL;
    if (dir == NULL) {
        return;
    }
    while (has_room(list) && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            put_entry(list, below, entry->d_name, depth);
        }
    }
    closedir(dir);
}

static nf_error_t
reply_list(struct nf_call *call, struct nf_scope *scope, const char *below,
           bool is_pxe)
{
    struct nf_out out = nf_reply_buffer(call, 1 << 20);
    struct listing list = {
        .out = &out, .root = scope->site->settings->tftp_dir, .is_pxe = is_pxe};

    nf_out_putc(&out, '[');
    put_folder(&list, below, 0);
    nf_out_putc(&out, ']');
    return nf_reply_json(call, 200, &out);
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
    nf_error_t err = find_mac(call, scope, &mac);

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
