#!/usr/bin/env python3
"""The cache of the distribution's mirror: what one client asked for in his own
way is everybody's, so nothing of him reaches the mirror; and what a mirror
says reaches nobody but those who asked."""

import gzip
import http.server
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from shipped import Shipped
from tap import done, is_, ok

DEB = "/debian/pool/main/a/a/a_1_all.deb"
INDEX = "/debian/dists/stable/InRelease"
BODY = b"a package" * 1000


class Mirror(http.server.BaseHTTPRequestHandler):
    """One that packs what it may, and would have others do its will."""

    asked = []
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        Mirror.asked.append((self.path, dict(self.headers.items())))
        packs = "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(BODY) if packs else BODY
        self.send_response(200)
        if packs:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding, Cookie")
        self.send_header("Set-Cookie", "who=first")
        self.send_header("X-Accel-Redirect", "/files/secret")
        self.send_header("X-Accel-Expires", "0")
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *ignored):
        pass


RUDE = {
    "Accept-Encoding": "gzip, br", "Cookie": "session=secret",
    "Authorization": "Basic c2VjcmV0", "X-Evil": "yes", "Referer": "http://x/",
    "User-Agent": "rude/1", "X-Forwarded-For": "1.2.3.4", "Via": "1.1 x",
    "If-None-Match": '"x"', "If-Modified-Since":
    "Mon, 01 Jan 2035 00:00:00 GMT", "TE": "trailers", "Expect": "",
    "Range": "bytes=0-3", "Cache-Control": "no-cache", "Pragma": "no-cache"}
KNOWN = {"Host", "Connection", "User-Agent", "If-Modified-Since",
         "If-None-Match"}


def nobody_is_known(t, path):
    Mirror.asked.clear()
    t.install("GET", f"{path}?token=secret&x=../y", headers=RUDE)
    is_(len(Mirror.asked), 1, f"{path}: the mirror is asked")
    asked, headers = Mirror.asked[0]
    is_(asked, path, "for that path, without the query")
    is_(set(headers) - KNOWN, set(), "with no header of the client's")
    is_(headers["User-Agent"], "nodefoundry", "by us")
    ok("If-Modified-Since" not in headers and "If-None-Match" not in headers,
       "whatever the client has already")
    r = t.install("GET", path)
    is_((r.status, r.body == BODY), (200, True), "the next one gets it plain")
    is_([name for name in r.headers if name.lower() in (
        "content-encoding", "set-cookie", "x-accel-redirect")], [],
        "without the first one's cookie or encoding")
    is_(len(Mirror.asked), 1, "from the cache")
    r = t.install("GET", path, headers={"Range": "bytes=2-4"})
    is_((r.status, r.body), (206, BODY[2:5]), "a part of it is served")
    for query in ("?a", "?a=b&c", "?" + "x" * 500):
        t.install("GET", path + query)
    is_(len(Mirror.asked), 1, "a query makes no other object")


def others(t):
    Mirror.asked.clear()
    for method in ("POST", "PUT", "DELETE"):
        is_(t.install(method, DEB, b"x").status, 403, f"no {method} reaches it")
    is_(Mirror.asked, [], "none")
    r = t.install("GET", "/debian/pool/b%20c/d%2Be%3Ff.deb")
    is_((r.status, Mirror.asked[-1][0].partition("?")[1]), (200, ""),
        "a mark in a path is no query")
    for path in ("/debian/../api/v1/nodes", "/debian/%2e%2e/files/x"):
        before = len(Mirror.asked)
        t.install("GET", path)
        is_(len(Mirror.asked), before, f"{path} is not the mirror's")
    body = t.install("GET", "/debian/pool/with-a-body.deb", b"secret" * 100)
    is_((body.status, "Content-Length" in Mirror.asked[-1][1]), (200, False),
        "a body stays here")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Shipped("info", mirror=server.server_address[1]) as t:
        nobody_is_known(t, DEB)
        nobody_is_known(t, INDEX)
        others(t)
        server.shutdown()
        server.server_close()
        r = t.install("GET", DEB)
        is_((r.status, r.body == BODY), (200, True),
            "without the mirror there is what was fetched")
        is_(t.install("GET", f"{DEB}.other").status, 502, "and nothing else")
    done()


main()
