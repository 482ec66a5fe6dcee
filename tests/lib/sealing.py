"""How a device is reached, sealed for a worker as nf-relay does it: libsodium's
crypto_box_seal."""

import base64
import ctypes
import json

SODIUM = ctypes.CDLL("libsodium.so.23")
SEAL_BYTES = 48


def seal(key, command, **members):
    """`key`: the worker's, in base64.  The member "device" of a command."""
    text = json.dumps({"command": command, "driver": "ipmi", "pin": "",
                       **members}).encode()
    box = ctypes.create_string_buffer(len(text) + SEAL_BYTES)
    if SODIUM.crypto_box_seal(box, text, ctypes.c_ulonglong(len(text)),
                              base64.b64decode(key)) != 0:
        raise ValueError("no key to seal for")
    return base64.b64encode(box.raw).decode()
