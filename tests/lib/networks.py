"""Networks as profiles describe them, what they come to, and how each of those
that manage networks says the same."""

import configparser
import pathlib
import re

try:
    import yaml
except ImportError:
    yaml = None

BOOT = "52:54:00:00:00:01"
OTHER = "52:54:00:00:00:09"

# What a method's system has that manages its network; of images any.
MANAGERS = {
    "netplan": "usr/sbin/netplan",
    "NetworkManager": "usr/sbin/NetworkManager",
    "networkd": "lib/systemd/systemd-networkd",
}
METHODS = {
    "preseed": ("networkd",),
    "autoinstall": ("netplan",),
    "kickstart": ("NetworkManager",),
    "image": tuple(MANAGERS),
}


def model(**given):
    """One network, in no manager's words."""
    return {"cards": [BOOT], "bond": "", "mode": "", "vlan": 0, "mtu": 0,
            "dhcp": False, "addresses": [], "routes": [], "dns": [],
            "own_dns": False, "ipv6": "auto", **given}


STATIC = {"method": "static", "ip": "10.0.0.5", "netmask": "255.255.255.0"}
NODE = ("10.0.0.7", "255.255.255.0", "10.0.0.1")
BOND = {"name": "bond0", "members": ["eno1", OTHER]}

# name, network of the profile, the node's own addresses, what it comes to (or
# the member that is refused)
CASES = [
    ("a profile that says nothing", {}, None, "plain"),
    ("DHCP", {"method": "dhcp"}, NODE, "plain"),
    ("the node's address", {}, NODE,
     model(addresses=["10.0.0.7/24"], routes=[("0.0.0.0/0", "10.0.0.1", False)])),
    ("an address of its own", {**STATIC, "gateway": "10.0.0.1",
                               "dns": ["10.0.0.2", "2001:db8::53"]}, NODE,
     model(addresses=["10.0.0.5/24"], routes=[("0.0.0.0/0", "10.0.0.1", False)],
           dns=["10.0.0.2", "2001:db8::53"], own_dns=True)),
    ("another card by name", {"interface": "eno2"}, None,
     model(cards=["eno2"], dhcp=True)),
    ("another card by MAC", {**STATIC, "interface": OTHER}, None,
     model(cards=[OTHER], addresses=["10.0.0.5/24"])),
    ("a bond without a mode", {"bond": BOND}, None,
     model(cards=["eno1", OTHER], bond="bond0", mode="active-backup",
           dhcp=True)),
    ("a bond", {"bond": {**BOND, "mode": "802.3ad"}, "mtu": 9000}, NODE,
     model(cards=["eno1", OTHER], bond="bond0", mode="802.3ad", mtu=9000,
           addresses=["10.0.0.7/24"],
           routes=[("0.0.0.0/0", "10.0.0.1", False)])),
    ("a VLAN on the card by name", {"vlan": {"id": 7, "link": "eno1"}}, None,
     model(cards=["eno1"], vlan=7, dhcp=True)),
    ("a VLAN on the card by MAC", {**STATIC, "vlan": {"id": 7, "link": OTHER}},
     None, model(cards=[OTHER], vlan=7, addresses=["10.0.0.5/24"])),
    ("a VLAN on a bond", {**STATIC, "gateway": "10.0.0.1", "bond": BOND,
                          "vlan": {"id": 12, "link": "bond0"}}, None,
     model(cards=["eno1", OTHER], bond="bond0", mode="active-backup", vlan=12,
           addresses=["10.0.0.5/24"],
           routes=[("0.0.0.0/0", "10.0.0.1", False)])),
    ("an MTU", {"mtu": 1400}, None, model(mtu=1400, dhcp=True)),
    ("several addresses", {**STATIC, "gateway": "10.0.0.1", "addresses":
                           ["10.1.0.5/16", "2001:db8::5/64"],
                           "gateway6": "2001:db8::1"}, None,
     model(addresses=["10.0.0.5/24", "10.1.0.5/16", "2001:db8::5/64"],
           routes=[("0.0.0.0/0", "10.0.0.1", False),
                   ("::/0", "2001:db8::1", False)], ipv6="static")),
    ("a gateway by the other address",
     {"method": "static", "addresses": ["10.0.0.5/24", "10.1.0.5/16"],
      "gateway": "10.1.0.1"}, None,
     model(addresses=["10.0.0.5/24", "10.1.0.5/16"],
           routes=[("0.0.0.0/0", "10.1.0.1", False)])),
    ("IPv6 only", {"method": "static", "addresses": ["2001:db8::5/64"],
                   "gateway6": "fe80::1", "dns": ["2001:db8::53"]}, None,
     model(addresses=["2001:db8::5/64"], routes=[("::/0", "fe80::1", False)],
           dns=["2001:db8::53"], own_dns=True, ipv6="static")),
    ("IPv6 beside DHCP", {"addresses": ["2001:db8::5/64"]}, None,
     model(dhcp=True, addresses=["2001:db8::5/64"], ipv6="static")),
    ("IPv6 by itself and by hand",
     {"addresses": ["2001:db8::5/64"], "ipv6": "auto"}, None,
     model(dhcp=True, addresses=["2001:db8::5/64"])),
    ("no IPv6", {"ipv6": "off"}, None, model(dhcp=True, ipv6="off")),
    ("DHCP with other name servers", {"dns": ["10.0.0.2"]}, None,
     model(dhcp=True, dns=["10.0.0.2"], own_dns=True)),
    ("DHCP and an address", {"method": "dhcp", "addresses": ["10.1.0.5/16"]},
     None, model(dhcp=True, addresses=["10.1.0.5/16"])),
    ("/31", {**STATIC, "netmask": "255.255.255.254", "ip": "10.0.0.4",
             "gateway": "10.0.0.5"}, None,
     model(addresses=["10.0.0.4/31"], routes=[("0.0.0.0/0", "10.0.0.5", False)])),
    ("/32", {**STATIC, "netmask": "255.255.255.255", "gateway": "10.9.9.1"},
     None, model(addresses=["10.0.0.5/32"],
                 routes=[("0.0.0.0/0", "10.9.9.1", True)])),
    ("a node alone in its network", {}, ("10.0.0.7", "255.255.255.255",
                                         "172.31.1.1"),
     model(addresses=["10.0.0.7/32"], routes=[("0.0.0.0/0", "172.31.1.1", True)])),
    ("a gateway on the link", {**STATIC, "gateway": "172.31.1.1",
                               "on_link": True}, None,
     model(addresses=["10.0.0.5/24"],
           routes=[("0.0.0.0/0", "172.31.1.1", True)])),
    ("a gateway outside", {**STATIC, "gateway": "10.0.1.1"}, None,
     "network.gateway"),
    ("its own gateway", {**STATIC, "gateway": "10.0.0.5"}, None,
     "network.gateway"),
    ("a network's address", {**STATIC, "ip": "10.0.0.0"}, None, "network.ip"),
    ("a broadcast address", {**STATIC, "ip": "10.0.0.255"}, None, "network.ip"),
    ("loopback", {**STATIC, "ip": "127.0.0.5"}, None, "network.ip"),
    ("multicast", {**STATIC, "ip": "224.0.0.5"}, None, "network.ip"),
    ("a bond of itself", {"bond": {"name": "b", "members": ["b"]}}, None,
     "network.bond.members[0]"),
    ("a bridge", {"bridge": {"name": "br0"}}, None, "network.bridge"),
    ("a VLAN of another link", {"bond": BOND, "vlan": {"id": 5, "link": "eno1"}},
     None, "network.vlan.link"),
]


# --- what a manager's files say ---------------------------------------------------

def is_far(route):
    return (route["to"], route["via"], route.get("on-link", False))


def by_netplan(root):
    files = list((root / "etc/netplan").glob("*"))
    if [f.name for f in files] != ["90-nodefoundry.yaml"]:
        return {"files": [f.name for f in files]}
    body = yaml.safe_load(files[0].read_text())["network"]
    bonds, vlans, cards = (body.get(kind, {}) for kind in
                           ("bonds", "vlans", "ethernets"))
    (top,) = (vlans or bonds or cards).values()
    for name, one in cards.items():
        has_mac = "macaddress" in one["match"]
        if (one.get("set-name") == name) != (has_mac and bool(bonds or vlans)):
            return {"set-name": one}
    found = model(
        cards=[next(iter(c["match"].values())) for c in cards.values()],
        bond=next(iter(bonds), ""), vlan=top.get("id", 0),
        mode=next((b["parameters"]["mode"] for b in bonds.values()), ""),
        mtu=top.get("mtu", 0), dhcp=top["dhcp4"],
        addresses=top.get("addresses", []),
        routes=[is_far(r) for r in top.get("routes", [])],
        dns=top.get("nameservers", {}).get("addresses", []),
        own_dns="nameservers" in top,
        ipv6="auto" if top["accept-ra"] else
        "off" if "link-local" in top else "static")
    below = [one for kind in (cards, bonds, vlans) for one in kind.values()]
    links = [v["link"] for v in vlans.values()]
    if any(one.get("mtu", 0) != found["mtu"] for one in below) \
            or any(list(cards) != b["interfaces"] for b in bonds.values()) \
            or (links and links != [next(iter(bonds or cards))]) \
            or any(one["dhcp4"] or one["accept-ra"] for one in below
                   if one is not top and "dhcp4" in one) \
            or (found["own_dns"] and found["dhcp"]
                and top["dhcp4-overrides"] != {"use-dns": False}):
        return {"below": below}
    return found


def ini(path):
    """{section: [(key, value)]}, sections of one name together."""
    found, section = {}, None
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found.setdefault(section, [])
        elif line:
            found[section].append(tuple(line.split("=", 1)))
    return found


def all_of(sections, section, key):
    return [value for k, value in sections.get(section, []) if k == key]


def one_of(sections, section, key, default=""):
    return (all_of(sections, section, key) or [default])[0]


def by_networkd(root):
    home = root / "etc/systemd/network"
    files = {f.name: ini(f) for f in sorted(home.glob("*"))}
    if any("nodefoundry" not in name for name in files):
        return {"files": list(files)}
    nets = [f for name, f in files.items() if name.endswith(".network")]
    devs = [f for name, f in files.items() if name.endswith(".netdev")]
    top = nets[-1]
    bonds = [d for d in devs if one_of(d, "NetDev", "Kind") == "bond"]
    vlans = [d for d in devs if one_of(d, "NetDev", "Kind") == "vlan"]
    carriers = nets[:len(nets) - len(devs)]
    key = "PermanentMACAddress" if bonds else "MACAddress"
    routes = [r for r in re.findall(r"\[Route\]\n(.*?)(?:\n\n|\Z)",
                                    next(reversed(sorted(
                                        home.glob("*.network")))).read_text(),
                                    re.S)]
    gateways = [(re.search(r"Gateway=(\S+)", r)[1], "GatewayOnLink=yes" in r)
                for r in routes]
    mtus = {one_of(n, "Link", "MTUBytes", "0") for n in nets}
    accepts = one_of(top, "Network", "IPv6AcceptRA") == "yes"
    found = model(
        cards=[one_of(n, "Match", key) or one_of(n, "Match", "Name")
               for n in carriers],
        bond=one_of(bonds[0], "NetDev", "Name") if bonds else "",
        mode=one_of(bonds[0], "Bond", "Mode") if bonds else "",
        vlan=int(one_of(vlans[0], "VLAN", "Id")) if vlans else 0,
        mtu=int(mtus.pop()), dhcp=one_of(top, "Network", "DHCP") == "ipv4",
        addresses=all_of(top, "Network", "Address"),
        routes=[("::/0" if ":" in g else "0.0.0.0/0", g, far)
                for g, far in gateways],
        dns=all_of(top, "Network", "DNS"),
        own_dns=bool(all_of(top, "Network", "DNS")),
        ipv6="auto" if accepts else
        "off" if one_of(top, "Network", "LinkLocalAddressing") == "no"
        else "static")
    lower = nets[len(carriers) if bonds else len(carriers) - 1]
    if mtus or (vlans and one_of(lower, "Network", "VLAN")
                != one_of(vlans[0], "NetDev", "Name")) \
            or (bonds and any(one_of(n, "Network", "Bond") != found["bond"]
                              for n in carriers)) \
            or (found["dhcp"] and found["own_dns"]
                != (one_of(top, "DHCPv4", "UseDNS") == "no")):
        return {"files": files}
    if (root / "etc/network/interfaces").read_text() \
            != "auto lo\niface lo inet loopback\n":
        return {"ifupdown": "is still there"}
    return found


def by_keyfiles(root):
    home = root / "etc/NetworkManager/system-connections"
    files = {f.name: configparser.ConfigParser(interpolation=None)
             for f in sorted(home.glob("*"))}
    for name, parser in files.items():
        parser.read(home / name)
    if any("nodefoundry" not in name for name in files) \
            or list((root / "etc/sysconfig/network-scripts").glob("ifcfg-e*")):
        return {"files": list(files)}
    members = [p for n, p in files.items() if "-member" in n]
    base = files["nodefoundry.nmconnection"]
    top = files.get("nodefoundry-vlan.nmconnection", base)
    is_bond = base["connection"]["type"] == "bond"
    cards = members if is_bond else [base]
    v4, v6 = top["ipv4"], top["ipv6"]

    def routes(section, to):
        return [(to, section["route1"].split(",")[1],
                 section.get("route1_options") == "onlink=true")] \
            if "route1" in section else []

    def listed(section, key):
        return [v for k, v in section.items() if re.fullmatch(rf"{key}\d*", k)]

    dns = [one for s in (v4, v6) for one in s.get("dns", "").split(";") if one]
    mtus = {p.get("ethernet", "mtu", fallback="0") for p in files.values()}
    found = model(
        cards=[p["connection"].get("interface-name")
               or p["ethernet"]["mac-address"] for p in cards],
        bond=base["connection"]["interface-name"] if is_bond else "",
        mode=base["bond"]["mode"] if is_bond else "",
        vlan=int(top["vlan"]["id"]) if top is not base else 0,
        mtu=int(mtus.pop()), dhcp=v4["method"] == "auto",
        addresses=listed(v4, "address") + listed(v6, "address"),
        routes=routes(v4, "0.0.0.0/0") + routes(v6, "::/0"), dns=dns,
        own_dns=v4.get("ignore-auto-dns", v6.get("ignore-auto-dns")) == "true",
        ipv6={"auto": "auto", "disabled": "off", "manual": "static"}[
            v6["method"]])
    parent = top["vlan"].get("parent", top.get("ethernet", "mac-address",
                                               fallback="")) \
        if top is not base else None
    if mtus or (parent and parent != (found["bond"] or found["cards"][0])) \
            or any(p["connection"]["master"] != found["bond"] for p in members) \
            or (v4["method"] == "manual") != (not found["dhcp"] and any(
                "." in a for a in found["addresses"])) \
            or (top is not base and base["ipv4"]["method"] != "disabled"):
        return {"files": {n: dict(p) for n, p in files.items()}}
    return found


READERS = {"netplan": by_netplan, "networkd": by_networkd,
           "NetworkManager": by_keyfiles}

# What installers and the makers of images leave behind, for the same cards.
LEFT = {
    "etc/netplan/50-cloud-init.yaml": "network: {version: 2}\n",
    "etc/NetworkManager/system-connections/ens3.nmconnection":
        "[connection]\nid=ens3\n",
    "etc/sysconfig/network-scripts/ifcfg-ens3": "DEVICE=ens3\n",
    "etc/sysconfig/network-scripts/ifcfg-lo": "DEVICE=lo\n",
    "etc/sysconfig/network-scripts/network-functions": "# kept\n",
    "etc/systemd/network/20-wired.network": "[Match]\nName=en*\n",
    "etc/network/interfaces": "auto ens3\niface ens3 inet dhcp\n",
    "etc/network/interfaces.d/50-cloud-init": "auto ens3\n",
}


def system(root, manager):
    """A new system, as far as its network goes."""
    for path, text in {**LEFT, MANAGERS[manager]: ""}.items():
        at = pathlib.Path(root) / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
    return pathlib.Path(root)


def files_of(root):
    return {str(f.relative_to(root)): f.read_text()
            for f in sorted(pathlib.Path(root).rglob("*")) if f.is_file()}
