#!/usr/bin/python3
"""nf-bmc as the worker for switches by eAPI, told by a real broker: a change,
forty of one switch at once, a scan, and a key that is another."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import eapi_switch  # noqa: E402
from mosquitto import Listener  # noqa: E402
from relay import Broker  # noqa: E402
from switch_orders import NODE, TOPIC, Orders  # noqa: E402
from tap import done, is_, ok  # noqa: E402

ACCESS = {"mode": "access", "vlan": 100}


class Switch(eapi_switch.Switch):
    saves = 0

    def save(self):
        self.saves += 1
        return super().save()


def order(t, switch, args, command="port", pin=None):
    return t.order(switch, args, command, driver="eapi",
                   pin=pin or switch.pin, user=eapi_switch.USER,
                   password=eapi_switch.PASSWORD)


def ask(t, *args, **members):
    number, message = order(t, *args, **members)
    t.say_all([message])
    return t.result(number)


def one(t):
    with Switch() as switch:
        said = ask(t, switch, {"port": "Ethernet1", "forward": True,
                               "description": "node 7", **ACCESS})
        is_((said["state"], said.get("cause")), ("done", None),
            "a port is changed")
        port = json.loads(said["message"])
        is_((port["vlan"], port["description"], port["changed"], port["pin"]),
            (100, "node 7", True, switch.pin), "  and told, with the key")
        is_((switch.saved[0].vlan, switch.saves), (100, 1), "  and saved")
        switch.macs = [("52:54:00:00:00:02", 100, "Ethernet1")]
        said = ask(t, switch, {"port": "Ethernet1", "machine": [NODE],
                               "mode": "access", "vlan": 200})
        is_((said.get("cause"), switch.ports[0].vlan), ("other_machine", 100),
            "another machine's port is not changed")
    with Switch() as switch, Switch() as other:
        said = ask(t, switch, {"port": "Ethernet1", **ACCESS}, pin=other.pin)
        is_((said.get("cause"), switch.requests), ("host_key", 0),
            "a switch with another key is not spoken to")


def forty(t):
    with Switch(ports=48) as switch:
        switch.ports[9].lag = 1
        orders = [order(t, switch, {"port": port.name, "mode": "access",
                                    "vlan": 77 if n == 20 else 100})
                  for n, port in enumerate(switch.ports[:40], 1)]
        t.say_all([message for _, message in orders])
        said = [t.result(number) for number, _ in orders]
        is_([n for n, each in enumerate(said, 1) if each["state"] != "done"],
            [10, 20], "of 40 ports of one switch two fail by themselves")
        is_([said[9].get("cause"), said[19].get("cause")],
            ["uplink", "no_vlan"], "  each by its own cause")
        is_(sum(p.vlan == 100 for p in switch.saved), 38, "  all others are saved")
        ok(switch.saves <= 2, f"  by {switch.saves} saves")


def scan(t):
    with Switch(ports=70) as switch:
        switch.macs = [("52:54:00:00:00:01", 100, "Ethernet1")] + [
            (f"52:54:00:00:01:{n:02x}", 1, "Ethernet2") for n in range(9)]
        before = len(t.listener.of(f"{TOPIC}/ports"))
        said = ask(t, switch, {}, command="scan")
        parts = t.listener.of(f"{TOPIC}/ports")[before:]
        ports = {p["name"]: p for m in parts for p in m["ports"]}
        is_((said["state"], [len(m["ports"]) for m in parts]),
            ("done", [64, 7]), "a scan comes in parts, with Management1")
        is_((ports["Ethernet1"].get("addresses"),
             ports["Ethernet2"].get("addresses"), ports["Ethernet2"]["macs"]),
            ([NODE], None, 9), "  with addresses, where they are few")


def main():
    with Broker() as broker, Listener(broker, f"{TOPIC}/+") as listener, \
            Orders(broker, listener) as t:
        t.start_bmc()
        try:
            t.public = t.key()
            one(t)
            forty(t)
            scan(t)
        finally:
            t.kill_bmc()
    done()


main()
