#!/usr/bin/env python3
"""The boot flag that a BMC is told: a machine that goes by the BIOS's alone does
not come by UEFI's, gets the other one, and the next task begins with it."""

import os
import pathlib
import sys
import threading

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import rmcp  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

EACH_S = 4 # in which a machine comes, or does not


class Machine:
    """Its firmware, in one mode: it starts from the network when its BMC's flag
    is of that mode, and asks until it is given something to install by."""

    def __init__(self, t, node, mode):
        self.t, self.node, self.mode = t, node, mode
        self.starts = []  # (device, mode) of the flag, each time
        self.served = 0

    def start(self, device, mode):
        self.starts.append((device, mode))
        if (device, mode) == ("pxe", self.mode):
            threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self):
        path = f"/boot/{self.node}/boot.ipxe"
        self.served += bool(wait_for(
            lambda: "token=" in self.t.install("GET", path).text, 20))


def cancel(t, task, words):
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: not t.at(task)), words)


def told(t, node):
    """What the node's BMC was told of its boot device, oldest first."""
    return [c["args"] for c in reversed(t.api(
        "GET", f"/api/v1/nodes/{node}/commands").json)
            if c["command"] == "boot_device"]


def flag(device, mode):
    return {"device": device, "firmware": mode}


def told_of(t, task):
    """Steps that failed or were gone back from, as the log tells of them."""
    return [step["error"] for event in t.why(task)["events"]
            for step in event.get("task", {}).get("steps", [])
            if step["step"] == "node_boot" and step["status"] == "waiting"
            and "error" in step]


def a_bios_that_nobody_knew(t, bmc, machine):
    task = t.task(mac=machine.node)
    is_(t.until_at(task, "os_install"), "os_install", "it came")
    is_(machine.starts, [("pxe", "efi"), ("pxe", "bios")],
        "by UEFI's flag it started its disk; reset again with the BIOS's")
    is_((told(t, machine.node), bmc.acts),
        ([flag("pxe", "efi"), flag("pxe", "bios")], ["on", "off", "on"]),
        "one command and one power cycle for each")
    like(told_of(t, task)[0] if told_of(t, task) else "",
         r"did not ask for its install script within \w+ with the UEFI boot "
         r"flag$", "the log says why")
    is_(t.api("GET", f"/api/v1/nodes/{machine.node}").json.get("boot_mode"),
        "bios", "the node keeps what worked")
    cancel(t, task, "cancelled")
    is_(told(t, machine.node)[-1], flag("disk", "bios"),
        "the disk is set by the same flag")


def the_next_task(t, bmc, machine):
    machine.starts.clear()
    task = t.task(mac=machine.node)
    is_(t.until_at(task, "os_install"), "os_install", "another task")
    is_(machine.starts, [("pxe", "bios")], "begins with the BIOS's flag")
    cancel(t, task, "cancelled")


def set_to_uefi_meanwhile(t, bmc, machine):
    machine.starts.clear()
    machine.mode = "efi"
    task = t.task(mac=machine.node)
    is_(t.until_at(task, "os_install"), "os_install",
        "somebody has set it to UEFI")
    is_(machine.starts, [("pxe", "bios"), ("pxe", "efi")], "the other way")
    cancel(t, task, "cancelled")


def by_neither(t, bmc, machine):
    machine.starts.clear()
    machine.mode = "none"
    task = t.task(mac=machine.node)
    ok(wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
                == "failed", 60), "one that comes by neither fails")
    is_(machine.starts, [("pxe", "efi"), ("pxe", "bios")], "both were tried")
    said = t.why(task)
    like(said["now"], r"did not ask for its install script within \w+ with the "
         r"UEFI boot flag, then with the BIOS one", "and both are named")
    ok(wait_for(lambda: not t.at(task)), "its disk is set again")
    is_(t.api("GET", f"/api/v1/nodes/{machine.node}").json["boot_mode"], "efi",
        "what worked once stays known")


def main():
    with Broker() as broker, Site(broker, NF_BOOT_DEADLINE=str(
            2 * round(limit(EACH_S)))) as t:
        machine = Machine(t, mac(1), "bios")
        with rmcp.Bmc(starts=machine.start) as bmc:
            t.link(machine.node, bmc.port, rmcp.USER, rmcp.PASSWORD)
            t.start_relay()
            t.start_bmc()
            try:
                ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
                for case in (a_bios_that_nobody_knew, the_next_task,
                             set_to_uefi_meanwhile, by_neither):
                    case(t, bmc, machine)
            finally:
                t.kill_relay()
                t.kill_bmc()
    done()


main()
