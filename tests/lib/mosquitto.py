"""A real mosquitto on a free loopback port, and mosquitto_pub/_sub as peer."""

import json
import pathlib
import socket
import subprocess
import tempfile
import threading
import time

from pace import limit

PATIENCE = 30  # seconds until something that should come counts as missing


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(is_there, patience=PATIENCE):
    """Looks until it is there; what it returned last."""
    end = time.monotonic() + limit(patience)
    while True:
        found = is_there()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.05)


def _stop(process):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(limit(10))
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


class Broker:
    """`with Broker() as broker`: broker.port; may be stopped and started."""

    def __init__(self):
        self.port = free_port()
        self._directory = tempfile.TemporaryDirectory(prefix="nf-mosquitto-")
        self._conf = pathlib.Path(self._directory.name) / "mosquitto.conf"
        self._conf.write_text(f"listener {self.port} 127.0.0.1\n"
                              "allow_anonymous true\npersistence false\n")
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.stop()
        self._directory.cleanup()

    def start(self):
        self._process = subprocess.Popen(
            ["mosquitto", "-c", self._conf], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        if not wait_for(self._is_up):
            raise RuntimeError("mosquitto does not answer")

    def stop(self):
        if self._process is not None:
            _stop(self._process)
            self._process = None

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process = None

    def signal(self, number):
        if self._process is not None:
            self._process.send_signal(number)

    def _is_up(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def publish(self, topic, payload, *options):
        """payload: bytes or text as it is, anything else as JSON; QoS 1."""
        if not isinstance(payload, (bytes, str)):
            payload = json.dumps(payload)
        if isinstance(payload, str):
            payload = payload.encode()
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port),
             "-q", "1", "-t", topic, "-s" if payload else "-n", *options],
            input=payload, check=True, timeout=limit(PATIENCE))


class Listener:
    """Collects (topic, payload) of a topic filter until it is closed."""

    def __init__(self, broker, topic):
        self.messages = []
        self._process = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port),
             "-q", "1", "-t", topic, "-t", "nf-test/ready", "-F", "%t %p"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            errors="replace")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self._is_ready = False
        wait_for(lambda: self._ready(broker))

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        _stop(self._process)
        self._thread.join()

    def _ready(self, broker):
        broker.publish("nf-test/ready", "x")
        return self._is_ready

    def _read(self):
        for line in self._process.stdout:
            topic, _, payload = line.rstrip("\n").partition(" ")
            if topic == "nf-test/ready":
                self._is_ready = True
            else:
                self.messages.append((topic, payload))

    def wait(self, topic, n=1, patience=PATIENCE):
        """Payloads (as JSON values) of a topic once there are n of them, or
        what has come when patience ends."""
        wait_for(lambda: len(self.of(topic)) >= n, patience)
        return self.of(topic)

    def of(self, topic):
        return [json.loads(payload) for name, payload in list(self.messages)
                if name == topic]
