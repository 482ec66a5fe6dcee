#!/usr/bin/env python3
"""nf-relay while the wall clock is set, by days and both ways."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import bastion
import relay
from pace import limit
from tap import diag, done, is_, like, ok

A, B = "525400000001", "525400000002"
DAY = 86400 * 1000
BOOT = 600 # seconds of NF_BOOT_DEADLINE


class Clock:
    """The wall clock of all that runs with site.env."""

    def __init__(self, site):
        shim = site.path("clock_set.so")
        self._file = site.path("clock")
        subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", "-shared", "-fPIC",
                        "-o", shim, os.path.join(bastion.TOP, "tests", "e2e",
                                                 "clock_set.c"), "-ldl"],
                       check=True)
        site.env.update(LD_PRELOAD=shim, NF_TEST_CLOCK=self._file)
        self.ahead = 0
        self.set(0)

    def set(self, by):
        self.ahead += by
        with open(self._file + ".new", "w", encoding="ascii") as f:
            f.write(str(self.ahead))
        os.rename(self._file + ".new", self._file)

    def now(self):
        return time.time() + self.ahead / 1000


def running(site):
    """The step that A's task waits at, of its latest event."""
    task = [e["task"] for e in site.events() if "task" in e][-1]
    steps = [s for s in task["steps"] if s["status"] == "running"]
    return steps[0] if steps else {"error": task}


def seconds(text):
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone


def left(site, clock):
    return seconds(running(site)["deadline"]) - clock.now()


def jump(site, clock, by, name, start=False):
    before = len(site.events("clock.set"))
    clock.set(by)
    if start:
        site.start()
    ok(site.until_log("the clock was set", before + 1), f"{name} is noticed")
    way = "forward" if by > 0 else "back"
    like(site.log().splitlines()[-1] if not start else site.log(),
         f"the clock was set {way} by", "  and said in the log")
    told = site.events("clock.set")
    is_(len(told), before + 1, "  and is an event")
    like(told[-1].get("detail", ""), f"set {way} by", "  which says how far")
    is_(site.node(A)["task"], "approved", "  the task waits as before")
    rest = left(site, clock)
    ok(BOOT - limit(60) < rest <= BOOT, "  and as long as it would have")
    diag(f"{rest} s are left")
    ok(seconds(running(site)["started_at"]) <= clock.now(),
       "  since a time that was")


def heartbeat(site, broker):
    broker.publish(f"node/{B}/status", json.dumps({"status": "installed"}))


def silent(site):
    """Nobody falls silent by a jump."""
    is_(site.node(B)["online"], 1, "the node that was heard is online")
    is_(site.events("node.offline"), [], "  and never was anything else")


def main():
    with relay.Broker() as broker, \
            relay.Site(broker, NF_BOOT_DEADLINE=str(BOOT),
                       NF_HEARTBEAT_INTERVAL="10") as site:
        clock = Clock(site)
        site.store("add", A)
        site.store("add", B)
        site.store("action", A, "install")
        site.start()
        ok(site.until_log("connected to the broker"), "nf-relay runs")
        heartbeat(site, broker)
        ok(site.until_node(B, lambda n: n["online"])["online"] == 1,
           "a node is online")
        jump(site, clock, 3 * DAY, "a jump forward")
        jump(site, clock, -9 * DAY, "a jump back")
        heartbeat(site, broker)
        site.stop()
        jump(site, clock, 20 * DAY, "a jump forward before its start", True)
        site.stop()
        jump(site, clock, -14 * DAY, "a jump back before its start", True)
        silent(site)
    done()


main()
