/* Every status of a node, every event; and what its boot script says. */
#include "flow/node.h"

#include "task_walk.h"

enum {
    T_NONE,
    T_PENDING,
    T_FRESH,
    T_SERVED,
    T_INSTALLED,
    T_OVER,
    T_OVER_INSTALLED,
    TASKS
};

static const struct nf_task *
task_like(int which, struct nf_task *task)
{
    static const enum nf_step_kind kinds[] = {
        [T_PENDING] = NF_STEP_APPROVAL,
        [T_FRESH] = NF_STEP_NODE_BOOT,
        [T_SERVED] = NF_STEP_OS_INSTALL,
        [T_INSTALLED] = NF_STEP_FIRST_BOOT,
        [T_OVER] = NF_STEP_OS_INSTALL,
        [T_OVER_INSTALLED] = NF_STEP_FIRST_BOOT,
    };

    if (which == T_NONE) {
        return NULL;
    }
    *task = walk_to(kinds[which]);
    if (which >= T_OVER) {
        assert_true(walk_step(task, NF_TASK_DEADLINE, 50000));
    }
    return task;
}

/* Read from the requirements, not from the code: -1 means refused. */
static int
node_after(int status, int event, int task, bool may_reinstall)
{
    bool is_live = task >= T_PENDING && task <= T_INSTALLED;
    bool is_installed = task == T_INSTALLED || task == T_OVER_INSTALLED;

    switch (event) {
    case NF_NODE_INSTALL:
        return status == NF_NODE_DISCOVERED ? NF_NODE_INSTALLING : -1;
    case NF_NODE_REINSTALL:
        return status == NF_NODE_DISCOVERED
                       || (status == NF_NODE_INSTALLING && !is_live)
                       || (status == NF_NODE_INSTALLED && may_reinstall)
                   ? NF_NODE_INSTALLING
                   : -1;
    case NF_NODE_CANCEL:
        if (status != NF_NODE_INSTALLING) {
            return -1;
        }
        return task == T_PENDING || task == T_FRESH ? NF_NODE_DISCOVERED
                                                    : NF_NODE_INSTALLING;
    case NF_NODE_SYSTEM_UP:
        if (status == NF_NODE_INSTALLED) {
            return NF_NODE_INSTALLED;
        }
        return status == NF_NODE_INSTALLING && is_installed ? NF_NODE_INSTALLED
                                                            : -1;
    default:
        return status == NF_NODE_INSTALLING && is_installed ? NF_NODE_INSTALLED
                                                            : -1;
    }
}

static void
every_status_of_a_node_answers_every_event(void **state)
{
    struct nf_task task;

    (void) state;
    for (int i = 0; i < 3 * NF_NODE_EVENT_COUNT * TASKS * 2; i++) {
        int from = i % 3, event = i / 3 % NF_NODE_EVENT_COUNT;
        int which = i / 3 / NF_NODE_EVENT_COUNT % TASKS;
        bool may = i / 3 / NF_NODE_EVENT_COUNT / TASKS;
        struct nf_node_input input = {(enum nf_node_event) event,
                                      task_like(which, &task), may};
        enum nf_node_status status = (enum nf_node_status) from;
        struct nf_fault fault = {0};
        nf_error_t err = nf_node_step(&status, &input, &fault);
        int wants = node_after(from, event, which, may);
        assert_int_equal(err, wants < 0 ? NF_INVALID : NF_OK);
        assert_int_equal(status, wants < 0 ? from : wants);
        assert_int_equal(fault.reason[0] != '\0', wants < 0);
    }
}

static void
a_refused_install_says_what_old_clients_know(void **state)
{
    enum nf_node_status status = NF_NODE_INSTALLING;
    struct nf_node_input input = {.event = NF_NODE_INSTALL};
    struct nf_fault fault;

    (void) state;
    assert_int_equal(nf_node_step(&status, &input, &fault), NF_INVALID);
    assert_string_equal(fault.reason,
                        "cannot install node with status 'installing', only "
                        "'discovered' nodes can be installed");
}

static void
the_boot_script_follows_from_status_and_task(void **state)
{
    static const enum nf_node_boot installing[TASKS] = {
        [T_NONE] = NF_BOOT_STUCK,           [T_PENDING] = NF_BOOT_STUCK,
        [T_FRESH] = NF_BOOT_INSTALL,        [T_SERVED] = NF_BOOT_INSTALL,
        [T_INSTALLED] = NF_BOOT_LOCAL,      [T_OVER] = NF_BOOT_STUCK,
        [T_OVER_INSTALLED] = NF_BOOT_LOCAL,
    };
    struct nf_task task;

    (void) state;
    for (int which = 0; which < TASKS; which++) {
        const struct nf_task *t = task_like(which, &task);
        assert_int_equal(nf_node_boot_for(NF_NODE_DISCOVERED, t), NF_BOOT_WAIT);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLED, t), NF_BOOT_LOCAL);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLING, t),
                         installing[which]);
    }
}

/* Step by step of the fullest plan: the boot script, and what nf-agent in RAM
 * is told; without an image and with one. */
static void
every_step_has_its_script_and_its_operation(void **state)
{
    static const struct {
        enum nf_step_kind kind;
        enum nf_node_boot boot, boot_of_image;
        enum nf_operation operation, operation_of_image;
    } wanted[] = {
        {NF_STEP_APPROVAL, NF_BOOT_STUCK, NF_BOOT_STUCK, NF_OPERATION_WAIT,
         NF_OPERATION_WAIT},
        {NF_STEP_NODE_MATCH, NF_BOOT_STUCK, NF_BOOT_STUCK, NF_OPERATION_WAIT,
         NF_OPERATION_WAIT},
        {NF_STEP_SWITCH_INSTALL_VLAN, NF_BOOT_STUCK, NF_BOOT_STUCK,
         NF_OPERATION_WAIT, NF_OPERATION_WAIT},
        {NF_STEP_DHCP_BINDING, NF_BOOT_STUCK, NF_BOOT_STUCK, NF_OPERATION_WAIT,
         NF_OPERATION_WAIT},
        {NF_STEP_BMC_RESET, NF_BOOT_STUCK, NF_BOOT_STUCK, NF_OPERATION_WAIT,
         NF_OPERATION_WAIT},
        {NF_STEP_NODE_BOOT, NF_BOOT_AGENT, NF_BOOT_INSTALL, NF_OPERATION_WAIT,
         NF_OPERATION_WAIT},
        {NF_STEP_HARDWARE_CONFIG, NF_BOOT_AGENT, NF_BOOT_INSTALL,
         NF_OPERATION_HARDWARE_CONFIG, NF_OPERATION_HARDWARE_CONFIG},
        {NF_STEP_OS_INSTALL, NF_BOOT_INSTALL, NF_BOOT_INSTALL,
         NF_OPERATION_REBOOT, NF_OPERATION_OS_INSTALL},
        {NF_STEP_FIRST_BOOT, NF_BOOT_LOCAL, NF_BOOT_LOCAL, NF_OPERATION_REBOOT,
         NF_OPERATION_REBOOT},
        {NF_STEP_SWITCH_PRODUCTION_VLAN, NF_BOOT_LOCAL, NF_BOOT_LOCAL,
         NF_OPERATION_WAIT, NF_OPERATION_WAIT},
        {NF_STEP_KINDS, NF_BOOT_LOCAL, NF_BOOT_LOCAL, NF_OPERATION_COMPLETE,
         NF_OPERATION_COMPLETE},
    };

    (void) state;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        struct nf_task image = walk_everything_to(wanted[i].kind);
        struct nf_task plain = walk_start(WALK_EVERYTHING & ~NF_TASK_HAS_IMAGE,
                                          NF_FIRST_BOOT_AGENT, false);
        walk_on(&plain, wanted[i].kind);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLING, &plain),
                         wanted[i].boot);
        assert_int_equal(nf_node_boot_for(NF_NODE_INSTALLING, &image),
                         wanted[i].boot_of_image);
        assert_int_equal(nf_task_operation(&plain), wanted[i].operation);
        assert_int_equal(nf_task_operation(&image),
                         wanted[i].operation_of_image);
    }
    assert_int_equal(nf_task_operation(NULL), NF_OPERATION_WAIT);
}

static void
a_step_that_pauses_asks_nothing_of_the_agent(void **state)
{
    struct nf_task task = walk_everything_to(NF_STEP_HARDWARE_CONFIG);

    (void) state;
    assert_true(walk_step(&task, NF_TASK_OPERATION_FAILED, 5000));
    assert_int_equal(nf_task_operation(&task), NF_OPERATION_WAIT);
    assert_true(walk_step(&task, NF_TASK_DEADLINE, 10000));
    assert_int_equal(nf_task_operation(&task), NF_OPERATION_HARDWARE_CONFIG);
    assert_true(walk_step(&task, NF_TASK_OPERATION_FAILED, 10001));
    assert_int_equal(task.status, NF_TASK_FAILED);
    assert_int_equal(nf_task_operation(&task), NF_OPERATION_WAIT);
}

static void
an_agent_that_installed_is_sent_into_its_system(void **state)
{
    struct nf_task task =
        walk_start(NF_TASK_HAS_IMAGE, NF_FIRST_BOOT_NONE, true);

    (void) state;
    walk_on(&task, NF_STEP_KINDS);
    assert_int_equal(task.status, NF_TASK_COMPLETED);
    assert_int_equal(nf_task_operation(&task), NF_OPERATION_REBOOT);
    task = walk_start(0, NF_FIRST_BOOT_NONE, true);
    walk_on(&task, NF_STEP_KINDS);
    assert_int_equal(nf_task_operation(&task), NF_OPERATION_COMPLETE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_of_a_node_answers_every_event),
        cmocka_unit_test(a_refused_install_says_what_old_clients_know),
        cmocka_unit_test(the_boot_script_follows_from_status_and_task),
        cmocka_unit_test(every_step_has_its_script_and_its_operation),
        cmocka_unit_test(an_agent_that_installed_is_sent_into_its_system),
        cmocka_unit_test(a_step_that_pauses_asks_nothing_of_the_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
