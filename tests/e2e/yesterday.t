#!/usr/bin/env python3
"""Programs of yesterday beside a store of today: of an earlier schema they
refuse and touch nothing; of the same one they work, and no index is stale."""

import json
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import history  # noqa: E402
from nginx import Nginx, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, skip, skip_all  # noqa: E402

PROGRAMS = ("nf-hook", "nf-relay")
FAR = 2000000000 # an expiry beyond this test's life
LEASES = 8


def mac(n):
    return f"5254000000{n:02x}"


def ip(n):
    return f"10.99.0.{n}"


# Settings that programs of then do not know.
SINCE = ("NF_WORKER_DIR", "NF_BMC_BROKER")


class Site(Nginx):
    """A store of today, and programs of then."""

    def __init__(self, broker):
        super().__init__(settings={
            "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}",
            "NF_NODE_RULE": "all"})
        for name in SINCE:
            del self.settings[name]
        self.configure()
        self.broker = broker
        self.folder = os.path.join(history.TOP, "build")

    def run_hook(self, action, n, host=""):
        """As dnsmasq does."""
        env = {**self.environ(), "DNSMASQ_LEASE_EXPIRES": str(FAR),
               "DNSMASQ_TIME_REMAINING": "100"}
        colons = ":".join(mac(n)[i:i + 2] for i in range(0, 12, 2))
        return subprocess.run(
            [os.path.join(self.folder, "nf-hook"), action, colons, ip(n),
             *filter(None, [host])], env=env, capture_output=True, text=True,
            timeout=limit(60), check=False)

    def start_relay(self):
        return subprocess.Popen([os.path.join(self.folder, "nf-relay")],
                                env=self.environ(),
                                stderr=open(self.path("relay.log"), "wb"))

    def waiting(self):
        """Bytes in the spool."""
        folder = self.path("spool")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return sum(os.stat(os.path.join(folder, name)).st_size
                   for name in names)

    def bytes(self):
        with open(self.settings["NF_DB_PATH"], "rb") as f:
            return f.read()

    def dump(self):
        lines = map(json.loads, self.nf("dump").stdout.splitlines())
        return {line["key"]: line["value"] for line in lines}


def fill(t):
    """Something in every table that leads to another."""
    for n in range(1, 5):
        made = t.api("POST", "/api/v1/nodes", {
            "mac": mac(n), "serial": f"SN-{n}", "ip": f"10.98.0.{n}",
            "macs": [mac(100 + n)], "labels": {"rack": str(n % 2)}})
        is_(made.status, 201, f"node {n}")
    for body in ({"mac": mac(1), "profile": "debian-12"},
                 {"sn": "SN-77", "profile": "debian-12"}):
        is_(t.api("POST", "/api/v1/tasks", body).status // 100, 2, "a task")
    is_(t.api("POST", f"/api/v1/nodes/{mac(2)}/commands",
              {"command": "reboot"}).status, 202, "a command")
    t.stop()
    is_(t.run_hook("add", 50, "today").returncode, 0, "a lease")
    checked(t, "the store of today")


def checked(t, what):
    ran = t.nf("store", "check")
    if not is_(ran.returncode, 0, f"{what}: every table agrees"):
        diag(ran.stdout, ran.stderr)


def of_earlier_schema(t, commit):
    t.folder = history.programs(commit, *PROGRAMS)
    before = t.bytes()
    ran = t.run_hook("init", 1)
    is_(ran.returncode != 0, True, "nf-hook of the earlier schema has no leases")
    like(ran.stderr, r"store.*another version", "and says why")
    ran = t.run_hook("add", 60, "then")
    ok(ran.returncode == 0 and t.waiting() > 0,
       "what dnsmasq tells it waits in the spool")
    relay = t.start_relay()
    try:
        is_(relay.wait(limit(30)) > 0, True, "its nf-relay ends")
    finally:
        relay.kill()
        relay.wait()
    like(t.read("relay.log"), r"store.*another version", "and says why")
    ok(t.bytes() == before, "neither has changed a byte of the store")
    t.folder = os.path.join(history.TOP, "build")
    is_(t.run_hook("add", 61, "now").returncode, 0, "today's nf-hook goes on")
    leases = [k for k in t.dump() if k.startswith("leases/")]
    ok(f"leases/{ip(60)}" in leases and f"leases/{ip(61)}" in leases,
       "and takes in what was waiting")
    is_(t.waiting(), 0, "all of it")
    checked(t, "after them")


def of_this_schema(t, commit):
    t.folder = history.programs(commit, *PROGRAMS)
    before = t.dump()
    for n in range(10, 10 + LEASES):
        is_(t.run_hook("add", n, f"host-{n}").returncode, 0, f"lease {n}")
    is_(t.run_hook("del", 10).returncode, 0, "one is given back")
    is_(t.waiting(), 0, "none took the way through the spool")
    relay = t.start_relay()
    try:
        wait_for(lambda: "connected to the broker" in t.read("relay.log"))
        for n in (2, 11):
            t.broker.publish(f"node/{mac(n)}/status", json.dumps(
                {"status": "installed", "hostname": f"told-{n}"}))
        wait_for(lambda: all(
            t.dump().get(f"nodes/{mac(n)}", {}).get("hostname") == f"told-{n}"
            for n in (2, 11)))
        relay.terminate()
        is_(relay.wait(limit(30)), 0, "nf-relay ran until it was told to end")
    finally:
        relay.kill()
        relay.wait()
    now = t.dump()
    is_([now[f"nodes/{mac(n)}"].get("hostname") for n in (2, 11)],
        ["told-2", "told-11"], "and stored what nodes said")
    ok({f"leases/{ip(n)}" for n in range(11, 10 + LEASES)} <= set(now),
       "so did nf-hook what dnsmasq said")
    is_([k for k in before if k not in now and k.startswith(
        ("nodes/", "tasks/", "labels/", "commands/", "leases/"))], [],
        "nothing else is gone")
    checked(t, "what yesterday's programs wrote")


def main():
    why = history.why_none()
    if why:
        skip_all(why)
    schema, tables = history.schema_of(""), history.tables_of("")
    earlier = history.commits(lambda c: history.schema_of(c) == schema - 1)
    # Until a schema is released its records and indexes may change.
    same = history.commits(lambda c: history.schema_of(c) == schema
                           and history.is_fit(c))
    fewer = [c for c in same if history.tables_of(c) < tables]
    with Broker() as broker, Site(broker) as t:
        fill(t)
        if earlier:
            of_earlier_schema(t, earlier[0])
        else:
            skip("no commit with an earlier schema in git's history")
        if same: # the newest that lacks a table, or the oldest there is
            of_this_schema(t, fewer[0] if fewer else same[-1])
        else:
            skip("no commit of this schema and its records")
    done()


main()
