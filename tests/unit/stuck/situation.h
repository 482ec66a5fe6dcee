#ifndef NF_TEST_STUCK_SITUATION_H
#define NF_TEST_STUCK_SITUATION_H

/*
 * Ways of being stuck, from end to end but for the network: what causes it
 * happens (by the API, a lease, a worker's or agent's word, the clock), what
 * `nf why` says is compared as a whole, its advice is followed, and that it
 * helped is seen.  docs/stuck.md has each with its sentence.
 */

#include "api/served.h"

#include "../carry_out.h"
#include "../site.h"
#include "../task_world.h"

enum {
    SITUATION_MAX = 4096
};

struct situation {
    const char *title; /* as docs/stuck.md has it, in bold */
    void (*provoke)(void);
    const char *at;    /* whose: "nodes/525400000001", "tasks/task-00000001" */
    const char *state; /* its word */
    const char *says;  /* the sentence, whole */
    void (*advised)(void); /* does what it advises; NULL: to wait */
    const char *then;      /* the state that follows */
};

/* A process that is named differs each time: the page says 4321. */
UNUSED static char situation_process[16];

static void
situation_name_process(char *text)
{
    size_t len = strlen(situation_process);

    for (char *at = text; len > 0 && (at = strstr(at, situation_process));) {
        memmove(at + 4, at + len, strlen(at + len) + 1);
        memcpy(at, "4321", 4);
        at += 4;
    }
}

/* A member's text in the latest answer, as it is without JSON's escapes. */
static const char *
situation_text(const char *name)
{
    static char text[SITUATION_MAX];
    char member[64];
    size_t len = 0;

    snprintf(member, sizeof(member), "\"%s\":\"", name);
    const char *from = answer.text != NULL ? strstr(answer.text, member) : NULL;
    if (from == NULL) {
        return "";
    }
    for (from += strlen(member); *from != '"' && len < sizeof(text) - 1; from++)
    {
        from += *from == '\\';
        text[len++] = *from;
    }
    text[len] = '\0';
    situation_name_process(text);
    return text;
}

static void
situation_is(const struct situation *s, const char *state)
{
    char path[128], member[96];

    snprintf(path, sizeof(path), "/api/v1/%s/timeline", s->at);
    assert_int_equal(ask(NF_GET, path, NULL), 200);
    snprintf(member, sizeof(member), "\"waits\":{\"state\":\"%s\"", state);
    if (!says(member)) {
        fail_msg("%s: not %s: %s", s->title, state, situation_text("now"));
    }
}

/* Lines of the page are joined by blanks, and a quotation's marks left out. */
static const char *
situation_page(void)
{
    static char page[1 << 17];
    char line[2048];
    size_t len = 0;
    FILE *file = fopen("docs/stuck.md", "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *from = strncmp(line, "> ", 2) == 0 ? line + 2 : line;
        size_t n = strcspn(from, "\n");
        assert_true(len + n + 2 < sizeof(page));
        memcpy(page + len, from, n);
        len += n;
        page[len++] = ' ';
    }
    (void) fclose(file);
    page[len] = '\0';
    return page;
}

static void
situation_explained(const struct situation *s)
{
    const char *page = situation_page();
    char title[256];

    snprintf(title, sizeof(title), "**%s**", s->title);
    if (strstr(page, title) == NULL || strstr(page, s->says) == NULL) {
        fail_msg("docs/stuck.md lacks %s with: %s", title, s->says);
    }
}

/* Since when it is so is known of each trouble, and never in the future. */
static void
situation_is_dated(const struct situation *s)
{
    static const char word[] = "{\"word\":", since[] = "\"since\":\"";
    struct ask health = {.listener = NF_LISTENER_HEALTH};
    nf_time_t time;

    assert_int_equal(ask_with(NF_GET, "/health", NULL, health), 200);
    for (const char *at = answer.text; (at = strstr(at, word)) != NULL; at++) {
        const char *end = strchr(at, '}'), *begin = strstr(at, since);
        if (begin == NULL || begin > end) {
            fail_msg("%s: no time: %.200s", s->title, at);
        }
        begin += sizeof(since) - 1;
        size_t len = strcspn(begin, "\"");
        assert_true(nf_time_parse((struct nf_text){begin, len}, &time));
        assert_true(time <= world.now);
    }
}

static void
situation_try(const struct situation *s)
{
    situation_explained(s);
    s->provoke();
    situation_is_dated(s);
    situation_is(s, s->state);
    if (strcmp(situation_text("now"), s->says) != 0) {
        fail_msg("%s\n wanted: %s\n but is: %s", s->title, s->says,
                 situation_text("now"));
    }
    if (s->advised != NULL) {
        s->advised();
        situation_is(s, s->then);
    }
}

/* Each in a world of its own. */
static int
situations_try(const struct situation *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        void *state = NULL;
        print_message("# %s\n", all[i].title);
        assert_int_equal(site_make(&state), 0);
        situation_try(&all[i]);
        assert_int_equal(site_drop(&state), 0);
    }
    return 0;
}

#define SITUATIONS(all)                                                        \
    static void each_is_as_it_is_told(void **state)                            \
    {                                                                          \
        (void) state;                                                          \
        situations_try(all, sizeof(all) / sizeof((all)[0]));                   \
    }                                                                          \
    int main(void)                                                             \
    {                                                                          \
        const struct CMUnitTest tests[] = {                                    \
            cmocka_unit_test(each_is_as_it_is_told)};                          \
        return cmocka_run_group_tests(tests, NULL, NULL);                      \
    }

/* --- what happens -----------------------------------------------------------
 */

UNUSED static void
minutes_pass(unsigned n)
{
    wait_ms(NF_MINUTES(n));
}

/* What an operator's command asks of the API. */
UNUSED static void
operator_asks(enum nf_method_kind method, const char *path, const char *body)
{
    unsigned status = ask(method, path, body);

    if (status < 200 || status > 299) {
        fail_msg("%s %s: %u %s", path, body, status, answer.text);
    }
}

/* What dnsmasq's script says when firmware is given its address. */
UNUSED static struct nf_lease_report
firmware_lease(unsigned n)
{
    return (struct nf_lease_report){
        .action = NF_LEASE_ADD,
        .has_boot_request = true,
        .lease = {.ip = ip_of(n),
                  .mac = mac_of(n),
                  .expires = world.now + NF_SECONDS(3600),
                  .changed_at = world.now,
                  .is_pxe = 1}};
}

UNUSED static void
firmware_leases(unsigned n)
{
    struct nf_lease_report report = firmware_lease(n);

    assert_int_equal(CHANGE(nf_change_lease(&c, &report)), NF_OK);
}

/* It asks for its boot script from its address; what that brings about is
 * carried out. */
UNUSED static void
machine_asks_script(unsigned n)
{
    char path[64];

    snprintf(path, sizeof(path), "/boot/5254%08x/boot.ipxe", n);
    assert_int_equal(
        ask_with(NF_GET, path, NULL,
                 (struct ask){.peer = ip_of(n), .listener = NF_LISTENER_BOOT}),
        200);
    ask_after();
}

/* Its agent in RAM asks what to do. */
UNUSED static void
agent_in_ram_asks(void)
{
    firmware_leases(1);
    assert_int_equal(
        ask_with(NF_POST, "/api/v1/device/getNextOperation",
                 "{\"mac\":\"525400000001\"}",
                 (struct ask){.peer = ip_of(1), .listener = NF_LISTENER_AGENT}),
        200);
}

/* --- what the adapter of nginx does behind an answer -------------------------
 */

UNUSED static void
is_noted(struct nf_served *served)
{
    struct nf_call work = {.arena = nf_arena_new(), .now = world.now};
    struct nf_call *calls[] = {&work};

    if (nf_api_served_find(&site, world.now, served)) {
        assert_true(nf_api_served_work(served, &work));
        nf_api_write(&site, calls, 1);
    }
    nf_arena_free(work.arena);
}

UNUSED static void
is_sent(enum nf_sign_kind kind, const char *path, uint64_t sent, uint64_t size)
{
    struct nf_served served = {
        .peer = ip_of(1),
        .report = {.kind = kind, .code = 200, .sent = sent, .size = size}};

    nf_api_served_path(&served, nf_text(path));
    is_noted(&served);
}

UNUSED static void
is_not_there(enum nf_sign_kind kind, const char *path, unsigned code,
             const char *why)
{
    struct nf_served served = {
        .peer = ip_of(1),
        .report = {.kind = kind, .code = code, .client = ip_of(1)}};

    nf_api_served_path(&served, nf_text(path));
    snprintf(served.report.why, sizeof(served.report.why), "%s", why);
    is_noted(&served);
}

#endif
