#!/usr/bin/env python3
"""What a machine is sent and refused is what `nf why` says of it."""

import os
import re
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import BUILD, Nginx, wait_for
from pace import limit
from tap import diag, done, is_, like, ok

MAC = "525400000021"
LARGE = 64 << 20


def hook(t, *words, **env):
    return subprocess.run([os.path.join(BUILD, "nf-hook"), *words],
                          env={**t.environ(), **env}, check=True)


def now(t):
    return t.api("GET", f"/api/v1/nodes/{MAC}/timeline").json["now"]


def says(t, pattern, name):
    """A note is written behind the answer."""
    if not ok(wait_for(lambda: re.search(pattern, now(t)), 10), name):
        diag(f"wanted {pattern}, got {now(t)}")


def upload(t, path, content):
    r = t.api("PUT", f"/api/v1/files/{path}", content,
              {"Content-Type": "application/octet-stream"})
    is_(r.status // 100, 2, f"upload {path}")


def begins(t):
    expires = str(int(time.time()) + 3600)
    t.api("PUT", "/api/v1/profiles/own", {
        "method": "preseed", "suite": "bookworm", "os_type": "debian",
        "templates": {"boot": "#!ipxe\nkernel http://{{server}}/files/u/vmlinuz"
                              " {{token}}\n"}})
    t.api("POST", "/api/v1/nodes", {"mac": MAC, "serial": "S-21"})
    hook(t, "add", ":".join(re.findall("..", MAC)), "127.0.0.1",
         DNSMASQ_LEASE_EXPIRES=expires, DNSMASQ_TIME_REMAINING="3600")
    is_(t.api("PUT", f"/api/v1/nodes/{MAC}",
              {"action": "install", "profile": "own"}).status, 200, "installs")


def kernel(t):
    token = re.search(r"vmlinuz ([a-z2-7]+)",
                      t.install("GET", f"/boot/{MAC}/boot.ipxe").text)[1]
    says(t, "The install script was served 1 of", "the script was served")
    is_(t.install("GET", "/files/u/vmlinuz").status, 404, "no such kernel")
    says(t, r"The server refused it \ds ago: /files/u/vmlinuz was answered 404 "
         r"\(no such file\)\. Make that file with `nf files put`",
         "which is the cause, with path, code and what to do")
    r = t.api("GET", f"/api/v1/nodes/{MAC}/timeline").json
    is_(r["waits"]["state"], "server_refused", "a state of its own")
    is_(r["task"]["problem"],
        "/files/u/vmlinuz was answered 404 (no such file)",
        "and the task's problem")
    t.install("GET", f"/boot/{MAC}/boot.ipxe?failed=0x2d0c613b")
    says(t, r"The machine said: the node could not fetch kernel or initrd: the "
         r"server answered 404, not found \(iPXE error 0x2d0c613b\)",
         "iPXE's number in words")
    upload(t, "u/vmlinuz", b"k" * 3 * (1 << 20))
    is_(t.install("GET", "/files/u/vmlinuz").status, 200, "now it is there")
    says(t, r"It was sent /files/u/vmlinuz \(3\.0 MiB\) \ds ago, after an error",
         "success clears it, and how much was sent is told")
    ok("refused" not in now(t), "nothing was refused any more")
    return token


def part(t):
    """A machine that gives up in the middle of a large file."""
    with open(t.path("files/large"), "wb") as f:
        f.truncate(LARGE)
    with t.connect(t.install_port) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(b"GET /files/large HTTP/1.1\r\nHost: x\r\n\r\n")
        ok(s.recv(65536), "it begins")
        says(t, r"/files/large \(\d+\.\d of 64\.0 MiB\) \ds ago",
             "what goes out is told while it does")
    ok(wait_for(lambda: "/files/large" in t.read("access.log"), 10),
       "and it leaves")
    with t.connect(t.install_port) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(b"GET /files/large HTTP/1.1\r\nHost: x\r\n"
                  b"Range: bytes=%d-\r\n\r\n" % (LARGE // 2))
        ok(s.recv(65536), "the rest of it is asked for")
        says(t, r"/files/large \((3[2-9]|[456]\d)\.\d of 64\.0 MiB\)",
             "which is told as a part of the whole")


def unreadable(t):
    os.symlink("/etc/hostname", t.path("files/link"))
    is_(t.install("GET", "/files/link").status, 403, "a link is not followed")
    says(t, r"/files/link was answered 403 \(nginx may not read it\)\. The file "
         "is there, and nginx may not read it", "and not said to be missing")
    os.unlink(t.path("files/link"))
    t.write("files/link", "x")
    is_(t.install("GET", "/files/link").status, 200, "a file instead of it")
    says(t, r"/files/link \(1 bytes\)", "is sent")


def answer(t, token):
    is_(t.install("GET", f"/preseed/{MAC}/preseed.cfg?token=aaaa").status, 403,
        "a wrong token")
    says(t, rf"/preseed/{MAC}/preseed\.cfg was answered 403 \(the token is not "
         "valid for this attempt\)", "is said")
    is_(t.install("GET", f"/preseed/{MAC}/preseed.cfg?token={token}").status,
        200, "the right one")
    says(t, rf"it fetched /preseed/{MAC}/preseed\.cfg \ds ago", "clears that")
    ok(token not in t.nf("dump").stdout, "and no token is kept")


def progress(t, token):
    body = {"mac": MAC, "token": token, "step": "hardware_collect",
            "percent": 10, "message": "working",
            "task_id": t.api("GET", f"/api/v1/nodes/{MAC}").json["task"]}
    for _ in range(2):
        r = t.install("POST", "/api/v1/progress", body)
        is_((r.status, r.error), (200, None), "progress, and a sign of life")
    says(t, "It said [01]s ago: working", "is told")
    is_(t.install("POST", "/api/v1/progress", dict(body, token="b" * 32)).status,
        403, "one with a wrong token")
    says(t, r"/api/v1/progress was answered 403 \(token: the token does not belong "
         r"to a running task\)", "is said")
    t.install("POST", "/api/v1/progress", dict(body, message="more"))
    says(t, "It said [01]s ago: more", "and the right one clears it")


def loader(t):
    hook(t, "tftp", "93184", "127.0.0.1", t.path("tftp/undionly.kpxe"))
    like(t.nf("dump").stdout, r'"what":"undionly.kpxe"[^}]*"sent":93184',
         "a file by TFTP is noted")


def strangers(t):
    """Nobody's, or of one that is not installed: nothing is written."""
    before = t.nf("dump").stdout
    for path in ("/files/u/none", "/files/u/vmlinuz"):
        with socket.create_connection(("127.0.0.1", t.install_port),
                                      limit(10), ("127.0.0.9", 0)) as s:
            s.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            while s.recv(65536):
                pass
    hook(t, "tftp", "5", "127.0.0.9", t.path("tftp/undionly.kpxe"))
    task = t.api("GET", f"/api/v1/nodes/{MAC}").json["task"]
    is_(t.nf("dump").stdout, before, "a stranger's files are nobody's news")
    t.api("POST", f"/api/v1/tasks/{task}/cancel", {})
    before = t.nf("dump").stdout
    t.install("GET", "/files/u/none2")
    hook(t, "tftp", "5", "127.0.0.1", t.path("tftp/undionly.kpxe"))
    time.sleep(0.2)
    is_(t.nf("dump").stdout, before, "nor are those of a task that is over")


with Nginx() as t:
    begins(t)
    token = kernel(t)
    part(t)
    unreadable(t)
    answer(t, token)
    progress(t, token)
    loader(t)
    strangers(t)
done()
