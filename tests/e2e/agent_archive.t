#!/usr/bin/env python3
"""A root archive, installed by nf-agent in a virtual machine, which then boots
from its own disks: plain, LVM on RAID1, and encrypted.

Each machine takes minutes under emulation; NF_ARCHIVE=DIR keeps what they boot
from one run to the next, and NF_CASES=plain,... runs only these."""

import base64
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import orders  # noqa: E402
import tap  # noqa: E402

OVMF = pathlib.Path("/usr/share/OVMF")
INSTALL_S, BOOT_S = 1500, 600
DISK_BYTES = 6 << 30
GUEST_SEES = "10.0.2.2"         # this machine, by QEMU's own network

# Run in the new system at the end: it is to talk on the serial line, say what
# it stands on, and switch itself off.
SCRIPT = """set -e
mkdir -p /etc/default/grub.d
echo 'GRUB_CMDLINE_LINUX="console=ttyS0"' > /etc/default/grub.d/lab.cfg
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
    "users": [{"name": "admin", "sudo": True, "ssh_keys": ["ssh-ed25519 AAAA a@b"],
               "password_hash": "$y$j9T$abc$def"}],
    "ssh_keys": ["ssh-ed25519 BBBB root@b"],
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


class Machine:
    """One virtual machine: its disks stay, its power comes and goes."""

    def __init__(self, place, name, firmware, disks):
        self.serial = place / f"{name}.serial"
        self._disks = [place / f"{name}-{i}.raw" for i in range(disks)]
        self._firmware = firmware
        self._vars = place / f"{name}.vars"
        for disk in self._disks:
            with open(disk, "wb") as file:
                file.truncate(DISK_BYTES)
        if firmware == "uefi":
            shutil.copy(OVMF / "OVMF_VARS_4M.fd", self._vars)

    def run(self, limit_s, *more):
        """From power-on to power-off; what it said."""
        self.serial.write_bytes(b"")
        process = subprocess.Popen(self._words(*more), start_new_session=True)
        try:
            process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return self.serial.read_bytes().decode("utf-8", "replace").replace(
            "\r", "")

    def _words(self, *more):
        words = ["nice", "qemu-system-x86_64", "-accel", "tcg,thread=multi",
                 "-machine", "q35", "-smp", "2", "-m", "1024", "-nodefaults",
                 "-display", "none", "-no-reboot",
                 "-serial", f"file:{self.serial}",
                 "-netdev", "user,id=n0", "-device",
                 "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01,romfile=",
                 "-object", "rng-random,id=r0,filename=/dev/urandom",
                 "-device", "virtio-rng-pci,rng=r0"]
        for i, disk in enumerate(self._disks):
            words += ["-drive", f"id=d{i},if=none,file={disk},format=raw,"
                      "cache=unsafe", "-device",
                      f"virtio-blk-pci,drive=d{i},bootindex={i + 1}"]
        if self._firmware == "uefi":
            flash = "if=pflash,format=raw"
            words += ["-drive", f"{flash},readonly=on,"
                      f"file={OVMF}/OVMF_CODE_4M.fd",
                      "-drive", f"{flash},file={self._vars}"]
        return [*words, *more]


def boot_files(place):
    """The RAM disk with its tools, and the archive."""
    initrd = place / "initrd.img"
    archive = place / "debian.tar.zst"
    agent = ROOT / "build/nf-agent"
    if (not initrd.exists()
            or initrd.stat().st_mtime < agent.stat().st_mtime):
        subprocess.run([ROOT / "images/agent-initramfs", "--tools", place],
                       check=True, stdout=subprocess.DEVNULL)
    if not archive.exists():
        subprocess.run([ROOT / "images/debian-archive", archive], check=True,
                       stdout=subprocess.DEVNULL)
    return place / "vmlinuz", initrd, archive


def case(name, files, place):
    kernel, initrd, archive = files
    firmware, disks, layout, said = CASES[name]
    machine = Machine(place, name, firmware, disks)
    with orders.Server(archive.read_bytes(), GUEST_SEES) as server:
        server.sha256 = archive.with_name(
            archive.name + ".sha256").read_text().strip()
        server.order = {**COMMON, "layout": layout}
        began = time.monotonic()
        console = machine.run(
            INSTALL_S, "-kernel", str(kernel), "-initrd", str(initrd),
            "-append", f"console=ttyS0 quiet nf.url={server.url} "
            f"nf.mac={orders.MAC} nf.token=TOK7EN nf.retry=0")
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
    for program in ("qemu-system-x86_64", "mmdebstrap", "zstd"):
        if not shutil.which(program):
            tap.skip_all(f"{program} is missing")
    if not (ROOT / "build/nf-agent").exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    kept = os.environ.get("NF_ARCHIVE")
    with tempfile.TemporaryDirectory(prefix="nf-archive-") as room:
        place = pathlib.Path(room)
        files = boot_files(pathlib.Path(kept or room))
        for name in os.environ.get("NF_CASES", ",".join(CASES)).split(","):
            case(name, files, place)
    tap.done()


main()
