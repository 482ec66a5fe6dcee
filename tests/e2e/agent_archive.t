#!/usr/bin/env python3
# Shares: lab
"""A root archive, installed by nf-agent in a virtual machine, which then boots
from its own disks.

Each machine takes minutes under emulation, so it is run by `make test-image`
(NF_TEST_IMAGE=1), and of its cases `plain` unless NF_CASES=plain,raid1-lvm,
keyfile says otherwise.  NF_ARCHIVE=DIR keeps what they boot from one run to
the next."""

import base64
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import emulator  # noqa: E402
import orders  # noqa: E402
import tap  # noqa: E402

INSTALL_S, BOOT_S = 1500, 600
DISK_BYTES = 6 << 30

# Run in the new system at the end: it is to talk on the serial line, say what
# it stands on, and switch itself off.
SCRIPT = """set -e
mkdir -p /etc/default/grub.d
echo 'GRUB_CMDLINE_LINUX="console=ttyS0"' > /etc/default/grub.d/lab.cfg
# a small initramfs: emulation takes minutes for one with all drivers
printf 'MODULES=list\\nCOMPRESS=zstd\\nCOMPRESSLEVEL=1\\n' \\
    > /etc/initramfs-tools/conf.d/lab
printf '%s\\n' virtio_pci virtio_blk ext4 xfs raid1 dm_mod dm_crypt xts \\
    aesni_intel crc32c_generic algif_skcipher >> /etc/initramfs-tools/modules
cat > /etc/systemd/system/told.service <<END
[Service]
StandardOutput=tty
TTYPath=/dev/console
ExecStart=/bin/sh -c "echo TOLD host=$(cat /etc/hostname); \\
 findmnt -n -o SOURCE,FSTYPE / | sed s/^/TOLD\\\\ /; \\
 cat /proc/mdstat | sed s/^/TOLD\\\\ /; lsblk -n -o NAME,TYPE,FSTYPE,MOUNTPOINTS \\
 | sed s/^/TOLD\\\\ /; swapon --noheadings | sed s/^/TOLD\\\\ /; \\
 id admin | sed s/^/TOLD\\\\ /; \\
 stat -c 'TOLD %%U %%a %%n' /home/admin/.ssh/authorized_keys; \\
 getcap /usr/bin/ping /usr/local/bin/capped | sed s/^/TOLD\\\\ /; \\
 systemctl is-system-running | sed s/^/TOLD\\\\ /; \\
 cat /etc/machine-id | sed s/^/TOLD\\\\ machine-id=/; \\
 ls /etc/ssh/*_key | sed s/^/TOLD\\\\ /; \\
 echo TOLD TZ=$(readlink /etc/localtime); \\
 echo TOLD end; systemctl poweroff -f -f"
END
ln -sf /etc/systemd/system/told.service \\
    /etc/systemd/system/multi-user.target.wants/told.service
sed -i '/^\\[Service\\]/i [Unit]\\nAfter=multi-user.target' \\
    /etc/systemd/system/told.service
echo "script ran in $(cat /etc/hostname)"
"""

COMMON = {
    "image.format": "tar",
    "hostname": "node-1.lab.example",
    "time_zone": "Europe/Berlin",
    "users": [{"name": "admin", "sudo": True, "ssh_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk a@b"],
               "password_hash": "$y$j9T$abcdefghijklmnopqrstu/$zroeN0OYnct2fDiNS.hqGZFYr8Bnw/4UA0imUAgbI1/"}],
    "ssh_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/U3GuKCqEBAAh4jKvDLurgMVk root@b"],
    "root_password_hash": "!",
    "scripts": [{"name": "lab",
                 "script": base64.b64encode(SCRIPT.encode()).decode()}],
}

# Name: firmware, how many disks, the layout, what the system then says.
CASES = {
    "plain": ("uefi", 1, {
        "partitions": [{"mount": "swap", "size_mb": 256, "fs": "swap"},
                       {"mount": "/", "size_mb": 0, "fs": "ext4"}]},
        ["/dev/vda4 ext4", "partition"]),
    "raid1-lvm": ("bios", 2, {
        "layout": "lvm", "raid1": ["/dev/vda", "/dev/vdb"],
        "partitions": [{"mount": "/boot", "size_mb": 512, "fs": "ext4"},
                       {"mount": "/var", "size_mb": 1024, "fs": "xfs"},
                       {"mount": "swap", "size_mb": 256, "fs": "swap"},
                       {"mount": "/", "size_mb": 0, "fs": "ext4"}]},
        [r"/dev/mapper/nf[0-9a-f]{8}-root ext4", r"md10 : active.*raid1",
         r"md11 : active.*raid1", r"lvm +xfs +/var"]),
    "keyfile": ("bios", 1, {
        "layout": "lvm", "encrypt": {"unlock": "keyfile"},
        "partitions": [{"mount": "/", "size_mb": 0, "fs": "ext4"}]},
        [r"/dev/mapper/nf[0-9a-f]{8}-root ext4", r"crypt_system +crypt"]),
}


def boot_files(place):
    """The RAM disk with its tools, and the archive."""
    archive = place / "debian.tar.zst"
    if not archive.exists():
        subprocess.run([ROOT / "images/debian-archive", archive], check=True,
                       stdout=subprocess.DEVNULL)
    return emulator.boot_files(place), archive


def case(name, files, place):
    boot, archive = files
    firmware, disks, layout, said = CASES[name]
    machine = emulator.Machine(place, name, firmware, disks, DISK_BYTES)
    with orders.Server(archive.read_bytes(), emulator.HOST) as server:
        server.sha256 = archive.with_name(
            archive.name + ".sha256").read_text().strip()
        server.order = {**COMMON, "layout": layout}
        began = time.monotonic()
        console = machine.install(INSTALL_S, boot, server.url)
        took = time.monotonic() - began
        reports = [report for _, report in server.reports]
    if not tap.ok(reports and reports[-1]["success"],
                  f"{name} ({firmware}): the archive is installed"):
        tap.diag(str(reports))
        tap.diag(console[-6000:])
        return
    tap.diag(f"{name}: installed in {took:.0f} s")
    tap.like(console, r"sh: script ran in node-1.lab.example",
             f"{name}: the order's script ran in the new system")
    console = machine.run(BOOT_S)
    told = "\n".join(line.split("TOLD ", 1)[1] for line in console.split("\n")
                     if "TOLD " in line)
    if not tap.like(told, "end", f"{name}: it boots from its own disk"):
        tap.diag(console[-6000:])
        return
    told = " ".join(told.split())
    for pattern in [*said, "host=node-1.lab.example", "uid=1000.admin",
                    "admin 600 /home/admin/.ssh/authorized_keys",
                    r"machine-id=[0-9a-f]{32}", "ssh_host_ed25519_key",
                    "TZ=/usr/share/zoneinfo/Europe/Berlin"]:
        tap.like(told, pattern, f"{name}: {pattern}")


def main():
    if not os.environ.get("NF_TEST_IMAGE"):
        tap.skip_all("machines without KVM install for minutes: "
                     "make test-image")
    for program in ("qemu-system-x86_64", "mmdebstrap", "zstd"):
        if not shutil.which(program):
            tap.skip_all(f"{program} is missing")
    if not (ROOT / "build/nf-agent").exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    kept = os.environ.get("NF_ARCHIVE")
    with tempfile.TemporaryDirectory(prefix="nf-archive-") as room:
        place = pathlib.Path(room)
        files = boot_files(pathlib.Path(kept or room))
        for name in os.environ.get("NF_CASES", "plain").split(","):
            case(name, files, place)
    tap.done()


main()
