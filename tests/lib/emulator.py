"""A virtual machine that nf-agent installs, by QEMU and its own network: no
namespace, no DHCP server of ours, no PXE."""

import os
import pathlib
import shutil
import signal
import subprocess

import orders

from pace import limit

ROOT = pathlib.Path(__file__).resolve().parents[2]
OVMF = pathlib.Path("/usr/share/OVMF")
HOST = "10.0.2.2"               # what the machine knows this one by


class Machine:
    """One virtual machine: its disks stay, its power comes and goes."""

    def __init__(self, place, name, firmware, disks, size):
        self.serial = place / f"{name}.serial"
        self.disks = [place / f"{name}-{i}.raw" for i in range(disks)]
        self._firmware = firmware
        self._vars = place / f"{name}.vars"
        for disk in self.disks:
            with open(disk, "wb") as file:
                file.truncate(size)
        if firmware == "uefi":
            shutil.copy(OVMF / "OVMF_VARS_4M.fd", self._vars)

    def run(self, limit_s, *more):
        """From power-on to power-off; what it said."""
        self.serial.write_bytes(b"")
        process = subprocess.Popen(self._words(*more), start_new_session=True)
        try:
            process.wait(limit(limit_s))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        return self.serial.read_bytes().decode("utf-8", "replace").replace(
            "\r", "")

    def install(self, limit_s, boot, url, *more):
        """Boots the agent's RAM disk, which is to ask url."""
        kernel, initrd = boot
        return self.run(limit_s, "-kernel", str(kernel), "-initrd",
                        str(initrd), "-append",
                        f"console=ttyS0 quiet nf.url={url} "
                        f"nf.mac={orders.MAC} nf.token=TOK7EN nf.retry=0",
                        *more)

    def _words(self, *more):
        words = ["nice", "qemu-system-x86_64", "-accel", "tcg,thread=multi",
                 "-machine", "q35", "-smp", "2", "-m", "1024", "-nodefaults",
                 "-display", "none", "-no-reboot",
                 "-serial", f"file:{self.serial}",
                 "-netdev", "user,id=n0", "-device",
                 "virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01,romfile=",
                 "-object", "rng-random,id=r0,filename=/dev/urandom",
                 "-device", "virtio-rng-pci,rng=r0"]
        for i, disk in enumerate(self.disks):
            words += ["-drive", f"id=d{i},if=none,file={disk},format=raw,"
                      "cache=unsafe", "-device",
                      f"virtio-blk-pci,drive=d{i},bootindex={i + 1}"]
        if self._firmware == "uefi":
            flash = "if=pflash,format=raw"
            words += ["-drive", f"{flash},readonly=on,"
                      f"file={OVMF}/OVMF_CODE_4M.fd",
                      "-drive", f"{flash},file={self._vars}"]
        return [*words, *more]


def boot_files(place, maker=("agent-initramfs", "--tools")):
    """The kernel, and the RAM disk with its tools, made when it is old."""
    initrd = place / "initrd.img"
    agent = ROOT / "build/nf-agent"
    if (not initrd.exists()
            or initrd.stat().st_mtime < agent.stat().st_mtime):
        subprocess.run([ROOT / "images" / maker[0], *maker[1:], place],
                       check=True, stdout=subprocess.DEVNULL)
        os.utime(initrd)
    return place / "vmlinuz", initrd
