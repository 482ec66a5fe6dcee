#!/usr/bin/env python3
# Shares: lab
"""Nothing of a lab outlives it: not after SIGTERM, SIGINT or kill -9."""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
LAB = pathlib.Path(__file__).resolve().parents[1] / "lab"
sys.path.insert(0, str(LAB))
import instance  # noqa: E402
import journey   # noqa: E402
import netns     # noqa: E402
import run       # noqa: E402
from journey import tap     # noqa: E402
from pace import limit  # noqa: E402

STARTED = "boot script: wait"
START_S = 120


class Started:
    """`lab run` with a machine that runs already."""

    every = []

    def __init__(self):
        self._log = tempfile.TemporaryFile("w+")
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
        self.process.wait(limit(60))

    def left(self):
        """What is still there of it."""
        found = [f"process {pid}" for pid in netns.wait_gone(self.pids, 2)]
        if self.name in netns.names():
            found.append(f"namespace {self.name}")
        if (instance.LABS / self.name).exists():
            found.append(f"directory {self.name}")
        return found

    def _wait(self):
        end = time.monotonic() + limit(START_S)
        while time.monotonic() < end and self.process.poll() is None:
            if STARTED in self.output():
                return True
            time.sleep(0.2)
        return False


def host_state():
    """Interfaces, and mounts that a lab could have made."""
    links = sorted(path.name for path in
                   pathlib.Path("/sys/class/net").iterdir())
    mounts = pathlib.Path("/proc/self/mounts").read_text().splitlines()
    return links + [line for line in mounts if "nf-lab-" in line]


def check(is_true, name, *why):
    if not tap.ok(is_true, name):
        tap.diag(*why)


def ends_clean(number):
    lab = Started()
    check(lab.good, f"a lab is up before {number.name}", lab.output())
    check(len(lab.pids) > 3, "its processes are in its namespace", lab.pids)
    lab.end(number)
    left = lab.left()
    check(not left, f"nothing is left after {number.name}", *left)
    tap.is_(lab.process.returncode, 130, f"{number.name} ends it with 130")


def killed():
    lab = Started()
    check(lab.good, "a lab is up before kill -9", lab.output())
    lab.end(signal.SIGKILL)
    tap.ok(lab.name in netns.names(), "kill -9 does leave its namespace")
    second = Started()
    check(second.good, "the next lab comes up", second.output())
    left = lab.left()
    check(not left, "and has removed all of the dead one", *left)
    third = Started()
    check(third.good, "a third comes up beside it", third.output())
    tap.ok(second.process.poll() is None and second.name in netns.names(),
           "and leaves the second alone")
    for word, one in (("second", second), ("third", third)):
        one.end(signal.SIGTERM)
        left = one.left()
        check(not left, f"the {word} goes without a trace", *left)


def main():
    journey.skip_unless_able()
    run.stop_on_signals()
    before = host_state()
    try:
        ends_clean(signal.SIGTERM)
        ends_clean(signal.SIGINT)
        killed()
    except run.Stopped as signal_name:
        tap.ok(False, f"ended by {signal_name}")
    finally:
        for one in Started.every:
            one.end(signal.SIGTERM)
    tap.is_(host_state(), before, "the host is as it was before")
    tap.done()


main()
