#!/usr/bin/env python3
"""The nodes' REST interface: shapes, texts, status codes."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok

MAC = "525400000001"
NODE = f"/api/v1/nodes/{MAC}"
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


def health(t):
    r = t.api("GET", "/health")
    is_(r.status, 200, "health answers 200")
    is_(([d["word"] for d in r.json["details"]], r.json["status"]),
        (["relay_gone"], "degraded"), "and says that nf-relay is not there")
    like(r.json["uptime"], r"^(\d+h)?(\d+m)?\d+s$", "uptime reads like 5m30s")


def create(t):
    r = t.api("GET", "/api/v1/nodes")
    is_((r.status, r.json), (200, []), "an empty list is [], not null")
    like(r.headers["content-type"], "^application/json", "the list is JSON")

    r = t.api("POST", "/api/v1/nodes", {"mac": MAC, "ip": "192.168.1.100"})
    is_(r.status, 201, "POST answers 201")
    is_(r.headers.get("location"), NODE, "with Location as the path")
    is_(r.json["mac"], MAC, "and the node: mac")
    is_(r.json["ip"], "192.168.1.100", "ip")
    is_(r.json["status"], "discovered", "status")
    like(r.json["created_at"], TIME, "created_at in RFC 3339 UTC")
    like(r.json["updated_at"], TIME, "updated_at in RFC 3339 UTC")
    ok("last_heartbeat" not in r.json, "no last_heartbeat before there was one")
    ok(r.headers.get("etag"), "an ETag")

    r = t.api("POST", "/api/v1/nodes", {"mac": MAC})
    is_((r.status, r.error), (409, "node already exists"), "twice: 409")
    r = t.api("POST", "/api/v1/nodes", {"mac": "52:54:00:00:00:01"})
    is_(r.status, 409, "another spelling of it: 409")
    r = t.api("POST", "/api/v1/nodes", {"mac": "nonsense"})
    is_((r.status, r.error), (400, "invalid MAC address format"),
        "a bad MAC: 400 with the text of the original")
    is_(r.field, "mac", "that names the field")
    ok(isinstance(r.json["code"], int) and r.json["message"],
       "and has code and message")
    for body in ("{", "", "[]", "null", '"x"', "{}"):
        r = t.api("POST", "/api/v1/nodes", body)
        is_((r.status, r.error), (400, "invalid request body"),
            f"body {body!r}: 400")


def read(t):
    for spelling in (MAC, "52:54:00:00:00:01", "52-54-00-00-00-01",
                     "5254.0000.0001", MAC.upper()):
        r = t.api("GET", f"/api/v1/nodes/{spelling}")
        is_((r.status, (r.json or {}).get("mac")), (200, MAC),
            f"the node by {spelling}")
    r = t.api("GET", "/api/v1/nodes/525400009999")
    is_((r.status, r.error), (404, "node not found"), "an unknown node: 404")
    r = t.api("GET", "/api/v1/nodes/zz5400000001")
    ok(r.status in (400, 404), "no MAC at all: refused")
    r = t.api("GET", "/api/v1/nothing")
    is_(r.status, 404, "an unknown route: 404")
    ok(r.error, "as JSON")
    r = t.api("GET", NODE)
    h = t.api("HEAD", NODE)
    is_((h.status, h.body), (200, b""), "HEAD answers without a body")
    is_(h.headers.get("content-length"), r.headers.get("content-length"),
        "and with the length that GET has")
    is_(h.headers.get("etag"), r.headers.get("etag"), "and its ETag")
    r = t.api("HEAD", "/api/v1/nodes")
    is_((r.status, r.body), (200, b""), "HEAD of the list")


def conditional(t):
    tag = t.api("GET", NODE).headers["etag"]
    r = t.api("GET", NODE, headers={"If-None-Match": tag})
    is_((r.status, r.body), (304, b""), "If-None-Match with its tag: 304")
    ok("content-type" not in r.headers, "without a type")
    r = t.api("GET", NODE, headers={"If-None-Match": '"other"'})
    is_(r.status, 200, "with another: 200")
    r = t.api("GET", NODE, headers={"If-None-Match": f'"x", W/{tag}'})
    is_(r.status, 304, "in a list: 304")
    r = t.api("PATCH", NODE, {"hostname": "n1"}, {"If-Match": '"other"'})
    is_(r.status, 412, "If-Match with another: 412")
    r = t.api("PATCH", NODE, {"hostname": "n1"}, {"If-Match": tag})
    is_((r.status, r.json["hostname"]), (200, "n1"), "with its own: done")
    ok(r.headers["etag"] != tag, "the change has a new tag")
    r = t.api("PATCH", NODE, {"hostname": "n2"}, {"If-Match": tag})
    is_(r.status, 412, "the old tag no longer matches")
    r = t.api("PATCH", NODE, {"hostname": "n2"}, {"If-Match": "*"})
    is_(r.status, 200, "If-Match: * is any version")


def edit(t):
    r = t.api("PATCH", NODE, {
        "hostname": "rack1-n1", "ip": "10.0.0.5", "netmask": "255.255.255.0",
        "gateway": "10.0.0.1", "dns": "10.0.0.2,10.0.0.3",
        "serial": "SN 1", "extra": {"rack": 1}})
    is_(r.status, 200, "PATCH of every member")
    for name, value in (("hostname", "rack1-n1"), ("ip", "10.0.0.5"),
                        ("netmask", "255.255.255.0"),
                        ("gateway", "10.0.0.1"),
                        ("dns", "10.0.0.2,10.0.0.3"), ("serial", "SN 1"),
                        ("extra", {"rack": 1})):
        is_(r.json.get(name), value, f"{name} is shown")
    is_(t.api("GET", NODE).json, r.json, "and stored")
    r = t.api("PATCH", NODE, {"hostname": "rack1-n1"})
    is_((r.status, r.json["ip"]), (200, "10.0.0.5"),
        "what PATCH does not name stays")
    r = t.api("PUT", NODE, {"ip": "10.0.0.6", "netmask": "255.255.255.0",
                            "gateway": "10.0.0.1", "dns": "10.0.0.2"})
    is_((r.status, (r.json or {}).get("ip")), (200, "10.0.0.6"),
        "PUT of the network")
    r = t.api("PATCH", NODE, {"colour": "red"})
    is_((r.status, r.field), (400, "colour"), "an unknown member is refused")
    r = t.api("PATCH", NODE, {"status": "installed"})
    is_(r.status, 400, "status cannot be set by hand")
    r = t.api("PATCH", "/api/v1/nodes/525400009999", {"hostname": "x"})
    is_((r.status, r.error), (404, "node not found"), "PATCH of none: 404")
    r = t.api("GET", "/api/v1/nodes/SN%201")
    is_((r.status, (r.json or {}).get("mac")), (200, MAC),
        "the node by its serial number")


def install(t):
    r = t.api("PUT", "/api/v1/nodes/525400009999", {"action": "install"})
    is_((r.status, r.error), (404, "node not found"), "install of none: 404")
    r = t.api("PUT", NODE, {"action": "fly"})
    is_((r.status, r.error), (400, "unknown action"), "an unknown action: 400")
    r = t.api("PUT", NODE, {"action": "install", "profile": "nonsense"})
    is_((r.status, r.field), (400, "profile"), "an unknown profile: 400")
    r = t.api("PUT", NODE, {"action": "install"})
    is_((r.status, r.json["status"]), (200, "installing"), "install: 200")
    r = t.api("PUT", NODE, {"action": "install"})
    is_((r.status, r.error),
        (400, "cannot install node with status 'installing', only "
         "'discovered' nodes can be installed"), "twice: the original's text")
    r = t.api("DELETE", NODE)
    is_(r.status, 409, "a node that installs cannot be deleted")
    r = t.api("PUT", NODE, {"action": "cancel"})
    is_((r.status, r.json["status"]), (200, "discovered"),
        "cancel before any script was served: discovered again")


def delete(t):
    t.api("POST", "/api/v1/nodes", {"mac": "525400000002"})
    r = t.api("DELETE", "/api/v1/nodes/525400000002")
    is_((r.status, r.body), (204, b""), "DELETE answers 204")
    is_(t.api("GET", "/api/v1/nodes/525400000002").status, 404, "it is gone")
    is_(t.api("DELETE", "/api/v1/nodes/525400000002").status, 404,
        "deleting it again: 404")


def repeat(t):
    key = {"Idempotency-Key": "a-key-of-ours-1"}
    body = {"mac": "525400000003"}
    first = t.api("POST", "/api/v1/nodes", body, key)
    again = t.api("POST", "/api/v1/nodes", body, key)
    is_((first.status, again.status), (201, 201),
        "POST with the same Idempotency-Key is answered the same")
    is_(again.json, first.json, "with the same node")
    is_(again.headers.get("location"), first.headers.get("location"),
        "and Location")
    other = t.api("POST", "/api/v1/nodes", {"mac": "525400000004"}, key)
    ok(other.status in (400, 409, 422), "but not for another body")


def listing(t):
    for i in range(30):
        t.api("POST", "/api/v1/nodes", {"mac": f"5254000010{i:02x}"})
    everyone = t.api("GET", "/api/v1/nodes").json
    ok(len(everyone) >= 30, "the list has every node")
    is_(len({n["mac"] for n in everyone}), len(everyone), "once")
    made = [n["created_at"] for n in everyone]
    is_(made, sorted(made, reverse=True), "the newest first")
    seen = []
    for i, r in enumerate(t.pages("/api/v1/nodes?limit=7")):
        ok(r.status == 200 and len(r.json) <= 7, f"page {i} has at most 7")
        seen += [n["mac"] for n in r.json]
    is_(sorted(seen), sorted(n["mac"] for n in everyone),
        "following Link visits every node once")
    for query in ("limit=x", "limit=-1", "after=zz", "status=flying"):
        is_(t.api("GET", f"/api/v1/nodes?{query}").status, 400,
            f"?{query}: 400")
    r = t.api("GET", "/api/v1/nodes?status=installing")
    is_((r.status, r.json), (200, []), "?status= filters")
    r = t.api("GET", "/api/v1/nodes?status=discovered")
    is_(len(r.json), len(everyone), "either way")


def unchanged(t):
    """Lists have ETags, streamed or by pages, and a 304 has no body."""
    mac = t.api("GET", "/api/v1/nodes?limit=1").json[0]["mac"]
    for path in ("/api/v1/nodes", "/api/v1/nodes?limit=2", "/api/v1/tasks",
                 "/api/v1/profiles?limit=2", "/api/v1/files",
                 "/api/v1/admin/dhcp/bindings"):
        first = t.api("GET", path)
        tag = first.headers.get("etag", "")
        like(tag, r'^W/"[^"]+"$', f"{path} has a weak ETag")
        again = t.api("GET", path, None, {"If-None-Match": f'"x", {tag}'})
        is_((again.status, again.body, again.headers.get("etag")),
            (304, b"", tag), "the same again: 304 without a body")
        head = t.api("HEAD", path, None, {"If-None-Match": tag})
        is_((head.status, head.body), (304, b""), "HEAD: the same")
        is_(t.api("PATCH", f"/api/v1/nodes/{mac}",
                  {"hostname": f"n{len(path)}"}).status, 200, "a node changes")
        later = t.api("GET", path, None, {"If-None-Match": tag})
        is_(later.status, 200, "then the list comes whole")
        ok(later.headers.get("etag") != tag, "with another ETag")


def methods(t):
    for method, path, allow in (
            ("POST", NODE, "GET, HEAD, PUT, PATCH, DELETE"),
            ("DELETE", "/api/v1/nodes", "GET, HEAD, POST, PATCH"),
            ("POST", "/health", "GET, HEAD"),
            ("BREW", "/api/v1/nodes", "GET, HEAD, POST, PATCH")):
        r = t.api(method, path)
        is_(r.status, 405, f"{method} {path}: 405")
        is_({a.strip() for a in r.headers.get("allow", "").split(",")},
            set(allow.split(", ")), "with Allow")
    r = t.api("POST", "/api/v1/nodes", '{"mac":"525400000009"}',
              {"Content-Type": "text/xml"})
    is_(r.status, 415, "a body of another type: 415")
    r = t.api("POST", "/api/v1/nodes", '{"mac":"525400000009"}',
              {"Content-Type": "application/json; charset=utf-8"})
    is_(r.status, 201, "application/json with a charset is fine")
    r = t.api("POST", "/api/v1/nodes", '{"mac":"52540000000a"}',
              {"Content-Type": "application/x-www-form-urlencoded"})
    is_(r.status, 201, "what plain curl -d sends is read as JSON")


def sizes(t):
    r = t.api("POST", "/api/v1/nodes", b" " * (1 << 20) + b"x",
              {"Content-Type": "application/json"})
    is_(r.status, 413, "a body above 1 MiB: 413")
    ok(r.error, "as JSON")
    for extra, wanted in ((1, b"413"), (0, b"400")):
        chunk = b" " * 65536
        data = (b"POST /api/v1/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close"
                b"\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"10000\r\n" + chunk + b"\r\n")
        data += (b"10000\r\n" + chunk + b"\r\n") * 15
        data += b"1\r\n \r\n" * extra + b"0\r\n\r\n"
        is_(t.raw(data)[9:12], wanted, f"1 MiB and {extra} byte in chunks")
    body = b'{"mac":"52540000000b"' + b" " * 900000 + b"}"
    r = t.api("POST", "/api/v1/nodes", body)
    is_(r.status, 201, "one below is read")


def main():
    with Nginx() as t:
        for part in (health, create, read, conditional, edit, install, delete,
                     repeat, listing, unchanged, methods,
                     sizes):
            part(t)
    done()


main()
