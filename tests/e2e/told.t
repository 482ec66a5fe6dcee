#!/usr/bin/env python3
"""What the logs of the shipped configuration say: each failure and each node
that was refused once, and never a token, whatever goes wrong."""

import glob
import os
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import wait_for
from shipped import Shipped
from tap import diag, done, is_, like, ok

MAC = "525400000001"
SCRIPT = f"/boot/{MAC}/boot.ipxe"


class Site(Shipped):
    def logs(self):
        """All that was logged, by file."""
        return {name: self.read(name) for name in (
            os.path.relpath(path, self.dir)
            for path in glob.glob(self.path("**/*.log"), recursive=True))}

    def told(self, n):
        """What was said of answers, once n lines of it are there: nginx logs
        a request after the caller has read its answer."""
        def lines():
            return re.findall(r"nf: (answered .*)", self.read("log/error.log"))

        wait_for(lambda: len(lines()) >= n)
        return lines()


def install(t):
    t.api("POST", "/api/v1/nodes", {"mac": MAC})
    t.api("PUT", f"/api/v1/nodes/{MAC}", {"action": "install"})
    return re.search(r"[a-z2-7]{32}", t.install("GET", SCRIPT).text)[0]


def cut_off(t, data):
    """Send it, and go away with a reset."""
    with t.connect(t.install_port) as s:
        s.sendall(data)
        time.sleep(0.1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))


def spellings(token):
    """Paths and queries that hold it, and what they are answered."""
    coded = "".join(f"%{ord(c):02x}" for c in token)
    return {
        f"/preseed/{MAC}/preseed.cfg?token={token}": 200,
        f"/autoinstall/{MAC}/{token}/bios/vendor-data": 200,
        f"/autoinstall/{MAC}/{coded}/bios/vendor-data": 200,
        f"//autoinstall//{MAC}//{token}/bios/vendor-data": 200,
        f"/autoinstall/{MAC}/x{token}/bios/user-data": 403,
        f"/autoinstall/{MAC}/{token}": 404,
        f"/autoinstall/{token}": 404,
        f"/boot/{token}/boot.ipxe?token={token}": 400,
        f"/files/{token}?token={token}": 404,
        f"/nothing/{token}?token={token}": 404,
        f"/debian/{token}?token={token}": 502,
        f"/api/v1/preseed/X?token={token}": 403,
    }


def ask_all(t, token):
    for path, status in spellings(token).items():
        got = t.install("GET", path, headers={"User-Agent": f"x/{token}"})
        is_(got.status, status,
            f"{path.replace(token, 'TOKEN')[:60]}: {status}")
    for path in (f"/preseed/{MAC}/preseed.cfg?token={token}",
                 f"/autoinstall/{MAC}/{token}/bios/vendor-data"):
        page = f"http://127.0.0.1:{t.install_port}{path}"
        is_(t.install("GET", path, headers={"Referer": page}).status, 200,
            "with a Referer of our own: 200")
        t.install("GET", path, headers={"Referer": f"http://x/{token}"})


def go_wrong(t, token):
    """What nginx itself complains of, with the request's line."""
    path = f"/autoinstall/{MAC}/{token}/bios/user-data?token={token}"
    line = f"GET {path} HTTP/1.1\r\n".encode()
    host = b"Host: x\r\n"
    cut_off(t, line + host)
    for rest in (b"bad header\r\n\r\n", host + b"Host: \x01\r\n\r\n",
                 host + b"Content-Length: x\r\n\r\n",
                 host + b"A: " + b"x" * 40000 + b"\r\n\r\n",
                 host + f"Referer: {token}\r\nbad\r\n\r\n".encode(), b"\r\n"):
        t.raw(line + rest, t.install_port, 5)
        t.raw(line + host + b"\r\n" + line + rest, t.install_port, 1)
    t.raw(f"GET {path}{'x' * 40000} HTTP/1.1\r\n\r\n".encode(),
          t.install_port, 5)
    t.raw(f"G?T {path} HTTP/1.1\r\n\r\n".encode(), t.install_port, 5)
    t.install("POST", f"/api/v1/report?token={token}", b"x" * (3 << 20),
              {"Content-Type": "application/json"})
    t.install("POST", "/api/v1/device/operationComplete",
              {"mac": MAC, "operation": "os_install", "success": True,
               "token": token[::-1]})


def check_tokens(t, token):
    logs = t.logs()
    forms = re.compile("%s|%s|%s" % (
        token, token[::-1], "".join(f"%{ord(c):02x}" for c in token)))
    for name, text in sorted(logs.items()):
        found = forms.search(text)
        if not ok(found is None, f"{name}: no token in {len(text)} bytes"):
            diag(text[max(0, found.start() - 300):found.end() + 100])
    errors = logs["log/error.log"]
    for words in ("prematurely closed connection|reset by peer",
                  "invalid header", "too long header|too large",
                  "too long URI|invalid URI", "upstream"):
        like(errors, f"({words})[^\n]*request: \"[^\n]*-{{32}}",
             f"nginx has complained: {words}, with the token blanked")
    like(logs["log/access.log"], f'"GET /autoinstall/{MAC}/- HTTP', "a path")


def tokens_are_in_no_log(level):
    with Site(level) as t:
        token = install(t)
        ask_all(t, token)
        go_wrong(t, token)
        t.stop() # all of it is written
        check_tokens(t, token)


def refusals_are_told_once():
    asked = {
        "/boot/nonsense/boot.ipxe": (
            400, "NF_INVALID", "/boot/{id}/boot.ipxe"),
        f"/preseed/{MAC}/preseed.cfg": (
            403, "NF_FORBIDDEN", "/preseed/{id}/preseed.cfg"),
        f"/autoinstall/{MAC}/x/bios/user-data": (
            403, "NF_FORBIDDEN",
            "/autoinstall/{id}/{token}/{firmware}/user-data"),
        f"/image/{MAC}/image.json": (
            403, "NF_FORBIDDEN", "/image/{id}/image.json"),
        f"/boot/{MAC}/other": (404, "NF_NOT_FOUND", "none"),
    }
    with Site("info") as t:
        install(t)
        for path in asked:
            t.install("GET", path)
        t.api("GET", "/api/v1/nodes/525400000009") # his own mistake
        told = t.told(len(asked))
        for (path, (status, code, route)), line in zip(asked.items(), told):
            like(line, f"^answered {status}: .*, code={code} method=GET "
                       f"route={re.escape(route)} ", f"{path}: told")
        for line in told[1:4]:
            like(line, f" mac={MAC} client=127.0.0.1$", "with MAC and caller")
        for _ in range(500):
            t.install("GET", f"/preseed/{MAC}/preseed.cfg")
        is_(t.api("GET", "/api/v1/nodes", None, {"Host": "evil"}).status, 403,
            "more are refused than are told")
        t.stop() # all of it is written
        told = t.told(1)
        is_({re.search(r"route=(\S+)", line)[1] for line in told[len(asked):]},
            {"/preseed/{id}/preseed.cfg"}, "each once, and nothing else")
        ok(len(told) <= 120, f"no flood: {len(told)} lines")


def failures_are_told_once():
    with Site("info", init=False) as t:
        for _ in range(3):
            is_(t.api("GET", f"/api/v1/nodes/{MAC}").status, 503,
                "without a store: 503")
        is_(t.install("GET", SCRIPT).status, 503, "a boot script: 503")
        is_(t.api("POST", "/api/v1/nodes", {"mac": MAC}).status, 503,
            "a write: 503")
        t.stop() # all of it is written
        is_(len(t.told(5)), 5, "each told once")
        for line in t.told(5):
            like(line, "^answered 503: the store is busy, code=NF_BUSY method=",
                 line)


def main():
    tokens_are_in_no_log("info")
    tokens_are_in_no_log("debug")
    refusals_are_told_once()
    failures_are_told_once()
    done()


main()
