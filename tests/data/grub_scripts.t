#!/usr/bin/env python3
"""GRUB can read every script that it is sent: its language has no &&, and a
line that it does not understand is left out without a word to us."""

import glob
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from tap import done, is_, ok, skip_all  # noqa: E402

TAGS = (r"(?s)\{\{!.*?\}\}", r"\{\{[#/^>][^}]*\}\}")


def plain(path):
    """The template's text with all sections, and a word for each value."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for tag in TAGS:
        text = re.sub(tag, "", text)
    return re.sub(r"\{\{[^}]*\}\}", "x", text)


def check(text):
    """What grub-script-check says of a script; nothing when it is good."""
    done_ = subprocess.run(["grub-script-check"], input=text,
                           capture_output=True, text=True)
    return done_.stderr.strip()


def words_of(name):
    path = os.path.join(TOP, "conf/templates", name)
    with open(path, encoding="utf-8") as f:
        return re.findall(r"\{\{> (\w+-words\.cfg)\}\}", f.read())


def main():
    if not shutil.which("grub-script-check"):
        skip_all("the package grub-common is missing")
    for kind in ("preseed", "kickstart", "autoinstall"):
        wanted = [f"{kind}-words.cfg"]
        is_((words_of(f"boot/install-{kind}.ipxe"),
             words_of(f"grub/install-{kind}.cfg")), (wanted, wanted),
            f"{kind}: iPXE and GRUB tell the installer the same")
    scripts = sorted(glob.glob(os.path.join(TOP, "conf/templates/grub/*.cfg")))
    scripts.append(os.path.join(TOP, "conf/config/grub.cfg.mustache"))
    scripts.append(os.path.join(TOP, "conf/config/localboot.cfg"))
    ok(len(scripts) > 5, "there are scripts")
    for path in scripts:
        is_(check(plain(path)), "", os.path.relpath(path, TOP))
    ok("syntax error" in check("if true && true; then boot; fi"),
       "a script that GRUB cannot read is told")
    done()


main()
