#!/usr/bin/env python3
# Shares: lab
"""A BIOS machine with two cards in the install network, which PXELINUX is
booted by the second of: iPXE and the installer go on by that one."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import approval  # noqa: E402
import journey  # noqa: E402
import loaders  # noqa: E402
from story import SCRIPT, Failed, Step, create_task, seen  # noqa: E402

LOADER = loaders.LOADERS["pxelinux"]
PROFILE = "debian-12"


def order(story):
    """An installation by an installer, which comes over HTTP."""
    task = create_task(story, {"mac": story.node.mac, "profile": PROFILE})
    said = story.site.nf("approve", task).strip()
    return story.node.see("lab", f"{task} {said}")


def reported_by(story):
    """The card that nf-agent says it was booted by."""
    path = f"/api/v1/nodes/{story.node.mac}/hardware"
    status, answer = story.site.call("GET", path)
    if status != 200:
        raise Failed(f"GET {path}: {status} {answer}")
    mac = answer["hardware"]["mac_address"].replace(":", "").lower()
    if mac != story.node.mac:
        raise Failed(f"by {mac}")
    return story.node.see("lab", f"mac_address {mac}")


journey.test(
    firmware="pxelinux", flow="report", cards=2,
    steps=[
        *approval.report_steps(LOADER),
        Step("card", "nf-agent came by the right card", 10, reported_by),
        Step("task", "installation ordered", 60, order, opens=True),
        Step("file", "its own file sent", 300, loaders.pxelinux_file),
        Step("install", "iPXE goes on by the right card", 300,
             loaders.told(SCRIPT, f"installs {PROFILE} as")),
        Step("count", "its script counts", 60,
             seen("event", r"^task\.step$")),
    ])
