/*
 * nf export: the inventory of a site, for a spreadsheet or a program.
 */

#include <string.h>

#include "base/log.h"
#include "command.h"
#include "list.h"
#include "server.h"

static const struct nf_column columns[] = {
    /* clang-format off */
    { "mac",         "mac",                      NF_COLUMN_MAC,    NF_KEEP },
    { "hostname",    "hostname",                 NF_COLUMN_TEXT,   NF_KEEP },
    { "status",      "status",                   NF_COLUMN_TEXT,   NF_KEEP },
    { "serial",      "serial",                   NF_COLUMN_TEXT,   NF_KEEP },
    { "ip",          "ip",                       NF_COLUMN_TEXT,   NF_KEEP },
    { "netmask",     "netmask",                  NF_COLUMN_TEXT,   NF_KEEP },
    { "gateway",     "gateway",                  NF_COLUMN_TEXT,   NF_KEEP },
    { "macs",        "macs",                     NF_COLUMN_MAC,    NF_KEEP },
    { "profile",     "profile",                  NF_COLUMN_TEXT,   NF_KEEP },
    { "task",        "task",                     NF_COLUMN_TEXT,   NF_KEEP },
    { "company",     "hardware.company",         NF_COLUMN_TEXT,   NF_KEEP },
    { "product",     "hardware.product",         NF_COLUMN_TEXT,   NF_KEEP },
    { "cpu",         "hardware.cpu.model",       NF_COLUMN_TEXT,   NF_KEEP },
    { "cores",       "hardware.cpu.cores",       NF_COLUMN_NUMBER, NF_KEEP },
    { "memory_gb",   "hardware.memory.total_gb", NF_COLUMN_NUMBER, NF_KEEP },
    { "disks",       "disks",                    NF_COLUMN_TEXT,   NF_KEEP },
    { "bmc",         "bmc_address",              NF_COLUMN_TEXT,   NF_KEEP },
    { "switch",      "port.switch",              NF_COLUMN_TEXT,   NF_KEEP },
    { "port",        "port.port",                NF_COLUMN_TEXT,   NF_KEEP },
    { "labels",      "labels",                   NF_COLUMN_TEXT,   NF_KEEP },
    { 0 },
    /* clang-format on */
};

/* "/dev/sda 480 S4X1; /dev/sdb 480": what fits a cell. */
static json_t *
disks_of(const json_t *node)
{
    const json_t *hardware = json_object_get(node, "hardware");
    json_t *all = json_string(""), *disk;
    size_t i;

    json_array_foreach (json_object_get(hardware, "disks"), i, disk) {
        const char *serial = json_string_value(json_object_get(disk, "serial"));
        const char *device = json_string_value(json_object_get(disk, "device"));
        json_t *more = json_sprintf(
            "%s%s%s %lld%s%s", json_string_value(all), i > 0 ? "; " : "",
            device != NULL ? device : "",
            (long long) json_number_value(json_object_get(disk, "size_gb")),
            serial != NULL ? " " : "", serial != NULL ? serial : "");
        if (more != NULL) {
            json_decref(all);
            all = more;
        }
    }
    return all;
}

/* The device that is managed, else the address that the machine told. */
static json_t *
bmc_of(const json_t *node)
{
    json_t *address = json_object_get(json_object_get(node, "bmc"), "address");
    const json_t *told =
        json_object_get(json_object_get(node, "hardware"), "bmc");

    return json_incref(address != NULL ? address : json_object_get(told, "ip"));
}

struct reading {
    nf_list_take_page_t *take;
    void *of;
    bool is_json;
};

/* What a row of a table has beyond what the server says. */
static bool
take_page(const json_t *page, void *of)
{
    const struct reading *r = of;
    json_t *node;
    size_t i;

    json_array_foreach (page, i, node) {
        if (!r->is_json) {
            json_object_set_new(node, "disks", disks_of(node));
            json_object_set_new(node, "bmc_address", bmc_of(node));
        }
    }
    return r->take(page, r->of);
}

static int
read_all(const struct nf_list *list, nf_list_take_page_t *take, void *of)
{
    struct reading r = {.take = take,
                        .of = of,
                        .is_json = list->chosen.output != NULL
                                   && strcmp(list->chosen.output, "json") == 0};

    return nf_server_pages(list->path, take_page, &r);
}

int
nf_command_export(int argc, char **argv)
{
    const char *format = NULL, *label = NULL;
    struct nf_list list = {.columns = columns, .read = read_all};
    const struct nf_option own[] = {NF_OPTION("--format", &format),
                                    NF_OPTION("--label", &label),
                                    NF_OPTION("-l", &label),
                                    {0}};
    char path[NF_PATH_MAX_BYTES] = "/api/v1/inventory?limit=200";

    if (!nf_list_take(&list, &argc, argv, own) || argc != 0) {
        return nf_usage("export");
    }
    if (format != NULL && strcmp(format, "csv") != 0
        && strcmp(format, "json") != 0) {
        nf_log(NF_LOG_ERR, "--format must be csv or json");
        return NF_EXIT_USAGE;
    }
    if (format != NULL || list.chosen.output == NULL) {
        list.chosen.output = format != NULL ? format : "csv";
    }
    if (label != NULL && !nf_server_query(path, "label", label)) {
        return NF_EXIT_FAILED;
    }
    list.path = path;
    return nf_list_show(&list);
}
