"""Status messages for each second of CPU time of nf-relay, beside
mosquitto_sub, which takes the same messages and does nothing with them."""

import json
import os
import signal
import subprocess
import time

import mqtt
import relay

COUNT = 20000


def _cpu(pid):
    """Seconds on a CPU so far."""
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e9


def _flood(port):
    with mqtt.Client(port, "flood") as client:
        for i in range(COUNT):
            client.publish(f"node/{relay.many(i)}/status", json.dumps({
                "status": "installed", "ip": f"10.98.{i // 250}.{i % 250 + 1}",
                "hostname": f"n{i}", "uptime": "1h2m3s",
                "timestamp": "2026-01-22T10:00:00Z"}))
        client.finish()


def _subscribe(port):
    """A subscriber that is there, and ends with the last message."""
    peer = subprocess.Popen(
        ["mosquitto_sub", "-p", str(port), "-q", "1", "-t", "node/+/status",
         "-t", "bench/ready", "-C", str(COUNT + 1)], stdout=subprocess.PIPE)
    while True:
        subprocess.run(["mosquitto_pub", "-p", str(port), "-t", "bench/ready",
                        "-r", "-m", "x"], check=True)
        if peer.stdout.read(2):
            return peer


def _round(site, broker):
    peer = _subscribe(broker.port)
    since, before = int(time.time() * 1000), _cpu(site.process.pid)
    peer_before = _cpu(peer.pid)
    sink = subprocess.Popen(["cat"], stdin=peer.stdout,
                            stdout=subprocess.DEVNULL)
    _flood(broker.port)
    heard = relay.wait_heard(site, COUNT, since=since)
    ours = _cpu(site.process.pid) - before
    # it has ended, but is not waited for yet: its times are still there
    os.waitid(os.P_PID, peer.pid, os.WEXITED | os.WNOWAIT)
    with open(f"/proc/{peer.pid}/schedstat", encoding="ascii") as f:
        theirs = int(f.read().split()[0]) / 1e9 - peer_before
    peer.wait()
    sink.wait()
    return COUNT / ours, COUNT / theirs, COUNT - heard


def measure(rounds):
    """(messages per CPU-second, the same of mosquitto_sub, how many were
    lost) of interleaved rounds."""
    ours, theirs, lost = [], [], 0
    with relay.Broker() as broker, relay.Site(
            broker, NF_LOG_LEVEL="err") as site:
        site.store("many", COUNT)
        site.start()
        relay.mosquitto.wait_for(lambda: os.path.exists(
            site.path("run/relay/nf-relay.prom")))
        _flood(broker.port)
        relay.wait_heard(site, COUNT)
        for _ in range(rounds):
            a, b, gone = _round(site, broker)
            ours.append(a)
            theirs.append(b)
            lost += gone
        site.stop(signal.SIGTERM)
    return ours, theirs, lost
