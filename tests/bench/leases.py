"""The lease row: dnsmasq with nf-hook, beside dnsmasq with a hook that does
nothing.  perfdhcp plays the clients; every address it was given must be in
the store afterwards."""

import os
import re
import subprocess

import dnsmasq
import netns

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
NOTHING = os.path.join(TOP, "build", "bench", "nothing")
SECONDS = 3
ROOM = ("dhcp-range=10.99.32.0,10.99.95.250,255.255.0.0,1h",)


def build():
    """Static, as nf-hook is: exec is most of a hook's time."""
    subprocess.run(["gcc", "-O2", "-static", "-o", NOTHING,
                    os.path.join(HERE, "nothing.c")], check=True)


def completed(text):
    """4-way exchanges that perfdhcp counted."""
    received = re.findall(r"received packets: (\d+)", text)
    return int(received[1])  # of REQUEST-ACK, behind DISCOVER-OFFER


def storm(pair, rate):
    clients = rate * SECONDS
    ran = subprocess.run(pair.command(
        pair.client, "perfdhcp", "-4", "-r", str(rate), "-R", str(clients),
        "-p", str(SECONDS), "-l", pair.client_link), capture_output=True,
        text=True)
    return completed(ran.stdout)


def acked(server):
    return set(re.findall(r"DHCPACK\(\S+\) (\S+)", server.read_log()))


def one_round(pair, rate, hook):
    """Leases given a second, and how many of them the store lacks once
    dnsmasq has run every script it queued."""
    with dnsmasq.Store() as store:
        with dnsmasq.Dnsmasq(pair, store, hook=hook, lines=ROOM) as server:
            given = storm(pair, rate)
            if hook == NOTHING:
                return given / SECONDS, 0
            told = acked(server)
            dnsmasq.until(lambda: told <= set(store.leases()), 60)
            return given / SECONDS, len(told - set(store.leases()))


def measure(rate, rounds):
    """(ours, ceilings, lost) of interleaved rounds."""
    ours, ceilings, lost = [], [], 0
    build()
    with netns.Pair() as pair:
        for _ in range(rounds):
            got, missed = one_round(pair, rate, dnsmasq.HOOK)
            ours.append(got)
            lost += missed
            ceilings.append(one_round(pair, rate, NOTHING)[0])
    return ours, ceilings, lost
