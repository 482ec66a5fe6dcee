#!/usr/bin/env python3
"""nf-relay's DHCP bindings, in its files and in a real dnsmasq."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import mosquitto
import relay
from pace import limit
from tap import done, is_, like, ok, skip_all, unlike

A, B, C = "525400000011", "525400000012", "525400000013"
MASK = "255.255.255.0"
LINE = "52:54:00:00:00:11,id:*,10.99.0.21,node-a\n"


class Dnsmasq:
    """In a network namespace that ends with it; it serves nobody."""

    def __init__(self, site):
        self._site = site
        self._log = site.path("dnsmasq.log")
        self._process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c",
             'ip link set lo up && exec "$@"', "sh",
             "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
             "--port=0", "--interface=lo", "--bind-interfaces", "--user=root",
             "--dhcp-range=127.0.0.50,127.0.0.60,255.0.0.0,1h",
             "--leasefile-ro", f"--log-facility={self._log}",
             f"--pid-file={site.path('run/dnsmasq.pid')}",
             f"--dhcp-hostsdir={site.path('hosts')}"])
        mosquitto.wait_for(lambda: "started" in self.log())

    def log(self):
        try:
            return self._site.read("dnsmasq.log")
        except FileNotFoundError:
            return ""

    def reloads(self):
        """It reads the whole directory at the start and by each SIGHUP."""
        return len(re.findall(r"read .*/hosts/525400000012", self.log()))

    def alive(self):
        return self._process.poll() is None

    def stop(self):
        self._process.terminate()
        self._process.wait(limit(10))


def hosts(site):
    """The files that dnsmasq sees, and what is in them."""
    found = {}
    for name in os.listdir(site.path("hosts")):
        if name[0] != ".":
            try:
                found[name] = site.read(f"hosts/{name}")
            except FileNotFoundError:  # it went meanwhile
                pass
    return found


def until_hosts(site, wanted):
    mosquitto.wait_for(lambda: hosts(site) == wanted)
    return hosts(site)


def static(site):
    site.store("add", A, "10.99.0.21", MASK, "node-a")
    is_(until_hosts(site, {A: LINE}), {A: LINE},
        "an address given by an operator is bound")
    site.store("edit", A, "10.99.0.22", MASK, "ignore")
    line = "52:54:00:00:00:11,id:*,10.99.0.22\n"
    is_(until_hosts(site, {A: line}), {A: line},
        "a host name that dnsmasq takes for an order is left out")
    for name in ("12h", "infinite", "3600", "7"):
        site.store("edit", A, "10.99.0.22", MASK, "x")
        other = {A: line.replace("\n", ",x\n")}
        is_(until_hosts(site, other), other, "a name of one letter is told")
        site.store("edit", A, "10.99.0.22", MASK, name)
        is_(until_hosts(site, {A: line}), {A: line}, f"and so is {name}")
    site.store("edit", A, "10.99.0.21", MASK, "node-a.rack7.example")
    is_(until_hosts(site, {A: LINE}), {A: LINE}, "only the first label is told")


def task(site):
    site.store("add", B, "10.99.0.23", "-", "node-b")
    site.store("edit", B, "10.99.0.23", "-")
    site.store("action", B, "install")
    line = "52:54:00:00:00:12,id:*,10.99.0.23,node-b\n"
    wanted = {A: LINE, B: line}
    is_(until_hosts(site, wanted), wanted, "a live task binds its node")
    site.store("action", B, "cancel")
    is_(until_hosts(site, {A: LINE}), {A: LINE}, "and frees it at its end")


def task_address(site):
    """An address that a task brings along is bound for as long as it runs; a
    binding over it is another's word, and gives it back."""
    site.store("profile", "static", json.dumps({
        "method": "image", "image": {"file": "images/x.img"},
        "network": {"method": "static", "ip": "10.99.0.29",
                    "netmask": MASK}}))
    line = "52:54:00:00:00:12,id:*,10.99.0.29,node-b\n"
    wanted = {A: LINE, B: line}
    site.store("action", B, "install", "static")
    is_(until_hosts(site, wanted), wanted, "a task's static address is bound")
    site.store("bind", B, "10.99.0.28", "")
    by_hand = {A: LINE, B: line.replace(".29", ".28")}
    is_(until_hosts(site, by_hand), by_hand, "a binding by hand stands for it")
    site.store("unbind", B)
    is_(until_hosts(site, wanted), wanted, "and gives it back when it goes")
    site.store("action", B, "cancel")
    is_(until_hosts(site, {A: LINE}), {A: LINE}, "it goes with the task")
    site.store("action", B, "install", "static")
    until_hosts(site, wanted)
    site.store("done", B)
    is_(until_hosts(site, wanted), wanted, "it is there until the system is up")
    site.store("up", B)
    is_(until_hosts(site, {A: LINE}), {A: LINE}, "and goes when all is done")
    is_(site.node(B)["ip"], "10.99.0.29", "the system has it all the same")
    site.store("delete", B)
    site.store("add", B, "10.99.0.23", "-", "node-b")


def repair(site):
    """What the files say is derived: a start compares everything."""
    is_(site.stop(), 0, "nf-relay ends")
    site.store("add", C, "10.99.0.24", MASK)
    site.write(f"hosts/{A}", "52:54:00:00:00:11,id:*,10.99.0.99\n")
    site.write(f"hosts/{B}", "52:54:00:00:00:12,id:*,10.99.0.98\n")
    site.write("hosts/operator.conf", "52:54:00:00:00:77,10.99.0.97\n")
    site.start()
    wanted = {A: LINE, C: "52:54:00:00:00:13,id:*,10.99.0.24\n",
              "operator.conf": "52:54:00:00:00:77,10.99.0.97\n"}
    is_(until_hosts(site, wanted), wanted,
        "a start repairs what is wrong, missing or too much, and only that")
    os.unlink(site.path(f"hosts/{A}"))
    site.process.send_signal(signal.SIGHUP)
    is_(until_hosts(site, wanted), wanted, "and so does SIGHUP")
    os.unlink(site.path("hosts/operator.conf"))


def one_address(site):
    """An address that passes from one node to another is bound once."""
    site.store("edit", C, "10.99.0.21", MASK)
    wanted = {C: "52:54:00:00:00:13,id:*,10.99.0.21\n"}
    is_(until_hosts(site, wanted), wanted, "the last owner of an address has it")
    site.store("delete", C)
    is_(until_hosts(site, {}), {}, "a deleted node has none")
    site.process.send_signal(signal.SIGHUP)
    is_(until_hosts(site, {A: LINE}), {A: LINE},
        "and a comparison gives it back to who had it before")


def reload(site):
    """dnsmasq forgets by SIGHUP only: one for many, and 5 s later at most."""
    site.store("edit", B, "10.99.0.23", MASK)
    until_hosts(site, {A: LINE, B: "52:54:00:00:00:12,id:*,10.99.0.23,node-b\n"})
    server = Dnsmasq(site)
    try:
        before = server.reloads()
        ok(before >= 1, "dnsmasq reads the bindings")
        site.store("edit", B, "10.99.0.25", MASK)
        ok(mosquitto.wait_for(lambda: server.reloads() > before),
           "one that changed it reads by itself")
        before = server.reloads()
        for _ in range(3):
            site.store("edit", A, "-", "-")
            until_hosts(site, {B: "52:54:00:00:00:12,id:*,10.99.0.25,node-b\n"})
            site.store("edit", A, "10.99.0.21", MASK)
            until_hosts(site, {A: LINE,
                               B: "52:54:00:00:00:12,id:*,10.99.0.25,node-b\n"})
        ok(mosquitto.wait_for(lambda: server.reloads() > before),
           "after a removal it reads everything again")
        time.sleep(1)
        is_(server.reloads(), before + 1, "once for three removals")
        ok(server.alive(), "and lives on")
        unlike(server.log(), "bad hex|bad dhcp-host",
               "it can read all of them")
        owed(site, server)
    finally:
        server.stop()
    site.store("edit", A, "-", "-")
    ok(site.until_log("dnsmasq is not running"),
       "a pid file that is old signals nobody")


def owed(site, server):
    """kill -9 between a removal and its SIGHUP."""
    before = server.reloads()
    site.store("edit", A, "-", "-")
    until_hosts(site, {B: "52:54:00:00:00:12,id:*,10.99.0.25,node-b\n"})
    site.stop(signal.SIGKILL)
    site.start()
    ok(mosquitto.wait_for(lambda: server.reloads() > before),
       "a relay that was killed before the SIGHUP sends it when it is back")
    site.store("edit", A, "10.99.0.21", MASK)


def proxy(broker):
    with relay.Site(broker, NF_DHCP_MODE="proxy") as site:
        site.store("add", A, "10.99.0.21", MASK)
        site.write(f"hosts/{B}", "52:54:00:00:00:12,id:*,10.99.0.98\n")
        site.start()
        is_(until_hosts(site, {}), {},
            "beside another DHCP server there are no bindings")
        site.stop()


def main():
    missing = [name for name in ("mosquitto", "dnsmasq", "unshare", "ip", "cc")
               if not shutil.which(name)]
    if os.geteuid() != 0:
        missing.append("root")
    if missing or not os.path.exists(relay.RELAY):
        skip_all(f"needs {' '.join(missing) or relay.RELAY}")
    with relay.Broker() as broker:
        with relay.Site(broker) as site:
            site.start()
            static(site)
            task(site)
            task_address(site)
            repair(site)
            one_address(site)
            reload(site)
            like(site.log(), "wrote a DHCP binding", "each is told")
            unlike(site.log(), "set:", "and none sets a tag")
            is_(site.stop(), 0, "nf-relay ends when told to")
        proxy(broker)
    done()


main()
