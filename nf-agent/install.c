#include "install.h"

#include "disk.h"
#include "image.h"
#include "log.h"
#include "order.h"
#include "power.h"
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FAULT_SIZE = 400,
    ASK_TRIES = 6,
    REPORT_TRIES = 10,
    WAIT_MAX_S = 30,
    DISK_WAIT_S = 10,
    REREAD_TRIES = 20,
};

struct install {
    struct nf_boot boot;
    struct nf_order order;
    struct nf_http http;
    char disk[NF_DISK_PATH_SIZE];
    char fault[FAULT_SIZE];
};

/* 1, 2, 4, ... seconds, at most WAIT_MAX_S. */
static void
back_off(int attempt)
{
    unsigned seconds = attempt < 5 ? 1U << attempt : WAIT_MAX_S;
    sleep(seconds);
}

static bool
cmdline_read(struct install *in)
{
    char line[4096] = "";
    const char *chosen = getenv("NF_CMDLINE");
    const char *path = chosen != NULL ? chosen : "/proc/cmdline";
    FILE *file = fopen(path, "re");

    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        snprintf(in->fault, FAULT_SIZE, "cannot read %s", path);
    }
    if (file != NULL) {
        fclose(file);
    }
    if (line[0] == '\0'
        || !nf_boot_parse(line, &in->boot, in->fault, FAULT_SIZE)) {
        return false;
    }
    if (in->boot.url[0] == '\0' || in->boot.token[0] == '\0') {
        snprintf(in->fault, FAULT_SIZE,
                 "the kernel command line has no nf.url or no nf.token");
        return false;
    }
    return true;
}

/* Reads a whole body of at most size bytes; its length, or -1. */
static ssize_t
body_read(struct nf_http *http, char *out, size_t size)
{
    size_t n = 0;
    ssize_t got = 0;

    while (n < size && (got = nf_http_read(http, out + n, size - n)) > 0) {
        n += (size_t) got;
    }
    return got < 0 || http->taken < http->length ? -1 : (ssize_t) n;
}

typedef enum {
    ANSWER_TAKEN,
    ANSWER_MISSING, /* worth asking again */
    ANSWER_WRONG,   /* the same question would get the same answer */
} answer_t;

static answer_t
order_fetch(struct install *in, const struct nf_url *url)
{
    static char body[NF_ORDER_MAX];

    if (!nf_http_open(&in->http, url, NULL, in->fault, FAULT_SIZE)) {
        return ANSWER_MISSING;
    }
    ssize_t len = body_read(&in->http, body, sizeof body);
    nf_http_close(&in->http);
    if (in->http.status != 200) {
        snprintf(in->fault, FAULT_SIZE,
                 "the server answered image.json with status %d",
                 in->http.status);
        return in->http.status >= 500 ? ANSWER_MISSING : ANSWER_WRONG;
    }
    if (len < 0) {
        snprintf(in->fault, FAULT_SIZE,
                 "image.json is cut short or longer than %d bytes",
                 NF_ORDER_MAX);
        return ANSWER_MISSING;
    }
    return nf_order_parse(body, (size_t) len, in->boot.mac, &in->order,
                          in->fault, FAULT_SIZE)
               ? ANSWER_TAKEN
               : ANSWER_WRONG;
}

static bool
order_ask(struct install *in)
{
    char text[sizeof in->boot.url + NF_TOKEN_SIZE + 64];
    char mac[NF_MAC_TEXT];
    struct nf_url url;

    nf_mac_format(in->boot.mac, mac);
    snprintf(text, sizeof text, "%s/image/%s/image.json?token=%s", in->boot.url,
             mac, in->boot.token);
    if (!nf_url_parse(text, &url)) {
        snprintf(in->fault, FAULT_SIZE, "nf.url is too long");
        return false;
    }
    answer_t answer = order_fetch(in, &url);
    for (int i = 0; answer == ANSWER_MISSING && i < ASK_TRIES - 1; i++) {
        nf_log(NF_LOG_WARNING, "%s; asking again", in->fault);
        back_off(i);
        answer = order_fetch(in, &url);
    }
    if (answer == ANSWER_TAKEN) {
        nf_log(NF_LOG_INFO, "task %s: host name %s, disk %s", in->order.task,
               in->order.hostname, in->order.disk);
    }
    return answer == ANSWER_TAKEN;
}

static bool
image_ask(struct install *in)
{
    if (!nf_http_open(&in->http, &in->order.image, NULL, in->fault, FAULT_SIZE))
    {
        return false;
    }
    if (in->http.status != 200 || in->http.length == 0) {
        snprintf(in->fault, FAULT_SIZE,
                 "the server answered the image with status %d and %lld bytes",
                 in->http.status, (long long) in->http.length);
        nf_http_close(&in->http);
        return false;
    }
    return true;
}

/* The order's disk, else the command line's, else the first that fits. */
static bool
disk_choose(struct install *in)
{
    const char *named =
        strcmp(in->order.disk, "auto") != 0 ? in->order.disk : in->boot.disk;

    if (strcmp(named, "auto") != 0) {
        snprintf(in->disk, sizeof in->disk, "%s", named);
        return true;
    }
    if (!nf_disk_find(in->http.length, DISK_WAIT_S, in->disk)) {
        snprintf(in->fault, FAULT_SIZE,
                 "no fixed disk with room for %lld bytes was found",
                 (long long) in->http.length);
        return false;
    }
    return true;
}

static int
disk_open(struct install *in)
{
    int fd = open(in->disk, O_RDWR | O_CLOEXEC);
    int64_t have = fd >= 0 ? nf_disk_size(fd) : -1;

    if (fd < 0) {
        snprintf(in->fault, FAULT_SIZE, "cannot open %s: %s", in->disk,
                 strerror(errno));
    } else if (have < in->http.length) {
        snprintf(in->fault, FAULT_SIZE,
                 "%s is too small: it has %lld bytes, the image %lld", in->disk,
                 (long long) have, (long long) in->http.length);
        close(fd);
        fd = -1;
    }
    return fd;
}

/* EBUSY while a driver or udev still looks at the old partitions. */
static bool
table_reread(struct install *in, int disk)
{
    for (int i = 0; i < REREAD_TRIES; i++) {
        if (ioctl(disk, BLKRRPART) == 0) {
            return true;
        }
        usleep(100000);
    }
    snprintf(in->fault, FAULT_SIZE, "cannot reread the partitions of %s: %s",
             in->disk, strerror(errno));
    return false;
}

/* Writes the image to the chosen disk; the root partition's number, or 0. */
static int
disk_write(struct install *in)
{
    int disk = disk_choose(in) ? disk_open(in) : -1;
    if (disk < 0) {
        return 0;
    }
    nf_log(NF_LOG_INFO, "writing %lld bytes to %s", (long long) in->http.length,
           in->disk);
    int number = nf_image_write(&in->http, disk, in->order.sha256, in->fault,
                                FAULT_SIZE);
    if (number != 0 && !table_reread(in, disk)) {
        number = 0;
    }
    close(disk);
    return number;
}

static bool
install_do(struct install *in)
{
    char root[NF_DISK_PATH_SIZE];

    nf_log(NF_LOG_INFO, "asking %s what to install", in->boot.url);
    if (!order_ask(in) || !image_ask(in)) {
        return false;
    }
    int number = disk_write(in);
    nf_http_close(&in->http);
    if (number == 0) {
        return false;
    }
    nf_partition_path(in->disk, number, root);
    nf_log(NF_LOG_INFO, "configuring %s", root);
    return nf_target_configure(root, &in->boot, &in->order, in->fault,
                               FAULT_SIZE);
}

/* The status of the server's answer, or 0 without one. */
static int
report_send(struct install *in, const struct nf_url *url, const char *body)
{
    char fault[FAULT_SIZE];

    if (!nf_http_open(&in->http, url, body, fault, sizeof fault)) {
        nf_log(NF_LOG_WARNING, "could not report: %s", fault);
        return 0;
    }
    nf_http_close(&in->http);
    if (in->http.status != 200) {
        nf_log(NF_LOG_WARNING, "the server answered the report with status %d",
               in->http.status);
    }
    return in->http.status;
}

/* True once the server has taken the report. */
static bool
report(struct install *in, bool is_success, const char *message)
{
    char text[sizeof in->boot.url + 64];
    struct nf_url url;
    int status = 0;
    char *body = nf_report_body(&in->boot, is_success, message);

    snprintf(text, sizeof text, "%s/api/v1/device/operationComplete",
             in->boot.url);
    if (body == NULL || !nf_url_parse(text, &url)) {
        free(body);
        return false;
    }
    for (int i = 0; i < REPORT_TRIES && status != 200; i++) {
        status = report_send(in, &url, body);
        if (status >= 400 && status < 500) {
            break; /* refused: the same report would be refused again */
        }
        if (status != 200) {
            back_off(i);
        }
    }
    free(body);
    return status == 200;
}

static int
restart(void)
{
    nf_log(NF_LOG_INFO, "rebooting");
    sync();
    return nf_power_reboot() ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
give_up(struct install *in, bool can_report)
{
    nf_log(NF_LOG_ERR, "the installation failed: %s", in->fault);
    if (can_report) {
        report(in, false, in->fault);
    }
    nf_log(NF_LOG_INFO, "rebooting in %d s to ask again", in->boot.retry);
    sleep((unsigned) in->boot.retry);
    restart();
    return EXIT_FAILURE;
}

int
nf_install_run(void)
{
    static struct install in = {.boot.retry = WAIT_MAX_S * 2};

    if (!cmdline_read(&in)) {
        return give_up(&in, false);
    }
    if (!install_do(&in)) {
        return give_up(&in, true);
    }
    nf_log(NF_LOG_INFO, "installed; reporting");
    if (!report(&in, true, "the image was written and configured")) {
        snprintf(in.fault, FAULT_SIZE, "the server did not take the report");
        return give_up(&in, false);
    }
    return restart();
}
