#!/usr/bin/python3
"""nf-bmc's drivers for switches with a command line, each on a peer that speaks
its dialect by SSH: what it reads, what it changes, and what it says of a switch
that misbehaves."""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
from pace import limit  # noqa: E402
from ssh_switch import PASSWORD, USER, Switch  # noqa: E402
from switch_dialects import DIALECTS, ranges  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

BMC = os.path.join(bastion.BUILD, "nf-bmc")
MAC = "5254.0012.3456"


def tries(switch, *words, pin=None, password=PASSWORD, deadline=60):
    """(exit status, its answer)."""
    pins = ("-p", pin) if pin else ()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(f"user={USER}\npassword={password}\n")
        file.flush()
        ran = subprocess.run(
            [BMC, "try", "-d", switch.dialect.name, "-a", switch.address, "-c",
             file.name, "-t", str(deadline), *pins, *words],
            capture_output=True, text=True, timeout=limit(deadline + 30))
    try:
        return ran.returncode, json.loads(ran.stdout)
    except ValueError:
        return ran.returncode, {"said": ran.stdout + ran.stderr}


def move(switch, *words, n=4, **more):
    port = switch.ports[n].short
    return tries(switch, "port", port, *(words or ("mode=access", "vlan=100")),
                 **more)


def as_told(port):
    """What the peer has, in nf-bmc's words."""
    out = {"mode": port.mode, "admin": "up" if port.is_up else "down"}
    vlan = port.vlan
    if port.mode == "trunk":
        vlan = port.native if port.native in port.allowed else 0
        tagged = port.allowed - {port.native}
        if tagged:
            out["tagged"] = ranges(tagged)
    if vlan:
        out["vlan"] = vlan
    if port.description:
        out["description"] = port.description
    return out


def told(port):
    return {name: port[name] for name in
            ("mode", "admin", "tagged", "vlan", "description") if name in port}


def furnish(switch):
    """One of each kind."""
    ports = switch.ports
    ports[1].description, ports[1].vlan = "web 1 connected up 7", 200
    ports[2].mode, ports[2].native = "trunk", 100
    ports[2].allowed = {100, 200, *range(300, 340, 2), 1005}
    ports[3].is_up = False
    ports[5].lag = ports[6].lag = 1
    ports[7].up = False
    for port in ports:
        if port.mode == "trunk":
            port.vlan = 1
    switch.macs += [(MAC, 200, ports[1].short)] + [
        (f"5254.00aa.{n:04x}", 1, ports[8].short) for n in range(12)]
    switch.neighbors += [(ports[9].long_name, "spine 1", "B,R"),
                         (ports[1].long_name, "web1.example.com", "S")]


def reads(name):
    with Switch(name, ports=40) as switch:
        for port in switch.ports:
            port.long_name = port.name if name != "ios" else port.short
        furnish(switch)
        status, said = tries(switch, "ports")
        ports = {port["name"]: port for port in said.get("ports", ())}
        is_(len(ports), 40, f"{name}: all ports, by pages and by none")
        for i in (0, 1, 2, 3):
            port = switch.ports[i]
            shown = ports.get(port.short) or ports.get(port.name) or {}
            is_(told(shown), as_told(port), f"{name}: port {i + 1}")
        by = [ports.get(p.short) or ports.get(p.name) for p in switch.ports]
        is_([by[i]["link"] for i in (0, 3, 7)], ["up", "down", "down"],
            f"{name}: links")
        ok("lag" in by[5] and "lag" not in by[4], f"{name}: its aggregate")
        is_((by[1]["macs"], by[8]["macs"]), (1, 12), f"{name}: addresses")
        is_((by[9].get("neighbor"), by[1].get("neighbor")),
            ("spine 1", "web1.example.com"), f"{name}: neighbours")
        status, said = tries(switch, "find", "52:54:00:12:34:56")
        is_((status, said["found"]),
            (0, [{"mac": "52:54:00:12:34:56", "vlan": 200,
                  "port": switch.ports[1].short}]), f"{name}: find")
        is_(tries(switch, "find", "52:54:00:99:99:99")[1]["cause"], "no_mac",
            f"{name}: one that it has not learnt")
        status, said = tries(switch, "neighbors")
        is_(len(said["ports"]), 2, f"{name}: neighbors")
        is_(tries(switch, "vlans")[1]["vlans"], "1,100,200", f"{name}: vlans")
        status, said = tries(switch, "port", switch.ports[1].short)
        is_((said["port"]["forwards"], said["port"]["macs"]), ("up", 1),
            f"{name}: one port")
        is_(tries(switch, "port", switch.dialect.short + "99")[1]["cause"],
            "no_port", f"{name}: one that it has not")
        refused = {6: "part of an aggregate", 9: "many addresses",
                   10: "another switch"}
        for n, why in refused.items():
            status, said = move(switch, n=n - 1)
            is_((status, said["cause"]), (1, "uplink"), f"{name}: an uplink")
            like(said["words"], why, f"{name}: and it says why")
        is_(switch.changed, [], f"{name}: nothing was changed")
        is_(move(switch, "mode=access", "vlan=100", "force=true", n=8)[0], 0,
            f"{name}: but by force")


def changes(name):
    with Switch(name) as switch:
        port = switch.ports[4]
        for words in (
                ("mode=access", "vlan=100", "description=node 7, rack 2"),
                ("admin=down",), ("vlan=200", "admin=up"),
                ("mode=trunk", "vlan=1", "tagged=100,200"),
                ("mode=trunk", "vlan=100", "tagged=200", "description="),
                ("mode=trunk", "vlan=0", "tagged=100,200", "description=x"),
                ("mode=access", "vlan=1")):
            status, said = move(switch, *words)
            is_((status, said.get("changed")), (0, True),
                f"{name}: {' '.join(words)}")
            is_(told(said["port"]), as_told(port), f"{name}: as it is told")
            is_(vars(switch.saved[4]), vars(port), f"{name}: and saved")
        before = len(switch.changed)
        status, said = move(switch, "mode=access", "vlan=1")
        is_((said["changed"], len(switch.changed)), (False, before),
            f"{name}: what is so already")
        switch.vlans |= set(range(300, 400))
        many = ",".join(str(n) for n in range(300, 390, 2))
        status, said = move(switch, "mode=trunk", "vlan=0", f"tagged={many}")
        is_((status, said["port"]["tagged"]), (0, many),
            f"{name}: more VLANs than one command takes")
        is_(move(switch, "mode=access", "vlan=777")[1].get("words"),
            "it has no VLAN 777", f"{name}: a VLAN that it lacks")


def misbehaves(name):
    for faults in (("slow", "questions"),
                   ("pages", "log", "prompts", "colors")):
        with Switch(name, *faults) as switch:
            status, said = move(switch)
            is_((status, switch.ports[4].vlan), (0, 100),
                f"{name}: one with {', '.join(faults)}")
    with Switch(name, "ignores") as switch:
        status, said = move(switch)
        is_((status, said["cause"]), (1, "no_effect"), f"{name}: ignores it")
        like(said["words"], "VLAN is 1, not 100; the port is unchanged",
             f"{name}: and what it has instead")
    with Switch(name, "refuses") as switch:
        status, said = move(switch, "mode=trunk", "vlan=100", "tagged=200")
        is_((status, said["cause"]), (1, "refused"), f"{name}: refuses it")
        like(said["words"], "in use|default conf.*the port is unchanged",
             f"{name}: in its own words")
        is_((switch.ports[4].mode, switch.ports[4].vlan), ("access", 1),
            f"{name}: nothing of it stayed")
    with Switch(name, "no_save") as switch:
        status, said = move(switch)
        is_((status, said["cause"], said["changed"]), (1, "not_saved", True),
            f"{name}: does not save")
        like(said["words"], "busy|aborted|full", f"{name}: and why")


def dies(name):
    """In the middle, and what it had by then is put back."""
    words = ("mode=access", "vlan=100", "description=node 7")
    for fault in ("drops", "reboots"):
        with Switch(name, fault, drop_at=2) as switch:
            status, said = move(switch, *words)
            is_((status, said["cause"]), (1, "hung"), f"{name}: {fault}")
            like(said["words"], "the port is unchanged", f"{name}: as it was")
            is_((switch.ports[4].vlan, switch.ports[4].description), (1, ""),
                f"{name}: it is")
            is_(switch.sessions, 2, f"{name}: by a session anew")


def keys():
    with Switch("ios") as switch:
        pin = tries(switch, "vlans")[1]["pin"]
        like(pin, r"^SHA256:[A-Za-z0-9+/]{43}$", "its key is shown")
        is_(tries(switch, "vlans", pin=pin)[0], 0, "that one is taken")
        is_(tries(switch, "vlans", pin=pin.replace("SHA", "sha"))[0], 0,
            "in small letters too")
        is_(tries(switch, "vlans", password="no")[1]["cause"], "wrong_password",
            "a wrong password")
    with Switch("ios", key=1) as switch:
        status, said = tries(switch, "vlans", pin=pin)
        is_((status, said["cause"], switch.sessions), (1, "host_key", 0),
            "another key")
        like(said["words"], pin.replace("+", r"\+"), "with that of before")
        ok(said["pin"] in said["words"] and said["pin"] != pin, "and its own")
    with Switch("ios") as switch:
        switch.disabled = {
            "ciphers": ["aes128-ctr", "aes192-ctr", "aes256-ctr"],
            "macs": ["hmac-sha2-256", "hmac-sha2-512",
                     "hmac-sha2-256-etm@openssh.com",
                     "hmac-sha2-512-etm@openssh.com"],
            "kex": ["curve25519-sha256@libssh.org", "ecdh-sha2-nistp256",
                    "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
                    "diffie-hellman-group16-sha512",
                    "diffie-hellman-group14-sha256",
                    "diffie-hellman-group-exchange-sha256"],
            "keys": ["rsa-sha2-512", "rsa-sha2-256"]}
        is_(tries(switch, "vlans")[0], 0, "one that knows weak methods only")
        switch.close()
        is_(tries(switch, "vlans")[1]["cause"], "unreachable", "one that is off")


def privileges():
    with Switch("ios", "user_mode") as switch:
        is_(move(switch)[0], 0, "a user who must enable")
    with Switch("ios", "user_mode", "no_enable") as switch:
        is_(tries(switch, "vlans")[1]["cause"], "privilege", "and may not")
    with Switch("ios") as switch:
        for words, said in (
                (("port", "Gi1/0/1;reload"), "port"),
                (("port", "Gi1/0/1\nreload"), "port"),
                (("port", "Gi1/0/1", "description=a\nreload"), "description"),
                (("port", "Gi1/0/1", "vlan=5000"), "vlan")):
            status, answer = tries(switch, *words)
            is_(status, 64, f"{words[-1]!r}")
            like(answer["said"], said, "and what is wrong")
        is_(switch.commands, [], "no word of it reached the switch")


def well_and_badly(name):
    reads(name)
    changes(name)
    misbehaves(name)
    dies(name)


# A switch is slow, and so at once: nearly all of it is waiting.
with ThreadPoolExecutor() as pool:
    for each in [pool.submit(well_and_badly, name) for name in DIALECTS]:
        each.result()
keys()
privileges()
done()
