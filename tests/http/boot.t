#!/usr/bin/env python3
"""Boot scripts and answers: one script per state, and the waiting."""

import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from pace import limit
from tap import done, is_, like, ok, unlike

MAC = "525400000001"
NODE = f"/api/v1/nodes/{MAC}"
SCRIPT = f"/boot/{MAC}/boot.ipxe"


def is_script(r, what):
    ok(r.status == 200 and r.text.startswith("#!ipxe\n"),
       f"{what} gets a script with 200") or print(f"# {r}")
    ok(r.headers.get("cache-control") == "no-store", "that nobody caches")


def chained(text, server):
    """What the script asks for next, as a path."""
    found = re.search(r"chain\s.*?http://[^/\s]+(/\S+)", text)
    return found.group(1) if found else None


def unknown(t):
    r = t.install("GET", "/boot/5254000000aa/boot.ipxe")
    is_script(r, "an unknown MAC")
    like(r.text, "chain .*--replace --autofree",
         "it asks again without nesting scripts")
    ok(wait_for(lambda: t.api("GET", "/api/v1/nodes/5254000000aa").status
                == 200, 5), "and asking has registered it")
    r = t.install("GET", "/boot/nonsense/boot.ipxe")
    is_((r.status, r.field), (400, "mac"), "no MAC at all: 400")
    r = t.install("GET", "/boot/")
    is_(r.status, 404, "/boot/ itself: 404")
    r = t.install("HEAD", "/boot/5254000000aa/boot.ipxe")
    is_((r.status, r.body), (200, b""), "HEAD works")
    r = t.install("POST", "/boot/5254000000aa/boot.ipxe", b"x")
    is_(r.status, 405, "POST does not")


def waiting(t):
    t.api("POST", "/api/v1/nodes", {"mac": MAC})
    r = t.install("GET", SCRIPT)
    is_script(r, "a discovered node")
    like(r.text, "is waiting for", "it says that it waits")
    unlike(r.text, r"(?m)^kernel", "and installs nothing")
    path = chained(r.text, t)
    ok(path and path.startswith("/boot/"), "it chains to our server")

    answers = []

    def ask():
        answers.append((t.install("GET", path, timeout=60), time.monotonic()))

    asking = threading.Thread(target=ask)
    asking.start()
    time.sleep(0.7) # a reload, as NF_TEST_RELOAD makes, ends the wait
    ok(asking.is_alive(), "which holds the request open")
    start = time.monotonic()
    r = t.api("PUT", NODE, {"action": "install", "profile": "debian-12"})
    is_(r.status, 200, "until the operator installs it")
    asking.join(limit(20))
    ok(answers, "then it is answered") or print(f"# {path}")
    if answers:
        reply, when = answers[0]
        is_script(reply, "the waiting node")
        ok(when - start < 10, "long before the poll's own end")
        like(reply.text, r"(?m)^kernel |chain .*/boot/",
             "with the script to install, or to fetch it")


def spelling(t):
    for mac in ("52:54:00:00:00:01", "52-54-00-00-00-01", MAC.upper()):
        r = t.install("GET", f"/boot/{mac}/boot.ipxe")
        like(r.text, r"(?m)^kernel ", f"the script by {mac}")


def installing(t):
    r = t.install("GET", SCRIPT)
    is_script(r, "an installing node")
    like(r.text, r"(?m)^kernel ", "it loads a kernel")
    token = re.search(r"token=([A-Za-z2-7]+)", r.text)
    ok(token, "the script carries a token")
    token = token.group(1) if token else ""
    like(r.text, "set arch amd64", "x86_64 becomes Debian's amd64")
    is_(t.install("GET", f"/preseed/{MAC}/preseed.cfg").status, 403,
        "the answers need the token")
    r = t.install("GET", f"/preseed/{MAC}/preseed.cfg?token=AAAAAAAA")
    is_(r.status, 403, "the right one")
    ok(len(r.body) < 300 and b"d-i" not in r.body, "and nothing of them leaks")
    r = t.install("GET", f"/preseed/{MAC}/preseed.cfg?token={token}")
    is_(r.status, 200, "with it they are served")
    like(r.text, r"(?m)^d-i ", "as a preseed file")
    like(r.headers.get("content-type", ""), "^text/plain", "as text")
    is_(t.install("GET", f"/preseed/525400000099/preseed.cfg?token={token}")
        .status, 403, "for another node it is worth nothing")
    ok(wait_for(lambda: "task.step" in kinds(t), 5),
       "serving the script is in the log")
    return token


def kinds(t, mac=MAC):
    """Kinds of the events of a node."""
    return [e["kind"] for e in t.api("GET", "/api/v1/events?since=0").json
            if e["mac"] == mac]


def report(t, token, success):
    return t.install("POST", "/api/v1/device/operationComplete", {
        "mac": MAC, "token": token, "operation": "os_install",
        "success": success, "message": "done"})


def installed(t, token):
    r = report(t, "AAAAAAAA", True)
    is_(r.status, 403, "a report without the token is refused")
    r = report(t, token, True)
    is_((r.status, r.json), (200, {"status": "ok"}), "with it: ok")
    is_(report(t, token, True).status, 200, "repeating it is fine")
    r = t.install("GET", SCRIPT)
    is_script(r, "a node whose system is installed")
    like(r.text, "sanboot|exit", "it boots from its own disk")
    unlike(r.text, r"(?m)^kernel", "and installs nothing")
    is_(t.api("GET", NODE).json["status"], "installing",
        "although the node is installing until its system reports")
    r = t.install("GET", f"/preseed/{MAC}/preseed.cfg?token={token}")
    is_(r.status, 403, "and the answers are closed")


def cancelled(t):
    mac = "525400000002"
    t.api("POST", "/api/v1/nodes", {"mac": mac})
    t.api("PUT", f"/api/v1/nodes/{mac}", {"action": "install"})
    r = t.install("GET", f"/boot/{mac}/boot.ipxe")
    like(r.text, r"(?m)^kernel ", "a second node installs")
    ok(wait_for(lambda: "task.step" in kinds(t, mac), 5), "and has its script")
    t.api("PUT", f"/api/v1/nodes/{mac}", {"action": "cancel"})
    r = t.install("GET", f"/boot/{mac}/boot.ipxe")
    is_script(r, "cancelled after its script was served")
    like(r.text, "cannot be installed", "it waits and says why")
    is_(t.api("PUT", f"/api/v1/nodes/{mac}", {"action": "reinstall"}).status,
        200, "reinstall starts over")
    r = t.install("GET", f"/boot/{mac}/boot.ipxe")
    like(r.text, r"(?m)^kernel ", "and serves the install script again")


def main():
    with Nginx() as t:
        unknown(t)
        waiting(t)
        spelling(t)
        token = installing(t)
        installed(t, token)
        cancelled(t)
    done()


main()
