#include "model/mirror.h"

static struct nf_text
without(struct nf_text prefix, struct nf_text text)
{
    return nf_text_starts(text, prefix)
               ? (struct nf_text){text.data + prefix.len, text.len - prefix.len}
               : text;
}

/* Without a path the mirror's archive is at /debian, as on every mirror. */
void
nf_mirror_split(const char *setting, struct nf_mirror *mirror)
{
    struct nf_text rest = without(NF_TEXT("http://"), nf_text(setting));
    struct nf_text socket = without(NF_TEXT("unix:"), rest);

    if (socket.data != rest.data) {
        *mirror =
            (struct nf_mirror){socket, NF_TEXT("localhost"), NF_TEXT("debian")};
        return;
    }
    *mirror = (struct nf_mirror){.host = nf_text_cut(&rest, '/')};
    while (rest.len > 0 && rest.data[rest.len - 1] == '/') {
        rest.len--;
    }
    mirror->path = rest.len > 0 ? rest : NF_TEXT("debian");
}
