#!/usr/bin/env python3
"""Two servers: operators' API here, the install network there."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok

MAC = "525400000001"


def install_network(t):
    t.api("POST", "/api/v1/nodes", {"mac": MAC})
    for method, path, body in (
            ("GET", "/api/v1/nodes", None),
            ("GET", f"/api/v1/nodes/{MAC}", None),
            ("POST", "/api/v1/nodes", {"mac": "525400000002"}),
            ("PUT", f"/api/v1/nodes/{MAC}", {"action": "install"}),
            ("PATCH", f"/api/v1/nodes/{MAC}", {"hostname": "x"}),
            ("DELETE", f"/api/v1/nodes/{MAC}", None),
            ("GET", f"/api/v1/nodes/{MAC}/timeline", None),
            ("GET", "/api/v1/events", None),
            ("GET", "/api/v1/admin/dhcp/leases", None),
            ("GET", "/api/", None),
            ("GET", "/api/v1/nothing", None)):
        r = t.install(method, path, body)
        is_(r.status, 403, f"the install network: {method} {path} is refused")
        ok(r.error, "as JSON")
    is_(t.api("GET", f"/api/v1/nodes/{MAC}").json["status"], "discovered",
        "and has changed nothing")
    is_(t.install("GET", "/metrics").status, 404, "no metrics there")
    is_(t.install("GET", "/").status, 404, "nor a front page")
    is_(t.install("GET", "/health").status, 200, "health answers")
    is_(t.install("GET", f"/boot/{MAC}/boot.ipxe").status, 200,
        "boot scripts are served")
    r = t.install("POST", "/api/v1/device/operationComplete", {
        "mac": MAC, "token": "x", "operation": "os_install", "success": True})
    is_(r.status, 403, "a report without a task's token is refused")
    r = t.install("GET", "/api/v1/device/operationComplete")
    ok(r.status in (403, 405), "and is a POST")
    r = t.install("POST", "/api/v1/device/operationComplete", {"mac": MAC})
    is_((r.status, r.field), (400, "operation"), "what it lacks is named")


def api(t):
    r = t.api("GET", "/metrics")
    is_(r.status, 200, "metrics on the API's server")
    like(r.headers["content-type"], "^text/plain; version=0.0.4",
         "in Prometheus's text format")
    for line in r.text.splitlines():
        if not line.startswith("#"):
            like(line, r'^[a-z_:]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? '
                       r"-?[0-9.e+]+$", line)
    is_(t.api("GET", "/health").status, 200, "health")
    r = t.api("GET", f"/api/v1/nodes/{MAC}/timeline")
    is_(r.status, 200, "a node's timeline")
    r = t.api("GET", "/api/v1/admin/dhcp/leases")
    is_((r.status, r.json), (200, []), "leases")


def main():
    with Nginx() as t:
        install_network(t)
        api(t)
    done()


main()
