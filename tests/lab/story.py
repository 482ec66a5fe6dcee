"""The steps a node goes through, and the one loop that follows them."""

import os
import re
import time
from typing import Any, Callable, NamedTuple

from artefacts import TINY

KERNEL = re.compile(r"/(vmlinuz|linux)$")
IMAGE = re.compile(r"^/files/images/")
SCRIPT = re.compile(r"^/boot/[^/]+/boot\.ipxe$")
PRESEED = re.compile(r"^/preseed/[^/]+/preseed\.cfg$")
TICK_S = 0.1
SCALE = float(os.environ.get("NF_TEST_SCALE", "1")) # of a slow machine


class Failed(Exception):
    """A step did not come, or something came that must not."""


class Step(NamedTuple):
    """One thing to wait for, or to do.

    The limits are many times what an idle machine needs: they end a test that
    would hang, and judge nothing.
    """
    name: str
    says: str
    limit_s: int
    look: Callable      # (story) -> Sight or None; may raise Failed
    opens: bool = False     # the next steps look only at what comes after


class Told(NamedTuple):
    """A step that has come true."""
    step: Step
    seconds: float      # since the last power-on
    detail: str


class Story:
    """Where one node is in the list of steps."""

    def __init__(self, site, node, steps):
        self.site = site
        self.node = node
        self.told = []
        self.failure = None
        self.memory: dict[str, Any] = {}
        self._steps = list(steps)
        self._from = 0          # first sight of this phase
        self._since = time.monotonic()

    def over(self):
        return self.failure is not None or not self._steps

    def sights(self, kind):
        """What was seen of one kind since the phase began."""
        return [sight for sight in self.node.sights[self._from:]
                if sight.kind == kind]

    def advance(self, report):
        """Take every step that has come true; report each."""
        while not self.over():
            step = self._steps[0]
            try:
                self.refuse_failed_task()
                sight = step.look(self)
            except (Failed, OSError) as error:
                self._fail(step, str(error))
                return
            if sight is None:
                self._check_limit(step)
                return
            self._take(step, sight)
            report(self.node, self.told[-1])

    def refuse_failed_task(self):
        for sight in self.node.sights:
            if sight.kind == "event" and sight.text == "task.failed":
                reason = sight.data.get("task", {}).get("reason")
                raise Failed(f"the task failed: {reason}")

    def _take(self, step, sight):
        started = self.node.machine.powered_at
        seconds = max(0.0, sight.at - started)
        self.told.append(Told(step, seconds, sight.text))
        self._steps.pop(0)
        self._since = time.monotonic()
        if step.opens:
            self._from = self.node.sights.index(sight) + 1

    def refuse_dead_machine(self):
        machine = self.node.machine
        if not (machine.running() or machine.hardware.has_bmc):
            raise Failed(f"the virtual machine ended: {machine.why_dead()}")

    def _check_limit(self, step):
        try:
            self.refuse_dead_machine()
        except Failed as error:
            self._fail(step, str(error))
            return
        if not self.site.running():
            self._fail(step, "nf up ended")
        elif time.monotonic() - self._since > step.limit_s * SCALE:
            self._fail(step, f"not seen within {step.limit_s} s")

    def _fail(self, step, why):
        self.failure = f"{step.name}: {step.says}: {why}"


def follow(watch, stories, report):
    """Until every story is over."""
    while not all(story.over() for story in stories):
        watch.look()
        for story in stories:
            story.advance(report)
        time.sleep(TICK_S)


# --- what the steps look for ------------------------------------------------

def seen(kind, pattern):
    """The first sight of kind whose text matches."""
    regex = re.compile(pattern)

    def look(story):
        found = (s for s in story.sights(kind) if regex.search(s.text))
        return next(found, None)
    return look


def fetched(pattern, method="GET"):
    """The first request that was answered with 200."""
    def look(story):
        for sight in story.sights("http"):
            request = sight.data
            path = request.path.partition("?")[0]
            if (request.method == method and pattern.search(path)
                    and request.status in (200, 206)):
                return sight
        return None
    return look


# Who writes the image -> how a profile of it says so, and the shipped one.
WRITERS = {
    "image": ({"method": "image"}, "debian-image"),
    "handover": ({"method": "preseed", "suite": "bookworm"},
                 "debian-12-handover"),
}


def image_profile_name(story, writer="image"):
    """The profile of a ready image for the machine; what is shipped is Debian
    for amd64."""
    arch = story.node.machine.firmware.arch
    if (story.site.dir / "files" / TINY).exists():
        return f"tiny-{writer}"
    shipped = WRITERS[writer][1]
    return shipped if arch == "amd64" else f"{shipped}-{arch}"


def image_profile(story, writer="image"):
    """Its name, once it is there."""
    name = image_profile_name(story, writer)
    method, shipped = WRITERS[writer]
    if name == shipped:
        return name
    arch = story.node.machine.firmware.arch
    file = (TINY if name.startswith("tiny")
            else f"images/debian-12-{arch}.img")
    body = {**method, "os_type": "debian", "os_version": "12",
            "first_boot": "agent", "image": {"file": file, "format": "raw"}}
    status, answer = story.site.call("PUT", f"/api/v1/profiles/{name}", body)
    if status not in (200, 201):
        raise Failed(f"PUT profile {name}: {status} {answer}")
    return name


def create_task(story, body):
    """One that waits for its approval; its id."""
    status, task = story.site.call("POST", "/api/v1/tasks", body)
    if status != 201 or task.get("status") != "pending":
        raise Failed(f"POST /api/v1/tasks {body}: {status} {task}")
    return task["task_id"]


def power_cycle(story):
    """Pull the cord and power on again.  The record may be older than what the
    machine said last."""
    story.node.machine.power_off()
    path = f"/api/v1/nodes/{story.node.mac}"
    status, node = story.site.call("GET", path)
    if status != 200:
        raise Failed(f"GET {path}: {status} {node}")
    story.memory["heartbeat"] = node.get("last_heartbeat")
    story.node.machine.power_on()
    return story.node.see("lab", "power off, power on")


def spoke_again(story):
    """The node as the site knows it says a newer heartbeat than before."""
    before = story.memory.get("heartbeat")
    for sight in story.sights("node"):
        if sight.data.get("last_heartbeat") not in (None, before):
            return sight
    return None


def stays_installed(story):
    status = story.node.record.get("status")
    if status != "installed":
        raise Failed(f"its status is {status}")
    return story.node.see("lab", "status installed, no kernel, no image")
