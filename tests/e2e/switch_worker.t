#!/usr/bin/python3
"""nf-bmc as the worker for switches, told by a real broker: changes of ports by
command line and by SNMP, many of one switch in one session, what must not be
changed, scans in parts, and the port in one of the two wanted states wherever
nf-bmc is killed.

NF_TEST_KILLS: at how many points of a change, 0 all."""

import json
import os
import pathlib
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import snmp_switch  # noqa: E402
from mosquitto import Listener, wait_for  # noqa: E402
from relay import Broker  # noqa: E402
from ssh_switch import PASSWORD, Switch  # noqa: E402
from switch_orders import NODE, TOPIC, Orders, name  # noqa: E402
from tap import diag, done, is_, like, ok, unlike  # noqa: E402

OTHER = "525400000002"
KILLS = int(os.environ.get("NF_TEST_KILLS", "9"))
ACCESS = {"mode": "access", "vlan": 100}
WAS = {"mode": "access", "vlan": 1, "admin": "up"}


def dotted(mac):
    return ".".join(mac[i:i + 4] for i in (0, 4, 8))


def told(said):
    """The port that a result shows."""
    return json.loads(said["message"])


# --- what is changed ----------------------------------------------------------


def changes(t, dialect):
    with Switch(dialect) as switch:
        said = t.ask_port(switch, 1, description="node 7", **ACCESS)
        is_((said["state"], said["driver"], said.get("cause")),
            ("done", dialect, None), f"{dialect}: a port is changed")
        port = told(said)
        is_((port["vlan"], port["description"], port["changed"],
             port["pin"][:7]), (100, "node 7", True, "SHA256:"),
            "  the result is the port, and the key of the switch")
        is_((switch.ports[0].vlan, switch.saves), (100, 1), "  it is saved")
        ok(said["asked"] > 5 and said["took_ms"] > 0, "  it took its time")
        said = t.ask_port(switch, 1, **ACCESS)
        is_((told(said)["changed"], switch.saves), (False, 1),
            "  what is so already is not touched")
        said = t.ask_port(switch, 1)
        is_((said["state"], told(said)["vlan"], switch.saves), ("done", 100, 1),
            "  without a change it is read")
        said = t.ask_port(switch, 2, expected={**WAS, "vlan": 7}, **ACCESS)
        is_((said["cause"], switch.ports[1].vlan), ("changed", 1),
            "  it is not what was expected")
        like(said["message"], r"VLAN is 1, not 7", "    which is said")
        said = t.ask_port(switch, 2, expected=WAS, **ACCESS)
        is_(said["state"], "done", "  it is, and is changed")
        said = t.ask_port(switch, 2, expected=WAS, **ACCESS)
        is_((said["state"], told(said)["changed"]), ("done", False),
            "  or it is what is wanted already")


def refusals(t, dialect):
    with Switch(dialect) as switch:
        switch.macs = [(dotted(OTHER), 1, switch.ports[0].short)]
        said = t.ask_port(switch, 1, machine=[NODE], **ACCESS)
        is_((said["cause"], switch.ports[0].vlan), ("other_machine", 1),
            f"{dialect}: another machine is at the port")
        like(said["message"], "^other_machine: another machine is at the port "
             rf"\(.* has learnt {':'.join(OTHER[i:i + 2] for i in range(0, 12, 2))}\)$",
             "  which is said")
        said = t.ask_port(switch, 1, machine=[NODE, OTHER], **ACCESS)
        is_(said["state"], "done", "  one of the machine's own addresses")
        switch.ports[1].lag = "3"
        said = t.ask_port(switch, 2, **ACCESS)
        is_(said["cause"], "uplink", "  an uplink")
        said = t.ask_port(switch, 3, mode="access", vlan=77)
        is_((said["cause"], switch.ports[2].vlan), ("no_vlan", 1),
            "  a VLAN that is not there")
        said = t.ask(switch, {"port": "Gi9/9/9", **ACCESS})
        is_(said["cause"], "no_port", "  no such port")
        is_(switch.saves, 1, "  nothing else was saved")
        said = t.ask(switch, {"port": "x\ny"})
        is_((said["state"], said.get("driver")), ("failed", None),
            "  a name that is none is not sent")
        said = t.ask_port(switch, 1, colour="red")
        like(said["message"], "^colour is not a member", "  nor what is unknown")
    for fault, cause, words in (
            ("no_save", "not_saved", "it is lost when the switch restarts"),
            ("ignores", "no_effect", "the port is unchanged"),
            ("refuses", "refused", "the port is unchanged")):
        with Switch(dialect, fault) as switch:
            switch.ports[3].mode = "trunk"
            said = t.ask_port(switch, 4, **ACCESS) if fault == "refuses" \
                else t.ask_port(switch, 1, **ACCESS)
            is_(said.get("cause"), cause, f"  {cause}")
            like(said["message"], words, "    and what became of the port")


def reboots(t):
    """In the middle of the second of three."""
    with Switch("ios", "reboots", drop_at=2) as switch:
        orders = [t.order(switch, {"port": switch.ports[n].short, **ACCESS})
                  for n in range(3)]
        t.say_all([message for _, message in orders])
        said = [t.result(number) for number, _ in orders]
        is_([each["state"] for each in said], ["failed", "failed", "done"],
            "a switch that starts anew in the middle of a change")
        for each in said[:2]:
            like(each["message"], "the port is unchanged", "  says so")
        is_([port.vlan for port in switch.ports[:3]], [1, 1, 100],
            "  and what was not begun is done afterwards")
        is_([port.vlan for port in switch.saved[:3]], [1, 1, 100], "  and saved")


# --- many ----------------------------------------------------------------------


def many(t):
    with Switch("ios", ports=48) as switch:
        switch.ports[9].lag = "1"
        orders = [t.order(switch, {"port": port.short, "mode": "access",
                                   "vlan": 77 if n == 20 else 100})
                  for n, port in enumerate(switch.ports[:40], 1)]
        t.say_all([message for _, message in orders])
        said = [t.result(number) for number, _ in orders]
        is_([n for n, each in enumerate(said, 1) if each["state"] != "done"],
            [10, 20], "of 40 ports of one switch two fail by themselves")
        is_([said[9].get("cause"), said[19].get("cause")],
            ["uplink", "no_vlan"], "  each by its own cause")
        is_((switch.sessions, switch.saves), (1, 1), "one login, one save")
        is_(sum(p.vlan == 100 for p in switch.saved), 38, "  of all the others")
        reads = switch.commands.count("show running-config")
        ok(reads in (2, 3), f"  and {reads} reads of the configuration")
    with Switch("ios") as switch:
        orders = [t.order(switch, {"port": switch.ports[0].short,
                                   "mode": "access", "vlan": vlan})
                  for vlan in (100, 200, 1)]
        t.say_all([message for _, message in orders])
        is_([told(t.result(number))["vlan"] for number, _ in orders],
            [100, 200, 1], "three of one port go one after another")
        is_(switch.sessions, 1, "  in one session, too")
    with Switch("ios") as one, Switch("comware") as other:
        orders = [t.order(each, {"port": each.ports[0].short, **ACCESS})
                  for each in (one, other)]
        meeting = []
        one.before = lambda words: meeting or wait_for(lambda: other.commands)
        t.say_all([message for _, message in orders])
        is_([t.result(number)["state"] for number, _ in orders],
            ["done", "done"], "two switches do not wait for each other")
        meeting.append(1)


def forwarding(t):
    with Switch("ios") as switch:
        for port in switch.ports[:3]:
            port.spanning = "learning"
        switch.ports[2].up = False
        orders = [t.order(switch, {"port": port.short, "forward": True, **ACCESS})
                  for port in switch.ports[:3]]
        t.say_all([message for _, message in orders])
        is_(t.result(orders[2][0])["state"], "done",
            "where the link is down nobody waits")
        is_(wait_for(lambda: switch.saves), 1, "  it is saved before that")
        is_([t.ends(number) for number, _ in orders[:2]], [[], []],
            "the others wait until they forward")
        said = t.ask_port(switch, 5, **ACCESS)
        is_((said["state"], switch.sessions), ("done", 1),
            "  and another command goes on meanwhile, in the same session")
        switch.ports[0].spanning = switch.ports[1].spanning = "forwarding"
        is_([told(t.result(number))["forwards"] for number, _ in orders[:2]],
            ["up", "up"], "  which they do together")
        switch.ports[3].spanning = "listening"
        number, message = t.order(
            switch, {"port": switch.ports[3].short, "forward": True, **ACCESS},
            within=5)
        t.say_all([message])
        is_(t.result(number).get("cause"), "not_forwarding",
            "one that never does is told so")
        is_(switch.saved[3].vlan, 100, "  and stays changed")


def scans(t):
    with Switch("ios", ports=70) as switch:
        switch.macs = [(dotted(NODE), 100, switch.ports[0].short)] + [
            (dotted(f"5254000001{n:02x}"), 1, switch.ports[1].short)
            for n in range(9)]
        number = t.say(switch, {}, "scan")
        said = t.result(number)
        is_((said["state"], told(said)["ports"]), ("done", 70), "a scan")
        messages = t.listener.of(f"{TOPIC}/ports")
        is_([(m["id"], m["part"], len(m["ports"]), m["last"])
             for m in messages],
            [(name(number), 0, 64, False), (name(number), 1, 6, True)],
            "  comes in parts")
        ports = {p["name"]: p for m in messages for p in m["ports"]}
        is_((ports[switch.ports[0].short].get("addresses"),
             ports[switch.ports[1].short].get("addresses"),
             ports[switch.ports[1].short]["macs"]), ([NODE], None, 9),
            "  with the addresses of each port, where they are few")


# --- keys, silence -------------------------------------------------------------


def keys(t):
    with Switch("ios", key=0) as switch:
        pin = told(t.ask_port(switch, 1))["pin"]
        said = t.ask(switch, {"port": switch.ports[0].short}, pin=pin)
        is_(said["state"], "done", "a switch by its own key")
    with Switch("ios", key=1) as switch:
        said = t.ask(switch, {"port": switch.ports[0].short, **ACCESS}, pin=pin)
        is_((said.get("cause"), switch.sessions), ("host_key", 0),
            "another key is refused before the password goes out")
        like(said["message"], "SHA256:", "  and told")
        said = t.ask(switch, {"port": switch.ports[0].short}, password="wrong")
        is_(said.get("cause"), "wrong_password", "a wrong password")
        number, message = t.order(switch, {}, "scan")
        del message["device"]
        t.say_all([message])
        like(t.result(number)["message"], "a switch must come with its command",
             "without a device nothing is asked")
        said = t.ask(switch, {}, "scan", driver="ipmi")
        like(said["message"], "not a driver for switches", "nor of a BMC")


def silence(t):
    with Switch("ios") as switch:
        pass
    read = {"port": switch.ports[0].short}
    said = t.ask(switch, read)
    is_(said.get("cause"), "unreachable", "a switch that does not answer")
    said = t.ask(switch, read)
    is_((said.get("cause"), said["asked"]), ("unreachable", 0),
        "is not asked again at once")
    like(said["message"], r"not attempted: it did not answer \d+ s ago",
         "  and that is said")


# --- kills ---------------------------------------------------------------------


def again(t, message, number):
    """nf-bmc is started, and asked once more."""
    t.start_bmc()
    t.key()
    t.say_all([message])
    return t.result(number)


def journey(fault, kill_at=0, behind=False, kill=None):
    """A switch whose port 4 is to become another one; nf-bmc is killed when
    command kill_at of the change comes, or behind it."""
    switch = Switch("ios", *([fault] if fault else []))
    switch.ports[3].mode = "trunk"
    switch.ports[3].allowed = {1, 200}
    switch.keep()
    switch.saves = 0
    seen = []

    def count(words):
        if words and not words.startswith(("show", "terminal", "enable")):
            seen.append(words)
            if len(seen) == kill_at:
                kill()

    switch.seen = seen
    if behind:
        switch.after = count
    else:
        switch.before = count
    return switch


def state_of(port):
    return port.mode, port.vlan, port.description


def kills(t, fault):
    wanted = {"port": "Gi1/0/4", "description": "node 7",
              "expected": {"mode": "trunk", "vlan": 1, "tagged": "200",
                           "admin": "up"}, **ACCESS}
    with journey(fault) as switch:
        was = state_of(switch.ports[3])
        said = t.ask(switch, wanted)
        points, becomes = len(switch.seen), state_of(switch.ports[3])
        diag(f"{points} commands: {switch.seen}: {said['message'][:120]}")
    all_points = [(n, behind) for n in range(1, points + 1)
                  for behind in (False, True)]
    step = max(1, len(all_points) // KILLS) if KILLS else 1
    for n, behind in all_points[::step]:
        with journey(fault, n, behind, t.kill_bmc) as switch:
            number, message = t.order(switch, wanted)
            t.say_all([message])
            ok(wait_for(lambda: t.bmc.poll() is not None, 60),
               f"killed {'behind' if behind else 'before'} {switch.seen[n - 1:n]}")
            switch.before = switch.after = lambda words: None
            between = state_of(switch.ports[3])
            said = again(t, message, number)
            is_((said["state"], state_of(switch.ports[3])),
                ("failed" if fault else "done", becomes),
                f"  {between}: it is {'put back' if fault else 'finished'}")
            is_(state_of(switch.saved[3]), becomes if not fault else was,
                "  and saved")
            if said["state"] == "nothing":
                diag(t.read("bmc.log")[-2000:])


def killed_and_late(t):
    """What was begun does not stay in between, though nobody waits for it."""
    with journey(None, 4, True, t.kill_bmc) as switch:
        number, message = t.order(switch, {"port": "Gi1/0/4", **ACCESS})
        t.say_all([message])
        wait_for(lambda: t.bmc.poll() is not None, 60)
        switch.before = switch.after = lambda words: None
        is_(switch.saved[3].mode, "trunk", "killed before it was saved")
        said = again(t, {**message, "deadline": "2026-01-22T10:00:00Z"}, number)
        is_((said["state"], switch.saved[3].mode), ("done", "access"),
            "  it is finished when its deadline has passed")
        fresh = t.order(switch, {"port": "Gi1/0/5", **ACCESS})
        t.say_all([{**fresh[1], "deadline": "2026-01-22T10:00:00Z"}])
        is_((t.result(fresh[0])["state"], switch.ports[4].vlan), ("expired", 1),
            "  and what was not begun is not")


def answered_again(t):
    with Switch("ios") as switch:
        number, message = t.order(switch, {"port": switch.ports[0].short,
                                           **ACCESS})
        t.say_all([message])
        first = t.result(number)
        sessions = switch.sessions
        t.kill_bmc()
        t.start_bmc()
        t.key()
        t.say_all([message])
        wait_for(lambda: len(t.ends(number)) > 1)
        is_(t.ends(number)[1:], [first], "killed and asked again, it says the same")
        is_(switch.sessions, sessions, "  and asks the switch nothing")


# --- SNMP ----------------------------------------------------------------------


def snmp(t):
    switch = snmp_switch.Switch()
    switch.address = f"127.0.0.1:{switch.port}"
    v2c = {"user": "", "password": snmp_switch.WRITES}
    v3 = {"user": snmp_switch.USER, "password": snmp_switch.AUTH,
          "auth": "SHA", "priv": "AES", "priv_password": snmp_switch.PRIV}
    try:
        said = t.ask(switch, {}, "scan", **v2c)
        is_((said["state"], said["driver"]), ("done", "snmp"), "a scan by SNMP")
        parts = [m for m in t.listener.of(f"{TOPIC}/ports")
                 if m["id"] == said["id"]]
        ports = [p for m in parts for p in m["ports"]]
        is_((told(said)["ports"], parts[-1]["last"]), (len(ports), True),
            "  with all of its ports")
        ok(any(p.get("addresses") for p in ports), "  and their addresses")
        free = [p["name"] for p in ports if p["mode"] == "access"
                and not p["macs"] and "lag" not in p and "neighbor" not in p]
        orders = [t.order(switch, {"port": port, **ACCESS},
                          **(v2c if n % 2 else v3))
                  for n, port in enumerate(free[:8])]
        t.say_all([message for _, message in orders])
        said = [t.result(number) for number, _ in orders]
        is_([(each["state"], told(each)["vlan"]) for each in said],
            [("done", 100)] * len(orders), "ports are changed by v2c and by v3")
        is_(switch.alone(), [], "  none was in no VLAN meanwhile")
    finally:
        switch.stop()


def hygiene(t):
    secret = json.dumps(PASSWORD)[1:-1]
    for where in ("bmc.log", "bmc/commands"):
        for word in (PASSWORD, secret):
            unlike(t.read(where), word.replace("\\", "\\\\"),
                   f"no password in {where}")


def main():
    with Broker() as broker, Listener(broker, f"{TOPIC}/+") as listener, \
            Orders(broker, listener) as t:
        t.start_bmc()
        try:
            t.public = t.key()
            for dialect in ("ios", "comware"):
                changes(t, dialect)
                refusals(t, dialect)
            reboots(t)
            many(t)
            forwarding(t)
            scans(t)
            keys(t)
            silence(t)
            snmp(t)
            answered_again(t)
            killed_and_late(t)
            kills(t, None)
            kills(t, "refuses")
            hygiene(t)
        finally:
            t.kill_bmc()
    done()


main()
