/*
 * Every subcommand: help, completion and the manual's test read this table.
 */

#include <stdio.h>
#include <string.h>

#include "command.h"

enum {
    ANY = 99
};

/* What every list takes. */
#define LIST                                                                   \
    "[-o|--output table|wide|json|yaml|csv|name] [--sort COLUMN] "             \
    "[--filter COLUMN=VALUE] [--no-headers] [-w|--watch] [--json]"

/* clang-format off */
const struct nf_verb nf_commands[] = {
    { "up", "", "run the whole bastion in the foreground\n"
      "\n"
      "Renders the configuration into NF_RUN_DIR, makes directories and the store\n"
      "when they are missing, then runs nginx, dnsmasq, mosquitto and nf-relay.  One\n"
      "that dies is started again.  SIGTERM or Ctrl-C stops everything; SIGHUP reads\n"
      "the settings again and reloads what they change.",
      nf_command_up, 0, 0 },
    { "nodes", "[--status STATUS] [-l|--label SELECTOR] [--online] " LIST, "list the nodes, newest first\n"
      "\n"
      "SELECTOR   of labels: key=value, key!=value, key, !key, with commas between; all must hold",
      nf_command_nodes, 0, ANY },
    { "node", "[--json] NODE", "one node, by MAC or serial number",
      nf_command_node, 1, ANY },
    { "hardware", "[--json] NODE", "what nf-agent found in a node",
      nf_command_hardware, 1, ANY },
    { "rename", "[--json] NODE NAME", "give a node its host name",
      nf_command_rename, 2, ANY },
    { "address", "[--json] NODE IP[/MASK] [--gateway IP] [--dns IP,IP] | NODE --dhcp", "give a node an address of its own, or let DHCP give it one\n"
      "\n"
      "MASK is 24 or 255.255.255.0; a node that has a netmask keeps it without one.\n"
      "--dhcp   the node's address, netmask, gateway and DNS servers are taken away",
      nf_command_address, 2, ANY },
    { "macs", "[--json] NODE [--add MAC] [--remove MAC] | NODE --replace OLD NEW", "list, add, remove or replace a node's network cards\n"
      "\n"
      "--add, --remove    one of the node's further cards\n"
      "--replace OLD NEW  the card OLD was replaced by NEW.  Where OLD is what the node is\n"
      "                   called by, it is called by NEW from then on, and keeps its labels,\n"
      "                   hardware, tasks, BMC, switch port, address and events",
      nf_command_macs, 1, ANY },
    { "profile", "[--json] NODE PROFILE", "choose what a node's next task installs\n"
      "\n"
      "It counts where a task or an installation names no profile, once.  \"\" undoes it.",
      nf_command_profile, 2, ANY },
    { "delete", "[--dry-run] [--yes] NODE... | -l|--label SELECTOR", "delete nodes; their tasks and events stay\n"
      "\n"
      "--dry-run   say which, and do nothing\n"
      "--yes       do not ask; needed for more than one without a terminal",
      nf_command_delete, 1, ANY },
    { "export", "[--format csv|json] [-l|--label SELECTOR]", "print the inventory of all nodes\n"
      "\n"
      "Of each node its names, addresses, hardware, disks with serial numbers, BMC, switch\n"
      "port and labels.",
      nf_command_export, 0, ANY },
    { "install", "[--profile PROFILE] [--force] [--dry-run] [--yes] [--json] NODE... | -l|--label SELECTOR", "install nodes now, without waiting for an approval\n"
      "\n"
      "--force     begin although something is missing that the installation needs\n"
      "--dry-run   say which, and do nothing\n"
      "--yes       do not ask; needed for more than one without a terminal",
      nf_command_install, 1, ANY },
    { "label", "[--dry-run] [--json] NODE... KEY=VALUE|KEY-... | -l|--label SELECTOR KEY=VALUE|KEY-...", "set labels of nodes, or remove them (KEY-)",
      nf_command_label, 2, ANY },
    { "serial", "[--json] NODE NUMBER", "correct the serial number that a node goes by\n"
      "\n"
      "\"\" takes it away: the next report of the machine says it anew.",
      nf_command_serial, 2, ANY },
    { "labels import", "[--dry-run] FILE", "set labels of many nodes by a table\n"
      "\n"
      "FILE is CSV, - is stdin: the first line is node and the labels' keys, every other\n"
      "one a node and its values.  An empty cell says nothing, - removes.\n"
      "--dry-run   say which, and do nothing",
      nf_command_labels_import, 1, ANY },
    { "labels export", "[-l|--label SELECTOR]", "print such a table of all nodes, or of those chosen",
      nf_command_labels_export, 0, 2 },
    { "reinstall", "[--profile PROFILE] [--force] [--dry-run] [--yes] [--yes-wipe] [--json] NODE... | -l|--label SELECTOR", "install nodes again, after a failure or when allowed\n"
      "\n"
      "--force     begin although something is missing that the installation needs\n"
      "--dry-run   say which, and do nothing\n"
      "--yes       do not ask; needed without a terminal for more than one, and for one that\n"
      "            is installed\n"
      "--yes-wipe  the same, and consent to wiping these very nodes, where\n"
      "            NF_ALLOW_REINSTALL is off for the site",
      nf_command_reinstall, 1, ANY },
    { "reboot", "[--wait] [--timeout SECONDS] [--json] NODE", "have a node's agent restart it\n"
      "\n"
      "--wait             until it has, or has not; exit status 1 when it has not\n"
      "--timeout SECONDS  not to be begun later than that, 600 without",
      nf_command_reboot, 1, ANY },
    { "power", "[--no-wait] [--json] on|off|reset|cycle|soft|nmi|status NODE... | -l|--label SELECTOR", "have nodes' BMCs switch them on or off\n"
      "\n"
      "reset and cycle are off, seen off, on, seen on.  All are asked at once; each one's\n"
      "outcome is a line.  Of several those that failed, and why, are a table at the end;\n"
      "the exit status is 1 unless all are done.\n"
      "--no-wait          do not wait for it",
      nf_command_power, 2, ANY },
    { "bootdev", "[--persistent] [--bios] [--no-wait] [--json] none|pxe|disk|cdrom|bios NODE... | -l|--label SELECTOR", "have nodes' BMCs choose what they boot from\n"
      "\n"
      "--persistent       at every boot, not only the next\n"
      "--bios             for a machine that boots by its BIOS, not by UEFI\n"
      "--no-wait          do not wait for it",
      nf_command_bootdev, 2, ANY },
    { "commands list", LIST " NODE", "list what was asked of a node, its BMC and its switch, newest first",
      nf_command_commands_list, 1, ANY },
    { "commands cancel", "COMMAND...", "cancel commands that nobody has begun\n"
      "\n"
      "One that was sent may still happen: its state is unknown then.  A task's are\n"
      "cancelled with their task.",
      nf_command_commands_cancel, 1, ANY },
    { "devices list", "[--kind bmc|switch] " LIST, "list the BMCs and switches that are managed, and how each was found last",
      nf_command_devices_list, 0, ANY },
    { "devices show", "[--json] DEVICE", "one of them",
      nf_command_devices_show, 1, ANY },
    { "devices set", "[--driver ipmi|redfish|snmp|ios|nxos|vrp|comware|eapi] [--address ADDRESS] [--credentials SET] [--pin PIN] [--node NODE] [--json] DEVICE", "make a device, or change one\n"
      "\n"
      "--driver, --address   of a new one both are needed; ADDRESS is NAME, NAME:PORT, [IPv6]:PORT\n"
      "--credentials SET     whose user and password it takes; without one the worker's own file has them\n"
      "--pin PIN             sha256//...: the key of a Redfish or eAPI service whose certificate nobody\n"
      "                      vouches for; SHA256:...: the host key of a switch that SSH leads to\n"
      "--node NODE           whose BMC it is; for a switch see nf port link\n"
      "What is not named stays; \"\" takes it away.",
      nf_command_devices_set, 1, ANY },
    { "devices scan", "[--add [--credentials SET] [--trust]] [--driver ipmi|redfish] [--rate N] [--json] RANGE...", "look for BMCs from this host, and say which are new\n"
      "\n"
      "RANGE is 10.0.0.5, 10.0.0.5-10.0.0.90 or 10.0.0.0/24; nothing is logged in to.\n"
      "--add              make a device bmc-ADDRESS of each new one; by Redfish where it has it\n"
      "--credentials SET  which take this set\n"
      "--trust            and believe the key that a Redfish service shows now: pin it\n"
      "--rate N           addresses in a second",
      nf_command_devices_scan, 1, ANY },
    { "devices delete", "DEVICE...", "forget devices; what the machines do is nothing of it",
      nf_command_devices_delete, 1, ANY },
    { "devices link", "DEVICE NODE", "say whose BMC it is",
      nf_command_devices_link, 2, ANY },
    { "devices unlink", "DEVICE", "undo that",
      nf_command_devices_unlink, 1, ANY },
    { "credentials list", LIST, "list the sets of user and password that devices take",
      nf_command_credentials_list, 0, ANY },
    { "credentials set", "[--user USER] [--auth MD5|SHA|SHA-224|SHA-256|SHA-384|SHA-512] [--priv DES|AES] [--password-file FILE | --keep-password] [--priv-password-file FILE] SET", "make a set, or change its user and passwords\n"
      "\n"
      "Passwords are asked for without an echo; where stdin is no terminal they are its\n"
      "next lines.  They are never arguments, and nothing shows them again.\n"
      "--user USER                 without one the password is a community of SNMP v2c\n"
      "--auth, --priv              of SNMPv3, which has a second password, for its encryption\n"
      "--password-file FILE        its first line; - is stdin\n"
      "--priv-password-file FILE   the same for the second one\n"
      "--keep-password             passwords stay as they are\n"
      "What is not named stays; \"\" takes it away.",
      nf_command_credentials_set, 1, ANY },
    { "credentials delete", "SET...", "forget sets that no device takes",
      nf_command_credentials_delete, 1, ANY },
    { "ports", "[--now] " LIST " SWITCH", "list a switch's ports as they were last seen, and who is at them\n"
      "\n"
      "--now   have it read now, and wait for that",
      nf_command_ports, 1, ANY },
    { "topology", "[--dot] " LIST, "list which ports of switches lead to which nodes, switches and neighbors\n"
      "\n"
      "--dot   a graph for Graphviz: nf topology --dot | dot -Tsvg",
      nf_command_topology, 0, ANY },
    { "port link", "NODE SWITCH PORT", "say which port of which switch a node is at",
      nf_command_port_link, 3, ANY },
    { "port unlink", "NODE", "undo that",
      nf_command_port_unlink, 1, ANY },
    { "port show", "[--json] NODE", "which port a node is at, how that is known, how it was seen, and what is kept of it",
      nf_command_port_show, 1, ANY },
    { "port set", "[--force] [--no-wait] [--json] SWITCH PORT NAME=VALUE...", "have a switch change a port, and say what came of it\n"
      "\n"
      "mode=access|trunk   with vlan=, and tagged= for a trunk\n"
      "vlan=N              of access; of a trunk the native one, 0: none\n"
      "tagged=1,5-7        of a trunk\n"
      "admin=up|down\n"
      "description=TEXT    \"\" takes it away\n"
      "The port is read back, and the switch saves it.\n"
      "--force             also a port that leads to other switches\n"
      "--no-wait           do not wait for it",
      nf_command_port_set, 3, ANY },
    { "port restore", "[--no-wait] [--json] NODE", "have a node's port be as it was before a task moved it\n"
      "\n"
      "--no-wait           do not wait for it",
      nf_command_port_restore, 1, ANY },
    { "workers accept", "WORKER FINGERPRINT", "let a worker have the passwords of devices\n"
      "\n"
      "FINGERPRINT is what nf-bmc key prints on its host: SHA256:...  A worker that shows\n"
      "another key is refused.  The one that nf up runs needs no accepting.",
      nf_command_workers_accept, 2, 2 },
    { "workers forget", "WORKER...", "forget workers that are gone, and their keys",
      nf_command_workers_forget, 1, ANY },
    { "workers add", "NAME", "let nf-bmc of another host connect to the broker\n"
      "\n"
      "Prints a file with its password, to be put on its host as /etc/nodefoundry/broker,\n"
      "mode 0600; it is told once.  One that has a password gets another, and what ran\n"
      "with the old one is cut off.  Needs NF_WORKER_LISTEN; run on the bastion as root.",
      nf_command_workers_add, 1, 1 },
    { "workers remove", "NAME", "cut off such a worker\n"
      "\n"
      "Run on the bastion as root.",
      nf_command_workers_remove, 1, 1 },
    { "workers", LIST, "list who carries out commands on BMCs and switches",
      nf_command_workers, 0, ANY },
    { "tasks", "[--status STATUS] [-l|--label SELECTOR] " LIST, "list the tasks, newest first",
      nf_command_tasks, 0, ANY },
    { "task", "[--json] TASK", "one task, by its id or its machine's MAC or serial number",
      nf_command_task, 1, ANY },
    { "create", "--sn SN | --mac MAC | --file FILE [OPTION...]", "create a task, which waits for its approval\n"
      "\n"
      "--sn SERIAL, --mac MAC   the machine; it need not have been seen yet\n"
      "--profile PROFILE        what to install, or:\n"
      "--os TYPE --os-version V the system; a profile of it is chosen\n"
      "--hostname, --bootfile, --notes\n"
      "--file FILE              JSON: a task as the API takes it, or a list of them; or CSV:\n"
      "                         the first line names the members (sn,mac,network.ip,tags),\n"
      "                         lists have blanks or | between their words.  - is stdin.\n"
      "                         Other options hold for those that say nothing of it\n"
      "--dry-run                say what would be created, and which of it the server would\n"
      "                         refuse for its profile or for a task that is there already\n"
      "--json                   print the server's answer",
      nf_command_create, 1, ANY },
    { "approve", "[--notes TEXT] [--force] [--when-it-boots] [--dry-run] [--json] TASK... | --all | -l|--label SELECTOR", "let tasks begin\n"
      "\n"
      "--when-it-boots   the machine is off: the time that it has to boot begins with its\n"
      "                  first sign of life, or when its BMC switches it on\n"
      "--force           although something is missing that the installation needs\n"
      "--dry-run         say which, and do nothing",
      nf_command_approve, 1, ANY },
    { "reject", "[--reason TEXT] [--dry-run] [--json] TASK...", "refuse tasks that wait for their approval",
      nf_command_reject, 1, ANY },
    { "cancel", "[--reason TEXT] [--dry-run] [--json] TASK... | -l|--label SELECTOR", "stop tasks, and undo what was done to devices",
      nf_command_cancel, 1, ANY },
    { "retry", "[--refresh] [--force] [--dry-run] [--yes] [--json] TASK...", "begin tasks again that failed or were cancelled\n"
      "\n"
      "--refresh   by their profiles as they are now; else by the tasks' own copies\n"
      "--force     begin although something is missing that the installation needs\n"
      "--dry-run   say which, and do nothing\n"
      "--yes       do not ask; needed for more than one without a terminal",
      nf_command_retry, 1, ANY },
    { "forget", "[--dry-run] TASK...", "remove tasks that are over; their events stay",
      nf_command_forget, 1, ANY },
    { "watch", "[--json] [TASK...]", "show tasks as they go\n"
      "\n"
      "With tasks: until they are over; exit status 1 when one did not complete.\n"
      "Without: all that are not over, until Ctrl-C.\n"
      "--json   a line of JSON for each change",
      nf_command_watch, 0, ANY },
    { "status", "[--json]", "say whether anything is wrong with the bastion, and count nodes and tasks\n"
      "\n"
      "Each trouble is shown with its cause, since when, and what to do.  Exit status 1\n"
      "when there is one.",
      nf_command_status, 0, ANY },
    { "console", "[-f|--follow] NODE", "print what a machine printed while nf-agent is in its RAM\n"
      "\n"
      "The last 64 KB of it: nf-agent's lines, and what scripts and programs said that it\n"
      "started.  Kept while the machine has a task and for a day afterwards.\n"
      "-f   stay, and print what comes",
      nf_command_console, 1, ANY },
    { "why", "[--json] NODE | TASK", "say what a node or task waits for, and show its steps",
      nf_command_why, 1, ANY },
    { "profiles list", LIST, "list what can be installed",
      nf_command_profiles_list, 0, ANY },
    { "profiles show", "PROFILE", "print one profile",
      nf_command_profiles_show, 1, ANY },
    { "profiles put", "PROFILE FILE", "make or replace a profile of your own (- is stdin)",
      nf_command_profiles_put, 2, ANY },
    { "profiles delete", "PROFILE", "forget a profile of your own",
      nf_command_profiles_delete, 1, ANY },
    { "unmatched", LIST, "list machines that reported and fit no task",
      nf_command_unmatched, 0, ANY },
    { "bindings", LIST, "list DHCP bindings made by hand",
      nf_command_bindings, 0, ANY },
    { "bind", "[--hostname H] [--bootfile F] MAC IP", "bind an address to a MAC",
      nf_command_bind, 2, ANY },
    { "unbind", "MAC", "undo that",
      nf_command_unbind, 1, ANY },
    { "pxe", "MAC | " LIST, "list PXELINUX files, or print one",
      nf_command_pxe, 0, ANY },
    { "render", "[--with-token] [--uefi] NODE [KIND]", "print what a node would be served now\n"
      "\n"
      "KIND: boot (default), preseed, autoinstall, kickstart, image, pxelinux, grub.\n"
      "--uefi as a machine whose firmware that is (in answers of autoinstall).\n"
      "Works on the store of this machine, without a server.  The token of an\n"
      "installation is hidden unless --with-token is given, which needs the key file.",
      nf_command_render, 1, ANY },
    { "doctor", "[--json]", "try what a node would meet, and say what is wrong\n"
      "\n"
      "On the bastion, as root: a DHCP offer and its boot file, other DHCP servers on the\n"
      "wire, loaders by TFTP, the boot script, nf-agent's files, the default profile, the\n"
      "mirror, the broker, the API, room and clock.  A line for each, ok, warn or fail;\n"
      "exit status 1 when one failed.  Nothing that it does is kept.",
      nf_command_doctor, 0, 1 },
    { "config check", "", "say whether the settings are valid",
      nf_config_check, 0, 0 },
    { "config list", "", "print every setting: name, value, default and meaning",
      nf_config_list, 0, 0 },
    { "config render", "DIR", "write the configuration of nginx, dnsmasq and mosquitto\n"
      "\n"
      "Writes nginx.conf, dnsmasq.conf, mosquitto.conf, mosquitto.acl, and the settings\n"
      "they were made from as nodefoundry.conf.  Each file appears whole or not at all.",
      nf_config_render, 1, 1 },
    { "store init", "", "make the store, the key file and the directories\n"
      "\n"
      "Leaves alone what exists.",
      nf_command_store_init, 0, 0 },
    { "store migrate", "[--backup FILE]", "bring an earlier version's store up to this one's form\n"
      "\n"
      "Nothing may have the store open.  A copy of what was there is written first: to\n"
      "FILE, which must not exist, else beside the store, with .schemaN behind its name,\n"
      "N being what it was.  The store is rewritten as a whole or not at all; one that is of this version\n"
      "already is left alone.",
      nf_command_migrate, 0, 2 },
    { "store check", "", "say whether the store agrees with itself\n"
      "\n"
      "Reads every record, and whether each table that leads to records has the rows\n"
      "that these give and no other, at one moment, beside writers.  Prints a line for\n"
      "each fault, 100 at most; exit status 1 when there is one.",
      nf_command_store_check, 0, 0 },
    { "dump", "[--prefix PREFIX]", "print the store's contents as JSON lines\n"
      "\n"
      "PREFIX is the beginning of a key as it is printed: nodes/5254, or one that\n"
      "begins with /os/, by which the same state has the keys of a site's key-value\n"
      "store: /os/dc1/servers/",
      nf_command_dump, 0, 2 },
    { "events", "[--since N] [--follow] [--people]", "print events as JSON lines\n"
      "\n"
      "--since N   those after number N\n"
      "--follow    stay, and print each as it happens\n"
      "--people    only what people did, also where the log is trimmed already",
      nf_command_events, 0, ANY },
    { "files list", LIST " [PREFIX]", "list the boot files\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_list, 0, ANY },
    { "files put", "PATH FILE", "make FILE what nodes get at PATH\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_put, 2, 2 },
    { "files get", "PATH FILE", "write what nodes get at PATH to FILE, - for stdout\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_get, 2, 2 },
    { "files rm", "PATH...", "forget paths; contents stay for NF_FILES_KEEP\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_rm, 1, ANY },
    { "files import", "[--as PREFIX] SOURCE", "take in a netboot tree, an archive, an ISO or one file\n"
      "\n"
      "A directory, a tar archive (packed or not) or an ISO is taken in file by file;\n"
      "anything else as one file, a qcow2 image as the raw image that it holds.  Their\n"
      "paths stand below PREFIX.  What is there already costs nothing: importing again\n"
      "goes on where it was interrupted.  Names that no boot file can have are told\n"
      "and left out.  Needs bsdtar for archives and qemu-img for qcow2.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_import, 1, 3 },
    { "files gc", "[--dry-run]", "remove contents and uploads that nothing names any more\n"
      "\n"
      "Those that NF_FILES_KEEP has passed for; nf-relay does the same once an hour.\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_gc, 0, 1 },
    { "files check", "", "hash every content again and tell what is damaged or missing\n"
      "\n"
      "Works on the store and NF_FILES_DIR of this machine, with or without nginx.",
      nf_command_files_check, 0, 0 },
    { "images make", "[--kernel full|cloud] debian-12", "make what nodes are installed with\n"
      "\n"
      "The RAM disk that discovered machines boot and the image of the profile\n"
      "debian-image, of today's packages of Debian, below NF_FILES_DIR.  Installs the\n"
      "programs that this takes where they are missing; takes a few minutes, and shows\n"
      "how far it is.\n"
      "\n"
      "--kernel   full: drivers of real machines, the default; cloud: of virtual ones",
      nf_command_images_make, 1, 3 },
    { "completion", "bash | zsh | fish", "print what completes nf's commands in a shell\n"
      "\n"
      "In bash: source <(nf completion bash).  The script asks nf for the commands,\n"
      "options, and the names of nodes, tasks and profiles that there are.",
      nf_command_completion, 1, ANY },
    { "backup", "FILE", "copy the running store, consistent and compact",
      nf_command_backup, 1, 1 },
    { "restore", "FILE", "put a copy in the store's place\n"
      "\n"
      "Nothing may have the store open.  The store that was there stays beside the\n"
      "new one, with .before-restore behind its name.",
      nf_command_restore, 1, 1 },
    { 0 },
};
/* clang-format on */

int
nf_usage(const char *name)
{
    for (const struct nf_verb *c = nf_commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            fprintf(stderr, "usage: nf %s %s\n", c->name, c->args);
        }
    }
    return NF_EXIT_USAGE;
}

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
