"""Machines that are stuck: what causes it happens to a virtual machine or to
the site, `nf why` says the sentence that docs/stuck.md has, whoever reads it
does what it advises, and that it helped is seen."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from typing import Callable, NamedTuple

import bmc
import instance
import story
from story import Failed, Step

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import processes  # noqa: E402
from pace import limit  # noqa: E402

PAGE = instance.ROOT / "docs/stuck.md"
PROFILE = "tiny-image"
LOOK_EVERY_S = 0.4
INSTALLED = "Installed; boots its own disk. Its agent reports."
LIMIT_S = 90
IN_RAM = ("Waiting for nf-agent in RAM to configure the hardware since TIME, "
          "attempt N; the task fails if that has not happened by TIME. ")
# What differs from one time to the next; machines and tasks are named by the
# order in which a sentence names them.
SERIALS = re.compile(r"\b(?:LAB|lab|SRV|S|AB)-?[0-9]\w*|\bLAB-\w+|\bab123\b")
MACS = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|\b525400[0-9a-f]{6}\b")
TASKS = re.compile(r"\btask-[0-9a-f]{8}\b")
MASKS = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?|\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\b(?:\d+h)?(?:\d+m)?\d+s\b", "AGO"),
    (r"(process |kill -9 )\d+", r"\1PID"),
    (r"iPXE error \w+", "iPXE error NUMBER"),
    (r"Worker \w+", "Worker NAME"),
    (r"[Aa]ttempt \d", "attempt N"),
    (r"\b10\.66\.0\.\d+", "ADDRESS"),
    (r"\b\d+\.\d (?=MiB|of)", "SIZE "),
    (r"\b\d+(?= bytes)|(?<= has )\d{6,}", "SIZE"),
    (r"Next: \w+", "Next: STEP"),
)


class Act(NamedTuple):
    """One situation of docs/stuck.md."""
    title: str          # as the page has it, in bold
    provoke: tuple      # Steps: what really causes it
    advised: tuple      # Steps: what the sentence says to do
    says: str = ""      # the sentence, masked, where it is not the page's
    of: Callable = lambda story: story.node.mac     # whom `nf why` is asked of


class Case(NamedTuple):
    """Situations that one machine goes through, one after another."""
    name: str
    acts: tuple
    ends: str = INSTALLED   # what `nf why` says at the end
    hardware: dict = {}
    has_bmc: bool = False   # which is told what to do with it
    after: tuple = ()       # Steps that leave the site as it was


class Story(story.Story):
    """That a task fails, or a machine ends, may be what is wanted."""

    def __init__(self, lab, node, steps):
        super().__init__(lab.bastion, node, steps)
        self.lab = lab
        self.bmcs = None
        self.said = []      # what differs from what was said before

    def refuse_failed_task(self):
        pass

    def refuse_dead_machine(self):
        pass


# --- sentences ---------------------------------------------------------------

def numbered(text, pattern, name):
    """Each thing by the order in which it comes."""
    seen = []

    def number(match):
        plain = match[0].replace(":", "")
        if plain not in seen:
            seen.append(plain)
        return f"{name}{seen.index(plain) + 1}"
    return pattern.sub(number, text)


def masked(text):
    text = numbered(text, SERIALS, "SERIAL")
    text = numbered(text, MACS, "MAC")
    text = numbered(text, TASKS, "TASK")
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return text


def page_sentences():
    """title -> sentences, masked; some titles are in two sections."""
    found = {}
    for title, sentence in re.findall(r"^\*\*(.+?)\*\*\n\n> (.+)$",
                                      PAGE.read_text(), re.M):
        found.setdefault(title, []).append(masked(sentence))
    return found


def page_list():
    """Titles that the page says are provoked with virtual machines."""
    told = re.search(r"\(`tests/e2e/lab_stuck\.t`\):\n\n((?:\* .+\n)+)",
                     PAGE.read_text())
    return re.findall(r"^\* (.+)$", told[1], re.M) if told else []


def asked(one, whom):
    """The sentence; or what nf said instead, of a machine that is no node yet."""
    try:
        return one.site.nf("why", whom).splitlines()[0]
    except OSError as error:
        return str(error)


def says(act):
    """`nf why` says it, whole."""
    wanted = [act.says] if act.says else page_sentences()[act.title]

    def look(one):
        now = time.monotonic()
        if now < one.memory.get("look", 0):
            return None
        one.memory["look"] = now + LOOK_EVERY_S
        said = asked(one, act.of(one))
        if masked(said) != masked(one.memory.get("said", "")):
            one.said.append(said)
        one.memory |= {"said": said, "wanted": wanted}
        return one.node.see("lab", said) if masked(said) in wanted else None
    return Step(act.title, f"nf why: {act.title}", LIMIT_S, look)


def hears(sentence):
    return says(Act(sentence, (), (), says=sentence))


# --- what is done ------------------------------------------------------------

def do(what, act):
    """A Step of an act(story), which may say what came of it; what is waited
    for next comes after it."""
    def look(one):
        said = act(one)
        return one.node.see("lab", said if isinstance(said, str) else what)
    return Step(what, what, LIMIT_S, look, opens=True)


def wait(what, look):
    return Step(what, what, LIMIT_S, look)


def once(what, is_so):
    """Wait for something that is no sight."""
    return wait(what, lambda one: one.node.see("lab", what)
                if is_so(one) else None)


def nf(*words):
    """Type it; a word may be a function of the story."""
    def act(one):
        typed = [word(one) if callable(word) else word for word in words]
        return f"nf {' '.join(typed)}: {one.site.nf(*typed).strip()}"
    said = " ".join(word if isinstance(word, str) else "..." for word in words)
    return do(f"nf {said}", act)


def quoted(words):
    """Type the command that the sentence has between backticks."""
    def act(one):
        commands = re.findall(r"`([^`]+)`", one.memory["said"])
        found = [each for each in commands if each.startswith(words)]
        if not found:
            raise Failed(f"no `{words}` in: {one.memory['said']}")
        program, *rest = found[0].replace("NUMBER", "LAB-OTHER").split()
        if program == "kill":
            return killed(one, found[0])
        return f"{found[0]}: {one.site.nf(*rest).strip()}"
    return do(f"the advised {words}", act)


def killed(one, command):
    pid = int(command.split()[-1])
    if pid not in processes.children(one.site.pid):
        raise Failed(f"{command}: not one of nf up's")
    subprocess.run(command.split(), check=True)
    return command


def mac(one):
    return one.node.mac


def serial(one):
    return f"LAB-{one.node.mac}"


def task(one):
    return one.memory["task"]


def power_on(one):
    one.node.machine.power_on()


def power_off(one):
    one.node.machine.power_off()


def restart(one):
    one.node.machine.power_cycle()


def pause(one):
    one.node.machine.pause()


PROFILED = nf("profile", mac, PROFILE)
ORDERED = nf("install", mac)
ON = do("powered on", power_on)
OFF = do("powered off", power_off)
RESTARTED = do("restarted", restart)
LEASED = wait("DHCP lease", story.seen("event", r"^lease\.put"))
REPORTED = wait("hardware reported",
                story.seen("event", r"^hardware\.reported$"))


def api(one, method, path, body=None):
    status, said = one.site.call(method, path, body)
    if status not in (200, 201, 202, 204):
        raise Failed(f"{method} {path} {body}: {status} {said}")
    return said


def known(**more):
    """The node is there before its machine was ever on."""
    def act(one):
        api(one, "POST", "/api/v1/nodes", {"mac": one.node.mac, **more})
        one.site.nf("profile", one.node.mac, PROFILE)
    return do("its node is made", act)


def created(**more):
    """A task that waits for its approval; by MAC unless more says another."""
    def act(one):
        body = {"profile": PROFILE, **more}
        if "sn" not in body:
            body["mac"] = one.node.mac
        one.memory["task"] = story.create_task(one, body)
        return one.memory["task"]
    return do("its task is created", act)


def program(one, name):
    """The process of nf up's of that name."""
    found = [pid for pid in processes.children(one.site.pid)
             if processes.name_of(pid) == name]
    if not found:
        raise Failed(f"nf up runs no {name}")
    return found[0]


def hung(name):
    return do(f"{name} is stopped by SIGSTOP",
              lambda one: os.kill(program(one, name), signal.SIGSTOP))


# --- files of the site's -----------------------------------------------------

def set_aside(site, name):
    """Take a boot file away; where it is then."""
    kept = site.dir / "aside" / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    (site.dir / "files" / name).rename(kept)
    return kept


def put_back(site):
    """All that was taken away."""
    aside = site.dir / "aside"
    for kept in [path for path in aside.rglob("*") if path.is_file()]:
        kept.rename(site.dir / "files" / kept.relative_to(aside))


# --- a case, from end to end -------------------------------------------------

def steps(case):
    for act in case.acts:
        yield from act.provoke
        yield says(act)
        yield from act.advised
    yield hears(case.ends)
    yield OFF
    yield from case.after


def make_profile(site):
    """What all are installed with."""
    body = {"method": "image", "os_type": "debian", "os_version": "12",
            "first_boot": "agent",
            "image": {"file": story.TINY, "format": "raw"}}
    status, said = site.call("PUT", f"/api/v1/profiles/{PROFILE}", body)
    if status not in (200, 201):
        raise OSError(f"PUT {PROFILE}: {status} {said}")


def go_through(lab, number, case, report):
    """The story of it, over."""
    node = lab.node(number, has_bmc=case.has_bmc,
                    **{"cards": 1, **case.hardware})
    node.machine.powered_at = time.monotonic()  # it may stay off for long
    one = Story(lab, node, steps(case))
    eyes = lab.eyes([node])
    if case.has_bmc:
        one.bmcs = bmc.Bmcs(lab.namespace, lab.options, [number])
        eyes = one.bmcs.watch(eyes, [node])
    story.follow(eyes, [one], report)
    node.machine.power_off()
    put_back(lab.bastion)
    if one.bmcs:
        one.bmcs.stop()
    return one


def why(one):
    """What was said last, against what was wanted."""
    yield f"FAILED at {one.failure}"
    for sentence in one.memory.get("wanted", []):
        yield f"wanted: {sentence}"
    yield f"but is: {masked(one.memory.get('said', ''))}"
    yield from ("it said: " + sentence for sentence in one.said)


def patience(seconds):
    """Whole seconds of a setting, on this machine."""
    return int(limit(seconds))
