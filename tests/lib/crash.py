"""Killing a process while it holds the store's writer lock.

LMDB keeps the lock in the mapped lock file: a robust mutex whose first word
is the owner's thread id.  The victim is stopped first and the lock is looked
at again, so that a kill counts as inside a transaction only when it was.
"""

import os
import random
import signal
import struct
import subprocess
import tempfile
import time

from pace import limit

# Not in /tmp, which may be memory: a transaction that waits for no disk is
# over before it can be caught.
BUILD = os.path.abspath(os.path.join(
    os.path.dirname(__file__), "..", "..", "build"))
tempfile.tempdir = BUILD

# tests/crash/writers.c: makes a store, writes into it, and checks it.
PROGRAM = os.path.join(BUILD, "tests", "crash", "writers")

OWNER_AT = 64 # the mutex lies behind one cache line of LMDB's header


class Lock:
    def __init__(self, db):
        self.fd = os.open(db + "-lock", os.O_RDONLY)

    def owner(self):
        """Thread id of the writer, 0: nobody."""
        word = struct.unpack("I", os.pread(self.fd, 4, OWNER_AT))[0]
        return word & 0x3FFFFFFF

    def close(self):
        os.close(self.fd)


def process_of(thread):
    """Pid of a thread; None when it is gone."""
    try:
        with open(f"/proc/{thread}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith("Tgid:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def is_stopped(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] in "tTZ"
    except OSError:
        return True


def kill_writer(lock, pids, seconds=10):
    """kill -9 one of pids() while it writes: (pid, inside) or (None, False)."""
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end:
        thread = lock.owner()
        pid = thread and process_of(thread)
        if not pid or pid not in pids():
            continue
        # somewhere inside, not always at the start
        until = time.monotonic() + random.random() * 0.002
        while time.monotonic() < until:
            pass
        if hit(lock, pid):
            return pid, True
    victims = sorted(pids())
    if victims:
        os.kill(victims[0], signal.SIGKILL)
        return victims[0], False
    return None, False


def hit(lock, pid):
    """Stop; when it holds the lock, kill; else let it go on."""
    try:
        os.kill(pid, signal.SIGSTOP)
        end = time.monotonic() + 2
        while not is_stopped(pid) and time.monotonic() < end:
            pass
        thread = lock.owner()
        if thread and process_of(thread) == pid:
            os.kill(pid, signal.SIGKILL)
            return True
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass
    return False


def check(db):
    """Whether the state is the replay of the log: (what is wrong or None,
    nodes by MAC)."""
    ran = subprocess.run([PROGRAM, "check", db], capture_output=True,
                         text=True)
    if ran.returncode:
        return ran.stdout.splitlines()[-1:], {}
    return None, {mac: int(n) for mac, n in
                  (line.split() for line in ran.stdout.splitlines())}
