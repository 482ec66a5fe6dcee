"""Other requests while a file of 2 GiB goes: an upload that starts over, and a
content that nothing names any more."""

import os
import statistics
import time

import wrk

SIZE = 2 << 30
SECONDS = 4
DAY = 86400


def make(path):
    """Real blocks, on disk."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    piece = os.urandom(1 << 20)
    with open(path, "wb") as f:
        for _ in range(SIZE // len(piece)):
            f.write(piece)
        os.fsync(f.fileno())


def start_over(t):
    make(t.path("files/.uploads/id-large"))

    def work():
        answer = t.api("PUT", "/api/v1/files/large?upload=large", b"anew")
        if answer.status not in (200, 201):
            raise RuntimeError(f"the upload: {answer.status}")
    return work


def collect(t):
    path = t.path("files/by-hash/ab/" + "ab" * 32)
    make(path)
    os.utime(path, (time.time() - 30 * DAY,) * 2)

    def work():
        done = t.nf("files", "gc")
        if done.returncode or os.path.exists(path):
            raise RuntimeError(f"the content was not collected: {done.stderr}")
    return work


def remove(t):
    """At once, by this program: what the file system makes of that."""
    path = t.path("files/elsewhere")
    make(path)
    return lambda: os.remove(path)


def nothing(_):
    return lambda: None


def beside(t, prepare, nodes, seed):
    """p99.9 of reads and of writes, with the work in the midst of them.  They
    come at a pace that leaves the processors idle most of the time: where they
    do not, whatever else the machine does shows, and nothing but that."""
    work = prepare(t)
    time.sleep(1)
    reads = wrk.start(t.port, "/api/v1/nodes/MAC", nodes, SECONDS,
                      connections=16, seed=seed, pause_ms=4)
    writes = wrk.start(t.port, "/api/v1/nodes", nodes, SECONDS, connections=8,
                       method="POST", seed=seed, pause_ms=8)
    time.sleep(0.5)
    start = time.monotonic()
    work()
    took = time.monotonic() - start
    if took > SECONDS - 1:
        raise RuntimeError(f"it took {took:.1f} s: longer than the requests")
    return wrk.finish(reads).p999, wrk.finish(writes).p999


def measure(t, nodes, rounds):
    """Of each kind the medians of (reads, writes) and of their ratios to those
    of the same round's quiet time."""
    kinds = (nothing, start_over, collect, remove)
    found = {kind.__name__: [] for kind in kinds}
    for i in range(rounds):
        for j, kind in enumerate(kinds):
            found[kind.__name__].append(
                beside(t, kind, nodes, i * len(kinds) + j))
    quiet = found["nothing"]
    return {name: [(statistics.median(p[k] for p in pairs),
                    statistics.median(p[k] / q[k]
                                      for p, q in zip(pairs, quiet)))
                   for k in (0, 1)]
            for name, pairs in found.items()}
