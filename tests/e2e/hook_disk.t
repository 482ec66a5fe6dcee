#!/usr/bin/env python3
"""nf-hook's disk fails at each write and sync: no lease is lost, and dnsmasq is
told of a failure only when there was no place for a report at all."""

import errno
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import dnsmasq
import fault
from tap import done, is_, like, ok, skip_all

FAR = 2000000000 # an expiry beyond this test's life


def build(folder):
    """The hook is static, where nothing can be preloaded: the same objects,
    linked otherwise."""
    path = os.path.join(folder, "nf-hook")
    objects = glob.glob(os.path.join(fault.TOP, "build/obj/nf-hook/*.o"))
    subprocess.run(["gcc", "-o", path, *objects,
                    os.path.join(fault.TOP, "build/libnf.a"), "-llmdb",
                    "-ljansson", "-lsodium", "-lpthread"], check=True)
    return path


class Site(dnsmasq.Store):
    """A store whose hook's disk fails when it is told to."""

    def __init__(self):
        super().__init__()
        self.disk = fault.Disk(self.dir)
        self.path = build(self.dir)
        self.last = 0
        self.env = {**self.env, **self.disk.env}

    def add(self):
        """The hook's answer to one more lease, and the lease's address."""
        self.last += 1
        n = self.last
        mac, ip = f"52:54:00:bb:00:{n:02x}", f"10.99.3.{n}"
        return self.hook("add", mac, ip, path=self.path,
                         LEASE_EXPIRES=str(FAR), TIME_REMAINING="100"), ip


def at_each_call(site):
    for call, skip, err in fault.FAULTS:
        what = f"{call} {skip} {errno.errorcode[err]}"
        site.disk.fail(call, err, skip=skip)
        told = []
        for _ in range(10): # not every commit has as many writes
            ran, ip = site.add()
            told.append(ip)
            if ran.returncode or site.disk.fired():
                break
        is_((ran.returncode, site.disk.fired()), (0, 1),
            f"{what}: the fault fired, and that is no failure")
        ok(ip in site.leases() or site.waiting() > 0,
           f"{what}: the lease is stored or waits")
        ran, ip = site.add()
        told.append(ip)
        is_(ran.returncode, 0, f"{what}: the next one")
        ok(set(told) <= set(site.leases()), f"{what}: then all are stored")
        is_(site.waiting(), 0, f"{what}: and nothing waits")


def for_a_while(site):
    for call in ("write", "sync", "meta"):
        what = f"{call} again and again"
        site.disk.fail(call, errno.EIO, n=100)
        told = [site.add() for _ in range(4)]
        is_([ran.returncode for ran, _ in told], [0] * 4, f"{what}: no failure")
        like(told[0][0].stderr.decode(),
             "lease report waits in the spool: input/output error",
             f"{what}: and why they wait is said")
        ok(site.waiting() > 0, f"{what}: they wait in the spool")
        site.disk.heal()
        told.append(site.add())
        ok({ip for _, ip in told} <= set(site.leases()),
           f"{what}: and are stored when it heals")
        is_(site.waiting(), 0, f"{what}: nothing waits any more")


def without_a_store(site):
    """The spool itself fails: that is told, and what stands in it stays."""
    where = site.env["NF_DB_PATH"] = site.db + ".none"
    for call in ("write", "sync"):
        for err in fault.ERRORS:
            what = f"the spool, {call} {errno.errorcode[err]}"
            first = site.add()[1]
            before = site.waiting()
            site.disk.fail(call, err, of="/spool/")
            ran, _ = site.add()
            is_((ran.returncode, site.disk.fired()), (1, 1),
                f"{what}: the fault fired and is told")
            like(ran.stderr.decode(), "lease report lost until the client",
                 f"{what}: in words")
            third = site.add()[1]
            ok(site.waiting() > before, f"{what}: the next one waits again")
            site.env["NF_DB_PATH"] = site.db
            ran, last = site.add()
            is_((ran.returncode, site.waiting()), (0, 0),
                f"{what}: with a store nothing waits")
            ok({first, third, last} <= set(site.leases()),
               f"{what}: what was told before and after is stored")
            site.env["NF_DB_PATH"] = where
    site.env["NF_DB_PATH"] = site.db


def main():
    if dnsmasq.missing():
        skip_all(f"this machine lacks {dnsmasq.missing()}")
    dnsmasq.build_probe()
    with Site() as site:
        at_each_call(site)
        for_a_while(site)
        without_a_store(site)
    done()


main()
