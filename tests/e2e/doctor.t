#!/usr/bin/env python3
"""`nf doctor` on a bastion in a namespace: what is well, and each thing that is
not; nothing that it does is kept."""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
import netns  # noqa: E402
from nginx import stand_ins, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all  # noqa: E402
from up import Up  # noqa: E402

MIRROR = 8099


def doctor(site, pair, *words):
    return subprocess.run(
        pair.command(pair.server, bastion.NF, "doctor", *words),
        env=site.environ(), cwd=site.dir, capture_output=True, text=True,
        timeout=limit(120))


def told(site, pair):
    """(exit status, {check: [(result, message)]})."""
    ran = doctor(site, pair, "--json")
    found = {}
    for line in json.loads(ran.stdout):
        found.setdefault(line["check"], []).append(
            (line["result"], line["message"]))
    return ran.returncode, found


def results(found, check):
    return {result for result, _ in found.get(check, [])}


def words(found, check):
    return "; ".join(message for _, message in found.get(check, []))


def stored(site):
    """All but what others write by themselves."""
    others = ('{"key":"reservations/', '{"key":"cursors/')
    return [line for line in site.nf("dump").stdout.splitlines()
            if not line.startswith(others)]


def all_is_well(site, pair):
    wait_for(lambda: results(told(site, pair)[1], "api") == {"ok"}, 60)
    wait_for(lambda: '"online":true' in site.nf("dump", "--prefix",
                                                "workers/").stdout)
    before = stored(site)
    status, found = told(site, pair)
    for check in ("room", "api", "broker", "dhcp", "tftp", "script", "agent",
                  "profile", "mirror"):
        ok("fail" not in results(found, check) and check in found,
           f"{check} is well") or diag(words(found, check))
    is_(status, 0, "exit status 0") or diag(json.dumps(found))
    like(words(found, "dhcp"), r"this server offers 10\.99\.0\.\d+ and the boot file \S+",
         "what is offered to a BIOS machine is told")
    like(words(found, "broker"), "accepts connections", "a node may connect")
    is_(stored(site), before, "the store is as it was: no node came of it")
    ran = doctor(site, pair)
    like(ran.stdout, r"(?m)^ok    dhcp     this server offers", "the same as lines")


def another_server(site, pair):
    """Another DHCP server on the wire is named by its address."""
    other = subprocess.Popen(
        pair.command(pair.client, "dnsmasq", "-d", "-C", "/dev/null", "-p", "0",
                     "--dhcp-range=10.99.1.50,10.99.1.60,255.255.0.0,120",
                     f"--interface={pair.client_link}", "--bind-interfaces",
                     "--dhcp-authoritative",
                     f"--dhcp-leasefile={site.path('other.leases')}"),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def named():
            status, found = told(site, pair)
            return ("another DHCP server, 10.99.0.2, offers 10.99.1."
                    in words(found, "dhcp") and (status, found))
        seen = wait_for(named, 60)
        ok(seen, "another DHCP server is named")
        is_(seen and seen[0], 1, "and the exit status is 1")
    finally:
        other.terminate()
        other.wait()


def what_is_missing(site, pair):
    name = "files/images/debian-12-amd64.img"
    os.rename(site.path(name), site.path("away"))
    status, found = told(site, pair)
    is_((status, results(found, "profile")), (1, {"fail"}),
        "the default profile's image is missing")
    like(words(found, "profile"), "debian-12-amd64.img is not among the boot "
         "files", "and named")
    os.rename(site.path("away"), site.path(name))


def all_is_down(site, pair):
    status, found = told(site, pair)
    is_(status, 1, "without nf up the exit status is 1")
    for check, pattern in (("api", "does not answer"),
                           ("broker", "does not accept connections"),
                           ("dhcp", "no offer from this server"),
                           ("script", "boot script of a new machine: "),
                           ("mirror", "from NF_MIRROR_URL: ")):
        like(words(found, check), pattern, f"{check} says what it met")
        ok(results(found, check) & {"fail", "warn"}, "and that this is wrong")
    site.settings["NF_DHCP_INTERFACE"] = "eth9"
    status, found = told(site, pair)
    is_((status, results(found, "settings")), (1, {"fail"}),
        "settings that are not valid here end it")


def main():
    if os.geteuid() != 0:
        skip_all("needs root for network namespaces")
    with netns.Pair() as pair, bastion.Bastion(
            netns.SERVER, NF_DHCP_IP_POOL_START="10.99.0.50",
            NF_DHCP_IP_POOL_END="10.99.0.99", NF_DHCP_NETMASK="255.255.0.0",
            NF_DHCP_INTERFACE=pair.server_link,
            NF_DEFAULT_PROFILE="debian-image",
            NF_MIRROR_URL=f"127.0.0.1:{MIRROR}") as site:
        stand_ins(site.path("files"))
        site.write("files/images/debian-12-amd64.img.sha256", "0" * 64)
        site.write("tftp/undionly.kpxe", "a loader " * 200)
        site.write("tftp/ipxe.efi", "a loader " * 200)
        site.write("mirror/debian/dists/bookworm/Release", "Suite: x\n")
        mirror = subprocess.Popen(
            pair.command(pair.server, sys.executable, "-m", "http.server",
                         "--bind", "127.0.0.1", "--directory",
                         site.path("mirror"), str(MIRROR)),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        up = Up(site, pair.server)
        try:
            ok(wait_for(lambda: up.is_complete() and up.serves(), 60),
               "the bastion is up") or diag(up.words())
            all_is_well(site, pair)
            another_server(site, pair)
            what_is_missing(site, pair)
        finally:
            up.process.send_signal(signal.SIGTERM)
            up.process.wait(limit(60))
            mirror.terminate()
            mirror.wait()
        all_is_down(site, pair)
    done()


main()
