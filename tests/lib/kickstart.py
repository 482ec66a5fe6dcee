"""What Anaconda understands: commands and options of RHEL 9 and CentOS 7.

pykickstart's checker is not to be had everywhere, so this is by our own table,
of the commands that our templates use, after the vendors' references.
"""

import re

SWITCH, VALUE, NUMBER = None, r"\S+$", r"\d+$"
ALL = ("7", "9")


def options(text):
    """{"--name": pattern} of "--name --name=PATTERN"; only:7 limits."""
    found = {}
    for word in text.split():
        name, has_value, pattern = word.partition("=")
        found[name] = pattern if has_value else SWITCH
    return found


# command: (options, how many words without a dash, in which releases)
COMMANDS = {
    "text": ("--non-interactive", (0, 0), ALL),
    "url": (r"--url=\S+ --noverifyssl --proxy=\S+", (0, 0), ALL),
    "repo": (r"--name=[\w-]+ --baseurl=\S+ --install --cost=\d+ --proxy=http\S+", (0, 0), ALL),
    "lang": ("", (1, 1), ALL),
    "keyboard": (r"--xlayouts=\S+ --vckeymap=\S+", (0, 1), ALL),
    "timezone": (r"--utc --nontp --ntpservers=\S+", (1, 1), ALL),
    "rootpw": ("--lock --iscrypted --plaintext", (0, 1), ALL),
    # of the installer alone: that of the new system is nf-agent's
    "network": (r"--device=\S+ --bootproto=dhcp --hostname=\S+ "
                r"--onboot=yes --activate", (0, 0), ALL),
    "skipx": ("", (0, 0), ALL),
    "firstboot": ("--disable --enable --reconfig", (0, 0), ALL),
    "eula": ("--agreed", (0, 0), ALL),
    "reboot": ("--eject --kexec", (0, 0), ALL),
    "zerombr": ("", (0, 0), ALL),
    "clearpart": (r"--all --none --linux --initlabel --drives=\S+ "
                  r"--disklabel=(gpt|msdos)", (0, 0), ALL),
    "ignoredisk": (r"--only-use=\S+ --drives=\S+", (0, 0), ALL),
    "bootloader": (r"--location=(mbr|partition|none) --boot-drive=\S+ "
                   r"--append=\S+", (0, 0), ALL),
    "part": (r"--fstype=(ext4|xfs|vfat|swap|efi|biosboot) --size=\d+ --grow --ondisk=\S+ "
             r"--encrypted --passphrase=\$key --luks-version=luks2",
             (1, 1), ALL),
    "raid": (r"--device=\w+ --level=RAID[0156] --fstype=(ext4|xfs|vfat|swap)",
             (3, 9), ALL),
    "volgroup": ("", (2, 9), ALL),
    "logvol": (r"--vgname=\w+ --name=\w+ --fstype=(ext4|xfs|vfat|swap) "
               r"--size=\d+ --grow --percent=\d+", (1, 1), ALL),
}

# Options that only one of the releases knows.
ONLY = {("part", "--luks-version"): "9", ("reboot", "--kexec"): "9",
        ("text", "--non-interactive"): "9"}

SECTIONS = {
    "%packages": (("--ignoremissing", "--excludedocs"), ALL),
    "%pre": (("--interpreter", "--erroronfail", "--log"), ALL),
    "%post": (("--interpreter", "--nochroot", "--erroronfail", "--log"), ALL),
    "%onerror": (("--interpreter", "--erroronfail", "--log"), ("9",)),
    "%traceback": (("--interpreter", "--erroronfail", "--log"), ALL),
}

NEEDED = ["url", "lang", "keyboard", "timezone", "rootpw", "network", "reboot",
          "clearpart", "bootloader", "part"]

WORD = re.compile(r'"([^"]*)"|(\S+)')


def words_of(line):
    return re.findall(r'(?:[^\s"]|"[^"]*")+', line)


def command_faults(line, release):
    name, *words = words_of(line)
    if name == "%include":
        return []
    if name not in COMMANDS or release not in COMMANDS[name][2]:
        return [f"no such command: {name}"]
    known, (low, high) = options(COMMANDS[name][0]), COMMANDS[name][1]
    faults, plain = [], 0
    for word in words:
        if not word.startswith("--"):
            plain += 1
            continue
        option, has_value, value = word.partition("=")
        value = value.strip('"')
        if option not in known \
                or ONLY.get((name, option), release) != release:
            faults.append(f"{name}: no such option: {option}")
        elif (known[option] is SWITCH) == bool(has_value):
            faults.append(f"{name}: {option} is used wrongly")
        elif has_value and not re.fullmatch(known[option], value):
            faults.append(f"{name}: {option} cannot be {value}")
    if not low <= plain <= high:
        faults.append(f"{name}: {plain} words")
    return faults


def sections_of(text):
    """[(head, [line])], the commands first under the head ""."""
    found, faults = [("", [])], []
    for line in text.splitlines():
        if line.startswith("%end"):
            if not found[-1][0]:
                faults.append("%end ends nothing")
            found.append(("", []))
        elif re.match(r"%(?!include)", line):
            if found[-1][0]:
                faults.append(f"{found[-1][0]} is not ended")
            found.append((line, []))
        else:
            found[-1][1].append(line)
    if found[-1][0]:
        faults.append(f"{found[-1][0]} is not ended")
    return found, faults


def included(lines):
    """The commands that %pre writes into a file."""
    body = "\n".join(lines)
    loaders = re.findall(r'loader="(.*)"$', body, re.M)
    found = [line for text in re.findall(
        r"^cat > /tmp/nf-disk.ks << EOF\n(.*?)^EOF$", body, re.S | re.M)
        for line in text.splitlines()]
    if "$loader" in found:
        at = found.index("$loader")
        found[at:at + 1] = loaders
    return found


def storage_faults(lines):
    """Names that are used must be made, once."""
    faults, made, used = [], [], []
    for name, *words in map(words_of, lines):
        plain = [w for w in words if not w.startswith("--")]
        if name == "part":
            made.append(plain[0])
        elif name == "raid":
            made.append(plain[0])
            used += plain[1:]
        elif name == "volgroup":
            made.append(plain[0])
            used += plain[1:]
        elif name == "logvol":
            used += [w.partition("=")[2] for w in words
                     if w.startswith("--vgname")]
            made.append(plain[0])
    for name in used:
        if name not in made:
            faults.append(f"nothing makes {name}")
    for name in set(made):
        if made.count(name) > 1:
            faults.append(f"{name} is made twice")
        if re.match(r"(raid|pv)\.", name) and name not in used:
            faults.append(f"nothing uses {name}")
    if "/" not in made:
        faults.append("nothing is for /")
    return faults


def faults_of(text, release):
    """What is wrong with a kickstart file for "7" or "9"."""
    sections, faults = sections_of(text)
    names, storage = [], []
    for head, lines in sections:
        if head == "":
            names += lines
            continue
        kind, *words = head.split()
        if kind not in SECTIONS or release not in SECTIONS[kind][1]:
            faults.append(f"no such section: {kind}")
        elif [w for w in words if w.partition("=")[0] not in SECTIONS[kind][0]]:
            faults.append(f"{kind}: unknown option: {head}")
        if kind == "%packages":
            faults += [f"no package: {line}" for line in lines
                       if not re.match(r"-?(@\^?)?\w[\w.+~-]*$", line)]
        storage += included(lines) if kind == "%pre" else []
    commands = [line for line in names + storage
                if line.strip() and not line.startswith("#")]
    for line in commands:
        faults += command_faults(line, release)
    said = [words_of(line)[0] for line in commands]
    faults += [f"{name} is missing" for name in NEEDED if name not in said]
    return faults + storage_faults(storage)


def scripts_of(text):
    """The bodies of its shell sections."""
    return ["\n".join(lines) + "\n" for head, lines in sections_of(text)[0]
            if head and not head.startswith("%packages")]
