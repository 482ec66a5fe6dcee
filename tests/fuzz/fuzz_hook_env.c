/*
 * What dnsmasq's script is called with may hold anything that a client sends.
 * The input is strings ended by NUL: the arguments, an empty one, then the
 * environment.  A report that comes out of it must be one that dnsmasq can
 * read back, that prints, and that the spool takes.
 */
#include <stdlib.h>

#include "../../nf-hook/report.c"

#include "must.h"
#include "spool/record.h"

enum {
    WORDS_MAX = 64
};

/* Strings up to the first empty one; returns where the rest begins. */
static const char *
split(const char *at, const char *end, const char **list, int *n)
{
    while (at < end && *at != '\0' && *n < WORDS_MAX) {
        list[(*n)++] = at;
        at += strlen(at) + 1;
    }
    list[*n] = NULL;
    return at < end ? at + 1 : end;
}

static void
check_line(const struct nf_lease *lease)
{
    char line[512];
    struct nf_out out = nf_out(line, sizeof(line));
    unsigned blanks = 0;

    nf_lease_line(lease, &out);
    must(!out.full && out.len > 0 && line[out.len - 1] == '\n');
    for (size_t i = 0; i + 1 < out.len; i++) {
        must(line[i] >= ' ' && line[i] <= '~');
        blanks += line[i] == ' ';
    }
    must(blanks == 4);
}

static void
check(const struct nf_lease_report *report)
{
    const struct nf_lease *lease = &report->lease;
    char json[NF_LEASE_JSON_MAX];
    struct nf_out out = nf_out(json, sizeof(json));
    struct nf_spool_record record, again;

    must(lease->hostname[0] == '\0'
         || nf_text_is_hostname(nf_text(lease->hostname)));
    must(nf_text_is_printable(nf_text(lease->vendor_class)));
    must(lease->client_id_len <= sizeof(lease->client_id));
    must(lease->expires >= 0 && lease->changed_at >= 0);
    must(nf_ip4_is_set(lease->ip));
    check_line(lease);
    nf_lease_json(lease, &out);
    must(!out.full && nf_text_is_printable(nf_out_text(&out)));
    nf_spool_encode(report, &record);
    must(nf_spool_read((const char *) &record, sizeof(record), &again)
         == sizeof(record));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *argv[WORDS_MAX + 1] = {"nf-hook"};
    const char *environment[WORDS_MAX + 1];
    struct nf_lease_report report;
    struct nf_fault fault = {0};
    int argc = 1, n = 0;
    char *text = malloc(size + 1);

    must(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *rest = split(text, text + size, argv, &argc);
    split(rest, text + size, environment, &n);
    struct nf_hook_call call = {argc, argv, environment, 1795178990418};
    enum nf_hook_verb verb = nf_hook_parse(&call, &report, &fault);
    if (verb == NF_HOOK_REPORT) {
        check(&report);
    }
    must((verb == NF_HOOK_REFUSED) == (fault.reason[0] != '\0'));
    free(text);
    return 0;
}
