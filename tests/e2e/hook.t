#!/usr/bin/env python3
"""dnsmasq's leases reach the store, whatever clients say and whatever dies."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

import dhcp  # noqa: E402
import dnsmasq  # noqa: E402
import netns  # noqa: E402
from dnsmasq import Dnsmasq, Store, until  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all, unlike  # noqa: E402

LEASES = 200
RECORD = 312  # bytes of one in the spool
FAR = 2000000000  # an expiry beyond this test's life
PXE = "PXEClient:Arch:00007:UNDI:003010"


def mac(n):
    return f"52:54:00:aa:{n >> 8:02x}:{n & 255:02x}"


def ip(n):
    return f"10.99.{32 + (n >> 8)}.{n & 255}"


def key(text):
    return text.replace(":", "")


def add(store, n, action="add", after=0, **more):
    """What dnsmasq calls for lease n, queued so many seconds later."""
    return store.hook(action, mac(n), ip(n), LEASE_EXPIRES=str(FAR + after),
                      TIME_REMAINING="100", **more)


def bell(store):
    with open(store.db + "-bell", "rb") as file:
        return file.read()


# --- with a real dnsmasq ------------------------------------------------------


def many_leases(client, store, server):
    for n in range(1000, 1000 + LEASES):
        client.lease(mac(n))
    until(lambda: len(store.leases()) >= LEASES)
    is_(len(store.leases()), LEASES, f"{LEASES} leases are in the store")
    is_(len(store.nodes()), LEASES, "each made a node, by NF_NODE_RULE=all")
    is_(store.waiting(), 0, "none took the way through the spool")
    server.stop()  # and with it whatever was still queued
    before, rung = store.leases(), bell(store)
    server.start()
    is_(server.process.poll(), None, "dnsmasq starts again")
    server.hang_up()
    time.sleep(0.3)  # nothing says when it is through
    server.stop()
    is_(store.leases(), before, "and the leases are what they were")
    is_(bell(store), rung, "its start and a SIGHUP commit nothing")
    server.start()


def release(client, store):
    options = [(dhcp.HOST_NAME, b"n1"), (dhcp.VENDOR_CLASS, PXE.encode())]
    got = client.lease(mac(1), options)
    until(lambda: got in store.leases())
    lease = store.leases().get(got, {})
    is_((lease.get("mac"), lease.get("hostname"), lease.get("vendor_class"),
         lease.get("pxe")), (key(mac(1)), "n1", PXE, True),
        "a lease says who holds it")
    client.release(mac(1), got)
    ok(until(lambda: got not in store.leases()), "a released lease is gone")
    ok(key(mac(1)) in store.nodes(), "its node stays")
    again = client.lease(mac(1), options)
    ok(until(lambda: again in store.leases()), "and can have a lease again")


def restart(client, store, server):
    got = client.lease(mac(2), [(dhcp.CLIENT_ID, b"\xff\x01\x02:*\n")])
    until(lambda: got in store.leases())
    server.stop()
    server.start()
    is_(client.lease(mac(2), [(dhcp.CLIENT_ID, b"\xff\x01\x02:*\n")]), got,
        "after a restart a client has its address again")


# Mellanox cards as their firmware shows itself, and by RFC 4390
GUID = b"\xff\0\0\0\0\0\0\x02\xc9\0\0\x24\x8a\x07\x03\0\0\0"
OTHERS = (
    ("20-24:8a:07:03:00:aa:bb:01", ()),
    ("24:8a:07:03:00:aa:bb:02", ()),
    ("20-24:8a:07:aa:bb:03", ()),
    ("20-", ((dhcp.CLIENT_ID, GUID + b"\0\1"),)),
    ("20-", ((dhcp.CLIENT_ID, GUID + b"\0\2"),)),
    # dnsmasq tells but a part of it, so it is not known again
    ("20-", ((dhcp.CLIENT_ID, GUID + b"\3" * 110),)),
)


def other_hardware(client, store, server):
    """Whoever has a lease has it after dnsmasq's restart, and nobody else."""
    got = [client.lease(card, options) for card, options in OTHERS]
    is_(len(set(got) - {None}), len(OTHERS), "InfiniBand cards have leases")
    until(lambda: set(got) <= set(store.leases()))
    leases = store.leases()
    is_([leases.get(ip, {}).get("card") for ip in got],
        [card for card, _ in OTHERS], "and the store knows whose they are")
    nodes = set(store.nodes())
    server.stop()
    server.start()
    strangers = [client.lease(mac(60 + n), [
        (dhcp.REQUESTED, socket.inet_aton(ip))]) for n, ip in enumerate(got)]
    is_([ip for ip in strangers if ip is None or ip in got], [],
        "after a restart nobody else is given them")
    is_([client.lease(card, options) for card, options in OTHERS[:-1]],
        got[:-1], "and each goes on with its own")
    is_([m for m in set(store.nodes()) - nodes if not m.startswith("525400")],
        [], "they are no nodes")
    for (card, options), ip in zip(OTHERS[:-1], got):
        client.release(card, ip, options)
    ok(until(lambda: not set(got[:-1]) & set(store.leases())),
       "and they end when they are given back")


def two_clients_one_machine(client, store):
    first = client.lease(mac(3), [(dhcp.CLIENT_ID, b"\x01firmware")])
    second = client.lease(mac(3), [(dhcp.CLIENT_ID, b"\xffsystem")])
    ok(first != second, "two client ids of one MAC hold two addresses")
    ok(until(lambda: {first, second} <= set(store.leases())),
       "both leases are in the store")
    is_([m for m in store.nodes() if m == key(mac(3))], [key(mac(3))],
        "they are one node")


def hostile(client, store):
    values = [b'"; rm -rf / #', b"a\nadd 00:11", b"../../etc/passwd",
              b"\xff\xfe\x00\x80\x9b", b"$(reboot)`reboot`", b"x" * 255,
              b"<script>", b"%s%n%1000000d", b"name with blanks", b"-dash"]
    got = {}
    for n, value in enumerate(values, 10):
        got[n] = client.lease(mac(n), [
            (dhcp.HOST_NAME, value), (dhcp.VENDOR_CLASS, value),
            (dhcp.CLIENT_ID, b"\x00" + value[:254])])
    ok(all(got.values()), "clients with hostile words get their leases")
    until(lambda: set(got.values()) <= set(store.leases()))
    leases = [store.leases().get(address, {}) for address in got.values()]
    ok(all(leases), "and the leases are in the store")
    names = "".join(lease.get("hostname", "") for lease in leases)
    unlike(names, r"[^A-Za-z0-9.-]", "no name is kept that is none")
    classes = "".join(lease.get("vendor_class", "") for lease in leases)
    unlike(classes, r"[^ -~]", "no vendor class holds a control byte")
    lines = store.hook("init").stdout.decode("ascii").splitlines()
    is_({len(line.split(" ")) for line in lines}, {5},
        "every line that dnsmasq will read has five words")


def dhcp_goes_on_while_the_store_hangs(client, store):
    holder = store.hold()
    addresses = [client.lease(mac(n)) for n in (30, 31)]
    ok(all(addresses), "clients get leases while the store hangs")
    ok(until(lambda: store.waiting() > 0), "their reports go to the spool")
    holder.stdin.close()
    holder.wait()
    later = client.lease(mac(32))
    ok(until(lambda: {*addresses, later} <= set(store.leases())),
       "the next report takes along what waits")
    ok(until(lambda: os.listdir(store.spool) == []), "the spool is empty again")


def without_a_store(client, store, server):
    server.stop()
    os.rename(store.db, store.db + ".away")
    server.start()
    ok(until(lambda: server.process.poll()) not in (None, 0),
       "without a store dnsmasq refuses to start")
    like(server.read_log(), "lease-init script returned exit code 1",
         "and says why")
    os.rename(store.db + ".away", store.db)
    server.start()
    os.rename(store.db, store.db + ".away")
    lost = [client.lease(mac(n)) for n in range(40, 50)]
    ok(until(lambda: store.waiting() >= 10 * RECORD),
       "a store that vanishes sends reports to the spool")
    os.rename(store.db + ".away", store.db)
    server.stop()
    printed = store.hook("init").stdout.decode()
    ok(all(f" {address} " in printed for address in lost),
       "init takes them along")
    ok(set(lost) <= set(store.leases()), "and puts them into the store")
    server.start()


def with_dnsmasq():
    with netns.Pair() as pair, Store() as store, \
            Dnsmasq(pair, store) as server:
        client = dhcp.Client(pair)
        many_leases(client, store, server)
        release(client, store)
        restart(client, store, server)
        other_hardware(client, store, server)
        two_clients_one_machine(client, store)
        hostile(client, store)
        dhcp_goes_on_while_the_store_hangs(client, store)
        without_a_store(client, store, server)
        client.close()
        unlike(server.read_log(), "script process (exited|killed)",
               "no script failed")


def unprivileged():
    """dnsmasq asks for its leases as root, and reports as somebody else."""
    with netns.Pair() as pair, Store() as store:
        hook = store.give_to("nobody")
        with Dnsmasq(pair, store, hook, user="nobody") as server:
            client = dhcp.Client(pair)
            got = [client.lease(mac(1))]
            until(lambda: set(got) <= set(store.leases()))
            os.rename(store.db, store.db + ".away")
            got.append(client.lease(mac(2)))
            until(lambda: store.waiting() > 0)
            os.rename(store.db + ".away", store.db)
            server.stop()
            server.start()
            is_((set(store.leases()), os.listdir(store.spool)),
                (set(got), []), "root drains what another account spooled")
            os.rename(store.db, store.db + ".away")
            got.append(client.lease(mac(3)))
            ok(until(lambda: store.waiting() > 0), "which can spool again")
            os.rename(store.db + ".away", store.db)
            got.append(client.lease(mac(4)))
            ok(until(lambda: set(got) <= set(store.leases())),
               "and drains and stores without root")
            client.close()


# --- the hook by itself -------------------------------------------------------


def usage():
    with Store() as store:
        is_([store.hook(*words).returncode for words in (
            (), ("add",), ("add", mac(1)), ("frobnicate",), ("--nothing",))],
            [2] * 5, "wrong usage is 2")
        is_(store.hook("add", mac(1)).stderr.count(b"\n"), 1, "and one line")
        is_([store.hook(*words).returncode for words in (
            ("tftp", "100", "10.0.0.1", "/x"), ("arp-add", mac(1), ip(1)),
            ("add", mac(1), "fd00::1"), ("add", "20-", ip(1)),
            ("add", "00:00:00:00:00:00", ip(1)), ("add", "x", "y"))],
            [0] * 6, "what is none of its business is no failure")
        is_(store.leases(), {}, "and no lease")
        like(store.hook("add", "x\ny", "z").stderr.decode(),
             r"^<4>lease ignored: mac [^\n]*\n$", "a refusal is one line")
        like(store.hook("--version").stdout.decode(), r"^nf-hook \d", "version")
        like(store.hook("--help").stdout.decode(), "NF_SPOOL_DIR", "help")
        is_(store.hook("init").stdout, b"", "no leases are no lines")


def without_descriptors(store, *words, **env):
    subprocess.run(["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', dnsmasq.HOOK,
                    *words], env={**store.env, **env})


def closed_descriptors():
    with Store() as store:
        without_descriptors(store, "add", mac(1), ip(1),
                            DNSMASQ_LEASE_EXPIRES=str(FAR))
        is_(list(store.leases()), [ip(1)], "nothing need be open at its start")
        without_descriptors(store, "init")
        with open(store.db + "-lock", "rb") as lock:
            ok(mac(1).encode() not in lock.read(),
               "and what it prints never lands in the store")


def order():
    """By dnsmasq's times, which lag behind the clock when scripts queue."""
    with Store() as store:
        add(store, 1)
        store.hook("del", mac(1), ip(1), LEASE_EXPIRES=str(FAR))
        is_(list(store.leases()), [], "a lease that was given back is gone")
        add(store, 1, "add", 1)
        is_(list(store.leases()), [ip(1)],
            "a lease taken again a second later is held")
        store.hook("del", mac(1), ip(1), LEASE_EXPIRES=str(FAR))
        is_(list(store.leases()), [ip(1)],
            "the end of the lease before it comes late and ends nothing")
        store.hook("add", mac(2), ip(1), LEASE_EXPIRES=str(FAR + 50),
                   TIME_REMAINING="100")
        add(store, 1, "old", 2)
        store.hook("del", mac(1), ip(1), LEASE_EXPIRES=str(FAR + 2))
        is_(store.leases().get(ip(1), {}).get("mac"), key(mac(2)),
            "late words of its former holder do not touch a lease")
        rung = bell(store)
        store.hook("old", mac(2), ip(1), LEASE_EXPIRES=str(FAR + 50),
                   TIME_REMAINING="40", DATA_MISSING="1")
        is_(bell(store), rung, "an `old` that changes nothing commits nothing")


class SmallDisk:
    """A file system that is soon full."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        os.mkdir(self.path)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none",
                        self.path], check=True)
        return self

    def __exit__(self, *ignored):
        subprocess.run(["umount", self.path], check=True)

    def fill(self):
        with open(os.path.join(self.path, "junk"), "wb", 0) as junk:
            try:
                while True:
                    junk.write(bytes(4096))
            except OSError:
                pass

    def clear(self):
        os.unlink(os.path.join(self.path, "junk"))


def full_disk():
    with Store() as store, SmallDisk(store.dir + "/small") as disk:
        store.db = disk.path + "/nodes.db"
        store.env["NF_DB_PATH"] = store.db
        store.init()
        disk.fill()
        is_([add(store, n).returncode for n in range(20)], [0] * 20,
            "a full store is no failure")
        is_((store.waiting(), store.leases()), (20 * RECORD, {}),
            "its reports wait in the spool")
        disk.clear()
        add(store, 20)
        is_(sorted(store.leases()), sorted(ip(n) for n in range(21)),
            "and are in the store when there is space")
        store.env["NF_SPOOL_DIR"] = disk.path + "/spool"
        disk.fill()
        said = add(store, 21)
        is_(said.returncode, 1, "with the spool full too it fails")
        like(said.stderr.decode(), r"^<3>lease report lost until the client "
             r"renews: the store is full; spool: the store is full\n$",
             "in one line")
        disk.clear()
        add(store, 22)
        add(store, 21, "old")
        ok({ip(21), ip(22)} <= set(store.leases()), "the next ones are stored")


def no_spool():
    with Store() as store:
        os.rmdir(store.spool)
        os.rename(store.db, store.db + ".away")
        is_(add(store, 1).returncode, 0, "a spool directory is made")
        os.rename(store.db + ".away", store.db)
        os.rename(store.spool, store.spool + ".away")
        with open(store.spool, "w", encoding="ascii"):
            pass
        is_(add(store, 2).returncode, 1, "a spool that cannot be is an error")
        os.unlink(store.spool)
        os.rename(store.spool + ".away", store.spool)
        add(store, 2)
        is_(len(store.leases()), 2, "nothing is lost once it can be")


def killed_at_any_moment(away):
    """Each report is made twice, as dnsmasq does at a renewal, and the first
    call is killed at some moment."""
    seed = int(os.environ.get("NF_TEST_SEED", time.time()))
    diag(f"NF_TEST_SEED={seed}")
    dice = random.Random(seed)
    with Store() as store:
        if away:
            os.rename(store.db, store.db + ".away")
        for n in range(300):
            env = {**store.env, "DNSMASQ_LEASE_EXPIRES": str(FAR),
                   "DNSMASQ_TIME_REMAINING": "100"}
            victim = subprocess.Popen([dnsmasq.HOOK, "add", mac(n), ip(n)],
                                      env=env)
            time.sleep(dice.uniform(0, 0.003))
            victim.kill()
            victim.wait()
            add(store, n, "old")
        if away:
            os.rename(store.db + ".away", store.db)
            for _ in range(3): # each takes along a part of what waits
                add(store, 300)
        wanted = {ip(n) for n in range(301 if away else 300)}
        is_(set(store.leases()) ^ wanted, set(), "kill -9 at any moment: all "
            f"is there that was told twice ({'spool' if away else 'store'})")
        is_(store.waiting(), 0, "and nothing waits")


def damaged_spool():
    with Store() as store:
        os.rename(store.db, store.db + ".away")
        for n in range(3):
            add(store, n)
        path = os.path.join(store.spool, "leases")
        with open(path, "r+b") as spool:
            spool.seek(RECORD + 100)
            spool.write(b"XXXX")
            spool.seek(0, os.SEEK_END)
            spool.write(b"NFS1 half a record")
        add(store, 3)
        os.rename(store.db + ".away", store.db)
        add(store, 4)
        is_(sorted(store.leases()), [ip(0), ip(2), ip(3), ip(4)],
            "a damaged and a half record cost only themselves")
        is_(os.listdir(store.spool), [], "the spool goes away")


def all_at_once():
    """Hooks that append and several that drain, in each other's way."""
    with Store() as store:
        os.rename(store.db, store.db + ".away")
        gate = threading.Event()

        def writer(first):
            for n in range(first, first + 60):
                if n == first + 30:
                    gate.wait()
                add(store, n)

        def drainer():
            gate.wait()
            for _ in range(30):
                subprocess.run([dnsmasq.PROBE, "drain", store.db, store.spool],
                               capture_output=True)

        threads = [threading.Thread(target=writer, args=(60 * i,))
                   for i in range(3)]
        threads += [threading.Thread(target=drainer) for _ in range(2)]
        for thread in threads:
            thread.start()
        until(lambda: store.waiting() >= 90 * RECORD)
        os.rename(store.db + ".away", store.db)
        gate.set()
        for thread in threads:
            thread.join()
        store.hook("init")
        is_(len(store.leases()), 180, "many hooks and drainers lose nothing")
        is_(os.listdir(store.spool), [], "and leave nothing")


def look_without_draining():
    with Store() as store:
        add(store, 1)
        holder = store.hold()
        add(store, 1, "old", 5)
        add(store, 2)
        store.hook("del", mac(1), ip(1), LEASE_EXPIRES=str(FAR + 5))
        said = store.hook("init")
        is_(sorted(line.split()[2] for line in said.stdout.decode()
                   .splitlines()), [ip(1), ip(2)],
            "what cannot be drained is printed all the same, once each")
        like(said.stderr.decode(), "reports wait in ", "and one line says so")
        holder.stdin.close()
        holder.wait()


def main():
    signal.signal(signal.SIGTERM, lambda *ignored: sys.exit("stopped"))
    lacking = dnsmasq.missing()
    if lacking:
        skip_all(f"this test needs: {lacking}")
    for test in (usage, closed_descriptors, order, full_disk, no_spool,
                 damaged_spool, all_at_once, look_without_draining):
        test()
    killed_at_any_moment(away=False)
    killed_at_any_moment(away=True)
    with_dnsmasq()
    unprivileged()
    done()


main()
