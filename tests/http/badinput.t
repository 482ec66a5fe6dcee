#!/usr/bin/env python3
"""Hostile input: every field of every route, and HTTP itself.

Nothing here may be answered with 2xx or 5xx, stop a worker, or reach the store.
"""

import json
import os
import random
import re
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import IS_ASAN, Nginx, read_all
from pace import limit
from tap import diag, done, is_, ok

MAC = "525400000001"
NODE = f"/api/v1/nodes/{MAC}"

CONTROL = "a\nb", "a\tb", "a\rb", "a\x00b", "a\x7fb", "a\u0085b", "\x1b[2J"
TYPES = 1, 1.5, True, [], {}, [1], {"a": 1}
NO_WORDS = "a\x00b", *TYPES # others are cut and scrubbed
TEXT = *CONTROL, *TYPES, "x" * 64, "x" * 5000
BAD_MACS = ("zz5400000001", "52540000000", "5254000000011", "52:54:00:00:00",
            "52:54:00-00:00:01", "000000000000", "ffffffffffff",
            "010000000001", "5254 0000 0001", "", "aabbccddeeff-xyz",
            *CONTROL, *TYPES, "x" * 5000)
BAD_IPS = ("1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
           "1.2.3.-4", "0x1.2.3.4", "::1", "localhost", "1.2.3.4;reboot",
           "1.2.3.4\nd-i", *CONTROL, *TYPES, "9" * 5000)
BAD_HOSTNAMES = ("-a", "a-", "a b", "a_b", "a..b", ".a", "a.", "ä", "a/b",
                 "$(id)", "a;b", 'a"b', "../x", "x" * 64, *CONTROL, *TYPES)

NODE_FIELDS = {
    "ip": BAD_IPS,
    "netmask": (*BAD_IPS, "255.0.255.0", "255.255.255.255", "0.0.0.0"),
    "gateway": BAD_IPS,
    "dns": (*(v for v in BAD_IPS if v != []), "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4",
            "1.1.1.1,,2.2.2.2", ["1.1.1.1", 2], [["1.1.1.1"]]),
    "hostname": BAD_HOSTNAMES,
    "serial": TEXT,
    "macs": (1, "x", {}, ["x"], [1], [None], ["52:54:00:00:00:zz"],
             [f"5254000001{i:02x}" for i in range(9)], "525400000002"),
    "extra": (1, "x", [], True, {"x": "y" * 4000}),
}


def dumps(body):
    """JSON as a hostile client may write it: bytes above 127 as they are."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


def refuse(t, method, path, body, name, field=None, wanted=(400,)):
    """One bad request: the status, an error body, and the field it names."""
    data = body if isinstance(body, bytes) else dumps(body)
    r = t.api(method, path, data, {"Content-Type": "application/json"})
    good = r.status in wanted and r.error
    if field is not None and b"\\u0000" not in data: # no JSON to name one in
        good = good and r.field == field
    if not ok(good, name):
        diag(f"{method} {path} {data[:200]!r}", f"got {r!r}",
             f"wanted {wanted} {field}")


def short(value):
    text = json.dumps(value)
    return text if len(text) < 40 else text[:36] + "..."


def fields(t):
    for value in BAD_MACS:
        refuse(t, "POST", "/api/v1/nodes", {"mac": value},
               f"POST mac {short(value)}", "mac")
    for field, values in NODE_FIELDS.items():
        for value in values:
            refuse(t, "POST", "/api/v1/nodes",
                   {"mac": "525400000099", field: value},
                   f"POST {field} {short(value)}", field)
            refuse(t, "PATCH", NODE, {field: value},
                   f"PATCH {field} {short(value)}", field)
            refuse(t, "PUT", NODE, {field: value},
                   f"PUT {field} {short(value)}", field)
    for field in ("action", "profile"):
        for value in (*TEXT, None, "rm -rf", "INSTALL", "install "):
            body = {"action": "install", field: value}
            refuse(t, "PUT", NODE, body, f"PUT {field} {short(value)}", field)
    for field in ("status", "created_at", "id", "", "mac\x00", "__proto__",
                  "x" * 300, "ä\n", "\u202e"):
        refuse(t, "PATCH", NODE, {field: "x"},
               f"PATCH member {short(field)} is not known")
    refuse(t, "PATCH", NODE, {"netmask": "255.255.255.0"},
           "PATCH netmask without an address", "netmask")


def reports(t):
    path = "/api/v1/device/operationComplete"
    good = {"mac": MAC, "token": "x", "operation": "os_install",
            "success": True, "message": "m"}
    for field, values in (("mac", BAD_MACS), ("token", TEXT),
                          ("operation", TEXT),
                          ("success", ("true", 1, None, [], {})),
                          ("message", NO_WORDS)):
        for value in values:
            refuse(t, "POST", path, {**good, field: value},
                   f"report {field} {short(value)}", field)
    for field in ("operation", "success"):
        body = {k: v for k, v in good.items() if k != field}
        refuse(t, "POST", path, body, f"report without {field}", field)
    refuse(t, "POST", path, {**good, "unknown": {"a": [1]}},
           "what an older server does not know is ignored", None, (403,))


def agents(t):
    """What nf-agent in RAM sends."""
    good = {"mac": MAC, "step": "x", "percent": 5, "message": "m"}
    for field, values in (
            ("mac", BAD_MACS), ("step", TEXT), ("message", NO_WORDS),
            ("percent", (-1, 101, "50", 1.5, None, [], {}, True)),
            ("token", TEXT), ("sn", TEXT)):
        for value in values:
            refuse(t, "POST", "/api/v1/progress", {**good, field: value},
                   f"progress {field} {short(value)}",
                   field if value != 10 ** 30 else None)
    for said in (*CONTROL, "x" * 5000, "\u20ac" * 1000):
        if "\0" not in said:
            r = t.api("POST", "/api/v1/progress", {**good, "message": said})
            is_(r.status, 200, f"words of an agent: {short(said)}")
    refuse(t, "POST", "/api/v1/progress", {**good, "task_id": "task-0000ffff"},
           "progress of another task", None, (403, 404))
    hardware = {
        "serial_number": TYPES + ("a\nb", "x" * 128),
        "disks": (1, {}, [1], [{"device": 1}], [{"size_gb": -1}],
                  [{"size_gb": "1"}], [{"rotational": 1}],
                  [{"model": "x" * 128}], [{}] * 257),
        "nics": (1, [{"mac": "zz"}], [{"lldp": []}], [{}] * 65),
        "pci": ([{}] * 257,), "cpu": (1, [], {"cores": "4"}),
        "memory": ([], {"total_gb": True}), "is_vm": (1, "yes"),
        "bmc": (1, {"present": "yes"}),
    }
    for field, values in hardware.items():
        for value in values:
            refuse(t, "POST", "/api/v1/report",
                   {"mac": MAC, "hardware": {field: value}},
                   f"report {field} {short(value)}")
    for value in (*TYPES, None):
        if not isinstance(value, dict):
            refuse(t, "POST", "/api/v1/report", {"mac": MAC, "hardware": value},
                   f"report hardware {short(value)}", "hardware")
    body = b'{"mac":"%s","hardware":{"disks":[{},{"model":"\xff\xfe"}]}}' % (
        MAC.encode())
    refuse(t, "POST", "/api/v1/report", body, "a report with invalid UTF-8",
           "hardware.disks[1].model")
    many = {"mac": MAC, "hardware": {"disks": [{"device": "/dev/sda"}] * 1000}}
    refuse(t, "POST", "/api/v1/report", many, "a report with 1000 disks",
           "hardware.disks")
    large = {"mac": MAC, "hardware": {"x": "y" * 300000}}
    refuse(t, "POST", "/api/v1/report", large, "a report of 300 kB", "hardware",
           (413,))
    large["hardware"]["x"] = "y" * 2000000
    refuse(t, "POST", "/api/v1/report", large, "a report of 2 MB", None, (413,))
    for route in ("isInInstallQueue", "getNextOperation", "getHardwareConfig",
                  "getOSInstallConfig"):
        for value in BAD_MACS:
            refuse(t, "POST", f"/api/v1/device/{route}", {"mac": value},
                   f"{route} {short(value)}", "mac")
    for value in (*TEXT, "done"):
        refuse(t, "POST", "/api/v1/device/installComplete",
               {"mac": MAC, "status": value},
               f"installComplete {short(value)}", "status")


def tasks(t):
    for field, values in (
            ("mac", [v for v in BAD_MACS if v != ""]), ("sn", TEXT),
            ("idc", (*TEXT, "dc2")), ("profile", (*TEXT, "nothing")),
            ("os_type", (*TYPES, "Plan 9", "a\nb")),
            ("hostname", [v for v in BAD_HOSTNAMES if v != ""]),
            ("bootfile", (*TEXT, "../x", "/x", "a b")),
            ("network", (1, [], "x", {"ip": "1.2.3"}, {"x": 1},
                         {"ip": "1.2.3.4", "netmask": "255.0.255.0"},
                         {"dns_servers": ["x"]}, {"vlans": [0]})),
            ("disk_layout", (1, [], {"root_disk": "sda"},
                             {"root_disk": "/dev/../x"},
                             {"partitions": [{"mount_point": "/",
                                              "size": "-1"}]},
                             {"partitions": [{"mount_point": "/;x",
                                              "size": "1G"}]},
                             {"partitions": [{}] * 17})),
            ("bmc", (1, {}, {"ip": "x"}, {"ip": "1.2.3.4", "password": 1},
                     {"ip": "1.2.3.4", "type": "ilo"})),
            ("switch", (1, {}, {"port": 1}, {"port": "1", "mode": "x"})),
            ("pxe", (1, {"kernel_path": "../x"}, {"kernel_path": "a b"},
                     {"kernel_params": "a;b`"})),
            ("tags", (1, ["x" * 64], [1])), ("packages", (1, ["a;b"], [1])),
            ("status", ("approved",))):
        for value in values:
            refuse(t, "POST", "/api/v1/tasks", {"sn": "GOOD-1", field: value},
                   f"task {field} {short(value)}")
    for body in ({"task_ids": 1}, {"task_ids": [1]}, {}, [],
                 {"task_ids": ["x"] * 501}, {"all": True}):
        refuse(t, "POST", "/api/v1/tasks/approve", body,
               f"approve {short(body)}")
    for verb in ("approve", "reject", "cancel", "retry"):
        refuse(t, "POST", f"/api/v1/tasks/task-0000ffff/{verb}", {},
               f"{verb} of no task", "task_id", (404,))
        refuse(t, "POST", f"/api/v1/tasks/{MAC}/{verb}", {"x": 1},
               f"{verb} with more", "x")
    for value in BAD_IPS:
        refuse(t, "POST", "/api/v1/admin/dhcp/binding",
               {"mac": "525400000097", "ip": value},
               f"binding {short(value)}", "ip")


BAD_PORTS = ("", "a;reload", "1\nshutdown", "Gi1/0/1 | include", "$(id)", "ä",
             *CONTROL, *TYPES, "x" * 64, "x" * 5000)
BAD_VLANS = (-1, 4095, 1.5, "7", "all", True, [], {})


def switches(t):
    """What a switch would be told, and what leads to it."""
    t.api("PUT", "/api/v1/devices/sw1", {"driver": "snmp",
                                         "address": "10.0.0.2"})
    link = {"switch": "sw1", "port": "Gi1/0/1"}
    for field, bad in (("switch", ("", *CONTROL, *TYPES, "x" * 32)),
                       ("port", BAD_PORTS)):
        for value in bad:
            refuse(t, "PUT", f"{NODE}/port", {**link, field: value},
                   f"link {field} {short(value)}", wanted=(400, 404))
    port = {"port": "Gi1/0/1", "mode": "access", "vlan": 7}
    for field, bad in (
            ("port", BAD_PORTS), ("vlan", BAD_VLANS),
            ("mode", ("", "other", "hybrid", *CONTROL, *TYPES)),
            ("tagged", ("1", "0", "4095", "a", "1-", "7-5", "1,,2", *CONTROL,
                        *TYPES, "1," * 2000)),
            ("admin", ("", "unknown", "off", *CONTROL, *TYPES)),
            ("description", ('a"b', "a?b", *CONTROL, *TYPES, "x" * 5000)),
            ("force", ("", "true", 1, [], {})),
            ("switch", ("sw2", "sw1", 1)), ("zork", (1,))):
        for value in bad:
            refuse(t, "POST", "/api/v1/devices/sw1/commands",
                   {"command": "port", "args": {**port, field: value}},
                   f"port {field} {short(value)}", "args")
    for value in ("", "vlan", "reboot", "find", *CONTROL, *TYPES):
        refuse(t, "POST", "/api/v1/devices/sw1/commands", {"command": value},
               f"command {short(value)}", "command")
    login = {"user": "u", "password": "12345678", "auth": "SHA", "priv": "AES",
             "priv_password": "12345678"}
    for field, bad in (("user", TEXT), ("password", NO_WORDS),
                       ("priv_password", NO_WORDS),
                       ("auth", ("sha", "SHA-1", *TYPES)),
                       ("priv", ("aes", "3DES", *TYPES))):
        for value in bad:
            refuse(t, "PUT", "/api/v1/credentials/bad",
                   {**login, field: value}, f"login {field} {short(value)}",
                   field)
    for query in ("limit=x", "limit=1001", "after=" + "x" * 64):
        refuse(t, "GET", f"/api/v1/devices/sw1/ports?{query}", b"",
               f"ports by {short(query)}")
    refuse(t, "GET", "/api/v1/topology?format=svg", b"", "topology as SVG",
           "format")
    is_(t.api("GET", "/api/v1/credentials").json, [], "none is a login")
    is_(t.api("GET", f"{NODE}/port").status, 404, "nor a link")
    is_(t.api("DELETE", "/api/v1/devices/sw1").status, 204, "all is gone")


def documents(t):
    deep = b'{"extra":' + b'{"a":' * 3000 + b"1" + b"}" * 3001
    wide = b'{"mac":"525400000098","extra":{"a":' + b"[" * 100000
    for body, name in (
            (b"", "nothing"), (b"\x00", "NUL"), (b"{", "half an object"),
            (b'{"mac":"525400000098"', "no end"),
            (b'{"mac":"525400000098"}}', "something behind the end"),
            (b'{"mac":"525400000098"} {}', "two documents"),
            (b'{"mac":"525400000098","mac":"525400000097"}',
             "a member twice"),
            (b"{'mac':'525400000098'}", "single quotes"),
            (b'{"mac":"525400000098",}', "a comma too many"),
            (b'{"mac":"525400000098","ip":"\xff\xfe"}', "bytes of no UTF-8"),
            (b'{"mac":"525400000098","serial":"\xc0\x80"}', "overlong UTF-8"),
            (b'{"mac":"525400000098","serial":"\xed\xa0\x80"}', "a surrogate"),
            (b'{"mac":"525400000098","serial":"\\ud800"}', "half a pair"),
            (b'{"mac":"525400000098","serial":"a\\u0000b"}', "an escaped NUL"),
            (b'{"mac":"525400000098","serial":"a\nb"}', "a bare newline"),
            (b'\xef\xbb\xbf{"mac":"525400000098"}', "a byte order mark"),
            ('{"mac":"525400000098"}'.encode("utf-16"), "UTF-16"),
            (b'{"mac":NaN}', "NaN"), (b'{"mac":1e999}', "1e999"),
            (b'{"mac":18446744073709551616}', "2 to the 64"),
            (b'{"mac":-0}', "minus nothing"), (b"null", "null"),
            (b"[]", "an array"), (b'"x"', "a text"), (b"1", "a number"),
            (deep, "3,000 objects deep"), (wide, "100,000 arrays deep"),
            (os.urandom(5000), "noise"),
            (b"mac=525400000098&ip=1.2.3.4", "a real form"),
            (b"\n" * 100000, "a lot of nothing")):
        refuse(t, "POST", "/api/v1/nodes", body, f"POST {name}")
        refuse(t, "PATCH", NODE, body, f"PATCH {name}")
        refuse(t, "PUT", NODE, body, f"PUT {name}")
    big = b'{"mac":"525400000098","extra":{"a":"' + b"x" * 10_000_000 + b'"}}'
    refuse(t, "POST", "/api/v1/nodes", big, "10 MB", None, (413,))
    rng = random.Random(7)
    for i in range(100):
        body = bytearray(b'{"mac":"525400000098","ip":"10.0.0.1",'
                         b'"hostname":"n1","extra":{"a":[1,2.5,null]}}')
        for _ in range(rng.randrange(1, 6)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        r = t.api("POST", "/api/v1/nodes", bytes(body))
        if not (r.status in (400, 409) and r.error) and r.status != 201:
            ok(False, f"mutation {i}")
            diag(bytes(body), r)
    for mac in [n["mac"] for n in t.api("GET", "/api/v1/nodes").json]:
        if mac != MAC:
            t.api("DELETE", f"/api/v1/nodes/{mac}")


def paths(t):
    """Bytes in the path and the query; nginx itself refuses some."""
    for path in ("/api/v1/nodes/%00", "/api/v1/nodes/%0a", "/api/v1/nodes/%ff",
                 "/api/v1/nodes/..%2f..%2fetc", "/api/v1/nodes/" + "x" * 3000,
                 "/api/v1/nodes/" + "%41" * 1000, "/api/v1/nodes/%zz",
                 "/api/v1/nodes/" + MAC + "/x", "/api/v1/nodes//" + "x",
                 "/api/v1/nodes/'%20or%201", "/api/v1/nodes/${jndi}",
                 "/boot/x/boot.ipxe", "/boot//boot.ipxe", "/boot/%0a/boot.ipxe",
                 "/preseed/x/preseed.cfg", "/preseed/" + MAC + "/preseed.cfg",
                 "/preseed/" + MAC + "/preseed.cfg?token=" + "A" * 3000,
                 "/preseed/" + MAC + "/preseed.cfg?token=%00",
                 "/image/" + MAC + "/image.json?token",
                 "/api/v1/nodes?limit=" + "9" * 400, "/api/v1/nodes?limit=0x1",
                 "/api/v1/nodes?limit=%31", "/api/v1/nodes?after=" + "x" * 400,
                 "/api/v1/nodes?status=%00", "/api/v1/events?since=1e9",
                 "/api/v1/events?since=99999999999999999999",
                 "/api/v1/admin/dhcp/leases?after=x",
                 "/api/v1/admin/dhcp/leases?limit=-1"):
        for port in (t.port, t.install_port):
            got = t.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                        "\r\n\r\n".encode(), port)
            status = int((got[9:12] or b"0").decode())
            if not ok(400 <= status < 500, f"GET {path[:60]}: {status}"):
                diag(got[:400])


def header_values(t):
    for name, value, wanted in (
            ("If-Match", "x" * 2000, 412), ("If-Match", '"', 412),
            ("If-Match", '"99999999999999999999"', 412),
            ("Idempotency-Key", "x" * 2000, 400),
            ("Content-Type", "x" * 2000, 415), ("Content-Type", "\xff", 415),
            ("Content-Type", "application/jsonx", 415)):
        method, path = ("POST", "/api/v1/nodes") if "Idem" in name else (
            "PATCH", NODE)
        r = t.api(method, path, dumps({"hostname": "n9"}),
                  {"Content-Type": "application/json", name: value})
        ok(r.status == wanted and r.error, f"{name}: {short(value)}") or diag(r)
    for value in ("x", "-1", "1e3", "99999999999999999999", "x" * 2000):
        r = t.api("GET", "/api/v1/events", headers={"Last-Event-ID": value})
        is_(r.status, 400, f"Last-Event-ID: {short(value)}")


def http(t):
    """Broken HTTP: an error or silence, and the next client is served."""
    post = b"POST /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n"
    body = b'{"mac":"525400000077"}'
    size = b"Content-Length: %d\r\n"
    for data, name in (
            (post + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"mac", "half a "
             "chunked body"),
            (post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
             "no chunk size"),
            (post + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", "minus 1"),
            (post + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
             "a huge chunk"),
            (post + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
             b"0\r\n\r\n", "both lengths"),
            (post + size % 5 + size % 9 + b"\r\n" + body, "two lengths"),
            (post + b"Content-Length: -1\r\n\r\n", "a negative length"),
            (post + b"Content-Length: 99999999999999999999\r\n\r\n",
             "too large a number"),
            (post + size % 100 + b"\r\n" + body, "less than was promised"),
            (b"POST\r\n\r\n", "no path"), (b"\r\n\r\n\r\n", "empty lines"),
            (b"GET / HTTP/9.9\r\n\r\n", "HTTP/9.9"),
            (b"\x16\x03\x01\x02", "TLS"), (os.urandom(2000), "noise"),
            (post + b"X: " + b"y" * 100000 + b"\r\n\r\n", "a huge header")):
        with t.connect(timeout=limit(10)) as s:
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            got = read_all(s)
        status = got[9:12]
        ok(got == b"" or status[:1] == b"4" or status == b"505",
           f"{name}: {status or b'closed'}") \
            or diag(got[:300])
    for pause in (0, 0.1): # with the header, or behind it
        for chunk in (b"zz\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n"):
            with t.connect(timeout=limit(10)) as s:
                s.sendall(post + b"Transfer-Encoding: chunked\r\n\r\n"
                          b"1\r\n{\r\n" + (b"" if pause else chunk))
                time.sleep(pause)
                s.sendall(chunk if pause else b"")
                got = read_all(s)
            ok(got[9:12] == b"400" and b'"error":' in got
               and b"Connection: close" in got,
               "bad chunks: 400 as JSON") or diag(got)
    is_(t.api("GET", "/api/v1/nodes/525400000077").status, 404,
        "none of that made a node")
    for chunks in ([body], [body[:1], body[1:]],
                   [bytes([b]) for b in body]):
        data = post + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        for c in chunks:
            data += b"%x;ext=1\r\n%s\r\n" % (len(c), c)
        got = t.raw(data + b"0\r\nTrailer: x\r\n\r\n")
        ok(got.startswith(b"HTTP/1.1 201"),
           f"{len(chunks)} chunks are a body") or diag(got)
        t.api("DELETE", "/api/v1/nodes/525400000077")


def pipelining(t):
    one = (b"POST /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\n"
           b"Content-Length: 22\r\n\r\n{\"mac\":\"5254000002%02x\"}")
    data = b"".join(one % i for i in range(40))
    got = t.raw(data + b"GET /api/v1/nodes HTTP/1.0\r\n\r\n")
    is_(len(re.findall(rb"HTTP/1\.1 201 ", got)), 40,
        "40 pipelined writes are all done")
    order = re.findall(rb"Location: /api/v1/nodes/5254000002(..)\r\n", got)
    is_([int(x, 16) for x in order], list(range(40)), "and answered in order")
    got = t.raw(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
                + b"PATCH " + NODE.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: 21\r\n\r\n{\"hostname\":\"piped\"} "
                + b"GET " + NODE.encode() + b" HTTP/1.1\r\nHost: localhost\r\n"
                b"Connection: close\r\n\r\n")
    is_(len(re.findall(rb"HTTP/1\.1 200 ", got)), 22, "reads behind writes")
    ok(got.rstrip().endswith(b"}") and got.count(b'"hostname":"piped"') == 2,
       "see what was written before them")


def main():
    with Nginx() as t:
        t.api("POST", "/api/v1/nodes", {"mac": MAC})
        before = t.api("GET", NODE).json
        workers = t.workers()
        for part in (fields, reports, agents, tasks, switches, documents, paths,
                     header_values, http):
            part(t)
        is_(t.api("GET", NODE).json, before, "the node is as it was")
        is_(len(t.api("GET", "/api/v1/nodes").json), 1, "and alone")
        pipelining(t)
        is_(t.workers(), workers, "no worker died")
        if IS_ASAN:
            diag("with sanitizers")
    done()


main()
