#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "device_file.h"
#include "model/setting_check.h"

enum {
    PRESENCE_MS = 5000,
    FINISH_MS = 60000, /* for what was begun before its deadline */
    FILES_MAX = 4096,
    /* The journal, the broker, a folder; switches. */
    FILES_OWN = 64 + 2 * NF_SWITCH_SESSIONS_MAX,
    FILES_EACH = 4, /* of a process, or of a connection and its name */
    RESULT_MAX = 2 * NF_COMMAND_RESULT + 512, /* all of it quotes */
};

static nf_time_t
clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (nf_time_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- what is said ------------------------------------------------------------
 */

static void
answer(struct nf_worker_program *worker, const char *id, const char *command,
       const struct nf_outcome *outcome)
{
    char text[RESULT_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_order_answer(nf_text(id), nf_text(command), outcome, &out);
    if (!out.full) {
        /* While the broker is away it is not said: it will be asked again. */
        (void) nf_bus_publish(&worker->bus, worker->result_topic,
                              nf_out_text(&out), 1);
    }
}

/* No device was asked. */
static void
reply(struct nf_worker_program *worker, const struct nf_order *order,
      enum nf_command_state state, const char *words)
{
    struct nf_outcome outcome = {.state = (uint8_t) state, .words = words};

    answer(worker, order->id, order->command, &outcome);
}

static void
on_said(void *of, const struct nf_work *work, const struct nf_outcome *outcome)
{
    answer(of, work->id, work->command, outcome);
}

static void
on_switch_said(void *of, const struct nf_switch_work *work,
               const struct nf_outcome *outcome)
{
    answer(of, work->id, work->command, outcome);
}

static bool
on_ports(void *of, struct nf_text part)
{
    struct nf_worker_program *worker = of;

    return nf_bus_publish(&worker->bus, worker->ports_topic, part, 1);
}

static void
on_presence(struct nf_timer *timer)
{
    struct nf_worker_program *worker =
        (void *) ((char *) timer
                  - offsetof(struct nf_worker_program, presence));

    (void) nf_bus_publish(&worker->bus, worker->bus.will_topic,
                          nf_text(worker->presence_text), 0);
    nf_timer_set(&worker->loop, timer, PRESENCE_MS);
}

static void
on_changed(void *of, bool is_up)
{
    struct nf_worker_program *worker = of;

    if (is_up) {
        on_presence(&worker->presence);
    }
}

/* --- what is heard -----------------------------------------------------------
 */

static void
refuse(struct nf_worker_program *worker, const struct nf_order *order,
       const struct nf_fault *fault)
{
    char words[256];

    snprintf(words, sizeof(words), "%s%s%s", fault->field,
             fault->field[0] == '\0' ? "" : " ", fault->reason);
    nf_log(NF_LOG_WARNING, "refused the command %s: %s id=%s", order->command,
           words, order->id);
    reply(worker, order, NF_COMMAND_FAILED, words);
}

static nf_error_t
unseal(const struct nf_worker_program *worker, const struct nf_order *order,
       struct nf_device *device, char driver[static NF_SWITCH_DRIVER],
       struct nf_fault *fault)
{
    struct nf_sealed_device sealed;
    nf_error_t err = nf_sealed_open(nf_text(order->device), nf_text(order->id),
                                    &worker->keys, &sealed, fault);

    if (err != NF_OK) {
        return err;
    }
    memcpy(driver, sealed.driver, NF_SWITCH_DRIVER);
    snprintf(device->user, sizeof(device->user), "%s", sealed.user);
    snprintf(device->password, sizeof(device->password), "%s", sealed.password);
    snprintf(device->pin, sizeof(device->pin), "%s", sealed.pin);
    memcpy(device->auth, sealed.auth, sizeof(device->auth));
    memcpy(device->priv, sealed.priv, sizeof(device->priv));
    memcpy(device->priv_password, sealed.priv_password,
           sizeof(device->priv_password));
    if (!nf_device_address(device, nf_text(sealed.address))) {
        err = nf_refuse(fault, "", "sealed: address is not valid");
    }
    sodium_memzero(&sealed, sizeof(sealed));
    return err;
}

static nf_error_t
unseal_bmc(const struct nf_worker_program *worker, const struct nf_order *order,
           struct nf_device *device, struct nf_fault *fault)
{
    char driver[NF_SWITCH_DRIVER];
    nf_error_t err = unseal(worker, order, device, driver, fault);

    if (err != NF_OK) {
        return err;
    }
    device->driver = nf_driver_find(nf_text(driver));
    return device->driver != NULL
               ? NF_OK
               : nf_refuse(fault, "", "sealed: not a driver for BMCs");
}

static nf_error_t
unseal_switch(const struct nf_worker_program *worker,
              const struct nf_order *order, struct nf_switch_work *work,
              struct nf_fault *fault)
{
    char driver[NF_SWITCH_DRIVER];

    if (order->device[0] == '\0') {
        return nf_refuse(fault, "", "a switch must come with its command");
    }
    nf_error_t err = unseal(worker, order, &work->device, driver, fault);
    if (err != NF_OK) {
        return err;
    }
    work->driver = nf_switch_driver_find(nf_text(driver));
    return work->driver != NULL
               ? NF_OK
               : nf_refuse(fault, "", "sealed: not a driver for switches");
}

/* False: refused, and said so. */
static bool
prepare(struct nf_worker_program *worker, const struct nf_order *order,
        struct nf_work *work)
{
    struct nf_fault fault = {0};
    nf_error_t err =
        nf_bmc_operation_read(&work->run.operation, nf_text(order->command),
                              nf_text(order->args), &fault);

    if (err == NF_OK) {
        err = order->device[0] != '\0'
                  ? unseal_bmc(worker, order, &work->device, &fault)
                  : nf_device_file_read(worker->settings.bmc_devices,
                                        order->mac, &work->device, &fault);
    }
    if (err != NF_OK) {
        refuse(worker, order, &fault);
        return false;
    }
    snprintf(work->id, sizeof(work->id), "%s", order->id);
    snprintf(work->command, sizeof(work->command), "%s", order->command);
    work->mac = order->mac;
    return true;
}

/* NULL: it cannot be written, and that is logged. */
static struct nf_journal_entry *
note(struct nf_worker_program *worker, const struct nf_order *order,
     nf_time_t left, struct nf_journal_entry *entry)
{
    if (entry == NULL) {
        entry = nf_journal_add(&worker->journal, nf_text(order->id),
                               clock_now() + left, clock_now());
    }
    if (entry != NULL && nf_journal_save(&worker->journal, entry)) {
        return entry;
    }
    nf_log(NF_LOG_ERR, "could not write the journal: %s path=%s",
           entry == NULL ? "it is full" : strerror(errno),
           worker->journal.path);
    return NULL;
}

/* Where it had begun, it goes on: what the port was is in the journal. */
static void
recall(const struct nf_journal_entry *entry,
       struct nf_switch_operation *operation)
{
    struct nf_port_config was;
    struct nf_fault ignored;

    operation->is_begun = entry->act > 0;
    if (operation->is_begun && entry->words != NULL
        && nf_port_config_read(nf_text(entry->words), &was, &ignored) == NF_OK)
    {
        operation->expected = was;
        operation->has_expected = true;
    }
}

/* False: refused, and said so. */
static bool
prepare_switch(struct nf_worker_program *worker, const struct nf_order *order,
               struct nf_switch_work *work)
{
    struct nf_fault fault = {0};
    nf_error_t err =
        nf_switch_operation_read(&work->operation, nf_text(order->command),
                                 nf_text(order->args), &fault);

    if (err == NF_OK) {
        err = unseal_switch(worker, order, work, &fault);
    }
    if (err != NF_OK) {
        refuse(worker, order, &fault);
        return false;
    }
    snprintf(work->id, sizeof(work->id), "%s", order->id);
    snprintf(work->command, sizeof(work->command), "%s", order->command);
    work->mac = order->mac;
    return true;
}

static void
take_switch(struct nf_worker_program *worker, const struct nf_order *order,
            nf_time_t left, struct nf_journal_entry *entry)
{
    struct nf_switch_work *work = calloc(1, sizeof(*work));

    if (work == NULL) {
        return;
    }
    if (prepare_switch(worker, order, work)
        && (work->entry = note(worker, order, left, entry)) != NULL)
    {
        work->operation.ends_at = worker->loop.now + left;
        recall(work->entry, &work->operation);
        nf_switch_queue_add(&worker->switches, work);
    } else {
        nf_switch_work_discard(work);
    }
}

/* What may be asked again is not answered: it will be. */
static void
take_bmc(struct nf_worker_program *worker, const struct nf_order *order,
         nf_time_t left, struct nf_journal_entry *entry)
{
    struct nf_work *work = calloc(1, sizeof(*work));

    if (work == NULL) {
        return;
    }
    work->ends_at = worker->loop.now + left;
    if (prepare(worker, order, work)
        && (work->entry = note(worker, order, left, entry)) != NULL)
    {
        nf_queue_add(&worker->queue, work);
    } else {
        nf_work_discard(work);
    }
}

static void
take(struct nf_worker_program *worker, const struct nf_order *order,
     nf_time_t left, struct nf_journal_entry *entry)
{
    if (order->target == NF_COMMAND_SWITCH) {
        if (worker->switches.works_n < NF_SWITCH_QUEUE_MAX) {
            take_switch(worker, order, left, entry);
        }
    } else if (worker->queue.works_n < NF_QUEUE_MAX) {
        take_bmc(worker, order, left, entry);
    }
}

/* Nobody waits for it any more, but its port must not stay in between. */
static bool
is_half_done(const struct nf_order *order, const struct nf_journal_entry *entry)
{
    return order->target == NF_COMMAND_SWITCH && entry != NULL
           && entry->act > 0;
}

static bool
is_taken(const struct nf_worker_program *worker, const char *id)
{
    return nf_queue_find(&worker->queue, id) != NULL
           || nf_switch_queue_find(&worker->switches, id) != NULL;
}

static void
heard(struct nf_worker_program *worker, const struct nf_order *order)
{
    struct nf_journal_entry *entry =
        nf_journal_find(&worker->journal, nf_text(order->id));
    nf_time_t left =
        nf_order_left(order, clock_now(), worker->loop.now, &worker->clock);

    if (is_taken(worker, order->id)) {
        reply(worker, order, NF_COMMAND_RUNNING, "");
    } else if (entry != NULL && entry->outcome.state != NF_COMMAND_RUNNING) {
        answer(worker, order->id, order->command, &entry->outcome);
    } else if (left == 0 && is_half_done(order, entry)) {
        take(worker, order, FINISH_MS, entry);
    } else if (left == 0) {
        reply(worker, order,
              entry == NULL ? NF_COMMAND_EXPIRED : NF_COMMAND_UNKNOWN,
              entry == NULL ? "its deadline has passed"
                            : "its deadline passed while nf-bmc was away");
    } else if (left > 0) {
        take(worker, order, left, entry);
    }
}

static void
on_message(void *of, struct nf_text payload)
{
    struct nf_worker_program *worker = of;
    struct nf_order order;
    struct nf_fault fault = {0};

    if (nf_order_read(&order, payload, &fault) != NF_OK) {
        nf_log(NF_LOG_WARNING, "an invalid command: %s %s", fault.field,
               fault.reason);
        return;
    }
    if (order.target == NF_COMMAND_NODE) {
        reply(worker, &order, NF_COMMAND_FAILED,
              "unsupported: this worker drives BMCs and switches");
        return;
    }
    heard(worker, &order);
}

/* --- life ----------------------------------------------------------------
 */

static void
on_signal(struct nf_watch *watch, short revents)
{
    struct nf_worker_program *worker =
        (void *) ((char *) watch - offsetof(struct nf_worker_program, signals));
    struct signalfd_siginfo info;

    (void) revents;
    if (read(watch->fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        nf_log(NF_LOG_NOTICE, "stopping on signal %u", info.ssi_signo);
        worker->loop.is_over = true;
    }
}

static bool
open_signals(struct nf_worker_program *worker)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    worker->signals =
        (struct nf_watch){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                          POLLIN, on_signal, NULL};
    nf_loop_watch(&worker->loop, &worker->signals);
    return worker->signals.fd >= 0;
}

/* The broker of another host. */
static bool
choose_far(struct nf_worker_program *worker)
{
    const struct nf_account *account = &worker->account;
    struct nf_bus *bus = &worker->bus;

    if (!nf_tls_open(&worker->tls, account->certificates, account->host)) {
        nf_log(NF_LOG_ERR, "%s %s", worker->settings.bmc_broker,
               worker->tls.words);
        return false;
    }
    memcpy(bus->host, account->host, sizeof(bus->host));
    bus->port = account->port;
    bus->user = account->user;
    bus->password = account->password;
    bus->tls = &worker->tls;
    return true;
}

static bool
choose_near(struct nf_worker_program *worker)
{
    const struct nf_settings *settings = &worker->settings;
    struct nf_bus *bus = &worker->bus;
    struct nf_text host;

    if (!nf_setting_split(nf_text(settings->mqtt_broker), &host, &bus->port)
        || !nf_text_copy(bus->host, sizeof(bus->host), host))
    {
        nf_log(NF_LOG_ERR, "NF_MQTT_BROKER must be host:port");
        return false;
    }
    return true;
}

static bool
open_bus(struct nf_worker_program *worker)
{
    struct nf_bus *bus = &worker->bus;
    bool is_far = worker->account.user[0] != '\0';
    const char *site = is_far ? worker->account.site : worker->settings.idc;

    nf_worker_topic_format(NF_WORKER_COMMAND, site, worker->name,
                           bus->subscription);
    nf_worker_topic_format(NF_WORKER_RESULT, site, worker->name,
                           worker->result_topic);
    nf_worker_topic_format(NF_WORKER_PORTS, site, worker->name,
                           worker->ports_topic);
    nf_worker_topic_format(NF_WORKER_PRESENCE, site, worker->name,
                           bus->will_topic);
    if (is_far ? !choose_far(worker) : !choose_near(worker)) {
        return false;
    }
    snprintf(bus->id, sizeof(bus->id), "nf-bmc-%s", worker->name);
    bus->will = "{\"state\":\"gone\"}";
    bus->loop = &worker->loop;
    bus->of = worker;
    bus->message = on_message;
    bus->changed = on_changed;
    nf_bus_open(bus);
    return true;
}

/* What runs goes on where it was when it is asked for again. */
static void
leave(struct nf_worker_program *worker)
{
    nf_queue_close(&worker->queue);
    nf_switch_queue_close(&worker->switches);
    (void) nf_bus_publish(&worker->bus, worker->bus.will_topic,
                          nf_text(worker->bus.will), 1);
    nf_bus_close(&worker->bus);
    nf_tls_close(&worker->tls);
    explicit_bzero(worker->account.password, sizeof(worker->account.password));
    nf_journal_close(&worker->journal);
    sodium_memzero(&worker->keys, sizeof(worker->keys));
    nf_loop_unwatch(&worker->loop, &worker->signals);
    close(worker->signals.fd);
    nf_loop_close(&worker->loop);
}

/* Of those that the system lets us open. */
static size_t
count_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return FILES_OWN;
    }
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur =
            limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
        (void) getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur < FILES_MAX ? limit.rlim_cur : FILES_MAX;
}

static void
open_queue(struct nf_worker_program *worker)
{
    const struct nf_settings *settings = &worker->settings;
    size_t ipmi = (size_t) nf_setting_number(settings->bmc_parallel);
    size_t http = (size_t) nf_setting_number(settings->bmc_parallel_http);
    size_t files = count_files(), own = FILES_OWN + ipmi * FILES_EACH;
    size_t room = files > own + FILES_EACH ? (files - own) / FILES_EACH : 1;

    if (room < http) {
        nf_log(NF_LOG_WARNING,
               "%zu Redfish commands at the same time, not %zu: this process "
               "may open %zu files",
               room, http, files);
        http = room;
    }
    worker->queue = (struct nf_queue){
        .loop = &worker->loop,
        .journal = &worker->journal,
        .max = {[NF_BMC_IPMI] = ipmi, [NF_BMC_REDFISH] = http},
        .of = worker,
        .said = on_said};
    worker->switches = (struct nf_switch_queue){.loop = &worker->loop,
                                                .journal = &worker->journal,
                                                .of = worker,
                                                .said = on_switch_said,
                                                .ports = on_ports};
}

static bool
open_key(struct nf_worker_program *worker)
{
    const char *folder = worker->settings.bmc_dir;
    struct nf_out out =
        nf_out(worker->presence_text, sizeof(worker->presence_text) - 1);
    char fingerprint[NF_WORKER_FINGERPRINT];
    struct nf_fault fault;
    nf_error_t err = nf_key_open(folder, &worker->keys, &fault);

    if (err != NF_OK) {
        nf_log(NF_LOG_ERR, "could not open the worker's key: %s path=%s/key",
               err == NF_INVALID ? fault.reason : strerror(errno), folder);
        return false;
    }
    nf_worker_presence_put(worker->keys.public, &out);
    worker->presence_text[out.len] = '\0';
    nf_worker_key_fingerprint(worker->keys.public, fingerprint);
    nf_log(NF_LOG_NOTICE, "the worker's key: %s", fingerprint);
    return true;
}

bool
nf_worker_program_run(struct nf_worker_program *worker)
{
    const struct nf_settings *settings = &worker->settings;

    open_queue(worker);
    worker->presence.fire = on_presence;
    if (!nf_journal_open(&worker->journal, settings->bmc_dir, clock_now())) {
        nf_log(NF_LOG_ERR, "could not open the journal: %s path=%s",
               strerror(errno), worker->journal.path);
        return false;
    }
    if (!open_key(worker) || !nf_loop_open(&worker->loop)
        || !open_signals(worker) || !open_bus(worker))
    {
        return false;
    }
    nf_log(NF_LOG_NOTICE, "started: worker=%s", worker->name);
    nf_loop_run(&worker->loop);
    leave(worker);
    return true;
}
