"""The switch between a lab's machines and its server, from outside: what it was
told, and what became of its ports."""

import json
import pathlib
import subprocess
import sys

import fabric

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from dnsmasq import until  # noqa: E402

PEER = str(pathlib.Path(__file__).resolve().parent / "switch_peer.py")
PYTHON = "/usr/bin/python3"     # that has paramiko
NAME = "sw1"
LOGINS = {"snmp": ("", "wr1tes"), "ios": ("admin", "s3cret \"\\x")}


class Switch:
    """Of one driver, with a port for each tap.  Use it as a context."""

    def __init__(self, namespace, directory, driver, taps):
        self.driver, self.dir, self.taps = driver, directory / "switch", taps
        self.name = NAME
        self.is_found_by_mac = driver == "snmp" # the others: by hand
        self._namespace, self._where = namespace, ("-n", namespace.name)
        self._is_known, self._dhcp = False, None

    def settings(self):
        return {"NF_INSTALL_VLAN": fabric.INSTALL,
                "NF_PRODUCTION_VLAN": fabric.PRODUCTION, "NF_SWITCH_SCAN": 0}

    def make_known(self, site):
        """As an operator does, once: who it takes, and where it is."""
        if self._is_known:
            return
        self._is_known = True
        user, password = LOGINS.get(self.driver, LOGINS["ios"])
        secret = self.dir / "password"
        secret.write_text(password + "\n")
        secret.chmod(0o600)
        site.nf("credentials", "set", *(("--user", user) if user else ()),
                "--password-file", str(secret), "switch")
        site.nf("devices", "set", "--driver", self.driver, "--address",
                self.address, "--credentials", "switch",
                *(("--pin", self.pin) if self.pin else ()), self.name)

    def __enter__(self):
        self.dir.mkdir()
        fabric.up(self._namespace, self.taps)
        with open(self.dir / "log", "ab") as log:
            self._peer = subprocess.Popen(
                self._namespace.command(PYTHON, PEER, self.driver,
                                        str(self.dir), *self.taps),
                stdin=subprocess.PIPE, stdout=log, stderr=log,
                start_new_session=True)
        until((self.dir / "peer").exists)
        said = json.loads((self.dir / "peer").read_text())
        self.address = f"127.0.0.1:{said['port']}"
        self.names = said["names"]
        self.pin = said.get("pin", "")
        return self

    def __exit__(self, *ignored):
        self._peer.stdin.close()
        self._peer.wait()
        if self._dhcp:
            self._dhcp.terminate()
            self._dhcp.wait()

    def give_addresses(self):
        """In the production network; once the site's own server is up, which
        looks whether it is alone."""
        with open(self.dir / "log", "ab") as log:
            self._dhcp, self._leases = fabric.dhcp(self._namespace, self.dir,
                                                   log)

    def port(self, number):
        """What it has of the port: mode, vlan, tagged, admin, description."""
        return json.loads((self.dir / "ports").read_text())[str(number)]

    def moves(self, number):
        return self._notes("moves", number)

    def states(self, number):
        """What it has said of the port since its last move."""
        last = self.moves(number)[-1]["at"]
        return [note["state"] for note in self._notes("states", number)
                if note["at"] > last]

    def saves(self):
        """How often it was saved; None: it has no saving (SNMP)."""
        if self.driver == "snmp":
            return None
        file = self.dir / "saves"
        return len(file.read_text()) if file.exists() else 0

    def spanning(self, number):
        """What the kernel says of the tap at a port: forwarding, ..."""
        return fabric.spanning(self.taps[number - 1], *self._where)

    def frames(self, number):
        """How many the machine at a port has sent."""
        return fabric.frames(self.taps[number - 1], *self._where)

    def learnt(self, mac):
        """(vlan, port number) where the bridges have seen it."""
        return [(vlan, self.taps.index(tap) + 1) for at, vlan, tap in
                fabric.learnt(self.taps, *self._where) if at == mac]

    def leased(self, mac):
        """The address that the production network gave it, or none."""
        try:
            lines = self._leases.read_text().splitlines()
        except FileNotFoundError:
            return None
        return next((line.split()[2] for line in lines
                     if line.split()[1].replace(":", "") == mac), None)

    def _notes(self, name, number):
        try:
            lines = (self.dir / name).read_text().splitlines()
        except FileNotFoundError:
            return []
        return [note for note in map(json.loads, lines)
                if note["port"] == number]
