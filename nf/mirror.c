#include "mirror.h"

#include <stdio.h>

/*
 * A name in proxy_pass is resolved once, at start, and nginx refuses to start
 * when that fails: a bastion must come up without the Internet.  A name in a
 * variable is resolved when it is needed, by a `resolver`.  Addresses need
 * neither.
 */

/* nginx's resolver knows no files, so the system's DNS servers are copied. */
static void
copy_resolvers(char *to, size_t size)
{
    struct nf_out out = nf_out(to, size - 1);
    FILE *file = fopen("/etc/resolv.conf", "re");
    char line[512], server[64];
    nf_ip4_t ip;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "nameserver %63s", server) == 1
            && nf_ip4_parse(nf_text(server), &ip))
        {
            nf_out_printf(&out, "%s%s", out.len > 0 ? " " : "", server);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    if (out.len == 0) {
        nf_out_puts(&out, "127.0.0.1");
    }
    to[out.len] = '\0';
}

/* Without a path the mirror's archive is at /debian, as on every mirror. */
static void
fill_path(struct nf_conf_view *view, struct nf_text path)
{
    while (path.len > 0 && path.data[path.len - 1] == '/') {
        path.len--;
    }
    if (path.len == 0) {
        path = NF_TEXT("debian");
    }
    snprintf(view->mirror_path, sizeof(view->mirror_path), "/%.*s/",
             (int) path.len, path.data);
}

static void
fill_socket(struct nf_conf_view *view, const char *setting)
{
    snprintf(view->mirror_url, sizeof(view->mirror_url), "http://%s:", setting);
    snprintf(view->mirror_pass, sizeof(view->mirror_pass),
             "http://%s:", setting);
    snprintf(view->mirror_host, sizeof(view->mirror_host), "localhost");
    fill_path(view, NF_TEXT(""));
}

void
nf_mirror_fill(struct nf_conf_view *view, const char *setting)
{
    struct nf_text http = NF_TEXT("http://"), rest = nf_text(setting);
    nf_ip4_t ip;

    view->resolvers[0] = '\0';
    if (nf_text_starts(rest, NF_TEXT("unix:"))) {
        fill_socket(view, setting);
        return;
    }
    if (nf_text_starts(rest, http)) {
        rest.data += http.len;
        rest.len -= http.len;
    }
    struct nf_text host = nf_text_cut(&rest, '/');
    struct nf_text port = host;
    struct nf_text name = nf_text_cut(&port, ':');
    bool is_here = nf_text_equal(name, NF_TEXT("localhost"));

    snprintf(view->mirror_host, sizeof(view->mirror_host), "%.*s",
             (int) host.len, host.data);
    snprintf(view->mirror_url, sizeof(view->mirror_url), "http://%.*s",
             (int) host.len, host.data);
    fill_path(view, rest);
    if (is_here || nf_ip4_parse(name, &ip)) {
        snprintf(view->mirror_pass, sizeof(view->mirror_pass), "http://%.*s",
                 (int) host.len, host.data);
        return;
    }
    snprintf(view->mirror_pass, sizeof(view->mirror_pass), "$nf_mirror");
    copy_resolvers(view->resolvers, sizeof(view->resolvers));
}
