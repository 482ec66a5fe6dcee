#!/usr/bin/env python3
"""nf-relay's disk fails once: it goes on, and no status is lost."""

import errno
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import fault
import relay
from tap import done, is_, like, ok


def say(broker, mac, hostname):
    broker.publish(f"node/{mac}/status", json.dumps(
        {"status": "installed", "hostname": hostname}))


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
            ok(site.until_log("started"), "nf-relay runs")
            st = os.stat(ballast)
            is_((st.st_mode & 0o777, st.st_blocks > 0), (0o660, True),
                "and has made the ballast that was not there")
            for n, (call, err) in enumerate(fault.FAULTS):
                what = f"{call} {errno.errorcode[err]}"
                disk.fail(call, err)
                say(broker, mac, f"host-{n}")
                node = site.until_node(
                    mac, lambda node: node.get("hostname") == f"host-{n}")
                is_(node.get("hostname"), f"host-{n}",
                    f"{what}: the status is stored in the end")
                is_(disk.fired(), 1, f"{what}: the fault fired")
            like(site.log(), "opened the store anew", "and says what it did")
            is_(site.stop(), 0, "it is the same process")
    done()


main()
