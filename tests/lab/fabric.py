"""The VLANs of a lab with a switch: each is a bridge, and a port of the switch
is the tap of a machine, in the bridge of the VLAN that the port is in.

The bridges run the kernel's own spanning tree: a tap that has come to another
bridge, or whose machine was switched on, listens and learns before frames pass.
"""

import json
import pathlib
import subprocess
import sys
import time

import netns

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from pace import SCALE  # noqa: E402

FIRST, INSTALL, PRODUCTION = 1, 100, 200    # the first is that of a new switch
BRIDGES = {FIRST: "br-first", INSTALL: netns.BRIDGE, PRODUCTION: "br-prod"}
LISTENS_S = 2    # and learns as long: the least that the kernel takes
# In those of a task until a port was seen listening there, so that a slow worker
# does not come too late for it.  A machine that is reset then would give up.
FIRST_LISTENS_S = min(5, LISTENS_S * SCALE)
ROUTER = "10.77.0.1"
POOL = "10.77.0.50,10.77.0.99"
SPANNING = {"down": 0, "blocking": 2, "listening": 3, "learning": 4,
            "forwarding": 5}    # dot1dStpPortState
WAITS = ("listening", "learning")


def up(namespace, taps):
    """Make the bridges; every tap begins in the first VLAN."""
    for vlan, bridge in BRIDGES.items():
        if bridge != netns.BRIDGE:
            namespace.ip("link", "add", bridge, "type", "bridge")
        # else a bridge has the address of the first tap that comes, which
        # takes it along when it goes
        namespace.ip("link", "set", bridge, "address",
                     f"02:6e:66:00:00:{vlan:02x}")
        namespace.ip("link", "set", bridge, "up", "type", "bridge",
                     "stp_state", "1", "forward_delay",
                     delay(LISTENS_S if vlan == FIRST else FIRST_LISTENS_S))
    namespace.ip("addr", "add", f"{ROUTER}/24", "dev", BRIDGES[PRODUCTION])
    for tap in taps:
        namespace.ip("link", "set", tap, "master", BRIDGES[FIRST])


def delay(seconds):
    """As ip(8) takes it."""
    return str(int(seconds * 100))


def dhcp(namespace, directory, log, vlan=PRODUCTION, pool=POOL):
    """Who gives addresses in a network that is not the site's: a process, and
    the file of its leases."""
    leases = directory / f"leases-{vlan}"
    words = namespace.command(
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
        "--bind-interfaces", f"--interface={BRIDGES[vlan]}",
        "--except-interface=lo", "--dhcp-authoritative", "--log-facility=-",
        f"--dhcp-range={pool},10m", "--user=root", "--no-ping",
        f"--dhcp-leasefile={leases}", f"--pid-file={leases}.pid")
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=log,
                            start_new_session=True), leases


def place(tap, vlan, is_up):
    """Put tap into the VLAN; one that has no bridge leads nowhere.  Run it
    inside."""
    bridge = BRIDGES.get(vlan)
    netns.ip("link", "set", tap, *(("master", bridge) if bridge
                                   else ("nomaster",)))
    netns.ip("link", "set", tap, "up" if is_up else "down")


def learnt(of, *where):
    """What the bridges have learnt at the taps: (mac, vlan, tap).  where: words
    that say which namespace, from outside."""
    vlans = {bridge: vlan for vlan, bridge in BRIDGES.items()}
    return [(row["mac"].replace(":", ""), vlans[row["master"]], row["ifname"])
            for row in said("bridge", *where, "-j", "fdb", "show")
            if row["ifname"] in of and row.get("master") in vlans
            and row.get("state") not in ("permanent", "static")]


def spanning(tap, *where):
    """In one of SPANNING: whether frames of the tap pass.  A port whose machine
    is off, or that is in no bridge, is down."""
    return bridge_and_state(tap, *where)[1]


def bridge_and_state(tap, *where):
    link, = said("ip", *where, "-d", "-j", "link", "show", tap)
    state = link["linkinfo"].get("info_slave_data", {}).get("state", "down")
    return link.get("master"), state if "LOWER_UP" in link["flags"] else "down"


def frames(tap, *where):
    """How many the machine has sent."""
    link, = said("ip", *where, "-s", "-j", "link", "show", tap)
    return link["stats64"]["rx"]["packets"]


def said(*words):
    out = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


class Wires:
    """What a switch is wired to, for the peers in tests/lib: they tell of each
    change before they answer it, and ask for what is learnt and for the state
    of a port, by its number from 1; one without a tap is down.  Each change is
    noted in the folder's `moves`, and each state that was told in `states`.

    Run it inside the namespace."""

    def __init__(self, folder, taps):
        self._folder = folder
        self._taps = dict(enumerate(taps, 1))

    def changed(self, port, mode, vlan, tagged, admin):
        if port in self._taps:
            place(self._taps[port], vlan, admin == "up")
        self._note("moves", {"at": time.time(), "port": port, "mode": mode,
                             "vlan": vlan, "tagged": list(tagged),
                             "admin": admin})

    def addresses(self):
        ports = {tap: port for port, tap in self._taps.items()}
        return [(mac, vlan, ports[tap]) for mac, vlan, tap in learnt(ports)]

    def state(self, port):
        if port not in self._taps:
            return "down"
        bridge, state = bridge_and_state(self._taps[port])
        self._note("states", {"at": time.time(), "port": port, "state": state})
        if state in WAITS:
            netns.ip("link", "set", bridge, "type", "bridge", "forward_delay",
                     delay(LISTENS_S))
        return state

    def _note(self, name, what):
        with open(self._folder / name, "a", encoding="ascii") as file:
            file.write(json.dumps(what) + "\n")
