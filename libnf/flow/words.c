#include "flow/words.h"

#include "base/time.h"

void
nf_words_time(struct nf_out *out, const char *words, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_puts(out, words);
    nf_out_puts(out, text);
}

void
nf_words_ago(struct nf_out *out, nf_time_t now, nf_time_t time)
{
    nf_time_t seconds = now > time ? (now - time) / 1000 : 0;

    if (time == 0) {
        nf_out_puts(out, "never");
        return;
    }
    nf_out_duration(out, NF_SECONDS(seconds));
    nf_out_puts(out, " ago");
}

void
nf_words_mac(struct nf_out *out, nf_mac_t mac)
{
    char text[NF_MAC_COLONS];

    nf_mac_format_divided(mac, ':', text);
    nf_out_puts(out, text);
}

void
nf_words_command(struct nf_out *out, const char *verb,
                 const struct nf_task *task)
{
    char id[NF_TASK_TEXT + 8];

    nf_task_format(task->id, id);
    nf_out_printf(out, "`nf %s %s`", verb, id);
}
