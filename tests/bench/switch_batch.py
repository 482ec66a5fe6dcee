"""Ports of one switch with a command line are changed by the worker: forty
commands that come together, beside one."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from mosquitto import Listener  # noqa: E402
from relay import Broker  # noqa: E402
from ssh_switch import Switch  # noqa: E402
from switch_orders import TOPIC, Orders  # noqa: E402

PORTS, ROUNDS = 40, 7


def change(worker, ports):
    """Seconds until all of them are changed and saved."""
    with Switch("ios", ports=48) as switch:
        orders = [worker.order(switch, {"port": port.short, "mode": "access",
                                        "vlan": 100, "expected": {
                                            "mode": "access", "vlan": 1,
                                            "admin": "up"}})
                  for port in switch.ports[:ports]]
        began = time.monotonic()
        worker.say_all([message for _, message in orders])
        said = [worker.result(number) for number, _ in orders]
        took = time.monotonic() - began
        if {each["state"] for each in said} != {"done"} \
                or sum(port.vlan == 100 for port in switch.saved) != ports \
                or (switch.sessions, switch.saves) != (1, 1):
            raise RuntimeError(f"not all ports are changed together: {said}")
        return took


def measure():
    """Seconds of each round: (all, one)."""
    with Broker() as broker, Listener(broker, f"{TOPIC}/+") as listener, \
            Orders(broker, listener) as worker:
        worker.start_bmc()
        try:
            worker.public = worker.key()
            return [(change(worker, PORTS), change(worker, 1))
                    for _ in range(ROUNDS)]
        finally:
            worker.kill_bmc()
