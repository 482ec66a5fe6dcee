"""The run directory of one lab, and how a dead lab's leavings are removed.

The owner holds a lock on lab.pid.  The kernel lets go of it however the
owner ends, so a lab.pid that can be locked belongs to nobody, even when its
number has been given to another process since.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil

import netns

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build"))
CACHE = BUILD / "cache"
LABS = BUILD / "lab"
NAME = re.compile(r"nf-lab-(\d+)$")


@contextlib.contextmanager
def guard():
    """Held while labs are made or swept: neither sees half of the other."""
    LABS.mkdir(parents=True, exist_ok=True)
    with open(LABS / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def hold(path):
    """A locked descriptor of path, or None when somebody else holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


class Instance:
    """One lab's name and directory, ours until close().

    Make one inside guard().
    """

    def __init__(self):
        self.name = f"nf-lab-{os.getpid()}"
        self.dir = LABS / self.name
        shutil.rmtree(self.dir, ignore_errors=True)
        self.dir.mkdir(parents=True)
        self._lock = hold(self.dir / "lab.pid")
        os.write(self._lock, b"%d\n" % os.getpid())

    def close(self, keep_logs):
        """Let go of the directory; logs stay only when they are wanted."""
        if keep_logs:
            drop_bulk(self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        os.close(self._lock)


def drop_bulk(directory):
    """Leave nothing but what a person reads after a failure."""
    for disk in directory.glob("*.raw"):
        disk.unlink()
    shutil.rmtree(directory / "files", ignore_errors=True)
    (directory / "lab.pid").unlink(missing_ok=True)


def sweep():
    """Remove what labs that died left behind; returns their names.

    Call it inside guard().
    """
    gone = []
    for pid_file in LABS.glob("*/lab.pid"):
        if remove_dead(pid_file):
            gone.append(pid_file.parent.name)
    for name in netns.names():
        if name not in gone and orphaned(name):
            netns.Namespace(name).down()
            gone.append(name)
    return gone


def remove_dead(pid_file):
    """Remove the lab of pid_file unless its owner lives."""
    lock = hold(pid_file)
    if lock is None:
        return False
    netns.Namespace(pid_file.parent.name).down()
    shutil.rmtree(pid_file.parent, ignore_errors=True)
    os.close(lock)
    return True


def orphaned(name):
    """A lab's namespace whose owner and whose directory are both gone."""
    match = NAME.match(name)
    if not match or (LABS / name / "lab.pid").exists():
        return False
    return not netns.alive(int(match[1]))


def clean():
    """sweep(), and the logs of labs that have ended too."""
    with guard():
        gone = sweep()
        for directory in LABS.glob("nf-lab-*"):
            if not (directory / "lab.pid").exists():
                shutil.rmtree(directory)
                gone.append(directory.name)
    return gone
