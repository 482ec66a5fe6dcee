#include "firmware.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"

enum {
    SAID_PER_MINUTE = 30,
    NOTE_SECONDS = 30, /* how exactly the file says when a machine asked */
    AGAIN_MINUTES = 60,
};

/* What it asked before; SIZE_MAX: nothing. */
static size_t
find(const struct nf_firmwares *f, const struct nf_firmware *firmware)
{
    for (size_t i = 0; i < f->n; i++) {
        if (nf_mac_equal(f->each[i].firmware.mac, firmware->mac)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A free place, or that of who asked longest ago. */
static size_t
make(struct nf_firmwares *f)
{
    size_t oldest = 0;

    if (f->n < NF_UNSERVED_MAX) {
        return f->n++;
    }
    for (size_t i = 1; i < f->n; i++) {
        if (f->each[i].asked_at < f->each[oldest].asked_at) {
            oldest = i;
        }
    }
    return oldest;
}

static bool
is_same(const struct nf_firmware *a, const struct nf_firmware *b)
{
    return a->arch == b->arch && a->is_pi == b->is_pi;
}

static void
say(struct nf_firmwares *f, const struct nf_firmware *firmware, const char *why,
    const char *vain, nf_time_t now)
{
    char mac[NF_MAC_COLONS], name[NF_OFFER_WHY];
    uint64_t withheld;

    if (!nf_quota_take(&f->said, SAID_PER_MINUTE, now, &withheld)) {
        return;
    }
    nf_mac_format_divided(firmware->mac, ':', mac);
    nf_offer_name(firmware, name);
    if (vain != NULL) {
        nf_log(NF_LOG_WARNING,
               "%s is in %s, but boots as %s, which that loader does not "
               "support: it gets the usual loader; withheld=%" PRIu64,
               mac, vain, name, withheld);
    }
    if (why != NULL) {
        nf_log(NF_LOG_WARNING,
               "%s asks for a boot file as %s and gets none: %s; "
               "withheld=%" PRIu64,
               mac, name, why, withheld);
    }
}

static void
write_file(struct nf_firmwares *f, const struct nf_settings *settings,
           nf_time_t now)
{
    uint64_t withheld;

    if (!nf_unserved_put(settings, f->each, f->n)
        && nf_quota_take(&f->said, SAID_PER_MINUTE, now, &withheld))
    {
        nf_log(NF_LOG_WARNING, "could not write %s/reserve/unserved: %s",
               settings->run_dir, strerror(errno));
    }
}

/* A row is kept of what is served in another way than its mark says too, so
 * that it is said once; `nf why` asks anew whether it is served. */
static void
note(struct nf_firmwares *f, const struct nf_settings *settings,
     const struct nf_firmware *firmware, const char *why, const char *vain,
     nf_time_t now)
{
    size_t at = find(f, firmware);
    bool is_new = at == SIZE_MAX || !is_same(&f->each[at].firmware, firmware);

    at = at == SIZE_MAX ? make(f) : at;
    if (is_new || now - f->said_at[at] >= NF_MINUTES(AGAIN_MINUTES)) {
        say(f, firmware, why, vain, now);
        f->said_at[at] = now;
    }
    if (is_new || now - f->each[at].asked_at >= NF_SECONDS(NOTE_SECONDS)) {
        f->each[at] = (struct nf_unserved){*firmware, now};
        write_file(f, settings, now);
    }
}

/* It is served by now, or went on in another way. */
static void
forget(struct nf_firmwares *f, const struct nf_settings *settings,
       const struct nf_firmware *firmware, nf_time_t now)
{
    size_t at = find(f, firmware);

    if (at != SIZE_MAX) {
        f->n--;
        f->each[at] = f->each[f->n];
        f->said_at[at] = f->said_at[f->n];
        write_file(f, settings, now);
    }
}

void
nf_firmware_asked(struct nf_firmwares *firmwares,
                  const struct nf_settings *settings, const struct nf_ask *ask,
                  nf_time_t now)
{
    struct nf_firmware firmware = {.arch = ask->arch, .is_pi = ask->is_pi};
    char why[NF_OFFER_WHY];

    if (!ask->is_firmware || !nf_card_mac(&ask->card, &firmware.mac)) {
        return;
    }
    bool is_any = nf_offer_is_any(settings, &firmware, why);
    const char *vain = nf_offer_vain_mark(settings, &firmware);
    if (!is_any || vain != NULL) {
        note(firmwares, settings, &firmware, is_any ? NULL : why, vain, now);
    } else {
        forget(firmwares, settings, &firmware, now);
    }
}
