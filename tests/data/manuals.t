#!/usr/bin/env python3
"""The manual pages name what the programs and their --help name, and the
documents name no file that is not there."""

import glob
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from tap import diag, done, is_, ok  # noqa: E402

ROOMS = ("conf", "docs", "images", "libnf", "nf", "nf-agent", "nf-hook",
         "nf-relay", "nf-reserve", "ngx_nf_module", "scripts",
         "tests")
TOPIC = "nf/event"      # of MQTT, and no file


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


def help_of(program):
    return subprocess.run([os.path.join(TOP, "build", program), "--help"],
                          capture_output=True, text=True).stdout


def check_settings():
    listed = subprocess.run(
        [os.path.join(TOP, "build/nf"), "config", "list", "-o", "name"],
        env={"NF_CONFIG": "/dev/null", "NF_SERVER_ADDR": "127.0.0.1"}, capture_output=True, text=True).stdout
    wanted = re.findall(r"(?m)^(NF_\w+)$", listed)
    found = re.findall(r"(?m)^\.It Ev (NF_\w+)$",
                       read("docs/man/nodefoundry.conf.5"))
    ok(len(wanted) > 20, "nf config list prints the settings")
    is_(sorted(found), sorted(wanted),
        "nodefoundry.conf(5) has every setting, and no other")


def check_commands():
    page = read("docs/man/nf.8")
    words = set(re.findall(r"(?m)^  nf (\w+)", help_of("nf")))
    missing = [w for w in sorted(words) if not re.search(rf"\b{w}\b", page)]
    is_((len(words) > 5, missing), (True, []), "nf(8) has every command")
    pairs = re.findall(r"(?m)^  nf ((?:config|store|files|profiles) \w+|\w+)",
                       help_of("nf"))
    missing = []
    common = page.partition(".Ss Options of every command")[2].partition(".Sh ")[0]
    for pair in pairs:
        text = subprocess.run([os.path.join(TOP, "build", "nf"), "help",
                               *pair.split()], capture_output=True,
                              text=True).stdout
        for option in set(re.findall(r"--([a-z-]+)", text)):
            entries = [e for e in page.split("\n.It Cm ")
                       if e.startswith(pair.split()[0])]
            if (f"Fl -{option}" not in common
                    and not any(f"Fl -{option}" in e for e in entries)):
                missing.append(f"{pair} --{option}")
    is_((len(pairs) > 40, missing), (True, []), "with every option")


def check_variables():
    """What --help names stands in the page."""
    for program in ("nf-hook", "nf-relay", "nf-reserve", "nf-agent"):
        page = read(f"docs/man/{program}.8").replace("\\", "")
        words = set(re.findall(r"\b(?:NF_[A-Z_]+|nf\.[a-z]+)\b",
                               help_of(program))) - {"NF_"}
        missing = [w for w in sorted(words) if w not in page]
        is_((bool(words), missing), (True, []),
            f"{program}(8) has every variable of --help")


def check_form():
    pages = sorted(glob.glob(os.path.join(TOP, "docs/man/*.[58]")))
    if not shutil.which("mandoc"):
        ok(True, "the form of the pages # SKIP mandoc is not installed")
        return
    said = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages],
                          capture_output=True, text=True).stdout
    if not ok(said == "", "mandoc finds no fault in the pages"):
        diag(said)


def check_paths():
    """Names of our files in the documents, but for those of what is built."""
    names = ["README.md", *glob.glob("docs/**/*.md", root_dir=TOP,
                                     recursive=True)]
    missing = []
    for name in names:
        text = read(name)
        links = [os.path.join(os.path.dirname(name), link)
                 for link in re.findall(r"\]\(([^)#:]+)\)", text)]
        files = [word for word in re.findall(r"`([\w./-]+/[\w./-]+)`", text)
                 if word.split("/")[0] in ROOMS and word != TOPIC
                 and not word.endswith((".img", ".tar.zst"))]
        missing += [f"{name}: {path}" for path in links + files
                    if not glob.glob(os.path.join(TOP, path))
                    and not glob.glob(os.path.join(TOP, path + ".*"))]
    ok(len(names) > 10, "there are documents")
    is_(missing, [], "every file that the documents name is there")


check_settings()
check_commands()
check_variables()
check_form()
check_paths()
done()
