#!/usr/bin/env python3
"""Whatever nf waits for may hang: a server that answers half, or what is no
answer, a name server, nginx's workers, a process that holds the store.  nf says
what hangs, and ends in time or goes on when it is back."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "lib"))

from nginx import Nginx  # noqa: E402
from pace import limit  # noqa: E402
from tap import done, is_, like, ok, skip  # noqa: E402

NF = os.environ.get("NF_TEST_NF", os.path.join(TOP, "build", "nf"))
MAC = "52:54:00:00:00:01"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "


def nf(t, *words):
    return subprocess.run([NF, *words], env=t.environ(), capture_output=True,
                          text=True, timeout=limit(60))


class Server:
    """Says this to every request, and closes the connection or keeps it."""

    def __init__(self, says, closes):
        self.says, self.closes = says, closes
        self.listens = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listens.getsockname()[1]}"
        self.kept = []

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *ignored):
        self.listens.close()
        for each in self.kept:
            each.close()

    def serve(self):
        while True:
            try:
                peer, _ = self.listens.accept()
                peer.recv(65536)
                peer.sendall(self.says)
            except OSError:
                return
            if self.closes:
                peer.close()
            else:
                self.kept.append(peer)


SERVERS = ( # what it is, what it says, whether it closes, nf's words
    ("no answer", b"", False, "did not answer GET /api/v1/nodes within 1 s"),
    ("half a header", b"HTTP/1.1 200 OK\r\nConte", False,
     "did not answer GET /api/v1/nodes within 1 s"),
    ("half a body", OK + b"99\r\n\r\n[{", False,
     "began to answer GET /api/v1/nodes and did not end within 1 s"),
    ("a body that ends early", OK + b"99\r\n\r\n[{", True,
     "GET /api/v1/nodes: the answer ended early"),
    ("a connection that is closed", b"", True, "GET /api/v1/nodes: the "
     "connection was closed without an answer"),
    ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", True,
     "what answers there does not speak HTTP"),
    ("another website", OK + b"6\r\n\r\n<html>", False,
     "GET /api/v1/nodes: the answer is not JSON: is NodeFoundry's API there"),
    ("nothing at all", OK + b"0\r\n\r\n", False,
     "GET /api/v1/nodes: the answer is not JSON"),
)


def check_servers(t):
    for what, says, closes, words in SERVERS:
        with Server(says, closes) as server:
            begun = time.monotonic()
            ran = nf(t, "nodes", "--timeout", "1", "--api", server.url)
            is_((ran.returncode, ran.stdout, words in ran.stderr), (3, "", True),
                f"{what}: nf says so")
            if words not in ran.stderr:
                print("#", ran.stderr)
            ok(time.monotonic() - begun < limit(4), "  in time")
    with Server(OK + b"6\r\n\r\n<html>", False) as server:
        ran = nf(t, "install", "--yes", MAC, "--api", server.url)
        is_(ran.returncode, 3, "nothing was installed by another website")


def check_second(t):
    """One that hangs at a later request of the same connection."""
    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", False) as s:
        ran = nf(t, "tasks", "--timeout", "1", "--api", s.url)
        is_(ran.returncode, 0, "one answer is one")
        ran = nf(t, "delete", "--yes", MAC, "x", "--timeout", "1", "--api", s.url)
        like(ran.stderr, "did not answer DELETE /api/v1/nodes/x within 1 s",
             "the second request has no answer")


RESOLVER = """
ip link set lo up
echo nameserver 127.0.0.1 > "$1" && mount --bind "$1" /etc/resolv.conf
exec python3 -c 'import socket, subprocess, sys
hangs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
hangs.bind(("127.0.0.1", 53))
sys.exit(subprocess.call(sys.argv[1:]))' "${@:2}"
"""


def check_name_server(t):
    if os.geteuid() != 0 or not shutil.which("unshare"):
        skip("needs root and unshare", 2)
        return
    begun = time.monotonic()
    ran = subprocess.run(
        ["unshare", "-mn", "bash", "-c", RESOLVER, "bash", t.path("resolv"), NF,
         "nodes", "--timeout", "1", "--api", "http://bastion.example:8080"],
        env=t.environ(), capture_output=True, text=True, timeout=limit(60))
    like(ran.stderr, "bastion.example:8080: its name was not resolved within 1 s",
         "a name server that hangs is named")
    ok(time.monotonic() - begun < limit(4), "in time")


class Stopped:
    """nginx's workers stand still within the block."""

    def __init__(self, t):
        self.pids = t.workers()

    def __enter__(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *ignored):
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)


def started(t, *words):
    return subprocess.Popen([NF, *words], env=t.environ(), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def check_stopped(t):
    """Who goes on and on says that the server hangs, and goes on with it."""
    t.api("POST", "/api/v1/nodes", {"mac": MAC})
    patience = ("--timeout", str(int(limit(2))))
    watching = started(t, "nodes", "--watch", "-o", "name", *patience)
    reading = started(t, "console", "-f", MAC, *patience)
    is_(watching.stdout.readline().strip(), MAC, "a list is watched")
    like(reading.stderr.readline(), "no console output .* yet; waiting",
         "a console is followed")
    with Stopped(t):
        like(watching.stderr.readline(), "did not answer GET /api/v1/nodes within",
             "nf nodes --watch says that nginx hangs")
        like(reading.stderr.readline(), "did not answer GET /api/v1/nodes/.*"
             "/console within", "nf console -f says that nginx hangs")
    t.api("POST", "/api/v1/nodes", {"mac": "52:54:00:00:00:02"})
    is_(watching.stdout.readline().strip(), "52:54:00:00:00:02",
        "the list goes on when it is back")
    is_(reading.poll(), None, "and so does the console")
    for each in (watching, reading):
        each.terminate()
        each.communicate()


# --- the store of this machine ------------------------------------------------

HOLDS_WRITER = """
import ctypes, os, signal, sys
lmdb, env, txn = ctypes.CDLL("liblmdb.so.0"), ctypes.c_void_p(), ctypes.c_void_p()
lmdb.mdb_env_create(ctypes.byref(env))
lmdb.mdb_env_set_maxdbs(env, 99)
lmdb.mdb_env_set_maxreaders(env, 1024)
rc = lmdb.mdb_env_open(env, sys.argv[1].encode(), 0x204000, 0o660)
print(rc or lmdb.mdb_txn_begin(env, None, 0, ctypes.byref(txn)), flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""
HOLDS_OPENING = """
import fcntl, os, signal, sys
lock = open(sys.argv[1] + "-lock", "r+b")
fcntl.lockf(lock, fcntl.LOCK_EX, 1, 0)
print(0, flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


def check_held(t, holds, commands, gone):
    """A process that stands still with a lock of the store."""
    holder = subprocess.Popen([sys.executable, "-c", holds,
                               t.settings["NF_DB_PATH"]], text=True,
                              stdout=subprocess.PIPE)
    is_(holder.stdout.readline(), "0\n", "a lock of the store is held")
    os.waitid(os.P_PID, holder.pid, os.WSTOPPED)
    begun = time.monotonic()
    running = [(words, started(t, *words, "--timeout", "1"))
               for words in commands]
    for words, ran in running:
        try:
            _, said = ran.communicate(timeout=limit(10))
        except subprocess.TimeoutExpired:
            ran.kill()
            said = ran.communicate()[1] + "hangs"
        is_((ran.returncode, "store/nodes.db did not become free within 1 s; it "
             f"is open in: " in said, f"({holder.pid}, stopped)" in said),
            (3, True, True), f"nf {' '.join(words)} says who has the store")
        if "stopped" not in said:
            print("#", said)
    ok(time.monotonic() - begun < limit(8), "in time")
    for words in gone:
        is_(nf(t, *words, "--timeout", "1").returncode, 0,
            f"nf {' '.join(words)} needs no such lock")
    holder.kill()
    holder.communicate()


def check_store(t):
    t.write("small", "x")
    write = (["files", "put", "boot/x", t.path("small")], ["files", "rm", "x"],
             ["store", "init"])
    read = (["dump"], ["events"], ["store", "check"], ["files", "list"],
            ["backup", t.path("copy")])
    check_held(t, HOLDS_WRITER, write, read)
    t.stop()
    check_held(t, HOLDS_OPENING, (*write, *read), ())
    os.remove(t.path("copy"))
    for words in (*write[:1], *read):
        is_(nf(t, *words).returncode, 0, f"nf {' '.join(words)} works afterwards")


with Nginx() as t:
    check_servers(t)
    check_second(t)
    check_name_server(t)
    check_stopped(t)
    check_store(t)
    t.start()
done()
