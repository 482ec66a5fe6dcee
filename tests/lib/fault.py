"""A disk that fails when it is told to (tests/e2e/fails_at.c)."""

import errno
import os
import subprocess

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# Which call of the store's file, and how it fails.
FAULTS = [(call, err) for call in ("meta", "write", "sync")
          for err in (errno.EIO, errno.ENOSPC)]


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

    def fail(self, call, err, n=1):
        """The next n calls."""
        for name in (self._fault, self._fault + ".fired"):
            if os.path.exists(name):
                os.remove(name)
        with open(self._fault + ".new", "w", encoding="ascii") as f:
            f.write(f"{call} {err} {n}\n")
        os.chmod(self._fault + ".new", 0o666)
        os.rename(self._fault + ".new", self._fault)

    def fired(self):
        """How many have failed since."""
        try:
            return os.stat(self._fault + ".fired").st_size
        except FileNotFoundError:
            return 0
