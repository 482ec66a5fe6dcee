"""A worker that drives switches of its own making: scans tell of their ports,
and changes are made as nf-bmc makes them, each once by its journal."""

import base64
import ctypes
import json

from sealing import SEAL_BYTES, SODIUM
from worker import Worker

CONFIG = ("mode", "vlan", "tagged", "admin", "description")
PART = 64


class Switch:
    """`ports`: name -> what nf_port_json() says, with `addresses`."""

    def __init__(self, names):
        self.ports = {name: {
            "name": name, "mode": "access", "vlan": 1, "admin": "up",
            "link": "up", "forwards": "up", "macs": 0} for name in names}
        self.scans = self.changes = 0
        self.fails = None  # (state, words) of everything

    def learns(self, name, *macs, **more):
        """Who is at the port now."""
        port = self.ports[name]
        port.update(macs=len(macs), **more)
        port.pop("addresses", None)
        if macs:
            port["addresses"] = list(macs)

    def config(self, name):
        return tuple(self.ports[name].get(each) for each in CONFIG)

    def parts(self):
        every = list(self.ports.values())
        return [every[at:at + PART]
                for at in range(0, len(every), PART)] or [[]]

    def change(self, args):
        port = self.ports[args["port"]]
        expected = args.get("expected")
        wanted = {key: args[key] for key in CONFIG if key in args}
        if wanted.get("mode") == "access":
            wanted["tagged"] = ""
        is_as_wanted = all(port.get(key, "") == value
                           for key, value in wanted.items())
        if expected and not is_as_wanted and any(
                port.get(key, "") != (expected.get(key) or "")
                for key in CONFIG if key != "vlan"):
            return "failed", "changed: somebody changed the port in the meantime"
        if args.get("machine") and port.get("addresses") and not set(
                args["machine"]) & set(port["addresses"]):
            return "failed", "other_machine: another machine is at the port"
        port.update(wanted)
        self.changes += not is_as_wanted
        return "done", json.dumps({**port, "changed": not is_as_wanted})


class SwitchWorker(Worker):
    """`switches`: address -> Switch.  BMCs do whatever they are told."""

    def __init__(self, broker, name, switches):
        super().__init__(broker, name, self._do)
        self.switches = switches
        self.holds = False  # takes commands and does nothing
        self.public, self.secret = (ctypes.create_string_buffer(32)
                                    for _ in range(2))
        SODIUM.crypto_box_keypair(self.public, self.secret)
        self.devices = []

    def open(self, command):
        """What nf-relay sealed: how the device is reached."""
        box = base64.b64decode(command["device"])
        out = ctypes.create_string_buffer(len(box) - SEAL_BYTES)
        if SODIUM.crypto_box_seal_open(
                out, box, ctypes.c_ulonglong(len(box)), self.public,
                self.secret) != 0:
            raise ValueError("sealed for somebody else")
        device = json.loads(out.raw)
        if device["command"] != command["id"]:
            raise ValueError("sealed for another command")
        self.devices.append(device)
        return device

    def orders(self, name="port"):
        return [c for c in self.done
                if c["target"] == "switch" and c["command"] == name]

    def _do(self, command):
        if self.holds:
            return None
        if command["target"] != "switch":
            return "done", ""
        switch = self.switches[self.open(command)["address"]]
        if switch.fails:
            return switch.fails
        self.answer(command, "running", "")
        if command["command"] == "port":
            return switch.change(command["args"])
        switch.scans += 1
        parts = switch.parts()
        for at, ports in enumerate(parts):
            self._say("ports", {"id": command["id"], "part": at,
                                "last": at == len(parts) - 1, "ports": ports})
        return "done", ""

    def _say(self, kind, what):
        if kind == "presence" and "version" in what:
            what = {**what, "key": base64.b64encode(self.public.raw).decode()}
        super()._say(kind, what)
