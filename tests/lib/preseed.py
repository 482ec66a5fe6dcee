"""What debian-installer understands: its questions and its recipes.

debconf-set-selections -c takes misspelt names and wrong types, so this is by
our own tables.
"""

import json
import pathlib
import re

# Name and types of every question we answer, by the templates of Debian 12's
# installer.  debconf-set-selections -c takes misspelt names and wrong types.
QUESTIONS = {
    "debian-installer/locale": "string",
    "keyboard-configuration/xkb-keymap": "select",
    "localechooser/translation/warn-light": "boolean",
    "localechooser/translation/warn-severe": "boolean",
    "retriever/net/error": "select",
    "partman-efi/no_efi": "boolean",
    "apt-setup/mirror/error": "select",
    "apt-setup/service-failed": "note", # as debconf knows no word for it
    "hw-detect/load_firmware": "boolean",
    "mirror/country": "string",
    "mirror/protocol": "string",
    "mirror/http/hostname": "string",
    "mirror/http/directory": "string",
    "mirror/http/proxy": "string",
    "mirror/suite": "string",
    "clock-setup/utc": "boolean",
    "clock-setup/ntp": "boolean",
    "time/zone": "string",
    "passwd/root-login": "boolean",
    "passwd/make-user": "boolean",
    "passwd/root-password-crypted": "password",
    "partman/early_command": "string",
    "partman-auto/disk": "string",
    "partman-auto/method": "string",
    "partman-auto/choose_recipe": "select",
    "partman-lvm/device_remove_lvm": "boolean",
    "partman-lvm/confirm": "boolean",
    "partman-lvm/confirm_nooverwrite": "boolean",
    "partman-md/device_remove_md": "boolean",
    "partman-md/confirm": "boolean",
    "partman-efi/non_efi_system": "boolean",
    "partman-partitioning/confirm_write_new_label": "boolean",
    "partman/choose_partition": "select",
    "partman/confirm": "boolean",
    "partman/confirm_nooverwrite": "boolean",
    "apt-setup/services-select": "multiselect",
    "apt-setup/cdrom/set-first": "boolean",
    "apt-setup/disable-cdrom-entries": "boolean",
    "apt-setup/enable-source-repositories": "boolean",
    "pkgsel/run_tasksel": "boolean",
    "pkgsel/include": "string",
    "pkgsel/upgrade": "select",
    "pkgsel/update-policy": "select",
    "popularity-contest/participate": "boolean",
    "grub-installer/only_debian": "boolean",
    "grub-installer/with_other_os": "boolean",
    "grub-installer/bootdev": "string",
    "grub-installer/force-efi-extra-removable": "boolean",
    "preseed/early_command": "string",
    "preseed/late_command": "string",
    "finish-install/reboot_in_progress": "note",
    "partman-auto/expert_recipe": "string",
    "partman-basicfilesystems/no_swap": "boolean",
    "partman-auto-lvm/guided_size": "string",
    "partman-auto-lvm/new_vg_name": "string",
    "partman-auto-crypto/erase_disks": "boolean",
    "partman-crypto/confirm": "boolean",
    "partman-crypto/confirm_nooverwrite": "boolean",
    "partman-crypto/weak_passphrase": "boolean",
    "partman-auto-raid/recipe": "string",
    "partman-md/confirm_nooverwrite": "boolean",
    "partman-partitioning/choose_label": "select",
    "partman-partitioning/default_label": "string",
}

# What the templates of the installer's own packages say (Debian 12, 13); the
# packages that could not be had are not in it.
MEASURED = json.loads((pathlib.Path(__file__).parent.parent / "data"
                       / "questions.json").read_text())

# Selects for which the installer's own example gives a string.
LOOSE = {"time/zone", "mirror/protocol", "mirror/suite",
         "apt-setup/service-failed"}

VALUES = {"boolean": r"(true|false)$", "select": r"\S.*$", "note": r"$"}

LABELS = {"$iflabel", "$reusemethod", "$lvmok", "$lvmignore", "$primary",
          "$bootable", "$defaultignore", "method", "format", "lv_name",
          "use_filesystem", "filesystem", "mountpoint"}
METHODS = {"biosgrub", "efi", "format", "swap", "raid"}
FILESYSTEMS = {"free", "ext4", "xfs", "vfat", "linux-swap", "raid"}


def questions(text):
    """[(owner, name, type, value)], continued lines joined."""
    found = []
    for line in re.sub(r"\\\n", "", text).splitlines():
        if line.strip() and not line.startswith("#"):
            parts = line.split(None, 3)
            found.append((*parts[:3], parts[3] if len(parts) > 3 else ""))
    return found


def recipe_faults(recipe):
    """Of partman-auto/expert_recipe."""
    head, colons, rest = recipe.partition("::")
    if not colons or not head.strip():
        return ["recipe: no name"]
    faults, parts = [], re.split(r"\s\.(?:\s|$)", " " + rest)
    if parts.pop().strip():
        faults.append("recipe: its last partition has no end")
    for part in parts:
        m = re.match(r"\s*(\d+) (\d+) (-1|\d+) (\S+)\s+(.*)$", part)
        if not m:
            faults.append(f"recipe: cannot be read: {part.strip()}")
            continue
        low, _, high, fs, labels = m.groups()
        if high != "-1" and int(high) < int(low):
            faults.append(f"recipe: shrinks: {part.strip()}")
        if fs not in FILESYSTEMS:
            faults.append(f"recipe: no such file system: {fs}")
        for label, value in re.findall(r"(\S+)\{ ?(\S*) ?\}", labels):
            if label not in LABELS:
                faults.append(f"recipe: no such label: {label}")
            if label == "method" and value not in METHODS:
                faults.append(f"recipe: no such method: {value}")
        if re.sub(r"\S+\{ ?\S* ?\}", "", labels).strip():
            faults.append(f"recipe: cannot be read: {labels}")
    return faults


def raid_faults(recipe, expert):
    """Of partman-auto-raid/recipe: as many arrays as there are partitions for
    them, of the same numbers on both disks."""
    wanted = len(re.findall(r"method\{ raid \}", expert or ""))
    first = len(re.findall(r"method\{ (?:biosgrub|efi) \}", expert or "")) + 1
    found = re.findall(r"1 2 0 (\S+) (\S+) (\S+)#(\S+) \.", recipe)
    faults = []
    if len(found) != wanted or len(found) != len(recipe.split(" .")) - 1:
        faults.append(f"raid: {len(found)} arrays for {wanted} partitions")
    for i, (fs, mount, *devices) in enumerate(found):
        if fs not in FILESYSTEMS | {"swap"} or not re.match("-$|/", mount):
            faults.append(f"raid: {fs} at {mount}")
        for device in devices:
            if not re.search(rf"\D{first + i}$", device):
                faults.append(f"raid: {device} is not partition {first + i}")
        if [d.rpartition("-")[0] for d in devices] != ["DISK-1", "DISK-2"]:
            faults.append(f"raid: {devices} are not of both disks")
    return faults


def faults_of(text):
    """What is wrong with a preseed file."""
    faults, values = [], {}
    for owner, name, kind, value in questions(text):
        if owner not in ("d-i", "popularity-contest"):
            faults.append(f"{name}: no such owner: {owner}")
        if QUESTIONS.get(name) != kind:
            faults.append(f"{name}: is no {kind}")
        for release, said in MEASURED.get(name, {}).items():
            if said["type"] != kind and name not in LOOSE:
                faults.append(f"{name}: Debian {release} has a {said['type']}")
        if not re.match(VALUES.get(kind, ""), value):
            faults.append(f"{name}: no {kind}: {value}")
        if name in values:
            faults.append(f"{name}: comes twice")
        values[name] = value
    recipe = values.get("partman-auto/expert_recipe")
    if recipe is not None:
        faults += recipe_faults(recipe)
    if (values.get("partman-auto/method") == "raid") \
            != ("partman-auto-raid/recipe" in values):
        faults.append("partman-auto/method: raid and its recipe go together")
    if "partman-auto-raid/recipe" in values:
        faults += raid_faults(values["partman-auto-raid/recipe"], recipe)
    return faults
