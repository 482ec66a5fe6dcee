"""A store, a broker, and nf-relay between them."""

import json
import os
import signal
import subprocess
import time

import bastion
import mosquitto
from pace import limit
from processes import memory_kb

RELAY = os.environ.get("NF_TEST_RELAY", os.path.join(bastion.BUILD,
                                                     "nf-relay"))
HELPER = os.path.join(bastion.BUILD, "tests", "relay_store")
SOURCE = os.path.join(bastion.TOP, "tests", "e2e", "relay_store.c")
LIBRARY = os.path.join(bastion.BUILD, "libnf.a")
# As the broker that `nf config render` sets up, but saved at its end only.
BROKER = """user root
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {dir}/
max_queued_messages 200000
"""


def build_helper():
    """tests/e2e/relay_store.c, when it or the library is newer."""
    newest = max(os.path.getmtime(SOURCE), os.path.getmtime(LIBRARY))
    if os.path.exists(HELPER) and os.path.getmtime(HELPER) > newest:
        return
    os.makedirs(os.path.dirname(HELPER), exist_ok=True)
    draft = f"{HELPER}.{os.getpid()}"
    subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", "-O1",
                    f"-I{bastion.TOP}/libnf", "-o", draft, SOURCE, LIBRARY,
                    "-llmdb", "-ljansson", "-lsodium"], check=True)
    os.rename(draft, HELPER)


class Broker(mosquitto.Broker):
    """One that keeps what is queued over its own end, as ours does."""

    def __init__(self, more=""):
        super().__init__()
        self._conf.write_text(BROKER.format(
            port=self.port, dir=self._directory.name) + more)


class Site(bastion.Bastion):
    """`with Site(broker) as site: site.start()`; the store is made."""

    def __init__(self, broker, **settings):
        super().__init__("10.99.0.1", NF_DHCP_INTERFACE="",
                         NF_MQTT_BROKER=f"127.0.0.1:{broker.port}",
                         **settings)
        self.process = None
        self._mounts = []
        build_helper()

    def __enter__(self):
        made = self.nf("store", "init")
        if made.returncode:
            raise OSError(f"nf store init: {made.stderr}")
        self.env = self.environ()
        return self

    def __exit__(self, *ignored):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for folder in self._mounts:
            subprocess.run(["umount", folder], check=False)
        super().__exit__()

    def on_small_disk(self, size):
        """Make the store anew on a disk of its own; False: not allowed."""
        folder = self.path("db")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "tmpfs", folder], capture_output=True).returncode:
            return False
        self._mounts.append(folder)
        return self.nf("store", "init").returncode == 0

    def free(self, name):
        """Bytes that are free where name is."""
        there = os.statvfs(self.path(name))
        return there.f_bavail * there.f_bsize

    def start(self, *words, under=()):
        """under: a command that runs it."""
        with open(self.path("relay.log"), "ab") as log:
            self.process = subprocess.Popen([*under, RELAY, *words],
                                            env=self.env, stderr=log)

    def stop(self, number=signal.SIGTERM):
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(limit(30))

    def log(self):
        return self.read("relay.log")

    def until_log(self, text, times=1):
        return mosquitto.wait_for(lambda: self.log().count(text) >= times)

    def store(self, *words):
        done = subprocess.run([HELPER, *map(str, words)], env=self.env,
                              capture_output=True, text=True, timeout=limit(60))
        if done.returncode:
            raise OSError(f"relay_store {words}: {done.stderr}")
        return done.stdout

    def node(self, mac):
        return json.loads(self.store("show", mac))

    def until_node(self, mac, is_right, patience=mosquitto.PATIENCE):
        """The node once is_right(node), or as it is when patience ends."""
        end = time.monotonic() + limit(patience)
        while True:
            node = self.node(mac)
            if (node and is_right(node)) or time.monotonic() > end:
                return node
            time.sleep(0.1)

    def events(self, kind=None):
        every = [json.loads(line)
                 for line in self.store("events").splitlines()]
        return [e for e in every if kind in (None, e["kind"])]

    def memory(self):
        """Kilobytes of nf-relay's own."""
        return memory_kb(self.process.pid)


def many(i):
    """The MAC of node i of those that `relay_store many` makes."""
    return f"5200{i:08x}"


def wait_heard(site, n, patience=60, since=1):
    """How many of n nodes were heard of since (milliseconds) when that is
    all, or patience ends."""
    end = time.monotonic() + limit(patience)
    while True:
        heard = int(site.store("heard", n, since))
        if heard == n or time.monotonic() > end:
            return heard
        time.sleep(0.2)
