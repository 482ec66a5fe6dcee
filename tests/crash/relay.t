#!/usr/bin/env python3
"""nf-relay killed inside its transactions, between a real mosquitto and a
real store: what the broker acknowledged to a node is in the store."""

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import crash
import mosquitto
import mqtt
import relay
from tap import diag, done, is_, ok, skip_all

KILLS = max(50, int(os.environ.get("NF_TEST_KILLS", "200")) // 4)
PUBLISHERS = 4
NODES = 8000   # that each publisher speaks for, before it begins again
BURST = 10     # statuses that a publisher sends between two pauses
INSTALLED = 60 # nodes that are installed meanwhile, at most
# As ours: a kill finds hundreds of messages that are not yet acknowledged.
BROKER = "max_inflight_messages 500\n"


class Publisher(threading.Thread):
    """Speaks for one node after another; remembers what the broker took."""

    def __init__(self, port, number, stop):
        super().__init__()
        self.port, self.number, self.stop = port, number, stop
        self.sent = {}
        self.ready = [] # nodes whose installer has reported
        self.failed = None

    def run(self):
        try:
            with mqtt.Client(self.port, f"nodes-{self.number}") as client:
                turn = 0
                while not self.stop.is_set():
                    self._burst(client, turn)
                    turn += 1
                    time.sleep(0.02)
                while self.ready:
                    self._say(client, self.ready.pop(0), turn, "installed")
                client.finish()
        except OSError as e:
            self.failed = str(e)

    def _burst(self, client, turn):
        for i in range(turn * BURST, (turn + 1) * BURST):
            self._say(client, self.number * NODES + i % NODES, i, "running")
        if self.ready:
            self._say(client, self.ready.pop(0), turn, "installed")

    def _say(self, client, node, count, word):
        hostname = f"h{count}-{node}" # what two say is neither's
        ip = f"10.{50 + self.number}.{count >> 8 & 255}.{count & 255}"
        mac = relay.many(node)
        client.publish(f"node/{mac}/status", json.dumps(
            {"status": word, "hostname": hostname, "ip": ip}))
        self.sent[mac] = hostname


class Installer(threading.Thread):
    """Brings nodes to their first boot, and has a publisher speak for each."""

    def __init__(self, site, publishers, stop):
        super().__init__()
        self.site, self.publishers, self.stop = site, publishers, stop
        self.macs = []
        self.failed = None

    def run(self):
        first = PUBLISHERS * NODES # nodes that say nothing else
        try:
            while not self.stop.is_set() and len(self.macs) < INSTALLED:
                node = first + len(self.macs)
                mac = relay.many(node)
                self.site.store("action", mac, "install")
                self.site.store("served", mac)
                self.site.store("done", mac)
                self.macs.append(mac)
                self.publishers[node % PUBLISHERS].ready.append(node)
        except (OSError, subprocess.SubprocessError) as e:
            self.failed = str(e)


def kill_often(site, lock):
    """How many of KILLS were inside a transaction."""
    inside = 0
    for n in range(KILLS):
        site.until_log("connected to the broker", n + 1)
        time.sleep(random.random() * 0.1)
        _, was_inside = crash.kill_writer(lock, lambda: {site.process.pid})
        inside += was_inside
        site.process.wait()
        site.start()
    return inside


def last_words(events):
    """The node of each MAC as the log says it is at the end."""
    return {e["mac"]: e["node"] for e in events if "node" in e}


def check_nodes(site, sent, macs):
    ran = subprocess.run([crash.PROGRAM, "check", site.settings["NF_DB_PATH"]],
                         capture_output=True, text=True)
    is_((ran.returncode, ran.stdout[-200:] if ran.returncode else ""),
        (0, ""), "the state is the replay of the log")
    events = site.events()
    nodes = last_words(events)
    is_([(mac, said, nodes[mac].get("hostname"))
         for mac, said in sent.items()
         if nodes[mac].get("hostname") != said][:3],
        [], f"each of {len(sent)} nodes has the host name that it "
        "said last")
    is_([mac for mac in macs if nodes[mac].get("status") != "installed"][:5],
        [], f"each of {len(macs)} nodes that said so is installed")
    over = [e["mac"] for e in events if e["kind"] == "task.completed"]
    is_([mac for mac in macs if over.count(mac) != 1][:5], [],
        "and its task is completed once")
    ok(len(over) == len(macs) > 0, "and no other")


def heard(site, since):
    return int(site.store("heard", PUBLISHERS * NODES + INSTALLED, since))


def main():
    missing = [p for p in ("mosquitto", "cc") if not shutil.which(p)]
    missing += [p for p in (relay.RELAY, crash.PROGRAM) if not os.path.exists(p)]
    if missing:
        skip_all(f"needs {' '.join(missing)}")
    with relay.Broker(BROKER) as broker, relay.Site(
            broker, NF_DHCP_NETMASK="255.0.0.0") as site:
        site.store("many", PUBLISHERS * NODES + INSTALLED)
        lock = crash.Lock(site.settings["NF_DB_PATH"])
        stop, enough = threading.Event(), threading.Event()
        publishers = [Publisher(broker.port, i, stop)
                      for i in range(PUBLISHERS)]
        installer = Installer(site, publishers, enough)
        began = int(time.time() * 1000)
        site.start()
        site.until_log("connected to the broker")
        for thread in [*publishers, installer]:
            thread.start()
        inside = kill_often(site, lock)
        lock.close()
        enough.set()
        installer.join()
        stop.set() # only now: the installer's last node is spoken for
        for publisher in publishers:
            publisher.join()
        is_([t.failed for t in [*publishers, installer] if t.failed], [],
            "no node was turned away by the broker or the store")
        ok(inside >= KILLS * 0.9,
           f"{inside} of {KILLS} kills hit an open transaction")
        sent = {m: s for p in publishers for m, s in p.sent.items()}
        wanted = len(sent)
        mosquitto.wait_for(lambda: heard(site, began) >= wanted)
        is_(heard(site, began), wanted,
            f"each of {wanted} acknowledged heartbeats is there")
        ok(site.process.poll() is None, "nf-relay runs")
        is_(site.stop(), 0, "and ends when told to")
        check_nodes(site, sent, installer.macs)
        diag(*[line for line in site.log().splitlines()
               if "not stored" in line][:5])
    done()


main()
