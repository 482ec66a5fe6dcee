/*
 * What a profile comes to: reads one as JSON, as it is PUT, and prints the
 * order that nf-agent gets, or "refused FIELD: REASON".  Arguments: the node's
 * ip, netmask, gateway, each of them "" for none.
 */
#include <stdio.h>
#include <stdlib.h>

#include "render/answers.h"

static char text[NF_PROFILE_JSON_MAX], order[NF_ANSWER_MAX];
static struct nf_settings settings;

static void
ip_read(const char *word, nf_ip4_t *ip)
{
    (void) nf_ip4_parse(nf_text(word), ip);
}

int
main(int argc, char **argv)
{
    size_t len = fread(text, 1, sizeof(text), stdin);
    nf_arena_t *arena = nf_arena_new();
    nf_templates_t *templates = NULL;
    struct nf_node node = {.boot = NF_BOOT_INSTALL};
    struct nf_profile profile;
    struct nf_fault fault = {0};
    struct nf_out out = nf_out(order, sizeof(order));

    if (argc != 4 || arena == NULL) {
        return 2;
    }
    if (nf_profile_read((struct nf_text){text, len}, arena, &profile, &fault)) {
        printf("refused %s: %s\n", fault.field, fault.reason);
        return 0;
    }
    ip_read(argv[1], &node.ip);
    ip_read(argv[2], &node.netmask);
    ip_read(argv[3], &node.gateway);
    nf_settings_default(&settings);
    if (nf_settings_set(&settings, "NF_SERVER_ADDR", NF_TEXT("10.66.0.1:80"),
                        &fault)
        || nf_settings_settle(&settings, &fault)
        || nf_templates_load(&templates, "conf/templates", NULL, &fault))
    {
        fprintf(stderr, "%s: %s\n", fault.field, fault.reason);
        return 1;
    }
    struct nf_view view = {.node = &node,
                           .profile = &profile,
                           .settings = &settings,
                           .task = 26,
                           .arena = arena};
    (void) nf_mac_parse(NF_TEXT("525400000001"), &view.mac);
    if (nf_render_answer(templates, &view, NF_ANSWER_IMAGE, &out)) {
        return 1;
    }
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}
