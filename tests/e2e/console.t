#!/usr/bin/env python3
"""The console of a machine with nf-agent in its RAM, read from the bastion:
the real agent, nginx with our module, and nf."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import nginx  # noqa: E402
import rude  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))


def waits(what, seconds=20):
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return False


class Agent:
    def __init__(self, url, cmdline=""):
        self.dir = tempfile.TemporaryDirectory(prefix="nf-agent-")
        place = pathlib.Path(self.dir.name)
        (place / "cmdline").write_text(
            f"regional_url={url} nf.mac={rude.MAC} nf.poll=1 "
            f"nf.disk={place}/disk {cmdline}\n")
        (place / "disk").write_bytes(bytes(65536))
        self.out = open(place / "console", "wb")
        self.console = place / "console"
        self.process = subprocess.Popen(
            [AGENT, "install"], stdout=self.out, stderr=self.out,
            env={"PATH": os.environ["PATH"],
                 "NF_CMDLINE": str(place / "cmdline"),
                 "NF_REBOOT_COMMAND": "true"})

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.dir.cleanup()

    def text(self):
        return self.console.read_text("utf-8", "replace")


def nf_words(t, *words):
    return [os.environ.get("NF_TEST_NF", ROOT / "build/nf"), "--api",
            f"http://127.0.0.1:{t.port}", *words]


def console(t):
    return subprocess.run(nf_words(t, "console", rude.MAC), env=t.environ(),
                          capture_output=True, text=True)


def test_whole(t, url):
    with Agent(url) as agent:
        tap.ok(waits(lambda: "no task was created" in agent.text()),
               "an agent waits for a task")
        answer = t.api("GET", f"/api/v1/nodes/{rude.MAC}/console")
        tap.is_(answer.status, 404, "nothing is kept of a machine without one")
        ran = console(t)
        tap.ok(ran.returncode != 0 and "console" in ran.stderr,
               "and nf says so")
        shown_live = pathlib.Path(t.dir) / "follower"
        follower = subprocess.Popen(
            nf_words(t, "console", "-f", rude.MAC),
            stdout=open(shown_live, "wb"), stderr=subprocess.DEVNULL,
            env=t.environ())
        task = t.api("POST", "/api/v1/tasks",
                     {"mac": rude.MAC, "profile": "debian-image"})
        t.api("POST", f"/api/v1/tasks/{task.json['task_id']}/approve", {})
        tap.ok(waits(lambda: "os_install failed" in agent.text(), 40),
               "its installation fails here: that disk is a file")
        tap.ok(waits(lambda: "os_install failed" in console(t).stdout),
               "which `nf console` shows")
        said = console(t).stdout
        tap.like(said, r"--- nf-agent, heard 20..-", "from where it was heard")
        tap.like(said, r"=== NodeFoundry agent ", "with its first line")
        shown = [line for line in said.splitlines()
                 if not line.startswith("---")]
        real = agent.text().splitlines()
        tap.ok(len(shown) > 10 and set(shown) <= set(real),
               "every line of it is one of the machine's")
        tap.ok(waits(lambda: "os_install failed" in shown_live.read_text()),
               "`nf console -f` shows it as it comes")
        follower.terminate()
        follower.wait()


def test_secrets():
    """A token in what is printed."""
    with rude.Server() as server:
        seen = []

        def take(handler):
            seen.append(server.bodies("/api/v1/device/console")[-1])
            body = b'{"wanted":true,"pause":1}'
            handler.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body))
        server.files["/api/v1/device/console"] = take
        token = "abc123def456ghi789"
        server.task = server.task_make("approved", token=token,
                                       os_type=f"Debian {token}")
        server.operations = [("wait", {})]
        with Agent(server.url, f"nf.token={token}") as agent:
            tap.ok(waits(lambda: token in agent.text()),
                   "an agent prints its token, for once")
            tap.ok(waits(lambda: "Debian *****" in json.dumps(seen)),
                   "and sends asterisks")
            tap.ok(token not in "".join(body["text"] for body in seen),
                   "instead of it")
            offsets = [body["offset"] for body in seen]
            tap.ok(offsets == sorted(offsets) and offsets[0] == 0
                   and all(one["offset"] + len(one["text"].encode())
                           == two["offset"] for one, two in zip(seen, seen[1:])),
                   "in pieces that follow each other")


def test_old_server():
    """Which knows no console: its 404 does no harm."""
    with rude.Server() as server:
        server.task = server.task_make("approved")
        server.operations = [("hardware_config", {})]
        with Agent(server.url) as agent:
            tap.ok(waits(lambda: "hardware_config" in [
                one[0] for one in server.results()]), "the agent works on")
            tap.ok(len(server.bodies("/api/v1/device/console")) < 6
                   and "console" not in agent.text(),
                   "asks seldom, and says nothing of it")


def test_slow_server():
    """That takes a piece and says nothing for long."""
    with rude.Server() as server:
        server.files["/api/v1/device/console"] = lambda _: time.sleep(20)
        server.task = server.task_make("approved")
        server.operations = [("hardware_config", {})]
        with Agent(server.url):
            tap.ok(waits(lambda: server.results(), 10),
                   "the work does not wait for it")


def test_banner():
    with rude.Server() as server, Agent(server.url, "nf.banner=lpmos") as agent:
        tap.ok(waits(lambda: "=== LPMOS Agent Started (Enhanced) ===\n"
                             f"Regional Client: {server.url}\n" in agent.text()),
               "LPMOS's lines are a setting away")


def main():
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    with nginx.Nginx(settings={"NF_AGENT_POLL": "1"}) as t:
        image = bytes(510) + b"\x55\xaa" + os.urandom(65024)
        t.write("files/images/debian-12-amd64.img", image)
        t.write("files/images/debian-12-amd64.img.sha256",
                hashlib.sha256(image).hexdigest() + "\n")
        test_whole(t, f"http://127.0.0.1:{t.install_port}")
    test_secrets()
    test_old_server()
    test_slow_server()
    test_banner()
    tap.done()


main()
