#!/usr/bin/env python3
"""A storm of lease events ends in the same state, whatever their order.

The storm is made from a seed by a model of dnsmasq: clients boot in stages,
take, renew, lose and give back leases, under one or two client ids, and
dnsmasq is restarted in between.  What may happen to the order is what was
seen to happen: while scripts queue, events of different addresses overtake
each other, `old` events of one lease become one, and the scripts of a dnsmasq
that was stopped still run beside those of the next.
"""

import collections
import os
import random
import subprocess
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import dnsmasq  # noqa: E402
from dnsmasq import Store  # noqa: E402
from tap import diag, done, is_, ok, skip_all  # noqa: E402

SEED = int(os.environ.get("NF_TEST_SEED", "20261120"))
EVENTS = int(os.environ.get("NF_TEST_EVENTS", "2000"))
CLIENTS, ADDRESSES, LEASE = 120, 100, 600
START = 1900000000
STAGES = ("PXEClient:Arch:00000:UNDI:002001", "d-i", "udhcp 1.35.0")

Event = collections.namedtuple("Event", "action mac ip name env")


class Holder:
    """A lease, as dnsmasq knows it."""

    def __init__(self, mac, ip, name, client_id):
        self.mac, self.ip, self.name = mac, ip, name
        self.client_id = client_id
        self.expires = 0
        self.stage = 0


class Model:
    """dnsmasq and its clients, by the second."""

    def __init__(self, dice):
        self.dice = dice
        self.now = START
        self.held = {}
        self.events = []

    def run(self, n):
        while len(self.events) < n:
            self.now += self.dice.randint(1, 5)
            self.expire()
            dice = self.dice.random()
            if dice < 0.002:
                self.restart()
            elif dice < 0.45 and len(self.held) < ADDRESSES:
                self.take()
            elif self.held:
                self.touch(self.dice.choice(list(self.held.values())), dice)
        return self.events

    def say(self, action, holder, **env):
        env["LEASE_EXPIRES"] = str(holder.expires)
        if action != "del":
            env["TIME_REMAINING"] = str(holder.expires - self.now)
        if holder.client_id:
            env["CLIENT_ID"] = holder.client_id
        self.events.append(Event(action, holder.mac, holder.ip, holder.name,
                                 env))

    def take(self):
        number = self.dice.randrange(CLIENTS)
        mac = f"52:54:00:00:00:{number:02x}"
        # Every third machine's firmware and system differ in client id.
        ids = ("", "ff:00:" + mac) if number % 3 == 0 else ("01:" + mac,)
        free = [i for i in range(ADDRESSES)
                if f"10.99.0.{i + 1}" not in self.held]
        client_id = self.dice.choice(ids)
        if any((h.mac, h.client_id) == (mac, client_id)
               for h in self.held.values()):
            return
        holder = Holder(mac, f"10.99.0.{self.dice.choice(free) + 1}",
                        f"n{number}" if number % 2 else "", client_id)
        holder.expires = self.now + LEASE
        self.held[holder.ip] = holder
        self.say("add", holder, VENDOR_CLASS=STAGES[0])

    def touch(self, holder, dice):
        if dice > 0.9:
            del self.held[holder.ip]
            self.say("del", holder, DATA_MISSING="1")
            return
        # A client may ask for less time than before.
        holder.expires = self.now + self.dice.choice((LEASE, LEASE, 60))
        if dice < 0.7:
            holder.stage = min(holder.stage + 1, len(STAGES) - 1)
            self.say("old", holder, VENDOR_CLASS=STAGES[holder.stage])
        else:
            self.say("old", holder, DATA_MISSING="1")

    def expire(self):
        for holder in list(self.held.values()):
            if holder.expires <= self.now:
                del self.held[holder.ip]
                self.say("del", holder, DATA_MISSING="1")

    def restart(self):
        for holder in self.held.values():
            self.say("old", holder, DATA_MISSING="1")


# --- what may happen to the order ---------------------------------------------


def by_address(events):
    queues = collections.defaultdict(list)
    for event in events:
        queues[event.ip].append(event)
    return queues


def come_late(queue, dice):
    """Of one address: a new holder's first word overtakes the last words of
    the holder before it."""
    queue = list(queue)
    for at in range(1, len(queue)):
        first, new = at, queue[at]
        while (new.action == "add" and first > 0 and dice.random() < 0.6
               and queue[first - 1].action != "add"
               and queue[first - 1].mac != new.mac):
            first -= 1
        queue.insert(first, queue.pop(at))
    return queue


def overtake(events, dice):
    """Events of several addresses in any order."""
    queues = [come_late(queue, dice)[::-1]
              for queue in by_address(events).values()]
    mixed = []
    while queues:
        queue = dice.choice(queues)
        mixed.append(queue.pop())
        if not queue:
            queues.remove(queue)
    return mixed


def repeat(events, dice):
    """As a spool does that was drained by somebody who was killed."""
    return [event for event in events
            for _ in range(2 if dice.random() < 0.1 else 1)]


def is_followed(queue, at):
    """An `old` that another `old` follows may not be told at all."""
    return (queue[at].action == "old" and at + 1 < len(queue)
            and queue[at + 1].action == "old"
            and "DATA_MISSING" in queue[at].env)


def coalesce(events, dice):
    dropped = set()
    for queue in by_address(events).values():
        dropped |= {id(queue[at]) for at in range(len(queue))
                    if is_followed(queue, at) and dice.random() < 0.5}
    return [event for event in events if id(event) not in dropped]


# --- replaying ----------------------------------------------------------------


def command(event):
    return [dnsmasq.HOOK, event.action, event.mac, event.ip,
            *([event.name] if event.name else [])]


def call(store, event):
    env = {**store.env, **{f"DNSMASQ_{k}": v for k, v in event.env.items()}}
    return os.posix_spawn(dnsmasq.HOOK, command(event), env)


def comparable(nodes, leases):
    """Without moments, and without the address of a node that has no lease
    any more: it is the last that the node was heard of with."""
    holders = {lease["mac"] for lease in leases.values()}
    for mac, node in nodes.items():
        for member in ("created_at", "updated_at"):
            node.pop(member)
        if mac not in holders:
            node.pop("ip")
    return nodes


def replay(events, disturb=None):
    """The state that these events, one after another, end in."""
    with Store() as store:
        bad = 0
        for number, event in enumerate(events):
            if disturb:
                disturb(store, number, event)
            bad += os.waitpid(call(store, event), 0)[1] != 0
        if disturb:
            disturb(store, -1, None)
        store.hook("init")
        ok(bad == 0 and store.waiting() == 0,
           f"{len(events)} events, none refused and none waiting")
        return store.leases(), comparable(store.nodes(), store.leases())


class Trouble:
    """The store goes away for a while, and scripts are killed."""

    def __init__(self, dice):
        self.dice = dice
        self.is_away = False

    def __call__(self, store, number, event):
        away = store.db + ".away"
        if self.is_away and (event is None or self.dice.random() < 0.1):
            os.rename(away, store.db)
            self.is_away = False
        elif event and not self.is_away and self.dice.random() < 0.01:
            os.rename(store.db, away)
            self.is_away = True
        if event and self.dice.random() < 0.1:
            pid = call(store, event)
            time.sleep(self.dice.uniform(0, 0.002))
            os.kill(pid, 9)
            os.waitpid(pid, 0)


def compare(got, wanted, name):
    for what, one, other in zip(("leases", "nodes"), got, wanted):
        if one != other:
            differ = [key for key in {*one, *other}
                      if one.get(key) != other.get(key)]
            diag(*(f"{key}: {one.get(key)} instead of {other.get(key)}"
                   for key in differ[:5]))
        ok(one == other, f"{name}: the same {what}")


def main():
    lacking = dnsmasq.missing()
    if lacking:
        skip_all(f"this test needs: {lacking}")
    diag(f"NF_TEST_SEED={SEED} NF_TEST_EVENTS={EVENTS}")
    model = Model(random.Random(SEED))
    events = model.run(EVENTS)
    wanted = replay(events)
    is_({ip: lease["mac"] for ip, lease in wanted[0].items()},
        {h.ip: h.mac.replace(":", "") for h in model.held.values()},
        "in order the store holds what dnsmasq holds")
    dice = random.Random(SEED + 1)
    storm = repeat(overtake(events, dice), dice)
    compare(replay(storm), wanted, "overtaking, late and repeated")
    compare(replay(coalesce(events, dice)), wanted, "coalesced")
    compare(replay(events, Trouble(dice)), wanted, "killed and spooled")
    done()


main()
