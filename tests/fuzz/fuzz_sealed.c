/*
 * What was inside of a sealed device, by whoever has the worker's public key:
 * any bytes.  And the presence of a worker, by whoever speaks to the broker.
 */
#include <sodium.h>

#include "bmc/sealed.h"
#include "bus/worker.h"
#include "must.h"

/* What is read can be sealed, and is the same when it is opened. */
static void
check_device(const struct nf_sealed_device *device)
{
    static struct nf_worker_keys keys;
    static char text[NF_SEALED_TEXT];
    struct nf_sealed_device again;
    struct nf_fault fault;

    check_text(device->address, sizeof(device->address));
    check_text(device->user, sizeof(device->user));
    check_text(device->password, sizeof(device->password));
    check_text(device->pin, sizeof(device->pin));
    check_text(device->driver, sizeof(device->driver));
    check_text(device->auth, sizeof(device->auth));
    check_text(device->priv, sizeof(device->priv));
    check_text(device->priv_password, sizeof(device->priv_password));
    if (sodium_is_zero(keys.secret, sizeof(keys.secret))) {
        must(crypto_box_keypair(keys.public, keys.secret) == 0);
    }
    must(nf_sealed_make(device, keys.public, text));
    must(nf_sealed_open(nf_text(text), nf_text(device->command), &keys, &again,
                        &fault)
         == NF_OK);
    must(memcmp(device, &again, sizeof(again)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nf_text text = {(const char *) data, size};
    struct nf_sealed_device device;
    struct nf_worker_presence presence;
    struct nf_fault fault = {0};

    if (nf_sealed_read(text, NF_TEXT("0123456789abcdef-7"), &device, &fault)
        == NF_OK)
    {
        check_device(&device);
    } else {
        must(sodium_is_zero((const uint8_t *) &device, sizeof(device)));
        check_text(fault.reason, sizeof(fault.reason));
    }
    if (nf_worker_presence_read(text, &presence, &fault) != NF_OK) {
        check_text(fault.field, sizeof(fault.field));
    }
    return 0;
}
