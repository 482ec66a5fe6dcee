#ifndef NF_TEST_NODE_SITE_H
#define NF_TEST_NODE_SITE_H

/*
 * A site and the nodes that speak with it.
 */

#include "site.h"

#include "render/token.h"

#define NODE   "/api/v1/nodes/525400000001"
#define SCRIPT "/boot/525400000001/boot.ipxe"

UNUSED static void
act(const char *word)
{
    char body[64];

    snprintf(body, sizeof(body), "{\"action\":\"%s\"}", word);
    assert_int_equal(ask(NF_PUT, NODE, body), 200);
}

UNUSED static const char *
token(void)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(1));

    nf_token_make(site.key, world_attempt(&node), text);
    return text;
}

UNUSED static void
lease(unsigned ip, unsigned n)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = ip_of(ip),
                  .mac = mac_of(n),
                  .expires = NOW * 2,
                  .changed_at = world.now},
    };

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

UNUSED static unsigned
report(const char *with_token, bool success, struct ask with)
{
    char body[256];

    snprintf(body, sizeof(body),
             "{\"mac\":\"525400000001\",\"token\":\"%s\",\"operation\":"
             "\"os_install\",\"success\":%s,\"message\":\"no disk\"}",
             with_token, success ? "true" : "false");
    with.listener = NF_LISTENER_AGENT;
    return ask_with(NF_POST, "/api/v1/device/operationComplete", body, with);
}

/* The node asks. */
UNUSED static void
boot(void)
{
    ask_with(NF_GET, SCRIPT, NULL, (struct ask){.listener = NF_LISTENER_BOOT});
}

#endif
