#!/usr/bin/env python3
"""What keeps a machine from its address stands in /health, in `nf status` and in
front of what `nf why` says of that machine: dnsmasq that hangs, dnsmasq that
does not start, a disk of NF_RUN_DIR that is full; each until it is over."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import dhcp     # noqa: E402
import netns    # noqa: E402
import powerup  # noqa: E402
from dnsmasq import until  # noqa: E402
from serving import PXE, Site  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all  # noqa: E402

MAC = "525400000001"
TIME = r"[0-9TZ:-]+"


def asks(pair, card):
    client = dhcp.Client(pair)
    try:
        return client.lease(card, PXE)
    finally:
        client.close()


def words(site):
    return [d["word"] for d in site.health()[1].get("details", [])]


def told(site, word, sentence, also=""):
    if not ok(until(lambda: word in words(site)
                    and also in str(site.health()), 60), f"/health says {word}"):
        diag(str(site.health()), site.up.words()[-2000:])
    said = site.api("GET", f"/api/v1/nodes/{MAC}/timeline")[1]
    is_(said["waits"].get("trouble"), word, "  nf why knows of it")
    like(said["now"], "^" + sentence, "  and begins with it")


def well(site, what):
    if not ok(until(lambda: words(site) == [], 60), f"all is well: {what}"):
        diag(str(site.health()), site.up.words()[-2000:])
    said = site.api("GET", f"/api/v1/nodes/{MAC}/timeline")[1]
    is_(said["waits"].get("trouble"), None, "  nf why is about the node")


def dnsmasq_hangs(site, pair):
    pid = site.pid("dnsmasq")
    os.kill(pid, signal.SIGSTOP)
    try:
        machines = powerup.Rack(pair.client, pair.client_link)
        got = machines.switch_on([powerup.mac(n) for n in range(8, 11)], PXE,
                                 within=9)
        machines.close()
        is_(powerup.addresses(got), [None] * 3, "nobody is answered")
        told(site, "dhcp_hung", r"dnsmasq has not answered a machine since "
             rf"{TIME} \(process {pid}\): none gets an address\. End it with "
             rf"`kill -9 {pid}`: `nf up` starts it again\. ")
    finally:
        os.kill(pid, signal.SIGKILL)
    well(site, "killed as advised")
    ok(until(lambda: asks(pair, "52:54:00:00:00:08")), "it is answered")


def dnsmasq_fails(site):
    name = "run/dnsmasq.conf"
    rendered = site.read(name)
    site.write(name, rendered + "\nnonsense\n")
    os.kill(site.pid("dnsmasq"), signal.SIGKILL)
    told(site, "dhcp_gone", rf"dnsmasq has not been running since {TIME} "
         r"\(ended with status 1: dnsmasq: bad option [^)]*\): no machine gets an "
         r"address or a boot loader\. ", "bad option")
    site.write(name, rendered)
    well(site, "what it says is fixed")


def reload_is_refused(site):
    """What runs is not taken down for an interface that is not there."""
    pid = site.pid("dnsmasq")
    said = len(site.up.words())
    old = site.settings["NF_DHCP_INTERFACE"]
    site.settings["NF_DHCP_INTERFACE"] = "nope0"
    site.environ()
    site.up.process.send_signal(signal.SIGHUP)
    ok(until(lambda: "the settings were not reloaded"
             in site.up.words()[said:], 30), "a reload that would end DHCP is "
       "refused")
    like(site.up.words()[said:], "NF_DHCP_INTERFACE names nope0", "  by name")
    site.settings["NF_DHCP_INTERFACE"] = old
    site.environ()
    is_((site.pid("dnsmasq"), words(site)), (pid, []), "  and dnsmasq runs on")


def run_dir_is_full(site):
    fill = site.path("run/fill")
    with open(fill, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass
    told(site, "run_full", rf"The disk of NF_RUN_DIR has been full since {TIME} "
         rf"\({site.path('run')}\): nf-relay cannot say how it is")
    os.unlink(fill)
    well(site, "there is room")


def main():
    missing = [name for name in ("ip", "dnsmasq", "nginx", "mosquitto", "mount")
               if not shutil.which(name, path=os.environ["PATH"]
                                   + ":/usr/sbin:/sbin")]
    if os.geteuid() != 0 or missing:
        skip_all(f"needs root, and {missing}")
    with netns.Pair() as pair, Site(pair) as site:
        run = site.path("run")
        os.makedirs(run)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs",
                           run], capture_output=True).returncode:
            skip_all("may not mount a disk of its own")
        try:
            if not ok(site.start(), "nf up serves"):
                diag(site.up.words())
                done()
            site.api("POST", "/api/v1/nodes", {"mac": MAC})
            well(site, "at first")
            reload_is_refused(site)
            dnsmasq_hangs(site, pair)
            dnsmasq_fails(site)
            run_dir_is_full(site)
            site.stop()
        finally:
            subprocess.run(["umount", "-l", run], check=False)
    done()


if __name__ == "__main__":
    main()
