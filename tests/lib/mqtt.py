"""An MQTT 3.1.1 client that sends many messages at once and counts answers.

mosquitto_pub speaks one topic a connection; a flood of many nodes needs one
connection and a window of messages that are not yet acknowledged.
"""

import socket
import struct

from pace import limit

CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 0x20, 0x30, 0x40
SUBSCRIBE, SUBACK, DISCONNECT = 0x82, 0x90, 0xE0


def _length(n):
    text = b""
    while True:
        n, digit = divmod(n, 128)
        text += bytes([digit | (0x80 if n else 0)])
        if not n:
            return text


def _packet(first, body):
    return bytes([first]) + _length(len(body)) + body


def _text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack("!H", len(value)) + value


class Client:
    """`with Client(port, "name") as c: c.publish(topic, payload)`."""

    def __init__(self, port, name, clean=True, host="127.0.0.1"):
        self._socket = socket.create_connection((host, port), timeout=limit(30))
        self._input = self._socket.makefile("rb")
        self._mid = 0
        self._unanswered = 0
        self._send(_packet(CONNECT, _text("MQTT") + bytes(
            [4, 2 if clean else 0, 0, 0]) + _text(name)))
        kind, body = self._read()
        if kind & 0xF0 != CONNACK or body[1] != 0:
            raise OSError(f"connection refused: {body!r}")

    def publish(self, topic, payload, qos=1, window=500):
        """Send; with QoS 1 wait only while `window` wait for an answer."""
        payload = payload.encode() if isinstance(payload, str) else payload
        self._mid = self._mid % 65535 + 1
        mid = struct.pack("!H", self._mid) if qos else b""
        self._send(_packet(PUBLISH | qos << 1, _text(topic) + mid + payload))
        self._unanswered += qos
        while self._unanswered >= window:
            self._answer()

    def finish(self):
        """Wait for every acknowledgement."""
        while self._unanswered:
            self._answer()

    def subscribe(self, topic, qos=1):
        self._mid = self._mid % 65535 + 1
        self._send(_packet(SUBSCRIBE, struct.pack("!H", self._mid)
                           + _text(topic) + bytes([qos])))
        while self._read()[0] & 0xF0 != SUBACK:
            pass

    def message(self):
        """The next message that comes in: (topic, payload)."""
        while True:
            kind, body = self._read()
            if kind & 0xF0 == PUBLISH:
                size = struct.unpack("!H", body[:2])[0]
                at = 2 + size + (2 if kind & 6 else 0)
                return body[2:2 + size].decode(), body[at:]

    def close(self):
        try:
            self._send(_packet(DISCONNECT, b""))
        except OSError:
            pass
        self._input.close()
        self._socket.close()

    def _send(self, text):
        self._socket.sendall(text)

    def _take(self, n):
        text = self._input.read(n)
        if len(text) < n:
            raise OSError("the broker closed the connection")
        return text

    def _read(self):
        kind, size, shift = self._take(1)[0], 0, 0
        while True:
            digit = self._take(1)[0]
            size |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return kind, self._take(size)

    def _answer(self):
        if self._read()[0] & 0xF0 == PUBACK:
            self._unanswered -= 1

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()
