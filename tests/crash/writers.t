#!/usr/bin/env python3
"""Four writers on one store, killed 200 times inside a transaction: no
acknowledged write is lost, and the state stays the replay of the log."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import crash
from tap import diag, done, is_, ok

KILLS = int(os.environ.get("NF_TEST_KILLS", "200"))
WRITERS = 4


class Writer:
    """A process, and what it was told is on disk."""

    lives = 0

    def __init__(self, db, number, known):
        first = Writer.lives * 2000
        Writer.lives += 1
        self.known = known
        self.process = subprocess.Popen(
            [crash.PROGRAM, "write", db, str(number), str(first)],
            stdout=subprocess.PIPE)
        self.thread = threading.Thread(target=self._read)
        self.thread.start()
        self.failure = None

    def _read(self):
        for line in self.process.stdout:
            if not line.endswith(b"\n"):
                break # cut off by the kill: never told
            if line.startswith(b"failed"):
                self.failure = line.decode().strip()
                break
            mac, number = line.decode().split()
            self.known[mac] = max(self.known.get(mac, 0), int(number))

    def wait(self):
        self.process.wait()
        self.thread.join()


def lost(known, found):
    return [mac for mac, number in known.items()
            if found.get(mac, -1) < number]


def main():
    folder = tempfile.mkdtemp(prefix="nf-crash-")
    db = os.path.join(folder, "nodes.db")
    subprocess.run([crash.PROGRAM, "init", db], check=True)
    lock = crash.Lock(db)
    known = {}
    writers = [Writer(db, i, known) for i in range(WRITERS)]
    inside = bad = 0
    failures = []
    try:
        for i in range(KILLS):
            pid, was_inside = crash.kill_writer(
                lock, lambda: {w.process.pid for w in writers
                               if w.process.poll() is None})
            inside += was_inside
            for at, writer in enumerate(writers):
                if writer.process.pid == pid:
                    writer.wait()
                    failures += filter(None, [writer.failure])
                    writers[at] = Writer(db, at, known)
            if i % 50 == 49:
                told = dict(known)
                why, found = crash.check(db)
                if why or lost(told, found):
                    bad += 1
                    diag(f"after {i + 1} kills: {why}", lost(told, found)[:5])
        before = len(known)
        crash.time.sleep(0.3)
        ok(len(known) > before, "writers go on after the last kill")
    finally:
        for writer in writers:
            writer.process.kill()
            writer.wait()
            failures += filter(None, [writer.failure])
        lock.close()
    is_(inside, KILLS, f"{KILLS} of {KILLS} kills hit an open transaction")
    is_(bad, 0, "on the way log and state agreed and nothing was lost")
    is_(failures, [], "no write was refused")
    why, found = crash.check(db)
    is_(why, None, "at the end the state is the replay of the log")
    is_(lost(known, found)[:5], [],
        f"each of {len(known)} acknowledged nodes is there, as acknowledged")
    shutil.rmtree(folder)
    done()


main()
