#!/usr/bin/env python3
"""A full store: 507 for what adds, while reading and deleting go on; what was
deleted can be written again, without a restart."""

import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import dnsmasq  # noqa: E402
from nginx import Nginx  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

MANY = 4000


class Small(Nginx):
    """A store that is soon full."""

    def store_init(self):
        dnsmasq.build_probe()
        subprocess.run([dnsmasq.PROBE, "init", self.settings["NF_DB_PATH"],
                        str(2 << 20)], check=True)
        super().store_init() # leaves it alone, and makes the key


def mac(n):
    return f"52540001{n:04x}"


def create(t, n):
    return t.api("POST", "/api/v1/nodes",
                 {"mac": mac(n), "hostname": f"host-{n:04x}"})


def fill(t, first):
    """How many fit, and the first answer that was no 201."""
    for n in range(first, first + MANY):
        reply = create(t, n)
        if reply.status not in (201, 409): # of those that install
            return n - first, reply
    return MANY, None


def metric(t, name):
    text = t.api("GET", "/metrics").text
    return int(next(line.split()[1] for line in text.splitlines()
                    if line.startswith(f"nodefoundry_store_{name} ")))


def full(t):
    held, refused = fill(t, 0)
    ok(100 < held < MANY, f"the store takes {held} nodes")
    is_(refused and refused.status, 507, "and then answers 507")
    like(refused.error or "", "full", "in words")
    left, reserve = metric(t, "left_bytes"), metric(t, "reserve_bytes")
    ok(reserve <= left < reserve + (32 << 10),
       "the reserve is left, and no more than another one would take")
    is_(t.api("PATCH", f"/api/v1/nodes/{mac(1)}",
              {"extra": {"a": "x" * 1900}}).status, 507, "nothing is edited")
    is_(t.api("GET", f"/api/v1/nodes/{mac(held - 1)}").status, 200,
        "reading goes on")
    return held


def cancelled(t):
    """What a full store is full of may have to be cancelled first."""
    is_(t.api("PUT", f"/api/v1/nodes/{mac(3)}", {"action": "cancel"}).status,
        200, "an installation can be cancelled")
    r = t.api("POST", "/api/v1/nodes/actions",
              {"action": "cancel", "macs": [mac(4), mac(5)]})
    is_((r.status, [one["status"] for one in r.json]), (207, [200, 200]),
        "and many at once")
    is_(t.api("POST", "/api/v1/nodes/actions",
              {"action": "install", "macs": [mac(n) for n in range(6, 60)]}
              ).status, 507, "while none begins")


def cleaned(t, held):
    statuses = {t.api("DELETE", f"/api/v1/nodes/{mac(n)}").status
                for n in range(held)}
    is_(statuses, {204}, "all nodes can be deleted")
    is_(t.api("GET", f"/api/v1/nodes/{mac(0)}").status, 404, "and are gone")
    again, _ = fill(t, held)
    ok(again > held // 4, f"{again} fit again, beside the log of the others")


with Small() as t:
    for one in range(3, 6):
        create(t, one)
        is_(t.api("PUT", f"/api/v1/nodes/{mac(one)}",
                  {"action": "install"}).status, 200, "one installs")
    ok(os.path.exists(t.settings["NF_DB_PATH"] + "-ballast"),
       "the store has a ballast")
    count = full(t)
    cancelled(t)
    cleaned(t, count)
done()
