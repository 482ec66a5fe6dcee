"""What switches show and take, by dialect: Cisco IOS and NX-OS, Huawei VRP, H3C
Comware."""

import re


class Port:
    def __init__(self, short, name):
        self.short, self.name = short, name
        self.mode, self.vlan, self.native = "access", 1, 1
        self.allowed, self.description = set(range(1, 4095)), ""
        self.is_up, self.lag, self.up = True, "", True
        self.spanning = "forwarding"

    def wired(self):
        """What the network knows of it: mode, untagged VLAN (0: none), tagged
        VLANs, and whether it is open."""
        if self.mode != "trunk":
            return self.mode, self.vlan, (), self.is_up
        return (self.mode, self.native if self.native in self.allowed else 0,
                tuple(sorted(self.allowed - {self.native})), self.is_up)


def ranges(vlans, to="-", comma=","):
    out, vlans = [], sorted(vlans)
    while vlans:
        n = 1
        while n < len(vlans) and vlans[n] == vlans[0] + n:
            n += 1
        out.append(str(vlans[0]) if n == 1 else f"{vlans[0]}{to}{vlans[n - 1]}")
        vlans = vlans[n:]
    return comma.join(out)


def numbers(text):
    out = set()
    for first, last in re.findall(r"(\d+)(?:\s*(?:-|to)\s*(\d+))?", text):
        out |= set(range(int(first), int(last or first) + 1))
    return out


class Cisco:
    """IOS; NX-OS differs in a few words."""

    name, short, long = "ios", "Gi1/0/", "GigabitEthernet1/0/"
    config, leaves = "configure terminal", ("end",)
    caret = "% Invalid input detected at '^' marker."
    more, erase = " --More-- ", "\b" * 10 + " " * 10 + "\b" * 10
    unpaged = "terminal length 0"
    status = "show interfaces status"
    trunk_default = set(range(1, 4095))
    spanning = {"listening": "LIS", "learning": "LRN", "forwarding": "FWD"}
    log = "*Nov 30 01:02:03.456: %LINK-3-UPDOWN: Interface Gi1/0/9, changed " \
          "state to up"

    def prompt(self, shell):
        if shell.mode == "port":
            return "SW1(config-if)#"
        return {"config": "SW1(config)#", "user": "SW1>"}.get(shell.mode,
                                                              "SW1#")

    def lines_of(self, port):
        out = [f"interface {port.name}"]
        if port.description:
            out.append(f" description {port.description}")
        if port.vlan != 1:
            out.append(f" switchport access vlan {port.vlan}")
        if port.native != 1:
            out.append(f" switchport trunk native vlan {port.native}")
        if len(port.allowed) < 4094:
            out.append(" switchport trunk allowed vlan "
                       + (ranges(port.allowed) or "none"))
        out.append(f" switchport mode {port.mode}")
        if port.lag:
            out.append(f" channel-group {port.lag} mode active")
        if not port.is_up:
            out.append(" shutdown")
        return out + ["!"]

    def show(self, switch, words):
        if words == self.status:
            return ["", f"{'Port':<10}{'Name':<19}{'Status':<13}{'Vlan':<11}"
                    "Duplex  Speed Type"] + [
                f"{p.short:<10}{p.description[:18]:<19}"
                f"{'connected' if p.is_up and p.up else 'notconnect' if p.is_up else 'disabled':<13}"
                f"{'trunk' if p.mode == 'trunk' else p.vlan:<11}a-full a-1000 "
                "10/100/1000BaseTX" for p in switch.ports]
        if words == "show running-config":
            return ["Building configuration...", "", "version 15.2", "!"] + [
                line for p in switch.ports for line in self.lines_of(p)] + [
                "banner motd ^C", "% Unauthorized access is refused", "^C",
                "end"]
        if words in ("show vlan brief",):
            return ["", "VLAN Name                             Status    Ports",
                    "---- -------------------------------- --------- -----"] + [
                f"{v:<5}{'VLAN%04d' % v:<33}active    " for v in
                sorted(switch.vlans)] + ["1002 fddi-default    act/unsup"]
        if words == "show lldp neighbors detail":
            out = []
            for name, system, can in switch.neighbors:
                out += ["-" * 48, f"Local Intf: {name}",
                        "Chassis id: 0011.2233.4455", "Port id: Gi0/1",
                        f"System Name: {system}", "",
                        "System Description:", "Software, Version 15", "",
                        "Time remaining: 99 seconds",
                        "System Capabilities: B,R",
                        f"Enabled Capabilities: {can}",
                        "Management Addresses:", "    IP: 192.0.2.1", ""]
            return out + ["", f"Total entries displayed: {len(out) // 14}"]
        if words.startswith("show mac address-table"):
            of = words.rpartition(" address ")[2] if " address " in words else ""
            return ["          Mac Address Table", "-" * 43, "",
                    "Vlan    Mac Address       Type        Ports",
                    "----    -----------       --------    -----",
                    " All    0100.0ccc.cccc    STATIC      CPU"] + [
                f"{vlan:4}    {mac}    DYNAMIC     {port}"
                for mac, vlan, port in switch.macs if of in ("", mac)]
        if words == "show etherchannel summary":
            return ["Group  Port-channel  Protocol    Ports",
                    "------+-------------+-----------+-------"] + [
                f"{p.lag}      Po{p.lag}(SU)        LACP      {p.short}(P)"
                for p in switch.ports if p.lag]
        if words == "show spanning-tree":
            return ["VLAN0001", "  Spanning tree enabled protocol ieee",
                    "Interface           Role Sts Cost      Prio.Nbr Type",
                    "------------------- ---- --- --------- -------- ----"] + [
                f"{p.short:<20}Desg {self.spanning.get(p.spanning, 'BLK')} "
                "4         128.1    P2p" for p in switch.ports
                if p.is_up and p.up]
        found = re.fullmatch(r"show (running-config|spanning-tree) interface "
                             r"(\S+)", words)
        port = found and switch.port(found[2])
        if port and found[1] == "running-config":
            return ["Building configuration...", "",
                    "Current configuration : 99 bytes", "!"] + \
                self.lines_of(port) + ["end"]
        if port:
            return ["Vlan                Role Sts Cost      Prio.Nbr Type",
                    "------------------- ---- --- --------- -------- ----",
                    f"VLAN{port.vlan:04}            Desg "
                    f"{self.spanning.get(port.spanning, 'BLK')} "
                    "4         128.1  P2p"]
        return None

    def change(self, switch, port, words):
        """An error, or none; False: no such command."""
        word = words.split()[-1]
        undo = words.startswith("no ")
        if re.match(r"switchport mode (access|trunk)$", words):
            if "refuses" in switch.faults:
                return "Command rejected: the port is in use."
            port.mode = word
        elif re.match(r"switchport access vlan \d+$", words):
            if int(word) not in switch.vlans:
                return "% Access VLAN does not exist. Creating vlan " + word
            if "ignores" not in switch.faults:
                port.vlan = int(word)
        elif re.match(r"switchport trunk native vlan \d+$", words):
            port.native = int(word)
        elif words.startswith("switchport trunk allowed vlan "):
            vlans = set(range(1, 4095)) if word == "all" else numbers(word)
            kind = words.split()[4]
            port.allowed = port.allowed | vlans if kind == "add" else \
                port.allowed - vlans if kind == "remove" else vlans
        elif words.startswith("description ") or words == "no description":
            port.description = "" if undo else words[12:]
        elif words in ("shutdown", "no shutdown"):
            port.is_up = undo
        else:
            return False
        return None

    def save(self, switch, words):
        if words != "write memory":
            return None
        if "no_save" in switch.faults:
            return ["startup-config file open failed (Device or resource busy)"]
        switch.keep()
        return ["Building configuration...", "[OK]"]


class Nexus(Cisco):
    name, short, long = "nxos", "Eth1/", "Ethernet1/"
    more, erase = "\033[7m--More--\033[m", "\r          \r"
    status = "show interface status"
    caret = "% Invalid command at '^' marker."
    log = "2026 Nov 30 01:02:03 SW1 %ETHPORT-5-IF_UP: Interface Ethernet1/9 " \
          "is up in mode access"

    def lines_of(self, port):
        return [("  " + line.strip()) if line.startswith(" ") else line
                for line in Cisco.lines_of(self, port)
                if line != "!" and "mode access" not in line] + [""]

    def show(self, switch, words):
        if words == "show port-channel summary":
            return [f"{p.lag}     Po{p.lag}(SU)     Eth      LACP      "
                    f"{p.short}(P)" for p in switch.ports if p.lag]
        if words == "show lldp neighbors detail":
            out = ["Capability codes:", "  (R) Router, (B) Bridge", ""]
            for name, system, can in switch.neighbors:
                out += ["Chassis id: 0011.2233.4455", "Port id: Ethernet1/1",
                        f"Local Port id: {name}", "Port Description: null",
                        f"System Name: {system}", "System Capabilities: B, R",
                        f"Enabled Capabilities: {can.replace(',', ', ')}", ""]
            return out
        return Cisco.show(self, switch, words)

    def save(self, switch, words):
        if words != "copy running-config startup-config":
            return None
        if "no_save" in switch.faults:
            return ["Configuration update aborted: request was aborted"]
        switch.keep()
        return ["\r[#                    ]   1%\r[####################] 100%",
                "Copy complete, now saving to disk (please wait)...",
                "Copy complete."]


class Vrp:
    name, short, long = "vrp", "GE1/0/", "GigabitEthernet1/0/"
    config, leaves = "system-view", ("return",)
    caret = "Error: Unrecognized command found at '^' position."
    more, erase = "  ---- More ----", "\033[42D" + " " * 42 + "\033[42D"
    unpaged = "screen-length 0 temporary"
    trunk_default = {1}
    access, allow = "port default vlan", "port trunk allow-pass vlan"
    member = "eth-trunk"
    log = "Nov 30 2026 01:02:03 SW1 %%01IFNET/4/LINK_STATE(l)[1]:The line " \
          "protocol on the interface GigabitEthernet1/0/9 has entered the UP state."

    def prompt(self, shell):
        if shell.mode == "port":
            return f"[SW1-{shell.port.name}]"
        return "[SW1]" if shell.mode == "config" else "<SW1>"

    def lines_of(self, port):
        out = ["#", f"interface {port.name}"]
        if port.description:
            out.append(f" description {port.description}")
        out.append(f" port link-type {port.mode}")
        if port.mode == "access" and port.vlan != 1:
            out.append(f" {self.access} {port.vlan}")
        if port.mode == "trunk":
            if port.native != 1:
                out.append(f" port trunk pvid vlan {port.native}")
            if 1 not in port.allowed:
                out.append(f" undo {self.allow} 1")
            if port.allowed - {1}:
                out.append(f" {self.allow} "
                           + ranges(port.allowed - {1}, " to ", " "))
        if port.lag:
            out.append(f" {self.member} {port.lag}")
        if not port.is_up:
            out.append(" shutdown")
        return out

    def tree_line(self, port):
        state = {"listening": "DISCARDING"}.get(port.spanning,
                                                port.spanning.upper())
        return f"   0    {port.name}        DESI  {state}   NONE"

    def state(self, port):
        return "up" if port.is_up and port.up else \
            "down" if port.is_up else "*down"

    def brief(self, switch):
        return ["PHY: Physical", "*down: administratively down",
                "InUti/OutUti: input utility/output utility",
                "Interface                   PHY   Protocol  InUti OutUti"
                "   inErrors  outErrors"] + [
            f"{p.name:<28}{self.state(p):<6}{'up':<9}0%     0%          0"
            "          0" for p in switch.ports] + [
            "NULL0                       up    up(s)        --     --"]

    def vlans(self, switch):
        return [f"The total number of VLANs is: {len(switch.vlans)}", "-" * 79,
                "U: Up;         D: Down;         TG: Tagged;",
                "VID  Type    Ports", "-" * 79] + [
            f"{v:<5}common  UT:GE1/0/1(U)\n                GE1/0/2(D)"
            for v in sorted(switch.vlans)]

    def neighbors(self, switch):
        out = []
        for name, system, can in switch.neighbors:
            out += [f"{name} has 1 neighbor(s):", "", "Neighbor index :1",
                    "Chassis type   :MAC address",
                    "Chassis ID     :0011-2233-4455",
                    f"System name         :{system}",
                    "System capabilities supported   :bridge router",
                    "System capabilities enabled     :"
                    + can.replace("B", "bridge").replace("R", "router")
                    .replace(",", " ").replace("S", "stationOnly"), ""]
        return out

    macs_title = ["-" * 79, "MAC Address    VLAN/VSI/BD    Learned-From   Type",
                  "-" * 79]

    def mac_line(self, mac, vlan, port):
        return f"{mac} {vlan}/-/-           {port}         dynamic"

    def show(self, switch, words):
        if words == "display interface brief":
            return self.brief(switch)
        if words == "display current-configuration":
            return ["!Software Version V200R019", "#", "sysname SW1"] + [
                line for p in switch.ports for line in self.lines_of(p)] + [
                "#", "return"]
        if words == "display vlan":
            return self.vlans(switch)
        if words.startswith("display lldp neighbor"):
            return self.neighbors(switch)
        if words.startswith("display mac-address"):
            of = words[20:]
            return self.macs_title + [
                self.mac_line(mac.replace(".", "-"), vlan, port)
                for mac, vlan, port in switch.macs
                if of in ("", mac.replace(".", "-"))]
        title = [" MSTID  Port                        Role  STP State"]
        if words == "display stp brief":
            return title + [self.tree_line(p) for p in switch.ports
                            if self.state(p) == "up"]
        found = re.fullmatch(r"display (current-configuration|stp) interface "
                             r"(\S+)( brief)?", words)
        port = found and switch.port(found[2])
        if port and found[1] == "stp":
            return title + [self.tree_line(port)]
        return self.lines_of(port) + ["#", "return"] if port else None

    def change(self, switch, port, words):
        word = words.split()[-1]
        undo = words.startswith("undo ")
        if re.match(r"port link-type (access|trunk)$", words):
            if "refuses" in switch.faults:
                return "Error: Please renew the default configurations."
            if port.mode != word:
                port.mode, port.vlan, port.native = word, 1, 1
                port.allowed = set(self.trunk_default)
        elif words == f"undo {self.access}" and port.mode == "access":
            port.vlan = 1
        elif words.startswith(self.access) and port.mode == "access":
            if int(word) not in switch.vlans:
                return "Error: The VLAN does not exist."
            if "ignores" not in switch.faults:
                port.vlan = int(word)
        elif words == "undo port trunk pvid vlan" and port.mode == "trunk":
            port.native = 1
        elif re.match(r"port trunk pvid vlan \d+$", words) \
                and port.mode == "trunk":
            port.native = int(word)
        elif self.allow in words and port.mode == "trunk":
            vlans = numbers(words.partition(self.allow)[2])
            if len(re.findall(r"\d+(?: to \d+)?", words)) > 10:
                return "Error: Too many parameters found at '^' position."
            port.allowed = port.allowed - vlans if undo \
                else port.allowed | vlans
        elif words.startswith("description ") or words == "undo description":
            port.description = "" if undo else words[12:]
        elif words in ("shutdown", "undo shutdown"):
            port.is_up = undo
        else:
            return False
        return None

    def save(self, switch, words):
        if words != "save":
            return None
        if switch.ask("The current configuration will be written to the device."
                      "\r\nAre you sure to continue?[Y/N]") != "y":
            return []
        if "no_save" in switch.faults:
            return ["Error: The system is busy, please try again later."]
        switch.keep()
        return ["Now saving the current configuration to the slot 0.",
                "Save the configuration successfully."]


class Comware(Vrp):
    name, short, long = "comware", "GE1/0/", "GigabitEthernet1/0/"
    caret = " % Unrecognized command found at '^' position."
    more, erase = "---- More ----", "\r                                  \r"
    unpaged = "screen-length disable"
    access, allow = "port access vlan", "port trunk permit vlan"
    member = "port link-aggregation group"
    log = "%Nov 30 01:02:03:456 2026 SW1 IFNET/3/PHY_UPDOWN: Physical state on" \
          " the interface GigabitEthernet1/0/9 changed to up."

    macs_title = ["MAC Address      VLAN ID    State            Port/Nickname"
                  "            Aging"]

    def mac_line(self, mac, vlan, port):
        return f"{mac}   {vlan}          Learned          {port}       Y"

    def brief(self, switch):
        return ["Brief information on interfaces in route mode:",
                "Link: ADM - administratively down; Stby - standby",
                "Interface            Link Protocol Primary IP      Description",
                "NULL0                UP   UP(s)    --", "",
                "Brief information on interfaces in bridge mode:",
                "Type: A - access; T - trunk; H - hybrid",
                "Interface            Link Speed   Duplex Type PVID Description"
                ] + [
            f"{p.short:<21}"
            f"{ {'up': 'UP', 'down': 'DOWN'}.get(self.state(p), 'ADM'):<5}"
            f"{'1G(a)':<8}{'F(a)':<7}{'T' if p.mode == 'trunk' else 'A':<5}"
            f"{p.native if p.mode == 'trunk' else p.vlan:<5}{p.description}"
            for p in switch.ports]

    def vlans(self, switch):
        rest = ranges(switch.vlans - {1}, "-", ", ")
        return [f" Total VLANs: {len(switch.vlans)}", " The VLANs include:",
                f" 1(default), {rest}"]

    def neighbors(self, switch):
        out = []
        for name, system, can in switch.neighbors:
            out += [f"LLDP neighbor-information of port 1[{name}]:",
                    "LLDP agent nearest-bridge:", " LLDP neighbor index : 1",
                    " ChassisID/subtype   : 0011-2233-4455/MAC address",
                    f" System name         : {system}",
                    " System capabilities enabled   : "
                    + can.replace("B", "Bridge").replace("R", "Router")
                    .replace(",", ", "), ""]
        return out

    def show(self, switch, words):
        if words == "display link-aggregation verbose":
            return [line for p in switch.ports if p.lag for line in
                    (f"Aggregate Interface: Bridge-Aggregation{p.lag}",
                     "  Port             Status  Priority Oper-Key",
                     f"  {p.short}          S       32768    1")]
        return Vrp.show(self, switch, words)

    def save(self, switch, words):
        if words != "save force":
            return None
        if "no_save" in switch.faults:
            return ["The file system is full."]
        switch.keep()
        return ["Validating file. Please wait...",
                "Saved the current configuration to mainboard device "
                "successfully."]


DIALECTS = {d.name: d for d in (Cisco, Nexus, Vrp, Comware)}
