#!/usr/bin/python3
"""A switch whose ports are taps in bridges: a peer of tests/lib, wired to them.

Usage: switch_peer.py DRIVER FOLDER TAP...     (until its stdin ends)

Run it inside the namespace.  In FOLDER: `peer` (its port, its names of the taps'
ports, its pin), `ports` (what it has of each of them), `moves`, `states` (see
fabric.Wires), and `saves`, a byte for each time that it saved."""

import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import fabric   # noqa: E402

PORTS = 24
FURTHER = (310, 311)    # VLANs that lead nowhere


def note(path, text):
    """Whole, or as it was."""
    draft = path.with_name(path.name + "~")
    draft.write_text(text)
    draft.rename(path)


class Kept:
    """What a person may read in FOLDER."""

    def __init__(self, folder, taps):
        self.folder, self.taps = folder, taps
        self.wires = fabric.Wires(folder, taps)
        self._ports = {}

    def port(self, number, mode, vlan, tagged, admin, description):
        if number <= len(self.taps):
            self._ports[number] = {
                "mode": mode, "vlan": vlan, "tagged": list(tagged),
                "admin": admin, "description": description}
            note(self.folder / "ports", json.dumps(self._ports))

    def saved(self):
        with open(self.folder / "saves", "a", encoding="ascii") as file:
            file.write("+")

    def serves(self, port, names, **more):
        note(self.folder / "peer", json.dumps(
            {"port": port, "names": names[:len(self.taps)], **more}))


def cli(driver, kept):
    """Cisco IOS and NX-OS, Huawei VRP, H3C Comware, by SSH."""
    import ssh_switch

    class Switch(ssh_switch.Switch):
        def note(self, port):
            mode, vlan, tagged, is_up = port.wired()
            kept.port(self.ports.index(port) + 1, mode, vlan, tagged,
                      "up" if is_up else "down", port.description)

        def change(self, port, words):
            try:
                return super().change(port, words)
            finally:
                self.note(port)

        def keep(self):
            super().keep()
            kept.saved()

    switch = Switch(driver, ports=PORTS, wires=kept.wires)
    switch.vlans |= set(FURTHER)
    for port in switch.ports:
        switch.note(port)
    kept.serves(int(switch.address.rpartition(":")[2]),
                [port.name if driver == "vrp" else port.short
                 for port in switch.ports])


def snmp(_driver, kept):
    import snmp_switch
    switch = snmp_switch.Switch(PORTS, Wired(kept))
    kept.serves(switch.port, [f"GigabitEthernet 1/0/{n}"
                              for n in range(1, PORTS + 1)])
    return switch.stop


def eapi(_driver, kept):
    """Arista EOS."""
    import eapi_switch

    class Switch(eapi_switch.Switch):
        def note(self, port):
            name, mode, vlan, tagged, admin = self.config(port)
            kept.port(self.ports.index(port) + 1, mode, vlan, sorted(tagged),
                      admin, port.description)

        def on_change(self, port):
            super().on_change(port)
            self.note(port)

        def save(self):
            kept.saved()
            return super().save()

        def show(self, command):
            for n, port in enumerate(self.ports, 1):
                port.state = kept.wires.state(n)
                port.up = port.state != "down"
            return super().show(command)

    names = [f"Ethernet{n}" for n in range(1, PORTS + 1)]
    switch = Switch(
        ports=PORTS,
        changed=lambda name, mode, vlan, tagged, admin: kept.wires.changed(
            names.index(name) + 1, mode, vlan, sorted(tagged), admin),
        fdb=lambda: [(":".join(re.findall("..", mac)), vlan, names[n - 1])
                     for mac, vlan, n in kept.wires.addresses()])
    switch.vlans |= set(FURTHER)
    for port in switch.ports:
        switch.note(port)
    kept.serves(int(switch.address.rpartition(":")[2]), names, pin=switch.pin)
    return switch.stop


class Wired:
    """Answers what the program of a switch by SNMP asks of its network."""

    def __init__(self, kept):
        self._kept, self._before = kept, {}

    def serve(self, line, say):
        word, *rest = line.rstrip("\n").split(" ", 6)
        if word == "look":
            for n in range(1, PORTS + 1):
                state = fabric.SPANNING.get(self._kept.wires.state(n), 0)
                say(f"state {n} {state}")
            for mac, vlan, n in self._kept.wires.addresses():
                say(f"address {mac} {vlan} {n}")
        elif word == "port":
            self._port(*rest)
        say(".")

    def _port(self, number, mode, vlan, tagged, admin, description):
        tags = [] if tagged == "-" else [int(n) for n in tagged.split(",")]
        now = int(number), mode, int(vlan), tags, admin
        if self._before.get(number) not in (None, now):
            self._kept.wires.changed(*now)
        self._before[number] = now
        self._kept.port(*now, description)


DRIVERS = {"snmp": snmp, "eapi": eapi}
DRIVERS |= dict.fromkeys(("ios", "nxos", "vrp", "comware"), cli)


def main():
    driver, folder, *taps = sys.argv[1:]
    stop = DRIVERS[driver](driver, Kept(pathlib.Path(folder), taps))
    sys.stdin.read()
    if stop:
        stop()


main()
