#!/usr/bin/env python3
# Shares: lab
"""Two machines with a ready image and all that a profile adds to it: packages of
the real mirror, a user with a password, root's key, a time zone, a script.  What
comes up is logged in to.  By `make check`, since APT takes minutes without KVM."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lab"))
import installation  # noqa: E402
import journey  # noqa: E402
import loaders  # noqa: E402
import mirror  # noqa: E402
import story  # noqa: E402
import tap  # noqa: E402

PACKAGE = "hello"
PASSWORD = "correct horse"
NAME = "everything"
LOGIN_S = 60 # by an emulated processor
# What root finds, and what of it is each machine's own.
FIND = f"""set -e
dpkg-query -W -f '${{Status}}\\n' {PACKAGE}
{PACKAGE}
readlink /etc/localtime
cat /root/of-the-script
cat /etc/machine-id
cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub
"""
FOUND = ["install ok installed", "Hello, world!",
         "/usr/share/zoneinfo/Europe/Berlin", "Hello, world! in the script"]
OWN = ("machine-id", "host key")
LOADER = loaders.LOADERS["ipxe"]




class Operator:
    """Who has a key, and a program that types the password."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.key = self.folder / "id"
        check("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key)
        self.typist = self.folder / "typist"
        self.typist.write_text(f"#!/bin/sh\necho '{PASSWORD}'\n")
        self.typist.chmod(0o755)
        self.profile = {
            "method": "image", "os_type": "debian", "os_version": "12",
            "suite": "bookworm", "first_boot": "agent",
            "image": {"file": "images/debian-12-amd64.img", "format": "raw"},
            "packages": [PACKAGE], "time_zone": "Europe/Berlin",
            "ssh_keys": [(self.folder / "id.pub").read_text().strip()],
            "users": [{"name": "op", "sudo": True, "password_hash": check(
                "openssl", "passwd", "-6", PASSWORD)}],
            "post_scripts": [{"name": "greet", "script":
                              f"echo $({PACKAGE}) in the script "
                              "> /root/of-the-script"}],
        }
        self.seen = {}      # what is one machine's own -> whose

    def login(self, one, who, script, *words):
        """What a script says there; None: it cannot be reached yet."""
        address = one.node.record["ip"]
        ran = subprocess.run(one.site.command(
            "ssh", "-n", "-o", "StrictHostKeyChecking=no",
            "-o", f"UserKnownHostsFile={self.folder}/{one.node.mac}",
            "-o", "ConnectTimeout=10", *words, f"{who}@{address}", script),
            env={**os.environ, "SSH_ASKPASS": str(self.typist),
                 "SSH_ASKPASS_REQUIRE": "force"}, capture_output=True,
            text=True, check=False, timeout=LOGIN_S * story.SCALE)
        if ran.returncode == 255 and "Connection" in ran.stderr:
            return None
        if ran.returncode != 0:
            raise story.Failed(f"ssh {who}@{address}: {ran.stdout}{ran.stderr}")
        return ran.stdout.splitlines()

    def tell(self, one):
        status, answer = one.site.call("PUT", f"/api/v1/profiles/{NAME}",
                                       self.profile)
        if status not in (200, 201):
            raise story.Failed(f"PUT profile: {status} {answer}")
        said = one.site.nf("install", one.node.mac, "--profile", NAME).strip()
        return one.node.see("lab", said)

    def root_finds(self, one):
        said = self.login(one, "root", FIND, "-i", self.key,
                          "-o", "PasswordAuthentication=no")
        if said is None:
            return None
        if said[:len(FOUND)] != FOUND:
            raise story.Failed(f"root finds {said}")
        for what, value in zip(OWN, said[len(FOUND):]):
            if len(value) < 32 or value in self.seen:
                raise story.Failed(f"its {what} is {value!r}, that of "
                                   f"{self.seen.get(value)}")
            self.seen[value] = one.node.mac
        return one.node.see("lab", f"{', '.join(FOUND)}; {said[len(FOUND)]}")

    def user_works(self, one):
        said = self.login(one, "op", f"id -un; echo '{PASSWORD}' | "
                          "sudo -S -p '' id -un; date +%Z",
                          "-o", "PubkeyAuthentication=no")
        if said is not None and (said[:2] != ["op", "root"]
                                 or said[2] not in ("CET", "CEST")):
            raise story.Failed(f"the user finds {said}")
        return said and one.node.see("lab", " ".join(said))


def check(*words):
    return subprocess.run(words, check=True, capture_output=True,
                          text=True).stdout.strip()


def steps(operator):
    """Those of an image, and the logins before the power is cut."""
    mine = {"told": operator.tell, "script": LOADER.install(NAME)}
    for step in installation.steps("image", LOADER):
        if step.name in mine:
            step = step._replace(look=mine[step.name])
        elif step.name == "written":
            step = step._replace(limit_s=1800)
        elif step.name == "files":
            yield story.Step("root", "root finds what the profile adds, by key",
                             300, operator.root_finds)
            yield story.Step("user", "the user logs in by password", 300,
                             operator.user_works)
        yield step


def main():
    if os.environ.get("NF_TEST_LAB_PROFILE") != "1":
        tap.skip_all("make lab-profile runs it: minutes without KVM")
    lacking = [name for name in ("ssh", "ssh-keygen", "openssl")
               if not shutil.which(name)]
    if lacking or mirror.configured() is None:
        tap.skip_all("needs a mirror in apt's sources, and " + " ".join(lacking))
    with tempfile.TemporaryDirectory() as folder:
        journey.test(steps=list(steps(Operator(folder))), firmware="mixed",
                     nodes=2, mirror=True, ram="tools")


main()
