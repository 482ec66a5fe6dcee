#!/usr/bin/env python3
"""What all lists of nf have in common: their forms of output, sorting and
filtering, and how a table fits a terminal."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402
from terminal import Terminal  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
NODES = {"52:54:00:00:00:01": "web1", "52:54:00:00:00:02": "web10",
         "52:54:00:00:00:0a": "web9"}
LISTS = (["nodes"], ["tasks"], ["bindings"], ["profiles"], ["devices"],
         ["files"], ["workers"], ["unmatched"], ["topology"], ["credentials"],
         ["pxe"], ["commands", "list", "52:54:00:00:00:01"])


def nf(t, *words, **env):
    return subprocess.run([NF, *words], env={**t.environ(), **env},
                          capture_output=True, text=True, timeout=limit(30))


def well(t, *words, **env):
    ran = nf(t, *words, **env)
    if not ok((ran.returncode, ran.stderr) == (0, ""), f"nf {' '.join(words)}"):
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


def wrong(t, status, pattern, *words):
    ran = nf(t, *words)
    is_(ran.returncode, status, f"nf {' '.join(words)}: {status}")
    like(ran.stderr, pattern, "  and says why")


def make(t):
    for mac, name in NODES.items():
        t.api("POST", "/api/v1/nodes", {"mac": mac, "hostname": name})
    t.api("PATCH", "/api/v1/nodes/525400000001", {"labels": {"rack": "r7"}})
    t.api("PUT", "/api/v1/profiles/odd", {
        "title": 'One, "two"', "method": "image",
        "image": {"file": "images/x.tar", "format": "tar"}})


def names(text):
    return text.split()


def check_forms(t):
    """Each list has each form."""
    for words in LISTS:
        for form in ("table", "wide", "json", "yaml", "csv", "name"):
            ran = nf(t, *words, "-o", form)
            is_((ran.returncode, ran.stderr), (0, ""),
                f"nf {' '.join(words)} -o {form}")
        is_(well(t, *words, "-o", "json"), well(t, *words, "--json"),
            "  --json is -o json")
    wrong(t, 2, "unknown output format xml; use table, wide, json", "nodes", "-o",
          "xml")
    is_(set(names(well(t, "nodes", "-oname"))), set(NODES),
        "names are MACs with colons, one a line")
    rows = list(csv.DictReader(io.StringIO(well(t, "nodes", "-o", "csv"))))
    is_({row["mac"]: row["name"] for row in rows}, NODES, "CSV has titles")
    ok(all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["created"])
           for row in rows), "and exact times")
    ok(all(" " not in value for row in rows for value in row.values()),
       "no value has a blank")
    rows = list(csv.DictReader(io.StringIO(
        well(t, "profiles", "-o", "csv", "--filter", "name=odd"))))
    is_(rows[0]["title"], 'One, "two"', "what needs quotes has them")
    like(well(t, "nodes", "-o", "yaml", "--filter", "name=web1"),
         r'^- mac: "525400000001"\n  hostname: web1\n', "YAML")
    unlike(well(t, "nodes", "--no-headers"), "MAC", "no titles, if so asked")
    unlike(well(t, "nodes", "-o", "csv", "--no-headers"), "mac", "nor in CSV")
    is_(well(t, "tasks", "--no-headers"), "", "and nothing when there is none")
    wide = well(t, "nodes", "-o", "wide")
    like(wide, r"(?m)PROFILE +HEARD +LABELS$", "a wide one has more columns")
    like(wide, "rack=r7", "with what they hold")


def check_order(t):
    by_name = well(t, "nodes", "-o", "csv", "--no-headers", "--sort", "name")
    is_(re.findall(r"web\d+", by_name), ["web1", "web9", "web10"],
        "sorted by a column, numbers as numbers")
    is_(names(well(t, "nodes", "-o", "name", "--sort=-mac")),
        sorted(NODES, reverse=True), "and the other way round")
    is_(names(well(t, "nodes", "-o", "name", "--sort", "hostname")),
        [m for n in ("web1", "web9", "web10") for m in NODES if NODES[m] == n],
        "by what the API calls it")
    wrong(t, 2, "no such column: zork; there are MAC, STATUS", "nodes", "--sort",
          "zork")


def check_filters(t):
    def chosen(*filters):
        words = [x for f in filters for x in ("--filter", f)]
        return names(well(t, "nodes", "-o", "name", "--sort", "mac", *words))

    macs = sorted(NODES)
    is_(chosen("name=WEB1"), macs[:1], "filtered by a column")
    is_(chosen("name=web1*"), macs[:2], "* stands for others")
    is_(chosen("name!=web1*"), macs[2:], "and those that are not so")
    is_(chosen("mac=5254-0000-000A"), macs[2:], "a MAC in any spelling")
    is_(chosen("name=web1*", "name!=web1"), macs[1:2], "all must hold")
    is_(chosen("status=failed"), [], "none")
    wrong(t, 2, "a filter is COLUMN=VALUE", "nodes", "--filter", "name")
    wrong(t, 2, "no such column: zork", "nodes", "--filter", "zork=1")
    is_(names(well(t, "nodes", "-l", "rack=r7", "-o", "name")), macs[:1],
        "and by labels")


def check_terminal(t):
    for columns in (20, 40, 60, 80, 120):
        term = Terminal([NF, "nodes"], t.environ(), columns=columns)
        is_(term.rest(), 0, f"a table on {columns} columns")
        lines = term.text.replace("\r\n", "\n").splitlines()
        plain = [re.sub(r"\x1b\[\d*m", "", line) for line in lines]
        ok(max(map(len, plain)) <= columns, "fits")
        is_(sorted(line.split()[0] for line in plain[1:]), sorted(NODES),
            "and cuts no MAC")
        unlike(term.text, "~", "nor anything else")
        is_("NAME" in plain[0], columns >= 40, "what matters least goes first")
    like(term.text, r"\d\d:\d\d:\d\d\r\n", "what is of today has its time")
    for env, has in (({}, False), ({"NO_COLOR": "1"}, False)):
        unlike(nf(t, "profiles", **env).stdout, r"\x1b", "no colour in a pipe")
    t.api("PUT", "/api/v1/nodes/525400000001", {"action": "install",
                                                "profile": "debian-12"})
    term = Terminal([NF, "nodes"], t.environ(), columns=100)
    term.rest()
    like(term.text, r"\x1b\[36minstalling\x1b\[0m ", "a colour on a terminal")
    term = Terminal([NF, "nodes"], {**t.environ(), "NO_COLOR": "1"},
                    columns=100)
    term.rest()
    unlike(term.text, r"\x1b", "but not against NO_COLOR")


def check_times(t):
    """In this machine's time zone, as programs for people do."""
    def hours(zone):
        shown = well(t, "nodes", "--filter", "name=web9", TZ=zone)
        return re.search(r" (\d\d):\d\d:\d\d\n| \d{4}-\d\d-\d\d\n", shown)

    ok(hours("UTC"), "a time is shown")
    there, here = hours("UTC")[1], hours("UTC-3")[1]
    if there and here: # the day is the same in both
        is_((int(here) - int(there)) % 24, 3, "in the local time zone")


def check_watch(t):
    words = [NF, "nodes", "--watch", "-o", "csv"]
    ran = subprocess.Popen(words, env=t.environ(), text=True,
                           stdout=subprocess.PIPE)
    first = [ran.stdout.readline() for _ in range(len(NODES) + 1)]
    like(first[0], "^mac,status,", "a watched list begins with all")
    t.api("PATCH", "/api/v1/nodes/525400000002", {"hostname": "db1"})
    begun = time.monotonic()
    like(ran.stdout.readline(), "^52:54:00:00:00:02,.*,db1,",
         "then has what changed")
    ok(time.monotonic() - begun < limit(10), "soon")
    t.api("POST", "/api/v1/nodes", {"mac": "525400000099"})
    like(ran.stdout.readline(), "^52:54:00:00:00:99,", "and what is new")
    ran.terminate()
    is_(ran.stdout.read(), "", "and nothing twice")
    ran.wait()
    ran = subprocess.Popen([NF, "nodes", "-w", "--json"], env=t.environ(),
                           text=True, stdout=subprocess.PIPE)
    is_(json.loads(ran.stdout.readline())["mac"], "525400000099",
        "as JSON an object is a line")
    ran.terminate()
    ran.communicate()


with Nginx() as t:
    make(t)
    check_forms(t)
    check_order(t)
    check_filters(t)
    check_times(t)
    check_terminal(t)
    check_watch(t)
done()
