#!/usr/bin/env python3
"""The agent's install role against a server that plays the bastion's part.

The disk is a file here, so each run ends at the latest where the kernel would
reread its partitions; the whole way is the virtual machines' part."""

import hashlib
import http.server
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))
MAC = "525400000001"
MIB = 1 << 20
IMAGE_SIZE = 3 * MIB + 512
DISK_SIZE = 8 * MIB


def image_make(entry_type=0x83):
    """Random bytes behind an MBR of two partitions."""
    image = bytearray(os.urandom(IMAGE_SIZE))
    image[446:512] = bytes(66)
    for i, (kind, start, count) in enumerate(
            ((0x0C, 2048, 2048), (entry_type, 4096, 2049))):
        image[446 + 16 * i + 4] = kind
        struct.pack_into("<II", image, 446 + 16 * i + 8, start, count)
    image[510:512] = b"\x55\xaa"
    return bytes(image)


class Server:
    """What the agent talks to; answers can be bent for one test."""

    def __init__(self):
        self.image = image_make()
        self.order = {}
        self.order_status = 200
        self.order_raw = None   # bytes instead of an HTTP answer
        self.cut = None         # bytes of the image that are really sent
        self.report_statuses = []
        self.asked = []
        self.reports = []
        self.operations = ["os_install", "reboot"]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *ignored):
                pass

            def do_GET(self):
                outer.get(self)

            def do_POST(self):
                outer.post(self)

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self._http.shutdown()
        self._http.server_close()

    def order_make(self):
        order = {
            "task": "task-0000001a", "mac": MAC, "hostname": "node-1",
            "disk": "auto",
            "image": {"url": f"{self.url}/files/image",
                      "sha256": hashlib.sha256(self.image).hexdigest()},
            "network": {"ip": "", "netmask": "", "gateway": "", "dns": []},
            "agent": {"broker": "127.0.0.1:1883", "heartbeat_interval": 60,
                      "log_level": "info"},
        }
        for path, value in self.order.items():
            at = order
            *heads, last = path.split(".")
            for head in heads:
                at = at[head]
            at[last] = value
        return json.dumps(order).encode()

    @staticmethod
    def send(handler, status, body, length=None):
        handler.send_response(status)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            pass  # the agent may hang up as soon as it knows enough

    def get(self, handler):
        if handler.path.startswith("/api/v1/task/"):
            self.send(handler, 200, b'{"task_id":"task-0000001a",'
                      b'"status":"installing","os_type":"debian"}')
            return
        self.asked.append(handler.path)
        if handler.path.startswith("/files/"):
            self.send(handler, 200, self.image[:self.cut], len(self.image))
        elif self.order_raw is not None:
            handler.wfile.write(self.order_raw)
        else:
            self.send(handler, self.order_status, self.order_make())

    def post(self, handler):
        body = json.loads(
            handler.rfile.read(int(handler.headers["Content-Length"])))
        answers = {"report": {"matched": True},
                   "isInInstallQueue": {"result": bool(self.operations)}}
        word = handler.path.rpartition("/")[2]
        status = 200
        if word == "operationComplete":
            if body["operation"] == "os_install":
                self.reports.append((handler.path, body))
            if self.report_statuses:
                status = self.report_statuses.pop(0)
            if status < 500:
                self.operations.remove(body["operation"])
        elif word == "getNextOperation":
            answers[word] = {
                "operation": self.operations[0],
                "data": {"token": "TOK7EN",
                         "order_url": f"/image/{MAC}/image.json"}}
        self.send(handler, status,
                  json.dumps(answers.get(word, {"status": "ok"})).encode())


class Run:
    """One run of `nf-agent install` to its end."""

    def __init__(self, server, disk_size=DISK_SIZE, words=""):
        with tempfile.TemporaryDirectory(prefix="nf-agent-") as directory:
            place = pathlib.Path(directory)
            disk = place / "disk"
            disk.write_bytes(b"\xee" * disk_size)
            (place / "cmdline").write_text(
                f"quiet nf.url={server.url}/ nf.mac={MAC} nf.token=TOK7EN "
                f"nf.disk={disk} nf.retry=0 {words}\n")
            done = subprocess.run(
                [AGENT, "install"], capture_output=True, text=True, timeout=120,
                env={"PATH": os.environ["PATH"],
                     "NF_CMDLINE": str(place / "cmdline"),
                     "NF_REBOOT_COMMAND": f"touch {place}/rebooted"})
            self.console = done.stdout + done.stderr
            self.status = done.returncode
            self.disk = disk.read_bytes()
            self.has_rebooted = (place / "rebooted").exists()
        self.reports = [report for _, report in server.reports]
        self.message = self.reports[-1]["message"] if self.reports else ""


def is_failure(run, pattern, name):
    """It failed for this reason, said so to the server, and did as told."""
    if not tap.ok(run.status == 0 and run.has_rebooted and run.reports
                  and run.reports[-1]["success"] is False, name):
        tap.diag(run.console)
    tap.like(run.message, pattern, f"{name}: the reason is told")


def test_whole_image():
    with Server() as server:
        run = Run(server)
        image, disk = server.image, run.disk
        tap.is_(server.asked, [f"/image/{MAC}/image.json?token=TOK7EN",
                               "/files/image"], "it asks, then downloads")
        tap.ok(disk[512:len(image)] == image[512:], "the image is on the disk")
        tap.ok(disk[:474] == image[:474], "with its boot code and first entry")
        tap.is_(struct.unpack_from("<II", disk, 446 + 16 + 8),
                (4096, DISK_SIZE // 512 - 4096),
                "and a last partition that reaches to the end of the disk")
        tap.like(run.console, r"nf-agent: \d+\.\d s sha256 is right",
                 "the console tells each step with its time")
        path, report = server.reports[-1]
        tap.is_((path, report["mac"], report["token"], report["operation"]),
                ("/api/v1/device/operationComplete", "52:54:00:00:00:01",
                 "TOK7EN", "os_install"), "the report says who reports what")
        is_failure(run, "cannot reread the partitions",
                   "a file has no partitions to reread")


def test_bad_image():
    for bend, pattern, name in (
            ({"order": {"image.sha256": "0" * 64}}, "sha256 is [0-9a-f]{64}, "
             "not 0{64}", "a wrong sum is refused"),
            ({"cut": MIB + 5}, rf"ended after {MIB + 5} of {IMAGE_SIZE} bytes",
             "a short image is refused"),
            ({"image": image_make(0x0C)}, "no MBR with a Linux partition",
             "an image without a Linux partition is refused"),
            ({"image": b"x" * 100}, "no MBR with a Linux partition",
             "a tiny image is refused")):
        with Server() as server:
            vars(server).update(bend)
            run = Run(server)
            is_failure(run, pattern, name)
            tap.ok(run.disk[:100] == bytes(100), f"{name}: nothing boots")
    with Server() as server:
        run = Run(server, disk_size=2 * MIB)
        is_failure(run, "too small: it has 2097152 bytes, the image",
                   "a small disk is refused")
        tap.ok(run.disk == b"\xee" * 2 * MIB, "and left as it was")


def test_bad_order():
    for path, value in (
            ("mac", "525400000002"), ("hostname", "a\nb"), ("hostname", "-a"),
            ("hostname", ""), ("hostname", None), ("disk", "vda; reboot"),
            ("disk", "/dev/../etc/passwd"), ("image.url", "ftp://h/x"),
            ("image.url", "http://h/a b"), ("image.sha256", "abc"),
            ("network.ip", "10.0.0.256"), ("network.ip", "10.0.0.5"),
            ("network.gateway", "x\n[Match]"), ("network.dns", ["1.2.3"]),
            ("agent.broker", "h:1\nX=1"), ("agent.log_level", "loud"),
            ("agent.heartbeat_interval", 9)):
        wanted = "network.netmask" if value == "10.0.0.5" else path
        with Server() as server:
            server.order = {path: value}
            run = Run(server)
            tap.ok(run.message == f"image.json has no valid {wanted}"
                   and run.disk == b"\xee" * DISK_SIZE,
                   f"{path} {value!r} is refused by name")


def says_failed(server):
    """Whether it says that it failed to ask; then it is ended, because it
    would go on asking."""
    with tempfile.TemporaryDirectory(prefix="nf-agent-") as directory:
        cmdline = pathlib.Path(directory) / "cmdline"
        cmdline.write_text(f"nf.url={server.url} nf.mac={MAC} nf.token=T\n")
        process = subprocess.Popen(
            [AGENT, "install"], stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT,
            env={"NF_CMDLINE": str(cmdline), "NF_REBOOT_COMMAND": "true"})
        # the console ends with the process: a silent one is not waited for
        limit = threading.Timer(20, process.kill)
        limit.start()
        found = any("Failed to send request" in line
                    for line in process.stdout)
        limit.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
        return found


def test_bad_answers():
    with Server() as server:
        server.order_status = 403
        run = Run(server)
        is_failure(run, "403", "a refusal is final")
        tap.is_(len(server.asked), 1, "and not asked for again")
    head = b"HTTP/1.1 200 OK\r\n"
    for raw in (b"", b"hello\r\n\r\n", head + b"\r\n{}",
                head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                head + b"Content-Length: -2\r\n\r\n{}",
                head + b"X: " + b"y" * 9000 + b"\r\n\r\n"):
        with Server() as server:
            server.order_raw = raw
            tap.ok(says_failed(server), f"{raw[:40]!r} is no answer")


def test_report_retries():
    with Server() as server:
        server.order = {"hostname": ""}
        server.report_statuses = [500, 503]
        Run(server)
        tap.is_(len(server.reports), 3, "a report is sent until it is taken")
    with Server() as server:
        server.order = {"hostname": ""}
        server.report_statuses = [403]
        Run(server)
        tap.is_(len(server.reports), 1, "a report that is refused is not")


def main():
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    test_whole_image()
    test_bad_image()
    test_bad_order()
    test_bad_answers()
    test_report_retries()
    tap.done()


main()
