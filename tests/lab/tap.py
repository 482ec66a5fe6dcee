"""TAP for the lab's tests: one line per step, the plan at the end."""

import os
import shutil
import sys

import run

NEEDED = ("ip", "qemu-system-x86_64", "dnsmasq", "nginx", "mosquitto_sub")


class Tap:
    def __init__(self):
        self.count = 0
        self.bad = 0

    def ok(self, good, name, *why):
        self.count += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.note(*why)
        return good

    def note(self, *lines):
        for line in lines:
            print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.bad else 0


def skip_unless_able():
    """A lab needs root and its programs: say so loudly, and end."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        print(f"1..0 # SKIP a lab needs: {', '.join(missing)}")
        sys.exit(0)


def journey(**chosen):
    """A test of its own: every step of every machine is one line."""
    skip_unless_able()
    tap = Tap()
    run.stop_on_signals()
    try:
        with run.Lab(run.Options(**chosen), tap.note) as lab:
            lab.install(lambda node, told: tap.ok(
                True, f"{node.mac}: {told.step.says} ({told.seconds:.1f} s)"))
            for one in lab.stories:
                if one.failure:
                    tap.ok(False, f"{one.node.mac}: {one.failure}",
                           *run.why(lab, one))
    except OSError as error:
        tap.ok(False, "the lab comes up", error)
    except run.Stopped as signal_name:
        tap.ok(False, f"ended by {signal_name}")
    return tap.end()
