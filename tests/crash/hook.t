#!/usr/bin/env python3
"""nf-hook killed inside its transactions: a lease that it said is kept is in
the store or in the spool, and the log agrees with the state."""

import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import crash
from dnsmasq import HOOK, Store, missing
from tap import diag, done, is_, ok, skip_all

KILLS = int(os.environ.get("NF_TEST_KILLS", "200")) // 2
CALLERS = 4


class Caller(threading.Thread):
    """Calls the hook for one new lease after another."""

    def __init__(self, store, number, stop):
        super().__init__()
        self.store, self.number, self.stop = store, number, stop
        self.process = None
        self.kept = []
        self.killed = 0
        self.refused = []

    def run(self):
        count = 0
        while not self.stop.is_set():
            count += 1
            ip = f"10.{60 + self.number}.{count >> 8}.{count & 255}"
            mac = (f"52:54:{self.number:02x}:{count >> 16:02x}:"
                   f"{count >> 8 & 255:02x}:{count & 255:02x}")
            env = {**self.store.env,
                   "DNSMASQ_LEASE_EXPIRES": str(1769080000 + count),
                   "DNSMASQ_TIME_REMAINING": "3600"}
            self.process = subprocess.Popen([HOOK, "add", mac, ip], env=env,
                                            stderr=subprocess.PIPE)
            said = self.process.communicate()[1]
            if self.process.returncode == 0:
                self.kept.append(ip)
            elif self.process.returncode == -9:
                self.killed += 1
            else:
                self.refused.append(said)

    def pid(self):
        process = self.process
        return process.pid if process and process.returncode is None else 0


def main():
    lacks = missing()
    if lacks:
        skip_all(f"needs {lacks}")
    with Store() as store:
        lock = crash.Lock(store.db)
        stop = threading.Event()
        callers = [Caller(store, i, stop) for i in range(CALLERS)]
        for caller in callers:
            caller.start()
        inside = 0
        for _ in range(KILLS):
            _, was_inside = crash.kill_writer(
                lock, lambda: {c.pid() for c in callers} - {0})
            inside += was_inside
        stop.set()
        for caller in callers:
            caller.join()
        lock.close()
        kept = [ip for c in callers for ip in c.kept]
        refused = [r for c in callers for r in c.refused]
        ok(inside >= KILLS * 0.9,
           f"{inside} of {KILLS} kills hit an open transaction")
        is_(refused[:3], [], "no call was refused for another reason")
        diag(f"{len(kept)} kept, {sum(c.killed for c in callers)} killed")
        ran = subprocess.run([crash.PROGRAM, "check", store.db],
                             capture_output=True, text=True)
        is_((ran.returncode, ran.stdout[-200:] if ran.returncode else ""),
            (0, ""), "the state is the replay of the log")
        spool = b""
        for name in os.listdir(store.spool):
            with open(os.path.join(store.spool, name), "rb") as f:
                spool += f.read()
        leases = store.leases()
        is_([ip for ip in kept
             if ip not in leases and ip.encode() not in spool][:5], [],
            f"each of {len(kept)} kept leases is there")
        is_(store.hook("add", "52:54:00:00:00:77", "10.9.9.9",
                       LEASE_EXPIRES="1769090000",
                       TIME_REMAINING="3600").returncode, 0,
            "and a new one is taken")
        ok("10.9.9.9" in store.leases(), "into the store")
    done()


main()
