#!/usr/bin/env python3
"""A call costs as many instructions as it did.

callgrind counts them, so no clock and no neighbour does.  Counts are taken in
units of one look-up in LMDB, counted in the same run, since library and machine
change both alike; what one compiler makes of our code differs from another's.
They hardly depend on the size of the store: a few nodes do.

When a count has grown for a good reason, or has fallen, write the new one into
RECORDED; `instructions.t --print` shows them.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "lib"))
sys.path.insert(0, str(TESTS / "bench"))
import instructions  # noqa: E402
from tap import diag, done, ok, skip_all  # noqa: E402

NODES = 2000
CALLS = 100
MORE = 1.10 # that much is a loss
ELSEWHERE = 1.25 # with a compiler that nothing was recorded for

# By gcc 12, with LMDB 0.9.24.
COMPILER = "12"
RECORDED = {"look_up": 2896, "boot": 6429, "node": 4381, "node_task": 5715,
            "page": 224230, "operation": 87302, "write": 88700}


def compiler():
    return subprocess.run([os.environ.get("CC", "gcc").split()[-1],
                           "-dumpversion"], capture_output=True, text=True,
                          check=True).stdout.split(".")[0].strip()


def counts():
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "nodes.db")
        instructions.make_store(store, NODES)
        return {kind: instructions.count(store, NODES, kind, CALLS)
                for kind in instructions.KINDS}


def main():
    if shutil.which("valgrind") is None:
        skip_all("no valgrind")
    now = counts()
    if "--print" in sys.argv:
        print({kind: round(n) for kind, n in now.items()})
        return
    bound = MORE if compiler() == COMPILER else ELSEWHERE
    unit = now["look_up"] / RECORDED["look_up"]
    for kind in instructions.KINDS[1:]:
        grown = now[kind] / RECORDED[kind] / unit
        if not ok(grown <= bound, f"{kind} takes no more instructions"):
            diag(f"{now[kind]:.0f} where {RECORDED[kind]} were recorded, "
                 f"{grown:.2f} of it in look-ups")
    done()


main()
