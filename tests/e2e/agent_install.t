#!/usr/bin/env python3
"""The agent's install role against a server that plays the bastion's part.

The disk is a file here, so each run ends at the latest where the kernel would
reread its partitions; the whole way is the virtual machines' part."""

import base64
import hashlib
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
import orders  # noqa: E402
from pace import limit  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))
MAC = orders.MAC
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
                [AGENT, "install"], capture_output=True, text=True, timeout=limit(120),
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
    with orders.Server(image_make()) as server:
        run = Run(server)
        image, disk = server.image, run.disk
        tap.is_(server.asked, [f"/image/{MAC}/image.json?token=TOK7EN",
                               "/files/image"], "it asks, then downloads")
        tap.ok(disk[512:len(image)] == image[512:], "the image is on the disk")
        tap.ok(disk[:474] == image[:474], "with its boot code and first entry")
        tap.is_(struct.unpack_from("<II", disk, 446 + 16 + 8),
                (4096, DISK_SIZE // 512 - 4096),
                "and a last partition that reaches to the end of the disk")
        tap.like(run.console, r"nf-agent: \d+\.\d s sha256 matches",
                 "the console tells each step with its time")
        path, report = server.reports[-1]
        tap.is_((path, report["mac"], report["token"], report["operation"]),
                ("/api/v1/device/operationComplete", "52:54:00:00:00:01",
                 "TOK7EN", "os_install"), "the report says who reports what")
        is_failure(run, "cannot reread the partitions",
                   "a file has no partitions to reread")


def test_packed_images():
    """What the first bytes say is unpacked on the way."""
    for tool in (["zstd", "-q"], ["gzip"], ["xz"], ["zstd", "-q", "--no-content-size"]):
        plain = image_make()
        packed = subprocess.run([*tool, "-c"], input=plain, check=True,
                                stdout=subprocess.PIPE).stdout
        with orders.Server(packed) as server:
            run = Run(server)
            tap.ok(run.disk[512:len(plain)] == plain[512:]
                   and "sha256 matches" in run.console,
                   f"an image packed by {' '.join(tool)} is unpacked")
    packed = bytearray(subprocess.run(["zstd", "-qc"], input=image_make(),
                                      check=True, stdout=subprocess.PIPE).stdout)
    packed[len(packed) // 2] ^= 1
    with orders.Server(bytes(packed)) as server:
        run = Run(server)
        is_failure(run, "not valid zstd|sha256 is", "a damaged zstd is refused")
        tap.ok(run.disk[:MIB] == bytes(MIB), "and nothing boots")
    # the sum is of what was served, and wrong even when zstd is content
    packed = subprocess.run(["gzip", "-c"], input=image_make(), check=True,
                            stdout=subprocess.PIPE).stdout
    with orders.Server(packed) as server:
        server.order = {"image.sha256": "0" * 64}
        run = Run(server)
        is_failure(run, "sha256 is [0-9a-f]{64}, not 0{64}",
                   "a wrong sum of a packed image is refused")
        tap.ok(run.disk[:MIB] == bytes(MIB), "and nothing boots either")


def test_too_large():
    """What says its size is refused before a byte is written."""
    plain = image_make() + bytes(8 * MIB)
    for tool, is_told, name in (
            (["zstd", "-q", "--stream-size", str(len(plain))], True,
             "a packed image that tells its size"),
            (["gzip"], False, "one that does not")):
        packed = subprocess.run([*tool, "-c"], input=plain, check=True,
                                stdout=subprocess.PIPE).stdout
        with orders.Server(packed) as server:
            run = Run(server)
            is_failure(run, "too small: it has 8 MiB" if is_told else
                       "larger than the disk of 8 MiB",
                       f"{name}, and is too large, is refused")
            tap.ok(run.disk == b"\xee" * DISK_SIZE if is_told
                   else run.disk[:MIB] == bytes(MIB),
                   "the disk is as it was" if is_told else "nothing boots")
    with orders.Server(packed) as server:
        server.order = {"image.size": len(plain)}
        run = Run(server)
        is_failure(run, "too small", "the order may tell it as well")
        tap.ok(run.disk == b"\xee" * DISK_SIZE, "the disk is as it was")


def gpt_image():
    """A GPT of an ESP and a Linux partition, by sfdisk."""
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(5 * MIB)
        subprocess.run(["sfdisk", "-q", file.name], check=True, text=True,
                       input="label: gpt\nsize=1MiB, type=U\n"
                             "size=2MiB, type=L, name=root\n")
        return pathlib.Path(file.name).read_bytes()


def test_gpt():
    image = gpt_image()
    with orders.Server(image) as server:
        run = Run(server)
        is_failure(run, "cannot reread the partitions", "a GPT image is written")
    with tempfile.NamedTemporaryFile() as file:
        file.write(run.disk)
        file.flush()
        checked = subprocess.run(["sfdisk", "--verify", file.name],
                                 capture_output=True, text=True)
        tap.is_((checked.returncode, checked.stderr), (0, ""),
                "sfdisk finds nothing wrong with its table")
        dump = json.loads(subprocess.run(
            ["sfdisk", "--json", file.name], check=True,
            capture_output=True).stdout)["partitiontable"]
        tap.is_([one["size"] for one in dump["partitions"]],
                [2048, (DISK_SIZE - 4 * MIB) // 512 + 2048 - 2048 + 2048],
                "its last partition reaches to the disk's end")
        # the copy alone: the first table is destroyed
        with open(file.name, "r+b") as disk:
            disk.seek(512)
            disk.write(bytes(512))
        dump = subprocess.run(["sfdisk", "--dump", file.name],
                              capture_output=True, text=True)
        tap.like(dump.stdout, "name=\"root\"", "the copy at the end is good")
    for at, name in ((512 + 20, "header"), (1024 + 10, "table")):
        damaged = bytearray(image)
        damaged[at] ^= 1
        with orders.Server(bytes(damaged)) as server:
            run = Run(server)
            is_failure(run, "GPT is damaged", f"a damaged GPT {name} is refused")
            tap.ok(run.disk == b"\xee" * DISK_SIZE, "the disk is as it was")


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
        with orders.Server(image_make()) as server:
            vars(server).update(bend)
            run = Run(server)
            is_failure(run, pattern, name)
            tap.ok(run.disk == b"\xee" * DISK_SIZE
                   if "Linux partition" in pattern
                   else run.disk[:100] == bytes(100), f"{name}: nothing boots")
    with orders.Server(image_make()) as server:
        run = Run(server, disk_size=2 * MIB)
        is_failure(run, "too small: it has 2 MiB, and 4 MiB are",
                   "a small disk is refused")
        tap.ok(run.disk == b"\xee" * 2 * MIB, "and left as it was")


def test_broken_connections():
    with orders.Server(image_make()) as server:
        server.breaks = [MIB + 5, MIB + 5, 2 * MIB]
        server.etags = ['"a"'] * 4
        run = Run(server)
        tap.is_(server.ranges, [None, f"bytes={MIB + 5}-",
                                f"bytes={MIB + 5}-", f"bytes={2 * MIB}-"],
                "where a connection breaks, the next one goes on")
        tap.ok(run.disk[512:474 + MIB] == server.image[512:474 + MIB]
               and "sha256 matches" in run.console, "to the same image")
    with orders.Server(image_make()) as server:
        server.breaks = [MIB + 5]
        server.etags = ['"a"', '"b"']
        run = Run(server)
        is_failure(run, f"ended after {MIB + 5} of {IMAGE_SIZE} bytes",
                   "an image that is another one by then is refused")


def test_bad_order():
    for path, value in (
            ("mac", "525400000002"), ("hostname", "a\nb"), ("hostname", "-a"),
            ("hostname", ""), ("hostname", None), ("disk", "vda; reboot"),
            ("disk", "/dev/../etc/passwd"), ("image.url", "ftp://h/x"),
            ("image.url", "http://h/a b"), ("image.sha256", "abc"),
            ("network.ip", "10.0.0.256"), ("network.ip", "10.0.0.5"),
            ("network.gateway", "x\n[Match]"), ("network.dns", ["1.2.3"]),
            ("image.format", "iso"), ("image.size", -1), ("image.size", "9"),
            ("layout", []), ("layout", {"table": "bsd"}),
            ("time_zone", "../../etc/shadow"), ("ssh_keys", ["a\nb"]),
            ("root_password_hash", "x:0:0"), ("users", {}),
            ("agent.broker", "h:1\nX=1"), ("agent.log_level", "loud"),
            ("agent.heartbeat_interval", 9)):
        wanted = {"10.0.0.5": "network.netmask",
                  "{'table': 'bsd'}": "layout.table"}.get(str(value), path)
        with orders.Server(image_make()) as server:
            server.order = {path: value}
            run = Run(server)
            tap.ok(run.message == f"image.json has no valid {wanted}"
                   and run.disk == b"\xee" * DISK_SIZE,
                   f"{path} {value!r} is refused by name")


def script(text, name="first"):
    return {"name": name,
            "script": base64.b64encode(text.encode()).decode()}


def test_hardware_config():
    """Scripts and RAID, before anything is installed."""
    def run(hardware):
        with orders.Server(b"") as server:
            server.operations = ["hardware_config", "reboot"]
            server.hardware = hardware
            return Run(server)

    done = run({"scripts": [script("pwd; echo one >&2"),
                            script("echo two", "second")]})
    tap.ok(done.reports[-1]["success"], "scripts run")
    tap.like(done.console, "sh: /tmp/nodefoundry.*sh: one.*sh: two",
             "in their order and a folder of their own, heard on the console")
    for scripts, pattern, name in (
            ([script("echo why; exit 3"), script("echo never")],
             '"first" failed: sh failed with status 3: why', "a failure"),
            ([script("kill -9 $$")], "killed by signal 9", "a signal"),
            ([script("true\0")], r"scripts\[0\] holds a NUL", "a NUL"),
            ([{"name": "x", "script": "!"}], r"scripts\[0\] is not base64",
             "no base64"),
            ([{"name": "a\nb", "script": ""}], r"scripts\[0\] has no valid name",
             "a name of two lines"),
            ([{"script": ""}] * 18, "not a list of at most 17", "too many")):
        done = run({"scripts": scripts})
        is_failure(done, pattern, f"{name} is an error")
        tap.unlike(done.console, "never", f"{name}: nothing runs after it")
    done = run({"raid": {"enabled": True, "controller": "hpacucli", "level": "1",
                         "disks": ["1I:1:1", "1I:1:2"]}, "scripts": []})
    is_failure(done, "needs the tool ssacli", "RAID without its tool is an error")
    done = run({"raid": {"enabled": True, "controller": "mdadm", "level": "7",
                         "disks": []}})
    is_failure(done, "no valid raid.level", "a wrong RAID level is named")


def test_network_config():
    for network, pattern in (
            ({"bond": {"name": "bond0", "mode": "active-backup",
                       "members": ["52:54:00:12:34:56"]}},
             "no network card 52:54:00:12:34:56"),
            ({"bond": {"name": "bond0", "mode": "x", "members": ["lo"]}},
             "network.bond.mode"),
            ({"bond": {"name": "../x", "mode": "802.3ad", "members": ["lo"]}},
             "network.bond.name"),
            ({"vlan": {"id": 4095}}, "network.vlan.id"),
            ({"bond": {"name": "bond0", "mode": "802.3ad", "members": ["lo"]}},
             None)):
        with orders.Server(b"") as server:
            server.operations = ["network_config", "reboot"]
            server.data = {"network": network}
            run = Run(server)
            if pattern:
                is_failure(run, pattern, f"{network} is refused")
            else:
                tap.ok(run.reports[-1]["success"], "cards that are there do")


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
    with orders.Server(image_make()) as server:
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
        with orders.Server(image_make()) as server:
            server.order_raw = raw
            tap.ok(says_failed(server), f"{raw[:40]!r} is no answer")


def test_report_retries():
    with orders.Server(image_make()) as server:
        server.order = {"hostname": ""}
        server.report_statuses = [500, 503]
        Run(server)
        tap.is_(len(server.reports), 3, "a report is sent until it is taken")
    with orders.Server(image_make()) as server:
        server.order = {"hostname": ""}
        server.report_statuses = [403]
        Run(server)
        tap.is_(len(server.reports), 1, "a report that is refused is not")


def main():
    if not AGENT.exists():
        tap.skip_all("build/nf-agent is missing: make build/nf-agent")
    test_whole_image()
    test_packed_images()
    test_too_large()
    test_gpt()
    test_bad_image()
    test_broken_connections()
    test_bad_order()
    test_hardware_config()
    test_network_config()
    test_bad_answers()
    test_report_retries()
    tap.done()


main()
