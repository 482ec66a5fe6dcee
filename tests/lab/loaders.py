"""How machines boot, as seen from outside: each way has its own look for a
step that all of them take."""

import re
from typing import Callable, NamedTuple

from story import IMAGE, KERNEL, SCRIPT, Failed, fetched, seen

GRUB_FILE = re.compile(r"^/boot/[^/]+/grub\.cfg$")
PXELINUX_DEFAULT = re.compile(r"/pxelinux\.cfg/default$")
AGENT = "boots nf-agent into RAM"
DISK = "boots from its own disk"


class Loader(NamedTuple):
    """Looks for the steps of a machine that boots in one way."""
    wait: Callable          # it is told to wait, nothing else to do
    agent: Callable         # it is told to boot nf-agent into RAM
    install: Callable       # it is told to install; (profile) -> look
    kernel: Callable        # it has the kernel
    disk: Callable          # it is told to boot from its own disk
    is_strict: bool = False     # because nothing that is not signed starts
    bootfile: str = ""          # what its task names


def sent(pattern):
    """A file went out whole by TFTP."""
    def look(story):
        found = (s for s in story.sights("tftp") if pattern.search(s.text))
        return next(found, None)
    return look


def both(first, second):
    """The later of two sights; None while one of them lacks."""
    def look(story):
        sights = first(story), second(story)
        if None in sights:
            return None
        return max(sights, key=lambda sight: sight.at)
    return look


def told(route, says):
    """A script was sent by HTTP, and the machine printed this line of it."""
    served, printed = fetched(route), seen("serial", says)

    def look(story):
        return printed(story) if served(story) else None
    return look


def either(first, second):
    """The first of two looks that sees something."""
    def look(story):
        return first(story) or second(story)
    return look


def own_name(story, folder, divider, ending=""):
    """The name of the file that is a machine's own."""
    mac = divider.join(re.findall("..", story.node.mac))
    return f"{folder}/01-{mac}{ending}"


def grub_file(says):
    """The machine's own file went out by TFTP and was printed from."""
    def look(story):
        name = own_name(story, "/grub", ":", ".cfg")
        return both(sent(re.compile(re.escape(name) + "$")),
                    seen("serial", says))(story)
    return look


def pxelinux_file(story):
    """The machine's own file went out by TFTP."""
    name = own_name(story, "/pxelinux.cfg", "-")
    return sent(re.compile(re.escape(name) + "$"))(story)


def pxelinux_file_over(story):
    """There is no file of the machine's own any more; one that always loads
    PXELINUX has its menu."""
    name = own_name(story, "tftp/pxelinux.cfg", "-")
    file = story.site.dir / name
    if not file.exists():
        return story.node.see("lab", f"no {name}")
    text = file.read_text()
    return (story.node.see("lab", f"a menu in {name}")
            if "menu.c32" in text and "token" not in text else None)


def from_disk(look):
    """look, but a kernel or an image from us means that it failed."""
    def checked(story):
        paths = [s.data.path.partition("?")[0] for s in story.sights("http")]
        paths += [sight.text for sight in story.sights("tftp")]
        for path in paths:
            if KERNEL.search(path) or IMAGE.search(path):
                raise Failed(f"it was sent {path} again")
        return look(story)
    return checked


WAITS = "is waiting for an operator"

LOADERS = {
    "ipxe": Loader(
        wait=told(SCRIPT, WAITS), agent=told(SCRIPT, AGENT),
        install=lambda profile: told(SCRIPT, f"installs {profile} as"),
        kernel=fetched(KERNEL), disk=told(SCRIPT, DISK)),
    # by TFTP alone: the static file when a machine has none of its own
    "grub-tftp": Loader(
        wait=seen("serial", "retries in"), agent=seen("serial", AGENT),
        install=lambda profile: grub_file(AGENT),
        kernel=sent(KERNEL), disk=grub_file(DISK), is_strict=True),
    # PXELINUX's menu goes on to iPXE, of its own file when that is written
    # already; an installed machine starts its disk by it until the task is over
    "pxelinux": Loader(
        wait=both(either(pxelinux_file, sent(PXELINUX_DEFAULT)),
                  told(SCRIPT, WAITS)),
        agent=both(either(pxelinux_file, sent(PXELINUX_DEFAULT)),
                   told(SCRIPT, AGENT)),
        install=lambda profile: pxelinux_file,
        kernel=either(sent(KERNEL), fetched(KERNEL)),
        disk=either(pxelinux_file,
                    both(sent(PXELINUX_DEFAULT), told(SCRIPT, DISK)))),
    # iPXE is told to load PXELINUX, for the installation only
    "bootfile": Loader(
        wait=told(SCRIPT, WAITS), agent=told(SCRIPT, AGENT),
        install=lambda profile: both(
            told(SCRIPT, r"continues with pxelinux\.0"), pxelinux_file),
        kernel=sent(KERNEL), disk=told(SCRIPT, DISK),
        bootfile="pxelinux.0"),
    "grub-http": Loader(
        wait=told(GRUB_FILE, WAITS), agent=told(GRUB_FILE, AGENT),
        install=lambda profile: told(GRUB_FILE, AGENT),
        kernel=fetched(KERNEL), disk=told(GRUB_FILE, DISK)),
}
