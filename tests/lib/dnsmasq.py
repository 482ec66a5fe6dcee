"""A store, its hook, and a real dnsmasq that calls it."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

import netns
from pace import limit

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.join(TOP, "build")
HOOK = os.environ.get("NF_TEST_HOOK", os.path.join(BUILD, "nf-hook"))
PROBE = os.path.join(BUILD, "tests", "probe")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LIBS = ("-llmdb", "-ljansson", "-lsodium")


def build_probe():
    """tests/lib/probe.c, when it or the library is newer than what is there."""
    source = os.path.join(TOP, "tests", "lib", "probe.c")
    library = os.path.join(BUILD, "libnf.a")
    newest = max(os.path.getmtime(source), os.path.getmtime(library))
    if os.path.exists(PROBE) and os.path.getmtime(PROBE) > newest:
        return
    os.makedirs(os.path.dirname(PROBE), exist_ok=True)
    made = f"{PROBE}.{os.getpid()}"
    subprocess.run(["gcc", "-std=gnu2x", "-D_GNU_SOURCE", "-O1", "-g",
                    f"-I{TOP}/libnf", "-o", made, source, library, *LIBS],
                   check=True)
    os.rename(made, PROBE)


def until(is_true, seconds=20):
    """Wait until is_true() says so; its last word."""
    end = time.monotonic() + limit(seconds)
    while not (said := is_true()) and time.monotonic() < end:
        time.sleep(0.02)
    return said


def runs(pid):
    """Whether the process is there, and not only its exit status."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Store:
    """A store and a spool in a directory of their own."""

    def __init__(self, map_size=0, **settings):
        build_probe()
        self.dir = tempfile.mkdtemp(prefix="nf-hook-")
        self.db = os.path.join(self.dir, "nodes.db")
        self.spool = os.path.join(self.dir, "spool")
        self.conf = os.path.join(self.dir, "nodefoundry.conf")
        settings = {"NF_DB_PATH": self.db, "NF_SPOOL_DIR": self.spool,
                    "NF_NODE_RULE": "all", **settings}
        with open(self.conf, "w", encoding="ascii") as conf:
            conf.writelines(f"{k}={v}\n" for k, v in settings.items())
        os.mkdir(self.spool)
        self.env = {"PATH": PATH, "NF_CONFIG": self.conf}
        self.map_size = map_size
        self.init()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        shutil.rmtree(self.dir)

    def init(self):
        self.probe("init", str(self.map_size))

    def probe(self, command, *words):
        """Its output; a failure is an exception."""
        return subprocess.run([PROBE, command, self.db, *words], check=True,
                              capture_output=True, text=True).stdout

    def hook(self, *words, path=HOOK, **dnsmasq):
        """Call the hook as dnsmasq would; dnsmasq=... are DNSMASQ_*."""
        env = {f"DNSMASQ_{k}": v for k, v in dnsmasq.items()}
        return subprocess.run([path, *words], env={**self.env, **env},
                              capture_output=True, timeout=limit(60))

    def give_to(self, user):
        """All of it; returns a hook that this user can reach."""
        hook = shutil.copy(HOOK, self.dir)
        subprocess.run(["chown", "-R", user, self.dir], check=True)
        return hook

    def hold(self):
        """Somebody else is writing, until .stdin of what this returns ends."""
        holder = subprocess.Popen([PROBE, "hold", self.db],
                                  stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        holder.stdout.readline()
        return holder

    def _dump(self):
        return [json.loads(line) for line in self.probe("dump").splitlines()]

    def leases(self):
        """Those held, by address."""
        return {row["lease"]["ip"]: row["lease"] for row in self._dump()
                if "lease" in row and not row["gone"]}

    def nodes(self):
        return {row["node"]["mac"]: row["node"] for row in self._dump()
                if "node" in row}

    def waiting(self):
        """Bytes in the spool."""
        return sum(os.path.getsize(os.path.join(self.spool, name))
                   for name in os.listdir(self.spool))


class Dnsmasq:
    """dnsmasq in the pair's server namespace, with a store as its leases."""

    def __init__(self, pair, store, hook=HOOK, user="root", lines=()):
        self.pair, self.store = pair, store
        self.log = os.path.join(store.dir, "dnsmasq.log")
        self.conf = os.path.join(store.dir, "dnsmasq.conf")
        self.errors = os.path.join(store.dir, "dnsmasq.errors")
        self.process = None
        lines = ("port=0", f"interface={pair.server_link}", "bind-interfaces",
                 "except-interface=lo", "dhcp-authoritative", "no-ping",
                 "dhcp-range=10.99.8.0,10.99.15.250,255.255.0.0,1h",
                 "dhcp-lease-max=5000", "leasefile-ro", f"dhcp-script={hook}",
                 f"user={user}", "pid-file=", f"log-facility={self.log}",
                 *lines)
        with open(self.conf, "w", encoding="ascii") as conf:
            conf.writelines(f"{line}\n" for line in lines)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *ignored):
        self.stop()

    def start(self):
        """Returns when it answers, or has ended: .process.poll()."""
        env = [f"{k}={v}" for k, v in self.store.env.items()]
        seen = self.read_log().count("DHCP, sockets bound")
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(self.pair.command(
                self.pair.server, "env", "-i", *env, "dnsmasq", "-k", "-C",
                self.conf), stderr=errors)
        until(lambda: self.process.poll() is not None or self.read_log().count(
            "DHCP, sockets bound") > seen)

    def stop(self):
        """And wait for the scripts that it has still queued."""
        if self.process.poll() is None:
            helpers = self._family()
            self.process.terminate()
            self.process.wait()
            until(lambda: not any(map(runs, helpers)), 60)
        return self.process.returncode

    def hang_up(self):
        os.kill(self.process.pid, signal.SIGHUP)

    def read_log(self):
        """Its log, and what was said before there was one."""
        text = ""
        for path in (self.errors, self.log):
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text

    def _family(self):
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(word) for word in f.read().split()]


def missing():
    """What this machine lacks for such a test; empty: nothing."""
    lacks = [name for name in ("ip", "dnsmasq", "gcc")
             if not shutil.which(name, path=PATH)]
    if os.geteuid() != 0:
        lacks.append("root")
    if not os.path.exists(HOOK):
        lacks.append(HOOK)
    return ", ".join(lacks)


__all__ = ["Dnsmasq", "Store", "missing", "netns", "until"]
