/*
 * Which firmware dnsmasq.conf offers which boot file.
 */

#include <stdio.h>
#include <string.h>

#include "dhcp/offer.h"
#include "view.h"

/* What firmware of a kind is called in dnsmasq.conf: by TFTP, by HTTP. */
static const char *const tags[NF_MACHINE_KINDS][2] = {
    [NF_MACHINE_BIOS] = {"bios", NULL},
    [NF_MACHINE_EFI32] = {"efi32", "httpx86"},
    [NF_MACHINE_EFI64] = {"efi64", "httpx64"},
    [NF_MACHINE_EFIARM32] = {"efiarm32", "httparm32"},
    [NF_MACHINE_EFIARM64] = {"efiarm", "httparm"},
};

static const char *const marks[] = {
    [NF_MARK_PXELINUX] = "pxelinux",
    [NF_MARK_GRUB] = "grub",
};

static void
push(struct nf_view_offers *list, const struct nf_view_offer *offer)
{
    struct nf_view_offer *own = &list->each[list->n];

    if (list->n == NF_VIEW_OFFERS) {
        return;
    }
    *own = *offer;
    own->member[0] = (struct nf_member){"tags", nf_value_string(own->tags)};
    own->member[1] = (struct nf_member){"number", nf_value_string(own->number)};
    own->member[2] = (struct nf_member){"file", nf_value_string(own->file)};
    own->member[3] = (struct nf_member){"is_http", nf_value_bool(own->is_http)};
    own->member[4] = (struct nf_member){
        "script", nf_value_string(own->script != NULL ? own->script : "")};
    list->items[list->n++] = nf_value_map(own->member, NF_VIEW_OFFER);
}

/* What of this kind runs iPXE and gets its script. */
static const char *
script_tags(enum nf_machine_kind kind)
{
    return kind == NF_MACHINE_BIOS ? "tag:ipxe,tag:!pxelinux" : "tag:ipxe";
}

/* A Raspberry Pi says that it is a BIOS, and is none.  A network card's iPXE
 * loads PXELINUX where that is wanted. */
static void
print_tags(struct nf_view_offer *offer, const struct nf_arch *arch,
           enum nf_offer_mark mark)
{
    const char *counts = marks[nf_offer_mark_of(arch->kind)];

    snprintf(offer->tags, sizeof(offer->tags), "%stag:%s%s,tag:%s%s",
             mark == NF_MARK_PXELINUX ? "" : "tag:!ipxe,",
             tags[arch->kind][arch->is_http],
             arch->kind == NF_MACHINE_BIOS ? ",tag:!rpi" : "",
             mark == NF_MARK_NONE ? "!" : "", counts);
}

static bool
is_listed(const struct nf_view_offers *list, const char *wanted)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->each[i].tags, wanted) == 0) {
            return true;
        }
    }
    return false;
}

static void
add_offer(struct nf_conf_view *view, const struct nf_settings *s,
          const struct nf_arch *arch, enum nf_offer_mark mark)
{
    struct nf_view_offer offer = {.is_http = arch->is_http};
    const char *file = nf_offer_file(s, arch->kind, arch->is_http, mark);

    if (file == NULL) {
        return;
    }
    print_tags(&offer, arch, mark);
    snprintf(offer.number, sizeof(offer.number), "%u", (unsigned) arch->number);
    snprintf(offer.file, sizeof(offer.file), "%s%s%s",
             arch->is_http ? view->server_url : "",
             arch->is_http ? "/files/boot/" : "", file);
    if (!arch->is_http) {
        push(&view->services, &offer);
    }
    if (!is_listed(&view->offers, offer.tags)) {
        push(&view->offers, &offer);
    }
}

static void
add_arch(struct nf_conf_view *view, const struct nf_arch *arch)
{
    struct nf_view_offer offer = {.is_http = arch->is_http};

    snprintf(offer.tags, sizeof(offer.tags), "%s",
             tags[arch->kind][arch->is_http]);
    offer.script = script_tags(arch->kind);
    snprintf(offer.number, sizeof(offer.number), "%u", (unsigned) arch->number);
    push(&view->arches, &offer);
}

static struct nf_value
list_of(const struct nf_view_offers *offers)
{
    return nf_value_list(offers->items, offers->n);
}

void
nf_view_fill_offers(struct nf_conf_view *view,
                    const struct nf_settings *settings)
{
    size_t n;
    const struct nf_arch *all = nf_arch_all(&n);

    for (size_t i = 0; i < n; i++) {
        if (all[i].kind == NF_MACHINE_OTHER) {
            continue;
        }
        add_arch(view, &all[i]);
        add_offer(view, settings, &all[i], NF_MARK_NONE);
        add_offer(view, settings, &all[i], nf_offer_mark_of(all[i].kind));
    }
    nf_view_add(view, "arch_list", list_of(&view->arches));
    nf_view_add(view, "offer_list", list_of(&view->offers));
    nf_view_add(view, "service_list", list_of(&view->services));
    nf_view_add(view, "has_pi", nf_value_bool(nf_offer_has_pi(settings)));
}
