/*
 * nf devices scan: what nf-bmc finds in a network, and what of it is known.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "model/managed_device.h"
#include "model/settings.h"
#include "option.h"
#include "program.h"
#include "say.h"
#include "server.h"
#include "show.h"

enum {
    RANGES_MAX = 64,
    LINE_SIZE = 4096,
    MISUSED = 64, /* nf-bmc's exit status: it has said what is wrong */
};

struct scan {
    const char *driver, *credentials, *rate;
    bool adds, trusts, is_json;
    json_t *known; /* address: name of a device */
    json_t *names; /* of devices */
    struct nf_table table;
    unsigned long found, news, added;
    int result;
};

static const struct nf_column columns[] = {
    /* clang-format off */
    { "ADDRESS", "address",         NF_COLUMN_TEXT, NF_KEEP },
    { "DRIVER",  "driver",          NF_COLUMN_TEXT, NF_KEEP },
    { "DEVICE",  "device",          NF_COLUMN_TEXT, NF_KEEP },
    { "VENDOR",  "redfish.vendor",  NF_COLUMN_TEXT, NF_KEEP },
    { "PRODUCT", "redfish.product", NF_COLUMN_TEXT, NF_KEEP },
    { "PIN",     "redfish.pin",     NF_COLUMN_TEXT, NF_KEEP },
    { 0 },
    /* clang-format on */
};

/* --- what is known -----------------------------------------------------------
 */

/* By whatever port; a device by its host's name is another one to us. */
static bool
take_known(const json_t *page, void *of)
{
    struct scan *scan = of;
    json_t *device;
    size_t i;

    json_array_foreach (page, i, device) {
        char address[NF_MANAGED_ADDRESS];
        snprintf(address, sizeof(address), "%s",
                 nf_table_text(device, "address"));
        if (strchr(address, ':') == strrchr(address, ':')) {
            address[strcspn(address, ":")] = '\0';
        }
        json_object_set(scan->known, address, json_object_get(device, "name"));
        json_object_set_new(scan->names, nf_table_text(device, "name"),
                            json_true());
    }
    return true;
}

/* --- what is found -----------------------------------------------------------
 */

static bool
has_driver(const json_t *found, const char *driver)
{
    json_t *each;
    size_t i;

    json_array_foreach (json_object_get(found, "drivers"), i, each) {
        const char *word = json_string_value(each);
        if (word != NULL && strcmp(word, driver) == 0) {
            return true;
        }
    }
    return false;
}

/* Redfish tells more, and does not send what makes passwords guessable.  NULL:
 * not by the one that is wanted. */
static const char *
choose(const struct scan *scan, const json_t *found)
{
    static const char *const preferred[] = {"redfish", "ipmi"};

    for (size_t i = 0; i < sizeof(preferred) / sizeof(preferred[0]); i++) {
        if (has_driver(found, preferred[i])
            && (scan->driver == NULL
                || strcmp(scan->driver, preferred[i]) == 0))
        {
            return preferred[i];
        }
    }
    return NULL;
}

static bool
add(struct scan *scan, const json_t *found, const char *driver,
    const char *name)
{
    const json_t *redfish = json_object_get(found, "redfish");
    bool pins = scan->trusts && strcmp(driver, "redfish") == 0;
    const char *pin = pins ? nf_table_text(redfish, "pin") : "";
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};

    json_t *body =
        json_pack("{s:s,s:s,s:s*,s:s*}", "driver", driver, "address",
                  nf_table_text(found, "address"), "credentials",
                  scan->credentials, "pin", pin[0] != '\0' ? pin : NULL);
    int code = NF_EXIT_FAILED;
    if (json_object_get(scan->names, name) != NULL) {
        nf_log(NF_LOG_ERR, "%s is the name of a device at another address",
               name);
    } else if (nf_server_path(path, "/api/v1/devices/", name, "")) {
        code = nf_server_ask("PUT", path, body, &reply);
    }
    if (code != NF_EXIT_OK) {
        scan->result = scan->result == NF_EXIT_OK ? code : scan->result;
    }
    json_decref(body);
    nf_server_end(&reply);
    return code == NF_EXIT_OK;
}

/* The device that it is; "new". */
static void
settle(struct scan *scan, json_t *found, const char *driver)
{
    const char *address = nf_table_text(found, "address");
    const json_t *known = json_object_get(scan->known, address);
    char name[NF_MANAGED_NAME];

    if (known != NULL) {
        json_object_set(found, "device", (json_t *) known);
        return;
    }
    scan->news++;
    snprintf(name, sizeof(name), "bmc-%s", address);
    bool is_added = scan->adds && add(scan, found, driver, name);
    scan->added += is_added;
    json_object_set_new(found, "device", json_string(is_added ? name : "new"));
}

/* A line of nf-bmc's, which holds what strangers said. */
static void
take_line(struct scan *scan, const char *line)
{
    json_t *found = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *driver = choose(scan, found);

    if (driver != NULL) {
        scan->found++;
        json_object_set_new(found, "driver", json_string(driver));
        settle(scan, found, driver);
        json_t *row = json_pack("[O]", found);
        (void) (scan->is_json ? nf_table_print_json(found)
                              : nf_table_add(&scan->table, row));
        fflush(stdout);
        json_decref(row);
    }
    json_decref(found);
}

/* --- nf-bmc ------------------------------------------------------------------
 */

static bool
find_program(char *path, size_t size)
{
    struct nf_settings settings;
    struct nf_fault fault = {0};
    char name[NF_SETTING_MAX + 16];
    nf_error_t err = nf_settings_load(&settings, &fault);

    if (err != NF_OK) {
        nf_say_fault(NULL, err, &fault);
        return false;
    }
    snprintf(name, sizeof(name), "%s/nf-bmc", settings.lib_dir);
    if (!nf_program_find(name, path, size)) {
        nf_log(NF_LOG_ERR, "%s is missing; see NF_LIB_DIR", name);
        return false;
    }
    return true;
}

/* Its exit status is ours where it failed. */
static void
run(struct scan *scan, const char *const argv[])
{
    char line[LINE_SIZE];
    struct nf_program program;

    if (!nf_program_open(&program, argv)) {
        nf_log(NF_LOG_ERR, "cannot run %s: %s", argv[0], strerror(errno));
        scan->result = NF_EXIT_FAILED;
        return;
    }
    while (fgets(line, sizeof(line), program.output) != NULL) {
        take_line(scan, line);
    }
    int status = nf_program_close(&program);
    if (status != 0) {
        scan->result = status == MISUSED ? NF_EXIT_USAGE : NF_EXIT_FAILED;
    }
}

static void
sum_up(struct scan *scan)
{
    if (scan->is_json || scan->result == NF_EXIT_USAGE) {
        return;
    }
    printf("%s%lu found, %lu new", scan->found > 0 ? "\n" : "", scan->found,
           scan->news);
    printf(scan->adds ? ", %lu added\n" : "\n", scan->added);
}

static int
search(struct scan *scan, int n, char **ranges)
{
    const char *argv[RANGES_MAX + 6];
    char path[4096];
    int at = 0;

    if (!find_program(path, sizeof(path))) {
        return NF_EXIT_FAILED;
    }
    argv[at++] = path;
    argv[at++] = "scan";
    if (scan->rate != NULL) {
        argv[at++] = "--rate";
        argv[at++] = scan->rate;
    }
    argv[at++] = "--";
    for (int i = 0; i < n; i++) {
        argv[at++] = ranges[i];
    }
    argv[at] = NULL;
    int code = nf_server_pages("/api/v1/devices?limit=500", take_known, scan);
    if (code != NF_EXIT_OK) {
        return code;
    }
    run(scan, argv);
    sum_up(scan);
    return scan->result;
}

static bool
is_driver(const char *word)
{
    const char *const *each = nf_managed_drivers;

    while (*each != NULL && strcmp(*each, word) != 0) {
        each++;
    }
    return *each != NULL;
}

int
nf_command_devices_scan(int argc, char **argv)
{
    struct scan scan = {.table = {.columns = columns}};
    const struct nf_option options[] = {
        NF_SWITCH("--add", &scan.adds),
        NF_OPTION("--credentials", &scan.credentials),
        NF_OPTION("--driver", &scan.driver),
        NF_SWITCH("--trust", &scan.trusts),
        NF_OPTION("--rate", &scan.rate),
        NF_SWITCH("--json", &scan.is_json),
        {0}};

    if (!nf_options_take(&argc, argv, options) || argc < 1 || argc > RANGES_MAX
        || (scan.driver != NULL && !is_driver(scan.driver))
        || (!scan.adds && (scan.credentials != NULL || scan.trusts)))
    {
        return nf_usage("devices scan");
    }
    scan.known = json_object();
    scan.names = json_object();
    int code = search(&scan, argc, argv);
    json_decref(scan.known);
    json_decref(scan.names);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}
