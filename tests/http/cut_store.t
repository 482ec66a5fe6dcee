#!/usr/bin/env python3
"""A store whose file was cut short is refused in words by everyone that opens
it, and left as it is; LMDB by itself would end them by SIGBUS."""

import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from nginx import BUILD, Nginx, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, ok  # noqa: E402

WORDS = "truncated"
NODES = 300


def store_path(t):
    return pathlib.Path(t.path("store/nodes.db"))


def count(t):
    return sum(len(page.json) for page in t.pages("/api/v1/nodes"))


def fill(t):
    for i in range(NODES):
        t.api("POST", "/api/v1/nodes",
              {"mac": f"5254000{i:05x}", "hostname": f"node-{i}"})
    is_(count(t), NODES, f"a store of {NODES} nodes")
    t.stop()


def opened(t, *command):
    """(exit status, what it said), of one that must end by itself."""
    try:
        ran = subprocess.run(command, env=t.environ(), capture_output=True,
                             text=True, timeout=limit(30))
    except subprocess.TimeoutExpired:
        return None, "it goes on"
    return ran.returncode, ran.stdout + ran.stderr


def refuses(t, what, whole, size):
    """By its exit status, a sentence, and an untouched file."""
    path = store_path(t)
    bad = []
    for command in (("nf", "store", "check"), ("nf", "dump"), ("nf-relay",),
                    ("nf", "store", "init")):
        path.write_bytes(whole[:size])
        status, said = opened(t, os.path.join(BUILD, command[0]), *command[1:])
        if status is None or status <= 0 or WORDS not in said \
                or path.read_bytes() != whole[:size]:
            bad.append((*command, status, said[-200:]))
    if not is_(bad, [], f"{what}: nobody opens it"):
        diag(*bad)


def serves(t, what, whole, size):
    """nginx runs on, and says why it answers nothing."""
    store_path(t).write_bytes(whole[:size])
    before = len(t.read("error.log"))
    try:
        t.start()
    except OSError:
        pass
    ok(wait_for(lambda: WORDS in t.read("error.log")[before:]),
       f"{what}: nginx says it")
    ok("signal 7" not in t.read("error.log")[before:],
       f"{what}: and no worker dies of it")
    t.stop()


def heals(t, whole):
    store_path(t).write_bytes(whole)
    t.start()
    is_(count(t), NODES,
        "put back whole, it is served as ever")


with Nginx() as t:
    fill(t)
    whole = store_path(t).read_bytes()
    for size in (0, len(whole) // 3, len(whole) // 2 + 7, len(whole) * 9 // 10):
        refuses(t, f"cut to {size} of {len(whole)}", whole, size)
    serves(t, "cut to half", whole, len(whole) // 2)
    heals(t, whole)
done()
