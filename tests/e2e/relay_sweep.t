#!/usr/bin/env python3
"""nf-relay removes what no boot file names any more."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import relay
from tap import done, is_, like, ok


def contents(site):
    return sorted(name for _, _, names in os.walk(site.path("files/by-hash"))
                  for name in names)


def ticks(path):
    """CPU that it has used."""
    with open(path, encoding="ascii") as f:
        words = f.read().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def beside(broker):
    """A large catalogue is looked through, and the loop goes on."""
    with relay.Site(broker, NF_FILES_KEEP="3600") as site:
        site.store("many", 1)
        site.store("catalogue", 10000)
        site.write("goes", "goes")
        site.nf("files", "put", "goes", site.path("goes"))
        site.nf("files", "rm", "goes")
        for name in contents(site):
            path = site.path(f"files/by-hash/{name[:2]}/{name}")
            os.utime(path, (time.time() - 7200,) * 2)
        site.start()
        pid = site.process.pid
        ok(site.until_log("count=1 bytes=4"), "of many one goes")
        all_of_it = ticks(f"/proc/{pid}/stat")
        loop = ticks(f"/proc/{pid}/task/{pid}/stat")
        ok(loop < all_of_it / 2,
           f"most of the work was not the loop's ({loop} of {all_of_it})")
        is_(site.stop(), 0, "it ends by SIGTERM")
        site.write("relay.log", "")
        site.start()
        pid = site.process.pid
        usual = len(os.listdir(f"/proc/{pid}/task"))
        relay.mosquitto.wait_for(
            lambda: ticks(f"/proc/{pid}/stat") > 5 + ticks(
                f"/proc/{pid}/task/{pid}/stat")
            and len(os.listdir(f"/proc/{pid}/task")) > usual)
        is_(site.stop(), 0, "and so it does in the midst of that")


def main():
    with relay.Broker() as broker:
        beside(broker)
        with relay.Site(broker, NF_FILES_KEEP="3600") as site:
            for name in ("stays", "goes", "young"):
                site.write(name, name)
                is_(site.nf("files", "put", name, site.path(name)).returncode,
                    0, f"{name} is put")
            before = contents(site)
            for name in before:
                path = site.path(f"files/by-hash/{name[:2]}/{name}")
                with open(path, encoding="utf-8") as f:
                    is_old = f.read() != "young"
                if is_old:
                    os.utime(path, (time.time() - 7200,) * 2)
            site.write("files/.uploads/tmp-0123456789abcdef", "half")
            os.utime(site.path("files/.uploads/tmp-0123456789abcdef"),
                     (time.time() - 7200,) * 2)
            os.mkdir(site.path("files/.trash"))
            site.write("files/.trash/left", "by a sweep that was killed")
            site.nf("files", "rm", "goes", "young")
            site.start()
            ok(site.until_log("removed unused contents"),
               "a moment after its start it looks")
            like(site.log(), "count=2 bytes=8", "and says what went")
            is_(len(contents(site)), 2, "one content went")
            is_(os.listdir(site.path("files/.uploads")), [],
                "and the upload that nobody went on with")
            ok(relay.mosquitto.wait_for(
                lambda: not os.listdir(site.path("files/.trash"))),
               "nothing stays in the trash, what was left there neither")
            is_(site.nf("files", "get", "stays", "-").stdout, "stays",
                "what is named stays")
            is_(site.stop(), 0, "it ends by SIGTERM")
    done()


main()
