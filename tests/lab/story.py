"""The steps a node goes through, and the one loop that follows them."""

import re
import time
from typing import Any, Callable, NamedTuple

KERNEL = re.compile(r"/(vmlinuz|linux)$")
IMAGE = re.compile(r"^/files/images/")
SCRIPT = re.compile(r"^/boot/[^/]+/boot\.ipxe$")
PRESEED = re.compile(r"^/preseed/[^/]+/preseed\.cfg$")
DONE = re.compile(r"^/api/v1/device/operationComplete$")
COMPONENT = re.compile(r"^/debian/pool/.*\.udeb$")
TICK_S = 0.1


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
                self._refuse_failed_task()
                sight = step.look(self)
            except (Failed, OSError) as error:
                self._fail(step, str(error))
                return
            if sight is None:
                self._check_limit(step)
                return
            self._take(step, sight)
            report(self.node, self.told[-1])

    def _refuse_failed_task(self):
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

    def _check_limit(self, step):
        if not self.node.machine.running():
            self._fail(step, "the virtual machine ended: "
                       + self.node.machine.why_dead())
        elif not self.site.running():
            self._fail(step, "nf up ended")
        elif time.monotonic() - self._since > step.limit_s:
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


def script(says):
    """A boot script was sent, and the machine printed this line of it."""
    sent, printed = fetched(SCRIPT), seen("serial", says)

    def look(story):
        return printed(story) if sent(story) else None
    return look


def tell_install(profile):
    """Ask for the installation, once."""
    def act(story):
        path = f"/api/v1/nodes/{story.node.mac}"
        body = {"action": "install", "profile": profile}
        status, answer = story.site.call("PUT", path, body)
        if status != 200:
            raise Failed(f"PUT {path} {body}: {status} {answer}")
        return story.node.see("lab", f"PUT {path} {status}")
    return act


def power_cycle(story):
    """Pull the cord and power on again."""
    story.memory["heartbeat"] = story.node.record.get("last_heartbeat")
    story.node.machine.power_cycle()
    return story.node.see("lab", "power off, power on")


def spoke_again(story):
    """The node as the site knows it says a newer heartbeat than before."""
    before = story.memory.get("heartbeat")
    for sight in story.sights("node"):
        if sight.data.get("last_heartbeat") not in (None, before):
            return sight
    return None


def from_disk(look):
    """look, but a kernel or an image from us means that it failed."""
    def checked(story):
        for sight in story.sights("http"):
            path = sight.data.path.partition("?")[0]
            if KERNEL.search(path) or IMAGE.search(path):
                raise Failed(f"it was sent {path} again")
        return look(story)
    return checked


def with_components(look):
    """look, but say so at once when the mirror lacks parts of the installer,
    which then asks its only question: try another mirror?"""
    def checked(story):
        for sight in story.sights("http"):
            path = sight.data.path.partition("?")[0]
            if COMPONENT.search(path) and sight.data.status == 404:
                raise Failed(f"the mirror lacks {path}: debian-installer had "
                             "booted from our script, read our preseed and "
                             "asked nothing; it cannot go on with this mirror "
                             "(INSTALLER=handover goes to the end)")
        return look(story)
    return checked


def stays_installed(story):
    status = story.node.record.get("status")
    if status != "installed":
        raise Failed(f"its status is {status}")
    return story.node.see("lab", "status installed, no kernel, no image")


SENT = Step("kernel", "kernel fetched", 180, fetched(KERNEL))
ANSWERS = Step("answers", "preseed fetched", 600, fetched(PRESEED))
COPIED = Step("image", "image sent", 600, fetched(IMAGE))
CONFIGURED = Step("written", "image written and configured", 600,
                  seen("serial", r"installed; reporting$"))
REPORTED = Step("done", "os_install reported", 600, fetched(DONE, "POST"))
PARTS = Step("parts", "installer's components fetched", 600,
             with_components(fetched(COMPONENT)))
INSTALLED = Step("done", "os_install reported", 3600,
                 with_components(fetched(DONE, "POST")))

# Profile, and what is seen between the install script and the reboot.
INSTALLERS = {
    "image": ("debian-image", [SENT, COPIED, CONFIGURED, REPORTED]),
    "handover": ("debian-12-handover", [SENT, ANSWERS, COPIED, REPORTED]),
    "preseed": ("debian-12", [SENT, ANSWERS, PARTS, INSTALLED]),
}


def install_steps(installer):
    """From power-on to installed, and once more from power-on."""
    own_disk = from_disk(script("boots from its own disk"))
    profile, own_steps = INSTALLERS[installer]
    return [
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("discovered", "discovered", 60,
             seen("node", r"^status discovered$")),
        Step("wait", "boot script: wait", 180,
             script("waits until its installation")),
        Step("told", "install told", 10, tell_install(profile), opens=True),
        Step("script", "boot script: install", 180,
             script(f"installs {profile} as")),
        *own_steps,
        Step("reboot", "reboot", 300, seen("qemu", r"^RESET$"), opens=True),
        Step("disk", "boot script: local disk", 300, own_disk),
        Step("status", "MQTT status from the installed system", 600,
             from_disk(seen("mqtt", r'^status .*"installed"'))),
        Step("installed", "installed", 60,
             from_disk(seen("node", r"^status installed$"))),
        Step("again", "powered on again", 30, power_cycle, opens=True),
        Step("disk2", "boot script: local disk", 300, own_disk),
        Step("status2", "MQTT status from the installed system", 600,
             from_disk(spoke_again)),
        Step("stays", "still installed, nothing taken from us", 10,
             from_disk(stays_installed)),
    ]
