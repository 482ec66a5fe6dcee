#!/usr/bin/env python3
"""A task with a BMC step by step: nothing is handed out before its turn, a step
that fails is tried again at growing distances and then fails the task, and
whatever becomes of the task, the machine boots from its disk afterwards."""

import pathlib
import re
import sys
import threading
from datetime import datetime

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import rmcp  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

DISK = ("disk", "efi")


def script(t, node):
    return t.install("GET", f"/boot/{node}/boot.ipxe").text


def token(t, node):
    found = re.search(r"token=([\w.-]+)", script(t, node))
    return found and found[1]


def link(t, bmc):
    """The next task's machine has this BMC."""
    node = mac(t.n + 1)
    t.link(node, bmc.port, rmcp.USER, rmcp.PASSWORD)
    return node


def events(t, task):
    """Of a task, oldest first: kind, actor, and the step that runs then."""
    return [(e["kind"], e["actor"], next(
        (s["step"] for s in e["task"]["steps"]
         if s["status"] in ("running", "retrying")), None))
            for e in t.api("GET", "/api/v1/events?limit=1000").json
            if e.get("task", {}).get("task_id") == task]


class Asker:
    """A machine that is on already, and asks for its boot script all the time:
    at which step it was given something to install by."""

    def __init__(self, t, task, node):
        self.t, self.task, self.node = t, task, node
        self.asked = self.early = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self):
        served = False
        while not served and not self._ends.wait(0.02):
            served = "token=" in script(self.t, self.node)
            at = self.t.at(self.task)
            self.asked += at in ("bmc_boot_pxe", "bmc_reset")
            self.early += served and at in (
                "boot_config", "dhcp_binding", "bmc_boot_pxe", "bmc_reset")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *ignored):
        self._ends.set()
        self._thread.join()


def in_turn(t):
    with rmcp.Bmc(delay_s=0.1) as bmc:
        node = link(t, bmc)
        task = t.task()
        with Asker(t, task, node) as asker:
            is_(t.until_at(task, "os_install"), "os_install",
                "a machine that asks all the time is served in the end")
        ok(asker.asked > 3,
           f"it asked {asker.asked} times while its BMC was told")
        is_(asker.early, 0, "and got no token before its turn")
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
        ok(wait_for(lambda: bmc.boot() == DISK, 60),
           "cancelled while it installs: its disk again")
        ok(wait_for(lambda: not t.at(task)), "that was all")
        is_(token(t, node), None, "and no token any more")


def installation_fails(t):
    with rmcp.Bmc() as bmc:
        node = link(t, bmc)
        task = t.task()
        t.until_at(task, "node_boot")
        said = t.install("POST", "/api/v1/device/operationComplete", {
            "mac": node, "token": token(t, node), "operation": "os_install",
            "success": False, "message": "/dev/sda is too small"})
        is_(said.status, 200, "the installer fails")
        ok(wait_for(lambda: bmc.boot() == DISK, 60), "its disk again")
        ok(wait_for(lambda: not t.at(task)), "it is over")
        is_(t.api("GET", f"/api/v1/tasks/{task}").json["reason"],
            "/dev/sda is too small", "for the reason that it was told")
        is_(events(t, task), [
            ("task.created", "api", "approval"),
            ("task.approved", "api", "boot_config"),
            ("task.step", "relay", "dhcp_binding"),
            ("task.step", "relay", "bmc_boot_pxe"),
            ("task.step", "w1", "bmc_reset"),
            ("task.step", "w1", "node_boot"),
            ("task.step", "node", "os_install"),
            ("task.failed", "node", "bmc_boot_disk"),
            ("task.step", "w1", None),
        ], "each step is an event with its actor")


def gives_up(t):
    """The distances are those of when the tries began."""
    with rmcp.Bmc(level=2) as bmc:
        link(t, bmc)
        task = t.task()
        ok(wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
                    == "failed", 60), "a user who may not")
        tries = [c for c in t.commands() if c["step"] == "bmc_boot_pxe"]
        at = [datetime.fromisoformat(c["created_at"]).timestamp()
              for c in reversed(tries)]
        ok(len(at) == 3 and at[1] - at[0] >= 4.9 and at[2] - at[1] >= 9.9,
           "three tries, 5 s and 10 s apart") or diag(at)
        is_({c["result"] for c in tries},
            {"privilege: the user is not allowed to do this"}, "each failed by itself")
        like(t.api("GET", f"/api/v1/tasks/{task}").json["reason"],
             "^privilege: the user is not allowed to do this", "and the task by the last")
        is_(bmc.acts, [], "the machine was left alone")
        kinds = events(t, task)
        is_([actor for kind, actor, step in kinds
             if step == "bmc_boot_pxe"][1:], ["w1", "relay", "w1", "relay"],
            "the worker failed, and nf-relay began the next")
        ok(wait_for(lambda: not t.at(task), 60),
           "what cannot be undone is passed over")


def main():
    with Broker() as broker, Site(broker) as t:
        t.start_relay()
        t.start_bmc()
        try:
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
            in_turn(t)
            installation_fails(t)
            gives_up(t)
        finally:
            t.kill_relay()
            t.kill_bmc()
    done()


main()
