#!/usr/bin/env python3
"""What the agent in RAM says and hears: the whole conversation, with a server
that is polite, rude, slow, or away."""

import base64
import concurrent.futures
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import nginx  # noqa: E402
import rude  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))
DEVICE = "/api/v1/device/"
ORDER = f"/image/{rude.MAC}/image.json"
OS_INSTALL = ("os_install", {
    "install_method": "image", "os_type": "debian", "os_version": "12",
    "order_url": ORDER, "token": rude.TOKEN, "disk_layout": {"table": "gpt"}})
LIMIT_S = 90


class Agent:
    """One run of the agent, its console in a file."""

    def __init__(self, url, *words, cmdline="", disk=None):
        self.dir = tempfile.TemporaryDirectory(prefix="nf-agent-")
        self.place = pathlib.Path(self.dir.name)
        self.disk = disk or self.place / "disk"
        if not disk:
            self.disk.write_bytes(b"\xee" * 65536)
        (self.place / "cmdline").write_text(
            f"quiet regional_url={url}/ nf.mac={rude.MAC} nf.poll=1 "
            f"nf.disk={self.disk} {cmdline}\n")
        self.log = open(self.place / "console", "wb")
        self.process = subprocess.Popen(
            [AGENT, "install", *words], stdout=self.log, stderr=self.log,
            env={"PATH": os.environ["PATH"],
                 "NF_CMDLINE": str(self.place / "cmdline"),
                 "NF_REBOOT_COMMAND": f"touch {self.place}/rebooted"})

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.kill()
        self.log.close()
        self.dir.cleanup()

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def console(self):
        return (self.place / "console").read_bytes().decode("utf-8", "replace")

    def says(self, pattern, seconds=20):
        """Whether a line that matches comes in time."""
        end = time.monotonic() + limit(seconds)
        while time.monotonic() < end:
            if re.search(pattern, self.console, re.M):
                return True
            time.sleep(0.02)
        return False

    def ends(self, seconds=LIMIT_S):
        try:
            return self.process.wait(limit(seconds))
        except subprocess.TimeoutExpired:
            return None

    def is_untouched(self):
        return self.disk.read_bytes() == b"\xee" * 65536


def waits(what, seconds=20):
    end = time.monotonic() + limit(seconds)
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.01)
    return False


def is_in_order(console, lines, name):
    """Each of the lines stands, whole, after the one before."""
    rest = console.split("\n")
    for line in lines:
        if line not in rest:
            tap.ok(False, name)
            tap.diag(f"missing here: {line!r}", console)
            return
        rest = rest[rest.index(line) + 1:]
    tap.ok(True, name)


BEFORE = [
    "=== NodeFoundry agent {version} ===",
    "Server: {url}",
    "Polling Interval: 1s",
    "[Stage 1/5] Collecting hardware information...",
    "  Progress: [10%] hardware_collect - Hardware information collected "
    "successfully (no task assigned yet)",
    "[Stage 2/5] Reporting hardware to the server...",
    "  Hardware reported (no task assigned yet)",
    "  Hardware reported successfully",
    "  Progress: [15%] hardware_report - Hardware reported to regional client "
    "(no task assigned yet)",
    "[Stage 3/5] Polling for task assignment...",
    "  Progress: [20%] task_wait - Waiting for task assignment "
    "(no task assigned yet)",
    "  Polling for task (attempt 1/60)...",
    "  No task assigned yet",
]
AFTER = [
    "  Task task-0000001a found, its status is pending; waiting for approval",
    "  Task found and approved!",
    "  Task received! Task ID: task-0000001a",
    "  OS Type: Ubuntu 22.04",
    "  OS Version: 22.04",
    "  Progress: [30%] task_received - Task received: Ubuntu 22.04 22.04",
    "[Stage 4/5] Starting OS installation...",
    "  Progress: [40%] install_start - Starting OS installation process",
    "  OS Type: Ubuntu 22.04",
    "  OS Version: 22.04",
    '  Disk Layout: {"table":"gpt"}',
]


def test_conversation():
    version = subprocess.check_output([AGENT, "--version"], text=True).split()[1]
    with rude.Server() as server, Agent(server.url, "--once") as agent:
        tap.ok(agent.says(r"attempt 2/60"), "it polls again, and again")
        is_in_order(agent.console, [line.format(url=server.url, version=version)
                                    for line in BEFORE],
                    "the lines before there is a task")
        tap.ok(waits(lambda: len(server.steps()) == 3),
               "three steps reach the server")
        tap.is_(server.steps(), [("hardware_collect", 10),
                                 ("hardware_report", 15), ("task_wait", 20)],
                "and in this order")
        body = server.bodies("/api/v1/report")[0]
        tap.ok(body["mac"] == "52:54:00:00:00:01" and body["sn"]
               and body["hardware"]["serial_number"] in (body["sn"], "")
               and "token" not in body, "the report says who it is from")
        server.change(task=server.task_make("pending"))
        tap.ok(agent.says("waiting for approval"),
               "a task that is not approved is told from none")
        server.operations = [OS_INSTALL]
        at = time.monotonic()
        server.change(task=server.task_make("approved"))
        tap.ok(waits(lambda: ("task_received", 30) in server.steps()),
               "an approval is seen")
        took = time.monotonic() - at
        tap.ok(took < limit(1), f"and within a second ({took:.3f} s)")
        tap.is_(agent.ends(), 0, "it ends when the server says complete")
        is_in_order(agent.console, AFTER, "the lines of a task")
        results = server.results()
        tap.ok(len(results) == 1 and results[0][:2] == ("os_install", False)
               and re.search("refused the order: 404", results[0][2]),
               "an operation that failed is reported with the reason")
        done = server.bodies(DEVICE + "operationComplete")[0]
        tap.is_((done["token"], done["task_id"]),
                (rude.TOKEN, "task-0000001a"), "with the task and its token")
        tap.ok(agent.is_untouched(), "the disk was not touched")


def test_away():
    server = rude.Server()
    server.stop()
    with server, Agent(server.url) as agent:
        tap.ok(agent.says(r"^Failed to send request: .*Connection refused"),
               "a server that is away is said")
        server.start()
        tap.ok(agent.says("^  Hardware reported successfully"),
               "and asked again until it is there")
        tap.ok(waits(lambda: len(server.steps()) >= 3),
               "what was told meanwhile arrives")
        tap.is_([step for step, _ in server.steps()][:3],
                ["hardware_collect", "hardware_report", "task_wait"],
                "in its order")
        server.stop()
        asked = len(server.asked)
        failed = agent.console.count("Failed to send")
        tap.ok(waits(lambda: agent.console.count("Failed to send")
                     > failed + 1), "it may go away between two polls")
        server.task = server.task_make("approved")
        server.start()
        tap.ok(agent.says("Task received!") and len(server.asked) > asked,
               "and the poll goes on")


def test_killed():
    """kill -9 while the image comes; the next one begins where the server
    says."""
    with rude.Server() as server:
        slow = threading.Event()
        server.files["/files/image"] = lambda handler: drip(handler, slow)
        server.files[ORDER] = order_make(server)
        server.task = server.task_make("installing")
        server.operations = [OS_INSTALL]
        with Agent(server.url, cmdline=f"nf.token={rude.TOKEN}") as agent:
            tap.ok(slow.wait(limit(20)), "the image is on its way")
            agent.kill()
            tap.is_(server.results(), [], "nothing is reported by the dead")
            server.files[ORDER] = b"{}"
            with Agent(server.url, "--once") as second:
                tap.is_(second.ends(), 0, "the next agent goes on to the end")
        tap.is_(len(server.bodies(ORDER)), 2, "it asked for its order anew")
        results = server.results()
        tap.ok(len(results) == 1 and "has no valid" in results[0][2],
               "and reported its own failure only")


def drip(handler, seen):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    seen.set()
    try:
        for _ in range(300):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass


def order_make(server, **members):
    return {"task": "task-0000001a", "mac": rude.MAC, "hostname": "node-1",
            "disk": "auto", "image": {"url": f"{server.url}/files/image"},
            "network": {}, "agent": {"broker": "127.0.0.1:1883"}, **members}


def test_disk_is_safe():
    """Nothing is written without an operation, a token, and an order that is
    this task's."""
    other = {**OS_INSTALL[1], "order_url": "//127.0.0.2/x"}
    for name, task, order, operation, why in (
            ("no token", {"token": None}, {},
             ("os_install", {"install_method": "image"}), "has no token"),
            ("another task's order", {}, {"task": "task-0000001b"},
             OS_INSTALL, "is for task task-0000001b"),
            ("another node's order", {}, {"mac": "525400000002"},
             OS_INSTALL, "no valid mac"),
            ("an address elsewhere", {}, {}, ("os_install", other),
             "refused the order"),
            ("another method", {}, {},
             ("os_install", {**OS_INSTALL[1], "install_method": "kickstart"}),
             "kickstart is not supported in RAM"),
            ("an unknown operation", {}, {}, ("format_disk", {}), None)):
        with rude.Server() as server:
            server.task = server.task_make("approved", **task)
            server.files[ORDER] = order_make(server, **order)
            server.operations = [operation]
            with Agent(server.url, "--once", cmdline="nf.retry=0") as agent:
                if why:
                    agent.ends()
                    said = server.results()[0][2] if server.results() else ""
                    tap.ok(why in said and agent.is_untouched(),
                           f"{name}: the disk is left alone ({said})")
                else:
                    tap.ok(agent.says('Unknown operation "format_disk"')
                           and agent.is_untouched() and not server.results(),
                           f"{name}: it waits")
    with rude.Server() as server:
        server.task = server.task_make("pending")
        server.operations = [OS_INSTALL]
        server.files[ORDER] = order_make(server)
        with Agent(server.url, cmdline=f"nf.token={rude.TOKEN}") as agent:
            agent.says("attempt 2/60")
            tap.ok(not server.bodies(DEVICE + "getNextOperation")
                   and not server.bodies(ORDER) and agent.is_untouched(),
                   "a task that is not approved is not begun, token or not")


def test_cancelled():
    with rude.Server() as server:
        server.task = server.task_make("approved")
        server.operations = [("wait", {})]
        with Agent(server.url) as agent:
            tap.ok(waits(lambda: server.bodies(DEVICE + "getNextOperation")),
                   "an operation may be to wait")
            server.change(task=server.task_make("cancelled"))
            tap.ok(agent.says("has nothing more for this node")
                   and agent.says("Task task-0000001a is cancelled"),
                   "a task that is cancelled is left, and polled for anew")
            server.change(task=server.task_make("approved",
                                                task_id="task-0000001b"))
            tap.ok(agent.says("Task ID: task-0000001b"),
                   "the next task is taken")


def test_reboot():
    with rude.Server() as server:
        server.task = server.task_make("installing")
        server.operations = [("network_config", {"network": {}}),
                             ("reboot", {})]
        with Agent(server.url, cmdline="nf.retry=0") as agent:
            tap.is_(agent.ends(), 0, "it ends where the machine restarts")
            tap.ok((agent.place / "rebooted").exists(), "and restarts it")
            tap.is_([result[0] for result in server.results()],
                    ["network_config", "reboot"], "what was done is told")


def test_progress_is_background():
    """The server takes five seconds for a progress post."""
    with rude.Server() as server:
        server.progress_delay = 5
        server.task = server.task_make("approved")
        server.operations = [("wait", {})]
        with Agent(server.url) as agent:
            tap.ok(waits(lambda: server.bodies(DEVICE + "getNextOperation"),
                         4), "the conversation does not wait for progress")
            tap.ok(len(server.steps()) == 1, "which is still on its way")


def test_progress_refused():
    with rude.Server() as server:
        server.rude["/api/v1/progress"] = [rude.good_with(
            b'{"error":"Task not found"}', 404)]
        with Agent(server.url) as agent:
            tap.ok(agent.says("^Progress update failed: 404 - Task not found$"),
                   "a refused progress is said")
            tap.ok(waits(lambda: len(server.steps()) >= 3),
                   "and nothing more happens")


def test_hostile_words():
    evil = "\x1b[2J\x07Ubuntu\r\nnf-agent: sha256 matches"
    with rude.Server() as server:
        server.task = server.task_make("approved", os_type=evil,
                                       os_version="x" * 5000)
        with Agent(server.url, "--once") as agent:
            tap.is_(agent.ends(), 0, "hostile words are only words")
            tap.unlike(agent.console, "\x1b|\x07|^nf-agent: sha256",
                       "no control byte reaches the console")
    for bad in ({"task_id": "../x"}, {"task_id": "a" * 64 + "/"},
                {"status": ""}, {"task_id": None}):
        with rude.Server() as server:
            server.task = server.task_make("approved", **bad)
            with Agent(server.url) as agent:
                tap.ok(agent.says("^Polling failed: 200 - the answer is not a task"),
                       f"{bad} is no task")


def test_sixty_polls():
    """With a server that does not hold its answers back."""
    with rude.Server() as server:
        server.holds = False
        once = rude.Server()
        with once, Agent(once.url, "--once") as other, \
                Agent(server.url) as agent:
            if not tap.ok(agent.says("No approved task in 60 polls", 75),
                          "after 60 polls"):
                tap.diag(agent.console[-500:])
            tap.ok(waits(lambda: len(server.bodies("/api/v1/report")) == 2),
                   "it reports again and starts over")
            polls = [one for one in server.asked
                     if one[2].startswith("/api/v1/task/")]
            took = polls[59][0] - polls[0][0]
            tap.ok(60 <= len(polls) <= 66 and took > 50,
                   f"and has asked once in an interval ({len(polls)} times, "
                   f"60 of them in {took:.0f} s)")
            tap.ok(agent.process.poll() is None, "it does not end")
            tap.is_(other.ends(30), 1, "with --once it does, with status 1")


def test_silence():
    """A server that takes the question and never answers."""
    with rude.Server() as server:
        server.rude["/api/v1/report"] = [lambda handler: time.sleep(60)]
        with Agent(server.url) as agent:
            tap.ok(agent.says("Failed to send request: .*went silent", 45),
                   "silence is a failure after half a minute")
            tap.ok(agent.says("^  Hardware reported successfully"),
                   "and the report is sent again")


def image_make():
    """A boot sector, a partition for Linux, and noise."""
    image = bytearray(os.urandom(40000))
    image[446:512] = bytes(66)
    image[446 + 4] = 0x83
    struct.pack_into("<II", image, 446 + 8, 16, 60)
    image[510:512] = b"\x55\xaa"
    return bytes(image)


def trickle(handler):
    """12 MiB in a little more than five seconds."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
                        % (12 << 20))
    image = image_make()
    for i in range(12):
        begins = image if i == 0 else b""
        handler.wfile.write(begins + os.urandom((1 << 20) - len(begins)))
        time.sleep(0.45)


def test_parts():
    with rude.Server() as server:
        server.task = server.task_make("approved")
        server.operations = [OS_INSTALL]
        server.files[ORDER] = order_make(server)
        server.files["/files/image"] = trickle
        with Agent(server.url, "--once") as agent:
            os.truncate(agent.disk, 32 << 20)
            agent.ends()
            parts = [(at, body["percent"]) for at, _, path, body in server.asked
                     if path == "/api/v1/progress"
                     and body["step"] == "downloading"]
            percents = [percent for _, percent in parts]
            tap.ok(percents[0] == 60 and len(set(percents)) >= 4
                   and percents == sorted(percents) and percents[-1] <= 69,
                   f"while bytes come the percent moves ({percents})")
            news = len(set(percents)) # what is said again is a sign of life
            tap.ok(news <= 8, f"once in a second ({news} of {len(parts)} posts)")
            tap.like(server.bodies("/api/v1/progress")[-1]["message"],
                     r"\d+ of 12 MiB", "and says how many came")


def test_alive():
    """A script that says nothing for long: the server hears that it runs."""
    script = base64.b64encode(b"#!/bin/sh\nsleep 4\n")
    with rude.Server() as server:
        server.task = server.task_make("approved")
        server.operations = [("hardware_config", {})]
        server.rude[DEVICE + "getHardwareConfig"] = [rude.good_with(
            b'{"scripts":[{"name":"long","script":"%s"}]}' % script)]
        with Agent(server.url, "--once") as agent:
            tap.ok(agent.ends() == 0 and server.results()[0][1], "it ran")
            told = server.bodies("/api/v1/progress")
            tap.ok(told.count(told[-1]) >= 2 and told[-1].get("task_id"),
                   f"the last words come once in nf.poll ({len(told)} times)")


class Site:
    """A real nginx with our module, and an image to install."""

    def __init__(self):
        self.t = nginx.Nginx(settings={"NF_AGENT_POLL": "1"})
        image = image_make()
        self.t.write("files/images/debian-12-amd64.img", image)
        self.t.write("files/images/debian-12-amd64.img.sha256",
                     hashlib.sha256(image).hexdigest() + "\n")

    def __enter__(self):
        self.t.start()
        self.url = f"http://127.0.0.1:{self.t.install_port}"
        return self

    def __exit__(self, *why):
        self.t.__exit__(*why)

    def create(self):
        answer = self.t.api("POST", "/api/v1/tasks",
                            {"mac": rude.MAC, "profile": "debian-image"})
        self.id = answer.json["task_id"]

    def approve(self):
        self.t.api("POST", f"/api/v1/tasks/{self.id}/approve", {})

    def task(self):
        return self.t.api("GET", f"/api/v1/tasks/{self.id}").json


def test_real_server():
    """The disk is a file: the kernel does not reread its partitions, and there
    the installation fails."""
    with Site() as site:
        with Agent(site.url) as agent:
            tap.ok(agent.says("no task was created for this machine"),
                   "a real server says why there is no task")
            site.create()
            tap.ok(agent.says("its status is pending"), "it has a task")
            time.sleep(1.5)
            tap.ok(agent.is_untouched(), "the disk is as it was")
            at = time.monotonic()
            site.approve()
            tap.ok(agent.says("Task received!"), "the approval comes through")
            took = time.monotonic() - at
            tap.ok(took < limit(1), f"within a second ({took:.3f} s)")
            tap.ok(agent.says("^  os_install failed: .*reread"),
                   "it installs, as far as it can here")
            tap.ok(waits(lambda: site.task()["status"] == "failed"),
                   "the server knows that it failed")
            tap.like(site.task()["reason"], "cannot reread the partitions",
                     "and why")
            steps = [one["step"] for one in site.task()["progress"]]
            tap.is_([step for step in steps
                     if step not in ("hardware_config", "network_config")],
                    ["hardware_collect", "hardware_report", "task_wait",
                     "task_received", "install_start", "partitioning",
                     "disk", "downloading"], "it has every step that was told")


def test_real_server_away():
    """nginx ends and comes back, and the agent is killed, between approval
    and end."""
    with Site() as site:
        first = Agent(site.url)
        with first:
            tap.ok(first.says("no task was created"), "it waits")
            site.create()
            tap.ok(first.says("its status is pending"), "for the approval")
            first.kill()
        site.approve()
        site.t.stop()
        with Agent(site.url) as second:
            tap.ok(second.says("^Failed to send request"),
                   "an agent that starts while the server is away")
            site.t.start()
            tap.ok(second.says("^  os_install failed: .*reread", 40),
                   "goes on where the task is, once it is back")
            tap.ok(waits(lambda: site.task()["status"] == "failed"),
                   "and reports")


def rude_run(path, name):
    """The conversation with one rude answer, twice, on one path."""
    with rude.Server() as server:
        server.task = server.task_make("approved")
        server.operations = [("hardware_config", {})]
        server.rude[path] = [rude.RUDE[name]] * 2
        with Agent(server.url, "--once", cmdline="nf.retry=0") as agent:
            status = agent.ends()
            good = (status == 0 and len(server.rude[path]) < 2
                    and agent.is_untouched())
            return good, f"{name} on {path}", agent.console


def test_rude():
    runs = [(path, name) for name in sorted(rude.RUDE) for path in (
        "/api/v1/report", "/api/v1/progress", "/api/v1/task/",
        DEVICE + "isInInstallQueue", DEVICE + "getNextOperation",
        DEVICE + "operationComplete")]
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        for good, name, console in pool.map(lambda run: rude_run(*run), runs):
            if not tap.ok(good, f"{name} is overcome"):
                tap.diag(console[-1500:])


def test_command_line():
    for words, cmdline, why in (
            (["--url", "ftp://h"], "", "--url needs a valid value"),
            (["--mac", "zz"], "", "--mac needs a valid value"),
            (["--token"], "", "--token needs a valid value"),
            (["--fast"], "", "unknown option --fast"),
            ([], "nf.poll=0", "no valid nf.poll"),
            ([], "nf.url=https://h", "no valid nf.url"),
            ([], "nf.token=a/b", "no valid nf.token"),
            ([], "nf.disk=vda", "no valid nf.disk")):
        with Agent("http://127.0.0.1:1", *words, cmdline=cmdline) as agent:
            tap.ok(agent.ends() == 2 and why in agent.console,
                   f"{words} {cmdline}: {why}")
    with rude.Server() as server:
        with Agent("http://127.0.0.1:1", "--regional-url", server.url,
                   "--mac", "52-54-00-00-00-09", "--poll", "3") as agent:
            tap.ok(agent.says("Polling Interval: 3s")
                   and agent.says("Hardware reported successfully"),
                   "options come before the kernel's words")
            tap.is_(server.bodies("/api/v1/report")[0]["mac"],
                    "52:54:00:00:00:09", "each of them")


TESTS = [value for name, value in list(globals().items())
         if name.startswith("test_")]


def main():
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    wanted = sys.argv[1:]
    long = [test_sixty_polls, test_silence]
    beside = [threading.Thread(target=test) for test in long]
    for thread in beside if not wanted else []:
        thread.start()
    for test in TESTS:
        if test.__name__ in wanted or (not wanted and test not in long):
            test()
    for thread in beside if not wanted else []:
        thread.join()
    tap.done()


main()
