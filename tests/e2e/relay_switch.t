#!/usr/bin/env python3
"""Ports of switches in the workflow, by nginx, nf-relay and mosquitto: which
one a machine is at, what it was, and that it is that again, whatever is killed
meanwhile."""

import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from switch_worker import Switch, SwitchWorker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

WAS = ("trunk", 5, "10-12", "down", "rack 7")


def put_switch(t, name, port):
    said = t.api("PUT", f"/api/v1/devices/{name}", {
        "driver": "ios", "address": f"127.0.0.1:{port}", "credentials": "net"})
    if said.status not in (200, 201):
        raise RuntimeError(said.text)
    return f"127.0.0.1:{port}"


def node(t):
    """The next task's machine, registered and not yet anywhere."""
    name = mac(t.n + 1)
    t.api("POST", "/api/v1/nodes", {"mac": name})
    return name


def make(t, port=None):
    spec = {"switch": {"port": port}} if port else {}
    return t.task(**spec)


def look(t, switch="sw1"):
    """Have it read, as an operator does; the command, ended."""
    said = t.api("POST", f"/api/v1/devices/{switch}/commands",
                 {"command": "scan"})
    if said.status != 202:
        raise RuntimeError(said.text)
    where = f"/api/v1/commands/{said.json['id']}"
    wait_for(lambda: t.api("GET", where).json.get("ended_at"), 60)
    return t.api("GET", where).json


def on_switch(t):
    return [c for c in t.commands() if c["target"] == "switch"]


def until_ended(t, n):
    wait_for(lambda: len([c for c in on_switch(t) if c.get("ended_at")]) >= n,
             60)
    got = on_switch(t)
    if len([c for c in got if c.get("ended_at")]) < n:
        diag(t.read("relay.log")[-2000:], got)
    return got


def events(t, kind):
    return [e for e in t.api("GET", "/api/v1/events?limit=1000").json
            if e["kind"] == kind]


def since(t, seq):
    """What the log has behind seq of looks and of devices, and its last."""
    found = []
    while True:
        page = t.api("GET", f"/api/v1/events?limit=1000&since={seq}").json
        if not page:
            return found, seq
        found += [e["kind"] for e in page if e["kind"].startswith("device")
                  or e.get("command", {}).get("command") == "scan"]
        seq = page[-1]["seq"]


def token(t, name):
    found = re.search(r"token=([\w.-]+)", t.install(
        "GET", f"/boot/{name}/boot.ipxe").text)
    return found and found[1]


def link(t, name, switch, port):
    return t.api("PUT", f"/api/v1/nodes/{name}/port",
                 {"switch": switch, "port": port})


def install_and_production(t, worker, switch):
    """From the port as it was to its production VLAN."""
    name = node(t)
    switch.ports["Gi1/0/1"].update(description="rack 7")
    switch.learns("Gi1/0/1", name)
    switch.learns("Gi1/0/70", name, mac(200), bridge=True)
    task = make(t, "sw1 GigabitEthernet1/0/1")
    is_(t.until_at(task, "node_boot"), "node_boot", "its port is moved first")
    command = on_switch(t)[0]
    is_((command["state"], command["args"]), ("done", {
        "vlan": "install", "switch": "sw1", "port": "Gi1/0/1",
        "to": "access 100"}), "the command says what was done")
    is_((switch.scans, switch.config("Gi1/0/1")),
        (1, ("access", 100, "", "up", "rack 7")), "after one look at all")
    order = worker.orders()[-1]
    is_((order["mac"], order["args"]["expected"]["vlan"],
         order["args"]["forward"], "machine" in order["args"]),
        (name, 1, True, False), "which says what the port was; a port that a "
        "person named may be anyone's")
    device = worker.devices[-1]
    is_((device["driver"], device["user"], device["password"]),
        ("ios", "nf", "s3cret"), "and how the switch is reached, sealed")
    kept = events(t, "port.kept")
    is_([(e["kept"]["switch"], e["kept"]["port"], e["kept"]["vlan"],
          e["kept"]["open"]) for e in kept], [("sw1", "Gi1/0/1", 1, True)],
        "what it was is kept")
    said = t.install("POST", "/api/v1/device/operationComplete", {
        "mac": name, "token": token(t, name), "operation": "os_install",
        "success": True})
    is_(said.status, 200, "it is installed")
    t.broker.publish(f"node/{name}/status", {"status": "installed"})
    wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
             == "completed", 60)
    is_(t.api("GET", f"/api/v1/tasks/{task}").json["status"], "completed",
        "and the task completes")
    is_(switch.config("Gi1/0/1"), ("access", 200, "", "up", "rack 7"),
        "in the site's production VLAN")
    is_([e["kept"]["open"] for e in events(t, "port.kept")], [True, False],
        "what was kept is of no more use")
    is_([e for e in events(t, "command.created")
         if e["command"]["command"] == "scan"], [], "no event tells of looks")


def undone(t, switch):
    """A task that is cancelled puts back every field."""
    name = node(t)
    mode, vlan, tagged, admin, text = WAS
    switch.ports["Gi1/0/2"].update(mode=mode, vlan=vlan, tagged=tagged,
                                   admin=admin, description=text)
    switch.learns("Gi1/0/2", name)
    got = look(t)
    is_((got["state"], got["mac"]), ("done", "000000000000"),
        "an operator has a switch read")
    task = make(t)
    is_(t.until_at(task, "node_boot"), "node_boot",
        "its address leads to its port")
    is_(switch.config("Gi1/0/2"), ("access", 100, "", "up", "rack 7"),
        "which is moved")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: switch.config("Gi1/0/2") == WAS, 60),
       "cancelled it is what it was, field by field")
    is_(switch.config("Gi1/0/2"), WAS, "  all of them")
    until_ended(t, 2)
    is_(on_switch(t)[0]["args"]["to"], "trunk native 5 tagged 10-12",
        "as the command says")


def refused(t, worker, switch, other):
    """Ports that nobody can be sure of."""
    name = node(t)
    switch.learns("Gi1/0/3", name)
    other.learns("Ethernet4", name)
    look(t)
    look(t, "sw2")
    task = make(t)
    wait_for(lambda: on_switch(t) and on_switch(t)[-1].get("ended_at"), 60)
    got = on_switch(t)[-1]
    is_((got["state"], got["result"]), (
        "expired", "two_ports: two ports can be the machine's own: Gi1/0/3 of "
        "sw1 and Ethernet4 of sw2; `nf port link` says which port it is"),
        "of two ports none is moved")
    is_((switch.config("Gi1/0/3")[1], other.config("Ethernet4")[1]), (1, 1),
        "indeed")
    is_(link(t, name, "sw2", "Ethernet4").status, 201, "a person says which")
    is_(t.until_at(task, "node_boot"), "node_boot", "and the next try moves it")
    is_(other.config("Ethernet4")[1], 100, "that one")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: other.config("Ethernet4")[1] == 1, 60), "and back")
    switch.learns("Gi1/0/3")

    name = node(t)
    link(t, name, "sw1", "Gi1/0/5")
    task = make(t)
    t.until_at(task, "node_boot")
    t.api("DELETE", f"/api/v1/nodes/{name}/port")
    switch.ports["Gi1/0/5"]["vlan"] = 100
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: switch.config("Gi1/0/5")[1] == 1, 60),
       "a link that is gone does not keep a port from being put back")


def unreachable(t, switch):
    name = node(t)
    link(t, name, "sw1", "Gi1/0/6")
    switch.fails = ("failed", "unreachable: the switch does not answer")
    task = make(t)
    wait_for(lambda: on_switch(t) and on_switch(t)[-1].get("ended_at"), 60)
    is_(on_switch(t)[-1]["result"],
        "unreachable: the switch does not answer (sw1)", "a switch that does "
        "not answer is named")
    shown = t.api("GET", "/api/v1/devices/sw1").json
    is_((shown["state"], shown["last_error"]), (
        "unreachable", "unreachable: the switch does not answer"),
        "and its state is that")
    switch.fails = None
    is_(t.until_at(task, "node_boot"), "node_boot", "the next try goes well")
    is_(t.api("GET", "/api/v1/devices/sw1").json["state"], "fine", "it is fine")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    until_ended(t, 3)


def at_once(t, switch):
    """Forty machines at one switch: it is looked at once."""
    names, tasks = [], []
    t.kill_relay()
    for n in range(40):
        name = node(t)
        names.append(name)
        link(t, name, "sw1", f"Gi1/0/{n + 20}")
        tasks.append(make(t))
    scans, changes = switch.scans, switch.changes
    t.start_relay()
    ok(wait_for(lambda: switch.changes == changes + 40, 120),
       "forty ports are moved")
    is_(switch.scans, scans + 1, "after one look")
    is_({switch.config(f"Gi1/0/{n + 20}")[1] for n in range(40)}, {100},
        "into the install VLAN")
    for task in tasks:
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: {switch.config(f"Gi1/0/{n + 20}")[1]
                         for n in range(40)} == {1}, 180), "and back")


def held_scan(t, worker):
    """A task, and the look that it waits for, which the worker does not do."""
    worker.holds = True
    n = len(worker.orders("scan"))
    task = make(t)
    ok(wait_for(lambda: len(worker.orders("scan")) > n, 60),
       "a look is under way")
    return task, worker.orders("scan")[-1]


def killed(t, worker, switch):
    """nf-relay dies with the look, the order and the answer under way."""
    def goes():
        t.kill_relay()
        t.start_relay()

    name = node(t)
    link(t, name, "sw1", "Gi1/0/7")
    task, scan = held_scan(t, worker)
    goes()
    changes = switch.changes
    worker.holds = False
    worker.journal[scan["id"]] = worker.act(scan)
    worker.answer(scan, "done")
    is_(t.until_at(task, "node_boot"), "node_boot",
        "nf-relay dies while a switch is read, and the port is moved")
    is_(switch.changes, changes + 1, "once")
    worker.holds = True
    n = len(worker.orders("scan"))
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    wait_for(lambda: len(worker.orders("scan")) > n, 60)
    scan = worker.orders("scan")[-1]
    n = len(worker.orders())
    worker.holds = False
    worker.journal[scan["id"]] = worker.act(scan)
    worker.holds = True
    worker.answer(scan, "done")
    ok(wait_for(lambda: len(worker.orders()) > n, 60),
       "its order is under way")
    order = worker.orders()[-1]
    goes()
    heard = sum(c["id"] == order["id"] for c in worker.heard)
    ok(wait_for(lambda: sum(c["id"] == order["id"] for c in worker.heard)
                > heard, 60), "nf-relay dies, and says it again")
    is_({str(c["args"]) for c in worker.heard if c["id"] == order["id"]},
        {str(order["args"])}, "the same")
    worker.holds = False
    worker.journal[order["id"]] = worker.act(order)
    t.kill_relay()
    worker.answer(order, *worker.journal[order["id"]])
    t.start_relay()
    ok(wait_for(lambda: on_switch(t)[0]["state"] == "done", 60),
       "and hears the answer that came while it was dead")
    is_(switch.config("Gi1/0/7")[1], 1, "the port is what it was")


def away(t, worker, switch):
    """One worker has a switch; when it goes nobody else touches it until what
    it has is over."""
    name = node(t)
    link(t, name, "sw1", "Gi1/0/8")
    task, scan = held_scan(t, worker)
    other = SwitchWorker(t.broker, "w2", worker.switches)
    other.start()
    wait_for(lambda: "w2" in t.online(), 60)
    t.trust("w2")
    worker.kill()
    ok(wait_for(lambda: t.online() == ["w2"], 60), "the one that had it dies")
    asked = t.api("GET", f"/api/v1/tasks/{task}").json
    is_([c for c in other.done if c["target"] == "switch"], [],
        "the other one is told nothing of the switch")
    worker.holds = False
    worker.journal = {key: value for key, value in worker.journal.items()
                      if value is not None}
    worker.start()
    is_(t.until_at(task, "node_boot"), "node_boot", "until it comes back")
    ok(scan["id"] not in {c["id"] for c in other.done},
       "and does what it had itself")
    ok(asked["status"] != "failed", "which the task waits for")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    until_ended(t, 2)
    worker.kill()
    wait_for(lambda: t.online() == ["w2"], 60)
    name = node(t)
    link(t, name, "sw1", "Gi1/0/9")
    task = make(t)
    is_(t.until_at(task, "node_boot"), "node_boot",
        "what is over holds nothing: the other one takes the next")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    until_ended(t, 2)
    other.leave()
    worker.start()
    wait_for(lambda: t.online() == ["w1"], 60)


def hostile(t, worker, switch):
    """Parts of others, out of order, and of any bytes."""
    name = node(t)
    link(t, name, "sw1", "Gi1/0/11")
    task, scan = held_scan(t, worker)
    topic = worker.topic("ports")
    evil = {"name": "evil", "mode": "access", "vlan": 1}
    part = {"id": scan["id"], "part": 0, "last": True, "ports": [evil]}
    for where, payload in (
            ("nf/dc1/bmc/w9/ports", part), (topic, {**part, "part": 1}),
            (topic, {**part, "id": "x"}), (topic, {**part, "part": -1}),
            (topic, {**part, "ports": [evil] * 65}), (topic, b"\xff"),
            (topic, "[]"), (topic, {**part, "ports": [{"name": "\n"}]}),
            (topic, {**part, "ports": [{**evil, "vlan": 5000}]})):
        t.broker.publish(where, payload)
    worker.holds = False
    worker.journal[scan["id"]] = worker.act(scan)
    worker.answer(scan, "done")
    is_(t.until_at(task, "node_boot"), "node_boot", "a real scan counts")
    like(t.read("relay.log"), "did not take ports of a switch", "others do not")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    until_ended(t, 2)


def gone(t, worker, switch):
    """Ports that the switch has no more, and a switch that is no device any
    more."""
    def listed(name):
        lines = t.nf("dump", "--prefix", f"ports/{name}/").stdout.splitlines()
        return [json.loads(line)["value"]["name"] for line in lines]

    ok("evil" not in listed("sw1"), "nobody else's port is told")
    is_(len(listed("sw1")), 70, "all of its own are")
    del switch.ports["Gi1/0/70"]
    look(t)
    ok(wait_for(lambda: len(listed("sw1")) == 69), "one that is gone is not")


def by_itself(t, switch, other):
    """Every switch once in a while, and no event of it."""
    last = since(t, 0)[1]
    scans = switch.scans, other.scans
    t.kill_relay()
    environ = t.environ()
    t.environ = lambda: {**environ, "NF_SWITCH_SCAN": "1"}
    t.start_relay()
    ok(wait_for(lambda: switch.scans > scans[0] + 1
                and other.scans > scans[1] + 1, 60),
       "switches are looked at again and again")
    is_(since(t, last)[0], [],
        "without an event")
    other.fails = ("failed", "unreachable: the switch does not answer")
    ok(wait_for(lambda: t.api("GET", "/api/v1/devices/sw2").json["state"]
                == "unreachable", 60), "one that does not answer is seen")
    scans = switch.scans
    wait_for(lambda: switch.scans > scans + 2, 60)
    is_(since(t, last)[0], ["device.state"],
        "with one event, once")


def main():
    switch = Switch(f"Gi1/0/{n}" for n in range(1, 71))
    other = Switch(f"Ethernet{n}" for n in range(1, 5))
    with Broker() as broker, Site(broker, NF_SWITCH_SCAN="0") as t:
        t.start_relay()
        t.api("PUT", "/api/v1/credentials/net",
              {"user": "nf", "password": "s3cret"})
        worker = SwitchWorker(broker, "w1", {
            put_switch(t, "sw1", 1001): switch,
            put_switch(t, "sw2", 1002): other})
        try:
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker says hello")
            t.trust("w1")
            install_and_production(t, worker, switch)
            undone(t, switch)
            refused(t, worker, switch, other)
            unreachable(t, switch)
            killed(t, worker, switch)
            away(t, worker, switch)
            hostile(t, worker, switch)
            gone(t, worker, switch)
            at_once(t, switch)
            by_itself(t, switch, other)
        finally:
            t.kill_relay()
            worker.kill()
    done()


main()
