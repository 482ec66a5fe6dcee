"""A rack without virtual machines: `nf up` with its real nginx, nf-relay,
dnsmasq and mosquitto, and machines that are a network namespace, a loop
device and the real nf-agent each.

    with Rack(4) as rack:
        for machine in rack.machines:
            machine.power_on()

A machine's firmware is played here: it leases an address by a real DHCP
client, fetches its boot script, and starts what the script says: nf-agent in
a root of its own, or the system that nf-agent has written to the disk.
"""

import fcntl
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import bastion
import hardware
import netns
from dnsmasq import runs, until
from processes import children, family, kill_all, name_of
from nginx import stand_ins
from pace import limit

BRIDGE = "br0"
PROFILE = "tiny"
IMAGE = "images/tiny-amd64.img"
AGENT = os.path.join(bastion.BUILD, "nf-agent")
DISK_BYTES = 96 << 20
CONNECTED = "connected to the broker" # as nf-relay logs it
LEASED = """#!/bin/busybox sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr replace "$ip/16" dev "$interface"
"""
# As images/init: whoever kills the agent meets another one.
IN_RAM = """
busybox mount --rbind /dev {root}/dev
busybox mount -t proc proc {root}/proc
cd {root}
while :; do
    NF_CMDLINE=/cmdline NF_REBOOT_COMMAND='busybox touch /rebooted' \\
        PATH=/bin busybox chroot . /bin/nf-agent install
    busybox sleep 1
done
"""
FROM_DISK = """
busybox mount -t ext4 {disk}p2 {root} || exit
busybox mount -t proc proc {root}/proc
. {root}/etc/default/nodefoundry-agent
export NF_MAC NF_MQTT_BROKER NF_LOG_LEVEL NF_HEARTBEAT_INTERVAL
while :; do
    busybox chroot {root} /usr/local/bin/nodefoundry-agent
    busybox sleep 1
done
"""


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def image():
    """The tiny image, made when something it is made from is newer."""
    images = pathlib.Path(bastion.TOP, "images")
    path = pathlib.Path(bastion.BUILD, "cache", IMAGE)
    base = path.with_name("debian-12-amd64.img")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not base.exists():
            check(images / "debian-image", base)
        newest = max(os.path.getmtime(one) for one in (
            AGENT, base, images / "tiny-image", images / "tiny-init"))
        if not path.exists() or path.stat().st_mtime < newest:
            check(images / "tiny-image", base, path)
    return path


def check(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{words[0]}: {done.stderr}")


class Machine:
    """One machine.  Its disk stays, its power comes and goes."""

    def __init__(self, rack, number):
        self.mac = f"52:54:00:99:00:{number:02x}"
        self.id = self.mac.replace(":", "")
        self.sn = f"RACK-{number:02d}"
        self.namespace = f"{rack.namespace}n{number}"
        self.dir = pathlib.Path(rack.site.path(f"machine{number}"))
        self.console = self.dir / "console"
        self.scripts = []       # what its firmware was told, one word each
        self.disk = None        # made when it is first powered on
        self._rack = rack
        self._number = number
        self._process = None
        self._thread = None
        self._is_on = False
        self._is_reset = False
        self._build()

    def power_on(self):
        if self.disk is None:
            self._attach()
        self._is_on = True
        self._thread = threading.Thread(target=self._firmware, daemon=True)
        self._thread.start()

    def power_off(self):
        self._is_on = False
        self._end()
        if self._thread:
            self._thread.join()
            self._thread = None

    def reset(self):
        """As if somebody pressed the button."""
        self._is_reset = True

    def kill_agent(self):
        """kill -9 of the agent in RAM; False when there is none now."""
        for pid in family(self._process.pid) if self._process else ():
            if name_of(pid) == "nf-agent":
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def close(self):
        self.power_off()
        if self.disk:
            subprocess.run(["losetup", "-d", self.disk], check=False)
        subprocess.run(["ip", "netns", "del", self.namespace], check=False,
                       capture_output=True)

    def check_disk(self):
        """What fsck says of the root file system, "" when nothing."""
        done = subprocess.run(["e2fsck", "-fp", f"{self.disk}p2"],
                              capture_output=True, text=True)
        return "" if done.returncode in (0, 1) else done.stdout

    def _attach(self):
        file = self.dir / "disk"
        with open(file, "wb") as f:
            f.truncate(DISK_BYTES)
        self.disk = subprocess.run(
            ["losetup", "-fP", "--show", file], check=True,
            capture_output=True, text=True).stdout.strip()

    def _build(self):
        self.dir.mkdir()
        self.console.touch()
        leased = self.dir / "leased"
        leased.write_text(LEASED)
        leased.chmod(0o755)
        ip("netns", "add", self.namespace)
        ip("-n", self._rack.namespace, "link", "add", f"port{self._number}",
           "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", self._rack.namespace, "link", "set", f"port{self._number}",
           "master", BRIDGE, "up")
        ip("-n", self.namespace, "link", "set", "eth0", "address", self.mac)
        ip("-n", self.namespace, "link", "set", "eth0", "up")

    def ask(self, method, path, body=None):
        """(status, decoded JSON or text) from this machine's own address."""
        return decoded(ask(self.namespace, netns.SERVER, 80, method, path,
                           body))

    # --- firmware -------------------------------------------------------------

    def _firmware(self):
        while self._is_on:
            self._is_reset = False
            script = self.boot_script()
            kernel = re.search(r"^kernel \S+ (.*?) \|\|", script, re.M)
            if kernel:
                self.scripts.append("agent")
                self._run_agent(kernel[1])
            elif "own disk" in script:
                self.scripts.append("disk")
                self._run(FROM_DISK, self.dir / "system")
            else:
                self.scripts.append("wait")
                time.sleep(0.5)

    def boot_script(self):
        """A lease, then the script; "" when the server does not answer now."""
        subprocess.run(["ip", "netns", "exec", self.namespace, "busybox",
                        "udhcpc", "-i", "eth0", "-n", "-q", "-t", "5", "-T",
                        "1", "-s", str(self.dir / "leased"), "-V",
                        "PXEClient:Arch:00000:UNDI:002001"],
                       capture_output=True, check=False)
        try:
            return ask(self.namespace, netns.SERVER, 80, "GET",
                       f"/boot/{self.id}/boot.ipxe")[1]
        except OSError:
            return ""

    def _run_agent(self, words):
        root = self.dir / "ram"
        shutil.rmtree(root, ignore_errors=True)
        tree = hardware.Machine(root)
        tree.dmi(sys_vendor="Rack", product_name="Machine",
                 product_serial=self.sn)
        tree.disk(os.path.basename(self.disk), DISK_BYTES // 512)
        for name in ("bin", "dev", "proc", "target", "run", "tmp"):
            (root / name).mkdir()
        shutil.copy(AGENT, root / "bin/nf-agent")
        shutil.copy("/bin/busybox", root / "bin/busybox")
        (root / "bin/sh").symlink_to("busybox")
        (root / "cmdline").write_text(f"{words} nf.disk={self.disk}\n")
        self._run(IN_RAM, root)

    def _run(self, script, root):
        """Until it ends, the machine reboots, is reset or loses its power."""
        root.mkdir(exist_ok=True)
        words = ["ip", "netns", "exec", self.namespace, "unshare", "-p", "-f",
                 "--kill-child", "busybox", "sh", "-c",
                 script.format(root=root, disk=self.disk)]
        with open(self.console, "ab") as console:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console,
                stderr=console, start_new_session=True)
        while (self._is_on and not self._is_reset
               and self._process.poll() is None
               and not (root / "rebooted").exists()):
            self._partition()
            time.sleep(0.05)
        self._end()

    def _partition(self):
        """What a kernel does that knows partitions of this kind."""
        if os.path.exists(f"{self.disk}p2"):
            return
        with open(self.disk, "rb") as disk:
            sector = disk.read(512)
        start, count = struct.unpack_from("<II", sector, 446 + 16 + 8)
        if sector[510:] == b"\x55\xaa" and start:
            subprocess.run(["addpart", self.disk, "2", str(start), str(count)],
                           capture_output=True, check=False)

    def _end(self):
        process, self._process = self._process, None
        if process is None:
            return
        pids = family(process.pid)
        kill_all(pids)
        process.wait()
        until(lambda: not any(map(runs, pids)))


def ask(namespace, host, port, method, path, body=None, **headers):
    """(status, text) of one request from inside a namespace."""
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    with netns.inside(namespace):
        connection = socket.create_connection((host, port), 10)
    link = http.client.HTTPConnection(host, port)
    link.sock = connection
    try:
        data = None if body is None else json.dumps(body)
        if data:
            headers["Content-Type"] = "application/json"
        link.request(method, path, data, headers)
        answer = link.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except http.client.HTTPException as error:
        raise OSError(f"{method} {path}: {error!r}") from error
    finally:
        link.close()


def decoded(answer):
    status, text = answer
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text


class Rack:
    """`nf up` and machines; all of it is gone when the block ends."""

    def __init__(self, count, **settings):
        self.namespace = f"nfr{os.getpid()}"
        self.machines = []
        self.process = None
        self._count = count
        self.site = bastion.Bastion(
            netns.SERVER, NF_DHCP_IP_POOL_START="10.99.0.50",
            NF_DHCP_IP_POOL_END="10.99.0.99", NF_DHCP_INTERFACE=BRIDGE,
            **{"NF_DISCOVERY_MODE": "agent", "NF_ALLOW_REINSTALL": "1",
               "NF_HEARTBEAT_INTERVAL": "10", **settings})

    def __enter__(self):
        try:
            self._build()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored):
        for machine in self.machines:
            machine.close()
        self.stop()
        subprocess.run(["ip", "netns", "del", self.namespace], check=False,
                       capture_output=True)
        self.site.__exit__()

    def _build(self):
        ip("netns", "add", self.namespace)
        inside = ("-n", self.namespace)
        ip(*inside, "link", "set", "lo", "up")
        ip(*inside, "link", "add", BRIDGE, "type", "bridge")
        ip(*inside, "addr", "add", f"{netns.SERVER}/16", "dev", BRIDGE)
        ip(*inside, "link", "set", BRIDGE, "up")
        self._files()
        stand_ins(self.site.path("files"))
        made = self.site.nf("store", "init")
        if made.returncode:
            raise OSError(made.stderr)
        for number in range(1, self._count + 1):
            self.machines.append(Machine(self, number))

    def _files(self):
        source = image()
        place = pathlib.Path(self.site.path("files"), IMAGE)
        place.parent.mkdir(parents=True)
        shutil.copy(source, place)
        shutil.copy(f"{source}.sha256", f"{place}.sha256")

    # --- nf up ------------------------------------------------------------

    def start(self):
        with open(self.site.path("up.log"), "a") as log:
            self._connects = self.words().count(CONNECTED)
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, bastion.NF, "up"],
                env=self.site.environ(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.site.dir)
        if not until(self.serves, 60):
            raise OSError("nf up does not serve:\n" + self.words()[-2000:])

    def stop(self, number=signal.SIGTERM):
        """Its exit status, None when it did not run."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        try:
            process.wait(limit(30))
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait()

    def crash(self):
        """kill -9 of `nf up` and all that it has started, at once."""
        every = family(self.process.pid)
        kill_all(every)
        self.process.wait()
        until(lambda: not any(map(runs, every)))
        self.process = None

    def words(self):
        return self.site.read("up.log")

    def serves(self):
        """Until nf-relay listens, the broker keeps nothing for it on a first
        start: what a node says before is gone."""
        try:
            return (self.api("GET", "/health")[0] == 200
                    and len(self.programs()) == 4
                    and self.words().count(CONNECTED) > self._connects)
        except OSError:
            return False

    def programs(self):
        """{name: pid} of what nf up has started."""
        named = {name_of(pid): pid for pid in family(self.process.pid)
                 if pid in children(self.process.pid)}
        return {name: pid for name, pid in named.items()
                if name in ("nginx", "nf-relay", "mosquitto", "dnsmasq")}

    def kill(self, what, dice):
        """kill -9 a program, or a worker of nginx; False: it does not run."""
        name, _, worker = what.partition(" ")
        pid = self.programs().get(name)
        if pid and worker:
            workers = sorted(children(pid))
            pid = dice.choice(workers) if workers else None
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        return True

    def nf(self, *words):
        """Run build/nf inside; its CompletedProcess."""
        return subprocess.run(
            ["ip", "netns", "exec", self.namespace, bastion.NF, *words],
            env=self.site.environ(), capture_output=True, text=True,
            timeout=limit(60))

    def api(self, method, path, body=None, **headers):
        """(status, decoded JSON or text)."""
        return decoded(ask(self.namespace, "127.0.0.1", 8080, method, path,
                           body, **headers))

    def sure(self, method, path, body=None, patience=30, **headers):
        """The first answer, however often the server is away."""
        end = time.monotonic() + limit(patience)
        while True:
            try:
                return self.api(method, path, body, **headers)
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def events(self):
        """Every event, page by page."""
        found = []
        while True:
            since = found[-1]["seq"] if found else 0
            _, page = self.sure("GET",
                                f"/api/v1/events?limit=1000&since={since}")
            if not page:
                return found
            found += page

    def profile(self, **members):
        """The profile of the tiny image."""
        body = {"method": "image", "os_type": "debian", "os_version": "12",
                "first_boot": "agent",
                "image": {"file": IMAGE, "format": "raw"}, **members}
        return self.sure("PUT", f"/api/v1/profiles/{PROFILE}", body)


def missing():
    """What this machine lacks for such a test; empty: nothing."""
    lacks = [name for name in ("ip", "nginx", "dnsmasq", "mosquitto",
                               "busybox", "losetup", "unshare", "syslinux")
             if not shutil.which(name)]
    if os.geteuid() != 0:
        lacks.append("root")
    elif not os.path.exists("/dev/loop-control"):
        lacks.append("loop devices")
    return ", ".join(lacks)
