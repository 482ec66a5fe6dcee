"""Machines behind a switch: their ports go into the install VLAN and out of it
by themselves.  Approving the task is all that a person does."""

import json

import bmc
import fabric
from approval import operation
from bmc import approve, installed_by, told_of_power
from story import Failed, Step, power_cycle, seen

ACCESS = {"mode": "access", "tagged": [], "admin": "up", "description": ""}
KEPT = {"mode": "trunk", "vlan": 1, "tagged": [310, 311], "admin": "down",
        "description": "rack 7, left"}
ASKS = 3    # frames that say so


def number_of(story):
    """The port that its machine is at."""
    return story.node.machine.number


# --- before ------------------------------------------------------------------

def made_known(switch):
    """What an operator says of the switch, once."""
    def act(story):
        switch.make_known(story.site)
        return story.node.see("lab", f"{switch.driver} at {switch.address}")
    return act


def racked(bmcs):
    """Switched on by hand once, in the VLAN that the port is in."""
    def act(story):
        bmcs.of[story.node.mac].set("power", "1")
        story.node.machine.boots_once = "pxe"
        story.node.machine.power_on()
        return story.node.see("lab", "switched on by hand")
    return act


def asks_in_vain(switch):
    """Its frames pass, the switch learns its address, and nobody answers."""
    def look(story):
        n, mac = number_of(story), story.node.mac
        if switch.spanning(n) != "forwarding":
            return None
        # All since it was switched on: it asks a few times and gives up, and
        # on a slow machine most of that is while the port still listens.
        frames = switch.frames(n)
        if frames < ASKS or switch.learnt(mac) != [(fabric.FIRST, n)]:
            return None
        status, node = story.site.call("GET", f"/api/v1/nodes/{mac}")
        if status != 404:
            raise Failed(f"the site knows of it: {status} {node}")
        return story.node.see("lab", f"{frames} frames and no lease")
    return look


def ask_for_scan(switch):
    def act(story):
        path = f"/api/v1/devices/{switch.name}/commands"
        status, said = story.site.call("POST", path, {"command": "scan"})
        if status not in (200, 201, 202):
            raise Failed(f"POST {path}: {status} {said}")
        return story.node.see("lab", "a scan is asked for")
    return act


def scanned(switch):
    """What the site has read of the switch names the machine."""
    def look(story):
        path = f"/api/v1/devices/{switch.name}/ports"
        status, said = story.site.call("GET", path)
        if status != 200:
            raise Failed(f"GET {path}: {status} {said}")
        return (story.node.see("lab", "in the switch's table")
                if story.node.mac in json.dumps(said).replace(":", "")
                else None)
    return look


def linked(bmcs, switch):
    """What is known of it before its task is made: its BMC, and which port it
    is at, by an operator's word or by the switch's table."""
    def act(story):
        bmcs.link(story)
        n, mac = number_of(story), story.node.mac
        by = "mac" if switch.is_found_by_mac else "hand"
        if by == "hand":
            story.site.nf("port", "link", mac, switch.name, switch.names[n - 1])
        status, said = story.site.call("GET", f"/api/v1/nodes/{mac}/port")
        if status != 200 or by not in str(said):
            raise Failed(f"GET its port: {status} {said}")
        return story.node.see("lab", f"{switch.names[n - 1]}, by {by}")
    return act


# --- meanwhile ---------------------------------------------------------------

def moved(switch, step, vlan, state=None, **more):
    """The step is over: the port at the switch is in that VLAN, and open, and
    in that state of the spanning tree when it was asked last (by now the
    machine may be off); more: what else it is."""
    done = operation(step)

    def look(story):
        sight = done(story)
        if sight is None:
            return None
        n = number_of(story)
        now = switch.port(n)
        if now != {**ACCESS, "vlan": vlan, **more}:
            raise Failed(f"the port is {now}")
        told = switch.states(n)
        if state and told[-1:] != [state]:
            raise Failed(f"the step is over, and the port was {told}")
        return story.node.see("lab", f"access {vlan}")
    return look


def leased_in(switch, vlan):
    leased = seen("event", r"^lease\.put")

    def look(story):
        sight = leased(story)
        if sight is None:
            return None
        at = switch.learnt(story.node.mac)
        if at != [(vlan, number_of(story))]:
            raise Failed(f"it has a lease, and is at {at}")
        return sight
    return look


def waited_for(switch):
    """The move of a port whose machine is on took until it forwarded."""
    def look(story):
        waits = [state for state in switch.states(number_of(story))
                 if state in fabric.WAITS]
        if not waits:
            raise Failed("the switch was not asked while the port listened")
        return story.node.see("lab", f"asked {len(waits)} times until it did")
    return look


# --- at the end --------------------------------------------------------------

def is_at(switch, vlan):
    def look(story):
        at = switch.learnt(story.node.mac)
        return (story.node.see("lab", f"learnt in VLAN {vlan}")
                if at == [(vlan, number_of(story))] else None)
    return look


def saved(switch):
    """Once a move, by switches that have saving; moves of several ports at a
    time share one."""
    def look(story):
        moves = [move["vlan"] for move in switch.moves(number_of(story))]
        if moves != [fabric.INSTALL, fabric.PRODUCTION]:
            raise Failed(f"it was moved to {moves}")
        saves, ports = switch.saves(), len(switch.taps)
        if saves is None:
            return story.node.see("lab", "two moves")
        if not 2 <= saves <= 2 * ports or (ports == 1 and saves != 2):
            raise Failed(f"{saves} saves for the moves of {ports} ports")
        return story.node.see("lab", f"two moves, {saves} saves")
    return look


def told(story):
    """Each command for the switch as the log has it, and whose word it is."""
    for sight in story.node.sights:
        command = sight.data.get("command") if sight.kind == "event" else None
        if command and command["target"] == "switch":
            yield " ".join((sight.data["time"], sight.text, command["command"],
                            json.dumps(command["args"]), "by",
                            sight.data["actor"]))


def actors_are_named(story):
    done = [line for line in told(story) if " command.done " in line]
    if len(done) != 2 or not all(line.endswith(" by lab") for line in done):
        raise Failed(f"the log says {list(told(story))}")
    return story.node.see("lab", f"{len(done)} of the switch, by lab")


def leased_elsewhere(switch):
    def look(story):
        address = switch.leased(story.node.mac)
        return (story.node.see("lab", f"has {address}") if address else None)
    return look


def begins(bmcs, switch):
    return [
        Step("known", "the switch is made known", 60, made_known(switch)),
        Step("racked", "switched on by hand, in VLAN 1", 30, racked(bmcs)),
        Step("vain", "asks for an address, and gets none", 180,
             asks_in_vain(switch)),
        *([Step("scan", "nf-bmc is to read the switch", 30,
                ask_for_scan(switch)),
           Step("scanned", "the switch has learnt where it is", 60,
                scanned(switch))] if switch.is_found_by_mac else []),
        Step("linked", "its BMC and its port are known", 60,
             linked(bmcs, switch)),
        Step("created", "task pending", 60, bmc.create),
    ]


def steps(loader, bmcs, switch):
    installed = installed_by(loader)
    lease = [step.name for step in installed].index("lease")
    completed = [step.name for step in installed].index("completed")
    return [
        *begins(bmcs, switch),
        Step("approve", "nf approve", 30, approve, opens=True),
        Step("install", "switch: the port is in VLAN 100, and forwards", 180,
             moved(switch, "switch_install_vlan", fabric.INSTALL,
                   "forwarding")),
        Step("waited", "and it was waited for", 10, waited_for(switch)),
        *installed[:lease],
        installed[lease]._replace(says="DHCP lease, in VLAN 100",
                                  look=leased_in(switch, fabric.INSTALL)),
        *installed[lease + 1:completed],
        Step("production", "switch: the port is in VLAN 200", 180,
             moved(switch, "switch_production_vlan", fabric.PRODUCTION)),
        *installed[completed:],
        Step("once", "one reset", 10,
             told_of_power(bmcs, "power 0", "power 1")),
        Step("saved", "saved once a move", 10, saved(switch)),
        Step("actors", "each action with its actor", 10, bmc.actors_are_named),
        Step("actors2", "those of the switch too", 10, actors_are_named),
        Step("at", "its address is learnt in VLAN 200", 120,
             is_at(switch, fabric.PRODUCTION)),
        Step("again", "powered on again", 30, power_cycle, opens=True),
        Step("elsewhere", "an address of the production network", 300,
             leased_elsewhere(switch), opens=True),
        Step("spoke", "heartbeat from there", 120,
             seen("node", "^last_heartbeat ")),
    ]


# --- a task that is cancelled ------------------------------------------------

def set_up(switch):
    """The port as a person wants it: like none of the VLANs of a task."""
    def act(story):
        args = {**KEPT, "port": switch.names[number_of(story) - 1],
                "tagged": ",".join(map(str, KEPT["tagged"]))}
        status, said = story.site.call(
            "POST", f"/api/v1/devices/{switch.name}/commands",
            {"command": "port", "args": args})
        if status not in (200, 201, 202):
            raise Failed(f"POST {args}: {status} {said}")
        return story.node.see("lab", f"{args}")
    return act


def is_as_set_up(switch, *before):
    """Field by field; before: VLANs that it was in meanwhile."""
    def look(story):
        n = number_of(story)
        if switch.port(n) != KEPT:
            return None
        vlans = [move["vlan"] for move in switch.moves(n)]
        if not set(before) <= set(vlans):
            raise Failed(f"it was in {vlans}")
        return story.node.see("lab", f"{switch.port(n)}")
    return look


def cancel(story):
    said = story.site.nf("cancel", story.memory["task"]).strip()
    return story.node.see("lab", f"nf cancel: {said}")


def cancel_steps(loader, bmcs, switch):
    """Half-way through: its port was shut down, and a trunk."""
    installed = {step.name: step for step in installed_by(loader)}
    return [
        Step("known", "the switch is made known", 60, made_known(switch)),
        Step("linked", "its BMC and its port are known", 60,
             linked(bmcs, switch)),
        Step("set", "its port is set up", 30, set_up(switch)),
        Step("trunk", "a trunk, shut down", 60, is_as_set_up(switch)),
        Step("created", "task pending; the machine is off", 60,
             bmc.create_untouched(bmcs)),
        Step("approve", "nf approve", 30, approve, opens=True),
        Step("install", "switch: the port is in VLAN 100", 180,
             moved(switch, "switch_install_vlan", fabric.INSTALL,
                   description=KEPT["description"])),
        installed["lease"]._replace(look=leased_in(switch, fabric.INSTALL)),
        installed["script"],
        Step("cancel", "nf cancel", 30, cancel),
        Step("back", "the port is unchanged, field by field", 180,
             is_as_set_up(switch, fabric.INSTALL)),
        Step("cancelled", "task cancelled", 120,
             seen("event", r"^task\.cancelled$")),
    ]
