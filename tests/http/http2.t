#!/usr/bin/env python3
"""The same over HTTP/2, where several calls share a connection."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, free_ports, wait_for
from pace import limit
from tap import done, is_, ok, skip_all

PORT = free_ports(1)[0]
URL = f"http://127.0.0.1:{PORT}"
CURL = ["curl", "-s", "--http2-prior-knowledge", "--max-time", "60"]


def curl(*args, data=None):
    """Status and body of one request."""
    ran = subprocess.run([*CURL, "-w", "\n%{http_code} %{http_version}", *args],
                         input=data, capture_output=True)
    body, _, status = ran.stdout.rpartition(b"\n")
    return status.decode(), body


def bodies(t):
    mac = '{"mac":"525400000001"}'
    is_(curl("-d", mac, f"{URL}/api/v1/nodes")[0], "201 2", "a body is read")
    is_(curl("--data-binary", "@-", f"{URL}/api/v1/nodes",
             data=b" " * (1 << 20))[0], "400 2", "1 MiB is read")
    # curl 7 loses an answer that comes before its upload is over
    curl("--data-binary", "@-", f"{URL}/api/v1/nodes",
         data=b" " * ((1 << 20) + 1))
    ok(wait_for(lambda: 'HTTP/2.0" 413 ' in t.read("access.log")),
       "and one byte more: 413")
    big = b'{"mac":"525400000002"' + b" " * 500000 + b"}"
    is_(curl("-T", "-", "-X", "POST", "-H", "Content-Type: application/json",
             f"{URL}/api/v1/nodes", data=big)[0], "201 2",
        "a body of unknown length")
    curl("-T", "-", "-X", "POST", f"{URL}/api/v1/nodes", data=b" " * 3000000)
    ok(wait_for(lambda: t.read("access.log").count('HTTP/2.0" 413 ') == 2),
       "and one that is too long: 413")
    is_(curl("-I", f"{URL}/api/v1/nodes/525400000001")[0], "200 2", "HEAD")
    is_(curl("-X", "DELETE", f"{URL}/api/v1/nodes/525400000002")[0], "204 2",
        "DELETE")
    is_(curl("-X", "BREW", f"{URL}/api/v1/nodes")[0], "405 2", "405")
    is_(curl("-H", "Host: evil.test", f"{URL}/api/v1/nodes")[0], "403 2",
        ":authority is a Host")


def uploads(t):
    """A body that becomes a file, with a length and without one."""
    data = os.urandom(3000000)
    t.write("data", data)
    for name, source in (("known", t.path("data")), ("unknown", "-")):
        status, body = curl("-T", source, f"{URL}/api/v1/files/{name}",
                            data=data)
        is_((status, json.loads(body or b"{}").get("sha256")),
            ("201 2", hashlib.sha256(data).hexdigest()),
            f"an upload of {name} length")
    status, body = curl("-T", t.path("data"),
                        f"{URL}/api/v1/files/other?sha256={'0' * 64}")
    is_(status, "400 2", "and one that is not what was announced")
    # a stream that is reset in the middle leaves nothing
    subprocess.run([*CURL, "--max-time", "1", "--limit-rate", "1M", "-T",
                    t.path("data"), f"{URL}/api/v1/files/cut"], check=False,
                   capture_output=True)
    ok(wait_for(lambda: os.listdir(t.path("files/.uploads")) == []),
       "one that is cut leaves nothing")
    is_(curl(f"{URL}/api/v1/files/cut")[0], "404 2", "and no file")


def together(t):
    """Fifty calls on one connection, half of them writes."""
    args = []
    for i in range(50):
        args += ["--next", *CURL[1:], "-w", "%{http_code}\n", "-o", "/dev/null"]
        if i % 2:
            args += ["-d", json.dumps({"mac": f"5254000001{i:02x}"})]
        args.append(f"{URL}/api/v1/nodes")
    ran = subprocess.run(["curl", "-Z", "--parallel-immediate", *args[1:]],
                         capture_output=True, text=True)
    is_(sorted(ran.stdout.split()), ["200"] * 25 + ["201"] * 25,
        "50 calls at once are all answered")


def streams(t):
    args = [*CURL, "-N", "-H", "Accept: text/event-stream",
            f"{URL}/api/v1/events?since=0", f"{URL}/api/v1/events"]
    with subprocess.Popen(["curl", "-Z", *args[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as client:
        got = []
        thread = threading.Thread(
            target=lambda: got.extend(iter(client.stdout.readline, b"")))
        thread.start()
        ok(wait_for(lambda: sum(b"id: " in x for x in got) >= 26),
           "the log comes as a stream")
        curl("-d", '{"mac":"525400000003"}', f"{URL}/api/v1/nodes")
        ok(wait_for(lambda: sum(b"525400000003" in x for x in got) >= 1),
           "and what happens then")
        client.kill()
        thread.join()
    wait = f"{URL}/boot/525400000003/boot.ipxe?wait=1"
    with subprocess.Popen(["curl", "-Z", *CURL[1:], *[wait] * 5],
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as client:
        ok(wait_for(lambda: client.poll() is not None, 1) is None,
           "five long polls of one connection wait")
        client.kill()
    polls = [subprocess.Popen(["curl", *CURL[1:], wait],
                              stdout=subprocess.PIPE) for _ in range(3)]
    wait_for(lambda: False, 0.5)
    curl("-X", "PUT", "-d", '{"action":"install"}',
         f"{URL}/api/v1/nodes/525400000003")
    for p in polls:
        ok(re.search(rb"(?m)^kernel", p.communicate(timeout=limit(20))[0]),
           "a waiting node is told to install")
    polls = [subprocess.Popen(
        ["curl", "-Z", *CURL[1:], "-o", "/dev/null", *[wait] * 4],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(3)]
    for p in polls:
        p.kill()
        p.communicate()
    is_(curl(f"{URL}/health")[0], "200 2", "clients left")


def main():
    said = subprocess.run(["curl", "-V"], capture_output=True, text=True).stdout
    if "HTTP2" not in said:
        skip_all("this curl has no HTTP/2")
    with Nginx(http=f"server {{ listen 127.0.0.1:{PORT} http2; "
                    "location /health { nf_health; } "
                    "location /boot/ { nf_boot; } "
                    "location / { nf_api; } }") as t:
        bodies(t)
        uploads(t)
        together(t)
        streams(t)
        t.reload()
        is_(curl(f"{URL}/health")[0], "200 2", "behind a reload")
    done()


main()
