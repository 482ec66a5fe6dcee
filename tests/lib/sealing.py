"""What is sealed by libsodium's crypto_box_seal: how a device is reached, for a
worker as nf-relay does it; a login on a BMC, for the site as nf-agent does it."""

import base64
import ctypes
import json

SODIUM = ctypes.CDLL("libsodium.so.23")
SEAL_BYTES = 48


def box(key, members):
    text = json.dumps(members).encode()
    out = ctypes.create_string_buffer(len(text) + SEAL_BYTES)
    if SODIUM.crypto_box_seal(out, text, ctypes.c_ulonglong(len(text)),
                              key) != 0:
        raise ValueError("no key to seal for")
    return base64.b64encode(out.raw).decode()


def seal(key, command, **members):
    """`key`: the worker's, in base64.  The member "device" of a command."""
    return box(base64.b64decode(key), {"command": command, "driver": "ipmi",
                                       "pin": "", **members})


def login(site_key, **members):
    """The member "bmc_login" of a report; `site_key`: what everybody is told a
    key of, which follows from it."""
    seed, secret, public = (ctypes.create_string_buffer(32) for _ in range(3))
    SODIUM.crypto_kdf_derive_from_key(seed, ctypes.c_size_t(32),
                                      ctypes.c_uint64(1), b"nfenroll", site_key)
    SODIUM.crypto_box_seed_keypair(public, secret, seed)
    return {"driver": "ipmi", "sealed": box(public.raw, {
        "user": "nodefoundry", **members})}
