#!/usr/bin/env python3
"""nf label and nf labels: one node's labels, and those of many by a table."""

import json
import os
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx, free_ports  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

NF = os.path.join(TOP, "build", "nf")


def mac(n):
    return f"5254000000{n:02x}"


def nf(t, *words, stdin="", **more):
    return subprocess.run([NF, *words], env={**t.environ(), **more},
                          input=stdin, capture_output=True, text=True,
                          timeout=limit(60))


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    if not ok(ran.returncode == 0 and ran.stderr == "",
              f"nf {' '.join(words)}"):
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


def labels(t, n):
    return t.api("GET", f"/api/v1/nodes/{mac(n)}").json.get("labels")


def check_one(t):
    well(t, "label", mac(1), "role=db", "site=dc1")
    is_(labels(t, 1), {"role": "db", "site": "dc1"}, "labels are set")
    well(t, "label", mac(1), "site-", "rack=7")
    is_(labels(t, 1), {"rack": "7", "role": "db"}, "and removed")
    ran = nf(t, "label", mac(1), "role")
    is_(ran.returncode, 1, "what is neither is refused")
    like(ran.stderr, "KEY=VALUE", "and says why")


def check_table(t):
    table = ("\ufeffnode,role,example.com/Rack-2,site\r\n"
             f"{mac(1)},-,a1,\r\n"
             "\r\n"
             f"52:54:00:00:00:02,web,\"a2\",dc1\r\n")
    is_(well(t, "labels", "import", "-", stdin=table), "2 of 2 nodes\n",
        "a table is taken")
    is_(labels(t, 1), {"example.com/Rack-2": "a1", "rack": "7"},
        "- removes, and an empty cell says nothing")
    is_(labels(t, 2), {"example.com/Rack-2": "a2", "role": "web",
                       "site": "dc1"}, "any name of a node will do")
    text = well(t, "labels", "export")
    is_(sorted(text.splitlines()[0].split(",")),
        ["example.com/Rack-2", "node", "rack", "role", "site"],
        "the table has every key")
    is_(len(text.splitlines()), 4, "and every node")
    some = well(t, "labels", "export", "-l", "role=web")
    is_([line.split(",")[0] for line in some.splitlines()],
        ["node", "52:54:00:00:00:02"], "or those that are chosen")
    for n in (1, 2):
        t.api("PATCH", f"/api/v1/nodes/{mac(n)}", {"labels": {
            key: None for key in labels(t, n)}})
    t.write("labels.csv", text)
    well(t, "labels", "import", t.path("labels.csv"))
    is_((labels(t, 1)["rack"], labels(t, 2)["role"]), ("7", "web"),
        "what was exported comes back")
    is_(labels(t, 3), None, "and who had none has none")
    lines = [json.loads(line) for line in well(
        t, "dump", "--prefix", "labels/").splitlines()]
    is_(lines, [{"key": f"labels/{mac(n)}", "value": labels(t, n)}
                for n in (1, 2)], "a dump has them by node")


def check_refused(t):
    before = labels(t, 2)
    ran = nf(t, "labels", "import", "-", stdin=f"node,x\n{mac(9)},1\n,2\n"
             f"{mac(2)},a b\n{mac(3)},ok\n")
    is_((ran.returncode, ran.stdout), (1, "1 of 4 nodes\n"),
        "a line that is refused keeps no other")
    for line, words in ((2, mac(9)), (3, "no node"), (4, mac(2))):
        like(ran.stderr, f"standard input, line {line}: {words} keeps",
             f"line {line} is told")
    is_((labels(t, 2), labels(t, 3)), (before, {"x": "ok"}), "as it is said")
    for text, why in (("mac,x\n", "must begin with node"),
                      ("node,x,x\n", "given twice"),
                      ("node,,x\n", "has no name"),
                      ("node,x\na,b,c\n", "more cells"),
                      ("node,x\n\"a,b\n", "not closed")):
        ran = nf(t, "labels", "import", "-", stdin=text)
        is_(ran.returncode, 1, f"{text!r} is refused")
        like(ran.stderr, why, "and says why")
    ran = nf(t, "labels", "import", "-",
             stdin=f"node,x\n{mac(1)},1\n{mac(2)},1\n",
             NF_API=f"http://127.0.0.1:{free_ports(1)[0]}")
    is_((ran.returncode, ran.stdout, ran.stderr.count("cannot reach")),
        (3, "", 1), "nobody answers: that is the end")
    is_(nf(t, "labels", "import").returncode, 2, "a table is needed")
    is_(nf(t, "labels", "export", "x").returncode, 2, "nothing more here")
    is_(nf(t, "labels", "export", "-l", "a=b=c!").returncode, 1,
        "a selector that is none")
    is_(nf(t, "labels", "import", "/nowhere").returncode, 1, "no such file")


def main():
    with Nginx() as t:
        for n in (1, 2, 3):
            t.api("POST", "/api/v1/nodes", {"mac": mac(n)})
        check_one(t)
        check_table(t)
        check_refused(t)
    done()


main()
