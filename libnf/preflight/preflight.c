#include "preflight/preflight.h"

#include <stdarg.h>
#include <stdio.h>

#include "change/effective.h"
#include "preflight/look.h"
#include "store/nodes.h"
#include "json/tree.h"

/* Those that refuse stand first: what is certain to fail once the machine has
 * restarted, and cannot come by itself. */
static const struct {
    const char *word;
    bool refuses;
    nf_check_t *check;
} checks[] = {
    /* clang-format off */
    {"file_missing",    true,  nf_check_files},
    {"file_damaged",    true,  nf_check_whole},
    {"agent_missing",   true,  nf_check_agent},
    {"address_missing", true,  nf_check_address},
    {"not_rendered",    true,  nf_check_render},
    {"disk_small",      true,  nf_check_disk},
    {"mirror_down",     false, nf_check_mirror}, /* or true */
    {"digest_missing",  false, nf_check_digest},
    {"no_worker",       false, nf_check_worker},
    /* clang-format on */
};

enum {
    CHECKS = sizeof(checks) / sizeof(checks[0])
};

static_assert((int) CHECKS <= (int) NF_FINDINGS_MAX, "each may find something");

const char *
nf_preflight_word(size_t i)
{
    return i < CHECKS ? checks[i].word : NULL;
}

bool
nf_found(struct nf_finding *found, const char *field, const char *format, ...)
{
    va_list args;

    snprintf(found->field, sizeof(found->field), "%s", field);
    va_start(args, format);
    vsnprintf(found->text, sizeof(found->text), format, args);
    va_end(args);
    return true;
}

/* As it will be when its boot script is asked for: a task's own address is the
 * node's by then. */
static nf_error_t
fill_node(struct nf_look *look)
{
    const struct nf_preflight *of = look->of;
    struct nf_address address;
    struct nf_node_view view;

    look->has_node = !nf_mac_equal(of->mac, (nf_mac_t){0})
                     && nf_nodes_get(of->r, of->mac, &view);
    look->node = look->has_node ? view.node : (struct nf_node){.mac = of->mac};
    nf_error_t err = nf_effective_address(of->profile, &address);
    if (err == NF_OK && nf_ip4_is_set(address.ip)) {
        look->node.ip = address.ip;
        look->node.netmask = address.netmask;
        look->node.gateway = address.gateway;
    }
    return err;
}

static nf_error_t
fill(struct nf_look *look)
{
    struct nf_fault ignored;
    nf_error_t err = nf_json_tree(look->of->profile->json, look->of->arena,
                                  &look->document, &ignored);

    if (err == NF_INVALID) {
        return NF_CORRUPT; /* it was checked when it was put */
    }
    return err == NF_OK ? fill_node(look) : err;
}

nf_error_t
nf_preflight_run(const struct nf_preflight *flight,
                 struct nf_findings *findings)
{
    struct nf_look look = {.of = flight};

    findings->n = 0;
    look.err = fill(&look);
    for (size_t i = 0; i < CHECKS && look.err == NF_OK; i++) {
        struct nf_finding *found = &findings->each[findings->n];
        *found = (struct nf_finding){.word = checks[i].word,
                                     .refuses = checks[i].refuses};
        findings->n += checks[i].check(&look, found);
        look.err = look.err == NF_OK ? flight->r->err : look.err;
    }
    return look.err;
}

bool
nf_findings_refuse(const struct nf_findings *findings)
{
    return findings->n > 0 && findings->each[0].refuses;
}

void
nf_findings_json(const struct nf_findings *findings, struct nf_out *out)
{
    nf_out_putc(out, '[');
    for (size_t i = 0; i < findings->n; i++) {
        const struct nf_finding *one = &findings->each[i];
        nf_out_printf(out, "%s{\"check\":\"%s\",\"field\":\"%s\",\"message\":",
                      i > 0 ? "," : "", one->word, one->field);
        nf_out_json(out, nf_text(one->text));
        nf_out_putc(out, '}');
    }
    nf_out_putc(out, ']');
}
