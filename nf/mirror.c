#include "mirror.h"

#include <stdio.h>

#include "model/mirror.h"

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

static void
fill_path(struct nf_conf_view *view, struct nf_text path)
{
    snprintf(view->mirror_path, sizeof(view->mirror_path), "/%.*s/",
             (int) path.len, path.data);
}

void
nf_mirror_fill(struct nf_conf_view *view, const char *setting)
{
    struct nf_mirror mirror;
    nf_ip4_t ip;

    nf_mirror_split(setting, &mirror);
    view->resolvers[0] = '\0';
    snprintf(view->mirror_host, sizeof(view->mirror_host), "%.*s",
             (int) mirror.host.len, mirror.host.data);
    fill_path(view, mirror.path);
    if (mirror.socket.len > 0) {
        snprintf(view->mirror_url, sizeof(view->mirror_url),
                 "http://unix:%s:", mirror.socket.data);
    } else {
        snprintf(view->mirror_url, sizeof(view->mirror_url), "http://%s",
                 view->mirror_host);
    }
    struct nf_text port = mirror.host;
    struct nf_text name = nf_text_cut(&port, ':');
    if (nf_text_equal(name, NF_TEXT("localhost")) || nf_ip4_parse(name, &ip)) {
        snprintf(view->mirror_pass, sizeof(view->mirror_pass), "%s",
                 view->mirror_url);
        return;
    }
    snprintf(view->mirror_pass, sizeof(view->mirror_pass), "$nf_mirror");
    copy_resolvers(view->resolvers, sizeof(view->resolvers));
}
