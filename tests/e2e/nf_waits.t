#!/usr/bin/env python3
"""Whoever waits for nf: a server that hangs, tasks that are watched, and names
that the Tab key offers."""

import json
import os
import socket
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
ONE, TWO, THREE = (f"52:54:00:00:00:0{n}" for n in (1, 2, 3))


def nf(t, *words):
    return subprocess.run([NF, *words], env=t.environ(), capture_output=True,
                          text=True, timeout=limit(60))


def made(t, *words):
    return nf(t, *words).stdout.split()


def check_hangs(t):
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        url = f"http://127.0.0.1:{hangs.getsockname()[1]}"
        for words, what in ((["nodes"], "GET /api/v1/nodes"),
                            (["watch"], "GET /metrics"),
                            (["forget", "x", "y"],
                             "DELETE /api/v1/tasks/x")):
            begun = time.monotonic()
            ran = nf(t, *words, "--timeout", "1", "--api", url)
            is_((ran.returncode, ran.stderr.splitlines()[0]),
                (3, f"nf: {url} did not answer {what} within 1 s; --timeout "
                 "SECONDS waits longer"), f"nf {words[0]} says what hangs")
            ok(time.monotonic() - begun < limit(4), "soon, and once")


def check_commands(t):
    """Nobody carries out what a BMC is asked."""
    t.api("POST", "/api/v1/nodes", {"mac": THREE})
    ran = subprocess.Popen([NF, "power", "status", THREE], env=t.environ(),
                           stderr=subprocess.PIPE, text=True)
    like(ran.stderr.readline(), f"^nf: {THREE}: still queued; it expires at "
         r"\d\d:\d\d:\d\d$", "a command that waits says so")
    like(ran.stderr.readline(), "^nf: nf-relay has not been running",
         "and what holds it up")
    ran.terminate()
    ran.communicate()


def make(t):
    for mac, name in ((ONE, "web1"), (TWO, "db1")):
        t.api("POST", "/api/v1/nodes", {"mac": mac, "hostname": name})
    live = made(t, "install", "--profile", "debian-12", ONE)[1]
    waits = made(t, "create", "--sn", "S-1", "--profile", "debian-12")[0]
    ended = made(t, "create", "--sn", "S-2", "--profile", "debian-12")[0]
    nf(t, "reject", "--reason", "not ours", ended)
    return live, waits, ended


def check_tasks(t, live, ended):
    rows = {x["task_id"]: x for x in json.loads(nf(t, "tasks", "--json").stdout)}
    is_(rows[live]["hostname"], "web1", "a task has its node's host name")
    like(nf(t, "tasks", "--filter", f"task={ended}").stdout, "REASON\n.*not ours",
         "and why it ended")
    like(nf(t, "tasks", "--filter", "name=web1", "-o", "name").stdout,
         f"^{live}\n$", "found by it")


def check_watch(t, live):
    ran = subprocess.Popen([NF, "watch", live], env=t.environ(), text=True,
                           stdout=subprocess.PIPE)
    like(ran.stdout.readline(),
         rf"^{live} {ONE} \d+ % \w+ \w+ since [-\d: ]+, until [-\d: ]+$",
         "a watched task has its step, since when and until when")
    ran.terminate()
    ran.communicate()


def offered(t, *words):
    return nf(t, "completion", "for", "--", *words).stdout.split()


def check_offers(t, live, waits, ended):
    for verb, wanted in (("approve", [waits]), ("cancel", [waits, live]),
                         ("forget", [ended]), ("reject", [waits]),
                         ("watch", [live, waits]),
                         ("task", [live, waits, ended])):
        is_(sorted(offered(t, verb, "task-")), sorted(wanted),
            f"nf {verb} is offered what it fits")
    is_(offered(t, "approve", waits, "task-"), [], "and nothing twice")
    is_(sorted(offered(t, "node", "")), sorted([ONE, TWO, "web1", "db1"]),
        "nodes by MAC and by host name")
    is_(offered(t, "install", ONE, "we"), ["web1"], "any number of them")
    is_(sorted(offered(t, "node", "52:54:00:00:00:0")), sorted([ONE, TWO]), "with colons")
    is_(offered(t, "node", "52540000000"), ["525400000002", "525400000001"],
        "or without")
    is_(offered(t, "nodes", "--api", f"http://127.0.0.1:{t.port}", "--st"),
        ["--status"], "options of nf may stand anywhere")
    script = ('source <("$NF" completion bash); COMP_LINE="nf node $1"; '
              'COMP_POINT=${#COMP_LINE}; COMP_WORDS=(nf node 52 : 54); '
              'COMP_CWORD=4; _nf "$NF"; printf "%s\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", script, "bash", "52:54:00:00:00:0"],
                         env={**t.environ(), "NF": NF}, text=True,
                         capture_output=True)
    is_(sorted(ran.stdout.split()), ["01", "02"],
        "bash gets what follows the last colon")


with Nginx() as t:
    check_hangs(t)
    live, waits, ended = make(t)
    check_tasks(t, live, ended)
    check_watch(t, live)
    check_offers(t, live, waits, ended)
    check_commands(t)
done()
