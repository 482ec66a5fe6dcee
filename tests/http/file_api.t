#!/usr/bin/env python3
"""Boot files by the API: uploads that appear whole or not at all."""

import base64
import hashlib
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from pace import limit
from tap import diag, done, is_, like, ok, skip

API = "/api/v1/files"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def digest(data):
    text = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return f"sha-256=:{text}:"


def put(t, path, data, query="", **headers):
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    return t.api("PUT", f"{API}/{path}{query}", data, headers)


def contents(t):
    """Hashes of all contents that lie there."""
    found = []
    for _, _, names in os.walk(t.path("files/by-hash")):
        found += names
    return sorted(found)


def uploads(t):
    try:
        return sorted(os.listdir(t.path("files/.uploads")))
    except FileNotFoundError:
        return []


def unfinished(t):
    """Files of uploads without a name: they go with their client."""
    return [name for name in uploads(t) if name.startswith("tmp")]


def upload(t):
    one, two = os.urandom(700000), b"second"
    r = put(t, "debian/12/linux", one)
    is_((r.status, r.headers.get("location")),
        (201, f"{API}/debian/12/linux"), "a new file: 201 with Location")
    is_((r.json["path"], r.json["sha256"], r.json["size"], r.json["type"],
         r.json["origin"]),
        ("debian/12/linux", sha(one), len(one), "kernel", "upload"),
        "and what it is")
    is_(r.headers["etag"], f'"{sha(one)}"', "its ETag is its hash")
    r = t.api("GET", f"{API}/debian/12/linux")
    is_((r.status, r.json["sha256"]), (200, sha(one)), "the entry")
    is_(t.api("HEAD", f"{API}/debian/12/linux").status, 200, "HEAD")
    r = t.api("GET", f"{API}/debian/12/linux?content=1")
    is_((r.status, r.body == one), (200, True), "the bytes by the API")
    r = t.install("GET", "/files/debian/12/linux")
    is_((r.status, r.body == one), (200, True), "what a node gets")
    is_((r.headers["etag"], r.headers.get("repr-digest")),
        (f'"{sha(one)}"', digest(one)), "with ETag and Repr-Digest")
    is_(r.headers.get("cache-control"), "no-cache", "asked again each time")
    r = put(t, "debian/12/linux", two)
    is_((r.status, r.headers.get("location")), (200, None), "replaced: 200")
    is_(t.install("GET", "/files/debian/12/linux").body, two,
        "the next node gets the new one")
    r = t.install("GET", f"/files/by-hash/{sha(one)}")
    is_((r.status, r.body == one), (200, True), "the old one by its hash")
    like(r.headers.get("cache-control", ""), "immutable", "for ever")
    r = t.install("GET", f"/files/by-hash/{sha(one)}/linux")
    is_((r.status, r.body == one), (200, True), "also with a name behind it")
    r = put(t, "empty", b"")
    is_((r.status, r.json["size"]), (201, 0), "an empty file")
    is_(t.install("GET", "/files/empty").body, b"", "is served")
    is_(uploads(t), [], "nothing is left of uploads")
    ok(all(sha(open(os.path.join(d, n), "rb").read()) == n
           for d, _, names in os.walk(t.path("files/by-hash"))
           for n in names), "each content is what its name says")


def ranges(t):
    data = os.urandom(100000)
    put(t, "ranged.img", data)
    for where in ("/files/ranged.img", f"/files/by-hash/{sha(data)}"):
        r = t.install("GET", where, headers={"Range": "bytes=10-19"})
        is_((r.status, r.body), (206, data[10:20]), f"{where[:20]}: a range")
        r = t.install("GET", where, headers={
            "Range": "bytes=10-19", "If-Range": f'"{sha(data)}"'})
        is_((r.status, r.body), (206, data[10:20]), "If-Range, the same")
        r = t.install("GET", where, headers={
            "Range": "bytes=10-19", "If-Range": f'"{sha(b"")}"'})
        is_((r.status, len(r.body)), (200, len(data)), "If-Range, another")
        r = t.install("GET", where, headers={
            "If-None-Match": f'"{sha(data)}"'})
        is_((r.status, r.body), (304, b""), "If-None-Match: 304")
    r = t.api("GET", f"{API}/ranged.img?content=1",
              headers={"Range": "bytes=-5"})
    is_((r.status, r.body), (206, data[-5:]), "a range by the API")


def plain(t):
    t.write("files/boot/by-hand", "dropped")
    is_(t.install("GET", "/files/boot/by-hand").body, b"dropped",
        "a file dropped by hand is served")
    put(t, "boot/by-hand", b"catalogued")
    is_(t.install("GET", "/files/boot/by-hand").body, b"catalogued",
        "the catalogue comes first")
    is_(t.api("DELETE", f"{API}/boot/by-hand").status, 204, "DELETE: 204")
    is_(t.install("GET", "/files/boot/by-hand").body, b"dropped",
        "then the dropped one again")
    is_(t.api("DELETE", f"{API}/boot/by-hand").status, 404, "again: 404")
    is_(t.api("GET", f"{API}/boot/by-hand").status, 404, "GET: 404")
    os.symlink("/etc/passwd", t.path("files/link"))
    os.symlink("/etc", t.path("files/dir"))
    for path in ("link", "dir/passwd"):
        r = t.install("GET", f"/files/{path}")
        ok(r.status in (403, 404) and b"root:" not in r.body,
           f"{path}: a link leads nowhere")
    os.makedirs(t.path("files/by-hash/00"), exist_ok=True)
    os.symlink("/etc/passwd", t.path("files/by-hash/00/" + "0" * 64))
    r = t.install("GET", "/files/by-hash/" + "0" * 64)
    ok(r.status in (403, 404), "nor does one among the contents")
    os.unlink(t.path("files/by-hash/00/" + "0" * 64))


def digests(t):
    data = b"what was announced"
    before = contents(t)
    for query, headers, field in (
            ("?sha256=" + "0" * 64, {}, "sha256"),
            ("?sha256=xyz", {}, "sha256"),
            ("", {"Repr_Digest": digest(b"other")}, "Repr-Digest"),
            ("", {"Repr_Digest": "sha-256=:abc:"}, "Repr-Digest"),
            ("", {"Repr_Digest": "sha-256=" + sha(data)}, "Repr-Digest")):
        r = put(t, "digest", data, query, **headers)
        is_((r.status, r.field), (400, field), f"{field} wrong: 400")
    is_(t.api("GET", f"{API}/digest").status, 404, "nothing has appeared")
    is_(contents(t), before, "and no content")
    is_(uploads(t), [], "nor anything half done")
    r = put(t, "digest", data, f"?sha256={sha(data)}")
    is_(r.status, 201, "the right sha256")
    r = put(t, "digest2", data, Repr_Digest=f"md5=:x:, {digest(data)}")
    is_(r.status, 201, "the right Repr-Digest, among others")


def conditions(t):
    put(t, "cond", b"1")
    old, new = f'"{sha(b"1")}"', f'"{sha(b"2")}"'
    r = put(t, "cond", b"2", If_Match=new)
    is_((r.status, r.field), (412, "If-Match"), "If-Match of another: 412")
    is_(put(t, "cond-none", b"2", If_Match="*").status, 412,
        "If-Match: * of nothing: 412")
    r = put(t, "cond", b"2", If_None_Match="*")
    is_((r.status, r.field), (412, "If-None-Match"), "it exists: 412")
    is_(t.api("GET", f"{API}/cond").json["sha256"], sha(b"1"), "unchanged")
    is_(put(t, "cond", b"2", If_Match=old).status, 200, "If-Match: 200")
    is_(put(t, "cond-new", b"2", If_None_Match="*").status, 201,
        "If-None-Match: * of nothing: 201")
    r = t.api("DELETE", f"{API}/cond", headers={"If-Match": old})
    is_(r.status, 412, "DELETE with another: 412")
    r = t.api("GET", f"{API}/cond", headers={"If-None-Match": new})
    is_(r.status, 304, "GET: 304")
    events = [e for e in t.api("GET", "/api/v1/events?limit=1000").json
              if e["kind"] == "file.put" and e["file"]["path"] == "cond"]
    is_([e["file"]["sha256"] for e in events], [sha(b"1"), sha(b"2")],
        "the log has each that was put")
    put(t, "cond", b"2")
    is_(len([e for e in t.api("GET", "/api/v1/events?limit=1000").json
             if e.get("file", {}).get("path") == "cond"]), 2,
        "the same again is no event")


def send_part(s, path, data, cut, query=""):
    s.sendall(f"PUT {API}/{path}{query} HTTP/1.1\r\nHost: localhost\r\n"
              f"Content-Length: {len(data)}\r\n\r\n".encode() + data[:cut])


def links_of(pid):
    """Names of what a process has open."""
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except FileNotFoundError:
            pass
    return found


def interrupted(t, path, data, cut, query=""):
    """Send `cut` bytes of an upload; the connection."""
    s = t.connect()
    send_part(s, path, data, cut, query)
    return s


def offset_of(t, path, name):
    r = t.api("GET", f"{API}/{path}?upload={name}")
    return r.json.get("offset") if r.status == 200 else None


def settled(t, path, name):
    """How much of an upload has come, once no more comes."""
    last, now = -1, offset_of(t, path, name)
    while now != last:
        time.sleep(0.3)
        last, now = now, offset_of(t, path, name)
    return now


def resume(t):
    data, path = os.urandom(900000), "images/big.img"
    s = interrupted(t, path, data, 600000, "?upload=job-7")
    wait_for(lambda: offset_of(t, path, "job-7"))
    r = put(t, path, data, "?upload=job-7")
    is_((r.status, r.field), (409, "upload"), "two of one name: 409")
    s.close()
    at = settled(t, path, "job-7")
    ok(500000 < at <= 600000, f"what came of a named upload stays: {at}")
    is_(t.api("GET", f"{API}/{path}").status, 404, "and is not visible")
    r = put(t, path, data[5:], "?upload=job-7&offset=5")
    is_((r.status, r.field), (409, "offset"), "from elsewhere: 409")
    like(r.json["message"], f" {at},", "says where to go on")
    r = put(t, path, data[at:],
            f"?upload=job-7&offset={at}&sha256={sha(data)}")
    is_((r.status, r.json.get("sha256"), r.json.get("size")),
        (201, sha(data), len(data)), "the rest makes it whole")
    ok(t.install("GET", f"/files/{path}").body == data, "every byte of it")
    is_(offset_of(t, path, "job-7"), None, "the upload is over: 404")
    s = interrupted(t, path, data, 100000, "?upload=job-8")
    wait_for(lambda: offset_of(t, path, "job-8") is not None)
    s.close()
    settled(t, path, "job-8")
    r = put(t, path, b"anew", "?upload=job-8")
    is_((r.status, r.json["size"]), (200, 4), "without offset: anew")
    for query, field in (("?upload=", "upload"), ("?upload=a/b", "upload"),
                         ("?upload=" + "x" * 65, "upload"),
                         ("?offset=5", "offset"),
                         ("?upload=a&offset=-1", "offset"),
                         ("?upload=a&offset=x", "offset"),
                         ("?upload=..%2f..%2fx", "upload")):
        r = put(t, path, b"x", query)
        is_((r.status, r.field), (400, field), f"{query[:20]}: 400")
    is_(put(t, path, b"x", "?upload=none&offset=9").status, 409,
        "there is nothing to go on from: 409")
    is_([name for name in uploads(t) if name.startswith("id")], [],
        "and nothing is left of that")


def half(t):
    data = os.urandom(2000000)
    before = contents(t)
    s = interrupted(t, "half", data, 1500000)
    ok(wait_for(lambda: unfinished(t)), "an upload is on its way")
    s.close()
    ok(wait_for(lambda: not unfinished(t)), "the client left: nothing stays")
    s = interrupted(t, "half", data, 1500000)
    wait_for(lambda: unfinished(t))
    for pid in t.workers():
        os.kill(pid, signal.SIGKILL)
    s.close()
    wait_for(t.workers)
    wait_for(t.is_listening)
    is_(t.api("GET", f"{API}/half").status, 404,
        "kill -9 in the middle: no entry")
    is_(contents(t), before, "no content")
    is_(t.install("GET", "/files/half").status, 404, "nothing served")
    left = unfinished(t)
    is_(len(left), 1, "what came of it lies there until it is swept")
    is_(t.install("GET", f"/files/.uploads/{left[0]}").status, 404,
        "what lies there is nobody's")
    is_(put(t, "half", data).status, 201, "and again it works")
    os.unlink(t.path(f"files/.uploads/{left[0]}"))


def connections(t):
    """Those that nginx has, or will have when it looks."""
    with open("/proc/net/tcp", encoding="utf-8") as f:
        lines = [line.split() for line in f.readlines()[1:]]
    return [line for line in lines if line[1].endswith(f":{t.port:04X}")
            and line[3] not in ("0A", "06")]  # listening, over


def broken_off(t):
    """Clients that leave, politely or not, at any byte, and while the worker
    is busy: it sees all of it at once."""
    data = os.urandom(1200000)
    ok(wait_for(lambda: not connections(t)), "nobody is connected")
    for is_busy in (False, True):
        for pid in t.workers() if is_busy else ():
            os.kill(pid, signal.SIGSTOP)
        for cut in (0, 1, 4096, 262143, 262144, 262145, 600000, 1199999):
            for linger in (None, struct.pack("ii", 1, 0)):
                s = t.connect()
                s.settimeout(0.2)
                if linger:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                try:
                    send_part(s, "broken-off", data, cut)
                except TimeoutError:
                    pass  # as much as fits
                s.close()
        for pid in t.workers() if is_busy else ():
            os.kill(pid, signal.SIGCONT)
        ok(wait_for(lambda: not connections(t)), "all have left")
        ok(wait_for(lambda: not unfinished(t)), "nothing half done stays")
        held = [link for pid in t.workers() for link in links_of(pid)
                if ".uploads" in link]
        is_(held, [], "and no file is open")
    is_(t.api("GET", f"{API}/broken-off").status, 404, "no entry")


def chunked(t):
    data = os.urandom(300000)
    c = http.client.HTTPConnection("127.0.0.1", t.port, timeout=limit(30))
    c.request("PUT", f"{API}/chunked", encode_chunked=True,
              headers={"Transfer-Encoding": "chunked"},
              body=(data[i:i + 7000] for i in range(0, len(data), 7000)))
    r = c.getresponse()
    is_((r.status, json.loads(r.read())["sha256"]), (201, sha(data)),
        "a body in chunks")
    c.close()
    got = t.raw(f"PUT {API}/bad-chunk HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding:"
                f" chunked\r\n\r\n5\r\nhello\r\nzz\r\n".encode())
    like(got[:40].decode(), " 400 ", "malformed chunks: 400")
    got = t.raw(f"PUT {API}/../x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                f"Content-Length: 1000000\r\nConnection: close\r\n\r\n".encode())
    ok(got.startswith(b"HTTP/1.1 400"), "refused before the body is asked for")
    is_(t.api("GET", f"{API}/bad-chunk").status, 404, "and nothing stays")
    ok(wait_for(lambda: not unfinished(t)), "nothing half done stays")


def together(t):
    """Many clients, one path: one of them wins, whole."""
    sent = [os.urandom(400000 + i) for i in range(8)]
    status = []
    threads = [threading.Thread(target=lambda d=d: status.append(
        t.request(t.port, "PUT", f"{API}/race", d).status)) for d in sent]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_((sorted(status)), [200] * 7 + [201], "all are taken, one is new")
    body = t.install("GET", "/files/race").body
    ok(body in sent, "what is served is one of them")
    is_(t.api("GET", f"{API}/race").json["sha256"], sha(body),
        "and the catalogue knows which")


def listing(t):
    for path in [e["path"] for e in t.api("GET", API).json]:
        t.api("DELETE", f"{API}/{path}")
    names = sorted(f"list/{i:02}" for i in range(25))
    for name in names + ["lisa", "list", "list-x", "zz/g++@~x"]:
        put(t, name, name.encode())
    pages = [[e["path"] for e in r.json]
             for r in t.pages(f"{API}?prefix=list/&limit=10")]
    is_((sum(pages, []), len(pages)), (names, 3),
        "pages by Link, each once and in order")
    everything = [e["path"] for e in t.api("GET", API).json]
    is_(everything, sorted(everything), "all, in order of bytes")
    is_(len(everything), 29, "none is missing")
    r = t.api("GET", f"{API}?prefix=zz%2Fg%2B%2B%40")
    is_([e["path"] for e in r.json], ["zz/g++@~x"], "an escaped prefix")
    is_(t.api("GET", f"{API}?prefix=nothing").json, [], "none: an empty list")
    for query, field in (("limit=0", "limit"), ("limit=1001", "limit"),
                         ("limit=x", "limit"), ("prefix=" + "x" * 300, "prefix"),
                         ("after=" + "x" * 300, "after")):
        r = t.api("GET", f"{API}?{query}")
        is_((r.status, r.field), (400, field), f"{query[:10]}: 400")


def bad_paths(t):
    for path in ("../x", "a/../b", "%2e%2e/x", "a%2fb", "a%2F..%2Fb", "a//b",
                 "/etc/passwd", "a%5cb", "a\\b", ".hidden", "a/.b", "a/", "a%20b",
                 "a:b", "by-hash/x", "x" * 256, "x" * 4096, "a%2500",
                 "a%0ab", "%c3%a4", "a;b"):
        for method in ("PUT", "GET", "DELETE"):
            body = b"x" if method == "PUT" else b""
            got = t.raw(f"{method} {API}/{path} HTTP/1.1\r\nHost: localhost\r\n"
                        f"Content-Length: {len(body)}\r\nConnection: close"
                        "\r\n\r\n".encode() + body)
            head, _, text = got.partition(b"\r\n\r\n")
            is_((head[:12], b'"field":"path"' in text),
                (b"HTTP/1.1 400", True), f"{method} {path[:20]}: 400 on path")
    got = t.raw(f"PUT {API}/a%00b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                "Connection: close\r\n\r\nx".encode())
    like(got[:20].decode(), " 400 ", "NUL: 400")
    for method in ("POST", "PATCH"):
        r = t.api(method, f"{API}/a", b"x")
        is_((r.status, r.headers.get("allow")),
            (405, "GET, HEAD, PUT, DELETE"), f"{method}: 405")
    r = t.install("PUT", "/files/a", b"x")
    is_(r.status, 405, "no node uploads")
    r = t.install("PUT", f"{API}/a", b"x")
    is_(r.status, 403, "nor by the API's path")


def full():
    """A full disk: said so, and nothing stays."""
    t = Nginx()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none",
                              t.path("files")], check=False).returncode == 0
    if not mounted:
        t.remove()
        skip("no file system can be mounted here", 4)
        return
    try:
        with t:
            r = put(t, "too-large", b"x" * 3000000)
            is_((r.status, r.json["code"]), (507, 5001), "no room: 507")
            is_(t.api("GET", f"{API}/too-large").status, 404, "no entry")
            ok(wait_for(lambda: not uploads(t)), "nothing half done stays")
            is_(put(t, "small", b"x" * 300000).status, 201,
                "what fits is taken")
    finally:
        subprocess.run(["umount", "-l", t.path("files")], check=False)
        t.remove()


def quick(t):
    """Others are served while a large file comes in."""
    data, slowest, over = os.urandom(1 << 20), [], threading.Event()

    def ask():
        c = http.client.HTTPConnection("127.0.0.1", t.port, timeout=limit(30))
        while not over.is_set():
            began = time.monotonic()
            c.request("GET", "/health")
            c.getresponse().read()
            slowest.append(time.monotonic() - began)
            time.sleep(0.005)
        c.close()

    thread = threading.Thread(target=ask)
    thread.start()
    c = http.client.HTTPConnection("127.0.0.1", t.port, timeout=limit(60))
    c.request("PUT", f"{API}/large", (data for _ in range(96)),
              {"Content-Length": str(96 << 20)})
    r = c.getresponse()
    over.set()
    thread.join()
    is_((r.status, json.loads(r.read())["size"]), (201, 96 << 20), "96 MiB")
    slowest.sort()
    p99 = slowest[len(slowest) * 99 // 100] * 1000
    diag(f"health meanwhile: {len(slowest)} asked, p99 {p99:.1f} ms, "
         f"max {slowest[-1] * 1000:.1f} ms")
    ok(p99 < 250, "others do not wait for it")


def main():
    with Nginx() as t:
        upload(t)
        ranges(t)
        plain(t)
        digests(t)
        conditions(t)
        resume(t)
        half(t)
        broken_off(t)
        chunked(t)
        together(t)
        bad_paths(t)
        listing(t)
        quick(t)
    full()
    done()


main()
