"""Instructions that one call costs in process, counted by callgrind.

No clock and no neighbour touches them: they are the difference of two runs, one
with twice as many calls.
"""

import os
import re
import subprocess

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BUILD = os.path.join(TOP, "build")
FILL = os.path.join(BUILD, "bench", "fill")
CALLS = os.path.join(BUILD, "bench", "calls")
INSTALLING = 50

# "look_up" finds a node's record and copies it: what LMDB alone costs.
KINDS = ("look_up", "boot", "node", "node_task", "page", "operation", "write")


def run(*words):
    return subprocess.run(words, cwd=TOP, capture_output=True, text=True,
                          check=True)


def make_store(path, nodes):
    run(FILL, path, str(nodes), str(INSTALLING))


def total(store, nodes, kind, calls):
    words = (CALLS, store, str(nodes), str(INSTALLING), kind, str(calls))
    said = run("valgrind", "--tool=callgrind",
               "--callgrind-out-file=/dev/null", *words).stderr
    return int(re.search(r"Collected : (\d+)", said)[1])


def count(store, nodes, kind, calls):
    """Of one call.  A first run leaves the store as the others find it."""
    run(CALLS, store, str(nodes), str(INSTALLING), kind, "0")
    once = total(store, nodes, kind, calls)
    return (total(store, nodes, kind, 2 * calls) - once) / calls
