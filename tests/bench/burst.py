"""A rack that is switched on at once: all machines ask before any takes what it
was offered, as firmware does, and each asks again when it is not answered.
Beside it, dnsmasq with its pool alone."""

import os
import random
import signal

import netns
import powerup
import serving
from dnsmasq import until

THINK = 1.0     # seconds between OFFER and REQUEST; OVMF takes 3.8
WITHIN = 120


def switch_on(pair, count):
    """(NAKs, seconds until all had an address, how many never had one)."""
    cards = [powerup.mac(random.getrandbits(24)) for _ in range(count)]
    rack = powerup.Rack(pair.client, pair.client_link)
    machines = rack.switch_on(cards, serving.PXE, think=THINK, within=WITHIN)
    rack.close()
    lacking = sum(m.ip is None for m in machines)
    distinct = set(powerup.addresses(machines)) - {None}
    if len(distinct) + lacking != count:
        raise RuntimeError("two machines have one address")
    return (powerup.naks(machines), powerup.seconds(machines) or WITHIN,
            lacking)


def one(count, is_ours):
    with netns.Pair() as pair, serving.Site(pair, NF_DHCP_RANGES="") as site:
        if not site.start():
            raise RuntimeError("nf up does not come up")
        if not is_ours:     # as when nf-reserve cannot be started
            os.unlink(site.path("lib/nf-reserve"))
            os.kill(site.pid(), signal.SIGKILL)
            until(site.is_open)
        found = switch_on(pair, count)
        site.stop()
        return found


def measure(count, rounds):
    return [one(count, True) for _ in range(rounds)], one(count, False)
