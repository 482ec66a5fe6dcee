#!/usr/bin/env python3
# Shares: lab
"""A disk's image, installed by nf-agent in a virtual machine: partitions and
file system grown, the system configured, its scripts run in it.

The disk is looked at from here afterwards, which needs root and loop devices.
NF_ARCHIVE=DIR keeps the RAM disk from one run to the next."""

import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import emulator  # noqa: E402
import orders  # noqa: E402
from small_image import MIB, START, image_make, sh  # noqa: E402
import tap  # noqa: E402

AGENT = ROOT / "build/nf-agent"
DISK_SIZE = 1024 * MIB
INSTALL_S = 600

SCRIPT = base64.b64encode(b"""
echo "a script in $(cat /etc/hostname)" > /said
[ -e /proc/self ] && [ -c /dev/null ] && echo places >> /said
""").decode()


def case(label, kind, boot):
    name = f"{label}, {kind}"
    with tempfile.TemporaryDirectory(prefix="nf-image-") as room:
        place = pathlib.Path(room)
        machine = emulator.Machine(place, "image", "bios", 1, DISK_SIZE)
        with orders.Server(image_make(place, label, kind),
                           emulator.HOST) as server:
            server.order = {
                "scripts": [{"name": "say", "script": SCRIPT}],
                "network.ip": "10.9.8.7", "network.netmask": "255.255.255.0",
                "network.gateway": "10.9.8.1", "network.dns": ["10.9.8.2"]}
            console = machine.install(INSTALL_S, boot, server.url)
            reports = [one for _, one in server.reports]
        if tap.ok(reports and reports[-1]["success"],
                  f"{name}: the image is installed"):
            check(name, place, machine.disks[0], kind)
        else:
            tap.diag(str(reports), console[-4000:])


def check(name, place, disk, kind):
    part = sh("losetup", "-f", "--show", "-o", START * MIB, disk).strip()
    try:
        look(name, place, part, kind)
    finally:
        sh("losetup", "-d", part)


def look(name, place, part, kind):
    checker = (["e2fsck", "-f", "-n"] if kind == "ext4"
               else ["xfs_repair", "-n"])
    tap.is_(subprocess.run([*checker, part], capture_output=True).returncode, 0,
            f"{name}: the file system is sound, and let go of")
    mount = place / "new"
    mount.mkdir()
    sh("mount", "-o", "ro", part, mount)
    try:
        size = os.statvfs(mount)
        tap.ok(size.f_blocks * size.f_frsize > DISK_SIZE * 0.8,
               f"{name}: it has grown to the disk")
        texts = {path: (mount / path).read_text() for path in (
            "etc/hostname", "said", "etc/machine-id", "etc/resolv.conf",
            "defaults/nodefoundry-agent",
            "etc/systemd/network/10-nodefoundry.network")}
        tap.is_(texts["said"], "a script in node-1\nplaces\n",
                f"{name}: the script ran in the new system")
        tap.is_((texts["etc/hostname"], texts["etc/machine-id"]),
                ("node-1\n", ""), f"{name}: it is nobody else")
        tap.ok(not (mount / "etc/ssh/ssh_host_rsa_key").exists(),
               f"{name}: everybody's SSH key is gone")
        tap.like(texts["defaults/nodefoundry-agent"], f"NF_MAC={orders.MAC}",
                 f"{name}: a link inside it is followed inside it")
        tap.ok(not pathlib.Path("/escaped").exists()
               and not (mount / "escaped").exists(),
               f"{name}: and one in a file's place is replaced")
        tap.like(texts["etc/systemd/network/10-nodefoundry.network"],
                 "Address=10.9.8.7/24\nDNS=10.9.8.2\n\n"
                 r"\[Route\]\nGateway=10.9.8.1\n",
                 f"{name}: it has its address")
        tap.is_(texts["etc/resolv.conf"], "nameserver 10.9.8.2\n",
                f"{name}: and its name server")
        tap.ok(not (mount / "tmp/nodefoundry").exists(),
               f"{name}: the script is gone")
    finally:
        sh("umount", mount)


def main():
    if os.getuid() != 0 or not pathlib.Path("/dev/loop-control").exists():
        tap.skip_all("loop devices need root")
    if not shutil.which("qemu-system-x86_64"):
        tap.skip_all("qemu-system-x86_64 is missing")
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    kept = os.environ.get("NF_ARCHIVE")
    with tempfile.TemporaryDirectory(prefix="nf-image-") as room:
        boot = emulator.boot_files(pathlib.Path(kept or room))
        case("gpt", "ext4", boot)
        case("dos", "ext4", boot)
        if shutil.which("mkfs.xfs"):
            case("gpt", "xfs", boot)
    tap.done()


main()
