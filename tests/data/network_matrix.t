#!/usr/bin/env python3
"""A profile's network means the same with every method: each network, put with
each method, is refused by the same member or written by nf-agent into a system
of each kind, and read back from there."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import networks  # noqa: E402
from profile_orders import build, order_of  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))


def configure(order, root):
    order = {**order, "root_password_hash": "", "ssh_keys": []}
    return subprocess.run([AGENT, "configure", "--root", root, "--order", "-"],
                          input=json.dumps(order), capture_output=True,
                          text=True, check=False)


def check(program, directory, case):
    name, network, node, wanted = case
    orders = {method: order_of(program, method, {"network": network}, node)
              for method in networks.METHODS}
    if isinstance(wanted, str) and wanted != "plain":
        tap.is_(orders, dict.fromkeys(orders, wanted),
                f"{name}: refused by every method, naming {wanted}")
        return
    told = [order["network"] if isinstance(order, dict) else order
            for order in orders.values()]
    tap.ok(all(one == told[0] for one in told),
           f"{name}: every method's order has the same network")
    for method, managers in networks.METHODS.items():
        for manager in managers:
            root = networks.system(directory / f"{method}-{manager}", manager)
            before = networks.files_of(root)
            done = configure(orders[method], root)
            if wanted == "plain":
                tap.is_((done.returncode, networks.files_of(root)), (0, before),
                        f"{name}: {method} leaves {manager} as it was")
            else:
                found = networks.READERS[manager](root) \
                    if done.returncode == 0 else done.stdout
                tap.is_(found, wanted, f"{name}: {method} by {manager}")


with tempfile.TemporaryDirectory(prefix="nf-networks-") as held:
    made = build(held)
    if networks.yaml is None:
        del networks.MANAGERS["netplan"]
        networks.METHODS = {
            method: tuple(m for m in managers if m != "netplan")
            for method, managers in networks.METHODS.items()}
        tap.skip("there is no yaml: netplan was not read")
    for i, one in enumerate(networks.CASES):
        check(made, pathlib.Path(held) / str(i), one)
tap.done()
