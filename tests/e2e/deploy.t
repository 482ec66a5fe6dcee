#!/usr/bin/env python3
"""What the deployment scripts lay down is complete and works."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
from pace import limit  # noqa: E402
from tap import diag, done, is_, like, ok, skip_all  # noqa: E402

SCRIPTS = os.path.join(bastion.TOP, "scripts")
FILES = (
    "usr/bin/nf", "usr/lib/nodefoundry/nf-hook",
    "usr/lib/nodefoundry/nf-relay",
    "usr/lib/nodefoundry/ngx_http_nf_module.so",
    "usr/share/nodefoundry/config/nginx.conf.mustache",
    "usr/share/nodefoundry/config/localboot.cfg",
    "usr/share/nodefoundry/nodefoundry-agent.service",
    "usr/share/man/man8/nf.8",
    "usr/share/bash-completion/completions/nf",
    "usr/share/zsh/vendor-completions/_nf",
    "usr/share/fish/vendor_completions.d/nf.fish",
    "etc/logrotate.d/nodefoundry",
    "lib/systemd/system/nodefoundry.service",
    "lib/systemd/system/nodefoundry-bmc.service",
    "usr/lib/nodefoundry/nf-bmc",
    "usr/share/nodefoundry/config/mosquitto-workers.acl.mustache",
    "etc/nodefoundry/nodefoundry.conf",
    "var/lib/nodefoundry/files/agent/amd64/nodefoundry-agent",
)

LIST = "usr/lib/nodefoundry/files"


def run(script, *words):
    return subprocess.run([os.path.join(SCRIPTS, script), *words],
                          capture_output=True, text=True, timeout=limit(500))


def check_usage():
    for script in ("deploy.sh", "install-mosquitto.sh"):
        shown = run(script, "--help")
        is_(shown.returncode, 0, f"{script} --help: exit status 0")
        like(shown.stdout, "usage: ", f"{script} --help says how")
        is_(run(script, "--nothing").returncode, 2,
            f"{script}: an unknown option is refused")
    is_(run("install-mosquitto.sh", "--root", "/nonexistent/x", "--listen",
            "a b").returncode, 2, "an address that is none is refused")


def check_stage(root):
    made = run("deploy.sh", "--root", root)
    if not ok(made.returncode == 0, "deploy.sh --root installs below it"):
        diag(made.stdout[-2000:], made.stderr[-2000:])
        return
    missing = [f for f in FILES if not os.path.isfile(f"{root}/{f}")]
    is_(missing, [], "everything is there")
    boot = os.listdir(f"{root}/usr/share/nodefoundry/templates")
    ok("boot" in boot and "answers" in boot, "with the templates")
    with open(f"{root}/etc/nodefoundry/nodefoundry.conf", "a") as f:
        f.write("# mine\n")
    is_(run("deploy.sh", "--root", root).returncode, 0, "again is fine")
    with open(f"{root}/etc/nodefoundry/nodefoundry.conf") as f:
        like(f.read(), "# mine", "and keeps the operator's settings")


def files_below(root):
    """Path -> content; the list of files is no part of a version."""
    return {name: path.read_bytes()
            for path in sorted(pathlib.Path(root).rglob("*")) if path.is_file()
            if (name := str(path.relative_to(root))) != LIST}


def check_another_version(root):
    """What an earlier or later version had and this one has not is gone."""
    own = files_below(root)
    theirs = ("usr/share/nodefoundry/templates/boot/of-theirs.ipxe",
              "usr/lib/nodefoundry/nf-theirs", "usr/share/man/man8/nf-theirs.8")
    for name in theirs:
        pathlib.Path(root, name).write_text("another version's\n")
    with open(f"{root}/{LIST}", "a") as f:
        f.write(theirs[2] + "\n")
    pathlib.Path(root, "usr/share/nodefoundry/config/localboot.cfg").write_text(
        "another version's\n")
    is_(run("deploy.sh", "--root", root).returncode, 0,
        "deploy.sh over another version")
    ok(files_below(root) == own, "leaves this version's files and no others")


def check_remove(root):
    own = f"{root}/var/lib/nodefoundry/files/images/own.img"
    pathlib.Path(own).parent.mkdir(parents=True)
    pathlib.Path(own).write_text("an image\n")
    with open(f"{root}/etc/nodefoundry/nodefoundry.conf", "a") as f:
        f.write("NF_FILES_DIR=/srv/files\n")
    is_(run("deploy.sh", "--remove", "--root", root).returncode, 0,
        "deploy.sh --remove")
    is_(sorted(files_below(f"{root}")),
        ["etc/nodefoundry/nodefoundry.conf",
         "var/lib/nodefoundry/files/images/own.img"],
        "keeps the operator's settings and files, and nothing else")
    is_(run("deploy.sh", "--remove", "--root", root).returncode, 0,
        "again is fine")
    is_(run("deploy.sh", "--purge", "--root", root).returncode, 2,
        "--purge alone is refused")
    gone = run("deploy.sh", "--remove", "--purge", "--root", root)
    is_((gone.returncode, files_below(root)), (0, {}),
        "deploy.sh --remove --purge leaves nothing")
    like(gone.stdout, "NF_FILES_DIR /srv/files",
         "and names what lies where the operator chose")


def check_staged_programs(root):
    with bastion.Bastion(
            "127.0.0.1", NF_LIB_DIR=f"{root}/usr/lib/nodefoundry",
            NF_SHARE_DIR=f"{root}/usr/share/nodefoundry") as site:
        ran = subprocess.run([f"{root}/usr/bin/nf", "config", "render", "out"],
                             env=site.environ(), cwd=site.dir,
                             capture_output=True, text=True)
        is_((ran.returncode, ran.stderr), (0, ""),
            "the installed nf renders from the installed templates")
        ran = subprocess.run([f"{root}/usr/bin/nf", "images", "make", "beos"],
                             env=site.environ(), cwd=site.dir,
                             capture_output=True, text=True)
        is_((ran.returncode, ran.stderr.partition("\n")[0]),
            (2, "usage: nf images make [--kernel full|cloud] debian-12"),
            "and finds the script that makes images")


def check_unit(root, name):
    unit = f"{root}/lib/systemd/system/{name}"
    with open(unit) as f:
        words = re.findall(r"(?m)^Exec\w+=(/usr\S+)", f.read())
    ok(words and all(os.path.exists(root + w) for w in words),
       f"{name} starts programs that are installed")
    if not shutil.which("systemd-analyze"):
        diag("systemd-analyze is not here: the unit's syntax is not checked")
        return
    said = subprocess.run(["systemd-analyze", "verify", unit],
                          capture_output=True, text=True).stderr
    lines = [x for x in said.splitlines()
             if "nodefoundry" in x and "not executable" not in x]
    is_(lines, [], f"systemd understands {name}")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def end_of(process):
    """Ask until it ends (a signal right at the start may be lost); what it
    said."""
    while True:
        process.terminate()
        try:
            return process.communicate(timeout=limit(1))[0]
        except subprocess.TimeoutExpired:
            continue


def check_mosquitto(root):
    made = run("install-mosquitto.sh", "--root", root, "--listen",
               "127.0.0.2")
    is_(made.returncode, 0, "install-mosquitto.sh --root configures below it")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    conf = f"{root}/etc/mosquitto/conf.d/nodefoundry.conf"
    with open(conf) as f:
        text = f.read()
    text = text.replace("1883", str(port)).replace(
        "/etc/mosquitto", f"{root}/etc/mosquitto")
    with open(conf, "w") as f:
        f.write(text)
    # As Debian's own file: what is in conf.d is read last.
    main = f"{root}/mosquitto.conf"
    with open(main, "w") as f:
        f.write(f"user root\npersistence true\npersistence_location {root}/\n"
                f"include_dir {root}/etc/mosquitto/conf.d\n")
    broker = subprocess.Popen(["mosquitto", "-c", main],
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    end = time.monotonic() + limit(10)
    while (not listens(port) and broker.poll() is None
           and time.monotonic() < end):
        time.sleep(0.1)
    up = ok(listens(port), "Debian's mosquitto takes the configuration")
    said = end_of(broker)
    if not up:
        diag(said)


def main():
    if os.geteuid() != 0:
        skip_all("needs root")
    root = tempfile.mkdtemp(prefix="nf-root-")
    os.chmod(root, 0o755)
    try:
        check_usage()
        check_stage(root)
        check_staged_programs(root)
        check_unit(root, "nodefoundry.service")
        check_unit(root, "nodefoundry-bmc.service")
        check_another_version(root)
        check_remove(root)
        check_mosquitto(root)
    finally:
        shutil.rmtree(root)
    done()


main()
