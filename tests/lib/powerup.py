"""Machines that are switched on together: DHCP clients that retransmit."""

import heapq
import random
import select
import socket
import time

import dhcp
import netns

# As firmware waits for an answer: seconds, then the next boot option.
PATIENCE = (4, 8, 16, 32)


def mac(n, first="52:54:00"):
    return f"{first}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


class Machine:
    """One card, from its first DISCOVER to its ACK."""

    def __init__(self, card, options, think):
        self.card, self.options, self.think = card, list(options), think
        self.xid = random.getrandbits(32)
        self.state, self.tries = dhcp.DISCOVER, 0
        self.offered = self.server = self.ip = None
        self.naks = 0
        self.first = self.asked_at = self.had_at = None

    def message(self, relay):
        more = [] if self.state == dhcp.DISCOVER else [
            (dhcp.REQUESTED, socket.inet_aton(self.offered)),
            (dhcp.SERVER_ID, self.server)]
        return dhcp.pack(self.state, self.card, self.xid,
                         options=[*more, *self.options], relay=relay)

    def hear(self, kind, ip, told, now):
        """When to send next, or None: nothing more."""
        if self.state == dhcp.DISCOVER and kind == dhcp.OFFER:
            self.state, self.tries = dhcp.REQUEST, 0
            self.offered, self.server = ip, told[dhcp.SERVER_ID]
            return now + self.think
        if self.state == dhcp.REQUEST and kind == dhcp.ACK:
            self.state, self.ip, self.had_at = dhcp.ACK, ip, now
        elif self.state == dhcp.REQUEST and kind == dhcp.NAK:
            self.naks += 1
            self.xid = random.getrandbits(32)
            self.state, self.tries = dhcp.DISCOVER, 0
            return now + 1
        return None


class Rack:
    """Many of them behind one link; `relay` asks as a relay of that address
    does, which must be the link's own."""

    def __init__(self, namespace, link, server=netns.SERVER, relay=None,
                 port=67):
        with netns.inside(namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
            self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                               link.encode())
        self.socket.bind(("", 67 if relay else 68))
        self._to = (server if relay else "255.255.255.255", port)
        self._relay = relay or "0.0.0.0"

    def close(self):
        self.socket.close()

    def switch_on(self, cards, options=(), think=0.0, within=60, gap=0.0):
        """All at once, `gap` seconds between two; the machines, when each has
        an address or so many seconds are over."""
        machines = [Machine(card, options, think) for card in cards]
        by_xid = {m.xid: m for m in machines}
        start = time.monotonic()
        due = [(start + i * gap, i) for i in range(len(machines))]
        heapq.heapify(due)
        left = set(range(len(machines)))
        number = {id(m): i for i, m in enumerate(machines)}
        while left and time.monotonic() - start < within:
            now = time.monotonic()
            while due and due[0][0] <= now:
                at, i = heapq.heappop(due)
                self._send(machines[i], at, i, due, now)
                by_xid[machines[i].xid] = machines[i]
            wait = due[0][0] - time.monotonic() if due else 0.5
            self._hear(max(0, min(wait, 0.5)), by_xid, number, due, left)
        return machines

    def _send(self, machine, at, i, due, now):
        if machine.state == dhcp.ACK or machine.tries == len(PATIENCE):
            return
        if machine.asked_at is not None and at < machine.asked_at:
            return      # an older plan
        machine.first = machine.first or now
        machine.asked_at = now + PATIENCE[machine.tries]
        machine.tries += 1
        heapq.heappush(due, (machine.asked_at, i))
        self.socket.sendto(machine.message(self._relay), self._to)

    def _hear(self, wait, by_xid, number, due, left):
        while select.select([self.socket], [], [], wait)[0]:
            wait = 0
            xid, ip, told = dhcp.unpack(self.socket.recv(4096))
            machine = by_xid.get(xid)
            if machine is None or dhcp.TYPE not in told:
                continue
            now = time.monotonic()
            i = number[id(machine)]
            again = machine.hear(told[dhcp.TYPE][0], ip, told, now)
            if again is not None:
                machine.asked_at = again
                by_xid[machine.xid] = machine
                heapq.heappush(due, (again, i))
            if machine.state == dhcp.ACK:
                left.discard(i)


def naks(machines):
    return sum(m.naks for m in machines)


def addresses(machines):
    return [m.ip for m in machines]


def seconds(machines):
    """From the first question to the last ACK; None: not all have one."""
    if not all(m.had_at for m in machines):
        return None
    return max(m.had_at for m in machines) - min(m.first for m in machines)
