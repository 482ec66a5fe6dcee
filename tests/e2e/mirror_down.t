#!/usr/bin/env python3
"""A mirror that is away: it is said before a machine restarts, and who begins
all the same meets what was said.  The real nginx as it is shipped, nf-relay
and mosquitto."""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import wait_for
from packages import Mirror
from relay import RELAY, Broker
from shipped import Shipped
from tap import diag, done, is_, like, ok

RELEASE = "/debian/dists/bookworm/Release"
IMAGE = {"method": "image", "image": {"file": "images/x.img"},
         "first_boot": "none", "os_version": "12",
         "os_type": "debian", "suite": "bookworm"}
SOCKET = r"unix:\S+/m\.sock"


def mac(n):
    return f"52:54:00:00:00:{n:02x}"


class Site:
    def __init__(self, t, mirror):
        self.t, self.mirror = t, mirror
        self.n = 0
        self.start()
        ok(wait_for(lambda: self.troubles() == [], 60), "all is well")

    def start(self):
        self.relay = subprocess.Popen(
            [RELAY], env=self.t.environ(),
            stderr=open(self.t.path("relay.log"), "ab"))

    def node(self):
        """One that waits at its boot script."""
        self.n += 1
        self.t.install("GET", f"/boot/{mac(self.n).replace(':', '')}/boot.ipxe")
        return mac(self.n)

    def install(self, *words):
        node = self.node()
        return node, self.t.nf("install", node, "--yes", *words)

    def installed(self):
        """One that runs a system, by a profile that needs no mirror."""
        node, _ = self.install("--profile", "plain")
        card = node.replace(":", "")
        script = self.t.install("GET", f"/boot/{card}/boot.ipxe").text
        token = script.split("nf.token=")[1].split()[0]
        for operation in ("network_config", "os_install"):
            self.t.install("POST", "/api/v1/device/operationComplete", {
                "mac": card, "token": token, "operation": operation,
                "success": True})
        return node

    def reinstall(self, *words):
        node = self.installed()
        return node, self.t.nf("reinstall", "--yes-wipe", node, *words)

    def look(self, troubles):
        """nf-relay looks, and twice at what is wrong."""
        self.relay.send_signal(signal.SIGHUP)
        if not is_(wait_for(lambda: self.troubles() == troubles and "so", 60),
                   "so", f"/health says {troubles}"):
            diag(str(self.troubles()), self.t.read("relay.log")[-2000:])

    def troubles(self):
        said = self.t.api("GET", "/health").json
        return [d["word"] for d in said.get("details", [])]

    def end(self):
        self.relay.terminate()
        is_(self.relay.wait(30), 0, "nf-relay ends")


def refused(site, words, profile="debian-12"):
    node, said = site.reinstall("--profile", profile)
    is_((said.returncode, said.stdout), (1, ""),
        "one of a machine that runs a system is refused")
    like(said.stderr, rf"needs the mirror {SOCKET}, which fails: "
         rf"{words}\. Check NF_MIRROR_URL\n$", "  with the mirror's name and what it lacks")
    shown = site.t.api("GET", f"/api/v1/nodes/{node.replace(':', '')}").json
    is_((shown["status"], shown["state"]), ("installed", "installed"),
        "  and its machine is left alone")


def allowed(site, *more):
    _, said = site.install(*more)
    if not is_((said.returncode, said.stderr), (0, ""), "one is begun"):
        diag(said.stdout)


def is_away(site):
    t = site.t
    is_(t.install("GET", RELEASE).status, 200, "nodes reach the mirror by us")
    site.mirror.stop()
    site.look(["mirror_down"])
    like(t.nf("status").stdout, r"\nmirror_down: The mirror has not served "
         rf"packages since \S+ \({SOCKET}: Connection refused\)",
         "nf status names it")
    is_(t.install("GET", RELEASE).status, 200, "what is in the cache is served")
    refused(site, "Connection refused")
    allowed(site, "--profile", "plain")
    refused(site, "Connection refused", "more")
    doctor = t.nf("doctor", "--json")
    like(doctor.stdout, r"as nf-relay last saw it: Connection refused",
         "nf doctor does not take the cache for the mirror")


def fails_as_it_was_said(site):
    t = site.t
    _, said = site.reinstall("--force", "--profile", "more")
    is_(said.returncode, 0, "it may be forced")
    node, said = site.install()
    is_(said.returncode, 0, "a machine without a system is installed")
    like(said.stderr, "warning: .*which fails: Connection refused",
         "with a warning")
    like(t.install("GET", f"/boot/{node.replace(':', '')}/boot.ipxe").text,
         "debian-installer", "the machine is served the installer's script")
    is_(t.install("GET", "/debian/dists/bookworm/main/installer-amd64/current/"
                  "images/netboot/debian-installer/amd64/linux").status, 502,
        "and its kernel is none: the mirror's")
    why = t.nf("why", node).stdout
    like(why, r"The mirror has not served packages since ", "nf why says so")


def is_there_again(site):
    site.mirror.start_again()
    site.look([])
    allowed(site)
    site.mirror.answer(404)
    site.look(["mirror_down"])
    refused(site, r"dists/bookworm/Release was answered 404")
    site.mirror.answer(301)
    site.look(["mirror_down"])
    ok(wait_for(lambda: "answered 301" in site.t.api("GET", "/health").text, 60),
       "whom the mirror sends on gets nothing either")


def is_away_at_the_start(site):
    site.end()
    os.unlink(site.t.path("run/relay/mirror"))
    site.start()
    ok(wait_for(lambda: site.troubles() == ["mirror_down"], 60),
       "it is said at once after a start")
    refused(site, "dists/bookworm/Release was answered 301")


def main():
    mirror = Mirror()
    with Broker() as broker, Shipped("info", settings={
            "NF_MIRROR_URL": mirror.url,
            "NF_MQTT_BROKER": f"127.0.0.1:{broker.port}"}) as t:
        t.allowed = r"m\.sock"
        t.write("files/images/x.img.sha256", "0" * 64)
        for name, more in (("plain", {}), ("more", {"packages": ["mc"]})):
            made = t.api("PUT", f"/api/v1/profiles/{name}", {**IMAGE, **more})
            is_(made.status, 201, f"a profile: {name}")
        site = Site(t, mirror)
        allowed(site)
        is_away(site)
        fails_as_it_was_said(site)
        is_there_again(site)
        is_away_at_the_start(site)
        site.end()
    mirror.remove()
    done()


main()
