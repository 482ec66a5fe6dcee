/* Lists: by pages as a whole, and never "unchanged" when they changed. */
#include "site.h"

#include <ftw.h>

#include "change/command.h"
#include "store/commands.h"

enum {
    MACHINES = 4,
    DOINGS = 4000,
    TEXT_MAX = 1 << 18,
};

static unsigned
any(unsigned n)
{
    return (unsigned) rand() % n;
}

/* --- what may happen ---------------------------------------------------------
 */

/* # becomes the machine in hex, @ its number, ~ a number of no meaning. */
static void
expand(char *to, size_t size, const char *from, unsigned machine, unsigned word)
{
    struct nf_out out = nf_out(to, size);

    for (; *from != '\0'; from++) {
        switch (*from) {
        case '#':
            nf_out_printf(&out, "%08x", machine);
            break;
        case '@':
            nf_out_printf(&out, "%u", machine);
            break;
        case '~':
            nf_out_printf(&out, "%u", word);
            break;
        default:
            nf_out_putc(&out, *from);
        }
    }
    nf_out_putc(&out, '\0');
    assert_false(out.full);
}

static unsigned
ask_about(enum nf_method_kind method, const char *path, const char *body,
          unsigned n, unsigned word)
{
    char where[128], what[256];

    expand(where, sizeof(where), path, n, word);
    expand(what, sizeof(what), body, n, word);
    return ask(method, where, what);
}

static void
operator_asks(void)
{
    static const struct {
        enum nf_method_kind method;
        const char *path, *body; /* see expand() */
    } rows[] = {
        {NF_POST, "/api/v1/nodes", "{\"mac\":\"5254#\",\"serial\":\"S@\"}"},
        {NF_PATCH, "/api/v1/nodes/5254#", "{\"hostname\":\"h~\"}"},
        {NF_PATCH, "/api/v1/nodes/5254#", "{\"labels\":{\"role\":\"db\"}}"},
        {NF_PATCH, "/api/v1/nodes/5254#", "{\"labels\":{\"role\":null}}"},
        {NF_PUT, "/api/v1/nodes/5254#", "{\"action\":\"install\"}"},
        {NF_PUT, "/api/v1/nodes/5254#", "{\"action\":\"cancel\"}"},
        {NF_DELETE, "/api/v1/nodes/5254#", ""},
        {NF_POST, "/api/v1/tasks", "{\"sn\":\"T@\",\"profile\":\"debian-12\"}"},
        {NF_POST, "/api/v1/tasks/T@/approve", "{}"},
        {NF_POST, "/api/v1/tasks/T@/cancel", "{}"},
        {NF_POST, "/api/v1/report",
         "{\"mac\":\"5254#\",\"hardware\":{\"serial_number\":\"T@\"}}"},
        {NF_POST, "/api/v1/progress",
         "{\"mac\":\"5254#\",\"step\":\"x\",\"percent\":~}"},
        {NF_POST, "/api/v1/admin/dhcp/binding",
         "{\"mac\":\"5254#\",\"ip\":\"10.66.0.2@\"}"},
        {NF_DELETE, "/api/v1/admin/dhcp/binding/5254#", ""},
        {NF_DELETE, "/api/v1/unmatched-reports/5254#", ""},
        {NF_PUT, "/api/v1/profiles/own@",
         "{\"title\":\"t~\",\"os_type\":\"debian\",\"os_version\":\"12\","
         "\"method\":\"preseed\",\"suite\":\"bookworm\"}"},
        {NF_DELETE, "/api/v1/profiles/own@", ""},
        {NF_PUT, "/api/v1/files/f/@", "contents ~"},
        {NF_DELETE, "/api/v1/files/f/@", ""},
        {NF_POST, "/api/v1/nodes/5254#/commands", "{\"command\":\"reboot\"}"},
    };
    size_t i = any(sizeof(rows) / sizeof(rows[0]));

    (void) ask_about(rows[i].method, rows[i].path, rows[i].body,
                     1 + any(MACHINES), any(100));
}

static nf_mac_t
machine(unsigned n)
{
    return (nf_mac_t){{0x52, 0x54, 0, 0, 0, (uint8_t) n}};
}

static void
machine_beats(void)
{
    struct nf_status_report report = {.status = "installed"};

    (void) CHANGE(nf_change_status(&c, machine(1 + any(MACHINES)), &report));
}

/* One that no task fits: counted, and mostly no event. */
static void
machine_reports_again(void)
{
    (void) ask_about(
        NF_POST, "/api/v1/report",
        "{\"mac\":\"5255#\",\"hardware\":{\"serial_number\":\"U@\"}}",
        1 + any(2), 0);
}

static void
machine_leases(void)
{
    unsigned n = 1 + any(MACHINES);
    struct nf_lease_report report = {
        .action = any(4) ? NF_LEASE_ADD : NF_LEASE_DEL,
        .lease = {.ip = ip_of(n),
                  .mac = machine(n),
                  .changed_at = world.now,
                  .expires = world.now + NF_MINUTES(1 + any(5))}};

    (void) CHANGE(nf_change_lease(&c, &report));
}

static void
time_passes(void)
{
    nf_time_t next;

    world.now += NF_SECONDS(any(100));
    (void) CHANGE(nf_change_clock(&c, 100, &next));
}

static void
command_goes_on(void)
{
    struct nf_command command;
    bool found;
    {
        NF_READ(r, world.s.store);
        found = nf_commands_to_send(&r, 0, 0, &command);
    }
    if (found) {
        (void) CHANGE(nf_change_command_sent(&c, command.number, "x",
                                             world.now + NF_SECONDS(2)));
    }
}

/* Nothing that any list shows. */
static void
reader_saves(void)
{
    NF_WRITE(w, world.s.store);

    (void) nf_cursor_put(&w, "reader", any(1000));
    assert_int_equal(nf_write_commit(&w), NF_OK);
}

/* Mostly such as are no events. */
static void (*const doings[])(void) = {
    operator_asks,         operator_asks,  machine_beats,
    machine_beats,         machine_beats,  machine_beats,
    time_passes,           time_passes,    machine_reports_again,
    machine_reports_again, machine_leases, command_goes_on,
    reader_saves,
};

/* --- what must hold ----------------------------------------------------------
 */

struct seen {
    const char *path;
    bool has_tag;
    char tag[128], text[TEXT_MAX];
    unsigned known, changed;
};

static struct seen lists[] = {
    {.path = "/api/v1/nodes"},
    {.path = "/api/v1/nodes?limit=2"},
    {.path = "/api/v1/nodes?status=installing"},
    {.path = "/api/v1/nodes?label=role%3Ddb"},
    {.path = "/api/v1/tasks"},
    {.path = "/api/v1/tasks?limit=2"},
    {.path = "/api/v1/tasks?label=role%3Ddb"},
    {.path = "/api/v1/profiles"},
    {.path = "/api/v1/files"},
    {.path = "/api/v1/unmatched-reports"},
    {.path = "/api/v1/admin/dhcp/leases"},
    {.path = "/api/v1/admin/dhcp/bindings"},
    {.path = "/api/v1/servers/dc1"},
};

enum {
    LISTS = sizeof(lists) / sizeof(lists[0])
};

static void
keep(struct seen *list)
{
    struct nf_text tag = answer.call.etag;

    assert_true(tag.len > 4 && tag.len < sizeof(list->tag));
    assert_true(nf_text_starts(tag, NF_TEXT("W/\"")));
    memcpy(list->tag, tag.data, tag.len);
    list->tag[tag.len] = '\0';
    list->has_tag = true;
    assert_true(answer.len < TEXT_MAX);
    memcpy(list->text, answer.text, answer.len + 1);
}

/* Unchanged is said only of what is. */
static void
look(struct seen *list)
{
    struct ask with = {.if_none_match = list->has_tag ? list->tag : NULL};

    if (ask_with(NF_GET, list->path, NULL, with) == 304) {
        list->known++;
        assert_int_equal(answer.len, 0);
        assert_int_equal(ask(NF_GET, list->path, NULL), 200);
        if (strcmp(answer.text, list->text) != 0) {
            fail_msg("%s was unchanged:\n%s\n%s", list->path, list->text,
                     answer.text);
        }
        return;
    }
    assert_int_equal(answer.call.status, 200);
    list->changed += list->has_tag && strcmp(answer.text, list->text) != 0;
    keep(list);
}

static int
remove_one(const char *name, const struct stat *is, int flag, struct FTW *at)
{
    (void) is, (void) flag, (void) at;
    return remove(name);
}

static char files[64];

static int
make_with_files(void **state)
{
    (void) site_make(state);
    snprintf(files, sizeof(files), "/tmp/nf-test-XXXXXX");
    assert_non_null(mkdtemp(files));
    world_set("NF_FILES_DIR", files);
    world_set("NF_NODE_RULE", "all");
    world_set("NF_IDC", "dc1");
    return 0;
}

static int
drop_with_files(void **state)
{
    (void) nftw(files, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return site_drop(state);
}

static void
a_list_that_changed_is_never_unchanged(void **state)
{
    (void) state;
    srand(23);
    for (unsigned i = 0; i < DOINGS; i++) {
        doings[any(sizeof(doings) / sizeof(doings[0]))]();
        for (unsigned n = any(3); n > 0; n--) {
            look(&lists[any(LISTS)]);
        }
    }
    for (size_t i = 0; i < LISTS; i++) {
        look(&lists[i]); /* and when nothing happens it is */
        look(&lists[i]);
        if (lists[i].known == 0 || lists[i].changed == 0) {
            fail_msg("%s: known %u, changed %u", lists[i].path, lists[i].known,
                     lists[i].changed);
        }
    }
}

static void
a_tag_is_of_one_list_of_one_query(void **state)
{
    char tag[128];

    (void) state;
    create(1);
    assert_int_equal(ask(NF_GET, "/api/v1/tasks", NULL), 200);
    snprintf(tag, sizeof(tag), "%.*s", (int) answer.call.etag.len,
             answer.call.etag.data);
    struct ask with = {.if_none_match = tag};
    assert_int_equal(ask_with(NF_GET, "/api/v1/tasks", NULL, with), 304);
    assert_int_equal(ask_with(NF_HEAD, "/api/v1/tasks", NULL, with), 304);
    assert_int_equal(ask_with(NF_GET, "/api/v1/tasks?limit=1", NULL, with),
                     200);
    assert_int_equal(ask_with(NF_GET, "/api/v1/files", NULL, with), 200);
    assert_int_equal(ask_with(NF_GET, "/api/v1/tasks?status=x", NULL, with),
                     400);
    assert_int_equal(answer.call.etag.len, 0);
    with.if_none_match = tag + 2; /* weak or strong, among others */
    assert_int_equal(ask_with(NF_GET, "/api/v1/tasks", NULL, with), 304);
}

static void
whatever_is_listed_has_a_tag(void **state)
{
    (void) state;
    for (const struct nf_resource *each = nf_resources; each->name != NULL;
         each++) {
        if (each->path == NULL) {
            continue;
        }
        assert_int_equal(ask(NF_GET, each->path, NULL), 200);
        if (answer.call.etag.len == 0) {
            fail_msg("%s has no ETag", each->path);
        }
    }
}

/* --- pages -------------------------------------------------------------------
 */

/* The next page's path, from the Link. */
static bool
follow(char *path, size_t size)
{
    struct nf_text link = answer.call.link;

    if (link.len == 0) {
        return false;
    }
    const char *end = memchr(link.data, '>', link.len);
    assert_true(link.data[0] == '<' && end != NULL);
    snprintf(path, size, "%.*s", (int) (end - link.data - 1), link.data + 1);
    return true;
}

/* Without the brackets, and the line ends between a stream's buffers. */
static void
add_items(struct nf_out *out)
{
    assert_true(answer.len >= 2 && answer.text[0] == '[');
    if (answer.len > 2 && out->len > 0) {
        nf_out_putc(out, ',');
    }
    for (size_t i = 1; i + 1 < answer.len; i++) {
        if (answer.text[i] != '\n') {
            nf_out_putc(out, answer.text[i]);
        }
    }
}

static void
check_pages(const char *path)
{
    static char whole[TEXT_MAX], paged[TEXT_MAX];
    struct nf_out one = nf_out(whole, sizeof(whole));
    struct nf_out many = nf_out(paged, sizeof(paged));
    char next[512];
    unsigned pages = 0;

    assert_int_equal(ask(NF_GET, path, NULL), 200);
    add_items(&one);
    snprintf(next, sizeof(next), "%s?limit=1", path);
    do {
        assert_int_equal(ask(NF_GET, next, NULL), 200);
        add_items(&many);
        pages++;
    } while (follow(next, sizeof(next)) && pages < 100);
    if (one.len != many.len || memcmp(whole, paged, one.len) != 0) {
        fail_msg("%s:\n%.*s\n%.*s", path, (int) one.len, whole, (int) many.len,
                 paged);
    }
    if (pages < 2) {
        fail_msg("%s: %u pages: %.*s", path, pages, (int) one.len, whole);
    }
}

static void
put_loader_file(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/pxelinux.cfg", files);
    (void) mkdir(path, 0755);
    snprintf(path, sizeof(path), "%s/%s", files, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(name, file);
    fclose(file);
}

/* Some of everything that is listed. */
static void
make_some(void)
{
    static const struct {
        enum nf_method_kind method;
        const char *path, *body;
        unsigned status;
    } rows[] = {
        {NF_POST, "/api/v1/nodes", "{\"mac\":\"5254#\",\"serial\":\"S@\"}",
         201},
        {NF_POST, "/api/v1/tasks", "{\"sn\":\"T@\",\"profile\":\"debian-12\"}",
         201},
        {NF_POST, "/api/v1/report",
         "{\"mac\":\"5255#\",\"hardware\":{\"serial_number\":\"U@\"}}", 200},
        {NF_POST, "/api/v1/admin/dhcp/binding",
         "{\"mac\":\"5254#\",\"ip\":\"10.66.0.2@\"}", 201},
        {NF_PUT, "/api/v1/files/f/@", "contents ~", 201},
        {NF_POST, "/api/v1/nodes/525400000001/commands",
         "{\"command\":\"reboot\"}", 202},
    };

    for (unsigned n = 1; n <= MACHINES; n++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            unsigned got =
                ask_about(rows[i].method, rows[i].path, rows[i].body, n, n);
            if (got != rows[i].status) {
                fail_msg("%s: %s", rows[i].path, answer.text);
            }
        }
        struct nf_lease_report lease = {
            .lease = {.ip = ip_of(n), .mac = machine(n), .changed_at = NOW}};
        assert_int_equal(CHANGE(nf_change_lease(&c, &lease)), NF_OK);
    }
}

static void
every_list_is_its_pages(void **state)
{
    static const char *const paths[] = {
        "/api/v1/nodes",
        "/api/v1/tasks",
        "/api/v1/profiles",
        "/api/v1/files",
        "/api/v1/unmatched-reports",
        "/api/v1/admin/dhcp/leases",
        "/api/v1/admin/dhcp/bindings",
        "/api/v1/servers/dc1",
        "/api/v1/nodes/525400000001/commands",
        "/api/v1/admin/tftp/files",
        "/api/v1/admin/pxe/configs",
    };

    (void) state;
    world_set("NF_TFTP_DIR", files);
    put_loader_file("b");
    put_loader_file("a b");
    put_loader_file("pxelinux.cfg/01-52-54-00-00-00-01");
    put_loader_file("pxelinux.cfg/01-52-54-00-00-00-02");
    make_some();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        check_pages(paths[i]);
    }
}

/* What a page may be asked for with is refused in words. */
static void
odd_positions_are_refused(void **state)
{
    static const char *const paths[] = {
        "/api/v1/nodes?after=x",
        "/api/v1/nodes?limit=x",
        "/api/v1/tasks?after=x",
        "/api/v1/tasks?limit=1001",
        "/api/v1/profiles?limit=-1",
        "/api/v1/admin/dhcp/leases?after=x",
        "/api/v1/unmatched-reports?after=x",
        "/api/v1/admin/dhcp/bindings?limit=x",
        "/api/v1/admin/dhcp/bindings?after=525400000009",
        "/api/v1/servers/dc1?limit=x",
        "/api/v1/servers/dc1?after=sn:",
        "/api/v1/servers/dc1?after=x",
        "/api/v1/admin/tftp/files?limit=x",
        "/api/v1/admin/pxe/configs?limit=1001"};

    (void) state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (ask(NF_GET, paths[i], NULL) != 400) {
            fail_msg("%s: %u", paths[i], answer.call.status);
        }
        assert_true(says("\"field\":\"limit\"") || says("\"field\":\"after\""));
    }
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, make_with_files, drop_with_files)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_that_changed_is_never_unchanged),
        TEST(a_tag_is_of_one_list_of_one_query),
        TEST(whatever_is_listed_has_a_tag),
        TEST(every_list_is_its_pages),
        TEST(odd_positions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
