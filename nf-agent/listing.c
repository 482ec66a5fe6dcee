/* The inventory for people: on the console of a machine in RAM, and as the
 * output of the command. */
#include "inventory.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    LLDP_MAX_S = 600,
};

static const char help[] =
    "usage: nf-agent inventory [--json] [--lldp SECONDS | --root DIR]\n"
    "\n"
    "Print what this machine is: system, processors, memory, disks, network\n"
    "cards, PCI functions, firmware, TPM and BMC.\n"
    "  --json          as the object that is reported to the server\n"
    "  --lldp SECONDS  listen on each card for its switch and port, for 1 to\n"
    "                  600 seconds (switches send every 30 s); cards that are\n"
    "                  down are brought up meanwhile\n"
    "  --root DIR      use the copy of /sys and /proc below DIR, and query no\n"
    "                  device\n"
    "\n"
    "exit status: 0 printed, 1 failed, 2 wrong usage\n";

typedef void (*line_t)(const char *text);

static void line_print(line_t line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
line_print(line_t line, const char *format, ...)
{
    char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    line(text);
}

static const char *
text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text != NULL ? text : "";
}

static long long
number_of(const json_t *object, const char *member)
{
    return json_integer_value(json_object_get(object, member));
}

static void
disks_print(const json_t *disks, line_t line)
{
    size_t i;
    json_t *disk;

    line_print(line, "  Disks: %zu", json_array_size(disks));
    json_array_foreach (disks, i, disk) {
        line_print(line, "    - %s: %lld GB (%s)", text_of(disk, "device"),
                   number_of(disk, "size_gb"), text_of(disk, "type"));
    }
}

static void
cards_print(const json_t *cards, line_t line)
{
    size_t i;
    json_t *card;

    line_print(line, "  Network cards: %zu", json_array_size(cards));
    json_array_foreach (cards, i, card) {
        const json_t *lldp = json_object_get(card, "lldp");
        const char *link =
            json_is_true(json_object_get(card, "link")) ? "link up" : "no link";
        char speed[48] = "";
        if (number_of(card, "speed_mbps") > 0) {
            snprintf(speed, sizeof speed, ", %lld Mbit/s",
                     number_of(card, "speed_mbps"));
        }
        line_print(line, "    - %s: %s (%s%s%s%s)", text_of(card, "name"),
                   text_of(card, "mac"), text_of(card, "driver"),
                   text_of(card, "driver")[0] != '\0' ? ", " : "", link, speed);
        if (lldp != NULL) {
            line_print(line, "      switch %s, port %s, VLAN %lld",
                       text_of(lldp, "switch"), text_of(lldp, "port"),
                       number_of(lldp, "vlan"));
        }
    }
}

static void
functions_print(const json_t *functions, line_t line)
{
    size_t i;
    json_t *function;

    json_array_foreach (functions, i, function) {
        const char *kind = text_of(function, "kind");
        if (strcmp(kind, "gpu") == 0 || strcmp(kind, "accelerator") == 0) {
            line_print(line, "  %s: %s %s:%s at %s",
                       kind[0] == 'g' ? "GPU" : "Accelerator",
                       text_of(function, "name"), text_of(function, "vendor"),
                       text_of(function, "device"), text_of(function, "slot"));
        }
    }
}

static void
platform_print(const json_t *hardware, line_t line)
{
    const json_t *bmc = json_object_get(hardware, "bmc");
    const char *tpm = text_of(hardware, "tpm");
    bool has_bmc = json_is_true(json_object_get(bmc, "present"));
    const char *ip = text_of(bmc, "ip");

    line_print(line, "  Firmware: %s, Secure Boot %s, TPM %s",
               text_of(hardware, "firmware"),
               json_is_true(json_object_get(hardware, "secure_boot")) ? "on"
                                                                      : "off",
               tpm[0] != '\0' ? tpm : "none");
    line_print(line, "  BMC: %s%s%s", has_bmc ? "present" : "none",
               ip[0] != '\0' ? " at " : "", ip);
}

void
nf_inventory_lines(const json_t *hardware, line_t line)
{
    const json_t *cpu = json_object_get(hardware, "cpu");
    const char *hypervisor = text_of(hardware, "hypervisor");
    bool is_vm = json_is_true(json_object_get(hardware, "is_vm"));

    line_print(line, "  Serial Number: %s", nf_inventory_serial(hardware));
    line_print(line, "  MAC Address: %s", nf_inventory_mac(hardware));
    line_print(line, "  Company: %s", text_of(hardware, "company"));
    line_print(line, "  Product: %s", text_of(hardware, "product"));
    line_print(line, "  Model: %s", text_of(hardware, "model_name"));
    line_print(line, "  Is VM: %s%s%s%s", is_vm ? "true" : "false",
               hypervisor[0] != '\0' ? " (" : "", hypervisor,
               hypervisor[0] != '\0' ? ")" : "");
    line_print(line, "  CPU: %s (%lld cores)", text_of(cpu, "model"),
               number_of(cpu, "cores"));
    line_print(line, "  Memory: %lld GB",
               number_of(json_object_get(hardware, "memory"), "total_gb"));
    disks_print(json_object_get(hardware, "disks"), line);
    cards_print(json_object_get(hardware, "nics"), line);
    functions_print(json_object_get(hardware, "pci"), line);
    platform_print(hardware, line);
}

static void
line_put(const char *text)
{
    puts(text);
}

/* The words behind the command; false, and said on stderr, when wrong. */
static bool
words_take(int argc, char **argv, struct nf_inventory_options *options,
           bool *is_json)
{
    uint64_t seconds;

    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--json") == 0) {
            *is_json = true;
        } else if (strcmp(argv[i], "--root") == 0 && value != NULL
                   && value[0] != '\0') {
            options->root = argv[++i];
        } else if (strcmp(argv[i], "--lldp") == 0 && value != NULL
                   && nf_text_number(nf_text(value), LLDP_MAX_S, &seconds)
                   && seconds > 0)
        {
            options->lldp_s = (int) seconds;
            i++;
        } else {
            fprintf(stderr,
                    "nf-agent: inventory: %.60s is unknown or has no value; "
                    "see nf-agent inventory --help\n",
                    argv[i]);
            return false;
        }
    }
    if (options->root != NULL && options->lldp_s > 0) {
        fputs("nf-agent: inventory: --lldp listens on this machine, --root "
              "reads another's copy: choose one\n",
              stderr);
        return false;
    }
    return true;
}

int
nf_inventory_main(int argc, char **argv)
{
    struct nf_inventory_options options = {0};
    bool is_json = false;

    if (argc == 2
        && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (!words_take(argc, argv, &options, &is_json)) {
        return EXIT_USAGE;
    }
    if (options.root != NULL && access(options.root, R_OK | X_OK) != 0) {
        fprintf(stderr, "nf-agent: inventory: cannot read --root: %s\n",
                strerror(errno));
        return EXIT_FAILURE;
    }
    json_t *hardware = nf_inventory_take(&options);
    if (hardware == NULL) {
        fputs("nf-agent: inventory: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    bool is_put = true;
    if (is_json) {
        is_put =
            json_dumpf(hardware, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0
            && putchar('\n') != EOF;
    } else {
        nf_inventory_lines(hardware, line_put);
    }
    json_decref(hardware);
    return is_put && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
