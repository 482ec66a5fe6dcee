"""The steps of a machine that nobody installs before it is approved: nf-agent
in RAM reports, a task is created and approved, operations, own disk."""

import hashlib
import re

import own_disk
from story import (IMAGE, Failed, Step, create_task, fetched, image_profile,
                   seen)

REPORT = re.compile(r"^/api/v1/report$")
CHUNK = 1 << 20
DISK_BYTES = {"debian": 1 << 30, "tiny": 1 << 28}


def digest_of_disk(story):
    """sha256 of the whole disk, as it lies on the host."""
    digest = hashlib.sha256()
    with open(story.node.machine.disk, "rb") as disk:
        while chunk := disk.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def note_disk(story):
    story.memory["disk"] = digest_of_disk(story)
    return story.node.see("lab", f"sha256 {story.memory['disk']}")


def disk_unchanged(story):
    now = digest_of_disk(story)
    if now != story.memory["disk"]:
        raise Failed(f"the disk was written to before the approval: {now}")
    return story.node.see("lab", f"sha256 {now}")


def seen_serial(story):
    return (story.node.see("lab", story.node.record["serial"])
            if story.node.record.get("serial") else None)


def secure_boot_is(wanted):
    """What the machine's own firmware says, as nf-agent reported it."""
    def look(story):
        path = f"/api/v1/nodes/{story.node.mac}/hardware"
        status, answer = story.site.call("GET", path)
        if status != 200:
            raise Failed(f"GET {path}: {status} {answer}")
        found = answer["hardware"]["secure_boot"]
        if found != wanted:
            raise Failed(f"secure_boot is {found}")
        return story.node.see("lab", f"secure_boot {found}")
    return look


def create(story):
    """By serial number, as an operator reads it off the machine."""
    node = story.node.record
    if not node.get("serial"):
        raise Failed("the node has no serial number")
    task = create_task(story, {"sn": node["serial"],
                               "profile": image_profile(story)})
    story.memory["task"] = task
    return story.node.see("lab", f"{task} pending")


def approve(story):
    said = story.site.nf("approve", story.memory["task"]).strip()
    return story.node.see("lab", f"nf approve: {said}")


def operation(name):
    """A step of the task is done, as its events say."""
    def look(story):
        for sight in story.sights("event"):
            for step in sight.data.get("task", {}).get("steps", []):
                if step["step"] == name and step["status"] == "done":
                    return sight
        return None
    return look


def never_lower(look):
    """look, but a percent that falls is a failure."""
    def checked(story):
        high = 0
        for sight in story.sights("event"):
            percent = sight.data.get("task", {}).get("percent", high)
            if percent < high:
                raise Failed(f"percent fell from {high} to {percent}")
            high = percent
        return look(story)
    return checked


def report_steps(loader):
    """From power-on to a machine that has said what it is."""
    return [
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("discovered", "discovered", 60,
             seen("node", r"^status discovered$")),
        Step("agent", "boot script: nf-agent into RAM", 300, loader.agent),
        Step("kernel", "kernel fetched", 300, loader.kernel),
        Step("reported", "hardware reported", 600, fetched(REPORT, "POST")),
        Step("known", "hardware kept", 60,
             seen("event", r"^hardware\.reported$")),
        Step("serial", "serial number known", 60, seen_serial),
        Step("secure", "Secure Boot is "
             + ("on" if loader.is_strict else "off"), 10,
             secure_boot_is(loader.is_strict)),
    ]


def steps(loader):
    """From power-on by way of the approval to completed, and once more from
    power-on."""
    return [
        *report_steps(loader),
        Step("untouched", "disk read: its sha256 noted", 60, note_disk),
        Step("created", "task created, pending", 30, create),
        Step("waits", "agent waits for the approval", 120,
             seen("serial", r"is pending; waiting for approval")),
        Step("unchanged", "disk read again: sha256 unchanged", 60,
             disk_unchanged),
        Step("approve", "nf approve", 30, approve, opens=True),
        Step("ready", "agent goes on", 120,
             seen("serial", "Task found and approved!")),
        Step("hardware", "hardware_config done", 120,
             operation("hardware_config")),
        Step("network", "network_config done", 120,
             operation("network_config")),
        Step("image", "image sent", 600, fetched(IMAGE)),
        Step("done", "os_install reported", 600,
             never_lower(operation("os_install"))),
        *own_disk.steps(loader, Step("completed", "task completed", 60,
                                     seen("event", r"^task\.completed$"))),
    ]
