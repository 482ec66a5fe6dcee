#!/usr/bin/env python3
"""On which terms a task is approved: for a machine that is off, and by consent
that names the node."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from nginx import Nginx  # noqa: E402
from tap import done, is_, like  # noqa: E402

TASKS, NODES = "/api/v1/tasks", "/api/v1/nodes"


def mac(n):
    return f"5254000000{n:02x}"


def task_of(t, n):
    return t.api("GET", f"{TASKS}/{mac(n)}").json


def boot_deadline(t, n):
    step = next(s for s in task_of(t, n)["steps"] if s["step"] == "node_boot")
    return step["status"], step.get("deadline")


def off(t):
    for n in (1, 2, 3, 4):
        t.api("POST", NODES, {"mac": mac(n), "labels": {"rack": "7"}})
        t.api("POST", TASKS, {"mac": mac(n)})
    r = t.api("POST", f"{TASKS}/{mac(1)}/approve", {"when_it_boots": True})
    is_((r.status, r.json["when_it_boots"]), (200, True), "approved by itself")
    r = t.api("POST", f"{TASKS}/approve",
              {"task_ids": [task_of(t, 2)["task_id"]], "when_it_boots": True})
    is_([x["status"] for x in r.json], [200], "with others, by its id")
    r = t.api("POST", f"{NODES}/actions", {
        "action": "approve", "macs": [mac(3)], "when_it_boots": True})
    is_([x["status"] for x in r.json], [200], "and by its node")
    is_([boot_deadline(t, n) for n in (1, 2, 3)], [("running", None)] * 3,
        "none has a deadline")
    t.api("POST", f"{TASKS}/{mac(4)}/approve")
    is_(boot_deadline(t, 4)[1] is not None, True, "others have one as before")
    for body in ({"task_ids": [], "when_it_boots": "yes"},
                 {"task_ids": [], "off": True}):
        is_(t.api("POST", f"{TASKS}/approve", body).status, 400, f"{body}")
    r = t.api("POST", f"{NODES}/actions", {
        "action": "cancel", "macs": [mac(3)], "when_it_boots": True})
    is_((r.status, r.field), (400, "when_it_boots"), "it is for approve alone")
    is_(t.api("POST", f"{TASKS}/{mac(3)}/cancel",
              {"when_it_boots": True}).status, 400, "also of a task")


def of_tasks(t):
    """The same for many, by their nodes."""
    for n in (5, 6):
        t.api("POST", NODES, {"mac": mac(n), "labels": {"rack": "9"}})
    t.api("POST", TASKS, {"mac": mac(5)})

    def act(action):
        r = t.api("POST", f"{NODES}/actions", {"action": action,
                                               "label": "rack=9"})
        return [x["status"] for x in r.json]

    is_(act("retry"), [404, 409], "a pending task is not retried")
    is_(act("reject"), [404, 200], "rejected")
    t.api("POST", TASKS, {"mac": mac(5)})
    t.api("POST", f"{TASKS}/{mac(5)}/cancel")
    is_((act("retry"), task_of(t, 5)["status"]), ([404, 200], "pending"),
        "a cancelled one is")


def again(t, n, **more):
    return t.api("PUT", f"{NODES}/{mac(n)}", {"action": "reinstall", **more})


def consent(t):
    r = again(t, 1, consent=mac(2))
    is_((r.status, r.field), (400, "consent"), "another node's MAC is none")
    r = t.api("PUT", f"{NODES}/{mac(1)}",
              {"action": "cancel", "consent": mac(1)})
    is_((r.status, r.field), (400, "consent"), "it is for reinstall alone")
    is_(t.api("PUT", f"{NODES}/{mac(1)}", {"consent": mac(1)}).status, 400,
        "and no action by itself")
    t.api("POST", f"{TASKS}/{mac(1)}/cancel")
    t.api("PUT", f"{NODES}/{mac(1)}", {"action": "install"})
    t.api("POST", f"{TASKS}/{mac(1)}/cancel")
    r = again(t, 1, consent=mac(1).upper())
    is_(r.status, 200, "in any spelling")
    task = task_of(t, 1)
    is_(task["wipe_consent"], True, "the task says so")
    events = t.api("GET", "/api/v1/events?limit=1000").json
    made = next(e for e in events if e["kind"] == "task.created"
                and e["task"]["task_id"] == task["task_id"])
    is_(made["task"]["wipe_consent"], True, "and so does its event")
    t.api("POST", f"{TASKS}/{mac(2)}/cancel")
    r = t.api("POST", f"{NODES}/actions", {
        "action": "reinstall", "macs": [mac(2), mac(4)], "consent": [mac(2)]})
    is_([x["status"] for x in r.json], [200, 400], "of many, for those named")
    is_(task_of(t, 2)["wipe_consent"], True, "in their tasks")


with Nginx() as t:
    off(t)
    of_tasks(t)
    consent(t)
done()
