#ifndef NF_TEST_TASK_SITE_H
#define NF_TEST_TASK_SITE_H

/*
 * A site whose machines have tasks.
 */

#include "site.h"

#include <jansson.h>

#include "render/token.h"
#include "store/files.h"
#include "store/hardware.h"
#include "store/profiles.h"
#include "store/secrets.h"
#include "store/tasks.h"

#define TASKS  "/api/v1/tasks"
#define DEVICE "/api/v1/device/"

UNUSED static const struct ask node_1 = {.listener = NF_LISTENER_AGENT,
                                         .peer = {{10, 66, 0, 11}}};
static const struct ask node_2 = {.listener = NF_LISTENER_AGENT,
                                  .peer = {{10, 66, 0, 12}}};

UNUSED static void
lease(unsigned ip, unsigned n)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .lease = {.ip = {{10, 66, 0, (uint8_t) ip}},
                  .mac = mac_of(n),
                  .expires = NOW * 2,
                  .changed_at = world.now},
        .has_boot_request = true,
    };

    report.lease.is_pxe = 1;
    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

UNUSED static unsigned
create_task(const char *body)
{
    return ask(NF_POST, TASKS, body);
}

UNUSED static unsigned
report_hardware(unsigned n, const char *sn, struct ask from)
{
    char body[512];

    snprintf(body, sizeof(body),
             "{\"sn\":\"%s\",\"mac\":\"5254%08x\",\"hardware\":{"
             "\"serial_number\":\"%s\",\"memory\":{\"total_gb\":1.9},"
             "\"nics\":[{\"name\":\"eno1\",\"mac\":\"52:54:00:00:10:%02x\"}]}}",
             sn, n, sn, n);
    return ask_with(NF_POST, "/api/v1/report", body, from);
}

UNUSED static unsigned
device(const char *route, const char *body, struct ask from)
{
    char path[64];

    snprintf(path, sizeof(path), DEVICE "%s", route);
    return ask_with(NF_POST, path, body, from);
}

#endif
