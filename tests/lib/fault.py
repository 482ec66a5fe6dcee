"""A disk that fails when it is told to (tests/e2e/fails_at.c)."""

import errno
import os
import subprocess

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
ERRORS = (errno.EIO, errno.ENOSPC)
# Each call by which a commit reaches the store's file, and how it fails: its
# pages, in several writes (how many are let through before), then fdatasync,
# then one of the two heads.
FAULTS = [(call, skip, err) for call, skip in (
    ("write", 0), ("write", 1), ("write", 2), ("sync", 0), ("meta", 0))
    for err in ERRORS]
STORE = ".db" # a part of its path


class Disk:
    """For a process that runs with `env`, whose store is in `folder`."""

    def __init__(self, folder):
        self._shim = os.path.join(folder, "fails_at.so")
        self._fault = os.path.join(folder, "fault")
        subprocess.run(["gcc", "-std=gnu2x", "-D_GNU_SOURCE", "-shared",
                        "-fPIC", "-o", self._shim,
                        os.path.join(TOP, "tests/e2e/fails_at.c"), "-ldl"],
                       check=True)
        self.env = {"LD_PRELOAD": self._shim, "NF_TEST_FAULT": self._fault}

    def fail(self, call, err, n=1, skip=0, of=STORE):
        """n calls of those on a file whose path has `of`, after `skip` more."""
        for name in (self._fault, self._fault + ".fired"):
            if os.path.exists(name):
                os.remove(name)
        with open(self._fault + ".new", "w", encoding="ascii") as f:
            f.write(f"{call} {err} {n} {skip} {of}\n")
        os.chmod(self._fault + ".new", 0o666)
        os.rename(self._fault + ".new", self._fault)

    def heal(self):
        """What was to fail and has not, does not."""
        if os.path.exists(self._fault):
            os.remove(self._fault)

    def fired(self):
        """How many have failed since."""
        try:
            return os.stat(self._fault + ".fired").st_size
        except FileNotFoundError:
            return 0
