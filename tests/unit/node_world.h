#ifndef NF_TEST_NODE_WORLD_H
#define NF_TEST_NODE_WORLD_H

/*
 * A world in which nodes are made and brought on.
 */

#include "world.h"

UNUSED static struct nf_node_edit
edit_of(unsigned n)
{
    return (struct nf_node_edit){.node = {.mac = mac_of(n)}, .has = NF_HAS_MAC};
}

UNUSED static void
create(unsigned n)
{
    struct nf_node_edit edit = edit_of(n);

    assert_int_equal(CHANGE(nf_change_node_create(&c, &edit)), NF_OK);
}

UNUSED static nf_error_t
action(unsigned n, const char *word)
{
    return CHANGE(nf_change_node_action(&c, mac_of(n), word, ""));
}

UNUSED static void
serve(unsigned n)
{
    uint16_t attempt =
        world_has_node(mac_of(n)) ? world_node(mac_of(n)).attempt : 1;

    assert_int_equal(CHANGE(nf_change_script_served(&c, mac_of(n), attempt)),
                     NF_OK);
}

UNUSED static nf_error_t
operation(unsigned n, const char *name, bool success, const char *message)
{
    struct nf_operation_report report = {.success = success};

    snprintf(report.operation, sizeof(report.operation), "%s", name);
    snprintf(report.message, sizeof(report.message), "%s", message);
    return CHANGE(nf_change_operation(&c, mac_of(n), &report));
}

UNUSED static nf_error_t
status(unsigned n, const char *word)
{
    struct nf_status_report report = {0};

    snprintf(report.status, sizeof(report.status), "%s", word);
    return CHANGE(nf_change_status(&c, mac_of(n), &report));
}

UNUSED static nf_time_t
tick(nf_time_t now)
{
    nf_time_t next = 0;

    world.now = now;
    assert_int_equal(CHANGE(nf_change_clock(&c, 100, &next)), NF_OK);
    assert_true(next > now);
    return next;
}

UNUSED static void
expect(unsigned n, enum nf_node_status is, enum nf_node_boot boot)
{
    struct nf_node node = world_node(mac_of(n));

    assert_int_equal(node.status, is);
    assert_int_equal(node.boot, boot);
}

/* A node whose installer has reported. */
UNUSED static void
make_installed_on_disk(unsigned n)
{
    create(n);
    assert_int_equal(action(n, "install"), NF_OK);
    serve(n);
    assert_int_equal(operation(n, "os_install", true, ""), NF_OK);
}

#endif
