#!/usr/bin/env python3
"""A template of the operator that breaks: named with file and line before
anybody reloads, refused by a reload, and at a start, or when a worker dies, nodes
are served by the last one without a fault."""

import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site  # noqa: E402
from nginx import Nginx, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

MAC = "525400000001"
OWN = "templates/boot/wait.ipxe"
GOOD = "#!ipxe\necho ours {{mac}}\n"
BROKEN = "#!ipxe\necho\n{{#poll}}never closed\n"
SERVED = f"#!ipxe\necho ours {MAC}\n"
FAULT = r"boot/wait\.ipxe: line 3: "


def served(t):
    return t.install("GET", f"/boot/{MAC}/boot.ipxe").text


def details(t):
    return {d["word"]: d for d in
            t.api("GET", "/health").json.get("details", [])}


def named(t):
    found = wait_for(lambda: details(t).get("template_broken"), 60) or {}
    like(found.get("sentence", ""), FAULT, "/health names file and line")
    said = t.nf("status")
    is_(said.returncode, 1, "nf status ends with status 1")
    like(said.stdout, "\ntemplate_broken: .*" + FAULT, "and names them")
    said = t.nf("config", "check")
    is_(said.returncode, 1, "nf config check refuses it")
    like(said.stderr, "boot/wait.ipxe .*line 3", "and names them")
    code, said = t.test_config()
    ok(code != 0, "nginx -t refuses it")
    like(said, FAULT, "and names them")


def goes_on(t):
    workers = t.workers()
    t.master.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "[emerg]" in t.read("error.log")), "a reload is refused")
    is_((t.workers(), served(t)), (workers, SERVED), "nodes are served as before")
    os.kill(workers[0], signal.SIGKILL)
    ok(wait_for(lambda: t.workers() not in ([], workers)), "a worker dies")
    is_(wait_for(lambda: served(t) == SERVED) and served(t), SERVED,
        "the next one serves by the last good template")
    t.stop()
    t.start()
    is_(served(t), SERVED, "and so does a new start")
    like(t.read("error.log"), "using the last ones without a fault",
         "which says so")
    t.kill_relay()
    t.start_relay()
    said = t.nf("render", MAC)
    is_((said.returncode, said.stdout), (0, SERVED), "nf render prints that one")
    like(said.stderr, "boot/wait.ipxe: line 3", "and warns")


def fixed(t):
    t.write(OWN, "#!ipxe\necho new {{mac}}\n")
    ok(wait_for(lambda: not details(t), 60), "fixed, all is well")
    t.master.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: served(t) == f"#!ipxe\necho new {MAC}\n"),
       "and a reload takes it")


def never_good():
    """Ours in their place could do what the operator's were to prevent."""
    t = Nginx()
    t.write(OWN, BROKEN)
    ran = subprocess.run(t.nginx(), env=t.environ(), capture_output=True,
                         text=True, timeout=limit(20), check=False)
    ok(ran.returncode != 0, "one that never was good: nginx does not start")
    like(ran.stderr, FAULT, "and says why")
    t.remove()


def main():
    with Broker() as broker:
        t = Site(broker)
        t.write(OWN, GOOD)
        t.allowed = r"template boot/wait\.ipxe: line 3|exited on signal 9"
        with t:
            t.api("POST", "/api/v1/nodes", {"mac": MAC})
            t.start_relay()
            kept = t.path("store/nodes.db-templates")
            ok(wait_for(lambda: os.path.exists(kept)), "good ones are kept")
            is_(served(t), SERVED, "and used")
            ok(wait_for(lambda: not details(t), 60), "nothing is wrong")
            t.write(OWN, BROKEN)
            try:
                named(t)
                goes_on(t)
                fixed(t)
            finally:
                t.kill_relay()
                diag(t.read("relay.log")[-1500:])
    never_good()
    done()


if __name__ == "__main__":
    main()
