"""BMCs that speak IPMI 2.0 over LAN with cipher suites 3 and 17, as rude as real
ones: what each does wrong is switched on by name.

Section numbers are of the IPMI 2.0 specification, revision 1.1."""

import hashlib
import hmac
import os
import socket
import struct
import threading
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SUITES = {  # section 22.15.2: authentication, integrity, hash, bytes of a code
    3: (1, 1, hashlib.sha1, 12),
    17: (3, 4, hashlib.sha256, 16),
}
USER, PASSWORD = "ADMIN", "s3cret"
OPEN, OPENED, RAKP1, RAKP2, RAKP3, RAKP4 = range(0x10, 0x16)
RMCP = bytes([6, 0, 0xFF, 7])
ADMINISTRATOR, OPERATOR = 4, 3


def checksum(data):
    return -sum(data) & 0xFF


class Session:
    def __init__(self, suite, console, number):
        self.suite, self.console, self.number = suite, console, number
        self.sequence = 0
        self.is_up = False


class Bmc:
    """`with Bmc() as bmc:` a thread on a port of its own.

    suites: those it takes.  level: the user's highest.  delay_s: before each
    answer.  lag_s: until power follows.  drop: every nth packet is lost.
    deaf: it says yes and does nothing.  hangs_at: a command it never answers.
    no_ping: it answers no presence ping.
    forgets_s: flags are cleared so long after they were set, unless parameter
    3 keeps them, as many boards do after 60 s (kinvolk/racker#36).
    starts: called with Bmc.boot() whenever the machine is switched on.
    at: its address and port."""

    def __init__(self, user=USER, password=PASSWORD, suites=(3, 17),
                 level=ADMINISTRATOR, is_on=False, starts=None, **faults):
        self._starts = starts
        self.user, self.password = user, password.encode()
        self.suites, self.level = suites, level
        self.faults = faults
        self.power, self.power_next = is_on, None
        self.acts = []          # (name) of each change of power
        self.flags, self.flags_at, self.keeps = bytes(5), 0, 0
        self.packets = self.refused = 0
        self.guid = os.urandom(16)
        self.sessions = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(faults.get("at", ("127.0.0.1", 0)))
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *ignored):
        self._socket.close()

    def fault(self, name):
        return self.faults.get(name)

    # --- the machine ---------------------------------------------------------

    def is_on(self):
        if self.power_next and time.monotonic() >= self.power_next[0]:
            self.power, self.power_next = self.power_next[1], None
        return self.power

    def switch(self, on):
        self.acts.append("on" if on else "off")
        if not self.fault("deaf"):
            self.power_next = (time.monotonic() + self.faults.get("lag_s", 0),
                               on)
            if on and self._starts:
                self._starts(*self.boot())

    def boot(self):
        """The device of the flags ("" without any), and of which mode they are;
        section 28.13, table 28-14."""
        flags = self.boot_flags()
        devices = {1: "pxe", 2: "disk", 5: "cdrom", 6: "bios"}
        return (devices.get(flags[1] >> 2 & 15, "") if flags[0] & 0x80 else "",
                "efi" if flags[0] & 0x20 else "bios")

    def control(self, act):
        """Section 28.3; the completion code."""
        is_on = self.is_on()
        if act == 3:
            if not is_on:
                return 0xD5
            self.acts.append("reset")
        elif act in (0, 1):
            self.switch(act == 1)
        elif act == 5:
            self.switch(False)
        else:
            return 0xCC
        return 0

    def boot_flags(self):
        after = self.fault("forgets_s")
        if after and not self.keeps and time.monotonic() > self.flags_at + after:
            self.flags = bytes(5)
        return self.flags

    def set_option(self, data):
        """Section 28.12."""
        if data[0] & 0x7F == 3:
            self.keeps = data[1]
        elif data[0] & 0x7F == 5:
            self.flags, self.flags_at = bytes(data[1:6]), time.monotonic()
        return b"\0"

    def command(self, function, number, data, session):
        """Completion code and answer."""
        if self.fault("hangs_at") == (function, number):
            return None
        level = session.level if session else 0
        if (function, number) == (6, 0x38):
            return bytes([0, 1, 0x80, 6, 2, 0, 0, 0, 0])
        if (function, number) == (6, 0x54):
            return None if self.fault("no_suites") else self._suites(data)
        if (function, number) == (6, 0x3B):
            return bytes([0, data[0] & 15 or level])
        if (function, number) == (6, 0x3C):
            session.is_closing = True
            return b"\0"
        if (function, number) == (6, 1):
            return bytes([0, 0x20, 1, 2, 0x55, 2, 0xBF, 0x57, 1, 0, 1, 0])
        if (function, number) == (0, 1):
            return bytes([0, 0x20 | self.is_on(), 0, 0x40])
        if (function, number) == (0, 2):
            if level < OPERATOR:
                return b"\xd4"
            return bytes([self.control(data[0] & 15)])
        if (function, number) == (0, 8):
            return self.set_option(data)
        if (function, number) == (0, 9):
            return bytes([0, 1, data[0] & 0x7F]) + self.boot_flags()
        if (function, number) == (0, 4):
            return b"\0"
        return b"\xc1"

    def _suites(self, data):
        """Section 22.15: records, 16 bytes at a time."""
        rows = b"".join(bytes([0xC0, n, SUITES[n][0], 0x40 | SUITES[n][1], 0x81])
                        for n in self.suites)
        index = data[2] & 0x3F
        return bytes([0, 1]) + rows[index * 16:index * 16 + 16]

    # --- packets ---------------------------------------------------------------

    def _serve(self):
        while True:
            try:
                packet, peer = self._socket.recvfrom(2048)
            except OSError:
                return
            self.packets += 1
            drop = self.fault("drop")
            if drop and self.packets % drop == 0:
                continue
            answer = self._answer(packet)
            if answer is not None:
                threading.Timer(self.faults.get("delay_s", 0), self._send,
                                (answer, peer)).start()

    def _send(self, answer, peer):
        try:
            self._socket.sendto(answer, peer)
        except OSError:
            pass # it has ended meanwhile

    def _answer(self, packet):
        if packet[3] == 6 and packet[8] == 0x80: # a ping of ASF
            return None if self.fault("no_ping") else (
                packet[:8] + bytes([0x40, packet[9], 0, 16]) + packet[4:8]
                + bytes(4) + bytes([0x81]) + bytes(7))
        if packet[3] != 7:
            return None
        if packet[4] == 0:
            length = packet[13]
            answer = self._message(packet[14:14 + length], None)
            return answer and RMCP + bytes(9) + bytes([len(answer)]) + answer
        kind = packet[5] & 0x3F
        number, = struct.unpack("<I", packet[6:10])
        length, = struct.unpack("<H", packet[14:16])
        data = packet[16:16 + length]
        if kind == 0 and number == 0:
            answer = self._message(data, None)
            return answer and self._plain(0, answer)
        if kind == 0:
            return self._secured(self.sessions.get(number), packet, data)
        return {OPEN: self._open, RAKP1: self._rakp1,
                RAKP3: self._rakp3}[kind](data)

    def _message(self, data, session):
        """Section 13.8."""
        answer = self.command(data[1] >> 2, data[5], data[6:-1], session)
        if answer is None:
            return None
        head = bytes([data[3], (data[1] >> 2 | 1) << 2 | data[4] & 3])
        tail = bytes([data[0], data[4], data[5]]) + answer
        return (head + bytes([checksum(head)]) + tail
                + bytes([checksum(tail)]))

    def _plain(self, kind, data):
        return RMCP + struct.pack("<BBIIH", 6, kind, 0, 0, len(data)) + data

    def _open(self, data):
        """Section 13.17."""
        console, = struct.unpack("<I", data[4:8])
        suite = next((SUITES[n] for n in self.suites if SUITES[n][:2]
                      == (data[12], data[20]) and data[28] == 1), None)
        if suite is None:
            self.refused += 1
            return self._plain(OPENED, bytes([data[0], 0x11, 0, 0])
                               + data[4:8])
        number = len(self.sessions) * 256 + 1
        self.sessions[number] = Session(suite, console, number)
        return self._plain(OPENED, bytes([data[0], 0, self.level, 0])
                           + struct.pack("<II", console, number) + data[8:32])

    def _code(self, session, key, data):
        return hmac.new(key, data, session.suite[2]).digest()

    def _rakp1(self, data):
        """Section 13.20 and 13.21."""
        session = self.sessions[struct.unpack("<I", data[4:8])[0]]
        session.random, session.role = data[8:24], data[24]
        name = data[28:28 + data[27]]
        session.level = session.role & 15
        head = bytes([data[0], 0, 0, 0]) + struct.pack("<I", session.console)
        if name.decode("latin1") != self.user:
            return self._plain(RAKP2, bytes([data[0], 0x0D]) + head[2:])
        if session.level > self.level:
            return self._plain(RAKP2, bytes([data[0], 0x0A]) + head[2:])
        session.own = os.urandom(16)
        session.who = bytes([session.role, len(name)]) + name
        ids = struct.pack("<II", session.console, session.number)
        password = self.password.ljust(20, b"\0")
        code = self._code(session, password, ids + session.random + session.own
                          + self.guid + session.who)
        session.password = password
        session.key = self._code(session, password, session.random
                                 + session.own + session.who)
        session.k1 = self._code(session, session.key, b"\1" * 20)
        session.k2 = self._code(session, session.key, b"\2" * 20)
        return self._plain(RAKP2, head + session.own + self.guid + code)

    def _rakp3(self, data):
        """Section 13.22 and 13.23."""
        session = self.sessions[struct.unpack("<I", data[4:8])[0]]
        head = bytes([data[0], 0, 0, 0]) + struct.pack("<I", session.console)
        wanted = self._code(session, session.password, session.own
                            + struct.pack("<I", session.console) + session.who)
        if data[8:8 + len(wanted)] != wanted:
            return self._plain(RAKP4, bytes([data[0], 0x0F]) + head[2:])
        session.is_up = True
        code = self._code(session, session.key, session.random + struct.pack(
            "<I", session.number) + self.guid)
        return self._plain(RAKP4, head + code[:session.suite[3]])

    def _crypt(self, session, iv):
        return Cipher(algorithms.AES(session.k2[:16]), modes.CBC(iv))

    def _secured(self, session, packet, data):
        """Section 13.28 and 13.29: AES-CBC, then a code over all of it."""
        if session is None or not session.is_up:
            return None
        size = session.suite[3]
        if self._code(session, session.k1, packet[4:-size])[:size] \
                != packet[-size:]:
            return None
        opener = self._crypt(session, data[:16]).decryptor()
        plain = opener.update(data[16:]) + opener.finalize()
        answer = self._message(plain[:-1 - plain[-1]], session)
        if answer is None:
            return None
        pad = -(len(answer) + 1) % 16
        iv = os.urandom(16)
        closer = self._crypt(session, iv).encryptor()
        sealed = iv + closer.update(answer + bytes(range(1, pad + 1))
                                    + bytes([pad])) + closer.finalize()
        session.sequence += 1
        sent = struct.pack("<BBIIH", 6, 0xC0, session.console,
                           session.sequence, len(sealed)) + sealed
        fill = -(len(sent) + 2) % 4
        sent += b"\xff" * fill + bytes([fill, 7])
        return RMCP + sent + self._code(session, session.k1, sent)[:size]
