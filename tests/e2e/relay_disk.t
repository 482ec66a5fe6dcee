#!/usr/bin/env python3
"""nf-relay's disk fails once: it goes on, and no status is lost."""

import errno
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import fault
import relay
from mosquitto import wait_for
from tap import done, is_, like, ok


def say(broker, mac, hostname):
    broker.publish(f"node/{mac}/status", json.dumps(
        {"status": "installed", "hostname": hostname}))


def until_fired(site, broker, disk, mac, name):
    """Statuses until one meets the fault, as not every commit has as many
    writes; the last one's host name."""
    for i in range(10):
        say(broker, mac, f"{name}-{i}")
        wait_for(lambda i=i: disk.fired() or site.node(mac).get(
            "hostname") == f"{name}-{i}")
        if disk.fired():
            break
    return f"{name}-{i}"


def for_a_while(site, broker, disk, mac):
    """Many commits fail: what was told waits, and is stored when it can be."""
    for call, err in (("write", errno.ENOSPC), ("sync", errno.EIO),
                      ("meta", errno.EIO)):
        what, name = f"{call} {errno.errorcode[err]} and again", f"again-{call}"
        disk.fail(call, err, n=6)
        say(broker, mac, name)
        ok(wait_for(lambda: disk.fired() >= 2), f"{what}: it tries again")
        disk.heal()
        node = site.until_node(
            mac, lambda node, n=name: node.get("hostname") == n)
        is_(node.get("hostname"), name, f"{what}: and stores it in the end")


def spooled(site, disk):
    """Reports that wait in the spool go in once, whatever fails meanwhile."""
    for n, (call, skip, err) in enumerate(fault.FAULTS):
        what = f"the spool, {call} {skip} {errno.errorcode[err]}"
        address = f"10.99.7.{n}"
        disk.fail(call, err, skip=skip)
        site.store("spool", f"5254000007{n:02x}", address)
        ok(wait_for(lambda a=address: any(
            e.get("lease", {}).get("ip") == a
            for e in site.events("lease.put"))), f"{what}: it is taken in")
        disk.heal()
    is_(len(site.events("lease.put")), len(fault.FAULTS), "each of them once")


def files(site, disk, mac):
    """A file of dnsmasq's that cannot be written is written later."""
    path = site.path(f"hosts/{mac}")
    for n, err in enumerate(fault.ERRORS):
        what = f"a binding's file, {errno.errorcode[err]}"
        disk.fail("write", err, of="/hosts/")
        site.store("bind", mac, f"10.99.0.{n + 100}", "")
        ok(wait_for(lambda n=n: os.path.exists(path)
                    and f"10.99.0.{n + 100}" in site.read(f"hosts/{mac}")),
           f"{what}: it is there in the end")
        is_(disk.fired(), 1, f"{what}: the fault fired")
        is_([name for name in os.listdir(site.path("hosts"))
             if name.startswith(".")], [], f"{what}: no draft stays")


def main():
    with relay.Broker() as broker:
        with relay.Site(broker) as site:
            disk = fault.Disk(site.dir)
            site.env = site.env | disk.env
            site.store("many", 1)
            mac = relay.many(0)
            ballast = site.settings["NF_DB_PATH"] + "-ballast"
            os.remove(ballast)
            site.start()
            ok(site.until_log("connected to the broker"), "nf-relay runs")
            st = os.stat(ballast)
            is_((st.st_mode & 0o777, st.st_blocks > 0), (0o660, True),
                "and has made the ballast that was not there")
            for n, (call, skip, err) in enumerate(fault.FAULTS):
                what = f"{call} {skip} {errno.errorcode[err]}"
                disk.fail(call, err, skip=skip)
                name = until_fired(site, broker, disk, mac, f"host-{n}")
                is_(disk.fired(), 1, f"{what}: the fault fired")
                node = site.until_node(
                    mac, lambda node: node.get("hostname") == name)
                is_(node.get("hostname"), name,
                    f"{what}: the status is stored in the end")
            like(site.log(), "reopened the store", "and says what it did")
            for_a_while(site, broker, disk, mac)
            spooled(site, disk)
            files(site, disk, mac)
            is_(site.stop(), 0, "it is the same process")
    done()


main()
