#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "device_file.h"
#include "model/setting_check.h"

enum {
    PRESENCE_MS = 5000,
    RESULT_MAX = 1024,
};

/* One command, from the message to its outcome. */
struct nf_work {
    struct nf_worker_program *worker;
    char id[NF_COMMAND_ID_TEXT], command[32];
    nf_mac_t mac;
    struct nf_device device;
    struct nf_journal_entry *entry;
    struct nf_run run;
    nf_time_t ends_at; /* by the loop's clock */
    bool is_running;
    struct nf_work *next;
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
       enum nf_command_state state, const char *words)
{
    char text[RESULT_MAX];
    struct nf_out out = nf_out(text, sizeof(text));

    nf_order_answer(nf_text(id), nf_text(command), state, nf_text(words), &out);
    if (!out.full) {
        /* While the broker is away it is not said: it will be asked again. */
        (void) nf_bus_publish(&worker->bus, worker->result_topic,
                              nf_out_text(&out), 1);
    }
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

/* --- what is done ------------------------------------------------------------
 */

/* A password goes with it. */
static void
discard(struct nf_work *work)
{
    explicit_bzero(&work->device, sizeof(work->device));
    free(work);
}

static void
forget(struct nf_work *work)
{
    struct nf_work **at = &work->worker->works;

    while (*at != work) {
        at = &(*at)->next;
    }
    *at = work->next;
    work->worker->works_n--;
    work->worker->running_n -= work->is_running;
    discard(work);
}

/* The journal has it before anybody hears of it. */
static void
conclude(struct nf_work *work, enum nf_command_state state, const char *words)
{
    struct nf_worker_program *worker = work->worker;

    work->entry->state = (uint8_t) state;
    nf_text_copy_words(work->entry->words, sizeof(work->entry->words),
                       nf_text(words));
    if (!nf_journal_save(&worker->journal, work->entry)) {
        nf_log(NF_LOG_ERR, "could not write the journal: %s path=%s",
               strerror(errno), worker->journal.path);
    }
    answer(worker, work->id, work->command, state, work->entry->words);
    forget(work);
}

/* "no_effect: the BMC says that it has, and nothing changes (its words)" */
static void
put_failure(const struct nf_bmc_told *told, struct nf_out *out)
{
    nf_out_printf(out, "%s: %s", nf_bmc_causes[told->cause],
                  nf_bmc_cause_text(told->cause));
    if (told->words[0] != '\0') {
        nf_out_printf(out, " (%s)", told->words);
    }
}

static void start_some(struct nf_worker_program *worker);

static void
on_done(struct nf_run *run)
{
    struct nf_work *work =
        (void *) ((char *) run - offsetof(struct nf_work, run));
    struct nf_worker_program *worker = work->worker;
    const struct nf_bmc_told *told = &run->operation.told;
    char words[NF_JOURNAL_WORDS], mac[NF_MAC_TEXT];
    struct nf_out out = nf_out(words, sizeof(words) - 1);

    if (told->cause == NF_BMC_CIPHER) {
        work->device.cipher = 0; /* it has changed: the next try begins anew */
    }
    nf_known_note(&worker->known, &work->device);
    if (told->cause == NF_BMC_FINE) {
        nf_bmc_told_json(told, nf_bmc_operation_verb(&run->operation), &out);
    } else {
        put_failure(told, &out);
    }
    words[out.len] = '\0';
    nf_mac_format(work->mac, mac);
    nf_log(NF_LOG_INFO, "command %s: %s id=%s mac=%s", work->command, words,
           work->id, mac);
    conclude(work,
             told->cause == NF_BMC_FINE ? NF_COMMAND_DONE : NF_COMMAND_FAILED,
             words);
    start_some(worker);
}

static bool
on_save(struct nf_run *run)
{
    struct nf_work *work =
        (void *) ((char *) run - offsetof(struct nf_work, run));

    work->entry->act = run->operation.act;
    return nf_journal_save(&work->worker->journal, work->entry);
}

static bool
is_same_device(const struct nf_device *a, const struct nf_device *b)
{
    return a->port == b->port && strcmp(a->address, b->address) == 0;
}

static bool
is_device_busy(const struct nf_work *work)
{
    for (const struct nf_work *other = work->worker->works; other != NULL;
         other = other->next)
    {
        if (other->is_running && is_same_device(&other->device, &work->device))
        {
            return true;
        }
    }
    return false;
}

static void
start(struct nf_work *work)
{
    nf_time_t left = work->ends_at - work->worker->loop.now;

    if (left <= 0) {
        conclude(work, NF_COMMAND_EXPIRED,
                 "its deadline passed before its turn");
        return;
    }
    nf_known_recall(&work->worker->known, &work->device);
    work->run.save = on_save;
    work->run.done = on_done;
    work->run.operation.act = work->entry->act;
    if (!nf_run_start(&work->run, &work->worker->loop, &work->device, left)) {
        conclude(work, NF_COMMAND_FAILED, "local: no memory");
        return;
    }
    work->is_running = true;
    work->worker->running_n++;
    answer(work->worker, work->id, work->command, NF_COMMAND_RUNNING, "");
}

/* Oldest first; one whose device is busy waits and lets others go first. */
static void
start_some(struct nf_worker_program *worker)
{
    struct nf_work *work = worker->works, *next;

    for (; work != NULL && worker->running_n < worker->running_max; work = next)
    {
        next = work->next;
        if (!work->is_running && !is_device_busy(work)) {
            start(work);
        }
    }
}

/* --- what is heard -----------------------------------------------------------
 */

static struct nf_work *
find_work(struct nf_worker_program *worker, const char *id)
{
    for (struct nf_work *work = worker->works; work != NULL; work = work->next)
    {
        if (strcmp(work->id, id) == 0) {
            return work;
        }
    }
    return NULL;
}

static void
refuse(struct nf_worker_program *worker, const struct nf_order *order,
       const struct nf_fault *fault)
{
    char words[256];

    snprintf(words, sizeof(words), "%s%s%s", fault->field,
             fault->field[0] == '\0' ? "" : " ", fault->reason);
    nf_log(NF_LOG_WARNING, "refused the command %s: %s id=%s", order->command,
           words, order->id);
    answer(worker, order->id, order->command, NF_COMMAND_FAILED, words);
}

static nf_error_t
unseal(struct nf_work *work, const struct nf_order *order,
       struct nf_fault *fault)
{
    struct nf_device *device = &work->device;
    struct nf_sealed_device sealed;
    nf_error_t err = nf_sealed_open(nf_text(order->device), nf_text(order->id),
                                    &work->worker->keys, &sealed, fault);

    if (err != NF_OK) {
        return err;
    }
    device->driver = nf_driver_of(sealed.driver);
    snprintf(device->user, sizeof(device->user), "%s", sealed.user);
    snprintf(device->password, sizeof(device->password), "%s", sealed.password);
    snprintf(device->pin, sizeof(device->pin), "%s", sealed.pin);
    if (!nf_device_address(device, nf_text(sealed.address))) {
        err = nf_refuse(fault, "", "sealed: address is none");
    }
    sodium_memzero(&sealed, sizeof(sealed));
    return err;
}

/* False: refused, and said so. */
static bool
prepare(struct nf_work *work, const struct nf_order *order)
{
    struct nf_fault fault = {0};
    nf_error_t err =
        nf_bmc_operation_read(&work->run.operation, nf_text(order->command),
                              nf_text(order->args), &fault);

    if (err == NF_OK) {
        err = order->device[0] != '\0'
                  ? unseal(work, order, &fault)
                  : nf_device_file_read(work->worker->settings.bmc_devices,
                                        order->mac, &work->device, &fault);
    }
    if (err != NF_OK) {
        refuse(work->worker, order, &fault);
        return false;
    }
    return true;
}

static void
append(struct nf_worker_program *worker, struct nf_work *work)
{
    struct nf_work **at = &worker->works;

    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = work;
    worker->works_n++;
}

/* What may be asked again is not answered: it will be. */
static void
take(struct nf_worker_program *worker, const struct nf_order *order,
     nf_time_t left, struct nf_journal_entry *entry)
{
    struct nf_work *work = calloc(1, sizeof(*work));

    if (work == NULL) {
        return;
    }
    work->worker = worker;
    snprintf(work->id, sizeof(work->id), "%s", order->id);
    snprintf(work->command, sizeof(work->command), "%s", order->command);
    work->mac = order->mac;
    work->ends_at = worker->loop.now + left;
    if (!prepare(work, order)) {
        discard(work);
        return;
    }
    if (entry == NULL) {
        entry = nf_journal_add(&worker->journal, nf_text(order->id),
                               clock_now() + left, clock_now());
    }
    if (entry == NULL || !nf_journal_save(&worker->journal, entry)) {
        nf_log(NF_LOG_ERR, "could not write the journal: %s path=%s",
               entry == NULL ? "it is full" : strerror(errno),
               worker->journal.path);
        discard(work);
        return;
    }
    work->entry = entry;
    append(worker, work);
    start_some(worker);
}

static void
heard(struct nf_worker_program *worker, const struct nf_order *order)
{
    struct nf_journal_entry *entry =
        nf_journal_find(&worker->journal, nf_text(order->id));
    nf_time_t left =
        nf_order_left(order, clock_now(), worker->loop.now, &worker->clock);

    if (find_work(worker, order->id) != NULL) {
        answer(worker, order->id, order->command, NF_COMMAND_RUNNING, "");
    } else if (entry != NULL && entry->state != NF_COMMAND_RUNNING) {
        answer(worker, order->id, order->command, entry->state, entry->words);
    } else if (left == 0) {
        answer(worker, order->id, order->command,
               entry == NULL ? NF_COMMAND_EXPIRED : NF_COMMAND_UNKNOWN,
               entry == NULL ? "its deadline has passed"
                             : "its deadline passed while nf-bmc was away");
    } else if (left > 0 && worker->works_n < NF_WORKER_WAITING) {
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
        nf_log(NF_LOG_WARNING, "a command that makes no sense: %s %s",
               fault.field, fault.reason);
        return;
    }
    if (order.target != NF_COMMAND_BMC) {
        answer(worker, order.id, order.command, NF_COMMAND_FAILED,
               "unsupported: this worker drives BMCs only");
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
        nf_log(NF_LOG_NOTICE, "ends by signal %u", info.ssi_signo);
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

static bool
open_bus(struct nf_worker_program *worker)
{
    const struct nf_settings *settings = &worker->settings;
    struct nf_bus *bus = &worker->bus;
    struct nf_text host;

    nf_worker_topic_format(NF_WORKER_COMMAND, settings->idc, worker->name,
                           bus->subscription);
    nf_worker_topic_format(NF_WORKER_RESULT, settings->idc, worker->name,
                           worker->result_topic);
    nf_worker_topic_format(NF_WORKER_PRESENCE, settings->idc, worker->name,
                           bus->will_topic);
    if (!nf_setting_split(nf_text(settings->mqtt_broker), &host, &bus->port)
        || !nf_text_copy(bus->host, sizeof(bus->host), host))
    {
        nf_log(NF_LOG_ERR, "NF_MQTT_BROKER must be host:port");
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
    while (worker->works != NULL) {
        if (worker->works->is_running) {
            nf_run_stop(&worker->works->run);
        }
        forget(worker->works);
    }
    (void) nf_bus_publish(&worker->bus, worker->bus.will_topic,
                          nf_text(worker->bus.will), 1);
    nf_bus_close(&worker->bus);
    nf_journal_close(&worker->journal);
    nf_known_close(&worker->known);
    sodium_memzero(&worker->keys, sizeof(worker->keys));
    nf_loop_unwatch(&worker->loop, &worker->signals);
    close(worker->signals.fd);
    nf_loop_close(&worker->loop);
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

    worker->running_max = (size_t) nf_setting_number(settings->bmc_parallel);
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
