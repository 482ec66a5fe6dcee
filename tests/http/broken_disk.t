#!/usr/bin/env python3
"""The disk fails once: what was not confirmed is not there, what was is, and
the next write works, without a restart."""

import errno
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import fault  # noqa: E402
from nginx import TOP, Nginx, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402


class Broken(Nginx):
    """An nginx whose store's file fails when it is told to."""

    disk = None

    def __init__(self, **more):
        super().__init__(main="env NF_TEST_FAULT;", **more)
        self.disk = fault.Disk(self.dir)
        os.chmod(self.dir, 0o777) # the worker may not be root
        self.allowed = r"nf: reopened the store"

    def environ(self):
        return super().environ() | (self.disk.env if self.disk else {})


def mac(n):
    return f"52:54:00:00:{n >> 8:02x}:{n & 255:02x}"


def create(t, n):
    return t.api("POST", "/api/v1/nodes", {"mac": mac(n)}).status


def is_there(t, n):
    return t.api("GET", f"/api/v1/nodes/{mac(n)}").status == 200


def one(t, n, what, fail):
    """Fault number n; each has nodes of its own."""
    first, lost, later = 3 * n, 3 * n + 1, 3 * n + 2
    is_(create(t, first), 201, f"{what}: before")
    fail()
    status = create(t, lost)
    ok(t.disk.fired() == 1, f"{what}: the fault fired")
    ok(status >= 500, f"{what}: what it hit is refused ({status})")
    began = time.monotonic()
    ok(wait_for(lambda: create(t, later) in (201, 409)),
       f"{what}: the next write works")
    took = time.monotonic() - began
    ok(took < limit(2), f"{what}: within two seconds ({took:.2f} s)")
    is_([is_there(t, x) for x in (first, later)], [True, True],
        f"{what}: what was confirmed is there")
    is_(create(t, lost), 201, f"{what}: what was refused may come again")


def store(t):
    for n, (call, skip, err) in enumerate(fault.FAULTS):
        one(t, n, f"{call} {skip} {errno.errorcode[err]}",
            lambda c=call, s=skip, e=err: t.disk.fail(c, e, skip=s))


def for_a_while(t):
    """Nothing can be written for many tries: each is refused, reads go on (as
    soon as the store is open again), and it heals by itself."""
    for n, (call, err) in enumerate((c, e) for c in ("write", "sync", "meta")
                                    for e in fault.ERRORS):
        what, at = f"{call} {errno.errorcode[err]} and again", 100 + 20 * n
        is_(create(t, at), 201, f"{what}: before")
        t.disk.fail(call, err, n=10)
        refused = [create(t, at + 1 + i) for i in range(5)]
        ok(all(status >= 500 for status in refused),
           f"{what}: all are refused ({refused})")
        ok(wait_for(lambda: is_there(t, at), 2), f"{what}: reads go on")
        t.disk.heal()
        ok(wait_for(lambda k=at + 10: create(t, k) in (201, 409)),
           f"{what}: and then it works")
        is_([is_there(t, at + 1 + i) for i in range(5)], [False] * 5,
            f"{what}: what was refused is not there")


def beside_the_store(t):
    """Files that only help: what they lack, nobody misses."""
    for n, err in enumerate(fault.ERRORS):
        what = errno.errorcode[err]
        t.disk.fail("meta", err, of="-bell") # at its beginning
        is_((create(t, 240 + n), t.disk.fired()), (201, 1),
            f"the notify file cannot be written, {what}: the node is made")
        t.disk.heal()


def uploads(t):
    """Contents: whole or not at all."""
    body = os.urandom(200000)
    for call in ("write", "sync"):
        for err in fault.ERRORS:
            what = f"an upload, {call} {errno.errorcode[err]}"
            path = f"/api/v1/files/up/{call}-{err}"
            t.disk.fail(call, err, of=".uploads")
            status = t.api("PUT", path, body).status
            is_(t.disk.fired(), 1, f"{what}: the fault fired")
            is_(status, 507 if err == errno.ENOSPC else 500,
                f"{what}: refused")
            is_(t.api("GET", path).status, 404, f"{what}: nothing is there")
            is_(t.api("PUT", path, body).status, 201, f"{what}: again it is")
            is_(t.api("GET", f"{path}?content=1").body, body,
                f"{what}: with all its bytes")
    folder = t.path("files/.uploads")
    ok(wait_for(lambda: not os.listdir(folder)), "nothing half done stays")


def remote(t):
    env = {**t.environ(), "NF_TEST_STATFS": "6969"}
    env["NF_DB_PATH"] = t.path("store/other.db")
    ran = subprocess.run([os.path.join(TOP, "build", "nf"), "store", "init"],
                         env=env, capture_output=True, text=True)
    is_(ran.returncode, 1, "a store on NFS is not made")
    like(ran.stderr, "local file system", "and why")
    ok(not os.path.exists(t.path("store/other.db")), "nothing of it is there")


def foreign(t):
    """LMDB's locks name processes by pid: one namespace must have them all."""
    program = os.path.join(TOP, "build", "nf")
    words = ["unshare", "--pid", "--fork", "--mount-proc", program, "dump"]
    ran = subprocess.run(words, env=t.environ(), capture_output=True, text=True)
    if "unshare" in ran.stderr:
        return
    is_(ran.returncode, 1, "another PID namespace is refused")
    like(ran.stderr, "another PID namespace", "and why")
    is_(t.nf("dump").returncode, 0, "our own is not")
    t.stop()
    ran = subprocess.run(words, env=t.environ(), capture_output=True, text=True)
    is_(ran.returncode, 0, "when nobody else has it open it may be opened")
    t.start()


def main():
    with Broken() as t:
        store(t)
        for_a_while(t)
        beside_the_store(t)
        uploads(t)
        is_(t.nf("dump").returncode, 0, "the store is whole")
        log = t.api("GET", "/api/v1/events?limit=1000").json
        is_([e["seq"] for e in log], list(range(1, len(log) + 1)),
            "and so is its log")
        remote(t)
        foreign(t)
    done()


main()
