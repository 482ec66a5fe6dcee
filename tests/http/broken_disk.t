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
        self.allowed = r"nf: opened the store anew"

    def environ(self):
        return super().environ() | (self.disk.env if self.disk else {})


def mac(n):
    return f"52:54:00:00:01:{n:02x}"


def create(t, n):
    return t.api("POST", "/api/v1/nodes", {"mac": mac(n)}).status


def is_there(t, n):
    return t.api("GET", f"/api/v1/nodes/{mac(n)}").status == 200


def one(t, n, call, err):
    """Fault number n; each has nodes of its own."""
    what = f"{call} {errno.errorcode[err]}"
    first, lost, later = 3 * n, 3 * n + 1, 3 * n + 2
    is_(create(t, first), 201, f"{what}: before")
    t.disk.fail(call, err)
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
        for n, (call, err) in enumerate(fault.FAULTS):
            one(t, n, call, err)
        is_(t.nf("dump").returncode, 0, "the store is whole")
        log = t.api("GET", "/api/v1/events?limit=1000").json
        is_([e["seq"] for e in log], list(range(1, len(log) + 1)),
            "and so is its log")
        remote(t)
        foreign(t)
    done()


main()
