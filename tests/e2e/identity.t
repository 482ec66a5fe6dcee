#!/usr/bin/env python3
"""Which machine is which: the commands that `nf why` names on each side, typed
as they stand in its sentence, with the real server."""

import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import nginx  # noqa: E402
import tap  # noqa: E402

A, B = "52:54:00:00:00:01", "52:54:00:00:00:02"


def nf(t, *words):
    return subprocess.run(
        [os.environ.get("NF_TEST_NF", ROOT / "build/nf"), "--api",
         f"http://127.0.0.1:{t.port}", *words], env=t.environ(),
        stdin=subprocess.DEVNULL, capture_output=True, text=True)


def why(t, name):
    return nf(t, "why", name).stdout.split("\n")[0]


def advised(t, name, verb, **words):
    """Type the command of this verb that the sentence has."""
    said = why(t, name)
    found = re.findall(rf"`nf ({verb} [^`]*)`", said)
    if not tap.ok(found, f"`nf why {name}` names nf {verb}"):
        tap.diag(said)
        return
    line = found[0]
    for word, value in words.items():
        line = line.replace(word, value)
    ran = nf(t, *shlex.split(line))
    if not tap.ok(ran.returncode == 0, f"`nf {line}` works"):
        tap.diag(ran.stdout + ran.stderr)


def reports(t, mac, serial):
    answer = t.api("POST", "/api/v1/report", {
        "mac": mac, "sn": serial, "hardware": {"serial_number": serial}})
    tap.is_(answer.status, 200, f"{mac} reports {serial}")


def two_nodes(t, serial):
    """A has the number, and B, which nobody has named, reports it."""
    for mac in A, B:
        t.api("DELETE", f"/api/v1/nodes/{mac}")
    t.api("POST", "/api/v1/nodes", {"mac": A, "serial": serial})
    reports(t, B, serial)
    for one, other in (A, B), (B, A):
        tap.like(why(t, one), other, f"the sentence of {one} names {other}")


def main():
    with nginx.Nginx() as t:
        two_nodes(t, "SRV-1")
        advised(t, B, "macs")
        tap.is_(t.api("GET", f"/api/v1/nodes/{B}").json["serial"], "SRV-1",
                "the card is the node's")
        tap.unlike(why(t, A), B, "nothing is said of it any more")
        two_nodes(t, "SRV-2")
        advised(t, A, "serial", NUMBER="SRV-3")
        reports(t, B, "SRV-2")
        tap.is_([t.api("GET", f"/api/v1/nodes/{mac}").json["serial"]
                 for mac in (A, B)], ["SRV-3", "SRV-2"],
                "each has its own number")
        ran = nf(t, "create", "--sn", "SRV-9")
        tap.ok(ran.returncode == 0, f"a task waits for SRV-9 {ran.stderr}")
        nf(t, "reject", t.api("GET", "/api/v1/tasks/SRV-9").json["task_id"])
        tap.like(why(t, "SRV-9"), "is rejected",
                 "it is found by the number when it is rejected")
        tap.like(nf(t, "task", "SRV-9").stdout, "SRV-9", "by nf task, too")
        advised(t, "SRV-9", "create")
        tap.like(why(t, "SRV-9"), "Waiting for an operator to approve",
                 "and the new one by it as well")
    tap.done()


main()
