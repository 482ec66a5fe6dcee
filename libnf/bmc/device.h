#ifndef NF_BMC_DEVICE_H
#define NF_BMC_DEVICE_H

/*
 * What is asked of a BMC and what it tells, whatever protocol it speaks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"
#include "base/text.h"

/* clang-format off */
/*    cause                   word             what a person reads */
#define NF_BMC_CAUSES(X)                                                      \
    X(NF_BMC_FINE,            "fine",          "")                            \
    X(NF_BMC_UNREACHABLE,     "unreachable",   "the BMC does not answer")     \
    X(NF_BMC_HUNG,            "hung",          "the BMC stopped answering")                     \
    X(NF_BMC_WRONG_USER,      "wrong_user",    "the BMC has no such user")  \
    X(NF_BMC_WRONG_PASSWORD,  "wrong_password", "the BMC rejects the password")                    \
    X(NF_BMC_CIPHER,          "cipher",        "the BMC rejects cipher suites 17 and 3")             \
    X(NF_BMC_PRIVILEGE,       "privilege",     "the user is not allowed to do this")    \
    X(NF_BMC_WRONG_STATE,     "wrong_state",   "the state of the machine does not allow this")           \
    X(NF_BMC_UNSUPPORTED,     "unsupported",   "the BMC does not support this")      \
    X(NF_BMC_REFUSED,         "refused",       "the BMC refuses this")        \
    X(NF_BMC_BUSY,            "busy",          "the BMC is busy")             \
    X(NF_BMC_CERTIFICATE,     "certificate",   "the certificate is not "      \
                                               "trusted")                     \
    X(NF_BMC_MALFORMED,       "malformed",     "the BMC's answer makes no sense")                    \
    X(NF_BMC_NO_EFFECT,       "no_effect",     "the BMC reports success, but nothing changes")         \
    X(NF_BMC_LOCAL,           "local",         "the worker could not do it")

#define NF_BMC_DRIVERS(X)                                                     \
    X(NF_BMC_IPMI,    "ipmi")                                                 \
    X(NF_BMC_REDFISH, "redfish")

#define NF_POWERS(X)                                                          \
    X(NF_POWER_UNKNOWN, "unknown")                                            \
    X(NF_POWER_OFF,     "off")                                                \
    X(NF_POWER_ON,      "on")

/* What a BMC is told about power; not all know each. */
#define NF_POWER_ACTS(X)                                                      \
    X(NF_POWER_ACT_ON,    "on")                                               \
    X(NF_POWER_ACT_OFF,   "off")                                              \
    X(NF_POWER_ACT_SOFT,  "soft")  /* the system is asked to shut down */     \
    X(NF_POWER_ACT_RESET, "reset") /* a bare one */                           \
    X(NF_POWER_ACT_NMI,   "nmi")

#define NF_BOOT_DEVICES(X)                                                    \
    X(NF_BOOT_NONE,  "none")  /* as the firmware is set up */                 \
    X(NF_BOOT_PXE,   "pxe")                                                   \
    X(NF_BOOT_DISK,  "disk")                                                  \
    X(NF_BOOT_CDROM, "cdrom")                                                 \
    X(NF_BOOT_BIOS,  "bios")  /* its set-up screen */

#define NF_BMC_VERBS(X)                                                       \
    X(NF_BMC_LOOK,     "look")     /* power */                                \
    X(NF_BMC_POWER,    "power")                                               \
    X(NF_BMC_GET_BOOT, "get_boot")                                            \
    X(NF_BMC_SET_BOOT, "set_boot")                                            \
    X(NF_BMC_INFO,     "info")     /* maker, product, firmware */             \
    X(NF_BMC_NETWORK,  "network")  /* the BMC's own address */                \
    X(NF_BMC_IDENTIFY, "identify")
/* clang-format on */

#define X(name, ...) name,
enum nf_bmc_cause {
    NF_BMC_CAUSES(X) NF_BMC_CAUSE_COUNT
};
enum nf_bmc_driver {
    NF_BMC_DRIVERS(X) NF_BMC_DRIVER_COUNT
};
enum nf_power {
    NF_POWERS(X) NF_POWER_COUNT
};
enum nf_power_act {
    NF_POWER_ACTS(X) NF_POWER_ACT_COUNT
};
enum nf_boot_device {
    NF_BOOT_DEVICES(X) NF_BOOT_DEVICE_COUNT
};
enum nf_bmc_verb {
    NF_BMC_VERBS(X) NF_BMC_VERB_COUNT
};
#undef X

/* Words in the order of the enums, NULL at the end. */
extern const char *const nf_bmc_causes[NF_BMC_CAUSE_COUNT + 1];
extern const char *const nf_bmc_drivers[NF_BMC_DRIVER_COUNT + 1];
extern const char *const nf_powers[NF_POWER_COUNT + 1];
extern const char *const nf_power_acts[NF_POWER_ACT_COUNT + 1];
extern const char *const nf_boot_devices[NF_BOOT_DEVICE_COUNT + 1];
extern const char *const nf_bmc_verbs[NF_BMC_VERB_COUNT + 1];

/* What a person reads of a cause. */
const char *nf_bmc_cause_text(enum nf_bmc_cause cause);

struct nf_boot {
    enum nf_boot_device device;
    bool is_persistent; /* else of the next boot only */
    bool is_efi;        /* else of the BIOS */
};

/* One thing that is asked. */
struct nf_bmc_ask {
    enum nf_bmc_verb verb;
    enum nf_power_act power;
    struct nf_boot boot;
    unsigned seconds; /* of the identify light; 0: out */
};

enum {
    NF_BMC_WORDS = 128,
    NF_BMC_NAME = 64,
};

/* Bytes of what reaches a device, with the ends. */
enum {
    NF_DEVICE_ADDRESS = 256,
    NF_DEVICE_USER = 64,
    NF_DEVICE_PASSWORD = 128,
    NF_DEVICE_PIN = 80,
    NF_DEVICE_PROTOCOL = 16, /* of SNMPv3: "SHA-256", "AES" */
};

/* What came of it.  Texts are printable. */
struct nf_bmc_told {
    enum nf_bmc_cause cause;
    char words[NF_BMC_WORDS]; /* the device's own, or "" */
    enum nf_power power;
    struct nf_boot boot;
    bool tells_mode; /* whether boot.is_persistent and is_efi are its word */
    char maker[NF_BMC_NAME], product[NF_BMC_NAME], serial[NF_BMC_NAME];
    char firmware[NF_BMC_NAME];
    char ip[46], mac[18];
};

/* Fail with a cause, in the device's words if there are any. */
void nf_bmc_fail(struct nf_bmc_told *told, enum nf_bmc_cause cause,
                 struct nf_text words);

/* {"power":"on","boot":...}: what is known, as members of a JSON object. */
void nf_bmc_told_json(const struct nf_bmc_told *told, enum nf_bmc_verb verb,
                      struct nf_out *out);

/* {"cause":"wrong_password","error":"..."}: why it came to nothing. */
void nf_bmc_failure_json(const struct nf_bmc_told *told, struct nf_out *out);

#endif
