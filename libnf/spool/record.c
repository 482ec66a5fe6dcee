#include "spool/record.h"

#include "store/leases.h"
#include "store/schema_2.h"

static_assert(sizeof(((struct nf_spool_record *) 0)->head) == 24
                  && sizeof(struct nf_spool_record) == 312,
              "written to disk");

/* As an earlier version wrote it. */
struct record_1 {
    char magic[4];
    uint32_t len;
    uint64_t sum, is_done;
    struct {
        uint8_t action, is_partial, has_boot_request;
        uint8_t reserved[5];
        struct nf_lease_2 lease;
    } body;
};

static_assert(sizeof(struct record_1) == 256, "written to disk");

static const char magic[4] = {'N', 'F', 'S', '2'};
static const char magic_1[4] = {'N', 'F', 'S', '1'};

static uint64_t
sum_of(const void *body, uint32_t len)
{
    const uint8_t *at = body;
    uint64_t sum = 0xcbf29ce484222325u ^ len;

    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ at[i]) * 0x100000001b3u;
    }
    return sum;
}

static uint64_t
checksum(const struct nf_spool_record *record)
{
    return sum_of(&record->body, sizeof(record->body));
}

void
nf_spool_encode(const struct nf_lease_report *report,
                struct nf_spool_record *record)
{
    memset(record, 0, sizeof(*record));
    record->body.action = (uint8_t) report->action;
    record->body.is_partial = report->is_partial;
    record->body.has_boot_request = report->has_boot_request;
    record->body.lease = report->lease;
    memcpy(record->head.magic, magic, sizeof(magic));
    record->head.len = sizeof(record->body);
    record->head.sum = checksum(record);
}

static bool
is_sound(const struct nf_spool_record *record)
{
    const struct nf_lease *lease = &record->body.lease;

    return memcmp(record->head.magic, magic, sizeof(magic)) == 0
           && record->head.len == sizeof(record->body)
           && record->head.sum == checksum(record)
           && record->body.action <= NF_LEASE_DEL
           && lease->client_id_len <= sizeof(lease->client_id)
           && lease->card.len <= sizeof(lease->card.b)
           && nf_text_is_ended(lease->hostname, sizeof(lease->hostname))
           && nf_text_is_ended(lease->vendor_class,
                               sizeof(lease->vendor_class));
}

/* An earlier version's, as today's. */
static bool
read_1(const char *data, struct nf_spool_record *record)
{
    struct record_1 old;

    memcpy(&old, data, sizeof(old));
    if (memcmp(old.magic, magic_1, sizeof(magic_1)) != 0
        || old.len != sizeof(old.body)
        || old.sum != sum_of(&old.body, sizeof(old.body))
        || old.body.lease.client_id_len > sizeof(old.body.lease.client_id))
    {
        return false;
    }
    struct nf_lease_report report = {.action = old.body.action,
                                     .is_partial = old.body.is_partial != 0,
                                     .has_boot_request =
                                         old.body.has_boot_request != 0};
    nf_lease_from_2(&old.body.lease, &report.lease);
    nf_spool_encode(&report, record);
    record->head.is_done = old.is_done;
    return is_sound(record);
}

size_t
nf_spool_read(const char *data, size_t size, struct nf_spool_record *record)
{
    if (size >= sizeof(*record)) {
        memcpy(record, data, sizeof(*record));
        if (is_sound(record)) {
            return sizeof(*record);
        }
    }
    return size >= sizeof(struct record_1) && read_1(data, record)
               ? sizeof(struct record_1)
               : 0;
}

struct nf_lease_report
nf_spool_decode(const struct nf_spool_record *record)
{
    return (struct nf_lease_report){
        .action = record->body.action,
        .is_partial = record->body.is_partial != 0,
        .has_boot_request = record->body.has_boot_request != 0,
        .lease = record->body.lease,
    };
}
