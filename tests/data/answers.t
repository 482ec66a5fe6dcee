#!/usr/bin/env python3
"""The answer files of all installers against our own tables of what each
understands; and the tables against files that we have spoilt.

What is read here are the golden files render-*/expected, which the unit test
`golden` holds to the templates.
"""

import base64
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import autoinstall  # noqa: E402
import kickstart  # noqa: E402
import preseed  # noqa: E402
import tap  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None


def cases(prefix):
    """{case: text} of one kind of answer."""
    found = {}
    for path in sorted(HERE.glob(f"render-{prefix}*/expected")):
        found[path.parent.name] = path.read_text()
    return found


def shell_accepts(script, what):
    for shell in ("sh", "bash"):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True,
                              text=True)
        tap.is_((done.returncode, done.stderr), (0, ""),
                f"{what}: {shell} reads it")


def holds_no_secret(text, what):
    """Hashes and public keys may stand in an answer, a password never."""
    tap.unlike(text, r"(?i)password[= ](?!\$|-crypted|!)[^\s$]|PRIVATE KEY|"
               r"passphrase[= ]+[0-9a-f]{8}",
               f"{what}: no plain password and no private key")


def spoil(text, pattern, by):
    spoilt = re.sub(pattern, by, text, count=1, flags=re.M)
    if spoilt == text:
        tap.ok(False, f"{pattern} is in the text, to be spoilt")
    return spoilt


# --- debian-installer --------------------------------------------------------

PRESEED_SPOILT = [
    ("render-preseed", r"xkb-keymap select", "xkb-keymap string", "is no"),
    ("render-preseed", r"partman/choose_partition", "partman/chose_partition",
     "is no select"),
    ("render-preseed", r"clock-setup/utc boolean true",
     "clock-setup/utc boolean yes", "no boolean"),
    ("render-preseed", r"service-failed note", "service-failed note x",
     "no note"),
    ("render-preseed", r"^d-i passwd/make-user", "d-1 passwd/make-user",
     "no such owner"),
    ("render-preseed", r"^(d-i time/zone.*)$", r"\1\n\1", "comes twice"),
    ("render-preseed-lvm", r"lv_name\{ root", "lvname{ root", "no such label"),
    ("render-preseed-lvm", r" -1 ext4", " -1 ext5", "no such file system"),
    ("render-preseed-lvm", r"1074 1074 1074", "1074 1074 107", "shrinks"),
    ("render-preseed-lvm", r"(mountpoint\{ / \}) \.", r"\1", "has no end"),
    ("render-preseed-raid1", r"DISK-2-4", "DISK-2-5", "is not partition"),
    ("render-preseed-raid1", r"DISK-2-4", "DISK-1-4", "not of both disks"),
    ("render-preseed-raid1", r"^    1 2 0 swap.*\n", "", "arrays for"),
    ("render-preseed-raid1", r"method string raid", "method string lvm",
     "go together"),
]


def check_preseed():
    files = cases("preseed")
    tap.ok(len(files) >= 7, "there are preseed files")
    for case, text in files.items():
        tap.is_(preseed.faults_of(text), [], f"{case}: as the installer has it")
        holds_no_secret(text, case)
        for name in ("preseed/early_command", "partman/early_command",
                     "preseed/late_command"):
            for q in preseed.questions(text):
                if q[1] == name:
                    shell_accepts(q[3], f"{case}: {name}")
    for case, pattern, by, words in PRESEED_SPOILT:
        faults = preseed.faults_of(spoil(files[case], pattern, by))
        tap.ok(any(words in fault for fault in faults),
               f"spoilt, it is found: {words}: {faults}")


# --- Anaconda ------------------------------------------------------------------

KICKSTART_SPOILT = [
    (r"^timezone", "timezon", "no such command"),
    (r"--iscrypted", "--isencrypted", "no such option"),
    (r"--bootproto=dhcp", "--bootproto=dhpc", "cannot be"),
    (r"--initlabel", "--initlabel=yes", "used wrongly"),
    (r"^%end\n\n#", "\n#", "not ended"),
    (r"^%onerror", "%onfault", "no such section"),
    (r"^(volgroup nf\w+) pv.01", r"\1 pv.02", "nothing makes pv.02"),
    (r"^logvol / ", "logvol /x ", "nothing is for /"),
    (r"^lang .*\n", "", "lang is missing"),
    (r"^vim$", "vim;reboot", "no package"),
    (r"^vim$", "--vim", "no package"),
    (r"--fstype=xfs", "--fstype=zfs", "cannot be"),
    (r"^rootpw .*$", r"rootpw --plain x", "no such option"),
]


def release_of(case):
    return "7" if "-7" in case else "9"


def check_kickstart():
    files = cases("kickstart")
    tap.ok(len(files) >= 5, "there are kickstart files")
    for case, text in files.items():
        tap.is_(kickstart.faults_of(text, release_of(case)), [],
                f"{case}: as Anaconda has it")
        holds_no_secret(text, case)
        for i, script in enumerate(kickstart.scripts_of(text)):
            shell_accepts(script, f"{case}: script {i}")
    for pattern, by, words in KICKSTART_SPOILT:
        faults = kickstart.faults_of(
            spoil(files["render-kickstart-full"], pattern, by), "9")
        tap.ok(any(words in fault for fault in faults),
               f"spoilt, it is found: {words}: {faults}")
    faults = kickstart.faults_of(files["render-kickstart-full"], "7")
    tap.is_(sorted(faults), ["no such section: %onerror",
                             "part: no such option: --luks-version",
                             "text: no such option: --non-interactive"],
            "what CentOS 7 does not know is found")
    tap.like(files["render-kickstart"], "\ntext --non-interactive\n",
             "what Anaconda would ask ends it, and is reported")
    tap.like(files["render-kickstart-full"], r"--passphrase=\$key",
             "the disk's key is made on the machine")


# --- Ubuntu's installer -----------------------------------------------------------

def renamed(body, *keys, by):
    """Another document, in which the last of the keys has another name."""
    body = copy.deepcopy(body)
    at = body
    for key in keys[:-1]:
        at = at[key]
    at[by] = at.pop(keys[-1])
    return body


def changed(body, *keys, to):
    body = copy.deepcopy(body)
    at = body
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = to
    return body


def spoilt_user_data(full):
    top, config = "autoinstall", ("autoinstall", "storage", "config")
    return [
        (renamed(full, top, "late-commands", by="late_commands"),
         "late_commands: no such key"),
        (renamed(full, top, "ssh", "allow-pw", by="allow-password"),
         "no such key"),
        (changed(full, top, "version", to="1"), "version: cannot be '1'"),
        (changed(full, top, "packages", to="vim"), "packages: is no list"),
        (changed(full, top, "ssh", "install-server", to="yes"), "cannot be"),
        (changed(full, top, "network", "ethernets", "boot", "dhcp4", to="yes"),
         "dhcp4: cannot be 'yes'"),
        (renamed(full, top, "network", "ethernets", by="bonds"),
         "no such key"),
        (changed(full, *config, 1, "device", to="disk9"),
         "nothing before it has the id disk9"),
        (changed(full, *config, 0, "grub_device", to=True), "the loader goes"),
        (changed(full, *config, 0, "type", to="disc"), "no such type"),
        (changed(full, *config, 0, "ptable", to="dos"), "cannot be 'dos'"),
        (changed(full, top, "user-data", "users", to={}), "is no list"),
        (renamed(full, top, "user-data", by="userdata"),
         "user-data is missing"),
    ]


def check_user_data():
    files = cases("autoinstall")
    tap.ok(len(files) >= 6, "there are user-data files")
    documents = {case: yaml.safe_load(text) for case, text in files.items()}
    for case, document in documents.items():
        tap.ok(files[case].startswith("#cloud-config\n"), f"{case}: its head")
        tap.is_(autoinstall.faults_of(document), [],
                f"{case}: as the installer has it")
        holds_no_secret(files[case], case)
        for kind in ("early", "late", "error"):
            for command in document["autoinstall"].get(f"{kind}-commands", []):
                shell_accepts(command, f"{case}: {kind}-commands")
    for document, words in spoilt_user_data(
            documents["render-autoinstall-full"]):
        faults = autoinstall.faults_of(document)
        tap.ok(any(words in fault for fault in faults),
               f"spoilt, it is found: {words}: {faults}")
    meta = yaml.safe_load(cases("meta-data")["render-meta-data"])
    tap.is_(meta, {"instance-id": "task-0000001a",
                   "local-hostname": "n1.example"}, "meta-data")


# --- nf-agent -----------------------------------------------------------------------

def check_image():
    order = json.loads(cases("image-full")["render-image-full"])
    tap.is_(order["image"]["format"], "tar", "an archive is said to be one")
    tap.is_(order["layout"]["encrypt"], {"unlock": "keyfile"}, "the layout")
    tap.is_(order["network"]["interfaces"]["bond"]["members"],
            ["eno1", "eno2"], "the cards")
    tap.is_([u["name"] for u in order["users"]], ["ops", "watch"], "the users")
    script = base64.b64decode(order["scripts"][0]["script"]).decode()
    tap.ok(script.startswith("#!/bin/sh\necho \"it's $(hostname)"),
           "the script, to the letter")


APT = """#!/bin/sh
for word in "$@"; do
    case $word in Dir::Etc::sourcelist=*) cat "${word#*=}" ;; esac
done
echo "$*" | sed 's/^.*force-confold //'
"""


def check_image_packages():
    """nf-agent runs this in the written image; apt-get stands in for Debian's."""
    order = json.loads(cases("image-packages")["render-image-packages"])
    tap.is_([one["name"] for one in order["scripts"]], ["packages", "motd"],
            "the packages come before the profile's own scripts")
    script = base64.b64decode(order["scripts"][0]["script"]).decode()
    with tempfile.TemporaryDirectory() as folder:
        apt = pathlib.Path(folder, "apt-get")
        apt.write_text(APT)
        apt.chmod(0o755)
        # the lists and the policy of this machine are not the test's
        tame = (script.replace("/usr/sbin/", folder + "/")
                .replace("/var/", folder + "/var/"))
        ran = subprocess.run(["sh", "-c", tame], capture_output=True, text=True,
                             env={"PATH": f"{folder}:/usr/bin:/bin"}, check=False)
        source = ("deb [signed-by=/usr/share/keyrings/"
                  "debian-archive-keyring.gpg] http://10.66.0.1/debian "
                  "bookworm main")
        tap.is_((ran.returncode, ran.stdout.splitlines(), ran.stderr),
                (0, [source, "update", source, "install vim-tiny curl"], ""),
                "the packages, by the server's mirror")
        tap.is_(os.listdir(folder), ["apt-get"], "nothing is left behind")
        small = pathlib.Path(folder, "stat")
        small.write_text("#!/bin/sh\necho 65535 4096\n")
        small.chmod(0o755)
        ran = subprocess.run(["sh", "-c", tame], capture_output=True, text=True,
                             env={"PATH": f"{folder}:/usr/bin:/bin"}, check=False)
        tap.is_((ran.returncode, ran.stdout), (1, ""),
                "a system without room gets none")
        tap.like(ran.stderr, "has 255 MiB left, and packages take 256 or more",
                 "and says so")
        apt.unlink()
        ran = subprocess.run(["sh", "-c", tame], capture_output=True, text=True,
                             env={"PATH": folder}, executable="/bin/sh",
                             check=False)
        tap.is_((ran.returncode, ran.stderr),
                (1, "the image has no apt-get to install packages with\n"),
                "an image without APT says so")


check_preseed()
check_kickstart()
if yaml is None:
    tap.skip("there is no yaml: user-data was not read", 60)
else:
    check_user_data()
check_image()
check_image_packages()
tap.done()
