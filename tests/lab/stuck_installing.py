"""Stuck while it installs."""

import story
import stuck
from stuck import (IN_RAM, ON, ORDERED, PROFILE, RESTARTED, Act, Case, api, do,
                   known, mac, nf, pause, wait)

KERNEL, INITRD = "agent/amd64/vmlinuz", "agent/amd64/initrd.img"
STILL = "still at it"
SLOW = f"#!/bin/sh\nsleep 14\necho {STILL}\nsleep 6\n"


def aside(name):
    """As somebody who tidies up does."""
    return do(f"{name} is gone", lambda one: stuck.set_aside(one.site, name))


def put(name):
    """Serve it again."""
    def act(one):
        kept = one.site.dir / "aside" / name
        said = one.site.nf("files", "put", name, str(kept))
        kept.unlink()
        return said.strip()
    return do(f"nf files put {name}", act)


def spoilt(name, spoil):
    """In its place are other bytes; it is a link to what all labs have."""
    def act(one):
        kept = stuck.set_aside(one.site, name)
        file = one.site.dir / "files" / name
        file.write_bytes(spoil(kept.read_bytes()))
    return do(f"{name} is spoilt", act)


def mended(name):
    return do(f"{name} is put right", lambda one: stuck.put_back(one.site))


def half(data):
    return data[:len(data) // 2]


def scripted(when, script):
    """A profile of its own with a script."""
    def act(one):
        body = api(one, "GET", f"/api/v1/profiles/{PROFILE}")
        body[when] = [{"name": "greet", "script": script}]
        api(one, "PUT", "/api/v1/profiles/scripted", body)
    return do("its profile has another script", act)


CASES = (
    Case("kernel", (
        Act("A kernel that is not there",
            (known(), ORDERED, aside(KERNEL), ON), (put(KERNEL),),
            says=IN_RAM + "The server refused it AGO ago: /files/" + KERNEL
            + " was answered 404 (no such file). Make that file with `nf "
            "files put`, `nf files import` or `nf images make`; or cancel the "
            "task with `nf cancel TASK1`, correct the name in its profile, and "
            "run `nf retry --refresh TASK1`. The machine said: the node could "
            "not fetch kernel or initrd: the server answered 404, not found "
            "(iPXE error NUMBER). Next: STEP."),
    )),
    Case("initrd", (
        Act("A kernel that hangs",
            (known(), ORDERED, spoilt(INITRD, half), ON),
            (mended(INITRD), RESTARTED)),
    )),
    Case("hang", (
        Act("A script of minutes",
            (known(), scripted("hardware_scripts", SLOW),
             nf("install", "--profile", "scripted", mac), ON),
            (wait("the script goes on", story.seen("serial", STILL)),)),
        Act("An agent that is gone",
            (do("the machine hangs", pause),), (RESTARTED,)),
    )),
)
