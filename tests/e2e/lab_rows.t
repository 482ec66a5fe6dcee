#!/usr/bin/env python3
# Shares: lab
"""Each variable of README.md's table for `make run`, to the end; by
`make check`, since all of them take the better part of an hour without KVM."""

import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lab"))
import journey                              # noqa: E402
sys.path.insert(0, str(TOP / "tests/lib"))
from pace import limit                      # noqa: E402
from tap import diag, done, is_, ok         # noqa: E402

INSTALLED = "every machine is installed"
# What is set, and what the last lines say.  debian-installer does not get to
# its end by this mirror, and has to say where it stops.
ROWS = (
    ("", INSTALLED),
    ("SYSTEM=tiny", INSTALLED),
    ("SYSTEM=tiny NODES=3 FIRMWARE=mixed", INSTALLED),
    ("SYSTEM=tiny FIRMWARE=bios FLOW=install INSTALLER=image ACCEL=auto",
     INSTALLED),
    ("SYSTEM=tiny FIRMWARE=uefi ACCEL=tcg", INSTALLED),
    ("SYSTEM=tiny FIRMWARE=grub", INSTALLED),
    ("SYSTEM=tiny FLOW=tasks", INSTALLED),
    ("FLOW=report", "every machine has reported"),
    ("SYSTEM=tiny FLOW=bmc", INSTALLED),
    ("SYSTEM=tiny FLOW=bmc ENROLL=1", INSTALLED),
    *((f"SYSTEM=tiny FLOW=bmc SWITCH={driver}", "and in its own VLAN")
      for driver in ("snmp", "ios", "nxos", "vrp", "comware", "eapi")),
    ("SYSTEM=tiny SECUREBOOT=1", INSTALLED),
    ("SYSTEM=debian ARCH=arm64", INSTALLED),
    ("SYSTEM=tiny PXELINUX=1", INSTALLED),
    ("SYSTEM=tiny PXELINUX=task", INSTALLED),
    ("INSTALLER=handover", INSTALLED),
    ("SYSTEM=tiny INSTALLER=handover", INSTALLED),
    ("INSTALLER=preseed", "debian-installer had booted"),
)
# Without a machine: what is refused, rather than half ignored.
MISFITS = ("SWITCH=ios", "ENROLL=1", "INSTALLER=handover FLOW=tasks",
           "INSTALLER=preseed SECUREBOOT=1", "SYSTEM=tiny ARCH=arm64")
ELSEWHERE = {"ACCEL": {"kvm"}}      # a machine that has it


def lab(words):
    env = {**os.environ, "ONCE": "1", **dict(w.split("=") for w in words.split())}
    return subprocess.run([TOP / "tests/lab/lab", "run"], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=limit(3600), check=False)


def check_table():
    """README.md has no variable and no value that no row tries."""
    table = (TOP / "README.md").read_text().split("| variable | values |")[1]
    tried = {}
    for words, _ in ROWS:
        for word in words.split():
            name, value = word.split("=")
            tried.setdefault(name, set()).add(value)
    for line in table.split("\n\n")[0].splitlines()[2:]:
        cells = line.split("|")
        name, *given = re.findall(r"`([A-Za-z0-9=]+)`", cells[1])[0].split("=")
        values = given or re.findall(r"`([a-z0-9]+)`", cells[2])
        left = set(values) - tried.get(name, set()) - ELSEWHERE.get(name, set())
        ok(name in tried and not left,
           f"README.md: {name} is run with {' '.join(sorted(values)) or 'a value'}")
        if left:
            diag(f"not run: {left}")


def check_row(words, says):
    ran = lab(words)
    good = ran.returncode == (0 if says != ROWS[-1][1] else 1)
    if not ok(good and says in ran.stdout, f"make run {words} ONCE=1"):
        diag(*ran.stdout.splitlines()[-40:])


def main():
    check_table()
    if os.geteuid() == 0:
        for words in MISFITS:
            is_(lab(words).returncode, 64, f"make run {words} is refused")
    wanted = os.environ.get("NF_TEST_LAB_ROWS")     # a pattern; ".": all
    if wanted:
        journey.skip_unless_able("uefi")
        chosen = [row for row in ROWS
                  if re.search(wanted, row[0]) or wanted == "."]
        ok(chosen, f"{wanted} chooses rows")
        for words, says in chosen:
            check_row(words, says)
    done()


main()
