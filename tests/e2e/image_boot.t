#!/usr/bin/env python3
"""What `make image` made boots on hardware of several kinds, finds its card
and its disk, and reports.

The guests' networks are QEMU's own: 10.0.2.2 is this machine's loopback."""

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
import rude  # noqa: E402
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


def boot(server, place, arch, console, machine, devices):
    """A machine whose first process is ours, started; its console is a file."""
    disk = place / "disk"
    disk.touch()
    os.truncate(disk, 1 << 30)
    words = (f"console={console} regional_url={server.url_in_guest} "
             "nf.poll=2 panic=-1")
    return subprocess.Popen(
        ["nice", "-n", "19", *machine, "-m", "1024", "-smp", "2", "-nodefaults",
         "-display", "none", "-no-reboot",
         "-chardev", f"file,id=ser,path={place}/serial",
         "-serial", "chardev:ser",
         "-kernel", FILES / arch / "vmlinuz",
         "-initrd", FILES / arch / "initrd.img", "-append", words,
         "-netdev", "user,id=n0",
         "-drive", f"id=d0,if=none,file={disk},format=raw", *devices],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE)


def reported(server, process, seconds):
    end = time.monotonic() + seconds
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


def main():
    for name, arch, console, machine, devices, wanted in MACHINES:
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        if not (FILES / arch / "initrd.img").exists():
            tap.skip(f"{name}: no {arch} image here: make image")
        elif not shutil.which(machine[0]):
            tap.skip(f"{name}: {machine[0]} is not installed")
        else:
            run(name, arch, console, machine, devices, wanted)
    tap.done()


main()
