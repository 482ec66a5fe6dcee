#!/usr/bin/env python3
"""Two hundred BMCs that speak Redfish are reset at once by nf-bmc, and one
alone, for a comparison: they are only sockets in one loop.  Each answers after
300 ms.

Usage: redfish_bmcs.py N DIRECTORY   (N of them with the certificate there;
their ports as JSON, until stdin ends, then what each was told)"""

import asyncio
import email
import io
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
import mqtt  # noqa: E402
from bastion import BUILD  # noqa: E402
from mosquitto import Broker  # noqa: E402
from processes import memory_kb  # noqa: E402
from redfish_peer import PASSWORD, USER, Handler, Peer, make_certificate  # noqa: E402

COUNT, DELAY_S = 200, 0.3
PROCESSES = 2
TOPIC = "nf/dc1/bmc/bench"
CYCLE = ["ForceOff", "On"]


class Answer(Handler):
    """One answer of the tests' peer, without a thread or a socket."""

    def __init__(self, bmc, head, body):
        self.bmc, self.rfile, self.wfile = bmc, io.BytesIO(body), io.BytesIO()
        self.requestline, _, headers = head.partition("\r\n")
        self.command, self.path, self.request_version = \
            self.requestline.split()
        self.headers = email.message_from_string(headers)
        self.answer()

    def date_time_string(self, timestamp=None):
        return "Sun, 29 Nov 2026 00:00:00 GMT"


async def converse(bmc, reader, writer):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
            length = email.message_from_string(
                head.partition("\r\n")[2]).get("Content-Length", "0")
            body = await reader.readexactly(int(length))
            await asyncio.sleep(DELAY_S)
            writer.write(Answer(bmc, head, body).wfile.getvalue())
            await writer.drain()
    except (OSError, EOFError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def play(count, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    bmcs, servers = [], []
    for _ in range(count):
        bmc = Peer(is_plain=True)
        bmc.machine.power = bmc.machine.wanted = "On"
        bmcs.append(bmc)
        servers.append(await asyncio.start_server(
            lambda reader, writer, bmc=bmc: converse(bmc, reader, writer),
            "127.0.0.1", 0, ssl=context))
    print(json.dumps([each.sockets[0].getsockname()[1] for each in servers]),
          flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print(json.dumps([bmc.resets for bmc in bmcs]), flush=True)
    os._exit(0) # connections of who is gone are not waited for


class Peers:
    """Processes that play `count` BMCs whose machines are on."""

    def __init__(self, folder, count):
        self.folder, self.count = folder, count

    def __enter__(self):
        processes = min(PROCESSES, self.count)
        self._all = [subprocess.Popen(
            [sys.executable, __file__, str(self.count // processes),
             self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) for _ in range(processes)]
        self.ports = [port for each in self._all
                      for port in json.loads(each.stdout.readline())]
        return self

    def __exit__(self, *ignored):
        for each in self._all:
            each.kill()
            each.wait()

    def check(self):
        """They are gone then."""
        told = [resets for each in self._all
                for resets in json.loads(each.communicate()[0])]
        if told != [CYCLE] * self.count:
            raise RuntimeError(f"some were told otherwise: {told[:3]}")


def mac_of(n):
    return f"5254000{n:05x}"


def start_nf_bmc(folder, port, ports, pin):
    devices = os.path.join(folder, "devices")
    os.makedirs(devices, exist_ok=True)
    for n, bmc in enumerate(ports):
        path = os.path.join(devices, mac_of(n))
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"driver=redfish\naddress=127.0.0.1:{bmc}\n"
                       f"user={USER}\npassword={PASSWORD}\npin={pin}\n")
        os.chmod(path, 0o600)
    return subprocess.Popen([os.path.join(BUILD, "nf-bmc")], env={
        "PATH": os.environ["PATH"], "NF_CONFIG": "/dev/null",
        "NF_MQTT_BROKER": f"127.0.0.1:{port}", "NF_BMC_WORKER": "bench",
        "NF_BMC_DEVICES": devices, "NF_BMC_BROKER": os.path.join(folder, "none"),
        "NF_BMC_DIR": os.path.join(folder, "journal"), "NF_LOG_LEVEL": "err"})


def order(client, n, first):
    client.publish(f"{TOPIC}/command", json.dumps({
        "id": f"0123456789abcdef-{first + n}", "target": "bmc",
        "mac": mac_of(n), "command": "reset", "args": {},
        "deadline": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                  time.gmtime(time.time() + 600))}))


def until_all(client, count):
    """How each ended."""
    ended = {}
    while len(ended) < count:
        topic, payload = client.message()
        said = json.loads(payload)
        if topic.endswith("/result") and said["state"] != "running":
            ended[said["id"]] = said["state"]
    return list(ended.values())


class Peak:
    """The most memory of its own that a process had meanwhile, in KB."""

    def __init__(self, pid):
        self.pid, self.most, self._over = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *ignored):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.1):
            self.most = max(self.most, memory_kb(self.pid))


def reset(folder, pin, count):
    """(seconds, the most kilobytes of nf-bmc's own)."""
    with Broker() as broker, Peers(folder, count) as peers:
        worker = start_nf_bmc(folder, broker.port, peers.ports, pin)
        try:
            with mqtt.Client(broker.port, "bench") as client, \
                    Peak(worker.pid) as peak:
                client.subscribe(f"{TOPIC}/presence", 0)
                client.message() # it is there
                client.subscribe(f"{TOPIC}/result", 0)
                begun = time.monotonic()
                for n in range(count):
                    order(client, n, count)
                ended = until_all(client, count)
                took = time.monotonic() - begun
        finally:
            worker.kill()
            worker.wait()
        if ended != ["done"] * count:
            raise RuntimeError(f"not all are done: {set(ended)}")
        peers.check()
    return took, peak.most


def measure():
    """(seconds of all at once, kilobytes, seconds of one)."""
    with tempfile.TemporaryDirectory(prefix="nf-bench-") as folder:
        pin = make_certificate(pathlib.Path(folder))
        one, _ = reset(folder, pin, 1)
        all_of_them, memory = reset(folder, pin, COUNT)
    return all_of_them, memory, one


if __name__ == "__main__":
    asyncio.run(play(int(sys.argv[1]), pathlib.Path(sys.argv[2])))
