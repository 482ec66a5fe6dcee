#!/usr/bin/env python3
"""nf-bmc scan: BMCs among other machines, in a network of their own.  What
answers is not believed, and nobody is told a password."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import netns  # noqa: E402
import redfish_peer  # noqa: E402
import rmcp  # noqa: E402
from bastion import BUILD  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

NET = "10.99.7"
OPEN_MAX = 128
IPMI = {"version": "2.0", "key": False, "anonymous": False}


def ip(n):
    return f"{NET}.{n}"


class Rude:
    """Answers each packet to UDP 623 with many that make no sense, from the
    right port and from another one."""

    def __init__(self, host):
        self.heard = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 623))
        self._other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._other.bind((host, 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            packet, peer = self._socket.recvfrom(2048)
            self.heard += 1
            pong = (packet[:8] + bytes([0x40, packet[9], 0, 16]) + packet[4:8]
                    + bytes(4) + bytes([0x81]) + bytes(7))
            for n in range(0, len(pong), 3):
                self._socket.sendto(pong[:n], peer)
            wrong = bytearray(pong)
            wrong[9] ^= 1
            self._socket.sendto(bytes(wrong), peer)
            self._socket.sendto(b"\x06\0\xff\x07" + b"\xff" * 1400, peer)
            self._socket.sendto(packet, peer)
            self._other.sendto(pong, peer)


class Lossy(rmcp.Bmc):
    """What came first was lost."""

    def _answer(self, packet):
        return super()._answer(packet) if self.packets > 2 else None


def silent(host):
    """Takes connections to port 443, and says nothing."""
    listener = socket.socket()
    listener.bind((host, 443))
    listener.listen()
    return listener


@contextlib.contextmanager
def machines(pair):
    """BMCs and others, by the last number of their address."""
    for n in range(5, 15):
        subprocess.run(["ip", "-n", pair.server, "addr", "add", f"{ip(n)}/32",
                        "dev", pair.server_link], check=True)
    with netns.inside(pair.server), contextlib.ExitStack() as stack:
        def ipmi(n, kind=rmcp.Bmc, **faults):
            return stack.enter_context(kind(at=(ip(n), 623), **faults))

        def redfish(n, *quirks, documents=None):
            bmc = redfish_peer.Peer(*quirks, at=(ip(n), 443))
            if documents is not None:
                bmc.documents = lambda: documents
            return stack.enter_context(bmc)

        yield {5: ipmi(5), 6: redfish(6), 7: (ipmi(7), redfish(7, "redirect")),
               8: ipmi(8, Lossy, no_ping=True), 9: redfish(9, "root_shut"),
               10: Rude(ip(10)), 11: silent(ip(11)),
               12: redfish(12, documents={"": {"RedfishVersion": "1.0.0",
                                               "Oem": "x" * 70000}}),
               13: redfish(13, documents={"": {"Product": "a web camera"}}),
               14: redfish(14, documents={"": {
                   "RedfishVersion": "1.0.0\u001b[2J", "Vendor": "\u001b]0;x\a",
                   "@odata.type": "#ServiceRoot.v1_0_0.ServiceRoot",
                   "UUID": "\n", "Product": "p" * 500}})}


def words(pair, *arguments):
    return pair.command(pair.client, os.path.join(BUILD, "nf-bmc"), "scan",
                        *arguments)


def scan(pair, *arguments):
    """Its exit status, what it found by the last number, its stderr."""
    ran = subprocess.run(words(pair, *arguments), capture_output=True,
                         text=True, timeout=limit(120), check=False)
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    found = {int(row.pop("address").rpartition(".")[2]): row for row in rows}
    is_(len(found), len(rows), "each address is told once")
    return ran.returncode, found, ran.stderr


def all_of_them(pair, there):
    code, found, said = scan(pair, "--rate", "1000", f"{NET}.0/24")
    is_((code, said), (0, ""), "a network is looked at")
    root = {"version": "1.11.0", "vendor": "ACME", "product": "Box Controller",
            "uuid": "92384634-2938-2342-8820-489239905423"}
    is_(found.get(5), {"drivers": ["ipmi"], "ipmi": IPMI}, "one by IPMI")
    is_(found.get(6), {"drivers": ["redfish"],
                       "redfish": {**root, "pin": there[6].pin}},
        "one by Redfish, with the key that it shows")
    is_(found.get(7), {"drivers": ["ipmi", "redfish"], "ipmi": IPMI,
                       "redfish": {**root, "pin": there[7][1].pin}},
        "one by both, behind a redirect")
    is_(found.get(8), {"drivers": ["ipmi"], "ipmi": IPMI},
        "one that answers no ping, the second time")
    is_(found.get(9), {"drivers": ["redfish"],
                       "redfish": {"pin": there[9].pin}},
        "one that hides its root")
    is_(found.get(14), {"drivers": ["redfish"],
                        "redfish": {"vendor": "?]0;x?",
                                    "product": "p" * 60 + "...",
                                    "pin": there[14].pin}},
        "one whose words are no words")
    is_(sorted(found), [5, 6, 7, 8, 9, 14], "and no other")
    ok(there[10].heard, "one that answers nonsense was asked")
    told = [request for n in (6, 9, 12, 13, 14)
            for request in there[n].requests]
    is_({(method, path) for method, path, _ in told},
        {("GET", "/redfish/v1/")}, "nothing but the root is asked for")
    ok(not any({"Authorization", "X-Auth-Token"} & headers.keys()
               for _, _, headers in told), "and nobody is told a password")


def bounds(pair):
    with subprocess.Popen(words(pair, "-r", "1000", f"{NET}.100-{NET}.250"),
                          stdout=subprocess.PIPE) as process:
        most = 0
        while process.poll() is None:
            with contextlib.suppress(OSError):
                most = max(most, len(os.listdir(f"/proc/{process.pid}/fd")))
            time.sleep(0.02)
    ok(20 < most <= OPEN_MAX + 20, f"at most {most} files are open")
    begun = time.monotonic()
    is_(scan(pair, "--rate", "10", f"{NET}.100-{NET}.119")[0], 0,
        "twenty addresses, ten in a second")
    took = time.monotonic() - begun
    ok(took > 1.9 + 1, f"take their time: {took:.1f} s")


def progress(pair):
    """For a person, and for nobody else."""
    master, slave = os.openpty()
    ran = subprocess.run(words(pair, ip(5), ip(100)), stdout=subprocess.PIPE,
                         stderr=slave, check=False, timeout=limit(60))
    os.close(slave)
    said = os.read(master, 65536).decode()
    is_(len(ran.stdout.splitlines()), 1, "one of two is found")
    like(said, "of 2 addresses, 1 found", "progress is shown on a terminal")


def misuse(pair):
    for arguments, why in (
            ((), "a range is missing"),
            (("10.0.0.0/15",), "the maximum of 65536 addresses"),
            (("10.0.0.0/16", "10.1.0.0/24"), "the maximum of 65536 addresses"),
            (("10.0.0.0/24", "10.0.0.7"), "overlaps an earlier range"),
            (("bmc7",), "must be an IPv4 address"),
            (("10.0.0.9-10.0.0.1",), "ends before it begins"),
            (("--rate", "0", "10.0.0.1"), "must be a number from 1 to 1000"),
            (("--rate", "1001", "10.0.0.1"), "must be a number from 1 to 1000")):
        code, _, said = scan(pair, *arguments)
        is_(code, 64, f"refused: {' '.join(arguments)}")
        like(said, why, "  and says why")
    code, found, said = scan(pair, "203.0.113.7")
    is_((code, found), (1, {}), "what cannot be asked is a failure")
    like(said, "1 addresses could not be probed: Network is unreachable",
         "  and says so")


def main():
    with netns.Pair() as pair, machines(pair) as there:
        all_of_them(pair, there)
        bounds(pair)
        progress(pair)
        misuse(pair)
    done()


main()
