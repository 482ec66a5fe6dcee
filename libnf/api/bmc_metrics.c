#include "api/bmc_metrics.h"

#include "store/devices.h"
#include "store/tallies.h"

enum {
    HEADS_ROOM = 2048,
    TALLY_ROOM = 6144,
    DEVICE_ROOM = 256,
    DEVICES_MAX = 5000, /* told one by one; a page of numbers stays one */
};

/* --- samples -----------------------------------------------------------------
 */

static void
put_head(struct nf_out *out, const char *name, const char *kind,
         const char *help)
{
    nf_out_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* What it holds is escaped. */
static void
put_label(struct nf_out *out, const char *name, const char *value)
{
    nf_out_printf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            nf_out_puts(out, "\\n");
            continue;
        }
        if (*value == '"' || *value == '\\') {
            nf_out_putc(out, '\\');
        }
        nf_out_putc(out, *value);
    }
    nf_out_putc(out, '"');
}

/* "name{driver="ipmi",operation="power_on"": more labels may follow. */
static void
put_sample(struct nf_out *out, const char *name, const struct nf_tally *tally)
{
    nf_out_printf(out, "%s{", name);
    put_label(out, "driver", tally->driver);
    nf_out_putc(out, ',');
    put_label(out, "operation", tally->operation);
}

static void
put_value(struct nf_out *out, uint64_t value)
{
    nf_out_puts(out, "} ");
    nf_out_number(out, (int64_t) value);
    nf_out_putc(out, '\n');
}

/* 2500 ms: "2.5" */
static void
put_seconds(struct nf_out *out, uint64_t ms)
{
    nf_out_number(out, (int64_t) (ms / 1000));
    if (ms % 1000 != 0) {
        char digits[8];
        int n = 3;
        digits[0] = (char) ('0' + ms / 100 % 10);
        digits[1] = (char) ('0' + ms / 10 % 10);
        digits[2] = (char) ('0' + ms % 10);
        while (digits[n - 1] == '0') {
            n--;
        }
        nf_out_printf(out, ".%.*s", n, digits);
    }
}

/* --- families ----------------------------------------------------------------
 */

/* Tallies of one operation follow each other, one for each driver. */
static void
put_operations(struct nf_out *out, struct nf_read *r, const char *idc)
{
    static const char name[] = "regional_client_bmc_operations_total";
    struct nf_tally tally = {.operation = ""}, next = tally;
    uint64_t n = 0;

    put_head(out, name, "counter", "Total BMC operations");
    bool has_next = nf_tallies_next(r, &next);
    while (has_next) {
        tally = next;
        n += tally.ended;
        has_next = nf_tallies_next(r, &next);
        if (!has_next || strcmp(next.operation, tally.operation) != 0) {
            nf_out_printf(out, "%s{", name);
            put_label(out, "idc", idc);
            nf_out_putc(out, ',');
            put_label(out, "operation", tally.operation);
            put_value(out, n);
            n = 0;
        }
    }
}

static void
put_buckets(struct nf_out *out, const char *name, const struct nf_tally *tally)
{
    uint64_t n = 0;

    for (size_t i = 0; i <= NF_TALLY_BOUNDS; i++) {
        n += tally->within[i];
        put_sample(out, name, tally);
        nf_out_puts(out, ",le=\"");
        if (i < NF_TALLY_BOUNDS) {
            put_seconds(out, nf_tally_bounds[i]);
        } else {
            nf_out_puts(out, "+Inf");
        }
        nf_out_putc(out, '"');
        put_value(out, n);
    }
}

static void
put_durations(struct nf_out *out, struct nf_read *r)
{
    struct nf_tally tally = {.operation = ""};

    put_head(out, "nodefoundry_bmc_operation_seconds", "histogram",
             "Seconds from the first request to a BMC to the outcome.");
    while (nf_tallies_next(r, &tally)) {
        if (tally.timed == 0) {
            continue;
        }
        put_buckets(out, "nodefoundry_bmc_operation_seconds_bucket", &tally);
        put_sample(out, "nodefoundry_bmc_operation_seconds_sum", &tally);
        nf_out_puts(out, "} ");
        put_seconds(out, tally.took_ms);
        nf_out_putc(out, '\n');
        put_sample(out, "nodefoundry_bmc_operation_seconds_count", &tally);
        put_value(out, tally.timed);
    }
}

static void
put_failures(struct nf_out *out, struct nf_read *r)
{
    static const char name[] = "nodefoundry_bmc_failures_total";
    struct nf_tally tally = {.operation = ""};

    put_head(out, name, "counter", "Failed BMC operations, by cause.");
    while (nf_tallies_next(r, &tally)) {
        for (size_t i = 0;
             i < NF_TALLY_CAUSES && tally.causes[i].word[0] != '\0'; i++) {
            put_sample(out, name, &tally);
            nf_out_putc(out, ',');
            put_label(out, "cause", tally.causes[i].word);
            put_value(out, tally.causes[i].n);
        }
    }
}

/* A count that each tally has. */
static void
put_count(struct nf_out *out, struct nf_read *r, const char *name,
          const char *help, size_t offset)
{
    struct nf_tally tally = {.operation = ""};

    put_head(out, name, "counter", help);
    while (nf_tallies_next(r, &tally)) {
        uint64_t n;
        memcpy(&n, (const char *) &tally + offset, sizeof(n));
        put_sample(out, name, &tally);
        put_value(out, n);
    }
}

/* One that was asked. */
static void
put_device(struct nf_out *out, const char *name,
           const struct nf_managed_device *device)
{
    if (device->state[0] == '\0') {
        return;
    }
    nf_out_printf(out, "%s{", name);
    put_label(out, "device", device->name);
    nf_out_putc(out, ',');
    put_label(out, "driver", nf_managed_drivers[device->driver]);
    nf_out_putc(out, ',');
    put_label(out, "state", device->state);
    put_value(out, 1);
}

static void
put_devices(struct nf_out *out, struct nf_read *r)
{
    static const char name[] = "nodefoundry_bmc_device_state";
    struct nf_managed_device device;
    NF_SCAN(scan, r, NF_DEVICES);

    put_head(out, name, "gauge",
             "The outcome of the last operation on a BMC: fine, or a cause.");
    bool has_one = nf_devices_list(&scan, &device);
    for (int n = 0; has_one && n < DEVICES_MAX; n++) {
        put_device(out, name, &device);
        has_one = nf_devices_list_next(&scan, &device);
    }
}

void
nf_bmc_metrics_put(struct nf_out *out, struct nf_read *r, const char *idc)
{
    put_operations(out, r, idc);
    put_durations(out, r);
    put_failures(out, r);
    put_count(out, r, "nodefoundry_bmc_requests_total",
              "Requests to BMCs, including sessions.",
              offsetof(struct nf_tally, asked));
    put_count(out, r, "nodefoundry_bmc_repeats_total",
              "Commands sent again because the worker had not answered.",
              offsetof(struct nf_tally, repeated));
    put_devices(out, r);
}

size_t
nf_bmc_metrics_room(struct nf_read *r)
{
    uint64_t devices = nf_read_count(r, NF_DEVICES);

    devices = devices < DEVICES_MAX ? devices : DEVICES_MAX;
    return HEADS_ROOM + nf_read_count(r, NF_TALLIES) * TALLY_ROOM
           + devices * DEVICE_ROOM;
}
