#!/usr/bin/env python3
"""What an operator does to nodes with nf: rename, address, cards, profile,
labels of many, delete, export; dry runs, and who is asked before a disk is
wiped."""

import csv
import http.server
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))
from nginx import BUILD, Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, unlike  # noqa: E402
from terminal import Terminal  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(BUILD, "nf"))
NODES, TASKS = "/api/v1/nodes", "/api/v1/tasks"


def mac(n):
    return f"5254000000{n:02x}"


def colons(n):
    return ":".join(mac(n)[i:i + 2] for i in range(0, 12, 2))


def nf(t, *words, stdin=""):
    return subprocess.run([NF, *words], env=t.environ(), input=stdin,
                          capture_output=True, text=True, timeout=limit(60))


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    said = re.sub(r"(?m)^nf: (\d+ [a-z ]+|warning: .*)\n", "", ran.stderr)
    is_((ran.returncode, said), (0, ""), f"nf {' '.join(words)}")
    return ran.stdout


def warned(t, *words, stdin=""):
    """Its image is not there: that is said, and nothing more."""
    ran = nf(t, *words, stdin=stdin)
    is_(ran.returncode, 0, f"nf {' '.join(words)}")
    return ran.stdout


def wrong(t, status, pattern, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    is_(ran.returncode, status, f"nf {' '.join(words)}: {status}")
    like(ran.stderr, pattern, "  and says why")
    return ran.stdout


def node(t, n):
    return t.api("GET", f"{NODES}/{mac(n)}").json


def make(t, *all, **more):
    for n in all:
        t.api("POST", NODES, {"mac": mac(n), **more})


def edited(t):
    make(t, 1)
    like(well(t, "rename", mac(1), "web1"), "web1", "  tells the name")
    is_(node(t, 1)["hostname"], "web1", "renamed")
    wrong(t, 1, "hostname", "rename", mac(1), "a b")
    wrong(t, 1, "no netmask", "address", mac(1), "10.9.0.5")
    well(t, "address", mac(1), "10.9.0.5/24", "--gateway", "10.9.0.1",
         "--dns", "10.9.0.2,10.9.0.3")
    is_([node(t, 1)[k] for k in ("ip", "netmask", "gateway", "dns")],
        ["10.9.0.5", "255.255.255.0", "10.9.0.1", "10.9.0.2,10.9.0.3"],
        "an address of its own")
    well(t, "address", mac(1), "10.9.0.6")
    is_(node(t, 1)["netmask"], "255.255.255.0", "which keeps its netmask")
    well(t, "address", mac(1), "10.9.0.7/255.255.0.0")
    is_(node(t, 1)["netmask"], "255.255.0.0", "in either spelling")
    wrong(t, 1, "not a netmask", "address", mac(1), "10.9.0.7/33")
    wrong(t, 2, "usage", "address", mac(1), "10.9.0.7/24", "--dhcp")
    well(t, "address", mac(1), "--dhcp")
    is_([node(t, 1).get(k) for k in ("ip", "netmask", "gateway", "dns")],
        [None] * 4, "or one by DHCP")
    well(t, "profile", mac(1), "ubuntu-24.04")
    wrong(t, 1, "no such profile", "profile", mac(1), "none")
    well(t, "create", "--mac", mac(1))
    is_(t.api("GET", f"{TASKS}/{mac(1)}").json["profile"], "ubuntu-24.04",
        "the profile of its next task")
    well(t, "cancel", mac(1))


def carded(t):
    well(t, "label", mac(1), "role=db")
    is_(well(t, "macs", mac(1), "--add", "52-54-00-00-00-21").split(),
        [colons(1), colons(0x21)], "a card is added, in the one spelling")
    like(well(t, "export"), f",{colons(0x21)},", "which the inventory has too")
    is_(well(t, "macs", mac(1)).split(), [colons(1), colons(0x21)], "a card")
    wrong(t, 1, "further cards", "macs", mac(1), "--remove", mac(9))
    wrong(t, 1, "--replace", "macs", mac(1), "--remove", colons(1))
    well(t, "macs", mac(1), "--replace", mac(0x21), mac(0x22))
    well(t, "macs", mac(1), "--remove", mac(0x22))
    is_(well(t, "macs", mac(1)).split(), [colons(1)], "and away again")
    task = node(t, 1)["task"]
    like(well(t, "macs", mac(1), "--replace", colons(1), colons(2)),
         colons(2), "its own card is replaced")
    is_((node(t, 2)["hostname"], node(t, 2)["labels"], node(t, 2)["task"]),
        ("web1", {"role": "db"}, task), "and it is the same node")
    like(well(t, "why", mac(2)), "cancelled|Discovered", "why speaks of it")
    events = [json.loads(line)["kind"] for line in
              nf(t, "events", "--people").stdout.splitlines()]
    is_("node.card_replaced" in events, True, "people's events have it")
    wrong(t, 1, "node not found", "macs", mac(1))


def labelled(t):
    make(t, *range(0x30, 0x38), labels={"rack": "3"})
    make(t, 0x40)
    wrong(t, 1, "nope: node not found", "install", "--dry-run", "nope", mac(0x40))
    out = well(t, "label", "--dry-run", "-l", "rack=3", "row=1")
    is_(len(out.splitlines()), 9, "a dry run has a line for each")
    like(out, "\nwould label 8 of 8 nodes\n$", "  and their number")
    like(out, f"would label {colons(0x30)} ", "  with its name")
    is_(node(t, 0x30)["labels"], {"rack": "3"}, "  and does nothing")
    is_(well(t, "label", "-l", "rack=3", "row=1", "rack-"), "8 of 8 nodes\n",
        "many at once, also what chooses them")
    is_(node(t, 0x37)["labels"], {"row": "1"}, "labelled")
    well(t, "label", mac(0x30), mac(0x31), "a=b")
    is_(node(t, 0x31)["labels"], {"row": "1", "a": "b"}, "or several by name")
    wrong(t, 2, "usage", "label", "a=b")
    wrong(t, 2, "usage", "label", mac(1))
    is_(well(t, "labels", "import", "--dry-run", "-",
             stdin=f"node,c,d\n{mac(0x30)},1,-\n"),
        f"would label {colons(0x30)} c=1 d-\nwould label 1 of 1 nodes\n",
        "a table has a dry run")
    r = t.api("PATCH", NODES, [
        {"id": mac(0x30), "hostname": "n30"}, {"id": mac(9)}, {"x": 1},
        {"id": mac(0x31), "ip": "x"}, {"id": mac(0x32), "labels": {"c": "d"}}])
    is_([x["status"] for x in r.json], [200, 404, 400, 400, 200],
        "by the API, each has its own result")
    is_(t.api("PATCH", NODES, [{}] * 201).status, 400, "at most 200")


def wiping(t):
    """Who can be asked is asked; who cannot must say --yes."""
    make(t, 0x50, 0x51, labels={"set": "w"})
    both = (mac(0x50), mac(0x51))
    out = well(t, "install", "--dry-run", *both)
    is_(out.splitlines(), [f"would install {colons(n)} (525400000050), "
                           f"discovered".replace("525400000050", mac(n))
                           for n in (0x50, 0x51)], "a dry run")
    wrong(t, 1, "2 nodes requires --yes", "install", *both)
    wrong(t, 1, "2 nodes requires --yes", "install", "-l", "set=w")
    is_(node(t, 0x50)["status"], "discovered", "nothing was done")
    well(t, "install", "--yes", "-l", "set=w")
    is_(node(t, 0x51)["status"], "installing", "with --yes it was")
    like(well(t, "cancel", "--dry-run", "-l", "set=w"), "would cancel",
         "cancel has a dry run")
    well(t, "cancel", "-l", "set=w")
    tasks = [node(t, n)["task"] for n in (0x50, 0x51)]
    wrong(t, 1, "retry 2 tasks requires --yes", "retry", *tasks)
    well(t, "retry", tasks[0])
    well(t, "cancel", tasks[0])
    for answer, status in (("n", 1), ("y", 0)):
        term = Terminal([NF, "install", *both], t.environ(), columns=200)
        term.until(r"\[y/N\] ")
        like(term.text, f"Install 2 nodes: {colons(0x50)} {colons(0x51)}",
             "on a terminal it asks")
        term.type(answer + "\n")
        term.rest()
        is_(term.process.wait(), status, f"  {answer}: {status}")
        is_(node(t, 0x50)["status"],
            "installing" if answer == "y" else "discovered", "  and obeys")
    well(t, "cancel", "-l", "set=w")
    wrong(t, 1, "2 nodes requires --yes", "retry", "-l", "set=w")
    well(t, "retry", "--yes", "-l", "set=w")
    is_(node(t, 0x51)["status"], "installing", "retried by labels")
    well(t, "cancel", "-l", "set=w")
    well(t, "create", "--mac", mac(0x50))
    like(wrong(t, 1, f"{colons(0x51)}: cannot reject", "reject", "--dry-run",
               "-l", "set=w"), f"^would reject {colons(0x50)} [^\n]*\n$",
         "and rejected, as far as that would not be refused")
    wrong(t, 1, "cannot reject", "reject", "-l", "set=w")
    is_(t.api("GET", f"{TASKS}/{mac(0x50)}").json["status"], "rejected",
        "each for itself")


def consented(t):
    """An installed node, without NF_ALLOW_REINSTALL."""
    make(t, 0x60)
    t.write("files/images/x.tar.sha256", "0" * 64)
    t.api("PUT", "/api/v1/profiles/quick", {
        "method": "image", "os_type": "debian", "os_version": "12",
        "first_boot": "none", "image": {"file": "images/x.tar",
                                        "format": "tar"}})
    warned(t, "install", "--profile", "quick", mac(0x60))
    script = t.install("GET", f"/boot/{mac(0x60)}/boot.ipxe").text
    token = script.split("nf.token=")[1].split()[0]
    body = {"mac": mac(0x60), "token": token}
    for operation in ("network_config", "os_install"):
        t.install("POST", "/api/v1/device/operationComplete",
                  {**body, "operation": operation, "success": True})
    is_(node(t, 0x60)["status"], "installed", "a node is installed")
    wrong(t, 1, "some run a system.*--yes", "reinstall", mac(0x60))
    wrong(t, 1, "NF_ALLOW_REINSTALL=1 or with consent", "reinstall", "--yes",
          mac(0x60))
    wrong(t, 2, "usage", "install", "--yes-wipe", mac(0x60))
    well(t, "label", mac(0x60), "wipe=me")
    warned(t, "reinstall", "--yes-wipe", mac(0x60))
    task = t.api("GET", f"{TASKS}/{mac(0x60)}").json
    is_(task["wipe_consent"], True, "by consent it is installed again")
    well(t, "cancel", mac(0x60))
    is_(node(t, 0x60)["status"], "installed", "it was not touched yet")
    warned(t, "reinstall", "--yes-wipe", "-l", "wipe=me")
    well(t, "cancel", mac(0x60))
    wrong(t, 1, "consent to wipe this node: --yes-wipe of", "create", "--mac",
          mac(0x60))
    wrong(t, 1, "consent to wipe this node", "create", "--mac", mac(0x60),
          "--dry-run")
    wrong(t, 2, "usage", "create", "--sn", "S-60", "--yes-wipe")
    r = t.api("POST", TASKS, {"mac": mac(0x60), "consent": mac(0x61)})
    is_((r.status, r.json["field"]), (400, "consent"),
        "consent is for the node that the task names")
    waits = warned(t, "create", "--mac", mac(0x60), "--yes-wipe").split()[0]
    is_(t.api("GET", f"{TASKS}/{waits}").json["wipe_consent"], True,
        "a task that waits may have it")
    warned(t, "approve", waits)
    well(t, "cancel", mac(0x60))
    warned(t, "create", "--file", "-", "--yes-wipe", stdin=f"mac\n{mac(0x60)}\n")
    well(t, "cancel", mac(0x60))


def approved(t):
    make(t, 0x70, 0x71, 0x72, labels={"set": "a"})
    for n in (0x70, 0x71, 0x72):
        well(t, "create", "--mac", mac(n))
    like(well(t, "approve", "--all", "--dry-run"), "would approve task-",
         "approve has a dry run")
    like(well(t, "approve", "-l", "set=a", "--dry-run"), "would approve 52:",
         "also by labels")
    is_(t.api("GET", f"{TASKS}/{mac(0x70)}").json["status"], "pending",
        "which does nothing")
    well(t, "approve", "--when-it-boots", mac(0x70))
    like(well(t, "why", mac(0x70)), "no deadline", "approved while it is off")
    well(t, "approve", "--all", "--when-it-boots")
    like(well(t, "why", mac(0x72)), "no deadline", "and so are all")


def created(t):
    rack = ("mac,profile\n" + f"{mac(0x80)},debian-12\n"
            + f"{mac(0x70)},debian-12\n" + f"{mac(0x81)},none\n")
    out = wrong(t, 1, r"line 3: mac: task-[0-9a-f]+ is not over.*\n"
                r".*line 4: profile: there is no such profile", "create", "--dry-run",
                "--file", "-", stdin=rack)
    like(out, f"would create a task for {colons(0x80)} with profile debian-12\n"
         "would create 1 of 3 tasks", "a dry run of a file")
    is_(t.api("GET", f"{TASKS}/{mac(0x80)}").status, 404, "creates none")


def dry(t):
    """A dry run is refused for whatever the command itself is refused for, by
    the server's own checks, and changes nothing."""
    make(t, 0xb0, 0xb1, labels={"set": "dry"})
    t.api("PUT", "/api/v1/profiles/lacking", {
        "method": "image", "image": {"file": "images/none.img", "format": "raw"}})
    lacking = "image.file: is missing|images/none.img"
    waits = well(t, "create", "--mac", mac(0xb1), "--profile", "lacking").split()[0]

    def logged():
        return nf(t, "events", "-o", "name").stdout.splitlines()[-1]

    before = logged()
    for words in (["install", "--profile", "lacking", mac(0xb0)],
                  ["install", "--profile", "lacking", "-l", "set=dry"],
                  ["approve", waits], ["approve", "-l", "set=dry"]):
        ran = nf(t, *words, "--dry-run")
        like(ran.stderr, f"(?m)^nf: [^\n]*({lacking})",
             f"nf {' '.join(words)} --dry-run says what lacks")
        is_((ran.returncode, "would" in ran.stdout and "-l" not in words),
            (1, False), "  and is refused")
        ran = nf(t, *words, "--dry-run", "--force")
        ok("would " in ran.stdout and not re.search(lacking, "".join(
            x for x in ran.stderr.splitlines() if "warning" not in x)),
           "  unless forced")
    wrong(t, 1, "there is no such profile", "install", "--dry-run", "--profile", "none", mac(0xb0))
    wrong(t, 1, "is not over: cancel it first", "delete", "--dry-run", mac(0xb1))
    wrong(t, 1, "cannot", "retry", "--dry-run", waits)
    wrong(t, 1, "is not over|cannot|in progress", "forget", "--dry-run", waits)
    wrong(t, 1, "node not found", "label", "--dry-run", mac(0xbf), "a=b")
    like(well(t, "delete", "--dry-run", mac(0xb0)), "^would delete ", "or would be")
    is_(logged(), before, "nothing was changed by all that")
    for method, query in (("DELETE", "dry_run=maybe"), ("DELETE", "dry_run="),
                          ("GET", "dry_run=true")):
        is_(t.api(method, f"{NODES}/{mac(0xb0)}?{query}").status, 400,
            f"{method} ?{query} is refused")
    is_(t.api("DELETE", f"{NODES}/{mac(0xb0)}?dry_run=true").status, 204,
        "by the API too")
    is_(node(t, 0xb0)["mac"], mac(0xb0), "which keeps it")
    older(t)
    well(t, "reject", waits)


def older(t):
    """A server that takes no dry run is asked for nothing."""
    asked = []

    class Old(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.command)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"[]")

        do_PUT = do_POST = do_DELETE = do_GET

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Old) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        for words in (["install", mac(1)], ["create", "--mac", mac(1)],
                      ["delete", "-l", "a"], ["approve", "--all"]):
            wrong(t, 1, "has no dry run", *words, "--dry-run", "--api", url)
        server.shutdown()
    is_(set(asked), {"GET"}, "nothing was changed there")


def deleted(t):
    make(t, 0x90, 0x91, 0x92, labels={"set": "d"})
    like(well(t, "delete", "--dry-run", "-l", "set=d"), "would delete",
         "delete has a dry run")
    wrong(t, 1, "3 nodes requires --yes", "delete", "-l", "set=d")
    is_(well(t, "delete", mac(0x90)), f"{colons(0x90)} deleted\n", "one")
    well(t, "delete", "--yes", "-l", "set=d")
    is_(t.api("GET", f"{NODES}/{mac(0x91)}").status, 404, "and the others")
    is_(well(t, "delete", "-l", "set=d"), "none\n", "of none there is nothing")
    wrong(t, 1, f"{mac(0x70)}: task-[0-9a-f]+ is not over: cancel it first",
          "delete", mac(0x70))
    wrong(t, 1, "not found", "delete", mac(0x91))
    make(t, 0x94, macs=[mac(0x95)])
    wrong(t, 1, f"^nf: {mac(0x95)}: is a further card of the node "
          f"{colons(0x94)}: ", "delete", mac(0x95))
    is_(t.api("GET", f"{NODES}/{mac(0x94)}").status, 200, "which stays")


def exported(t):
    hardware = {"serial_number": "SN-1", "company": "Dell, \"Inc\"",
                "product": "R640", "cpu": {"model": "Xeon", "cores": 32},
                "memory": {"total_gb": 256}, "bmc": {"ip": "10.8.0.1"},
                "mac_address": colons(0xa0),
                "disks": [{"device": "/dev/sda", "size_gb": 480, "serial": "S1",
                           "model": "x" * 120}] + 40 * [{"device": "d"}],
                "nics": []}
    r = t.install("POST", "/api/v1/report", {
        "sn": "SN-1", "mac": colons(0xa0), "hardware": hardware})
    is_((r.status, r.text[:200]), (200, r.text[:200]), "a machine reports")
    well(t, "label", mac(0xa0), "rack=9")
    well(t, "rename", mac(0xa0), "big")
    rows = list(csv.DictReader(io.StringIO(well(t, "export"))))
    is_(len(rows), len(t.api("GET", NODES).json), "every node is a row of CSV")
    row = next(r for r in rows if r["mac"] == colons(0xa0))
    is_({k: row[k] for k in ("hostname", "serial", "company", "cores",
                             "memory_gb", "bmc", "labels")},
        {"hostname": "big", "serial": "SN-1", "company": "Dell, \"Inc\"",
         "cores": "32", "memory_gb": "256", "bmc": "10.8.0.1",
         "labels": row["labels"]}, "with its hardware")
    like(row["labels"], "rack.*9", "labels")
    like(row["disks"], r"^/dev/sda 480 S1; d", "and disks")
    all = json.loads(well(t, "export", "--format", "json", "-l", "rack=9"))
    is_([n["mac"] for n in all], [mac(0xa0)], "JSON, of those chosen")
    is_((all[0]["hardware"]["product"], len(all[0]["hardware"]["disks"]),
         len(all[0]["hardware"]["disks"][0]["model"])), ("R640", 16, 63),
        "in which long words and lists are cut")
    wrong(t, 2, "csv or json", "export", "--format", "xml")


with Nginx() as t:
    for step in (edited, carded, labelled, wiping, consented, approved,
                 created, dry, deleted, exported):
        step(t)
done()
