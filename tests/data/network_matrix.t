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
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))


def build(directory):
    program = directory / "order"
    subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", f"-I{ROOT}/libnf", "-o",
                    program, ROOT / "tests/data/order.c", ROOT / "build/libnf.a",
                    "-ljansson", "-llmdb", "-lsodium"], check=True)
    return program


def order_of(program, method, network, node):
    """The order as nf-agent gets it, or the member that is refused."""
    profile = {"method": method, "os_type": "x", "network": network,
               **networks.METHODS[method][0]}
    said = subprocess.run([program, *(node or ("", "", ""))], cwd=ROOT,
                          input=json.dumps(profile), capture_output=True,
                          text=True, check=True).stdout
    if said.startswith("refused "):
        return said.split()[1].rstrip(":")
    return json.loads(said)


def configure(order, root):
    order = {**order, "root_password_hash": "", "ssh_keys": []}
    return subprocess.run([AGENT, "configure", "--root", root, "--order", "-"],
                          input=json.dumps(order), capture_output=True,
                          text=True, check=False)


def check(program, directory, case):
    name, network, node, wanted = case
    orders = {method: order_of(program, method, network, node)
              for method in networks.METHODS}
    if isinstance(wanted, str) and wanted != "plain":
        tap.is_(orders, dict.fromkeys(orders, wanted),
                f"{name}: refused by every method, naming {wanted}")
        return
    told = [order["network"] if isinstance(order, dict) else order
            for order in orders.values()]
    tap.ok(all(one == told[0] for one in told),
           f"{name}: every method's order has the same network")
    for method, (_, managers) in networks.METHODS.items():
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
    made = build(pathlib.Path(held))
    if networks.yaml is None:
        del networks.MANAGERS["netplan"]
        networks.METHODS = {
            method: (members, tuple(m for m in managers if m != "netplan"))
            for method, (members, managers) in networks.METHODS.items()}
        tap.skip("there is no yaml: netplan was not read")
    for i, one in enumerate(networks.CASES):
        check(made, pathlib.Path(held) / str(i), one)
tap.done()
