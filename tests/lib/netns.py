"""Two network namespaces joined by a veth pair: a server and its clients."""

import contextlib
import ctypes
import os
import subprocess

SERVER = "10.99.0.1"
CLIENT = "10.99.0.2"

_libc = ctypes.CDLL(None, use_errno=True)


def _ip(*words, check=True):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if check and done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _enter(fd):
    if _libc.setns(fd, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(name):
    """This thread is inside the namespace; a socket made here stays there."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(here)
        os.close(there)
        os.close(here)


class Pair:
    """`with Pair() as pair`: pair.server and pair.client name namespaces."""

    def __init__(self):
        self.server = f"nfs{os.getpid()}"
        self.client = f"nfc{os.getpid()}"
        self.server_link = "srv0"
        self.client_link = "cli0"

    def __enter__(self):
        try:
            self._make()
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *ignored):
        for name in (self.server, self.client):
            _ip("netns", "del", name, check=False)

    def command(self, name, *words):
        """words as an argument vector that runs inside namespace name."""
        return ["ip", "netns", "exec", name, *words]

    def _make(self):
        _ip("netns", "add", self.server)
        _ip("netns", "add", self.client)
        _ip("-n", self.server, "link", "add", self.server_link, "type", "veth",
            "peer", "name", self.client_link, "netns", self.client)
        for name, link, address in (
                (self.server, self.server_link, SERVER),
                (self.client, self.client_link, CLIENT)):
            _ip("-n", name, "addr", "add", f"{address}/16", "dev", link)
            _ip("-n", name, "link", "set", link, "up")
            _ip("-n", name, "link", "set", "lo", "up")
