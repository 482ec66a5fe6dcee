#!/usr/bin/env python3
# Shares: lab
"""Four virtual machines are installed at once while nginx, nf-relay, mosquitto
and dnsmasq are killed and machines are reset: each task completes once.

tests/crash/install.t does the same many times over, without virtual machines
and with kills of the agent itself."""

import collections
import os
import pathlib
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lab"), str(TESTS / "lib")]
import approval  # noqa: E402
import journey   # noqa: E402
import processes     # noqa: E402
import run       # noqa: E402
from journey import tap     # noqa: E402
from story import Failed, Step, image_profile, seen     # noqa: E402

SEED = int(os.environ.get("NF_TEST_SEED", str(int(time.time()))))
MACHINES = 4
PAUSE_S = (1, 8)        # between two kills
KILLS = 25
RESETS = 1              # of one machine
PROGRAMS = ("nginx", "nginx worker", "nf-relay", "mosquitto", "dnsmasq")


class Killer:
    """Looks, and now and then kills something."""

    def __init__(self, watch, nodes, bastion, dice):
        self.count = collections.Counter()
        self._watch, self._nodes = watch, nodes
        self._bastion, self._dice = bastion, dice
        self._resets = collections.Counter()
        self._due = time.monotonic() + dice.uniform(*PAUSE_S)

    def look(self):
        self._watch.look()
        if time.monotonic() >= self._due and self.count.total() < KILLS:
            self._due = time.monotonic() + self._dice.uniform(*PAUSE_S)
            what = self._dice.choice((*PROGRAMS, "reset"))
            if self._reset() if what == "reset" else self._kill(what):
                self.count[what] += 1

    def _reset(self):
        node = self._dice.choice(self._nodes)
        self._resets[node.mac] += 1
        if self._resets[node.mac] > RESETS:
            return False
        node.machine.reset()
        return True

    def _kill(self, what):
        name, _, worker = what.partition(" ")
        pids = [pid for pid in processes.children(self._bastion.pid)
                if processes.name_of(pid) == name]
        if worker and pids:
            pids = sorted(processes.children(pids[0]))
        if not pids:
            return False
        os.kill(self._dice.choice(pids), signal.SIGKILL)
        return True


def patient(look):
    """look, but a server that is away is asked again."""
    def again(story):
        try:
            return look(story)
        except OSError:
            return None
    return again


def create(story):
    """Asked for twice when the first answer was lost."""
    sn = story.node.record["serial"]
    body = {"sn": sn, "profile": image_profile(story)}
    status, task = story.site.call("POST", "/api/v1/tasks", body)
    if status == 409:
        status, task = story.site.call("GET", f"/api/v1/tasks/{sn}")
    if status not in (200, 201):
        raise Failed(f"POST /api/v1/tasks {body}: {status} {task}")
    story.memory["task"] = task["task_id"]
    return story.node.see("lab", task["task_id"])


def approve(story):
    path = f"/api/v1/tasks/{story.memory['task']}/approve"
    status, answer = story.site.call("POST", path)
    if status not in (200, 409):
        raise Failed(f"POST {path}: {status} {answer}")
    return story.node.see("lab", "approved")


STEPS = [
    Step("serial", "serial number known", 600, approval.seen_serial),
    Step("created", "task created", 60, patient(create)),
    Step("approve", "approved", 60, patient(approve)),
    Step("completed", "task completed", 900,
         approval.never_lower(seen("event", r"^task\.completed$"))),
    Step("installed", "installed", 60, seen("node", r"^status installed$")),
]


def main():
    if not os.environ.get("NF_TEST_LAB_KILL"):
        tap.skip_all("takes minutes without KVM: make kill-rounds")
    journey.skip_unless_able()
    run.stop_on_signals()
    dice = random.Random(SEED)
    tap.diag(f"NF_TEST_SEED={SEED}")
    options = run.Options(nodes=MACHINES, flow="tasks", system="tiny")
    killers = []

    def look_by(watch, nodes):
        killers.append(Killer(watch, nodes, lab.bastion, dice))
        return killers[0]

    with run.Lab(options, tap.diag) as lab:
        lab.install(lambda node, told: tap.ok(
            True, f"{node.mac}: {told.step.says} ({told.seconds:.1f} s)"),
            STEPS, look_by)
        for one in lab.stories:
            ends = [s for s in one.node.sights if s.kind == "event"
                    and s.text in ("task.completed", "task.failed")]
            tap.is_([s.text for s in ends], ["task.completed"],
                    f"{one.node.mac}: completed exactly once")
            if one.failure:
                tap.ok(False, f"{one.node.mac}: {one.failure}")
                tap.diag(*run.why(lab, one))
        count = killers[0].count
        tap.diag(f"{count.total()} killed: " + ", ".join(
            f"{name} {count[name]}" for name in sorted(count)))
    tap.done()


main()
