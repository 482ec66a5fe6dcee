"""What a worker's memory is while many clients wait for something to happen."""

import os
import resource
import socket
import subprocess
import time

from nginx import BUILD, Nginx
from processes import memory_kb

FILL = os.path.join(BUILD, "bench", "fill")
STREAM = "Accept: text/event-stream\r\n"
# As conf/config/nginx.conf.mustache has it.
POOL = "request_pool_size 6k;"


class Held:
    """One nginx worker, and connections that it holds."""

    def __init__(self, nodes, connections):
        files = connections + 1000
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, max(most, files)))
        self.t = Nginx(workers=1, connections=connections, settings={
            "NF_LOG_LEVEL": "err", "NF_BOOT_WAIT_SECONDS": "300"})
        self.t.configure(main=f"worker_rlimit_nofile {files};",
                         http=f"access_log off; {POOL}")
        subprocess.run([FILL, self.t.path("store/nodes.db"), str(nodes)],
                       check=True)
        self.t.start()
        self.worker = self.t.workers()[0]
        self.held = []

    def open(self, path, more=""):
        """A request that is not answered yet, or never ends."""
        s = socket.create_connection(("127.0.0.1", self.t.port), timeout=60)
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                  f"{more}\r\n".encode())
        self.held.append(s)
        return s

    def settle(self):
        """Returns when the worker has nothing more to do."""
        before = None
        while before != (before := self.ticks()):
            time.sleep(0.3)

    def ticks(self):
        with open(f"/proc/{self.worker}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[11:13]

    def memory(self):
        """Megabytes of its own."""
        self.settle()
        return memory_kb(self.worker) * 1024 / 1e6

    def close(self):
        for s in self.held:
            s.close()
        self.t.stop()
        self.t.remove()


def read_until(s, mark):
    """What came, once mark is there."""
    got = b""
    while mark not in got:
        more = s.recv(1 << 18)
        if not more:
            raise RuntimeError("a stream ended")
        got += more
    return got


def polls(count, mac_of):
    """Memory of a worker alone, and with so many waiting nodes."""
    # nginx drops idle connections when the last sixteenth is in use
    h = Held(count, count * 5 // 4)
    try:
        alone = h.memory()
        for i in range(count):
            h.open(f"/boot/{mac_of(i)}/boot.ipxe?wait=1")
        return alone, h.memory()
    finally:
        h.close()


def streams(count):
    """Memory of a worker alone, and with so many streams: each has read the
    log from its start, more than one buffer, and then some events live.  Not
    beside the polls: both ends are on this machine, and its kernel has only so
    much room for sockets."""
    h = Held(10, count * 5 // 4)
    try:
        for i in range(300):
            h.t.api("POST", "/api/v1/nodes", {"mac": f"0600{i:08x}"})
        alone = h.memory()
        for _ in range(count):
            read_until(h.open("/api/v1/events?since=0", STREAM),
                       b"06000000012b")
        for i in range(300, 320):
            h.t.api("POST", "/api/v1/nodes", {"mac": f"0600{i:08x}"})
        for s in h.held:
            read_until(s, b"06000000013f")
        return alone, h.memory()
    finally:
        h.close()
