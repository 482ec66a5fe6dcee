"""A virtual machine: its QEMU command, its power, its serial port."""

import json
import pathlib
import re
import signal
import socket
import subprocess
import time
from typing import NamedTuple

import firmware
import netns

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")
DISK_BYTES = 4 << 30
MEMORY_MB = 1024


class Hardware(NamedTuple):
    """What all machines of a lab have in common."""
    accel: list         # QEMU's words for KVM or TCG
    uefi_rom: str       # whose PXE a UEFI machine uses: ovmf or ipxe
    disk_bytes: int = DISK_BYTES
    cards: int = 1      # the last one is what it boots by
    blank_first: bool = False   # the firmware's first disk is another one
    has_bmc: bool = False       # which switches it on, and says what it boots
    kcs: int = 0                # and which it speaks with by itself: the port
                                # of machine 0's, 0: it does not


def mac_of(number, card=0):
    return f"52:54:00:00:{card:02x}:{number:02x}"


class Qmp:
    """QEMU's control socket: commands out, events in."""

    def __init__(self, path):
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.settimeout(10)
        self._sock.connect(str(path))
        self._rest = b""
        self._events = []
        self._line()
        self.command("qmp_capabilities")

    def command(self, name):
        self._sock.sendall(json.dumps({"execute": name}).encode() + b"\n")
        while True:
            answer = self._line()
            if "return" in answer or "error" in answer:
                return answer
            self._events.append(answer)

    def events(self):
        """Names of what happened since the last call; never waits."""
        self._sock.settimeout(0)
        try:
            self._rest += self._sock.recv(65536)
        except OSError:
            pass
        finally:
            self._sock.settimeout(10)
        while b"\n" in self._rest:
            self._events.append(self._line())
        events, self._events = self._events, []
        return [event["event"] for event in events if "event" in event]

    def close(self):
        self._sock.close()

    def _line(self):
        while b"\n" not in self._rest:
            data = self._sock.recv(65536)
            if not data:
                raise OSError("the virtual machine closed its control socket")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)


class Machine:
    """One node.  The disk lives as long as the machine, the power does not."""

    def __init__(self, namespace, directory, number, kind, hardware):
        self.mac = mac_of(number)
        self.id = self.mac.replace(":", "")
        self.firmware = firmware.KINDS[kind]
        self.hardware = hardware
        self.serial = directory / f"{self.id}.serial"
        self.powered_at = time.monotonic() if hardware.has_bmc else None
        self.boots_once = None  # by its BMC: from the network, for one boot
        self._namespace = namespace
        self.number = number
        self._tap = f"tap{number - 1}"
        self._base = directory / self.id
        self._read = 0
        self._rest = ""
        self._process = None
        self._qmp = None
        self.serial.touch()
        self._blank_disk()

    def power_on(self):
        words = self._namespace.command("nice", "-n", "19", *self.command())
        with open(f"{self._base}.qemu", "ab") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        self.powered_at = time.monotonic()
        self._qmp = self._connect()

    def power_off(self):
        """As if the cord were pulled."""
        if self._qmp:
            self._qmp.close()
            self._qmp = None
        if self._process:
            netns.send([self._process.pid], signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def power_cycle(self):
        self.power_off()
        self.power_on()

    def reset(self):
        """As if somebody pressed the button."""
        self._qmp.command("system_reset")

    def pause(self):
        """As a machine that hangs: its processors stand still."""
        self._qmp.command("stop")

    def events(self):
        return self._qmp.events() if self._qmp else []

    def running(self):
        return self._process is not None and self._process.poll() is None

    def serial_lines(self):
        """Whole lines written since the last call, without escapes."""
        with open(self.serial, "rb") as file:
            file.seek(self._read)
            data = file.read()
        self._read += len(data)
        text = self._rest + data.decode("utf-8", "replace")
        *lines, self._rest = text.split("\n")
        return [ESCAPES.sub("", line).strip() for line in lines]

    def serial_tail(self, count=15):
        text = self.serial.read_bytes()[-20000:].decode("utf-8", "replace")
        lines = [ESCAPES.sub("", line).strip() for line in text.split("\n")]
        return [line for line in lines if line][-count:]

    def why_dead(self):
        """What QEMU itself said before it ended."""
        return pathlib.Path(f"{self._base}.qemu").read_text().strip()

    def command(self):
        """QEMU's argument vector."""
        return [self.firmware.program, "-name", self.id,
                *self.hardware.accel, *self.firmware.machine,
                "-smp", "2", "-m", str(MEMORY_MB),
                "-nodefaults", "-display", "none", "-vga", "none",
                *self._serial_words(), *self._net_words(),
                *self._disk_words(), *self._boot_words(), *self._bmc_words(),
                *self._identity_words(),
                *self.firmware.flash(self._base)]

    def _serial_words(self):
        return ["-chardev", f"file,id=ser,append=on,path={self.serial}",
                "-serial", "chardev:ser",
                "-qmp", f"unix:{self._base}.qmp,server=on,wait=off"]

    def _net_words(self):
        # An empty romfile leaves the network card to the firmware's own PXE.
        own_pxe = self.firmware.is_uefi and (
            self.firmware.is_strict or self.hardware.uefi_rom == "ovmf")
        rom = ",romfile=" if own_pxe else ""
        return [*self._further_cards(),
                "-netdev", f"tap,id=n0,ifname={self._tap},"
                "script=no,downscript=no",
                "-device", f"virtio-net-pci,netdev=n0,mac={self.mac}"
                f"{self._index(1)}{rom}"]

    def _further_cards(self):
        """Before the one it boots by, so that others count them first."""
        words = []
        for card in range(1, self.hardware.cards):
            words += ["-netdev", f"tap,id=n{card},ifname={self._tap}-{card},"
                      "script=no,downscript=no",
                      "-device", f"virtio-net-pci,netdev=n{card},romfile=,"
                      f"mac={mac_of(self.number, card)}"]
        return words

    def _disk_words(self):
        index, blank = 2, []
        if self.hardware.blank_first:
            index, blank = 3, [
                "-drive", f"id=d1,if=none,file={self._base}.blank.raw,"
                "format=raw", "-device", "virtio-blk-pci,drive=d1,bootindex=2,"
                f"serial=BLANK-{self.id}"]
        return ["-drive", f"id=d0,if=none,file={self._base}.raw,format=raw,"
                "cache=unsafe,discard=unmap,detect-zeroes=unmap",
                "-device", f"virtio-blk-pci,drive=d0{self._index(index)},"
                f"serial=DISK-{self.id}", *blank]

    def _index(self, number):
        return "" if self.hardware.has_bmc else f",bootindex={number}"

    def _boot_words(self):
        """With a BMC: its own disk and nothing else, but for what is set."""
        if not self.hardware.has_bmc:
            return []
        once = ",once=n" if self.boots_once == "pxe" else ""
        return ["-boot", f"strict=on,order=c{once}"]

    def _bmc_words(self):
        """Its own BMC, behind KCS."""
        if not self.hardware.kcs:
            return []
        port = self.hardware.kcs + self.number
        return ["-chardev", "socket,id=ipmi0,host=127.0.0.1,"
                f"port={port},reconnect=1",
                "-device", "ipmi-bmc-extern,id=bmc0,chardev=ipmi0",
                "-device", "isa-ipmi-kcs,bmc=bmc0"]

    def _identity_words(self):
        return ["-object", "rng-random,id=r0,filename=/dev/urandom",
                "-device", "virtio-rng-pci,rng=r0",
                "-smbios", "type=1,manufacturer=NodeFoundry,product=Lab,"
                f"serial=LAB-{self.id},"
                f"uuid=6e666c61-6200-4000-8000-{self.id}"]

    @property
    def disk(self):
        """Where its disk lies on the host."""
        return pathlib.Path(f"{self._base}.raw")

    def _blank_disk(self):
        with open(self.disk, "wb") as disk:
            disk.truncate(self.hardware.disk_bytes)
        if self.hardware.blank_first:   # larger: the other one is taken
            with open(f"{self._base}.blank.raw", "wb") as disk:
                disk.truncate(2 * self.hardware.disk_bytes)

    def _connect(self):
        end = time.monotonic() + 10
        while True:
            try:
                return Qmp(f"{self._base}.qmp")
            except OSError:
                if not self.running() or time.monotonic() > end:
                    raise OSError(f"QEMU did not start: {self.why_dead()}")
                time.sleep(0.05)
