#ifndef NF_DOCTOR_H
#define NF_DOCTOR_H

/*
 * nf doctor: what a node would meet, tried from this machine.  Each probe has
 * its time limit and changes nothing that anybody keeps.
 */

#include "api/api.h"
#include "model/profile.h"

enum nf_health {
    NF_HEALTH_OK,
    NF_HEALTH_WARN,
    NF_HEALTH_FAIL,
};

enum {
    NF_DOCTOR_WORDS = 256
};

/* What all probes look at; the store may be NULL. */
struct nf_patient {
    const struct nf_settings *settings; /* complete */
    nf_store_t *store;
    nf_time_t now;
    nf_templates_t *templates; /* NULL: they cannot be read */
    void (*tell)(enum nf_health health, const char *check, const char *words,
                 const char *advice);
};

/* Each tells at least one line, by nf_doctor_tell(). */
typedef void nf_probe_t(const struct nf_patient *patient);
nf_probe_t nf_probe_dhcp;
nf_probe_t nf_probe_loaders;
nf_probe_t nf_probe_script;
nf_probe_t nf_probe_agent;
nf_probe_t nf_probe_mirror;
nf_probe_t nf_probe_broker;
nf_probe_t nf_probe_api;
nf_probe_t nf_probe_profile;
nf_probe_t nf_probe_room;
nf_probe_t nf_probe_clock;

/* The profile of an installation that names none; false: there is none. */
bool nf_doctor_profile(const struct nf_patient *patient,
                       struct nf_profile *profile,
                       char json[static NF_PROFILE_JSON_MAX]);

#endif
