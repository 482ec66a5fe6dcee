"""Processes and their children, by /proc."""

import os
import signal


def family(pid):
    """pid and everything that it has started, children last."""
    found = [pid]
    for one in found:
        try:
            with open(f"/proc/{one}/task/{one}/children") as f:
                found += map(int, f.read().split())
        except OSError:
            pass
    return found


def kill_all(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().strip()
    except OSError:
        return ""


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            return set(map(int, f.read().split()))
    except OSError:
        return set()


def memory_kb(pid):
    """Kilobytes of its own; pages of a file, as the store, belong to all."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        rows = dict(line.split(":", 1) for line in f)
    return int(rows["RssAnon"].split()[0])
