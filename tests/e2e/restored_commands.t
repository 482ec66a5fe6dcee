#!/usr/bin/env python3
"""A restored store gives numbers again, while the agent's journal is of before:
it swallows no command of the new log, and repeats none of the old one."""

import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from commanded import MAC, Site, end  # noqa: E402
from mosquitto import Listener  # noqa: E402
from nginx import wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402

RESULT = f"node/{MAC}/result"


def ask(t, **body):
    r = t.api("POST", f"/api/v1/nodes/{MAC}/commands",
              {"command": "reboot", **body})
    is_(r.status, 202, "a reboot is asked for")
    return r.headers["location"]


def parts(location):
    """Generation and number of its id."""
    return location.rsplit("/", 1)[1].split("-")


def until_done(t, location, what):
    is_(t.until(location, "running", "done") in ("running", "done"), True,
        f"{what}: begun")
    t.boot()
    is_(t.until(location, "done"), "done", f"{what}: done")


def run_before(t):
    """One is done, one is open as the store is copied, one is of after."""
    t.start_relay()
    t.start_agent()
    first = ask(t)
    until_done(t, first, "one of before the backup")
    end(t.relay)
    end(t.agent)
    open_one = ask(t, timeout=3600)
    is_(t.nf("backup", t.path("copy")).returncode, 0, "a backup, with one open")
    lost = ask(t)
    is_((t.state(open_one), t.state(lost)), ("queued", "queued"),
        "and one more is asked for")
    t.start_relay()
    t.start_agent()
    until_done(t, open_one, "the one that was open")
    until_done(t, lost, "and the one of after the backup")
    return first, open_one, lost


def restore(t):
    end(t.relay)
    end(t.agent)
    t.stop()
    is_(t.nf("restore", t.path("copy")).returncode, 0, "the backup is restored")
    t.start()


def run_after(t, before):
    first, open_one, lost = before
    reboots = t.reboots()
    is_([t.state(first), t.state(open_one)], ["done", "queued"],
        "the commands are what they were in the copy")
    is_(t.api("GET", lost).status, 404, "and of what came after none is known")
    new = ask(t)
    is_(parts(new)[1], parts(lost)[1], "a number is given again")
    ok(parts(new)[0] != parts(lost)[0], "in a log of another generation")
    t.start_relay()
    t.start_agent() # with its journal
    is_(t.until(open_one, "done"), "done",
        "the one that was done meanwhile is known to be")
    until_done(t, new, "the new one")
    is_(t.reboots(), reboots + 1, "the node rebooted once, for the new one")
    return new, reboots + 1


def late_words(t, before, new, reboots):
    """Answers and messages of the log of before, which a broker had kept."""
    _, _, lost = before
    open_new = ask(t)
    for success in (False, True):
        t.broker.publish(RESULT, {
            "id": "-".join(parts(lost)), "command": "reboot",
            "success": success, "message": "late"})
    is_(t.until(open_new, "running", "done") in ("running", "done"), True,
        "words of the old log stop nothing")
    t.boot()
    is_(t.until(open_new, "done"), "done", "and the next one goes its way")
    is_(t.state(new), "done", "nor do they change what is done")
    with Listener(t.broker, RESULT) as heard:
        for location in (lost, new):
            t.broker.publish(f"node/{MAC}/command", {
                "id": "-".join(parts(location)), "command": "reboot"})
        ok(wait_for(lambda: len(heard.of(RESULT)) >= 2),
           "one that comes again is answered")
    is_(t.reboots(), reboots + 1, "and not done again")


def killed(t):
    """nf-relay and nf-agent end and begin: nothing is said anew."""
    reboots = t.reboots()
    for _ in range(2):
        end(t.relay)
        end(t.agent)
        count = t.read("agent.log").count("connected to")
        t.start_relay()
        t.start_agent()
        wait_for(lambda n=count: t.read("agent.log").count("connected to") > n)
    last = ask(t)
    until_done(t, last, "one more after that")
    is_(t.reboots(), reboots + 1, "each command of either log happened once")
    kinds = [e["kind"] for e in t.api("GET", "/api/v1/events?limit=1000").json]
    like(" ".join(kinds), r"command\.done", "and the log has it")


def main():
    with Broker() as broker, Site(broker) as t:
        t.api("POST", "/api/v1/nodes", {"mac": MAC})
        try:
            before = run_before(t)
            restore(t)
            new, reboots = run_after(t, before)
            late_words(t, before, new, reboots)
            killed(t)
        finally:
            t.leave()
    done()


main()
