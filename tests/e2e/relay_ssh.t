#!/usr/bin/python3
"""A port by all of ours: nginx, nf-relay, mosquitto and nf-bmc, and a switch with
a command line, from the port as it was to production, and back."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from ssh_switch import PASSWORD, USER, Switch  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402


def dotted(name):
    return ".".join(name[i:i + 4] for i in (0, 4, 8))


def approved(t):
    """A task of the next machine, which has no BMC."""
    t.n += 1
    task = t.api("POST", "/api/v1/tasks", {"mac": mac(t.n)}).json["task_id"]
    t.api("POST", f"/api/v1/tasks/{task}/approve")
    return task


def at_port(t, switch, port):
    """The next machine is there, and the switch has told so."""
    name = mac(t.n + 1)
    t.api("POST", "/api/v1/nodes", {"mac": name})
    switch.macs = [(dotted(name), 1, port.short)]
    said = t.api("POST", "/api/v1/devices/sw1/commands", {"command": "scan"})
    where = f"/api/v1/commands/{said.json['id']}"
    wait_for(lambda: t.api("GET", where).json.get("ended_at"), 60)
    is_(t.api("GET", where).json["state"], "done", "the switch is read")
    return name


def is_over(t, task):
    wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
             in ("completed", "cancelled", "failed"), 60)
    return t.api("GET", f"/api/v1/tasks/{task}").json["status"]


def to_production(t, switch):
    port = switch.ports[0]
    name = at_port(t, switch, port)
    task = approved(t)
    is_(t.until_at(task, "node_boot"), "node_boot", "the port is moved first")
    is_((port.mode, port.vlan, switch.saved[0].vlan), ("access", 100, 100),
        "into the install VLAN, and saved")
    token = re.search(r"token=([\w.-]+)", t.install(
        "GET", f"/boot/{name}/boot.ipxe").text)[1]
    t.install("POST", "/api/v1/device/operationComplete", {
        "mac": name, "token": token, "operation": "os_install",
        "success": True})
    t.broker.publish(f"node/{name}/status", {"status": "installed"})
    is_(is_over(t, task), "completed", "the machine is installed")
    is_((port.vlan, switch.saved[0].vlan), (200, 200),
        "and its port in production")


def and_back(t, switch):
    port = switch.ports[1]
    switch.vlans |= {5, 10, 11}
    port.mode, port.native, port.allowed = "trunk", 5, {5, 10, 11}
    port.description = "rack 7"
    before = port.wired(), port.description
    at_port(t, switch, port)
    task = approved(t)
    is_(t.until_at(task, "node_boot"), "node_boot", "a trunk is moved")
    is_((port.mode, port.vlan), ("access", 100), "into the install VLAN")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    wait_for(lambda: t.commands()[0]["state"] in ("done", "failed"), 90)
    is_(t.commands()[0]["state"], "done", "cancelled it is put back")
    is_((port.wired(), port.description), before, "as it was")


def other_machine(t, switch):
    """Somebody plugged another machine in meanwhile: it is asked of the switch
    once more when the port is changed."""
    port = switch.ports[2]
    at_port(t, switch, port)
    t.kill_bmc()
    task = approved(t)
    switch.macs = [(dotted("5254000000ee"), 1, port.short)]
    t.start_bmc()
    wait_for(lambda: t.commands() and t.commands()[-1].get("ended_at"), 90)
    like(t.commands()[-1].get("result", ""),
         "^(other_machine|no_port|two_ports): ", "another machine is there now")
    is_(port.vlan, 1, "its port is not moved")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")


def main():
    with Switch("ios") as switch, Broker() as broker, \
            Site(broker, NF_SWITCH_SCAN="0") as t:
        t.start_relay()
        t.start_bmc()
        try:
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
            t.trust("w1")
            t.api("PUT", "/api/v1/credentials/net",
                  {"user": USER, "password": PASSWORD})
            t.api("PUT", "/api/v1/devices/sw1", {
                "driver": "ios", "address": switch.address,
                "credentials": "net"})
            to_production(t, switch)
            and_back(t, switch)
            other_machine(t, switch)
            for log in ("relay.log", "bmc.log"):
                unlike(t.read(log), re.escape(PASSWORD), f"no secret in {log}")
        finally:
            diag(*t.read("bmc.log").splitlines()[-3:])
            t.kill_relay()
            t.stop_bmc()
    done()


main()
