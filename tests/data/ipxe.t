#!/usr/bin/env python3
"""The boot scripts: what Debian 12's iPXE understands, and that it does it.

What is read here are the golden files render-*/expected, which the unit test
`golden` holds to the templates.
"""

import http.server
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import tap  # noqa: E402

# Commands of that build; param, imgverify, time and others are not there.
COMMANDS = {"echo", "set", "iseq", "goto", "cpuid", "imgfree", "kernel",
            "initrd", "boot", "sleep", "chain", "sanboot", "exit"}
CANNOT_FAIL = {"echo", "set", "goto", "exit"}
SETTINGS = {"buildarch", "platform", "errno", "arch", "di", "firmware",
            "mac", "mac:hexhyp"}


def golden(case):
    return (HERE / f"render-{case}" / "expected").read_text()


def scripts():
    for path in sorted(HERE.glob("render-*/expected")):
        text = path.read_text()
        if text.startswith("#!ipxe"):
            yield path.parent.name.removeprefix("render-"), text


def commands(text):
    """(the line, the commands on it) of each line that has any."""
    for line in text.splitlines()[1:]:
        if line and not line.startswith((":", "#")):
            yield line, [part.split()[0] for part in
                         re.split(r" (?:\|\||&&)(?: |$)", line) if part]


def check_script(case, text):
    lines = list(commands(text))
    labels = set(re.findall(r"^:(\w+)$", text, re.M))
    unknown = {name for _, names in lines for name in names} - COMMANDS
    tap.is_(unknown, set(), f"{case}: iPXE has every command")
    loose = [line for line, names in lines
             if names[0] not in CANNOT_FAIL and " ||" not in line]
    tap.is_(loose, [], f"{case}: each command that may fail says what then")
    tap.is_(set(re.findall(r"goto (\w+)", text)) - labels, set(),
            f"{case}: each goto has its label")
    tap.is_(set(re.findall(r"\$\{(.*?)\}", text)) - SETTINGS, set(),
            f"{case}: no setting but those that we mean")
    nested = [line for line, names in lines if "boot.ipxe" in line
              and not line.startswith("chain --replace --autofree ")]
    tap.is_(nested, [], f"{case}: no script inside a script")
    tap.unlike(text, r"https:|\{\{|\r", f"{case}: no https, no leftovers")
    tap.like(text.splitlines()[-1], r"^(goto |exit 1|.*\|\| goto )",
             f"{case}: it does not run off its end")


def kernel_line(case):
    return re.search(r"^kernel (.*) \|\| goto failed$", golden(case), re.M)[1]


def check_kernel_lines():
    tap.like(kernel_line("install-preseed-static"), " hostname=n1 ",
             "a node's name is the installer's")
    for case in ("install-preseed", "install-preseed-leased",
                 "install-preseed-static", "install-preseed-no-gateway"):
        tap.unlike(kernel_line(case), "netcfg/get_(?!nameservers= )|"
                   "disable_autoconfig",
                   f"{case}: the installer asks for its address by DHCP")
        tap.like(kernel_line(case), " netcfg/no_default_route=true ",
                 f"{case}: and does without a router")
        tap.like(kernel_line(case), " netcfg/link_wait_timeout=60 netcfg/"
                 "dhcp_timeout=60 netcfg/dhcp_failed=true netcfg/dhcp_options="
                 "Retry netcfg/get_nameservers= ",
                 f"{case}: asks again where a switch is slow, nobody else")
    tap.like(kernel_line("install-autoinstall"),
             " url=\\S+ cloud-config-url=/dev/null noprompt autoinstall ",
             "cloud-init does not take the ISO for its own")
    tap.like(kernel_line("install-kickstart"), " rd.net.timeout.carrier=60 "
             "rd.net.timeout.dhcp=60 rd.net.dhcp.retry=5 ",
             "Anaconda's initramfs waits for a slow switch too")
    tap.like(kernel_line("install-preseed"),
             r" url=http://10\.66\.0\.1/preseed/525400000001/preseed\.cfg\?"
             r"token=[a-z2-7]{32} ", "the answers are asked for with the token")
    for case in ("install-preseed-static", "install-handover", "install-image",
                 "install-autoinstall", "install-kickstart"):
        tap.ok(len(kernel_line(case)) < 1500, f"{case}: fits x86's 2048 bytes")
    words = kernel_line("install-preseed-static").split(" --- ")[0].split()
    tap.ok(len([word for word in words if "=" in word]) < 28,
           "not more words than the kernel hands to init")


class Site(http.server.BaseHTTPRequestHandler):
    """Gives one script after the other, and 404 for all else."""

    def log_message(self, *ignored):
        pass

    def do_GET(self):
        site = self.server
        site.asked.append(self.path)
        body = None
        if self.path.startswith(SCRIPT) and site.scripts:
            body = site.scripts.pop(0).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


CASES = ["unknown", "wait-sleep", "wait-poll", "stuck",
         "install-preseed-static", "install-image", "install-autoinstall",
         "local"]


def serve(cases):
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    here = f"10.0.2.2:{site.server_address[1]}"
    site.asked = []
    site.scripts = [
        re.sub(r"10\.66\.0\.1(:8081)?", here, golden(case))
        .replace("sleep 30", "sleep 1") for case in cases]
    threading.Thread(target=site.serve_forever, daemon=True).start()
    return site, here


def run_machine(directory, here, firmware, end):
    """From power-on until `end` is shown; all that the serial port showed."""
    (directory / "first.ipxe").write_text(
        "#!ipxe\nchain --replace --autofree "
        f"http://{here}/boot/525400000001/boot.ipxe\n")
    command = ["nice", "-n", "19", "qemu-system-x86_64",
               "-machine", "q35,graphics=off", "-m", "256", "-nodefaults",
               "-display", "none", "-serial", "stdio", "-no-reboot",
               "-netdev", f"user,id=n0,tftp={directory},bootfile=/first.ipxe",
               "-device", "virtio-net-pci,netdev=n0,bootindex=1,"
               "mac=52:54:00:00:00:01", *firmware]
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    late = threading.Timer(240, machine.kill)
    late.start()
    shown = b""
    while re.search(end, shown, re.S) is None:
        part = machine.stdout.read1(4096)
        if not part:
            break
        shown += part
    late.cancel()
    machine.kill()
    machine.wait()
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\r", b"", shown).decode("latin-1")


SCRIPT = "/boot/525400000001/boot.ipxe"
# The kernel answered 404; the number is that of the build.
AGAIN = SCRIPT + "?failed=0x2d0c613b"
AGAIN_UEFI = SCRIPT + "?failed=0x2d0c618e"
LINUX = ("/debian/dists/bookworm/main/installer-amd64/current/images/netboot/"
         "debian-installer/amd64/linux")


def boot_sector(word):
    """One that writes a word to the serial port, and stops."""
    code = (b"\x31\xc0\x8e\xd8\xba\xf8\x03\xbe\x18\x7c"   # ds, dx, si
            b"\xac\x84\xc0\x74\x03\xee\xeb\xf8\xf4\xeb\xfd").ljust(24)
    return (code + word + b"\n\0").ljust(510, b"\0") + b"\x55\xaa"


def disks(directory, sectors):
    """QEMU's words for drives that begin with these sectors, in the order of
    the BIOS."""
    words = []
    for n, sector in enumerate(sectors):
        path = pathlib.Path(directory) / f"disk{n}"
        path.write_bytes(sector.ljust(1 << 20, b"\0"))
        words += ["-drive", f"id=d{n},if=none,format=raw,file={path}",
                  "-device", f"virtio-blk-pci,drive=d{n},bootindex={n + 2}"]
    return words


def go_through(cases, firmware, end, sectors=()):
    """What a machine asks the server for, and what it shows."""
    site, here = serve(cases)
    with tempfile.TemporaryDirectory() as directory:
        shown = run_machine(pathlib.Path(directory), here,
                            [*firmware, *disks(directory, sectors)], end)
    site.shutdown()
    return site.asked, shown


def check_bios():
    asked, shown = go_through(CASES, [], rb"No bootable device")
    wanted = [SCRIPT, SCRIPT, SCRIPT, SCRIPT + "?wait=1", SCRIPT + "?wait=1",
              LINUX, AGAIN, "/files/agent/amd64/vmlinuz", AGAIN,
              "/files/ubuntu/24.04/casper/vmlinuz", AGAIN]
    if not tap.is_(asked, wanted, "a BIOS machine goes through all scripts, "
                   "and a 64-bit one asks for amd64"):
        tap.diag(shown[-3000:])
    for text in ("is not registered yet", "is waiting for an operator",
                 "cannot be installed: os_install did not finish",
                 r"installs debian-12 as n1",
                 "installs ubuntu-24.04 as n1", "Could not fetch or start",
                 "boots from its own disk"):
        tap.like(shown, text, f"its console shows: {text}")


def check_disks():
    """The disk with the system is not the first one."""
    asked, shown = go_through(
        ["local"], [], rb"SYSTEM\n|Hard Disk|No bootable",
        [b"", b"", boot_sector(b"SYSTEM"), boot_sector(b"NOT THIS ONE")])
    tap.is_(asked, [SCRIPT], "a BIOS machine is told to boot its disk")
    tap.like(shown, r"SYSTEM\n", "and starts the first that starts")
    tap.unlike(shown, "Hard Disk", "before the BIOS has to")


def check_uefi():
    firmware = ["-drive", "if=pflash,format=raw,readonly=on,"
                f"file={OVMF}", "-fw_cfg",
                "name=opt/org.tianocore/IPv6PXESupport,string=n"]
    asked, shown = go_through(["install-preseed", "local"], firmware,
                              rb"localboot.efi.*\n.*\n")
    if not tap.is_(asked, [SCRIPT, LINUX, AGAIN_UEFI,
                           "/files/boot/localboot.efi"],
                   "a UEFI machine asks for amd64, and for its local loader"):
        tap.diag(shown[-3000:])


OVMF = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
for name, script_text in scripts():
    check_script(name, script_text)
check_kernel_lines()
if shutil.which("qemu-system-x86_64") and \
        pathlib.Path("/usr/lib/ipxe/qemu/pxe-virtio.rom").exists():
    check_bios()
    check_disks()
else:
    tap.skip("no qemu with iPXE here: the scripts were NOT run", 10)
if shutil.which("qemu-system-x86_64") and OVMF.exists():
    check_uefi()
else:
    tap.skip("no qemu with UEFI here: the scripts were NOT run")
tap.done()
