#ifndef NF_BMC_REDFISH_DOCUMENT_H
#define NF_BMC_REDFISH_DOCUMENT_H

/*
 * What stands in the documents of a Redfish service (DSP0266, DSP2046), as the
 * machines of many makers write them.  A document is any JSON: what is not
 * there, or of another kind, is as if it were not said.
 */

#include "base/value.h"
#include "bmc/device.h"

enum {
    NF_REDFISH_PATH = 256,
    NF_REDFISH_WORD = 32, /* a value of an enumeration */
};

/* A path on the BMC itself, from a link or a Location of either form.  False:
 * it leads elsewhere than below /redfish/, or is too long. */
bool nf_redfish_path(char path[static NF_REDFISH_PATH], struct nf_text text);

/* The path of doc[name]["@odata.id"]; false, and path is "": there is none. */
bool nf_redfish_link(char path[static NF_REDFISH_PATH],
                     const struct nf_value *doc, const char *name);

/* The path of the first, second, ... of the links in a list; false: none. */
bool nf_redfish_member(char path[static NF_REDFISH_PATH],
                       const struct nf_value *list, size_t n);

/* How much a system looks like the host: more is better, 0 not at all. */
unsigned nf_redfish_host_score(const struct nf_value *system);

/* NF_POWER_UNKNOWN: on its way, or it does not say. */
enum nf_power nf_redfish_power(const struct nf_value *system);

/* The reset action of a system; NULL: it has none. */
const struct nf_value *nf_redfish_reset(const struct nf_value *system);

/* The list of ResetType in the action or in what its @Redfish.ActionInfo leads
 * to; NULL: it is not there. */
const struct nf_value *nf_redfish_reset_types(const struct nf_value *action);
const struct nf_value *nf_redfish_info_types(const struct nf_value *info);

/* The ResetType that does it; types NULL: as most have it.  NULL: none does. */
const char *nf_redfish_reset_word(enum nf_power_act act,
                                  const struct nf_value *types);

/* Whether a document says what is booted from. */
bool nf_redfish_has_boot(const struct nf_value *doc);

/* Into told->boot; false: from something that we have no name for, which word
 * holds. */
bool nf_redfish_boot(const struct nf_value *doc, struct nf_bmc_told *told,
                     char word[static NF_REDFISH_WORD]);

/* BootSourceOverrideTarget for a device, as this system spells it; false: it
 * boots from no such. */
bool nf_redfish_boot_word(const struct nf_value *doc,
                          enum nf_boot_device device,
                          char word[static NF_REDFISH_WORD]);

/* Whether the address of a BMC's network card was told; into told->ip, mac. */
bool nf_redfish_interface(const struct nf_value *doc, struct nf_bmc_told *told);

/* A name without blanks around it; text stays as it was when there is none. */
void nf_redfish_name(char text[static NF_BMC_NAME], const struct nf_value *doc,
                     const char *name);

/* The service's own words for why not; empty when it has none. */
struct nf_text nf_redfish_words(const struct nf_value *error);

/* Whether a MessageId of the error is one of that name, of any registry. */
bool nf_redfish_says(const struct nf_value *error, const char *id);

#endif
