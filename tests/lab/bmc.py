"""Machines whose BMCs switch them on and choose what they boot: approving the
task is all that a person does."""

import json
import pathlib
import subprocess
import sys
import tempfile

from approval import never_lower, operation
from story import (IMAGE, SCRIPT, Failed, Step, create_task, fetched,
                   image_profile, seen)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import ipmi_sim  # noqa: E402
import machine  # noqa: E402
import redfish_peer  # noqa: E402
from dnsmasq import until  # noqa: E402

PEER = str(pathlib.Path(__file__).resolve().parent / "redfish_bmc.py")


class Redfish:
    """What ipmi_sim.Sim is, by Redfish."""

    def __init__(self, within):
        self._directory = tempfile.TemporaryDirectory(prefix="nf-redfish-")
        self.dir = pathlib.Path(self._directory.name)
        self._within = within
        self.port, self.pin = 0, ""

    def __enter__(self):
        self._process = subprocess.Popen(
            [*self._within, sys.executable, PEER, str(self.dir)],
            stdin=subprocess.PIPE)
        until((self.dir / "peer").exists)
        said = json.loads((self.dir / "peer").read_text())
        self.port, self.pin = said["port"], said["pin"]
        return self

    def __exit__(self, *ignored):
        self._process.stdin.close()
        self._process.wait()
        self._directory.cleanup()

    def set(self, name, text):
        (self.dir / name).write_text(text + "\n")

    def get(self, name):
        return (self.dir / name).read_text().strip()

    def acts(self):
        return self.get("acts").splitlines()


# driver: what plays the BMC, and whom it knows.
DRIVERS = {
    "ipmi": (ipmi_sim.Sim, ipmi_sim.USER, ipmi_sim.PASSWORD),
    "redfish": (Redfish, redfish_peer.USER, redfish_peer.PASSWORD),
}


class Bmcs:
    """One for each machine; what they are told is done to it."""

    def __init__(self, namespace, count, driver):
        self.driver = driver
        self.of = {}
        self._done = {}
        for number in range(1, count + 1):
            mac = machine.mac_of(number).replace(":", "")
            self.of[mac] = DRIVERS[driver][0](within=namespace.command())
            self.of[mac].__enter__()
            self._done[mac] = 0

    def link(self, story):
        """What an operator, or a list of his, says of a machine's BMC."""
        mac, bmc = story.node.mac, self.of[story.node.mac]
        _, user, password = DRIVERS[self.driver]
        device = {"driver": self.driver, "address": f"127.0.0.1:{bmc.port}",
                  "credentials": "lab", "node": mac}
        if self.driver == "redfish":
            device["pin"] = bmc.pin
        for method, path, body in (
                ("POST", "/api/v1/nodes", {"mac": mac}),
                ("PUT", "/api/v1/credentials/lab",
                 {"user": user, "password": password}),
                ("PUT", f"/api/v1/devices/bmc-{mac}", device)):
            status, said = story.site.call(method, path, body)
            if status not in (200, 201):
                raise Failed(f"{method} {path}: {status} {said}")

    def settings(self):
        return {"NF_BMC_WORKER": "lab", "NF_DISCOVERY_MODE": "agent"}

    def watch(self, eyes, nodes):
        """Whoever looks also carries out what the BMCs were told."""
        return Watch(self, eyes, nodes)

    def carry_out(self, node):
        bmc = self.of[node.mac]
        acts = bmc.acts()
        for act in acts[self._done[node.mac]:]:
            self._act(node, bmc, act)
        self._done[node.mac] = len(acts)

    def _act(self, node, bmc, act):
        node.see("bmc", act)
        if act == "power 0":
            node.machine.power_off()
        elif act == "power 1" and not node.machine.running():
            node.machine.boots_once = bmc.get("boot")
            node.machine.power_on()
            bmc.set("boot", "none") # it was for one boot

    def stop(self):
        for bmc in self.of.values():
            bmc.__exit__()


class Watch:
    def __init__(self, bmcs, eyes, nodes):
        self._bmcs, self._eyes, self._nodes = bmcs, eyes, nodes

    def look(self):
        self._eyes.look()
        for node in self._nodes:
            self._bmcs.carry_out(node)


def create(bmcs):
    def act(story):
        bmc = bmcs.of[story.node.mac]
        if story.node.machine.running() or bmc.acts():
            raise Failed("the machine was touched before its approval")
        bmcs.link(story)
        story.memory["task"] = create_task(story, {
            "mac": story.node.mac, "profile": image_profile(story)})
        return story.node.see("lab", f"{story.memory['task']} pending")
    return act


def approve(story):
    said = story.site.nf("approve", story.memory["task"]).strip()
    return story.node.see("lab", f"nf approve: {said}")


def one_cycle(bmcs):
    """Its BMC was told so much about power, and no more."""
    def look(story):
        powers = [act for act in bmcs.of[story.node.mac].acts()
                  if act.startswith("power")]
        if powers != ["power 1"]:
            raise Failed(f"its BMC was told {powers}")
        return story.node.see("lab", f"its BMC was told {powers}")
    return look


def actors_are_named(story):
    """Each command of a BMC is in the log, with who carried it out."""
    said = [sight.data.get("actor") for sight in story.node.sights
            if sight.kind == "event" and sight.text == "command.done"]
    if len(said) < 2 or set(said) != {"lab"}:
        raise Failed(f"the log's actors are {said}")
    return story.node.see("lab", f"{len(said)} commands, by lab")


def steps(loader, bmcs):
    return [
        Step("created", "its BMC linked, task pending; the machine is off", 60,
             create(bmcs)),
        Step("approve", "nf approve", 30, approve, opens=True),
        Step("pxe", "BMC: boots from the network next", 180,
             operation("bmc_boot_pxe")),
        Step("reset", "BMC: reset, which is power on", 180,
             operation("bmc_reset")),
        Step("lease", "DHCP lease", 180, seen("event", r"^lease\.put")),
        Step("script", "boot script", 300, fetched(SCRIPT)),
        Step("kernel", "kernel fetched", 300, loader.kernel),
        Step("image", "image sent", 900, fetched(IMAGE)),
        Step("done", "os_install reported", 600,
             never_lower(operation("os_install"))),
        Step("reboot", "reboot", 300, seen("qemu", r"^RESET$")),
        Step("status", "MQTT status from the installed system", 600,
             seen("mqtt", r'^status .*"installed"')),
        Step("completed", "task completed", 120,
             seen("event", r"^task\.completed$")),
        Step("once", "one power-on", 10, one_cycle(bmcs)),
        Step("actors", "each action with its actor", 10, actors_are_named),
    ]
