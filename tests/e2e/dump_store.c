/*
 * dump_store PATH: one of everything into the store at PATH, through the
 * changes that operators and machines bring about where there is one.
 */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "change/change.h"
#include "model/file.h"
#include "model/profile.h"
#include "store/files.h"
#include "store/profiles.h"
#include "store/tasks.h"

#define NOW 1769076000000 /* 2026-01-22T10:00:00Z */

static const char hardware[] =
    "{\"serial_number\":\"SN-1\",\"mac_address\":\"52:54:00:00:00:01\","
    "\"company\":\"QEMU\",\"product\":\"Standard PC\",\"model_name\":\"pc\","
    "\"is_vm\":true,\"uuid\":\"u\",\"cpu\":{\"model\":\"EPYC\",\"cores\":4,"
    "\"sockets\":1},\"memory\":{\"total_gb\":8,\"total_bytes\":8589934592},"
    "\"disks\":[{\"device\":\"/dev/vda\",\"size_gb\":20,\"type\":\"Virtual\","
    "\"serial\":\"x\"}]}";

static struct nf_settings settings;

static nf_mac_t
mac_of(uint8_t n)
{
    return (nf_mac_t){{0x52, 0x54, 0, 0, 0, n}};
}

static nf_error_t
report(struct nf_change *c, uint8_t n, const char *sn)
{
    struct nf_hardware_report each = {
        .mac = mac_of(n), .peer = {{10, 66, 0, n}}, .json = nf_text(hardware)};
    bool matched;

    snprintf(each.sn, sizeof(each.sn), "%s", sn);
    return nf_change_report(c, &each, &matched);
}

static nf_error_t
create_task(struct nf_change *c, const char *sn, uint64_t *id)
{
    struct nf_task_draft draft = {.profile = "debian-12",
                                  .spec = NF_TEXT("{\"note\":\"rack 7\"}"),
                                  .effective = nf_profile_find("debian-12"),
                                  .bmc_password = NF_TEXT("secret word")};

    snprintf(draft.sn, sizeof(draft.sn), "%s", sn);
    return nf_change_task_create(c, &draft, id);
}

/* A machine with a task and progress, one that nobody asked for, and one that
 * is waited for. */
static nf_error_t
add_machines(struct nf_change *c)
{
    struct nf_progress_report early = {.step = "task_wait", .percent = 20};
    struct nf_progress_report half = {.step = "installing",
                                      .percent = 70,
                                      .message = "Installing \"system\""};
    nf_error_t err;
    uint64_t id;

    if ((err = report(c, 1, "SN-1")) != NF_OK
        || (err = nf_change_progress(c, mac_of(1), &early)) != NF_OK
        || (err = create_task(c, "SN-1", &id)) != NF_OK
        || (err = nf_change_task_approve(c, id)) != NF_OK
        || (err = nf_change_progress(c, mac_of(1), &half)) != NF_OK
        || (err = report(c, 2, "SN-2")) != NF_OK)
    {
        return err;
    }
    return create_task(c, "SN-9", &id);
}

static void
add_the_rest(struct nf_write *w)
{
    struct nf_profile profile = *nf_profile_find("debian-12");
    struct nf_file file = {.path = "images/x.img", .size = 5};

    snprintf(profile.name, sizeof(profile.name), "ours");
    memset(file.sha256, 'a', 64);
    (void) nf_profiles_put(w, &profile);
    (void) nf_files_put(w, &file);
}

int
main(int argc, char **argv)
{
    static const uint8_t key[32] = {1};
    nf_store_t *store;

    if (argc != 2 || nf_store_open(&store, argv[1]) != NF_OK) {
        return 2;
    }
    nf_settings_default(&settings);
    nf_error_t err;
    {
        NF_WRITE(w, store);
        struct nf_change c = {.w = &w,
                              .settings = &settings,
                              .now = NOW,
                              .actor = "test",
                              .key = key};
        err = add_machines(&c);
        add_the_rest(&w);
        if (err == NF_OK) {
            err = nf_write_commit(&w);
        } else {
            fprintf(stderr, "%s %s\n", c.fault.field, c.fault.reason);
        }
    }
    nf_store_close(store);
    if (err != NF_OK) {
        fprintf(stderr, "dump_store: %s\n", nf_error_text(err));
    }
    return err == NF_OK ? 0 : 1;
}
