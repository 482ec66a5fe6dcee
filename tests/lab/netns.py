"""A network of its own: one namespace with a bridge and a tap per machine."""

import os
import signal
import subprocess
import time

BRIDGE = "br-nf"
ADDRESS = "10.66.0.1"
PREFIXES = ("10.66.0.1/24", "fd66:66::1/64")


def ip(*words, check=True):
    """Run ip(8); its complaint becomes the exception's text."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if check and done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def names():
    """The namespaces there are; `ip netns` appends an id to some."""
    lines = ip("netns", "list", check=False).splitlines()
    return [line.split()[0] for line in lines if line.strip()]


def alive(pid):
    """Is pid still running?  A zombie has ended."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(pids, seconds):
    """Those of pids that still run after so many seconds at most."""
    end = time.monotonic() + seconds
    left = [pid for pid in pids if alive(pid)]
    while left and time.monotonic() < end:
        time.sleep(0.05)
        left = [pid for pid in left if alive(pid)]
    return left


def send(pids, number):
    """Signal every pid; one that is gone already is fine."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class Namespace:
    """One network namespace; everything in it ends with it."""

    def __init__(self, name):
        self.name = name

    def up(self, taps, cards=1):
        """Make the bridge with its addresses, and tap0 .. tapN-1; tap0-1 ..
        for machines with another card."""
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        self.ip("link", "add", BRIDGE, "type", "bridge")
        for prefix in PREFIXES:
            # nodad: a tentative address cannot be bound to yet
            self.ip("addr", "add", prefix, "dev", BRIDGE, "nodad")
        self.ip("link", "set", BRIDGE, "up")
        for number in range(taps):
            self._tap(f"tap{number}")
            for card in range(1, cards):
                self._tap(f"tap{number}-{card}")

    def command(self, *words):
        """words as an argument vector that runs inside."""
        return ["ip", "netns", "exec", self.name, *words]

    def pids(self):
        """Every process inside, whoever started it."""
        return [int(p) for p in ip("netns", "pids", self.name,
                                   check=False).split()]

    def down(self, patience=3):
        """End every process inside and remove the namespace."""
        if self.name not in names():
            return
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
            pids = self.pids()
            send(pids, number)
            if not wait_gone(pids, patience) and not self.pids():
                break
        ip("netns", "del", self.name, check=False)

    def ip(self, *words):
        ip("-n", self.name, *words)

    def _tap(self, name):
        self.ip("tuntap", "add", "dev", name, "mode", "tap")
        self.ip("link", "set", name, "master", BRIDGE, "up")
