#!/usr/bin/env python3
"""Commands over HTTP: a POST that waits for what it asked for, and what happens
to it meanwhile.  Nobody carries them out here."""

import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from pace import limit
from tap import done, is_, like, ok

MAC = "525400000001"
PATH = f"/api/v1/nodes/{MAC}/commands"


def newest(t):
    return t.api("GET", f"{PATH}?limit=1").json[0]


def held(t, key=None, wait=50):
    """A POST that waits, on a thread of its own; [answer] once there is one."""
    answers = []
    before = len(t.api("GET", PATH).json)
    headers = {} if key is None else {"Idempotency-Key": key}
    thread = threading.Thread(target=lambda: answers.append(t.api(
        "POST", f"{PATH}?wait={wait}", {"command": "reboot"}, headers, 60)))
    thread.start()
    if key is None:
        wait_for(lambda: len(t.api("GET", PATH).json) > before)
    return thread, answers


def times_out(t):
    begun = time.monotonic()
    r = t.api("POST", f"{PATH}?wait=1", {"command": "reboot"})
    took = time.monotonic() - begun
    is_((r.status, r.json["state"]), (202, "queued"), "not ended: 202")
    ok(0.9 < took < limit(10), f"after a second: {took:.1f} s")
    is_(r.headers["location"], f"/api/v1/commands/{r.json['id']}",
        "with its place")
    begun = time.monotonic()
    is_(t.api("POST", f"{PATH}?wait=0", {"command": "reboot"}).status, 202,
        "no wait: 202")
    ok(time.monotonic() - begun < 0.9, "at once")
    for value in ("x", "-1", "", "99999999999"):
        r = t.api("POST", f"{PATH}?wait={value}", {"command": "reboot"})
        is_((r.status, r.field), (400, "wait"), f"wait={value}: refused")
    r = t.api("POST", f"{PATH}?wait=5", {"command": "dance"})
    is_((r.status, r.field), (400, "command"), "a refusal is not waited for")


def ends(t):
    """Somebody ends it while it waits."""
    thread, answers = held(t)
    command = newest(t)
    again, more = held(t, key="k")
    wait_for(lambda: newest(t)["id"] != command["id"])
    third, most = held(t, key="k")
    time.sleep(0.2)
    ok(not answers and not more and not most, "all wait")
    one = t.api("POST", f"/api/v1/commands/{command['id']}/cancel")
    is_((one.status, one.json["state"], one.json["result"]),
        (200, "cancelled", "cancelled by an operator"), "one is cancelled")
    thread.join(limit(30))
    is_((answers[0].status, answers[0].json["state"]), (200, "cancelled"),
        "who waits for it hears so")
    is_(answers[0].headers["location"], f"/api/v1/commands/{command['id']}",
        "with its place")
    ok(not more and not most, "the others wait on")
    t.api("POST", f"/api/v1/commands/{newest(t)['id']}/cancel")
    again.join(limit(30))
    third.join(limit(30))
    is_(more[0].json, most[0].json, "one key waits for one command")
    is_(t.api("POST", f"/api/v1/commands/{command['id']}/cancel").status, 409,
        "what has ended cannot be cancelled")
    is_(t.api("POST", "/api/v1/commands/x/cancel").status, 404,
        "nor what is none")
    begun = time.monotonic()
    r = t.api("POST", f"{PATH}?wait=50", {"command": "reboot"},
              {"Idempotency-Key": "k"})
    is_((r.status, r.json["state"]), (202, "cancelled"),
        "asked once more: as it was answered")
    ok(time.monotonic() - begun < 5, "at once")


def leaves(t):
    body = b'{"command":"reboot"}'
    head = (f"POST {PATH}?wait=50 HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    before = len(t.api("GET", PATH).json)
    for _ in range(5):
        with t.connect() as s:
            s.sendall(head + body)
    ok(wait_for(lambda: len(t.api("GET", PATH).json) == before + 5),
       "commands of clients that left are there")
    for command in t.api("GET", PATH).json:
        t.api("POST", f"/api/v1/commands/{command['id']}/cancel")
    with t.connect() as s: # and a second call behind it on one connection
        s.sendall(head + body + b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
                  b"Connection: close\r\n\r\n")
        wait_for(lambda: newest(t)["state"] == "queued")
        t.api("POST", f"/api/v1/commands/{newest(t)['id']}/cancel")
        s.settimeout(limit(30))
        text = b""
        while piece := s.recv(65536):
            text += piece
    is_(re.findall(r"HTTP/1.1 \d+", text.decode()), ["HTTP/1.1 200"] * 2,
        "the connection goes on with the next call")


def stops(t):
    threads = [held(t) for _ in range(3)]
    pid = t.workers()[0]
    t.reload()
    for thread, answers in threads:
        thread.join(limit(30))
        is_([a.status for a in answers], [202],
            "a worker that stops answers who waits")
    ok(wait_for(lambda: pid not in t.workers()), "and goes")


def lists(t):
    found = [c for r in t.pages(f"{PATH}?limit=3") for c in r.json]
    is_(found, t.api("GET", PATH).json, "by pages all are there, once")
    other = t.api("POST", "/api/v1/nodes", {"mac": "525400000002"})
    is_(other.status, 201, "another node")
    is_(t.api("GET", f"{PATH}?after=0123456789abcdef-1").field, "after",
        "nothing stands behind what is none")
    is_(t.api("GET", "/api/v1/workers").json, [], "no worker was ever there")
    r = t.api("GET", f"/api/v1/nodes/{MAC}/timeline").json
    like(r["now"], "The command reboot of .* has not been sent yet; it expires",
         "nf why tells what a node is to do")


def main():
    with Nginx() as t:
        t.api("POST", "/api/v1/nodes", {"mac": MAC})
        times_out(t)
        ends(t)
        leaves(t)
        stops(t)
        lists(t)
    done()


main()
