#include "flow/words.h"

#include "base/time.h"

enum {
    SAID_MAX = 320, /* of a worker's words */
};

void
nf_words_time(struct nf_out *out, const char *words, nf_time_t time)
{
    char text[NF_TIME_TEXT];

    nf_time_format(time, text);
    nf_out_puts(out, words);
    nf_out_puts(out, text);
}

void
nf_words_since(struct nf_out *out, const char *words,
               const struct nf_why_facts *f, nf_time_t time)
{
    nf_words_time(out, words, time < f->now ? time : f->now);
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
nf_words_task(struct nf_out *out, uint64_t id)
{
    char text[NF_TASK_TEXT + 8];

    nf_task_format(id, text);
    nf_out_puts(out, text);
}

void
nf_words_mac(struct nf_out *out, nf_mac_t mac)
{
    char text[NF_MAC_COLONS];

    nf_mac_format_divided(mac, ':', text);
    nf_out_puts(out, text);
}

void
nf_words_port(struct nf_out *out, const char *before,
              const struct nf_why_facts *f, const char *after)
{
    if (f->at_port != NULL && f->at_port[0] != '\0') {
        nf_out_printf(out, "%s%s of %s%s", before, f->at_port, f->at_switch,
                      after);
    }
}

void
nf_words_in_full(struct nf_out *out, const struct nf_why_facts *f,
                 const char *kept)
{
    bool is_more = f->said != NULL && kept[0] != '\0'
                   && nf_text_starts(nf_text(f->said), nf_text(kept));

    nf_out_printf(out, "%.*s", SAID_MAX, is_more ? f->said : kept);
}

void
nf_words_command(struct nf_out *out, const char *verb,
                 const struct nf_task *task)
{
    char id[NF_TASK_TEXT + 8];

    nf_task_format(task->id, id);
    nf_out_printf(out, "`nf %s %s`", verb, id);
}

void
nf_words_node_command(struct nf_out *out, const char *verb,
                      const struct nf_node *node)
{
    nf_out_printf(out, "`nf %s ", verb);
    nf_words_mac(out, node->mac);
    nf_out_putc(out, '`');
}

void
nf_words_firmware(struct nf_out *out, const struct nf_why_facts *f)
{
    nf_out_puts(out, "Its firmware asked for a boot file ");
    nf_words_ago(out, f->now, f->refused);
    nf_out_printf(out,
                  ", as %s, and got none: %s. Provide the boot file, or choose "
                  "another boot mode in the machine's setup.",
                  f->firmware, f->lacks);
}
