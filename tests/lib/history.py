"""Programs as they were at an earlier commit, built from git's history."""

import os
import re
import shutil
import subprocess
import tempfile

from pace import limit

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# What `make clean` keeps: a commit's programs never change.
CACHE = os.path.join(TOP, "build", "cache", "history")
SCHEMA = re.compile(r"NF_SCHEMA_NUMBER = (\d+)")
RECORD = re.compile(r"sizeof\((struct nf_\w+)\) == ([\w +*]+)")
TABLE = re.compile(r'^    X\(NF_\w+, +"([a-z-]+)"\)', re.M)


def git(*words):
    """What it prints, or None."""
    try:
        ran = subprocess.run(["git", "-C", TOP, *words], capture_output=True,
                             text=True, check=False)
    except FileNotFoundError:
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None


def why_none():
    """Why nothing can be built from here, or None."""
    top = git("rev-parse", "--show-toplevel")
    if top is None or os.path.realpath(top) != os.path.realpath(TOP):
        return "this is no checkout of git"
    if git("rev-parse", "--is-shallow-repository") != "false":
        return "git's history is not here (a shallow clone)"
    for program in ("make", "gcc", "tar"):
        if shutil.which(program) is None:
            return f"no {program}"
    return None


def text_of(commit, name):
    """A file as it was; commit "": as it lies here."""
    if commit:
        return git("show", f"{commit}:{name}") or ""
    with open(os.path.join(TOP, name), encoding="utf-8") as f:
        return f.read()


def schema_of(commit):
    found = SCHEMA.search(text_of(commit, "libnf/store/env.h"))
    return int(found[1]) if found else None


def tables_of(commit):
    return set(TABLE.findall(text_of(commit, "libnf/store/txn.h")))


def records_of(commit):
    """How large records are: of a schema that is not released they may grow."""
    return {found for name in ("command", "file", "lease", "node", "task")
            for found in RECORD.findall(
                text_of(commit, f"libnf/model/{name}.h"))}


def newest(fits):
    """The newest commit at which the store's form fits, or None."""
    changes = git("log", "--first-parent", "--format=%H", "--",
                  "libnf/store/env.h", "libnf/store/txn.h") or ""
    for commit in changes.split():
        before = git("rev-parse", "--verify", "-q", f"{commit}^")
        for one in filter(None, (commit, before)):
            if fits(one):
                return one
    return None


def programs(commit, *names):
    """The folder in which they lie; builds those that do not yet."""
    folder = os.path.join(CACHE, commit[:12])
    if all(os.path.exists(os.path.join(folder, name)) for name in names):
        return folder
    with tempfile.TemporaryDirectory(prefix="nf-history-") as tree:
        tar = subprocess.run(["git", "-C", TOP, "archive", commit],
                             capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", tree], input=tar.stdout, check=True)
        made = subprocess.run(
            ["make", "-j2", "OPT=-O0", *[f"build/{name}" for name in names]],
            cwd=tree, capture_output=True, text=True, timeout=limit(240),
            check=False)
        if made.returncode:
            raise OSError(f"{commit[:12]} does not build:\n{made.stderr[-2000:]}")
        os.makedirs(folder, exist_ok=True)
        for name in names: # whole or not at all
            at = os.path.join(folder, name)
            shutil.copy(os.path.join(tree, "build", "bin", name), at + "~")
            os.replace(at + "~", at)
    return folder
