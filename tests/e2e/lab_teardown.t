#!/usr/bin/env python3
"""Nothing of a lab outlives it: not after SIGTERM, SIGINT or kill -9."""

import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
LAB = pathlib.Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))
import instance  # noqa: E402
import netns     # noqa: E402
import tap       # noqa: E402

STARTED = "boot script: wait"
START_S = 120


class Started:
    """`lab run` with a machine that runs already."""

    every = []

    def __init__(self):
        self._log = open(instance.LABS / "teardown.log", "w+")
        self.process = subprocess.Popen(
            [LAB / "lab", "run"], stdout=self._log, stderr=self._log,
            stdin=subprocess.DEVNULL, start_new_session=True)
        self.every.append(self)
        self.name = f"nf-lab-{self.process.pid}"
        self.good = self._wait()
        self.pids = netns.Namespace(self.name).pids()

    def output(self):
        self._log.seek(0)
        return self._log.read()

    def end(self, number):
        """Signal it and wait; one that has ended already is left so."""
        self.process.send_signal(number)
        self.process.wait(60)

    def left(self):
        """What is still there of it."""
        found = [f"process {pid}" for pid in netns.wait_gone(self.pids, 2)]
        if self.name in netns.names():
            found.append(f"namespace {self.name}")
        if (instance.LABS / self.name).exists():
            found.append(f"directory {self.name}")
        return found

    def _wait(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            if STARTED in self.output():
                return True
            time.sleep(0.2)
        return False


def host_state():
    """Interfaces, addresses and mounts of the host, which no lab touches.

    /run/netns itself becomes a mount point when the first namespace is made.
    """
    links = subprocess.run(["ip", "-br", "addr"], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
    return links + [line for line in mounts if "nf-lab-" in line]


def ends_clean(t, number):
    lab = Started()
    t.ok(lab.good, f"a lab is up before {number.name}", lab.output())
    t.ok(len(lab.pids) > 3, "its processes are in its namespace", lab.pids)
    lab.end(number)
    left = lab.left()
    t.ok(not left, f"nothing is left after {number.name}", *left)
    t.ok(lab.process.returncode == 130, f"{number.name} ends it with 130",
         lab.process.returncode, lab.output())


def killed(t):
    lab = Started()
    t.ok(lab.good, "a lab is up before kill -9", lab.output())
    lab.end(signal.SIGKILL)
    t.ok(lab.name in netns.names(), "kill -9 does leave its namespace")
    second = Started()
    t.ok(second.good, "the next lab comes up", second.output())
    left = lab.left()
    t.ok(not left, "and has removed all of the dead one", *left)
    third = Started()
    t.ok(third.good, "a third comes up beside it", third.output())
    t.ok(second.process.poll() is None and second.name in netns.names(),
         "and leaves the second alone")
    for one in (second, third):
        one.end(signal.SIGTERM)
        t.ok(not one.left(), f"{one.name} is gone", *one.left())


def main():
    tap.skip_unless_able()
    t = tap.Tap()
    instance.LABS.mkdir(parents=True, exist_ok=True)
    before = host_state()
    try:
        ends_clean(t, signal.SIGTERM)
        ends_clean(t, signal.SIGINT)
        killed(t)
    finally:
        for one in Started.every:
            one.end(signal.SIGTERM)
    after = host_state()
    t.ok(before == after, "the host's own network is as it was", before, after)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
