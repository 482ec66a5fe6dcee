#!/usr/bin/env python3
# Shares: lab
"""nf-agent in the RAM of a machine whose BMC cannot be enrolled: it says why in
its report, soon, and goes on as if there were none.

The guest's network is QEMU's own: 10.0.2.2 is this machine's loopback."""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "lib"))
sys.path.insert(0, str(TESTS / "lab"))
import artefacts  # noqa: E402
import ipmi_sim  # noqa: E402
import rude  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

BOOT_S = 120
REPORT_S = 30   # more than that no report waits for its BMC
KEY = "A" * 43
# It falls silent when it is asked what only the enrolment asks.
SILENT = """#!/bin/sh
[ "$2" = subnet_mask ] && exec sleep 20
echo "$2:10.9.8.7"
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def silent(bmc):
    (bmc.dir / "lan").write_text(SILENT)


def full(bmc):
    with open(bmc.dir / "lan.conf", "a", encoding="ascii") as conf:
        for slot in range(4, 64):
            conf.write(f'user {slot} true "u{slot}" "x" user 10 none\n')


def start(server, place, kernel, kcs):
    files = artefacts.initramfs("amd64", kernel, tap.diag)
    return subprocess.Popen(
        ["nice", "-n", "19", "qemu-system-x86_64", "-accel",
         "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nodefaults",
         "-display", "none", "-no-reboot",
         "-chardev", f"file,id=ser,path={place}/serial",
         "-serial", "chardev:ser",
         "-kernel", files["agent/amd64/vmlinuz"],
         "-initrd", files["agent/amd64/initrd.img"],
         "-append", "console=ttyS0 quiet panic=-1 nf.poll=2 nf.bmc=" + KEY
         + f" regional_url=http://10.0.2.2:{server.port}",
         "-netdev", "user,id=n0",
         "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01,romfile=",
         "-object", "rng-random,id=r0,filename=/dev/urandom",
         "-device", "virtio-rng-pci,rng=r0",
         "-chardev", f"socket,id=ipmi0,host=127.0.0.1,port={kcs},reconnect=1",
         "-device", "ipmi-bmc-extern,id=bmc0,chardev=ipmi0",
         "-device", "isa-ipmi-kcs,bmc=bmc0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)


def seen(look, process, seconds):
    """When look() came true, None: it did not."""
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end and process.poll() is None:
        if look():
            return time.monotonic()
        time.sleep(0.05)
    return None


def run(name, kernel, spoil, wanted):
    kcs = free_port()
    bmc = ipmi_sim.Sim(address="127.0.0.1", kcs=kcs)
    spoil(bmc)
    with rude.Server() as server, bmc, \
            tempfile.TemporaryDirectory(prefix="nf-enroll-") as place:
        process = start(server, place, kernel, kcs)
        try:
            looked = seen(lambda: ("hardware_collect", 10) in server.steps(),
                          process, BOOT_S)
            told = seen(lambda: server.bodies("/api/v1/report"), process,
                        REPORT_S + 10)
            waits = seen(lambda: ("task_wait", 20) in server.steps(), process,
                         30)
        finally:
            process.kill()
            process.wait()
        serial = pathlib.Path(place, "serial").read_text("utf-8", "replace")
        if not tap.ok(looked and told, f"{name}: it reports"):
            tap.diag(serial[-2000:])
            return
        report = server.bodies("/api/v1/report")[0]
        tap.ok(report.get("bmc_login") == {"error": wanted},
               f"{name}: {report.get('bmc_login')}")
        tap.ok(report["hardware"]["bmc"]["present"] is True,
               f"{name}: that it has a BMC stays known")
        tap.ok(told - looked < limit(REPORT_S),
               f"{name}: after {told - looked:.1f} s")
        tap.ok(waits, f"{name}: and it goes on")


if not shutil.which("qemu-system-x86_64") or not shutil.which("ipmi_sim"):
    tap.skip_all("it takes qemu-system-x86_64 and ipmi_sim")
run("silent", "full", silent, "the BMC does not answer")
run("full", "full", full, "the BMC has no free user")
run("no driver", "cloud", lambda bmc: None,
    "the BMC has no /dev/ipmi0 in this system")
tap.done()
