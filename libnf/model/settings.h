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
    X(http_addr,          "NF_HTTP_ADDR",          ":8080",                             ADDR,    "where the API listens; loopback only unless NF_AUTH=off is set by hand") \
    X(http_hosts,         "NF_HTTP_HOSTS",         "",                                  HOSTS0,  "names (or addresses) that the API answers to, divided by commas, besides loopback, the address that was connected to and this machine's own host name") \
    X(install_addr,       "NF_INSTALL_ADDR",       "",                                  ADDR0,   "where nodes are served; default: NF_SERVER_ADDR") \
    X(server_addr,        "NF_SERVER_ADDR",        "",                                  SERVER0, "address[:port] that nodes reach us by; default: NF_DHCP_INTERFACE's own, port 8081") \
    X(interface,          "NF_DHCP_INTERFACE",     "",                                  WORD0,   "network interface of the install network") \
    X(dhcp_addr,          "NF_DHCP_ADDR",          ":67",                               ADDR,    "where DHCP listens; only port 67 can serve firmware") \
    X(dhcp_mode,          "NF_DHCP_MODE",          "server",                            DHCP,    "server, proxy (beside another DHCP server) or off") \
    X(dhcp_start,         "NF_DHCP_IP_POOL_START", "",                                  IP0,     "first address that is leased") \
    X(dhcp_end,           "NF_DHCP_IP_POOL_END",   "",                                  IP0,     "last address that is leased") \
    X(dhcp_netmask,       "NF_DHCP_NETMASK",       "255.255.255.0",                     MASK,    "netmask of the install network") \
    X(dhcp_gateway,       "NF_DHCP_GATEWAY",       "",                                  IP0,     "router given to nodes; empty: none") \
    X(dhcp_dns,           "NF_DHCP_DNS",           "",                                  IPS0,    "DNS servers given to nodes; default: ourselves") \
    X(dhcp_lease_time,    "NF_DHCP_LEASE_TIME",    "3600",                              LEASE,   "seconds a lease lasts") \
    X(dhcp_vlan,          "NF_DHCP_VLAN",          "",                                  VLAN0,   "VLAN that nodes have to tag on the install network; empty: none") \
    X(dhcp_ranges,        "NF_DHCP_RANGES",        "",                                  RANGES0, "subnets behind DHCP relays, divided by blanks: FIRST-LAST/BITS[,gateway=IP][,dns=IP+IP][,lease=SECONDS][,vlan=NUMBER]") \
    X(dhcp_ra,            "NF_DHCP_RA",            "off",                               ONOFF,   "on: announce the interface's IPv6 prefixes; iPXE waits 13 s for an announcement") \
    X(node_rule,          "NF_NODE_RULE",          "pxe",                               RULE,    "which DHCP clients become nodes: pxe, all or none") \
    X(boot_register,      "NF_BOOT_REGISTER",      "on",                                ONOFF,   "a boot script request of an unknown MAC makes a node") \
    X(boot_wait,          "NF_BOOT_WAIT",          "poll",                              WAIT,    "how a waiting node waits: poll (held open) or sleep") \
    X(boot_wait_seconds,  "NF_BOOT_WAIT_SECONDS",  "30",                                HOLD,    "how long one long poll, or one sleep, lasts") \
    X(mqtt_broker,        "NF_MQTT_BROKER",        "localhost:1883",                    HOSTPORT,"MQTT broker that nf-relay uses") \
    X(agent_broker,       "NF_AGENT_BROKER",       "",                                  HOSTPORT0,"MQTT broker that nodes are told; default: NF_SERVER_ADDR's host, port 1883, or NF_MQTT_BROKER when that is elsewhere") \
    X(mirror_url,         "NF_MIRROR_URL",         "deb.debian.org",                    MIRROR,  "Debian mirror: host[:port][/path], http://... or unix:/path of a socket; reached through our caching proxy") \
    X(db_path,            "NF_DB_PATH",            "/var/lib/nodefoundry/nodes.db",     PATH,    "the store") \
    X(key_file,           "NF_KEY_FILE",           "/etc/nodefoundry/site.key",         PATH,    "key of install tokens and sealed secrets") \
    X(key_command,        "NF_KEY_COMMAND",        "",                                  PATH0,   "program that prints that key, 32 bytes in base64, from wherever it is kept: `nf up` runs it at its start, and the key lies in NF_RUN_DIR instead of NF_KEY_FILE") \
    X(files_dir,          "NF_FILES_DIR",          "/var/lib/nodefoundry/files",        PATH,    "boot files and images") \
    X(tftp_dir,           "NF_TFTP_DIR",           "/var/lib/nodefoundry/tftp",         PATH,    "what TFTP serves") \
    X(hosts_dir,          "NF_HOSTS_DIR",          "/var/lib/nodefoundry/hosts",        PATH,    "DHCP bindings for dnsmasq") \
    X(spool_dir,          "NF_SPOOL_DIR",          "/var/lib/nodefoundry/spool",        PATH,    "lease events that the store refused for now") \
    X(run_dir,            "NF_RUN_DIR",            "/run/nodefoundry",                  PATH,    "rendered configuration, pid files, sockets") \
    X(cache_dir,          "NF_CACHE_DIR",          "/var/cache/nodefoundry",            PATH,    "the mirror proxy's cache") \
    X(log_dir,            "NF_LOG_DIR",            "/var/log/nodefoundry",              PATH,    "access and error logs") \
    X(share_dir,          "NF_SHARE_DIR",          "/usr/share/nodefoundry",            PATH,    "what is shipped: templates, agent unit") \
    X(templates_dir,      "NF_TEMPLATES_DIR",      "/etc/nodefoundry/templates",        PATH,    "your own templates; one of the same name replaces ours") \
    X(lib_dir,            "NF_LIB_DIR",            "/usr/lib/nodefoundry",              PATH,    "our programs and the nginx module") \
    X(idc,                "NF_IDC",                "dc1",                               WORD,    "name of this site, in keys and logs") \
    X(discovery_mode,     "NF_DISCOVERY_MODE",     "loop",                              DISCOVERY,"what a machine that waits does: loop (asks again in its firmware) or agent (boots nf-agent into RAM and reports its hardware)") \
    X(uefi_loader,        "NF_UEFI_LOADER",        "ipxe",                              LOADER,  "what UEFI machines on x86 load first: ipxe, or grub (signed, for Secure Boot)") \
    X(grub_macs,          "NF_GRUB_MACS",          "",                                  MACS0,   "MACs of UEFI machines that load GRUB although NF_UEFI_LOADER says ipxe, divided by commas") \
    X(pxelinux_macs,      "NF_PXELINUX_MACS",      "",                                  MACS0,   "MACs of BIOS machines that load PXELINUX instead of iPXE, divided by commas") \
    X(pxelinux_localboot, "NF_PXELINUX_LOCALBOOT", "0",                                 LOCAL,   "how PXELINUX starts a machine's own disk: 0 (back to the network card's ROM, which goes on in the boot order), -1 (INT 18h, for a ROM that stops then), or ipxe (one drive after the other)") \
    X(agent_poll,         "NF_AGENT_POLL",         "10",                                HOLD,    "seconds between the questions of nf-agent in RAM") \
    X(operation_deadline, "NF_OPERATION_DEADLINE", "1800",                              SECONDS, "how long nf-agent may take for one operation before the installation") \
    X(command_deadline,   "NF_COMMAND_DEADLINE",   "120",                               SECONDS, "how long a BMC or a switch may take to answer one command") \
    X(command_tries,      "NF_COMMAND_TRIES",      "3",                                 COUNT,   "commands to a BMC or a switch before the task fails") \
    X(install_vlan,       "NF_INSTALL_VLAN",       "100",                               VLAN0,   "VLAN that a switch port is in while its machine is installed; empty: ports stay as they are") \
    X(production_vlan,    "NF_PRODUCTION_VLAN",    "200",                               VLAN0,   "VLAN of a switch port whose machine is installed for the first time, when its task names none; empty: the one it was in before") \
    X(switch_scan,        "NF_SWITCH_SCAN",        "300",                               PAUSE,   "seconds between two looks at all ports of a switch; 0: only when somebody asks") \
    X(bmc,                "NF_BMC",                "1",                                 ONOFF,   "`nf up` runs nf-bmc; 0: workers are on other hosts only") \
    X(bmc_worker,         "NF_BMC_WORKER",         "",                                  WORD0,   "name of the nf-bmc that runs here; default: the host's") \
    X(bmc_devices,        "NF_BMC_DEVICES",        "/etc/nodefoundry/bmc",              PATH,    "the BMCs that nf-bmc knows: a file for each node, named by its MAC") \
    X(bmc_dir,            "NF_BMC_DIR",            "/var/lib/nodefoundry/bmc",          PATH,    "nf-bmc's journal of commands") \
    X(bmc_parallel,       "NF_BMC_PARALLEL",       "40",                                WORKERS, "commands by IPMI that nf-bmc carries out at once: each is a process") \
    X(bmc_parallel_http,  "NF_BMC_PARALLEL_HTTP",  "256",                               WORKERS, "commands by Redfish that nf-bmc carries out at once: each is a connection, and no process") \
    X(bmc_enroll,         "NF_BMC_ENROLL",         "0",                                 ENROLL,  "1: nf-agent in RAM makes a user on its machine's own BMC, an operator, and the BMC is a device from then on; administrator: a user of that level; 0: neither") \
    X(bmc_broker,         "NF_BMC_BROKER",         "/etc/nodefoundry/broker",           PATH,    "what `nf workers add` printed, where nf-bmc is on another host than the broker; without this file it uses NF_MQTT_BROKER") \
    X(worker_listen,      "NF_WORKER_LISTEN",      "",                                  ADDR0,   "where nf-bmc of other hosts reaches our broker, by TLS; empty: nowhere") \
    X(worker_dir,         "NF_WORKER_DIR",         "/etc/nodefoundry/workers",          PATH,    "certificate and key of that listener, and the workers' passwords, hashed") \
    X(files_keep,         "NF_FILES_KEEP",         "86400",                             SECONDS, "how long content that no boot file names any more is kept") \
    X(user,               "NF_USER",               "nodefoundry",                       WORD,    "account of dnsmasq, nf-hook and nf-relay") \
    X(default_profile,    "NF_DEFAULT_PROFILE",    "debian-12",                         PROFILE, "profile of an install that names none") \
    X(unique_hostnames,   "NF_UNIQUE_HOSTNAMES",   "0",                                 ONOFF,   "1: no two nodes may be given one host name") \
    X(allow_reinstall,    "NF_ALLOW_REINSTALL",    "0",                                 ONOFF,   "1: an installed node may be reinstalled") \
    X(root_password,      "NF_ROOT_PASSWORD_HASH", "!",                                 CRYPT,   "crypt(3) hash of root's password on nodes; !: locked") \
    X(ssh_key,            "NF_SSH_KEY",            "",                                  SSHKEY0, "public key for root on nodes") \
    X(time_zone,          "NF_TIME_ZONE",          "Etc/UTC",                           ZONE,    "time zone of nodes") \
    X(disk,               "NF_DISK",               "auto",                              DISK,    "disk to install on, when the profile names none") \
    X(kernel_args,        "NF_KERNEL_ARGS",        "console=tty0 console=ttyS0,115200n8", ARGS,  "kernel arguments of installers") \
    X(heartbeat_interval, "NF_HEARTBEAT_INTERVAL", "60",                                BEAT,    "seconds between an agent's heartbeats; three missed: offline") \
    X(boot_deadline,      "NF_BOOT_DEADLINE",      "1800",                              SECONDS, "how long a node may take to ask for its install script; with a BMC half of it by each boot flag") \
    X(install_deadline,   "NF_INSTALL_DEADLINE",   "7200",                              SECONDS, "how long an installation may take") \
    X(first_boot_deadline,"NF_FIRST_BOOT_DEADLINE","1800",                              SECONDS, "how long the installed system may take to report") \
    X(install_scripts,    "NF_INSTALL_SCRIPTS",    "5",                                 COUNT,   "install scripts served before a silent installer fails its task") \
    X(event_window,       "NF_EVENT_WINDOW",       "1000000",                           COUNT,   "events kept") \
    X(audit_window,       "NF_AUDIT_WINDOW",       "100000",                            COUNT,   "events kept of what people did, whatever became of the others") \
    X(unknown_nodes,      "NF_UNKNOWN_NODES",      "10000",                             COUNT,   "machines kept that showed themselves and that nobody has named yet; the oldest give way") \
    X(unknown_room,       "NF_UNKNOWN_ROOM",       "128",                               COUNT,   "MiB that the inventories of such machines may take together") \
    X(console_room,       "NF_CONSOLE_ROOM",       "64",                                COUNT,   "MiB that the kept consoles of machines with nf-agent in RAM may take together, some 72 KiB each; of the others the oldest give way") \
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

/* One row of the table, for listings; NULL name at the end. */
struct nf_setting_row {
    const char *name, *fallback, *text;
};
extern const struct nf_setting_row nf_setting_rows[];

#endif
