#!/usr/bin/env python3
"""docs/cookbook.md: every block is typed as it stands there, one after another,
and what machines do between them is played."""

import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))

from nginx import Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

PAGE = TOP / "docs" / "cookbook.md"
PROFILE = """{"title": "web servers", "method": "image", "os_type": "debian",
 "os_version": "12", "first_boot": "none",
 "image": {"file": "images/web.tar", "format": "tar"}}"""
BLOCK = re.compile(r"^```sh\n(.*?)^```$|^<!-- machines: (.*?) -->$", re.M | re.S)
HEADING = re.compile(r"^## (.*)$", re.M)


class Machine:
    """nf-agent in the RAM of a machine, from its own address."""

    def __init__(self, t, sn):
        self.t, self.sn = t, sn
        self.mac = f"52:54:00:00:00:{int(sn[-4:]):02x}"
        self.token = None

    def post(self, path, **body):
        return self.t.install("POST", path, {
            "sn": self.sn, "mac": self.mac, **body})

    def comes(self):
        self.t.api("PATCH", f"/api/v1/nodes/{self.mac}", {"ip": "127.0.0.1"})
        self.post("/api/v1/report", hardware={
            "serial_number": self.sn, "mac_address": self.mac,
            "disks": [{"device": "/dev/vda", "size_gb": 10}],
            "nics": [{"name": "eno1", "mac": self.mac, "link": True}]})
        said = self.t.install("GET", f"/api/v1/task/{self.sn}?mac={self.mac}")
        self.token = (said.json or {}).get("token")

    def works(self, is_well):
        self.comes()
        for _ in range(30):
            operation = self.post("/api/v1/device/getNextOperation",
                                  token=self.token).json["operation"]
            if operation in ("wait", "complete", "reboot"):
                break
            self.post("/api/v1/device/operationComplete", token=self.token,
                      operation=operation,
                      success=is_well or operation != "os_install",
                      message="" if is_well else "the image does not fit")
        # One address for all of them: the next one needs it.
        self.t.api("PATCH", f"/api/v1/nodes/{self.mac}", {"ip": ""})


def play(t, words):
    for part in words.split("; "):
        for sn in re.findall(r"SRV-\d{4}", part):
            Machine(t, sn).works(is_well="install" in part)


def typed(t, folder, block):
    env = {**t.environ(), "PATH": f"{TOP / 'build'}:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-euo", "pipefail", "-c", block], env=env,
                          cwd=folder, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=limit(60), check=False)


def prepare(t, folder):
    """What the page takes for granted: a profile, and an image."""
    (folder / "netboot").mkdir(parents=True)
    (folder / "netboot" / "linux").write_bytes(b"kernel")
    (folder / "web.tar").write_bytes(bytes(10240))
    (folder / "web.json").write_text(PROFILE)
    for words in ("nf files put images/web.tar web.tar",
                  "nf profiles put web web.json"):
        ran = typed(t, folder, words)
        is_(ran.returncode, 0, words) or diag(ran.stderr)


def shown(t, folder):
    """What the page says of some of them is so."""
    said = {}
    page = PAGE.read_text(encoding="utf-8")
    for match in BLOCK.finditer(page):
        title = HEADING.findall(page[:match.start()])[-1]
        if match[2]:
            play(t, match[2])
            continue
        ran = typed(t, folder, match[1])
        ok(ran.returncode == 0, f"{title}: {match[1].splitlines()[0]}") or diag(
            match[1], ran.stdout, ran.stderr)
        said[title] = said.get(title, "") + ran.stdout
    return said


def main():
    with Nginx() as t:
        folder = pathlib.Path(t.path("cookbook"))
        prepare(t, folder)
        said = shown(t, folder)
        failed = said["Reinstall the three that failed"]
        is_(len(re.findall("does not fit", failed)) >= 3, True,
            "three failed, and why is told")
        like(said["Replace a network card"], "52:54:00:00:00:f2",
             "the node has its new card")
        like(said["Rename a machine"], "www1", "it has its new name")
        like((folder / "inventory.csv").read_text(), "SRV-0003",
             "the inventory has what is there")
        is_(t.api("GET", "/api/v1/nodes/SRV-0004").status, 404,
            "what was decommissioned is gone")
        ok((folder / "before.db").stat().st_size > 0, "the backup is there")
    done()


main()
