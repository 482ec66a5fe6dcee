#!/usr/bin/env python3
"""Every shipped profile, as far as it can be installed without its vendor's
installer: by a real server, with the scripts in the answers run as they are.
What nf-agent installs by itself goes to the end in virtual machines; which
test that is stands here, so that none is forgotten."""

import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import disks  # noqa: E402
import installers  # noqa: E402
import tap  # noqa: E402
from nginx import Nginx  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))

# Where its answer is, and how a test sees the rest of it.
ANSWERS = {
    "preseed": r"url=(http://\S+/preseed/\S+)",
    "kickstart": r"inst\.ks=(http://\S+)",
    "autoinstall": r"ds=nocloud-net;s=(http://\S+/)\$\{firmware\}/",
}
MACHINES = {
    "debian-image": "tests/e2e/lab_bios.t",
    "debian-12-handover": "tests/e2e/lab_handover.t",
    "image": "tests/e2e/agent_archive.t",
}


def path_of(url):
    return "/" + url.split("/", 3)[3]


def boot_files(t, name, script):
    """What a boot script fetches from us is there, and is what was put."""
    for kind in ("kernel", "initrd"):
        url = re.search(rf"^{kind} (?:--name \S+ )?(\S+)", script, re.M)[1]
        if "/files/" in url and "${arch}" not in url:
            r = t.install("GET", path_of(url))
            tap.is_(r.status, 200, f"{name}: its {kind} is served")
        else:
            tap.like(url, r"^(http://\S+|\$\{di\}/\S+)$",
                     f"{name}: its {kind} comes from its vendor")


def put_files(t, profile):
    """What the profile says it needs among the boot files."""
    for key in ("kernel", "initrd", "iso"):
        if key in profile:
            t.api("PUT", f"/api/v1/files/{profile[key]}", key.encode(),
                  {"Content-Type": "application/octet-stream"})
    if "image" in profile:
        t.api("PUT", f"/api/v1/files/{profile['image']['file']}", b"image",
              {"Content-Type": "application/octet-stream"})


def begin(t, name, mac):
    t.api("POST", "/api/v1/nodes", {"mac": mac})
    r = t.api("PUT", f"/api/v1/nodes/{mac}",
              {"action": "install", "profile": name})
    tap.is_(r.status, 200, f"{name}: is to be installed")
    script = t.install("GET", f"/boot/{mac}/boot.ipxe").text
    boot_files(t, name, script)
    return script


def steps_of(t, mac):
    task = t.api("GET", f"/api/v1/nodes/{mac}/timeline").json["task"]
    return {step["step"]: step["status"] for step in task["steps"]}


def install(t, name, method, mac, directory):
    """The installer's own way, with stand-ins for what it does itself."""
    script = begin(t, name, mac)
    url = re.search(ANSWERS[method], script)[1]
    path = path_of(url) + ("bios/user-data" if method == "autoinstall" else "")
    answer = t.install("GET", path)
    tap.is_(answer.status, 200, f"{name}: its answers are given")
    tree = disks.make(disks.sticks, directory / "tree")
    with installers.Site(directory / "site", AGENT, tree.root, {},
                         real=t.install_port) as site:
        t.write("files/agent/amd64/nodefoundry-agent", site.server.agent)
        done, chosen = installers.METHODS[method](site, answer.text)
        if not tap.is_((done.returncode, chosen), (0, "/dev/sdd"),
                       f"{name}: the disk is chosen by the rule"):
            tap.diag(done.stdout, done.stderr)
        done, target = installers.LATE[method](site, answer.text)
        if not tap.is_(done.returncode, 0, f"{name}: its last script runs"):
            tap.diag(done.stdout, done.stderr)
        asked = (site.root / "asked").read_text()
        tap.like(asked, rf"^configure --root {re.escape(str(target))}/?\n$",
                 f"{name}: network and accounts are nf-agent's")
        tap.ok((target / "usr/local/bin/nodefoundry-agent").exists(),
               f"{name}: the agent is in the new system")
    steps = steps_of(t, mac)
    tap.is_((steps["os_install"], steps["first_boot"]), ("done", "running"),
            f"{name}: the server takes it for installed, and waits for it")
    task = t.api("GET", f"/api/v1/nodes/{mac}").json["task"]
    told = t.api("GET", f"/api/v1/tasks/{task}").json["progress"]
    tap.ok(any(p["step"] == "disk" and p["message"].startswith("/dev/sdd (")
               for p in told), f"{name}: the task says which disk was taken")


def order(t, name, mac):
    """The agent in RAM is told to install, and gets an order it can read."""
    script = begin(t, name, mac)
    token = re.search(r"nf\.token=([a-z2-7]+)", script)[1]
    body = {"mac": mac, "sn": "", "token": token}
    for operation in ("hardware_config", "network_config", "os_install"):
        said = t.install("POST", "/api/v1/device/getNextOperation", body).json
        tap.is_(said["operation"], operation, f"{name}: {operation}")
        if operation == "os_install":
            tap.is_(said["data"]["install_method"], "image",
                    f"{name}: which the agent does from RAM")
        else:
            t.install("POST", "/api/v1/device/operationComplete",
                      {**body, "operation": operation, "success": True})
    r = t.install("GET", f"/image/{mac}/image.json?token={token}")
    tap.ok(r.json["image"]["url"].startswith("http://"),
           f"{name}: with an image")
    tap.ok((ROOT / MACHINES[name]).exists(),
           f"{name}: {MACHINES[name]} installs it in a virtual machine")


if not shutil.which("busybox") or not shutil.which("curl"):
    tap.skip_all("busybox and curl are needed to run installers' scripts")
with Nginx() as site_of_all, tempfile.TemporaryDirectory() as held:
    shipped = [p["name"] for p in site_of_all.api("GET", "/api/v1/profiles").json
               if p["origin"] == "shipped"]
    tap.ok(len(shipped) >= 9, f"there are shipped profiles: {shipped}")
    for i, one in enumerate(shipped):
        whole = site_of_all.api("GET", f"/api/v1/profiles/{one}").json
        put_files(site_of_all, whole)
        card = f"5254000000{i + 16:02x}"
        if one in MACHINES:
            order(site_of_all, one, card)
        else:
            install(site_of_all, one, whole["method"], card,
                    pathlib.Path(held) / one)
tap.done()
