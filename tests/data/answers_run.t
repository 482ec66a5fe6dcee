#!/usr/bin/env python3
"""The scripts in the answers of Ubuntu's installer and Anaconda, as they run:
against a server, with stand-ins for what would change a machine.
"""

import base64
import http.server
import json
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
import kickstart  # noqa: E402
import tap  # noqa: E402

AGENT = "/agent/nodefoundry-agent?arch=amd64"
UNIT = "/agent/nodefoundry-agent.service"
# What it is asked for by an installer's script, it notes beside itself.
FILES = {AGENT: b"#!/bin/sh\necho agent \"$@\" >> ${0%/*}/asked\n",
         UNIT: b"[Unit]\n"}
TOKEN = "c4vhx2q6rxyl6kpxz4e6sxaj4pmt46br"


class Server(answering.Handler):
    """Agent and unit of a site; takes reports."""

    def do_GET(self):
        body = self.server.files.get(self.path)
        self.answer(200 if body else 404, body or b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.append((self.path, json.loads(body)))
        # the first is lost, and must be repeated
        self.answer(200 if len(self.server.reports) > 1 else 503, b"{}")


class Machine:
    """A directory that stands for one; tools that only note their calls."""

    def __init__(self, files=None):
        self.held = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.held.name)
        self.tools = self.root / "tools"
        self.tools.mkdir()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        self.server.files = FILES if files is None else files
        self.server.reports = []
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.tool("sleep", "exec /bin/sleep 0.1")
        self.tool("uname", "echo x86_64")
        for name in ("restorecon", "clevis", "cryptsetup", "dracut", "chown",
                     "update-initramfs"):
            self.tool(name, f'echo {name} "$@" >> {self.root}/log')

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.server.shutdown()
        self.held.cleanup()

    def tool(self, name, text):
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def run(self, script, shell, *replaced):
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        script = script.replace("http://10.66.0.1", here)
        for old, new in (*replaced, ("/tmp/nf-agent", f"{self.root}/nf-agent")):
            script = script.replace(old, new)
        return subprocess.run([shell, "-c", script], timeout=60,
                              capture_output=True, text=True,
                              env={"PATH": f"{self.tools}:/usr/bin:/bin"})

    def said(self):
        """The last report, and whether it went to the right place."""
        if not self.server.reports:
            return None
        path, body = self.server.reports[-1]
        right = (path == "/api/v1/device/operationComplete"
                 and body["token"] == TOKEN and body["mac"] == "525400000001"
                 and body["operation"] == "os_install")
        return body["success"], body["message"], right

    def check_agent(self, target, what):
        agent = target / "usr/local/bin/nodefoundry-agent"
        tap.is_(agent.read_bytes(), FILES[AGENT], f"{what}: the agent is there")
        tap.ok(agent.stat().st_mode & 0o111, f"{what}: and may be run")
        wanted = target / ("etc/systemd/system/multi-user.target.wants/"
                           "nodefoundry-agent.service")
        tap.is_(wanted.read_bytes(), FILES[UNIT], f"{what}: it is enabled")
        tap.like((target / "etc/default/nodefoundry-agent").read_text(),
                 "^NF_MAC=525400000001\nNF_MQTT_BROKER=10.66.0.1:1883\n",
                 f"{what}: its settings")


def golden(case):
    return (HERE / f"render-{case}" / "expected").read_text()


def late_command(case):
    """The last script of a user-data file, without a YAML parser."""
    text = golden(case)
    body = text[text.index("  late-commands:\n    - |\n"):
                text.index("  error-commands:")]
    return "".join(line[6:] + "\n" for line in body.splitlines()[2:])


CHROOT = """shift; echo chroot "$@" >> %(root)s/log
case $1 in /root/nf-script) exec %(script)s ;; esac"""


def check_ubuntu():
    script = late_command("autoinstall-full")
    for shell in ("sh", "bash"):
        with Machine() as m:
            (m.root / "target/root").mkdir(parents=True)
            m.tool("chroot", CHROOT % {"root": m.root, "script": "true"})
            done = m.run(script, shell, ("=/target", f"={m.root}/target"))
            tap.is_((done.returncode, done.stderr.count("curl")), (0, 1),
                    f"late-commands run by {shell}; the lost report is noticed")
            tap.is_((m.root / "asked").read_text(),
                    f"agent configure --root {m.root}/target\n",
                    "network and accounts are nf-agent's")
            m.check_agent(m.root / "target", "Ubuntu")
            tap.is_(m.said(), (True, "ubuntu-22.04 is installed", True),
                    "and report")
            tap.is_(len(m.server.reports), 2, "again, when a report is lost")
            tap.is_(list((m.root / "target/root").iterdir()), [],
                    "the script is not left behind")
    with Machine() as m:
        (m.root / "target/root").mkdir(parents=True)
        m.tool("chroot", CHROOT % {"root": m.root, "script": "false"})
        done = m.run(script, "sh", ("=/target", f"={m.root}/target"))
        tap.is_((done.returncode, m.said()),
                (1, (False, "the script motd failed", True)),
                "a script that fails is reported by its name")
    with Machine({AGENT: b"x"}) as m:
        done = m.run(script, "sh", ("=/target", f"={m.root}/target"),
                     ("--retry 10", ""))
        tap.is_((done.returncode, m.said()),
                (1, (False, "cannot fetch the unit of the agent", True)),
                "so is a unit that cannot be fetched")


DEB822 = '''Types: deb
URIs: https://download.example/linux/ubuntu
Suites: jammy
Components: stable test
Signed-By: /etc/apt/keyrings/nf-docker.asc
'''
FLAT = '''Types: deb
URIs: %s/files/repos/ours
Suites: ./
Signed-By: /etc/apt/keyrings/nf-ours.asc
'''
REPO = '''[docker]
name=docker
baseurl=https://download.example/linux/rhel/9/x86_64/stable
enabled=1
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-nf-docker
'''


def check_ubuntu_packages():
    script = late_command("autoinstall-packages")
    key = json.loads((HERE / "render-autoinstall-packages/input.json")
                     .read_text())["members"]["repositories"][0]["key"]
    with Machine() as m:
        m.tool("curtin", f'echo "$@" >> {m.root}/log')
        done = m.run(script, "sh", ("=/target", f"={m.root}/target"))
        apt = m.root / "target/etc/apt"
        here = f"http://127.0.0.1:{m.server.server_address[1]}"
        tap.is_(done.returncode, 0, "repositories are taken in")
        tap.is_([(apt / f"sources.list.d/nf-{name}.sources").read_text()
                 for name in ("docker", "ours")], [DEB822, FLAT % here],
                "as APT reads them, also one without suites")
        tap.is_((apt / "keyrings/nf-docker.asc").read_text(), key,
                "each with its own key")
        head = (f"in-target --target={m.root}/target -- env "
                "DEBIAN_FRONTEND=noninteractive apt-get -q -y ")
        said = [re.sub(r"-o \S+ ", "", line.removeprefix(head))
                for line in (m.root / "log").read_text().splitlines()]
        tap.is_(said, ["update", "install vim snapd-",
                       "-t jammy-backports install cockpit"],
                "the packages come at once, without what is left out; then"
                " backports")
        tap.is_(m.said(), (True, "ubuntu-22.04 is installed", True), "and all"
                " is well")
    for verb, words in (("update", "a repository cannot be read"),
                        ("install vim", "the packages cannot be installed"),
                        ("install cockpit",
                         "the backports cannot be installed")):
        with Machine() as m:
            m.tool("curtin", f'case "$*" in *"{verb}"*) exit 1 ;; esac')
            done = m.run(script, "sh", ("=/target", f"={m.root}/target"))
            tap.is_((done.returncode, m.said()), (1, (False, words, True)),
                    f"or it is said: {words}")


def check_rocky_packages():
    script = section("kickstart-packages", "%post --interpreter")
    with Machine() as m:
        m.tool("rpm", f'echo rpm "$@" >> {m.root}/log')
        done = m.run(script, "bash", ("target=\n", f"target={m.root}\n"))
        tap.is_(done.returncode, 0, "Rocky Linux: repositories are kept")
        tap.is_((m.root / "etc/yum.repos.d/nf-docker.repo").read_text(), REPO,
                "as DNF reads them")
        tap.is_((m.root / "log").read_text().splitlines()[:2], [
            f"rpm --import {m.root}/etc/pki/rpm-gpg/RPM-GPG-KEY-nf-{name}"
            for name in ("docker", "ours")], "with their keys")
    with Machine() as m:
        m.tool("rpm", "exit 1")
        done = m.run(script, "bash", ("target=\n", f"target={m.root}\n"))
        tap.is_((done.returncode, m.said()), (1, (
            False, "the key of the repository docker is not valid", True)),
                "a key that is none is reported")


def check_configure():
    """What nf-agent says is wrong is reported."""
    fails = {AGENT: b"#!/bin/sh\necho cannot write the keys\nexit 1\n",
             UNIT: b"[Unit]\n"}
    with Machine(fails) as m:
        (m.root / "target/root").mkdir(parents=True)
        done = m.run(late_command("autoinstall-full"), "sh",
                     ("=/target", f"={m.root}/target"))
        tap.is_((done.returncode, m.said()),
                (1, (False, "cannot write the keys", True)),
                "Ubuntu: accounts that cannot be made are reported")
    with Machine(fails) as m:
        for path in ("root", "home/ops", "etc"):
            (m.root / path).mkdir(parents=True)
        done = run_post(m)
        tap.is_((done.returncode, m.said()),
                (1, (False, "cannot write the keys", True)),
                "Rocky Linux: so they are")


def sections(case):
    """{head: script} of a kickstart file."""
    return {head: "\n".join(lines) + "\n"
            for head, lines in kickstart.sections_of(golden(case))[0] if head}


def section(case, start):
    return next(text for head, text in sections(case).items()
                if head.startswith(start))


def run_pre(m, case, *replaced):
    return m.run(section(case, "%pre"), "bash", ("/tmp/", f"{m.root}/"),
                 *replaced)


CHOOSER = {AGENT: b"#!/bin/sh\necho /dev/nvme0n1\n"}
DECLINER = {AGENT: b"#!/bin/sh\necho no disk fits\nexit 1\n"}


def check_disks():
    with Machine(CHOOSER) as m:
        done = run_pre(m, "kickstart-full")
        tap.is_((done.returncode, done.stderr), (0, ""), "%pre runs")
        key = (m.root / "nf.key").read_text()
        tap.like(key, "^[0-9a-f]{64}$", "makes a key")
        tap.is_((m.root / "nf.key").stat().st_mode & 0o77, 0,
                "that is root's alone")
        lines = (m.root / "nf-disk.ks").read_text().splitlines()
        faults = [f for line in lines for f in kickstart.command_faults(
            line.replace(key, "$key"), "9")]
        tap.is_(faults, [], "and commands that Anaconda knows")
        tap.ok(f"part pv.01 --size=1 --grow --ondisk=nvme0n1 --encrypted "
               f"--luks-version=luks2 --passphrase={key}" in lines,
               "with that key")
        tap.is_(m.said(), None, "there is nothing to report yet")
    with Machine(DECLINER) as m:
        done = run_pre(m, "kickstart-full")
        tap.is_((done.returncode, m.said()), (1, (False, "no disk fits", True)),
                "a disk that will not do is reported")
        tap.ok(not (m.root / "nf-disk.ks").exists(), "and nothing is planned")
    with Machine({AGENT: b"\x7fELF of another machine"}) as m:
        tap.is_((run_pre(m, "kickstart").returncode, m.said()),
                (1, (False, "nf-agent cannot be run here: status 126", True)),
                "so is an agent that does not run here")
    with Machine({}) as m:
        run = m.run(section("kickstart", "%pre"), "bash",
                    ("/tmp/", f"{m.root}/"), ("--retry 10", ""))
        tap.is_((run.returncode, m.said()),
                (1, (False, "cannot fetch the agent for amd64", True)),
                "and one that cannot be fetched")


def run_post(m):
    """Below its own root, and with a harmless script for the profile's."""
    script = section("kickstart-full", "%post --interpreter")
    ours = base64.b64encode(f"#!/bin/sh\necho script >> {m.root}/log\n"
                            .encode()).decode()
    script = re.sub(r"^echo \S+ (\| base64)", rf"echo {ours} \1", script,
                    flags=re.M)
    script = re.sub(r"(?<=[\s])/(?=root/|home/|etc/| *\))", f"{m.root}/", script)
    return m.run(script, "bash", ("target=\n", f"target={m.root}\n"))


def check_post():
    with Machine() as m:
        for path in ("root", "home/ops", "etc"):
            (m.root / path).mkdir(parents=True)
        m.tool("blkid", "echo /dev/nvme0n1p4")
        m.tool("install", 'for at; do :; done; mkdir -p "$at"')
        done = run_post(m)
        tap.is_(done.returncode, 0, "%post runs") \
            or print("#", done.stderr[-500:])
        m.check_agent(m.root, "Rocky Linux")
        log = (m.root / "log").read_text()
        tap.like(log, r"clevis luks bind -f -k \S+/root/nf.key -d "
                 r"/dev/nvme0n1p4 tpm2 \{\}\ncryptsetup luksRemoveKey "
                 r"/dev/nvme0n1p4 \S+/root/nf.key\n"
                 r"dracut -f --regenerate-all\nscript\n",
                 "the key goes to the TPM, then from the disk; the script runs")
        tap.is_((m.root / "asked").read_text(),
                f"agent configure --root {m.root}/\n",
                "network and accounts are nf-agent's")
        tap.ok(not (m.root / "nf-agent").exists(), "which leaves nothing behind")
        tap.is_(m.said(), (True, "rocky-9 is installed", True), "it reports")
    with Machine() as m:
        m.tool("blkid", "true")
        m.tool("install", 'for at; do :; done; mkdir -p "$at"')
        m.tool("clevis", "exit 1")
        done = run_post(m)
        tap.is_((done.returncode, m.said()),
                (1, (False, "the TPM does not accept the key of the disk", True)),
                "a TPM that refuses is reported")


def check_gives_up():
    for case, start in (("kickstart-full", "%onerror"),
                        ("kickstart-7", "%traceback")):
        with Machine() as m:
            (m.root / "anaconda.log").write_text(
                'one\n12:00 ERR: no "space" left\\ on {disk}\n')
            m.run(section(case, start), "bash", ("/tmp/", f"{m.root}/"))
            tap.is_(m.said(), (False, "the installer failed: 12:00 ERR: no "
                               "space left on disk", True),
                    f"{start} reports the last line of the log")


if shutil.which("curl") is None:
    tap.skip("curl is not here: nothing was RUN", 42)
else:
    check_ubuntu()
    check_ubuntu_packages()
    check_rocky_packages()
    check_configure()
    check_disks()
    check_post()
    check_gives_up()
tap.done()
