#!/usr/bin/env python3
"""Profiles: shipped and own ones, what is refused, and with which words."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import Nginx
from tap import done, is_, like, ok

ALL = "/api/v1/profiles"
OWN = f"{ALL}/mine"
BODY = {"method": "preseed", "suite": "bookworm", "title": "Mine",
        "os_type": "debian", "os_version": "12",
        "disk": {"device": "/dev/sda", "layout": "lvm"},
        "packages": ["vim"]}


def names(t):
    return [p["name"] for p in t.api("GET", ALL).json]


def shipped(t):
    r = t.api("GET", ALL)
    is_(r.status, 200, "the list")
    want = ["centos-7", "debian-12", "debian-12-handover", "debian-13",
            "debian-image", "image", "rocky-9", "ubuntu-22.04",
            "ubuntu-24.04"]
    is_([p["name"] for p in r.json], want, "the shipped ones, by name")
    ok(all(p["origin"] == "shipped" and p["revision"] == 0 for p in r.json),
       "are said to be shipped")
    for name in want:
        r = t.api("GET", f"{ALL}/{name}")
        is_((r.status, r.json["name"], r.json["origin"]),
            (200, name, "shipped"), f"{name} alone")
        again = t.api("PUT", f"{ALL}/copy", r.json)
        is_((again.status // 100, again.error), (2, None),
            f"{name} can be PUT as it was shown")
    is_(t.api("DELETE", f"{ALL}/copy").status, 204, "the copy goes again")
    r = t.api("DELETE", f"{ALL}/debian-12")
    is_((r.status, r.error), (409, "name: a shipped profile cannot be deleted"),
        "a shipped one cannot be deleted")
    r = t.api("GET", f"{ALL}/nothing")
    is_((r.status, r.error), (404, "there is no such profile"), "no such one")
    is_(t.api("DELETE", f"{ALL}/nothing").status, 404, "nor to delete")


def own(t):
    r = t.api("PUT", OWN, BODY)
    is_((r.status, r.error), (201, None), "PUT makes one")
    is_({k: r.json[k] for k in BODY}, BODY, "as it was asked for")
    is_((r.json["name"], r.json["origin"]), ("mine", "own"), "own")
    ok("mine" in names(t), "it is in the list")
    etag = r.headers["etag"]
    g = t.api("GET", OWN)
    is_((g.status, g.headers["etag"]), (200, etag), "GET shows it, same ETag")
    r = t.api("GET", OWN, headers={"If-None-Match": etag})
    is_(r.status, 304, "If-None-Match: 304")
    r = t.api("PUT", OWN, BODY)
    is_((r.status, r.headers["etag"]), (200, etag), "the same again: no change")
    r = t.api("PUT", OWN, dict(BODY, title="Other"),
              headers={"If-Match": '"1"'})
    is_((r.status, r.error), (412, "the profile has changed in the meantime"),
        "If-Match that does not fit: 412")
    r = t.api("PUT", OWN, dict(BODY, title="Other"),
              headers={"If-Match": etag})
    is_((r.status, r.json["title"]), (200, "Other"), "one that fits: 200")
    events = t.api("GET", "/api/v1/events?limit=1000").json
    mine = [e for e in events if e["kind"] == "profile.put"
            and e["profile"]["name"] == "mine"]
    is_(len(mine), 2, "two events for two changes")
    is_(len({e["profile"]["sha256"] for e in mine}), 2,
        "each with its content's hash")
    is_(t.api("DELETE", OWN).status, 204, "DELETE")
    is_(t.api("GET", OWN).status, 404, "it is gone")


def replaced(t):
    path = f"{ALL}/debian-12"
    r = t.api("PUT", path, BODY)
    is_(r.status, 201, "an own one of a shipped one's name")
    is_(t.api("GET", path).json["title"], "Mine", "replaces it")
    is_(names(t).count("debian-12"), 1, "and stands for it in the list")
    is_(t.api("DELETE", path).status, 204, "deleting it")
    is_(t.api("GET", path).json["origin"], "shipped",
        "brings the shipped one back")


def refused(t):
    def put(**members):
        return t.api("PUT", OWN, dict(BODY, **members))

    def templates(**texts):
        return put(templates=texts)

    cases = [
        (put(nonsense=1), "nonsense", "is not a member"),
        (put(disk={"partitions": [{"mount": "/", "size_mb": 0},
                                  {"mount": "var", "size_mb": 1}]}),
         "disk.partitions[1].mount", "must be swap or a path"),
        (put(root_password_hash="secret"), "root_password_hash", "mkpasswd"),
        (put(post_scripts=[{"name": "x", "script": "a\0b"}]),
         "post_scripts[0].script", "control character 0x00"),
        (put(kernel="../../etc/shadow"), "kernel", "must be http://"),
        (put(kernel="a/%2e%2e/b"), "kernel", "must be http://"),
        (put(kernel="/abs"), "kernel", "must be http://"),
        (put(kernel="a" * 4096), "kernel", "longer than 255"),
        (templates(answer="{{#a}}x"), "templates.answer",
         "line 1: the section {{#a}} is not closed"),
        (templates(answer="\n{{> nowhere}}"), "templates.answer", "nowhere"),
        (templates(answer="{{misspelt}}"), "templates.answer",
         "there is no variable misspelt"),
        (templates(boot="echo\n"), "templates.boot", "must be #!ipxe"),
        (templates(boot="#!ipxe\n{{/x}}"), "templates.boot", "line 2"),
    ]
    for r, field, words in cases:
        is_((r.status, r.field), (400, field), f"refused: {field}")
        ok(words in r.json["message"], f"in words: {r.json['message']}")
    is_(t.api("GET", OWN).status, 404, "and nothing was stored")
    r = templates(boot="#!ipxe\n{{#network}}{{ip}}{{/network}}\n{{> wait.ipxe}}",
                  answer="{{hostname}}")
    is_((r.status, r.error), (201, None), "templates that are sound")
    r = t.api("PUT", f"{ALL}/a%20b", BODY)
    is_((r.status, r.field), (400, "name"), "a bad name")
    like(t.api("PATCH", OWN, BODY).headers["allow"], "GET, HEAD, PUT, DELETE",
         "methods")
    r = t.api("PUT", OWN, "{" + '"a":[' * 20 + "]" * 20 + "}")
    is_(r.status, 400, "nested too deeply")


with Nginx() as t:
    shipped(t)
    own(t)
    replaced(t)
    refused(t)
done()
