"""What Ubuntu's installer understands: every key that we emit, by type.

cloud-init's own check calls a nonsense autoinstall valid, so this is by our
own table, after the references of autoinstall, curtin's storage and netplan.
"""

import re

TEXT, YES, NUMBER = str, bool, int


class Map(dict):
    """Keys of a map; "*" is for names that are the user's."""


def one_of(*words):
    return re.compile("|".join(map(re.escape, words)) + "$")


NAME = re.compile(r"[A-Za-z0-9._-]+$")
SIZE = re.compile(r"\d+[MG]$")

# In the live system alone: the network of the new one is nf-agent's.
NETWORK = Map({
    "version": NUMBER,
    "ethernets": Map({"boot": Map({
        "dhcp4": True,
        "match": Map({"macaddress": re.compile("([0-9a-f]{2}:){5}..$")})})}),
})

# An action of curtin's storage: its keys, and which of them are needed.
COMMON = {"type": TEXT, "id": NAME, "preserve": YES}
ACTIONS = {
    "disk": ({"path": re.compile("/dev/nf-disk[12]$"),
              "ptable": one_of("gpt", "msdos"), "wipe": TEXT,
              "grub_device": YES}, {"ptable", "path"}),
    "partition": ({"device": NAME, "size": (SIZE, NUMBER), "wipe": TEXT,
                   "flag": one_of("boot", "bios_grub", "swap", "lvm", "raid"),
                   "grub_device": YES, "number": NUMBER},
                  {"device", "size"}),
    "format": ({"volume": NAME, "fstype": one_of("ext4", "xfs", "fat32",
                                                 "vfat", "swap")},
               {"volume", "fstype"}),
    "mount": ({"device": NAME, "path": re.compile("/|$")},
              {"device", "path"}),
    "raid": ({"name": NAME, "raidlevel": (0, 1, 5, 6, 10), "devices": [NAME],
              "wipe": TEXT}, {"name", "raidlevel", "devices"}),
    "lvm_volgroup": ({"name": NAME, "devices": [NAME]}, {"name", "devices"}),
    "lvm_partition": ({"name": NAME, "volgroup": NAME, "size": (SIZE, NUMBER),
                       "wipe": TEXT}, {"name", "volgroup", "size"}),
    "dm_crypt": ({"volume": NAME, "dm_name": NAME,
                  "keyfile": re.compile("/run/")},
                 {"volume", "dm_name", "keyfile"}),
}

CLOUD = Map({
    "hostname": NAME, "timezone": TEXT, "disable_root": YES,
    "users": [NAME],    # none: they are nf-agent's
})

AUTOINSTALL = Map({
    "version": 1,
    "locale": NAME, "keyboard": Map({"layout": NAME, "variant": NAME}),
    "timezone": TEXT, "network": NETWORK,
    "proxy": re.compile("http://"),
    "apt": Map({"geoip": YES, "primary": [Map({
        "arches": [TEXT], "uri": re.compile("http://")})]}),
    "storage": Map({
        "layout": Map({"name": one_of("lvm", "direct"),
                       "match": Map({"path": re.compile("/dev/nf-disk1$")})}),
        "swap": Map({"size": NUMBER}), "config": list}),
    "ssh": Map({"install-server": YES, "allow-pw": YES}),
    "packages": [TEXT], "user-data": CLOUD,
    "early-commands": [TEXT], "late-commands": [TEXT],
    "error-commands": [TEXT], "shutdown": one_of("reboot", "poweroff"),
})

NEEDED = ["version", "network", "storage", "user-data", "early-commands",
          "late-commands", "error-commands"]


def fits(form, value):
    if isinstance(form, tuple):
        return any(fits(one, value) for one in form)
    if isinstance(form, type):
        return type(value) is form
    if isinstance(form, re.Pattern):
        return isinstance(value, str) and bool(form.match(value))
    return type(value) is type(form) and value == form


def check(form, value, at):
    """What is wrong below a place."""
    if isinstance(form, Map):
        if not isinstance(value, dict):
            return [f"{at}: is no map"]
        faults = []
        for key, one in value.items():
            inner = form.get(key, form.get("*"))
            faults += [f"{at}.{key}: no such key"] if inner is None \
                else check(inner, one, f"{at}.{key}")
        return faults
    if isinstance(form, list):
        if not isinstance(value, list):
            return [f"{at}: is no list"]
        return [fault for i, one in enumerate(value)
                for fault in check(form[0], one, f"{at}[{i}]")]
    return [] if fits(form, value) else [f"{at}: cannot be {value!r}"]


def storage_faults(config):
    """Actions by type; what one names must stand in front of it."""
    faults, kinds = [], {}
    for i, action in enumerate(config):
        at = f"storage.config[{i}]"
        kind = action.get("type")
        if kind not in ACTIONS:
            faults.append(f"{at}: no such type: {kind}")
            continue
        keys, needed = ACTIONS[kind]
        faults += check(Map({**COMMON, **keys}), action, at)
        faults += [f"{at}: {key} is missing"
                   for key in sorted({"id", *needed} - set(action))]
        names = [action.get(key) for key in ("device", "volume", "volgroup")]
        for name in [n for n in names if n] + action.get("devices", []):
            if name not in kinds:
                faults.append(f"{at}: nothing before it has the id {name}")
        if action.get("id") in kinds:
            faults.append(f"{at}: the id {action['id']} comes twice")
        kinds[action.get("id")] = kind
    paths = [a.get("path") for a in config if a.get("type") == "mount"]
    if "/" not in paths:
        faults.append("storage: nothing is for /")
    return faults + boot_faults(config)


def boot_faults(config):
    """A loader needs a disk (BIOS) or an EFI partition, not both."""
    loaders = [a["type"] for a in config if a.get("grub_device")]
    has_efi = any(a.get("path") == "/boot/efi" for a in config)
    if has_efi != (loaders == ["partition"]):
        return [f"storage: the loader goes to {loaders}"]
    if not has_efi and set(loaders) != {"disk"}:
        return ["storage: no disk for the loader"]
    return []


def faults_of(document):
    """What is wrong with a user-data document, as YAML was read."""
    if list(document) != ["autoinstall"]:
        return ["there must be autoinstall, and nothing else"]
    body = document["autoinstall"]
    faults = check(AUTOINSTALL, body, "autoinstall")
    faults += [f"{key} is missing" for key in NEEDED if key not in body]
    config = body.get("storage", {}).get("config")
    if isinstance(config, list):
        faults += storage_faults(config)
    return faults
