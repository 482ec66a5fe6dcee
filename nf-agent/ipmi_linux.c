/*
 * The way to the BMC by Linux's driver.  A BMC that restarts takes minutes to
 * answer; the inventory doesn't wait for it, and after one silence asks no
 * more.
 */
#include "ipmi.h"

#if defined(__linux__) && !defined(NF_PORTABLE)

#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    TIMEOUT_MS = 2000
};

struct link {
    int fd;
    long last_id;
};

static bool
question_send(struct link *link, const struct nf_ipmi_question *question)
{
    uint8_t data[sizeof question->data];
    struct ipmi_system_interface_addr to = {
        .addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
        .channel = IPMI_BMC_CHANNEL,
    };
    struct ipmi_req request = {
        .addr = (unsigned char *) &to,
        .addr_len = sizeof to,
        .msgid = ++link->last_id,
        .msg = {.netfn = question->netfn,
                .cmd = question->command,
                .data_len = (unsigned short) question->len,
                .data = data},
    };

    memcpy(data, question->data, sizeof data);
    bool is_sent = ioctl(link->fd, IPMICTL_SEND_COMMAND, &request) == 0;
    explicit_bzero(data, sizeof data); /* a password may be among it */
    return is_sent;
}

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One message; its length with the completion code, -1 when it's another's. */
static int
message_receive(struct link *link, uint8_t *bytes, size_t size)
{
    struct ipmi_addr from;
    struct ipmi_recv message = {
        .addr = (unsigned char *) &from,
        .addr_len = sizeof from,
        .msg = {.data = bytes, .data_len = (unsigned short) size},
    };

    if (ioctl(link->fd, IPMICTL_RECEIVE_MSG_TRUNC, &message) != 0
        || message.recv_type != IPMI_RESPONSE_RECV_TYPE
        || message.msgid != link->last_id)
    {
        return -1;
    }
    return message.msg.data_len;
}

static int
kernel_ask(void *self, const struct nf_ipmi_question *question,
           uint8_t reply[static NF_IPMI_REPLY_MAX], bool *is_dead)
{
    struct link *link = self;
    int n = -1;
    int64_t end = now_ms() + TIMEOUT_MS;

    *is_dead = !question_send(link, question);
    while (!*is_dead && n < 0) {
        struct pollfd wait = {.fd = link->fd, .events = POLLIN};
        int64_t left = end - now_ms();
        if (left <= 0 || poll(&wait, 1, (int) left) <= 0) {
            *is_dead = true;
        } else {
            n = message_receive(link, reply, NF_IPMI_REPLY_MAX);
        }
    }
    return n < 1 || n > NF_IPMI_REPLY_MAX ? -1 : n;
}

bool
nf_ipmi_open(struct nf_ipmi_way *way)
{
    struct link *link = malloc(sizeof *link);
    int fd = link != NULL ? open("/dev/ipmi0", O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0) {
        free(link);
        return false;
    }
    *link = (struct link){.fd = fd};
    *way = (struct nf_ipmi_way){kernel_ask, link};
    return true;
}

void
nf_ipmi_close(struct nf_ipmi_way *way)
{
    struct link *link = way->self;

    close(link->fd);
    free(link);
    way->self = NULL;
}

#else

bool
nf_ipmi_open(struct nf_ipmi_way *way)
{
    (void) way;
    return false;
}

void
nf_ipmi_close(struct nf_ipmi_way *way)
{
    (void) way;
}

#endif
