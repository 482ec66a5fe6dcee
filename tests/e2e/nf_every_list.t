#!/usr/bin/env python3
"""Every list of nf with every option that lists have: a table of lists, and of
options.  A list that is not in the table fails the test."""

import base64
import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lib"))
from devices import Site, colons, mac  # noqa: E402
from nginx import BUILD, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, ok  # noqa: E402
from worker import Worker  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(BUILD, "nf"))

# Words of each list; the member of its JSON that has the rows, where it is
# more than them; whether it is printed as JSON lines without -o.
LISTS = {
    "nodes": (["nodes"], None),
    "labels list": (["labels", "list"], None),
    "tasks": (["tasks"], None),
    "commands list": (["commands", "list", mac(1), mac(2)], None),
    "devices list": (["devices", "list"], None),
    "credentials list": (["credentials", "list"], None),
    "ports": (["ports", "sw1"], "ports"),
    "topology": (["topology"], "links"),
    "workers": (["workers"], None),
    "profiles list": (["profiles", "list"], None),
    "unmatched": (["unmatched"], None),
    "bindings": (["bindings"], None),
    "leases": (["leases"], None),
    "pxe": (["pxe"], None),
    "config list": (["config", "list"], None),
    "events": (["events"], None),
    "files list": (["files", "list"], None),
}


def nf(t, *words, stdin=""):
    return subprocess.run([NF, *words], env=t.environ(), input=stdin,
                          capture_output=True, text=True, timeout=limit(60))


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    if (ran.returncode, ran.stderr) != (0, ""):
        ok(False, f"nf {' '.join(words)}")
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


# --- a site that has some of everything ---------------------------------------


class Keyed(Worker):
    """One that passwords can be sealed for, and that reads a switch."""

    key = base64.b64encode(os.urandom(32)).decode()

    def _say(self, kind, what):
        more = {"key": self.key} if "version" in what else {}
        super()._say(kind, {**what, **more})

    def tell_ports(self, command):
        ports = [{"name": f"Gi1/0/{n}", "mode": "access", "vlan": n,
                  "admin": "up", "link": "up", "forwards": "up", "macs": 1,
                  "addresses": [mac(n)]} for n in (1, 2)]
        self._say("ports", {"id": command["id"], "part": 0, "last": True,
                            "ports": ports})


def make(t):
    for n in (1, 2):
        t.api("POST", "/api/v1/nodes", {"mac": mac(n), "hostname": f"web{n}"})
        t.api("PATCH", f"/api/v1/nodes/{mac(n)}", {"labels": {"rack": f"r{n}"}})
        t.api("POST", "/api/v1/tasks", {"sn": f"S-{n}"})
        t.api("POST", f"/api/v1/nodes/{mac(n)}/commands", {"command": "reboot"})
        t.install("POST", "/api/v1/report", {"mac": mac(80 + n), "hardware": {
            "serial_number": f"LOST-{n}"}})
        t.api("POST", "/api/v1/admin/dhcp/binding",
              {"mac": mac(90 + n), "ip": f"10.0.0.{n}"})
        t.write("small", "x")
        well(t, "files", "put", f"boot/x{n}", t.path("small"))
        well(t, "credentials", "set", f"lab{n}", stdin="c0mmunity\n")
        subprocess.run([os.path.join(BUILD, "nf-hook"), "add", colons(n),
                        f"127.0.0.{n + 10}"], env={
                            **t.environ(), "DNSMASQ_LEASE_EXPIRES": "4000000000"},
                       check=True, stdout=subprocess.DEVNULL)
        well(t, "devices", "set", f"sw{n}", "--driver", "snmp", "--address",
             f"10.0.0.{n}", "--credentials", "lab1")


# --- what each list must do with each option ------------------------------------


def rows_of(text, member):
    whole = json.loads(text)
    return whole[member] if member else whole


class List:
    """One list, asked with more words."""

    def __init__(self, t, words, member):
        self.t, self.words, self.member = t, words, member

    def json(self, *more):
        return rows_of(well(self.t, *self.words, "-o", "json", *more),
                       self.member)

    def csv(self, *more):
        return list(csv.DictReader(io.StringIO(
            well(self.t, *self.words, "-o", "csv", *more))))

    def names(self, *more):
        return well(self.t, *self.words, "-o", "name", *more).splitlines()

    def yaml(self, *more):
        return re.findall(r"(?m)^- ", well(self.t, *self.words, "-o", "yaml",
                                           *more))

    def table(self, *more):
        text = well(self.t, *self.words, "-o", "table", "--no-headers", *more)
        lines = text.partition("\n\n")[0].strip("\n").splitlines()
        return [line for line in lines if line != "none"]

    def wide(self, *more):
        text = well(self.t, *self.words, "-o", "wide", *more)
        return text.partition("\n\n")[0].splitlines()[1:]

    def forms(self):
        return (self.json, self.csv, self.names, self.yaml, self.table,
                self.wide)

    def counts(self, *more):
        return [len(form(*more)) for form in self.forms()]


def check_list(name, x):
    rows = x.csv()
    n = len(rows)
    key = next(iter(rows[0])) if rows else ""
    if not ok(n >= (1 if name == "workers" else 2), f"{name}: has some"):
        return
    names = x.names()
    is_(x.counts(), [n] * 6, f"{name}: has each of {n} in each form")
    is_(names, [row[key] for row in rows], "  by name")
    ok(not any(" " in name for name in names), "  without blanks")
    is_(rows_of(well(x.t, *x.words, "--json"), x.member), x.json(),
        "  --json is -o json")
    some = names.count(names[0])
    is_(x.counts("--filter", f"{key}={names[0]}"), [some] * 6,
        "  --filter leaves one")
    is_(x.counts("--filter", f"{key}=no*such"), [0] * 5 + [
        len(x.wide("--filter", f"{key}=no*such"))], "  or none")
    is_(len(x.names("--filter", f"{key}!={names[0]}")), n - some,
        "  or the others")
    is_(x.names("--sort", key), sorted(names, key=natural), "  --sort")
    last = x.csv(f"--sort=-{key}")[0]
    is_(last[key], sorted(names, key=natural)[-1], "  and the other way round")
    is_(rows_of(well(x.t, *x.words, "--json", f"--sort=-{key}"), x.member)[0],
        x.json(f"--sort=-{key}")[0], "  in JSON too")
    for wrong in (["-o", "zork"], ["--sort", "zork"], ["--filter", "zork=1"],
                  ["--filter", "zork"], ["--zork"]):
        ran = nf(x.t, *x.words, *wrong)
        is_((ran.returncode, ran.stdout), (2, ""),
            f"  {' '.join(wrong)} is refused")


def natural(text):
    """As strverscmp() has it, for what is here."""
    return [int(part) if part.isdigit() else part
            for part in re.split(r"(\d+)", text)]


def check_watches(t):
    """All at once: each has its rows once, and then what is new."""
    watched = {name: List(t, *of).words for name, of in LISTS.items()}
    running = {name: subprocess.Popen(
        [NF, *words, "--watch", "-o", "csv", "--no-headers"], env=t.environ(),
        text=True, stdout=subprocess.PIPE) for name, words in watched.items()}
    had = {name: [ran.stdout.readline() for _ in List(t, *LISTS[name]).names()]
           for name, ran in running.items()}
    t.api("POST", "/api/v1/nodes", {"mac": mac(70)})
    new = running["nodes"].stdout.readline()
    ok(new.startswith(colons(70)), "a watched list has what is new")
    logged = running["events"].stdout.readline()
    ok(",node.created," in logged, "and so has the log")
    t.api("POST", "/api/v1/nodes", {"mac": mac(71)})
    running["nodes"].stdout.readline() # every list was read again meanwhile
    for name, ran in running.items():
        ran.terminate()
        more = ran.stdout.read().splitlines()
        ran.wait()
        lines = [line.rstrip("\n") for line in had[name]]
        if name != "workers": # whose time moves
            ok(not set(lines) & set(more), f"{name}: nothing is shown twice")
        if set(lines) & set(more):
            diag(*sorted(set(lines) & set(more)))


def check_several_switches(t):
    wholes = json.loads(well(t, "ports", "sw1", "sw2", "-o", "json"))
    is_([len(w["ports"]) for w in wholes], [2, 2],
        "ports of several switches are a list of JSON")
    rows = list(csv.DictReader(io.StringIO(
        well(t, "ports", "sw1", "sw2", "-o", "csv"))))
    is_([row["switch"] for row in rows], ["sw1", "sw1", "sw2", "sw2"],
        "and one table, with the switches' names")
    ran = nf(t, "ports", "sw9", "sw1", "-o", "json", "--filter", "vlan=2")
    is_((ran.returncode, [p["name"] for p in json.loads(ran.stdout)[0]["ports"]]),
        (1, ["Gi1/0/2"]), "one that is none keeps no other")
    ran = nf(t, "commands", "list", "nobody", mac(1), "--sort", "command",
             "-o", "json")
    is_((ran.returncode, len(json.loads(ran.stdout))), (1, 1),
        "nor does it in another list, whose JSON is whole")


def verbs():
    """Whatever calls itself a list by its options."""
    found = re.findall(r"(?m)^  nf ([a-z]+(?: [a-z]+)?)",
                       subprocess.run([NF, "help"], capture_output=True,
                                      text=True).stdout)
    return {verb for verb in found if "--no-headers" in subprocess.run(
        [NF, *verb.split(), "-h"], capture_output=True, text=True).stdout}


def main():
    with Broker() as broker, Site(broker, NF_SWITCH_SCAN="0") as t:
        worker = Keyed(broker, "w1", lambda command: (
            worker.tell_ports(command), ("done", '{"ports":2}'))[1])
        try:
            make(t)
            t.start_relay()
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker is there")
            t.trust("w1")
            well(t, "ports", "--now", "sw1", "sw2")
            for n in (1, 2): # nf-relay removes what it finds when it starts
                t.write(f"tftp/pxelinux.cfg/01-{colons(n).replace(':', '-')}",
                        "x\n")
            is_(sorted(verbs()), sorted(LISTS), "every list is tried")
            for name, of in LISTS.items():
                check_list(name, List(t, *of))
            check_several_switches(t)
            check_watches(t)
        finally:
            worker.kill()
            if t.relay is not None:
                t.kill_relay()
    done()


main()
