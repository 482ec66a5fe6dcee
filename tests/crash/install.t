#!/usr/bin/env python3
"""Four machines are installed again and again while everything is killed.

In every round each machine's task is created, approved and carried out by the
real nf-agent, whose image goes to a real disk, whose system then reports by
MQTT.  Meanwhile kill -9 of nginx's master and workers, nf-relay, mosquitto,
dnsmasq and the agents in RAM, and resets of machines, at random moments.
"""

import collections
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import crash
import rack
from dnsmasq import until
from tap import diag, done, is_, ok, skip_all

ROUNDS = int(os.environ.get("KILL_ROUNDS", "4"))
SEED = int(os.environ.get("NF_TEST_SEED", str(int(time.time()))))
MACHINES = 4
LIMIT_S = 180           # of one round; it ends a test that would hang
PAUSE_S = (0.1, 1.2)    # between two kills
KILLS = 12              # in a round; what keeps dying is started ever later
RESETS = 2              # of one machine in a round
OVER = ("completed", "failed", "cancelled")
PROGRAMS = ("nginx", "nginx worker", "nf-relay", "mosquitto", "dnsmasq")


class Killer(threading.Thread):
    """Kills something, waits, and so on until it is told to stop."""

    def __init__(self, site, dice):
        super().__init__(daemon=True)
        self.count = collections.Counter()
        self._site, self._dice = site, dice
        self._resets = collections.Counter()
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(self._dice.uniform(*PAUSE_S)):
            what = self._dice.choice((*PROGRAMS, "agent", "agent", "reset"))
            machine = self._dice.choice(self._site.machines)
            if what == "agent":
                is_hit = machine.kill_agent()
            elif what == "reset":
                is_hit = self._reset(machine)
            else:
                is_hit = self._site.kill(what, self._dice)
            self.count[what] += is_hit
            if sum(self.count.values()) >= KILLS:
                return

    def stop(self):
        self._ended.set()
        self.join()
        return self.count

    def _reset(self, machine):
        self._resets[machine] += 1
        if self._resets[machine] > RESETS:
            return False
        machine.reset()
        return True


def known(site):
    """Every machine has reported its serial number."""
    return all(site.sure("GET", f"/api/v1/nodes/{m.id}")[1].get("serial")
               for m in site.machines)


def create(site, number):
    """A task for every machine, approved; whatever is cut off is said again."""
    ids = []
    for machine in site.machines:
        status, task = site.sure(
            "POST", "/api/v1/tasks", {"sn": machine.sn, "profile": "tiny"},
            Idempotency_Key=f"round-{number}-{machine.sn}")
        if status != 201:
            raise OSError(f"POST /api/v1/tasks: {status} {task}")
        ids.append(task["task_id"])
    for one in ids:
        status, answer = site.sure("POST", f"/api/v1/tasks/{one}/approve")
        if status not in (200, 409):    # 409: approved, and not answered
            raise OSError(f"approve {one}: {status} {answer}")
    return ids


def states(site, ids):
    return [site.sure("GET", f"/api/v1/tasks/{one}")[1] for one in ids]


def one_round(site, dice, number):
    """The ids of its tasks."""
    began = time.monotonic()
    killer = Killer(site, dice)
    killer.start()
    try:
        if number == 0:
            for machine in site.machines:
                machine.power_on()
            until(lambda: known(site), LIMIT_S)
        ids = create(site, number)
        if number > 0:
            for machine in site.machines:
                machine.reset()     # nobody else would start it again
        until(lambda: all(task["status"] in OVER
                          for task in states(site, ids)), LIMIT_S)
    finally:
        count = killer.stop()
    tasks = states(site, ids)
    if not is_([(t["status"], t["percent"], t.get("reason")) for t in tasks],
               [("completed", 100, None)] * MACHINES,
               f"round {number + 1}: {MACHINES} tasks are completed, "
               f"{time.monotonic() - began:.0f} s, {sum(count.values())} "
               f"killed: {told(count)}"):
        for machine in site.machines:
            diag(site.nf("why", machine.mac).stdout,
                 machine.console.read_text(errors="replace")[-1500:])
    return ids, count


def told(count):
    return ", ".join(f"{name} {count[name]}" for name in sorted(count))


def check_log(site, ids):
    """What the log says of the tasks, from the first event to the last."""
    ends = collections.Counter()
    high = {}
    fell = []
    for event in site.events():
        task = event.get("task") or {}
        one = task.get("task_id")
        ends[event["kind"], one] += 1
        attempt = one, task.get("attempt")
        percent = task.get("percent", 0)
        if percent < high.get(attempt, 0):
            fell.append((event["seq"], one, high[attempt], percent))
        high[attempt] = percent
    is_([one for one in ids if ends["task.completed", one] != 1], [],
        f"each of {len(ids)} tasks was completed exactly once")
    is_([key for key in ends if key[0] in ("task.failed", "task.cancelled")],
        [], "none failed")
    is_(fell, [], "percent never fell")
    is_({one for kind, one in ends if kind == "task.completed"}, set(ids),
        "and no other task was completed")


def check_rest(site):
    """Nothing is left that waits, runs or lies about."""
    ok(until(site.serves, 60), "all four programs run again")
    nodes = [site.sure("GET", f"/api/v1/nodes/{m.id}")[1]
             for m in site.machines]
    is_([(n["status"], n.get("serial")) for n in nodes],
        [("installed", m.sn) for m in site.machines],
        "the nodes are installed")
    is_([m.scripts[-1] for m in site.machines], ["disk"] * MACHINES,
        "and run from their own disks")
    last = [site.sure("GET", f"/api/v1/nodes/{m.id}/timeline")[1]
            for m in site.machines]
    is_([step for one in last for step in one["task"]["steps"]
         if step["status"] not in ("done", "skipped")], [],
        "every step of the last tasks is done or left out")
    for machine in site.machines:
        machine.power_off()
    is_([m.check_disk() for m in site.machines], [""] * MACHINES,
        "their file systems are sound")
    is_(site.stop(), 0, "nf up ends with status 0")
    why, _ = crash.check(site.site.settings["NF_DB_PATH"])
    is_(why, None, "the state is the replay of the log")


def main():
    lacks = rack.missing()
    if lacks:
        skip_all(f"needs {lacks}")
    dice = random.Random(SEED)
    diag(f"KILL_ROUNDS={ROUNDS} NF_TEST_SEED={SEED}")
    ids, count = [], collections.Counter()
    with rack.Rack(MACHINES, NF_INSTALL_SCRIPTS="20") as site:
        is_(site.profile()[0], 201, "a profile of the tiny image")
        for number in range(ROUNDS):
            new, killed = one_round(site, dice, number)
            ids += new
            count += killed
        check_log(site, ids)
        check_rest(site)
    diag(f"{len(ids)} installations, {sum(count.values())} kills: "
         f"{told(count)}")
    done()


main()
