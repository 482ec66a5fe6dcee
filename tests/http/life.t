#!/usr/bin/env python3
"""Processes come and go: reloads and kills under load, clients that leave.

A graceful reload loses no answer; a killed worker loses only what it had not
answered, and nothing that it had.
"""

import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from pace import limit
from tap import diag, done, is_, like, ok, skip

POST = b"POST /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n"


def reset(s):
    """Close with RST instead of FIN."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.close()


class Load:
    """Clients that create, read and list until they are told to stop."""

    def __init__(self, t, prefix, writers=6, readers=3):
        self.t = t
        self.is_over = False
        self.created, self.failed, self.count = [], [], 0
        jobs = [(self.write, f"{prefix}{k:02x}") for k in range(writers)]
        jobs += [(self.read, None) for _ in range(readers)]
        self.threads = [threading.Thread(target=job, args=(arg,))
                        for job, arg in jobs]
        for thread in self.threads:
            thread.start()

    def one(self, wanted, *request):
        try:
            r = self.t.request(self.t.port, *request)
        except OSError as e:
            self.failed.append(repr(e))
            return False
        except Exception as e: # cut off in the middle
            self.failed.append(repr(e))
            return False
        self.count += 1
        if r.status != wanted:
            self.failed.append(r)
        return r.status == wanted

    def write(self, prefix):
        n = 0
        while not self.is_over:
            mac = f"{prefix}{n:04x}"
            n += 1
            if self.one(201, "POST", "/api/v1/nodes", {"mac": mac}):
                self.created.append(mac)

    def read(self, _):
        while not self.is_over:
            self.one(200, "GET", "/api/v1/nodes")
            self.one(200, "GET", "/health")

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()

    def missing(self):
        there = {n["mac"] for n in self.t.api("GET", "/api/v1/nodes").json}
        return [mac for mac in self.created if mac not in there]


def whole_log(t):
    """Every event's number, read page by page."""
    seqs = []
    while True:
        page = t.api("GET", f"/api/v1/events?limit=1000&since="
                            f"{seqs[-1] if seqs else 0}").json
        if not page:
            return seqs
        seqs += [e["seq"] for e in page]


def reloads(t):
    load = Load(t, "525410")
    for _ in range(8):
        t.reload()
        time.sleep(0.15)
    load.stop()
    ok(load.count > 50, f"{load.count} requests during 8 reloads")
    is_(load.failed[:3], [], "every one is answered")
    is_(load.missing(), [], "and every node that was answered is there")
    ok(wait_for(lambda: len(t.workers()) == t.workers_wanted), "old workers go")


def kills(t):
    load = Load(t, "525411")
    for _ in range(6):
        time.sleep(0.1)
        t.kill_worker()
    load.stop()
    diag(f"{load.count} answered, {len(load.failed)} cut off")
    ok(load.created, "work goes on behind a killed worker")
    is_(load.missing(), [], "what was answered 201 is there")
    seqs = whole_log(t)
    is_(seqs, list(range(1, len(seqs) + 1)), "and the log has no gap")


def leave_at_any_byte(t):
    """Close and reset after every byte, with pauses of any length."""
    rng = random.Random(1)
    body = b'{"mac":"525412%06x"}'
    chunked = POST + (b"Transfer-Encoding: chunked\r\n\r\n"
                      b"8\r\n{\"mac\":\"\r\ne\r\n525413%06x\"}\r\n0\r\n\r\n")
    plain = POST + b"Content-Length: 22\r\n\r\n" + body
    for n, message in ((0, plain), (1000, chunked)):
        for i in range(len(message % 0) + 1):
            s = t.connect()
            s.sendall((message % (n + i))[:i])
            if rng.random() < 0.3:
                time.sleep(rng.random() * 0.004)
            if rng.random() < 0.5:
                reset(s)
            else:
                s.close()
    for i in range(200):
        s = t.connect()
        s.sendall(plain % (5000 + i))
        time.sleep(rng.random() * 0.003)
        reset(s)
    is_(t.api("GET", "/health").status, 200, "clients left at every byte")
    s = t.connect()
    for b in POST + b"Connection: close\r\nContent-Length: 22\r\n\r\n" + (
            body % 0xffffff):
        s.send(bytes([b]))
    like(s.recv(100).decode(), "201 Created", "one byte at a time is a request")
    s.close()
    s = t.connect()
    s.sendall(plain % 0xfffffe)
    s.shutdown(socket.SHUT_WR)
    like(s.recv(100).decode(), "201 Created",
         "half-closed clients are answered")
    s.close()


def leave_long_answers(t):
    """Streams, lists and long polls whose clients go away in the middle."""
    rng = random.Random(2)
    t.api("POST", "/api/v1/nodes", {"mac": "525414000000"})
    for path, port in (("/api/v1/nodes", t.port),
                       ("/api/v1/events?since=0", t.port),
                       ("/boot/525414000000/boot.ipxe?wait=1",
                        t.install_port)):
        for i in range(60):
            s = t.connect(port)
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                      "Accept: text/event-stream\r\n\r\n".encode())
            time.sleep(rng.random() * 0.005)
            if i % 3 == 0 and "wait" not in path:
                s.recv(rng.randrange(1, 50000))
            if i % 2:
                reset(s)
            else:
                s.close()
    is_(t.api("GET", "/health").status, 200, "clients left long answers")
    ok(wait_for(lambda: len(re.findall(r'wait=1 HTTP/1.1" 499 ',
                                       t.read("access.log"))) == 60, 10),
       "and each long poll ended with its client")


def slow_reader(t):
    """One client does not read; nobody else waits for it."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", t.port))
    s.sendall(b"GET /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n\r\n")
    ok(all(t.api("GET", "/health").status == 200 for _ in range(20)),
       "others are served while one does not read its list")
    s.settimeout(limit(10))
    end, got = time.monotonic() + limit(60), b""
    while b"\r\n0\r\n\r\n" not in got[-20:] and time.monotonic() < end:
        time.sleep(0.001) # a page at a time is what is slow
        more = s.recv(65536)
        if not more:
            break
        got += more
    ok(got.endswith(b"\r\n0\r\n\r\n"), "and it comes to its end")
    wanted = t.api("GET", "/api/v1/nodes").body
    ok(got.count(b'"mac"') == wanted.count(b'"mac"'), "which then is whole")
    s.close()


class Waiting(threading.Thread):
    """A node that holds a long poll."""

    def __init__(self, t, mac):
        super().__init__()
        self.t, self.mac, self.reply = t, mac, None
        self.start()

    def run(self):
        try:
            self.reply = self.t.install(
                "GET", f"/boot/{self.mac}/boot.ipxe?wait=1", timeout=limit(60))
        except Exception as e:
            self.reply = repr(e)


def long_polls(t):
    macs = [f"5254150000{i:02x}" for i in range(12)]
    for mac in macs:
        t.api("POST", "/api/v1/nodes", {"mac": mac})
    polls = [Waiting(t, mac) for mac in macs]
    time.sleep(0.5)
    ok(all(p.is_alive() for p in polls), "12 nodes wait")
    t.api("PUT", f"/api/v1/nodes/{macs[3]}", {"action": "install"})
    polls[3].join(limit(10))
    like(polls[3].reply.text, "(?m)^kernel", "the one that installs is told")
    time.sleep(0.2)
    ok(all(p.is_alive() for p in polls if p is not polls[3]),
       "and the others go on waiting")
    t.reload()
    ok(wait_for(lambda: not any(p.is_alive() for p in polls), 15),
       "a reload answers them at once")
    for p in polls:
        p.join(limit(40))
    ok(all(getattr(p.reply, "status", 0) == 200
           and p.reply.text.startswith("#!ipxe") for p in polls),
       "with a script each") or diag(*[p.reply for p in polls])
    poll = Waiting(t, macs[0])
    time.sleep(0.3)
    for pid in t.workers():
        t.kill_worker(pid)
    poll.join(limit(10))
    ok(not poll.is_alive(), "a killed worker's polls end")
    poll = Waiting(t, macs[1])
    time.sleep(0.3)
    t.api("PUT", f"/api/v1/nodes/{macs[1]}", {"action": "install"})
    poll.join(limit(10))
    like(getattr(poll.reply, "text", ""), "(?m)^kernel",
         "and the next one works")


class Lock:
    """Another process's write transaction, as long as the block lasts."""

    def __init__(self, t):
        self.path = t.path("store/nodes.db")

    def __enter__(self):
        code = ("import ctypes, sys\n"
                "lmdb = ctypes.CDLL('liblmdb.so.0')\n"
                "env, txn = ctypes.c_void_p(), ctypes.c_void_p()\n"
                "assert lmdb.mdb_env_create(ctypes.byref(env)) == 0\n"
                "assert lmdb.mdb_env_open(env, sys.argv[1].encode(),"
                " 0x204000, 0o660) == 0\n" # MDB_NOSUBDIR|MDB_NOTLS
                "assert lmdb.mdb_txn_begin(env, None, 0,"
                " ctypes.byref(txn)) == 0\n"
                "print('locked', flush=True)\n"
                "sys.stdin.read()\n")
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, self.path], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        is_(self.process.stdout.readline(), b"locked\n",
            "another process is writing")

    def __exit__(self, *_):
        self.process.communicate()


def foreign_writer(t):
    """While somebody else writes, reads go on and writes wait."""
    replies = []

    def write(i):
        mac = f"5254160000{i:02x}" if i % 3 else "525416000001"
        body = {"mac": mac, "hostname": "-bad-"} if i % 5 == 0 else {"mac": mac}
        r = t.request(t.port, "POST", "/api/v1/nodes", body)
        replies.append((i, r.status))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(150)]
    with Lock(t):
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        ok(all(t.api("GET", "/health").status == 200 for _ in range(50)),
           "reads go on")
        is_(replies, [], "writes wait")
        t.reload()
        is_(t.api("GET", "/health").status, 200, "also behind a reload")
        is_(replies, [], "which ends none of them")
    for thread in threads:
        thread.join(limit(30))
    # 80 MACs that are good and new; one of them is asked for 41 times
    is_(sum(status == 201 for _, status in replies), 80,
        "then every good one of the batch is done")
    is_({status for i, status in replies if i % 5 == 0}, {400},
        "those with a bad member are told so")
    is_(sum(status == 409 for _, status in replies), 40,
        "and of those with one MAC all but the first")


def full_disk(t):
    """No space: 507 for writes, reads go on, and it heals by itself."""
    where = t.path("store")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "none",
                       where], capture_output=True).returncode != 0:
        skip("no tmpfs can be mounted here", 5)
        return
    try:
        t.store_init()
        ok(wait_for(lambda: t.api("GET", "/api/v1/nodes").status == 200),
           "a store on a small disk")
        made, r = [], None
        for i in range(3000):
            mac = f"525417{i:06x}"
            r = t.api("POST", "/api/v1/nodes", {"mac": mac})
            if r.status != 201:
                break
            made.append(mac)
        is_((r.status, bool(r.error)), (507, True),
            f"full after {len(made)} nodes: 507, as JSON")
        is_(len(t.api("GET", "/api/v1/nodes").json), len(made),
            "every node that was answered is there, and no other")
        is_(t.api("GET", f"/api/v1/nodes/{mac}").status, 404,
            "what was refused is not")
        subprocess.run(["mount", "-o", "remount,size=20m", where], check=True)
        is_(t.api("POST", "/api/v1/nodes", {"mac": mac}).status, 201,
            "with more space it goes on")
    finally:
        stopped = t.stop()
        subprocess.run(["umount", where], check=True)
    ok(stopped, "nginx stops gracefully")
    t.check_logs()


def no_store(t):
    """The store is missing, then it comes: no restart is needed."""
    r = t.api("GET", "/api/v1/nodes")
    is_((r.status, bool(r.error)), (503, True), "without a store: 503, as JSON")
    is_(t.api("POST", "/api/v1/nodes", {"mac": "525400000001"}).status, 503,
        "for writes too")
    r = t.api("GET", "/health")
    is_((r.status, [d["word"] for d in r.json["details"]]),
        (200, ["store_closed"]), "/health lives, and says so")
    like(r.json["details"][0]["sentence"],
         r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(.*site.key: ",
         "and names it, and since when")
    said = t.nf("status")
    is_((said.returncode, said.stderr), (1, ""), "nf status ends with 1")
    like(said.stdout, r"^NodeFoundry: degraded, [^\n]*\n\nstore_closed: nginx has not been able to "
         "open the store or its key since",
         "and says that, and not that the store is busy")
    begun = r.json["details"][0].get("since")
    ok(begun is not None and begun <= time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                                   time.gmtime()),
       "which is not in the future")
    t.write("files/plain", "plain")
    is_(t.install("GET", "/files/plain").status, 200, "plain files need none")
    is_(t.install("GET", "/files/none").status, 503,
        "but who cannot look into the catalogue says so")
    t.store_init()
    ok(wait_for(lambda: t.api("GET", "/api/v1/nodes").status == 200, 10),
       "once it is there, it is used")
    is_(t.api("POST", "/api/v1/nodes", {"mac": "525400000001"}).status, 201,
        "to write to, too")


def main():
    with Nginx(settings={"NF_BOOT_WAIT_SECONDS": "40"}) as t:
        t.workers_wanted = int(t.parts["workers"])
        for part in (reloads, kills, leave_at_any_byte, leave_long_answers,
                     slow_reader, long_polls, foreign_writer):
            part(t)
    with Nginx(init=False) as t:
        no_store(t)
    with Nginx(init=False, settings={"NF_BOOT_REGISTER": "off"}) as t:
        full_disk(t)
    done()


main()
