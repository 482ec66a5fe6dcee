#!/usr/bin/env python3
"""nf-bmc's driver for switches of Arista on a peer that speaks eAPI: what it
reads, what it changes, and what it says of a switch that misbehaves."""

import json
import os
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
from eapi_switch import PASSWORD, USER, Switch  # noqa: E402
from pace import limit  # noqa: E402
from switch_dialects import ranges  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

BMC = os.path.join(bastion.BUILD, "nf-bmc")
MAC = "52:54:00:12:34:56"


def tries(switch, *words, pin=None, password=PASSWORD, deadline=60):
    """(exit status, its answer)."""
    pin = switch.pin if pin is None else pin
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"user={USER}\npassword={password}\n")
        file.flush()
        ran = subprocess.run(
            [BMC, "try", "-d", "eapi", "-a", switch.address, "-c", file.name,
             "-t", str(int(limit(deadline))), *(("-p", pin) if pin else ()),
             *words],
            capture_output=True, text=True, timeout=limit(deadline + 30))
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        said = {"said": ran.stdout + ran.stderr}
    if PASSWORD in "".join(map(str, said.values())) + ran.stderr:
        ok(False, f"{words}: the password is told")
    return ran.returncode, said


def move(switch, *words, n=4, **more):
    return tries(switch, "port", f"Et{n + 1}",
                 *(words or ("mode=access", "vlan=100")), **more)


def as_told(port):
    """What the peer has, in nf-bmc's words."""
    out = {"mode": port.mode, "admin": "up" if port.is_up else "down"}
    if port.shown_vlans():
        out["vlan"] = port.shown_vlans()
    if port.mode == "trunk" and port.allowed - {port.native}:
        out["tagged"] = ranges(port.allowed - {port.native})
    if port.description:
        out["description"] = port.description
    return out


def told(port):
    return {name: port[name] for name in
            ("mode", "admin", "tagged", "vlan", "description") if name in port}


def furnish(switch):
    """One of each kind."""
    ports = switch.ports
    ports[1].description, ports[1].vlan = "web 1 \"up\" 7", 200
    ports[2].mode, ports[2].native = "trunk", 100
    ports[2].allowed = {100, 200, *range(300, 340, 2), 1005}
    ports[3].is_up = False
    ports[5].lag = ports[6].lag = 1
    ports[7].up = False
    ports[11].state = "discarding"
    switch.macs += [(MAC, 200, "Ethernet2"),
                    ("52:54:00:12:34:57", 1, "Port-Channel1"),
                    ("52:54:00:12:34:58", 1, "Router")] + [
        (f"52:54:00:aa:00:{n:02x}", 1, "Ethernet9") for n in range(12)]
    switch.neighbors += [
        ("Ethernet10", "spine 1", {"bridge": True, "router": True}),
        ("Ethernet2", "web1.example.com", {"stationOnly": True}),
        ("Ethernet11", "phone", {"bridge": True, "telephone": True})]


def reads():
    with Switch(ports=40) as switch:
        furnish(switch)
        _, said = tries(switch, "ports")
        by = {port["name"]: port for port in said.get("ports", ())}
        is_((len(by), switch.requests), (42, 1),
            "all ports, an aggregate and management, by one request")
        for i in (0, 1, 2, 3):
            port = switch.ports[i]
            is_(told(by[port.name]), as_told(port), f"{port.name}")
        by = [by[port.name] for port in switch.ports]
        is_([by[i]["link"] for i in (0, 3, 7)], ["up", "down", "down"], "links")
        is_([by[i]["forwards"] for i in (0, 7, 11)], ["up", "unknown", "down"],
            "spanning tree")
        is_([by[i].get("lag") for i in (4, 5, 6)],
            [None, "Port-Channel1", "Port-Channel1"], "its aggregate")
        is_([by[i]["macs"] for i in (0, 1, 8)], [0, 1, 12], "addresses")
        is_([by[i].get("neighbor") for i in (0, 1, 9)],
            [None, "web1.example.com", "spine 1"], "neighbours")
        is_(tries(switch, "find", MAC)[1]["found"],
            [{"mac": MAC, "vlan": 200, "port": "Ethernet2"}], "find")
        is_(tries(switch, "find", "52:54:00:99:99:99")[1]["cause"], "no_mac",
            "one that it has not learnt")
        switch.macs.append((MAC, 1, "Ethernet9"))
        is_([at["port"] for at in tries(switch, "find", MAC)[1]["found"]],
            ["Ethernet2", "Ethernet9"], "one that is at two ports")
        is_(sorted(port["name"] for port in
                   tries(switch, "neighbors")[1]["ports"]),
            ["Ethernet10", "Ethernet11", "Ethernet2"], "neighbors")
        is_(tries(switch, "vlans")[1]["vlans"], "1,100,200", "vlans")
        _, said = tries(switch, "port", "Et2")
        is_(told(said["port"]), as_told(switch.ports[1]), "one port")
        is_((said["port"]["forwards"], said["port"]["macs"]), ("up", 1),
            "with what is behind it")
        refuses_uplinks(switch)


def refuses_uplinks(switch):
    for name in ("Ethernet99", "Ethernet1-3", "Vlan1"):
        is_(tries(switch, "port", name)[1]["cause"], "no_port", name)
    for n, why in ((6, "part of an aggregate"), (9, "many addresses"),
                   (10, "another switch")):
        status, said = move(switch, n=n - 1)
        is_((status, said["cause"]), (1, "uplink"), "an uplink is refused")
        like(said["words"], why, "and it says why")
    is_(switch.changed, [], "nothing was changed")
    is_(move(switch, "mode=access", "vlan=100", "force=true", n=8)[0], 0,
        "but by force")
    is_(move(switch, n=10)[0], 0, "a telephone is no bridge")


def changes():
    seen = []
    with Switch(changed=lambda *config: seen.append(config)) as switch:
        port = switch.ports[4]
        for words in (
                ("mode=access", "vlan=100", "description=node 7, rack \\2"),
                ("admin=down",), ("vlan=200", "admin=up"),
                ("mode=trunk", "vlan=1", "tagged=100,200"),
                ("mode=trunk", "vlan=100", "tagged=200", "description="),
                ("mode=trunk", "vlan=0", "tagged=100,200", "description=x"),
                ("mode=access", "vlan=1")):
            status, said = move(switch, *words)
            is_((status, said.get("changed")), (0, True), " ".join(words))
            is_(told(said["port"]), as_told(port), "as it is told")
            is_(vars(switch.saved[4]), vars(port), "and saved")
        is_(seen[:2], [("Ethernet5", "access", 100, set(), "up"),
                       ("Ethernet5", "access", 100, set(), "down")],
            "its maker is told of each change")
        before = list(switch.changed)
        _, said = move(switch, "mode=access", "vlan=1")
        is_((said["changed"], switch.changed), (False, before),
            "what is so already is not touched")
        switch.vlans |= set(range(300, 400))
        many = ",".join(str(n) for n in range(300, 390, 2))
        status, said = move(switch, "mode=trunk", "vlan=0", f"tagged={many}")
        is_((status, said["port"]["tagged"]), (0, many),
            "more VLANs than one command takes")
        _, said = move(switch, "mode=access", "vlan=777")
        is_((said["cause"], said["words"]), ("no_vlan", "it has no VLAN 777"),
            "a VLAN that it lacks")
        switch.ports[12].is_routed = True
        status, said = move(switch, n=12)
        is_((status, said["was"]["mode"], said["port"]["vlan"]),
            (0, "other", 100), "a routed port becomes a switched one")


def has_less():
    with Switch("no_lldp", "no_stp", "unexplained", "latin1",
                "old_save") as switch:
        furnish(switch)
        switch.ports[1].description = "caf\xe9"
        by = {port["name"]: port for port in
              tries(switch, "ports")[1].get("ports", ())}
        is_((len(by), by["Ethernet6"].get("lag"), by["Ethernet1"]["forwards"],
             by["Ethernet2"]["description"]),
            (32, "Port-Channel1", "unknown", "caf?"),
            "one without LLDP, and with words that are no UTF-8")
        is_(switch.requests, 3, "by a request more for each")
        is_(move(switch)[0], 0, "its port is changed, and saved in silence")
        _, said = tries(switch, "neighbors")
        is_((said["cause"], said["words"]), ("refused", "LLDP is not enabled"),
            "its neighbours are not told")
    with Switch("no_switchport") as switch:
        _, said = move(switch)
        is_((said["cause"], said["words"], switch.changed),
            ("refused", "Agent is not running", []),
            "one that does not tell a port's VLANs: it is not changed")


def misbehaves():
    with Switch("ignores") as switch:
        status, said = move(switch)
        is_((status, said["cause"]), (1, "no_effect"), "it ignores it")
        like(said["words"], "VLAN is 1, not 100; the port is unchanged",
             "and what it has instead")
    with Switch("refuses") as switch:
        status, said = move(switch, "mode=trunk", "vlan=100", "tagged=200")
        is_((status, said["cause"]), (1, "refused"), "it refuses it")
        like(said["words"], "in use by a service; the port is unchanged",
             "in its own words")
        is_(as_told(switch.ports[4]),
            {"mode": "access", "admin": "up", "vlan": 1}, "so it is")
        ok("switchport trunk allowed vlan 100,200" in switch.changed,
           "after half of it was done")
    with Switch("no_save") as switch:
        status, said = move(switch)
        is_((status, said["cause"], said["changed"], switch.ports[4].vlan),
            (1, "not_saved", True, 100), "it does not save")
        like(said["words"], "No space left", "and why")


def may_not():
    for fault, cause, words in (
            ("no_enable", "privilege", "Bad secret"),
            ("read_only", "privilege", "permission denied"),
            ("locked", "busy", "is locked by admin"),
            ("no_api", "unsupported", "not enabled"),
            ("echoes", "refused", "")):
        with Switch(fault) as switch:
            status, said = move(switch)
            is_((status, said["cause"]), (1, cause), f"{fault}: {cause}")
            like(said.get("words", ""), words, "in words")
            is_(switch.changed, [], "and nothing is changed")


def dies():
    """In the middle, and what it had by then is put back."""
    words = ("mode=trunk", "vlan=100", "tagged=200", "description=node 7")
    for fault in ("drops", "reboots"):
        with Switch(fault, drop_at=3) as switch:
            status, said = move(switch, *words)
            is_((status, said["cause"]), (1, "hung"), fault)
            like(said["words"], "the port is unchanged", "it says as it was")
            is_(as_told(switch.ports[4]),
                {"mode": "access", "admin": "up", "vlan": 1}, "and it is")


def hangs():
    with Switch("hangs") as switch:
        status, said = tries(switch, "vlans")
        is_((status, said["cause"]), (1, "hung"), "it hangs in an answer")


def hangs_in_change():
    with Switch("hangs_in_change") as switch:
        status, said = move(switch)
        is_((status, said.get("changed"), switch.saved[4].vlan), (0, True, 100),
            "it hangs after a change: the port shows that it was made")
        is_(len(switch.changed), 1, "and made once")


def answers_what_it_likes():
    for fault, cause, words in (
            ("garbage", "malformed", "not JSON"),
            ("html", "malformed", "not JSON"),
            ("error_500", "malformed", "HTTP 500"),
            ("busy", "busy", "HTTP 502"),
            ("huge", "malformed", "more than 8 MiB"),
            ("many", "malformed", "too long")):
        with Switch(fault) as switch:
            status, said = tries(switch, "ports")
            is_((status, said["cause"]), (1, cause), f"{fault}: {cause}")
            like(said["words"], words, "in words")
            is_(move(switch)[1]["cause"], cause, "and no port is changed")
            is_(switch.changed, [], "nor half of it")


def keys():
    with Switch() as switch, Switch() as other:
        is_(tries(switch, "vlans")[1]["pin"], switch.pin, "its key is shown")
        status, said = tries(switch, "vlans", pin=other.pin)
        is_((status, said["cause"], switch.requests), (1, "host_key", 1),
            "another key is not spoken to")
        like(said["words"], f"key {switch.pin}".replace("+", r"\+"),
             "and it is told which")
        is_(said["pin"], switch.pin, "as its pin too")
        status, said = tries(switch, "vlans", pin="")
        is_((status, said["cause"], switch.requests), (1, "host_key", 1),
            "without a pin it must be signed by an authority")
        like(said["words"], f"key {switch.pin}".replace("+", r"\+"),
             "and it is told what to pin")
        status, said = tries(switch, "vlans", password="wrong")
        is_((status, said["cause"]), (1, "wrong_password"), "a wrong password")
        switch.server.shutdown()
        switch.server.server_close()
        is_(tries(switch, "vlans")[1]["cause"], "unreachable",
            "one that is off")


def wrong_words():
    with Switch() as switch:
        for words, said in (
                (("port", "Et5\nreload"), "port"),
                (("port", "Et5", "description=a\nreload"), "description"),
                (("port", "Et5", "vlan=5000"), "vlan")):
            status, answer = tries(switch, *words)
            is_(status, 64, f"{words[-1]!r}")
            like(answer["said"], said, "and what is wrong")
        is_(switch.commands, [], "no word of it reached the switch")
    ran = subprocess.run([BMC, "try", "--help"], capture_output=True, text=True,
                         check=True)
    like(ran.stdout, "eapi", "--help names the driver")


# Each has switches of its own, and waits for them most of the time.
def main():
    parts = [reads, changes, has_less, misbehaves, may_not, dies, hangs,
             hangs_in_change, answers_what_it_likes, keys, wrong_words]
    failed = []

    def run(part):
        try:
            part()
        except BaseException as error: # noqa: BLE001
            failed.append((part.__name__, error))
            raise

    threads = [threading.Thread(target=run, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_(failed, [], "each part came to its end")
    done()


main()
