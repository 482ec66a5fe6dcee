#!/usr/bin/env python3
"""`nf dump`: every table, and a site by the keys of the documents."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

TIME = "2026-01-22T10:00:00Z"
LIBRARY = os.path.join(bastion.BUILD, "libnf.a")
SOURCE = os.path.join(bastion.TOP, "tests", "e2e", "dump_store.c")


def fill(path):
    with tempfile.TemporaryDirectory(prefix="nf-test-") as folder:
        program = os.path.join(folder, "dump_store")
        subprocess.run(["gcc", "-std=gnu2x", "-D_GNU_SOURCE", "-O1",
                        f"-I{bastion.TOP}/libnf", "-o", program, SOURCE,
                        LIBRARY, "-llmdb", "-ljansson", "-lsodium"],
                       check=True)
        ran = subprocess.run([program, path], capture_output=True, text=True,
                             check=False)
        if not ok(ran.returncode == 0, "one of everything is in the store"):
            diag(ran.stderr)


def dump(site, *words):
    ran = site.nf("dump", *words)
    if ran.returncode != 0:
        diag(ran.stderr)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    for line in lines:
        if sorted(line) != ["key", "value"]:
            ok(False, f"a line is a key and a value: {line}")
    return {line["key"]: line["value"] for line in lines}, ran.stdout


def check_tables(site):
    found, text = dump(site)
    kinds = {}
    for key in found:
        kind = key.split("/")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    events = kinds.pop("events")
    is_(kinds, {"nodes": 2, "tasks": 2, "hardware": 2, "progress": 2,
                "unmatched": 1, "profiles": 1, "task-profiles": 2, "files": 1,
                "secrets": 2, "voices": 2}, "every object of every table, once")
    ok(events > 5, "and the log")
    unlike(text, "secret word", "a secret stays one")
    is_({v for k, v in found.items() if k.startswith("secrets/")},
        {"sealed"}, "only its name is told")
    task = next(v for k, v in found.items() if k.startswith("tasks/"))
    is_((task["note"], task["sn"]), ("rack 7", "SN-1"),
        "a task shows what was asked for")
    progress = [v for k, v in found.items() if k.startswith("progress/")][1]
    is_((progress["step"], progress["percent"], progress["timestamp"]),
        ("installing", 70, TIME), "progress is told")
    is_(found["unmatched/525400000002"]["reason"], "no_task",
        "and who fits no task")
    is_(found["hardware/525400000001"]["hardware"]["cpu"]["cores"], 4,
        "and hardware")
    is_(found["files/images/x.img"]["size"], 5, "and files")
    is_(found["voices/525400000001"]["in_ram"], TIME,
        "a node's agent in RAM was heard")
    some, _ = dump(site, "--prefix", "hardware/5254000000")
    is_(sorted(some), ["hardware/525400000001", "hardware/525400000002"],
        "a prefix chooses")


def check_site(site):
    found, text = dump(site, "--prefix", "/os/dc1/")
    is_(list(found), [
        "/os/dc1/servers/SN-1", "/os/dc1/servers/SN-2", "/os/dc1/servers/SN-9",
        "/os/dc1/machines/SN-1/task", "/os/dc1/machines/SN-9/task",
        "/os/dc1/machines/SN-1/meta", "/os/dc1/machines/SN-2/meta",
        "/os/dc1/machines/SN-1/lease", "/os/dc1/machines/SN-2/lease"],
        "the keys of a site")
    is_(found["/os/dc1/servers/SN-1"],
        {"sn": "SN-1", "mac": "52:54:00:00:00:01", "status": "registered",
         "added_at": TIME}, "a server")
    is_(found["/os/dc1/servers/SN-9"],
        {"sn": "SN-9", "mac": "", "status": "pending", "added_at": TIME},
        "one that has not come yet")
    task = found["/os/dc1/machines/SN-1/task"]
    like(task.pop("task_id"), "^task-[0-9a-f]{8}$", "a task has its name")
    status = task.pop("status")
    ok(status in ("approved", "installing"), "and its status")
    is_(task, {"sn": "SN-1", "mac": "52:54:00:00:00:01", "os_type": "debian",
               "os_version": "12", "progress": [
                   {"step": "task_wait", "percent": 20, "message": ""},
                   {"step": "installing", "percent": 70,
                    "message": 'Installing "system"'}],
               "logs": ["[INFO] task_wait", '[INFO] Installing "system"'],
               "created_at": TIME, "updated_at": TIME},
        "and is told as the documents have it")
    is_(found["/os/dc1/machines/SN-9/task"]["progress"], [],
        "a task without a machine has no progress")
    is_(found["/os/dc1/machines/SN-1/meta"],
        {"serial_number": "SN-1", "mac_address": "52:54:00:00:00:01",
         "company": "QEMU", "product": "Standard PC", "model_name": "pc",
         "is_vm": True, "cpu": {"model": "EPYC", "cores": 4},
         "memory": {"total_gb": 8},
         "disks": [{"device": "/dev/vda", "size_gb": 20, "type": "Virtual"}]},
        "a machine's hardware")
    lease = found["/os/dc1/machines/SN-1/lease"]
    is_((lease["renewed_at"], lease["expires_at"], lease["ttl"]),
        (TIME, "2026-01-22T10:03:00Z", 180), "its last sign of life")
    unlike(text, "secret word", "no secret")


def check_beside(site):
    found, _ = dump(site, "--prefix", "/os/unmatched_reports/dc1/")
    report = found["/os/unmatched_reports/dc1/52:54:00:00:00:02"]
    is_((report["sn"], report["mac_address"], report["reason"],
         report["hardware"]["company"], report["count"]),
        ("SN-2", "52:54:00:00:00:02", "no_task", "QEMU", 1),
        "a report that fits no task")
    found, _ = dump(site, "--prefix", "/os/region/")
    is_(found["/os/region/dc1/info"]["idc"], "dc1", "the region")
    found, _ = dump(site, "--prefix", "/os/global/stats/dc1")
    stats = found["/os/global/stats/dc1"]
    is_((stats["nodes"]["total"], stats["tasks"]["total"],
         stats["tasks"]["pending"], stats["unmatched"]), (2, 2, 1, 1),
        "and numbers of it")
    found, _ = dump(site, "--prefix", "/os/dc2/")
    is_(found, {}, "another site's keys are not here")
    found, _ = dump(site, "--prefix", "/os/")
    is_(len(found), 12, "all keys together")
    ran = bastion.Bastion.nf(site, "dump", "/os/")
    is_(ran.returncode, 2, "a prefix needs its word")


def main():
    with bastion.Bastion("127.0.0.1") as site:
        site.nf("store", "init")
        is_(dump(site)[0], {}, "a new store is empty")
        is_(sorted(dump(site, "--prefix", "/")[0]),
            ["/os/global/stats/dc1", "/os/region/dc1/info"],
            "of a new site there is only the site")
        fill(site.path("db/nodes.db"))
        check_tables(site)
        check_site(site)
        check_beside(site)
    done()


main()
