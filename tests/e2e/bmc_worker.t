#!/usr/bin/env python3
"""nf-bmc as the worker: the steps of a task on a real ipmi_sim and on a Redfish
peer, one power cycle for each reset whatever is killed meanwhile, and causes in
words.

NF_TEST_KILLS: how many kills."""

import json
import os
import pathlib
import random
import sys
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import ipmi_sim  # noqa: E402
import rmcp  # noqa: E402
import redfish_peer  # noqa: E402
from devices import Site, mac  # noqa: E402
from nginx import wait_for  # noqa: E402
from pace import limit  # noqa: E402
from processes import memory_kb  # noqa: E402
from relay import Broker  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

KILLS = int(os.environ.get("NF_TEST_KILLS", "9"))
CYCLE = ["power 0", "power 1"]


def powers(bmc):
    return [act for act in bmc.acts() if act.startswith("power")]


def steps(t, bmc):
    t.link(mac(t.n + 1), bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
    bmc.set("power", "1")
    task = t.task()
    is_(t.until_at(task, "node_boot"), "node_boot",
        "a machine is set to boot from the network, and reset")
    is_((bmc.get("boot"), powers(bmc)), ("pxe", CYCLE), "once")
    is_([(c["command"], c["state"], c["result"]) for c in t.commands()],
        [("reset", "done", '{"power":"on"}'),
         ("boot_device", "done", '{"device":"pxe"}')],
        "what was seen is the command's result")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")
    ok(wait_for(lambda: bmc.get("boot") == "default", 60),
       "cancelled, it boots from its disk again")


def causes(t, bmc):
    """What fails names its cause, in the sentence about the task."""
    for name, user, password, port, wanted in (
            ("a wrong password", ipmi_sim.USER, "no", bmc.port,
             "wrong_password"),
            ("a wrong user", "nobody", "no", bmc.port, "wrong_user")):
        t.link(mac(t.n + 1), port, user, password)
        task = t.task()
        t.until_at(task, "bmc_boot_pxe")
        wait_for(lambda task=task, wanted=wanted:
                 wanted in t.why(task)["now"], 60)
        like(t.why(task)["now"], wanted, f"{name} is named")
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
    task = t.task()
    wait_for(lambda: "has no BMC for" in t.why(task)["now"], 60)
    like(t.why(task)["now"], f"has no BMC for {mac(t.n)}",
         "and a BMC that the worker does not know")
    t.api("POST", f"/api/v1/tasks/{task}/cancel")


def by_hand(t, bmc):
    """nf power and nf bootdev, of several nodes at once."""
    node, other = mac(240), mac(241)
    for each in (node, other):
        t.api("POST", "/api/v1/nodes", {"mac": each})
    t.link(node, bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
    bmc.set("power", "1")
    bmc.set("acts", "")
    ran = t.nf("power", "reset", node)
    is_((ran.returncode, ran.stdout),
        (0, f'{node}  done: {{"power":"on"}}\n'), "nf power reset")
    is_(powers(bmc), CYCLE, "is one cycle")
    ran = t.nf("power", "status", node, other)
    is_(ran.returncode, 1, "of two nodes one has no BMC")
    like(ran.stdout, rf'{node}  done: {{"power":"on"}}', "the other is told")
    like(ran.stdout, f"{other}  failed: this worker has no BMC", "so is it")
    ran = t.nf("bootdev", "cdrom", node)
    is_((ran.returncode, bmc.get("boot")), (0, "cdrom"), "nf bootdev cdrom")
    said = t.api("POST", f"/api/v1/nodes/{node}/commands?wait=30",
                 {"command": "power", "args": {"action": "off"}})
    is_((said.status, said.json["state"], said.json["target"], bmc.get("power")),
        (200, "done", "bmc", "0"), "by the API, waited for")
    for body, field, words in (
            ({"command": "power"}, "args", "action: must be"),
            ({"command": "power", "args": {"action": "boil"}}, "args",
             "action: must be"),
            ({"command": "boot_device", "args": {"device": "tape"}}, "args",
             "device"),
            ({"command": "reboot", "args": {"x": 1}}, "args", "empty"),
            ({"command": "power", "args": []}, "args", "object"),
            ({"command": "fly"}, "command", "must be reboot, or")):
        said = t.api("POST", f"/api/v1/nodes/{node}/commands", body)
        is_((said.status, said.field), (400, field), f"refused: {body}")
        like(said.error, words, "  and says why")


def by_redfish(t):
    """The same steps, and no session is left when a worker leaves."""
    node = mac(t.n + 1)
    with redfish_peer.Peer("self", "action_info", "future_uri",
                           "tag_wanted") as bmc:
        t.link(node, bmc.port, redfish_peer.USER, redfish_peer.PASSWORD,
               "redfish", bmc.pin)
        bmc.machine.power = bmc.machine.wanted = "On"
        task = t.task()
        is_(t.until_at(task, "node_boot"), "node_boot", "by Redfish, too")
        is_((bmc.boot["BootSourceOverrideTarget"], bmc.resets),
            ("Pxe", ["ForceOff", "On"]), "once")
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
        ok(wait_for(lambda: bmc.boot["BootSourceOverrideTarget"] == "Hdd", 60),
           "cancelled, it boots from its disk again")
        ok(wait_for(lambda: not bmc.sessions, 60), "no session is left")
        names = {"Manufacturer": "m" * 60, "Model": '"' * 63,
                 "SerialNumber": "s" * 60, "BiosVersion": "b" * 60}
        system = bmc.system
        bmc.system = lambda: {**system(), **names}
        said = t.api("POST", f"/api/v1/nodes/{node}/commands?wait=30",
                     {"command": "info"})
        is_(json.loads(said.json["result"])["product"], names["Model"],
            "all that it says of itself arrives")
    with redfish_peer.Peer("hang") as bmc:
        t.link(node, bmc.port, redfish_peer.USER, redfish_peer.PASSWORD,
               "redfish", bmc.pin)
        t.api("POST", f"/api/v1/nodes/{node}/commands",
              {"command": "power", "args": {"action": "status"}})
        ok(wait_for(lambda: any(path.endswith(bmc.system_path)
                                for _, path, _ in bmc.requests), 60),
           "one that hangs")
        t.stop_bmc()
        is_((bmc.logins, bmc.sessions), (1, {}),
            "a worker that leaves ends its session")
        t.start_bmc()
        ok(wait_for(lambda: t.online() == ["w1"]), "and comes again")


def learned(t):
    """How a session came about is remembered."""
    node = mac(242)
    t.api("POST", "/api/v1/nodes", {"mac": node})
    with rmcp.Bmc(suites=(3,), level=rmcp.OPERATOR) as bmc:
        t.link(node, bmc.port, rmcp.USER, rmcp.PASSWORD)
        is_(t.nf("power", "on", node).returncode, 0,
            "a BMC of an old suite, where we are an operator")
        before = bmc.refused, len(bmc.sessions)
        ok(before[0] > 0, "which refused what others take")
        is_(t.nf("power", "status", node).returncode, 0, "again")
        is_((bmc.refused, len(bmc.sessions) - before[1]), (before[0], 1),
            "it is asked in that way at once")
        bmc.suites = (17,)
        is_(t.nf("power", "status", node).returncode, 1, "it changes")
        is_(t.nf("power", "status", node).returncode, 0,
            "and the next try finds the new way")


def kills(t, bmc):
    """A reset under way, and one after the other dies at any moment."""
    rnd = random.Random(7)
    t.trust("w1")
    wrong = []
    for n in range(KILLS):
        bmc.set("power", "1")
        bmc.set("acts", "")
        task = by_turns(t, bmc, n)
        wait_for(lambda task=task: t.at(task) == "bmc_reset", 60)
        time.sleep(rnd.random() * 1.2)
        kill(t, n % 3)
        wait_for(lambda task=task: t.at(task) == "node_boot", 90)
        if (t.at(task), powers(bmc)) != ("node_boot", CYCLE):
            wrong.append((n, t.at(task), powers(bmc), t.commands()[0]))
        t.api("POST", f"/api/v1/tasks/{task}/cancel")
        wait_for(lambda task=task: not t.at(task), 60)
    if not is_(wrong, [], f"{KILLS} kills: each reset is one power cycle"):
        diag(*wrong, t.read("bmc.log")[-3000:])


def by_turns(t, bmc, n):
    """A task whose BMC the worker knows by a file, or the store does."""
    node = mac(t.n + 1)
    if n % 2 == 0:
        t.link(node, bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
        return t.task()
    t.unlink(node)
    t.api("POST", "/api/v1/nodes", {"mac": node})
    t.own("bmc-k", node, bmc.port, ipmi_sim.USER, ipmi_sim.PASSWORD)
    return t.task(bmc=None)


def kill(t, which):
    if which == 0:
        t.kill_bmc()
        t.start_bmc()
    elif which == 1:
        t.kill_relay()
        t.start_relay()
    else:
        t.broker.kill()
        t.broker.start()


def hygiene(t):
    unlike(t.read("bmc.log") + t.read("relay.log"), ipmi_sim.PASSWORD,
           "the password is in no log")
    unlike(t.read("bmc/commands"), ipmi_sim.PASSWORD, "nor in the journal")
    ok(memory_kb(t.bmc.pid) < 20480,
       f"{memory_kb(t.bmc.pid)} KB of memory of its own")
    is_(t.stop_bmc(), 0, "SIGTERM ends it")
    ok(wait_for(lambda: t.online() == [], 5), "it says that it goes")


def main():
    with Broker() as broker, Site(broker) as t, ipmi_sim.Sim() as bmc:
        t.start_relay()
        t.start_bmc()
        try:
            ok(wait_for(lambda: t.online() == ["w1"]), "nf-bmc says hello")
            steps(t, bmc)
            causes(t, bmc)
            by_hand(t, bmc)
            learned(t)
            by_redfish(t)
            kills(t, bmc)
            hygiene(t)
        finally:
            t.kill_relay()
            t.kill_bmc()
    done()


main()
