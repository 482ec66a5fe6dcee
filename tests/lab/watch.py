"""What can be seen of the machines: the site's events, the logs of nginx and
dnsmasq, MQTT, QEMU's own events and the serial ports, as one list per node."""

import os
import re
import subprocess
import time
from typing import Any, NamedTuple

import bastion

REQUEST = re.compile(r'^(\S+) .*?"([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) (\d+)')
MAC_IN_PATH = re.compile(r"^/(?:boot|preseed|image)/([0-9a-fA-F:-]{12,17})/")
ACK = re.compile(r"DHCPACK\(\S+\) (\S+) ([0-9a-f:]{17})")
SENT = re.compile(r"sent (\S+) to (\S+)")
API_EVERY_S = 0.2


class Sight(NamedTuple):
    """One thing seen, and when (time.monotonic)."""
    at: float
    kind: str           # event http mqtt node qemu serial tftp
    text: str
    data: Any = None


class Request(NamedTuple):
    """One line of the access log."""
    address: str
    method: str
    path: str
    status: int
    size: int


class Tail:
    """A log that is being written, perhaps not yet there."""

    def __init__(self, path):
        self._path = path
        self._at = 0
        self._rest = b""

    def lines(self):
        try:
            with open(self._path, "rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return []
        self._at += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]


class Listener:
    """mosquitto_sub inside the namespace, read without waiting."""

    def __init__(self, namespace, log):
        host, port = bastion.MQTT_ADDR
        words = namespace.command("mosquitto_sub", "-h", host, "-p", port,
                                  "-v", "-t", "node/#")
        with open(log, "ab") as errors:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True)
        self._rest = b""
        os.set_blocking(self._process.stdout.fileno(), False)

    def lines(self):
        data = self._process.stdout.read() or b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


class Node:
    """A machine and everything seen of it."""

    def __init__(self, machine):
        self.machine = machine
        self.mac = machine.id
        self.sights = []
        self.record = {}

    def see(self, kind, text, data=None):
        sight = Sight(time.monotonic(), kind, text, data)
        self.sights.append(sight)
        return sight


class Watch:
    """Looks at all sources; each sight goes to the node it is about."""

    def __init__(self, site, nodes, listener):
        self._site = site
        self._nodes = {node.mac: node for node in nodes}
        self._access = Tail(site.access_log)
        self._log = Tail(site.log)
        self._listener = listener
        self._owners = {}       # address -> mac
        self._since = 0
        self._next_api = 0.0

    def look(self):
        # Requests before resets: one that ended a phase must not be taken for
        # the first of the next.
        for line in self._log.lines():
            self._dnsmasq(line)
        for line in self._access.lines():
            self._request(line)
        for line in self._listener.lines():
            self._message(line)
        for node in self._nodes.values():
            self._machine(node)
        if time.monotonic() >= self._next_api:
            self._next_api = time.monotonic() + API_EVERY_S
            self._api()

    def _machine(self, node):
        for name in node.machine.events():
            node.see("qemu", name)
        for line in node.machine.serial_lines():
            if line:
                node.see("serial", line)

    def _request(self, line):
        match = REQUEST.match(line)
        if not match:
            return
        address, method, path, status, size = match.groups()
        request = Request(address, method, path, int(status), int(size))
        in_path = MAC_IN_PATH.match(path)
        if in_path:
            mac = re.sub("[^0-9a-f]", "", in_path[1].lower())
            self._owners[address] = mac
        node = self._nodes.get(self._owners.get(address))
        if node:
            node.see("http", f"{method} {path} {status}", request)

    def _dnsmasq(self, line):
        lease, sent = ACK.search(line), SENT.search(line)
        if lease:
            self._owners[lease[1]] = lease[2].replace(":", "")
        node = self._nodes.get(self._owners.get(sent[2])) if sent else None
        if node:
            node.see("tftp", sent[1])

    def _message(self, line):
        topic, _, payload = line.partition(" ")
        words = topic.split("/")
        node = self._nodes.get(words[1]) if len(words) == 3 else None
        if node:
            node.see("mqtt", f"{words[2]} {payload}")

    def _api(self):
        try:
            self._events()
            for node in self._nodes.values():
                self._record(node)
        except OSError:
            pass        # nginx is being restarted: the next look will tell

    def _events(self):
        status, answer = self._site.call(
            "GET", f"/api/v1/events?since={self._since}")
        if status != 200:
            return
        events = answer["events"] if isinstance(answer, dict) else answer
        for event in events:
            self._since = max(self._since, event["seq"])
            node = self._nodes.get(event.get("mac"))
            if node:
                node.see("event", event.get("kind", ""), event)

    def _record(self, node):
        status, record = self._site.call("GET", f"/api/v1/nodes/{node.mac}")
        if status != 200 or not isinstance(record, dict):
            return
        for name in ("status", "last_heartbeat"):
            value = record.get(name)
            if value != node.record.get(name):
                node.see("node", f"{name} {value}", record)
        node.record = record
