#!/usr/bin/env python3
# Shares: lab
"""What `make image` made boots on hardware of several kinds, finds its card
and its disk, and reports.

The guests' networks are QEMU's own: 10.0.2.2 is this machine's loopback."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import rude  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

FILES = pathlib.Path(os.environ.get("NF_IMAGES", ROOT / "build/files/agent"))
LIMIT_S = int(os.environ.get("NF_BOOT_LIMIT", "300"))
X86 = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35"]
ARM = ["qemu-system-aarch64", "-accel", "tcg,thread=multi",
       "-machine", "virt", "-cpu", "cortex-a57"]

# name, architecture, console, QEMU, what its report must have
MACHINES = (
    ("e1000 and AHCI", "amd64", "ttyS0", X86, [
        "-device", "e1000,netdev=n0,mac=52:54:00:00:00:01",
        "-device", "ich9-ahci,id=ahci",
        "-device", "ide-hd,drive=d0,bus=ahci.0,serial=AHCI-1"],
     ("e1000", "/dev/sda", "AHCI-1")),
    ("virtio", "amd64", "ttyS0", X86, [
        "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
        "-device", "virtio-blk-pci,drive=d0,serial=VIRTIO-1"],
     ("virtio_net", "/dev/vda", "VIRTIO-1")),
    ("e1000e and NVMe", "amd64", "ttyS0", X86, [
        "-device", "e1000e,netdev=n0,mac=52:54:00:00:00:01",
        "-device", "nvme,drive=d0,serial=NVME-1"],
     ("e1000e", "/dev/nvme0n1", "NVME-1")),
    ("arm64, virtio and NVMe", "arm64", "ttyAMA0", ARM, [
        "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
        "-device", "nvme,drive=d0,serial=NVME-2"],
     ("virtio_net", "/dev/nvme0n1", "NVME-2")),
)


def boot(server, place, arch, console, machine, devices, more="",
         network="user"):
    """A machine whose first process is ours, started; its console is a file."""
    disk = place / "disk"
    disk.touch()
    os.truncate(disk, 1 << 30)
    words = (f"console={console} regional_url={server.url_in_guest} "
             f"nf.poll=2 panic=-1 {more}")
    return subprocess.Popen(
        ["nice", "-n", "19", *machine, "-m", "1024", "-smp", "2", "-nodefaults",
         "-display", "none", "-no-reboot",
         "-chardev", f"file,id=ser,path={place}/serial",
         "-serial", "chardev:ser",
         "-kernel", FILES / arch / "vmlinuz",
         "-initrd", FILES / arch / "initrd.img", "-append", words,
         "-netdev", f"{network},id=n0",
         "-drive", f"id=d0,if=none,file={disk},format=raw", *devices],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)


def reported(server, process, seconds):
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end and process.poll() is None:
        if (server.bodies("/api/v1/report")
                and ("task_wait", 20) in server.steps()):
            return server.bodies("/api/v1/report")[0]
        time.sleep(0.1)
    return None


def check(name, report, wanted):
    driver, device, serial = wanted
    hardware = report["hardware"]
    tap.ok(report["mac"] == "52:54:00:00:00:01",
           f"{name}: the card towards the server is the node's")
    cards = [card.get("driver") for card in hardware.get("nics", [])]
    tap.ok(driver in cards, f"{name}: {cards} has {driver}")
    disks = [(disk["device"], disk.get("serial"))
             for disk in hardware.get("disks", [])]
    tap.ok((device, serial) in disks, f"{name}: {disks} has {device}")


def run(name, arch, console, machine, devices, wanted):
    began = time.monotonic()
    with rude.Server() as server, \
            tempfile.TemporaryDirectory(prefix="nf-boot-") as directory:
        place = pathlib.Path(directory)
        server.url_in_guest = f"http://10.0.2.2:{server.port}"
        process = boot(server, place, arch, console, machine, devices)
        try:
            report = reported(server, process, LIMIT_S)
        finally:
            process.kill()
            said = process.stderr.read().decode()
            process.wait()
        serial = (place / "serial").read_text("utf-8", "replace")
        took = time.monotonic() - began
        if not tap.ok(report, f"{name}: reports ({took:.0f} s)"):
            tap.diag(said, serial[-3000:])
            return
        check(name, report, wanted)
        tap.like(serial, r"Progress: \[20%\] task_wait",
                 f"{name}: and says so on its console")
        if os.environ.get("NF_TEST_KEEP"):
            tap.diag(serial)


def asked_in(frame):
    """The VLAN of a frame that asks for an address, 0 without a tag; None: it
    is another frame."""
    vlan, at = 0, 12
    if frame[at:at + 2] == b"\x81\0":
        vlan, at = int.from_bytes(frame[at + 2:at + 4], "big") & 0xfff, at + 4
    ports = frame[at + 22:at + 26]      # behind an IPv4 header
    asks = frame[at:at + 2] == b"\x08\0" and ports == b"\0\x44\0\x43"
    return vlan if asks else None


def run_vlan():
    """Its network is a wire that we read: a datagram is a frame."""
    with rude.Server() as server, \
            tempfile.TemporaryDirectory(prefix="nf-boot-") as directory, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for end in (wire, other):
            end.bind(("127.0.0.1", 0))
        ports = [end.getsockname()[1] for end in (wire, other)]
        other.close()
        place = pathlib.Path(directory)
        server.url_in_guest = f"http://10.0.2.2:{server.port}"
        process = boot(server, place, "amd64", "ttyS0", X86, [
            "-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
            "-device", "virtio-blk-pci,drive=d0"], "nf.vlan=5",
            f"socket,udp=127.0.0.1:{ports[0]},localaddr=127.0.0.1:{ports[1]}")
        asked, end = [], time.monotonic() + limit(LIMIT_S)
        wire.settimeout(1)
        try:
            while len(asked) < 3 and time.monotonic() < end:
                try:
                    asked.append(asked_in(wire.recv(4096)))
                except TimeoutError:
                    continue
                asked = [vlan for vlan in asked if vlan is not None]
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
        if not tap.is_(asked, [5, 5, 5],
                       "nf.vlan=5: it asks for an address with that tag"):
            tap.diag((place / "serial").read_text("utf-8", "replace")[-3000:])


# Typed at the shell that nf.shell gives; each ends with a line of its own.
TYPED = (
    ("XFS", "mkfs.xfs -q -f /dev/vda && mkdir -p /m && "
            "mount -t xfs /dev/vda /m && umount /m"),
    ("ext4", "mkfs.ext4 -q -F /dev/vda && mount -t ext4 /dev/vda /m && "
             "umount /m"),
    ("VFAT", "mkfs.vfat /dev/vda >/run/out && mount -t vfat /dev/vda /m && "
             "umount /m"),
    ("RAID1", "mdadm --create /dev/md0 --run --force --level=1 "
              "--raid-devices=2 --metadata=1.2 /dev/vda /dev/vdb "
              "2>/run/out && grep -q 'active raid1' /proc/mdstat && "
              "mdadm --stop /dev/md0 2>/run/out"),
    ("LUKS2", "echo key >/run/key && cryptsetup -q luksFormat --type luks2 "
              "--pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vda /run/key "
              "&& cryptsetup open --key-file /run/key /dev/vda secret && "
              "[ -e /dev/mapper/secret ] && cryptsetup close secret"),
    ("VLAN", "ip link add link eth0 name eth0.5 type vlan id 5"),
    ("bond", "[ ! -e /sys/class/net/bond0 ] && ip link add bond1 type bond && "
             "[ ! -e /sys/class/net/bond0 ]"),
    ("servers' drivers", "modprobe -a mlx5_core bnxt_en ixgbe i40e ice igb "
     "tg3 megaraid_sas mpt3sas smartpqi nvme xhci_pci"),
    ("clock", "[ $(date +%Y) -ge 2024 ]"),
    ("agent again", "killall -9 nf-agent; sleep 8; pidof nf-agent"),
)


class Shell:
    """A machine's serial line."""

    def __init__(self, path):
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(1)
        self._sock.connect(str(path))
        self.text = ""

    def reads(self, pattern, seconds):
        """Until a line matches; the match, or None."""
        end = time.monotonic() + limit(seconds)
        while time.monotonic() < end:
            found = re.search(pattern, self.text, re.M)
            if found:
                return found
            try:
                self.text += self._sock.recv(65536).decode("utf-8", "replace")
            except TimeoutError:
                pass
        return None

    def type(self, line):
        self.text = ""
        for at in range(0, len(line), 12):      # the line's buffer is small
            self._sock.sendall(line[at:at + 12].encode())
            time.sleep(0.05)
        self._sock.sendall(b"\r")


def run_shell():
    with rude.Server() as server, \
            tempfile.TemporaryDirectory(prefix="nf-boot-") as directory:
        place = pathlib.Path(directory)
        server.url_in_guest = f"http://10.0.2.2:{server.port}"
        words = ["-device", "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
                 "-device", "virtio-blk-pci,drive=d0"]
        other = place / "other"
        other.touch()
        os.truncate(other, 1 << 30)
        words += ["-rtc", "base=2020-01-01",
                  "-drive", f"id=d1,if=none,file={other},format=raw",
                  "-device", "virtio-blk-pci,drive=d1", "-serial",
                  f"unix:{place}/shell,server=on,wait=off"]
        # the second serial line is the console, the first is not used
        process = boot(server, place, "amd64", "ttyS1", X86, words,
                       "nf.shell quiet")
        try:
            type_all(place)
        finally:
            process.kill()
            process.wait()
            process.stderr.close()


def type_all(place):
    end = time.monotonic() + limit(10)
    while not (place / "shell").exists() and time.monotonic() < end:
        time.sleep(0.1)
    shell = Shell(place / "shell")
    if not tap.ok(shell.reads("task_wait", LIMIT_S)
                  and shell.reads("Press Enter", 10), "nf.shell: a shell waits"):
        tap.diag(shell.text[-3000:])
        return
    shell.type("")
    tap.ok(shell.reads("# ", 20), "Enter starts it")
    for name, line in TYPED:
        shell.type(f"({line}); echo end-$?-$((40+2))")
        found = shell.reads(r"end-(\d+)-42", 90)
        if not tap.ok(found and found[1] == "0", f"in RAM: {name}"):
            tap.diag(shell.text[-1500:])


def main():
    if not os.environ.get("NF_TEST_IMAGE"):
        tap.skip_all("machines without KVM boot for minutes: make test-image")
    for name, arch, console, machine, devices, wanted in MACHINES:
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        if not (FILES / arch / "initrd.img").exists():
            tap.skip(f"{name}: no {arch} image here: make image")
        elif not shutil.which(machine[0]):
            tap.skip(f"{name}: {machine[0]} is not installed")
        else:
            run(name, arch, console, machine, devices, wanted)
    if (FILES / "amd64/initrd.img").exists() and shutil.which(X86[0]):
        for name, run_it in (("shell", run_shell), ("vlan", run_vlan)):
            if not sys.argv[1:] or name in sys.argv[1:]:
                run_it()
    tap.done()


main()
