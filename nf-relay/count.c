#include "count.h"

#include <stdio.h>
#include <unistd.h>

#include "model/settings.h"

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
void
nf_counts_write(const struct nf_counts *counts, const char *run_dir, bool is_up)
{
    char path[NF_SETTING_MAX + 32], draft[NF_SETTING_MAX + 32];

    snprintf(path, sizeof(path), "%s/relay/nf-relay.prom", run_dir);
    snprintf(draft, sizeof(draft), "%s/relay/.nf-relay.prom", run_dir);
    FILE *file = fopen(draft, "we");
    if (file == NULL) {
        return;
    }
#define X(member, name, text) print(file, name, text, counts->member);
    NF_COUNTS(X)
#undef X
    fprintf(file,
            "# HELP nf_relay_broker_up whether the broker is connected\n"
            "# TYPE nf_relay_broker_up gauge\nnf_relay_broker_up %d\n",
            is_up);
    bool is_bad = ferror(file) != 0;
    if (fclose(file) != 0 || is_bad || rename(draft, path) != 0) {
        unlink(draft);
    }
}
