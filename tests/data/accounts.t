#!/usr/bin/env python3
"""Who can log in, and in which place a machine stands, is the same with every
method: profiles, put with each, are carried out by nf-agent in a system that
keeps what its programs are told."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import json  # noqa: E402
from profile_orders import METHODS, build, order_of  # noqa: E402
import tap  # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAbB35Kew2dv32aZHn/" \
    "U3GuKCqEBAAh4jKvDLurgMVk"
HASH = "$6$salt$RDR1OeBiKJIXxLQs5x7Q1CFDqBkDbm.U3G31rxx9wkeRh3ZuV7GjS." \
    "3uTOLGLAvFO8mr6FkObGKV17M9sNQJ1."
KEYS = [KEY, KEY + " me@host #1 'a' \"b\" $(reboot) `x` {{mac}} \\n",
        KEY + " J\u00fcrgen \u2013 laptop",
        'from="10.0.0.0/8,*.lab",command="echo \\"a b\\" # c" ' + KEY + " deploy",
        "restrict,pty " + KEY]

# Programs of the new system that keep what they are told.
PROGRAMS = {
    "useradd": 'for name; do :; done\n'
               'echo "$name:x:1000:1000::/home/$name:/bin/sh" >> /etc/passwd\n'
               'mkdir -p "/home/$name"\n',
    "chpasswd": "cat >> /etc/passwords\n",
    "localedef": 'echo "$*" >> /etc/localedef\n',
}


def system(root, files):
    """As much of one as accounts and places need."""
    for name, text in PROGRAMS.items():
        files = {**files, f"usr/sbin/{name}": "#!/bin/sh\n" + text}
    files = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/sudoers": "",
             "usr/share/zoneinfo/Europe/Berlin": "TZif", **files}
    for path, text in files.items():
        at = root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        at.chmod(0o755)
    (root / "bin").mkdir()
    (root / "root").mkdir()
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for name in ("sh", "cat", "mkdir"):
        (root / "bin" / name).symlink_to("busybox")
    return root


DEBIAN = {"etc/debian_version": "12.15\n", "etc/locale.gen": "# some\n",
          "usr/share/i18n/SUPPORTED": "de_DE.UTF-8 UTF-8\nde_DE ISO-8859-1\n",
          "usr/share/i18n/locales/de_DE": ""}
OTHER = {"usr/lib/locale/de_DE.utf8/LC_CTYPE": ""}


def text(root, path):
    at = root / path
    return at.read_text() if at.exists() else None


def configured(place, order, files):
    root = system(place, files)
    done = subprocess.run([AGENT, "configure", "--root", root, "--order", "-"],
                          input=json.dumps(order), capture_output=True,
                          text=True, check=False)
    return root, done


ACCOUNTS = {
    "root_password_hash": HASH, "ssh_keys": KEYS,
    "users": [{"name": "keys", "sudo": True, "ssh_keys": KEYS},
              {"name": "asks", "sudo": True, "password_hash": HASH},
              {"name": "none", "password_hash": "!"}]}


def accounts_case(program, place, method):
    order = order_of(program, method, ACCOUNTS)
    root, done = configured(place / method, order, {})
    if not tap.is_((done.returncode, done.stdout), (0, ""),
                   f"{method}: the accounts are made"):
        return
    lines = "\n".join(KEYS) + "\n"
    for user, home in (("root", "root"), ("keys", "home/keys")):
        tap.is_(text(root, f"{home}/.ssh/authorized_keys"), lines,
                f"{method}: the keys of {user}, each as it was put")
    tap.is_(text(root, "etc/sudoers.d/90-nodefoundry-keys"),
            "keys ALL=(ALL:ALL) NOPASSWD:ALL\n",
            f"{method}: who has no password is not asked for one")
    tap.is_(text(root, "etc/sudoers.d/90-nodefoundry-asks"),
            "asks ALL=(ALL:ALL) ALL\n",
            f"{method}: who has one is")
    tap.is_(text(root, "etc/sudoers.d/90-nodefoundry-none"), None,
            f"{method}: and who may not use sudo has no line")
    tap.is_(sorted(text(root, "etc/passwords").split("\n")),
            sorted(["", f"root:{HASH}", f"asks:{HASH}", "none:!"]),
            f"{method}: passwords as they were put; useradd locks the others")


PLACE = {"time_zone": "Europe/Berlin", "locale": "de_DE.UTF-8",
         "keyboard": "de"}


def place_cases(program, place):
    """What an image brings stays, unless something else is wanted."""
    order = order_of(program, "image", {})
    tap.is_([order[name] for name in ("locale", "keyboard")], ["", ""],
            "an image keeps its own language and keyboard")
    order = order_of(program, "image", PLACE)
    root, done = configured(place / "debian", order, DEBIAN)
    tap.is_((done.returncode, done.stdout), (0, ""), "a place for Debian")
    tap.is_([text(root, path) for path in (
        "etc/timezone", "etc/locale.conf", "etc/default/locale",
        "etc/localedef", "etc/locale.gen")],
        ["Europe/Berlin\n", "LANG=de_DE.UTF-8\n", "LANG=de_DE.UTF-8\n",
         "-i de_DE -f UTF-8 de_DE.UTF-8\n", "# some\n\nde_DE.UTF-8 UTF-8\n"],
        "its locale is made, and will be again")
    tap.like(text(root, "etc/default/keyboard"), 'XKBLAYOUT="de"\n',
             "with its keyboard")
    tap.is_(os.readlink(root / "etc/localtime"),
            "/usr/share/zoneinfo/Europe/Berlin", "and its time zone")
    root, done = configured(place / "latin", {**order, "locale": "de_DE"},
                            DEBIAN)
    tap.is_((done.returncode, text(root, "etc/localedef")),
            (0, "-i de_DE -f ISO-8859-1 de_DE\n"),
            "a locale without a character set has the one of the list")
    root, done = configured(place / "other", order, OTHER)
    tap.is_([done.returncode, text(root, "etc/localedef"),
             text(root, "etc/locale.conf"), text(root, "etc/default/locale"),
             text(root, "etc/vconsole.conf")],
            [0, None, "LANG=de_DE.UTF-8\n", None, "KEYMAP=de\nXKBLAYOUT=de\n"],
            "elsewhere a compiled locale is taken as it is")
    for name, member, value, said in (
            ("time zone", "time_zone", "Asia/Tokyo",
             "the new system has no time zone Asia/Tokyo"),
            ("locale", "locale", "fr_FR.UTF-8",
             "the new system has no locale fr_FR.UTF-8, and no source to "
             "generate it from")):
        _, done = configured(place / name, {**order, member: value}, OTHER)
        tap.is_((done.returncode, done.stdout), (1, said + "\n"),
                f"a {name} that the system lacks is said")


# What each method refuses, and the member that is named.
WRONG = (
    ({"root_password_hash": "$6$abc"}, "root_password_hash"),
    ({"users": [{"name": "a", "password_hash": "$1$a$b"}]},
     "users[0].password_hash"),
    ({"ssh_keys": ["ssh-ed25519 AAAA"]}, "ssh_keys[0]"),
    ({"users": [{"name": "a", "ssh_keys": [KEY, "# " + KEY]}]},
     "users[0].ssh_keys[1]"),
    ({"ssh_keys": ["no-such-option " + KEY]}, "ssh_keys[0]"),
    ({"time_zone": "Mars/Phobos"}, "time_zone"),
    ({"locale": "tlh_QO.UTF-8"}, "locale"),
    ({"keyboard": "uk"}, "keyboard"),
)


def main():
    if os.getuid() != 0:
        tap.skip_all("programs of the new system are run below its root")
    if not pathlib.Path("/bin/busybox").exists():
        tap.skip_all("busybox is missing")
    with tempfile.TemporaryDirectory(prefix="nf-accounts-") as held:
        place = pathlib.Path(held)
        program = build(place)
        for method in METHODS:
            accounts_case(program, place, method)
            for members, field in WRONG:
                tap.is_(order_of(program, method, members), field,
                        f"{method}: refused, naming {field}")
        place_cases(program, place)
    tap.done()


main()
