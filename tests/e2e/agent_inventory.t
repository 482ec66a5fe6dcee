#!/usr/bin/env python3
"""nf-agent inventory: captured machines, this one, and a switch that speaks."""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import hardware  # noqa: E402
import netns     # noqa: E402
from dnsmasq import until  # noqa: E402
from pace import limit  # noqa: E402
import tap       # noqa: E402

AGENT = pathlib.Path(os.environ.get("NF_AGENT", ROOT / "build/nf-agent"))
ARM64 = AGENT.parent / "arm64/nf-agent"
PORTABLE = AGENT.parent / "nf-inventory"
PARTS = {f"{name}.c" for name in
         """address block bmc by_path cards cpu disks firmware hypervisor in_use inventory ipmi
         ipmi_linux label lldp log memory neighbours out pci serial smbios
         system system_macos text tree""".split()}
GIB = 1 << 30
REPORT_MAX = 256 * 1024


def run(*words, agent=(AGENT,)):
    return subprocess.run([*map(str, agent), "inventory", *map(str, words)],
                          capture_output=True, text=True, timeout=limit(60))


def take(machine):
    done = run("--json", "--root", machine.root)
    if done.returncode or done.stderr:
        tap.diag(done.stderr)
    return json.loads(done.stdout)


def some(found, **wanted):
    """Only the members that are wanted."""
    return {name: found.get(name) for name in wanted}


def holds(found, name, **wanted):
    tap.is_(some(found, **wanted), wanted, name)


def test_server(directory):
    found = take(hardware.server(directory / "server"))
    holds(found, "server: the system",
          serial_number="7XKJ3N2", serial_source="dmi-product",
          company="Dell Inc.", product="PowerEdge R740",
          model_name="PowerEdge R740", is_vm=False, hypervisor="",
          uuid="4c4c4544-0058-4b10-804a-b7c04f334e32", arch="amd64",
          mac_address="e4:43:4b:00:00:01")
    holds(found, "server: firmware", firmware="uefi", secure_boot=True,
          tpm="2.0", bios={"vendor": "Dell Inc.", "version": "2.15.1",
                           "date": "06/15/2022"})
    tap.is_(found["cpu"], {"model": "Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz",
                           "cores": 8, "sockets": 2, "threads": 2},
            "server: processors")
    tap.is_(found["memory"], {"total_bytes": 384 * GIB, "total_gb": 384},
            "server: memory by its slots, empty ones left out")
    tap.is_([d["device"] for d in found["disks"]],
            ["/dev/nvme0n1", "/dev/sda", "/dev/sdc"],
            "server: disks, and nothing that the kernel made up")
    nvme, raid, disk = found["disks"]
    holds(nvme, "server: NVMe", type="NVMe", rotational=False,
          model="Dell Express Flash PM1725b 1.6TB SFF",
          serial="S3ZDNX0K700123", size_bytes=3125627568 * 512, size_gb=1490,
          wwn="eui.36334430586001230025384100000001")
    holds(raid, "server: a RAID controller's disk", type="HDD",
          model="DELL PERC H740P Mini", serial="00117c3a0bd5c4b0",
          wwn="0x6d0946606d1f2a0028b0c4d50b3a7c11")
    holds(disk, "server: a SATA disk", type="HDD", rotational=True,
          model="ST4000NM0035-1V4", serial="ZC1234AB", size_gb=3726,
          wwn="0x5000c500a1b2c3d4")
    tap.is_(found["nics"], [
        {"name": "eno1", "mac": "e4:43:4b:00:00:01", "driver": "i40e",
         "link": True, "speed_mbps": 25000, "pci": "0000:19:00.0"},
        {"name": "eno2", "mac": "e4:43:4b:00:00:02", "driver": "i40e",
         "link": False, "speed_mbps": 0, "pci": "0000:19:00.1"}],
        "server: cards; no bond, no loopback, no virtual function")
    tap.is_([(f["slot"], f["kind"], f["vendor"], f["class"], f["name"])
             for f in found["pci"]], [
        ("0000:00:11.5", "storage", "8086", "010601", "Intel"),
        ("0000:03:00.0", "display", "102b", "030000", "Matrox"),
        ("0000:19:00.0", "network", "8086", "020000", "Intel"),
        ("0000:19:00.1", "network", "8086", "020000", "Intel"),
        ("0000:3b:00.0", "gpu", "10de", "030200", "NVIDIA"),
        ("0000:5e:00.0", "storage", "1000", "010400", "Broadcom / LSI")],
        "server: PCI functions of the kinds that count")
    tap.is_(found["bmc"], {"present": True, "ip": "", "mac": "",
                           "version": ""}, "server: firmware names a BMC")


def test_guest(directory):
    machine = hardware.guest(directory / "guest")
    found = take(machine)
    holds(found, "guest: the UUID where there is no serial number",
          serial_number="d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab",
          serial_source="uuid", company="QEMU",
          product="Standard PC (Q35 + ICH9, 2009)", model_name="pc-q35-7.2",
          is_vm=True, hypervisor="KVM", firmware="bios", secure_boot=False,
          tpm="", mac_address="52:54:00:12:34:56")
    tap.is_([(d["device"], d["type"], d["size_gb"], d["serial"], d["model"])
             for d in found["disks"]],
            [("/dev/sda", "Virtual", 8, "", "QEMU HARDDISK"),
             ("/dev/vda", "Virtual", 8, "root", "")], "guest: disks")
    tap.is_([(c["pci"], c["driver"], c["speed_mbps"]) for c in found["nics"]],
            [("0000:00:02.0", "virtio_net", 0)], "guest: its card")
    tap.is_(found["memory"]["total_gb"], 1, "guest: 469 MiB are 1 GB, not 0")
    (machine.root / "sys/devices/system/clocksource/clocksource0"
     / "available_clocksource").unlink()
    tap.is_(take(machine)["hypervisor"], "QEMU",
            "guest: without KVM's clock it is QEMU's own")


def test_hypervisors(directory):
    cases = [
        ("VMware", {"sys_vendor": "VMware, Inc.",
                    "product_name": "VMware Virtual Platform"}),
        ("VirtualBox", {"sys_vendor": "innotek GmbH",
                        "product_name": "VirtualBox"}),
        ("Xen", {"sys_vendor": "Xen", "product_name": "HVM domU"}),
        ("Parallels", {"sys_vendor": "Parallels International GmbH."}),
        ("Hyper-V", {"sys_vendor": "Microsoft Corporation",
                     "product_name": "Virtual Machine"}),
        ("Bochs", {"sys_vendor": "Bochs"}),
        ("QEMU", {"sys_vendor": "QEMU"}),
        ("KVM", {"sys_vendor": "Red Hat", "product_name": "KVM"}),
        ("KVM", {"sys_vendor": "Amazon EC2", "product_name": "t4g.micro"}),
        ("KVM", {"sys_vendor": "Google",
                 "product_name": "Google Compute Engine"}),
        ("KVM", {"sys_vendor": "Hetzner", "product_name": "vServer"}),
        ("KVM", {"sys_vendor": "DigitalOcean", "product_name": "Droplet"}),
        ("KVM", {"sys_vendor": "oVirt", "product_name": "oVirt Node"}),
        ("KVM", {"sys_vendor": "KubeVirt", "product_name": "None"}),
    ]
    for number, (name, fields) in enumerate(cases):
        machine = hardware.Machine(directory / f"vm-{number}")
        machine.dmi(**fields)
        holds(take(machine), f"{name} is told by its DMI", is_vm=True,
              hypervisor=name)
    metal = hardware.Machine(directory / "metal")
    metal.dmi(sys_vendor="Amazon EC2", product_name="c5.metal")
    tap.is_(take(metal)["is_vm"], False, "Amazon lets whole machines too")
    firmware = hardware.Machine(directory / "firmware")
    firmware.put("sys/firmware/dmi/tables/DMI",
                 hardware.smbios(0, bytes(15) + b"\x18" + bytes(4)))
    holds(take(firmware), "firmware may say that it is virtual", is_vm=True,
          hypervisor="")
    surface = hardware.Machine(directory / "surface")
    surface.dmi(sys_vendor="Microsoft Corporation", product_name="Surface")
    tap.is_(take(surface)["is_vm"], False, "Microsoft makes hardware too")
    unknown = hardware.Machine(directory / "unknown")
    unknown.put("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor sse")
    holds(take(unknown), "the processor's flag alone is a VM without a name",
          is_vm=True, hypervisor="")
    xen = hardware.Machine(directory / "dom0")
    xen.put("sys/hypervisor/type", "xen")
    tap.is_(take(xen)["hypervisor"], "Xen", "a guest of Xen")
    xen.put("proc/xen/capabilities", "control_d")
    tap.is_(take(xen)["is_vm"], False, "Xen's first domain is the hardware")


def test_board(directory):
    found = take(hardware.board(directory / "board"))
    holds(found, "board: the device tree's words", arch="arm64",
          serial_number="10000000a1b2c3d4", serial_source="device-tree",
          product="Raspberry Pi 4 Model B Rev 1.4", company="",
          model_name="Raspberry Pi 4 Model B Rev 1.4", is_vm=False,
          mac_address="dc:a6:32:00:00:01", pci=[])
    tap.is_(found["cpu"], {"model": "ARM Cortex-A72", "cores": 4, "sockets": 1,
                           "threads": 1}, "board: Arm's processors by number")
    tap.is_([(d["device"], d["type"], d["model"]) for d in found["disks"]],
            [("/dev/mmcblk0", "SSD", "SC32G")],
            "board: the card, not its boot area")


def strings(value):
    if isinstance(value, dict):
        for member in value.values():
            yield from strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from strings(member)
    elif isinstance(value, str):
        yield value


def test_rude(directory):
    machine = hardware.rude(directory / "rude")
    started = time.monotonic()
    done = run("--json", "--root", machine.root)
    tap.is_((done.returncode, done.stderr), (0, ""), "rude: it is printed")
    found = json.loads(done.stdout)
    tap.ok(time.monotonic() - started < limit(20), "rude: no pipe holds it up")
    holds(found, "rude: no serial number rather than a shared one",
          serial_number="", serial_source="none", company="Evil[2J(",
          product="", secure_boot=False, tpm="", hypervisor="")
    tap.is_((len(found["disks"]), len(found["nics"]), len(found["pci"])),
            (256, 64, 256), "rude: no more than the server takes")
    tap.is_([d["size_bytes"] for d in found["disks"][:3]], [0, 0, 2 ** 29],
            "rude: sizes that cannot be are 0")
    tap.is_([(c["mac"], c["speed_mbps"], c["link"]) for c in found["nics"][:2]],
            [("", 0, False), ("02:00:00:00:00:01", 0, False)],
            "rude: a broadcast address is no card's")
    tap.is_(found["mac_address"], "02:00:00:00:00:01",
            "rude: nor is a multicast one on the command line")
    words = list(strings(found))
    tap.ok(max(len(w.encode()) for w in words) <= 127,
           "rude: every string has 127 bytes or less")
    tap.ok(all(w.isprintable() for w in words), "rude: every string prints")
    compact = json.dumps(found, separators=(",", ":"))
    tap.ok(len(compact) < REPORT_MAX,
           f"rude: the report fits ({len(compact)} bytes)")
    quotes = hardware.Machine(directory / "quotes")
    for i in range(300):
        quotes.disk(f"sd{i}", 2048, **{
            "device/model": '"' * 127, "device/serial": "\\" * 127,
            "device/wwid": "eui." + '"' * 123})
        quotes.card('"' * 100 + str(i), f"02:00:00:00:01:{i % 256:02x}",
                    "sys/devices/card", None)
        quotes.function(f"{i:04x}:00:00.0", 0x10de, 0x2330, 0x030200)
    found = take(quotes)
    tap.ok(len(json.dumps(found, separators=(",", ":"))) < REPORT_MAX
           and len(found["disks"]) == len(found["pci"]) == 128,
           "quotes: what JSON must escape does not make it too long")
    found = take(hardware.nothing(directory / "nothing"))
    holds(found, "nothing: every member is there, and empty",
          serial_number="", mac_address="", is_vm=False, disks=[], nics=[],
          pci=[], firmware="bios", tpm="",
          memory={"total_gb": 0, "total_bytes": 0})
    missing = run("--json", "--root", directory / "missing")
    tap.ok(missing.returncode == 1 and "cannot read --root" in missing.stderr,
           "a root that is not there is an error")


def test_serials(directory):
    cases = [
        ({"product_serial": " ", "board_serial": "BOARD77"}, "BOARD77",
         "dmi-board"),
        ({"product_serial": "System Serial Number", "board_serial": "None",
          "chassis_serial": "CH-1"}, "CH-1", "dmi-chassis"),
        ({"product_serial": "Default string", "chassis_serial": "CH-1",
          "product_uuid": "d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab"},
         "d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab", "uuid"),
        ({"product_serial": "", "board_serial": "BSN12345678901234567",
          "chassis_serial": "CH-1",
          "product_uuid": "03000200-0400-0500-0006-000700080009"}, "CH-1",
         "dmi-chassis"),
        ({"product_serial": b"SN12\xff\xff34\n"}, "SN1234", "dmi-product"),
        ({"product_serial": "S1" * 100}, "S1" * 31 + "S", "dmi-product"),
        ({"product_serial": "VMware-56 4d 01"}, "VMware-56 4d 01",
         "dmi-product"),
        ({"product_serial": "0", "product_uuid":
          "00000000-0000-0000-0000-000000000000"}, "", "none"),
    ]
    for i, (fields, serial, source) in enumerate(cases):
        machine = hardware.Machine(directory / f"serial{i}")
        machine.dmi(**fields)
        holds(take(machine), f"serial number {serial[:20]!r} from {source}",
              serial_number=serial, serial_source=source)


def test_listing(directory):
    text = run("--root", directory / "server").stdout
    lines = text.splitlines()
    tap.is_(lines[:12], [
        "  Serial Number: 7XKJ3N2",
        "  MAC Address: e4:43:4b:00:00:01",
        "  Company: Dell Inc.",
        "  Product: PowerEdge R740",
        "  Model: PowerEdge R740",
        "  Is VM: false",
        "  CPU: Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz (8 cores)",
        "  Memory: 384 GB",
        "  Disks: 3",
        "    - /dev/nvme0n1: 1490 GB (NVMe)",
        "    - /dev/sda: 447 GB (HDD)",
        "    - /dev/sdc: 3726 GB (HDD)"], "the list that a person reads")
    tap.like(text, r"eno1: e4:43:4b:00:00:01 \(i40e, link up, 25000 Mbit/s\)",
             "with its cards")
    tap.like(text, r"GPU: NVIDIA 10de:2330 at 0000:3b:00.0", "and its GPU")
    tap.like(text, r"Firmware: uefi, Secure Boot on, TPM 2.0", "its firmware")


def test_words(directory):
    tap.like(run("--help").stdout, r"usage: nf-agent inventory", "--help")
    wrong = [("--root",), ("--lldp", "0"), ("--lldp", "601"), ("--lldp", "x"),
             ("--lldp",), ("--fly",), ("--root", ""),
             ("--root", directory, "--lldp", "1")]
    for words in wrong:
        done = run(*words)
        tap.ok(done.returncode == 2 and "nf-agent: inventory: " in done.stderr,
               f"{' '.join(map(str, words[-2:]))!r} is wrong usage")


def test_this_machine():
    done = run("--json")
    found = json.loads(done.stdout)
    processors = os.cpu_count()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    tap.is_(found["cpu"]["cores"], processors, "this machine: processors")
    tap.ok(pages <= found["memory"]["total_bytes"] < 2 * pages,
           "this machine: memory")
    cards = sorted(p.parent.name for p in
                   pathlib.Path("/sys/class/net").glob("*/device"))
    tap.is_([c["name"] for c in found["nics"]], cards, "this machine: cards")
    tap.is_(found["arch"], "amd64", "this machine: its architecture")


def test_report(directory):
    """The server's own check of what is reported, names and all."""
    program = directory / "report"
    subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", f"-I{ROOT}/libnf",
                    "-o", program, ROOT / "tests/e2e/agent_report.c",
                    ROOT / "build/libnf.a", "-ljansson", "-llmdb", "-lsodium"],
                   check=True)
    for name, serial in (("server", "7XKJ3N2"), ("board", "10000000a1b2c3d4"),
                         ("guest", "d1b0b3a8-6c2e-4a0e-9a3b-0123456789ab"),
                         ("rude", ""), ("nothing", "")):
        report = json.loads(run("--json", "--root", directory / name).stdout)
        said = subprocess.run([program], capture_output=True, text=True,
                              input=json.dumps(report)).stdout
        tap.is_(said, f'taken, 0 unknown, serial number "{serial}"\n',
                f"the server takes the {name} as it is reported")


def test_portable(directory):
    """The same sources by POSIX alone, as they are built on macOS."""
    for name in ("server", "guest", "board", "rude"):
        words = ("--json", "--root", directory / name)
        alone = subprocess.run([PORTABLE, *words], capture_output=True,
                               text=True)
        tap.ok(alone.stdout == run(*words).stdout,
               f"the portable program reads the {name} alike")


def test_arm64(directory):
    emulator = shutil.which("qemu-aarch64-static")
    if not ARM64.exists() or emulator is None:
        tap.skip("build/arm64/nf-agent and qemu-aarch64-static are needed", 4)
        return
    for name in ("server", "board", "rude", "guest"):
        words = ("--json", "--root", directory / name)
        tap.ok(run(*words, agent=(emulator, ARM64)).stdout
               == run(*words).stdout, f"arm64 reads the {name} alike")


# --- a switch ------------------------------------------------------------------
def tlv(kind, value):
    return struct.pack(">H", kind << 9 | len(value)) + value


def lldp_frame():
    return (bytes.fromhex("0180c200000e001c7300000788cc")
            + tlv(1, b"\4\0\x1c\x73\xab\xcd\xef") + tlv(2, b"\5Ethernet7")
            + tlv(3, b"\0\x78") + tlv(4, b"rack 12 left")
            + tlv(5, b"leaf-12.dc1") + tlv(127, b"\0\x80\xc2\1\0\xc8")
            + tlv(0, b""))


def own_frame(sender, chassis=None):
    """As a card's firmware sends it, or a host's."""
    mac = bytes.fromhex(sender.replace(":", ""))
    return (bytes.fromhex("0180c200000e") + mac + b"\x88\xcc"
            + tlv(1, b"\4" + (chassis or mac)) + tlv(2, b"\5eth0")
            + tlv(3, b"\0\x78") + tlv(5, b"a-host") + tlv(0, b""))


def cdp_frame(capabilities=b"\0\0\0\x28"):
    def part(kind, value):
        return struct.pack(">HH", kind, 4 + len(value)) + value
    body = (bytes.fromhex("aaaa0300000c2000") + b"\2\xb4\0\0"
            + part(1, b"sw-07") + part(3, b"Gi1/0/7") + part(4, capabilities)
            + part(10, b"\0\x2a"))
    return (bytes.fromhex("01000ccccccc001c73000007")
            + struct.pack(">H", len(body)) + body)


def listen(pair, tree, frames, seconds):
    """What the agent in the client's namespace says while frames arrive.  A
    veth has no device, so its namespace is given a sysfs in which it has."""
    words = pair.command(
        pair.client, "sh", "-c", f"mount --bind {tree}/sys /sys && exec "
        f"{AGENT} inventory --json --lldp {seconds}")
    started = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.PIPE)
    with netns.inside(pair.server):
        link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        link.bind((pair.server_link, 0))
    while process.poll() is None:
        for frame in frames:
            try:
                link.send(frame)
            except OSError: # its other end is down
                pass
        time.sleep(0.2)
    link.close()
    out, err = process.communicate()
    if err:
        tap.diag(err)
    return json.loads(out)["nics"][0], time.monotonic() - started


def is_up(pair):
    said = subprocess.run(["ip", "-n", pair.client, "link", "show",
                           pair.client_link], capture_output=True, text=True)
    return ",UP" in said.stdout


def carries(pair):
    """Whether what the other end sends arrives."""
    said = subprocess.run(["ip", "-n", pair.server, "link", "show",
                           pair.server_link], capture_output=True, text=True)
    return "LOWER_UP" in said.stdout


def test_switch(directory):
    if os.geteuid() != 0:
        tap.skip("network namespaces are root's", 8)
        return
    machine = hardware.Machine(directory / "netns")
    with netns.Pair() as pair:
        machine.card(pair.client_link, "02:00:00:00:00:01", "sys/devices/card",
                     None, carrier=1)
        (machine.root / "sys/class/net" / pair.client_link).mkdir(
            parents=True, exist_ok=True)
        leaf = {"switch": "leaf-12.dc1", "switch_mac": "00:1c:73:ab:cd:ef",
                "port": "Ethernet7", "port_description": "rack 12 left",
                "vlan": 200}
        card, took = listen(pair, machine.root, [lldp_frame()], 30)
        tap.is_(card.get("lldp"), leaf, "LLDP names switch, port and VLAN")
        tap.ok(took < limit(20), f"and when all are heard, that is it ({took:.1f} s)")
        card, _ = listen(pair, machine.root, [cdp_frame()], 30)
        tap.is_(card.get("lldp"), {
            "switch": "sw-07", "switch_mac": "", "port": "Gi1/0/7",
            "port_description": "", "vlan": 42}, "so does CDP")
        broken = lldp_frame()[:40]
        card, took = listen(pair, machine.root, [broken, b"\0" * 60], 2)
        tap.ok("lldp" not in card and took < limit(20),
               f"a broken frame is not a switch, and time ends ({took:.1f} s)")
        own = own_frame("02:00:00:00:00:01")
        looped = own_frame("02:00:00:00:00:99", bytes.fromhex("020000000001"))
        host = cdp_frame(b"\0\0\0\x10")
        card, _ = listen(pair, machine.root, [own, looped, host], 2)
        tap.ok("lldp" not in card, "nor is a card of its own, nor a host")
        card, _ = listen(pair, machine.root,
                         [lldp_frame(), own, looped, host], 10)
        tap.is_(card.get("lldp"), leaf, "nor do they take a switch's place")
        subprocess.run(["ip", "-n", pair.client, "link", "set",
                        pair.client_link, "down"], check=True)
        card, took = listen(pair, machine.root, [lldp_frame()], 30)
        tap.is_(card.get("lldp"), leaf, "a card that is down is heard too")
        tap.ok(not is_up(pair), f"and is down again after it ({took:.1f} s)")


def listener_build(directory):
    """tests/e2e/agent_listener.c with the agent's own sources."""
    program = directory / "listener"
    sources = [*(ROOT / "nf-agent").glob("*.c"),
               *(ROOT / "libnf/base").glob("*.c")]
    wanted = [str(s) for s in sources if s.name in PARTS]
    subprocess.run(["cc", "-std=gnu2x", "-D_GNU_SOURCE", f"-I{ROOT}/libnf",
                    "-o", program, ROOT / "tests/e2e/agent_listener.c",
                    *wanted, "-ljansson"], check=True)
    return program


def test_listener(directory):
    """Frames that come while the agent does something else are not lost."""
    if os.geteuid() != 0:
        tap.skip("network namespaces are root's", 6)
        return
    program = listener_build(directory)
    machine = hardware.Machine(directory / "listener.tree")
    with netns.Pair() as pair:
        machine.card(pair.client_link, "02:00:00:00:00:01", "sys/devices/card",
                     None, carrier=1)
        subprocess.run(["ip", "-n", pair.client, "link", "set",
                        pair.client_link, "down"], check=True)
        process = subprocess.Popen(pair.command(
            pair.client, "sh", "-c", f"mount --bind {machine.root}/sys /sys && "
            f"exec {program}"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)

        def hear():
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        tap.is_(process.stdout.readline().strip(), "listening", "it listens")
        tap.is_(hear(), "changed -", "the first time everything is new")
        tap.ok(until(lambda: carries(pair)), "the card is brought up")
        with netns.inside(pair.server):
            link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            link.bind((pair.server_link, 0))
        for frame in (cdp_frame(), lldp_frame(), cdp_frame()):
            link.send(frame)
        link.close()
        tap.is_((hear(), hear()), ("changed leaf-12.dc1", "same leaf-12.dc1"),
                "what came meanwhile is heard, and is news once; CDP does not"
                " take LLDP's place")
        process.stdin.close()
        tap.is_(process.wait(limit(10)), 0, "it ends")
        tap.ok(not is_up(pair), "and takes the card down again")


def main():
    with tempfile.TemporaryDirectory(prefix="nf-inventory-") as directory:
        directory = pathlib.Path(directory)
        test_server(directory)
        test_guest(directory)
        test_hypervisors(directory)
        test_board(directory)
        test_rude(directory)
        test_serials(directory)
        test_listing(directory)
        test_words(directory)
        test_this_machine()
        test_report(directory)
        test_portable(directory)
        test_arm64(directory)
        test_switch(directory)
        test_listener(directory)
    tap.done()


main()
