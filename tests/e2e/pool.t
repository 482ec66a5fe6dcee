#!/usr/bin/env python3
"""A DHCP pool that is exhausted stands in /health, and in front of what `nf why`
says of a machine that gets no address, until it is enlarged."""

import contextlib
import os
import pathlib
import shutil
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import netns    # noqa: E402
import powerup  # noqa: E402
from dnsmasq import until  # noqa: E402
from powerup import mac  # noqa: E402
from serving import FIRST, PXE, Site  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all  # noqa: E402


@contextlib.contextmanager
def rack(pair):
    one = powerup.Rack(pair.client, pair.client_link)
    try:
        yield one
    finally:
        one.close()


def asks(pair, card, patience):
    with rack(pair) as machines:
        return machines.switch_on([card], PXE, within=patience)[0].ip


def words(site):
    return [d["word"] for d in site.health()[1].get("details", [])]


def why(site, card):
    return site.api("GET", f"/api/v1/nodes/{card.replace(':', '')}/timeline")[1]


def main():
    missing = [name for name in ("ip", "dnsmasq", "nginx", "mosquitto")
               if not shutil.which(name, path=os.environ["PATH"]
                                   + ":/usr/sbin:/sbin")]
    if os.geteuid() != 0 or missing:
        skip_all(f"needs root, and {missing}")
    with netns.Pair() as pair, Site(
            pair, NF_DHCP_IP_POOL_END="10.99.0.11") as site:
        if not ok(site.start(), "nf up serves a pool of two"):
            diag(site.up.words())
            done()
        ok(until(lambda: words(site) == []), "nothing is wrong")
        got = [asks(pair, mac(n), 10) for n in (1, 2)]
        is_(sorted(got), [FIRST, "10.99.0.11"], "two machines have them")
        late = mac(3)
        site.api("POST", "/api/v1/nodes", {"mac": late})
        is_(asks(pair, late, 3), None, "the third gets none")
        is_(words(site), ["pool_exhausted"], "/health says so")
        said = why(site, late)
        is_(said["waits"].get("trouble"), "pool_exhausted", "nf why knows of it")
        like(said["now"], r"^The DHCP pool 10\.99\.0\.10-10\.99\.0\.11 has had no "
             "free address since ", "and begins with it")
        site.settings["NF_DHCP_IP_POOL_END"] = "10.99.0.20"
        site.environ()
        site.up.process.send_signal(signal.SIGHUP)
        ok(until(lambda: words(site) == [], 60), "enlarged, nothing is wrong")
        like(asks(pair, late, 10) or "", r"^10\.99\.0\.", "and it gets one")
        site.stop()
    done()


if __name__ == "__main__":
    main()
