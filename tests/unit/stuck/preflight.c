/* What preflight refuses: each installation is refused, begun all the same, and
 * ends as it was told. */
#include "situation.h"

#include <sys/stat.h>

#define NODE       "/api/v1/nodes/525400000001"
#define PROFILE    "/api/v1/profiles/own"
#define OWN(force) "{\"action\":\"install\",\"profile\":\"own\"" force "}"

/* Refused, and for this; then all the same, and the same is told. */
static void
installs_all_the_same(const char *check, const char *field)
{
    char member[96];

    assert_int_equal(ask(NF_PUT, NODE, OWN("")), 409);
    assert_string_equal(situation_text("field"), field);
    assert_int_equal(world_node(mac_of(1)).task, 0);
    operator_asks(NF_PUT, NODE, OWN(",\"force\":true"));
    snprintf(member, sizeof(member), "{\"check\":\"%s\",\"field\":\"%s\"",
             check, field);
    assert_true(says(member));
    firmware_leases(1);
    world.now += NF_SECONDS(5);
}

static void
own_profile(const char *json)
{
    operator_asks(NF_PUT, PROFILE, json);
    create(1);
}

/* What the server answers a node that fetches it. */
static nf_error_t
fetched(const char *path)
{
    struct nf_file file;
    char plain[NF_SETTING_MAX + 64];
    struct stat st;

    snprintf(plain, sizeof(plain), "%s/%s", world.settings.files_dir, path);
    nf_error_t err = nf_api_file_find(&site, nf_text(path), &file);
    return stat(plain, &st) == 0 ? NF_OK : err;
}

static void
agent_is_in_ram(void)
{
    machine_asks_script(1);
    world.now += NF_SECONDS(60);
}

static uint64_t
its_task(void)
{
    return world_node(mac_of(1)).task;
}

/* --- files ------------------------------------------------------------------
 */

static void
image_is_not_there(void)
{
    own_profile(
        "{\"method\":\"image\",\"image\":{\"file\":\"images/new.img\"}}");
    installs_all_the_same("file_missing", "image");
    agent_is_in_ram();
    assert_int_equal(fetched("images/new.img"), NF_NOT_FOUND);
    machine_operates(
        1, "os_install", false,
        "the server answered /files/images/new.img with status 404");
}

/* iPXE asks again, since the server had no such file. */
static void
fetch_fails(void)
{
    world.now += NF_SECONDS(30);
    assert_int_equal(
        ask_with(NF_GET, "/boot/525400000001/boot.ipxe?failed=2d0c618e", NULL,
                 (struct ask){.peer = ip_of(1), .listener = NF_LISTENER_BOOT}),
        200);
    ask_after();
}

static void
kernel_is_not_there(void)
{
    own_profile("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"kernel\":"
                "\"own/linux\","
                "\"initrd\":\"own/initrd.gz\"}");
    installs_all_the_same("file_missing", "kernel");
    machine_asks_script(1);
    assert_non_null(strstr(answer.text, "/files/own/linux"));
    assert_int_equal(fetched("own/linux"), NF_NOT_FOUND);
    fetch_fails();
}

static void
agent_is_not_there(void)
{
    own_profile("{\"method\":\"image\",\"image\":{\"file\":"
                "\"images/debian-12-amd64.img\"}}");
    world_set("NF_FILES_DIR", "tests/data/files/images");
    assert_int_equal(ask(NF_PUT, PROFILE,
                         "{\"method\":\"image\",\"image\":{\"file\":"
                         "\"debian-12-amd64.img\"}}"),
                     200);
    installs_all_the_same("agent_missing", "profile");
    machine_asks_script(1);
    assert_non_null(strstr(answer.text, "/files/agent/${arch}/vmlinuz"));
    assert_int_equal(fetched("agent/amd64/vmlinuz"), NF_NOT_FOUND);
    fetch_fails();
}

/* --- the machine ------------------------------------------------------------
 */

static void
address_is_not_there(void)
{
    own_profile("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"network\":{"
                "\"method\":\"static\"}}");
    installs_all_the_same("address_missing", "network.ip");
    machine_asks_script(1);
    assert_non_null(strstr(answer.text, "its network is static, and it has no "
                                        "address"));
    minutes_pass(1);
}

static char files[64];

static void
put_file(const char *name, off_t size)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", files, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), size), 0);
    (void) fclose(file);
}

static void
clear_files(void)
{
    static const char *const all[] = {"big.img",
                                      "agent/amd64/vmlinuz",
                                      "agent/amd64/initrd.img",
                                      "agent/amd64",
                                      "agent",
                                      ""};
    char path[128];

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", files, all[i]);
        assert_int_equal(remove(path), 0);
    }
}

/* It takes no room: it is a hole. */
static void
make_files(void)
{
    char path[96];

    snprintf(files, sizeof(files), "/tmp/nf-files-XXXXXX");
    assert_non_null(mkdtemp(files));
    snprintf(path, sizeof(path), "%s/agent", files);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/agent/amd64", files);
    assert_int_equal(mkdir(path, 0700), 0);
    put_file("agent/amd64/vmlinuz", 1);
    put_file("agent/amd64/initrd.img", 1);
    put_file("big.img", (off_t) 2 << 30);
    world_set("NF_FILES_DIR", files);
}

static void
disk_is_small(void)
{
    struct nf_hardware_report report = {
        .mac = mac_of(1),
        .peer = ip_of(1),
        .json = NF_TEXT("{\"disks\":[{\"device\":\"/dev/sda\",\"size_gb\":1,"
                        "\"size_bytes\":1073741824}]}")};
    bool matched;

    make_files();
    own_profile("{\"method\":\"image\",\"image\":{\"file\":\"big.img\"}}");
    assert_int_equal(CHANGE(nf_change_report(&c, &report, &matched)), NF_OK);
    installs_all_the_same("disk_small", "image");
    agent_is_in_ram();
    machine_operates(1, "os_install", false,
                     "/dev/sda is too small: it has 1024 MiB, and 2048 MiB are "
                     "needed");
}

static void
script_does_not_fit(void)
{
    static char profile[20000];
    char *at = profile;

    at += snprintf(at, 100,
                   "{\"method\":\"preseed\",\"suite\":\"bookworm\","
                   "\"templates\":{\"boot\":"
                   "\"#!ipxe\\n");
    memset(at, '#', 17000);
    snprintf(at + 17000, 100, "\\n\"}}");
    own_profile(profile);
    installs_all_the_same("not_rendered", "profile");
    assert_int_equal(
        ask_with(NF_GET, "/boot/525400000001/boot.ipxe", NULL,
                 (struct ask){.peer = ip_of(1), .listener = NF_LISTENER_BOOT}),
        413);
    minutes_pass(2);
}

/* --- what is advised --------------------------------------------------------
 */

static void
retried(const char *body)
{
    char path[64];

    snprintf(path, sizeof(path), "/api/v1/tasks/task-%08x/retry",
             (unsigned) its_task());
    operator_asks(NF_POST, path, body);
}

static void
image_is_a_smaller_one(void)
{
    put_file("big.img", 1 << 29);
    retried("{}");
    machine_asks_script(1);
    clear_files();
}

static void
profile_is_corrected(void)
{
    operator_asks(NF_PUT, PROFILE,
                  "{\"method\":\"image\",\"image\":{\"file\":\"images/x.tar\","
                  "\"format\":\"tar\"}}");
    retried("{\"refresh\":true}");
    machine_asks_script(1);
}

static void
files_come(void)
{
    world_set("NF_FILES_DIR", "tests/data/files");
    assert_int_equal(fetched("agent/amd64/vmlinuz"), NF_OK);
    machine_asks_script(1);
    machine_operates(1, "hardware_config", true, "");
}

static void
it_is_installed_by_another_profile(void)
{
    operator_asks(NF_PUT, NODE, "{\"action\":\"cancel\"}");
    operator_asks(NF_PUT, PROFILE,
                  "{\"method\":\"preseed\",\"suite\":\"bookworm\"}");
    assert_int_equal(ask(NF_PUT, NODE,
                         "{\"action\":\"reinstall\","
                         "\"profile\":\"own\"}"),
                     200);
    machine_asks_script(1);
}

static void
it_is_given_an_address(void)
{
    operator_asks(NF_PATCH, "/api/v1/nodes/525400000001",
                  "{\"ip\":\"10.66.0.20\",\"netmask\":\"255.255.255.0\"}");
    machine_asks_script(1);
    assert_null(strstr(answer.text, "it has no address"));
}

/* --- the mirror -------------------------------------------------------------
 */

#define INSTALLER                                                              \
    "/debian/dists/bookworm/main/installer-amd64/current/images/netboot/"      \
    "debian-installer/amd64/linux"

static void
mirror_is_away(void)
{
    relay.mirror =
        (struct nf_mirror_state){.n = 1,
                                 .each = {{.name = "bookworm",
                                           .is_wanted = true,
                                           .since = world.now,
                                           .words = "Connection refused"}}};
    own_profile("{\"method\":\"preseed\",\"suite\":\"bookworm\"}");
    operator_asks(NF_PUT, NODE, OWN(""));
    assert_true(says("{\"check\":\"mirror_down\",\"field\":\"profile\""));
    firmware_leases(1);
    world.now += NF_SECONDS(5);
    machine_asks_script(1);
    assert_true(says("/debian/dists/bookworm/main/installer-"));
    is_not_there(NF_SIGN_MIRROR, INSTALLER, 502,
                 "no valid answer from the mirror");
    world.now += NF_SECONDS(5);
}

/* And another machine is installed without a word. */
static void
mirror_is_reached(void)
{
    relay.mirror.each[0].since = 0;
    is_sent(NF_SIGN_MIRROR, INSTALLER, 9000, 9000);
    create(2);
    operator_asks(NF_PUT, "/api/v1/nodes/525400000002", OWN(""));
    assert_null(strstr(answer.text, "\"warnings\""));
}

/* clang-format off */
static const struct situation all[] = {
    {"An image that is not there", image_is_not_there,
     "nodes/525400000001", "failed",
     "The task is failed: the server answered /files/images/new.img with status 404. Put the image at its path with `nf files put`, or correct the profile's image. Start over with `nf retry task-00000003` or `nf reinstall 52:54:00:00:00:01`.",
     profile_is_corrected, "agent_silent"},
    {"A kernel that is not there", kernel_is_not_there,
     "nodes/525400000001", "fetch_failed",
     "Waiting for the installer to report that it is done since 2026-01-22T10:00:05Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:00:05Z. Last error: the node could not fetch kernel or initrd: the server answered 404, not found (iPXE error 2d0c618e). It retries by itself: check that it can reach the kernel's file and the mirror. Next: first_boot.",
     it_is_installed_by_another_profile, "installer_silent"},
    {"No nf-agent for RAM", agent_is_not_there,
     "nodes/525400000001", "fetch_failed",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:00:05Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:30:05Z. Last error: the node could not fetch kernel or initrd: the server answered 404, not found (iPXE error 2d0c618e). It retries by itself. Next: network_config.",
     files_come, "agent_silent"},
    {"A static network without an address", address_is_not_there,
     "nodes/525400000001", "no_address",
     "Waiting for the installer to report that it is done since 2026-01-22T10:00:05Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:00:05Z. Its profile's network is static, and the node has no address of its own: give it one with `nf address 52:54:00:00:00:01 IP/MASK`. Next: first_boot.",
     it_is_given_an_address, "installer_silent"},
    {"A disk that is too small", disk_is_small,
     "nodes/525400000001", "failed",
     "The task is failed: /dev/sda is too small: it has 1024 MiB, and 2048 MiB are needed. Use a profile with a smaller image or another disk: `nf hardware NODE` lists those of the machine. Start over with `nf retry task-00000005` or `nf reinstall 52:54:00:00:00:01`.",
     image_is_a_smaller_one, "agent_silent"},
    {"A boot script that is too large", script_does_not_fit,
     "nodes/525400000001", "wrong_boot_order",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:00Z; the task fails if that has not happened by 2026-01-22T10:30:00Z. It asked for an address 2m5s ago, but not for its boot script: it does not boot from the network first, or its firmware refused the boot file. Next: os_install.",
     it_is_installed_by_another_profile, "installer_silent"},
    {"A mirror that is away", mirror_is_away,
     "nodes/525400000001", "server_refused",
     "The mirror has not served packages since 2026-01-22T10:00:00Z (deb.debian.org: Connection refused): installations that need them wait or fail. Check NF_MIRROR_URL, and that this machine can reach the mirror: nf-relay looks every 10 seconds. Waiting for the installer to report that it is done since 2026-01-22T10:00:05Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:00:05Z. The server refused it 5s ago: .../main/installer-amd64/current/images/netboot/debian-installer/amd64/linux was answered 502 (no valid answer from the mirror). Check NF_MIRROR_URL, and that this machine can reach the mirror. Next: first_boot.",
     mirror_is_reached, "files_sent"},
};
/* clang-format on */

SITUATIONS(all)
