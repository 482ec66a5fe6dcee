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
RECORD = re.compile(r"struct (nf_\w+)[^|(]*\((\d+) bytes")
INDEX = re.compile(r'^    \{"[\w-]+", (NF_\w+), \{([^}]*)\}', re.M)
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
    """The size of each stored record, as the document of the store has it."""
    return dict(RECORD.findall(text_of(commit, "docs/store.md")))


def indexes_of(commit):
    """Of each table with records those that lead to it."""
    return {table: set(re.findall(r"NF_\w+", rest))
            for table, rest in INDEX.findall(
                text_of(commit, "libnf/store/resources.c"))}


def is_fit(commit):
    """Its programs know today's records, and all that leads to them."""
    indexes = indexes_of("")
    return (records_of(commit).items() <= records_of("").items()
            and all(indexes.get(table) == those
                    for table, those in indexes_of(commit).items()))


def commits(fits):
    """Those at which the store's form fits, newest first: where it changed,
    and before."""
    changes = git("log", "--first-parent", "--format=%H", "--",
                  "libnf/store/env.h", "libnf/store/txn.h",
                  "docs/store.md") or ""
    found = []
    for commit in changes.split():
        before = git("rev-parse", "--verify", "-q", f"{commit}^")
        found += [one for one in (commit, before)
                  if one and one not in found and fits(one)]
    return found


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
            ["make", "-j2", "CI=", "OPT=-O0", *[f"build/{name}" for name in names]],
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


def stage(commit):
    """The folder below which its scripts/deploy.sh has installed it."""
    folder = os.path.join(CACHE, f"{commit[:12]}-stage")
    if os.path.isdir(folder):
        return folder
    os.makedirs(CACHE, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nf-history-") as tree:
        tar = subprocess.run(["git", "-C", TOP, "archive", commit],
                             capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", tree], input=tar.stdout, check=True)
        made = subprocess.run(
            ["scripts/deploy.sh", "--root", f"{tree}/stage"], cwd=tree,
            env={**os.environ, "CI": "", "OPT": "-O0"}, capture_output=True,
            text=True, timeout=limit(300), check=False)
        if made.returncode:
            raise OSError(f"{commit[:12]} does not build:\n{made.stderr[-2000:]}")
        subprocess.run(["cp", "-a", f"{tree}/stage", folder + "~"], check=True)
        os.rename(folder + "~", folder) # whole or not at all
    return folder
