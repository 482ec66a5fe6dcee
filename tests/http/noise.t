#!/usr/bin/env python3
"""Random requests out of real pieces, cut, reset and overlapped.

NF_TEST_SEED and NF_TEST_COUNT repeat a run, or make a longer one.
"""

import os
import random
import re
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import diag, done, is_, ok

SEED = int(os.environ.get("NF_TEST_SEED", random.randrange(1 << 30)))
COUNT = int(os.environ.get("NF_TEST_COUNT", 4000))

METHODS = b"GET ", b"POST ", b"PUT ", b"HEAD ", b"PATCH ", b"DELETE ", b"BREW "
PATHS = (b"/api/v1/nodes", b"/api/v1/nodes/525400000001", b"/files/a",
         b"/boot/525400000001/boot.ipxe",
         b"/boot/525400000001/boot.ipxe?wait=1",
         b"/api/v1/nodes?limit=3", b"/api/v1/events?since=0", b"/health",
         b"/agent/nodefoundry-agent", b"/api/v1/device/operationComplete")
PIECES = (b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: localhost\r\n", b"\r\n", b"\0",
          b"Content-Length: 5\r\n", b"Content-Length: 22\r\n", b"\xff",
          b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
          b"Accept: text/event-stream\r\n", b"Connection: close\r\n",
          b"Range: bytes=0-5\r\n", b'If-Match: "1"\r\n', b"5\r\nhello\r\n",
          b"Idempotency-Key: a\r\n", b"0\r\n\r\n", b"Last-Event-ID: 1\r\n",
          b'{"mac":"525400000001"}', b'{"action":"install"}',
          b'{"action":"cancel"}', b"hello") + METHODS + PATHS


def message(rng):
    start = b""
    if rng.random() < 0.7:
        start = (rng.choice(METHODS) + rng.choice(PATHS)
                 + b" HTTP/1.1\r\nHost: localhost\r\n")
    return start + b"".join(rng.choice(PIECES)
                            for _ in range(rng.randrange(12)))


def client(t, rng):
    """One that has sent the first part of what it has to say."""
    text = message(rng)
    half = rng.randrange(len(text) + 1)
    s = t.connect(rng.choice((t.port, t.install_port)))
    s.settimeout(0.003)
    s.sendall(text[:half])
    return s, text[half:]


def finish(s, rest, rng):
    try:
        s.sendall(rest)
        if rng.random() < 0.5:
            s.recv(rng.randrange(1, 5000))
    except OSError:
        pass # answered and closed, or nothing to say
    if rng.random() < 0.3:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + b"\0" * 7)
    s.close()


def main():
    rng = random.Random(SEED)
    diag(f"NF_TEST_SEED={SEED} NF_TEST_COUNT={COUNT}")
    with Nginx() as t:
        t.write("files/a", b"x" * 100000)
        for i in range(0, COUNT, 20):
            if i % 1000 == 500:
                t.reload()
            for s, rest in [client(t, rng) for _ in range(20)]:
                finish(s, rest, rng)
        is_(t.api("GET", "/health").status, 200, f"{COUNT} clients made noise")
        ok(not re.search("exited on signal|exited with fatal",
                         t.read("error.log")), "no worker died")
        nodes = t.api("GET", "/api/v1/nodes").json
        ok({n["mac"] for n in nodes} <= {"525400000001"},
           "and nothing but what was asked for is stored")
    done()


main()
