"""A BMC: OpenIPMI's ipmi_sim, with a machine that is a few files.

Cipher suites 1 to 15 only, and of boot flags it tells the device back."""

import os
import pathlib
import subprocess
import tempfile
import socket

from dnsmasq import until

USER, PASSWORD = "ADMIN", "s3cret"
CONF = """name "sim"
set_working_mc 0x20
  startlan 1
    addr {address} {port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
{lan}  endlan
  chassis_control "{dir}/chassis {dir}"
  user 1 true "" "" user 10 none md2 md5 straight
  user 2 true "{user}" "{password}" admin 10 none md2 md5 straight
  user 3 true "reader" "reads" user 10 none md2 md5 straight
"""
# Its machine speaks with it by KCS, and is told its address.
KCS = 'serial 15 127.0.0.1 {kcs} codec VM\n'
LAN = '    lan_config_program "{dir}/lan"\n'
LAN_SCRIPT = """#!/bin/sh
# get NAME...
[ "$1" = get ] || exit 0
shift
for what; do
    case $what in
    ip_addr) echo "ip_addr:{address}" ;;
    ip_addr_src) echo "ip_addr_src:static" ;;
    subnet_mask) echo "subnet_mask:255.255.255.0" ;;
    mac_addr) echo "mac_addr:02:00:00:00:00:01" ;;
    *) exit 1 ;;
    esac
done
"""
EMULATION = """mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
"""
CHASSIS = """#!/bin/sh
# What the machine is told stands in `acts`, line by line.
cd "$1" || exit 1
word=$2
shift 2
case $word in
get)
    for what; do
        case $what in
        power) echo "power:$(cat power)" ;;
        boot) echo "boot:$(cat boot)" ;;
        *) exit 1 ;;
        esac
    done ;;
set)
    while [ $# -ge 2 ]; do
        echo "$1 $2" >> acts
        case $1 in
        power) [ -e deaf ] || echo "$2" > power ;;
        shutdown) echo 0 > power ;;
        boot) echo "$2" > boot ;;
        identify) shift ;;
        esac
        shift 2
    done ;;
check) exit 1 ;;
esac
exit 0
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sim:
    """`with Sim() as bmc:` ... bmc.port, bmc.acts()."""

    def __init__(self, user=USER, password=PASSWORD, within=(),
                 address="127.0.0.1", port=None, kcs=None):
        """within: a command that runs it, in a network namespace.  kcs: where a
        virtual machine finds the BMC that is its own."""
        self._within = within
        self._directory = tempfile.TemporaryDirectory(prefix="nf-ipmi-")
        self.dir = pathlib.Path(self._directory.name)
        self.port = port or free_port()
        self.process = None
        (self.dir / "state").mkdir()
        conf = CONF + KCS if kcs else CONF
        (self.dir / "lan.conf").write_text(conf.format(
            address=address, port=self.port, dir=self.dir, user=user,
            password=password, kcs=kcs,
            lan=LAN.format(dir=self.dir) if kcs else ""))
        self._script("lan", LAN_SCRIPT.format(address=address))
        (self.dir / "sim.emu").write_text(EMULATION)
        self._script("chassis", CHASSIS)
        self.set("power", "0")
        self.set("boot", "none")
        self.set("acts", "")

    def _script(self, name, text):
        script = self.dir / name
        script.write_text(text)
        script.chmod(0o755)

    def password_of(self, user):
        """What it keeps of a user; None: it has no such user, or has not
        written it down yet."""
        kept = {}
        for file in self.dir.glob("state/ipmi_sim/sim/users.*"):
            for line in file.read_text(encoding="ascii").splitlines():
                name, _, value = line.partition(":d:")
                kept[name] = value.split(r"\00")[0]
        slots = [name.removesuffix(".username") for name, value in kept.items()
                 if name.endswith(".username") and value == user]
        return kept[f"{slots[0]}.passwd"] if slots else None

    def set(self, name, text):
        (self.dir / name).write_text(text + "\n" if text else "")

    def get(self, name):
        return (self.dir / name).read_text().strip()

    def acts(self):
        return self.get("acts").splitlines()

    def __enter__(self):
        self.process = subprocess.Popen(
            [*self._within, "ipmi_sim", "-n", "-c", "lan.conf", "-f", "sim.emu", "-s", "state"],
            cwd=self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        until(self.listens)
        return self

    def listens(self):
        wanted = f":{self.port:04X} "
        for name in ("udp", "udp6"):
            with open(f"/proc/{self.process.pid}/net/{name}",
                      encoding="ascii") as f:
                if any(wanted in line for line in f):
                    return True
        return False

    def __exit__(self, *ignored):
        self.process.kill()
        self.process.wait()
        self._directory.cleanup()
