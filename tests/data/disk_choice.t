#!/usr/bin/env python3
"""Which disk a system is installed on: one rule for all four methods, on
machines with disks of every kind that a kernel shows."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import disks  # noqa: E402
import installers  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))


def ask(machine, wish):
    return subprocess.run([AGENT, "disk", "--order", "-", "--root", machine.root],
                          input=json.dumps(disks.order(wish)),
                          capture_output=True, text=True, check=False)


def is_disk(wanted):
    return re.fullmatch("(/dev/[^ ]+ ?)+", wanted)


def is_as_wanted(done, wanted):
    if is_disk(wanted):
        return done.returncode == 0 and done.stdout == wanted + "\n"
    return done.returncode == 1 and re.search(wanted, done.stdout)


def test_rule(directory):
    for i, (machine, wish, wanted) in enumerate(disks.CASES):
        tree = disks.make(machine, directory / f"rule-{i}")
        done = ask(tree, wish)
        if not tap.ok(is_as_wanted(done, wanted),
                      f"{machine.__name__}, {json.dumps(wish)}: {wanted}"):
            tap.diag(done.stdout + done.stderr)


def test_words(directory):
    for i, (machine, wish, wanted) in enumerate(disks.WORDS):
        done = ask(disks.make(machine, directory / f"words-{i}"), wish)
        tap.is_(done.stderr, f"NodeFoundry: Disk: {wanted}\n",
                f"{machine.__name__}: it is said which and why")


def check_method(method, directory, machine, wish, wanted):
    """The same disk by an installer's own script, and the same words."""
    is_pair = "raid1" in wish.get("layout", {})
    text = installers.golden(f"{method}-raid1" if is_pair else method)
    tree = disks.make(machine, directory / "tree")
    name = f"{method}: {machine.__name__}, {json.dumps(wish)}: {wanted}"
    with installers.Site(directory / "site", AGENT, tree.root,
                         disks.order(wish)) as site:
        done, chosen = installers.METHODS[method](site, text)
        said = [body["message"] for body in site.posted("operationComplete")]
        told = [body["message"] for body in site.posted("progress")]
    if is_disk(wanted):
        is_right = (done.returncode, chosen, said) == (0, wanted, []) \
            and len(told) == 1 and told[0].startswith(wanted.split()[0])
    else:
        is_right = done.returncode == 1 and chosen == "" and len(said) == 1 \
            and re.search(wanted, said[0]) and told == []
    if not tap.ok(is_right, name):
        tap.diag(chosen, said, told, done.stderr[-300:])


def test_methods(directory):
    """Every machine, and every way of naming a disk, by each installer."""
    seen = set()
    for i, (machine, wish, wanted) in enumerate(disks.CASES):
        kind = (machine, "layout" in wish, "disk" in wish)
        if kind in seen and "raid1" not in wish.get("layout", {}):
            continue
        seen.add(kind)
        for method in installers.METHODS:
            check_method(method, directory / f"{method}-{i}", machine, wish,
                         wanted)


with tempfile.TemporaryDirectory(prefix="nf-disks-") as held:
    test_rule(pathlib.Path(held))
    test_words(pathlib.Path(held))
    if shutil.which("busybox") and shutil.which("curl"):
        test_methods(pathlib.Path(held))
    else:
        tap.skip("busybox and curl are needed to run installers' scripts")
tap.done()
