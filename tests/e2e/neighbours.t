#!/usr/bin/env python3
"""A hostile neighbour on the install network: a machine is not taken for
another, whatever he says, leases, releases or looks at; each of it is refused,
and told once.

Three network namespaces on one bridge beside the bastion's: the machine that
is installed, its hostile neighbour, and one that nobody has seen.  The bastion
is `nf up` with the real nginx, dnsmasq, mosquitto and nf-relay.
"""

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import types

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import dhcp  # noqa: E402
import mqtt  # noqa: E402
import netns  # noqa: E402
import rack  # noqa: E402
import sealing  # noqa: E402
from dnsmasq import runs, until  # noqa: E402
from processes import children  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

TASKS = "/api/v1/tasks"
DEVICE = "/api/v1/device/"
PXE = [(dhcp.VENDOR_CLASS, b"PXEClient:Arch:00000:UNDI:002001")]
UNKNOWN_MAX = 20
LOOSE = "10.99.0.241" # an address that nobody leases


class Site(rack.Rack):
    """Without an image: nothing is written to any disk here."""

    def _files(self):
        pass

    def told(self):
        """What nginx said of answers."""
        return re.findall(r"nf: (answered .*)",
                          self.site.read("log/error.log"))

    def begin_minute(self):
        """Sixty lines in a minute are a worker's: have another one."""
        nginx = self.programs()["nginx"]
        before = children(nginx)
        os.kill(nginx, signal.SIGHUP)
        until(lambda: set(children(nginx)) - set(before)
              and not any(runs(pid) for pid in before))

    def node(self, machine):
        return self.sure("GET", f"/api/v1/nodes/{machine.id}")[1]

    def task(self, machine):
        return self.sure("GET", f"{TASKS}/{machine.id}")[1]

    def install(self, machine, **more):
        self.sure("POST", TASKS, {"mac": machine.mac, "sn": machine.sn,
                                  "profile": "debian-12", **more})
        return self.sure("POST", f"{TASKS}/{machine.id}/approve")[1]


class Card:
    """A machine's port: what it leases, and what it asks from where."""

    def __init__(self, machine):
        self.machine, self.space = machine, machine.namespace
        self.dhcp = dhcp.Client(types.SimpleNamespace(
            client=machine.namespace, client_link="eth0"))

    def address(self, ip):
        rack.ip("-n", self.space, "addr", "replace", f"{ip}/16", "dev", "eth0")
        return ip

    def lease(self, site, mac=None):
        """Until the store knows of it."""
        mac = mac or self.machine.mac
        ip = self.dhcp.lease(mac, PXE)
        until(lambda: holder(site, ip) == mac)
        return self.address(ip)

    def ask(self, source, method, path, body=None):
        """(status, text), from that address."""
        with netns.inside(self.space):
            link = socket.create_connection((netns.SERVER, 80), 10,
                                            source_address=(source, 0))
        data = b"" if body is None else json.dumps(body).encode()
        with link:
            link.sendall((f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
                          "Connection: close\r\nContent-Type: application/json"
                          f"\r\nContent-Length: {len(data)}\r\n\r\n").encode()
                         + data)
            text = b""
            while piece := link.recv(65536):
                text += piece
        head, _, rest = text.decode("utf-8", "replace").partition("\r\n\r\n")
        return int(head.split()[1]), rest


def holder(site, ip):
    for lease in site.sure("GET", "/api/v1/admin/dhcp/leases")[1]:
        if lease["ip"] == ip:
            mac = lease.get("mac", "")
            return ":".join(mac[i:i + 2] for i in range(0, 12, 2)) \
                if ":" not in mac else mac
    return None


def says(site, space, machine, **members):
    """A status in a machine's name, by a client without one."""
    with netns.inside(space):
        bus = mqtt.Client(1883, f"x{os.getpid()}", host=netns.SERVER)
    with bus:
        bus.publish(f"node/{machine.id}/status",
                    json.dumps({"status": "installed", **members}))
        bus.finish()


def refused(site, name, call, wanted=403, lines=1):
    """The call is answered so, and told in one line."""
    before = len(site.told())
    status, text = call()
    until(lambda: len(site.told()) >= before + lines, 5)
    told = site.told()[before:]
    if not ok(status == wanted and len(told) == lines,
              f"{name}: {wanted}, told {lines}"):
        diag(f"{status} {text[:300]}", *told)
    return text


def token_of(text):
    found = re.search(r"token=([a-z2-7]{20,})", text)
    return found[1] if found else ""


def speaks_for(site, name, card, source, victim, token):
    """Everything that a machine may say and ask, in another's name."""
    who = {"mac": victim.mac, "sn": victim.sn}
    script = refused(site, f"{name}: boot script", lambda: card.ask(
        source, "GET", f"/boot/{victim.id}/boot.ipxe"), 200)
    unlike(script, "token=|debian-installer", f"{name}: it only waits")
    text = refused(site, f"{name}: answers", lambda: card.ask(
        source, "GET", f"/preseed/{victim.id}/preseed.cfg?token={token}"))
    is_(text, "", f"{name}: which say nothing")
    refused(site, f"{name}: answers by serial number", lambda: card.ask(
        source, "GET", f"/api/v1/preseed/{victim.sn}"))
    refused(site, f"{name}: task", lambda: card.ask(
        source, "GET", f"/api/v1/task/{victim.sn}?mac={victim.mac}"))
    refused(site, f"{name}: order", lambda: card.ask(
        source, "POST", DEVICE + "getNextOperation", {**who, "token": token}))
    refused(site, f"{name}: end", lambda: card.ask(
        source, "POST", DEVICE + "operationComplete",
        {**who, "token": token, "operation": "os_install", "success": True}))
    refused(site, f"{name}: report", lambda: card.ask(
        source, "POST", "/api/v1/report", {**who, "hardware": {}}))


# --- an address is proof only by lease ---------------------------------------


def addresses(site, victim, hostile):
    mine = hostile.lease(site)
    own = victim.lease(site)
    site.install(victim.machine)
    script = victim.ask(own, "GET",
                        f"/boot/{victim.machine.id}/boot.ipxe")[1]
    token = token_of(script)
    ok(token, "the machine itself is given its script and token")
    hostile.address(LOOSE)
    says(site, hostile.space, victim.machine, ip=LOOSE, hostname="taken")
    until(lambda: site.node(victim.machine).get("agent_ip") == LOOSE)
    node = site.node(victim.machine)
    is_((node["ip"], node.get("agent_ip")), (own, LOOSE),
        "what a status says of the address is shown, and is not the node's")
    speaks_for(site, "an address that a status named", hostile, LOOSE,
               victim.machine, token)
    speaks_for(site, "an address of one's own", hostile, mine, victim.machine,
               token)
    site.begin_minute()
    hostile.dhcp.release(victim.machine.mac, own)
    until(lambda: holder(site, own) is None)
    is_(holder(site, own), None, "the neighbour releases the machine's lease")
    speaks_for(site, "after a forged release", hostile, LOOSE, victim.machine,
               token)
    ok(victim.dhcp.renew(victim.machine.mac, own, PXE) == own
       and until(lambda: holder(site, own) == victim.machine.mac),
       "the machine renews it")
    is_(victim.ask(own, "GET", f"/preseed/{victim.machine.id}/preseed.cfg"
                   f"?token={token}")[0], 200, "and goes on")
    is_(site.task(victim.machine)["status"], "installing",
        "its task is where it was")
    return token


def reservations(site, hostile):
    """An operator's binding is neither moved nor taken."""
    path = site.site.path("hosts/525400990aaa")
    site.sure("POST", "/api/v1/admin/dhcp/binding", {
        "mac": "52:54:00:99:0a:aa", "ip": "10.99.0.60", "hostname": "bound"})
    until(lambda: os.path.exists(path))
    line = "52:54:00:99:0a:aa,id:*,10.99.0.60,bound"
    before = open(path, encoding="ascii").read()
    like(before, "10.99.0.60,bound", "an address is bound")
    bound = types.SimpleNamespace(id="525400990aaa")
    says(site, hostile.space, bound, ip="10.99.0.61", hostname="moved")
    says(site, hostile.space, hostile.machine, ip="10.99.0.60")
    until(lambda: site.node(hostile.machine).get("agent_ip") == "10.99.0.60")
    time.sleep(0.5)
    is_(open(path, encoding="ascii").read(), before,
        f"and stays so, whatever statuses say ({line})")


# --- cards, serial numbers ---------------------------------------------------


def cards(site, victim, hostile, unseen):
    """Who says that he has a card does not have it."""
    mine = hostile.lease(site)
    stranger = unseen.machine
    body = {"mac": hostile.machine.mac, "sn": hostile.machine.sn, "hardware": {
        "nics": [{"mac": hostile.machine.mac}, {"mac": stranger.mac},
                 {"mac": victim.machine.mac}]}}
    is_(hostile.ask(mine, "POST", "/api/v1/report", body)[0], 200,
        "the neighbour lists the cards of others")
    site.install(hostile.machine)
    own = unseen.lease(site)
    script = unseen.ask(own, "GET", f"/boot/{stranger.id}/boot.ipxe")[1]
    unlike(script, "token=|debian-installer",
           "a machine that nobody approved is not installed for him")
    is_(site.node(stranger)["status"], "discovered", "it is discovered")
    is_(site.node(hostile.machine).get("macs"), None, "and no card of his")
    refused(site, "a report in the name of a MAC that nobody saw",
            lambda: hostile.ask(mine, "POST", "/api/v1/report", {
                "mac": "52:54:00:99:0b:bb", "sn": "NEW", "hardware": {
                    "nics": [{"mac": hostile.machine.mac}]}}))
    is_(site.sure("GET", "/api/v1/nodes/525400990bbb")[0], 404,
        "makes no node")
    refused(site, "a boot script for a MAC that nobody saw", lambda: (
        hostile.ask(mine, "GET", "/boot/525400990bbc/boot.ipxe")), 200, 0)
    is_(site.sure("GET", "/api/v1/nodes/525400990bbc")[0], 404,
        "asked for by another, makes none either")
    site.sure("POST", f"{TASKS}/{hostile.machine.id}/cancel")


def bmcs(site, victim, hostile):
    """A BMC is brought by its own machine, and is nobody else's then."""
    mine, own = hostile.lease(site), victim.lease(site)
    with open(site.site.path("site.key"), "rb") as file:
        key = file.read()

    def brings(card, source, **more):
        who = {"mac": card.machine.mac, "serial": card.machine.sn}
        return card.ask(source, "POST", "/api/v1/report", {
            "mac": card.machine.mac, "sn": card.machine.sn, "hardware": {},
            "bmc_login": sealing.login(key, **{
                **who, "address": "10.98.0.1", "password": "its own", **more})
        })[0]

    def device(card):
        return site.sure("GET", f"/api/v1/devices/bmc-{card.machine.id}")

    def told():
        return [e["detail"] for e in site.events()
                if e["kind"] == "bmc.not_enrolled"]

    is_(brings(victim, own), 200, "a machine tells of its BMC")
    is_(device(victim)[1].get("address"), "10.98.0.1", "which is a device")
    is_(brings(hostile, mine), 200, "a neighbour says the same of his")
    is_(device(hostile)[0], 404, "and has none")
    is_(told(), [f"10.98.0.1 is the device bmc-{victim.machine.id}"],
        "an event tells why")
    is_(brings(hostile, mine, mac=victim.machine.mac), 200,
        "he passes on what was sealed for another")
    is_(told()[1:], ["it was sealed for another machine"], "which is told")
    is_(device(victim)[1].get("address"), "10.98.0.1",
        "and the machine's BMC is what it was")
    unlike("\n".join(map(str, site.events())), "its own|sealed\"",
           "no event has a password")
    site.sure("DELETE", f"/api/v1/devices/bmc-{victim.machine.id}")


def twins(site, victim):
    """Two machines with one MAC: the other one waits."""
    machine = victim.machine
    own = victim.lease(site)
    who = {"mac": machine.mac, "sn": "OTHER-1"}
    good = {"mac": machine.mac, "sn": machine.sn,
            "hardware": {"arch": "amd64", "product": "Right"}}
    is_(json.loads(victim.ask(own, "POST", "/api/v1/report", good)[1]).get(
        "matched"), True, "the right machine is its task's")
    before = len(site.told())
    for _ in range(3):
        is_(json.loads(victim.ask(own, "POST", "/api/v1/report", {
            **who, "hardware": {}})[1]).get("matched"), False,
            "one of another serial number is not")
        is_(victim.ask(own, "POST", DEVICE + "getNextOperation", who)[1],
            '{"operation":"wait","data":{}}', "and is told to wait")
    is_(json.loads(victim.ask(own, "POST", DEVICE + "isInInstallQueue",
                              who)[1]), {"result": False}, "not installed")
    is_(victim.ask(own, "GET", f"/api/v1/task/OTHER-1?mac={machine.mac}")[0],
        404, "nor told of the task")
    unlike(victim.ask(own, "GET", f"/boot/{machine.id}/boot.ipxe")[1],
           "token=", "nor given a script")
    is_(len(site.told()), before, "all that is said once, as an event")
    said = [e for e in site.events() if e["kind"] == "report.unmatched"
            and "OTHER-1" in e.get("detail", "")]
    is_(len(said), 1, "of an unmatched report")
    line = f"unmatched (stored): {machine.mac}"
    ok(until(lambda: site.words().count(line) == 1, 5),
       "which nf-relay tells in one line")
    found = site.sure("GET", f"/api/v1/nodes/{machine.id}/hardware")[1]
    is_(found["hardware"].get("product"), "Right",
        "the inventory is the right machine's")
    refused(site, "the other one ends the task", lambda: victim.ask(
        own, "POST", DEVICE + "operationComplete",
        {**who, "operation": "os_install", "success": True}))
    victim.ask(own, "POST", "/api/v1/report", good)
    like(victim.ask(own, "GET", f"/boot/{machine.id}/boot.ipxe")[1], "token=",
         "when the right one has spoken it goes on")


# --- looking, and giving up --------------------------------------------------


def looking(site, victim, hostile):
    machine = victim.machine
    mine = hostile.lease(site)
    path = f"/boot/{machine.id}/boot.ipxe"

    def starts():
        return [s.get("attempts") for s in site.task(machine)["steps"]
                if s["step"] == "os_install"]

    # what was asked for before is counted behind its answer, and before this
    site.sure("PUT", f"/api/v1/nodes/{machine.id}",
              {"labels": {"looked": "at"}})
    before = starts()
    for _ in range(7):
        site.sure("GET", path) # an operator
        victim.ask(victim.lease(site), "HEAD", path)
    refused(site, "the neighbour looks", lambda: hostile.ask(
        mine, "GET", path), 200)
    for _ in range(6):
        hostile.ask(mine, "GET", path)
    is_(starts(), before, "looking is no attempt")
    own = victim.lease(site)
    time.sleep(1.1)
    for _ in range(10):
        victim.ask(own, "GET", path)
    until(lambda: starts() != before)
    time.sleep(0.2)
    ok(starts()[0] in (before[0] + 1, before[0] + 2),
       f"what is repeated at once is one ({before} {starts()})")
    is_(site.task(machine)["status"], "installing", "and the task goes on")


def gives_up(site, victim, token):
    """A reinstall that never began leaves the system that runs."""
    machine = victim.machine
    own = victim.lease(site)
    victim.ask(own, "POST", DEVICE + "operationComplete",
               {"mac": machine.mac, "token": token, "operation": "os_install",
                "success": True})
    says(site, victim.space, machine)
    until(lambda: site.node(machine)["status"] == "installed")
    is_(site.node(machine)["status"], "installed", "the machine is installed")
    is_(site.install(machine)["status"], "approved", "and to be again")
    site.sure("POST", f"{TASKS}/{machine.id}/cancel", {"reason": "no"})
    is_(site.node(machine)["status"], "installed",
        "which is cancelled: it stays installed")
    like(victim.ask(own, "GET", f"/boot/{machine.id}/boot.ipxe")[1],
         "own disk", "and boots its disk")


# --- what fills up -----------------------------------------------------------


def retained(site, hostile, victim):
    """Nothing stays with the broker, and nothing large comes in."""
    with netns.inside(hostile.space):
        bus = mqtt.Client(1883, "retainer", host=netns.SERVER)
    topic = f"node/{victim.machine.id}/status"
    try:
        bus._send(mqtt._packet(mqtt.PUBLISH | 2 | 1, mqtt._text(topic)
                               + struct.pack("!H", 1) + b'{"status":"x"}'))
        bus._read()
        ended = False
    except OSError:
        ended = True
    ok(ended, "who retains a message is put out")
    with netns.inside(hostile.space):
        bus = mqtt.Client(1883, "giant", host=netns.SERVER)
    try:
        bus.publish(topic, b"x" * 100000)
        bus.finish()
        ended = False
    except OSError:
        ended = True
    ok(ended, "and who sends 100 KB")
    db = site.site.path("db/mosquitto/mosquitto.db")
    ok(not os.path.exists(db) or os.path.getsize(db) < 1 << 20,
       "the broker's file is small")


def flood(site, hostile, victim):
    """What people did stays, whatever machines say."""
    before = len(site.events())
    with netns.inside(hostile.space):
        bus = mqtt.Client(1883, "flood", host=netns.SERVER)
    with bus:
        for i in range(3000):
            bus.publish(f"node/{victim.machine.id}/status", json.dumps(
                {"status": "installed", "hostname": f"h{i}"}))
        bus.finish()
    until(lambda: "h" in site.node(victim.machine).get("hostname", ""))
    time.sleep(1)
    added = len(site.events()) - before
    ok(added < 100, f"3000 statuses are {added} events")
    people = site.sure("GET", "/api/v1/events?by=people&limit=1000")[1]
    ok(any(e["kind"] == "task.approved" for e in people),
       "what people did is kept by itself")


def invented(site, hostile):
    """Machines that he makes up drive one another out, and nobody else."""
    site.sure("POST", "/api/v1/nodes", {"mac": "52:54:00:99:0d:dd"})
    hostile.address(LOOSE)
    for i in range(3 * UNKNOWN_MAX):
        mac = f"525400aa{i:04x}"
        hostile.ask(LOOSE, "POST", "/api/v1/report", {
            "mac": mac, "sn": f"MADE-UP-{i}",
            "hardware": {"company": "x" * 100}})
        time.sleep(0.03)
    nodes = site.sure("GET", "/api/v1/nodes")[1]
    made_up = [n for n in nodes if n["mac"].startswith("525400aa")]
    ok(0 < len(made_up) <= UNKNOWN_MAX,
       f"of {3 * UNKNOWN_MAX} machines that were made up {len(made_up)} stay")
    ok({"525400990ddd", "525400990aaa"} <= {n["mac"] for n in nodes},
       "all that an operator named is there")
    ran = site.nf("store", "check")
    is_(ran.returncode, 0, "and the store agrees with itself")
    diag(*ran.stdout.splitlines()[:5])


def main():
    lacks = rack.missing()
    if lacks:
        skip_all(f"needs {lacks}")
    with Site(3, NF_DISCOVERY_MODE="loop", NF_BOOT_WAIT="sleep",
              NF_UNKNOWN_NODES=str(UNKNOWN_MAX), NF_BMC_ENROLL="1") as site:
        victim, hostile, unseen = (Card(one) for one in site.machines)
        token = addresses(site, victim, hostile)
        reservations(site, hostile)
        cards(site, victim, hostile, unseen)
        bmcs(site, victim, hostile)
        twins(site, victim)
        looking(site, victim, hostile)
        gives_up(site, victim, token)
        retained(site, hostile, victim)
        flood(site, hostile, victim)
        invented(site, hostile)
        unlike("\n".join(site.told()), r"others were not logged",
               "nothing was withheld from the log")
        unlike(site.site.read("log/error.log"), token, "which has no token")
    done()


main()
