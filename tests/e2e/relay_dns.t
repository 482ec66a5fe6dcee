#!/usr/bin/env python3
"""A DNS server that never answers does not stop nf-relay's other work."""

import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import relay
from pace import limit
from tap import done, is_, ok

SERVER = "127.0.0.77"
ROUNDS = 8


def reaction(site, n):
    """Seconds from a report in the spool to its node in the store."""
    mac = f"5254000000{n:02x}"
    start = time.monotonic()
    site.store("spool", mac, f"10.98.0.{n + 1}")
    node = site.until_node(mac, bool)
    return time.monotonic() - start if node else None


def main():
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind((SERVER, 53))
    with relay.Broker() as broker:
        with relay.Site(broker, NF_NODE_RULE="all") as site:
            site.env["NF_MQTT_BROKER"] = "broker.nowhere.example:1883"
            site.write("resolv.conf", f"nameserver {SERVER}\n")
            mount = (f"mount --bind {site.path('resolv.conf')}"
                     " /etc/resolv.conf && exec \"$@\"")
            site.start(under=("unshare", "-m", "sh", "-c", mount, "sh"))
            ok(site.until_log("started"), "nf-relay runs")
            silent.settimeout(limit(10))
            ok(silent.recvfrom(512)[0], "and asks for its broker's name")
            took = []
            for n in range(ROUNDS): # some 10 s: two lookups and more
                took.append(reaction(site, n))
                time.sleep(1)
            ok(None not in took, "what nf-hook left is taken in")
            ok(max(t or 99 for t in took) < limit(3),
               f"at once, each time ({max(t or 99 for t in took):.1f} s)")
            ok(site.until_log("its name is not resolved yet")
               or site.until_log("its name has no address"),
               "it says what it waits for")
            start = time.monotonic()
            is_(site.stop(), 0, "it ends by SIGTERM")
            ok(time.monotonic() - start < limit(3), "without waiting for DNS")
    silent.close()
    done()


main()
