#!/usr/bin/env python3
"""Two hundred BMCs are reset at once, forty at a time: by nf-bmc, and by as
many `ipmitool` under xargs that do the same.  Each answers after 300 ms.

Usage: bmcs.py N     (N of them; their ports as JSON, until stdin ends, then
what each was told about power)"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import mqtt  # noqa: E402
from bastion import BUILD  # noqa: E402
from mosquitto import Broker, wait_for  # noqa: E402
from processes import memory_kb  # noqa: E402
from rmcp import PASSWORD, USER, Bmc  # noqa: E402

COUNT, AT_ONCE, DELAY_S = 200, 40, 0.3
PROCESSES = 2
TOPIC = "nf/dc1/bmc/bench"
CYCLE = ["off", "on"]
# What nf-bmc does, one call of ipmitool after the other.
RESET = """#!/bin/sh
bmc() {
    ipmitool -I lanplus -H 127.0.0.1 -p "$port" -U %s -f %s -C 17 \\
        chassis power "$1"
}
port=$1
bmc status
bmc off
until bmc status | grep -q off; do sleep 0.5; done
bmc on
until bmc status | grep -q on$; do sleep 0.5; done
""" # %s: the user, and the file of the password


class Peers:
    """Processes that play COUNT BMCs whose machines are on."""

    def __enter__(self):
        each = COUNT // PROCESSES
        self._all = [subprocess.Popen(
            [sys.executable, __file__, str(each)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
        self.ports = [port for each in self._all
                      for port in json.loads(each.stdout.readline())]
        return self

    def __exit__(self, *ignored):
        for each in self._all:
            each.kill()
            each.wait()

    def acts(self):
        """What each was told; they are gone then."""
        said = []
        for each in self._all:
            out, _ = each.communicate()
            said += json.loads(out)
        return said


def play(count):
    bmcs = [Bmc(delay_s=DELAY_S, is_on=True) for _ in range(count)]
    for bmc in bmcs:
        bmc.__enter__()
    print(json.dumps([bmc.port for bmc in bmcs]), flush=True)
    sys.stdin.read()
    print(json.dumps([bmc.acts for bmc in bmcs]))


def check(acts):
    if acts != [CYCLE] * COUNT:
        wrong = [each for each in acts if each != CYCLE]
        raise RuntimeError(f"{len(wrong)} were told otherwise: {wrong[:3]}")


def by_xargs(folder):
    password = os.path.join(folder, "password")
    script = os.path.join(folder, "reset")
    with open(password, "w", encoding="ascii") as file:
        file.write(PASSWORD)
    with open(script, "w", encoding="ascii") as file:
        file.write(RESET % (USER, password))
    with Peers() as peers:
        begun = time.monotonic()
        subprocess.run(["xargs", f"-P{AT_ONCE}", "-n1", "sh", script],
                       input="\n".join(map(str, peers.ports)), text=True,
                       check=True, stdout=subprocess.DEVNULL)
        took = time.monotonic() - begun
        check(peers.acts())
    return took


def mac_of(n):
    return f"5254000{n:05x}"


def start_nf_bmc(folder, port, ports):
    devices = os.path.join(folder, "devices")
    os.mkdir(devices)
    for n, bmc in enumerate(ports):
        path = os.path.join(devices, mac_of(n))
        with open(path, "w", encoding="ascii") as file:
            file.write(f"driver=ipmi\naddress=127.0.0.1:{bmc}\nuser={USER}\n"
                       f"password={PASSWORD}\n")
        os.chmod(path, 0o600)
    return subprocess.Popen([os.path.join(BUILD, "nf-bmc")], env={
        "PATH": os.environ["PATH"], "NF_CONFIG": "/dev/null",
        "NF_MQTT_BROKER": f"127.0.0.1:{port}", "NF_BMC_WORKER": "bench",
        "NF_BMC_DEVICES": devices, "NF_BMC_PARALLEL": str(AT_ONCE),
        "NF_BMC_DIR": os.path.join(folder, "journal"),
        "NF_LOG_LEVEL": "err"})


def order(client, n):
    client.publish(f"{TOPIC}/command", json.dumps({
        "id": f"0123456789abcdef-{n + 1}", "target": "bmc", "mac": mac_of(n),
        "command": "reset", "args": {},
        "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                  time.gmtime(time.time() + 600))}))


def until_all(client):
    """How each ended."""
    ended = {}
    while len(ended) < COUNT:
        topic, payload = client.message()
        said = json.loads(payload)
        if topic.endswith("/result") and said["state"] != "running":
            ended[said["id"]] = said["state"]
    return list(ended.values())


def by_nf_bmc(folder):
    """(seconds, kilobytes of its own)."""
    with Broker() as broker, Peers() as peers:
        worker = start_nf_bmc(folder, broker.port, peers.ports)
        try:
            with mqtt.Client(broker.port, "bench") as client:
                client.subscribe(f"{TOPIC}/presence", 0)
                client.message() # it is there
                client.subscribe(f"{TOPIC}/result", 0)
                begun = time.monotonic()
                for n in range(COUNT):
                    order(client, n)
                ended = until_all(client)
                took = time.monotonic() - begun
            memory = memory_kb(worker.pid)
        finally:
            worker.kill()
            worker.wait()
        if ended != ["done"] * COUNT:
            raise RuntimeError(f"not all are done: {set(ended)}")
        check(peers.acts())
    return took, memory


def measure():
    """(seconds by nf-bmc, its kilobytes, seconds by xargs)."""
    with tempfile.TemporaryDirectory(prefix="nf-bench-") as folder:
        ours, memory = by_nf_bmc(folder)
        return ours, memory, by_xargs(folder)


if __name__ == "__main__":
    play(int(sys.argv[1]))
