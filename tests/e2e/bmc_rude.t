#!/usr/bin/env python3
"""nf-bmc's IPMI driver and BMCs as they are: other cipher suites, slow, deaf,
forgetful, losing packets, hanging.  Nothing goes on past its deadline."""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
from pace import limit  # noqa: E402
from rmcp import OPERATOR, Bmc  # noqa: E402
from tap import done, is_, ok  # noqa: E402

BMC = os.path.join(bastion.BUILD, "nf-bmc")
AWKWARD = """ a'"%s\\ $x!`#b """


def tries(bmc, *words, deadline=60, user="ADMIN", password="s3cret"):
    """(exit status, its answer, seconds)."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"user={user}\npassword={password}\n")
        file.flush()
        begun = time.monotonic()
        ran = subprocess.run(
            [BMC, "try", "-d", "ipmi", "-a", f"127.0.0.1:{bmc.port}", "-c",
             file.name, "-t", str(deadline), *words], capture_output=True,
            text=True, timeout=limit(deadline + 30))
    return ran.returncode, json.loads(ran.stdout), time.monotonic() - begun


def cause(bmc, *words, **more):
    return tries(bmc, *words, **more)[1].get("cause")


def suites():
    for taken in ((17,), (3,), (3, 17)):
        with Bmc(suites=taken) as bmc:
            is_(tries(bmc, "power", "reset")[:2], (0, {"power": "on"}),
                f"suites {taken}")
    with Bmc(suites=()) as bmc:
        is_(cause(bmc, "power", "status"), "cipher", "one that takes neither")
    with Bmc(no_suites=True) as bmc:
        is_(tries(bmc, "power", "status")[:2], (0, {"power": "off"}),
            "one that does not tell its suites")


def users():
    with Bmc(level=OPERATOR) as bmc:
        is_(tries(bmc, "power", "on")[:2], (0, {"power": "on"}),
            "a user who is an operator only")
    with Bmc(level=2) as bmc:
        is_(cause(bmc, "power", "on"), "privilege", "one who is less")
    with Bmc(password=AWKWARD) as bmc:
        is_(tries(bmc, "power", "status", password=AWKWARD)[:2],
            (0, {"power": "off"}), "blanks, quotes and % in a password")
        is_(cause(bmc, "power", "status", password=AWKWARD.strip()),
            "wrong_password", "where each blank counts")


def flags():
    """Parameter 5 as it is set, and as it is kept."""
    with Bmc() as bmc:
        for words, wanted in (
                (("pxe",), "a004"), (("pxe", "persistent=true"), "e004"),
                (("disk", "firmware=bios"), "8008"),
                (("disk", "firmware=bios", "persistent=true"), "c008"),
                (("bios",), "a018"), (("cdrom",), "a014")):
            status, said, _ = tries(bmc, "boot_device", *words)
            is_((status, said["device"], bmc.flags[:2].hex()),
                (0, words[0], wanted), f"boot device {' '.join(words)}")
    with Bmc(forgets_s=0.5) as bmc:
        tries(bmc, "boot_device", "pxe")
        time.sleep(1)
        is_(tries(bmc, "boot_device")[1]["device"], "pxe",
            "one that clears its flags keeps ours: no reset came in time")


def slow():
    with Bmc(lag_s=4) as bmc:
        is_(tries(bmc, "power", "reset")[:2], (0, {"power": "on"}),
            "power that follows after 4 s")
        is_(bmc.acts, ["on"], "it was off: on, once")
        is_(tries(bmc, "power", "reset")[:2], (0, {"power": "on"}), "again")
        is_(bmc.acts[1:], ["off", "on"], "one cycle")
    with Bmc(delay_s=0.3) as bmc:
        status, said, took = tries(bmc, "power", "on")
        is_((status, said), (0, {"power": "on"}),
            f"answers after 300 ms: {took:.1f} s")
    with Bmc(drop=5) as bmc:
        is_(tries(bmc, "power", "reset")[:2], (0, {"power": "on"}),
            "every fifth packet is lost")
        is_(bmc.acts.count("on"), 1, "and nothing is done twice")


def broken():
    with Bmc(deaf=True) as bmc:
        status, said, took = tries(bmc, "power", "on", deadline=5)
        is_((status, said["cause"]), (1, "no_effect"), "one that does nothing")
        ok(took < limit(8), f"is given up at the deadline: {took:.1f} s")
    with Bmc(hangs_at=(0, 2)) as bmc:
        status, said, took = tries(bmc, "power", "on", deadline=8)
        is_((status, said["cause"]), (1, "hung"), "one that hangs at a command")
        ok(took < limit(12), f"too: {took:.1f} s")
    with Bmc() as bmc:
        is_(cause(bmc, "power", "soft") or bmc.acts, [],
            "soft, of what is off, does nothing")


suites()
users()
flags()
slow()
broken()
done()
