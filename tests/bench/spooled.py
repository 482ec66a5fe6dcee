"""A full spool taken in by nf-relay, while nodes go on sending statuses and
tasks' deadlines pass."""

import datetime
import json
import os
import subprocess
import threading
import time

import mqtt
import relay

COUNT = 65000
MAC, IP = "525400fffefd", "10.77.66.55"
DEADLINE = 1800 # seconds that a node has to boot
DEADLINES, GAP_MS = 300, 15 # one after the other, from just after the start
WATCH_MS = 8000


def checksum(body):
    value = 0xcbf29ce484222325 ^ len(body)
    for byte in body:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return value


def fill(site):
    """As if so many scripts of dnsmasq had appended."""
    site.store("spool", MAC, IP)
    path = site.path("spool/leases")
    with open(path, "rb") as f:
        one = f.read()
    head, body = bytearray(one[:24]), bytearray(one[24:])
    mac = body.find(bytes.fromhex(MAC))
    ip = body.find(bytes(map(int, IP.split("."))))
    with open(path, "wb") as f:
        for i in range(COUNT):
            body[mac:mac + 6] = bytes.fromhex(f"0600{i * 40503 % 65536:08x}")
            body[ip:ip + 4] = (0x0a000000 + i).to_bytes(4, "big")
            head[8:16] = checksum(body).to_bytes(8, "little")
            f.write(head + body)


def is_drained(site):
    return not os.listdir(site.path("spool"))


def beat(site, port, took, is_over):
    """One status after the other; how long each is on its way to disk."""
    with mqtt.Client(port, "beats") as client:
        while not is_over.is_set():
            start = time.time()
            client.publish(f"node/{relay.many(0)}/status",
                           json.dumps({"status": "discovered"}))
            while int(site.store("heard", 1, int(start * 1000))) < 1:
                time.sleep(0.002)
            took.append(time.time() - start)
            time.sleep(0.02)


def lateness(site, first, seen, until):
    """Seconds from each deadline up to `until` to when it could be seen that
    its task had failed."""
    macs = {relay.many(i) for i in range(first, first + DEADLINES)}
    due = {e["mac"]: DEADLINE + datetime.datetime.fromisoformat(
        e["time"]).timestamp() for e in site.events("task.approved")
        if e["mac"] in macs}
    failed = {mac: int(at) / 1000
              for mac, at in map(str.split, seen.splitlines())}
    passed = [mac for mac, at in due.items() if at < until]
    if not passed or not failed.keys() >= set(passed):
        raise RuntimeError(f"{len(failed)} tasks failed of {len(passed)}")
    return [failed[mac] - due[mac] for mac in passed]


def run(site, port, first, is_over):
    """Seconds until is_over(), each status meanwhile, and how late each
    deadline was."""
    took, end = [], threading.Event()
    site.store("due", first, DEADLINES, 200, GAP_MS)
    watch = subprocess.Popen([relay.HELPER, "failures", str(WATCH_MS)],
                             env=site.env, stdout=subprocess.PIPE, text=True)
    site.start()
    beats = threading.Thread(target=beat, args=(site, port, took, end))
    start = time.monotonic()
    beats.start()
    while not is_over():
        time.sleep(0.02)
    seconds, until = time.monotonic() - start, time.time()
    end.set()
    beats.join()
    seen = watch.communicate()[0]
    site.stop()
    return seconds, took, lateness(site, first, seen, until)


def measure():
    """(seconds, [statuses, deadlines] meanwhile and of a run without, leases);
    of both the slowest, in seconds."""
    with relay.Broker() as broker, relay.Site(
            broker, NF_LOG_LEVEL="err", NF_NODE_RULE="none",
            NF_BOOT_DEADLINE=str(DEADLINE)) as site:
        site.store("many", 1 + 2 * DEADLINES)
        site.start() # its session with the broker stays
        relay.mosquitto.wait_for(lambda: os.path.exists(
            site.path("run/relay/nf-relay.prom")))
        time.sleep(1)
        site.stop()
        until = time.monotonic() + 4
        _, *quiet = run(site, broker.port, 1,
                        lambda: time.monotonic() > until)
        fill(site)
        seconds, *busy = run(site, broker.port, 1 + DEADLINES,
                             lambda: is_drained(site))
        leases = sum(e["kind"] == "lease.put" for e in site.events())
    return seconds, [max(b) for b in busy], [max(q) for q in quiet], leases
