#!/usr/bin/python3
"""What a person reads about a task whose switch does not do what it is told, or
whose port is not found: each cause is provoked with real parts, and the
sentence names it, the port, the switch and its words, says what to do, and when
it is tried again or that the task fails.  What could not be put back is told
until it is."""

import contextlib
import os
import pathlib
import re
import socket
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import ssh_switch  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from reader import TIME, Reader, told  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

TRIES = 2
AGAIN = rf"; the next attempt begins at {TIME}, and after attempt {TRIES} the task fails\."
PORT = "Gi1/0/1"
STRANGER = "5254.00ff.ff01"


def dotted(text):
    return ".".join(text[i:i + 4] for i in (0, 4, 8))


def ssh(*faults, **device):
    """A switch whose device is like this."""
    def make(stack):
        return stack.enter_context(ssh_switch.Switch("ios", *faults)), device
    return make


def without_vlan(stack):
    switch = stack.enter_context(ssh_switch.Switch("ios"))
    switch.vlans = {1, 200}
    return switch, {}


def aggregate(stack):
    switch = stack.enter_context(ssh_switch.Switch("ios"))
    switch.ports[0].lag = "3"
    return switch, {}


def trunk(stack):
    switch = stack.enter_context(ssh_switch.Switch("ios", "refuses"))
    switch.ports[0].mode = "trunk"
    return switch, {}


def listens_for_ever(stack):
    switch = stack.enter_context(ssh_switch.Switch("ios"))
    switch.ports[0].spanning = "listening"
    return switch, {}


def somebody_works_there(stack):
    """Each time that the port by itself is looked at, it is another one."""
    switch = stack.enter_context(ssh_switch.Switch("ios"))

    def before(words):
        if words.startswith("show running-config interface"):
            switch.ports[0].vlan += 1
    switch.before = before
    return switch, {}


def dead(stack):
    nobody = stack.enter_context(socket.socket())
    nobody.bind(("127.0.0.1", 0))
    switch = type("Dead", (), {})()
    switch.address = f"127.0.0.1:{nobody.getsockname()[1]}"
    return switch, {}


# What it is, how it comes about, its words, what to do about it, whether the
# port is known by then, and the state of the device: what puts the port back
# afterwards may find it well again.
CASES = (
    ("a VLAN that is missing", without_vlan,
     r"no_vlan: a VLAN is missing on the switch \(it has no VLAN 100\)",
     "Create that VLAN in the switch", True, "fine"),
    ("a port of an aggregate", aggregate,
     r"uplink: the port leads to other switches \(",
     "a switch behind that port", True, "fine"),
    ("a switch that is dead", dead,
     "unreachable: the switch does not answer",
     "Check the switch's address, that the worker can reach it", False,
     "unreachable"),
    ("a wrong password", ssh(password="no"),
     "wrong_password: the switch rejects the user or the password",
     "Correct the user and password in its credentials", False,
     "wrong_password"),
    ("another key", ssh(pin="SHA256:" + "A" * 43),
     r"host_key: the switch's key is not the pinned one \(.*"
     r"SHA256:[\w+/]{43}",
     "Compare that key with the one on the switch's console", False,
     "host_key"),
    ("somebody who changes the port meanwhile", somebody_works_there,
     r"changed: somebody changed the port in the meantime \(",
     "Ask who is working on that switch", True, "fine"),
    ("a switch that says yes and does nothing", ssh("ignores"),
     r"no_effect: the switch reports success, but nothing changes \(.*the "
     "port is unchanged",
     "Try it on the switch itself", True, "fine"),
    ("a switch that refuses", trunk,
     r"refused: the switch refuses this \(.*Command rejected: the port is in "
     "use", "That is the switch's own message", True, "fine"),
    ("a port that never forwards", listens_for_ever,
     r"not_forwarding: the port does not forward",
     "make it an edge port", True, "fine"),
    ("a switch without credentials", ssh(credentials=""),
     r"credentials: the switch sw\d+ has no credential set",
     "name it in the device", False, None),
)


class Switches(Site):
    """Each with a name and credentials of its own."""

    def __init__(self, broker):
        super().__init__(broker, NF_COMMAND_DEADLINE=str(round(limit(12))),
                         NF_COMMAND_TRIES=str(TRIES), NF_SWITCH_SCAN="0")
        self.switches = 0

    def has_switch(self, address, password=ssh_switch.PASSWORD, pin="",
                   credentials=None):
        self.switches += 1
        name = f"sw{self.switches}"
        self.put(f"/api/v1/credentials/{name}",
                 {"user": ssh_switch.USER, "password": password})
        self.put(f"/api/v1/devices/{name}",
                 {"driver": "ios", "address": address, "pin": pin,
                  "credentials": name if credentials is None else credentials})
        return name

    def put(self, path, body):
        said = self.api("PUT", path, body)
        if said.status not in (200, 201):
            raise RuntimeError(said.text)

    def ask(self, method, path, body=None):
        said = self.api(method, path, body)
        if said.status not in (200, 201, 202, 204):
            raise RuntimeError(f"{method} {path}: {said.text}")
        return said

    def moved(self, **members):
        """An approved task of a machine of its own, without a BMC."""
        self.n += 1
        task = self.ask("POST", "/api/v1/tasks", {
            "mac": mac(self.n), **members}).json["task_id"]
        self.ask("POST", f"/api/v1/tasks/{task}/approve")
        return task

    def unlinked(self, name):
        """One whose port was known when it was approved, and is not since."""
        node = mac(self.n + 1)
        self.ask("POST", "/api/v1/nodes", {"mac": node})
        self.put(f"/api/v1/nodes/{node}/port", {"switch": name, "port": PORT})
        self.kill_relay()
        task = self.moved()
        self.ask("DELETE", f"/api/v1/nodes/{node}/port")
        self.start_relay()
        return task

    def device(self, name):
        return self.ask("GET", f"/api/v1/devices/{name}").json

    def scan(self, name):
        """All that it has learnt is known."""
        made = self.ask("POST", f"/api/v1/devices/{name}/commands",
                        {"command": "scan"}).json
        return wait_for(lambda: self.ask(
            "GET", f"/api/v1/commands/{made['id']}").json["state"] == "done",
            60)


def fails(t, reader, task, words, advice, at=None, step="switch_install_vlan"):
    """From the first try to the end of the task."""
    where = f" at {re.escape(at)}" if at else ""
    told(t, reader, task,
         rf"Attempt 1 of {TRIES} of {step}{where} failed \({words}.*{AGAIN}",
         re.escape(advice))
    wait_for(lambda: t.ask("GET", f"/api/v1/tasks/{task}").json["status"]
             == "failed" and t.at(task) is None, 120)
    told(t, reader, task, f"^The task is failed: {words}", re.escape(advice),
         re.escape(f". The port is {at}.") if at else "^The")
    ended = t.ask("GET", f"/api/v1/tasks/{task}").json
    cause = words[:words.index(":") + 1]
    like(ended.get("reason", ""), f"^{cause}", "  it fails by that")
    like(t.nf("tasks").stdout, f"{task} .*{cause}", "  nf tasks says it")
    like(t.nf("why", task).stdout, f"The task is failed: {cause}",
         "  nf why, too")


# --- which port it is ---------------------------------------------------------


def no_worker(t, reader):
    with ssh_switch.Switch("ios") as switch:
        name = t.has_switch(switch.address)
        task = t.moved(switch={"port": f"{name} {PORT}"})
        reader.tasks.append(task)
        ok(True, "no worker")
        told(t, reader, task, "Waiting for the switch to put the port into the "
             r"install VLAN.* since .*No worker for BMCs and switches is "
             "connected: start nf-bmc")
        told(t, reader, task, "^The task is failed: no worker for BMCs and "
             r"switches is connected.*\. Start one; `nf workers` shows",
             f"Start over with `nf retry {task}`")
        t.ask("DELETE", f"/api/v1/devices/{name}")


def places(t, reader, stack):
    """On two switches that are well."""
    pair = [stack.enter_context(ssh_switch.Switch("ios")) for _ in range(2)]
    names = [t.has_switch(switch.address) for switch in pair]
    twice, behind = mac(t.n + 1), mac(t.n + 2)
    for switch in pair:
        switch.macs.append((dotted(twice), 1, switch.ports[4].short))
    pair[0].ports[6].lag = "1"
    pair[0].macs.append((dotted(behind), 1, pair[0].ports[6].short))
    ok(all([t.scan(name) for name in names]), "two switches are read")
    tasks = [t.moved(), t.unlinked(names[0]),
             t.moved(switch={"port": f"{names[0]} Gi7/0/1"}),
             t.unlinked(names[0])]
    reader.tasks += tasks
    ok(True, "a MAC at ports of two switches")
    fails(t, reader, tasks[0], "two_ports: two ports can be the machine's own: "
          f"{re.escape(pair[0].ports[4].short)} of {names[0]} and "
          f"{re.escape(pair[1].ports[4].short)} of {names[1]}",
          "Say which one it is with `nf port link NODE SWITCH PORT`.")
    ok(True, "a MAC only behind an uplink")
    fails(t, reader, tasks[1], rf"uplink: .*{re.escape(pair[0].ports[6].short)}",
          "add that switch as a device too.")
    ok(True, "a port that the switch does not have")
    fails(t, reader, tasks[2], f"no_port: {names[0]} has no port Gi7/0/1",
          "`nf ports SWITCH` lists ports")
    ok(True, "a machine that nobody has seen")
    fails(t, reader, tasks[3], "no_port: no switch has learnt",
          "Then run `nf port link NODE SWITCH PORT`.")
    for name in names:
        is_(t.device(name)["state"], "fine", f"  {name} is well all the while")


# --- what a switch does -------------------------------------------------------


def causes(t, reader, stack):
    rows = []
    for what, make, words, advice, is_known, state in CASES:
        switch, device = make(stack)
        name = t.has_switch(switch.address, **device)
        task = t.moved(switch={"port": f"{name} {PORT}"})
        reader.tasks.append(task)
        rows.append((what, task, name, words, advice, is_known, state))
    for what, task, name, words, advice, is_known, state in rows:
        ok(True, what)
        fails(t, reader, task, words, advice,
              f"{PORT} of {name}" if is_known else None)
        if state is not None:
            cause = words.split(":")[0]
            device = t.device(name)
            is_(device["state"], state, f"  the device is {state}")
            if state != "fine":
                like(device["last_error"], f"^{cause}", "  and says so itself")
            like(t.nf("devices").stdout, rf"{name} .*{state}",
                 "  nf devices shows it")


def not_saved(t, reader, stack):
    switch = stack.enter_context(ssh_switch.Switch("ios", "no_save"))
    name = t.has_switch(switch.address)
    task = t.moved(switch={"port": f"{name} {PORT}"})
    reader.tasks.append(task)
    ok(True, "a switch that does not save")
    told(t, reader, task, rf"switch_install_vlan at {PORT} of {name} failed "
         r"\(not_saved: the port was changed, but the switch did not save it "
         rf"\(.*Device or resource busy.*{AGAIN}",
         "Save the switch's configuration manually")


def other_machine(t, reader, stack):
    """The node was there once, and by now somebody else is."""
    switch = stack.enter_context(ssh_switch.Switch("ios"))
    name = t.has_switch(switch.address)
    switch.macs = [(dotted(mac(t.n + 1)), 1, PORT)]
    ok(t.scan(name), "a machine was at a port")
    switch.macs = [(STRANGER, 1, PORT)]
    task = t.moved()
    reader.tasks.append(task)
    ok(True, "another one is there now")
    fails(t, reader, task, r"other_machine: another machine is at the port "
          rf"\({PORT} has learnt 52:54:00:ff:ff:01\)",
          "A cable may have been moved: `nf ports SWITCH` shows which machine is where",
          f"{PORT} of {name}")
    is_(switch.ports[0].vlan, 1, "  its port is left alone")


# --- undone, or not -----------------------------------------------------------


def not_put_back(t, reader, stack):
    """The switch dies behind the install VLAN, and is back later."""
    switch = ssh_switch.Switch("ios")
    port = int(switch.address.rpartition(":")[2])
    switch.ports[0].vlan = 7
    switch.vlans.add(7)
    name = t.has_switch(switch.address)
    task = t.moved(switch={"port": f"{name} {PORT}"})
    node = mac(t.n)
    ok(wait_for(lambda: t.at(task) not in (None, "switch_install_vlan"), 60)
       and switch.ports[0].vlan == 100, "a port that was moved")
    switch.close()
    t.ask("POST", f"/api/v1/tasks/{task}/cancel")
    reader.tasks.append(task)
    told(t, reader, task, "Its changes are being undone. .*"
         "failed \\(unreachable: the switch does not answer")
    told(t, reader, task, "Waiting for the switch to put the port back as it was")
    wait_for(lambda: t.at(task) is None, 120)
    told(t, reader, task, rf"{PORT} of {name} was not put back as it was "
         r"\(VLAN 7\): unreachable: .* `nf port restore "
         rf"{':'.join(node[i:i + 2] for i in range(0, 12, 2))}` does that once")
    switch.open(port)
    # A switch that was silent is not asked again within a minute.
    ok(wait_for(lambda: t.nf("port", "restore", node).returncode == 0, 100),
       "  nf port restore does it when the switch is there again")
    is_(switch.ports[0].vlan, 7, "  and the port is what it was")
    unlike(t.why(task)["now"], "put back", "  and told no more")
    is_(t.device(name)["state"], "fine", "  the switch is well again")


def main():
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(Broker())
        t = stack.enter_context(Switches(broker))
        reader = stack.enter_context(Reader(t))
        t.start_relay()
        try:
            no_worker(t, reader)
            t.start_bmc()
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
            t.trust("w1")
            places(t, reader, stack)
            causes(t, reader, stack)
            not_saved(t, reader, stack)
            other_machine(t, reader, stack)
            not_put_back(t, reader, stack)
            if not is_(reader.late, [], "no time that has passed is told as "
                       f"one to come, in {sum(map(len, reader.sentences.values()))}"
                       " sentences"):
                diag(*reader.late[:5])
            for log in ("relay.log", "bmc.log"):
                unlike(t.read(log), re.escape(ssh_switch.PASSWORD),
                       f"no password in {log}")
        finally:
            t.kill_relay()
            t.kill_bmc()
            reader.tasks.clear()
    done()


main()
