#ifndef NF_VIEW_H
#define NF_VIEW_H

/*
 * What the configuration templates see: every setting by its C name, and what
 * other programs want said in their own way.
 */

#include "base/value.h"
#include "model/range.h"

enum {
    NF_VIEW_MEMBERS = 128,
    NF_VIEW_MACS = 128,
    NF_VIEW_RANGE = 9,
    NF_VIEW_ARCHES = 16,
    NF_VIEW_OFFERS = 32,
    NF_VIEW_OFFER = 5,
};

/* MACs of a setting, each an item with a member `mac`. */
struct nf_view_macs {
    char text[NF_VIEW_MACS][NF_MAC_COLONS];
    struct nf_member member[NF_VIEW_MACS];
    struct nf_value items[NF_VIEW_MACS];
};

/* A subnet that DHCP is served to: its tag in dnsmasq.conf, what dhcp-range
 * says, and what is told to its nodes. */
struct nf_view_range {
    char tag[8], network[NF_IP4_TEXT], netmask[NF_IP4_TEXT];
    char start[NF_IP4_TEXT], end[NF_IP4_TEXT], gateway[NF_IP4_TEXT];
    char lease_time[16], dns[NF_RANGE_DNS * NF_IP4_TEXT];
    struct nf_member member[NF_VIEW_RANGE];
};

/* A boot file, or a number that firmware says: to whom, by tags of
 * dnsmasq.conf. */
struct nf_view_offer {
    char tags[64], number[8], file[128];
    bool is_http;
    const char *script; /* tags of iPXE on such a machine */
    struct nf_member member[NF_VIEW_OFFER];
};

struct nf_view_offers {
    struct nf_view_offer each[NF_VIEW_OFFERS];
    struct nf_value items[NF_VIEW_OFFERS];
    size_t n;
};

struct nf_conf_view {
    struct nf_member members[NF_VIEW_MEMBERS];
    size_t n;
    char conf_dir[NF_SETTING_MAX];
    char group[64];
    char server_ip[NF_IP4_TEXT];
    char server_url[64];
    char boot_url[128];
    struct nf_view_range ranges[NF_RANGES_MAX];
    struct nf_value range_items[NF_RANGES_MAX];
    struct nf_view_macs grub, pxelinux;
    struct nf_view_offers arches, offers, services;
    char dhcp_port[8];
    char mqtt_dir[NF_SETTING_MAX + 16];
    char mqtt_port[8];
    char agent_ip[NF_IP4_TEXT];
    char agent_port[8];
    char worker_ip[NF_IP4_TEXT], worker_port[8];
    char mirror_url[NF_SETTING_MAX + 32];
    char mirror_pass[NF_SETTING_MAX + 32];
    char mirror_host[NF_SETTING_MAX];
    char mirror_path[NF_SETTING_MAX];
    char resolvers[256];
};

void nf_view_add(struct nf_conf_view *view, const char *name,
                 struct nf_value value);

/* What firmware is offered; the server's URL is there already. */
void nf_view_fill_offers(struct nf_conf_view *view,
                         const struct nf_settings *settings);

/* Borrows settings.  conf_dir is where the rendered files will lie. */
void nf_view_fill(struct nf_conf_view *view, const struct nf_settings *settings,
                  const char *conf_dir);

#endif
