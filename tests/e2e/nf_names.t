#!/usr/bin/env python3
"""Names that people give to nf: any number, from standard input, host names;
what came of each, and the sum."""

import json
import os
import re
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
ONE, TWO, THREE = (f"52:54:00:00:00:0{n}" for n in (1, 2, 3))


def nf(t, *words, stdin=""):
    ran = subprocess.run([NF, *words], env=t.environ(), input=stdin,
                         capture_output=True, text=True, timeout=limit(30))
    return ran.returncode, ran.stdout, ran.stderr


def told(t, wanted, what, *words, **more):
    """Exit status, and lines of stdout and stderr."""
    code, out, err = nf(t, *words, **more)
    is_((code, out.splitlines(), err.splitlines()), wanted, what)


def check_nodes(t):
    code, out, err = nf(t, "node", "web1", "525400000002")
    is_((code, err, [x for x in out.splitlines() if x.startswith("mac ")]),
        (0, "", [f"mac            {ONE}", f"mac            {TWO}"]),
        "a host name is a name, and several are shown")
    is_([n["hostname"] for n in
         json.loads(nf(t, "node", "--json", "WEB1", "db1")[1])],
        ["web1", "db1"], "of several --json is a list")
    is_(json.loads(nf(t, "node", "-o", "json", "web1")[1])["hostname"], "web1",
        "of one it is no list")
    like(nf(t, "node", "-o", "yaml", "web1")[1], "^mac: .*\nhostname: web1\n",
         "or YAML")
    told(t, (1, [], ["nf: zork: node not found"]), "an error has the name",
         "node", "zork")
    code, out, err = nf(t, "why", "web1", "zork", "db1")
    is_((code, err), (1, "nf: no such node or task: zork\n"),
        "one that fails keeps no other")
    like(out, r"(?s)^web1:\n.*\nzork:\n.*\ndb1:\n", "each with its title")


def check_shared(t):
    t.api("POST", "/api/v1/nodes", {"mac": THREE})
    r = t.api("PATCH", f"/api/v1/nodes/{THREE}", {"hostname": "web1"})
    if r.status == 200: # shared names come from inventories alone
        code, _, err = nf(t, "node", "web1")
        is_(code, 1, "a host name of two nodes is no name")
        like(err, f"web1.*{ONE}.*{THREE}", "and both are named")


def check_stdin(t):
    told(t, (0, [f"{ONE} rack=r7", f"{TWO} rack=r7"], ["nf: 2 labelled"]),
         "names are read from standard input", "label", "-", "rack=r7",
         stdin="# of rack 7\r\n\n  web1   # the first\ndb1\n")
    told(t, (1, [f"{ONE} a=b,rack=r7"],
             ["nf: zork: node not found", "nf: 1 labelled, 1 failed"]),
         "what came of all is summed up", "label", "-", "zork", "a=b",
         stdin="web1")
    told(t, (1, [], ["nf: standard input contains no names"]), "none there",
         "why", "-", stdin="# none\n")
    told(t, (1, [], ["nf: - is standard input and can be given only once"]),
         "twice is once too often", "why", "-", "-", stdin="web1\n")
    told(t, (0, [f"{ONE} a=c,rack=r7"], []), "one that comes twice is meant once",
         "label", "web1", "web1", "a=c")


def check_tasks(t):
    made = [nf(t, "create", "--sn", f"S-{n}", "--profile", "debian-12")[1]
            .split()[0] for n in (1, 2, 3)]
    told(t, (1, [f"{made[0]} approved", f"{made[2]} approved"],
             ["nf: task-0000ffff: Task not found",
              "nf: 2 approved, 1 failed"]), "approved by name", "approve",
         made[0], "task-0000ffff", "S-3")
    told(t, (0, [f"{made[1]} rejected"], []), "one alone has no sum", "reject",
         made[1])
    like(nf(t, "forget", "zork", "zork2")[2], r"\nnf: 2 failed\n$",
         "when none is done the sum says so")
    told(t, (0, [], ["nf: 3 removed"]), "and all", "forget",
         *[nf(t, "cancel", x)[1].split()[0] for x in (made[0], made[2])],
         made[1])


# Verbs whose names are not the last words, or need a file or a program.
WORDS = {"label": ["-", "a=b"], "power": ["on", "-"], "bootdev": ["pxe", "-"]}
OTHERWISE = {"create", "devices scan", "port set"}
NOBODY = r"not found|no such|no node or task|invalid MAC|no profile"


def check_every_verb(t):
    """Whatever takes several names takes them from standard input, and names
    the one that there is not."""
    for verb in re.findall(r"(?m)^  nf ((?:[a-z]+ )+)", nf(t, "help")[1]):
        verb = verb.strip()
        usage = nf(t, *verb.split(), "-h")[1].partition("\n\n")[0]
        if "..." not in usage or verb in OTHERWISE:
            continue
        code, _, err = nf(t, *verb.split(), *WORDS.get(verb, ["-"]),
                          stdin="# none\n zork-1 \r\nzork-2\n")
        is_((code, [i for i in (1, 2) if f"zork-{i}" in err]),
            (1, [1] if verb == "watch" else [1, 2]),
            f"nf {verb} - names those that there are not")
        like(err, NOBODY, "and says so")


def check_one(t):
    """Verbs of one node say which one as well."""
    for words in (["rename", "zork", "web9"], ["profile", "zork", "debian-12"],
                  ["address", "zork", "--dhcp"], ["address", "zork", "10.0.0.9"],
                  ["address", "zork", "10.0.0.9/24"], ["serial", "zork", "S"],
                  ["macs", "zork"], ["macs", "zork", "--add", THREE],
                  ["macs", "zork", "--replace", ONE, THREE],
                  ["port", "link", "zork", "sw1", "1"], ["console", "zork"]):
        told(t, (1, [], ["nf: zork: node not found"]), " ".join(words), *words)
    for words, said in (
            (["macs", "web1", "--add", "1"], "1 is not a MAC address"),
            (["address", "web1", "dhcp"], "dhcp is not an IPv4 address"),
            (["macs", "web1", "--add", TWO],
             f"web1: macs: belongs to the node {TWO}"),
            (["bootdev", "web1", "pxe"],
             "pxe: args: device: must be one of: none, pxe, disk, cdrom, bios")):
        told(t, (1, [], [f"nf: {said}"]), f"{' '.join(words)}: what is wrong",
             *words)
    for words in (["reject"], ["nodes", "web1"], ["rename", "web1"]):
        like(nf(t, *words)[2],
             f"^nf: {words[0]}: an argument is missing, or one too many\nusage",
             "a wrong number of arguments is said")


with Nginx() as t:
    for mac, name in ((ONE, "web1"), (TWO, "db1")):
        t.api("POST", "/api/v1/nodes", {"mac": mac, "hostname": name})
    check_nodes(t)
    check_stdin(t)
    check_tasks(t)
    check_one(t)
    check_every_verb(t)
    check_shared(t)
done()
