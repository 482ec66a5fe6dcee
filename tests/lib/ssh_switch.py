"""A switch with a command line over SSH: Cisco IOS and NX-OS, Huawei VRP, H3C
Comware, each with its modes, carets, pages and echo, and with the faults that
switches have."""

import copy
import re
import socket
import threading
import time

import paramiko

from switch_dialects import DIALECTS, Port

USER, PASSWORD = "admin", "s3cret \"\\x"
PAGE = 20

FAULTS = {
    "drops": "the session ends in the middle of a change",
    "reboots": "so it does, and the switch comes back as it was saved",
    "no_save": "it does not save",
    "slow": "its prompt takes a while",
    "log": "messages of its log stand within its answers",
    "prompts": "its own prompt stands within its answers",
    "ignores": "it takes a VLAN and does nothing",
    "pages": "it does not switch its pages off",
    "refuses": "it refuses the mode of a port",
    "questions": "passwords are asked for by keyboard-interactive",
    "user_mode": "a user begins without privileges",
    "no_enable": "and gets none",
    "colors": "its answers have escape sequences",
}

KEYS = [paramiko.RSAKey.generate(2048) for _ in range(2)]


class Gate(paramiko.ServerInterface):
    def __init__(self, switch):
        self.switch, self.shell = switch, threading.Event()

    def get_allowed_auths(self, username):
        return "keyboard-interactive" if "questions" in self.switch.faults \
            else "password"

    def check_auth_password(self, username, password):
        is_right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses):
        return paramiko.AUTH_SUCCESSFUL if responses == [PASSWORD] \
            else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_):
        return True

    def check_channel_shell_request(self, channel):
        self.shell.set()
        return True


class Gone(Exception):
    """The session is over."""


class Shell:
    """One session."""

    def __init__(self, switch, channel):
        self.switch, self.channel, self.dialect = switch, channel, switch.dialect
        self.mode = "user" if "user_mode" in switch.faults else "enabled"
        self.port, self.is_paged = None, True
        self.typed = b""

    def say(self, text):
        self.channel.sendall(text.encode())

    def key(self):
        while not self.typed:
            self.typed = self.channel.recv(4096)
            if not self.typed:
                raise Gone
        key, self.typed = self.typed[:1], self.typed[1:]
        return key.decode("latin-1")

    def line(self, echoes=True):
        """What is typed is echoed as it comes."""
        text = echo = ""
        while (key := self.key()) not in "\r\n":
            text += key
            echo += key if echoes else ""
            if not self.typed and echo:
                self.say(echo)
                echo = ""
        self.say(echo + "\r\n")
        return text

    def show(self, lines):
        lines = "\n".join(lines).split("\n")
        if "log" in self.switch.faults:
            lines[len(lines) // 2:len(lines) // 2] = ["", self.dialect.log]
        if "prompts" in self.switch.faults and len(lines) > 3:
            lines.insert(2, self.dialect.prompt(self))
        if "colors" in self.switch.faults:
            lines = [f"\033[1m{line}\033[0m" for line in lines]
        for i, line in enumerate(lines):
            if self.is_paged and i % PAGE == PAGE - 1:
                self.say(self.dialect.more)
                self.key()
                self.say(self.dialect.erase)
            self.say(line + "\r\n")

    def refuse(self):
        self.say("            ^\r\n" + self.dialect.caret + "\r\n")

    def enable(self):
        self.say("Password: ")
        if self.line(echoes=False) == PASSWORD \
                and "no_enable" not in self.switch.faults:
            self.mode = "enabled"
        else:
            self.say("% Access denied\r\n")

    def configure(self, words):
        found = re.fullmatch(r"interface (\S+)", words)
        port = found and self.switch.port(found[1])
        if port:
            self.mode, self.port = "port", port
        elif self.mode == "port":
            self.switch.changed.append(words)
            if self.switch.faults & {"drops", "reboots"} \
                    and len(self.switch.changed) == self.switch.drop_at:
                self.switch.drop(self)
            error = self.switch.change(self.port, words)
            if error is False:
                self.refuse()
            elif error:
                self.say(error + "\r\n")
        else:
            self.refuse()

    def command(self, words):
        self.switch.ask = self.question
        self.switch.before(words)
        self.switch.commands.append(words)
        if words:
            self.carry_out(words)
            self.switch.after(words)

    def carry_out(self, words):
        if words == "enable" and self.mode == "user":
            self.enable()
        elif words == self.dialect.unpaged:
            self.is_paged = "pages" in self.switch.faults
            if self.is_paged:
                self.refuse()
        elif words in self.dialect.leaves and self.mode in ("config", "port"):
            self.mode = "enabled"
        elif words == self.dialect.config and self.mode == "enabled":
            self.mode = "config"
        elif self.mode in ("config", "port"):
            self.configure(words)
        else:
            lines = self.dialect.save(self.switch, words) \
                if self.mode == "enabled" else None
            if lines is None:
                self.switch.look()
                lines = self.dialect.show(self.switch, words)
            self.refuse() if lines is None else self.show(lines)

    def question(self, words):
        self.say(words + ":")
        return self.line()

    def run(self):
        self.say("\r\nWelcome. Authorized users only.\r\n\r\n")
        try:
            while True:
                if "slow" in self.switch.faults:
                    time.sleep(0.4)
                self.say(self.dialect.prompt(self))
                self.command(self.line())
        except (Gone, OSError, EOFError):
            pass


class Switch:
    """wires, if any, is a network that its ports are in, counted from 1:
    changed(port, mode, vlan, tagged, admin) is told what became of one before
    the switch answers, addresses() are its learnt ones (mac, vlan, port), and
    state(port) is "down" or what its spanning tree says."""

    def __init__(self, dialect, *faults, ports=30, key=0, drop_at=1,
                 wires=None):
        assert set(faults) <= FAULTS.keys()
        self.dialect, self.faults = DIALECTS[dialect](), set(faults)
        self.ports = [Port(self.dialect.short + str(n),
                           self.dialect.long + str(n))
                      for n in range(1, ports + 1)]
        for port in self.ports:
            port.allowed = set(self.dialect.trunk_default)
        self.vlans, self.macs, self.neighbors = {1, 100, 200}, [], []
        self.wires, self.saves = wires, 0
        self.saved = copy.deepcopy(self.ports)
        self.commands, self.changed, self.drop_at = [], [], drop_at
        self.key, self.disabled = KEYS[key], {}
        self.sessions = 0
        # Of a test, that holds it: before a command is carried out, and when it
        # was and nobody was told.
        self.before = self.after = lambda words: None
        self.open()

    def port(self, name):
        name = name.replace("GigabitEthernet", self.dialect.short[:2]) \
            if name.startswith("Gig") else name
        for port in self.ports:
            if name in (port.name, port.short) \
                    or name.replace("Ethernet", "Eth") == port.short:
                return port
        return None

    def change(self, port, words):
        before = port.wired()
        error = self.dialect.change(self, port, words)
        if self.wires and port.wired() != before:
            mode, vlan, tagged, is_up = port.wired()
            self.wires.changed(self.ports.index(port) + 1, mode, vlan, tagged,
                               "up" if is_up else "down")
        return error

    def keep(self):
        """What it starts with from now on."""
        self.saved = copy.deepcopy(self.ports)
        self.saves += 1

    def look(self):
        """At the network it has."""
        if self.wires is None:
            return
        self.macs = [(".".join(re.findall("....", mac)), vlan,
                      self.ports[n - 1].short)
                     for mac, vlan, n in self.wires.addresses()]
        for n, port in enumerate(self.ports, 1):
            port.spanning = self.wires.state(n)
            port.up = port.spanning != "down"

    def drop(self, shell):
        if "reboots" in self.faults:
            self.ports = copy.deepcopy(self.saved)
        self.faults -= {"drops", "reboots"}
        shell.channel.get_transport().close()
        raise Gone

    def open(self, port=0):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, args=(self.socket,),
                         daemon=True).start()

    def close(self):
        """Nobody listens there any more."""
        if self.socket.fileno() >= 0:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    def serve(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(client,),
                             daemon=True).start()

    def session(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gate = Gate(self)
        transport = paramiko.Transport(client, disabled_algorithms=self.disabled)
        transport.add_server_key(self.key)
        try:
            transport.start_server(server=gate)
            channel = transport.accept(20)
            if channel is not None and gate.shell.wait(20):
                self.sessions += 1
                Shell(self, channel).run()
        except (paramiko.SSHException, EOFError, OSError):
            pass
        finally:
            transport.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
