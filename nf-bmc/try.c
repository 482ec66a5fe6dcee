#include "try.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "device_file.h"
#include "run.h"
#include "try_switch.h"

enum {
    EXIT_USAGE = 64,
    DEADLINE_S = 120,
    DEADLINE_MAX_S = 3600,
};

static const char usage[] =
    "usage: nf-bmc try --driver DRIVER --address ADDRESS --credentials FILE\n"
    "                  OPERATION [VALUE] [NAME=VALUE]...\n"
    "\n"
    "Carries out one operation on one device and prints the outcome as JSON.\n"
    "\n"
    "  -d, --driver DRIVER     for a BMC ipmi or redfish; for a switch snmp,\n"
    "                          ios, nxos, vrp, comware or eapi\n"
    "  -a, --address ADDRESS   its name or address, with :PORT if the port is\n"
    "                          not the usual one\n"
    "  -c, --credentials FILE  the lines user=NAME and password=SECRET; for\n"
    "                          SNMP community=SECRET, or user=, auth=SHA,\n"
    "                          auth_password=, priv=AES and priv_password=.\n"
    "                          Others must not be able to read it\n"
    "  -p, --pin PIN           sha256//BASE64 of the key of its certificate,\n"
    "                          as printed when a certificate is refused\n"
    "  -t, --deadline SECONDS  give up after this time (120)\n"
    "  -h, --help              this text\n"
    "\n"
    "Operations on a BMC:\n"
    "  power status|on|off|soft|reset|cycle|nmi\n"
    "  boot_device [none|pxe|disk|cdrom|bios [persistent=true]\n"
    "              [firmware=bios]]\n"
    "  identify [SECONDS]      the identify light; 0 turns it off\n"
    "  info, network           what the BMC reports about itself\n"
    "Operations on a switch:\n"
    "  ports, vlans, neighbors\n"
    "  port NAME [mode=access|trunk] [vlan=N] [tagged=LIST] [admin=up|down]\n"
    "            [description=WORDS]\n"
    "  find MAC                the ports where it has been learnt\n"
    "\n"
    "Exit status: 0 done, 1 not done, 64 wrong arguments.\n";

static const struct option options[] = {
    {"driver", required_argument, NULL, 'd'},
    {"address", required_argument, NULL, 'a'},
    {"credentials", required_argument, NULL, 'c'},
    {"pin", required_argument, NULL, 'p'},
    {"deadline", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

struct
try {
    struct nf_loop loop;
    struct nf_run run;
    struct nf_device device;
    const struct nf_switch_driver *of_switch; /* else of a BMC */
    const char *credentials;
    uint64_t deadline_s;
};

static int
misused(const char *what, const char *why)
{
    fprintf(stderr, "nf-bmc try: %s %s; see nf-bmc try --help\n", what, why);
    return EXIT_USAGE;
}

/* A certificate's, or a switch's host key as ssh-keygen -l shows it. */
static bool
is_pin(struct nf_text text)
{
    return nf_text_starts(text, NF_TEXT("sha256//"))
           || nf_text_starts(text, NF_TEXT("sha256:"))
           || nf_text_starts(text, NF_TEXT("SHA256:"));
}

static bool
take_driver(struct try *try, struct nf_text name)
{
    try->device.driver = nf_driver_find(name);
    try->of_switch = nf_switch_driver_find(name);
    return try->device.driver != NULL || try->of_switch != NULL;
}

/* -1: go on. */
static int
take_option(struct try *try, int option)
{
    switch (option) {
    case 'd':
        return take_driver(try, nf_text(optarg))
                   ? -1
                   : misused(optarg, "is not a driver");
    case 'a':
        return nf_device_address(&try->device, nf_text(optarg))
                   ? -1
                   : misused(optarg, "is not an address");
    case 'c':
        try->credentials = optarg;
        return -1;
    case 'p':
        return nf_text_copy(try->device.pin, sizeof(try->device.pin),
                            nf_text(optarg))
                       && is_pin(nf_text(optarg))
                   ? -1
                   : misused(optarg, "is not a pin of a key");
    case 't':
        return nf_text_number(nf_text(optarg), DEADLINE_MAX_S, &try->deadline_s)
                       && try->deadline_s > 0
                   ? -1
                   : misused(optarg, "must be a number of seconds up to 3600");
    case 'h':
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    default:
        return EXIT_USAGE;
    }
}

static int
read_options(struct try *try, int argc, char **argv)
{
    int option, code = -1;

    while (code < 0
           && (option = getopt_long(argc, argv, "d:a:c:p:t:h", options, NULL))
                  != -1)
    {
        code = take_option(try, option);
    }
    if (code >= 0) {
        return code;
    }
    if (try->device.driver == NULL && try->of_switch == NULL) {
        return misused("--driver", "is missing");
    }
    if (try->device.address[0] == '\0') {
        return misused("--address", "is missing");
    }
    if (try->credentials == NULL) {
        return misused("--credentials", "is missing");
    }
    return optind < argc ? -1 : misused("an operation", "is missing");
}

/* Numbers and switches as they are, all else as text. */
static void
put_argument(struct nf_out *out, struct nf_text name, struct nf_text value)
{
    uint64_t number;
    bool is_bare = nf_text_number(value, INT32_MAX, &number)
                   || nf_text_equal(value, NF_TEXT("true"))
                   || nf_text_equal(value, NF_TEXT("false"));

    if (out->data[out->len - 1] != '{') {
        nf_out_putc(out, ',');
    }
    nf_out_json(out, name);
    nf_out_putc(out, ':');
    if (is_bare) {
        nf_out_put(out, value);
    } else {
        nf_out_json(out, value);
    }
}

/* -1: go on. */
static int
read_operation(struct try *try, int argc, char **argv)
{
    char args[NF_BMC_ARGS];
    struct nf_out out = nf_out(args, sizeof(args));
    struct nf_text command = nf_text(argv[optind]);
    const char *argument = nf_bmc_operation_argument(command);
    struct nf_fault fault;

    nf_out_putc(&out, '{');
    for (int i = optind + 1; i < argc; i++) {
        struct nf_text value = nf_text(argv[i]);
        struct nf_text name = nf_text_cut(&value, '=');
        if (value.data == NULL) {
            if (argument == NULL || i > optind + 1) {
                return misused(argv[i], "has no name: NAME=VALUE");
            }
            value = name;
            name = nf_text(argument);
        }
        put_argument(&out, name, value);
    }
    nf_out_putc(&out, '}');
    if (out.full
        || nf_bmc_operation_read(&try->run.operation, command,
                                 nf_out_text(&out), &fault)
               != NF_OK)
    {
        return out.full ? misused("the operation", "is too long")
                        : misused(fault.field, fault.reason);
    }
    return -1;
}

static int
read_credentials(struct try *try)
{
    struct nf_fault fault;

    switch (nf_credentials_read(try->credentials, &try->device, &fault)) {
    case NF_OK:
        return -1;
    case NF_INVALID:
        fprintf(stderr, "nf-bmc try: %s: %s%s%s\n", try->credentials,
                fault.field, fault.field[0] == '\0' ? "" : " ", fault.reason);
        return EXIT_USAGE;
    default:
        fprintf(stderr, "nf-bmc try: %s: %s\n", try->credentials,
                strerror(errno));
        return EXIT_USAGE;
    }
}

static bool
save(struct nf_run *run)
{
    (void) run;
    return true;
}

static void
done(struct nf_run *run)
{
    run->loop->is_over = true;
}

static int
tell(const struct nf_run *run)
{
    char text[1024];
    struct nf_out out = nf_out(text, sizeof(text));
    const struct nf_bmc_told *told = &run->operation.told;

    if (told->cause == NF_BMC_FINE) {
        nf_bmc_told_json(told, nf_bmc_operation_verb(&run->operation), &out);
    } else {
        nf_bmc_failure_json(told, &out);
    }
    printf("%.*s\n", (int) out.len, text);
    return told->cause == NF_BMC_FINE ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
try_bmc(struct try *try)
{
    if (!nf_loop_open(&try->loop)
        || !nf_run_start(&try->run, &try->loop, &try->device,
                         (nf_time_t) try->deadline_s * 1000))
    {
        fputs("nf-bmc try: out of memory\n", stderr);
        return EXIT_FAILURE;
    }
    nf_loop_run(&try->loop);
    nf_loop_close(&try->loop);
    return tell(&try->run);
}

int
nf_try(int argc, char **argv)
{
    static struct try try = {.deadline_s = DEADLINE_S,
                             .run = {.save = save, .done = done}};
    int code = read_options(&try, argc, argv);

    if (code >= 0
        || (try.of_switch == NULL
            && (code = read_operation(&try, argc, argv)) >= 0)
        || (code = read_credentials(&try)) >= 0)
    {
        return code;
    }
    if (try.of_switch == NULL && try.device.user[0] == '\0') {
        explicit_bzero(try.device.password, sizeof(try.device.password));
        return misused("a BMC", "has no community: user= is missing");
    }
    code = try.of_switch == NULL ? try_bmc(&try)
                                 : nf_try_switch(try.of_switch, &try.device,
                                                 try.deadline_s, argv + optind);
    explicit_bzero(try.device.password, sizeof(try.device.password));
    explicit_bzero(try.device.priv_password, sizeof(try.device.priv_password));
    return code;
}
