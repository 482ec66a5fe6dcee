/* What the server refused, and what it served. */
#include "api/served.h"
#include "api/agent.h"
#include "situation.h"
#include "store/generation.h"

#define NODE      "nodes/525400000001"
#define ANSWER    "/preseed/525400000001/preseed.cfg"
#define KERNEL    "/files/u/vmlinuz"
#define INITRD    "/files/u/initrd.gz"
#define IMAGE     "/files/images/x.img"
#define IN_MIB(n) ((uint64_t) (n) << 20)

/* A call of a machine, and what nginx makes of its end. */
static void
machine_calls(enum nf_listener listener, enum nf_method_kind method,
              const char *path, const char *body, unsigned peer)
{
    struct nf_served served;
    unsigned status =
        ask_with(method, path, body,
                 (struct ask){.peer = ip_of(peer), .listener = listener});

    ask_after();
    if (nf_api_served_call(&answer.call, status, &served)) {
        is_noted(&served);
    }
}

static const char *
token(void)
{
    static char text[NF_TOKEN_TEXT];
    struct nf_node node = world_node(mac_of(1));
    NF_READ(r, world.s.store);

    nf_token_make(
        site.key,
        (struct nf_attempt){nf_generation(&r), node.task, node.attempt}, text);
    return text;
}

static void
machine_fetches_answer(const char *shown, unsigned peer)
{
    char path[256];

    snprintf(path, sizeof(path), ANSWER "?token=%s", shown);
    machine_calls(NF_LISTENER_ANSWERS, NF_GET, path, NULL, peer);
}

/* nf-agent asks what to do, as it does all the time. */
static void
agent_asks(void)
{
    machine_calls(NF_LISTENER_AGENT, NF_POST, "/api/v1/device/getNextOperation",
                  "{\"mac\":\"525400000001\"}", 1);
    assert_int_equal(answer.call.status, 200);
}

static void
agent_says_as(const char *shown, unsigned percent, const char *message)
{
    char body[512], task[NF_TASK_TEXT + 8];

    nf_task_format(world_node(mac_of(1)).task, task);
    snprintf(body, sizeof(body),
             "{\"mac\":\"525400000001\",\"token\":\"%s\",\"task_id\":\"%s\","
             "\"step\":\"downloading\",\"percent\":%u,\"message\":\"%s\"}",
             shown, task, percent, message);
    machine_calls(NF_LISTENER_AGENT, NF_POST, "/api/v1/progress", body, 1);
}

static void
agent_says(unsigned percent, const char *message)
{
    agent_says_as(token(), percent, message);
    assert_int_equal(answer.call.status, 200);
}

static void
seconds_pass(unsigned n)
{
    wait_ms(NF_SECONDS(n));
}

/* --- how far it is -----------------------------------------------------------
 */

static void
profile_is(const char *json)
{
    operator_asks(NF_PUT, "/api/v1/profiles/own", json);
}

static void
it_is_to_be_installed(void)
{
    create(1);
    firmware_leases(1);
    minutes_pass(2);
    operator_asks(
        NF_PUT, "/api/v1/" NODE,
        "{\"action\":\"install\",\"profile\":\"own\",\"force\":true}");
}

static void
a_preseed_installation_begins(void)
{
    profile_is("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"os_type\":"
               "\"debian\"}");
    it_is_to_be_installed();
    firmware_leases(1);
    machine_asks_script(1);
}

/* Its agent has a script to run first. */
static void
its_agent_is_to_run_a_script(void)
{
    profile_is("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"os_type\":"
               "\"debian\",\"hardware_scripts\":[{\"name\":\"bios\","
               "\"script\":\"sleep 150\"}]}");
    it_is_to_be_installed();
    firmware_leases(1);
    machine_asks_script(1);
}

static void
its_agent_is_in_ram(void)
{
    its_agent_is_to_run_a_script();
    seconds_pass(40);
    agent_says(30, "Task received");
    agent_asks();
}

static void
the_script_is_over(void)
{
    machine_operates(1, "hardware_config", true, "");
}

static void
an_image_is_to_be_written(void)
{
    profile_is("{\"method\":\"image\",\"os_type\":\"debian\",\"image\":{"
               "\"file\":\"images/x.img\"}}");
    it_is_to_be_installed();
    firmware_leases(1);
    machine_asks_script(1);
    seconds_pass(40);
    agent_says(30, "Task received");
    agent_asks();
    machine_operates(1, "hardware_config", true, "");
    machine_operates(1, "network_config", true, "");
    agent_asks();
}

/* --- refused -----------------------------------------------------------------
 */

static void
its_kernel_is_not_there(void)
{
    a_preseed_installation_begins();
    seconds_pass(2);
    is_not_there(NF_SIGN_FILE, KERNEL, 404, "no such file");
    seconds_pass(10);
}

static void
the_kernel_is_put_there(void)
{
    is_sent(NF_SIGN_FILE, KERNEL, IN_MIB(8), IN_MIB(8));
}

static void
its_kernel_is_unreadable(void)
{
    a_preseed_installation_begins();
    seconds_pass(2);
    is_not_there(NF_SIGN_FILE, KERNEL, 403, "nginx may not read it");
    seconds_pass(10);
}

static void
its_kernel_was_shortened(void)
{
    a_preseed_installation_begins();
    seconds_pass(2);
    is_not_there(NF_SIGN_FILE, KERNEL, 416, "");
    seconds_pass(10);
}

static void
its_kernel_is_empty(void)
{
    a_preseed_installation_begins();
    seconds_pass(2);
    is_sent(NF_SIGN_FILE, KERNEL, 0, 0);
    machine_calls(NF_LISTENER_BOOT, NF_GET,
                  "/boot/525400000001/boot.ipxe?failed=2e008081", NULL, 1);
    seconds_pass(10);
}

static void
it_asks_for_another_answer(void)
{
    a_preseed_installation_begins();
    seconds_pass(30);
    machine_calls(NF_LISTENER_ANSWERS, NF_GET,
                  "/preseed/525400000001/preseed.txt", NULL, 1);
    seconds_pass(5);
}

static void
its_profile_is_corrected(void)
{
    operator_asks(NF_PUT, "/api/v1/" NODE, "{\"action\":\"cancel\"}");
    operator_asks(
        NF_PUT, "/api/v1/" NODE,
        "{\"action\":\"reinstall\",\"profile\":\"own\",\"force\":true}");
    machine_asks_script(1);
}

static void
its_image_is_not_there(void)
{
    an_image_is_to_be_written();
    seconds_pass(2);
    is_not_there(NF_SIGN_FILE, IMAGE, 404, "no such file");
    seconds_pass(5);
}

static void
the_image_is_put_there(void)
{
    is_sent(NF_SIGN_FILE, IMAGE, IN_MIB(100), IN_MIB(900));
}

static void
it_shows_an_old_token(void)
{
    a_preseed_installation_begins();
    seconds_pass(30);
    machine_fetches_answer("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1);
    assert_int_equal(answer.call.status, 403);
    seconds_pass(5);
}

static void
it_shows_the_right_token(void)
{
    machine_asks_script(1);
    machine_fetches_answer(token(), 1);
    assert_int_equal(answer.call.status, 200);
}

static void
it_asks_from_another_address(void)
{
    a_preseed_installation_begins();
    seconds_pass(30);
    machine_fetches_answer(token(), 9);
    assert_int_equal(answer.call.status, 403);
    seconds_pass(5);
}

static void
its_script_is_asked_for_by_another(void)
{
    profile_is("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"os_type\":"
               "\"debian\"}");
    it_is_to_be_installed();
    seconds_pass(30);
    machine_calls(NF_LISTENER_BOOT, NF_GET, "/boot/525400000001/boot.ipxe",
                  NULL, 9);
    seconds_pass(5);
}

static void
it_asks_by_its_own_address(void)
{
    firmware_leases(1);
    machine_asks_script(1);
}

static void
its_template_makes_too_much(void)
{
    static char json[32768];
    struct nf_out out = nf_out(json, sizeof(json) - 1);

    nf_out_puts(&out,
                "{\"method\":\"preseed\",\"suite\":\"bookworm\","
                "\"os_type\":\"debian\",\"templates\":{\"boot\":\"#!ipxe");
    for (unsigned i = 0; i < 2000; i++) {
        nf_out_puts(&out, "\\necho {{mac}}");
    }
    nf_out_puts(&out, "\"}}");
    json[out.len] = '\0';
    profile_is(json);
    it_is_to_be_installed();
    firmware_leases(1);
    seconds_pass(90);
    machine_calls(NF_LISTENER_BOOT, NF_GET, "/boot/525400000001/boot.ipxe",
                  NULL, 1);
    assert_int_equal(answer.call.status, 413);
    seconds_pass(5);
}

static void
its_template_is_shortened(void)
{
    profile_is("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"os_type\":"
               "\"debian\"}");
    operator_asks(NF_PUT, "/api/v1/" NODE, "{\"action\":\"cancel\"}");
    operator_asks(
        NF_PUT, "/api/v1/" NODE,
        "{\"action\":\"install\",\"profile\":\"own\",\"force\":true}");
    machine_asks_script(1);
}

static void
its_network_is_static(void)
{
    profile_is("{\"method\":\"kickstart\",\"repository\":\"http://10.0.0.1/r\","
               "\"network\":{\"method\":\"static\"}}");
    it_is_to_be_installed();
    firmware_leases(1);
    seconds_pass(90);
}

static void
it_is_given_an_address(void)
{
    operator_asks(NF_PATCH, "/api/v1/" NODE,
                  "{\"ip\":\"10.66.0.61\",\"netmask\":\"255.255.255.0\"}");
    machine_asks_script(1);
}

static void
the_mirror_is_down(void)
{
    a_preseed_installation_begins();
    seconds_pass(30);
    is_not_there(NF_SIGN_MIRROR, "/debian/dists/bookworm/Release", 504,
                 "the mirror does not answer");
    seconds_pass(20);
}

static void
the_mirror_is_back(void)
{
    is_sent(NF_SIGN_MIRROR, "/debian/dists/bookworm/Release", 9000, 9000);
}

static void
its_agent_shows_an_old_token(void)
{
    its_agent_is_in_ram();
    seconds_pass(3);
    agent_says_as("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 40, "x");
    assert_int_equal(answer.call.status, 403);
    seconds_pass(5);
}

/* Its serial number is known, and what speaks for it says another one. */
static void
another_machine_has_its_mac(void)
{
    its_agent_is_in_ram();
    operator_asks(NF_PATCH, "/api/v1/" NODE, "{\"serial\":\"SRV-1\"}");
    seconds_pass(3);
    machine_calls(NF_LISTENER_AGENT, NF_POST, "/api/v1/progress",
                  "{\"mac\":\"525400000001\",\"sn\":\"SRV-2\","
                  "\"step\":\"x\",\"percent\":31}",
                  1);
    assert_int_equal(answer.call.status, 403);
    seconds_pass(5);
}

static void
its_agent_shows_the_right_token(void)
{
    agent_says(41, "RAID");
}

static void
ipxe_times_out(void)
{
    a_preseed_installation_begins();
    seconds_pass(60);
    machine_calls(NF_LISTENER_BOOT, NF_GET,
                  "/boot/525400000001/boot.ipxe?failed=0x4c116035", NULL, 1);
    seconds_pass(5);
}

/* --- served ------------------------------------------------------------------
 */

static void
its_firmware_asks(void)
{
    profile_is("{\"method\":\"preseed\",\"suite\":\"bookworm\",\"os_type\":"
               "\"debian\"}");
    it_is_to_be_installed();
    seconds_pass(90);
    firmware_leases(1);
    seconds_pass(9);
}

static void
its_loader_does_not_start(void)
{
    its_firmware_asks();
    is_sent(NF_SIGN_LOADER, "undionly.kpxe", 93184, 93184);
    minutes_pass(3);
}

static void
another_loader_starts(void)
{
    firmware_leases(1);
    is_sent(NF_SIGN_LOADER, "snponly.efi", 260000, 260000);
    machine_asks_script(1);
}

static void
it_starts_just_before_its_task(void)
{
    create(1);
    firmware_leases(1);
    seconds_pass(20);
    operator_asks(NF_PUT, "/api/v1/" NODE, "{\"action\":\"install\"}");
    seconds_pass(5);
}

static void
its_initrd_is_on_its_way(void)
{
    its_agent_is_to_run_a_script();
    seconds_pass(2);
    is_sent(NF_SIGN_FILE, "/files/agent/amd64/vmlinuz", IN_MIB(8), IN_MIB(8));
    seconds_pass(10);
    is_sent(NF_SIGN_FILE, "/files/agent/amd64/initrd.img", IN_MIB(11),
            IN_MIB(32));
    seconds_pass(4);
}

static void
its_agent_comes(void)
{
    is_sent(NF_SIGN_FILE, "/files/agent/amd64/initrd.img", IN_MIB(32),
            IN_MIB(32));
    seconds_pass(30);
    agent_asks();
}

static void
its_kernel_hangs(void)
{
    its_initrd_is_on_its_way();
    is_sent(NF_SIGN_FILE, "/files/agent/amd64/initrd.img", IN_MIB(32),
            IN_MIB(32));
    minutes_pass(4);
}

/* As of an agent that does not know its own card yet; nothing waits for it. */
static void
a_console_is_refused(void)
{
    machine_calls(NF_LISTENER_AGENT, NF_POST, "/api/v1/device/console",
                  "{\"mac\":\"\"}", 1);
    assert_int_equal(answer.call.status, 400);
}

static void
its_script_takes_its_time(void)
{
    its_agent_is_in_ram();
    for (unsigned i = 0; i < 15; i++) {
        seconds_pass(10);
        agent_says(30, "Task received"); /* the last words again */
    }
    seconds_pass(3);
    a_console_is_refused();
    seconds_pass(1);
}

static void
an_older_agent_runs_a_script(void)
{
    its_agent_is_in_ram();
    seconds_pass(150);
}

static void
its_script_hangs(void)
{
    its_agent_is_in_ram();
    for (unsigned i = 0; i < 20; i++) {
        minutes_pass(1);
        agent_says(30, "Task received");
    }
    seconds_pass(4);
}

static void
its_agent_is_gone(void)
{
    its_agent_is_in_ram();
    seconds_pass(20);
    agent_says(30, "Task received");
    minutes_pass(3);
}

static void
its_installer_reports(void)
{
    machine_operates(1, "os_install", true, "");
}

static void
its_image_comes(void)
{
    an_image_is_to_be_written();
    seconds_pass(107);
    agent_says(62, "Downloading OS image: 312 of 900 MiB");
    seconds_pass(7);
}

static void
its_installer_fetches_packages(void)
{
    a_preseed_installation_begins();
    seconds_pass(20);
    machine_fetches_answer(token(), 1);
    seconds_pass(200);
    is_sent(NF_SIGN_MIRROR, "/debian/pool/main/b/bash/bash.deb", 1490000,
            1490000);
    seconds_pass(6);
}

static void
its_installer_stops(void)
{
    its_installer_fetches_packages();
    minutes_pass(12);
}

/* clang-format off */
static const struct situation all[] = {
    {"A kernel that is not there", its_kernel_is_not_there, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 10s ago: /files/u/vmlinuz was answered 404 (no such file). Make that file with `nf files put`, `nf files import` or `nf images make`; or cancel the task with `nf cancel task-00000005`, correct the name in its profile, and run `nf retry --refresh task-00000005`. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"An image that is not there", its_image_is_not_there, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:40Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:40Z. The server refused it 5s ago: /files/images/x.img was answered 404 (no such file). Make that file with `nf files put`, `nf files import` or `nf images make`; or cancel the task with `nf cancel task-00000005`, correct the name in its profile, and run `nf retry --refresh task-00000005`. Next: first_boot.",
     the_image_is_put_there, "installing"},
    {"An answer file with the token of an earlier attempt", it_shows_an_old_token, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 5s ago: /preseed/525400000001/preseed.cfg was answered 403 (the token is not valid for this attempt). It still uses the boot script of an earlier attempt; the next one that it fetches has the right token. Next: first_boot.",
     it_shows_the_right_token, "files_sent"},
    {"An answer file asked for from a wrong address", it_asks_from_another_address, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 5s ago: /preseed/525400000001/preseed.cfg was answered 403 (the caller's address is not the node's) to 10.66.0.9. It asks from an address that is not the node's: check for a second DHCP server, and that the machine boots from the node's card. Next: first_boot.",
     it_shows_the_right_token, "files_sent"},
    {"A boot script asked for from a wrong address", its_script_is_asked_for_by_another, NODE, "server_refused",
     "Waiting for the node to ask for its install script since 2026-01-22T10:02:00Z; the task fails if that has not happened by 2026-01-22T10:32:00Z. The server refused it 5s ago: /boot/525400000001/boot.ipxe was answered 403 (no install script: the caller's address is not the node's) to 10.66.0.9. It asks from an address that is not the node's: check for a second DHCP server, and that the machine boots from the node's card. Next: os_install.",
     it_asks_by_its_own_address, "installer_silent"},
    {"A template that makes too much", its_template_makes_too_much, NODE, "server_refused",
     "Waiting for the node to ask for its install script since 2026-01-22T10:02:00Z; the task fails if that has not happened by 2026-01-22T10:32:00Z. The server refused it 5s ago: /boot/525400000001/boot.ipxe was answered 413 (the rendered template is too long). Cancel the task with `nf cancel task-00000005`, shorten its profile, and run `nf retry --refresh task-00000005`. Next: os_install.",
     its_template_is_shortened, "installer_silent"},
    {"A static network without an address", its_network_is_static, NODE, "no_address",
     "Waiting for the node to ask for its install script since 2026-01-22T10:02:00Z; the task fails if that has not happened by 2026-01-22T10:32:00Z. Its profile's network is static, and the node has no address of its own: give it one with `nf address 52:54:00:00:00:01 IP/MASK`. Next: os_install.",
     it_is_given_an_address, "installer_silent"},
    {"A mirror that does not answer", the_mirror_is_down, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 20s ago: /debian/dists/bookworm/Release was answered 504 (the mirror does not answer). Check NF_MIRROR_URL, and that this machine can reach the mirror. Next: first_boot.",
     the_mirror_is_back, "files_sent"},
    {"An agent with the token of an earlier attempt", its_agent_shows_an_old_token, NODE, "server_refused",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. The server refused it 5s ago: /api/v1/progress was answered 403 (token: the token does not belong to a running task). It speaks for an earlier attempt of the task; the next time that it asks for a task it gets the right token. Next: os_install.",
     its_agent_shows_the_right_token, "agent_working"},
    {"Another machine with a node's MAC", another_machine_has_its_mac, NODE, "server_refused",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. The server refused it 5s ago: /api/v1/progress was answered 403 (sn: another machine has this node's MAC). Another machine has this node's MAC: compare their serial numbers. Next: os_install.",
     its_agent_shows_the_right_token, "agent_working"},
    {"A loader that cannot reach the server", ipxe_times_out, NODE, "fetch_failed",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. Last error: the node could not fetch kernel or initrd: connection timed out (iPXE error 0x4c116035). It retries by itself: check that it can reach the kernel's file and the mirror. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"A kernel that is no kernel", its_kernel_is_empty, NODE, "fetch_failed",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. Last error: the node could not fetch kernel or initrd: not a program that this firmware can start (iPXE error 2e008081). It retries by itself: check that kernel and initrd are whole, not empty, and made for this machine's architecture. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"A kernel that nginx may not read", its_kernel_is_unreadable, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 10s ago: /files/u/vmlinuz was answered 403 (nginx may not read it). The file is there, and nginx may not read it: correct the permissions of it and its directories, or replace a symbolic link by the file itself. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"A file that was replaced by a shorter one", its_kernel_was_shortened, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 10s ago: /files/u/vmlinuz was answered 416. The machine asked for more than the file has: it was replaced by a shorter one in the middle of the transfer. Let the machine fetch it from the beginning. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"An address that nothing is served at", it_asks_for_another_answer, NODE, "server_refused",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The server refused it 5s ago: /preseed/525400000001/preseed.txt was answered 404 (no such resource). Nothing is served at that address: correct what has it, such as a profile's kernel arguments or a template of one's own. Next: first_boot.",
     its_profile_is_corrected, "installer_silent"},
    {"An install script that was just served", a_preseed_installation_begins, NODE, "installer_silent",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The install script was served 1 of at most 5 times, a moment ago: the machine fetches its kernel and initrd next. Next: first_boot.",
     the_kernel_is_put_there, "files_sent"},
    {"Firmware that is starting", its_firmware_asks, NODE, "firmware_loads",
     "Waiting for the node to ask for its install script since 2026-01-22T10:02:00Z; the task fails if that has not happened by 2026-01-22T10:32:00Z. It is starting: its firmware asked for an address 9s ago. It asks for its boot script next. Next: os_install.",
     it_asks_by_its_own_address, "installer_silent"},
    {"A machine that starts just before its task", it_starts_just_before_its_task, NODE, "not_restarted",
     "Waiting for the node to ask for its install script since 2026-01-22T10:00:20Z; the task fails if that has not happened by 2026-01-22T10:30:20Z. It last asked for an address 25s ago, before this step began. Wait: it asked for an address 25s ago. Next: os_install.",
     it_asks_by_its_own_address, "installer_silent"},
    {"A loader that does not start", its_loader_does_not_start, NODE, "loader_sent",
     "Waiting for the node to ask for its install script since 2026-01-22T10:02:00Z; the task fails if that has not happened by 2026-01-22T10:32:00Z. It was sent undionly.kpxe by TFTP 3m0s ago, and has not asked for its boot script since: check that this loader fits its firmware (BIOS or UEFI, Secure Boot), and what its console says. Next: os_install.",
     another_loader_starts, "installer_silent"},
    {"An initrd on its way", its_initrd_is_on_its_way, NODE, "files_sent",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. It was sent /files/agent/amd64/vmlinuz (8.0 MiB) and /files/agent/amd64/initrd.img (11.0 of 32.0 MiB) 4s ago: nf-agent starts in its RAM next. Next: os_install.",
     its_agent_comes, "agent_working"},
    {"A kernel that hangs", its_kernel_hangs, NODE, "agent_silent",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. It was sent /files/agent/amd64/vmlinuz (8.0 MiB) and /files/agent/amd64/initrd.img (32.0 MiB) 4m0s ago, and nf-agent has not been heard from: check on the machine's console whether it started and got an address. Next: os_install.",
     its_agent_comes, "agent_working"},
    {"A script of minutes", its_script_takes_its_time, NODE, "agent_working",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. nf-agent was given this operation 2m34s ago and was heard from 4s ago; it may take up to 15m0s. Next: os_install.",
     the_script_is_over, "wrong_boot_order"},
    {"A script of minutes, run by an older agent", an_older_agent_runs_a_script, NODE, "agent_working",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. nf-agent was given this operation 2m30s ago and reports when it is done; it may take up to 15m0s. Next: os_install.",
     the_script_is_over, "wrong_boot_order"},
    {"A script that takes too long", its_script_hangs, NODE, "agent_working",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. nf-agent was given this operation 20m4s ago and was heard from 4s ago, but it usually takes no longer than 15m0s: check the machine's console. Next: os_install.",
     the_script_is_over, "wrong_boot_order"},
    {"An agent that is gone", its_agent_is_gone, NODE, "agent_silent",
     "Waiting for nf-agent in RAM to configure the hardware since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T10:32:00Z. nf-agent in its RAM was last heard from 3m0s ago: check the machine's console, or restart it. Next: os_install.",
     its_agent_comes, "agent_working"},
    {"An image on its way", its_image_comes, NODE, "installing",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:40Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:40Z. It said 7s ago: Downloading OS image: 312 of 900 MiB. Next: first_boot.",
     its_installer_reports, "first_boot_silent"},
    {"An installer that fetches packages", its_installer_fetches_packages, NODE, "files_sent",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The install script was served 1 of at most 5 times. The latest of it: it fetched /debian/pool/main/b/bash/bash.deb (1.4 MiB) from the mirror 6s ago. Next: first_boot.",
     its_installer_reports, "first_boot_silent"},
    {"An installer that stops", its_installer_stops, NODE, "installer_silent",
     "Waiting for the installer to report that it is done since 2026-01-22T10:02:00Z, attempt 1; the task fails if that has not happened by 2026-01-22T12:02:00Z. The install script was served 1 of at most 5 times, and the installer has reported nothing. The latest of it: it fetched /debian/pool/main/b/bash/bash.deb (1.4 MiB) from the mirror 12m6s ago; check the machine's console, and that it can reach the mirror. Next: first_boot.",
     its_installer_reports, "first_boot_silent"},
};
/* clang-format on */

SITUATIONS(all)
