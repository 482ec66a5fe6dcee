#!/usr/bin/env python3
"""Steps for BMCs and switches: commands to workers, by nginx, nf-relay and
mosquitto, whatever is killed meanwhile and whoever is not there."""

import os
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
from devices import Site, mac  # noqa: E402
from mosquitto import Listener  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from relay import Broker  # noqa: E402
from tap import done, is_, like, ok  # noqa: E402
from worker import TOPIC, Worker  # noqa: E402


def nobody_is_there(t):
    begun = time.monotonic()
    task = t.task()
    is_(t.until_at(task, "bmc_boot_pxe"), "bmc_boot_pxe", "a BMC has its turn")
    why = t.why(task)
    is_(why["waits"]["state"], "no_worker", "and nobody is there for it")
    like(why["now"], "No worker for BMCs and switches is connected", "who says")
    wait_for(lambda: t.api("GET", f"/api/v1/tasks/{task}").json["status"]
             == "failed", 60)
    got = t.api("GET", f"/api/v1/tasks/{task}").json
    is_(got["status"], "failed", "the task fails")
    like(got.get("reason", ""), "no worker for BMCs and switches is connected",
         "for that reason")
    took = time.monotonic() - begun
    ok(took < limit(60), f"long before a device's deadlines: {took:.0f} s")
    is_([(c["state"], c["step_attempt"]) for c in t.commands()
         if c["step"] == "bmc_boot_pxe"],
        [("expired", 3), ("expired", 2), ("expired", 1)],
        "each try had a command, which was surely not carried out")


def well(t, worker):
    task = t.task()
    is_(t.until_at(task, "node_boot"), "node_boot", "a worker does it all")
    is_([(c["target"], c["command"], c["args"], c["mac"])
         for c in worker.done], [
             ("bmc", "boot_device", {"device": "pxe", "firmware": "efi"},
              mac(t.n)),
             ("bmc", "reset", {}, mac(t.n))], "in order")
    shown = t.commands()
    is_([(c["state"], c["worker"], c["step"]) for c in shown], [
        ("done", "w1", "bmc_reset"), ("done", "w1", "bmc_boot_pxe")],
        "each is a record")
    first = t.api("GET", f"/api/v1/nodes/{mac(t.n)}/commands?limit=1")
    link = first.headers.get("link", "")
    like(link, rf"^</api/v1/nodes/{mac(t.n)}/commands\?limit=1&after=\S+>; "
               'rel="next"$', "a page has a link")
    rest = t.api("GET", link[1:link.index(">")])
    is_([c["id"] for c in first.json + rest.json], [c["id"] for c in shown],
        "to the rest")
    ok("link" not in rest.headers, "which has none")
    is_(t.api("GET", f"/api/v1/nodes/{mac(t.n)}/commands?after=x").field,
        "after", "no such command to go on from")
    said = [(e["kind"], e["actor"]) for e in
            t.api("GET", "/api/v1/events?limit=1000").json
            if e["kind"] == "command.done"]
    is_(set(said), {("command.done", "w1")}, "the log names who did it")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: [c["command"] for c in worker.done[2:]]
                == ["boot_device"], 60), "and undoes it, cancelled")


def fails_by_itself(t, worker):
    worker.act = lambda command: ("failed", "the BMC refused: wrong password")
    task = t.task()
    t.until_at(task, "bmc_boot_pxe")
    wait_for(lambda: t.why(task)["waits"]["state"] == "retrying", 60)
    like(t.why(task)["now"], "wrong password", "a device's own words are told")
    worker.act = lambda command: ("done", "")
    is_(t.until_at(task, "node_boot"), "node_boot", "the next try goes well")


def not_his_word(t, worker):
    """Answers of others, to what there is not, and of any bytes."""
    worker.act = lambda command: None
    task = t.task()
    wait_for(lambda: t.commands() and t.commands()[0]["state"] == "sent", 60)
    command = t.commands()[0]
    for topic in (f"{TOPIC}/w9/result", f"node/{mac(t.n)}/result",
                  "nf/dc2/bmc/w1/result", f"{TOPIC}/w1/result/x"):
        t.broker.publish(topic, {"id": command["id"], "command": "boot_device",
                                 "success": True, "state": "done"})
    for payload in (b"\xff", "[]", "{", "", '{"id":1}', "x" * 9000,
                    '{"id":"0123456789abcdef-1","command":"x","success":true}'):
        t.broker.publish(f"{TOPIC}/w1/result", payload)
        t.broker.publish(f"{TOPIC}/w1/presence", payload)
        t.broker.publish(f"{TOPIC}/w$/presence", payload)
    t.broker.publish(f"{TOPIC}/{'x' * 32}/presence", "{}")
    t.broker.publish(f"{TOPIC}/zz/presence", "{}")
    ok(wait_for(lambda: "zz" in t.online()), "a worker of a new name is there")
    is_(t.commands()[0]["state"], "sent", "nobody else's word counts")
    is_(t.at(task), "bmc_boot_pxe", "the step waits on")
    t.broker.publish(f"{TOPIC}/zz/presence", {"state": "gone"})
    ok(wait_for(lambda: t.online() == ["w1"]), "until it says that it goes")
    worker.act = lambda command: ("done", "")
    worker.answer(command, "running", "looks at the chassis")
    ok(wait_for(lambda: t.why(task)["waits"]["state"] == "device_working"),
       "a worker may say what it does")
    like(t.why(task)["now"], "w1 has begun attempt 1 of 3: looks at", "in words")
    worker.answer(command, "done")
    is_(t.until_at(task, "node_boot"), "node_boot", "its own word ends it")
    worker.answer(command, "failed", "late")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")


def killed(t, worker):
    """Each of those on the way, with a reset under way that must not come
    twice."""
    def resets(n):
        return sum(c["command"] == "reset" and c["mac"] == mac(n)
                   for c in worker.done)

    def worker_goes():
        worker.kill()
        worker.start()

    def relay_goes():
        t.kill_relay()
        t.start_relay()

    def broker_goes():
        t.broker.stop()
        t.broker.start()
        worker_goes() # mosquitto_sub does not come back by itself

    for name, goes in (("the worker", worker_goes), ("nf-relay", relay_goes),
                       ("the broker", broker_goes),
                       ("nginx's worker",
                        lambda: os.kill(t.workers()[0], signal.SIGKILL))):
        worker.act = lambda command: (
            None if command["command"] == "reset" else ("done", ""))
        task = t.task()
        t.until_at(task, "bmc_reset")
        wait_for(lambda: resets(t.n) == 1, 60)
        goes()
        worker.journal = {key: said or ("done", "")
                          for key, said in worker.journal.items()}
        is_(t.until_at(task, "node_boot"), "node_boot",
            f"{name} killed: the reset is answered when it is said again")
        is_(resets(t.n), 1, "and came once")
        t.api("POST", f"/api/v1/tasks/{task}/cancel")


def moved(t, worker):
    """What one of two workers may still do is nobody else's until it is over."""
    node = mac(200)
    t.api("POST", "/api/v1/nodes", {"mac": node})
    path = f"/api/v1/nodes/{node}/commands"

    def ask(seconds):
        return t.api("POST", path, {"command": "power", "timeout": seconds,
                                    "args": {"action": "on"}}).json["id"]

    def state(command):
        return t.api("GET", f"/api/v1/commands/{command}").json

    worker.act = lambda command: None
    first = ask(20)
    ok(wait_for(lambda: state(first)["state"] == "sent", 30), "w1 has it")
    worker.kill()
    other = Worker(t.broker, "w2", lambda command: ("done", ""))
    other.start()
    ok(wait_for(lambda: t.online() == ["w2"], 60),
       "it is gone, and another one is there")
    second = ask(120)
    ok(wait_for(lambda: state(first)["state"] == "unknown", 60),
       "what it may have done is not known")
    is_([c["id"] for c in other.done], [],
        "until then the other one was told nothing")
    ok(wait_for(lambda: state(second)["state"] == "done", 60), "then it is")
    got = [(state(c)["state"], state(c)["worker"]) for c in (first, second)]
    is_(got, [("unknown", "w1"), ("done", "w2")], "and no command moved")
    other.leave()
    worker.act = lambda command: ("done", "")
    worker.start()
    wait_for(lambda: t.online() == ["w1"], 60)


def withdrawn(t, worker):
    """Nobody wants it any more: it is not said again."""
    worker.act = lambda command: None
    task = t.task()
    wait_for(lambda: t.commands() and t.commands()[0]["state"] == "sent", 60)
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    said = t.commands()[-1]["attempts"]
    ok(wait_for(lambda: t.commands()[0]["attempts"] >= 3, 60),
       "what undoes it is said again and again")
    is_(t.commands()[-1]["attempts"], said, "it is not")
    undo = t.commands()[0]
    is_(undo["args"], {"device": "disk", "firmware": "efi"},
        "what it may have done is undone")
    is_(t.api("POST", f"/api/v1/commands/{undo['id']}/cancel").status, 409,
        "a task's command is cancelled with its task only")
    worker.act = lambda command: ("done", "")
    worker.answer(undo, "done")


def goes(t, worker):
    other = Worker(t.broker, "w2", lambda command: ("done", ""))
    other.start()
    ok(wait_for(lambda: t.online() == ["w1", "w2"]), "two workers are there")
    tasks = [t.task() for _ in range(12)]
    for task in tasks:
        t.until_at(task, "node_boot")
    mine = {c["mac"] for c in worker.done}
    ok(other.done and len(other.done) < 24, "they share the nodes")
    ok(not mine & {c["mac"] for c in other.done}, "each has its own")
    other.kill()
    ok(wait_for(lambda: t.online() == ["w1"]),
       "one that dies is gone at once, by its will")
    worker.silence()
    begun = time.monotonic()
    ok(wait_for(lambda: t.online() == [], 60), "one that hangs is gone, too")
    took = time.monotonic() - begun
    ok(9 < took < limit(25), f"after 15 s without a word: {took:.0f} s")
    shown = t.nf("workers").stdout
    like(shown, r"(?m)^w1 .*\n.*\bw2\b", "nf workers shows when they went")
    is_(t.until_at(t.task(), "bmc_boot_pxe"), "bmc_boot_pxe", "a task is made")
    listed = t.nf("commands", "list", mac(t.n))
    like(listed.stdout, "bmc .*boot_device +(queued|expired)",
         "nf commands list shows it")


def waits(t):
    """POST ?wait= is held until the command has ended."""
    node = mac(200)
    t.api("POST", "/api/v1/nodes", {"mac": node})
    path = f"/api/v1/nodes/{node}/commands"
    begun = time.monotonic()
    r = t.api("POST", f"{path}?wait=1", {"command": "reboot"},
              {"Idempotency-Key": "w1"})
    took = time.monotonic() - begun
    is_((r.status, r.json["state"]), (202, "queued"), "it has not ended by then")
    ok(0.9 < took < limit(10), f"and that was a second: {took:.1f} s")
    like(r.headers.get("location", ""), "^/api/v1/commands/.", "with its place")
    with Listener(t.broker, f"node/{node}/command") as heard:
        t.broker.publish(f"node/{node}/status", {"status": "installed"})
        told = heard.wait(f"node/{node}/command")[0]
        answer = subprocess.Popen(
            ["sh", "-c", 'sleep 1; exec "$@"', "sh", "mosquitto_pub", "-h",
             "127.0.0.1", "-p", str(t.broker.port), "-t",
             f"node/{node}/result", "-m",
             '{"id":"%s","command":"reboot","success":true,"message":"up"}'
             % told["id"]])
        again = t.api("POST", f"{path}?wait=30", {"command": "reboot"},
                      {"Idempotency-Key": "w1"}, 60)
        answer.wait()
    is_((again.status, again.json["state"], again.json["result"]),
        (200, "done", "up"), "asked again it waits for the same one's end")
    is_(again.headers.get("location"), r.headers.get("location"),
        "and says where it is")


def main():
    with Broker() as broker, Site(broker) as t:
        t.start_relay()
        worker = Worker(broker, "w1", lambda command: ("done", ""))
        try:
            nobody_is_there(t)
            worker.start()
            ok(wait_for(lambda: t.online() == ["w1"]), "a worker says hello")
            well(t, worker)
            fails_by_itself(t, worker)
            not_his_word(t, worker)
            killed(t, worker)
            moved(t, worker)
            withdrawn(t, worker)
            goes(t, worker)
            waits(t)
        finally:
            t.kill_relay()
            worker.kill()
    done()


main()
