/*
 * nf rename, address, profile, serial, macs: what an operator says of a node.
 */

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/log.h"
#include "cell.h"
#include "command.h"
#include "option.h"
#include "say.h"
#include "server.h"
#include "table.h"

/* --- one request -------------------------------------------------------------
 */

/* Takes body; shows what came of it by one of the node's members. */
static int
send(const char *method, const char *node, const char *behind, json_t *body,
     const char *shown, bool is_json)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    int code =
        body != NULL && nf_server_path(path, "/api/v1/nodes/", node, behind)
            ? nf_server_ask(method, path, body, &reply)
            : NF_EXIT_FAILED;

    if (code == NF_EXIT_OK && is_json) {
        (void) nf_table_print_json(reply.json);
    } else if (code == NF_EXIT_OK) {
        nf_table_say(reply.json, "mac", shown);
    }
    json_decref(body);
    nf_server_end(&reply);
    return nf_say_written() ? code : NF_EXIT_FAILED;
}

/* Nobody is kept from it: DHCP and the API know nodes by their cards. */
static void
warn_of_same_name(const char *name)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};

    if (nf_server_path(path, "/api/v1/nodes/", name, "")
        && nf_server_try("GET", path, NULL, &reply) == NF_EXIT_FAILED
        && reply.status == 409)
    {
        nf_server_tell(&reply);
    }
    nf_server_end(&reply);
}

static int
set_one(const char *command, const char *member, int argc, char **argv)
{
    bool is_json = false;
    const struct nf_option options[] = {NF_SWITCH("--json", &is_json), {0}};

    if (!nf_options_take(&argc, argv, options) || argc != 2) {
        return nf_usage(command);
    }
    nf_say_about(argv[0]);
    return send("PATCH", argv[0], "", json_pack("{s:s}", member, argv[1]),
                member, is_json);
}

int
nf_command_rename(int argc, char **argv)
{
    int code = set_one("rename", "hostname", argc, argv);

    if (code == NF_EXIT_OK) {
        nf_say_about("warning");
        warn_of_same_name(argv[1]);
    }
    return code;
}

int
nf_command_profile(int argc, char **argv)
{
    return set_one("profile", "profile", argc, argv);
}

int
nf_command_serial(int argc, char **argv)
{
    return set_one("serial", "serial", argc, argv);
}

/* --- its address -------------------------------------------------------------
 */

/* "24" or "255.255.255.0", as the API takes it; false: neither. */
static bool
read_mask(const char *said, char mask[static NF_IP4_TEXT])
{
    uint64_t bits;
    nf_ip4_t ip;

    if (nf_text_number(nf_text(said), 32, &bits) && bits > 0) {
        uint32_t all = bits == 32 ? UINT32_MAX : ~(UINT32_MAX >> bits);
        for (int i = 0; i < 4; i++) {
            ip.b[i] = (uint8_t) (all >> (24 - 8 * i));
        }
        nf_ip4_format(ip, mask);
        return true;
    }
    snprintf(mask, NF_IP4_TEXT, "%s", said);
    return nf_ip4_parse(nf_text(said), &ip) && strlen(said) < NF_IP4_TEXT;
}

/* Without a netmask an address is where the node happens to be. */
static bool
has_mask(const char *node)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    bool has = nf_server_path(path, "/api/v1/nodes/", node, "")
               && nf_server_ask("GET", path, NULL, &reply) == NF_EXIT_OK;

    if (has && nf_table_text(reply.json, "netmask")[0] == '\0') {
        nf_log(NF_LOG_ERR,
               "%s: the node has no netmask: give the address with one, such "
               "as 10.0.0.5/24",
               node);
        has = false;
    }
    nf_server_end(&reply);
    return has;
}

/* NULL: said why not. */
static json_t *
address_of(const char *node, char *said, const char *gateway, const char *dns)
{
    char *slash = strchr(said, '/'), mask[NF_IP4_TEXT] = "";
    nf_ip4_t ip;

    if (slash != NULL) {
        *slash = '\0';
        if (!read_mask(slash + 1, mask)) {
            nf_log(NF_LOG_ERR, "/%s is not a netmask: /24, or /255.255.255.0",
                   slash + 1);
            return NULL;
        }
    }
    if (!nf_ip4_parse(nf_text(said), &ip)) {
        nf_log(NF_LOG_ERR, "%s is not an IPv4 address", said);
        return NULL;
    }
    if (slash == NULL && !has_mask(node)) {
        return NULL;
    }
    return json_pack("{s:s, s:s*, s:s*, s:s*}", "ip", said, "netmask",
                     slash != NULL ? mask : NULL, "gateway", gateway, "dns",
                     dns);
}

int
nf_command_address(int argc, char **argv)
{
    bool is_json = false, by_dhcp = false;
    const char *gateway = NULL, *dns = NULL;
    const struct nf_option options[] = {NF_OPTION("--gateway", &gateway),
                                        NF_OPTION("--dns", &dns),
                                        NF_SWITCH("--dhcp", &by_dhcp),
                                        NF_SWITCH("--json", &is_json),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc != (by_dhcp ? 1 : 2)
        || (by_dhcp && (gateway != NULL || dns != NULL)))
    {
        return nf_usage("address");
    }
    nf_say_about(argv[0]);
    json_t *body = by_dhcp ? json_pack("{s:n, s:n, s:n, s:n}", "ip", "netmask",
                                       "gateway", "dns")
                           : address_of(argv[0], argv[1], gateway, dns);
    return send("PATCH", argv[0], "", body, "ip", is_json);
}

/* --- its cards ---------------------------------------------------------------
 */

static bool
is_same_mac(const json_t *one, const char *other)
{
    const char *said = json_string_value(one);
    char a[32], b[32];

    nf_cell_mac(said != NULL ? said : "", a, sizeof(a));
    nf_cell_mac(other, b, sizeof(b));
    return strcmp(a, b) == 0;
}

/* Its further cards with one more, or one less; NULL: said why not. */
static json_t *
change_macs(const json_t *node, const char *more, const char *less)
{
    json_t *macs = json_array(), *mac;
    bool is_found = false;
    size_t i;

    json_array_foreach (json_object_get(node, "macs"), i, mac) {
        bool is_it = less != NULL && is_same_mac(mac, less);
        is_found |= is_it;
        if (!is_it) {
            json_array_append(macs, mac);
        }
    }
    if (less != NULL && !is_found) {
        nf_log(NF_LOG_ERR,
               is_same_mac(json_object_get(node, "mac"), less)
                   ? "%s is the MAC that identifies the node: replace it with "
                     "--replace"
                   : "%s is not one of the node's further cards",
               less);
        json_decref(macs);
        return NULL;
    }
    if (more != NULL) {
        json_array_append_new(macs, json_string(more));
    }
    return json_pack("{s:o}", "macs", macs);
}

static int
print_macs(const json_t *node)
{
    char word[32];
    json_t *mac;
    size_t i;

    nf_cell_mac(nf_table_text(node, "mac"), word, sizeof(word));
    puts(word);
    json_array_foreach (json_object_get(node, "macs"), i, mac) {
        nf_cell_mac(json_string_value(mac), word, sizeof(word));
        puts(word);
    }
    return nf_say_written() ? NF_EXIT_OK : NF_EXIT_FAILED;
}

static int
with_node(const char *name, const char *more, const char *less, bool is_json)
{
    char path[NF_PATH_MAX_BYTES];
    struct nf_reply reply = {.json = NULL};
    int code = nf_server_path(path, "/api/v1/nodes/", name, "")
                   ? nf_server_ask("GET", path, NULL, &reply)
                   : NF_EXIT_FAILED;

    if (code == NF_EXIT_OK) {
        code = more == NULL && less == NULL
                   ? print_macs(reply.json)
                   : send("PATCH", name, "",
                          change_macs(reply.json, more, less), "macs", is_json);
    }
    nf_server_end(&reply);
    return code;
}

/* One that is given is a MAC address; false: said that it is none. */
static bool
is_card(const char *said)
{
    nf_mac_t mac;

    if (said == NULL || nf_mac_parse(nf_text(said), &mac)) {
        return true;
    }
    nf_log(NF_LOG_ERR, "%s is not a MAC address", said);
    return false;
}

int
nf_command_macs(int argc, char **argv)
{
    bool is_json = false;
    const char *more = NULL, *less = NULL, *old = NULL;
    const struct nf_option options[] = {NF_OPTION("--add", &more),
                                        NF_OPTION("--remove", &less),
                                        NF_OPTION("--replace", &old),
                                        NF_SWITCH("--json", &is_json),
                                        {0}};

    if (!nf_options_take(&argc, argv, options) || argc != (old != NULL ? 2 : 1)
        || (old != NULL && (more != NULL || less != NULL)))
    {
        return nf_usage("macs");
    }
    if (!is_card(more) || !is_card(less) || !is_card(old)) {
        return NF_EXIT_FAILED;
    }
    nf_say_about(argv[0]);
    return old == NULL
               ? with_node(argv[0], more, less, is_json)
               : send("POST", argv[0], "/replace-mac",
                      json_pack("{s:s, s:s}", "old", old, "mac", argv[1]),
                      "hostname", is_json);
}
