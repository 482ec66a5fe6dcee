#!/usr/bin/env python3
"""The preseed files: their questions, their shell, and what it really does.

What is read here are the golden files render-*/expected, which the unit test
`golden` holds to the templates.
"""

import http.server
import json
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import answering  # noqa: E402
import tap  # noqa: E402
from preseed import QUESTIONS, questions  # noqa: E402

# Without an answer to each of these the installer stops and asks.
NEEDED = """
    debian-installer/locale keyboard-configuration/xkb-keymap mirror/country
    mirror/http/hostname mirror/http/directory mirror/http/proxy time/zone
    passwd/root-password-crypted passwd/make-user partman-auto/method
    partman-auto/choose_recipe partman-partitioning/confirm_write_new_label
    partman/choose_partition partman/confirm partman/confirm_nooverwrite
    partman-efi/non_efi_system partman-basicfilesystems/no_swap grub-installer/only_debian
    grub-installer/with_other_os pkgsel/run_tasksel
    popularity-contest/participate finish-install/reboot_in_progress
    localechooser/translation/warn-light localechooser/translation/warn-severe
    retriever/net/error partman-efi/no_efi apt-setup/mirror/error
    apt-setup/service-failed
""".split()

def golden(case):
    return (HERE / case / "expected").read_text()


def value_of(text, name):
    values = [q[3] for q in questions(text) if q[1] == name]
    return values[0] if values else None


def check_questions(case):
    text = golden(case)
    rows = questions(text)
    wrong = [q[1] for q in rows if QUESTIONS.get(q[1]) != q[2]]
    tap.is_(wrong, [], f"{case}: every name and type is the installer's")
    names = [q[1] for q in rows]
    tap.is_(sorted(set(names)), sorted(names), f"{case}: none comes twice")
    done = subprocess.run(["debconf-set-selections", "-c"], input=text,
                          capture_output=True, text=True)
    tap.is_((done.returncode, done.stderr), (0, ""),
            f"{case}: debconf reads it")
    tap.unlike(text, r"netcfg/", f"{case}: no network answer comes too late")
    tap.unlike(text, r"\{\{|\$\$|\$\{[a-z]+:|https:",
               f"{case}: no literal braces, doubled dollars or https")
    tap.unlike(text, r"root-password |user-password",
               f"{case}: no plain password")


def check_shell(case, name):
    command = value_of(golden(case), name)
    for shell in (["sh"], ["busybox", "sh"]):
        if shutil.which(shell[0]) is None:
            tap.skip(f"{shell[0]} is not here")
            continue
        done = subprocess.run([*shell, "-n"], input=command,
                              capture_output=True, text=True)
        tap.is_((done.returncode, done.stderr), (0, ""),
                f"{case}: {shell[0]} accepts {name}")
    tap.unlike(command, r"--post-|\\", f"{case}: {name} asks nothing of "
               "wget or echo that the installer's cannot do")


class Server(answering.Handler):
    """Agent, unit and report of a site; refuses as often as it is told."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path in self.server.files:
            self.answer(200, self.server.files[self.path])
        else:
            self.answer(404, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.append(
            (self.path, self.headers["Content-Type"], body))
        late = len(self.server.reports) <= self.server.refusals
        self.answer(503 if late else 200, b'{"status":"ok"}')


def serve(files, refusals=0):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.files, server.refusals = files, refusals
    server.asked, server.reports = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def tool(directory, name, text):
    path = directory / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)


def run_late_command(case, server, root):
    """The command as it is, but for where it stands and how long it sleeps."""
    tools = root / "tools"
    tools.mkdir()
    for name in ("wget", "nc", "grep", "mkdir", "chmod", "rm"):
        (tools / name).symlink_to(shutil.which("busybox"))
    tool(tools, "sleep", "exec /bin/sleep 0.2\n")
    tool(tools, "uname", "echo 6.1.0-50-amd64\n")
    tool(tools, "chroot", f'shift; echo "$@" >> {root}/chroot; '
         'case $1 in dpkg) echo amd64;; base64) exec base64 -d;; esac\n')
    (tools / "base64").symlink_to(shutil.which("base64"))
    tool(tools, "in-target", f'echo "$@" >> {root}/in-target\n')
    port = server.server_address[1]
    command = value_of(golden(case), "preseed/late_command")
    command = (command.replace("/tmp/", f"{root}/")
               .replace("10.66.0.1 8081", f"127.0.0.1 {port}")
               .replace("10.66.0.1:8081", f"127.0.0.1:{port}")
               .replace("10.66.0.1 80 ", f"127.0.0.1 {port} ")
               .replace("http://10.66.0.1", f"http://127.0.0.1:{port}")
               .replace("/target", f"{root}/target")
               .replace("/usr/lib/finish", f"{root}/finish"))
    return subprocess.run(["/bin/sh", "-c", command], timeout=60,
                          capture_output=True, text=True,
                          env={"PATH": f"{tools}"})


AGENT = "/agent/nodefoundry-agent?arch=amd64"
UNIT = "/agent/nodefoundry-agent.service"
CASE = "render-preseed-full"


NOTES = b"#!/bin/sh\necho agent $NF_MAC \"$@\" >> ${0%/*}/asked\n"


def check_installs():
    server = serve({AGENT: NOTES, UNIT: b"[Unit]\n"}, refusals=2)
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        done = run_late_command(CASE, server, root)
        target = root / "target"
        tap.is_((done.returncode, done.stderr), (0, ""),
                "late_command runs without an error")
        agent = target / "usr/local/bin/nodefoundry-agent"
        tap.is_(agent.read_bytes(), NOTES, "the agent is there")
        tap.ok(os.access(agent, os.X_OK), "and may be run")
        tap.is_((target / "etc/default/nodefoundry-agent").read_text(),
                "NF_MAC=525400000001\nNF_MQTT_BROKER=mq.example:1883\n"
                "NF_LOG_LEVEL=error\nNF_HEARTBEAT_INTERVAL=30\n",
                "its settings are this node's")
        unit = target / "etc/systemd/system/nodefoundry-agent.service"
        tap.ok(unit.is_file(), "its unit is there")
        tap.like((root / "chroot").read_text(),
                 "systemctl enable nodefoundry-agent.service", "and enabled")
        tap.is_((root / "asked").read_text(),
                f"agent 525400000001 configure --root {target}\n",
                "network and accounts are nf-agent's")
    server.shutdown()
    tap.is_(len(server.reports), 3, "the report is repeated until it is taken")
    path, kind, body = server.reports[-1]
    tap.is_((path, kind), ("/api/v1/device/operationComplete",
                           "application/json"), "it goes to the right place")
    tap.is_(json.loads(body),
            {"mac": "525400000001", "token": "c4vhx2q6rxyl6kpxz4e6sxaj4pmt46br",
             "operation": "os_install", "success": True,
             "message": "debian-12 is installed"}, "and says what is meant")


def check_packages():
    """Those that wait for their repositories; the installer's own line has
    none of them."""
    case = "render-preseed-packages"
    tap.is_(value_of(golden(case), "pkgsel/include"),
            "openssh-server ca-certificates", "packages may come late")
    tap.like(value_of(golden(case), "apt-setup/services-select"), "backports",
             "with backports among APT's sources")
    server = serve({AGENT: NOTES, UNIT: b"[Unit]\n"})
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        done = run_late_command(case, server, root)
        apt = root / "target/etc/apt"
        tap.is_(done.returncode, 0, "late_command runs")
        tap.like((apt / "sources.list.d/nf-docker.sources").read_text(),
                 r"^Types: deb\nURIs: https://download.example/linux/debian\n"
                 r"Suites: bookworm\nComponents: stable test\n"
                 r"Signed-By: /etc/apt/keyrings/nf-docker.asc\n$",
                 "APT reads the repository, by its own key alone")
        said = [re.sub(r"-o \S+ ", "", line).partition("apt-get -q -y ")[2]
                for line in (root / "in-target").read_text().splitlines()]
        tap.is_(said, ["update", "install vim task-ssh-server nano-",
                       "-t bookworm-backports install linux-image-amd64"],
                "and is asked for all at once")
    server.shutdown()
    tap.is_(json.loads(server.reports[-1][2])["success"], True, "that is well")


def check_fails():
    server = serve({AGENT: b"agent"})
    with tempfile.TemporaryDirectory() as root:
        done = run_late_command(CASE, server, pathlib.Path(root))
        tap.is_(done.returncode, 0, "a failure does not stop the installer")
    server.shutdown()
    said = [json.loads(report[2]) for report in server.reports]
    tap.is_([(one["success"], one["message"]) for one in said],
            [(False, "cannot fetch the unit of the agent")],
            "but is reported with its reason, once")
    server = serve({AGENT: b"#!/bin/sh\necho no such card\nexit 1\n",
                    UNIT: b"[Unit]\n"})
    with tempfile.TemporaryDirectory() as root:
        done = run_late_command(CASE, server, pathlib.Path(root))
    server.shutdown()
    tap.is_([json.loads(report[2])["message"] for report in server.reports],
            ["no such card"], "and so is what nf-agent says")


def check_unattended():
    names = [q[1] for q in questions(golden("render-preseed"))]
    tap.is_([name for name in NEEDED if name not in names], [],
            "nothing is left to ask")
    tap.like(golden("render-preseed"), r"root-password-crypted password !\n",
             "without a password root is locked")
    full = golden("render-preseed-full")
    tap.like(full, r"root-password-crypted password \$6\$",
             "a hash is taken over")
    tap.unlike(full, r"partman-auto/disk string|grub-installer/bootdev string",
               "which disk is not decided before the machine is known")
    tap.like(golden("render-preseed"), r"debconf-set partman-auto/disk .*"
             "debconf-set grub-installer/bootdev",
             "the disk that the rule takes is the loader's too")


MODULES = ("/debian/pool/main/l/linux/"
           "scsi-modules-6.1.0-50-amd64-di_6_amd64.udeb")
INDEX = ("/debian/dists/bookworm/main/debian-installer/binary-amd64/"
         "Packages.xz")


def run_early_command(server, root):
    """As run_late_command(); `cd /tmp` goes to where nothing is yet."""
    tools = root / "tools"
    tools.mkdir()
    for name in ("wget", "grep", "chmod", "xzcat", "head", "cut"):
        (tools / name).symlink_to(shutil.which("busybox"))
    for name in ("udpkg", "modprobe", "depmod", "reboot"):
        tool(tools, name, f'echo {name} "$@" >> {root}/log\n')
    tool(tools, "sleep", "exec /bin/sleep 0.1\n")
    tool(tools, "uname", "echo 6.1.0-50-amd64\n")
    port = server.server_address[1]
    command = value_of(golden("render-preseed-handover"),
                       "preseed/early_command")
    command = (command.replace("http://10.66.0.1", f"http://127.0.0.1:{port}")
               .replace("cd /tmp", f"cd {root}"))
    return subprocess.run(["/bin/sh", "-c", command], timeout=60,
                          capture_output=True, text=True,
                          env={"PATH": f"{tools}"})


def run_first_command(server, root):
    tools = root / "tools"
    tools.mkdir()
    for name in ("wget", "nc", "grep", "xzcat", "rm"):
        (tools / name).symlink_to(shutil.which("busybox"))
    tool(tools, "sleep", "exec /bin/sleep 0.1\n")
    tool(tools, "uname", "echo 6.1.0-50-amd64\n")
    port = server.server_address[1]
    command = value_of(golden(CASE), "preseed/early_command")
    command = (command.replace("/tmp/", f"{root}/")
               .replace("10.66.0.1 8081", f"127.0.0.1 {port}")
               .replace("10.66.0.1:8081", f"127.0.0.1:{port}"))
    return subprocess.run(["/bin/sh", "-c", command], timeout=60,
                          capture_output=True, text=True,
                          env={"PATH": f"{tools}"})


def check_kernel():
    """A kernel that the mirror has no modules for would end in a question."""
    def index(kernel):
        return lzma.compress(f"Package: ext4-modules-{kernel}-di\nVersion: 1\n"
                             .encode())
    for files, code, words, what in (
            ({INDEX: index("6.1.0-50-amd64")}, 0, None, "of the mirror's"),
            ({}, 0, None, "where the mirror does not say"),
            ({INDEX: b"no archive"}, 0, None, "where it says nothing of use"),
            ({INDEX: index("6.1.0-51-amd64")}, 1, "the mirror has no modules "
             "for the installer's kernel 6.1.0-50-amd64", "of none of them")):
        server = serve(files)
        with tempfile.TemporaryDirectory() as root:
            done = run_first_command(server, pathlib.Path(root))
        server.shutdown()
        said = [json.loads(report[2])["message"] for report in server.reports]
        tap.is_((done.returncode, said), (code, [words] if words else []),
                f"a kernel {what}")


def check_handover():
    index = lzma.compress(
        b"Package: x\nFilename: pool/main/l/linux/scsi-modules-6.1.0-49-amd64"
        b"-di_5_amd64.udeb\n\nPackage: y\nFilename: "
        + MODULES.removeprefix("/debian/").encode() + b"\n")
    server = serve({INDEX: index, MODULES: b"udeb",
                    AGENT: b'#!/bin/sh\necho agent "$@" >> log\nexit 1\n'})
    with tempfile.TemporaryDirectory() as root:
        root = pathlib.Path(root)
        done = run_early_command(server, root)
        log = (root / "log").read_text().splitlines()
    server.shutdown()
    tap.is_((done.returncode, done.stderr), (0, ""),
            "the handover runs without an error")
    tap.is_(server.asked, [AGENT, INDEX, MODULES],
            "it fetches the modules of the kernel that runs, and no others")
    tap.is_(log[:2], ["udpkg --unpack modules.udeb", "depmod -a"],
            "and unpacks them")
    tap.is_(log[-2:], ["agent install", "reboot"],
            "then the agent installs, and if it cannot, the machine restarts")


for case in ("render-preseed", "render-preseed-full",
             "render-preseed-handover"):
    check_questions(case)
check_unattended()
check_shell("render-preseed", "preseed/late_command")
check_shell("render-preseed-full", "preseed/late_command")
check_shell("render-preseed", "preseed/early_command")
check_shell("render-preseed", "partman/early_command")
check_shell("render-preseed-handover", "preseed/early_command")
if shutil.which("busybox") is None:
    tap.skip("busybox is not here: no command was RUN", 27)
else:
    check_installs()
    check_packages()
    check_kernel()
    check_fails()
    check_handover()
tap.done()
