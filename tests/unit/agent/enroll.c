/* What the agent tells of the login that it made, as the server reads it. */

#include <stdint.h>
#include <time.h>

static int clock_read(clockid_t id, struct timespec *now);
static int clock_wait(const struct timespec *for_so_long,
                      struct timespec *rest);

#define clock_gettime clock_read
#define nanosleep     clock_wait
#include "../../../nf-agent/bmc_user.c"
#include "../../../nf-agent/enroll.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "bmc/enroll.h"

static const uint8_t site[32] = {1, 2, 3};

/* The machine, and its clock, which stands still but for what waits. */
static struct {
    int64_t now_ms, answer_ms;
    bool has_device, finds_device, is_silent, is_busy;
    int asked, loads;
    char password[17];
} m;

static int
clock_read(clockid_t id, struct timespec *now)
{
    (void) id;
    *now = (struct timespec){m.now_ms / 1000, m.now_ms % 1000 * 1000000};
    return 0;
}

static int
clock_wait(const struct timespec *for_so_long, struct timespec *rest)
{
    (void) rest;
    m.now_ms += for_so_long->tv_sec * 1000 + for_so_long->tv_nsec / 1000000;
    return 0;
}

bool
nf_process_run(const struct nf_process *process, char *fault, size_t size)
{
    (void) fault;
    (void) size;
    assert_string_equal(process->argv[0], "modprobe");
    m.loads++;
    m.has_device |= m.finds_device;
    return m.finds_device;
}

const char *
nf_inventory_serial(const json_t *hardware)
{
    return json_string_value(json_object_get(hardware, "serial_number"));
}

/* A BMC of three slots, the last of them free. */
static int
reply_to(const struct nf_ipmi_question *q, uint8_t *reply)
{
    static const uint8_t lan[] = {0, 1, 4}, always[] = {0, 2, 4},
                         free_slot[] = {0, 3, DISABLED, 0, 0},
                         ours[] = {0, 3, ENABLED, 0, MESSAGING | 3};
    const uint8_t parameter[] = {0, 0x11, 10, 0, 0, 5, 0, 1};
    const struct {
        uint8_t command;
        const uint8_t *bytes;
        int n;
    } rows[] = {
        {0x42, lan, sizeof lan},
        {0x41, always, sizeof always},
        {0x02, parameter, sizeof parameter},
        {0x44, m.password[0] != '\0' ? ours : free_slot, sizeof ours},
    };

    memset(reply, 0, NF_IPMI_REPLY_MAX);
    if (q->command == 0x47 && q->data[1] == SET) {
        memcpy(m.password, q->data + 2, 16);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].command == q->command) {
            memcpy(reply, rows[i].bytes, (size_t) rows[i].n);
            return rows[i].n;
        }
    }
    return q->command == 0x46 ? 1 + NAME_SIZE : 1;
}

static int
ask_bmc(void *self, const struct nf_ipmi_question *question,
        uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead)
{
    (void) self;
    m.asked++;
    m.now_ms += m.answer_ms;
    *is_dead = m.is_silent;
    if (m.is_busy) {
        reply[0] = BUSY;
        return 1;
    }
    return m.is_silent ? -1 : reply_to(question, reply);
}

bool
nf_ipmi_open(struct nf_ipmi_way *way)
{
    *way = (struct nf_ipmi_way){ask_bmc, NULL};
    return m.has_device;
}

void
nf_ipmi_close(struct nf_ipmi_way *way)
{
    way->ask = NULL;
}

static int
machine_make(void **state)
{
    (void) state;
    memset(&m, 0, sizeof m);
    m.has_device = true;
    m.now_ms = 9000;
    m.answer_ms = 10;
    return 0;
}

static json_t *
enroll(const char *hardware)
{
    struct nf_bmc_wish wish = {.is_wished = true};
    uint8_t secret[NF_ENROLL_KEY];
    json_t *object = json_loads(hardware, 0, NULL);

    assert_non_null(object);
    nf_enroll_keys(site, wish.key, secret);
    json_t *told = nf_enroll(&wish, object, "52:54:00:00:00:01");
    json_decref(object);
    return told;
}

#define HARDWARE "{\"serial_number\":\"A\\\"1\",\"bmc\":{\"present\":true}}"

static const char *
text_of(const json_t *told, const char *member)
{
    const char *text = json_string_value(json_object_get(told, member));

    assert_non_null(text);
    return text;
}

static void
fails(const char *why, int64_t within_ms)
{
    int64_t began = m.now_ms;
    json_t *told = enroll(HARDWARE);

    assert_int_equal(json_object_size(told), 1);
    assert_string_equal(text_of(told, "error"), why);
    assert_true(m.now_ms - began <= within_ms);
    json_decref(told);
}

static void
the_server_can_open_what_it_tells(void **state)
{
    struct nf_enroll_login login;
    struct nf_fault fault;
    json_t *told = enroll(HARDWARE);

    (void) state;
    assert_string_equal(text_of(told, "driver"), "ipmi");
    assert_string_equal(text_of(told, "address"), "10.0.0.5");
    assert_string_equal(text_of(told, "user"), "nodefoundry");
    assert_int_equal(json_integer_value(json_object_get(told, "channel")), 1);
    assert_int_equal(
        nf_enroll_open(nf_text(text_of(told, "sealed")), site, &login, &fault),
        NF_OK);
    assert_string_equal(login.password, m.password);
    assert_string_equal(login.address, "10.0.0.5");
    assert_string_equal(login.user, "nodefoundry");
    assert_string_equal(login.mac, "52:54:00:00:00:01");
    assert_string_equal(login.serial, "A\"1");
    char *all = json_dumps(told, 0);
    assert_null(strstr(all, m.password));
    free(all);
    json_decref(told);
}

static void
a_password_has_some_of_each_kind(void **state)
{
    char last[NF_BMC_USER_PASSWORD] = "", now[NF_BMC_USER_PASSWORD];

    (void) state;
    for (int i = 0; i < 200; i++) {
        password_make(now);
        assert_int_equal(strlen(now), 16);
        assert_int_equal(strspn(now, SMALL LARGE DIGITS), 16);
        assert_non_null(strpbrk(now, SMALL));
        assert_non_null(strpbrk(now, LARGE));
        assert_non_null(strpbrk(now, DIGITS));
        assert_string_not_equal(now, last);
        memcpy(last, now, sizeof last);
    }
}

static void
without_a_bmc_nothing_is_told(void **state)
{
    (void) state;
    assert_null(enroll("{\"bmc\":{\"present\":false}}"));
    assert_null(enroll("{}"));
    assert_int_equal(m.asked + m.loads, 0);
}

static void
a_driver_is_loaded_where_it_lacks(void **state)
{
    (void) state;
    m.has_device = false;
    m.finds_device = true;
    json_t *told = enroll(HARDWARE);
    assert_non_null(json_object_get(told, "sealed"));
    assert_int_equal(m.loads, 1);
    json_decref(told);
    m.has_device = m.finds_device = false;
    fails("the BMC has no /dev/ipmi0 in this system", 6000);
}

static void
it_ends_in_time_whatever_the_bmc_does(void **state)
{
    (void) state;
    m.is_busy = true;
    fails("the BMC is busy (completion code 0xc0)", 30000);
    assert_true(m.asked > 10);
    m.is_busy = false;
    m.answer_ms = 1999;
    fails("the BMC is too slow", 30000);
    m.is_busy = true;
    fails("the BMC is too slow", 30000);
    m.is_silent = true;
    m.is_busy = false;
    fails("the BMC does not answer", 2000);
}

#define TEST(name) cmocka_unit_test_setup(name, machine_make)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_server_can_open_what_it_tells),
        TEST(a_password_has_some_of_each_kind),
        TEST(without_a_bmc_nothing_is_told),
        TEST(a_driver_is_loaded_where_it_lacks),
        TEST(it_ends_in_time_whatever_the_bmc_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
