#!/usr/bin/env python3
"""nf-bmc as the worker, told by the broker alone: its key, devices that are
sealed for it, and what its results say."""

import base64
import json
import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import redfish_peer  # noqa: E402
import rmcp  # noqa: E402
from devices import Site, mac  # noqa: E402
from mosquitto import Listener, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from sealing import seal  # noqa: E402
from tap import done, is_, like, ok, unlike  # noqa: E402

TOPIC = "nf/dc1/bmc/w1"


def name(number):
    return f"0123456789abcdef-{number}"


class Orders(Site):
    """A worker w1, and the messages that it hears and says."""

    def __init__(self, broker, listener):
        super().__init__(broker)
        self.listener = listener
        self.number = 0

    def say(self, node, command="power", args=None, within=60, **members):
        """The number of the command."""
        self.number += 1
        self.say_again(self.number, node, command, args, within, **members)
        return self.number

    def say_again(self, number, node, command="power", args=None, within=60,
                  **members):
        self.broker.publish(f"{TOPIC}/command", {
            "id": name(number), "target": "bmc", "mac": node,
            "command": command, "args": args or {"action": "status"},
            "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
                time.time() + limit(within))), **members})

    def ends(self, number):
        """The results that end this command."""
        return [said for said in self.listener.of(f"{TOPIC}/result")
                if said["id"] == name(number) and said["state"] != "running"]

    def result(self, number):
        wait_for(lambda: self.ends(number), 90)
        return self.ends(number)[0]

    def ask(self, node, *words, **members):
        return self.result(self.say(node, *words, **members))

    def key(self):
        """As it says it now."""
        topic = f"{TOPIC}/presence"
        before = len(self.listener.of(topic))
        return self.listener.wait(topic, before + 1)[-1].get("key")


def device_of(bmc, **members):
    return {"address": f"127.0.0.1:{bmc.port}", "user": rmcp.USER,
            "password": rmcp.PASSWORD, **members}


def key(t):
    said = t.key()
    shown = t.bmc_key()
    is_(shown.returncode, 0, "nf-bmc key")
    shown = json.loads(shown.stdout)
    like(shown["fingerprint"], r"^SHA256:[\w+/]{43}$", "shows its fingerprint")
    is_(said, shown["key"], "and the worker says the key each time")
    is_(os.stat(t.path("bmc/key")).st_mode & 0o777, 0o600,
        "it is its owner's alone")
    return shown["key"]


def sealed(t, public):
    """Devices that the worker has no file of."""
    with rmcp.Bmc(is_on=True) as bmc:
        device = device_of(bmc)
        said = t.ask(mac(1), device=seal(public, name(t.number + 1), **device))
        is_((said["state"], said["message"]), ("done", '{"power":"on"}'),
            "a sealed device is asked")
        t.link(mac(2), bmc.port, rmcp.USER, "wrong")
        said = t.ask(mac(2), device=seal(public, name(t.number + 1), **device))
        is_(said["state"], "done", "also where there is a file of the node")
        other = base64.b64encode(b"\1" * 32)
        for of, members, words in (
                (public, {"command": name(1)}, "for another command"),
                (other, {}, "not for this worker's key"),
                (None, {}, "device is not a box in base64"),
                (public, {"driver": "telnet"}, "unknown driver"),
                (public, {"address": "-H"}, "address is not valid"),
                (public, {"user": "u" * 64}, "user is too long"),
                (public, {"password": "x" * 21}, "IPMI passwords have at most 20")):
            device = {"command": name(t.number + 1), **device_of(bmc), **members}
            said = t.ask(mac(1), device=seal(of, **device) if of else "AAAA")
            is_(said["state"], "failed", f"refused: {members or words}")
            like(said["message"], f"^sealed: {words}", "  and says why")


def results(t):
    """What is said of a command, and said again to who asks again."""
    with rmcp.Bmc(delay_s=0.05) as bmc:
        t.link(mac(4), bmc.port, rmcp.USER, rmcp.PASSWORD)
        number = t.say(mac(4), args={"action": "on"})
        first = t.result(number)
        is_((first["state"], first["driver"], first.get("cause")),
            ("done", "ipmi", None), "a result names the driver")
        ok(first["took_ms"] >= 100, f"it took {first['took_ms']} ms")
        # A session; look, on, look; more looks where this host is slow.
        ok(first["asked"] >= 4, f"and {first['asked']} requests")
        t.link(mac(5), bmc.port, rmcp.USER, "wrong")
        said = t.ask(mac(5))
        is_((said["state"], said["driver"], said["cause"]),
            ("failed", "ipmi", "wrong_password"), "or the cause")
        t.kill_bmc()
        t.start_bmc()
        t.say_again(number, mac(4))
        wait_for(lambda: len(t.ends(number)) > 1)
        is_(t.ends(number)[-1:], [first],
            "killed and asked again, it says the same")
    is_(t.ask(mac(6)).keys() & {"driver", "took_ms", "asked", "cause"}, set(),
        "where no device was asked there is nothing to tell")


def silent(t):
    """One that does not answer is not asked by each command."""
    with rmcp.Bmc() as bmc:
        port = bmc.port
    t.link(mac(7), port, rmcp.USER, rmcp.PASSWORD)
    said = t.ask(mac(7))
    is_((said["state"], said.get("cause"), said["asked"] > 0),
        ("failed", "unreachable", True), "a BMC that does not answer")
    said = t.ask(mac(7))
    is_((said["state"], said["driver"], said["cause"], said["asked"]),
        ("failed", "ipmi", "unreachable", 0), "is not asked again at once")
    like(said["message"], r"^unreachable: the BMC does not answer \(not "
         r"attempted: it did not answer \d+ s ago\)$", "and that is said")
    number = t.say(mac(7), args={"action": "on"}, within=26)
    said = t.ask(mac(7))
    is_((said["cause"], t.ends(number)), ("unreachable", []),
        "what is to change something waits")
    with rmcp.Bmc(at=("127.0.0.1", port)) as bmc:
        is_((t.result(number)["state"], bmc.acts), ("done", ["on"]),
            "and asks before its deadline")
        is_((t.ask(mac(7))["state"]), "done", "one that answers is asked again")
    t.link(mac(8), port, rmcp.USER, rmcp.PASSWORD, "redfish")
    is_(t.ask(mac(8))["cause"], "unreachable", "it is gone again")
    is_(t.ask(mac(8), "power", {"action": "on"}, within=15)["asked"], 1,
        "with a near deadline one that changes something asks at once")


def lights(t):
    """By Redfish a light stays lit, and the worker puts it out."""
    password = redfish_peer.PASSWORD
    with redfish_peer.Peer("led") as bmc:
        t.link(mac(9), bmc.port, redfish_peer.USER, password, "redfish",
               bmc.pin)

        def identify(seconds):
            said = t.ask(mac(9), "identify", {"seconds": seconds})["state"]
            return said, bmc.light

        is_(identify(250), ("done", "Blinking"), "a light is lit")
        is_(identify(2), ("done", "Blinking"), "again, for less time")
        ok(wait_for(lambda: bmc.light == "Off"), "it goes out by itself")
        is_(identify(250), ("done", "Blinking"), "lit once more")
        is_(identify(0), ("done", "Off"), "it is put out by hand")
        bmc.light = "Blinking"
        is_(identify(250)[0], "done", "and lit when nf-bmc ends")
        is_(t.stop_bmc(), 0, "  which it does at once")
        like(t.read("bmc.log"), f"an identify light stays on: nf-bmc is stopping mac={mac(9)}",
             "  and says what it leaves behind")
        t.start_bmc()
        ok(wait_for(t.key), "  it comes again")


def refused_keys(t):
    """One that others may know, or that is damaged, is not used."""
    path, kept = t.path("bmc/key"), t.read("bmc/key")
    is_(t.stop_bmc(), 0, "it ends")
    for mode, text, words in ((0o640, kept, "by others than its owner"),
                              (0o602, kept, "by others than its owner"),
                              (0o600, kept[:40], "is damaged"),
                              (0o600, kept + "x", "is damaged"),
                              (0o600, kept.replace("c=", "c=A"), "is damaged")):
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(path, mode)
        t.start_bmc()
        is_(t.bmc.wait(limit(10)), 1, f"nf-bmc refuses a key that {words}")
        like(t.read("bmc.log").splitlines()[-1], words, "  says so")
        like(t.bmc_key().stderr, words, "  and so does nf-bmc key")
    os.remove(path)
    is_(t.bmc_key().returncode, 1, "without one there is none to show")
    ok(not os.path.exists(path), "  and looking makes none")
    with open(path, "w", encoding="ascii") as f:
        f.write(kept)
    os.chmod(path, 0o600)
    t.start_bmc()


def in_memory(pid, word):
    """How often a program's own memory holds it."""
    found = 0
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            at, rights = line.split()[:2]
            first, last = (int(n, 16) for n in at.split("-"))
            if rights.startswith("rw"):
                memory.seek(first)
                found += memory.read(last - first).count(word.encode())
    return found


def wiped(t, public):
    with rmcp.Bmc(password="WipedAfterUse-7", lag_s=1) as bmc:
        device = device_of(bmc, password="WipedAfterUse-7")
        number = t.say(mac(3), args={"action": "on"}, device=seal(
            public, name(t.number + 1), **device))
        wait_for(lambda: bmc.acts)
        ok(in_memory(t.bmc.pid, "WipedAfterUse-7") > 0,
           "while it is used a password is in memory")
        is_(t.result(number)["state"], "done", "it is done")
    is_(in_memory(t.bmc.pid, "WipedAfterUse-7"), 0, "and not afterwards")
    for quirk in ("self", "no_sessions"):
        with redfish_peer.Peer(quirk) as bmc:
            said = t.ask(mac(3), device=seal(
                public, name(t.number + 1), address=f"127.0.0.1:{bmc.port}",
                driver="redfish", pin=bmc.pin, user=redfish_peer.USER,
                password=redfish_peer.PASSWORD))
            is_(said["state"], "done", "by Redfish, too")
        secret = json.dumps(redfish_peer.PASSWORD, ensure_ascii=False)[1:-1]
        basic = base64.b64encode(f"{redfish_peer.USER}:{redfish_peer.PASSWORD}"
                                 .encode()).decode()
        is_([word for word in (redfish_peer.PASSWORD, secret, basic)
             if in_memory(t.bmc.pid, word)], [], f"nor there: {quirk}")


def hygiene(t):
    for where in ("bmc.log", "bmc/commands"):
        unlike(t.read(where), rmcp.PASSWORD, f"no password in {where}")


def main():
    with Broker() as broker, Listener(broker, f"{TOPIC}/+") as listener, \
            Orders(broker, listener) as t:
        t.start_bmc()
        try:
            public = key(t)
            sealed(t, public)
            wiped(t, public)
            results(t)
            silent(t)
            lights(t)
            refused_keys(t)
            is_(t.key(), public, "started again, it has the same key")
            hygiene(t)
        finally:
            t.kill_bmc()
    done()


main()
