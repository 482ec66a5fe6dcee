#include "node.h"

#include "base/time.h"
#include "journal.h"
#include "log.h"
#include "message.h"
#include "power.h"

#include <errno.h>
#include <MQTTClient.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    QOS = 1,
    RECONNECT_S = 10,
    CONNECT_TIMEOUT_S = 5,
    PUBLISH_TIMEOUT_MS = 10000,
    RECEIVE_SLICE_MS = 1000,
    TOPIC_SIZE = 64,
};

struct node {
    const struct nf_agent_settings *settings;
    struct nf_journal journal;
    MQTTClient client;
    char mac[NF_MAC_TEXT];
    char status_topic[TOPIC_SIZE];
    char command_topic[TOPIC_SIZE];
    char result_topic[TOPIC_SIZE];
    int64_t next_beat; /* seconds since power-on */
    struct nf_server_clock server;
    char rebooting[NF_COMMAND_ID_SIZE]; /* the command that this boot ends by */
};

static volatile sig_atomic_t is_stopped;

static void
stop(int number)
{
    (void) number;
    is_stopped = 1;
}

static int64_t
uptime_s(void)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    return up.tv_sec;
}

static nf_time_t
uptime_ms(void)
{
    struct timespec up;
    clock_gettime(CLOCK_BOOTTIME, &up);
    return NF_SECONDS(up.tv_sec) + up.tv_nsec / 1000000;
}

/* Publishes and waits for the broker's PUBACK; takes payload and frees it. */
static bool
publish_give(struct node *node, const char *topic, char *payload)
{
    MQTTClient_deliveryToken token;
    MQTTClient_message message = MQTTClient_message_initializer;

    if (payload == NULL) {
        nf_log(NF_LOG_ERR, "out of memory");
        return false;
    }
    message.payload = payload;
    message.payloadlen = (int) strlen(payload);
    message.qos = QOS;

    int rc = MQTTClient_publishMessage(node->client, topic, &message, &token);
    if (rc == MQTTCLIENT_SUCCESS) {
        rc = MQTTClient_waitForCompletion(node->client, token,
                                          PUBLISH_TIMEOUT_MS);
    }
    if (rc == MQTTCLIENT_SUCCESS) {
        nf_log(NF_LOG_DEBUG, "published %s %s", topic, payload);
    } else {
        nf_log(NF_LOG_WARNING, "could not publish %s: %s", topic,
               MQTTClient_strerror(rc));
    }
    free(payload);
    return rc == MQTTCLIENT_SUCCESS;
}

static bool
beat(struct node *node)
{
    char ip[NF_IP_SIZE];
    char hostname[256] = "";
    int64_t up = uptime_s();

    nf_source_address(&node->settings->broker, ip);
    gethostname(hostname, sizeof hostname - 1);
    struct nf_status status = {
        .ip = ip,
        .hostname = hostname,
        .uptime = NF_SECONDS(up),
        .now = NF_SECONDS(time(NULL)),
    };
    node->next_beat = up + node->settings->heartbeat_interval;
    return publish_give(node, node->status_topic, nf_status_payload(&status));
}

static void
answer(struct node *node, const struct nf_agent_command *command,
       enum nf_result_state state, const char *message)
{
    nf_log(state <= NF_RESULT_DONE ? NF_LOG_INFO : NF_LOG_WARNING,
           "%s: %s id=%s", command->word, message,
           command->id[0] != '\0' ? command->id : "-");
    publish_give(
        node, node->result_topic,
        nf_result_payload(command, state, message, NF_SECONDS(time(NULL))));
}

/* The machine is going down by this very command. */
static bool
is_rebooting(const struct node *node, const struct nf_agent_command *command)
{
    return command->id[0] != '\0' && strcmp(node->rebooting, command->id) == 0;
}

/*
 * It is done when the machine has booted again, and only then known to be. Said
 * again meanwhile it changes nothing.
 */
static void
reboot_do(struct node *node, const struct nf_agent_command *command)
{
    enum nf_result_state state =
        command->id[0] != '\0' ? NF_RESULT_RUNNING : NF_RESULT_DONE;

    answer(node, command, state, "rebooting");
    if (is_rebooting(node, command)) {
        return;
    }
    if (nf_power_reboot()) {
        memcpy(node->rebooting, command->id, sizeof node->rebooting);
    } else {
        answer(node, command, NF_RESULT_FAILED, "the node could not reboot");
    }
}

/* clang-format off */
static const struct {
    const char *word;
    void (*run)(struct node *node, const struct nf_agent_command *command);
    bool is_reboot; /* done once another boot knows of it */
} commands[] = {
    { "reboot", reboot_do, true },
};
/* clang-format on */

enum {
    COMMAND_COUNT = sizeof commands / sizeof commands[0]
};

/* Answered before, or done: what is left is to say so again. */
static bool
is_over(struct node *node, const struct nf_agent_command *command,
        enum nf_journal_known known, bool is_reboot)
{
    if (known == NF_JOURNAL_NEW
        || (is_reboot && known == NF_JOURNAL_OF_THIS_BOOT)) {
        return false;
    }
    answer(node, command, NF_RESULT_DONE,
           is_reboot ? "the node has rebooted"
                     : "already received; not carried out again");
    return true;
}

/* One that nobody can judge yet gets no answer: the server says it again. */
static bool
is_in_time(struct node *node, const struct nf_agent_command *command)
{
    switch (nf_command_judge(command, NF_SECONDS(time(NULL)), uptime_ms(),
                             &node->server))
    {
    case NF_IN_TIME:
        return true;
    case NF_LATE:
        answer(node, command, NF_RESULT_EXPIRED, "its deadline has passed");
        return false;
    default:
        nf_log(NF_LOG_WARNING,
               "%s: this clock and the server's differ too much, waiting for "
               "the server to send it again id=%s",
               command->word, command->id);
        return false;
    }
}

/*
 * The id is on disk before the command begins: killed in between, the node
 * does most commands not at all rather than twice.  A reboot that is written
 * down and has not happened, it does.
 */
static bool
command_begin(struct node *node, const struct nf_agent_command *command,
              bool is_reboot)
{
    if (command->id[0] == '\0') {
        return is_in_time(node, command);
    }
    enum nf_journal_known known = nf_journal_find(&node->journal, command->id);
    if (is_over(node, command, known, is_reboot)) {
        return false;
    }
    if (!is_rebooting(node, command) && !is_in_time(node, command)) {
        return false;
    }
    if (known == NF_JOURNAL_NEW && !nf_journal_add(&node->journal, command->id))
    {
        char message[160];
        snprintf(message, sizeof message,
                 "not carried out: its id could not be recorded: %s",
                 strerror(errno));
        answer(node, command, NF_RESULT_FAILED, message);
        return false;
    }
    return true;
}

static void
command_run(struct node *node, const struct nf_agent_command *command)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].word, command->word) == 0) {
            if (command_begin(node, command, commands[i].is_reboot)) {
                commands[i].run(node, command);
            }
            return;
        }
    }
    answer(node, command, NF_RESULT_FAILED, "unknown command");
}

static void
message_take(struct node *node, const MQTTClient_message *message)
{
    struct nf_agent_command command;
    char fault[200];

    if (!nf_command_parse(message->payload, (size_t) message->payloadlen,
                          &command, fault, sizeof fault))
    {
        nf_log(NF_LOG_WARNING, "ignored a command: %s", fault);
        return;
    }
    /* the broker repeats a retained message at each start of the agent */
    if (message->retained && command.id[0] == '\0') {
        answer(node, &command, NF_RESULT_FAILED,
               "a retained command must have an id");
        return;
    }
    command_run(node, &command);
}

/* Waits at most a second for a message; false when the connection is gone. */
static bool
receive(struct node *node)
{
    char *topic = NULL;
    int topic_len = 0;
    MQTTClient_message *message = NULL;
    int rc = MQTTClient_receive(node->client, &topic, &topic_len, &message,
                                RECEIVE_SLICE_MS);

    if (message != NULL) {
        message_take(node, message);
        MQTTClient_freeMessage(&message);
        MQTTClient_free(topic);
    }
    return rc == MQTTCLIENT_SUCCESS || rc == MQTTCLIENT_TOPICNAME_TRUNCATED;
}

static bool
link_up(struct node *node)
{
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;

    options.keepAliveInterval = 60;
    options.cleansession = 1;
    options.connectTimeout = CONNECT_TIMEOUT_S;

    int rc = MQTTClient_connect(node->client, &options);
    if (rc == MQTTCLIENT_SUCCESS) {
        rc = MQTTClient_subscribe(node->client, node->command_topic, QOS);
    }
    if (rc != MQTTCLIENT_SUCCESS) {
        nf_log(NF_LOG_WARNING, "no broker at %s:%s: %s; next attempt in %d s",
               node->settings->broker.host, node->settings->broker.port,
               MQTTClient_strerror(rc), RECONNECT_S);
        MQTTClient_disconnect(node->client, 0);
        return false;
    }
    nf_log(NF_LOG_INFO, "connected to %s:%s mac=%s",
           node->settings->broker.host, node->settings->broker.port, node->mac);
    return true;
}

/* One connection, from its first status to its end. */
static void
link_serve(struct node *node)
{
    bool is_alive = beat(node);

    while (is_alive && !is_stopped) {
        is_alive = receive(node);
        if (is_alive && !is_stopped && uptime_s() >= node->next_beat) {
            is_alive = beat(node);
        }
    }
    if (!is_stopped) {
        nf_log(NF_LOG_WARNING, "lost the broker; next attempt in %d s",
               RECONNECT_S);
    }
    MQTTClient_disconnect(node->client, is_stopped ? 1000 : 0);
}

static void
pause_before_retry(void)
{
    for (int i = 0; i < RECONNECT_S && !is_stopped; i++) {
        sleep(1); /* a signal ends it early */
    }
}

static bool
node_open(struct node *node, const struct nf_agent_settings *settings)
{
    char uri[sizeof settings->broker + 16];
    char client_id[48];
    bool is_v6 = strchr(settings->broker.host, ':') != NULL;

    *node = (struct node){.settings = settings};
    nf_mac_format(settings->mac, node->mac);
    snprintf(uri, sizeof uri, is_v6 ? "tcp://[%s]:%s" : "tcp://%s:%s",
             settings->broker.host, settings->broker.port);
    snprintf(client_id, sizeof client_id, "nodefoundry-agent-%s", node->mac);
    snprintf(node->status_topic, TOPIC_SIZE, "node/%s/status", node->mac);
    snprintf(node->command_topic, TOPIC_SIZE, "node/%s/command", node->mac);
    snprintf(node->result_topic, TOPIC_SIZE, "node/%s/result", node->mac);

    if (!nf_journal_open(&node->journal, settings->state_dir)) {
        nf_log(NF_LOG_ERR, "cannot make %s: %s", settings->state_dir,
               strerror(errno));
        return false;
    }
    int rc = MQTTClient_create(&node->client, uri, client_id,
                               MQTTCLIENT_PERSISTENCE_NONE, NULL);
    if (rc != MQTTCLIENT_SUCCESS) {
        nf_log(NF_LOG_ERR, "cannot make an MQTT client: %s",
               MQTTClient_strerror(rc));
        return false;
    }
    return true;
}

int
nf_node_run(const struct nf_agent_settings *settings)
{
    static struct node node;
    struct sigaction action = {.sa_handler = stop};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);

    if (!node_open(&node, settings)) {
        return EXIT_FAILURE;
    }
    while (!is_stopped) {
        if (link_up(&node)) {
            link_serve(&node);
        }
        pause_before_retry();
    }
    MQTTClient_destroy(&node.client);
    nf_log(NF_LOG_INFO, "stopped");
    return EXIT_SUCCESS;
}
