#!/usr/bin/env python3
"""Switches over HTTP: a command that is waited for, and who may link what.
Nobody carries them out here."""

import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from pace import limit
from tap import done, is_, like, ok, unlike

MAC = "525400000001"
PATH = "/api/v1/devices/sw1/commands"
PORT = {"command": "port", "args": {"port": "Gi1/0/1", "mode": "access",
                                    "vlan": 7}}


def held(t, body, key=None):
    answers = []
    headers = {} if key is None else {"Idempotency-Key": key}
    thread = threading.Thread(target=lambda: answers.append(
        t.api("POST", f"{PATH}?wait=50", body, headers, 60)))
    thread.start()
    return thread, answers


def commands(t):
    """Those of switches, which are of no node."""
    found = {}
    for event in t.api("GET", "/api/v1/events").json:
        command = event.get("data", event).get("command")
        if isinstance(command, dict) and command["target"] == "switch":
            found[command["id"]] = command
    return list(found.values())


def waited_for(t):
    """A command of no node's is waited for like any."""
    r = t.api("POST", f"{PATH}?wait=1", PORT)
    is_((r.status, r.json["state"], r.json["mac"]),
        (202, "queued", "000000000000"), "not ended: 202")
    like(r.headers["location"], r"^/api/v1/commands/[0-9a-f]{16}-\d+$",
         "with its place")
    first = r.json["id"]
    thread, answers = held(t, {"command": "scan"})
    ok(wait_for(lambda: len(commands(t)) == 2), "another is waited for")
    scan = next(c for c in commands(t) if c["id"] != first)
    again, more = held(t, {"command": "scan"})
    is_(t.api("POST", PATH, {"command": "scan"}).json["id"], scan["id"],
        "one scan is for all who ask")
    t.api("POST", f"/api/v1/commands/{scan['id']}/cancel")
    for each in (thread, again):
        each.join(limit(30))
    is_([(a[0].status, a[0].json["id"], a[0].json["state"])
         for a in (answers, more)], [(200, scan["id"], "cancelled")] * 2,
        "who waits hears how it ended")
    key = {"Idempotency-Key": "once"}
    one = t.api("POST", PATH, PORT, key)
    is_(t.api("POST", PATH, PORT, key).json["id"], one.json["id"],
        "one key: one command")
    ok(one.json["id"] != first, "without one each is its own")
    r = t.api("POST", PATH, {"command": "scan"}, key)
    is_((r.status, r.field), (409, "Idempotency-Key"),
        "the key of another request is refused")


def links(t):
    path = f"/api/v1/nodes/{MAC}/port"
    r = t.api("PUT", path, {"switch": "sw1", "port": "Gi1/0/1"})
    is_((r.status, r.json["by"]), (201, "hand"), "a node is linked")
    tag = r.headers["etag"]
    is_(t.api("GET", path, headers={"If-None-Match": tag}).status, 304,
        "unchanged")
    r = t.api("DELETE", "/api/v1/devices/sw1")
    is_(r.status, 409, "its switch stays")
    like(r.json["error"], MAC, "and it is said why")
    is_(t.api("DELETE", path, headers={"If-Match": '"1"'}).status, 412,
        "changed meanwhile")
    is_(t.api("DELETE", path, headers={"If-Match": tag}).status, 204,
        "unlinked")
    is_(t.api("DELETE", path).status, 404, "once")


def secrets(t):
    for body in ({"password": "c0mmunity-s3cret"},
                 {"user": "u", "auth": "SHA", "priv": "AES",
                  "password": "auth-s3cret", "priv_password": "priv-s3cret"},
                 {"user": "u", "auth": "SHA", "priv": "AES",
                  "priv_password": "7-s3c"}):
        r = t.api("PUT", "/api/v1/credentials/lab", body)
        unlike(r.text if hasattr(r, "text") else str(r.json), "s3c",
               "no answer has a password")
    for path in ("/api/v1/credentials", "/api/v1/credentials/lab",
                 "/api/v1/events"):
        unlike(str(t.api("GET", path).json), "s3cret", f"nor has {path}")


def main():
    with Nginx() as t:
        t.api("POST", "/api/v1/nodes", {"mac": MAC})
        t.api("PUT", "/api/v1/devices/sw1",
              {"driver": "ios", "address": "10.0.0.2"})
        waited_for(t)
        links(t)
        secrets(t)
        unlike(t.read("error.log") + t.read("access.log"), "s3cret",
               "nor has a log")
    done()


main()
