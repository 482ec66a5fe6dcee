#!/usr/bin/env python3
# Shares: lab
"""A machine with a task comes by a card that nobody named: its firmware's iPXE
says its serial number, and `nf why` of the node names that card."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import approval  # noqa: E402
import journey  # noqa: E402
import loaders  # noqa: E402
import machine  # noqa: E402
from story import Failed, Step, create_task, fetched, seen  # noqa: E402

FIRST = machine.mac_of(1, 1)
REPORT = fetched(approval.REPORT, "POST")


def order(story):
    """For the card that the machine does not boot by."""
    status, answer = story.site.call("POST", "/api/v1/nodes", {
        "mac": FIRST, "serial": f"LAB-{story.node.mac}"})
    if status != 201:
        raise Failed(f"POST /api/v1/nodes: {status} {answer}")
    task = create_task(story, {"mac": FIRST, "profile": "debian-12"})
    said = story.site.nf("approve", task).strip()
    return story.node.see("lab", f"{task} {said}")


def named(story):
    """Before nf-agent has said anything."""
    path = f"/api/v1/nodes/{FIRST}/timeline"
    status, answer = story.site.call("GET", path)
    if status != 200:
        raise Failed(f"GET {path}: {status} {answer}")
    if answer["waits"]["state"] != "other_card":
        if REPORT(story):
            raise Failed(f"nf-agent spoke first: {answer['now']}")
        return None
    if machine.mac_of(1) not in answer["now"]:
        raise Failed(answer["now"])
    return story.node.see("lab", answer["now"])


journey.test(
    firmware="bios", flow="report", cards=2,
    steps=[
        Step("task", "installation ordered for another card", 60, order),
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("script", "boot script of its own", 180,
             loaders.LOADERS["ipxe"].agent),
        Step("named", "the node's sentence names the card", 60, named),
    ])
