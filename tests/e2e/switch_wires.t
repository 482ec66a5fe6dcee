#!/usr/bin/python3
"""The lab's switches, without virtual machines: a port that nf-bmc moves is in
another network for whoever is at it, and that only once it forwards."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lab"), str(TESTS / "lib")]
import fabric   # noqa: E402
import instance     # noqa: E402
import netns    # noqa: E402
import switch   # noqa: E402
from dnsmasq import until   # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, skip_all     # noqa: E402

MAC = "525400000001"
DRIVERS = ("snmp", "ios", "nxos", "vrp", "comware", "eapi")
NEEDED = ("ip", "bridge", "dnsmasq", "busybox", "net-snmp-config")
CREDENTIALS = {"snmp": "community=wr1tes\n"}


class Bench:
    """A switch, its network, and a machine at its first port that is a
    namespace with a card."""

    def __init__(self, driver, folder):
        self.inside = netns.Namespace(f"nf-wires-{driver}")
        self.machine = netns.Namespace(f"nf-wired-{driver}")
        self.dir, self.driver = folder, driver
        self.dir.mkdir()
        self.credentials = folder / "credentials"
        user, password = switch.LOGINS.get(driver, switch.LOGINS["ios"])
        self.credentials.write_text(CREDENTIALS.get(
            driver, f"user={user}\npassword={password}\n"))
        self.credentials.chmod(0o600)

    def __enter__(self):
        self.inside.down()
        self.machine.down()
        self.inside.up(0)
        netns.ip("netns", "add", self.machine.name)
        self.inside.ip("link", "add", "tap0", "type", "veth", "peer", "card",
                       "netns", self.machine.name)
        self.machine.ip("link", "set", "card", "address",
                        ":".join(MAC[n:n + 2] for n in range(0, 12, 2)), "up")
        self.inside.ip("link", "set", "tap0", "up")
        self.switch = switch.Switch(self.inside, self.dir, self.driver, ["tap0"])
        self.switch.__enter__()
        self.switch.give_addresses()
        self.log = open(self.dir / "dhcp.log", "ab")
        self.dhcp, _ = fabric.dhcp(self.inside, self.dir, self.log,
                                   fabric.INSTALL, "10.66.0.50,10.66.0.99")
        return self

    def __exit__(self, *_):
        self.dhcp.terminate()
        self.dhcp.wait()
        self.log.close()
        self.switch.__exit__()
        self.inside.down()
        self.machine.down()

    def told(self, *words):
        """What nf-bmc says of the port."""
        pin = ("-p", self.switch.pin) if self.switch.pin else ()
        ran = subprocess.run(
            self.inside.command(
                str(instance.BUILD / "nf-bmc"), "try", "-d", self.driver, "-a",
                self.switch.address, "-c", str(self.credentials), *pin, "port",
                self.switch.names[0], *words),
            capture_output=True, text=True, timeout=limit(120), check=False)
        return json.loads(ran.stdout)

    def forwards(self):
        return until(lambda: self.switch.spanning(1) == "forwarding", 60)

    def lease(self):
        """What a DHCP client on the machine comes to."""
        ran = subprocess.run(
            self.machine.command("busybox", "udhcpc", "-i", "card", "-f", "-n",
                                 "-q", "-t", "3", "-T", str(int(limit(1)) or 1),
                                 "-s", "/bin/true"),
            capture_output=True, text=True, timeout=limit(60), check=False)
        return ran.stderr.strip().splitlines()[-1]


def moves(bench, name):
    at = bench.switch
    ok(bench.forwards(), f"{name}: the port forwards")
    like(bench.lease(), "no lease", f"{name}: VLAN 1 has nobody")
    is_(at.learnt(MAC), [(1, 1)], f"{name}: its address is learnt there")
    for vlan, address in ((100, r"10\.66\.0\."), (200, r"10\.77\.0\.")):
        said = bench.told("mode=access", f"vlan={vlan}")
        is_((said.get("changed"), at.port(1)["vlan"]), (True, vlan),
            f"{name}: moved to VLAN {vlan}")
        is_(said.get("port", {}).get("forwards"), "down",
            f"{name}: it does not forward yet")
        ok(bench.forwards(), f"{name}: it does")
        like(bench.lease(), f"lease of {address}",
             f"{name}: an address of that network")
        is_(at.learnt(MAC), [(vlan, 1)], f"{name}: learnt there, only")
        found = bench.told()["port"]
        is_((found["forwards"], found["macs"]), ("up", 1),
            f"{name}: the switch says so")
        is_(at.states(1)[0], "listening",
            f"{name}: it was asked while it listened")
    is_([move["vlan"] for move in at.moves(1)], [100, 200], f"{name}: two moves")
    is_(at.saves(), None if name == "snmp" else 2, f"{name}: saved once each")


def shuts(bench, name):
    at = bench.switch
    said = bench.told("mode=trunk", "vlan=100", "tagged=310,311", "admin=down",
                      "description=rack 7, left")
    is_(at.port(1), {"mode": "trunk", "vlan": 100, "tagged": [310, 311],
                     "admin": "down", "description": "rack 7, left"},
        f"{name}: a trunk, shut down")
    is_((said["port"]["admin"], said["port"]["link"]), ("down", "down"),
        f"{name}: the switch says so")
    is_(at.spanning(1), "down", f"{name}: the machine has no link")
    bench.told("admin=up")
    ok(bench.forwards(), f"{name}: opened")
    like(bench.lease(), r"lease of 10\.66\.0\.",
         f"{name}: what a trunk does not tag goes into its native VLAN")


def one(name, folder):
    with Bench(name, folder / name) as bench:
        moves(bench, name)
        shuts(bench, name)


def main():
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        skip_all(f"needs root and {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        for each in [pool.submit(one, name, pathlib.Path(folder))
                     for name in DRIVERS]:
            each.result()
    done()


main()
