#!/usr/bin/env python3
"""`nf store migrate`: a store of an earlier version becomes one of this.

tests/data/schema-N holds a small store of each earlier schema, written by the
programs of then, and what their own `nf dump` printed of it.
"""

import fcntl
import gzip
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import bastion  # noqa: E402
from tap import diag, done, is_, like, ok  # noqa: E402

DATA = os.path.join(bastion.TOP, "tests", "data")
NOW = 3 # the schema of today
KINDS_NOW = ("cursors",) # printed since
# What an earlier version kept apart from the node, and did not print.
HEARTBEATS = {
    1: {"nodes/525400000005": "2026-01-22T11:00:22Z"},
    2: {"nodes/525400000001": "2026-01-22T10:00:00Z",
        "nodes/525400000002": "2026-01-22T10:00:00Z",
        "nodes/525400000005": "2026-01-22T11:00:22Z"},
}
EARLIER = "skipped: the task was made by an earlier version"
KINDS = ["approval", "node_match", "switch_install_vlan", "boot_config",
         "dhcp_binding", "bmc_boot_pxe", "bmc_reset", "node_boot",
         "hardware_config", "network_config", "os_install", "first_boot",
         "switch_production_vlan", "bmc_boot_disk", "cleanup"]
# Which task is which: see how the store came to be, in the log.
WAITS_FOR_BOOT = "task-0000000e"
INSTALLS = "task-00000012"
WAITS_FOR_SYSTEM = "task-00000016"
COMPLETED = "task-0000001b"
FAILED = "task-00000023"
CANCELLED = "task-00000028"
NODE_DELETED = "task-0000002c"


def data(name, schema=1):
    with gzip.open(os.path.join(DATA, f"schema-{schema}", name)) as f:
        return f.read()


def old_site(schema=1):
    """A site whose store is an old one."""
    site = bastion.Bastion("127.0.0.1")
    db = site.path("db/nodes.db")
    os.makedirs(os.path.dirname(db))
    for name in (db, db + "-lock", db + "-bell", db + "-ballast"):
        with open(name, "wb") as f:
            f.write(data("nodes.db.gz", schema) if name == db else b"")
    return site, db


def read(path):
    with open(path, "rb") as f:
        return f.read()


def objects(text):
    lines = [json.loads(line) for line in text.splitlines()]
    return {line["key"]: line["value"] for line in lines}


def dump(site):
    ran = site.nf("dump")
    return objects(ran.stdout) if ran.returncode == 0 else None


def size(keys):
    """How many objects there are of the kinds that both versions have."""
    kinds = ("nodes/", "tasks/", "leases/", "events/")
    return len([key for key in keys if key.startswith(kinds)])


def check_refused(site):
    for words in (["dump"], ["events"], ["backup", "copy"]):
        ran = site.nf(*words)
        is_(ran.returncode, 1, f"{words[0]} refuses a store of schema 1")
        like(ran.stderr, "another version; see nf store migrate",
             "and says what to do")


def steps_of(task):
    return {step["step"]: step for step in task["steps"]}


def check_heartbeats(new, schema):
    """Takes them out, so that the rest can be compared."""
    found = {key: value.pop("last_heartbeat") for key, value in new.items()
             if key.startswith("nodes/") and "last_heartbeat" in value}
    is_(found, HEARTBEATS[schema], "nodes have their last heartbeats")


def check_what_stays(old, new):
    for kind in ("nodes/", "leases/", "events/"):
        def of_kind(every, kind=kind):
            return {k: v for k, v in every.items() if k.startswith(kind)}
        is_(of_kind(new), of_kind(old), f"{kind} are what they were")
    tasks = [key for key in old if key.startswith("tasks/")]
    is_([key for key in new if key.startswith("tasks/")], tasks,
        "every task is there")
    for key in tasks:
        same = ("task_id", "status", "percent", "attempt", "scripts",
                "profile", "reason", "created_at", "updated_at", "deadline")
        is_({m: new[key].get(m) for m in same},
            {m: old[key].get(m) for m in same}, f"{key} is where it was")
        is_([step["step"] for step in new[key]["steps"]], KINDS,
            "with today's plan")
        for step in old[key]["steps"]:
            now = dict(steps_of(new[key])[step["step"]])
            now.pop("duration_ms", None) # was not told then
            if now.get("error") == "skipped: not reached":
                now = {"step": step["step"], "status": "waiting",
                       "attempts": 0}
            is_(now, step, f"in which {step['step']} is what it was")


def statuses(task):
    return [step["status"] for step in task["steps"]]


def check_profiles(new):
    profiles = {key.split("/")[1]: value["method"] for key, value in
                new.items() if key.startswith("task-profiles/")}
    is_(len(profiles), 9, "every task has its profile, as it is shipped")
    is_((profiles[WAITS_FOR_BOOT], profiles[COMPLETED]), ("image", "preseed"),
        "each the one that it named")


def check_tasks(new):
    boot = new[f"tasks/{WAITS_FOR_BOOT}"]
    is_(statuses(boot), ["skipped"] * 3 + ["done"] + ["skipped"] * 3
        + ["running"] + ["waiting"] * 7, "a task goes on where it was")
    is_([steps_of(boot)[kind].get("error") for kind in KINDS[:3]],
        [EARLIER] * 3, "what it did not know is skipped")
    is_([boot[m] for m in ("sn", "mac", "method", "os_type", "os_version")],
        ["SN-8", "52:54:00:00:00:08", "image", "debian", "12"],
        "what its profile and its node say is its own now")
    is_([boot["created_by"], boot["approval"]["status"],
         boot["approval"]["approved_by"]], ["api", "approved", "api"],
        "who asked for it approved it")
    is_(statuses(new[f"tasks/{INSTALLS}"])[7:],
        ["done", "skipped", "skipped", "running"] + ["waiting"] * 4,
        "one that installs goes on installing")
    is_(statuses(new[f"tasks/{WAITS_FOR_SYSTEM}"])[10:],
        ["done", "running"] + ["waiting"] * 3,
        "one that waits for the system goes on waiting")
    for task in (COMPLETED, FAILED, CANCELLED, NODE_DELETED):
        found = set(statuses(new[f"tasks/{task}"]))
        ok(not found & {"waiting", "running"}, f"{task} is over")
    is_(new[f"tasks/{NODE_DELETED}"].get("sn"), None,
        "of a node that is gone nobody knows the serial number")


def check_migrated(site, db, old):
    ran = site.nf("store", "migrate")
    is_(ran.returncode, 0, "it is migrated")
    like(ran.stderr,
         rf"schema {NOW}: nodes=8 tasks=9; .*nodes\.db\.schema1",
         "and says where the copy is")
    new = dump(site)
    if not ok(new is not None, "and can be read"):
        diag(site.nf("dump").stderr)
        return
    check_heartbeats(new, 1)
    check_what_stays(old, new)
    check_tasks(new)
    check_profiles(new)
    backup, store = read(db + ".schema1"), read(db)
    ran = site.nf("store", "migrate")
    is_(ran.returncode, 0, "once more is fine")
    like(ran.stderr, "already has the current schema", "and does nothing")
    is_((read(db + ".schema1"), read(db)), (backup, store),
        "neither to the store nor to its copy")
    check_copy(backup, new)


def check_latest(schema):
    """Between the last schema and this one nothing shows."""
    old = objects(data("dump.jsonl.gz", schema))
    site, db = old_site(schema)
    with site:
        ran = site.nf("dump")
        is_(ran.returncode, 1, f"a store of schema {schema} is refused")
        like(ran.stderr, "another version; see nf store migrate", "and why")
        ran = site.nf("store", "migrate")
        like(ran.stderr, rf"schema {NOW}: nodes=\d+ tasks=\d+; "
             rf".*nodes\.db\.schema{schema}", "it is migrated")
        new = dump(site) or {}
        check_heartbeats(new, schema)
        # What the dump of then did not print: readers' positions.
        more = {key for key in new if key.split("/")[0] in KINDS_NOW}
        is_(sorted(set(new) - more), sorted(old),
            "every object is there, and no other")
        is_([key for key in old if new.get(key) != old[key]], [],
            "each as it was")
        is_(os.stat(db + f".schema{schema}").st_size > 0, True,
            "and so is the copy")


def check_copy(backup, new):
    """The copy is the old store, whole."""
    site, db = old_site()
    with site:
        with open(db, "wb") as f:
            f.write(backup)
        ran = site.nf("dump")
        like(ran.stderr, "another version", "the copy is of schema 1")
        is_(site.nf("store", "migrate").returncode, 0, "it can be migrated")
        again = dump(site)
        check_heartbeats(again, 1)
        is_(again, new, "and holds the same")


def check_backup(old):
    site, db = old_site()
    with site:
        site.write("kept", "somebody's")
        before = read(db)
        ran = site.nf("store", "migrate", "--backup", "kept")
        is_(ran.returncode, 1, "a file that exists is no place for the copy")
        like(ran.stderr, "kept exists", "and it says so")
        is_((site.read("kept"), read(db)), ("somebody's", before),
            "nothing was changed")
        ran = site.nf("store", "migrate", "--backup", "none/such")
        is_((ran.returncode, read(db)), (1, before),
            "without a copy nothing is changed")
        is_(site.nf("store", "migrate", "--backup", "mine").returncode, 0,
            "the copy may lie where one likes")
        ok(os.path.exists(site.path("mine"))
           and not os.path.exists(db + ".schema1"), "and lies only there")
        is_(size(dump(site)), size(old), "the store is migrated")
        is_(site.nf("store", "migrate", "mine").returncode, 2,
            "what is no option is refused")


def check_in_use():
    """LMDB holds a lock on the first byte while anyone has a store open."""
    site, db = old_site()
    with site:
        before = read(db)
        site.nf("dump") # makes the lock file what it is
        with open(db + "-lock", "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_SH, 1, 0)
            ran = site.nf("store", "migrate")
        is_(ran.returncode, 1, "a store in use is refused")
        like(ran.stderr, "in use: stop all programs", "and why")
        is_(read(db), before, "it is as it was")
        ok(not os.path.exists(db + ".schema1"), "without a copy")
        is_(site.nf("store", "migrate").returncode, 0, "later it may be")


def check_restore(old):
    """A backup of the earlier version comes back by way of a migration."""
    with bastion.Bastion("127.0.0.1") as site:
        site.nf("store", "init")
        backup = site.path("backup.db")
        with open(backup, "wb") as f:
            f.write(data("nodes.db.gz"))
        ran = site.nf("restore", "backup.db")
        is_(ran.returncode, 1, "a backup of schema 1 is not restored")
        like(ran.stderr, "see nf store migrate", "and it says what to do")
        ran = subprocess.run([bastion.NF, "store", "migrate"], cwd=site.dir,
                             env={**site.environ(), "NF_DB_PATH": backup},
                             capture_output=True, text=True, check=False)
        is_(ran.returncode, 0, "the backup itself can be migrated")
        ran = site.nf("restore", "backup.db")
        is_((ran.returncode, size(dump(site))), (0, size(old)),
            "then it is restored")


def check_deployed(old):
    """scripts/deploy.sh over a store of the earlier version."""
    script = read(os.path.join(bastion.TOP, "scripts", "deploy.sh")).decode()
    part = script[script.index("prepare_store() {"):]
    part = part[:part.index("\n}\n") + 3].replace(
        "/run/systemd/system", "/nonexistent")
    site, db = old_site()
    with site:
        for name in ("an earlier store", "one of this version"):
            ran = subprocess.run(
                ["bash", "-euc", f"nf() {{ '{bastion.NF}' \"$@\"; }}\n{part}"
                 "prepare_store\n"], cwd=site.dir, env=site.environ(),
                capture_output=True, text=True, check=False)
            is_(ran.returncode, 0, f"deploy.sh takes {name}")
        is_(size(dump(site)), size(old), "with all that is in it")
        ok(os.path.exists(db + ".schema1"), "and keeps what it was")


def check_strange():
    site = bastion.Bastion("127.0.0.1")
    with site:
        ran = site.nf("store", "migrate")
        is_(ran.returncode, 1, "where there is no store there is nothing to do")
        like(ran.stderr, "it does not exist", "and it says so")
    site, db = old_site()
    with site:
        name = b"node-8".ljust(64, b"\0")
        broken = read(db).replace(name, b"x" * 64)
        with open(db, "wb") as f: # a host name without an end
            f.write(broken)
        before = read(db)
        ran = site.nf("store", "migrate")
        is_(ran.returncode, 1, "a store that is malformed is refused")
        like(ran.stderr, "malformed", "and it says so")
        is_(read(db), before, "it is as it was")


def damaged(old, rnd):
    """Stores that are cut short, or have bits turned over."""
    for size in (0, 1, 4096, len(old) // 2 + 7, len(old) - 4096, len(old) - 1):
        yield f"cut to {size} bytes", old[:size]
    for _ in range(12):
        size = rnd.randrange(len(old))
        yield f"cut to {size} bytes", old[:size]
    for bits in [1] * 20 + [40] * 60:
        new = bytearray(old)
        for _ in range(bits):
            # what stands at the head and the end of a page matters most
            at = rnd.randrange(0, len(old), 4096)
            at += rnd.choice((rnd.randrange(64), 4095 - rnd.randrange(900)))
            new[at] ^= 1 << rnd.randrange(8)
        yield f"{bits} bits turned over", bytes(new)


def check_damaged(schema):
    """Never a crash: refused in words and left alone, or done."""
    rnd = random.Random(schema)
    bad, count, refused = [], 0, 0
    site, db = old_site(schema)
    with site:
        for what, broken in damaged(data("nodes.db.gz", schema), rnd):
            for name in (db + "-lock", db + f".schema{schema}"):
                if os.path.exists(name):
                    os.remove(name)
            for name in (db, db + "-lock", db + "-bell"):
                with open(name, "wb") as f:
                    f.write(broken if name == db else b"")
            ran = site.nf("store", "migrate")
            count, refused = count + 1, refused + (ran.returncode == 1)
            is_fine = ran.returncode == 0 or (
                ran.returncode == 1 and read(db) == broken
                and "cannot migrate the store" in ran.stderr
                and not os.path.exists(db + f".schema{schema}"))
            if is_fine and ran.returncode == 0:
                is_fine = site.nf("store", "check").returncode in (0, 1)
            if not is_fine:
                bad.append((what, ran.returncode, ran.stderr[-300:]))
    if not is_(bad, [], f"schema {schema}: {count} damaged stores"):
        diag(*bad[:5])
    ok(refused > 30, f"{refused} of them refused, and as they were")


def check_damaged_backup():
    with bastion.Bastion("127.0.0.1") as site:
        site.nf("store", "init")
        site.nf("backup", "backup.db")
        whole = read(site.path("backup.db"))
        before = read(site.path("db/nodes.db"))
        for size in (0, 100, 4096, len(whole) // 2, len(whole) - 1):
            with open(site.path("cut.db"), "wb") as f:
                f.write(whole[:size])
            ran = site.nf("restore", "cut.db")
            is_(ran.returncode, 1, f"a backup cut to {size} bytes is refused")
            like(ran.stderr, r"empty|malformed: page \d+ ", "and it says so")
        is_(read(site.path("db/nodes.db")), before, "the store is as it was")


def check_killed(new_size):
    """kill -9 before each call that changes the disk: the last one is the
    one that counts."""
    shim = os.path.join(tempfile.mkdtemp(prefix="nf-test-"), "dies_at.so")
    subprocess.run(["gcc", "-std=gnu2x", "-D_GNU_SOURCE", "-shared", "-fPIC",
                    "-o", shim, os.path.join(bastion.TOP,
                                             "tests/e2e/dies_at.c"), "-ldl"],
                   check=True)
    kills, states = 0, []
    for n in range(1, 1000):
        site, db = old_site()
        with site:
            env = {**site.environ(), "LD_PRELOAD": shim,
                   "NF_TEST_DIES_AT": str(n)}
            ran = subprocess.run([bastion.NF, "store", "migrate"], env=env,
                                 cwd=site.dir, capture_output=True, check=False)
            if ran.returncode >= 0:
                break
            kills += 1
            found = dump(site)
            states.append(found is not None)
            again = site.nf("store", "migrate")
            if again.returncode != 0 or size(dump(site) or ()) != new_size:
                ok(False, f"killed before call {n}, it is done the next time")
                diag(again.stderr)
    is_(ran.returncode, 0, f"killed {kills} times, and then it was done")
    ok(kills >= 6, "in the copy, in the pages and before the last word")
    ok(not any(states), "before that it was the old store")
    os.remove(shim)
    os.rmdir(os.path.dirname(shim))


def main():
    old = objects(data("dump.jsonl.gz").decode())
    site, db = old_site()
    with site:
        check_refused(site)
        check_migrated(site, db, old)
    check_latest(2)
    check_backup(old)
    check_in_use()
    check_restore(old)
    check_deployed(old)
    check_strange()
    for schema in range(1, NOW):
        check_damaged(schema)
    check_damaged_backup()
    check_killed(size(old))
    done()


main()
