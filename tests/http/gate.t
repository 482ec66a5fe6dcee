#!/usr/bin/env python3
"""Which names the API answers to, and what is refused to browsers, by any
server that nginx runs; tests/e2e/browser.t asks a real one."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok, unlike

NODES = "/api/v1/nodes"
SCRIPT = "/boot/5254000000aa/boot.ipxe"


def ask(t, headers, method="GET", path=NODES, port=None):
    """Status and head of a request with just these headers."""
    lines = [f"{method} {path} HTTP/1.1", *headers, "Connection: close"]
    reply = t.raw("\r\n".join([*lines, "", ""]).encode(), port).decode()
    return int(reply.split()[1]), reply


def names(t):
    own = socket.gethostname()
    for host in ("localhost", f"127.0.0.1:{t.port}", "[::1]:80", "LOCALHOST",
                 own, f"{own.upper()}:8080", "nf.example.org:443", "10.9.8.7"):
        is_(ask(t, [f"Host: {host}"])[0], 200, f"Host: {host}: 200")
    for host in ("evil.test", "nf.example.org.evil.test", "10.9.8.6"):
        status, reply = ask(t, [f"Host: {host}"])
        is_(status, 403, f"Host: {host}: 403")
        like(reply, "NF_HTTP_HOSTS", "which names what to set")
    for path in ("/metrics", "/boot/525400000001/boot.ipxe", "/nothing"):
        is_(ask(t, ["Host: evil.test"], path=path)[0], 403, f"{path}: 403")
    is_(ask(t, ["Host: evil.test"], path="/health")[0], 200,
        "/health is anybody's")
    reply = t.raw(f"GET {NODES} HTTP/1.0\r\n\r\n".encode()).decode()
    like(reply, "^HTTP/1.1 200", "HTTP/1.0 without a Host: 200")
    reply = t.raw(f"GET http://evil.test{NODES} HTTP/1.0\r\n\r\n"
                  .encode()).decode()
    like(reply, "^HTTP/1.1 403", "with one in the request line: 403")


def nodes_know_no_names(t):
    for host in ("deploy", "10.0.0.1:8081"):
        is_(ask(t, [f"Host: {host}"], path=SCRIPT, port=t.install_port)[0],
            200, f"the install server as {host}: 200")
    is_(ask(t, ["Host: deploy", "Origin: http://evil.test"], path=SCRIPT,
            port=t.install_port)[0], 403, "but no page of another site")


def preflights(t):
    host = f"Host: localhost:{t.port}"
    for origin, wanted in (("http://evil.test", 403),
                           (f"http://localhost:{t.port}", 405)):
        status, reply = ask(t, [host, f"Origin: {origin}",
                                "Access-Control-Request-Method: PUT"],
                            "OPTIONS")
        is_(status, wanted, f"OPTIONS from {origin}: {wanted}")
        unlike(reply.lower(), "access-control-", "and nothing is allowed")
    status, reply = ask(t, [host, f"Origin: http://localhost:{t.port}"])
    is_(status, 200, "a page of ours: 200")
    unlike(reply.lower(), "access-control-", "and nothing is allowed")


def a_get_changes_nothing(t):
    """Each reading path of the API, and the scripts and answers that it
    shows."""
    t.api("PUT", f"{NODES}/525400000001", {"action": "install"})
    before = t.api("GET", "/api/v1/events?since=0&limit=1000").json
    for path in ("/boot/525400000001/boot.ipxe", SCRIPT,
                 "/boot/525400000001/boot.ipxe?failed=2c0a6003",
                 "/boot/525400000001/grub.cfg",
                 "/preseed/525400000001/preseed.cfg",
                 "/api/v1/task/X?mac=525400000001", NODES, "/health"):
        t.api("GET", path)
        t.api("HEAD", path)
    t.api("PATCH", f"{NODES}/525400000001", {"hostname": "a"}) # written behind
    after = t.api("GET", "/api/v1/events?since=0&limit=1000").json
    is_([e["kind"] for e in after[len(before):]], ["node.updated"],
        "no GET of the API leaves an event")
    t.install("GET", SCRIPT)
    t.api("PATCH", f"{NODES}/525400000001", {"hostname": "b"})
    ok(any(e["mac"] == "5254000000aa" for e in t.api(
        "GET", "/api/v1/events?since=0&limit=1000").json),
       "a node's own request is noted")


def main():
    with Nginx({"NF_HTTP_HOSTS": "nf.example.org,10.9.8.7"}) as t:
        t.api("POST", NODES, {"mac": "525400000001"})
        names(t)
        nodes_know_no_names(t)
        preflights(t)
        a_get_changes_nothing(t)
    done()


main()
