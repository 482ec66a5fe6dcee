/*
 * Every subcommand: help, completion and the manual's test read this table.
 */

#include <string.h>

#include "command.h"

enum {
    ANY = 99
};

/* What every list takes. */
#define LIST                                                                   \
    "[-o|--output table|wide|json|yaml|csv|name] [--sort COLUMN] "             \
    "[--filter COLUMN=VALUE] [--no-headers] [-w|--watch] [--json]"

/* What every command takes that shows one object. */
#define SHOW "[-o|--output table|json|yaml] [--json] "

/* clang-format off */
const struct nf_verb nf_commands[] = {
    { "up", "", "run the whole bastion in the foreground\n"
      "\n"
      "Renders the configuration into NF_RUN_DIR, makes directories and the store\n"
      "when they are missing, then runs nginx, dnsmasq, mosquitto and nf-relay, and\n"
      "restarts any that exits.  SIGTERM or Ctrl-C stops everything; SIGHUP rereads\n"
      "the settings and reloads what they change.",
      nf_command_up, 0, 0 },
    { "nodes", "[--status STATUS] [-l|--label SELECTOR] [--online] " LIST, "list the nodes, newest first\n"
      "\n"
      "SELECTOR          of labels: key=value, key!=value, key, !key, comma-separated; all\n"
      "                  must match",
      nf_command_nodes, 0, ANY },
    { "node", SHOW "NODE...", "show nodes",
      nf_command_node, 1, ANY },
    { "hardware", SHOW "NODE...", "show the hardware that nf-agent found in nodes",
      nf_command_hardware, 1, ANY },
    { "rename", "[--json] NODE NAME", "give a node its host name",
      nf_command_rename, 2, ANY },
    { "address", "[--json] NODE IP[/MASK] [--gateway IP] [--dns IP,IP] | NODE --dhcp", "give a node an address of its own, or let DHCP give it one\n"
      "\n"
      "MASK is 24 or 255.255.255.0; a node that has a netmask keeps it without one.\n"
      "--dhcp   remove the node's address, netmask, gateway and DNS servers",
      nf_command_address, 2, ANY },
    { "macs", "[--json] NODE [--add MAC] [--remove MAC] | NODE --replace OLD NEW", "list, add, remove or replace a node's network cards\n"
      "\n"
      "--add, --remove    one of the node's further cards\n"
      "--replace OLD NEW  the card OLD was replaced by NEW.  If OLD identifies the node, NEW\n"
      "                   identifies it from then on, and the node keeps its labels,\n"
      "                   hardware, tasks, BMC, switch port, address and events",
      nf_command_macs, 1, ANY },
    { "profile", "[--json] NODE PROFILE", "choose what a node's next task installs\n"
      "\n"
      "It is used once, by the next task or installation that names no profile.  \"\"\n"
      "removes it.",
      nf_command_profile, 2, ANY },
    { "delete", "[--dry-run] [--yes] NODE... | -l|--label SELECTOR", "delete nodes; their tasks and events stay\n"
      "\n"
      "--dry-run   let the server check it, show which, and change nothing\n"
      "--yes       do not ask; required for more than one without a terminal",
      nf_command_delete, 1, ANY },
    { "export", "[--format csv|json] [-l|--label SELECTOR]", "print the inventory of all nodes\n"
      "\n"
      "For each node: names, addresses, hardware, disks with serial numbers, BMC, switch\n"
      "port and labels.",
      nf_command_export, 0, ANY },
    { "install", "[--profile PROFILE] [--force] [--dry-run] [--yes] [--json] NODE... | -l|--label SELECTOR", "install nodes now, without waiting for an approval\n"
      "\n"
      "--force     start even if something that the installation requires is missing\n"
      "--dry-run   let the server check it, show which, and change nothing\n"
      "--yes       do not ask; required for more than one without a terminal",
      nf_command_install, 1, ANY },
    { "label", "[--dry-run] [--json] NODE... KEY=VALUE|KEY-... | -l|--label SELECTOR KEY=VALUE|KEY-...", "set labels of nodes, or remove them (KEY-)",
      nf_command_label, 2, ANY },
    { "serial", "[--json] NODE NUMBER", "correct the serial number of a node\n"
      "\n"
      "\"\" removes it; the next report of the machine sets it again.",
      nf_command_serial, 2, ANY },
    { "labels list", "[-l|--label SELECTOR] " LIST, "list the nodes that have labels",
      nf_command_labels_list, 0, ANY },
    { "labels import", "[--dry-run] FILE", "set the labels of many nodes from a CSV file\n"
      "\n"
      "The first line has the titles: node, and the keys of the labels.  Every other line\n"
      "has a node and its values; an empty cell changes nothing, - removes the label.  FILE - is\n"
      "standard input.\n"
      "--dry-run   let the server check it, show which, and change nothing",
      nf_command_labels_import, 1, ANY },
    { "labels export", "[-l|--label SELECTOR]", "print the labels of nodes as a CSV file for nf labels import",
      nf_command_labels_export, 0, 2 },
    { "reinstall", "[--profile PROFILE] [--force] [--dry-run] [--yes] [--yes-wipe] [--json] NODE... | -l|--label SELECTOR", "install nodes again, after a failure or when allowed\n"
      "\n"
      "--force     start even if something that the installation requires is missing\n"
      "--dry-run   let the server check it, show which, and change nothing\n"
      "--yes       do not ask; required without a terminal for more than one node, and for\n"
      "            one that is installed\n"
      "--yes-wipe  like --yes, and consent to wiping these nodes even though\n"
      "            NF_ALLOW_REINSTALL is off",
      nf_command_reinstall, 1, ANY },
    { "reboot", "[--wait] [--timeout SECONDS] [--json] NODE...", "restart nodes through their agents\n"
      "\n"
      "--wait             wait for the outcome; exit status 1 unless all were restarted\n"
      "--timeout SECONDS  do not start later than this (600)",
      nf_command_reboot, 1, ANY },
    { "power", "[--no-wait] [--json] on|off|reset|cycle|soft|nmi|status NODE... | -l|--label SELECTOR", "switch nodes on or off through their BMCs\n"
      "\n"
      "reset and cycle switch a node off, check that it is off, and switch it on again.\n"
      "All nodes are handled at the same time, with one line for each outcome.  Those that\n"
      "failed are listed again at the end, and the exit status is 1 unless all succeeded.\n"
      "--no-wait          do not wait for the outcome",
      nf_command_power, 2, ANY },
    { "bootdev", "[--persistent] [--bios] [--no-wait] [--json] none|pxe|disk|cdrom|bios NODE... | -l|--label SELECTOR", "choose what nodes boot from, through their BMCs\n"
      "\n"
      "--persistent       at every boot, not only the next\n"
      "--bios             for a machine that boots with its BIOS instead of UEFI\n"
      "--no-wait          do not wait for the outcome",
      nf_command_bootdev, 2, ANY },
    { "commands list", LIST " NODE...", "list the commands given to nodes, their BMCs and switches, newest first",
      nf_command_commands_list, 1, ANY },
    { "commands cancel", "COMMAND...", "cancel commands that have not started\n"
      "\n"
      "One that was sent already may still be carried out; its state is then unknown.\n"
      "Commands of a task are cancelled with their task.",
      nf_command_commands_cancel, 1, ANY },
    { "devices list", "[--kind bmc|switch] " LIST, "list the managed BMCs and switches and their last known state",
      nf_command_devices_list, 0, ANY },
    { "devices show", SHOW "DEVICE...", "show BMCs or switches",
      nf_command_devices_show, 1, ANY },
    { "devices set", "[--driver ipmi|redfish|snmp|ios|nxos|vrp|comware|eapi] [--address ADDRESS] [--credentials SET] [--pin PIN] [--node NODE] [--json] DEVICE", "add a BMC or a switch, or change one\n"
      "\n"
      "--driver, --address   required for a new one; ADDRESS is NAME, NAME:PORT or [IPv6]:PORT\n"
      "--credentials SET     the user and password; by default those of the worker's file\n"
      "--pin PIN             sha256//...: the key of a Redfish or eAPI service whose certificate\n"
      "                      is not signed by an authority; SHA256:...: the SSH host key of a switch\n"
      "--node NODE           the node that the BMC belongs to; for a switch see nf port link\n"
      "Options that are not given keep their values; \"\" removes a value.",
      nf_command_devices_set, 1, ANY },
    { "devices scan", "[--add [--credentials SET] [--trust]] [--driver ipmi|redfish] [--rate N] [--json] RANGE...", "search for BMCs from this host\n"
      "\n"
      "RANGE is 10.0.0.5, 10.0.0.5-10.0.0.90 or 10.0.0.0/24.  No login is attempted.\n"
      "--add              add each new one as bmc-ADDRESS, with Redfish where it is offered\n"
      "--credentials SET  the user and password of those that are added\n"
      "--trust            pin the key that a Redfish service presents now\n"
      "--rate N           addresses per second",
      nf_command_devices_scan, 1, ANY },
    { "devices delete", "DEVICE...", "remove BMCs or switches; the machines themselves are not touched",
      nf_command_devices_delete, 1, ANY },
    { "devices link", "DEVICE NODE", "set the node that a BMC belongs to",
      nf_command_devices_link, 2, ANY },
    { "devices unlink", "DEVICE...", "unlink BMCs from their nodes",
      nf_command_devices_unlink, 1, ANY },
    { "credentials list", LIST, "list the credential sets of devices",
      nf_command_credentials_list, 0, ANY },
    { "credentials set", "[--user USER] [--auth MD5|SHA|SHA-224|SHA-256|SHA-384|SHA-512] [--priv DES|AES] [--password-file FILE | --keep-password] [--priv-password-file FILE] SET", "add a credential set, or change one\n"
      "\n"
      "Passwords are read without echo, or from the next lines of standard input if that is\n"
      "not a terminal.  They are never arguments, and never shown again.\n"
      "--user USER                 without a user, the password is an SNMP v2c community\n"
      "--auth, --priv              for SNMPv3, which has a second password for encryption\n"
      "--password-file FILE        read the password from the first line; - is standard input\n"
      "--priv-password-file FILE   the same for the second password\n"
      "--keep-password             leave the passwords as they are\n"
      "Options that are not given keep their values; \"\" removes a value.",
      nf_command_credentials_set, 1, ANY },
    { "credentials delete", "SET...", "remove credential sets that no device uses",
      nf_command_credentials_delete, 1, ANY },
    { "ports", "[--now] " LIST " SWITCH...", "list the ports of switches as last seen, and what is connected to them\n"
      "\n"
      "--now   read the switch now and wait for the result",
      nf_command_ports, 1, ANY },
    { "topology", "[--dot] " LIST, "list the switch ports and the nodes, switches and neighbors connected to them\n"
      "\n"
      "--dot   print a graph for Graphviz: nf topology --dot | dot -Tsvg",
      nf_command_topology, 0, ANY },
    { "port link", "NODE SWITCH PORT", "set the switch port that a node is connected to",
      nf_command_port_link, 3, ANY },
    { "port unlink", "NODE...", "remove the manually set switch ports of nodes",
      nf_command_port_unlink, 1, ANY },
    { "port show", "[--json] NODE...", "show the switch ports of nodes, and the saved settings of those ports",
      nf_command_port_show, 1, ANY },
    { "port set", "[--force] [--no-wait] [--json] SWITCH PORT NAME=VALUE...", "change a port of a switch\n"
      "\n"
      "mode=access|trunk   with vlan=, and tagged= for a trunk\n"
      "vlan=N              access VLAN; for a trunk the native VLAN, 0 for none\n"
      "tagged=1,5-7        VLANs of a trunk\n"
      "admin=up|down\n"
      "description=TEXT    \"\" removes it\n"
      "The port is read back afterwards, and the switch saves its configuration.\n"
      "--force             change even a port that leads to other switches\n"
      "--no-wait           do not wait for it",
      nf_command_port_set, 3, ANY },
    { "port restore", "[--no-wait] [--json] NODE...", "restore the switch ports of nodes to what they were before a task moved them\n"
      "\n"
      "--no-wait           do not wait for it",
      nf_command_port_restore, 1, ANY },
    { "workers accept", "WORKER FINGERPRINT", "allow a worker to receive device passwords\n"
      "\n"
      "FINGERPRINT is printed by nf-bmc key on the worker's host: SHA256:...  A worker that\n"
      "presents another key is refused.  The one that nf up runs is accepted already.",
      nf_command_workers_accept, 2, 2 },
    { "workers forget", "WORKER...", "remove workers and their keys",
      nf_command_workers_forget, 1, ANY },
    { "workers add", "NAME", "allow nf-bmc on another host to connect to the broker\n"
      "\n"
      "Prints a file with its password, to be put on its host as /etc/nodefoundry/broker,\n"
      "mode 0600; it is printed only once.  A worker that has a password already gets a new\n"
      "one and is disconnected.  Requires NF_WORKER_LISTEN; run it on the bastion as root.",
      nf_command_workers_add, 1, 1 },
    { "workers remove", "NAME", "disconnect a worker that nf workers add allowed, and remove its account\n"
      "\n"
      "Run on the bastion as root.",
      nf_command_workers_remove, 1, 1 },
    { "workers", LIST, "list the workers that carry out commands on BMCs and switches",
      nf_command_workers, 0, ANY },
    { "tasks", "[--status STATUS] [-l|--label SELECTOR] " LIST, "list the tasks, newest first",
      nf_command_tasks, 0, ANY },
    { "task", SHOW "TASK...", "show tasks and their steps",
      nf_command_task, 1, ANY },
    { "create", "--sn SN | --mac MAC | --file FILE [OPTION...]", "create installation tasks, which wait for approval\n"
      "\n"
      "--sn SERIAL, --mac MAC   the machine; it need not have been seen yet\n"
      "--profile PROFILE        what to install, or:\n"
      "--os TYPE --os-version V the system; a profile that installs it is chosen\n"
      "--hostname, --bootfile, --notes\n"
      "--file FILE              JSON: a task as the API takes it, or a list of them; or CSV:\n"
      "                         the first line names the members (sn,mac,network.ip,tags),\n"
      "                         lists are separated by blanks or |.  - is standard input.\n"
      "                         Other options apply to tasks that do not set them\n"
      "--yes-wipe               consent to wiping the nodes that are named by MAC, even though\n"
      "                         NF_ALLOW_REINSTALL is off\n"
      "--dry-run                let the server check it, show what would be created and what\n"
      "                         refused, and create nothing\n"
      "--json                   print the server's answer",
      nf_command_create, 1, ANY },
    { "approve", "[--notes TEXT] [--force] [--when-it-boots] [--dry-run] [--json] TASK... | --all | -l|--label SELECTOR", "approve tasks so that they start\n"
      "\n"
      "--when-it-boots   the machine is off: its boot deadline starts with its first sign of\n"
      "                  life, or when its BMC switches it on\n"
      "--force           approve even if something that the installation requires is missing\n"
      "--dry-run         let the server check it, show which, and change nothing",
      nf_command_approve, 1, ANY },
    { "reject", "[--reason TEXT] [--dry-run] [--json] TASK... | -l|--label SELECTOR", "reject tasks that wait for approval",
      nf_command_reject, 1, ANY },
    { "cancel", "[--reason TEXT] [--dry-run] [--json] TASK... | -l|--label SELECTOR", "stop tasks and undo their changes to BMCs, switches and DHCP",
      nf_command_cancel, 1, ANY },
    { "retry", "[--refresh] [--force] [--dry-run] [--yes] [--json] TASK... | -l|--label SELECTOR", "start failed or cancelled tasks again\n"
      "\n"
      "--refresh   use the profiles as they are now, not the tasks' own copies of them\n"
      "--force     start even if something that the installation requires is missing\n"
      "--dry-run   let the server check it, show which, and change nothing\n"
      "--yes       do not ask; required for more than one without a terminal",
      nf_command_retry, 1, ANY },
    { "forget", "[--dry-run] TASK...", "remove finished tasks; their events are kept",
      nf_command_forget, 1, ANY },
    { "watch", "[--json] [TASK...]", "follow tasks as they progress\n"
      "\n"
      "With tasks: until all have finished; exit status 1 unless all completed.\n"
      "Without: all unfinished tasks and the latest failures, until Ctrl-C.\n"
      "--json   print a line of JSON for each change",
      nf_command_watch, 0, ANY },
    { "status", "[--json]", "show problems of the bastion, and count nodes and tasks\n"
      "\n"
      "Each problem is shown with its cause, since when, and what to do.  The exit status\n"
      "is 1 if there is one.",
      nf_command_status, 0, ANY },
    { "console", "[-f|--follow] NODE", "print what a machine printed while nf-agent is in its RAM\n"
      "\n"
      "The last 64 KB: nf-agent's own lines, and the output of scripts and programs that it\n"
      "started.  Kept while the machine has a task and for a day afterwards.\n"
      "-f, --follow   keep running, and print new output",
      nf_command_console, 1, ANY },
    { "why", "[--json] NODE | TASK...", "explain what nodes or tasks are waiting for, and show their steps",
      nf_command_why, 1, ANY },
    { "profiles list", LIST, "list the profiles",
      nf_command_profiles_list, 0, ANY },
    { "profiles show", SHOW "PROFILE...", "print profiles",
      nf_command_profiles_show, 1, ANY },
    { "profiles put", "PROFILE FILE", "add or replace a profile (- is standard input)",
      nf_command_profiles_put, 2, ANY },
    { "profiles delete", "PROFILE...", "delete profiles",
      nf_command_profiles_delete, 1, ANY },
    { "unmatched", LIST, "list machines that reported but match no task",
      nf_command_unmatched, 0, ANY },
    { "bindings", LIST, "list the DHCP bindings that were made manually",
      nf_command_bindings, 0, ANY },
    { "leases", LIST, "list the DHCP leases",
      nf_command_leases, 0, ANY },
    { "bind", "[--hostname H] [--bootfile F] MAC IP", "bind an IP address to a MAC address",
      nf_command_bind, 2, ANY },
    { "unbind", "MAC...", "remove DHCP bindings",
      nf_command_unbind, 1, ANY },
    { "pxe", "MAC... | " LIST, "list the PXELINUX files, or print some",
      nf_command_pxe, 0, ANY },
    { "render", "[--with-token] [--uefi] NODE [KIND]", "print what would be served to a node now\n"
      "\n"
      "KIND: boot (default), preseed, autoinstall, kickstart, image, pxelinux, grub.\n"
      "--uefi renders for UEFI firmware (autoinstall answers).\n"
      "Works on the store of this machine, without a server.  The token of an\n"
      "installation is hidden unless --with-token is given, which requires the key file.",
      nf_command_render, 1, ANY },
    { "doctor", "[--json]", "check the bastion as a node would see it, and say what is wrong\n"
      "\n"
      "On the bastion, as root: a DHCP offer and its boot file, other DHCP servers on the\n"
      "wire, loaders by TFTP, the boot script, nf-agent's files, the default profile, the\n"
      "mirror, the broker, the API, disk space and clock.  Prints a line for each: ok, warn\n"
      "or fail; the exit status is 1 if one failed.  It changes nothing.",
      nf_command_doctor, 0, 1 },
    { "config check", "", "check the settings",
      nf_config_check, 0, 0 },
    { "config list", LIST, "list the settings with value, default and meaning",
      nf_config_list, 0, ANY },
    { "config render", "DIR", "write the configuration files of nginx, dnsmasq and mosquitto\n"
      "\n"
      "Writes nginx.conf, dnsmasq.conf, mosquitto.conf, mosquitto.acl, and the settings\n"
      "they were made from as nodefoundry.conf.  Each file appears whole or not at all.",
      nf_config_render, 1, 1 },
    { "store init", "", "create the store, the key file and the directories\n"
      "\n"
      "What exists already is left unchanged.",
      nf_command_store_init, 0, 0 },
    { "store migrate", "[--backup FILE]", "convert the store of an earlier version\n"
      "\n"
      "No program may have the store open.  The old store is first copied to FILE, which\n"
      "must not exist; by default to the store's own name with .schemaN appended, N being\n"
      "its schema.  The store is rewritten as a whole or not at all; one that has the\n"
      "current schema already is left unchanged.",
      nf_command_migrate, 0, 2 },
    { "store check", "", "check the store for consistency\n"
      "\n"
      "Reads every record, and checks that each index has the rows for its records and no\n"
      "others.  Writers may be active: the store is read as of one moment.  Prints a line\n"
      "for each fault, at most 100; the exit status is 1 if there is one.",
      nf_command_store_check, 0, 0 },
    { "dump", "[--prefix PREFIX]", "print the store's contents as JSON lines\n"
      "\n"
      "PREFIX is the beginning of a key as it is printed, such as nodes/5254.  With one that\n"
      "begins with /os/ the same state is printed under the keys of a site's key-value\n"
      "store, such as /os/dc1/servers/.",
      nf_command_dump, 0, 2 },
    { "events", "[--since N] [--follow] [--people] " LIST, "print the event log, oldest first\n"
      "\n"
      "A table on a terminal; elsewhere, without -o, one line of JSON per event.  Works on\n"
      "the store of this machine, without a server.\n"
      "\n"
      "--since N         those after number N\n"
      "--follow          the same as --watch\n"
      "--people          only people's actions, including those already trimmed from the log",
      nf_command_events, 0, ANY },
    { "files list", LIST " [PREFIX]", "list the boot files\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_list, 0, ANY },
    { "files put", "PATH FILE", "serve FILE to nodes at PATH\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_put, 2, 2 },
    { "files get", "PATH FILE", "write the file at PATH to FILE (- is standard output)\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_get, 2, 2 },
    { "files rm", "PATH...", "remove boot files; contents are kept for NF_FILES_KEEP\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_rm, 1, ANY },
    { "files import", "[--as PREFIX] SOURCE", "import a netboot tree, an archive, an ISO or one file\n"
      "\n"
      "A directory, a tar archive (compressed or not) or an ISO is imported file by file,\n"
      "anything else as one file; a qcow2 image is converted to raw.  The paths are below\n"
      "PREFIX.  Files that are there already are not copied again, so an interrupted import\n"
      "can be repeated.  Files whose names are not valid for boot files are reported and\n"
      "skipped.  Requires bsdtar for archives and qemu-img for qcow2.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_import, 1, 3 },
    { "files gc", "[--dry-run]", "remove contents and uploads that are no longer used\n"
      "\n"
      "Those unused for longer than NF_FILES_KEEP; nf-relay does the same once an hour.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_gc, 0, 1 },
    { "files check", "", "verify all contents and report damaged or missing ones\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_check, 0, 0 },
    { "images make", "[--kernel full|cloud] debian-12", "build the kernel, RAM disk and image for installing nodes\n"
      "\n"
      "Builds, below NF_FILES_DIR, the RAM disk that discovered machines boot and the image\n"
      "of the profile debian-image, from current Debian packages.  Installs the programs\n"
      "that it requires if they are missing.  Takes a few minutes and shows its progress.\n"
      "\n"
      "--kernel   full: with drivers for real hardware (default); cloud: for virtual machines",
      nf_command_images_make, 1, 3 },
    { "completion", "bash | zsh | fish", "print the completion script for a shell\n"
      "\n"
      "In bash: source <(nf completion bash).  The script asks nf for the commands,\n"
      "options, and the names of existing nodes, tasks and profiles.",
      nf_command_completion, 1, ANY },
    { "backup", "FILE", "write a consistent and compact copy of the running store",
      nf_command_backup, 1, 1 },
    { "restore", "FILE", "replace the store with a backup\n"
      "\n"
      "No program may have the store open.  The previous store is kept next to the new\n"
      "one, with .before-restore appended to its name.",
      nf_command_restore, 1, 1 },
    { 0 },
};
/* clang-format on */

/* How many words of argv the command's name takes, 0 when it is not meant. */
static int
words_taken(const struct nf_verb *c, int argc, char **argv)
{
    const char *blank = strchr(c->name, ' ');
    size_t first = blank != NULL ? (size_t) (blank - c->name) : strlen(c->name);

    if (argc < 1 || strlen(argv[0]) != first
        || memcmp(argv[0], c->name, first) != 0)
    {
        return 0;
    }
    if (blank == NULL) {
        return 1;
    }
    return argc >= 2 && strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

const struct nf_verb *
nf_command_find(int argc, char **argv, int *taken)
{
    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        if ((*taken = words_taken(c, argc, argv)) > 0) {
            return c;
        }
    }
    return NULL;
}
