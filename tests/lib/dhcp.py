"""A DHCP client that says whatever a test wants it to say (RFC 2131)."""

import contextlib
import random
import socket
import struct

import netns

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE = range(1, 8)
HOST_NAME, REQUESTED, TYPE, SERVER_ID = 12, 50, 53, 54
PARAMETERS, VENDOR_CLASS, CLIENT_ID, USER_CLASS = 55, 60, 61, 77
COOKIE = bytes((99, 130, 83, 99))


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def card(mac):
    """(hardware type, its bytes) of "20-24:8a:07:...", as dnsmasq spells
    it; Ethernet where no type stands before it."""
    kind, divider, rest = mac.partition("-")
    return (int(kind, 16), mac_bytes(rest)) if divider else (1, mac_bytes(mac))


def pack(kind, mac, xid, ciaddr="0.0.0.0", options=(), relay="0.0.0.0"):
    """One message; options is a list of (number, bytes)."""
    hardware, address = card(mac)
    text = struct.pack("!BBBBIHH", 1, hardware, len(address), 0, xid, 0,
                       0x8000)
    text += socket.inet_aton(ciaddr) + bytes(8) + socket.inet_aton(relay)
    text += address.ljust(16, b"\0") + bytes(64 + 128) + COOKIE
    for number, value in [(TYPE, bytes([kind])), *options]:
        text += bytes([number, len(value)]) + value
    return text + b"\xff"


def unpack(text):
    """(transaction, your address, options by number)."""
    options, at = {}, 240
    while at < len(text) and text[at] != 255:
        if text[at] == 0:
            at += 1
            continue
        size = text[at + 1]
        options[text[at]] = text[at + 2:at + 2 + size]
        at += 2 + size
    return (struct.unpack("!I", text[4:8])[0],
            socket.inet_ntoa(text[16:20]), options)


class Client:
    """A client port inside the namespace; it serves any number of MACs."""

    def __init__(self, pair):
        with netns.inside(pair.client):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
            self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                               pair.client_link.encode())
        self.socket.bind(("", 68))
        self.socket.settimeout(1)

    def close(self):
        self.socket.close()

    def lease(self, mac, options=()):
        """The whole conversation; the address, or None."""
        options = list(options)
        xid, ip, told = self._ask(DISCOVER, mac, options)
        if ip is None:
            return None
        _, ip, told = self._ask(REQUEST, mac, [
            (REQUESTED, socket.inet_aton(ip)),
            (SERVER_ID, told[SERVER_ID]), *options])
        return ip if told.get(TYPE) == bytes([ACK]) else None

    def renew(self, mac, ip, options=()):
        """A renewal: a request with ciaddr and nothing else."""
        _, ip, told = self._ask(REQUEST, mac, list(options), ciaddr=ip)
        return ip if told.get(TYPE) == bytes([ACK]) else None

    def release(self, mac, ip, options=()):
        self._send(pack(RELEASE, mac, random.getrandbits(32), ip, [
            (SERVER_ID, socket.inet_aton(netns.SERVER)), *options]))

    def _send(self, text):
        self.socket.sendto(text, ("255.255.255.255", 67))

    def _ask(self, kind, mac, options, ciaddr="0.0.0.0"):
        xid = random.getrandbits(32)
        for _ in range(5):
            self._send(pack(kind, mac, xid, ciaddr, options))
            with contextlib.suppress(TimeoutError):
                while True:
                    got, ip, told = unpack(self.socket.recv(2048))
                    if got == xid:
                        return xid, ip, told
        return xid, None, {}
