#!/usr/bin/env python3
# Shares: lab
"""The rule for the disk on hardware that a copy of /sys cannot stand for: an
NVMe disk with two paths, one of sectors of 4096 bytes, persistent memory, a
stick; and what an older system made of a disk goes when it is cleared.

NF_ARCHIVE=DIR keeps the RAM disk from one run to the next."""

import base64
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import emulator  # noqa: E402
import orders  # noqa: E402
from small_image import MIB, image_make  # noqa: E402
import tap  # noqa: E402

INSTALL_S = 600
# name, MiB: the fit one is neither the first nor the smallest
DISKS = (("pmem", 512), ("usb", 600), ("large", 900), ("nvme", 800),
         ("old", 1000))

# What is asked in RAM before the installation: name, order, what is answered.
# Which of an NVMe disk's two paths is the first is not the same every time.
ASKED = (
    ("of all, the smallest that lasts", {"disk": "auto"},
     r"0 /dev/nvme\dn1$"),
    ("one by its serial number",
     {"disk": "auto", "layout": {"hints": {"serial": "NF-LARGE"}}},
     "0 /dev/vda$"),
    ("one by its name, on USB", {"disk": "/dev/sda"}, "0 /dev/sda$"),
    ("persistent memory by its name", {"disk": "/dev/pmem0"}, "0 /dev/pmem0$"),
    ("a path of the NVMe disk", {"disk": "/dev/nvme0c0n1"}, "1 (there is no disk|.*is one of several paths)"),
    ("a name that udev would make",
     {"disk": "/dev/disk/by-id/virtio-NF-OLD"}, "0 /dev/vdb$"),
)

# A group of volumes on an array, and a volume that is in use.
OLD_SYSTEM = """
echo 'label: gpt
size=100MiB
size=400MiB' | sfdisk -q /dev/vdb
mdadm --create /dev/md77 --run --quiet --level=1 --raid-devices=2 \\
    --metadata=1.0 /dev/vdb2 missing < /dev/null
lvm vgcreate -q vg0 /dev/md77
lvm lvcreate -q -y -an -Zn -L 64M -n root vg0
lvm vgchange -q -ay --noudevsync vg0
echo "TOLD before" $(ls /sys/block/md77/holders | wc -l)
echo '{"disk": "/dev/vdb"}' | nf-agent disk --order - --wipe
echo "TOLD wiped $?"
echo "TOLD parts" $(ls -d /sys/block/vdb/vdb* /sys/block/md77/md 2>&1 \\
    | grep -vc "No such")
echo "TOLD groups" $(lvm vgs --noheadings 2> /dev/null | wc -l) \\
    $(mdadm --examine /dev/vdb 2>&1 | grep -c "Magic")
"""


def hardware_script():
    lines = []
    for i, (_, order, _) in enumerate(ASKED):
        text = json.dumps(order)
        lines.append(f"told=$(echo '{text}' | nf-agent disk --order - "
                     f"2> /dev/null); echo \"TOLD {i} $? $told\"")
    script = "\n".join([*lines, OLD_SYSTEM])
    return base64.b64encode(script.encode()).decode()


def devices(place):
    """QEMU's words for the disks, none of which the machine boots from."""
    for name, size in DISKS:
        with open(place / name, "wb") as file:
            file.truncate(size * MIB)
    # any bytes but zeros: a refused disk is to keep them
    (place / "large").write_bytes(b"\xa5" * dict(DISKS)["large"] * MIB)
    drives = [word for name in ("usb", "large", "nvme", "old")
              for word in ("-drive", f"id={name},if=none,format=raw,"
                           f"file={place / name},cache=unsafe")]
    return [*drives, "-machine", "nvdimm=on", "-m", "slots=1,maxmem=4G",
            "-object", f"memory-backend-file,id=m,share=on,"
            f"mem-path={place / 'pmem'},size=512M",
            "-device", "nvdimm,memdev=m",
            "-device", "qemu-xhci",
            "-device", "usb-storage,drive=usb,removable=off",
            "-device", "virtio-blk-pci,drive=large,serial=NF-LARGE,"
            "logical_block_size=4096,physical_block_size=4096",
            "-device", "virtio-blk-pci,drive=old,serial=NF-OLD",
            "-device", "nvme-subsys,id=s0",
            "-device", "nvme,serial=NF-NVME,subsys=s0,id=c0",
            "-device", "nvme,serial=NF-NVME,subsys=s0,id=c1",
            "-device", "nvme-ns,drive=nvme,shared=on"]


def installed(place, boot, image, order, operations):
    machine = emulator.Machine(place, "disks", "bios", 0, 0)
    with orders.Server(image, emulator.HOST) as server:
        server.order = order
        server.operations = operations
        server.hardware = {"scripts": [{"name": "ask",
                                        "script": hardware_script()}]}
        console = machine.install(INSTALL_S, boot, server.url,
                                  *devices(place))
        return console, [body for _, body in server.reports]


def named_case(place, boot, image):
    """What is meant by its name, and does not fit, is left as it is."""
    console, reports = installed(
        place, boot, image,
        {"layout": {"hints": {"serial": "NF-LARGE"}}},
        ["os_install", "reboot"])
    if not tap.ok(reports and not reports[-1]["success"],
                  "an image made for sectors of 512 bytes is refused by a "
                  "disk of 4096"):
        tap.diag(str(reports), console[-4000:])
        return
    tap.like(str(reports[-1]), "has sectors of 4096 bytes",
             "the report says so")
    tap.ok((place / "large").read_bytes() == b"\xa5" * 900 * MIB,
           "before its first byte is written")


def auto_case(place, boot, image):
    console, reports = installed(place, boot, image, {},
                                 ["hardware_config", "os_install", "reboot"])
    told = dict(re.findall(r"TOLD (\w+) ([^\n]*)", console))
    for i, (name, _, answer) in enumerate(ASKED):
        tap.like(told.get(str(i)), "^" + answer, f"asked: {name}")
    tap.is_([told.get(word) for word in ("before", "wiped", "parts",
                                         "groups")],
            ["1", "0", "0", "0 0"],
            "an older group of volumes on an array is let go and cleared")
    if not tap.ok(reports and reports[-1]["success"],
                  "a machine with disks of six kinds is installed"):
        tap.diag(str(reports), console[-6000:])
        return
    tap.like(console, r"Disk: /dev/nvme\dn1 .*: the smallest of 2 disks that fit",
             "the console says which was taken")
    tap.diag(*re.findall(r"Disk: [^\n]*", console))
    with open(place / "nvme", "rb") as file:
        tap.is_(file.read(512)[510:], b"\x55\xaa", "it is on the NVMe disk")
    for name in ("pmem", "usb", "large"):
        head = (place / name).read_bytes()[:MIB]
        tap.ok(len(set(head)) == 1, f"and not on that of {name}")


def main():
    if os.getuid() != 0:
        tap.skip_all("making the RAM disk needs root")
    if not shutil.which("qemu-system-x86_64"):
        tap.skip_all("qemu-system-x86_64 is missing")
    if not (ROOT / "build/nf-agent").exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    kept = os.environ.get("NF_ARCHIVE")
    with tempfile.TemporaryDirectory(prefix="nf-disks-") as room:
        place = pathlib.Path(room)
        boot = emulator.boot_files(pathlib.Path(kept or room),
                                   ("agent-image",))
        with tempfile.TemporaryDirectory(prefix="nf-image-") as made:
            image = image_make(pathlib.Path(made), "gpt", "ext4")
        named_case(place, boot, image)
        auto_case(place, boot, image)
    tap.done()


main()
