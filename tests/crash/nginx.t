#!/usr/bin/env python3
"""64 connections that POST and PATCH through nginx while its workers are
killed inside transactions: every 2xx that a client read is true afterwards."""

import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import crash
from nginx import Nginx
from pace import limit
from tap import diag, done, is_, ok

KILLS = int(os.environ.get("NF_TEST_KILLS", "200"))
CLIENTS = 64


class Client(threading.Thread):
    """One connection after another; remembers what it was told."""

    def __init__(self, port, number, stop):
        super().__init__()
        self.port, self.number, self.stop = port, number, stop
        self.known = {}
        self.refused = []
        self.cut = 0

    def run(self):
        connection, count = None, 0
        while not self.stop.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=limit(20))
            count += 1
            try:
                self._write(connection, count)
            except (OSError, http.client.HTTPException):
                self.cut += 1
                connection.close()
                connection = None
                time.sleep(0.01)

    def _write(self, connection, count):
        mac = f"5254{self.number:02x}{count // 3:06x}"
        is_new = count % 3 == 0
        body = {"hostname": f"h{count}"}
        if is_new:
            body["mac"] = mac
        elif mac not in self.known:
            return # its creation was cut off
        connection.request(
            "POST" if is_new else "PATCH",
            "/api/v1/nodes" if is_new else f"/api/v1/nodes/{mac}",
            json.dumps(body), {"Content-Type": "application/json"})
        reply = connection.getresponse()
        text = reply.read()
        if reply.status in (200, 201):
            self.known[mac] = count
        elif reply.status != 503:
            self.refused.append((reply.status, text[:200]))


def main():
    with Nginx(workers="2", http="access_log off;") as t:
        db = t.settings["NF_DB_PATH"]
        lock = crash.Lock(db)
        stop = threading.Event()
        clients = [Client(t.port, i, stop) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        inside = 0
        for _ in range(KILLS):
            pid, was_inside = crash.kill_writer(lock,
                                                lambda: set(t.workers()))
            inside += was_inside
            if pid is None:
                break
        before = sum(len(c.known) for c in clients)
        end = time.monotonic() + limit(20)
        while (sum(len(c.known) for c in clients) <= before
               and time.monotonic() < end):
            time.sleep(0.05)
        after = sum(len(c.known) for c in clients)
        stop.set()
        for client in clients:
            client.join()
        lock.close()
        ok(after > before, "writing goes on after the last kill")
        ok(inside >= KILLS * 0.9,
           f"{inside} of {KILLS} kills hit an open transaction")
        refused = [r for c in clients for r in c.refused]
        is_(refused[:3], [], "no write was refused for another reason")
        known = {m: n for c in clients for m, n in c.known.items()}
        diag(f"{len(known)} nodes acknowledged,"
             f" {sum(c.cut for c in clients)} connections cut")
        why, found = crash.check(db)
        is_(why, None, "the state is the replay of the log")
        is_([m for m, n in known.items() if found.get(m, -1) < n][:5], [],
            f"each of {len(known)} acknowledged nodes is there")
        r = t.api("POST", "/api/v1/nodes", {"mac": "525440000001"})
        is_(r.status, 201, "and a new write is taken")
    done()


main()
