/*
 * What tests/e2e/relay.t does to a store, and asks of it, by the library
 * itself: relay_store WORD [ARGUMENT...], settings by NF_CONFIG.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "change/change.h"
#include "change/step.h"
#include "spool/spool.h"
#include "store/events.h"
#include "store/files.h"
#include "store/nodes.h"
#include "store/profiles.h"
#include "store/tasks.h"

static nf_store_t *store;
static struct nf_settings settings;

static nf_time_t
time_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (nf_time_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static uint64_t
last_event(void)
{
    NF_READ(r, store);
    return nf_events_last(&r);
}

static int
fail(const char *what, const struct nf_fault *fault)
{
    fprintf(stderr, "%s: %s %s\n", what, fault->field, fault->reason);
    return EXIT_FAILURE;
}

static nf_mac_t
mac_of(const char *text)
{
    nf_mac_t mac;

    if (!nf_mac_parse(nf_text(text), &mac)) {
        fprintf(stderr, "not a MAC: %s\n", text);
        exit(2);
    }
    return mac;
}

static struct nf_change
change_of(struct nf_write *w)
{
    return (struct nf_change){
        .w = w, .settings = &settings, .now = time_now(), .actor = "test"};
}

static int
finish(struct nf_write *w, nf_error_t err, const struct nf_fault *fault)
{
    if (err == NF_OK) {
        err = nf_write_commit(w);
    }
    return err == NF_OK ? EXIT_SUCCESS : fail(nf_error_text(err), fault);
}

/* IP [NETMASK [HOSTNAME]]; "-" is none. */
static struct nf_node_edit
edit_of(int n, char **words)
{
    struct nf_node_edit edit = {.has = NF_HAS_IP | NF_HAS_NETMASK};

    if (n > 0) {
        (void) nf_ip4_parse(nf_text(words[0]), &edit.node.ip);
    }
    if (n > 1) {
        (void) nf_ip4_parse(nf_text(words[1]), &edit.node.netmask);
    }
    if (n > 2) {
        edit.has |= NF_HAS_HOSTNAME;
        snprintf(edit.node.hostname, sizeof(edit.node.hostname), "%s",
                 words[2]);
    }
    return edit;
}

static int
add(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_node_edit edit = edit_of(n - 1, words + 1);

    edit.node.mac = mac_of(words[0]);
    edit.has |= NF_HAS_MAC;
    return finish(&w, nf_change_node_create(&c, &edit), &c.fault);
}

static int
edit(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_node_edit edit = edit_of(n - 1, words + 1);

    return finish(&w, nf_change_node_edit(&c, mac_of(words[0]), &edit),
                  &c.fault);
}

static nf_mac_t
many_mac(unsigned long i)
{
    return (nf_mac_t){
        {0x52, 0, 0, (uint8_t) (i >> 16), (uint8_t) (i >> 8), (uint8_t) i}};
}

/* COUNT nodes 520000000000, 520000000001, ... */
static int
many(int n, char **words)
{
    unsigned long count = strtoul(words[0], NULL, 10);
    nf_error_t err = NF_OK;
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    for (unsigned long i = 0; i < count && err == NF_OK; i++) {
        struct nf_node_edit edit = {.has = NF_HAS_MAC, .node.mac = many_mac(i)};
        err = nf_change_node_create(&c, &edit);
    }
    return finish(&w, err, &c.fault);
}

static int
action(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    return finish(&w,
                  nf_change_node_action(&c, mac_of(words[0]), words[1],
                                        n > 2 ? words[2] : ""),
                  &c.fault);
}

/* MAC [MAC...]: the node's further MACs, as an operator says them. */
static int
macs(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_node_edit edit = {.has = NF_HAS_MACS};

    for (int i = 1; i < n && i <= NF_NODE_MACS; i++) {
        edit.node.macs[edit.node.macs_n++] = mac_of(words[i]);
    }
    return finish(&w, nf_change_node_edit(&c, mac_of(words[0]), &edit),
                  &c.fault);
}

/* MAC PROFILE: an approved task whose node is at a switch. */
static int
switched(int n, char **words)
{
    char copy[NF_PROFILE_JSON_MAX];
    uint64_t id;
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_profile profile;
    struct nf_task_draft draft = {
        .mac = mac_of(words[0]), .has_switch = true, .effective = &profile};

    (void) n;
    if (!nf_profiles_get(&w.read, words[1], &profile)
        || !nf_text_copy(copy, sizeof(copy), profile.json))
    {
        return EXIT_FAILURE;
    }
    profile.json.data = copy;
    snprintf(draft.profile, sizeof(draft.profile), "%s", words[1]);
    nf_error_t err = nf_change_task_create(&c, &draft, &id);
    return finish(&w, err != NF_OK ? err : nf_change_task_approve(&c, id),
                  &c.fault);
}

/* MAC: a worker says that the step that runs is done. */
static int
obeyed(int n, char **words)
{
    struct nf_node_view view;
    struct nf_task task;
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    if (!nf_nodes_get(&w.read, mac_of(words[0]), &view)
        || !nf_tasks_get(&w.read, view.node.task, &task)
        || nf_task_running(&task) == NULL)
    {
        return EXIT_FAILURE;
    }
    struct nf_task_input input = {
        .event = NF_TASK_COMMAND_DONE,
        .step = (enum nf_step_kind) nf_task_running(&task)->kind};
    return nf_record_step(&c, &task, &input) ? finish(&w, NF_OK, &c.fault)
                                             : EXIT_FAILURE;
}

/* FROM COUNT START GAP: tasks of so many nodes that `many` made, whose
 * deadlines pass START ms from now and each GAP ms after the one before. */
static int
due(int n, char **words)
{
    unsigned long from = strtoul(words[0], NULL, 10);
    unsigned long count = strtoul(words[1], NULL, 10);
    nf_error_t err = NF_OK;
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    c.now += strtoll(words[2], NULL, 10)
             - 1000 * nf_setting_number(settings.boot_deadline);
    for (unsigned long i = from; i < from + count && err == NF_OK; i++) {
        err = nf_change_node_action(&c, many_mac(i), "install", "");
        c.now += strtoll(words[3], NULL, 10);
    }
    return finish(&w, err, &c.fault);
}

/* MS: for so long the tasks that fail, and when a reader of the log saw it:
 * MAC and milliseconds. */
static int
failures(int n, char **words)
{
    nf_time_t end = time_now() + strtoll(words[0], NULL, 10);
    char mac[NF_MAC_TEXT];
    struct nf_event event;
    uint64_t at = last_event();

    (void) n;
    while (time_now() < end) {
        {
            NF_READ(r, store);
            while (nf_events_read(&r, &at, &event)) {
                if (event.kind == NF_EVENT_TASK_FAILED) {
                    nf_mac_format(event.mac, mac);
                    printf("%s %lld\n", mac, (long long) time_now());
                }
            }
        }
        (void) usleep(1000);
    }
    return EXIT_SUCCESS;
}

/* MAC IP BOOTFILE: a DHCP binding by hand. */
static int
bind_node(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    nf_ip4_t ip;

    if (n < 3 || !nf_ip4_parse(nf_text(words[1]), &ip)) {
        return EXIT_FAILURE;
    }
    return finish(&w,
                  nf_change_binding_put(&c, mac_of(words[0]), ip, "", words[2]),
                  &c.fault);
}

static int
unbind_node(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    return finish(&w, nf_change_binding_delete(&c, mac_of(words[0])), &c.fault);
}

/* The system that was installed says that it runs. */
static int
up(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_status_report report = {.status = "installed"};

    (void) n;
    return finish(&w, nf_change_status(&c, mac_of(words[0]), &report),
                  &c.fault);
}

static int
no_pxe(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    return finish(&w, nf_change_pxe_delete(&c, mac_of(words[0])), &c.fault);
}

/* NAME JSON: a profile of an operator's own. */
static int
profile(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_profile own;
    struct nf_fault fault = {.reason = "arena"};
    nf_arena_t *arena = nf_arena_new();

    (void) n;
    if (nf_profile_read(nf_text(words[1]), arena, &own, &fault) != NF_OK) {
        nf_arena_free(arena);
        return fail("profile", &fault);
    }
    snprintf(own.name, sizeof(own.name), "%s", words[0]);
    (void) nf_profiles_put(&w, &own);
    nf_arena_free(arena);
    return finish(&w, NF_OK, &fault);
}

static int delete (int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    return finish(&w, nf_change_node_delete(&c, mac_of(words[0])), &c.fault);
}

static int
served(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);

    (void) n;
    return finish(&w, nf_change_script_served(&c, mac_of(words[0]), 1),
                  &c.fault);
}

/* The installer says that it is done. */
static int
done(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_operation_report report = {.operation = "os_install",
                                         .success = true};

    (void) n;
    return finish(&w, nf_change_operation(&c, mac_of(words[0]), &report),
                  &c.fault);
}

/* MAC SERIAL: its hardware, from an address that proves nothing. */
static int
report(int n, char **words)
{
    NF_WRITE(w, store);
    struct nf_change c = change_of(&w);
    struct nf_hardware_report said = {.mac = mac_of(words[0]),
                                      .json = NF_TEXT("{}")};
    bool is_matched;

    (void) n;
    snprintf(said.sn, sizeof(said.sn), "%s", words[1]);
    return finish(&w, nf_change_report(&c, &said, &is_matched), &c.fault);
}

/* COUNT: so many boot files, and tasks that failed and may be tried again, each
 * with a profile of 16 KiB that sweeping has to look through. */
static int
catalogue(int n, char **words)
{
    unsigned long count = strtoul(words[0], NULL, 10);
    static char text[16384];
    struct nf_fault fault = {.reason = "catalogue"};
    NF_WRITE(w, store);

    (void) n;
    memset(text, 'g', sizeof(text));
    for (unsigned long i = 1; i <= count && w.read.err == NF_OK; i++) {
        struct nf_file file = {.size = 1};
        struct nf_task task = {.id = 1000000 + i, .status = NF_TASK_FAILED};
        struct nf_profile copy = {.name = "x", .json = {text, sizeof(text)}};
        snprintf(file.path, sizeof(file.path), "many/%08lx", i);
        snprintf(file.sha256, sizeof(file.sha256), "%064lx", i);
        snprintf(task.profile, sizeof(task.profile), "x");
        (void) nf_files_put(&w, &file);
        (void) nf_tasks_put(&w, &task, &(struct nf_text){0});
        (void) nf_task_profiles_put(&w, task.id, &copy);
    }
    return finish(&w, w.read.err, &fault);
}

static int
show(int n, char **words)
{
    nf_mac_t mac = mac_of(words[0]);
    struct nf_node_view view;
    struct nf_task task = {.status = 0};
    NF_READ(r, store);

    (void) n;
    if (!nf_nodes_get(&r, mac, &view)) {
        puts("{}");
        return EXIT_SUCCESS;
    }
    bool has_task =
        view.node.task != 0 && nf_tasks_get(&r, view.node.task, &task);
    char ip[NF_IP4_TEXT], said[NF_IP4_TEXT];
    nf_ip4_format(view.node.ip, ip);
    nf_ip4_format(view.node.agent_ip, said);
    printf("{\"status\":\"%s\",\"online\":%d,\"heartbeat\":%lld,"
           "\"ip\":\"%s\",\"agent_ip\":\"%s\",\"hostname\":\"%s\","
           "\"task\":\"%s\"}\n",
           nf_node_statuses[view.node.status], view.node.online,
           (long long) view.node.heard, ip, said, view.node.hostname,
           has_task ? nf_task_statuses[task.status] : "");
    return EXIT_SUCCESS;
}

static int
events(int n, char **words)
{
    struct nf_event event;
    uint64_t at = 0;
    NF_READ(r, store);

    (void) n;
    (void) words;
    while (nf_events_read(&r, &at, &event)) {
        printf("%.*s\n", (int) event.json.len, event.json.data);
    }
    return EXIT_SUCCESS;
}

/* How many of COUNT nodes were heard of; the second number is since when. */
static int
heard(int n, char **words)
{
    unsigned long count = strtoul(words[0], NULL, 10), found = 0;
    nf_time_t since = n > 1 ? strtoll(words[1], NULL, 10) : 1;
    NF_READ(r, store);

    for (unsigned long i = 0; i < count; i++) {
        struct nf_node_view view;
        found +=
            nf_nodes_get(&r, many_mac(i), &view) && view.node.heard >= since;
    }
    printf("%lu\n", found);
    return EXIT_SUCCESS;
}

/* A lease event that the hook could not store. */
static int
spool(int n, char **words)
{
    struct nf_lease_report report = {
        .action = NF_LEASE_ADD,
        .has_boot_request = true,
        .lease = {.mac = mac_of(words[0]),
                  .is_pxe = 1,
                  .expires = time_now() + 3600000}};
    struct nf_fault fault = {.reason = "spool"};

    (void) n;
    (void) nf_ip4_parse(nf_text(words[1]), &report.lease.ip);
    return nf_spool_append(settings.spool_dir, &report) == NF_OK
               ? EXIT_SUCCESS
               : fail("spool", &fault);
}

static const struct word {
    const char *name;
    int arguments;
    int (*run)(int n, char **words);
} table[] = {
    {"add", 1, add},
    {"edit", 2, edit},
    {"many", 1, many},
    {"action", 2, action},
    {"delete", 1, delete},
    {"served", 1, served},
    {"done", 1, done},
    {"report", 2, report},
    {"show", 1, show},
    {"events", 0, events},
    {"bind", 3, bind_node},
    {"no-pxe", 1, no_pxe},
    {"heard", 1, heard},
    {"spool", 2, spool},
    {"profile", 2, profile},
    {"due", 4, due},
    {"failures", 1, failures},
    {"catalogue", 1, catalogue},
    {"macs", 1, macs},
    {"switched", 2, switched},
    {"obeyed", 1, obeyed},
    {"unbind", 1, unbind_node},
    {"up", 1, up},
};

int
main(int argc, char **argv)
{
    struct nf_fault fault = {.reason = "open"};

    if (nf_settings_load(&settings, &fault) != NF_OK
        || nf_store_open(&store, settings.db_path) != NF_OK)
    {
        return fail("open", &fault);
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (argc > 1 && strcmp(argv[1], table[i].name) == 0
            && argc - 2 >= table[i].arguments)
        {
            int code = table[i].run(argc - 2, argv + 2);
            nf_store_close(store);
            return code;
        }
    }
    return 2;
}
