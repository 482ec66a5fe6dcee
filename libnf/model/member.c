#include "model/member.h"

#include "base/time.h"

void
nf_member_text(struct nf_out *out, const char *name, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    nf_out_puts(out, ",\"");
    nf_out_puts(out, name);
    nf_out_puts(out, "\":");
    nf_out_json(out, nf_text(text));
}

void
nf_member_ip(struct nf_out *out, const char *name, nf_ip4_t ip)
{
    char text[NF_IP4_TEXT];

    if (nf_ip4_is_set(ip)) {
        nf_ip4_format(ip, text);
        nf_member_text(out, name, text);
    }
}

void
nf_member_time(struct nf_out *out, const char *name, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    if (time != 0) {
        nf_time_format(time, text);
        nf_member_text(out, name, text);
    }
}
