#!/usr/bin/env python3
"""The files of PXELINUX and GRUB that nf-relay makes from the log."""

import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import mosquitto
import relay
from tap import done, is_, like, ok, unlike

A, B = "525400000021", "525400000022"
SECOND, THIRD, D, E = (f"5254000000{n}" for n in (23, 24, 25, 27))
MASK = "255.255.255.0"
PXE = "tftp/pxelinux.cfg/01-52-54-00-00-00-21"
GRUB = "tftp/grub/01-52:54:00:00:00:21.cfg"
TOKEN = r"nf\.token=[a-z2-7]{32}( |$)"


def there(site, name):
    return os.path.exists(site.path(name))


def until(site, name, text):
    """The file once it holds text, or as it is when patience ends."""
    def is_so():
        return there(site, name) and text in site.read(name)
    mosquitto.wait_for(is_so)
    return site.read(name) if there(site, name) else ""


def gone(site, name):
    return mosquitto.wait_for(lambda: not there(site, name))


def life(site):
    site.store("add", A, "10.99.0.21", "-", "node-a")
    mosquitto.wait_for(lambda: False, 1)
    ok(not there(site, PXE) and not there(site, GRUB),
       "a node that waits has no files")
    site.store("action", A, "install", "debian-image")
    text = until(site, PXE, "auto_install=true")
    like(text, r"^DEFAULT linux\nLABEL linux\n    KERNEL \S+/vmlinuz\n    "
               r"APPEND initrd=\S+/initrd.img ip=dhcp ", "PXELINUX's file")
    like(text, r"TIMEOUT 50\nPROMPT 0\n$", "to its end")
    like(text, r" regional_url=http://10\.99\.0\.1 .* sn=auto ",
         "leads nf-agent to us")
    like(text, TOKEN, "with the token of the attempt")
    like(until(site, GRUB, "linux "), TOKEN, "GRUB's has it too")
    site.store("served", A)
    site.store("done", A)
    like(until(site, PXE, "LOCALBOOT"), r"LABEL local\n    LOCALBOOT 0\n",
         "installed: PXELINUX boots the disk")
    like(until(site, GRUB, "own disk"), "chainloader", "and so does GRUB")
    site.store("action", A, "cancel")
    ok(gone(site, PXE), "PXELINUX's file goes with the task")
    ok(there(site, GRUB), "GRUB's stays: it decides under Secure Boot")


def installer(site):
    """One that is fetched over HTTP, which PXELINUX does not speak."""
    site.store("action", A, "reinstall", "debian-12")
    text = until(site, PXE, "ipxe.lkrn")
    like(text, "boot.ipxe[?]via=pxelinux", "iPXE goes on, and not back")
    unlike(text, "token", "no token there")
    site.store("no-pxe", A)
    ok(gone(site, PXE), "an operator can take it away")
    site.stop(signal.SIGKILL)
    site.start()
    mosquitto.wait_for(lambda: False, 2)
    ok(not there(site, PXE), "and it stays away")
    site.store("action", A, "cancel")


def twins(site):
    """No installer while a machine of another serial number has the MAC."""
    site.store("report", A, "RIGHT-1")
    site.store("action", A, "reinstall", "debian-12")
    like(until(site, PXE, "ipxe.lkrn"), "ipxe.lkrn", "a file starts it")
    site.store("report", A, "OTHER-1")
    ok(gone(site, GRUB) and gone(site, PXE), "until another machine reports")
    site.store("report", A, "RIGHT-1")
    like(until(site, PXE, "ipxe.lkrn"), "ipxe.lkrn",
         "and again when the right one has")
    site.store("action", A, "cancel")


def kernel_args(site):
    """A machine that needs words of its own on the kernel command line needs
    them from every loader."""
    site.store("profile", "odd", json.dumps({
        "method": "image", "image": {"file": "images/x.img"},
        "kernel_args": "console=ttyAMA0 nf.shell"}))
    site.store("action", A, "reinstall", "odd")
    for name in (PXE, GRUB):
        like(until(site, name, "nf.shell"),
             "console=ttyS0,115200n8 console=ttyAMA0 nf.shell",
             f"the profile's kernel_args in {name}")
    site.store("action", A, "cancel")


def kernel_files(site):
    """An installer whose kernel is among the boot files comes by TFTP too, by
    the path that its content has below the TFTP root."""
    def pinned(name, digit):
        return {"path": f"k/{name}", "sha256": digit * 64, "size": 9}

    site.store("profile", "files", json.dumps({
        "method": "preseed", "suite": "bookworm",
        "kernel": pinned("linux", "a"), "initrd": pinned("initrd", "b")}))
    site.store("action", A, "reinstall", "files")
    text = until(site, GRUB, "linux ")
    like(text, f"(?m)^linux /files/by-hash/aa/{'a' * 64} ", "GRUB's kernel")
    like(text, f"(?m)^initrd /files/by-hash/bb/{'b' * 64}$", "and initrd")
    like(text, r"token=[a-z2-7]{32} ", "with the token of its answers")
    like(until(site, PXE, "ipxe.lkrn"), "via=pxelinux", "PXELINUX has iPXE")
    site.store("action", A, "cancel")
    site.store("action", A, "reinstall", "debian-12")
    like(until(site, GRUB, "cannot be installed"),
         "needs iPXE, or kernel and initrd among the boot files",
         "what stands on the mirror does not")
    site.store("action", A, "cancel")


def repair(site):
    site.store("action", A, "reinstall", "debian-image")
    until(site, PXE, "auto_install")
    before = site.read(PXE)
    is_(site.stop(), 0, "nf-relay ends")
    site.write(PXE, "what somebody wrote")
    site.write("tftp/pxelinux.cfg/01-52-54-00-00-00-99", "of no node")
    site.write("tftp/pxelinux.cfg/default-of-operator", "kept")
    site.start()
    is_(until(site, PXE, "auto_install"), before, "a start repairs a file")
    ok(gone(site, "tftp/pxelinux.cfg/01-52-54-00-00-00-99"),
       "and removes one of no node")
    is_(site.read("tftp/pxelinux.cfg/default-of-operator"), "kept",
        "but what is the operator's stays")
    site.store("action", A, "cancel")


def cards(site):
    """Each card that counts has files of its own, which name it; one that
    counts no more has none."""
    def files(mac):
        hyphens = "-".join(re.findall("..", mac))
        return (f"tftp/pxelinux.cfg/01-{hyphens}",
                f"tftp/grub/01-{hyphens.replace('-', ':')}.cfg")

    site.store("macs", A, SECOND, THIRD)
    site.store("action", A, "reinstall", "debian-image")
    for mac in (A, SECOND, THIRD):
        for name in files(mac):
            like(until(site, name, "nf.token"), f" nf\\.mac={mac} ",
                 f"{name} says by which card")
    tokens = {re.search("nf.token=([a-z2-7]+)", site.read(name))[1]
              for mac in (A, SECOND) for name in files(mac)}
    is_(len(tokens), 1, "all of one attempt")
    site.store("macs", A, THIRD)
    ok(all(gone(site, name) for name in files(SECOND)),
       "a card that is taken from the node has none any more")
    ok(all(there(site, name) for name in files(THIRD)), "the others stay")
    site.store("action", A, "cancel")
    site.store("action", A, "reinstall", "debian-12")
    text = until(site, files(THIRD)[0], "ipxe.lkrn")
    like(text, r"iseq \$\{net1/mac\} 52:54:00:00:00:24 && set card net1 ; ",
         "iPXE is told which of its cards it is")
    like(text, rf" dhcp \$\{{card\}} && chain .*/boot/{THIRD}/boot\.ipxe",
         "and asks by that one")
    ok(all(len(line) < 2040 for line in text.splitlines()),
       "in a line that a kernel's command line holds")
    site.store("action", A, "cancel")
    ok(gone(site, files(THIRD)[0]), "no file is left when the task is over")


def turn(site):
    """What holds a token is there when the machine is to boot by it, and not
    before."""
    name = "tftp/pxelinux.cfg/01-52-54-00-00-00-25"
    grub = "tftp/grub/01-52:54:00:00:00:25.cfg"
    site.store("add", D, "10.99.0.25", "-", "node-d")
    site.store("switched", D, "debian-image")
    seen = site.events("task.step")[-1]["seq"]
    site.store("add", "525400000026", "10.99.0.26", MASK)
    mosquitto.wait_for(lambda: there(site, "hosts/525400000026"))
    ok(there(site, "hosts/525400000026") and seen,
       "nf-relay has read of a later change")
    ok(not there(site, name) and not there(site, grub),
       "no file while the switch is waited for")
    site.store("obeyed", D)
    like(until(site, name, "nf.token"), TOKEN, "PXELINUX's when that is done")
    like(until(site, grub, "nf.token"), TOKEN, "and GRUB's")
    site.store("action", D, "cancel")
    ok(gone(site, name) and gone(site, grub),
       "and none while it is undone")


def always(site):
    """A machine that loads PXELINUX at every boot is told its card also when
    there is nothing to do."""
    name = "tftp/pxelinux.cfg/01-52-54-00-00-00-27"
    site.store("add", E, "10.99.0.27", "-")
    text = until(site, name, "menu.c32")
    like(text, r"iseq \$\{net0/mac\} 52:54:00:00:00:27 ", "its card")
    like(text, r"(?m)^ONTIMEOUT nodefoundry$", "behind a menu")
    unlike(text, "token", "that holds no token")
    site.store("delete", E)
    ok(gone(site, name), "and goes with its node")


def waits_for_files(site):
    """A task with a boot file goes on when its files are there."""
    site.store("bind", B, "10.99.0.22", "pxelinux.0")
    is_(site.stop(), 0, "nf-relay ends")
    site.store("action", B, "install", "debian-image")
    is_(site.node(B)["task"], "approved", "the task is approved")
    site.start()
    name = "tftp/pxelinux.cfg/01-52-54-00-00-00-22"
    like(until(site, name, "auto_install"), "auto_install", "the file is made when nf-relay is back")
    like(site.read("hosts/525400000022"), r"^52:54:00:00:00:22,id:\*,10\.99\.0\.22",
         "and the binding")


LOCAL = (("-1", r"LABEL local\n    LOCALBOOT -1\nTIMEOUT"),
         ("ipxe", r"LABEL local\n    KERNEL ipxe\.lkrn\n    APPEND .*dhcp \S+ && "
          r"chain .*/boot/525400000021/boot\.ipxe\?via=pxelinux\nTIMEOUT"))


def own_disk(site, pattern):
    """A machine whose boot ROM does not go on by itself."""
    site.store("add", A, "10.99.0.21", "-", "node-a")
    for step in (("action", A, "install", "debian-image"), ("served", A),
                 ("done", A)):
        site.store(*step)
    like(until(site, PXE, "LABEL local"), pattern,
         f"NF_PXELINUX_LOCALBOOT={site.settings['NF_PXELINUX_LOCALBOOT']}")


def main():
    with relay.Broker() as broker:
        for value, pattern in LOCAL:
            with relay.Site(broker, NF_PXELINUX_LOCALBOOT=value) as site:
                site.start()
                own_disk(site, pattern)
                is_(site.stop(), 0, "it ends by SIGTERM")
        with relay.Site(broker, NF_UEFI_LOADER="grub",
                        NF_PXELINUX_MACS="52:54:00:00:00:27") as site:
            site.start()
            life(site)
            installer(site)
            twins(site)
            kernel_args(site)
            kernel_files(site)
            repair(site)
            cards(site)
            turn(site)
            always(site)
            waits_for_files(site)
            is_(site.stop(), 0, "it ends by SIGTERM")
            unlike(site.log(), "could not", "nothing failed")
    done()


main()
