#!/usr/bin/env python3
"""nf ports, port and topology: switches from the shell, with nf-relay and a
worker that says what a switch would."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, colons, mac  # noqa: E402
from nginx import BUILD, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402
from worker import Worker  # noqa: E402

NF = os.path.join(BUILD, "nf")


def nf(t, *words, stdin=""):
    return subprocess.run([NF, *words], env=t.environ(), input=stdin,
                          capture_output=True, text=True, timeout=limit(120))


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    if not ok(ran.returncode == 0 and ran.stderr == "",
              f"nf {' '.join(words)}"):
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


def wrong(t, status, words, *command, stdin=""):
    ran = nf(t, *command, stdin=stdin)
    is_(ran.returncode, status, f"nf {' '.join(command)}: status {status}")
    like(ran.stdout + ran.stderr, words, f"  {words}")


class Keyed(Worker):
    """One that passwords can be sealed for."""

    key = base64.b64encode(os.urandom(32)).decode()

    def _say(self, kind, what):
        more = {"key": self.key} if "version" in what else {}
        super()._say(kind, {**what, **more})

    def tell_ports(self, command, ports):
        self._say("ports", {"id": command["id"], "part": 0, "last": True,
                            "ports": ports})


class Switch:
    """What a worker finds: ports by name."""

    def __init__(self):
        self.ports = {}
        self.asked = []
        self.worker = None
        for n in range(1, 25):
            name = f"GigabitEthernet1/0/{n}"
            self.ports[name] = {
                "name": name, "mode": "access", "vlan": 1, "admin": "up",
                "description": f"seat {n}", "link": "down",
                "forwards": "unknown", "macs": 0}
        self.ports["GigabitEthernet1/0/1"].update(
            link="up", forwards="up", macs=1, mbps=1000, addresses=[mac(1)])
        self.ports["GigabitEthernet1/0/24"].update(
            mode="trunk", tagged="5-7", link="up", forwards="up", macs=40,
            neighbor="core.example", bridge=True)

    def act(self, command):
        self.asked.append(command)
        if command["command"] == "scan":
            self.worker.tell_ports(command, list(self.ports.values()))
            return "done", json.dumps({"ports": len(self.ports)})
        if command["args"]["port"].endswith("/24") \
                and not command["args"].get("force"):
            return "failed", ("uplink: the port leads to other switches "
                              "(GigabitEthernet1/0/24 is a link to another "
                              "switch)")
        port = self.ports["GigabitEthernet1/0/1"]
        port.update({k: v for k, v in command["args"].items()
                     if k in ("mode", "vlan", "admin", "description")})
        return "done", json.dumps({"name": port["name"], "vlan": port["vlan"],
                                   "changed": True}, separators=(",", ":"))


def sets(t):
    """What a switch logs in with, by each of its ways."""
    is_(well(t, "credentials", "set", "lab", stdin="c0mmunity\n"), "lab\n",
        "a community has no user")
    is_(well(t, "credentials", "set", "v3", "--user", "u", "--auth", "SHA-256",
             "--priv", "AES", stdin="auth-s3cret\npriv-s3cret\n"), "v3 u\n",
        "SNMPv3 has two passwords, a line each")
    like(well(t, "credentials", "list"),
         r"SET +USER +AUTH +PRIV.*\nlab +operator.*\nv3 +u +SHA-256 +AES",
         "both are listed")
    well(t, "credentials", "set", "v3", "--user", "w", "--keep-password")
    is_([t.api("GET", "/api/v1/credentials/v3").json.get(k)
         for k in ("user", "auth", "priv")], ["w", "SHA-256", "AES"],
        "what is not named stays")
    wrong(t, 1, "priv_password|priv", "credentials", "set", "v3", "--auth", "",
          "--keep-password")
    wrong(t, 1, "8 bytes", "credentials", "set", "v4", "--user", "u", "--auth",
          "SHA", "--priv", "AES", stdin="auth-s3cret\nshort\n")
    wrong(t, 1, "needs one", "devices", "set", "x", "--driver", "ios",
          "--address", "10.0.0.9", "--credentials", "lab")
    wrong(t, 1, "link the node", "devices", "set", "x", "--driver", "snmp",
          "--address", "10.0.0.9", "--node", mac(1))


def before(t):
    """A switch that was not scanned yet."""
    well(t, "devices", "set", "sw1", "--driver", "snmp", "--address",
         "10.0.0.2", "--credentials", "lab")
    well(t, "devices", "set", "bmc-1", "--driver", "ipmi", "--address",
         "10.0.0.3")
    like(well(t, "devices", "list", "--kind", "switch"),
         r"^DEVICE +KIND .*\nsw1 +switch +snmp +10.0.0.2 .*\n$",
         "switches alone are listed")
    is_(well(t, "ports", "sw1"), "none\n\nseen never\n", "it has no ports yet")
    wrong(t, 1, "has no ports", "ports", "bmc-1")
    wrong(t, 1, "no such device", "ports", "sw9")
    wrong(t, 2, "usage: nf ports", "ports")
    wrong(t, 1, "BMC", "port", "link", mac(1), "bmc-1", "1")


def scanned(t, switch):
    table = well(t, "ports", "--now", "sw1")
    like(table, r"^PORT +MODE +VLAN +ADMIN +LINK +FORWARDS +MACS +NODE +NEIGHBOR "
                r"+DESCRIPTION\n", "ports are a table")
    like(table, rf"(?m)^GigabitEthernet1/0/1 +access +1 +up +up +up +1 +{colons(1)} "
                r"+seat 1 *$", "with the node whose address was learnt")
    like(table, r"(?m)^GigabitEthernet1/0/24 +trunk .* core.example ",
         "and the neighbor")
    like(table, r"\n\nseen [\d: -]+\n$", "and when that was seen")
    is_([c["command"] for c in switch.asked if c["command"] == "scan"][:1],
        ["scan"], "its worker was asked")
    whole = json.loads(well(t, "ports", "sw1", "--json"))
    is_((whole["total"], len(whole["ports"])), (24, 24), "--json has all")
    port = well(t, "port", "show", mac(1))
    like(port, r"switch +sw1\nport +GigabitEthernet1/0/1\n+known by +mac\n",
         "where a node was seen")
    like(port, r"(?m)^mode +access\nvlan +1\n", "and how its port is")
    t.api("POST", "/api/v1/nodes", {"mac": mac(2)})
    wrong(t, 1, "no switch has|not|seen|learnt", "port", "show", mac(2))


def linked(t):
    is_(well(t, "port", "link", mac(2), "sw1", "Gi1/0/2"),
        "sw1 GigabitEthernet1/0/2\n", "a port by its short name")
    like(well(t, "port", "show", mac(2)), r"known by +hand\n", "by hand")
    wrong(t, 1, "no such port", "port", "link", mac(2), "sw1", "Gi1/0/99")
    wrong(t, 1, colons(2), "port", "link", mac(1), "sw1", "Gi1/0/2")
    wrong(t, 1, colons(2), "devices", "delete", "sw1")
    wrong(t, 2, "usage: nf port link", "port", "link", mac(2), "sw1")
    like(well(t, "topology"),
         rf"^SWITCH +PORT +IS +WHICH +BY\n"
         rf"sw1 +GigabitEthernet1/0/1 +node +{colons(1)} +mac\n"
         rf"sw1 +GigabitEthernet1/0/24 +neighbor +core.example +lldp\n"
         rf"sw1 +GigabitEthernet1/0/2 +node +{colons(2)} +hand\n$",
         "what leads where")
    drawn = well(t, "topology", "--dot")
    like(drawn, r'^graph nodefoundry \{\n(  "[^\n]*;\n)+\}\n\s*$', "as a graph")
    if shutil.which("dot"):
        ran = subprocess.run(["dot", "-Tplain"], input=drawn, text=True,
                             capture_output=True, timeout=limit(60))
        is_((ran.returncode, ran.stdout.count("\nedge ")), (0, 3),
            "which Graphviz draws")
    is_(len(json.loads(well(t, "topology", "--json"))["links"]), 3, "as JSON")
    wrong(t, 2, "usage: nf topology", "topology", "--dot", "--json")
    well(t, "port", "unlink", mac(2))
    wrong(t, 1, "no manual link", "port", "unlink", mac(2))


def changed(t, switch):
    shown = well(t, "port", "set", "sw1", "Gi1/0/1", "vlan=7",
                 "description=rack 7", "mode=access")
    like(shown, r"(?m)  done: .*\"vlan\":7", "what came of it is told")
    asked = [c for c in switch.asked if c["command"] == "port"][-1]
    is_((asked["target"], asked["mac"]), ("switch", "000000000000"),
        "the worker is told of no node")
    is_({k: asked["args"].get(k) for k in ("port", "mode", "vlan",
                                           "description")},
        {"port": "Gi1/0/1", "mode": "access", "vlan": 7,
         "description": "rack 7"}, "and what is wanted")
    wrong(t, 1, "uplink: the port leads to other switches", "port", "set",
          "sw1", "Gi1/0/24", "admin=down")
    like(well(t, "port", "set", "sw1", "Gi1/0/24", "admin=down", "--force",
              "--json"), r'"state": *"done"', "--force")
    like(well(t, "port", "set", "sw1", "Gi1/0/1", "admin=up", "--no-wait"),
         r"  queued\s*$", "nobody waits")
    wrong(t, 1, "vlan", "port", "set", "sw1", "Gi1/0/1", "vlan=x")
    wrong(t, 1, "zork", "port", "set", "sw1", "Gi1/0/1", "zork=1")
    wrong(t, 2, "usage: nf port set", "port", "set", "sw1", "Gi1/0/1", "vlan")
    wrong(t, 2, "usage: nf port set", "port", "set", "sw1", "Gi1/0/1")
    wrong(t, 1, "are saved", "port", "restore", mac(1))


def completion(t):
    for words, wanted in ((["ports", ""], ["sw1"]),
                          (["port", "link", mac(2), ""], ["sw1"]),
                          (["port", "unlink", mac(2)[:11] + "2"], [mac(2)]),
                          (["port", "set", "--f"], ["--force"]),
                          (["credentials", "set", "--priv", ""],
                           ["DES", "AES"])):
        is_(well(t, "completion", "for", "--", *words).split(), wanted,
            f"completion of {' '.join(words)}")


def main():
    switch = Switch()
    with Broker() as broker, Site(broker, NF_SWITCH_SCAN="0") as t:
        switch.worker = worker = Keyed(broker, "w1", switch.act)
        try:
            t.api("POST", "/api/v1/nodes", {"mac": mac(1)})
            sets(t)
            before(t)
            t.start_relay()
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker is there")
            t.trust("w1")
            scanned(t, switch)
            linked(t)
            changed(t, switch)
            completion(t)
            logs = t.read("error.log") + t.read("access.log") + t.read(
                "relay.log") + nf(t, "events").stdout + nf(t, "dump").stdout
            unlike(logs, "s3cret|c0mmunity", "no password is anywhere")
        finally:
            worker.kill()
            if t.relay is not None:
                t.kill_relay()
    done()


main()
