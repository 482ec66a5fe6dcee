#include "raid.h"

#include "base/text.h"
#include "log.h"
#include "process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TOOLS_MAX = 4,
    WORDS_MAX = 10,
    RAID_LIMIT_S = 300,
};

/*
 * Words of a command: {tool}, {device}, {count} and {list} (disks with commas
 * between) stand within a word; {disks} is a word per disk, and {spans} one
 * per pair, as MegaCli wants level 10.
 */
/* clang-format off */
struct nf_raid_template {
    const char *controller, *level;
    int disks_min;
    bool is_even;               /* pairs */
    const char *tools[TOOLS_MAX];
    const char *words[WORDS_MAX];
};

#define MD(level, min, even) \
    { "mdadm", level, min, even, { "mdadm" }, \
      { "{tool}", "--create", "{device}", "--run", "--metadata=1.2", \
        "--level=" level, "--raid-devices={count}", "{disks}" } }
#define STORCLI(level, min, even, more) \
    { "megacli", level, min, even, { "storcli64", "storcli", "perccli64" }, \
      { "{tool}", "/c0", "add", "vd", "type=raid" level, "drives={list}", \
        more } }
#define MEGACLI(level, min, even) \
    { "megacli", level, min, even, { "megacli", "MegaCli64", "MegaCli" }, \
      { "{tool}", "-CfgLdAdd", "-r" level, "[{list}]", "-a0", "-NoLog" } }
#define SSACLI(level, word, min, even) \
    { "hpacucli", level, min, even, { "ssacli", "hpssacli", "hpacucli" }, \
      { "{tool}", "controller", "slot=0", "create", "type=ld", \
        "drives={list}", "raid=" word, "forced" } }

static const struct nf_raid_template templates[] = {
    MD("0", 2, false), MD("1", 2, false), MD("5", 3, false),
    MD("6", 4, false), MD("10", 4, true),
    STORCLI("0", 1, false, NULL), STORCLI("1", 2, true, NULL),
    STORCLI("5", 3, false, NULL), STORCLI("6", 4, false, NULL),
    STORCLI("10", 4, true, "pdperarray=2"),
    MEGACLI("0", 1, false), MEGACLI("1", 2, true), MEGACLI("5", 3, false),
    MEGACLI("6", 4, false),
    { "megacli", "10", 4, true, { "megacli", "MegaCli64", "MegaCli" },
      { "{tool}", "-CfgSpanAdd", "-r10", "{spans}", "-a0", "-NoLog" } },
    SSACLI("0", "0", 1, false), SSACLI("1", "1", 2, false),
    SSACLI("5", "5", 3, false), SSACLI("6", "6", 4, false),
    SSACLI("10", "1+0", 4, true),
};
/* clang-format on */

enum {
    TEMPLATE_COUNT = sizeof templates / sizeof templates[0]
};

static const struct nf_raid_template *
template_find(const char *controller, const char *level)
{
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        if (strcmp(templates[i].controller, controller) == 0
            && (level == NULL || strcmp(templates[i].level, level) == 0))
        {
            return &templates[i];
        }
    }
    return NULL;
}

/* md's are device nodes; a controller's are enclosure:slot, port:box:bay. */
static bool
disk_is_valid(const char *disk, bool is_md)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:"
                                  "-_./";
    size_t len = strlen(disk);

    if (strspn(disk, allowed) != len || strstr(disk, "..") != NULL) {
        return false;
    }
    return is_md ? len > 5 && strncmp(disk, "/dev/", 5) == 0
                 : len > 0 && disk[0] != '-' && strchr(disk, '/') == NULL;
}

static bool
disks_read(const json_t *list, bool is_md, struct nf_raid *raid)
{
    size_t i;
    json_t *member;

    if (!json_is_array(list) || json_array_size(list) > NF_RAID_DISKS_MAX) {
        return false;
    }
    json_array_foreach (list, i, member) {
        const char *disk = json_string_value(member);
        if (disk == NULL || !disk_is_valid(disk, is_md)
            || !nf_text_copy(raid->disks[i], NF_RAID_WORD_SIZE, nf_text(disk)))
        {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(raid->disks[j], disk) == 0) {
                return false;
            }
        }
    }
    raid->count = (int) json_array_size(list);
    return true;
}

static bool
device_read(const json_t *member, bool is_md, struct nf_raid *raid)
{
    const char *name = json_string_value(member);
    bool is_named = name != NULL && name[0] != '\0';

    snprintf(raid->device, sizeof raid->device, "%.60s",
             is_named && is_md ? name : "/dev/md0");
    return !is_named || !is_md
           || (strncmp(name, "/dev/md", 7) == 0 && name[7] != '\0'
               && strlen(name + 7) <= 3
               && strspn(name + 7, "0123456789") == strlen(name + 7));
}

const char *
nf_raid_read(const json_t *object, struct nf_raid *raid)
{
    const char *controller =
        json_string_value(json_object_get(object, "controller"));
    const json_t *level = json_object_get(object, "level");
    char number[24] = "";

    *raid = (struct nf_raid){0};
    if (object == NULL || json_is_null(object)
        || !json_is_true(json_object_get(object, "enabled")))
    {
        return NULL;
    }
    if (controller == NULL || template_find(controller, NULL) == NULL) {
        return "raid.controller";
    }
    if (json_is_integer(level)) {
        snprintf(number, sizeof number, "%lld",
                 (long long) json_integer_value(level));
    } else if (json_is_string(level)) {
        snprintf(number, sizeof number, "%s", json_string_value(level));
    }
    const struct nf_raid_template *found = template_find(controller, number);
    bool is_md = strcmp(controller, "mdadm") == 0;
    if (found == NULL) {
        return "raid.level";
    }
    if (!disks_read(json_object_get(object, "disks"), is_md, raid)
        || raid->count < found->disks_min
        || (found->is_even && raid->count % 2 != 0))
    {
        return "raid.disks";
    }
    if (!device_read(json_object_get(object, "virtual_disk"), is_md, raid)) {
        return "raid.virtual_disk";
    }
    raid->template = found;
    return NULL;
}

/* --- the command ---------------------------------------------------------- */

static void
put(struct nf_raid_command *command, const char *text, size_t len)
{
    if (command->text_len + len < sizeof command->text) {
        memcpy(command->text + command->text_len, text, len);
        command->text_len += len;
    }
}

static void
disks_put(struct nf_raid_command *command, const struct nf_raid *raid,
          int first, int count)
{
    for (int i = first; i < first + count; i++) {
        if (i > first) {
            put(command, ",", 1);
        }
        put(command, raid->disks[i], strlen(raid->disks[i]));
    }
}

static void
placeholder_put(struct nf_raid_command *command, const struct nf_raid *raid,
                const char *tool, struct nf_text name)
{
    char number[12];

    snprintf(number, sizeof number, "%d", raid->count);
    if (nf_text_equal(name, NF_TEXT("tool"))) {
        put(command, tool, strlen(tool));
    } else if (nf_text_equal(name, NF_TEXT("device"))) {
        put(command, raid->device, strlen(raid->device));
    } else if (nf_text_equal(name, NF_TEXT("count"))) {
        put(command, number, strlen(number));
    } else {
        disks_put(command, raid, 0, raid->count);
    }
}

/* A word with its placeholders filled in. */
static const char *
word_make(struct nf_raid_command *command, const struct nf_raid *raid,
          const char *tool, const char *word)
{
    const char *begin = command->text + command->text_len;

    while (*word != '\0') {
        size_t len = strcspn(word, "{");
        put(command, word, len);
        word += len;
        if (*word == '{') {
            len = strcspn(word, "}");
            placeholder_put(command, raid, tool,
                            (struct nf_text){word + 1, len - 1});
            word += len + 1;
        }
    }
    put(command, "", 1);
    return begin;
}

static bool
tool_is_of(const struct nf_raid_template *template, const char *tool)
{
    for (const char *const *at = template->tools; *at != NULL; at++) {
        if (strcmp(*at, tool) == 0) {
            return true;
        }
    }
    return false;
}

/* The same RAID in the words of the tool. */
static const struct nf_raid_template *
template_of(const struct nf_raid *raid, const char *tool)
{
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        if (strcmp(templates[i].controller, raid->template->controller) == 0
            && strcmp(templates[i].level, raid->template->level) == 0
            && tool_is_of(&templates[i], tool))
        {
            return &templates[i];
        }
    }
    return raid->template;
}

void
nf_raid_command(const struct nf_raid *raid, const char *tool,
                struct nf_raid_command *command)
{
    const char *const *word = template_of(raid, tool)->words;
    int n = 0;

    *command = (struct nf_raid_command){0};
    for (; *word != NULL; word++) {
        if (strcmp(*word, "{disks}") == 0) {
            for (int i = 0; i < raid->count; i++) {
                command->argv[n++] = raid->disks[i];
            }
        } else if (strcmp(*word, "{spans}") == 0) {
            for (int i = 0; i < raid->count; i += 2) {
                char head[24];
                command->argv[n++] = command->text + command->text_len;
                snprintf(head, sizeof head, "-Array%d[", i / 2);
                put(command, head, strlen(head));
                disks_put(command, raid, i, 2);
                put(command, "]", 2);
            }
        } else {
            command->argv[n++] = word_make(command, raid, tool, *word);
        }
    }
}

/* What an earlier attempt made would hold the disks. */
static void
array_stop(const struct nf_raid *raid)
{
    char ignored[200];
    const struct nf_process stop = {
        .argv = (const char *const[]){"mdadm", "--quiet", "--stop",
                                      raid->device, NULL},
        .limit_s = 60,
    };

    if (strcmp(raid->template->controller, "mdadm") == 0
        && access(raid->device, F_OK) == 0)
    {
        (void) nf_process_run(&stop, ignored, sizeof ignored);
    }
}

/* The first tool of the controller's that is here, or NULL. */
static const char *
tool_find(const struct nf_raid *raid)
{
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        const struct nf_raid_template *template = &templates[i];
        if (strcmp(template->controller, raid->template->controller) != 0) {
            continue;
        }
        for (const char *const *at = template->tools; *at != NULL; at++) {
            if (nf_process_exists(NULL, *at)) {
                return *at;
            }
        }
    }
    return NULL;
}

bool
nf_raid_make(const struct nf_raid *raid, char *fault, size_t size)
{
    struct nf_raid_command command;

    if (raid->template == NULL) {
        return true;
    }
    const char *tool = tool_find(raid);
    if (tool == NULL) {
        snprintf(fault, size,
                 "RAID by %s needs the tool %s, which this RAM disk does not "
                 "have",
                 raid->template->controller, raid->template->tools[0]);
        return false;
    }
    nf_log(NF_LOG_INFO, "making RAID %s of %d disks by %s",
           raid->template->level, raid->count, tool);
    array_stop(raid);
    nf_raid_command(raid, tool, &command);
    const struct nf_process make = {.argv = command.argv,
                                    .limit_s = RAID_LIMIT_S};
    return nf_process_run(&make, fault, size);
}
