#!/usr/bin/env python3
"""The life of a task over HTTP: created for a machine that nobody has seen,
reported, matched, approved, carried out; and who may not."""

import base64
import http.client
import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import BUILD, Nginx, wait_for
from pace import limit
from tap import done, is_, like, ok, unlike

MAC, COLONS, SN = "525400000001", "52:54:00:00:00:01", "SRV-0001"
TASKS, DEVICE = "/api/v1/tasks", "/api/v1/device/"
HARDWARE = {
    "serial_number": SN, "mac_address": COLONS, "company": "QEMU",
    "cpu": {"model": "x", "cores": 4}, "memory": {"total_gb": 8},
    "disks": [{"device": "/dev/vda", "size_gb": 10, "type": "Virtual"}],
    "nics": [{"name": "eno1", "mac": COLONS, "link": True}],
}
PROFILE = {
    "method": "image", "os_type": "debian", "os_version": "12",
    "first_boot": "none",
    "image": {"file": "images/x.tar", "format": "tar"},
    "hardware_scripts": [{"name": "hello", "script": "echo hi\n"}],
}


def device(t, route, **more):
    return t.install("POST", DEVICE + route, {"sn": SN, **more})


def said(t, seq=0):
    return [e["kind"] for e in t.api(
        "GET", f"/api/v1/events?since={seq}&limit=1000").json]


def created(t):
    is_(t.api("PUT", "/api/v1/profiles/own", PROFILE).status, 201, "a profile")
    body = {"idc": "dc1", "sn": SN, "profile": "own", "hostname": "web1",
            "bmc": {"ip": "10.0.0.9", "username": "root",
                    "password": "hunter22", "type": "ipmi"},
            "tags": ["rack-7"]}
    r = t.api("POST", TASKS, body, {"Idempotency-Key": "k"})
    is_(r.status, 201, "a task for a machine that nobody has seen")
    is_(r.headers["location"], f"{TASKS}/{r.json['task_id']}", "has a place")
    again = t.api("POST", TASKS, body, {"Idempotency-Key": "k"})
    is_((again.status, again.json), (201, r.json), "the same key: the same one")
    is_(t.api("POST", TASKS, body).status, 409, "another one is refused")
    is_((r.json["status"], r.json["bmc"], r.json["bmc_password_set"]),
        ("pending", {"ip": "10.0.0.9", "username": "root", "type": "ipmi"},
         True), "it shows what it is for, but no password")
    unlike(t.api("GET", "/api/v1/events?since=0").text, "hunter22",
           "nor does the log")
    is_(t.api("GET", "/api/v1/servers/dc1").json[0]["status"], "pending",
        "its machine is waited for")
    return r.json["task_id"]


def reported(t, task):
    r = t.install("GET", f"/api/v1/task/{SN}?mac={COLONS}")
    is_((r.status, r.error), (404, "No task found"), "before the report")
    r = t.install("POST", "/api/v1/progress",
                  {"sn": SN, "mac": COLONS, "step": "hardware_collect",
                   "percent": 10})
    is_(r.status, 403, "a stranger's progress is not taken")
    r = t.install("POST", "/api/v1/report",
                  {"sn": SN, "mac": COLONS, "hardware": HARDWARE})
    is_((r.status, r.json), (200, {"message": "Hardware reported successfully",
                                   "matched": True}), "a report matches")
    is_(t.api("GET", f"/api/v1/nodes/{SN}/hardware").json["hardware"], HARDWARE,
        "the hardware is kept")
    is_(t.api("GET", f"/api/v1/nodes/{SN}").json["hostname"], "web1",
        "the node has its name")
    r = t.install("GET", f"/api/v1/task/{SN}?mac={COLONS}")
    is_((r.status, r.json["task_id"], r.json["status"]),
        (200, task, "pending"), "the machine learns of its task")
    ok("token" not in r.json, "but gets no token before it is approved")
    is_(device(t, "isInInstallQueue").json, {"result": False}, "and waits")


def approved(t, task):
    answers = []

    def poll():
        begun, status = time.monotonic(), "pending"
        while status == "pending": # a worker that goes answers at once
            r = t.install("GET", f"/api/v1/task/{SN}?mac={COLONS}&wait=20")
            status = r.json["status"]
        answers.append((r, time.monotonic() - begun))

    poller = threading.Thread(target=poll)
    poller.start()
    time.sleep(0.5)
    is_(len(answers), 0, "a question is held open")
    r = t.api("POST", f"{TASKS}/{task}/approve", {"notes": "go"})
    is_((r.status, r.json["status"]), (200, "approved"), "approved")
    poller.join()
    r, took = answers[0]
    is_((r.status, r.json["status"]), (200, "approved"), "the answer comes")
    ok(took < limit(5), f"at once ({took:.1f} s)")
    ok(r.json.get("token"), "with the token")
    is_(t.api("POST", f"{TASKS}/{task}/approve").status, 409,
        "approved is approved")
    unlike(t.api("GET", f"{TASKS}/{task}").text, r.json["token"],
           "operators see no token")
    is_(device(t, "isInInstallQueue").json, {"result": True}, "in the queue")
    return r.json["token"]


def forbidden(t, task, token):
    """127.0.0.1 is nobody's address, so the token decides."""
    for route in ("operationComplete", "installComplete"):
        r = device(t, route, token="wrong", operation="hardware_config",
                   success=True, status="success")
        is_(r.status, 403, f"{route} by a wrong token")
    r = t.install("POST", "/api/v1/progress",
                  {"sn": SN, "token": "wrong", "task_id": task, "step": "x",
                   "percent": 50})
    is_(r.status, 403, "progress by a wrong token")
    r = device(t, "operationComplete", operation="hardware_config",
               success=True)
    is_(r.status, 403, "without a token from no leased address")
    r = t.install("POST", "/api/v1/progress",
                  {"sn": SN, "token": token, "task_id": "task-0000ffff",
                   "step": "x", "percent": 50})
    is_((r.status, r.json["error"]), (404, "Task not found"),
        "progress of an unknown task")
    is_(t.api("GET", f"{TASKS}/{task}").json["percent"], 0, "nothing moved")


def lease(t, mac, ip):
    """What dnsmasq says when it gives an address to a PXE client."""
    env = {**t.environ(), "DNSMASQ_LEASE_EXPIRES": str(int(time.time()) + 3600),
           "DNSMASQ_TIME_REMAINING": "3600",
           "DNSMASQ_VENDOR_CLASS": "PXEClient:Arch:00000"}
    ran = subprocess.run([os.path.join(BUILD, "nf-hook"), "add", mac, ip],
                         env=env, capture_output=True, text=True)
    return ran.returncode == 0


def call(t, source, method, path, body=None):
    """The install network, from another address of this machine."""
    c = http.client.HTTPConnection("127.0.0.1", t.install_port, timeout=limit(30),
                                   source_address=(source, 0))
    try:
        c.request(method, path, json.dumps(body) if body else None)
        r = c.getresponse()
        return r.status, r.read()
    finally:
        c.close()


def addresses(t, task, token):
    """Each of three addresses, with each token, on each call: who may."""
    own, other, nobody = "127.0.0.2", "127.0.0.3", "127.0.0.4"
    ok(lease(t, COLONS, own), "the node leases an address")
    ok(lease(t, "52:54:00:00:00:02", other), "and another node one")
    begun = t.api("GET", f"{TASKS}/{task}").json
    asks = [("POST", DEVICE + name) for name in (
        "isInInstallQueue", "getNextOperation", "getHardwareConfig",
        "getOSInstallConfig")] + [("GET", f"/api/v1/task/{SN}"),
                                  ("POST", "/api/v1/report")]
    tells = [("POST", DEVICE + name) for name in (
        "operationComplete", "installComplete")] + [("POST",
                                                     "/api/v1/progress")]
    for calls, wanted in (
            (asks, {own: (200, 200, 200), other: (403, 403, 403),
                    nobody: (403, 403, 403)}),
            (tells, {own: (403, None, None), other: (403, 403, 403),
                     nobody: (403, 403, 403)})):
        for method, path in calls:
            for source, row in wanted.items():
                for name, status in zip(("wrong", "", token), row):
                    if status is None: # it would go on with the task
                        continue
                    body = {"sn": SN, "mac": COLONS, "token": name,
                            "task_id": task, "operation": "os_install",
                            "success": True, "status": "success",
                            "step": "x", "percent": 77, "hardware": HARDWARE}
                    got, text = call(t, source, method, path,
                                     body if method == "POST" else None)
                    is_(got, status, f"{path} from {source}, "
                        f"{'no' if not name else name[:5]} token")
                    ok(source == own or token.encode() not in text,
                       "which gives no token away")
    after = t.api("GET", f"{TASKS}/{task}").json
    is_((after["percent"], after["status"]),
        (begun["percent"], begun["status"]), "nothing came of all that")


def applied(t, task):
    """nf-relay is not here to write the boot files: wait for no one."""
    wait = t.api("GET", f"{TASKS}/{task}").json
    return next(s["step"] for s in wait["steps"] if s["status"] == "running")


def bulk(t):
    r = t.api("POST", TASKS, [{"sn": f"BULK-{i}"} for i in range(100)]
              + [{"sn": "BULK-5"}, {"mac": "zz"}, 7])
    is_(r.status, 207, "many at once")
    is_([x["status"] for x in r.json], [201] * 100 + [409, 400, 400],
        "each has its own result")
    is_(r.json[101]["field"], "mac", "with the field")
    ids = [x["task"]["task_id"] for x in r.json[:100]]
    r = t.api("POST", f"{TASKS}/approve", {"task_ids": ids + ["task-0000ffff"]})
    is_([x["status"] for x in r.json], [200] * 100 + [404],
        "approved at once, each with its own result")
    listed = [x["task_id"] for r in t.pages(f"{TASKS}?status=approved&limit=30")
              for x in r.json]
    is_(sorted(x for x in listed if x in ids), sorted(ids), "listed by pages")
    is_(t.api("GET", "/api/v1/stats/dc1").json["installing"], len(listed),
        "and counted")
    r = t.api("POST", TASKS, [{"sn": f"X-{i}"} for i in range(501)])
    is_(r.status, 400, "more than 500 are refused")


def unmatched(t):
    mac = "52:54:00:00:00:77"
    body = {"sn": "NEW-1", "mac": mac,
            "hardware": {**HARDWARE, "serial_number": "NEW-1",
                         "mac_address": mac, "nics": []}}
    r = t.install("POST", "/api/v1/report", body)
    is_(r.json, {"message": "stored", "matched": False, "retry_after": 10},
        "a report that nobody asked for is kept")
    r = t.install("GET", "/api/v1/task/NEW-1")
    is_(r.status, 404, "there is no task")
    like(r.json["message"], "no task was created", "and it says so")
    body["mac"] = body["hardware"]["mac_address"] = "52:54:00:00:00:78"
    is_(t.install("POST", "/api/v1/report", body).json["matched"], False,
        "another machine of the same serial number")
    found = {u["mac"]: u["reason"]
             for u in t.api("GET", "/api/v1/unmatched-reports").json}
    is_(found, {mac: "no_task", "52:54:00:00:00:78": "serial_clash"},
        "both are listed, with the reasons")
    r = t.api("POST", TASKS, {"sn": "NEW-1"})
    is_((r.status, r.json["mac"]), (201, mac), "a task made later matches")
    is_(len(t.api("GET", "/api/v1/unmatched-reports").json), 1,
        "and its report is none of these any more")
    r = t.api("POST", TASKS, {"sn": "NEW-1", "mac": "52:54:00:00:00:78"})
    is_((r.status, r.field), (409, "sn"), "a task for two machines is refused")


def refused(t):
    """The address of the caller tells whose report it was."""
    before = t.api("PATCH", f"/api/v1/nodes/{MAC}", {"ip": "127.0.0.1"}).json
    data = b'{"mac":"%s","hardware":{"x":"%s"}}' % (MAC.encode(),
                                                    b"y" * (2 << 20))
    r = t.install("POST", "/api/v1/report", data)
    is_(r.status, 413, "a report of 2 MB")
    ok(wait_for(lambda: "report.refused" in said(t, before.get("revision", 0)),
                5), "is noted with its node")
    r = t.install("POST", "/api/v1/report", {
        "mac": MAC, "hardware": {"disks": [{}] * 1000}})
    is_((r.status, r.field), (400, "hardware.disks"), "1000 disks")
    like(t.api("GET", f"/api/v1/nodes/{MAC}/timeline").text,
         "report is larger than", "the timeline says why")
    is_({k: v for k, v in t.api("GET", f"/api/v1/nodes/{MAC}").json.items()
         if k != "last_heartbeat"},
        {k: v for k, v in before.items() if k != "last_heartbeat"},
        "the node is as it was")


def carried_out(t, task, token):
    """By the attempt's token, where no address proves anything."""
    is_(device(t, "getNextOperation").json, {"operation": "wait", "data": {}},
        f"while the task waits for {applied(t, task)}")
    r = device(t, "getHardwareConfig")
    is_(r.json, {"scripts": [{"name": "hello", "script": base64.b64encode(
        b"echo hi\n").decode()}]}, "what to do before the installation")
    r = device(t, "getOSInstallConfig")
    is_((r.status, r.json["install_method"], r.json["token"]),
        (200, "image", token), "and what to install")
    for step, percent in (("hardware_collect", 10), ("b", 40), ("c", 30),
                          ("b", 40)):
        r = t.install("POST", "/api/v1/progress",
                      {"sn": SN, "token": token, "task_id": task,
                       "step": step, "percent": percent, "message": "m"})
        is_((r.status, r.json), (200, {"status": "ok"}),
            f"progress {step} {percent}")
    r = t.api("GET", f"{TASKS}/{task}").json
    is_((r["percent"], [p["step"] for p in r["progress"]]),
        (40, ["hardware_collect", "b", "c", "b"]),
        "every step is kept, and percent never falls")
    long = "disk failed:\n" + 30 * "sectors "
    r = t.install("POST", "/api/v1/progress",
                  {"sn": SN, "token": token, "task_id": task, "step": "d",
                   "percent": 40, "message": long})
    is_(r.status, 200, "a long message is taken")
    said = t.api("GET", f"{TASKS}/{task}").json["progress"][-1]["message"]
    is_(said, long.replace("\n", " ")[:124] + "...", "and cut")
    r = device(t, "operationComplete", operation="reboot", success=True,
               token=token)
    is_(r.json, {"status": "ok"}, "operations that mean nothing are fine")
    r = device(t, "operationComplete", operation="nonsense", success=True,
               token=token)
    is_((r.status, r.field), (400, "operation"), "unknown ones are not")


def ended(t, task):
    r = t.api("POST", f"{TASKS}/{task}/cancel", {"reason": "sold"})
    is_((r.status, r.json["status"], r.json["reason"]),
        (200, "cancelled", "sold"), "cancelled")
    history = r.json["status_history"]
    is_([h["status"] for h in history], ["pending", "approved", "cancelled"],
        "after all that it was")
    is_((history[-1]["reason"], [h["timestamp"] for h in history]),
        ("sold", sorted(h["timestamp"] for h in history)), "in its order")
    is_(t.api("GET", f"{TASKS}/dc1/{SN}").json["status"], "failed",
        "old clients see a failed one")
    is_(t.api("GET", f"{TASKS}/dc2/{SN}").status, 404, "of this site alone")
    body = {"sn": SN}
    is_(call(t, "127.0.0.2", "POST", DEVICE + "isInInstallQueue", body),
        (200, b'{"result":false}'), "not installed")
    is_(call(t, "127.0.0.2", "POST", DEVICE + "getOSInstallConfig", body)[0],
        404, "and told nothing")
    is_(t.api("GET", f"{TASKS}?idc=dc2").json, [], "another site's list")


with Nginx() as t:
    task = created(t)
    reported(t, task)
    token = approved(t, task)
    forbidden(t, task, token)
    carried_out(t, task, token)
    refused(t)
    addresses(t, task, token)
    ended(t, task)
    unmatched(t)
    bulk(t)
done()
