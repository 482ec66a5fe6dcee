#!/usr/bin/python3
"""Worker, relay and broker are killed (-9) before and behind each command that
changes a switch: when its machine is installed the port ends in the install
VLAN, and as it was when the task is cancelled, never between.

NF_TEST_KILLS=N: how many kills, half of them at each move (default 12)."""

import os
import pathlib
import sys
import threading

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from ssh_switch import PASSWORD, USER, Switch  # noqa: E402
from tap import diag, done, is_, ok  # noqa: E402

KILLS = int(os.environ.get("NF_TEST_KILLS", "12"))
COMMANDS = 8  # of a change, about: behind the last one there is none to hit
PATIENCE_S = 150


class Killer:
    """Counts what changes the switch, and kills at one of it."""

    def __init__(self, switch):
        self.switch = switch
        self.arm(0, False, None)

    def arm(self, at, is_behind, kill):
        self.seen, self.at, self.kill = [], at, kill
        self.hit = threading.Event()
        self.switch.before = self.nothing if is_behind else self.count
        self.switch.after = self.count if is_behind else self.nothing

    def nothing(self, words):
        pass

    def count(self, words):
        if words and not words.startswith(("show", "terminal", "enable")):
            self.seen.append(words)
            if len(self.seen) == self.at:
                self.kill()
                self.hit.set()


def victims(t, broker):
    """Each with how it is killed, and how it comes back."""
    return [("nf-bmc", t.kill_bmc, t.start_bmc),
            ("nf-relay", t.kill_relay, t.start_relay),
            ("the broker", broker.kill, broker.start)]


def one_move(t, killer, shot, begin, is_over, title):
    """What begins it is done, and shot at."""
    at, is_behind, (name, kill, start) = shot
    killer.arm(at, is_behind, kill)
    begin()
    wait_for(lambda: killer.hit.is_set() or is_over(), PATIENCE_S)
    hit = killer.hit.is_set()
    where = f"{'behind' if is_behind else 'before'} {killer.seen[at - 1:at]}"
    killer.arm(0, False, None)
    if hit:
        start()
    ok(wait_for(is_over, PATIENCE_S),
       f"{title}: {name} killed {where}" if hit
       else f"{title}: it has no command {at}")


def as_told(port):
    return port.wired(), port.description


def one(t, broker, switch, killer, i):
    """A machine's port there and back, and a kill on each way."""
    port = switch.ports[i]
    port.mode, port.native, port.allowed = "trunk", 5, {5, 10, 11}
    port.description = f"rack {i}"
    was = as_told(port)
    t.n += 1
    t.api("POST", "/api/v1/nodes", {"mac": mac(t.n)})
    t.api("PUT", f"/api/v1/nodes/{mac(t.n)}/port",
          {"switch": "sw1", "port": port.short})
    task = t.api("POST", "/api/v1/tasks", {"mac": mac(t.n)}).json["task_id"]
    all_of = victims(t, broker)
    shot = 1 + i % COMMANDS, i % 2 == 1

    one_move(t, killer, (*shot, all_of[i % 3]),
             lambda: t.api("POST", f"/api/v1/tasks/{task}/approve"),
             lambda: t.at(task) == "node_boot", f"{i}: to be installed")
    is_((port.mode, port.vlan), ("access", 100), "  it is in the install VLAN")
    is_((switch.saved[i].mode, switch.saved[i].vlan), ("access", 100),
        "  and saved")
    one_move(t, killer, (*shot, all_of[(i + 1) % 3]),
             lambda: t.api("POST", f"/api/v1/tasks/{task}/cancel"),
             lambda: len(t.commands()) > 1
             and t.commands()[0].get("ended_at"),
             f"{i}: cancelled")
    is_(t.commands()[0]["state"], "done", "  it is put back")
    is_(as_told(port), was, "  as it was")
    is_(as_told(switch.saved[i]), was, "  and saved")


def main():
    with Switch("ios") as switch, Broker() as broker, \
            Site(broker, NF_SWITCH_SCAN="0", NF_COMMAND_DEADLINE="120") as t:
        switch.vlans |= {5, 10, 11}
        killer = Killer(switch)
        t.start_relay()
        t.start_bmc()
        try:
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc is there")
            t.trust("w1")
            t.api("PUT", "/api/v1/credentials/net",
                  {"user": USER, "password": PASSWORD})
            t.api("PUT", "/api/v1/devices/sw1", {
                "driver": "ios", "address": switch.address,
                "credentials": "net"})
            for i in range(max(1, KILLS // 2)):
                one(t, broker, switch, killer, i)
        finally:
            diag(*t.read("bmc.log").splitlines()[-5:])
            diag(*t.read("relay.log").splitlines()[-5:])
            t.kill_relay()
            t.stop_bmc()
    done()


main()
