#!/usr/bin/env python3
"""A rack switched on at once: nf-reserve keeps an address for each card before
dnsmasq offers one; and DHCP goes on when nf-reserve does not."""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import dhcp     # noqa: E402
import netns    # noqa: E402
import powerup  # noqa: E402
from dnsmasq import until  # noqa: E402
from pace import limit  # noqa: E402
from powerup import addresses, mac, naks, seconds  # noqa: E402
from serving import PXE, Site  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

RELAY, FAR = "10.81.0.1", "10.82.0.1"


@contextlib.contextmanager
def rack(pair, **words):
    one = powerup.Rack(pair.client, pair.client_link, **words)
    try:
        yield one
    finally:
        one.close()


def cards(n, first="52:54:00"):
    return [mac(random.getrandbits(24), first) for _ in range(n)]


def all_have_one(machines, name):
    is_((sum(m.ip is not None for m in machines), naks(machines),
         len(set(addresses(machines)))), (len(machines), 0, len(machines)),
        f"{name}: each has an address, of its own, and no NAK")


# --- a rack ------------------------------------------------------------------


def at_once(pair, site):
    known = cards(180)
    with rack(pair) as machines:
        # firmware waits before it takes an offer: all ask before any does
        got = machines.switch_on(known, PXE, think=1.0)
        all_have_one(got, "180 at once of 201")
        diag(f"seconds until all had one: {seconds(got):.2f}")
        ok(seconds(got) < limit(3), "without waiting for a second question")
        again = machines.switch_on(known, PXE, think=0.2)
        is_(addresses(again), addresses(got), "and each has it again")
    want = {m.ip: m.card for m in got}
    until(lambda: len(site.leases()) == len(got), 60)
    is_({ip: lease["mac"] for ip, lease in site.leases().items()},
        {ip: card.replace(":", "") for ip, card in want.items()},
        "the store knows all of the leases")
    is_({ip: row["card"] for ip, row in site.rows().items()}, want,
        "and what it keeps")
    is_({ip: held for ip, held in site.lines().items()},
        {ip: [card] for ip, card in want.items()},
        "dnsmasq was told the same, each address once")
    ok(len(os.listdir(site.path("hosts"))) < 20,
       "by a few files: each costs dnsmasq a walk through all leases")
    return got


def one_machine(pair, site):
    """Firmware, iPXE, installer and system name themselves differently."""
    card = mac(1)
    stages = ([], [(dhcp.CLIENT_ID, b"\1" + dhcp.mac_bytes(card))],
              [(dhcp.CLIENT_ID, b"\0" + b"\7" * 16)],
              [(dhcp.CLIENT_ID, b"\xffVPM\x98\0\2\0\0abcdefgh")])
    with rack(pair) as machines:
        got = [machines.switch_on([card], [*PXE, *stage])[0].ip
               for stage in stages]
    is_(len(set(got)), 1, "four client ids of one card are one lease")
    ok(until(lambda: got[0] in site.leases()), "and one node")
    with rack(pair) as machines:
        two = machines.switch_on([mac(2), mac(3)], stages[3])
    all_have_one(two, "two cards with one client id")


def infiniband(pair):
    """A card of eight bytes is as good as one of six."""
    known = [f"20-24:8a:07:03:00:{n >> 8:02x}:{n & 255:02x}:01"
             for n in range(8)]
    with rack(pair) as machines:
        got = machines.switch_on(known, PXE, think=0.5)
    all_have_one(got, "eight InfiniBand cards")


def offer(s, message):
    """The options of the OFFER that comes back; our own question may too."""
    s.settimeout(limit(10))
    s.sendto(message, (netns.SERVER, 67))
    while True:
        told = dhcp.unpack(s.recv(4096))[2]
        if told.get(dhcp.TYPE) == bytes([dhcp.OFFER]):
            return told


def relayed(pair, site):
    with rack(pair, relay=RELAY) as machines:
        got = machines.switch_on(cards(100, "52:54:81"), PXE, think=1.0)
    all_have_one(got, "100 behind a relay")
    ok(all(re.match(r"10\.81\.0\.(\d+)$", m.ip or "") for m in got),
       "of the relay's subnet")
    with rack(pair, relay=RELAY) as machines:
        told = offer(machines.socket, dhcp.pack(
            dhcp.DISCOVER, mac(4), 4711, relay=RELAY, options=[
                (dhcp.PARAMETERS, bytes([1, 3, 6, 51]))]))
    is_([told.get(n) for n in (1, 3, 6, 51)],
        [b"\xff\xff\xff\0", socket.inet_aton(RELAY),
         socket.inet_aton("10.81.0.2"), (1800).to_bytes(4, "big")],
        "with the netmask, router, DNS and lease time of that subnet")
    with rack(pair, relay=FAR) as machines:
        got = machines.switch_on([mac(5)], PXE, within=limit(3))
    is_(got[0].ip, None, "a subnet that is not served is not answered")
    ok(until(lambda: "not in NF_DHCP_RANGES: 10.82.0.1" in site.up.words()),
       "and named in the log")


def moved(pair, site):
    """Firmware asks in one VLAN and the system in another, boot after boot."""
    card, got = mac(6), []
    for _ in range(2):
        with rack(pair) as machines:
            got.append(machines.switch_on([card], PXE)[0].ip)
        with rack(pair, relay=RELAY) as machines:
            got.append(machines.switch_on([card], PXE)[0].ip)
    like(f"{got[0]} {got[1]}", r"^10\.99\.\S+ 10\.81\.\S+$",
         "a card that shows in another subnet gets an address there")
    is_(got[2:], got[:2], "and keeps that in the first")


def frame(message, vlan):
    """A broadcast from client to server, as it is on the wire."""
    def checksum(data):
        total = sum(struct.unpack(f"!{len(data) // 2}H", data))
        total = (total & 0xffff) + (total >> 16)
        return 0xffff ^ ((total & 0xffff) + (total >> 16))
    udp = struct.pack("!HHHH", 68, 67, 8 + len(message), 0) + message
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    ip += bytes(4) + b"\xff" * 4
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tag = struct.pack("!HH", 0x8100, vlan) if vlan else b""
    return (b"\xff" * 6 + bytes.fromhex("525400000007") + tag
            + b"\x08\0" + ip + udp)


def tagged(pair, site):
    """Frames of another VLAN pass by the same interface."""
    with netns.inside(pair.client):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((pair.client_link, 0))
    for n, vlan in ((7, 20), (70, 0)):
        s.send(frame(dhcp.pack(dhcp.DISCOVER, mac(n), n, options=PXE), vlan))
    s.close()

    def kept():
        return {row["card"] for row in site.rows().values()}
    ok(until(lambda: mac(70) in kept()), "a question is heard")
    ok(mac(7) not in kept(),
       "and one of another VLAN is nobody's of ours")


# --- what dies ----------------------------------------------------------------


def killed(pair, site):
    """kill -9 at any moment of a burst: a client that asks again has an
    address in the end, and none has another's."""
    stop = threading.Event()

    def killer():
        while not stop.wait(random.uniform(0.05, 0.4)):
            pid = site.pid()
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=killer)
    with rack(pair, relay=RELAY) as machines:
        thread.start()
        got = machines.switch_on(cards(40, "52:54:99"), PXE, gap=0.05,
                                 within=limit(60))
        stop.set()
        thread.join()
    is_((sum(m.ip is not None for m in got), len(set(addresses(got)))),
        (40, 40), "while nf-reserve is killed every card gets an address")
    diag(f"NAKs meanwhile: {naks(got)}")
    ok(until(site.is_closed), "afterwards the gate is closed again")
    ok(all(len(held) == 1 for held in site.lines().values()),
       "and no address is kept for two")


def dead(pair, site):
    """It cannot be started at all."""
    program = site.path("lib/nf-reserve")
    os.rename(program, program + ".away")
    os.kill(site.pid(), signal.SIGKILL)
    start = time.monotonic()
    ok(until(site.is_open), "without nf-reserve the gate is opened")
    ok(time.monotonic() - start < limit(2), "within two seconds")
    card = mac(8)
    with rack(pair) as machines:
        got = machines.switch_on([card], PXE)[0].ip
    like(got or "", r"^10\.99\.0\.", "dnsmasq gives one of its own pool")
    ok(until(lambda: site.health()[1]["status"] == "degraded"),
       "/health says that it is so")
    status, said = site.health()
    is_((status, any(word in said.get("nf-reserve", "")
                     for word in ("run", "ended", "killed"))), (200, True),
        "and why")
    until(lambda: got in site.leases())
    os.rename(program + ".away", program)
    ok(until(lambda: site.is_closed(), 30), "it is started again")
    ok(until(lambda: site.health()[1]["status"] == "ok"), "all is well again")
    with rack(pair) as machines:
        is_(machines.switch_on([card], PXE)[0].ip, got,
            "who got an address meanwhile keeps it")
    is_(site.rows().get(got, {}).get("card"), card, "and it is kept for it")


def hung(pair, site):
    before = site.pid()
    os.kill(before, signal.SIGSTOP)
    ok(until(site.is_open, 15), "an nf-reserve that hangs opens the gate too")
    ok(until(lambda: site.pid() not in (None, before)), "it is killed")
    ok(until(site.is_closed), "and another one goes on")


def store_is_held(pair, site):
    """Waiting for LMDB's lock cannot be given up."""
    subprocess.run([dnsmasq_probe(), "dump", site.path("db/nodes.db")],
                   capture_output=True)
    holder = subprocess.Popen(
        [dnsmasq_probe(), "hold", site.path("db/nodes.db")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    with rack(pair) as machines:
        got = machines.switch_on([mac(9)], PXE, within=limit(20))
    like(got[0].ip or "", r"^10\.99\.0\.",
         "while somebody holds the store a new card gets an address")
    ok(site.is_open(), "of dnsmasq's pool")
    holder.stdin.close()
    holder.wait()
    ok(until(site.is_closed, 30), "afterwards nf-reserve is back")


def dnsmasq_probe():
    import dnsmasq
    dnsmasq.build_probe()
    return dnsmasq.PROBE


def dnsmasq_dies(pair, site):
    with rack(pair, relay=RELAY) as machines:
        timer = threading.Timer(
            0.1, lambda: os.kill(site.pid("dnsmasq"), signal.SIGKILL))
        timer.start()
        got = machines.switch_on(cards(10, "52:54:aa"), PXE, gap=0.02,
                                 think=0.3)
        timer.join()
    all_have_one(got, "dnsmasq killed in the midst")


# --- what is in the way ---------------------------------------------------------


def operators_line(pair, site):
    """An address of a file that an operator put there: dnsmasq would not
    answer the second card that has it, for ever."""
    free = next(f"10.81.0.{n}" for n in range(50, 250)
                if f"10.81.0.{n}" not in site.rows())
    site.write("hosts/operator", f"52:54:00:de:ad:01,id:*,{free}\n")
    with rack(pair, relay=RELAY) as machines:
        known = cards(3, "52:54:bb")
        got = machines.switch_on(known, [
            *PXE, (dhcp.REQUESTED, socket.inet_aton(free))],
            within=limit(60))
    all_have_one(got, "beside an operator's line")
    ok(free not in addresses(got), "and none the operator's")
    os.unlink(site.path("hosts/operator"))


def binding(pair, site):
    """What an operator binds is nobody else's, and may be given again after
    dnsmasq has forgotten it."""
    card = mac(10)
    with rack(pair) as machines:
        first = machines.switch_on([card], PXE)[0].ip
    bound = "10.99.1.9"
    status, _ = site.api("POST", "/api/v1/admin/dhcp/binding",
                         {"mac": card, "ip": bound, "hostname": "bound"})
    is_(status, 201, "an operator binds another address to it")
    ok(until(lambda: site.lines().get(bound) == [card]
             and first not in site.lines()), "its line says so, and no other")
    ok(until(lambda: first not in site.rows(), 30),
       "what it had may be given to others")

    def address():
        with rack(pair) as machines:
            return machines.switch_on([card], PXE)[0].ip
    ok(until(lambda: address() == bound, 30), "it gets what was bound")
    with rack(pair) as machines:
        other = machines.switch_on([mac(11)], [
            *PXE, (dhcp.REQUESTED, socket.inet_aton(bound))])[0].ip
    ok(other not in (None, bound), "and nobody else does")
    until(lambda: bound in site.leases(), 60) # each SIGHUP tells all again
    site.api("DELETE", f"/api/v1/admin/dhcp/binding/{card.replace(':', '')}")
    ok(until(lambda: site.rows().get(bound, {}).get("card") == card),
       "without the binding it keeps what it leases")
    until(lambda: site.lines().get(bound) == [card])
    is_(address(), bound, "and has it again")


def forged(pair, site):
    """A neighbour invents cards.  He takes what is free, for a while; not what
    others have, and a node that an operator knows is not kept waiting."""
    with rack(pair) as machines:
        mine = machines.switch_on([mac(12)], PXE)[0].ip
    with netns.inside(pair.client):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                 pair.client_link.encode())
    for n in range(3000):
        s.sendto(dhcp.pack(dhcp.DISCOVER, mac(n, "02:ff:ff"), n),
                 ("255.255.255.255", 67))
        if n % 50 == 0:
            time.sleep(0.02)
    s.close()
    until(lambda: "no address of 10.99.0.0/16 is free" in site.up.words())
    rows = site.rows()
    local = [row for ip, row in rows.items() if ip.startswith("10.99.")]
    ok(len(local) <= 201, f"{len(local)} addresses are kept, of 201")
    ok("a card that asks gets no address" in site.up.words(),
       "it is said, once")
    with rack(pair) as machines:
        is_(machines.switch_on([mac(12)], PXE)[0].ip, mine,
            "who had an address has it still")
    site.api("POST", "/api/v1/nodes", {"mac": mac(13)})
    time.sleep(limit(11)) # so long even an invented card may take its time
    with rack(pair) as machines:
        got = machines.switch_on([mac(13)], PXE, within=limit(40))
    like(got[0].ip or "", r"^10\.99\.0\.",
         "a node that an operator knows gets one all the same")


def main():
    missing = [name for name in ("ip", "dnsmasq", "nginx", "mosquitto")
               if not shutil.which(name, path=os.environ["PATH"]
                                   + ":/usr/sbin:/sbin")]
    if os.geteuid() != 0 or missing:
        skip_all(f"needs root, and {missing}")
    random.seed(int(os.environ.get("NF_TEST_SEED", "7")))
    with netns.Pair() as pair, Site(pair) as site:
        for words in (("-n", pair.client, "addr", "add", f"{RELAY}/24", "dev",
                       "lo"),
                      ("-n", pair.client, "addr", "add", f"{FAR}/24", "dev",
                       "lo"),
                      ("-n", pair.server, "route", "add", "10.81.0.0/24",
                       "via", netns.CLIENT),
                      ("-n", pair.server, "route", "add", "10.82.0.0/24",
                       "via", netns.CLIENT)):
            subprocess.run(["ip", *words], check=True)
        if not ok(site.start(), "nf up closes the gate"):
            diag(site.up.words())
            done()
        ok(until(lambda: site.health()[1]["status"] == "ok"), "/health is ok")
        at_once(pair, site)
        one_machine(pair, site)
        infiniband(pair)
        relayed(pair, site)
        moved(pair, site)
        tagged(pair, site)
        operators_line(pair, site)
        binding(pair, site)
        dnsmasq_dies(pair, site)
        killed(pair, site)
        dead(pair, site)
        hung(pair, site)
        store_is_held(pair, site)
        forged(pair, site)
        unlike(site.up.words(), r"nf-relay: .*could not (write|remove|read|look|forget)",
               "nothing failed")
        site.stop()
        ok(site.is_open(), "when all has stopped the gate is open")
    done()


main()
