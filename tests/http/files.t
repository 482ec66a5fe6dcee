#!/usr/bin/env python3
"""Boot files and the agent: plain files, ranges, validators, no escapes."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok, unlike

SIZE = 3 * 1024 * 1024 + 17


def plain(t, data):
    r = t.install("GET", "/files/images/disk.img")
    is_((r.status, r.body == data), (200, True), "a file comes as it is")
    is_(r.headers["content-length"], str(SIZE), "with its length")
    ok(r.headers.get("last-modified"), "Last-Modified")
    ok(r.headers.get("etag"), "and ETag")
    is_(r.headers.get("accept-ranges"), "bytes", "and takes ranges")
    h = t.install("HEAD", "/files/images/disk.img")
    is_((h.status, h.body, h.headers["content-length"]), (200, b"", str(SIZE)),
        "HEAD")
    for wanted, part in (("bytes=0-3", data[:4]), ("bytes=-5", data[-5:]),
                         (f"bytes={SIZE - 2}-", data[-2:]),
                         ("bytes=1000000-1999999", data[1000000:2000000])):
        r = t.install("GET", "/files/images/disk.img",
                      headers={"Range": wanted})
        is_((r.status, r.body == part), (206, True), f"Range: {wanted}")
    r = t.install("GET", "/files/images/disk.img",
                  headers={"Range": f"bytes={SIZE}-"})
    is_(r.status, 416, "a range behind the end: 416")
    r = t.install("GET", "/files/images/disk.img",
                  headers={"If-None-Match": h.headers["etag"]})
    is_((r.status, r.body), (304, b""), "If-None-Match: 304")
    r = t.install("GET", "/files/empty")
    is_((r.status, r.body), (200, b""), "an empty file")
    r = t.install("GET", "/files/a%20b.txt")
    is_((r.status, r.body), (200, b"blank"), "a name with a blank")
    like(r.headers["content-type"], "^text/plain", "a type by its name")


def missing(t):
    for path in ("/files/none", "/files/", "/files/images", "/files/images/",
                 "/files/empty/x", "/files/.hidden", "/files/images/.part",
                 "/files/" + "x" * 300):
        r = t.install("GET", path)
        is_(r.status, 404, f"{path[:40]}: 404")
        like(r.headers["content-type"], "^text/plain", "as text")
    for method in ("POST", "PUT", "DELETE"):
        r = t.install(method, "/files/empty", b"x" * 100)
        is_((r.status, r.headers.get("allow")), (405, "GET, HEAD"),
            f"{method}: 405 with Allow")


def escapes(t):
    for path in ("/files/../site.key", "/files/%2e%2e/site.key",
                 "/files/images/../../site.key", "/files/..%2fsite.key",
                 "/files/images/..%2f..%2fsite.key", "/files/%2e%2e%2fsite.key",
                 "/files/..;/site.key", "/files\\..\\site.key",
                 "/files/....//site.key", "/files/%c0%ae%c0%ae/site.key",
                 "/files/site.key%00.txt", "/files/%00", "/filesx/../site.key",
                 "/agent/../site.key", "/agent/..%2f..%2fsite.key"):
        got = t.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                    "\r\n\r\n".encode(), t.install_port)
        ok(b"KEYKEY" not in got and b" 200 " not in got[:20],
           f"{path} leads nowhere")


def agent(t):
    for arch, wanted in (("", b"amd64"), ("?arch=amd64", b"amd64"),
                         ("?arch=x86_64", b"amd64"), ("?arch=arm64", b"arm64"),
                         ("?arch=aarch64", b"arm64"),
                         ("?x=1&arch=arm64", b"arm64")):
        r = t.install("GET", f"/agent/nodefoundry-agent{arch}")
        is_((r.status, r.body), (200, wanted), f"the agent{arch}")
    is_(r.headers["content-type"], "application/octet-stream", "as bytes")
    like(r.headers.get("content-disposition", ""), "^attachment",
         "to be saved")
    for arch in ("mips", "", "../../../site.key", "amd64%00"):
        r = t.install("GET", f"/agent/nodefoundry-agent?arch={arch}")
        is_(r.status, 400, f"arch={arch}: 400")
        like(r.text, "^arch: ", "names the field")
    r = t.install("GET", "/agent/nodefoundry-agent.service")
    is_(r.status, 200, "its unit")
    like(r.headers["content-type"], "^text/plain", "as text")
    like(r.text, r"\[Service\]", "is a unit")
    os.unlink(t.path("files/agent/nodefoundry-agent.service"))
    r = t.install("GET", "/agent/nodefoundry-agent.service")
    like(r.text, "(?m)^ExecStart=", "the shipped unit, where there is no other")
    is_(t.install("GET", "/agent/other").status, 404, "anything else: 404")
    is_(t.install("HEAD", "/agent/nodefoundry-agent").status, 200, "HEAD")
    r = t.install("POST", "/agent/nodefoundry-agent", b"x")
    is_(r.status, 405, "POST: 405")
    os.unlink(t.path("files/agent/arm64/nodefoundry-agent"))
    r = t.install("GET", "/agent/nodefoundry-agent?arch=arm64")
    is_(r.status, 404, "an agent that is not there: 404")
    unlike(r.headers.get("content-disposition", ""), "attachment",
           "and nothing to be saved")


def main():
    t = Nginx()
    data = os.urandom(SIZE)
    t.write("files/images/disk.img", data)
    t.write("files/images/.part", "unfinished")
    t.write("files/.hidden", "hidden")
    t.write("files/empty", b"")
    t.write("files/a b.txt", b"blank")
    t.write("files/agent/amd64/nodefoundry-agent", "amd64")
    t.write("files/agent/arm64/nodefoundry-agent", "arm64")
    t.write("files/agent/nodefoundry-agent.service", "[Service]\n")
    t.write("site.key", b"KEY" * 10 + b"KE")
    with t:
        plain(t, data)
        missing(t)
        escapes(t)
        agent(t)
    done()


main()
