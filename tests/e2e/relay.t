#!/usr/bin/env python3
"""nf-relay between a real mosquitto and a real store."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import mosquitto
import mqtt
import relay
from pace import limit
from tap import diag, done, is_, like, ok, skip, skip_all, unlike

A, B, C, D = "525400000001", "525400000002", "525400000003", "525400000004"
UNKNOWN = "5254000000ff"
FLOOD = 20000
GARBAGE = [
    b"", b"\0", b"{", b"[]", b"null", b"{}", b'"installed"', b'{"status":7}',
    b'{"status":"installed","ip":"999.1.1.1"}', b"\xff\xfe\xfd" * 50,
    b'{"status":"\xff\xff"}', b'{"status":"installed","status":"x"}',
    b'{"status":"' + b"x" * 10240 + b'"}', b"[" * 10240, b"\x80" * 10240,
    b'{"status":"installed","hostname":"a\\nb"}',
    b'{"status":"installed","network_config":{"netmask":"1.2.3.4"}}',
    b'{"status":"installed","network_config":[]}',
    b'{"a":' * 5000, bytes(range(256)) * 40,
]


def status(word="installed", **more):
    return json.dumps({"status": word, "uptime": "1h2m3s",
                       "timestamp": "2026-01-22T10:00:00Z", **more})


def usage(site):
    def run(*words, **env):
        return subprocess.run([relay.RELAY, *words], env={**site.env, **env},
                              capture_output=True, text=True, timeout=limit(30))

    told = run("--help")
    ok(told.returncode == 0 and "usage: nf-relay" in told.stdout,
       "--help tells how it is used")
    told = run("--version")
    ok(told.returncode == 0 and told.stdout.startswith("nf-relay "),
       "--version names itself")
    is_(run("--colour").returncode, 64, "a wrong option is exit code 64")
    told = run(NF_HEARTBEAT_INTERVAL="soon")
    is_(told.returncode, 78, "a wrong setting is exit code 78")
    like(told.stderr, "NF_HEARTBEAT_INTERVAL", "and the line names it")
    told = run(NF_DB_PATH=site.path("none.db"))
    is_(told.returncode, 1, "a store that is not there is exit code 1")
    like(told.stderr, r"none\.db", "and the line names its path")


def without_broker(site, broker):
    """Deadlines pass and the spool is emptied while there is no broker."""
    broker.stop()
    site.store("add", A)
    site.store("action", A, "install")
    site.store("spool", B, "10.99.0.77")
    site.start()
    like(site.node(A)["task"], "approved|installing", "a task waits for its node")
    node = site.until_node(A, lambda n: n["task"] == "failed")
    is_(node["task"], "failed",
        "without a broker a deadline passes and fails the task")
    failed = site.events("task.failed")
    is_(len(failed), 1, "that is one event")
    like(json.dumps(failed), r'"reason": "[^"]{10,}', "which says why")
    ok(site.until_node(B, bool), "and the spool goes into the store")
    is_(site.node(B).get("ip"), "10.99.0.77", "with its address")
    ok(site.process.poll() is None, "nf-relay runs without a broker")
    broker.start()
    ok(site.until_log("connected to the broker"),
       "it connects once the broker is there")


def statuses(site, broker):
    site.store("add", C)
    before = int(time.time() * 1000)
    broker.publish(f"node/{C}/status",
                   status(ip="10.99.0.5", hostname="node-c", mood="good"))
    node = site.until_node(C, lambda n: n["heartbeat"] > 0)
    ok(before <= node["heartbeat"] <= time.time() * 1000,
       "a heartbeat's time is kept")
    is_(node["status"], "discovered",
        "a node that was not installed does not become so by saying it")
    is_((node["ip"], node["agent_ip"], node["hostname"], node["online"]),
        ("0.0.0.0", "10.99.0.5", "node-c", 1),
        "what it says of itself is kept, and is not its address")
    broker.publish(f"node/{C}/status", status(ip="8.8.8.8"))
    ok(site.until_log("ip is not in a subnet that is served here"),
       "an address that no node can have is left out, and said")
    is_(site.node(C)["agent_ip"], "10.99.0.5", "and not kept")
    is_(len(site.events("status.refused")), 1, "the refusal is one event")
    broker.publish(f"node/{C}/status", status())
    node = site.until_node(C, lambda n: n["heartbeat"] > node["heartbeat"])
    is_(len(site.events("status.refused")), 1, "and not one for each heartbeat")
    count = len(site.events())
    broker.publish(f"node/{C}/status", status())
    site.until_node(C, lambda n: n["heartbeat"] > node["heartbeat"])
    is_(len(site.events()), count, "a heartbeat that changes nothing is none")

    site.store("action", C, "install")
    site.store("served", C)
    site.store("done", C)
    is_(site.node(C)["status"], "installing", "the installer is done")
    broker.publish(f"node/{C}/status", status())
    node = site.until_node(C, lambda n: n["status"] == "installed")
    is_((node["status"], node["task"]), ("installed", "completed"),
        "the installed system's first word completes the task")


def nested(site, broker):
    site.store("add", D)
    broker.publish(f"node/{D}/status", status(network_config={
        "type": "static", "ip": "10.99.0.9", "netmask": "255.255.255.0",
        "gateway": "10.99.0.1", "dns": ["10.99.0.1"]}))
    node = site.until_node(D, lambda n: n["heartbeat"] > 0)
    is_(node["agent_ip"], "10.99.0.9", "an address may stand in network_config")


def strangers(site, broker):
    broker.publish(f"node/{UNKNOWN}/status", status())
    ok(site.until_log("no such object"), "an unknown node is one line")
    is_(site.node(UNKNOWN), {}, "and is not created")
    with mqtt.Client(broker.port, "garbage") as client:
        for _ in range(100):
            for payload in GARBAGE:
                client.publish(f"node/{C}/status", payload)
                client.publish(f"node/{C}/result", payload)
        client.publish("node/nobody/status", status())
        client.publish(f"node/{UNKNOWN}/status", status())
        client.finish()
    heard = site.node(C)["heartbeat"]
    broker.publish(f"node/{C}/status", status())
    node = site.until_node(C, lambda n: n["heartbeat"] > heard)
    ok(node["heartbeat"] > heard, "after any bytes it still listens")
    ok(site.process.poll() is None, "and has not ended")
    lines = site.log().count("could not read a message")
    ok(1 <= lines <= 10, f"4,000 bad messages are a few lines ({lines})")
    broker.publish(f"node/{C}/result", json.dumps(
        {"id": "7", "command": "reboot", "success": True, "message": "ok"}))
    ok(site.until_log("a node answered a command"), "a result is told")


def follow(site, broker):
    with mosquitto.Listener(broker, "nf/event") as listener:
        site.store("edit", C, "10.99.0.6", "255.255.255.0")
        ok(mosquitto.wait_for(lambda: any(
            e["kind"] == "node.updated" for e in listener.of("nf/event"))),
           "an event is published")
        is_(site.stop(), 0, "SIGTERM ends it with exit code 0")
        site.store("edit", C, "10.99.0.7", "255.255.255.0")
        wanted = site.events()[-1]["seq"]
        site.start()
        ok(mosquitto.wait_for(lambda: any(
            e["seq"] == wanted for e in listener.of("nf/event"))),
           "what happened while it was away is published afterwards")
        seqs = [e["seq"] for e in listener.of("nf/event")]
        is_(seqs, sorted(set(seqs)), "each once, in order")


def restarts(site, broker):
    """The broker ends with messages that nobody has read."""
    site.until_log("connected to the broker", 2)
    site.stop(signal.SIGKILL)
    site.store("many", 200)
    with mqtt.Client(broker.port, "queue") as client:
        for i in range(200):
            client.publish(f"node/{relay.many(i)}/status", status())
        client.finish()
    broker.stop()
    broker.start()
    site.start()
    is_(relay.wait_heard(site, 200), 200,
        "what a broker kept over its restart arrives")
    broker.stop()
    ok(site.until_log("lost the broker"), "a broker that goes is told")
    broker.start()
    heard = site.node(C)["heartbeat"]
    site.until_log("connected to the broker", 4)
    broker.publish(f"node/{C}/status", status())
    node = site.until_node(C, lambda n: n["heartbeat"] > heard)
    ok(node["heartbeat"] > heard, "and it listens to the next one")


def flood(port):
    with mqtt.Client(port, "flood") as client:
        for i in range(FLOOD):
            client.publish(f"node/{relay.many(i)}/status",
                           status(ip=f"10.98.{i // 250}.{i % 250 + 1}"))
        client.finish()


def killed(broker):
    """kill -9 in the middle, several times: nothing acknowledged is lost."""
    with relay.Site(broker) as site:
        site.store("many", FLOOD)
        site.start("--suffix", "flood")
        site.until_log("connected to the broker")
        sender = threading.Thread(target=flood, args=(broker.port,))
        sender.start()
        kills = 0
        while int(site.store("heard", FLOOD)) < FLOOD and kills < 20:
            time.sleep(random.uniform(0.02, 0.15))
            site.stop(signal.SIGKILL)
            kills += 1
            site.start("--suffix", "flood")
        sender.join()
        heard = relay.wait_heard(site, FLOOD)
        ok(kills > 1, f"nf-relay is killed {kills} times in a flood")
        is_(heard, FLOOD, f"{FLOOD} statuses survive kill -9 of their reader")
        if "NF_TEST_RELAY" not in os.environ:  # one with sanitizers needs more
            ok(site.memory() < 20000, f"in {site.memory()} kB, below 20 MB")
        is_(site.stop(), 0, "and it ends when told to")


def full(broker):
    """The disk is full for a while: the broker keeps what is not stored."""
    with relay.Site(broker) as site:
        if not site.on_small_disk("8m"):
            skip("cannot mount a tmpfs", 4)
            return
        site.store("many", 1000)
        site.start("--suffix", "full")
        site.until_log("connected to the broker")
        site.write("db/filler", "x" * site.free("db"))
        with mqtt.Client(broker.port, "full") as client:
            for i in range(1000):
                client.publish(f"node/{relay.many(i)}/status", status(
                    ip=f"10.97.{i // 250}.{i % 250 + 1}"))
            client.finish()
        ok(site.until_log("statuses were not stored: the store is full"),
           "a full disk is told")
        ok(int(site.store("heard", 1000)) < 1000, "not all is stored")
        os.unlink(site.path("db/filler"))
        is_(relay.wait_heard(site, 1000), 1000,
            "once there is room, what was not stored comes again")
        ok(site.process.poll() is None, "nf-relay went on meanwhile")
        site.stop()


def silent(site, mac, since):
    """Three heartbeats missed: offline, and one event says so."""
    node = site.until_node(mac, lambda n: not n["online"], 75)
    is_(node["online"], 0, "a node that says nothing more is offline")
    ok(time.time() - since >= 30, "but not before three heartbeats")
    is_(len([e for e in site.events("node.offline") if e["mac"] == mac]), 1,
        "which is one event")


def deaf(site, since):
    """A node is not offline because its broker was."""
    time.sleep(max(0, since + 42 - time.time()))
    node = site.node(A)
    is_((node["online"], site.events("node.offline")), (1, []),
        "while the broker is away nobody is taken to be offline")
    site.stop()


def heard_once(site, broker):
    site.store("add", A)
    site.start("--suffix", "deaf")
    site.until_log("connected to the broker")
    broker.publish(f"node/{A}/status", status())
    ok(site.until_node(A, lambda n: n["online"])["online"],
       "a node is online")
    broker.stop()
    return time.time()


def named(broker):
    """The broker's name has two addresses, and it listens at the second."""
    with relay.Site(broker) as site:
        site.settings["NF_MQTT_BROKER"] = f"localhost:{broker.port}"
        site.environ()
        hosts = site.write("hosts-file", "::1 localhost\n127.0.0.1 localhost\n")
        under = ("unshare", "--mount", "sh", "-c",
                 f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh")
        if subprocess.run([*under, "true"], capture_output=True).returncode:
            skip("cannot put another /etc/hosts in place", 2)
            return
        site.start("--suffix", "named", under=under)
        ok(site.until_log("connected to the broker"),
           "every address of the broker's name is tried")
        is_(site.stop(), 0, "and it ends when told to")


def levels(site):
    before = site.log().count("read the settings again")
    site.settings["NF_LOG_LEVEL"] = "notice"
    site.environ()
    site.process.send_signal(signal.SIGHUP)
    ok(site.until_log("read the settings again: NF_LOG_LEVEL=notice",
                      before + 1), "SIGHUP reads the log level again")
    unlike(site.log(), "runtime error|AddressSanitizer", "no sanitizer report")


def main():
    missing = [name for name in ("mosquitto", "mosquitto_pub", "cc")
               if not shutil.which(name)]
    if missing or not os.path.exists(relay.RELAY):
        skip_all(f"needs {' '.join(missing) or relay.RELAY}")
    beat = {"NF_HEARTBEAT_INTERVAL": "10"}
    with relay.Broker() as away, relay.Site(away, **beat) as other, \
            relay.Broker() as broker, relay.Site(
                broker, NF_BOOT_DEADLINE="2", NF_NODE_RULE="all",
                **beat) as site:
        left = heard_once(other, away)
        usage(site)
        without_broker(site, broker)
        statuses(site, broker)
        nested(site, broker)
        since = time.time()
        strangers(site, broker)
        follow(site, broker)
        restarts(site, broker)
        killed(broker)
        full(broker)
        silent(site, D, since)
        named(broker)
        deaf(other, left)
        levels(site)
        if os.environ.get("NF_TEST_LOG"):
            diag(site.log())
    done()


main()
