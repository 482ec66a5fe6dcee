#!/usr/bin/env python3
"""An operator's day with a thousand nodes: a file of tasks, labels, approval by
label, installation, three that fail for three reasons, found, fixed, installed
again, and exported.  nginx, nf-relay and the broker are real; the machines are
played from here.  No command takes longer than two seconds."""

import csv
import http.client
import io
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))
import mosquitto  # noqa: E402
import mqtt  # noqa: E402
from nginx import BUILD, Nginx, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import RELAY  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

N, AT_ONCE, SLOW_S = 1000, 8, 2
BAD_DISK, BAD_LINK, BAD_MIRROR = 17, 423, 881
took = []


def mac(n):
    return f"5254{n:08x}"


def name(n):
    return f"rack{n // 40 + 1}-{n % 40 + 1}"


# --- the operator -------------------------------------------------------------


def nf(t, *words, status=0, stdin=""):
    start = time.monotonic()
    ran = subprocess.run([os.path.join(BUILD, "nf"), *words],
                         env=t.environ(), input=stdin, capture_output=True,
                         text=True, timeout=limit(60))
    seconds = time.monotonic() - start
    took.append((seconds, " ".join(words)[:60]))
    ok(seconds < limit(SLOW_S) and ran.returncode == status,
       f"nf {' '.join(words)[:60]}: {seconds:.2f} s, {ran.returncode}")
    if ran.returncode != status:
        diag(ran.stdout[:500], ran.stderr[:500])
    return ran.stdout


def stored(t, file, text):
    t.write(file, text)
    return t.path(file)


def table(header, rows):
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


# --- the machines --------------------------------------------------------------


class Machine:
    """What a machine says, over a connection that it keeps."""

    def __init__(self, t, link, n):
        self.t, self.link, self.n, self.token = t, link, n, None

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        self.link.request(method, path, data, {} if data is None else {
            "Content-Type": "application/json"})
        answer = self.link.getresponse()
        return answer.status, answer.read().decode()

    def boot(self):
        script = self.ask("GET", f"/boot/{mac(self.n)}/boot.ipxe")[1]
        if "nf.token=" in script:
            self.token = script.split("nf.token=")[1].split()[0]
        return self.token

    def post(self, path, **body):
        return self.ask("POST", path, {"mac": mac(self.n), "token": self.token,
                                       **body})[0]

    def report(self):
        self.post("/api/v1/report", sn=f"SN-{self.n:04}", hardware={
            "serial_number": f"SN-{self.n:04}", "mac_address": mac(self.n),
            "company": "Acme", "product": "R1", "arch": "x86_64",
            "cpu": {"model": "Xeon", "cores": 32}, "memory": {"total_gb": 256},
            "disks": [{"device": "/dev/sda", "size_gb": 480, "type": "SSD",
                       "serial": f"D{self.n}"}], "nics": []})

    def does(self, operation, message=""):
        return self.post("/api/v1/device/operationComplete",
                         operation=operation, success=message == "",
                         message=message)

    def install(self):
        self.boot()
        self.report()
        self.does("hardware_config")
        if self.n == BAD_LINK:
            return self.does("network_config", "no link on eno1")
        self.does("network_config")
        if self.n == BAD_DISK:
            return self.does("os_install", "the image needs 8589934592 bytes, "
                             "/dev/sda has 4294967296")
        if self.n != BAD_MIRROR:
            self.does("os_install")
        return None


def play(t, all, act):
    """Some at once, each worker with one connection."""
    todo, errors = queue.Queue(), []
    for n in all:
        todo.put(n)

    def work():
        link = http.client.HTTPConnection("127.0.0.1", t.install_port,
                                          timeout=limit(30))
        try:
            while True:
                act(Machine(t, link, todo.get_nowait()))
        except queue.Empty:
            link.close()
        except Exception as error: # noqa: BLE001 - told below
            errors.append(repr(error))

    workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    is_(errors, [], f"{len(all)} machines are played")


def come_up(broker, all):
    """Their systems' agents, by MQTT."""
    with mqtt.Client(broker.port, "machines") as client:
        for n in all:
            client.publish(f"node/{mac(n)}/status",
                           json.dumps({"status": "installed"}))
        client.finish()


def counted(t):
    """Tasks that are completed, and those that failed."""
    stats = t.api("GET", "/api/v1/stats").json
    return stats["completed"], stats["failed"]


# --- the day -------------------------------------------------------------------


def ordered(t):
    rack = table(["mac", "hostname", "notes"],
                 [[mac(n), name(n), "first rack"] for n in range(N)])
    path = stored(t, "nodes.csv", rack)
    dry = nf(t, "create", "--file", path, "--dry-run")
    like(dry, f"would create {N} of {N} tasks", "first a dry run")
    made = nf(t, "create", "--file", path)
    is_(made.count("pending"), N, "a thousand tasks by a file")
    labels = table(["node", "rack", "role"],
                   [[mac(n), f"r{n // 40 + 1}", "db" if n % 4 else "web"]
                    for n in range(N)])
    is_(nf(t, "labels", "import", stored(t, "labels.csv", labels)),
        f"{N} of {N} nodes\n", "and their labels")
    is_(nf(t, "label", "-l", "rack", "wave=1"), f"{N} of {N} nodes\n",
        "one more for all")


def approved(t):
    like(nf(t, "approve", "-l", "rack=r1", "--dry-run"), "would approve",
         "a rack before the others")
    is_(nf(t, "approve", "-l", "rack=r1").count("task-"), 40, "forty")
    is_(nf(t, "approve", "-l", "role=db,rack!=r1").count("task-"), 720,
        "then the databases")
    is_(nf(t, "approve", "-l", "wave=1,role=web,rack!=r1").count("task-"), 240,
        "then the rest")


def installed(t, broker):
    play(t, range(N), Machine.install)
    for _ in range(2): # the installer of this one never speaks
        time.sleep(1.1)
        play(t, [BAD_MIRROR], Machine.boot)
    good = set(range(N)) - {BAD_DISK, BAD_LINK, BAD_MIRROR}
    come_up(broker, good)
    ok(wait_for(lambda: counted(t) == (len(good), 3), 30),
       f"{len(good)} are installed, three have failed")


def found(t):
    failed = nf(t, "nodes", "--status", "failed", "-o", "name").split()
    bad = (BAD_DISK, BAD_LINK, BAD_MIRROR)
    is_(sorted(m.replace(":", "") for m in failed), [mac(n) for n in bad],
        "three have failed")
    for n, why in ((BAD_DISK, r"the image needs 8(589934592 bytes|\.0? ?GiB)"),
                   (BAD_LINK, "no link on eno1"),
                   (BAD_MIRROR, "started 2 times and never reported")):
        like(nf(t, "why", mac(n)), f"failed: .*{why}", f"{n}: why")
    for words in (["nodes"], ["tasks"], ["nodes", "-l", "rack=r7"],
                  ["tasks", "--status", "failed"], ["status"], ["node", mac(3)],
                  ["hardware", mac(3)], ["unmatched"], ["nodes", "-o", "json"],
                  ["tasks", "-o", "csv"]):
        nf(t, *words)


def fixed(t, broker):
    """A disk, a cable, and another way to install."""
    global BAD_DISK, BAD_LINK, BAD_MIRROR
    bad = [BAD_DISK, BAD_LINK, BAD_MIRROR]
    BAD_DISK = BAD_LINK = BAD_MIRROR = None
    nf(t, "reinstall", *map(mac, bad), status=1)
    is_(nf(t, "reinstall", "--yes", *map(mac, bad)).count("task-"), 3,
        "the three again")
    play(t, bad, Machine.install)
    come_up(broker, bad)
    ok(wait_for(lambda: counted(t) == (N, 3), 30), "all are installed")
    is_(nf(t, "nodes", "--status", "failed", "-o", "name"), "",
        "none has failed any more")


def exported(t):
    rows = list(csv.DictReader(io.StringIO(nf(t, "export"))))
    is_(len(rows), N, "the inventory has a row for each")
    row = next(r for r in rows if r["hostname"] == name(BAD))
    is_((row["serial"], row["status"], row["cores"], row["disks"]),
        (f"SN-{BAD:04}", "installed", "32", f"/dev/sda 480 D{BAD}"),
        "also of one that was fixed")
    is_(len(json.loads(nf(t, "export", "--format", "json"))), N, "as JSON too")


BAD = BAD_DISK
start = time.monotonic()
with mosquitto.Broker() as broker, Nginx({
        "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}",
        "NF_DEFAULT_PROFILE": "quick", "NF_INSTALL_SCRIPTS": "2",
        "NF_COMMAND_TRIES": "1"}) as t:
    relay = subprocess.Popen([RELAY], env=t.environ(),
                             stderr=open(t.path("relay.log"), "w"))
    try:
        is_(t.api("PUT", "/api/v1/profiles/quick", {
            "method": "image", "os_type": "debian", "os_version": "12",
            "image": {"file": "images/x.tar", "format": "tar"}}).status, 201,
            "a profile")
        ordered(t)
        approved(t)
        installed(t, broker)
        found(t)
        fixed(t, broker)
        exported(t)
    finally:
        relay.terminate()
        relay.wait(limit(30))
for seconds, words in sorted(took, reverse=True)[:8]:
    diag(f"{seconds:.2f} s: nf {words}")
seconds = time.monotonic() - start
ok(seconds < limit(60), f"a day takes {seconds:.0f} s")
done()
