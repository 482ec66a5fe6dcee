#ifndef NF_MODEL_SETTINGS_H
#define NF_MODEL_SETTINGS_H

/*
 * The NF_* variables: one table says name, default, check and meaning, and
 * every program reads the same file of them.
 */

#include "base/address.h"
#include "base/error.h"
#include "base/text.h"

/* A public key of 8,192 bits fits. */
enum {
    NF_SETTING_MAX = 1536
};

/* clang-format off */
/*        member             name                     default                              check    text */
#define NF_SETTINGS(X)                                                                                    \
    X(http_addr,          "NF_HTTP_ADDR",          ":8080",                             ADDR,    "address that the API listens on; only loopback, unless NF_AUTH=off is set") \
    X(http_hosts,         "NF_HTTP_HOSTS",         "",                                  HOSTS0,  "comma-separated names (or addresses) that the API answers to, besides loopback, the address that was connected to and this machine's host name") \
    X(install_addr,       "NF_INSTALL_ADDR",       "",                                  ADDR0,   "address that the install server listens on; default: NF_SERVER_ADDR") \
    X(server_addr,        "NF_SERVER_ADDR",        "",                                  SERVER0, "address[:port] at which nodes reach the bastion; default: the address of NF_DHCP_INTERFACE, port 8081") \
    X(interface,          "NF_DHCP_INTERFACE",     "",                                  WORD0,   "network interface of the install network") \
    X(dhcp_addr,          "NF_DHCP_ADDR",          ":67",                               ADDR,    "address that DHCP listens on; only port 67 can serve firmware") \
    X(dhcp_mode,          "NF_DHCP_MODE",          "server",                            DHCP,    "server, proxy (in addition to another DHCP server) or off") \
    X(dhcp_start,         "NF_DHCP_IP_POOL_START", "",                                  IP0,     "first address of the pool") \
    X(dhcp_end,           "NF_DHCP_IP_POOL_END",   "",                                  IP0,     "last address of the pool") \
    X(dhcp_netmask,       "NF_DHCP_NETMASK",       "255.255.255.0",                     MASK,    "netmask of the install network") \
    X(dhcp_gateway,       "NF_DHCP_GATEWAY",       "",                                  IP0,     "router given to nodes; empty: none") \
    X(dhcp_dns,           "NF_DHCP_DNS",           "",                                  IPS0,    "DNS servers given to nodes, comma-separated; default: the bastion") \
    X(dhcp_lease_time,    "NF_DHCP_LEASE_TIME",    "3600",                              LEASE,   "lease time in seconds") \
    X(dhcp_vlan,          "NF_DHCP_VLAN",          "",                                  VLAN0,   "VLAN tag that nodes must use on the install network; empty: none") \
    X(dhcp_ranges,        "NF_DHCP_RANGES",        "",                                  RANGES0, "subnets behind DHCP relays, separated by spaces: FIRST-LAST/BITS[,gateway=IP][,dns=IP+IP][,lease=SECONDS][,vlan=NUMBER]") \
    X(dhcp_ra,            "NF_DHCP_RA",            "off",                               ONOFF,   "on: announce the interface's IPv6 prefixes; iPXE waits 13 s for an announcement") \
    X(node_rule,          "NF_NODE_RULE",          "pxe",                               RULE,    "which DHCP clients become nodes: pxe, all or none") \
    X(boot_register,      "NF_BOOT_REGISTER",      "on",                                ONOFF,   "on: a boot script request from an unknown MAC creates a node") \
    X(boot_wait,          "NF_BOOT_WAIT",          "poll",                              WAIT,    "how a node waits for instructions: poll (a request held open) or sleep") \
    X(boot_wait_seconds,  "NF_BOOT_WAIT_SECONDS",  "30",                                HOLD,    "duration of one long poll or one sleep, in seconds") \
    X(mqtt_broker,        "NF_MQTT_BROKER",        "localhost:1883",                    HOSTPORT,"MQTT broker that nf-relay uses") \
    X(agent_broker,       "NF_AGENT_BROKER",       "",                                  HOSTPORT0,"MQTT broker that nodes use; default: NF_SERVER_ADDR's host, port 1883, or NF_MQTT_BROKER if that is on another host") \
    X(mirror_url,         "NF_MIRROR_URL",         "deb.debian.org",                    MIRROR,  "Debian mirror: host[:port][/path], http://... or unix:/path of a socket; nodes reach it through the bastion's caching proxy") \
    X(db_path,            "NF_DB_PATH",            "/var/lib/nodefoundry/nodes.db",     PATH,    "the store") \
    X(key_file,           "NF_KEY_FILE",           "/etc/nodefoundry/site.key",         PATH,    "key for install tokens and sealed secrets") \
    X(key_command,        "NF_KEY_COMMAND",        "",                                  PATH0,   "program that prints that key, 32 bytes in base64, if it is kept elsewhere: `nf up` runs it when it starts, and stores the key in NF_RUN_DIR instead of NF_KEY_FILE") \
    X(files_dir,          "NF_FILES_DIR",          "/var/lib/nodefoundry/files",        PATH,    "boot files and images") \
    X(tftp_dir,           "NF_TFTP_DIR",           "/var/lib/nodefoundry/tftp",         PATH,    "directory served by TFTP") \
    X(hosts_dir,          "NF_HOSTS_DIR",          "/var/lib/nodefoundry/hosts",        PATH,    "DHCP bindings for dnsmasq") \
    X(spool_dir,          "NF_SPOOL_DIR",          "/var/lib/nodefoundry/spool",        PATH,    "lease events that could not be written to the store yet") \
    X(run_dir,            "NF_RUN_DIR",            "/run/nodefoundry",                  PATH,    "rendered configuration, pid files, sockets") \
    X(cache_dir,          "NF_CACHE_DIR",          "/var/cache/nodefoundry",            PATH,    "the mirror proxy's cache") \
    X(log_dir,            "NF_LOG_DIR",            "/var/log/nodefoundry",              PATH,    "access and error logs") \
    X(share_dir,          "NF_SHARE_DIR",          "/usr/share/nodefoundry",            PATH,    "shipped files: templates, agent unit") \
    X(templates_dir,      "NF_TEMPLATES_DIR",      "/etc/nodefoundry/templates",        PATH,    "your own templates; one with the same name replaces a shipped one") \
    X(lib_dir,            "NF_LIB_DIR",            "/usr/lib/nodefoundry",              PATH,    "NodeFoundry's programs and the nginx module") \
    X(idc,                "NF_IDC",                "dc1",                               WORD,    "name of this site, in keys and logs") \
    X(discovery_mode,     "NF_DISCOVERY_MODE",     "loop",                              DISCOVERY,"what a waiting machine does: loop (repeats its request in its firmware) or agent (boots nf-agent into RAM and reports its hardware)") \
    X(uefi_loader,        "NF_UEFI_LOADER",        "ipxe",                              LOADER,  "boot loader of UEFI machines on x86: ipxe, or grub (signed, for Secure Boot)") \
    X(grub_macs,          "NF_GRUB_MACS",          "",                                  MACS0,   "comma-separated MACs of UEFI machines that load GRUB even if NF_UEFI_LOADER is ipxe") \
    X(pxelinux_macs,      "NF_PXELINUX_MACS",      "",                                  MACS0,   "comma-separated MACs of BIOS machines that load PXELINUX instead of iPXE") \
    X(pxelinux_localboot, "NF_PXELINUX_LOCALBOOT", "0",                                 LOCAL,   "how PXELINUX starts a machine's own disk: 0 (return to the network card's ROM, which continues with the boot order), -1 (INT 18h, for a ROM that stops there), or ipxe (tries one drive after the other)") \
    X(agent_poll,         "NF_AGENT_POLL",         "10",                                HOLD,    "polling interval of nf-agent in RAM, in seconds") \
    X(operation_deadline, "NF_OPERATION_DEADLINE", "1800",                              SECONDS, "seconds nf-agent may take for one operation before the installation") \
    X(command_deadline,   "NF_COMMAND_DEADLINE",   "120",                               SECONDS, "seconds a BMC or a switch may take to answer one command") \
    X(command_tries,      "NF_COMMAND_TRIES",      "3",                                 COUNT,   "attempts at a BMC or switch command before the task fails") \
    X(install_vlan,       "NF_INSTALL_VLAN",       "100",                               VLAN0,   "VLAN of a switch port while its machine is being installed; empty: ports are not changed") \
    X(production_vlan,    "NF_PRODUCTION_VLAN",    "200",                               VLAN0,   "VLAN of a switch port after its machine's first installation, if the task names none; empty: the previous one") \
    X(switch_scan,        "NF_SWITCH_SCAN",        "300",                               PAUSE,   "seconds between two scans of all ports of a switch; 0: only on request") \
    X(bmc,                "NF_BMC",                "1",                                 ONOFF,   "`nf up` runs nf-bmc; 0: workers run on other hosts only") \
    X(bmc_worker,         "NF_BMC_WORKER",         "",                                  WORD0,   "name of the nf-bmc that runs here; default: the host name") \
    X(bmc_devices,        "NF_BMC_DEVICES",        "/etc/nodefoundry/bmc",              PATH,    "directory of the BMCs that nf-bmc manages: one file per node, named after its MAC") \
    X(bmc_dir,            "NF_BMC_DIR",            "/var/lib/nodefoundry/bmc",          PATH,    "nf-bmc's journal of commands") \
    X(bmc_parallel,       "NF_BMC_PARALLEL",       "40",                                WORKERS, "maximum number of IPMI commands that nf-bmc carries out at once; each is a process") \
    X(bmc_parallel_http,  "NF_BMC_PARALLEL_HTTP",  "256",                               WORKERS, "maximum number of Redfish commands that nf-bmc carries out at once; each is a connection, not a process") \
    X(bmc_enroll,         "NF_BMC_ENROLL",         "0",                                 ENROLL,  "1: nf-agent in RAM creates a user with operator privilege on its machine's BMC, and the BMC becomes a device; administrator: a user with administrator privilege; 0: neither") \
    X(bmc_broker,         "NF_BMC_BROKER",         "/etc/nodefoundry/broker",           PATH,    "file printed by `nf workers add`, if nf-bmc is not on the broker's host; if the file does not exist, NF_MQTT_BROKER is used") \
    X(worker_listen,      "NF_WORKER_LISTEN",      "",                                  ADDR0,   "address at which nf-bmc on other hosts reaches the broker by TLS; empty: none") \
    X(worker_dir,         "NF_WORKER_DIR",         "/etc/nodefoundry/workers",          PATH,    "directory of that listener's certificate and key, and of the workers' hashed passwords") \
    X(files_keep,         "NF_FILES_KEEP",         "86400",                             SECONDS, "seconds that content is kept after the last boot file or task that refers to it is gone") \
    X(user,               "NF_USER",               "nodefoundry",                       WORD,    "account of dnsmasq, nf-hook and nf-relay") \
    X(default_profile,    "NF_DEFAULT_PROFILE",    "debian-12",                         PROFILE, "profile of an installation that names none") \
    X(unique_hostnames,   "NF_UNIQUE_HOSTNAMES",   "0",                                 ONOFF,   "1: two nodes may not be given the same host name") \
    X(allow_reinstall,    "NF_ALLOW_REINSTALL",    "0",                                 ONOFF,   "1: an installed node may be reinstalled") \
    X(root_password,      "NF_ROOT_PASSWORD_HASH", "!",                                 CRYPT,   "crypt(3) hash of the root password on nodes; !: locked") \
    X(ssh_key,            "NF_SSH_KEY",            "",                                  SSHKEY0, "SSH public key for root on nodes") \
    X(time_zone,          "NF_TIME_ZONE",          "Etc/UTC",                           ZONE,    "time zone of nodes") \
    X(disk,               "NF_DISK",               "auto",                              DISK,    "disk to install on if the profile names none") \
    X(kernel_args,        "NF_KERNEL_ARGS",        "console=tty0 console=ttyS0,115200n8", ARGS,  "kernel arguments of installers") \
    X(heartbeat_interval, "NF_HEARTBEAT_INTERVAL", "60",                                BEAT,    "seconds between an agent's heartbeats; three missed: offline") \
    X(boot_deadline,      "NF_BOOT_DEADLINE",      "1800",                              SECONDS, "seconds a node may take to request its install script; with a BMC, half of it for each kind of boot flag") \
    X(install_deadline,   "NF_INSTALL_DEADLINE",   "7200",                              SECONDS, "seconds an installation may take") \
    X(first_boot_deadline,"NF_FIRST_BOOT_DEADLINE","1800",                              SECONDS, "seconds the installed system may take to report") \
    X(install_scripts,    "NF_INSTALL_SCRIPTS",    "5",                                 COUNT,   "install scripts served without a report before the task fails") \
    X(event_window,       "NF_EVENT_WINDOW",       "1000000",                           COUNT,   "events kept") \
    X(audit_window,       "NF_AUDIT_WINDOW",       "100000",                            COUNT,   "events of people's actions that are kept, independently of the others") \
    X(unknown_nodes,      "NF_UNKNOWN_NODES",      "10000",                             COUNT,   "number of discovered machines kept that nobody has named yet; the oldest are removed first") \
    X(unknown_room,       "NF_UNKNOWN_ROOM",       "128",                               COUNT,   "MiB that the inventories of such machines may occupy in total") \
    X(console_room,       "NF_CONSOLE_ROOM",       "64",                                COUNT,   "MiB that the saved consoles of machines with nf-agent in RAM may occupy in total, about 72 KiB each; the oldest are removed first") \
    X(auth,               "NF_AUTH",               "on",                                ONOFF,   "off: the API may listen beyond loopback without access control") \
    X(log_level,          "NF_LOG_LEVEL",          "info",                              LEVEL,   "err, warning, notice, info or debug") \
    X(workers,            "NF_NGINX_WORKERS",      "1",                                 WORKERS, "nginx worker processes")
/* clang-format on */

/* Every value as text, already checked; numbers by nf_setting_number(). */
struct nf_settings {
#define X(member, name, fallback, check, text) char member[NF_SETTING_MAX];
    NF_SETTINGS(X)
#undef X
};

/* All defaults. */
void nf_settings_default(struct nf_settings *settings);

/*
 * Read lines NAME=value ('#' comments, optional quotes) over what is there.
 * A fault names the variable; a file that does not exist is NF_NOT_FOUND.
 */
nf_error_t nf_settings_read(struct nf_settings *settings, const char *path,
                            struct nf_fault *fault);

/* Put one value; NF_NOT_FOUND for a name that is not in the table. */
nf_error_t nf_settings_set(struct nf_settings *settings, const char *name,
                           struct nf_text value, struct nf_fault *fault);

/*
 * Defaults, then the file that NF_CONFIG names (or the default path when it
 * exists), then NF_* of the process's environment, where a name that is not in
 * the table is a fault; NF_CONFIG, NF_API and NF_TEST_* are no settings.
 */
nf_error_t nf_settings_load(struct nf_settings *settings,
                            struct nf_fault *fault);

/*
 * Derive what follows from others once all are set: install_addr, agent_broker,
 * and http_addr with its address.  server_addr is not derived here (that asks
 * the kernel); a fault says what is missing or contradicts something else.
 */
nf_error_t nf_settings_settle(struct nf_settings *settings,
                              struct nf_fault *fault);

/* The checked value of NAME, or NULL for a name that is not in the table. */
const char *nf_settings_get(const struct nf_settings *settings,
                            const char *name);

/* Whether NF_MQTT_BROKER is this machine, by the look of it. */
bool nf_settings_broker_is_local(const struct nf_settings *settings);

/* A checked number, and whether a switch is on. */
int64_t nf_setting_number(const char *value);
bool nf_setting_is_on(const char *value);

/* PXELINUX's own word for the disk, "" when iPXE starts it. */
const char *nf_setting_localboot(const struct nf_settings *settings);

enum {
    NF_RUN_PATH = NF_SETTING_MAX + 32
};

/* The path of a file in NF_RUN_DIR, such as "relay/state": 30 bytes at most. */
void nf_run_path(const struct nf_settings *settings, const char *name,
                 char path[static NF_RUN_PATH]);

/* One row of the table, for listings; NULL name at the end. */
struct nf_setting_row {
    const char *name, *fallback, *text;
};
extern const struct nf_setting_row nf_setting_rows[];

#endif
