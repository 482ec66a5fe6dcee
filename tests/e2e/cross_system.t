#!/usr/bin/env python3
"""The acceptance tests across all programs that need no BMC and no switch, by
their numbers: nginx with the module, nf-relay, dnsmasq with nf-hook and
mosquitto under `nf up`, and machines in namespaces of their own.

Elsewhere, in more detail: 1 the questions that a preseed leaves open, in
tests/data/preseed.t; 5 the sweep after kill -9, in tests/crash/install.t; 6
every route, in tests/http/nodes.t; 9 under kill -9, in tests/crash/install.t;
10 without authentication, in tests/http/seed_curl.t.  What is not there yet
is skipped by name."""

import json
import os
import pathlib
import re
import signal
import sys
import threading
import time
import types

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import crash    # noqa: E402
import dhcp     # noqa: E402
import mqtt     # noqa: E402
import netns    # noqa: E402
import preseed  # noqa: E402
import rack     # noqa: E402
from dnsmasq import until   # noqa: E402
from tap import diag, done, is_, like, ok, skip, skip_all, unlike  # noqa: E402

TASKS, DEVICE = "/api/v1/tasks", "/api/v1/device/"
RENEWALS = 150


def says(machine, status, **more):
    """What the agent of an installed system publishes."""
    with netns.inside(machine.namespace):
        client = mqtt.Client(1883, machine.id, host=netns.SERVER)
    with client:
        client.publish(f"node/{machine.id}/status",
                       json.dumps({"status": status, **more}))
        client.finish()


def node(site, name):
    return site.sure("GET", f"/api/v1/nodes/{name}")[1]


def kinds(site, mac, *wanted):
    return [e["kind"] for e in site.events()
            if e["mac"] == mac and e["kind"] in wanted]


def hardware(sn, mac):
    return {"serial_number": sn, "mac_address": mac,
            "disks": [{"device": "/dev/vda", "size_gb": 1}]}


class Agent:
    """A machine's agent, one call at a time; it speaks with its token."""

    def __init__(self, site, mac, sn, namespace=None):
        self.site, self.mac, self.sn = site, mac, sn
        self.namespace = namespace or site.namespace
        self.id = mac.replace(":", "")
        self.task = None
        self.token = ""

    def create(self, **more):
        status, task = self.site.sure("POST", TASKS, {
            "sn": self.sn, "mac": self.mac, "profile": rack.PROFILE, **more})
        if status != 201:
            raise OSError(f"POST {TASKS}: {status} {task}")
        self.task = task["task_id"]

    def approve(self):
        return self.site.sure("POST", f"{TASKS}/{self.task}/approve")[0]

    def state(self):
        return self.site.sure("GET", f"{TASKS}/{self.task}")[1]

    def running(self):
        return [s["step"] for s in self.state()["steps"]
                if s["status"] == "running"]

    def boot(self):
        """Until the boot script carries the token."""
        def look():
            text = self.ask("GET", f"/boot/{self.id}/boot.ipxe")[1]
            found = re.search(r"(?:token=|autoinstall/\w+/)([a-z2-7]{20,})",
                              str(text))
            self.token = found[1] if found else ""
            return found
        return until(look)

    def tell(self, route, **members):
        return self.ask("POST", route, {
            "sn": self.sn, "mac": self.mac, "token": self.token, **members})

    def progress(self, step, percent):
        return self.tell("/api/v1/progress", task_id=self.task, step=step,
                         percent=percent, message="")[0]

    def until_operation(self, wanted):
        """Carry out everything before it."""
        for _ in range(100):
            word = self.tell(DEVICE + "getNextOperation")[1]["operation"]
            if word == wanted:
                return True
            if word == "wait":
                time.sleep(0.1)
            else:
                self.complete(word)
        return False

    def complete(self, operation, success=True):
        return self.tell(DEVICE + "operationComplete", operation=operation,
                         success=success, message="done")

    def ask(self, method, path, body=None):
        return rack.decoded(rack.ask(self.namespace, netns.SERVER, 80, method,
                                     path, body))


# --- 1 ------------------------------------------------------------------------


def test_1(site, machine):
    first = machine.boot_script()
    ok(until(lambda: node(site, machine.id).get("status") == "discovered"),
       "1: a DHCP lease makes a node, discovered")
    like(first, "is waiting for an operator", "1: its boot script waits")
    unlike(first, r"(?m)^kernel", "1: and boots nothing")
    status, _ = site.sure("PUT", f"/api/v1/nodes/{machine.id}",
                          {"action": "install", "profile": "debian-12"})
    is_(status, 200, "1: PUT install")
    until(lambda: "preseed.cfg" in machine.boot_script())
    script = machine.boot_script()
    url = re.search(r"url=http://[^/]+(/preseed/\S+)", script)
    ok(url, "1: the next fetch is the install script")
    status, text = machine.ask("GET", url[1])
    is_(status, 200, "1: whose answers are served")
    is_(preseed.faults_of(text), [], "1: and leave no question open")
    status, _ = machine.ask("POST", DEVICE + "operationComplete", {
        "mac": machine.mac, "operation": "os_install", "success": True,
        "token": re.search(r"token=([a-z2-7]+)", url[1])[1], "message": ""})
    is_(status, 200, "1: the installer reports its end")
    says(machine, "installed")
    ok(until(lambda: node(site, machine.id)["status"] == "installed"),
       "1: the system's first MQTT status makes the node installed")
    like(machine.boot_script(), "own disk", "1: and it boots from its disk")


# --- 4 ------------------------------------------------------------------------


def test_4(site, machine):
    """Each writer's last word is there, and nothing of it came out of turn."""
    client = dhcp.Client(types.SimpleNamespace(client=machine.namespace,
                                               client_link="eth0"))
    stop, renewed = threading.Event(), []
    ip = node(site, machine.id)["ip"]
    first = lease_of(site, machine)["expires_at"]

    def renew():
        while not stop.is_set():
            if client.renew(machine.mac, ip):
                renewed.append(time.time())

    renewing = threading.Thread(target=renew)
    renewing.start()
    with netns.inside(machine.namespace):
        bus = mqtt.Client(1883, "writer", host=netns.SERVER)
    with bus:
        for i in range(RENEWALS):
            bus.publish(f"node/{machine.id}/status", json.dumps(
                {"status": "installed", "hostname": f"host-{i // 10}"}))
            time.sleep(0.01)
        bus.finish()
    stop.set()
    renewing.join()
    client.close()
    last = f"host-{(RENEWALS - 1) // 10}"
    until(lambda: node(site, machine.id).get("hostname") == last)
    is_(node(site, machine.id)["hostname"], last,
        f"4: of {RENEWALS} MQTT statuses the last one is there")
    ok(until(lambda: lease_of(site, machine)["expires_at"] > first),
       f"4: of {len(renewed)} DHCP renewals at the same time, too")
    ok(len(renewed) > 10, "4: both wrote")
    numbers = [int(e["node"]["hostname"][5:]) for e in site.events()
               if e["mac"] == machine.id
               and e.get("node", {}).get("hostname", "").startswith("host-")]
    is_(numbers, sorted(numbers), "4: no older host name came back")


def lease_of(site, machine):
    leases = site.sure("GET", "/api/v1/admin/dhcp/leases")[1]
    return next(one for one in leases
                if one["mac"].replace(":", "") == machine.id)


# --- 5 ------------------------------------------------------------------------


def brought_to(site, number, state):
    """An agent whose task is in that state."""
    agent = Agent(site, f"52:54:00:05:00:{number:02x}", f"STATE-{number}")
    agent.create()
    if state == "rejected":
        site.sure("POST", f"{TASKS}/{agent.task}/reject", {"reason": "no"})
    if state in ("pending", "rejected"):
        return agent
    agent.approve()
    if state == "cancelled":
        site.sure("POST", f"{TASKS}/{agent.task}/cancel", {"reason": "sold"})
    if state in ("cancelled", "node_boot"):
        return agent
    agent.boot()
    agent.until_operation("hardware_config" if state == "hardware_config"
                          else "os_install")
    if state == "hardware_config":
        return agent
    agent.progress("downloading", 60)
    if state != "os_install":
        agent.complete("os_install", state != "failed")
    return agent


STATES = ("pending", "rejected", "cancelled", "node_boot", "hardware_config",
          "os_install", "failed", "first_boot")


def test_5(site, machine):
    agents = {state: brought_to(site, number, state)
              for number, state in enumerate(STATES)}
    unseen = Agent(site, "52:54:00:05:00:f0", "NEVER-SEEN")
    unseen.task = site.sure("POST", TASKS, {"sn": unseen.sn,
                                            "profile": rack.PROFILE})[1][
                                                "task_id"]
    unseen.approve()
    agents["node_match"] = unseen
    late = Agent(site, "52:54:00:05:00:f1", "LATE")
    late.create(bootfile="pxelinux.0")
    os.kill(site.programs()["nf-relay"], signal.SIGSTOP)
    late.approve()
    is_(late.running(), ["boot_config"], "5: approved, and not yet prepared")
    until(lambda: agents["node_boot"].running() == ["node_boot"])
    before = {state: agent.state() for state, agent in agents.items()}
    diag(*(f"{state}: {task['status']}, {agents[state].running()}"
           for state, task in before.items()))
    site.crash()
    site.start()
    for state, agent in agents.items():
        is_(agent.state(), before[state],
            f"5: {state} is after kill -9 of everything what it was")
    ok(until(lambda: late.running() == ["node_boot"]),
       "5: and what was approved and not prepared is picked up")
    for state in ("node_boot", "hardware_config", "os_install"):
        agent = agents[state]
        agent.boot()
        ok(agent.until_operation("os_install")
           and agent.complete("os_install")[0] == 200
           and agent.running() == ["first_boot"], f"5: {state} goes on")


# --- 6 ------------------------------------------------------------------------


def test_6(site, machine):
    agent = Agent(site, "52:54:00:06:0a:bc", "SIX-1")
    agent.tell("/api/v1/report", hardware=hardware(agent.sn, agent.mac))
    names = ("52:54:00:06:0a:bc", "52-54-00-06-0A-BC", "525400060ABC",
             agent.sn)
    found = [node(site, name) for name in names]
    is_([one.get("mac") for one in found], [agent.id] * 4,
        "6: a MAC in three spellings and the serial number name one node")
    other = Agent(site, "52:54:00:06:00:99", agent.sn)
    _, told = other.tell("/api/v1/report",
                         hardware=hardware(agent.sn, other.mac))
    is_(told["matched"], False,
        "6: another machine of the same serial number is not matched")
    is_([one["reason"] for one in
         site.sure("GET", "/api/v1/unmatched-reports")[1]
         if one["mac"] == other.mac], ["serial_clash"], "6: but listed")
    is_(site.sure("POST", "/api/v1/nodes", {
        "mac": "52:54:00:06:00:98", "serial": agent.sn})[0], 409,
        "6: nor can a node be made of it")
    is_(node(site, agent.sn)["mac"], agent.id, "6: the first one keeps it")
    status, task = site.sure("POST", TASKS, {"mac": names[1]})
    is_((status, task["mac"]), (201, agent.mac),
        "6: a task by any of them is the same machine's")
    is_([site.sure("GET", f"{TASKS}/{name}")[1].get("task_id")
         for name in names], [task["task_id"]] * 4, "6: and each finds it")


# --- 7 ------------------------------------------------------------------------

EVIL = ("INJECT\nd-i preseed/late_command string reboot", 'INJECT";reboot;"',
        "INJECT';reboot;'", "INJECT;reboot", "../../INJECT", "INJECT$(reboot)",
        "INJECT`reboot`", "INJECT{{token}}", "INJECT\r\n  dns 6.6.6.6",
        "INJECT ", "INJECT\u2028x", "INJECT\x00x")
# Profiles, and what stands in their answers.
PROFILES = {"debian-12": "d-i partman", "ubuntu-24.04": "#cloud-config",
            "rocky-9": "%packages", rack.PROFILE: "sha256"}


def fields(value):
    """Every place where an operator's words could reach a file."""
    return ({"hostname": value}, {"os_type": value}, {"os_version": value},
            {"bootfile": value}, {"profile": value}, {"packages": [value]},
            {"network": {"ip": value}},
            {"network": {"ip": "10.99.7.7", "netmask": value}},
            {"network": {"ip": "10.99.7.7", "netmask": "255.255.0.0",
                         "gateway": value}},
            {"network": {"dns": [value]}},
            {"disk_layout": {"root_disk": value}},
            {"pxe": {"kernel_args": value}}, {"sn": value}, {"mac": value})


def words(site, agent):
    """All that could be rendered for a node, as it is served."""
    found = [agent.ask("GET", f"/boot/{agent.id}/{name}")[1]
             for name in ("boot.ipxe", "grub.cfg")]
    for script in list(found):
        for url in re.findall(r"http://[^/\s]+(/(?:preseed|kickstart|"
                              r"autoinstall)/[^\s;]+)", str(script)):
            urls = ([url + name for name in ("user-data", "meta-data")]
                    if url.startswith("/autoinstall") else [url])
            found += [agent.ask("GET", one.replace("${firmware}", "uefi"))[1]
                      for one in urls]
    if agent.token:
        found.append(agent.ask("GET", f"/image/{agent.id}/image.json?token="
                                 + agent.token)[1])
    for folder in ("tftp/pxelinux.cfg", "tftp/grub", "hosts"):
        for path in pathlib.Path(site.site.path(folder)).rglob("*"):
            if path.is_file():
                found.append(path.name + path.read_text(errors="replace"))
    return "\n".join(map(str, found))


def test_7(site, machine):
    taken, number = [], 0
    for value in EVIL:
        for evil in fields(value):
            number += 1
            agent = Agent(site, f"52:54:00:07:{number >> 8:02x}:"
                          f"{number & 255:02x}", f"EVIL-{number}")
            status, answer = site.sure("POST", TASKS, {
                "mac": agent.mac, "profile": "debian-12", **evil})
            if status == 201:
                agent.task = answer["task_id"]
                taken.append((evil, agent))
    free = {name for evil, _ in taken for name in evil}
    is_(free - {"sn", "os_version"}, set(),
        f"7: of {number} evil tasks none is taken but for names that are shown")
    for evil, agent in taken:
        agent.approve()
        agent.boot()
    unlike("".join(words(site, agent) for _, agent in taken), "INJECT",
           "7: and these show nowhere but in the API")
    for index, (profile, sign) in enumerate(PROFILES.items()):
        one_profile(site, f"52:54:00:07:ff:{index:02x}", profile, sign)
    one_profile(site, "52:54:00:07:fe:00", "debian-12",
                "01-52-54-00-07-fe-00", bootfile="pxelinux.0", network={
                    "ip": "10.99.0.209", "netmask": "255.255.255.0"})
    over_the_wire(site, machine)


def one_profile(site, mac, profile, sign, **more):
    """Words that are kept and shown do not reach what is rendered."""
    name = f"good-{mac[-5:].replace(':', '')}"
    agent = Agent(site, mac, f"EVIL-{name}")
    agent.create(profile=profile, notes=EVIL[0], tags=[EVIL[1]], hostname=name,
                 **more)
    refused = [site.sure("PATCH", f"/api/v1/nodes/{agent.id}",
                         {name: value})[0]
               for value in EVIL for name in ("hostname", "ip")]
    is_(set(refused), {400}, f"7: {profile}: a node's members are refused")
    report = hardware(agent.sn, agent.mac)
    report.update(company=EVIL[0], product=EVIL[5])
    agent.tell("/api/v1/report", hardware=report)
    agent.approve()
    if not more:
        agent.boot()
    ok(until(lambda: sign in words(site, agent) and name
             in words(site, agent)), f"7: {profile}: {sign} is rendered")
    text = words(site, agent)
    unlike(text, "INJECT", f"7: {profile}: without an evil word")


def over_the_wire(site, machine):
    """What a machine says of itself by DHCP and MQTT."""
    client = dhcp.Client(types.SimpleNamespace(client=machine.namespace,
                                               client_link="eth0"))
    for value in EVIL:
        client.lease(machine.mac, [
            (dhcp.HOST_NAME, value.encode()),
            (dhcp.VENDOR_CLASS, b"PXEClient:Arch:00000")])
        says(machine, "installed", hostname=value, ip=value)
    client.close()
    says(machine, "installed", hostname="good")
    ok(until(lambda: node(site, machine.id).get("hostname") == "good"),
       "7: DHCP and MQTT go on")
    agent = Agent(site, machine.mac, None, machine.namespace)
    unlike(words(site, agent) + json.dumps(node(site, machine.id)),
           "INJECT", "7: and none of their evil words was kept or rendered")


# --- 8, 9 -----------------------------------------------------------------


def test_8(site, machine):
    machine.power_on()
    def listed():
        return [one["reason"] for one in
                site.sure("GET", "/api/v1/unmatched-reports")[1]
                if one["mac"] == machine.mac]
    until(listed)
    is_(listed(), ["no_task"], "8: a report that no task fits is kept")
    _, task = site.sure("POST", TASKS, {"sn": machine.sn,
                                        "profile": rack.PROFILE})
    is_((task["mac"], task["status"]), (machine.mac, "pending"),
        "8: a task by its serial number finds the machine")
    is_(listed(), [], "8: whose report is no longer unmatched")
    ok(until(lambda: f"Task {task['task_id']} found"
             in machine.console.read_text(errors="replace")),
       "8: and the agent on it finds the task")
    machine.power_off()


def test_9(site, machine):
    agent = Agent(site, machine.mac, machine.sn, machine.namespace)
    agent.task = site.sure("GET", f"{TASKS}/{machine.sn}")[1]["task_id"]
    agent.approve()
    if not ok(agent.boot(), "9: the boot script has the task's token"):
        diag(agent.ask("GET", f"/boot/{agent.id}/boot.ipxe"), agent.state())
    seen = []
    for step, percent in (("a", 10), ("b", 60), ("c", 30), ("b", 60),
                          ("d", 0)):
        is_(agent.progress(step, percent), 200, f"9: progress {percent}")
        seen.append(agent.state()["percent"])
    is_(seen, sorted(seen), f"9: percent never goes down: {seen}")
    agent.until_operation("os_install")
    is_([agent.complete("os_install") for _ in range(3)],
        [(200, {"status": "ok"})] * 3, "9: os_install reported three times")
    is_(agent.complete("hardware_config")[0], 200, "9: and an earlier one")
    is_(agent.running(), ["first_boot"], "9: is reported once")
    for _ in range(3):
        says(machine, "installed")
    ok(until(lambda: agent.state()["status"] == "completed"), "9: completed")
    says(machine, "installed")
    time.sleep(0.5)
    is_(kinds(site, machine.id, "task.completed", "task.failed"),
        ["task.completed"], "9: exactly once")
    is_(agent.complete("os_install", False)[1], {"status": "ok"},
        "9: a late failure is taken")
    is_((agent.state()["status"], agent.state()["percent"]),
        ("completed", 100), "9: and changes nothing")


# --- 10, 11 ---------------------------------------------------------------


def test_11(site):
    text = site.sure("GET", "/metrics")[1]
    wrong = [line for line in str(text).splitlines()
             if not re.match(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[^{}]*\})? '
                             r'-?[0-9.e+]+)$', line)]
    is_(wrong, [], "11: every line of /metrics is Prometheus text")
    if "regional_client_" not in str(text):
        skip("11: /metrics has no regional_client_* and no log is JSON yet")
    if site.sure("GET", "/api/v1/nodes")[0] == 200:
        skip("10: the API knows no users yet, so there is no 401 and no 403")


def main():
    lacks = rack.missing()
    if lacks:
        skip_all(f"needs {lacks}")
    with rack.Rack(1, NF_DISCOVERY_MODE="loop", NF_BOOT_WAIT="sleep") as site:
        test_1(site, site.machines[0])
        test_4(site, site.machines[0])
    with rack.Rack(2) as site:
        site.profile(hardware_scripts=[{"name": "x", "script": "true\n"}])
        for test in (test_5, test_6, test_8, test_9, test_7):
            began = time.monotonic()
            test(site, site.machines[0])
            diag(f"{test.__name__}: {time.monotonic() - began:.1f} s")
        test_11(site)
        site.stop()
        why, _ = crash.check(site.site.settings["NF_DB_PATH"])
        is_(why, None, "the state is the replay of the log")
    done()


main()
