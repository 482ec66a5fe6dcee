#ifndef NF_COMMAND_H
#define NF_COMMAND_H

/*
 * The subcommands: one row each in commands.c.
 */

enum {
    NF_EXIT_OK,
    NF_EXIT_FAILED,
    NF_EXIT_USAGE,
    NF_EXIT_UNREACHABLE, /* the API does not answer */
};

struct nf_verb {
    const char *name; /* one or two words */
    const char *args; /* names every option and argument: completion reads it */
    const char *help; /* a line; and more behind an empty one */
    int (*run)(int argc, char **argv);
    int min, max; /* arguments */
};

/* All of them; the last one has no name. */
extern const struct nf_verb nf_commands[];

/* The command that argv begins with, and how many words name it; NULL: none. */
const struct nf_verb *nf_command_find(int argc, char **argv, int *taken);

/* Tell on stderr how the command is called; NF_EXIT_USAGE. */
int nf_usage(const char *name);

/* argv holds what follows the command's own words, and ends with NULL; the
 * result is the exit status. */
int nf_config_check(int argc, char **argv);
int nf_config_list(int argc, char **argv);
int nf_config_render(int argc, char **argv);
int nf_command_backup(int argc, char **argv);
int nf_command_address(int argc, char **argv);
int nf_command_delete(int argc, char **argv);
int nf_command_export(int argc, char **argv);
int nf_command_macs(int argc, char **argv);
int nf_command_profile(int argc, char **argv);
int nf_command_rename(int argc, char **argv);
int nf_command_doctor(int argc, char **argv);
int nf_command_dump(int argc, char **argv);
int nf_command_events(int argc, char **argv);
int nf_command_files_check(int argc, char **argv);
int nf_command_files_gc(int argc, char **argv);
int nf_command_files_get(int argc, char **argv);
int nf_command_files_import(int argc, char **argv);
int nf_command_files_list(int argc, char **argv);
int nf_command_files_put(int argc, char **argv);
int nf_command_files_rm(int argc, char **argv);
int nf_command_migrate(int argc, char **argv);
int nf_command_approve(int argc, char **argv);
int nf_command_leases(int argc, char **argv);
int nf_command_labels_list(int argc, char **argv);
int nf_command_bind(int argc, char **argv);
int nf_command_bindings(int argc, char **argv);
int nf_command_cancel(int argc, char **argv);
int nf_command_completion(int argc, char **argv);
int nf_command_create(int argc, char **argv);
int nf_command_forget(int argc, char **argv);
int nf_command_hardware(int argc, char **argv);
int nf_command_install(int argc, char **argv);
int nf_command_console(int argc, char **argv);
int nf_command_serial(int argc, char **argv);
int nf_command_label(int argc, char **argv);
int nf_command_labels_export(int argc, char **argv);
int nf_command_labels_import(int argc, char **argv);
int nf_command_node(int argc, char **argv);
int nf_command_nodes(int argc, char **argv);
int nf_command_profiles_delete(int argc, char **argv);
int nf_command_reboot(int argc, char **argv);
int nf_command_power(int argc, char **argv);
int nf_command_bootdev(int argc, char **argv);
int nf_command_commands_list(int argc, char **argv);
int nf_command_commands_cancel(int argc, char **argv);
int nf_command_credentials_delete(int argc, char **argv);
int nf_command_credentials_list(int argc, char **argv);
int nf_command_credentials_set(int argc, char **argv);
int nf_command_devices_delete(int argc, char **argv);
int nf_command_devices_link(int argc, char **argv);
int nf_command_devices_list(int argc, char **argv);
int nf_command_devices_scan(int argc, char **argv);
int nf_command_devices_set(int argc, char **argv);
int nf_command_devices_show(int argc, char **argv);
int nf_command_devices_unlink(int argc, char **argv);
int nf_command_topology(int argc, char **argv);
int nf_command_ports(int argc, char **argv);
int nf_command_port_link(int argc, char **argv);
int nf_command_port_restore(int argc, char **argv);
int nf_command_port_set(int argc, char **argv);
int nf_command_port_show(int argc, char **argv);
int nf_command_port_unlink(int argc, char **argv);
int nf_command_workers(int argc, char **argv);
int nf_command_workers_accept(int argc, char **argv);
int nf_command_workers_forget(int argc, char **argv);
int nf_command_workers_add(int argc, char **argv);
int nf_command_workers_remove(int argc, char **argv);
int nf_command_profiles_list(int argc, char **argv);
int nf_command_profiles_put(int argc, char **argv);
int nf_command_profiles_show(int argc, char **argv);
int nf_command_pxe(int argc, char **argv);
int nf_command_reinstall(int argc, char **argv);
int nf_command_reject(int argc, char **argv);
int nf_command_render(int argc, char **argv);
int nf_command_retry(int argc, char **argv);
int nf_command_status(int argc, char **argv);
int nf_command_task(int argc, char **argv);
int nf_command_tasks(int argc, char **argv);
int nf_command_unbind(int argc, char **argv);
int nf_command_unmatched(int argc, char **argv);
int nf_command_watch(int argc, char **argv);
int nf_command_why(int argc, char **argv);
int nf_command_images_make(int argc, char **argv);
int nf_command_restore(int argc, char **argv);
int nf_command_store_check(int argc, char **argv);
int nf_command_store_init(int argc, char **argv);
int nf_command_up(int argc, char **argv);

#endif
