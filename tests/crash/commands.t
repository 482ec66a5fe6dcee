#!/usr/bin/env python3
"""Commands, labels and leases while everything is killed: nginx's workers,
nf-hook, nf-relay, the broker, the nodes' agents and the workers of their devices.  What was
accepted ends as done, each reboot happens once, no power cycle comes twice,
and the labels are those that were last accepted."""

import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from nginx import Nginx, wait_for  # noqa: E402
from relay import RELAY, Broker  # noqa: E402
from tap import diag, done, is_, ok  # noqa: E402
from worker import Worker  # noqa: E402

NODES = 4
SAVED = "autosave_interval 1\nautosave_on_changes false\n" # as ours is
KILLS = max(40, int(os.environ.get("NF_TEST_KILLS", "200")) // 5)
# A machine goes down once in each of its lives, however often it is told to.
# Where its agent was killed just then, who took the script over is no machine.
REBOOT = """#!/bin/sh
mkdir "$1/down-$BOOT" 2>/dev/null || exit 0
echo "$BOOT" >> "$1/reboots"
echo "boot-$(($(wc -l < "$1/reboots") + 1))" > "$1/boot_id.new"
mv "$1/boot_id.new" "$1/boot_id"
read -r name < "/proc/$PPID/comm"
[ "$name" != nf-agent ] || kill -9 $PPID
"""


def mac(n):
    return f"525400{n:06x}"


class Machine:
    """One whose agent is started again whenever it ends."""

    def __init__(self, t, broker, n):
        self.mac, self.broker = mac(n), broker
        self.dir = pathlib.Path(t.path(f"machine-{n}"))
        (self.dir / "state").mkdir(parents=True)
        (self.dir / "reboot").write_text(REBOOT)
        (self.dir / "reboot").chmod(0o755)
        (self.dir / "boot_id").write_text("boot-1\n")
        (self.dir / "reboots").write_text("")
        self.agent = None

    def look(self):
        if self.agent is None or self.agent.poll() is not None:
            boot = (self.dir / "boot_id").read_text().strip()
            self.agent = subprocess.Popen(
                [ROOT / "build/nf-agent"],
                stderr=open(self.dir / "agent.log", "ab"),
                env={"PATH": os.environ["PATH"], "NF_CONFIG": "/dev/null",
                     "NF_MAC": self.mac, "NF_HEARTBEAT_INTERVAL": "10",
                     "NF_MQTT_BROKER": f"127.0.0.1:{self.broker.port}",
                     "NF_STATE_DIR": str(self.dir / "state"), "BOOT": boot,
                     "NF_BOOT_ID_FILE": str(self.dir / "boot_id"),
                     "NF_REBOOT_COMMAND": f"exec {self.dir}/reboot {self.dir}"})

    def reboots(self):
        return (self.dir / "reboots").read_text().split()

    def kill(self):
        if self.agent is not None and self.agent.poll() is None:
            self.agent.kill()
            self.agent.wait()


class Site(Nginx):
    def __init__(self, broker):
        super().__init__(settings={
            "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}"}, workers="2",
            http="access_log off;")
        self.broker, self.relay = broker, None
        self.worker = Worker(broker, "w1", lambda command: ("done", ""))
        self.machines = []
        self.ends = threading.Event()  # for those who ask
        self.left = threading.Event()  # for the supervisor

    def look(self):
        """What was killed comes again, as by a supervisor."""
        if self.relay is None or self.relay.poll() is not None:
            self.relay = subprocess.Popen(
                [RELAY], env=self.environ(),
                stderr=open(self.path("relay.log"), "ab"))
        for machine in self.machines:
            machine.look()
        if not self.worker.is_running():
            self.worker.kill()
            self.worker.start()

    def keep(self):
        while not self.left.wait(0.05):
            self.look()

    def kill_one(self):
        kind = random.choice(["nginx", "relay", "broker", "agent", "agent",
                              "worker"])
        if kind == "nginx":
            for pid in self.workers()[:1]:
                os.kill(pid, signal.SIGKILL)
        elif kind == "relay":
            self.relay.kill()
        elif kind == "broker":
            self.broker.kill()
            self.broker.start()
        elif kind == "agent":
            machine = random.choice(self.machines)
            if machine.agent is not None:
                machine.agent.kill()
        else:
            self.worker.kill()
        return kind

    def insist(self, method, path, body, key=None):
        """Ask until there is an answer, as a program would."""
        headers = {} if key is None else {"Idempotency-Key": key}

        def asked():
            try:
                r = self.api(method, path, body, headers, 20)
            except (OSError, ValueError):
                return None
            return r if r.status < 500 else None

        return wait_for(asked, 120)


class Operator(threading.Thread):
    """Has one node reboot again and again, and labels it meanwhile."""

    def __init__(self, t, n):
        super().__init__()
        self.t, self.mac = t, mac(n)
        self.commands, self.label, self.failed = [], None, []

    def run(self):
        count = 0
        while not self.t.ends.is_set():
            count += 1
            r = self.t.insist("PATCH", f"/api/v1/nodes/{self.mac}",
                              {"labels": {"count": str(count)}})
            if r is None or r.status != 200:
                self.failed.append(f"label: {r}")
            else:
                self.label = str(count)
            r = self.t.insist("POST", f"/api/v1/nodes/{self.mac}/commands",
                              {"command": "reboot", "timeout": 3600},
                              f"{self.mac}-{count}")
            if r is None or r.status != 202:
                self.failed.append(f"command: {r}")
                continue
            self.commands.append(r.json["id"])
            if wait_for(lambda: self.state(self.commands[-1])
                        not in ("queued", "sent", "running", None), 240) is None:
                self.failed.append(f"{self.commands[-1]} does not end")

    def state(self, command):
        try:
            return self.t.api("GET", f"/api/v1/commands/{command}").json["state"]
        except (OSError, ValueError, KeyError):
            return None


class Installer(threading.Thread):
    """Tasks that come as far as the power cycle of their machine, and then are
    cancelled."""

    def __init__(self, t):
        super().__init__()
        self.t, self.cycled, self.failed = t, [], []

    def run(self):
        while not self.t.ends.is_set():
            machine = mac(100 + len(self.cycled))
            r = self.t.insist("POST", "/api/v1/tasks", {
                "mac": machine, "bmc": {"ip": "10.0.0.9", "type": "ipmi"}},
                f"task-{machine}")
            if r is None or r.status != 201:
                self.failed.append(f"task: {r}")
                return
            task = r.json["task_id"]
            self.t.insist("POST", f"/api/v1/tasks/{task}/approve", None)
            if wait_for(lambda: self.has_cycled(task), 240) is None:
                self.failed.append(f"{task} is not cycled")
            self.t.insist("POST", f"/api/v1/tasks/{task}/cancel", None)
            self.cycled.append(machine)

    def has_cycled(self, task):
        try:
            steps = self.t.api("GET", f"/api/v1/tasks/{task}").json["steps"]
        except (OSError, ValueError, KeyError):
            return False
        return any(s["step"] == "bmc_reset" and s["status"] == "done"
                   for s in steps)


class Leases(threading.Thread):
    """dnsmasq's calls of nf-hook, one after another; some are killed."""

    def __init__(self, t):
        super().__init__()
        self.t, self.kept, self.killed, self.failed = t, [], 0, []

    def run(self):
        while not self.t.ends.wait(0.05):
            n = len(self.kept) + self.killed
            ip = f"10.70.{n >> 8}.{n & 255}"
            hook = subprocess.Popen(
                [ROOT / "build/nf-hook", "add", f"02:00:00:00:{n >> 8:02x}:"
                 f"{n & 255:02x}", ip], stderr=subprocess.PIPE, env={
                     **self.t.environ(), "DNSMASQ_TIME_REMAINING": "86400",
                     "DNSMASQ_LEASE_EXPIRES": str(int(time.time()) + 86400)})
            if random.random() < 0.3:
                time.sleep(random.uniform(0, 0.005))
                hook.kill()
            said = hook.communicate()[1]
            if hook.returncode == 0:
                self.kept.append(ip)
            elif hook.returncode == -9:
                self.killed += 1
            else:
                self.failed.append(said)


def check_leases(t, leases):
    is_(leases.failed, [], "nf-hook refused nothing")

    def lost():
        there, path = set(), "/api/v1/admin/dhcp/leases?limit=1000"
        while path:
            r = t.api("GET", path)
            there |= {lease["ip"] for lease in r.json}
            link = r.headers.get("link")
            path = link[1:link.index(">")] if link else None
        return [ip for ip in leases.kept if ip not in there]
    wait_for(lambda: not lost())
    is_(lost(), [], f"{len(leases.kept)} leases that nf-hook kept are there "
                    f"({leases.killed} calls were killed)")


def check(t, operators, installer):
    for operator, machine in zip(operators, t.machines):
        is_(operator.failed, [], f"{operator.mac}: nothing failed")
        states = [operator.state(c) for c in operator.commands[-50:]]
        is_(set(states), {"done"},
            f"{len(operator.commands)} commands were accepted and are done")
        is_(len(machine.reboots()), len(operator.commands),
            "the machine rebooted so often")
        labels = t.api("GET", f"/api/v1/nodes/{operator.mac}").json["labels"]
        is_(labels, {"count": operator.label}, "its label is the last accepted")
    is_(installer.failed, [], "no task failed")
    resets = [c["mac"] for c in t.worker.done if c["command"] == "reset"]
    is_(sorted(resets), sorted(set(installer.cycled)),
        f"{len(installer.cycled)} power cycles, each once")
    checked = t.nf("store", "check")
    is_(checked.returncode, 0, "the store agrees with itself")


def kill(t):
    killed = {}
    for _ in range(KILLS):
        time.sleep(random.uniform(0.1, 1.5))
        kind = t.kill_one()
        killed[kind] = killed.get(kind, 0) + 1
    return killed


def main():
    random.seed(int(os.environ.get("NF_TEST_SEED", "1")))
    with Broker(SAVED) as broker, Site(broker) as t:
        t.machines = [Machine(t, broker, n) for n in range(NODES)]
        for n in range(NODES):
            t.api("POST", "/api/v1/nodes", {"mac": mac(n)})
        t.look()
        keeper = threading.Thread(target=t.keep)
        keeper.start()
        operators = [Operator(t, n) for n in range(NODES)]
        installer = Installer(t)
        leases = Leases(t)
        everyone = operators + [installer, leases]
        try:
            for one in everyone:
                one.start()
            killed = kill(t)
            diag(f"killed: {killed}")
            is_(set(killed), {"nginx", "relay", "broker", "agent", "worker"},
                "all kinds were killed")
            t.ends.set()
            for one in everyone:
                one.join()
            check_leases(t, leases)
            check(t, operators, installer)
        finally:
            t.ends.set()
            t.left.set()
            keeper.join()
            for one in t.machines + [t.relay, t.worker]:
                one.kill()
    done()


main()
