/*
 * Uploads: checked before the body comes, written and hashed piece by piece,
 * and a content only when all has come and is what was announced.
 */
#include "api/upload.h"

#include <sodium.h>

#include "api/reply.h"
#include "store/files.h"

/* ?sha256=HEX */
static nf_error_t
read_query_hash(struct nf_call *call, struct nf_upload *upload)
{
    struct nf_text text;

    if (!nf_query(call, "sha256", &text)) {
        return NF_OK;
    }
    if (!nf_sha256_is_text(text)) {
        return nf_refuse(&call->fault, "sha256",
                         "must be 64 lower-case hex digits");
    }
    memcpy(upload->wanted, text.data, text.len);
    return NF_OK;
}

/* The member sha-256=:base64: of a header that may hold others too. */
static nf_error_t
read_digest(struct nf_call *call, struct nf_upload *upload)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    struct nf_text rest = call->repr_digest;
    size_t len;

    while (rest.len > 0) {
        struct nf_text one = nf_text_cut(&rest, ',');
        while (one.len > 0 && one.data[0] == ' ') {
            one = (struct nf_text){one.data + 1, one.len - 1};
        }
        struct nf_text name = nf_text_cut(&one, '=');
        if (!nf_text_equal(name, NF_TEXT("sha-256"))) {
            continue;
        }
        if (one.len != 46 || one.data[0] != ':' || one.data[45] != ':'
            || sodium_base642bin(digest, sizeof(digest), one.data + 1, 44, NULL,
                                 &len, NULL, sodium_base64_VARIANT_ORIGINAL)
                   != 0
            || len != sizeof(digest))
        {
            return nf_refuse(&call->fault, "Repr-Digest",
                             "must be sha-256=:BASE64: (RFC 9530)");
        }
        sodium_bin2hex(upload->wanted, sizeof(upload->wanted), digest,
                       sizeof(digest));
    }
    return NF_OK;
}

struct nf_text
nf_api_digest(const char *sha256, char text[static NF_DIGEST_TEXT])
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    struct nf_out out = nf_out(text, NF_DIGEST_TEXT);
    char base64[48];

    if (sodium_hex2bin(digest, sizeof(digest), sha256, NF_SHA256_TEXT - 1, NULL,
                       NULL, NULL)
        != 0)
    {
        return (struct nf_text){0};
    }
    sodium_bin2base64(base64, sizeof(base64), digest, sizeof(digest),
                      sodium_base64_VARIANT_ORIGINAL);
    nf_out_printf(&out, "sha-256=:%s:", base64);
    return nf_out_text(&out);
}

static nf_error_t
read_place(struct nf_call *call, struct nf_upload *upload)
{
    struct nf_text *id = &upload->id;
    uint64_t *offset = &upload->offset;
    nf_error_t err =
        nf_query_number(call, "offset", INT64_MAX, UINT64_MAX, offset);
    bool has_id = nf_query(call, "upload", id);

    if (err != NF_OK) {
        return err;
    }
    if (has_id && !nf_incoming_is_id(*id)) {
        return nf_refuse(&call->fault, "upload",
                         "must be 1 to %d letters, digits, '_' or '-'",
                         NF_INCOMING_ID);
    }
    if (!has_id && *offset != UINT64_MAX) {
        return nf_refuse(
            &call->fault, "offset",
            "requires upload=, the name of the upload to continue");
    }
    if (*offset == UINT64_MAX) {
        *offset = 0;
    }
    return NF_OK;
}

/* Spare the client the way of a body that would be refused behind it; asked
 * once more when it has come. */
static nf_error_t
check_before(const struct nf_site *site, struct nf_call *call)
{
    NF_READ(r, site->store);
    nf_error_t err = nf_api_files_match(call, &r);

    return err != NF_OK ? err : r.err;
}

static nf_error_t
begin(const struct nf_site *site, struct nf_call *call)
{
    struct nf_upload *upload = nf_arena_take(call->arena, sizeof(*upload));
    nf_error_t err;

    if (upload == NULL) {
        return NF_NO_MEMORY;
    }
    if ((err = nf_file_path_check(call->id, &call->fault)) != NF_OK
        || (err = read_query_hash(call, upload)) != NF_OK
        || (err = read_digest(call, upload)) != NF_OK
        || (err = read_place(call, upload)) != NF_OK
        || (err = check_before(site, call)) != NF_OK)
    {
        return err;
    }
    upload->dir = site->settings->files_dir;
    call->upload = upload;
    return NF_OK;
}

bool
nf_api_upload_begin(const struct nf_site *site, struct nf_call *call)
{
    nf_error_t err = site->store == NULL ? NF_BUSY : begin(site, call);

    if (err != NF_OK) {
        nf_api_fail(call, err);
    }
    return err == NF_OK;
}

/* It is another disk than the store's, or may be. */
static nf_error_t
with_disk(struct nf_call *call, nf_error_t err)
{
    if (err == NF_FULL) {
        (void) nf_refuse(&call->fault, "path",
                         "the disk of the boot files (NF_FILES_DIR) is full");
    }
    return err;
}

nf_error_t
nf_api_upload_open(struct nf_call *call)
{
    struct nf_upload *upload = call->upload;
    nf_error_t err = nf_incoming_open(&upload->in, upload->dir, upload->id,
                                      upload->offset, &call->fault);

    upload->is_open = err == NF_OK;
    return with_disk(call, err);
}

nf_error_t
nf_api_upload_take(struct nf_call *call, struct nf_bytes data)
{
    return with_disk(call, nf_incoming_write(&call->upload->in, data));
}

nf_error_t
nf_api_upload_end(struct nf_call *call)
{
    struct nf_upload *upload = call->upload;
    nf_error_t err = nf_incoming_hash(&upload->in, upload->sha256);

    if (err == NF_OK && upload->wanted[0] != '\0'
        && strcmp(upload->wanted, upload->sha256) != 0)
    {
        nf_incoming_drop(&upload->in);
        upload->is_open = false;
        return nf_refuse(
            &call->fault, call->repr_digest.len > 0 ? "Repr-Digest" : "sha256",
            "does not match the received content, %s", upload->sha256);
    }
    return with_disk(call, err == NF_OK
                               ? nf_incoming_keep(&upload->in, upload->sha256)
                               : err);
}

void
nf_api_upload_close(struct nf_call *call)
{
    if (call->upload != NULL && call->upload->is_open) {
        nf_incoming_close(&call->upload->in);
    }
    call->upload = NULL;
}
