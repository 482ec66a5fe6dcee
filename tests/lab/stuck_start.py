"""Stuck before the machine starts, or because it is not the one that is meant."""

import machine
from story import create_task
from stuck import (IN_RAM, INSTALLED, LEASED, OFF, ON, ORDERED, PROFILE, PROFILED,
                   REPORTED, RESTARTED, Act, Case, created, do, hears, known,
                   mac, nf, patience, quoted, serial, task)

SOON_S = 20     # so long a machine that is off is waited for


def by_first_card(one):
    """The card of a machine that it does not boot by."""
    return machine.mac_of(one.node.machine.number, 1)


def expected(**who):
    """A task for a machine as somebody wrote it down, approved."""
    def act(one):
        body = {name: of(one) for name, of in who.items()}
        one.memory["task"] = create_task(one, {**body, "profile": PROFILE})
        return one.site.nf("approve", task(one)).strip()
    return do("a task, approved", act)


def ordered_by_label(one):
    """For the card that is on the machine's label."""
    one.site.call("POST", "/api/v1/nodes", {
        "mac": by_first_card(one), "serial": serial(one)})


def misspelt(one):
    return serial(one).lower().replace("-", "")


def claimed(one):
    """Another node was given the serial number of this machine."""
    one.site.call("POST", "/api/v1/nodes", {"mac": machine.mac_of(99),
                                            "serial": serial(one)})


def waits_for_boot(seconds):
    return do(f"NF_BOOT_DEADLINE={seconds}", lambda one: one.site.restart(
        NF_BOOT_DEADLINE=seconds))


CASES = (
    Case("life", (
        Act("A node that has never been seen", (known(),),
            (quoted("nf install"),)),
        Act("An installation of a node that has never been seen", (), (ON,)),
        Act("An installed machine that fell silent",
            (hears(INSTALLED), OFF), (ON,)),
        Act("The system that is to be replaced still runs",
            (hears(INSTALLED), nf("reinstall", "--yes-wipe", mac)),
            (RESTARTED,)),
    )),
    Case("serial", (
        Act("A task for a serial number that no machine has reported",
            (expected(sn=serial),), (ON,), of=task),
        Act("A deleted node", (hears(INSTALLED), OFF, nf("delete", mac)),
            (quoted("nf create"), nf("approve", mac), ON)),
    )),
    Case("approval", (
        Act("A task that was rejected",
            (ON, REPORTED, created(), nf("reject", task)), (created(),)),
        Act("A task that nobody has approved", (), (quoted("nf approve"),)),
    )),
    Case("rack", (
        Act("A machine approved before it is switched on",
            (created(), nf("approve", "--when-it-boots", task)), (ON,)),
    )),
    Case("restart", (
        Act("A machine that starts just before its task",
            (ON, LEASED, OFF, PROFILED, ORDERED), ()),
        Act("A machine that was not restarted", (), (RESTARTED,)),
    )),
    Case("late", (
        Act("A machine that was never switched on",
            (waits_for_boot(patience(SOON_S)), known(), ORDERED),
            (quoted("nf retry"), ON)),
    ), after=(waits_for_boot(1800),)),
    Case("number", (
        Act("A machine with another serial number than its task expects",
            (known(serial="LAB-9"), ORDERED, ON), (quoted("nf serial"),),
            says=IN_RAM + "MAC1 reported serial number SERIAL1, but SERIAL2 "
            "is expected. If this is the machine, correct the number with `nf "
            "serial MAC1 SERIAL1`; if not, cancel the task with `nf cancel "
            "TASK1`. It is kept waiting until that is settled. Next: STEP."),
    )),
    Case("mistyped", (
        Act("A task with a serial number that was mistyped",
            (expected(sn=misspelt), ON, REPORTED),
            (quoted("nf cancel"), PROFILED, quoted("nf install")), of=task),
    )),
    Case("card", (
        Act("A task whose machine comes with another MAC",
            (do("known by another card", ordered_by_label),
             expected(mac=by_first_card), ON),
            (quoted("nf macs"),), of=by_first_card),
    ), hardware={"cards": 2}),
    Case("clash", (
        Act("A machine that reports another node's serial number",
            (do("its number is another node's", claimed), ON),
            (quoted("nf serial"), PROFILED, ORDERED)),
    )),
)
