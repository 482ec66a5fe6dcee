#!/usr/bin/env python3
"""A reboot, from the API by way of nginx, nf-relay, mosquitto and nf-agent and
back: once, whatever is killed meanwhile."""

import json
import os
import pathlib
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from commanded import MAC, Site, end  # noqa: E402
from mosquitto import Listener  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

OTHER = "525400000002"
COMMANDS = f"/api/v1/nodes/{MAC}/commands"


def ask(t, body=None, **headers):
    return t.api("POST", COMMANDS,
                 {"command": "reboot"} if body is None else body, headers)


def refused(t):
    for body, field in (({"command": "dance"}, "command"), ({}, "command"),
                        ({"command": "reboot", "timeout": 0}, "timeout"),
                        ({"command": "reboot", "timeout": "x"}, "timeout"),
                        ({"command": "reboot", "x": 1}, "x")):
        r = ask(t, body)
        is_((r.status, r.field), (400, field), f"{body}: refused")
    is_(t.api("POST", "/api/v1/nodes/5254000000ff/commands",
              {"command": "reboot"}).status, 404, "no such node")
    for name in ("x", "0123456789abcdef-1", "-", "../x"):
        is_(t.api("GET", f"/api/v1/commands/{name}").status, 404,
            f"no command {name}")


def once(t):
    r = ask(t, **{"Idempotency-Key": "k1"})
    location = r.headers.get("location", "")
    is_((r.status, r.json["state"]), (202, "queued"), "a reboot is asked for")
    like(location, r"^/api/v1/commands/[0-9a-f]{16}-\d+$", "with its place")
    again = ask(t, **{"Idempotency-Key": "k1"})
    is_((again.status, again.headers.get("location")), (202, location),
        "the same request again is the same command")
    is_(t.api("POST", f"/api/v1/nodes/{OTHER}/commands", {"command": "reboot"},
              {"Idempotency-Key": "k1"}).status, 409, "of another node it is not")
    is_(t.until(location, "running"), "running", "the node begins it")
    ok(wait_for(lambda: t.reboots() == 1), "and reboots")
    t.boot()
    is_(t.until(location, "done"), "done", "up again it is done")
    is_(t.reboots(), 1, "it rebooted once")
    is_([c["state"] for c in t.api("GET", COMMANDS).json], ["done"],
        "the node's list has it")
    kinds = [e["kind"] for e in t.api("GET", "/api/v1/events?limit=1000").json]
    ok({"command.created", "command.sent", "command.running", "command.done"}
       <= set(kinds), "and so has the log")
    return location


def killed(t):
    """Each of those on the way is killed with the command under way."""
    before = t.reboots()
    end(t.relay)
    location = ask(t).headers["location"]
    is_(t.state(location), "queued", "without nf-relay it waits")
    t.start_relay()
    is_(t.until(location, "running"), "running", "nf-relay finds it again")
    os.kill(t.workers()[0], signal.SIGKILL)
    t.boot()
    is_(t.until(location, "done"), "done", "a killed worker changes nothing")
    is_(t.reboots(), before + 1, "once")

    end(t.agent)
    location = ask(t).headers["location"]
    is_(t.until(location, "sent"), "sent", "without an agent it is sent")
    end(t.relay)
    t.start_relay()
    t.start_agent()
    is_(t.until(location, "running"), "running", "and said again")
    t.boot()
    is_(t.until(location, "done"), "done", "until it is done")
    is_(t.reboots(), before + 2, "once again")

    end(t.agent)
    t.start_agent(reboot="kill -9 $PPID; false")
    location = ask(t).headers["location"]
    ok(wait_for(lambda: t.agent.poll() is not None, 60),
       "an agent dies when it has written the id down")
    t.write("reboots", "x\n" * (before + 2)) # that one did not happen
    t.start_agent()
    ok(wait_for(lambda: t.reboots() == before + 3, 60),
       "the next one of the same boot does what was written down")
    t.boot()
    is_(t.until(location, "done"), "done", "and it is done")
    is_(t.reboots(), before + 3, "once")


def late(t):
    before = t.reboots()
    end(t.relay)
    location = ask(t, {"command": "reboot", "timeout": 1}).headers["location"]
    threading.Event().wait(1.1)
    t.start_relay()
    is_(t.until(location, "expired"), "expired",
        "what could not be sent in time is surely not done")
    end(t.agent)
    location = ask(t, {"command": "reboot", "timeout": 4}).headers["location"]
    is_(t.until(location, "unknown"), "unknown",
        "what was sent and not answered, nobody can know")
    heard = t.read("agent.log").count("connected to")
    t.start_agent()
    wait_for(lambda: t.read("agent.log").count("connected to") > heard)
    t.broker.publish(f"node/{MAC}/command", {
        "id": "old", "command": "reboot", "deadline": "2020-01-01T00:00:00Z"})
    ok(wait_for(lambda: "its deadline has passed" in t.read("agent.log")),
       "an agent refuses what is too late")
    held_up = {"id": "held", "command": "reboot",
               "deadline": "2020-01-01T00:10:00.000Z",
               "server_time": "2020-01-01T00:00:00.000Z"}
    t.broker.publish(f"node/{MAC}/command", held_up)
    ok(wait_for(lambda: "differ too much" in t.read("agent.log")),
       "nor does it trust the time of a message that may have been held up")
    t.broker.publish(f"node/{MAC}/command", held_up)
    wait_for(lambda: t.read("agent.log").count("differ too much") == 2)
    is_(t.reboots(), before, "and nothing rebooted")
    # As from a server whose clock is right, to an agent whose clock is not.
    begun = time.monotonic()
    for _ in range(3):
        passed = int((time.monotonic() - begun) * 1000)
        t.broker.publish(f"node/{MAC}/command", {
            "id": "live", "command": "reboot",
            "deadline": "2020-01-01T01:10:00.000Z",
            "server_time": f"2020-01-01T01:00:{passed // 1000:02d}"
                           f".{passed % 1000:03d}Z"})
        time.sleep(2)
    ok(wait_for(lambda: t.reboots() == before + 1),
       "messages that come as they are sent tell the time")
    t.boot()


def without_journal(t):
    """An agent of another make does what it hears each time it hears it."""
    with Listener(t.broker, f"node/{OTHER}/command") as heard:
        location = t.api("POST", f"/api/v1/nodes/{OTHER}/commands",
                         {"command": "reboot"}).headers["location"]
        time.sleep(1.5)
        is_((heard.of(f"node/{OTHER}/command"), t.state(location)),
            ([], "queued"), "to one that is not there nothing is said")
        t.broker.publish(f"node/{OTHER}/status", {"status": "installed"})
        is_(t.until(location, "sent"), "sent", "when it is there it is told")
        time.sleep(7) # three times what a journal would be told again
        told = [said["id"] for said in heard.of(f"node/{OTHER}/command")]
        ok(location.rsplit("/", 1)[1] in told
           and len(told) == len(set(told)), "each command once")
        t.broker.publish(f"node/{OTHER}/result", {
            "id": location.rsplit("/", 1)[1], "command": "reboot",
            "success": True, "message": "rebooting"})
        is_(t.until(location, "done"), "done", "its word ends it")


def by_another_card(t):
    """An agent that speaks as another card of its node is told there."""
    node, card = "525400000003", "525400000004"
    t.api("POST", "/api/v1/nodes", {"mac": node, "macs": [card]})
    with Listener(t.broker, f"node/{card}/command") as heard:
        t.broker.publish(f"node/{card}/status",
                         {"status": "running", "journal": True})
        r = t.api("POST", f"/api/v1/nodes/{card}/commands",
                  {"command": "reboot"})
        is_(r.json["mac"], node, "a command is its node's")
        told = heard.wait(f"node/{card}/command")
        is_(told[0]["id"], r.json["id"], "and is said where its agent is")
        t.broker.publish(f"node/{card}/result", {
            "id": r.json["id"], "command": "reboot", "success": True})
        is_(t.until(r.headers["location"], "done"), "done",
            "whose word ends it")


def belied(t):
    """A status that is not the agent's says that it keeps no journal."""
    before = t.reboots()
    location = ask(t).headers["location"]
    is_(t.until(location, "running"), "running", "one is begun")
    t.broker.publish(f"node/{MAC}/status", {"status": "installed"})
    said = t.api("GET", location).json["attempts"]
    wait_for(lambda: t.api("GET", location).json["attempts"] > said, 60)
    ok(t.api("GET", location).json["attempts"] > said, "it is said again")
    t.boot()
    is_(t.until(location, "done"), "done", "until it is done")
    is_(t.reboots(), before + 1, "once")


def strange(t, done_one):
    """Results that nobody asked for."""
    identity = done_one.rsplit("/", 1)[1]
    end(t.relay)
    location = ask(t).headers["location"]
    open_one = location.rsplit("/", 1)[1]
    t.start_relay()
    is_(t.until(location, "sent", "running") in ("sent", "running"), True,
        "one is open")
    for mac, answer in ((MAC, identity), (OTHER, open_one), (MAC, "x"),
                        (MAC, "0123456789abcdef-99999")):
        for _ in range(2):
            t.broker.publish(f"node/{mac}/result", {
                "id": answer, "command": "reboot", "success": False,
                "message": "made up"})
    t.broker.publish(f"node/{MAC}/status", {"status": "installed"})
    threading.Event().wait(0.5)
    is_(t.state(done_one), "done", "what has ended stays")
    ok(t.state(location) in ("sent", "running"),
       "and another node's word is not taken")
    t.boot()
    is_(t.until(location, "done"), "done", "its own is")
    ran = t.nf("reboot", "--wait", "--timeout", "2", OTHER)
    is_(ran.returncode, 1, "nf reboot --wait of a node that is silent fails")
    like(ran.stdout, r"queued|sent.*unknown|expired", "and says how it ended")
    is_(t.nf("reboot", "5254000000ff").returncode, 1, "of none too")
    is_(json.loads(t.nf("reboot", "--json", OTHER).stdout)["command"], "reboot",
        "nf reboot --json")


def main():
    with Broker() as broker, Site(broker) as t:
        for mac in (MAC, OTHER):
            t.api("POST", "/api/v1/nodes", {"mac": mac})
        t.start_relay()
        t.start_agent()
        try:
            refused(t)
            first = once(t)
            killed(t)
            late(t)
            belied(t)
            strange(t, first)
            without_journal(t)
            by_another_card(t)
        finally:
            t.leave()
    done()


main()
