#!/usr/bin/env python3
"""The curl lines of the founding document work as they are printed there."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))

from nginx import TOP, Nginx
from pace import limit
from tap import diag, done, is_, ok, skip_all

DOCUMENT = os.path.join(TOP, "..", "shared", "requirements",
                        "seed-nodefoundry.md")


def curl_commands(text):
    """Every curl command of the shell blocks, with its continued lines."""
    found = []
    for block in re.findall(r"```bash\n(.*?)```", text, re.S):
        for command in re.split(r"(?<!\\)\n", block):
            if command.startswith("curl "):
                found.append(command)
    return found


def run(t, command):
    """Status and decoded body of one, with the document's port mapped."""
    ours = command.replace("localhost:8080", f"127.0.0.1:{t.port}")
    ran = subprocess.run(ours + " -s -w '\\n%{http_code}'", shell=True,
                         capture_output=True, text=True, timeout=limit(30))
    body, _, status = ran.stdout.rpartition("\n")
    try:
        return int(status), json.loads(body)
    except ValueError:
        diag(ours, ran.stdout, ran.stderr)
        return status, body


def main():
    if not os.path.exists(DOCUMENT):
        skip_all("the requirements are not beside this checkout")
    with open(DOCUMENT, encoding="utf-8") as f:
        commands = curl_commands(f.read())
    ok(len(commands) >= 4, f"{len(commands)} curl commands are printed")
    post = [c for c in commands if "-X POST" in c]
    put = [c for c in commands if "-X PUT" in c]
    get = [c for c in commands if "-X" not in c]
    with Nginx() as t:
        for command in post:
            status, node = run(t, command)
            is_((status, node["mac"], node["ip"], node["status"]),
                (201, "aabbccddeeff", "192.168.1.100", "discovered"),
                "a node is registered by hand")
        for command in get:
            status, body = run(t, command)
            nodes = body if isinstance(body, list) else [body]
            is_((status, [n["mac"] for n in nodes]), (200, ["aabbccddeeff"]),
                command.split()[-1])
        for command in put:
            status, node = run(t, command)
            is_((status, node["status"]), (200, "installing"),
                "its installation is triggered")
        r = t.api("GET", "/health")
        is_((r.status, sorted(r.json)[-2:]), (200, ["status", "uptime"]),
            "health is as printed, and tells what is wrong besides")
    done()


main()
