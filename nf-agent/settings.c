#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_FILE "/etc/default/nodefoundry-agent"

struct field {
    const char *name;
    const char *fallback;
    bool (*set)(struct nf_agent_settings *settings, const char *value);
    const char *rule; /* completes "NAME must ..." */
};

static bool
mac_set(struct nf_agent_settings *settings, const char *value)
{
    return value[0] == '\0' ? nf_mac_find(&settings->mac)
                            : nf_mac_parse(nf_text(value), &settings->mac);
}

static bool
broker_set(struct nf_agent_settings *settings, const char *value)
{
    return nf_endpoint_parse(value, "1883", &settings->broker);
}

static bool
log_level_set(struct nf_agent_settings *settings, const char *value)
{
    return nf_log_word_parse(value, &settings->log_level);
}

static bool
heartbeat_set(struct nf_agent_settings *settings, const char *value)
{
    char *end;
    long seconds = strtol(value, &end, 10);

    if (end == value || *end != '\0' || seconds < NF_HEARTBEAT_MIN
        || seconds > NF_HEARTBEAT_MAX)
    {
        return false;
    }
    settings->heartbeat_interval = (int) seconds;
    return true;
}

static bool
state_dir_set(struct nf_agent_settings *settings, const char *value)
{
    if (value[0] != '/' || strlen(value) >= sizeof settings->state_dir) {
        return false;
    }
    snprintf(settings->state_dir, sizeof settings->state_dir, "%s", value);
    return true;
}

/* clang-format off */
static const struct field fields[] = {
    { "NF_MAC", "", mac_set,
      "be a MAC address of 12 hex digits (none was given that is one, and no "
      "physical network card was found)" },
    { "NF_MQTT_BROKER", "", broker_set, "be the broker's host:port" },
    { "NF_LOG_LEVEL", "info", log_level_set,
      "be error, warning, notice, info or debug" },
    { "NF_HEARTBEAT_INTERVAL", "60", heartbeat_set,
      "be a number of seconds from 10 to 86400" },
    { "NF_STATE_DIR", "/var/lib/nodefoundry-agent", state_dir_set,
      "be an absolute path" },
};
/* clang-format on */

enum {
    FIELD_COUNT = sizeof fields / sizeof fields[0],
    VALUE_SIZE = 256
};

static int
field_find(const char *name)
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static char *
unquoted(char *value)
{
    size_t len = strlen(value);
    if (len >= 2 && value[0] == value[len - 1]
        && (value[0] == '"' || value[0] == '\''))
    {
        value[len - 1] = '\0';
        return value + 1;
    }
    return value;
}

/* A line is NAME=value; names of other programs are none of our business. */
static void
line_take(char *line, char values[FIELD_COUNT][VALUE_SIZE])
{
    line += strspn(line, " \t");
    line[strcspn(line, "\r\n")] = '\0';

    char *sign = strchr(line, '=');
    if (line[0] == '#' || sign == NULL) {
        return;
    }
    *sign = '\0';
    int i = field_find(line);
    char *value = unquoted(sign + 1);
    if (i >= 0 && strlen(value) < VALUE_SIZE) {
        snprintf(values[i], VALUE_SIZE, "%s", value);
    }
}

static bool
file_read(char values[FIELD_COUNT][VALUE_SIZE], char *fault, size_t size)
{
    char line[1024];
    const char *chosen = getenv("NF_CONFIG");
    const char *path = chosen != NULL ? chosen : DEFAULT_FILE;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        if (chosen == NULL && errno == ENOENT) {
            return true; /* the environment may say everything */
        }
        snprintf(fault, size, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line_take(line, values);
    }
    fclose(file);
    return true;
}

bool
nf_settings_read(struct nf_agent_settings *settings, char *fault, size_t size)
{
    char values[FIELD_COUNT][VALUE_SIZE];
    struct nf_agent_settings result = {0};

    for (int i = 0; i < FIELD_COUNT; i++) {
        snprintf(values[i], VALUE_SIZE, "%s", fields[i].fallback);
    }
    if (!file_read(values, fault, size)) {
        return false;
    }
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *own = getenv(fields[i].name);
        const char *value = own != NULL ? own : values[i];
        if (!fields[i].set(&result, value)) {
            snprintf(fault, size, "%s must %s, not \"%.60s\"", fields[i].name,
                     fields[i].rule, value);
            return false;
        }
    }
    *settings = result;
    return true;
}
