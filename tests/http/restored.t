#!/usr/bin/env python3
"""A backup that was restored gives numbers again: what was made of them before
is worth nothing any more."""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from nginx import Nginx, events  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

MAC = "52:54:00:00:00:01"
TOKEN = re.compile(r"[?&]token=([a-z2-7]{32})|/([a-z2-7]{32})/")
SSE = {"Accept": "text/event-stream"}


def install(t):
    """The task that installs the node, and its attempt's token."""
    is_(t.api("PUT", f"/api/v1/nodes/{MAC}", {"action": "install"}).status, 200,
        "the node is to be installed")
    script = t.install("GET", f"/boot/{MAC}/boot.ipxe").text
    found = re.search(r"[a-z2-7]{32}", script)
    return t.api("GET", "/api/v1/tasks").json[0]["task_id"], found and found[0]


def newest(t):
    """The newest position as a client has it, from a page's link."""
    link = t.api("GET", "/api/v1/events?since=0&limit=1").headers["link"]
    generation = re.search(r"since=([0-9a-f]{16})-", link)[1]
    return f"{generation}-{t.api('GET', '/api/v1/events?limit=1000').json[-1]['seq']}"


def preseed(t, token):
    return t.install("GET", f"/preseed/{MAC}/preseed.cfg?token={token}").status


def stream_from(t, position):
    with t.connect() as s:
        s.sendall(f"GET /api/v1/events HTTP/1.0\r\nHost: 127.0.0.1\r\n"
                  f"Accept: text/event-stream\r\n"
                  f"Last-Event-ID: {position}\r\n\r\n".encode())
        got = b""
        while b"\n\n" not in got.partition(b"\r\n\r\n")[2]:
            more = s.recv(65536)
            if not more:
                break
            got += more
    head, _, body = got.decode().partition("\r\n\r\n")
    return head, events(body)[0]


def main():
    with Nginx() as t:
        is_(t.api("POST", "/api/v1/nodes", {"mac": MAC}).status, 201, "a node")
        is_(t.nf("backup", t.path("copy")).returncode, 0, "a backup")
        task, token = install(t)
        is_(preseed(t, token), 200, "its token opens the answers")
        position = newest(t)
        t.stop()
        is_(t.nf("restore", t.path("copy")).returncode, 0, "is restored")
        t.start()
        r = t.api("GET", f"/api/v1/events?since={position}")
        is_((r.status, r.field), (410, "since"), "an old position is gone")
        like(r.text, r"the newest is [0-9a-f]{16}-\d+", "and the newest is told")
        ok(not re.search(position.split("-")[0], r.text), "of another log")
        head, first = stream_from(t, position)
        like(head, r"^HTTP/1.1 200", "an event stream begins nevertheless")
        is_(first.get("event"), "reset", "and says that it begins anew")
        again, other = install(t)
        is_(again, task, "the number of the task is given again")
        ok(other != token, "its token is another")
        is_((preseed(t, token), preseed(t, other)), (403, 200),
            "and the old one opens nothing")
    done()


main()
