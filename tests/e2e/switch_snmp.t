#!/usr/bin/env python3
"""nf-bmc's driver for switches by SNMP on net-snmp's agent: ports are read and
changed, each change is read back, and what goes wrong has a cause."""

import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import bastion  # noqa: E402
import snmp_switch as peer  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, skip_all, unlike  # noqa: E402

NF_BMC = os.path.join(bastion.BUILD, "nf-bmc")
V3 = (f"user={peer.USER}", "auth=SHA", f"auth_password={peer.AUTH}", "priv=AES",
      f"priv_password={peer.PRIV}")


def command(switch, words, login):
    return [NF_BMC, "try", "--driver", "snmp", "--address",
            f"127.0.0.1:{switch.port}", "--credentials",
            switch.credentials(*login), *words]


def tries(switch, *words, login=(f"community={peer.WRITES}",)):
    """What it printed as JSON."""
    ran = subprocess.run(command(switch, words, login), capture_output=True,
                         text=True, timeout=limit(120))
    unlike(ran.stdout + ran.stderr, f"{peer.WRITES}|{peer.AUTH}|{peer.PRIV}",
           "no secret is printed") if ran.returncode else None
    return json.loads(ran.stdout)


def port(switch, n):
    return tries(switch, "port", f"GigabitEthernet 1/0/{n}")["port"]


def reading(switch):
    listed = tries(switch, "ports")["ports"]
    is_(len(listed), 48, "all ports are listed")
    is_(listed[0], {"name": "GigabitEthernet 1/0/1", "mode": "access",
                    "vlan": 1, "admin": "up", "link": "up", "forwards": "up",
                    "mbps": 10000, "macs": 0}, "  with what is known of one")
    is_(tries(switch, "vlans"), {"done": True, "vlans": "1,100,200"}, "VLANs")
    is_(tries(switch, "find", "52:54:00:00:00:05")["found"],
        [{"mac": "52:54:00:00:00:05", "vlan": 1,
          "port": "GigabitEthernet 1/0/7"}], "where a MAC is")
    is_([at["port"] for at in
         tries(switch, "find", "52:54:00:00:ff:ff")["found"]],
        ["GigabitEthernet 1/0/2", "GigabitEthernet 1/0/3"],
        "a MAC may be at two ports")
    is_(tries(switch, "find", "52:54:00:00:ff:fe")["cause"], "no_mac",
        "or at none")
    is_(tries(switch, "port", "Gi1/0/49")["cause"], "no_port",
        "a port that is not there")
    is_([(at["name"], at["neighbor"]) for at in
         tries(switch, "neighbors")["ports"]
         if "neighbor" in at], [("GigabitEthernet 1/0/48", "spine")],
        "who is behind a port, by LLDP's description of it")


def changing(switch):
    got = tries(switch, "port", "Gi1/0/1", "vlan=100", "mode=access",
                "description=node 7", "admin=up")
    is_((got["done"], got["changed"], got["was"]["vlan"], got["port"]["vlan"],
         got["port"]["mode"], got["port"]["description"]),
        (True, True, 1, 100, "access", "node 7"), "an access port moves")
    is_(port(switch, 2)["vlan"], 1, "  and no other")
    got = tries(switch, "port", "Gi1/0/1", "mode=trunk", "vlan=1",
                "tagged=100,200")["port"]
    is_((got["mode"], got["vlan"], got["tagged"]), ("trunk", 1, "100,200"),
        "it becomes a trunk")
    got = tries(switch, "port", "Gi1/0/1", "mode=access", "vlan=200",
                "admin=down")["port"]
    is_((got["mode"], got["vlan"], got["admin"]), ("access", 200, "down"),
        "and an access port again, shut down")
    is_(tries(switch, "port", "Gi1/0/1", "vlan=200")["changed"], False,
        "nothing is done twice")
    is_(switch.alone(), [], "no port was in no VLAN at any time")


def logins(switch):
    got = tries(switch, "port", "Gi1/0/4", "vlan=100", login=V3)
    is_((got["done"], got["port"]["vlan"]), (True, 100), "v3 with both keys")
    for login, cause, words in (
            ((*V3[:2], "auth_password=wrong-wrong", *V3[3:]),
             "wrong_password", "authentication failure"),
            (("user=nobody", *V3[1:]), "wrong_password", "unknown user"),
            ((*V3[:4], "priv_password=wrong-wrong"), "unreachable",
             "wrong privacy password look the same"),
            (("community=wrong",), "unreachable", "wrong community"),
            ((*V3[:1], "auth=ROT13", *V3[2:]), "local", "auth must be")):
        got = tries(switch, "vlans", login=login)
        is_(got["cause"], cause, f"{login[0]}: {cause}")
        like(got["words"], words, "  in words")
    got = tries(switch, "port", "Gi1/0/5", "vlan=100",
                login=(f"community={peer.READS}",))
    is_(got["cause"], "privilege", "a community that may only read")
    like(got["words"], "noAccess", "  in the switch's word")
    words = command(switch, ("info",), (f"community={peer.READS}",))
    words[words.index("snmp")] = "ipmi"
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    is_(ran.returncode, 64, "a BMC has no community")
    like(ran.stderr, "user= is missing", "  in words")


def faults(switch):
    is_(tries(switch, "port", "Gi1/0/6", "vlan=300")["cause"], "no_vlan",
        "a VLAN that is not there is not set")
    for fault, cause, words in (
            ("no_vlan", "no_vlan", "inconsistentValue"),
            ("wrong_value", "refused", "wrongValue"),
            ("not_writable", "unsupported", "notWritable"),
            ("deaf", "no_effect", "VLAN is 1, not 100")):
        switch.fault(fault)
        got = tries(switch, "port", "Gi1/0/6", "vlan=100")
        switch.fault("")
        is_((got["done"], got["cause"]), (False, cause), f"{fault}: {cause}")
        like(got["words"], words, "  in words")
        is_(port(switch, 6)["vlan"], 1, "  and the port is unchanged")


def reboot(switch):
    """It dies when the port has joined the new VLAN, and starts as it was."""
    switch.fault("reboot")
    with subprocess.Popen(
            command(switch, ("port", "Gi1/0/7", "vlan=100"),
                    (f"community={peer.WRITES}",)),
            stdout=subprocess.PIPE, text=True) as run:
        is_(switch.process.wait(timeout=limit(60)), 9, "the switch dies")
        switch.fault("")
        switch.start()
        got = json.loads(run.communicate(timeout=limit(120))[0])
    ok(got["port"]["vlan"] in (1, 100), "the port is in one of its VLANs")
    is_(got["port"]["vlan"] == 100, got["done"], "  and that is what is told")
    is_(port(switch, 7)["vlan"], got["port"]["vlan"], "  and so")


def main():
    if shutil.which("net-snmp-config") is None:
        skip_all("libsnmp-dev is not there")
    switch = peer.Switch()
    try:
        reading(switch)
        changing(switch)
        logins(switch)
        faults(switch)
        reboot(switch)
    finally:
        switch.stop()
    done()


main()
