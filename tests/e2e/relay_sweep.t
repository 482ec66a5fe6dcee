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


def main():
    with relay.Broker() as broker:
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
            ok(site.until_log("removed contents that nothing names"),
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
