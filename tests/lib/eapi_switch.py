"""A switch of Arista that speaks eAPI: JSON-RPC over HTTPS, as revision 1 of
EOS has it, with the faults that switches have."""

import base64
import contextlib
import copy
import http.server
import json
import pathlib
import re
import shutil
import ssl
import tempfile
import threading

from redfish_peer import make_certificate
from switch_dialects import numbers, ranges

USER, PASSWORD = "admin", "s3cret \"\\x"

FAULTS = {
    # what it has not
    "no_lldp": "LLDP is off: its command is refused",
    "no_stp": "its spanning tree is not converted to JSON",
    "no_switchport": "it does not tell the VLANs of one port",
    "unexplained": "its status does not say of which aggregate a port is",
    "no_api": "it has no /command-api",
    # what it does with a change
    "ignores": "it takes a VLAN and does nothing",
    "refuses": "it refuses the mode of a port",
    "no_enable": "the user gets no privileges",
    "read_only": "the user may not configure",
    "locked": "somebody else holds the configuration",
    "drops": "the connection ends in the middle of a change",
    "reboots": "so it does, and the switch comes back as it was saved",
    "no_save": "it does not save",
    "old_save": "it saves in silence",
    # what it answers
    "hangs": "it stops in the middle of an answer",
    "hangs_in_change": "the same, of a change that it has made",
    "garbage": "bytes that are no JSON",
    "html": "200 and a page",
    "error_500": "500 and a page",
    "busy": "502: eAPI is starting",
    "huge": "more than 8 MiB",
    "many": "more values than are read",
    "echoes": "its error has the password in it",
    "latin1": "a description that is no UTF-8",
}
WHOLE = ("garbage", "html", "error_500", "busy", "huge", "many", "hangs")


class Failure(Exception):
    """A command that fails: code, what stands behind "failed:", errors."""

    def __init__(self, code, why, *errors):
        super().__init__(why)
        self.code, self.why, self.errors = code, why, list(errors)


class Drop(Exception):
    """The connection is gone."""


def invalid(words, token=0):
    return Failure(1002, "invalid command",
                   f"Invalid input (at token {token}: '{words.split()[0]}')")


class Port:
    def __init__(self, name):
        self.name = self.short = name
        self.mode, self.vlan, self.native = "access", 1, 1
        self.allowed, self.description = set(range(1, 4095)), ""
        self.is_up, self.lag, self.up, self.state = True, 0, True, "forwarding"
        self.is_routed = False

    def shown_vlans(self):
        return self.native if self.mode == "trunk" \
            and self.native in self.allowed else \
            0 if self.mode == "trunk" else self.vlan

    # --- what is configured ------------------------------------------------

    def allow(self, words):
        verb, _, rest = words.partition(" ")
        if verb == "add":
            self.allowed |= numbers(rest)
        elif verb == "remove":
            self.allowed -= numbers(rest)
        elif verb in ("all", "none"):
            self.allowed = set(range(1, 4095)) if verb == "all" else set()
        else:
            self.allowed = numbers(words)

    def set(self, words):
        """False: it knows no such command."""
        rows = (
            (r"switchport mode (access|trunk)",
             lambda m: setattr(self, "mode", m[1])),
            (r"switchport access vlan (\d+)",
             lambda m: setattr(self, "vlan", int(m[1]))),
            (r"switchport trunk native vlan (\d+)",
             lambda m: setattr(self, "native", int(m[1]))),
            (r"switchport trunk allowed vlan (.+)",
             lambda m: self.allow(m[1])),
            (r"(no )?switchport",
             lambda m: setattr(self, "is_routed", m[1] is not None)),
            (r"description (.+)",
             lambda m: setattr(self, "description", m[1])),
            (r"no description",
             lambda m: setattr(self, "description", "")),
            (r"(no )?shutdown",
             lambda m: setattr(self, "is_up", m[1] is not None)))
        for pattern, act in rows:
            if found := re.fullmatch(pattern, words):
                act(found)
                return True
        return False

    # --- what is shown -----------------------------------------------------

    def link(self):
        return "disabled" if not self.is_up else \
            "connected" if self.up else "notconnect"

    def status(self, explains):
        vlan = {"interfaceMode": "bridged", "vlanId": self.vlan,
                "interfaceForwardingModel": "bridged"}
        if self.lag:
            vlan = {"interfaceForwardingModel": "dataLink"}
            if explains:
                vlan["vlanExplanation"] = f"in Po{self.lag}"
        elif self.is_routed:
            vlan = {"interfaceMode": "routed", "vlanExplanation": "routed",
                    "interfaceForwardingModel": "routed"}
        elif self.mode == "trunk":
            vlan = {"interfaceMode": "trunk", "vlanExplanation": "trunk",
                    "interfaceForwardingModel": "bridged"}
        return {"vlanInformation": vlan, "bandwidth": 10000000000,
                "interfaceType": "10GBASE-SR", "autoNegotiateActive": False,
                "description": self.description, "duplex": "duplexFull",
                "linkStatus": self.link(), "lineProtocolStatus":
                "up" if self.link() == "connected" else "down"}

    def switchport(self):
        allowed = "ALL" if len(self.allowed) == 4094 \
            else ranges(self.allowed) or "NONE"
        return {"enabled": not self.is_routed, "switchportInfo": {
            "mode": self.mode, "accessVlanId": self.vlan,
            "accessVlanName": f"VLAN{self.vlan:04}", "macLearning": True,
            "trunkingNativeVlanId": self.native, "tpid": "0x8100",
            "trunkingNativeVlanName": "x", "trunkAllowedVlans": allowed,
            "staticTrunkGroups": [], "dynamicTrunkGroups": [],
            "dynamicAllowedVlans": {}, "tpidStatus": True}}


class Session:
    """The commands of one request."""

    def __init__(self, switch):
        self.switch, self.mode, self.port = switch, "user", None

    def enable(self):
        if self.switch.has("no_enable"):
            raise Failure(1000, "could not run command", "Bad secret")
        self.mode = "enabled"
        return {}

    def configure(self):
        if self.mode == "user":
            raise invalid("configure")
        if self.switch.has("read_only"):
            raise Failure(1005, "permission denied")
        if self.switch.has("locked"):
            raise Failure(1000, "could not run command",
                          "Configuration is locked by admin on vty2")
        self.mode = "config"
        return {}

    def change(self, words):
        switch, found = self.switch, re.fullmatch(r"interface (\S+)", words)
        if found:
            self.port = switch.port(found[1])
            if self.port is None:
                raise invalid(found[1], 1)
            return {}
        if words == "end":
            self.mode = "enabled"
            return {}
        switch.changed.append(words)
        if switch.faults & {"drops", "reboots"} \
                and len(switch.changed) == switch.drop_at:
            switch.drop()
        if switch.has("refuses") and words.startswith("switchport mode"):
            raise Failure(1000, "could not run command",
                          "Interface is in use by a service")
        if switch.has("ignores") and "vlan" in words:
            return {}
        if self.port is None or not self.port.set(words):
            raise invalid(words)
        switch.on_change(self.port)
        return {}

    def run(self, command):
        if isinstance(command, dict):
            command = command["cmd"]
        self.switch.commands.append(command)
        if command == "enable":
            return self.enable()
        if command in ("configure", "configure terminal"):
            return self.configure()
        if self.mode == "config":
            return self.change(command)
        if command == "write memory" and self.mode == "enabled":
            return self.switch.save()
        return self.switch.show(command)


class Switch:
    """changed(name, mode, vlan, tagged, admin) is called for each port whose
    configuration becomes another; fdb() tells what the switch has learnt: a
    list of (MAC, VLAN, port)."""

    def __init__(self, *faults, ports=30, changed=None, fdb=None, at=None,
                 drop_at=1):
        assert set(faults) <= FAULTS.keys()
        self.faults, self.drop_at = set(faults), drop_at
        self.ports = [Port(f"Ethernet{n}") for n in range(1, ports + 1)]
        self.vlans, self.macs, self.neighbors = {1, 100, 200}, [], []
        self.saved = copy.deepcopy(self.ports)
        self.commands, self.changed, self.requests = [], [], 0
        self.told, self.fdb = changed, fdb or (lambda: self.macs)
        self.as_told = {port.name: self.config(port) for port in self.ports}
        self.lock, self.over = threading.RLock(), threading.Event()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="nf-eapi-"))
        self.pin = make_certificate(self.dir)
        self.serve(at or ("127.0.0.1", 0))

    def serve(self, at):
        handler = type("Bound", (Handler,), {"switch": self})
        self.server = http.server.ThreadingHTTPServer(at, handler)
        self.server.daemon_threads = True
        self.address = "%s:%d" % self.server.server_address[:2]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.dir / "cert.pem", self.dir / "key.pem")
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True,
            do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def has(self, *faults):
        return bool(self.faults & set(faults))

    def port(self, name):
        name = re.sub(r"^[Ee]t(h|hernet)? ?(?=\d)", "Ethernet", name)
        return next((p for p in self.ports if p.name == name), None)

    # --- what becomes of it ------------------------------------------------

    @staticmethod
    def config(port):
        vlan = port.shown_vlans()
        tagged = port.allowed - {vlan} if port.mode == "trunk" else set()
        return (port.name, port.mode, vlan, tagged,
                "up" if port.is_up else "down")

    def on_change(self, port):
        config = self.config(port)
        if self.as_told[port.name] != config:
            self.as_told[port.name] = config
            if self.told:
                self.told(*config)

    def save(self):
        if self.has("no_save"):
            return {"output":
                    "% Error copying system:/running-config: No space left\n"}
        self.saved = copy.deepcopy(self.ports)
        return {"output": "" if self.has("old_save")
                else "Copy completed successfully.\n"}

    def drop(self):
        if self.has("reboots"):
            self.ports = copy.deepcopy(self.saved)
            for port in self.ports:
                self.on_change(port)
        self.faults -= {"drops", "reboots"}
        raise Drop

    # --- what it shows -----------------------------------------------------

    def lags(self):
        lags = {}
        for port in self.ports:
            if port.lag:
                lag = lags.setdefault(f"Port-Channel{port.lag}", {
                    "activePorts": {}, "inactivePorts": {},
                    "fallbackState": "unconfigured"})
                lag["activePorts"][port.name] = {
                    "protocol": "lacp", "timeBecameActive": 1646592377.46}
        return lags

    def statuses(self, ports):
        status = {p.name: p.status(not self.has("unexplained")) for p in ports}
        if len(status) > 1:
            status |= {name: {"linkStatus": "connected", "vlanInformation": {
                "interfaceForwardingModel": "bridged",
                "interfaceMode": "trunk"}} for name in self.lags()}
            status["Management1"] = {"linkStatus": "notconnect",
                                     "vlanInformation": {
                                         "interfaceForwardingModel": "routed"}}
        return {"interfaceStatuses": status}

    def table(self, *rows):
        return {"unicastTable": {"tableEntries": [
            {"macAddress": mac, "vlanId": vlan, "interface": port,
             "entryType": "dynamic", "moves": 1, "lastMove": 1646592377.46}
            for mac, vlan, port in rows]},
            "multicastTable": {"tableEntries": []}}

    def lldp(self, ports):
        names = {port.name for port in ports}
        out = {name: {"lldpNeighborInfo": []} for name in names}
        for name, system, can in self.neighbors:
            if name in names:
                out[name]["lldpNeighborInfo"].append({
                    "chassisId": "0011.2233.4455", "systemName": system,
                    "chassisIdType": "macAddress", "ttl": 120,
                    "systemCapabilities": can})
        return {"lldpNeighbors": out}

    def spanning(self):
        return {"spanningTreeInstances": {"MST0": {
            "protocol": "mstp", "interfaces": {
                port.name: {"state": port.state, "role": "designated"}
                for port in self.ports if port.link() == "connected"}}}}

    def shown_vlans(self):
        return {"vlans": {str(vlan): {"name": f"VLAN{vlan:04}",
                                      "status": "active", "dynamic": False,
                                      "interfaces": {}}
                          for vlan in self.vlans}}

    def found(self, mac):
        return [row for row in self.fdb() if row[0].replace(":", "")
                == mac.replace(".", "")]

    def one(self, name):
        port = self.port(name)
        if port is None:
            raise Failure(1002, "invalid command",
                          f"Interface does not exist (at token 2: '{name}')")
        return port

    def show(self, command):
        """All switchports but members of aggregates, as EOS does."""
        switched = [port for port in self.ports if not port.lag]
        rows = (
            (r"show interfaces status", lambda m: self.statuses(self.ports)),
            (r"show interfaces (\S+) status",
             lambda m: self.statuses([self.one(m[1])])),
            (r"show interfaces switchport", lambda m: {"switchports": {
                port.name: port.switchport() for port in switched}}),
            (r"show interfaces (\S+) switchport",
             lambda m: {"switchports": {
                 port.name: port.switchport() for port in [self.one(m[1])]
                 if not port.lag}}),
            (r"show port-channel", lambda m: {"portChannels": self.lags()}),
            (r"show mac address-table", lambda m: self.table(*self.fdb())),
            (r"show mac address-table interface (\S+)",
             lambda m: self.table(*[row for row in self.fdb()
                                    if row[2] == self.one(m[1]).name])),
            (r"show mac address-table address (\S+)",
             lambda m: self.table(*self.found(m[1]))),
            (r"show lldp neighbors detail", lambda m: self.lldp(self.ports)),
            (r"show lldp neighbors (\S+) detail",
             lambda m: self.lldp([self.one(m[1])])),
            (r"show spanning-tree", lambda m: self.spanning()),
            (r"show vlan", lambda m: self.shown_vlans()))
        self.refuse_shows(command)
        for pattern, tell in rows:
            if found := re.fullmatch(pattern, command):
                return tell(found)
        raise invalid(command)

    def refuse_shows(self, command):
        if self.has("no_lldp") and "lldp" in command:
            raise Failure(1000, "could not run command", "LLDP is not enabled")
        if self.has("no_stp") and "spanning" in command:
            raise Failure(1003, "unconverted command")
        if self.has("no_switchport") and re.search(r"\d switchport", command):
            raise Failure(1000, "could not run command", "Agent is not running")
        if self.has("echoes"):
            raise Failure(1000, "could not run command", f"of {PASSWORD}")

    # --- one request -------------------------------------------------------

    def call(self, request):
        params, results = request["params"], []
        commands, session = params["cmds"], Session(self)
        assert params["version"] == 1 and request["method"] == "runCmds"
        is_text = params["format"] == "text"
        for n, command in enumerate(commands, 1):
            try:
                result = session.run(command)
                results.append(
                    {"output": ""} | result if is_text else result)
            except Failure as failure:
                word = command["cmd"] if isinstance(command, dict) else command
                return {"error": {
                    "code": failure.code, "data":
                    [*results, {"errors": failure.errors}
                     if failure.errors else {}],
                    "message": f"CLI command {n} of {len(commands)} "
                    f"'{word}' failed: {failure.why}"}}
        return {"result": results}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    switch = None

    def log_message(self, format, *args): # noqa: A002
        pass

    def handle(self):
        with contextlib.suppress(OSError, Drop):
            super().handle()

    def reply(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def hang(self, text):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:40])
        self.wfile.flush()
        self.switch.over.wait(120)
        raise Drop

    def fail_as_named(self, text):
        """False: there is no fault of this kind."""
        switch = self.switch
        fault = next((f for f in WHOLE if switch.has(f)), None)
        if fault == "hangs":
            self.hang(text)
        status = {"error_500": 500, "busy": 502}.get(fault, 200)
        body = {"garbage": b"\x00\xff{\"result\":[", "html": b"<html></html>",
                "error_500": b"<html></html>", "busy": b"<html></html>",
                "huge": b" " * (9 << 20) + text,
                "many": b'{"result":[%s{}]}' % (b"[0]," * (1 << 20))}
        if fault:
            self.reply(status, body[fault])
        return fault is not None

    def do_POST(self): # noqa: N802
        switch = self.switch
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {basic}":
            self.reply(401, b"Unable to authenticate user")
            return
        if self.path != "/command-api" or switch.has("no_api"):
            self.reply(404, b"not found")
            return
        request = json.loads(body)
        with switch.lock:
            switch.requests += 1
            before = len(switch.changed)
            answer = switch.call(request)
        text = json.dumps({"jsonrpc": "2.0", "id": request["id"], **answer},
                          ensure_ascii=not switch.has("latin1"))
        text = text.encode("latin-1")
        if switch.has("hangs_in_change") and len(switch.changed) > before:
            switch.faults.discard("hangs_in_change")
            self.hang(text)
        if not self.fail_as_named(text):
            self.reply(200, text)
