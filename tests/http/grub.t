#!/usr/bin/env python3
"""GRUB's file over HTTP: what it says in each state, and to whom."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx, wait_for
from tap import done, is_, like, ok, unlike

MAC = "525400000031"
NODE = f"/api/v1/nodes/{MAC}"
# GRUB's own spelling: $net_default_mac
FILE = "/boot/52:54:00:00:00:31/grub.cfg"


def fetch(t, what, path=FILE):
    """The file's text; GRUB must be able to read it."""
    r = t.install("GET", path)
    is_(r.status, 200, f"{what}: 200")
    said = subprocess.run(["grub-script-check"], input=r.text, text=True,
                          capture_output=True).stderr
    is_(said, "", "GRUB can read it")
    is_(r.headers.get("cache-control"), "no-store", "nobody caches it")
    return r.text


def waits(t):
    text = fetch(t, "an unknown MAC", "/boot/52:54:00:00:00:aa/grub.cfg")
    like(text, r"(?m)^sleep \d+$", "it waits before it asks again")
    unlike(text, r"(?m)^linux ", "and boots nothing")
    ok(wait_for(lambda: t.api("GET", "/api/v1/nodes/5254000000aa").status
                == 200, 5), "asking has registered it")
    t.api("POST", "/api/v1/nodes", {"mac": MAC})
    like(fetch(t, "a discovered node"), "is waiting for", "it says so")
    r = t.install("GET", "/boot/nonsense/grub.cfg")
    is_((r.status, r.field), (400, "mac"), "no MAC at all: 400")


def installs(t):
    t.api("PUT", NODE, {"action": "install", "profile": "debian-image"})
    text = fetch(t, "a node that installs")
    server = re.search(r"regional_url=http://(\S+)", text)
    ok(server, "the agent is told the server")
    like(text, r"(?m)^linux \(http," + re.escape(server.group(1))
         + r"\)/files/agent/\$arch/vmlinuz ", "the kernel comes over HTTP")
    token = re.search(r" nf\.token=([a-z2-7]{32}) ", text)
    ok(token, "with the token of the attempt")
    is_(t.install("GET", f"/image/{MAC}/image.json?token={token.group(1)}")
        .status, 200, "which the order is given for")
    is_(t.install("POST", "/api/v1/device/operationComplete", {
        "mac": MAC, "token": token.group(1), "operation": "os_install",
        "success": True, "message": "done"}).status, 200, "it is installed")
    text = fetch(t, "an installed node")
    like(text, r"(?m)^ *chainloader \$file$", "it starts its own disk")
    like(text, "--set=root", "which the loader is told")
    unlike(text, r"nf\.token|\blinux ", "and nothing of ours")


def cards(t):
    """Whichever of its cards asks is the one that it goes on by."""
    first, second = "525400000033", "525400000034"
    t.api("POST", "/api/v1/nodes", {"mac": first, "macs": [second]})
    t.api("PUT", f"/api/v1/nodes/{first}",
          {"action": "install", "profile": "debian-12"})
    for mac in (first, second):
        colons = ":".join(re.findall("..", mac))
        text = fetch(t, f"the card {mac}", f"/boot/{colons}/grub.cfg")
        like(text, f" BOOTIF=01-{colons.replace(':', '-')} ",
             "the installer's card is the one that asked")
        like(text, f"/preseed/{mac}/preseed[.]cfg[?]token=",
             "and its answers are asked for by it")
        token = re.search("token=([a-z2-7]{32}) ", text)[1]
        is_(t.install("GET", f"/preseed/{mac}/preseed.cfg?token={token}")
            .status, 200, "which are given")
    t.api("PUT", f"/api/v1/nodes/{first}", {"action": "cancel"})
    t.api("PUT", f"/api/v1/nodes/{first}",
          {"action": "reinstall", "profile": "rocky-9"})
    for mac in (first, second):
        colons = ":".join(re.findall("..", mac))
        text = t.install("GET", f"/boot/{mac}/boot.ipxe").text
        path = re.search(r"inst[.]ks=http://[^/]+(\S+)", text)[1]
        like(t.install("GET", path).text, f"network --device={colons} ",
             "what an answer calls the card it was booted by is that")
    like(t.install("GET", f"/boot/{second}/boot.ipxe").text,
         "installs rocky-9 as node-525400000033",
         "its name is the node's, whichever asks")


def files(t):
    """A task's own kernel and initrd, by iPXE and by GRUB."""
    digests = {}
    for name in ("k/linux", "k/initrd"):
        made = t.api("PUT", f"/api/v1/files/{name}", f"bytes of {name}".encode())
        digests[name] = made.json["sha256"]
    for n, profile in enumerate(("debian-12", "rocky-9", "ubuntu-24.04")):
        mac = f"52540000004{n}"
        made = t.api("POST", "/api/v1/tasks", {
            "mac": mac, "profile": profile,
            "pxe": {"kernel_path": "k/linux", "initrd_path": "k/initrd"}})
        t.api("POST", f"/api/v1/tasks/{made.json['task_id']}/approve")
        script = t.install("GET", f"/boot/{mac}/boot.ipxe").text
        text = fetch(t, profile, f"/boot/{mac}/grub.cfg")
        for word, name in (("kernel|linux", "k/linux"),
                           ("initrd", "k/initrd")):
            path = f"/files/by-hash/{digests[name]}/{name[2:]}"
            like(script, f"(?m)^({word}) .*http://[^/]+{path}( |$)",
                 f"iPXE has {name}")
            like(text, f"(?m)^({word}) \\(http,[^)/]+\\){path}( |$)",
                 f"and so has GRUB")
            is_(t.install("GET", path).body, f"bytes of {name}".encode(),
                "which is there")
        like(text, " BOOTIF=01-52-54-00-00-00-4", "with its card")
        like(text, "(token=|/autoinstall/.*/)[a-z2-7]{32}", "and its token")
    r = t.api("POST", "/api/v1/tasks", {"mac": "525400000049",
                                        "pxe": {"kernel_path": "k/none"}})
    is_((r.status, r.field), (400, "pxe.kernel_path"),
        "one that is not there is refused")


NO_TAG = r"its network is a VLAN, .* given .* by vlan= and ip= in kernel_args"
TAGGED = (   # profile, what iPXE says, what GRUB says
    ("debian-image", r" nf\.vlan=82 ", r" nf\.vlan=82 "),
    ("debian-12", r" netcfg/vlan_id=82 ", r" netcfg/vlan_id=82 "),
    ("rocky-9", r" ifname=nfboot:\$\{mac\} vlan=nfboot\.82:nfboot "
     r"ip=nfboot\.82:dhcp ", r" ifname=nfboot:52:54:00:00:00:52 "
     r"vlan=nfboot\.82:nfboot ip=nfboot\.82:dhcp "),
    ("ubuntu-24.04", NO_TAG, NO_TAG),
)


def tagged(t):
    """What runs in a VLAN is told to tag it, by its own words."""
    own = {"pxe": {"kernel_path": "k/linux", "initrd_path": "k/initrd"}}
    for name in ("k/linux", "k/initrd"):
        t.api("PUT", f"/api/v1/files/{name}", b"bytes")
    for n, (profile, by_ipxe, by_grub) in enumerate(TAGGED):
        mac = f"52540000005{n}"
        made = t.api("POST", "/api/v1/tasks", {
            "mac": mac, "profile": profile, **(own if n else {})})
        t.api("POST", f"/api/v1/tasks/{made.json['task_id']}/approve")
        text = t.install("GET", f"/boot/{mac}/boot.ipxe").text
        like(text, by_ipxe, f"{profile} by iPXE")
        unlike(text, r" ip=dhcp| BOOTIF=.* vlan=", "and in no other way")
        like(fetch(t, profile, f"/boot/{mac}/grub.cfg"), by_grub,
             f"{profile} by GRUB")
    made = t.api("POST", "/api/v1/tasks", {
        "mac": "525400000059", "profile": "ubuntu-24.04", "pxe": {
            **own["pxe"],
            "kernel_params": "vlan=eno1.82:eno1 ip=eno1.82:dhcp"}})
    t.api("POST", f"/api/v1/tasks/{made.json['task_id']}/approve")
    for loader in ("boot.ipxe", "grub.cfg"):
        text = t.install("GET", f"/boot/525400000059/{loader}").text
        like(text, r"(?m)^(kernel|linux) .* vlan=eno1\.82:eno1 ip=eno1\.82:dhcp",
             f"ubuntu-24.04 by an operator's words, in {loader}")
        unlike(text, " ip=dhcp ", "and those alone")


def strange(t):
    """Installers that GRUB cannot start."""
    t.api("POST", "/api/v1/nodes", {"mac": "525400000032"})
    t.api("PUT", "/api/v1/nodes/525400000032",
          {"action": "install", "profile": "rocky-9"})
    text = fetch(t, "a profile for iPXE", "/boot/525400000032/grub.cfg")
    like(text, "needs iPXE", "it says why it stops")
    unlike(text, r"nf\.token|\blinux ", "and boots nothing")


def main():
    with Nginx() as t:
        waits(t)
        installs(t)
        strange(t)
        files(t)
        cards(t)
    with Nginx({"NF_DHCP_VLAN": "82"}) as t:
        tagged(t)
    with Nginx({"NF_DISCOVERY_MODE": "agent"}) as t:
        t.api("POST", "/api/v1/nodes", {"mac": MAC})
        text = fetch(t, "a node that waits, by nf-agent")
        like(text, r"(?m)^linux .* nf\.mac=525400000031 ", "it boots it")
        unlike(text, r"nf\.token", "without a token: there is no task")
    done()


main()
