#!/usr/bin/env python3
"""Labels of nodes: set, shown, and what is chosen by them."""

import pathlib
import sys
from urllib.parse import quote

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from nginx import Nginx  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402


def mac(n):
    return f"5254000000{n:02x}"


def labels(t, n):
    return t.api("GET", f"/api/v1/nodes/{mac(n)}").json.get("labels")


def change(t, n, what, method="PATCH"):
    return t.api(method, f"/api/v1/nodes/{mac(n)}", {"labels": what})


def found(t, selector, path="/api/v1/nodes", key="mac", more=""):
    r = t.api("GET", f"{path}?label={quote(selector)}{more}")
    return [node[key] for node in r.json] if r.status == 200 else r.status


def setting(t):
    r = t.api("POST", "/api/v1/nodes", {
        "mac": mac(1), "labels": {"role": "db", "rack": "r1"}})
    is_((r.status, r.json["labels"]), (201, {"rack": "r1", "role": "db"}),
        "a node is made with labels")
    is_(t.api("POST", "/api/v1/nodes", {"mac": mac(2)}).json.get("labels"), None,
        "one without has no such member")
    is_(change(t, 1, {"site": "dc1", "rack": None}).json["labels"],
        {"role": "db", "site": "dc1"}, "PATCH sets some and removes others")
    is_(change(t, 1, {"a/b": ""}, "PUT").json["labels"],
        {"a/b": "", "role": "db", "site": "dc1"}, "PUT does the same")
    is_(t.api("PATCH", f"/api/v1/nodes/{mac(1)}", {"hostname": "x"}).json[
        "labels"]["role"], "db", "another change leaves them")
    tag = t.api("GET", f"/api/v1/nodes/{mac(1)}").headers["etag"]
    change(t, 1, {"role": "db"})
    is_(t.api("GET", f"/api/v1/nodes/{mac(1)}").headers["etag"], tag,
        "what is so already changes nothing")
    event = t.api("GET", "/api/v1/events?limit=1000").json[-1]
    is_(event["node"]["labels"]["site"], "dc1", "events have them")
    is_(change(t, 1, {}).status, 200, "no change is none")
    is_(t.api("PATCH", f"/api/v1/nodes/{mac(1)}", {"labels": None}).json.get(
        "labels"), None, "null removes all")
    change(t, 1, {"role": "db", "site": "dc1"})


def refusing(t):
    before = labels(t, 1)
    for what, field in (({"a b": "x"}, "labels"), ({"a": 1}, "labels.a"),
                        ({"a": "x y"}, "labels.a"), ([], "labels"),
                        ("x", "labels"), ({"k": "v" * 64}, "labels.k"),
                        ({f"k{i}": "v" for i in range(1000)}, "labels"),
                        ({f"k{i}": "v" for i in range(63)}, "labels")):
        r = change(t, 1, what)
        is_((r.status, r.field), (400, field), f"{str(what)[:30]}: refused")
    is_(labels(t, 1), before, "and nothing of it happened")
    is_(change(t, 2, {f"k{i}": "v" for i in range(64)}).status, 200,
        "64 are taken")
    is_(change(t, 2, None).status, 200, "and go")
    for bad in ("", ",", "a,", "=", "role=(db", "a b", "a in (b", "%ff", "\"",
                ",".join(["a"] * 17)):
        r = t.api("GET", f"/api/v1/nodes?label={quote(bad)}")
        is_((r.status, r.field), (400, "label"), f"selector {bad[:12]!r}")
    is_(t.api("GET", "/api/v1/nodes?label=%").status, 400, "half an escape")


def choosing(t):
    for n in range(3, 23):
        t.api("POST", "/api/v1/nodes", {"mac": mac(n), "labels": {
            "role": "web" if n % 2 else "db", "site": f"dc{n % 3}"}})
    web = [mac(n) for n in range(22, 2, -1) if n % 2]
    is_(found(t, "role=web"), web, "by one label, newest first")
    is_(found(t, "role=db,site=dc0"),
        [mac(n) for n in range(22, 2, -1) if not n % 2 and not n % 3],
        "by two")
    is_(found(t, "role=web,site!=dc0"),
        [m for n, m in ((n, mac(n)) for n in range(22, 2, -1))
         if n % 2 and n % 3], "and by one that it has not")
    is_(found(t, "!role"), [mac(2)], "those without a label")
    is_(found(t, "site!=dc0,role!=web,role"),
        [mac(n) for n in range(22, 2, -1) if not n % 2 and n % 3] + [mac(1)],
        "several")
    is_(found(t, "role=nothing"), [], "none is an empty list")
    pages = list(t.pages("/api/v1/nodes?label=role%3Dweb&limit=4"))
    for r in pages[:-1]:
        like(r.headers["link"], "label=role%3Dweb", "a link keeps the selector")
    is_([node["mac"] for r in pages for node in r.json], web,
        "page by page the same")
    change(t, 3, {"role": "db"})
    ok(mac(3) not in found(t, "role=web"), "a change moves it")
    t.api("DELETE", f"/api/v1/nodes/{mac(5)}")
    ok(mac(5) not in found(t, "role=web"), "and one that is gone is not found")
    is_(found(t, "role=web", more="&status=installed"), [], "with a status")


def tasks(t):
    for n in (7, 9, 10):
        t.api("PUT", f"/api/v1/nodes/{mac(n)}", {"action": "install"})
    is_(found(t, "role=web", "/api/v1/tasks"),
        ["52:54:00:00:00:09", "52:54:00:00:00:07"],
        "tasks by their node's labels")
    is_(found(t, "role!=web", "/api/v1/tasks"), ["52:54:00:00:00:0a"],
        "or without")
    is_(found(t, "role=(", "/api/v1/tasks"), 400, "a bad one is refused")


def act(t, body):
    return t.api("POST", "/api/v1/nodes/actions", body)


def acting(t):
    r = act(t, {"action": "install", "label": "role=db,site=dc1"})
    chosen = [mac(n) for n in range(22, 3, -1) if not n % 2 and n % 3 == 1]
    chosen += [mac(1)]
    is_((r.status, [x["mac"] for x in r.json]), (207, chosen),
        "many are installed by a selector")
    is_({x["status"] for x in r.json if x["mac"] != mac(10)}, {200}, "each")
    item = [x for x in r.json if x["mac"] == mac(10)][0]
    is_(item["status"], 400, "but one that installs already")
    like(item["error"], "only 'discovered' nodes", "and why")
    r = act(t, {"action": "cancel", "macs": [mac(1), mac(99), mac(2)]})
    is_([x["status"] for x in r.json], [200, 404, 400],
        "others go their way whatever one of them does")
    t.api("POST", "/api/v1/tasks", {"mac": mac(1), "profile": "debian-12"})
    r = act(t, {"action": "approve", "label": "role=db,site=dc1"})
    is_([x["status"] for x in r.json if x["mac"] == mac(1)], [200],
        "what waits is approved")
    for body, field in (({"action": "install"}, "label"),
                        ({"action": "install", "label": "a(", }, "label"),
                        ({"action": "install", "label": "!role"}, "label"),
                        ({"action": "install", "label": 1}, "label"),
                        ({"action": "install", "macs": ["x"]}, "macs"),
                        ({"action": "install", "macs": [mac(1)] * 201}, "macs"),
                        ({"action": 1, "macs": []}, "action"),
                        ({"action": "install", "macs": [], "x": 1}, None),
                        ([], None)):
        r = act(t, body)
        is_((r.status, r.field), (400, field), f"{str(body)[:50]}: refused")
    r = act(t, {"action": "dance", "macs": [mac(1)]})
    is_(r.json[0]["status"], 400, "an action that there is not")


def by_hand(t):
    """The same by nf."""
    ran = t.nf("label", mac(4), "role=web", "lot=small")
    is_(ran.returncode, 0, "nf label")
    is_(labels(t, 4)["lot"], "small", "sets")
    is_(t.nf("label", mac(4), "lot-").returncode, 0, "and removes")
    ok("lot" not in labels(t, 4), "by KEY-")
    is_(t.nf("label", mac(4), "lot").returncode, 1, "neither is refused")
    ran = t.nf("label", mac(4), "a b=c")
    is_(ran.returncode, 1, "no key is refused")
    like(ran.stderr, "labels", "by name")
    ran = t.nf("nodes", "-l", "role=db,site=dc2", "--json")
    like(ran.stdout, mac(8), "nf nodes -l")
    ok(mac(9) not in ran.stdout, "shows what is chosen")
    like(t.nf("nodes", "--label", "role=(").stderr, "label", "or why not")
    ran = t.nf("install", "--yes", "-l", "role=db,site=dc2")
    is_(ran.returncode, 0, "nf install -l")
    like(ran.stdout, r"52:?54.*task-", "says which task is whose")
    ran = t.nf("install", "--yes", "-l", "role=db,site=dc2")
    is_(ran.returncode, 1, "again it is refused")
    like(ran.stderr, r"52:54:00:00:00:..: .*only 'discovered'", "each for itself")
    is_(t.nf("cancel", "-l", "role=db,site=dc2").returncode, 0, "nf cancel -l")
    is_(t.nf("install", "-l", "role=none").stdout, "none\n", "none are none")
    is_(t.nf("install", "-l", "x", mac(1)).returncode, 2, "not both")
    like(t.nf("tasks", "-l", "role=db", "--json").stdout, "task-", "nf tasks -l")


def many(t):
    """More than an index is worth: the nodes are walked."""
    for n in range(1100):
        t.api("POST", "/api/v1/nodes", {"mac": f"5254010{n:05x}",
                                        "labels": {"lot": "big"}})
    t.api("PATCH", "/api/v1/nodes/525401000005", {"labels": {"one": "1"}})
    is_(len(found(t, "lot=big")), 1100, "1,100 of one label")
    is_(found(t, "lot=big,one"), ["525401000005"], "a rarer one is looked up")
    is_(found(t, "lot=big,!one,role"), [], "nothing")


def main():
    with Nginx() as t:
        setting(t)
        refusing(t)
        choosing(t)
        tasks(t)
        acting(t)
        by_hand(t)
        many(t)
    done()


main()
