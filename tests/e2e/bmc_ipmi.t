#!/usr/bin/env python3
"""nf-bmc's IPMI driver on ipmi_sim: what is set is read back, a reset is one
cycle, failures have causes, and the password is nowhere to be seen."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
import ipmi_sim  # noqa: E402
from dnsmasq import runs, until  # noqa: E402
from pace import limit  # noqa: E402
from processes import children  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

BMC = os.path.join(bastion.BUILD, "nf-bmc")
AWKWARD = "a'%s$x!`*b" # ipmi_sim knows no blanks


def credentials(bmc, user, password, mode=0o600):
    path = bmc.dir / "credentials"
    path.write_text(f"user={user}\npassword={password}\n")
    path.chmod(mode)
    return str(path)


def command(bmc, *words, user=ipmi_sim.USER, password=ipmi_sim.PASSWORD,
            port=None, mode=0o600):
    return [BMC, "try", "--driver", "ipmi", "--address",
            f"127.0.0.1:{port or bmc.port}", "--credentials",
            credentials(bmc, user, password, mode), *words]


def tries(bmc, *words, **more):
    """(exit status, what it printed as JSON or words)."""
    ran = subprocess.run(command(bmc, *words, **more), capture_output=True,
                         text=True, timeout=limit(120))
    try:
        return ran.returncode, json.loads(ran.stdout)
    except ValueError:
        return ran.returncode, ran.stderr


def power(bmc):
    for words, wanted, acts in (
            (("power", "status"), "off", []),
            (("power", "off"), "off", []),
            (("power", "on"), "on", ["power 1"]),
            (("power", "on"), "on", []),
            (("power", "reset"), "on", ["power 0", "power 1"]),
            (("power", "soft"), "off", ["shutdown 1"]),
            (("power", "reset"), "on", ["power 1"]),
            (("reset",), "on", ["power 0", "power 1"]),
            (("power", "off"), "off", ["power 0"])):
        bmc.set("acts", "")
        is_(tries(bmc, *words), (0, {"power": wanted}), " ".join(words))
        is_(bmc.acts(), acts, "  and was told no more than that")


def boot_device(bmc):
    for device, wanted in (("pxe", "pxe"), ("cdrom", "cdrom"), ("bios", "bios"),
                           ("disk", "default"), ("none", "none")):
        status, said = tries(bmc, "boot_device", device)
        is_((status, said.get("device"), bmc.get("boot")),
            (0, device, wanted), f"boot device {device}")
    is_(tries(bmc, "boot_device")[1].get("device"), "none", "it is told")


def information(bmc):
    status, said = tries(bmc, "info")
    is_((status, said.get("firmware")), (0, "9.08"), "its firmware is told")


def failures(bmc):
    for name, wanted, more in (
            ("a wrong password", "wrong_password", {"password": "no"}),
            ("a wrong user", "wrong_user", {"user": "nobody"}),
            ("a password that IPMI cannot take", "wrong_password",
             {"password": "x" * 21}),
            ("nobody there", "unreachable", {"port": ipmi_sim.free_port()})):
        status, said = tries(bmc, "power", "status", **more)
        is_((status, said.get("cause")), (1, wanted), name)
    bmc.set("power", "0")
    bmc.set("deaf", "x")
    status, said = tries(bmc, "--deadline", "4", "power", "on")
    is_((status, said.get("cause")), (1, "no_effect"),
        "one that says yes and does nothing: its deadline counts")
    os.remove(bmc.dir / "deaf")
    status, said = tries(bmc, "power", "status", mode=0o644)
    is_(status, 64, "credentials that everybody may read are refused")
    like(said, "chmod 600", "and it says so")


def awkward_words():
    with ipmi_sim.Sim(password=AWKWARD) as bmc:
        is_(tries(bmc, "power", "status", password=AWKWARD),
            (0, {"power": "off"}), "quotes and % in a password")


def secrecy(bmc):
    """While it runs: in no argument, environment or file of its processes."""
    running = subprocess.Popen(
        command(bmc, "power", "status", port=ipmi_sim.free_port()),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ok(until(lambda: children(running.pid)), "ipmitool runs")
    found = []
    for pid in (running.pid, *children(running.pid)):
        for name in ("cmdline", "environ"):
            with open(f"/proc/{pid}/{name}", "rb") as f:
                if ipmi_sim.PASSWORD.encode() in f.read():
                    found.append((pid, name))
    is_(found, [], "the password is in no argument and no environment")
    child = min(children(running.pid))
    running.kill()
    running.wait()
    ok(until(lambda: not runs(child)),
       "kill -9 takes ipmitool with it")


def usage(bmc):
    for words, wanted in ((("power",), "action must be"),
                          (("power", "boil"), "action must be"),
                          (("fly",), "command is not an operation"),
                          (("boot_device", "tape"), "device"),
                          (("identify", "300"), "seconds")):
        status, said = tries(bmc, *words)
        is_(status, 64, " ".join(words))
        like(said, wanted, "  and says why")


with ipmi_sim.Sim() as sim:
    power(sim)
    boot_device(sim)
    information(sim)
    failures(sim)
    secrecy(sim)
    usage(sim)
awkward_words()
done()
