#!/usr/bin/env python3
"""BMCs that the store knows: passwords go in by the API and come out at a worker
that an operator has accepted, sealed, and nowhere else."""

import glob
import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import rmcp  # noqa: E402
from devices import Site, mac  # noqa: E402
from mosquitto import Listener  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

USER, SECRET, NEW = "root", "s3 'cr\"et% $x", "n3w-Secret\\%s"
DEVICE, SET = "/api/v1/devices/bmc-1", "/api/v1/credentials/rack"
RESET = ["off", "on"]


class Watch:
    """What the programs show of themselves to others on this host."""

    def __init__(self):
        self.seen = set()

    def look(self):
        for path in glob.glob("/proc/[0-9]*/cmdline") \
                + glob.glob("/proc/[0-9]*/environ"):
            if path.split("/")[2] == str(os.getpid()):
                continue
            try:
                with open(path, "rb") as f:
                    self.seen.add(f.read())
            except OSError:
                continue

    def has(self, secret):
        return any(secret.encode() in each for each in self.seen)


def power(t, node, watch, action=None):
    """The command, ended, of R97's route or R96's."""
    path = f"/api/v1/admin/bmc/{node}/power"
    said = (t.api("GET", path + "?wait=0") if action is None
            else t.api("POST", path, {"action": action}))
    where = f"/api/v1/commands/{said.json['id']}"

    def ended():
        watch.look()
        command = t.api("GET", where).json
        return command if command.get("ended_at") else None
    return wait_for(ended, 60) or t.api("GET", where).json


def accept(t, watch):
    """A worker that nobody has accepted is given no password."""
    said = power(t, mac(1), watch, "status")
    is_(said["state"], "expired", "a worker that nobody accepted is not told")
    like(said["result"], "no worker that may have passwords is connected: "
         "compare the key of w1, and `nf workers accept` it", "  and why")
    key = json.loads(t.bmc_key().stdout)
    shown = t.api("GET", "/api/v1/workers").json[0]
    is_((shown["fingerprint"], shown["accepted"]), (key["fingerprint"], False),
        "it shows the key that nf-bmc key shows")
    said = t.api("POST", "/api/v1/workers/w1/accept",
                 {"fingerprint": "SHA256:" + "A" * 43})
    is_((said.status, said.field), (409, "fingerprint"), "another is refused")
    said = t.api("POST", "/api/v1/workers/w1/accept",
                 {"fingerprint": key["fingerprint"]})
    is_((said.status, said.json["accepted"]), (200, True), "it is accepted")


def by_store(t, bmc, watch):
    said = power(t, mac(1), watch)
    is_((said["state"], said["result"]), ("done", '{"power":"on"}'),
        "the BMC of the node is asked")
    said = power(t, "SN-1", watch, "reset")
    is_((said["state"], bmc.acts), ("done", RESET), "and told, by serial number")
    is_(t.api("GET", DEVICE).json["state"], "fine", "its state is known")
    events = [e for e in t.api("GET", "/api/v1/events?since=0").json
              if e["kind"].startswith("command.")]
    is_({e["actor"] for e in events if e["kind"] == "command.created"}, {"api"},
        "each command has its actor in the log")


def rotated(t, bmc, watch):
    """One call for all devices of the set."""
    bmc.password = NEW.encode()
    said = power(t, mac(1), watch)
    like(said["result"], "^wrong_password", "the BMC has another password")
    device = t.api("GET", DEVICE).json
    is_(device["state"], "wrong_password", "which is its state")
    like(device["last_error"], "rejects the password", "  in words")
    is_(t.api("PUT", SET, {"user": USER, "password": NEW}).status, 200,
        "the set gets it")
    is_(power(t, mac(1), watch)["state"], "done", "and the device with it")


def by_task(t, bmc, watch):
    """A task that names no BMC takes its node's."""
    bmc.acts.clear()
    made = t.api("POST", "/api/v1/tasks", {"mac": mac(1)})
    task = made.json["task_id"]
    t.api("POST", f"/api/v1/tasks/{task}/approve")
    is_(t.until_at(task, "node_boot"), "node_boot",
        "a task sets its node's BMC")
    is_((bmc.acts, bmc.boot_flags()[1] & 0x3C), (RESET, 0x04),
        "to the network, and resets")
    watch.look()
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: bmc.boot_flags()[1] & 0x3C == 0x08, 60),
       "cancelled, its disk is set again")


def by_its_own(t, watch):
    """A task that brings a BMC with a password; port 623, as R78 has no other."""
    with rmcp.Bmc(user="task", password=SECRET, is_on=True,
                  at=("127.0.0.23", 623)) as bmc:
        made = t.api("POST", "/api/v1/tasks", {
            "mac": mac(2), "bmc": {"ip": "127.0.0.23", "username": "task",
                                   "password": SECRET, "type": "ipmi"}})
        is_(made.status, 201, "a task with a BMC of its own")
        unlike(made.text, "s3 ", "shows no password")
        task = made.json["task_id"]
        t.api("POST", f"/api/v1/tasks/{task}/approve")
        is_(t.until_at(task, "node_boot"), "node_boot", "is carried out")
        is_(bmc.acts, RESET, "by that BMC")
        watch.look()
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
        wait_for(lambda: bmc.boot_flags()[1] & 0x3C == 0x08, 60)


def other_key(t, watch):
    """Whoever says that he is w1 has to have its key."""
    t.stop_bmc()
    os.rename(t.path("bmc/key"), t.path("old-key"))
    t.start_bmc()
    wait_for(lambda: not t.api("GET", "/api/v1/workers").json[0]["accepted"],
             60)
    said = power(t, mac(1), watch)
    like(said["result"], "^sealed: not for this worker's key",
         "another key opens nothing")
    shown = t.api("GET", "/api/v1/workers").json[0]
    ok(shown["accepted_fingerprint"] != shown["fingerprint"],
       "both keys are told apart")
    said = t.api("POST", "/api/v1/workers/w1/accept",
                 {"fingerprint": shown["fingerprint"]})
    is_(said.status, 200, "the new one is accepted")
    is_(power(t, mac(1), watch)["state"], "done", "and opens the next")


def chosen(t, watch):
    """Of two workers the one that was accepted."""
    first = t.bmc
    t.start_bmc("w2", folder="bmc-2")
    ok(wait_for(lambda: t.online() == ["w1", "w2"], 60), "two workers are there")
    said = [power(t, mac(1), watch) for _ in range(4)]
    is_({(c["worker"], c["state"]) for c in said}, {("w1", "done")},
        "the accepted one is told each time")
    t.stop_bmc()
    t.bmc = first


def nowhere(t, listener, watch):
    """The passwords, in the clear, in any file or message or process."""
    payloads = "\n".join(payload for _, payload in listener.messages)
    like(payloads, '"device":"[A-Za-z0-9+/=]{200}', "commands had it sealed")
    for secret in (SECRET, NEW):
        forms = {secret, json.dumps(secret)[1:-1]}
        for form in forms:
            ok(form not in payloads, "not on the bus")
            ok(not watch.has(form), "not in /proc")
            found = []
            for folder, _, names in os.walk(t.dir):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.path.isfile(path) and not os.path.islink(path):
                        with open(path, "rb") as f:
                            if form.encode() in f.read():
                                found.append(path)
            is_(found, [], "not in a file of ours")
        for path in ("/api/v1/events?since=0", "/api/v1/devices",
                     "/api/v1/credentials", SET, DEVICE, "/api/v1/tasks",
                     f"/api/v1/nodes/{mac(1)}/commands",
                     f"/api/v1/nodes/{mac(1)}/timeline"):
            ok(secret not in json.dumps(t.api("GET", path).json),
               f"not in {path}")


def main():
    watch = Watch()
    with Broker() as broker, Site(broker) as t, \
            Listener(broker, "#") as listener, \
            rmcp.Bmc(user=USER, password=SECRET, is_on=True) as bmc:
        t.start_relay()
        t.start_bmc()
        ok(wait_for(lambda: t.online() == ["w1"], 60), "the worker is there")
        t.api("POST", "/api/v1/nodes", {"mac": mac(1), "serial": "SN-1"})
        t.n = 2
        is_(t.api("PUT", SET, {"user": USER, "password": SECRET}).status, 201,
            "a credential set")
        is_(t.api("PUT", DEVICE, {
            "driver": "ipmi", "address": f"127.0.0.1:{bmc.port}",
            "credentials": "rack", "node": mac(1)}).status, 201, "a device")
        accept(t, watch)
        by_store(t, bmc, watch)
        rotated(t, bmc, watch)
        by_task(t, bmc, watch)
        by_its_own(t, watch)
        chosen(t, watch)
        other_key(t, watch)
        t.stop_bmc()
        t.relay.terminate()
        t.relay.wait(limit(30))
        nowhere(t, listener, watch)
        if os.environ.get("NF_TEST_SHOW"):
            diag(t.read("relay.log"), t.read("bmc.log"))
    done()


main()
