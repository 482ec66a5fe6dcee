/*
 * Many agents in RAM at once: agents HOST PORT COUNT [FIRST].  Agent i has
 * the serial number BENCH-i, speaks from an address of its own below
 * 127.1.0.0 (`agents --lease STORE COUNT [FIRST]` has made leases of them
 * before), and holds the whole conversation over one
 * connection, each on a thread of its own: report, wait for the approval by
 * long polls, every operation, every step of progress.  Nothing is installed.
 *
 * Prints a line when all have reported ("reported SECONDS"), and at the end
 * one per agent: its number, and when (seconds since the epoch) its report was
 * answered, it was given its first operation, and it was told to restart.
 * Exit code 1: an agent got an answer that it did not expect.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "change/change.h"

enum {
    AGENTS_MAX = 2000,
    ANSWER_MAX = 65536,
    BODY_MAX = 8192,
};

struct agent {
    int number;
    int fd;
    double reported, first, done;
    char answer[ANSWER_MAX];
    char *body; /* of the answer */
    char why[256];
};

static struct sockaddr_in server;
static pthread_barrier_t all_reported;

static double
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

static nf_ip4_t
address_of(int number)
{
    return (nf_ip4_t){{127, 1, (uint8_t) (number >> 8), (uint8_t) number}};
}

/* What DHCP would have said of them. */
static int
lease_all(const char *path, int count, int first)
{
    static struct nf_settings settings;
    nf_store_t *store;

    nf_settings_default(&settings);
    if (nf_store_open(&store, path) != NF_OK) {
        fprintf(stderr, "agents: cannot open %s\n", path);
        return 1;
    }
    NF_WRITE(w, store);
    struct nf_change c = {.w = &w,
                          .settings = &settings,
                          .now = (nf_time_t) (now() * 1000),
                          .actor = "bench"};
    nf_error_t err = NF_OK;
    for (int i = first; i < first + count && err == NF_OK; i++) {
        struct nf_lease_report report = {
            .action = NF_LEASE_ADD,
            .has_boot_request = true,
            .lease = {
                .ip = address_of(i),
                .is_pxe = 1,
                .mac = {{0x02, 0xb0, 0, 0, (uint8_t) (i >> 8), (uint8_t) i}},
                .expires = c.now + 3600000,
                .changed_at = c.now}};
        err = nf_change_lease(&c, &report);
    }
    if (err == NF_OK) {
        err = nf_write_commit(&w);
    }
    return err == NF_OK ? 0 : 1;
}

static bool
dial(struct agent *a)
{
    nf_ip4_t ip = address_of(a->number);
    struct sockaddr_in own = {.sin_family = AF_INET};
    int on = 1;

    memcpy(&own.sin_addr, ip.b, sizeof(ip.b));

    a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return bind(a->fd, (struct sockaddr *) &own, sizeof(own)) == 0
           && connect(a->fd, (struct sockaddr *) &server, sizeof(server)) == 0;
}

/* Read one answer with a Content-Length; its status, or 0. */
static int
take_answer(struct agent *a)
{
    size_t n = 0, need = 0;
    int status = 0;

    while (need == 0 || n < need) {
        ssize_t got = recv(a->fd, a->answer + n, ANSWER_MAX - 1 - n, 0);
        if (got <= 0) {
            return 0;
        }
        n += (size_t) got;
        a->answer[n] = '\0';
        char *end = strstr(a->answer, "\r\n\r\n");
        if (need == 0 && end != NULL) {
            char *length = strcasestr(a->answer, "\r\ncontent-length:");
            if (length == NULL || length > end) {
                return 0;
            }
            a->body = end + 4;
            need =
                (size_t) (a->body - a->answer) + strtoul(length + 17, NULL, 10);
        }
    }
    sscanf(a->answer, "HTTP/1.1 %d", &status);
    return status;
}

static int
ask(struct agent *a, const char *method, const char *path, const char *body)
{
    char request[BODY_MAX + 512];
    int n = snprintf(request, sizeof(request),
                     "%s %s HTTP/1.1\r\nHost: bench\r\n"
                     "Content-Type: application/json\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     method, path, strlen(body), body);

    if (send(a->fd, request, (size_t) n, MSG_NOSIGNAL) != n) {
        return 0;
    }
    int status = take_answer(a);
    if (status != 200 && status != 404) {
        snprintf(a->why, sizeof(a->why), "%s %s: %d %.100s", method, path,
                 status, status != 0 ? a->body : "no answer");
    }
    return status;
}

/* POST a JSON object that begins with who we are. */
static bool
tell(struct agent *a, const char *path, const char *members)
{
    char body[BODY_MAX];

    snprintf(body, sizeof(body),
             "{\"sn\":\"BENCH-%d\",\"mac\":\"02:b0:00:00:%02x:%02x\"%s}",
             a->number, a->number >> 8 & 255, a->number & 255, members);
    return ask(a, "POST", path, body) == 200;
}

static bool
progress(struct agent *a, const char *step, int percent, const char *task)
{
    char members[256];

    snprintf(members, sizeof(members),
             ",\"step\":\"%s\",\"percent\":%d,\"message\":\"bench\"%s", step,
             percent, task);
    return tell(a, "/api/v1/progress", members);
}

static bool
report(struct agent *a)
{
    static const char hardware[] =
        ",\"hardware\":{\"company\":\"Bench\",\"product\":\"Load\","
        "\"is_vm\":true,\"hypervisor\":\"KVM\",\"arch\":\"amd64\","
        "\"firmware\":\"uefi\",\"cpu\":{\"model\":\"Bench\",\"cores\":64,"
        "\"sockets\":2,\"threads\":128},"
        "\"memory\":{\"total_gb\":512,\"total_bytes\":549755813888},"
        "\"disks\":[{\"device\":\"/dev/nvme0n1\",\"size_gb\":3840,"
        "\"size_bytes\":3840755982336,\"type\":\"NVMe\",\"model\":\"X\","
        "\"serial\":\"S1\",\"rotational\":false}]}";

    return progress(a, "hardware_collect", 10, "")
           && tell(a, "/api/v1/report", hardware)
           && progress(a, "hardware_report", 15, "");
}

/* The task's id as a member for what follows; false: no answer. */
static bool
wait_approved(struct agent *a, char task[static 64])
{
    char path[128];

    snprintf(path, sizeof(path),
             "/api/v1/task/BENCH-%d?mac=02b00000%02x%02x&wait=30", a->number,
             a->number >> 8 & 255, a->number & 255);
    while (ask(a, "GET", path, "") != 0) {
        char *id = strstr(a->body, "\"task_id\":\"");
        if (strstr(a->body, "\"status\":\"approved\"") != NULL && id != NULL) {
            snprintf(task, 64, ",\"task_id\":\"%.*s\"",
                     (int) strcspn(id + 11, "\""), id + 11);
            return true;
        }
    }
    return false;
}

static bool
complete(struct agent *a, const char *operation)
{
    char members[128];

    snprintf(members, sizeof(members),
             ",\"operation\":\"%s\",\"success\":true,\"message\":\"bench\"",
             operation);
    return tell(a, "/api/v1/device/operationComplete", members);
}

static bool
install(struct agent *a, const char *task)
{
    static const struct {
        const char *step;
        int percent;
    } steps[] = {{"install_start", 40}, {"partitioning", 50},
                 {"downloading", 60},   {"installing", 70},
                 {"configuring", 80},   {"finalizing", 90}};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (!progress(a, steps[i].step, steps[i].percent, task)) {
            return false;
        }
    }
    return complete(a, "os_install");
}

/* One operation after another, until the machine is to restart. */
static bool
work(struct agent *a, const char *task)
{
    if (!progress(a, "task_received", 30, task)
        || !tell(a, "/api/v1/device/isInInstallQueue", ""))
    {
        return false;
    }
    while (tell(a, "/api/v1/device/getNextOperation", "")) {
        if (a->first == 0) {
            a->first = now();
        }
        bool is_fine = true;
        if (strstr(a->body, "\"hardware_config\"") != NULL) {
            is_fine = tell(a, "/api/v1/device/getHardwareConfig", "")
                      && complete(a, "hardware_config");
        } else if (strstr(a->body, "\"network_config\"") != NULL) {
            is_fine = complete(a, "network_config");
        } else if (strstr(a->body, "\"os_install\"") != NULL) {
            is_fine = install(a, task);
        } else if (strstr(a->body, "\"reboot\"") != NULL) {
            return true;
        } else {
            usleep(20000);
        }
        if (!is_fine) {
            return false;
        }
    }
    return false;
}

static void *
run(void *argument)
{
    struct agent *a = argument;
    char task[64] = "";
    bool is_fine = dial(a) && report(a);

    a->reported = now();
    pthread_barrier_wait(&all_reported);
    if (is_fine && wait_approved(a, task) && work(a, task)) {
        a->done = now();
    } else if (a->why[0] == '\0') {
        snprintf(a->why, sizeof(a->why), "the connection ended");
    }
    close(a->fd);
    return NULL;
}

int
main(int argc, char **argv)
{
    int count = argc > 3 ? (int) strtol(argv[3], NULL, 10) : 0;
    int first = argc > 4 ? (int) strtol(argv[4], NULL, 10) : 0;
    bool is_good = true;

    if (count > 0 && count <= AGENTS_MAX && strcmp(argv[1], "--lease") == 0) {
        return lease_all(argv[2], count, first);
    }
    if (count < 1 || count > AGENTS_MAX
        || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1)
    {
        fputs("usage: agents HOST PORT COUNT [FIRST]\n", stderr);
        return 2;
    }
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t) strtoul(argv[2], NULL, 10));
    struct agent *agents = calloc((size_t) count, sizeof(*agents));
    pthread_t *threads = calloc((size_t) count, sizeof(*threads));
    pthread_barrier_init(&all_reported, NULL, (unsigned) count + 1);
    double start = now();
    for (int i = 0; i < count; i++) {
        agents[i].number = first + i;
        if (pthread_create(&threads[i], NULL, run, &agents[i]) != 0) {
            return 2;
        }
    }
    pthread_barrier_wait(&all_reported);
    printf("reported %.3f\n", now() - start);
    fflush(stdout);
    for (int i = 0; i < count; i++) {
        struct agent *a = &agents[i];
        pthread_join(threads[i], NULL);
        printf("%d %.6f %.6f %.6f %s\n", a->number, a->reported, a->first,
               a->done, a->why);
        is_good = is_good && a->done != 0;
    }
    free(agents);
    free(threads);
    return is_good ? 0 : 1;
}
