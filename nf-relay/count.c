#include "count.h"

#include <stdio.h>
#include <unistd.h>

#include "base/time.h"
#include "relay.h"

static void
print(FILE *file, const char *name, const char *text, uint64_t value)
{
    fprintf(file,
            "# HELP nf_relay_%s %s\n# TYPE nf_relay_%s counter\n"
            "nf_relay_%s %llu\n",
            name, text, name, name, (unsigned long long) value);
}

/* Readers see the old file or the new one, never a part.  Losing it loses
 * nothing, so failures are not worth a word. */
static void
write_file(const struct nf_relay *relay)
{
    char path[NF_SETTING_MAX + 32], draft[NF_SETTING_MAX + 32];

    snprintf(path, sizeof(path), "%s/relay/nf-relay.prom",
             relay->settings.run_dir);
    snprintf(draft, sizeof(draft), "%s/relay/.nf-relay.prom",
             relay->settings.run_dir);
    FILE *file = fopen(draft, "we");
    if (file == NULL) {
        return;
    }
#define X(member, name, text) print(file, name, text, relay->counts.member);
    NF_COUNTS(X)
#undef X
    fprintf(file,
            "# HELP nf_relay_broker_up whether the broker is connected\n"
            "# TYPE nf_relay_broker_up gauge\nnf_relay_broker_up %d\n",
            relay->broker.is_up);
    bool is_bad = ferror(file) != 0;
    if (fclose(file) != 0 || is_bad || rename(draft, path) != 0) {
        unlink(draft);
    }
}

nf_time_t
nf_counts_run(struct nf_relay *relay)
{
    if (relay->tick >= relay->counts_at) {
        write_file(relay);
        relay->counts_at = relay->tick + NF_SECONDS(10);
    }
    return relay->counts_at;
}
