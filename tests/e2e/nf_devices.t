#!/usr/bin/env python3
"""nf devices, credentials and workers, and nf power of many nodes."""

import json
import os
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import redfish_peer  # noqa: E402
import rmcp  # noqa: E402
from devices import Site, colons, mac  # noqa: E402
from nginx import BUILD, wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402
from terminal import Terminal  # noqa: E402
from worker import Worker  # noqa: E402

NF = os.path.join(BUILD, "nf")
SECRET = "pa ss'\"\\word"


def nf(t, *words, stdin=""):
    return subprocess.run([NF, *words], env=t.environ(), input=stdin,
                          capture_output=True, text=True, timeout=limit(120))


def well(t, *words, stdin=""):
    ran = nf(t, *words, stdin=stdin)
    if not ok(ran.returncode == 0 and ran.stderr == "",
              f"nf {' '.join(words)}"):
        diag(f"status {ran.returncode}", ran.stdout, ran.stderr)
    return ran.stdout


def wrong(t, status, words, *command, stdin=""):
    ran = nf(t, *command, stdin=stdin)
    is_(ran.returncode, status, f"nf {' '.join(command)}: status {status}")
    like(ran.stderr, words, f"  {words}")


def password_of(t, name):
    """Nobody can ask for it; but one that is too long for IPMI is refused to a
    device."""
    return t.api("PUT", "/api/v1/devices/probe", {
        "driver": "ipmi", "address": "10.0.0.99", "credentials": name}).status


def credentials(t):
    like(well(t, "credentials", "list"), "^none$", "no set")
    is_(well(t, "credentials", "set", "rack", "--user", "root",
             stdin=SECRET + "\nmore\n"), "rack root\n", "by stdin, its first line")
    t.write("password", SECRET * 3 + "\n")
    well(t, "credentials", "set", "--user", "admin", "--password-file",
         t.path("password"), "long")
    like(well(t, "credentials", "list"),
         r"SET +USER +AUTH +PRIV +ORIGIN +UPDATED\nlong +admin +operator .*\n"
         r"rack +root",
         "they are listed")
    shown = json.loads(well(t, "credentials", "list", "--json"))
    is_([sorted(s) for s in shown],
        [["created_at", "name", "origin", "revision", "updated_at", "user"]] * 2,
        "without passwords")
    is_((password_of(t, "rack"), password_of(t, "long")), (201, 409),
        "each has its own: one is too long for IPMI")
    well(t, "credentials", "set", "rack", "--user", "other",
         "--keep-password")
    is_(t.api("GET", "/api/v1/credentials/rack").json["user"], "other",
        "the user alone")
    wrong(t, 1, "the password is empty", "credentials", "set", "x", "--user",
          "a")
    wrong(t, 1, "more than 127 bytes", "credentials", "set", "x", "--user", "a",
          stdin="x" * 128 + "\n")
    wrong(t, 1, "cannot open", "credentials", "set", "x", "--user", "a",
          "--password-file", "/nowhere")
    wrong(t, 2, "usage: nf credentials set", "credentials", "set", "x",
          "--keep-password", "--password-file", "-")
    wrong(t, 2, "unknown option --password", "credentials", "set", "x",
          "--user", "a", "--password", "b")
    wrong(t, 1, "password", "credentials", "set", "new", "--user", "a",
          "--keep-password")
    wrong(t, 1, "bmc|device|takes", "credentials", "delete", "rack")
    well(t, "devices", "delete", "probe")
    well(t, "credentials", "delete", "long")


def typed(t):
    """On a terminal: asked twice, and not shown."""
    words = [NF, "credentials", "set", "typed", "--user", "root"]
    terminal = Terminal(words, t.environ())
    ok(terminal.until("Password: "), "a password is asked for")
    with open(f"/proc/{terminal.process.pid}/cmdline", "rb") as f:
        unlike(f.read().decode(), "s3cret", "it is no argument")
    os.write(terminal.ours, b"s3cret-typed\n")
    ok(terminal.until("Again: "), "twice")
    os.write(terminal.ours, b"s3cret-typed\n")
    is_(terminal.rest(), 0, "and taken")
    unlike(terminal.text, "s3cret", "it is not shown")
    terminal = Terminal(words, t.environ())
    for prompt, word in (("Password: ", b"one\n"), ("Again: ", b"two\n")):
        terminal.until(prompt)
        os.write(terminal.ours, word)
    is_(terminal.rest(), 1, "two that differ are refused")
    like(terminal.text, "do not match", "and that is said")


def devices(t):
    wrong(t, 1, "driver|address", "devices", "set", "bmc-1", "--driver", "ipmi")
    is_(well(t, "devices", "set", "bmc-1", "--driver", "redfish", "--address",
             "10.0.0.1", "--credentials", "rack", "--pin", "sha256//" + "A" * 43
             + "=", "--node", mac(1)), "bmc-1 10.0.0.1\n", "one is made")
    is_(well(t, "devices", "set", "--address", "10.0.0.2:8443", "--pin", "",
             "bmc-1"), "bmc-1 10.0.0.2:8443\n", "and changed")
    shown = json.loads(well(t, "devices", "show", "--json", "bmc-1"))
    is_([shown.get(k) for k in ("driver", "address", "credentials", "pin",
                                "node")],
        ["redfish", "10.0.0.2:8443", "rack", None, mac(1)],
        "what is not named stays, and \"\" takes away")
    like(well(t, "devices", "show", "bmc-1"),
         rf"device +bmc-1\n.*address +10.0.0.2:8443\n.*node +{colons(1)}\n",
         "shown to a person")
    well(t, "devices", "unlink", "bmc-1")
    is_(t.api("GET", "/api/v1/devices/bmc-1").json.get("node"), None,
        "unlinked")
    well(t, "devices", "link", "bmc-1", mac(2))
    like(well(t, "devices", "list"), rf"bmc-1 +bmc +redfish +\S+ +{colons(2)} +rack",
         "linked, and listed")
    wrong(t, 1, "node not found", "devices", "link", "bmc-1", "525400009999")
    wrong(t, 1, "no such|there is no", "devices", "show", "bmc-9")
    wrong(t, 1, "no such|there is no", "devices", "delete", "bmc-9")
    wrong(t, 2, "usage: nf devices set", "devices", "set")
    well(t, "devices", "delete", "bmc-1")


def races(t):
    """What somebody else changes meanwhile stays."""
    well(t, "devices", "set", "bmc-1", "--driver", "ipmi", "--address",
         "10.0.0.1")
    many = [subprocess.Popen([NF, "devices", "set", "bmc-1", *words],
                             env=t.environ(), stdout=subprocess.DEVNULL)
            for words in (["--credentials", "rack"], ["--address", "10.0.0.3"],
                          ["--node", mac(1)])]
    is_([p.wait(limit(60)) for p in many], [0, 0, 0], "three at once")
    got = t.api("GET", "/api/v1/devices/bmc-1").json
    is_([got.get(k) for k in ("credentials", "address", "node")],
        ["rack", "10.0.0.3", mac(1)], "none undoes another")
    well(t, "devices", "delete", "bmc-1")


def act(command):
    n = int(command["mac"][-2:], 16)
    if n % 3 == 0:
        return "failed", "wrong_password: the BMC rejects the password"
    return "done", '{"power":"on"}'


def many(t, worker):
    for n in range(1, 7):
        t.api("POST", "/api/v1/nodes", {"mac": mac(n)})
        well(t, "label", mac(n), "rack=7")
    ran = nf(t, "power", "on", "-l", "rack=7")
    is_(ran.returncode, 1, "of six nodes two fail")
    head, _, tail = ran.stdout.partition("\n\n")
    is_(sorted(head.splitlines()), [
        f"{colons(n)}  " + ('done: {"power":"on"}' if n % 3 else
                         "failed: wrong_password: the BMC rejects the password")
        for n in range(1, 7)], "each outcome is a line")
    like(tail, r"^FAILED +STATE +WHY\n([\da-f:]{17} +failed +wrong_password: the BMC "
               r"rejects the password\n){2}4 of 6 done\n$",
         "what failed is a table at the end")
    ran = nf(t, "bootdev", "pxe", "--label", "rack=7")
    is_((ran.returncode, ran.stdout.count("  done:")), (1, 4),
        "nf bootdev by labels")
    is_(well(t, "power", "status", "--label", "rack=8"), "none\n",
        "nobody has this label")
    ran = nf(t, "power", "status", mac(1), "525400009999", mac(2))
    is_(ran.returncode, 1, "one that is no node")
    like(ran.stderr, "525400009999: ", "is told by its name")
    like(ran.stdout, r"525400009999 +refused +.*\n2 of 3 done\n$",
         "and keeps nobody else")
    is_(well(t, "power", "status", mac(1)),
        f'{mac(1)}  done: {{"power":"on"}}\n', "one alone has no table")
    before = len(worker.heard)
    ran = nf(t, "power", "off", "-l", "rack=7", "--no-wait")
    is_((ran.returncode, ran.stdout.splitlines()[-1]), (0, "6 of 6 asked"),
        "nobody waits")
    ok(wait_for(lambda: len(worker.heard) == before + 6, 30), "all are asked")
    shown = json.loads("[" + nf(t, "power", "status", "-l", "rack=7,!x",
                                "--json").stdout.replace("}\n{", "},{") + "]")
    is_(sorted(c["state"] for c in shown), ["done"] * 4 + ["failed"] * 2,
        "--json is each command")
    wrong(t, 1, "label|selector", "power", "on", "-l", "a=b=c!")
    for words in (["power"], ["power", "on"], ["bootdev", "pxe"],
                  ["power", "on", mac(1), "-l", "rack=7"]):
        wrong(t, 2, f"usage: nf {words[0]}", *words)


def from_nothing(t):
    """Found, added, linked, and switched on."""
    with rmcp.Bmc(at=("127.0.0.65", 623)), \
            redfish_peer.Peer(at=("127.0.0.66", 443)) as redfish:
        redfish.machine.power = redfish.machine.wanted = "On"
        well(t, "credentials", "set", "new", "--user", rmcp.USER,
             stdin=rmcp.PASSWORD)
        ran = nf(t, "devices", "scan", "--add", "--credentials", "new",
                 "--trust", "127.0.0.65-127.0.0.66")
        is_(ran.returncode, 0, "a scan by nf-bmc itself")
        like(ran.stdout, r"127.0.0.65 +ipmi +bmc-127.0.0.65", "by IPMI")
        like(ran.stdout, rf"127.0.0.66 +redfish +bmc-127.0.0.66 +.*"
                         rf"{re.escape(redfish.pin)}", "and by Redfish")
        well(t, "credentials", "set", "other", "--user", redfish_peer.USER,
             stdin=redfish_peer.PASSWORD)
        well(t, "devices", "set", "bmc-127.0.0.66", "--credentials", "other")
        for n in (1, 2):
            well(t, "devices", "link", f"bmc-127.0.0.{64 + n}", mac(n))
        ran = nf(t, "power", "status", mac(1), mac(2))
        is_(ran.returncode, 0, "both are driven")
        like(ran.stdout, f'{mac(2)}  done: {{"power":"on"}}\n2 of 2 done\n$',
             "as they are")
        is_([json.loads(well(t, "devices", "show", "--json",
                             f"bmc-127.0.0.{64 + n}"))["state"]
             for n in (1, 2)], ["fine", "fine"], "and are found fine")


def workers(t):
    t.start_bmc("w2")
    ok(wait_for(lambda: "w2" in t.online()), "a worker with a key")
    like(well(t, "workers"), r"w2 +yes +.* SHA256:\S{43}\n", "which is shown")
    shown = {w["name"]: w for w in
             json.loads(well(t, "workers", "--json"))}["w2"]["fingerprint"]
    wrong(t, 1, "fingerprint|key", "workers", "accept", "w2",
          "SHA256:" + "A" * 43)
    is_(well(t, "workers", "accept", "w2", shown), f"w2 {shown}\n",
        "nf workers accept")
    like(well(t, "workers"), rf"w2 +yes +.* yes +{re.escape(shown)}", "it is accepted")
    from_nothing(t)
    t.stop_bmc()
    ok(wait_for(lambda: "w2" not in t.online()), "it goes")
    well(t, "workers", "forget", "w2")
    unlike(well(t, "workers"), "w2", "and is forgotten")


SCAN = """#!/bin/sh
# Stands in for nf-bmc scan: an address of its own is not to be had here.
echo "$@" >> {dir}/scanned
case "$*" in *bad*) echo "nf-bmc scan: bad is no range" >&2; exit 64 ;; esac
echo '{{"address":"10.0.0.1","drivers":["ipmi"],"ipmi":{{"version":"2.0"}}}}'
echo '{{"address":"10.0.0.2","drivers":["ipmi","redfish"],"ipmi":{{}},"redfish":{{"vendor":"Contoso\\u001b[2J","product":"X","pin":"sha256//{pin}="}}}}'
echo 'no JSON'
echo '{{"address":"10.0.0.3","drivers":["redfish"],"redfish":{{}}}}'
case "$*" in *broken*) exit 1 ;; esac
"""


def scan(t):
    """What is new and what is known of what nf-bmc finds."""
    pin = "A" * 43
    os.makedirs(t.path("lib"))
    t.write("lib/nf-bmc", SCAN.format(dir=t.dir, pin=pin))
    os.chmod(t.path("lib/nf-bmc"), 0o755)
    t.settings["NF_LIB_DIR"] = t.path("lib")
    t.configure()
    well(t, "devices", "set", "old", "--driver", "ipmi", "--address",
         "10.0.0.1:6230")
    shown = well(t, "devices", "scan", "--rate", "50", "--", "10.0.0.0/24",
                 "-x")
    is_(t.read("scanned"), "scan --rate 50 -- 10.0.0.0/24 -x\n",
        "no range is taken for an option")
    like(shown, r"^ADDRESS +DRIVER +DEVICE .*\n10.0.0.1 +ipmi +old *\n"
                r"10.0.0.2 +redfish +new +Contoso\?\[2J +X +sha256//A+=\n"
                r"10.0.0.3 +redfish +new *\n\n3 found, 2 new\n$",
         "what is found is listed, and what of it is new")
    shown = well(t, "devices", "scan", "--add", "--credentials", "rack",
                 "--driver", "ipmi", "10.0.0.0/24")
    like(shown, r"10.0.0.2 +ipmi +bmc-10.0.0.2 .*\n2 found, 1 new, 1 added\n$",
         "by one driver")
    well(t, "devices", "delete", "bmc-10.0.0.2")
    well(t, "devices", "scan", "--add", "--credentials", "rack", "--trust",
         "10.0.0.0/24")
    got = t.api("GET", "/api/v1/devices/bmc-10.0.0.2").json
    is_([got.get(k) for k in ("driver", "address", "credentials", "pin")],
        ["redfish", "10.0.0.2", "rack", f"sha256//{pin}="], "added as it is")
    like(well(t, "devices", "scan", "--add", "10.0.0.0/24"),
         "3 found, 0 new, 0 added", "once")
    well(t, "devices", "set", "bmc-10.0.0.3", "--address", "10.9.9.9")
    wrong(t, 1, "bmc-10.0.0.3 is the name of a device at another address", "devices",
          "scan", "--add", "10.0.0.0/24")
    well(t, "devices", "delete", "bmc-10.0.0.3")
    wrong(t, 2, "bad is no range", "devices", "scan", "bad")
    wrong(t, 1, "^$", "devices", "scan", "broken")
    wrong(t, 1, "no such|there is no|not found", "devices", "scan", "--add",
          "--credentials", "zork", "10.0.0.0/24")
    is_([d["device"] for d in (json.loads(x) for x in well(
        t, "devices", "scan", "--json", "10.0.0.0/24").replace(
            "}\n{", "}\0{").split("\0"))], ["old", "bmc-10.0.0.2", "new"],
        "--json has the device")
    for words in (["devices", "scan"], ["devices", "scan", "--trust", "x"],
                  ["devices", "scan", "--driver", "telnet", "x"]):
        wrong(t, 2, "usage: nf devices scan", *words)
    t.settings["NF_LIB_DIR"] = BUILD
    t.configure()


def completion(t):
    well(t, "devices", "set", "bmc-1", "--driver", "ipmi", "--address",
         "10.0.0.1")
    for words, wanted in (
            (["devices", "show", "bmc-1"], ["bmc-1", "bmc-10.0.0.2"]),
            (["devices", "set", "--driver", ""], ["ipmi", "redfish", "snmp", "ios",
                                                "nxos", "vrp", "comware", "eapi"]),
            (["devices", "set", "--credentials", ""], ["rack", "typed"]),
            (["devices", "link", "bmc-1", mac(1)], [mac(1)]),
            (["credentials", "delete", "r"], ["rack"]),
            (["workers", "accept", ""], ["w1"]),
            (["power", ""], ["on", "off", "reset", "cycle", "soft", "nmi",
                             "status"]),
            (["power", "on", "--l"], ["--label"])):
        is_(well(t, "completion", "for", "--", *words).split(), wanted,
            f"completion of {' '.join(words)}")


def main():
    with Broker() as broker, Site(broker) as t:
        worker = Worker(broker, "w1", act)
        try:
            for n in (1, 2):
                t.api("POST", "/api/v1/nodes", {"mac": mac(n)})
            credentials(t)
            typed(t)
            devices(t)
            races(t)
            t.start_relay()
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker is there")
            many(t, worker)
            scan(t)
            completion(t)
            worker.leave()
            workers(t)
            logs = t.read("error.log") + t.read("access.log") + t.read(
                "relay.log") + nf(t, "events").stdout + nf(t, "dump").stdout
            unlike(logs, "s3cret-typed|pa ss", "no password is anywhere")
        finally:
            worker.kill()
            if t.relay is not None:
                t.kill_relay()
    done()


main()
