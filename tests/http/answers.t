#!/usr/bin/env python3
"""Answers of every installer: who gets them, and what stands in them."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

import kickstart
from nginx import Nginx
from tap import done, is_, like, ok, unlike

PROFILES = "/api/v1/profiles"


def install(t, mac, profile, serial, **more):
    """A node of its own that installs; its boot script."""
    made = t.api("POST", "/api/v1/nodes", {"mac": mac, "serial": serial})
    is_((made.status, made.error), (201, None), f"{profile}: a node")
    r = t.api("PUT", f"/api/v1/nodes/{mac}",
              {"action": "install", "profile": profile, **more})
    is_((r.status, r.error), (200, None), f"{profile}: is to be installed")
    script = t.install("GET", f"/boot/{mac}/boot.ipxe")
    ok(script.text.startswith("#!ipxe\n"), f"{profile}: a boot script")
    return script.text


def token_of(text, pattern):
    found = re.search(pattern, text)
    ok(found, f"the script leads to the answers: {pattern}")
    return found[1] if found else ""


def ubuntu(t):
    mac = "525400000011"
    script = install(t, mac, "ubuntu-24.04", "U-1")
    token = token_of(script, rf"ds=nocloud-net;s=http://\S+/autoinstall/{mac}/"
                     r"([a-z2-7]+)/\$\{firmware\}/ ")
    base = f"/autoinstall/{mac}/{token}"
    r = t.install("GET", f"{base}/uefi/user-data")
    is_(r.status, 200, "user-data")
    ok(r.text.startswith("#cloud-config\n"), "is cloud-config")
    like(r.text, "name: direct", "of a plain disk")
    is_(t.install("GET", f"{base}/bios/meta-data").text,
        f"instance-id: task-{t.api('GET', f'/api/v1/nodes/{mac}').json['task'][5:]}"
        f"\nlocal-hostname: node-{mac}\n", "meta-data names task and host")
    r = t.install("GET", f"{base}/bios/vendor-data")
    is_((r.status, r.text), (200, ""), "vendor-data is empty")
    for path in (f"/autoinstall/{mac}/{token[:-1]}a/bios/user-data",
                 f"/autoinstall/{mac}/x/bios/user-data",
                 f"/autoinstall/525400000099/{token}/bios/user-data",
                 f"/autoinstall/{mac}/x/bios/meta-data"):
        if path != f"{base}/bios/user-data":
            is_(t.install("GET", path).status, 403, f"refused: {path[:40]}")
    is_(t.install("GET", f"/kickstart/{mac}/kickstart.cfg?token={token}")
        .status, 404, "it has no kickstart file")


def rocky(t):
    mac = "525400000012"
    script = install(t, mac, "rocky-9", "R-1")
    like(script, r"kernel http://\S+/images/pxeboot/vmlinuz ",
         "the kernel comes from the repository")
    token = token_of(script, r"kickstart\.cfg\?token=([a-z2-7]+) ")
    path = f"/kickstart/{mac}/kickstart.cfg"
    r = t.install("GET", f"{path}?token={token}")
    is_((r.status, kickstart.faults_of(r.text, "9")), (200, []),
        "a kickstart file without a fault")
    is_(t.install("GET", path).status, 403, "not without the token")
    for way, name in ((t.install, "the install network"), (t.api, "the API")):
        r = way("GET", f"/api/v1/kickstart/R-1?token={token}")
        is_((r.status, r.text.splitlines()[-1]), (200, "%end"),
            f"by serial number, on {name}")
    is_(t.install("GET", "/api/v1/kickstart/R-1?token=aaaa").status, 403,
        "by serial number with a wrong token")
    is_(t.install("GET", "/api/v1/kickstart/R-1").status, 403,
        "and without one, when the caller does not hold the node's lease")
    is_(t.install("GET", f"/api/v1/kickstart/R-2?token={token}").status, 403,
        "a serial number that nobody has")


def own(t):
    """A task has the profile as it was when the task was made."""
    mac = "525400000013"
    body = {"method": "preseed", "suite": "bookworm", "os_type": "debian",
            "packages": ["first"], "users": [{"name": "ops"}],
            "templates": {"boot": "#!ipxe\necho {{hostname}} {{token}} "
                                  "{{#install.packages}}{{.}}"
                                  "{{/install.packages}}\n"}}
    r = t.api("PUT", f"{PROFILES}/mine", body)
    is_((r.status, r.error), (201, None), "a profile of our own")
    script = install(t, mac, "mine", "M-1")
    token = token_of(script, rf"echo node-{mac} ([a-z2-7]+) first\n")
    path = f"/preseed/{mac}/preseed.cfg?token={token}"
    like(t.install("GET", path).text, r"pkgsel/include .* first\n",
         "its answers are of it")
    t.api("PUT", f"{PROFILES}/mine", dict(body, packages=["second"]))
    like(t.install("GET", path).text, r"pkgsel/include .* first\n",
         "a change does not reach an installation that has begun")
    is_(t.api("DELETE", f"{PROFILES}/mine").status, 204, "it is deleted")
    r = t.install("GET", path)
    like(r.text, r"pkgsel/include .* first\n", "nor does that")
    unlike(r.text, r"\{\{", "nothing is left of the template's marks")
    r = t.api("GET", f"/api/v1/preseed/M-1?token={token}")
    is_(r.status, 200, "by serial number as well")


def addresses(t):
    """A static network without an address is said, not guessed."""
    mac = "525400000014"
    t.api("PUT", f"{PROFILES}/static", {
        "method": "kickstart", "repository": "http://10.0.0.1/r",
        "network": {"method": "static"}})
    script = install(t, mac, "static", "S-1", force=True)
    like(script, "its network is static, and it has no address",
         "the machine says what is missing")


def upload(t, path, content):
    r = t.api("PUT", f"/api/v1/files/{path}", content,
              {"Content-Type": "application/octet-stream"})
    is_(r.status // 100, 2, f"upload {content!r} to {path}") \
        or print("#", r.text)


def pinned(t):
    """A running installation has its boot files as they were."""
    mac = "525400000015"
    for name in ("vmlinuz", "initrd", "a.iso"):
        upload(t, f"u/{name}", f"first {name}".encode())
    t.api("PUT", f"{PROFILES}/pin", {
        "method": "autoinstall", "kernel": "u/vmlinuz", "initrd": "u/initrd",
        "iso": "u/a.iso"})
    script = install(t, mac, "pin", "P-1")
    url = token_of(script, r"kernel http://[^/]+(/files/by-hash/"
                   r"[0-9a-f]{64}/vmlinuz) ")
    is_(t.install("GET", url).text, "first vmlinuz", "the kernel, by its hash")
    upload(t, "u/vmlinuz", b"second")
    is_(t.install("GET", "/files/u/vmlinuz").text, "second", "it changes")
    like(t.install("GET", f"/boot/{mac}/boot.ipxe").text, re.escape(url),
         "but not for the installation that runs")
    is_(t.install("GET", url).text, "first vmlinuz", "which still gets it")


with Nginx() as t:
    ubuntu(t)
    rocky(t)
    own(t)
    addresses(t)
    pinned(t)
done()
